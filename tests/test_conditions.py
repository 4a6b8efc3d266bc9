"""Simple conditions: generated code against a slow evaluator, and the outside suite."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from arazzoc.expressions import condition as sc
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.condition import parse_condition
from arazzoc.expressions.errors import ExpressionError
from building import api_of, compile_documents, workflow_of


def outcomes(
    conditions: list[str], body: Any, status: int = 200, schema: dict[str, Any] | None = None, **inputs: Any
) -> list[bool]:
    """Whether each condition holds in a generated module, as the criterion of a step of its own."""
    step = {"operationId": "get", "onSuccess": [{"name": "go", "type": "end"}]}
    steps = [
        {
            **step,
            "stepId": f"s{number}",
            "successCriteria": [{"condition": "$statusCode != 0"}],
            "onSuccess": [{"name": "held", "type": "end", "criteria": [{"condition": text}]}],
        }
        for number, text in enumerate(conditions)
    ]
    properties: dict[str, Any] = {name: {} for name in inputs}
    document = workflow_of(*steps, inputs={"type": "object", "properties": properties})
    with tempfile.TemporaryDirectory() as folder:
        result = compile_documents(Path(folder), document, api_of(("get", "/x", "get"), schema=schema))
    module = result.module
    found: list[Any] = []
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json=body, status=status)
        for number in range(len(conditions)):
            function = getattr(module, f"s{number}".replace("s", "s_")) if hasattr(module, f"s_{number}") else None
            function = function or getattr(module, f"s{number}")
            names = function.__kwdefaults__ or {}
            wanted = {
                n: inputs[n]
                for n in inputs
                if n in function.__code__.co_varnames[: 1 + function.__code__.co_kwonlyargcount]
            }
            found.append(function(module.Client(), **{**names, **wanted}).action == "held")
    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$statusCode == 200", True),
        ("$statusCode == '200'", True),
        ("$statusCode == 200.0", True),
        ("$statusCode > 199 && $statusCode < 201", True),
        ("$response.body#/state == 'PACKED'", True),
        ("$response.body#/state != 'packed'", False),
        ("$response.body.list[1].name == 'two'", True),
        ("$response.body.list[9].name == 'two'", False),
        ("$response.body.nothing.at.all", False),
        ("$response.body#/nothing == null", True),
        ("$response.body#/nothing != null", False),
        ("$response.body#/empty", True),
        ("$response.body#/zero", False),
        ("$response.body#/text", False),
        ("$response.body#/yes", True),
        ("!$response.body#/yes", False),
        ("$response.body#/yes == 1", False),
        ("$response.body#/yes == true", True),
        ("$response.body#/number == '1.50'", True),
        ("$response.body#/digits == 30", True),
        ("$response.body#/digits > '4'", False),
        ("$response.body#/digits > 4", True),
        ("$response.body#/zero < null", False),
        ("'Straße' == 'STRASSE'", True),
        ("'it''s' == $response.body#/quote", True),
        ("$response.header.X-Thing == 'value'", False),
        ("$response.header.content-type == 'application/json'", True),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("$method == 'get'", True),
        ("$url == 'https://api.test/x'", True),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    body = {
        "state": "packed",
        "list": [{"name": "one"}, {"name": "two"}],
        "empty": [],
        "zero": 0,
        "text": "",
        "yes": True,
        "number": 1.5,
        "digits": "30",
        "quote": "It's",
    }
    assert outcomes([condition], body) == [expected]


# The outside suite

EXCEPTIONS: dict[str, str] = {}


def test_the_criterion_suite(shared: Path) -> None:
    suite = json.loads((shared / "suites" / "arazzo-criterion" / "cases.json").read_text("utf-8"))
    for text in suite["valid"]:
        parse_condition(text)
    for text in suite["invalid"]:
        with pytest.raises(ExpressionError):
            parse_condition(text)
    context = suite["context"]
    conditions = [text for text, _ in suite["evaluate"] if text not in EXCEPTIONS]
    expected = [result for text, result in suite["evaluate"] if text not in EXCEPTIONS]
    found = outcomes(
        conditions,
        context["$response.body"],
        context["$statusCode"],
        name=context["$inputs.name"],
        age=context["$inputs.age"],
    )
    assert [(c, f) for c, f, e in zip(conditions, found, expected, strict=True) if f != e] == []


# A slow evaluator, for the tests only


def slow(node: sc.Condition, body: Any) -> bool:
    match node:
        case sc.And(items=items):
            return all(slow(item, body) for item in items)
        case sc.Or(items=items):
            return any(slow(item, body) for item in items)
        case sc.Not(item=item):
            return not slow(item, body)
        case sc.Comparison(operator=operator, left=left, right=right):
            a, b = slow_value(left, body), slow_value(right, body)
            if slow_is_number(a) and isinstance(b, str):
                b = slow_coerced(b)
            elif slow_is_number(b) and isinstance(a, str):
                a = slow_coerced(a)
            a, b = (v.casefold() if isinstance(v, str) else v for v in (a, b))
            same = slow_same(a, b)
            comparable = (isinstance(a, str) and isinstance(b, str)) or (slow_is_number(a) and slow_is_number(b))
            return {
                "==": same,
                "!=": not same,
                "<": comparable and a < b,
                "<=": comparable and a <= b,
                ">": comparable and a > b,
                ">=": comparable and a >= b,
            }[operator]
        case _:
            value = slow_value(node, body)
            return (
                not any(value is v for v in (None, False))
                and not (slow_is_number(value) and value == 0)
                and value != ""
            )


def slow_is_number(value: Any) -> bool:
    return type(value) in (int, float)


def slow_coerced(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if slow_is_number(value) and text == text.strip() else text


def slow_same(a: Any, b: Any) -> bool:
    if slow_is_number(a) and slow_is_number(b):
        return bool(a == b)
    return type(a) is type(b) and bool(a == b)


def slow_value(operand: sc.Condition, body: Any) -> Any:
    if isinstance(operand, sc.Constant):
        return operand.value
    assert isinstance(operand, sc.Reference) and isinstance(operand.expression, rt.Body)
    for token in operand.expression.pointer:
        if isinstance(body, dict) and token in body:
            body = body[token]
        elif isinstance(body, list) and token.isdigit() and int(token) < len(body):
            body = body[int(token)]
        else:
            return None
    return body


SCALARS = st.none() | st.booleans() | st.integers(-2, 12) | st.sampled_from(["a", "A", "10", "2", "", "1.5", 1.5, 2.0])
BODIES = st.dictionaries(st.sampled_from("abc"), SCALARS | st.lists(SCALARS, max_size=2), max_size=3)
REFERENCES = st.sampled_from(["$response.body#/a", "$response.body#/b", "$response.body.c", "$response.body.a[0]"])
CONSTANTS = SCALARS.map(lambda v: "'" + v + "'" if isinstance(v, str) else json.dumps(v))
OPERANDS = REFERENCES | CONSTANTS
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
CONDITIONS = st.recursive(
    st.builds(lambda a, o, b: f"{a} {o} {b}", OPERANDS, OPERATORS, OPERANDS) | OPERANDS,
    lambda inner: (
        st.builds(lambda a, o, b: f"({a}) {o} ({b})", inner, st.sampled_from(["&&", "||"]), inner)
        | inner.map(lambda a: f"!({a})")
    ),
    max_leaves=4,
)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(CONDITIONS, min_size=8, max_size=8), BODIES)
def test_generated_code_agrees_with_the_slow_evaluator(conditions: list[str], body: Any) -> None:
    expected = [slow(parse_condition(text), body) for text in conditions]
    assert outcomes(conditions, body) == expected


@given(st.text())
def test_the_parser_raises_nothing_else(text: str) -> None:
    try:
        parse_condition(text)
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text)


VALUES: list[Any] = [0, 3, 4, -1.5, 1e300, "", "3", "4", "x", True, False, None, [], [4], {}, {"n": 4}]


@pytest.mark.parametrize("kind", ["integer", "number", "string", "boolean", "array", "object"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_responses_need_not_keep_to_their_schema(kind: str, value: Any) -> None:
    """A comparison is never an error, and which of two values is less does not depend on what the schema declares."""
    right = ("3", "'3'", "'x'", "null", "$response.body#/other", "$inputs.given")
    orderings = [f"$response.body#/n {o} {r}" for o in ("<", "<=", ">", ">=") for r in right]
    equalities = [f"$response.body#/n {o} {r}" for o in ("==", "!=") for r in right] + ["$response.body#/n"]
    declared = {"type": "object", "required": ["n"], "properties": {"n": {"type": kind}, "other": {"type": "number"}}}
    body = {"n": value, "other": "3"}
    assert outcomes(orderings, body, schema=declared, given=3) == outcomes(orderings, body, given=3)
    outcomes(equalities, body, schema=declared, given=3)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("$statusCode >= 200 && $statusCode < 300", "200 <= exchange.status_code < 300"),
        ("$statusCode > 199 && $statusCode <= 299", "199 < exchange.status_code <= 299"),
        ("$statusCode < 300 && $statusCode >= 200", "200 <= exchange.status_code < 300"),
        ("300 > $statusCode && 200 <= $statusCode", "200 <= exchange.status_code < 300"),
        ("$statusCode < 251", "0 < exchange.status_code < 251"),
        ("$statusCode >= 500", "exchange.status_code >= 500"),
    ],
)
def test_ranges_of_the_status(condition: str, code: str, tmp_path: Path) -> None:
    step = {"stepId": "get", "operationId": "get", "onSuccess": [{"name": "go", "type": "end"}]}
    step["onSuccess"] = [{"name": "go", "type": "end", "criteria": [{"condition": condition}]}]
    result = compile_documents(tmp_path, workflow_of(step), api_of(("get", "/x", "get")))
    assert result.text is not None and f"if {code}:" in result.text
    below, inside, above = (outcomes([condition], {}, status)[0] for status in (199, 250, 600))
    assert inside is (">= 500" not in condition) and not below
    assert above is (condition == "$statusCode >= 500")
