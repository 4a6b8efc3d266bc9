"""Expressions that stand as an index or as a name in a JSONPath query (AMB-75): their values are taken literally."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Result, api_of, compile_documents, workflow_of

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ITEMS = [{"s": "first"}, {"s": "second"}, {"s": "last"}]
NAMES = st.text(max_size=8) | st.sampled_from(["a", "']['b", "*", "a' || 'a", "..", "0", "$", "?@"])
INPUTS = {"i": "integer", "n": "string", "b": "boolean", "any_": None}


def compiled(condition: str, *, selector: bool = False, **options: Any) -> Result:
    step: dict[str, Any] = {"stepId": "look", "operationId": "get"}
    if selector:
        step["outputs"] = {"o": {"context": "$response.body", "selector": condition, "type": "jsonpath"}}
    else:
        step["successCriteria"] = [{"context": "$response.body", "condition": condition, "type": "jsonpath"}]
    schema = {"type": "object", "properties": {n: {"type": t} if t else {} for n, t in INPUTS.items()}}
    with TemporaryDirectory() as folder:
        document = workflow_of(step, version="1.1.0", inputs=schema)
        return compile_documents(Path(folder), document, api_of(("get", "/x", "get")), **options)


@lru_cache
def module_of(condition: str, *, selector: bool = False) -> Any:
    return compiled(condition, selector=selector).module


def holds(condition: str, body: Any, **inputs: Any) -> bool:
    module = module_of(condition)
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json=body)
        return module.look(module.Client(), **inputs).unmet is None


def selected(selector: str, body: Any, **inputs: Any) -> Any:
    module = module_of(selector, selector=True)
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json=body)
        return module.look(module.Client(), **inputs).require().o


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "first"), (2, "last"), (-1, "last"), (3, None), (-4, None), ("1", "second"), ("-1", "last")]
    + [(v, None) for v in ("01", "+1", "1.0", " 1", "", "x", "*", "0]['s", "9" * 5000, 1.5, True, None, [0], {"s": 1})],
)
def test_what_an_index_can_be(value: Any, expected: str | None) -> None:
    assert selected("$.items[{$inputs.any_}].s", {"items": ITEMS}, any_=value) == expected
    condition = "$.items[{$inputs.any_}].s == 'last'"
    assert holds(condition, {"items": ITEMS}, any_=value) is (expected == "last")
    assert holds("$.items[{$inputs.any_}]", {"items": ITEMS}, any_=value) is (expected is not None)


@QUICK
@given(st.integers(-5, 5))
def test_an_index_in_every_place(index: int) -> None:
    items = [item["s"] for item in ITEMS]
    expected = items[index] if -3 <= index < 3 else None
    body = {"items": items, "deep": [items, items]}
    assert selected("$.items[{$inputs.i}]", body, i=index) == expected
    assert holds(f"$[?@[{{$inputs.i}}] == '{expected}']", body, i=index) is (expected is not None)
    several = [items[0], *([expected] if expected else [])]
    assert selected("$.items[0, {$inputs.i}]", body, i=index) == several
    assert selected("$.deep[*][{$inputs.i}]", body, i=index) == [expected] * 2 * bool(expected)
    found = selected("$..[{$inputs.i}]", {"x": items}, i=index)
    assert found == ([expected] if expected else [])


@QUICK
@given(NAMES, NAMES)
def test_a_name_is_literal(name: str, other: str) -> None:
    body = {"items": {other: {"s": 1}}}
    assert selected("$.items['{$inputs.n}'].s", body, n=name) == (1 if name == other else None)
    assert holds('$.items["{$inputs.n}"]', body, n=name) is (name == other)
    assert holds("$.items['x{$inputs.n}y'].s == 1", {"items": {f"x{other}y": {"s": 1}}}, n=name) is (name == other)
    assert selected("$..['{$inputs.n}']", {"q": {other: 7}}, n=name) == ([7] if name == other else [])
    assert holds("$.items[0]['{$inputs.n}']", {"items": [{other: None}]}, n=name) is (name == other)
    assert not holds("$['{$inputs.n}']", [other], n=name)


@pytest.mark.parametrize(
    ("written", "code", "right", "inputs"),
    [
        ("$.items[{$inputs.n}]", "ARZ403", "$.items['{$inputs.n}']", {"n": "k"}),
        ("$.items[$inputs.n]", "ARZ403", "$.items['{$inputs.n}']", {"n": "k"}),
        ("$.items.{$inputs.n}", "ARZ403", "$.items['{$inputs.n}']", {"n": "k"}),
        ("$.items.{$inputs.n}.z", "ARZ403", "$.items['{$inputs.n}'].z", {"n": "k"}),
        ("$.items['$inputs.n']", "ARZ451", "$.items['{$inputs.n}']", {"n": "k"}),
        ("$.items[$inputs.i]", "ARZ451", "$.items[{$inputs.i}]", {"i": 0}),
    ],
)
def test_the_help_is_right(written: str, code: str, right: str, inputs: dict[str, Any]) -> None:
    """One finding; what its help says to write in that place has none, and selects what is meant."""
    result = compiled(written)
    assert result.codes == [code], result.messages
    help = result.report.diagnostics[0].help
    assert help is not None
    shown = re.search(r"\{\$inputs\.\w\}|\[?'\{\$inputs\.\w\}'\]?", help.removeprefix("write "))
    assert shown is not None and shown[0] in right and shown[0].strip("[]'") in right
    assert compiled(right).codes == []
    body: Any = {"items": {"k": {"z": 1}} if "n" in inputs else ["x"]}
    assert holds(right, body, **inputs)
    if code == "ARZ451":
        assert holds(written, body, **inputs)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("$.items[{$inputs.b}]", "stands for the index of an element, and is no integer"),
        ("$.items[{$inputs.i}:]", "a bound of this slice is an expression, and no number"),
        ("$.items[1:{$inputs.i}]", "a bound of this slice is an expression, and no number"),
        ("$.items[{$inputs.none}]", "the workflow has no input 'none'"),
        ("$.items['{$inputs.none}']", "the workflow has no input 'none'"),
        ("$.items[{$input.i}]", "'$input' does not start an Arazzo expression"),
    ],
)
@pytest.mark.parametrize("selector", [False, True])
def test_what_has_no_meaning(written: str, fault: str, selector: bool) -> None:
    result = compiled(written, selector=selector)
    errors = [d.message for d in result.report.diagnostics if d.rule.code != "ARZ475"]
    assert result.report.has_errors and len(errors) == 1 and fault in errors[0], result.messages


@pytest.mark.parametrize(
    "selector", ["$.items[{$inputs.i}]", "$.items['{$inputs.n}']", "$.items[?@.s == '{$inputs.n}'].s"]
)
def test_a_selector_is_a_query_as_it_stands(selector: str) -> None:
    """The specification embeds expressions in conditions only: elsewhere they are put in with a warning."""
    assert compiled(selector, selector=True).codes == ["ARZ475"]
    assert compiled(selector, selector=True, strict=True).report.has_errors
    assert compiled(selector).codes == []
    assert selected("$.items[?@.s == '{$inputs.n}'].s", {"items": ITEMS}, n="last") == ["last"]
