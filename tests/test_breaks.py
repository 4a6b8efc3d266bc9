"""Sound workflows that are broken in one place: what changes the flow is told, or may be meant."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from arazzoc.config import Config
from arazzoc.diagnostics import Report, Severity
from arazzoc.ir import flow_fingerprint
from arazzoc.pipeline import compile_file
from arazzoc.sources import Library
from breaks import BREAKS
from clean_workflows import API, clean_workflow

WORKFLOWS, BREAKS_OF_EACH = 40, 25

LEGAL = {
    "parameter_left_out": "the parameter is optional",
    "property_left_out": "the property is optional",
    "steps_swapped": "neither of the steps needs the other one",
    "step_left_out": "no step or output needs what it gives",
    "criteria_lost": "it is the last action, or the only one",
}
"""Breaks that may give another sound workflow."""


def outcome(folder: Path, document: object) -> tuple[set[tuple[str, str]], tuple[str, ...], set[Severity]]:
    (folder / "openapi.yml").write_text(json.dumps(API))
    (folder / "flow.arazzo.yml").write_text(json.dumps(document))
    report = Report()
    compiled = compile_file(folder / "flow.arazzo.yml", Config(), Library(report))
    flows = tuple(map(flow_fingerprint, compiled.workflows)) if compiled is not None else ()
    found = list(report.diagnostics)
    return {(d.rule.code, d.message) for d in found}, flows, {d.severity for d in found}


@pytest.mark.parametrize("seed", range(WORKFLOWS))
def test_breaks_are_told(seed: int, tmp_path: Path) -> None:
    clean = clean_workflow(seed)
    known, flows, severities = outcome(tmp_path, clean)
    assert flows and severities <= {Severity.NOTE}
    rng, done, silent = random.Random(seed), 0, Counter[str]()
    while done < BREAKS_OF_EACH:
        name = rng.choice(sorted(BREAKS))
        document = copy.deepcopy(clean)
        if not BREAKS[name](rng, document) or document == clean:
            continue
        done += 1
        told, broken, _ = outcome(tmp_path, document)
        if not told - known and broken != flows and name not in LEGAL:
            silent[f"{name}: {json.dumps(document['workflows'])}"] += 1
    assert not silent
