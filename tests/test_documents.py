"""Documents of other authors: those of the OAI, and a corpus of public ones. They need the shared folder."""

from __future__ import annotations

import collections
import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from arazzoc.cli import main
from arazzoc.config import Config
from arazzoc.diagnostics import Report, Severity
from arazzoc.pipeline import compile_file
from arazzoc.source import read, scalar
from arazzoc.sources import Library


@pytest.mark.parametrize("version", ["v1.0-dev", "v1.1-dev"])
def test_the_documents_of_the_oai(shared: Path, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "suites" / "oai-arazzo" / version / "tests" / "schema"
    wrong = []
    for kind, expected in (("pass", 0), ("fail", 1)):
        documents = sorted((folder / kind).iterdir())
        assert documents
        for path in documents:
            status = main(["check", "--no-sources", str(path)])
            shown = capsys.readouterr().err
            if status != expected:
                wrong.append((path.name, shown))
            if kind == "fail" and f"{path.name}:" not in shown:
                wrong.append((path.name, "no position"))
    assert not wrong


# What the manifest expects to compile and does not, by what keeps it from compiling. `ARZ900` names what arazzoc does
# not do yet; the other documents are wrong in themselves: parameters without a value, missing fields, unknown ids.
FEWEST_COMPILED = 560


@pytest.mark.slow
def test_the_corpus(shared: Path) -> None:
    corpus = shared / "corpus"
    kinds: collections.Counter[str] = collections.Counter()
    refused: collections.Counter[str] = collections.Counter()
    errors: collections.Counter[str] = collections.Counter()
    compiled = 0
    entries = [e for e in json.loads((corpus / "manifest.json").read_text()) if e["expect"] == "compile"]
    for entry in entries:
        report = Report()
        path = corpus / entry["document"]
        sources = {name: corpus / file for name, file in entry["sources"].items() if file}
        program = compile_file(path, Config(sources), Library(report))
        compiled += program is not None
        errors.update({d.rule.code for d in report.diagnostics if d.severity is Severity.ERROR})
        source = read(path, "document", Report())
        if source is not None:
            kinds.update(criterion_kinds(source.tree))
        refused.update(
            d.rule.code
            for d in report.diagnostics
            if d.rule.code in ("ARZ402", "ARZ403", "ARZ404", "ARZ405") and d.span.file.endswith(path.name)
        )
    print(f"\n{compiled} of {len(entries)} documents compile; errors in the others: {dict(errors)}")
    print(f"conditions by kind: {dict(kinds)}; refused: {dict(refused)}")
    assert compiled >= FEWEST_COMPILED
    assert sum(kinds.values()) > 2000
    assert sum(refused.values()) <= 3, "a condition that the corpus uses is no longer compiled"


def criterion_kinds(tree: Any) -> list[str]:
    """Yield the kind of every criterion in a document."""
    found: list[str] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if isinstance(node.get("condition"), str):
                kind = node.get("type", "simple")
                found.append(str(kind.get("type") if isinstance(kind, dict) else kind))
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return found


SHARDS = 8


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_trees_are_those_of_ruamel_and_json(shared: Path, shard: int) -> None:
    """Every YAML file as ruamel.yaml (YAML 1.2) reads it, every JSON file as the json module does.

    The exceptions: a timestamp stays text, and a key is the text in the file (`200:` is "200").
    """
    files = sorted(p for f in ("corpus", "seed") for p in (shared / f).rglob("*") if p.suffix in SUFFIXES)
    compared, wrong = 0, []
    for path in files[shard::SHARDS]:
        report = Report()
        source = read(path, str(path), report)
        try:
            expected = expected_tree(path)
        except (ruamel.yaml.error.YAMLError, ValueError) as error:
            if source is not None:
                wrong.append((path, f"only they refuse it: {str(error)[:200]}"))
            continue
        if source is None:
            wrong.append((path, f"only we refuse it: {report.diagnostics[0].message}"))
            continue
        compared += 1
        difference = next(differences(source.tree, expected), None)
        if difference is not None:
            wrong.append((path, difference))
    assert not wrong
    assert compared > 100


SUFFIXES = (".yml", ".yaml", ".json")


def expected_tree(path: Path) -> Any:
    text = path.read_text("utf-8-sig")
    if path.suffix == ".json":
        return json.loads(text)
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    return yaml.load(text)


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Find where two trees differ."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if len(ours) != len(theirs) or not all(map(is_same_key, ours, theirs)):
            yield f"{at}: keys {list(ours)[:20]} and {list(theirs)[:20]}"
        for key, a, b in zip(ours, ours.values(), theirs.values(), strict=False):
            yield from differences(a, b, f"{at}/{key}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(a, b, f"{at}/{index}")
    elif isinstance(theirs, datetime.date):
        if not isinstance(ours, str) or not ours.startswith(theirs.isoformat()[:10]):
            yield f"{at}: {ours!r} and {theirs!r}"
    elif type(ours) is not type(theirs) or (ours != theirs and ours == ours):
        yield f"{at}: {ours!r} and {theirs!r}"


def is_same_key(ours: str, theirs: Any) -> bool:
    """Whether a key of theirs means the text that ours is: `08:` is their 8, and our "08"."""
    return ours == theirs if isinstance(theirs, str) else scalar(ours) == theirs
