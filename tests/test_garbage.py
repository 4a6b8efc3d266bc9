"""Servers that answer what no schema allows: a run ends in a WorkflowError, or with outputs, never otherwise."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import responses

from arazzoc.config import Config
from building import SUPPORT, compile_path, load
from conftest import ROOT

CASES = sorted(p.parent for p in (ROOT / "tests" / "cases").glob("*/expected.py"))
VALUES: list[Any] = [5, -1.5, "", "x", True, None, [], [5, None], {}, {"a": {"b": 1}}]
STATUSES = (200, 201, 404, 503)
TEXTS = [b"", b"{", b"<a>", b"<a/>", b"plain", b"\xff\xfe\x00", b"[" * 5000]
TYPES = ("application/json", "text/plain; charset=nonsense", "application/xml", "application/octet-stream", "")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def sample(hint: Any) -> Any:
    """A value of a type."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    if get_origin(hint) is Literal:
        return kinds[0]
    if get_origin(hint) in (list, dict):
        return get_origin(hint)()
    if bytes in kinds:
        return b"content"
    if kinds:
        return sample(kinds[0])
    return {str: "x", int: 1, float: 1.5, bool: True}.get(hint, "x")


def inputs_of(kind: Any) -> Any:
    """Inputs with a value for each field."""
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(kind)})


def members_of(text: str) -> set[str]:
    """The names that the steps of a module may look for in a response: all of its strings."""
    strings = (n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant))
    return {s for s in strings if isinstance(s, str) and len(s) < 40}


def runs(module: Any) -> list[Any]:
    return [getattr(module, name) for name in module.__all__ if name.startswith("run_") and name != "run_many"]


def run_all(module: Any) -> list[BaseException | None]:
    """Run every workflow of a module, and return how each run ended."""
    ended: list[BaseException | None] = []
    for runner in runs(module):
        waits: list[float] = []
        polling = module.Polling(interval=1, timeout=5)
        client = module.Client(sleep=waits.append, polling=polling, max_steps=30)
        inputs = get_type_hints(runner).get("inputs")
        try:
            runner(client, *([inputs_of(inputs)] if inputs is not None else []))
        except Exception as error:  # what it is, is the test
            ended.append(error)
        else:
            ended.append(None)
    return ended


def compiled(case: Path) -> tuple[Any, str]:
    """The module of a golden case, and its text."""
    result = compile_path(next(iter(sorted(Path().glob("workflow.*")))), config=Config(support=SUPPORT))
    assert result.text is not None
    return load(result.text, result.support), result.text


def expect_workflow_errors(module: Any, status: int, **answer: Any) -> None:
    """Run every workflow against a server that gives one answer to everything."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for method in METHODS:
            server.add(method, re.compile(".*"), status=status, **answer)
        for error in run_all(module):
            assert error is None or isinstance(error, module.WorkflowError), f"{status} {answer}"


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_json_of_wrong_types(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    module, text = compiled(case)
    names = members_of(text)
    for value in VALUES:
        inner = dict.fromkeys(names, value)
        for body in (value, inner, dict.fromkeys(names, inner), [inner, inner]):
            for status in STATUSES:
                expect_workflow_errors(module, status, json=body)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_bodies_of_wrong_types(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    module, _ = compiled(case)
    for content in TEXTS:
        for content_type in TYPES:
            for status in STATUSES:
                expect_workflow_errors(module, status, body=content, content_type=content_type)
