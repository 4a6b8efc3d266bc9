"""Documents with random faults: each ends as a module that compiles, or as an error with a position, in little time."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arazzoc.diagnostics import Report, Severity
from arazzoc.render.text import render_report
from arazzoc.source import read
from building import compile_documents
from conftest import ROOT

ROUNDS, DOCUMENTS = 6, 50
SECONDS = 30.0

SCALARS: list[Any] = [None, True, False, 0, -3, 1.5, 1e300, 10**40, "", " ", "\n", "\x00", "é", "\udcff", "x" * 2000]
TEXTS: list[Any] = [
    *("$", "$inputs", "$inputs.", "$inputs.id", "$steps.list.outputs", "$response.body#", "$response.body#/~", "{$}"),
    *(
        "{$inputs.id",
        "{{$inputs.id}}",
        "$.a[",
        "$[?@",
        "((",
        "!!",
        "a ==",
        "== 1",
        "$statusCode <",
        "[",
        "(?",
        "\\",
        "#/",
    ),
    *("../x.yml#/a", "#/components/schemas", "https://x.test/#", "/a/{b", "}", "'", '"', "%", "get", "2XX", "default"),
]
OBJECTS: list[Any] = [
    *([], [[]], [None], [{}], {}, {"": ""}, {"$ref": ""}, {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": 5}),
    *({"type": []}, {"type": "text"}, {"required": [[]]}, {"enum": {}}, {"allOf": 1}, {"properties": []}, {"not": {}}),
    *({"context": "$inputs", "selector": "$", "type": "jsonpath"}, {"reference": "$components"}, {"x-a": 1}),
]
VALUES = [*SCALARS, *TEXTS, *OBJECTS]
SPLICES = ["$", "{", "}", ".", "#", "/", "~", "'", '"', "[", "]", "(", ")", "\\", " ", "&&", "||", "==", "\u2028", "é"]

Place = tuple[Any, ...]


def places(tree: Any, at: Place = ()) -> Iterator[Place]:
    """Every place of a tree but its root."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


def found(tree: Any, at: Place) -> Any:
    for key in at:
        tree = tree[key]
    return tree


class Mutator:
    """Makes faults in trees, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mutated(self, tree: Any) -> Any:
        tree = copy.deepcopy(tree)
        for _ in range(self.random.choice((1, 1, 2, 4))):
            known = list(places(tree))
            if known:
                at = self.random.choice(known)
                change = self.random.choice((self.replace, self.remove, self.move, self.rename, self.splice, self.nest))
                change(found(tree, at[:-1]), at[-1], found(tree, self.random.choice(known)))
        return tree

    def replace(self, parent: Any, key: Any, _: Any) -> None:
        parent[key] = copy.deepcopy(self.random.choice(VALUES))

    def remove(self, parent: Any, key: Any, _: Any) -> None:
        del parent[key]

    def move(self, parent: Any, key: Any, other: Any) -> None:
        """Put what is elsewhere into a place, or beside it."""
        if isinstance(parent, list) and self.random.random() < 0.5:
            parent.insert(key, copy.deepcopy(other))
        else:
            parent[key] = copy.deepcopy(other)

    def rename(self, parent: Any, key: Any, _: Any) -> None:
        if isinstance(parent, dict):
            parent[str(self.random.choice([*TEXTS, *parent, key + key[:1]]))] = parent.pop(key)

    def splice(self, parent: Any, key: Any, _: Any) -> None:
        """Put a character into a text, or take one out."""
        text = parent[key]
        if isinstance(text, str):
            at = self.random.randrange(len(text) + 1)
            parent[key] = text[:at] + self.random.choice([*SPLICES, ""]) + text[at + self.random.randrange(2) :]

    def nest(self, parent: Any, key: Any, _: Any) -> None:
        item = parent[key]
        parent[key] = self.random.choice(([item], [item, item], {"a": item}, {"value": item, "type": "object"}))


def originals() -> list[tuple[Any, Any]]:
    """The workflow and the OpenAPI document of each golden case."""
    pairs: list[tuple[Any, Any]] = []
    for case in sorted((ROOT / "tests" / "cases").iterdir()):
        files = [next(iter(sorted(case.glob(f"{name}.*"))), None) for name in ("workflow", "openapi")]
        sources = [read(file, file.name, Report()) if file is not None else None for file in files]
        workflow, api = (source.tree if source is not None else None for source in sources)
        if isinstance(workflow, dict) and isinstance(api, dict):
            pairs.append((workflow, api))
    return pairs


def in_folder(workflow: Any) -> Any:
    """The sources of a document all named as the test names its file, unless a fault changed them."""
    sources = workflow.get("sourceDescriptions")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and str(source.get("url")).startswith("openapi."):
            source["url"] = "openapi.yml"
    return workflow


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_faults_are_told(tmp_path: Path, seed: int) -> None:
    mutator = Mutator(seed)
    pairs = originals()
    for number in range(DOCUMENTS):
        workflow, api = mutator.random.choice(pairs)
        is_workflow = mutator.random.random() < 0.6
        changed = (mutator.mutated(workflow), api) if is_workflow else (workflow, mutator.mutated(api))
        began = time.process_time()
        result = compile_documents(tmp_path, json.dumps(in_folder(changed[0])), json.dumps(changed[1]))
        assert time.process_time() - began < SECONDS, f"document {number} of seed {seed}"
        render_report(result.report).encode()
        if result.text is None:
            errors = [d for d in result.report.diagnostics if d.severity is Severity.ERROR]
            assert errors and all(d.message and d.span.line > 0 for d in errors), f"document {number} of seed {seed}"
        else:
            compile(result.text.encode(), "module.py", "exec", dont_inherit=True)
