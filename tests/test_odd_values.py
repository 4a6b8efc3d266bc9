"""Values of a document where nobody expects them: each is told, or compiles to a module that can be imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import responses

from building import Result, api_of, compile_documents, workflow_of

READ = {"stepId": "read", "operationId": "read", "outputs": {"x": "$response.body#/x"}}
NAMED = {"type": "object", "properties": {"a": {"type": "string"}}}
DEPTHS = [45, 5000]


def api(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    document = api_of(("get", "/rows", "read"), ("post", "/rows", "send"), schema=schema)
    document["paths"]["/rows"]["post"]["requestBody"] = {"content": {"application/json": {}}}
    return document


def compiled(folder: Path, step: dict[str, Any], schema: dict[str, Any] | None = None, **fields: Any) -> Result:
    """Compile one step, and import what comes out."""
    result = compile_documents(folder, workflow_of({**READ, **step}, **fields), api(schema))
    assert result.text is None or result.module
    assert result.text is not None or result.codes
    return result


def sending(payload: Any, output: Any) -> dict[str, Any]:
    return {"operationId": "send", "requestBody": {"payload": payload}, "outputs": {"x": output}}


PAYLOAD = {"a": {"b": 1}, "list": [1, {"c": "$inputs.a"}], "none": None, "": {"~/": True}}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", PAYLOAD | {"list": [1, {"c": "in"}]}),
        ("#/a", {"b": 1}),
        ("#/a/b", 1),
        ("#/list/0", 1),
        ("#/list/1", {"c": "in"}),
        ("#/list/1/c", "in"),
        ("#/none", None),
        ("#//~0~1", True),
    ],
)
@responses.activate
def test_a_pointer_into_the_request_is_followed(tmp_path: Path, pointer: str, value: Any) -> None:
    """What the request sends is known when the document is compiled."""
    responses.post("https://api.test/rows", json={})
    inputs = {**NAMED, "required": ["a"]}
    result = compiled(tmp_path, sending(PAYLOAD, "$request.body" + pointer), inputs=inputs)
    assert result.codes == []
    module = result.module
    assert module.read(module.Client(), a="in").require().x == value


@pytest.mark.parametrize("payload", [{"a": 1}, [1], "text", 5, True, {"a": "$inputs.a"}, ["$inputs.a"], "{$inputs.a}!"])
@pytest.mark.parametrize("pointer", ["/b", "/1", "/-", "/01", "/b/a", "/٣", "/" + "9" * 5000])
def test_a_pointer_to_what_is_not_sent_is_told(tmp_path: Path, payload: Any, pointer: str) -> None:
    result = compiled(tmp_path, sending(payload, f"$request.body#{pointer}"), inputs=NAMED)
    codes = ["ARZ238", "ARZ306"] if str(payload).startswith("{$") else ["ARZ306"]  # the text is no JSON then, either
    assert result.codes == codes and "has no '" in result.messages


@pytest.mark.parametrize("kind", ["jsonpointer", "jsonpath", "xpath"])
@pytest.mark.parametrize("context", ["$request.body", "$method", "$self", "$sourceDescriptions.api.url", "$inputs.a"])
def test_a_selector_on_what_is_known(tmp_path: Path, kind: str, context: str) -> None:
    selector = {"context": context, "selector": "$.a[0]" if kind == "jsonpath" else "/a/b", "type": kind}
    assert compiled(tmp_path, sending({"a": [1]}, selector), version="1.1.0", inputs=NAMED).text is not None


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ({"context": ...}, "ARZ104"),
        ({"selector": ...}, "ARZ104"),
        ({"type": ...}, "ARZ104"),
        ({"context": 5}, "ARZ105"),
        ({"context": None}, "ARZ105"),
        ({"context": ""}, "ARZ401"),
        ({"context": "body"}, "ARZ401"),
        ({"type": []}, "ARZ105"),
        ({"type": "css"}, "ARZ105"),
    ],
    ids=str,
)
def test_an_incomplete_selector_is_one_finding(tmp_path: Path, left_out: dict[str, Any], code: str) -> None:
    """Also where its output is read."""
    whole = {"context": "$response.body", "selector": "/a", "type": "jsonpointer"} | left_out
    selector = {name: value for name, value in whole.items() if value is not ...}
    outputs = {"y": "$steps.read.outputs.x"}
    assert compiled(tmp_path, {"outputs": {"x": selector}}, version="1.1.0", outputs=outputs).codes == [code]


@pytest.mark.parametrize("output", [None, 5, True, [], {"context": "$response.body"}])
def test_an_output_that_is_no_expression_is_one_finding(tmp_path: Path, output: Any) -> None:
    outputs = {"y": "$steps.read.outputs.x"}
    assert compiled(tmp_path, {"outputs": {"x": output}}, outputs=outputs).codes == ["ARZ105"]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"$schema": "https://schemas.test/arazzo"}, ["ARZ111"]),
        ({"$schema": None}, ["ARZ111"]),
        ({"x-": 1, "x-any": {"thing": [None]}}, []),
        ({"info": {"title": "T", "version": "1", "license": {}}}, ["ARZ111"]),
        ({"$id": "https://schemas.test/arazzo"}, ["ARZ103"]),
        ({"X-any": 1}, ["ARZ103"]),
    ],
)
def test_fields_beside_those_of_the_specification(tmp_path: Path, fields: dict[str, Any], codes: list[str]) -> None:
    result = compile_documents(tmp_path, workflow_of(READ) | fields, api())
    assert result.codes == codes
    assert (result.text is None) is (codes == ["ARZ103"])
    strict = compile_documents(tmp_path, workflow_of(READ) | fields, api(), strict=True)
    assert (strict.text is None) is bool(codes)


KEYWORDS: dict[str, list[Any]] = {
    "required": [True, "a", None, {}, [["a"]], ["a", ["a"]], [{}], [None]],
    "type": ["text", [], {}, 5, ["string", ["null"]], [{}]],
    "enum": ["a", 5, {}, None],
    "pattern": [5],
    "minLength": ["1", -1],
    "maximum": ["9"],
    "multipleOf": [0],
    "uniqueItems": ["yes"],
    "items": [5],
    "not": ["a"],
    "properties": [[]],
    "allOf": [{}],
    "oneOf": [[]],
    "dependentRequired": [{"a": "b"}],
}


@pytest.mark.parametrize(("word", "value"), [(w, v) for w, values in KEYWORDS.items() for v in values], ids=str)
def test_a_keyword_with_another_value_is_told(tmp_path: Path, word: str, value: Any) -> None:
    """The inputs are not checked against it, and checking them does not fail."""
    inputs = {"type": "object", "properties": {"a": {word: value}, "d": {"type": "string", "default": "d"}}}
    extras = frozenset({"command"})
    result = compile_documents(tmp_path, workflow_of(READ, inputs=inputs), api(), extras=extras)
    assert result.codes == ["ARZ409"]
    assert f"'{word}' is not checked" in result.messages
    assert result.module.FlowInputs.from_dict({"a": "b"}).a == "b"


@pytest.mark.parametrize("value", [[["a"]], [{}], [{"a": [1]}, "a"], [None, [None]]], ids=str)
def test_values_that_hold_values(tmp_path: Path, value: list[Any]) -> None:
    """Of enums, constants and defaults, in inputs, parameters and responses."""
    item = {"enum": value, "default": value[0]}
    criteria = [{"condition": "$response.body#/x == 'a'"}]
    step = {
        "parameters": [
            {"name": "q", "in": "query", "value": value},
            {"name": "r", "in": "query", "value": "$inputs.a"},
        ],
        "successCriteria": criteria,
        "onSuccess": [{"name": "done", "type": "end", "criteria": criteria}],
    }
    schema = {"type": "object", "required": ["x"], "properties": {"x": item, "y": {"const": value}}}
    inputs = {"type": "object", "properties": {"a": item, "b": {"const": value}}}
    assert compiled(tmp_path, step, schema, inputs=inputs).text is not None


@pytest.mark.parametrize("word", ["required", "type", "enum", "properties", "items", "allOf", "const", "default"])
@pytest.mark.parametrize("value", [None, 5, "a", [], {}, [[]], [{}], [["a"], {"b": []}], {"a": [{}]}], ids=str)
def test_odd_schemas_of_responses(tmp_path: Path, word: str, value: Any) -> None:
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
    assert compiled(tmp_path, {}, schema | {word: value}).text is not None
    assert compiled(tmp_path, {}, {"type": "object", "properties": {"x": {word: value}}}).text is not None


CONDITIONS: dict[str, list[Callable[[int], str]]] = {
    "simple": [
        lambda n: "(" * n + "$statusCode == 200" + ")" * n,
        lambda n: "!" * n + "$statusCode",
        lambda n: " && ".join(["$statusCode == 200"] * n),
        lambda n: "$response.body#" + "/a" * n + " == 1",
        lambda n: "$response.body" + "[0]" * n + " == 1",
    ],
    "jsonpath": [
        lambda n: "$[?" + "(" * n + "@.a" + ")" * n + "]",
        lambda n: "$" + "[?@" * n + "]" * n,
        lambda n: "$[?" + "!(" * n + "@.a" + ")" * n + "]",
        lambda n: "$" + ".a" * n,
        lambda n: "$" + "..a" * n,
        lambda n: "$[?" + " || ".join(["@.a == 1"] * n) + "]",
        lambda n: "(" * n + "$.a == 1" + ")" * n,
        lambda n: "$.a" + ".a" * n + " == 1",
    ],
    "regex": [lambda n: "(" * n + "a" + ")" * n, lambda n: "(?:" * n + "a" + ")*" * n, lambda n: "a|" * n],
    "xpath": [lambda n: "not(" * n + "1" + ")" * n, lambda n: "/a" + "[a" * n + "]" * n, lambda n: "/a" * n],
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("kind", "number"), [(k, n) for k, made in CONDITIONS.items() for n in range(len(made))])
def test_a_condition_that_is_nested_too_deeply_is_told(tmp_path: Path, kind: str, number: int, depth: int) -> None:
    criterion = {"context": "$response.body", "type": kind, "condition": CONDITIONS[kind][number](depth)}
    result = compiled(tmp_path, {"successCriteria": [criterion]})
    assert result.text is not None or set(result.codes) <= {"ARZ109", "ARZ402", "ARZ403", "ARZ404", "ARZ405", "ARZ900"}


@pytest.mark.parametrize("depth", [40, 150, 300])
@pytest.mark.parametrize("in_object", [False, True])
def test_a_payload_that_is_nested_too_deeply_is_told(tmp_path: Path, depth: int, in_object: bool) -> None:
    payload: Any = "$inputs.a"
    for _ in range(depth):
        payload = {"a": payload} if in_object else [payload]
    step = {"operationId": "send", "requestBody": {"payload": payload}}
    document = workflow_of({**READ, **step}, inputs=NAMED)
    result = compile_documents(tmp_path, document, api(), line_length=100)
    assert result.codes == (["ARZ007"] if depth == 300 else [])
