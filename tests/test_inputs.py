"""Inputs checked against their JSON Schema: `from_dict` agrees with the test suite and with jsonschema."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzoc.diagnostics import Report
from arazzoc.openapi.assertions import assertions
from arazzoc.openapi.document import OpenApi
from arazzoc.runtime.inputs import violations
from arazzoc.source import Source
from building import Result, api_of, compile_documents, workflow_of
from wire import Wire

VOCABULARY = (
    *("type", "enum", "const", "pattern", "minLength", "maxLength", "required", "properties", "items", "prefixItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"),
    *("uniqueItems", "contains", "minContains", "maxContains", "patternProperties", "additionalProperties"),
    *("propertyNames", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
    *(
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if-then-else",
        "boolean_schema",
        "default",
        "format",
        "infinite-loop-detection",
    ),
    *("ref", "anchor"),
)
COMMAND = frozenset({"command"})
UNCHECKED = ("unevaluatedProperties", "unevaluatedItems", "$dynamicRef")


def compiled(folder: Path, properties: dict[str, Any], **schema: Any) -> Result:
    step = {"stepId": "one", "operationId": "get"}
    inputs = {"type": "object", "properties": properties, **schema}
    return compile_documents(folder, workflow_of(step, inputs=inputs), api_of(("get", "/x", "get")), extras=COMMAND)


def problems(module: Any, data: dict[str, Any]) -> list[str]:
    try:
        module.FlowInputs.from_dict(data)
    except module.InputsInvalid as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("name", VOCABULARY)
def test_the_json_schema_test_suite(shared: Path, tmp_path: Path, name: str) -> None:
    path = shared / "suites" / "json-schema-test-suite" / "tests" / "draft2020-12" / f"{name}.json"
    groups: list[Any] = json.loads(path.read_text("utf-8"))
    skipped = {n for n, g in enumerate(groups) if _is_out_of_reach(json.dumps(g["schema"]))}
    properties = {f"v{n}": _based(g["schema"], n) for n, g in enumerate(groups) if n not in skipped}
    result = compiled(tmp_path, properties)
    assert result.text is not None, result.messages
    module, wrong, checked = result.module, [], 0
    for number, group in enumerate(groups):
        for test in group["tests"] if number not in skipped else ():
            checked += 1
            if (not problems(module, {f"v{number}": test["data"]})) is not test["valid"]:
                wrong.append((group["description"], test["description"]))
    assert not wrong
    assert checked >= sum(len(g["tests"]) for g in groups) * (0.6 if name in ("ref", "anchor") else 0.9)


def _is_out_of_reach(schema: str) -> bool:
    """Schemas on the network (the metaschema, remotes), and what is named as unchecked when it is compiled."""
    return any(f'"{word}"' in schema for word in UNCHECKED) or "json-schema.org/draft/2020-12" in schema.replace(
        '"$schema": "https://json-schema.org/draft/2020-12/schema"', ""
    )


def _based(schema: Any, number: int) -> Any:
    """The schema as a resource of its own, so that `#` in it means it."""
    return {"$id": f"https://suite.test/{number}/", **schema} if isinstance(schema, dict) else schema


def test_keywords_that_are_not_checked_are_reported(tmp_path: Path) -> None:
    result = compiled(tmp_path, {"a": {"unevaluatedItems": False}, "b": {"$dynamicRef": "#x"}, "c": {"pattern": "(("}})
    assert result.codes == ["ARZ409"] * 3


SCHEMA: dict[str, Any] = {
    "name": {"type": "string", "minLength": 2, "pattern": "^[a-z]+$"},
    "size": {"enum": ["s", "m"]},
    "count": {"type": "integer", "minimum": 1, "maximum": 9},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "uniqueItems": True},
    "nested": {"type": "object", "required": ["a/b"], "properties": {"a/b": {"type": ["number", "null"]}}},
}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": "ab", "size": "m", "count": 2.0, "tags": ["x"], "nested": {"a/b": None}, "other": 1}, []),
        ({}, ["/name: is missing"]),
        ({"name": "A"}, ["/name: must have at least 2 characters", "/name: must match ^[a-z]+\\Z"]),
        ({"name": 5}, ["/name: must be string"]),
        ({"name": "ab", "size": "xl"}, ["/size: must be one of ['s', 'm']"]),
        ({"name": "ab", "count": True}, ["/count: must be integer"]),
        ({"name": "ab", "count": 10}, ["/count: must be at most 9"]),
        (
            {"name": "ab", "tags": ["long", "a", "a"]},
            ["/tags: must repeat no item", "/tags/0: must have at most 3 characters"],
        ),
        ({"name": "ab", "nested": {}}, ["/nested/a~1b: is missing"]),
        ({"name": "ab", "nested": {"a/b": "x"}}, ["/nested/a~1b: must be number or null"]),
    ],
)
def test_every_violation_has_its_pointer(tmp_path: Path, data: Any, expected: list[str]) -> None:
    assert problems(compiled(tmp_path, SCHEMA, required=["name"]).module, data) == expected


def test_defaults_and_names(tmp_path: Path) -> None:
    properties = {"page[size]": {"type": "integer", "default": 10}, "from": {"type": "array", "default": [1]}, "x": {}}
    inputs = compiled(tmp_path, properties, required=["page[size]"]).module.FlowInputs
    assert (inputs.from_dict({}).page_size, inputs.from_dict({}).from_, inputs.from_dict({}).x) == (10, [1], None)
    assert inputs.from_dict({"from": [2]}).from_ == [2]
    assert inputs.from_dict({}).from_ is not inputs.from_dict({}).from_


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    module = compiled(tmp_path, {"key": {"type": "string", "format": "password", "maxLength": 3}}).module
    assert "s3cret" not in str(problems(module, {"key": "s3cret"}))
    assert problems(module, {"key": "s3cret"})


def test_recursive_schemas(tmp_path: Path) -> None:
    tree = {"type": "object", "properties": {"v": {"type": "integer"}, "next": {"$ref": "#tree"}}, "$anchor": "tree"}
    result = compiled(tmp_path, {"t": tree})
    assert result.codes == []
    assert problems(result.module, {"t": {"v": 1, "next": {"v": 2, "next": {"v": "x"}}}}) == [
        "/t/next/next/v: must be integer"
    ]


@pytest.mark.parametrize("reference", ["#/components/inputs/page", "#page"])
def test_components(tmp_path: Path, reference: str) -> None:
    page = {"$anchor": "page", "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    document = workflow_of({"stepId": "one", "operationId": "get"}, inputs={"$ref": reference})
    document["components"] = {"inputs": {"page": page}}
    module = compile_documents(tmp_path, document, api_of(("get", "/x", "get")), extras=COMMAND).module
    assert module.FlowInputs.__annotations__ == {"n": "int"}
    assert problems(module, {"n": "1"}) == ["/n: must be integer"]


def test_choices_of_inputs(tmp_path: Path) -> None:
    choices = [
        {"required": ["id"], "properties": {"id": {"type": "integer"}}},
        {"required": ["name"], "properties": {"name": {"type": "string"}}},
    ]
    module = compiled(tmp_path, {"both": {}}, required=["both"], oneOf=choices).module
    assert module.FlowInputs.__annotations__ == {"both": "Any", "id": "int | None", "name": "str | None"}
    assert problems(module, {"both": 1, "id": 1}) == []
    assert problems(module, {"both": 1}) == ["the inputs: must match one of 2 schemas, not 0"]


def test_files(tmp_path: Path) -> None:
    module = compiled(tmp_path, {"file": {"type": "string", "format": "binary"}}).module
    chunks = (b"a" for _ in range(2))
    contents: list[Any] = ["text", b"bytes", tmp_path, io.BytesIO(b"x"), chunks]
    for fine in (*contents, *(("a.png", c) for c in contents), *(("a.png", c, "image/png") for c in contents)):
        assert problems(module, {"file": fine}) == []
    wrongs: list[Any] = [5, None, [b"x"], {}, ("a.png",), (b"x", "a.png", 5), ("a.png", 5), ("a", b"x", "t", "u")]
    for wrong in wrongs:
        assert problems(module, {"file": wrong}) == ["/file: must be text, bytes, a path or a file"]


def test_the_command_line_names_every_violation(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    module = compiled(tmp_path, SCHEMA, required=["name"]).module
    assert module.main(["--name", "X", "--count", "70", "--api", wire.url]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: /name: must have at least 2 characters",
        "error: /name: must match ^[a-z]+\\Z",
        "error: /count: must be at most 9",
    ]
    assert wire.requests == []
    assert module.main(["--name", "xy", "--count", "7", "--api", wire.url]) == 0


# Any schema and any value: the check agrees with jsonschema.

NAMES = st.sampled_from(["a", "b", "a/b", "~"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5, "", "a", "ab", "é"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
COUNTS = st.integers(0, 3)


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    types = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
    several = st.lists(inner, min_size=1, max_size=3)
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "pattern": st.sampled_from(["^a", "b$", "a|é", "^$"]),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "uniqueItems": st.booleans(),
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=1),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=1),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=1),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), several),
        **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames"), inner),
        **dict.fromkeys(("not", "if", "then", "else"), inner),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), st.integers(-2, 2)),
        **dict.fromkeys(("minContains", "maxContains"), COUNTS),
    }
    return st.fixed_dictionaries({}, optional=keywords)


@given(st.recursive(st.booleans() | st.just({}), schemas, max_leaves=4), VALUES)
@settings(max_examples=400)
def test_agrees_with_jsonschema(schema: Any, value: Any) -> None:
    report = Report()
    reduced = assertions(OpenApi(Source("schema", b"", schema, is_json=True), report).root, report).to_json()
    assert report.diagnostics == []
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (not list(violations(value, reduced, reduced))) is expected


@pytest.mark.parametrize(
    ("schema", "is_endless"),
    [
        ({"allOf": [{"$ref": "#/components/inputs/it"}]}, True),
        ({"anyOf": [{"type": "null"}, {"not": {"$ref": "#/components/inputs/it"}}]}, True),
        ({"$ref": "#/components/inputs/it"}, True),
        ({"type": "object", "properties": {"x": {"$ref": "#/components/inputs/it"}}}, False),
        ({"items": {"allOf": [{"$ref": "#/components/inputs/it"}]}}, False),
    ],
)
def test_a_schema_that_applies_itself_to_the_same_value_is_refused(
    tmp_path: Path, schema: dict[str, Any], is_endless: bool
) -> None:
    inputs = {"type": "object", "properties": {"x": {"$ref": "#/components/inputs/it"}}}
    document = workflow_of({"stepId": "s", "operationId": "o"}, inputs=inputs)
    document["components"] = {"inputs": {"it": schema}}
    result = compile_documents(tmp_path, document, api_of(("get", "/a", "o")))
    assert result.codes == (["ARZ216"] if is_endless else [])
