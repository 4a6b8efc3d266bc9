"""Sound workflows that are broken in one place: what changes the flow is told, or may be meant."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzoc.config import Config
from arazzoc.diagnostics import Report, Severity
from arazzoc.ir import flow_fingerprint
from arazzoc.pipeline import compile_file
from arazzoc.sources import Library
from breaks import BREAKS, parameters, payload_members, steps
from clean_workflows import API, clean_workflow

WORKFLOWS, BREAKS_OF_EACH = 40, 25

OPTIONAL = {"limit", "state", "X-Trace", "day", "code"}
"""What the API does not require of parameters and properties."""


def lost(clean: Any, broken: Any, field: str) -> set[str]:
    """The names of parameters, or of members of payloads, that a document has not any more."""

    def names(document: Any) -> Counter[str]:
        if field == "payload":
            return Counter(name for _, name in payload_members(document))
        return Counter(item["name"] for _, item in parameters(document))

    return set(names(clean) - names(broken))


def needs_a_later_step(document: Any) -> bool:
    """Whether a step reads what a later one gives."""
    for workflow in document["workflows"]:
        ids = [step["stepId"] for step in workflow["steps"]]
        for number, step in enumerate(workflow["steps"]):
            read = re.findall(r"\$steps\.(\w+)", json.dumps(step))
            if any(id in ids[number:] for id in read):
                return True
    return False


def leaves_a_case_to_others(document: Any) -> bool:
    """Whether an action without criteria has others after it."""
    found = [each for step in steps(document) for each in (step.get("onSuccess"), step.get("onFailure")) if each]
    return not any("criteria" not in action for each in found for action in each[:-1])


LEGAL: dict[str, Callable[[Any, Any], bool]] = {
    "parameter_left_out": lambda clean, broken: lost(clean, broken, "parameters") <= OPTIONAL,
    "property_left_out": lambda clean, broken: lost(clean, broken, "payload") <= OPTIONAL,
    "steps_swapped": lambda clean, broken: not needs_a_later_step(broken),
    "criteria_lost": lambda clean, broken: leaves_a_case_to_others(broken),
}
"""Breaks that may give another sound workflow, and when they do: from the sound document and the broken one."""


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
        is_legal = name in LEGAL and LEGAL[name](clean, document)
        if not told - known and broken != flows and not is_legal:
            silent[f"{name}: {json.dumps(document['workflows'])}"] += 1
    assert not silent
