"""Values that steps send against the schemas of the API: literals by what they are, expressions by their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from building import compile_documents, workflow_of

TEXT: Any = {"type": "string"}
WITH_KEY: Any = {"type": "object", "required": ["key"], "properties": {"key": TEXT}}
ANSWER: Any = {
    "type": "object",
    "properties": {
        "list": {"type": "array", "items": {"type": "object", "properties": {"other": TEXT}}},
        "part": {"type": "object", "required": ["key"], "properties": {"key": TEXT, "n": {"type": "integer"}}},
    },
}
SENT: Any = {
    "type": "object",
    "properties": {
        "texts": {"type": "array", "items": TEXT},
        "parts": {"type": "array", "items": WITH_KEY},
        "part": WITH_KEY,
        "text": TEXT,
        "number": {"type": "integer"},
        "small": {"type": "integer", "format": "int32"},
        "unlike": {"type": "array", "uniqueItems": True, "items": TEXT},
        "few": {"type": "object", "minProperties": 1, "maxProperties": 2},
        "pair": {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "dependentRequired": {"a": ["b"]}},
        "day": {"type": "string", "format": "date"},
        "time": {"type": "string", "format": "date-time"},
        "mail": {"type": "string", "format": "email"},
    },
}
INPUTS: Any = {
    "type": "object",
    "properties": {
        "parts": {"type": "array", "items": WITH_KEY},
        "texts": {"type": "array", "items": TEXT},
        "part": WITH_KEY,
        "other": {"type": "object", "properties": {"other": TEXT}},
        "open": {"type": "object", "additionalProperties": True, "properties": {"other": TEXT}},
        "numbered": {"type": "object", "required": ["key"], "properties": {"key": {"type": "integer"}}},
    },
}


def found(folder: Path, payload: Any, parameters: tuple[Any, ...] = ()) -> list[str]:
    """The messages about a step that sends a payload, after one that gets an answer; each after its code."""
    content = {"application/json": {"schema": SENT}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": ANSWER}}}}
    letters = {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}
    declared = [
        {"name": "p", "in": "path", "required": True, "schema": TEXT},
        {"name": "letters", "in": "query", "schema": letters},
        {"name": "days", "in": "query", "schema": {"type": "array", "items": {"type": "string", "format": "date"}}},
        {"name": "part", "in": "query", "content": {"application/json": {"schema": WITH_KEY}}},
    ]
    paths = {
        "/a": {"post": {"operationId": "send", "requestBody": {"content": content}, "responses": answer}},
        "/a/{p}": {"get": {"operationId": "look", "parameters": declared, "responses": answer}},
    }
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths}
    outputs = {"part": "$response.body#/part", "list": "$response.body#/list"}
    given = [{"name": name, "in": "path" if name == "p" else "query", "value": value} for name, value in parameters]
    steps: list[dict[str, Any]] = [
        {"stepId": "get", "operationId": "send", "requestBody": {"payload": {}}, "outputs": outputs},
        {"stepId": "send", "operationId": "send", "requestBody": {"payload": payload}},
        {"stepId": "look", "operationId": "look", "parameters": given or [{"name": "p", "in": "path", "value": "1"}]},
    ]
    report = compile_documents(folder, workflow_of(*steps, inputs=INPUTS), api).report
    return [f"{d.rule.code} {d.message}" for d in report.sorted() if d.rule.code not in ("ARZ213", "ARZ525")]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"texts": "$inputs.texts"}, []),
        ({"texts": "$inputs.parts"}, ["ARZ234"]),
        ({"parts": "$inputs.texts"}, ["ARZ234"]),
        ({"parts": "$inputs.parts"}, []),
        ({"part": "$inputs.part"}, []),
        ({"part": "$inputs.other"}, ["ARZ233"]),
        ({"part": "$inputs.open"}, []),
        ({"part": "$inputs.numbered"}, ["ARZ234"]),
        ({"text": "$steps.get.outputs.part#/key"}, []),
        ({"number": "$steps.get.outputs.part#/key"}, ["ARZ234"]),
        ({"text": "$steps.get.outputs.part#/n"}, ["ARZ234"]),
        ({"texts": "$steps.get.outputs.list"}, ["ARZ234"]),
        ({"text": "$steps.get.outputs.list#/0/other"}, []),
        ({"number": "$steps.get.outputs.list#/0/other"}, ["ARZ234"]),
        ({"small": 2147483647}, []),
        ({"small": 2147483648}, ["ARZ236"]),
        ({"unlike": ["a", "b"]}, []),
        ({"unlike": ["a", "b", "a"]}, ["ARZ236"]),
        ({"few": {"a": 1}}, []),
        ({"few": {}}, ["ARZ236"]),
        ({"few": {"a": 1, "b": 2, "c": 3}}, ["ARZ236"]),
        ({"pair": {"b": "x"}}, []),
        ({"pair": {"a": "x", "b": "y"}}, []),
        ({"pair": {"a": "x"}}, ["ARZ233"]),
        ({"day": "2028-02-29"}, []),
        ({"day": "2026-02-30"}, ["ARZ236"]),
        ({"time": "2026-02-28T10:00:00Z"}, []),
        ({"time": "2026-02-30T10:00:00Z"}, ["ARZ236"]),
        ({"mail": "a.b@c.de"}, []),
        ({"mail": '"a b"@c.de'}, []),
        ({"mail": "a b@c.de"}, ["ARZ236"]),
        ({"text": "$5"}, []),
        ({"number": "$5"}, ["ARZ234"]),
    ],
)
def test_payloads(payload: Any, expected: list[str], tmp_path: Path) -> None:
    assert [message[:6] for message in found(tmp_path, payload)] == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("p", "", ["ARZ236"]),
        ("letters", "x", []),
        ("letters", "x,y", []),
        ("letters", "z", ["ARZ235"]),
        ("letters", "x,z", ["ARZ235"]),
        ("days", "soon", []),  # what stands between them is not known
        ("letters", "", []),
    ],
)
def test_parameters(name: str, value: Any, expected: list[str], tmp_path: Path) -> None:
    given = {"p": "1", name: value}
    assert [message[:6] for message in found(tmp_path, {}, tuple(given.items()))] == expected


def test_what_the_whole_value_is_called(tmp_path: Path) -> None:
    given = (("p", "1"), ("part", {"other": "x"}))
    assert found(tmp_path, {}, given) == [
        "ARZ233 step 'look', query parameter 'part': 'key' of the value is required, and is not given"
    ]


@pytest.mark.parametrize(
    ("schema", "required", "expected"),
    [
        (TEXT, ["text"], ["ARZ234"]),
        (TEXT, [], ["ARZ234"]),
        ({"type": ["string", "null"]}, ["text"], []),
        ({}, [], []),
    ],
)
def test_null_as_an_input_of_a_workflow(schema: Any, required: list[str], expected: list[str], tmp_path: Path) -> None:
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": {"operationId": "a"}}}}
    inputs = {"type": "object", "required": required, "properties": {"text": schema}}
    document = workflow_of({"stepId": "s", "workflowId": "inner", "parameters": [{"name": "text", "value": None}]})
    document["workflows"] += [{"workflowId": "inner", "inputs": inputs, "steps": [{"stepId": "a", "operationId": "a"}]}]
    assert [code for code in compile_documents(tmp_path, document, api).codes if code != "ARZ213"] == expected
