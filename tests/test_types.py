"""Which type a schema gives, and what follows from it: whether null is a value, and what conditions can hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import responses

from arazzoc.config import Extra
from building import SUPPORT, Result, api_of, compile_documents, workflow_of

COMMAND: frozenset[Extra] = frozenset({"command"})


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


COMPONENTS: dict[str, Any] = {
    "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    "State": {"type": "string", "enum": ["open", "shut"]},
    "Nickname": {"type": "string", "nullable": True},
    "Alias": ref("Nickname"),
    "Alias of alias": {"allOf": [ref("Alias")]},
    "Forest": {"type": "array", "items": ref("Forest")},
    "Any JSON": {
        "anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": ref("Any JSON")},
            {"type": "object", "additionalProperties": ref("Any JSON")},
        ]
    },
    "Itself": {"allOf": [ref("Itself")]},
    "Itself or a number": {"anyOf": [ref("Itself or a number"), {"type": "integer"}]},
    "Not itself": {"not": ref("Not itself")},
    "By pattern": {"type": "object", "patternProperties": {"^x": ref("By pattern")}, "additionalProperties": False},
    "Pair": {"type": "array", "prefixItems": [ref("Pair"), {"type": "string"}], "items": False},
    "There": ref("Back"),
    "Back": ref("There"),
}


def compiled(folder: Path, schema: Any, version: str = "3.0.3", *, condition: str = "", needed: bool = True) -> Result:
    """Compile a step with an output that has the schema; a condition asks for it as `V`."""
    whole = {"type": "object", "properties": {"v": schema}, **({"required": ["v"]} if needed else {})}
    api = api_of(("get", "/a", "getA"), schema=whole, schemas=COMPONENTS)
    api["openapi"] = version
    step: dict[str, Any] = {"stepId": "get", "operationId": "getA", "outputs": {"v": "$response.body#/v"}}
    if condition:
        step["successCriteria"] = [{"condition": condition.replace("V", "$response.body#/v")}]
    return compile_documents(folder, workflow_of(step), api, support=SUPPORT)


def annotation(result: Result) -> str:
    """The annotation of the output, with a Literal for the name of one."""
    assert result.text is not None, result.messages
    found = re.search(r"^class GetOutputs:\n    v: (.+)$", result.text, re.M)
    assert found is not None
    aliases = dict(re.findall(r"^(\w+): TypeAlias = (.+)$", result.text, re.M))
    return re.sub(r"\w+", lambda word: aliases.get(word[0], word[0]), found[1])


def value_of(module: Any, value: Any) -> Any:
    """The output where the response has a value."""
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={"v": value})
        return module.get(module.Client()).require().v


NULLABLE: list[tuple[Any, str]] = [
    ({}, "Any"),
    (True, "Any"),
    ({"description": "whatever"}, "Any"),
    ({"nullable": True}, "Any"),
    ({"not": {"type": "string"}}, "Any"),
    ({"type": "string", "nullable": True}, "str | None"),
    ({"type": "string", "x-nullable": True}, "str | None"),
    ({"type": ["string", "null"]}, "str | None"),
    ({"type": "null"}, "None"),
    ({**ref("Pet"), "nullable": True}, "Pet | None"),
    ({**ref("Pet"), "x-nullable": True}, "Pet | None"),
    ({"allOf": [ref("Pet")], "nullable": True}, "Pet | None"),
    ({"allOf": [ref("Pet"), {"nullable": True, "description": "perhaps"}]}, "Pet | None"),
    ({"allOf": [{"type": ["object", "null"]}, {"type": ["null", "string"]}]}, "None"),
    ({"anyOf": [ref("Pet"), {"type": "string", "nullable": True}]}, "Pet | str | None"),
    ({"oneOf": [ref("Pet"), ref("Alias")]}, "Pet | str | None"),
    ({"oneOf": [ref("Pet"), {"type": "null"}]}, "Pet | None"),
    ({"anyOf": [ref("Pet"), {"nullable": True}]}, "Pet | None"),
    ({"anyOf": [ref("Pet"), {"enum": [None]}]}, "Pet | None"),
    ({"anyOf": [ref("Pet"), {"const": None}]}, "Pet | None"),
    ({"anyOf": [*({"const": f"{n}"} for n in range(3)), {"type": "null"}]}, 'Literal["0", "1", "2"] | None'),
    (ref("Alias of alias"), "str | None"),
    ({"enum": ["a", None]}, 'Literal["a"] | None'),
    ({"type": "string", "enum": ["a", None]}, 'Literal["a"] | None'),
    ({"allOf": [ref("State")], "nullable": True}, 'Literal["open", "shut"] | None'),
    ({"enum": [None]}, "None"),
    ({"enum": [1.5, None]}, "float | None"),
    ({"const": None}, "None"),
    (ref("Any JSON"), "str | float | bool | list[Any] | dict[str, Any] | None"),
    (ref("There"), "Any"),
    (ref("Itself"), "Any"),
    (ref("Not itself"), "Any"),
]


@pytest.mark.parametrize(("schema", "expected"), NULLABLE)
def test_null_is_a_value_where_the_schema_admits_it(tmp_path: Path, schema: Any, expected: str) -> None:
    result = compiled(tmp_path, schema)
    assert annotation(result) == expected
    assert value_of(result.module, None) is None


NOT_NULL: list[tuple[Any, str]] = [
    ({"type": "string", "nullable": False}, "str"),
    ({"type": "string", "format": "date"}, "str"),
    ({"allOf": [ref("Pet"), {"type": "object", "nullable": True}]}, "Pet"),
    ({"allOf": [ref("Nickname"), {"type": "string"}]}, "str"),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "str | int"),
    ({"type": "array", "items": {"type": "string", "nullable": True}}, "list[str | None]"),
    ({"type": "array", "items": {**ref("Pet"), "nullable": True}}, "list[Pet | None]"),
    ({"type": "array", "prefixItems": [{"type": "string"}, ref("Alias")], "items": False}, "list[str | None]"),
    ({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, "list[str | int]"),
    ({"type": "array", "prefixItems": [{"type": "string"}]}, "list[Any]"),
    ({"type": "array", "items": [{"type": "string"}], "additionalItems": False}, "list[str]"),
    ({"type": "object", "additionalProperties": ref("Alias of alias")}, "dict[str, str | None]"),
    (
        {
            "type": "object",
            "patternProperties": {"^x": {"type": "string"}},
            "additionalProperties": {"type": ["integer", "null"]},
        },
        "dict[str, str | int | None]",
    ),
    ({"type": "object", "patternProperties": {"^x": {"type": "string"}}}, "dict[str, Any]"),
    ({"enum": [1, "1", True, 1.5, "a b"]}, "str | bool | float"),
    ({"enum": [1, 2.5]}, "float"),
    ({"enum": [1, "1"]}, 'Literal[1, "1"]'),
    ({"enum": [True, 1, 1]}, "Literal[True, 1]"),
    ({"anyOf": [{"const": 1}, {"const": True}]}, "Literal[1, True]"),
    ({"enum": [{"a": 1}, "x", ["y"]]}, "dict[str, Any] | str | list[Any]"),
    ({"const": {"a": 1}}, "dict[str, Any]"),
    ({"const": 2.5}, "float"),
    # Quotes that were forgotten, or are too many: a number with a point could have had more zeros.
    ({"type": "string", "enum": [1, True, "a"]}, 'Literal["1", "true", "a"]'),
    ({"type": "string", "enum": [1.5, "a"]}, "str"),
    ({"type": "integer", "enum": [1, "2"]}, "int"),
    ({"type": "integer", "enum": ["1", "2"]}, "Any"),
    ({"type": "array", "enum": ["a", "b"]}, "Any"),
    ({"allOf": [ref("State"), {"enum": ["shut", "lost"]}]}, 'Literal["shut"]'),
    (ref("Forest"), "list[Any]"),
    (ref("Itself or a number"), "int"),
    (ref("By pattern"), "dict[str, Any]"),
    (ref("Pair"), "list[Any]"),
]


@pytest.mark.parametrize(("schema", "expected"), NOT_NULL)
def test_a_value_that_is_required_cannot_be_null(tmp_path: Path, schema: Any, expected: str) -> None:
    result = compiled(tmp_path, schema)
    assert annotation(result) == expected
    with pytest.raises(result.module.OutputMissing):
        value_of(result.module, None)


@pytest.mark.parametrize(
    ("version", "expected"), [("3.0.3", "Pet"), ("3.1.0", "FlowV"), ("3.2.0", "FlowV")], ids=lambda v: str(v)
)
def test_what_stands_beside_a_reference_counts_since_3_1(tmp_path: Path, version: str, expected: str) -> None:
    schema = {**ref("Pet"), "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    result = compiled(tmp_path, schema, version)
    assert annotation(result) == expected
    record = getattr(result.module, expected)
    assert get_type_hints(record) == {"name": str, **({"age": int} if version != "3.0.3" else {})}


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}, *({"const": n} for n in range(400)), {"type": "null"}]},
        {"allOf": [{"anyOf": [{"type": k} for k in ("string", "null", "integer")]}] * 9, "nullable": True},
    ],
    ids=["many", "combined"],
)
def test_many_alternatives_never_lose_null(tmp_path: Path, schema: Any) -> None:
    assert value_of(compiled(tmp_path, schema).module, None) is None


def chain(count: int, link: Any) -> dict[str, Any]:
    """Components that lead to each other, the last one to text."""
    linked: dict[str, Any] = {f"A{n}": link(ref(f"A{n + 1}")) for n in range(count)}
    return {**linked, f"A{count}": {"type": "string"}}


@pytest.mark.parametrize(
    "components",
    [
        chain(500, lambda inner: {"type": "object", "properties": {"next": inner}}),
        chain(500, lambda inner: {"type": "array", "items": inner}),
        chain(500, lambda inner: {"type": "object", "additionalProperties": inner}),
        chain(500, lambda inner: {"allOf": [inner]}),
        chain(500, lambda inner: {"anyOf": [inner, {"type": "null"}]}),
        # Each leads to each other one: there are more paths than anyone can follow.
        {f"A{n}": {"anyOf": [{"type": "array", "items": ref(f"A{m}")} for m in range(12)]} for n in range(12)},
        {f"A{n}": {"allOf": [{"anyOf": [ref(f"A{m}"), {"type": "null"}]} for m in range(12)]} for n in range(12)},
        {f"A{n}": {"oneOf": [ref(f"A{m}") for m in range(12)]} for n in range(12)},
        {f"A{n}": {"properties": {f"p{m}": ref(f"A{m}") for m in range(12)}} for n in range(12)},
    ],
    ids=[
        "records",
        "lists",
        "mappings",
        "allOf",
        "anyOf",
        "lists of all",
        "all of all",
        "one of all",
        "records of all",
    ],
)
def test_chains_and_circles_of_schemas_come_to_an_end(tmp_path: Path, components: dict[str, Any]) -> None:
    api = api_of(("get", "/a", "getA"), schema={"type": "object", "properties": {"v": ref("A0")}}, schemas=components)
    outputs = {"v": "$response.body#/v", "whole": "$response.body", "deep": "$response.body#/v/next/next/0"}
    step = {"stepId": "get", "operationId": "getA", "outputs": outputs}
    assert compile_documents(tmp_path, workflow_of(step), api, support=SUPPORT).module


KEYS = ("a-b", "class", "__x", "", "from", "str", "Any", "NotRequired", "TypedDict", "Pet", "ﬁ", "日本", "x\ny", 'q"')


def test_keys_of_records_are_those_of_the_schema(tmp_path: Path) -> None:
    """Also where they are no names of Python, which reads ligatures as their letters."""
    inner = {"type": "array", "items": {**ref("Pet"), "nullable": True}}
    for key in KEYS:
        schema = {"type": "object", "properties": {key: inner, "state": ref("State")}, "required": ["state"]}
        module = compiled(tmp_path, schema).module
        hints = get_type_hints(module.FlowV)
        assert set(hints) == {key, "state"}
        pet: Any = module.Pet
        assert get_args(hints[key]) == (pet | None,)


@pytest.mark.parametrize(
    ("schema", "condition", "codes"),
    [
        ({"enum": [1, "1", True, 1.5, "a b"]}, "V == 'a b'", []),
        ({"enum": [1, "1", True, 1.5, "a b"]}, "V == true", []),
        ({"enum": [1.5, 2]}, "V == 'a'", ["ARZ504"]),
        ({"enum": ["a", {"x": 1}]}, "V == 'b'", []),
        ({"enum": ["a", "b"]}, "V == 'c'", ["ARZ504"]),
        ({"enum": ["a", "b", None]}, "V == null", []),
        ({"type": "string", "enum": ["a", "b"], "nullable": True}, "V == null", []),
        ({"type": "string", "enum": ["a", "b"]}, "V == null", ["ARZ504"]),
        ({"type": "boolean", "enum": ["true", "false"]}, "V == true", []),
        ({"type": "array", "enum": ["a", "b"]}, "V == 'a'", []),
        ({"anyOf": [{"const": 1}, {"const": True}]}, "V == true", []),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, "V == true", ["ARZ504"]),
    ],
)
def test_what_can_never_hold_follows_from_the_right_type(
    tmp_path: Path, schema: Any, condition: str, codes: list[str]
) -> None:
    assert compiled(tmp_path, schema, condition=condition).codes == codes


def test_an_enum_that_may_be_missing_can_be_null(tmp_path: Path) -> None:
    assert compiled(tmp_path, {"enum": ["a", "b"]}, condition="V == null", needed=False).codes == []


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"x": {}}, "patternProperties": {"^v": {"type": "string"}}},
        {"properties": {"x": {}}, "if": {"required": ["x"]}, "then": {"properties": {"v": {}}}},
        {"properties": {"x": {}}, "dependentSchemas": {"x": {"properties": {"v": {}}}}},
        {"properties": {"x": {}}, "allOf": [ref("Nowhere")]},
        {"properties": {"v": ref("Nowhere")}},
    ],
    ids=["pattern", "if", "dependent", "allOf", "property"],
)
def test_members_that_other_keywords_declare_are_not_unknown(tmp_path: Path, schema: Any) -> None:
    api = api_of(("get", "/a", "getA"), schema={"type": "object", **schema}, schemas=COMPONENTS)
    step = {"stepId": "get", "operationId": "getA", "outputs": {"v": "$response.body#/v"}}
    assert "ARZ306" not in compile_documents(tmp_path, workflow_of(step), api).codes


def test_parts_of_the_exchange_have_types(tmp_path: Path) -> None:
    outputs = {"url": "$url", "method": "$method", "status": "$statusCode", "media": "$response.header.Content-Type"}
    outputs |= {"text": "{$method} {$url}", "sent": "$request.header.Accept"}
    step = {"stepId": "get", "operationId": "getA", "outputs": outputs}
    module = compile_documents(tmp_path, workflow_of(step), api_of(("get", "/a", "getA"))).module
    assert get_type_hints(module.GetOutputs) == {
        "url": str | None,
        "method": str,
        "status": int | None,
        "media": str | None,
        "text": str,
        "sent": str | None,
    }


def inputs_of(folder: Path, schema: dict[str, Any]) -> Any:
    """The class of inputs with one input `v` of a schema."""
    schemas = {"type": "object", "properties": {"v": schema}, **({} if "default" in schema else {"required": ["v"]})}
    step = {"stepId": "a", "operationId": "getA", "parameters": [{"name": "v", "in": "query", "value": "$inputs.v"}]}
    document = workflow_of(step, inputs=schemas)
    document["components"] = {"inputs": {"Nickname": {"type": "string"}}}
    return compile_documents(folder, document, api_of(("get", "/a", "getA")), extras=COMMAND).module.FlowInputs


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"$ref": "#/components/inputs/Nickname", "nullable": True},
        {"allOf": [{"type": "string"}], "nullable": True},
        {"type": "string", "enum": ["a", "b"], "nullable": True},
        {"const": "a", "x-nullable": True},
    ],
)
def test_inputs_that_are_nullable_can_be_null(tmp_path: Path, schema: dict[str, Any]) -> None:
    kind = inputs_of(tmp_path, schema)
    assert type(None) in get_type_hints(kind)["v"].__args__
    assert kind.from_dict({"v": None}).v is None
    with pytest.raises(Exception, match="/v: "):
        kind.from_dict({"v": 5})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "default": None}, str | None),
        ({"type": "string", "default": 5}, str | int),
        ({"type": "integer", "default": True}, int | bool),
        ({"type": "array", "items": {"type": "string"}, "default": ["a"]}, list[str]),
        ({"type": "array", "items": {"type": "string"}, "default": [1]}, list[str] | list[Any]),
        ({"enum": ["a", "b"], "default": "c"}, None),
    ],
)
def test_a_default_is_of_its_type(tmp_path: Path, schema: dict[str, Any], expected: Any) -> None:
    kind = inputs_of(tmp_path, schema)
    assert kind().v == schema["default"]
    if expected is not None:
        assert get_type_hints(kind)["v"] == expected


def with_defaults(folder: Path) -> Result:
    members = {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}}
    known = {"type": "object", "required": ["a"], "properties": members}
    properties = {
        "record": known | {"default": {"a": 1, "b": ["x"]}},
        "null": known | {"type": ["object", "null"], "default": {"a": 2}},
        "list": {"type": "array", "items": known, "default": [{"a": 3}]},
        "open": {"type": "object", "additionalProperties": {"type": "integer"}, "default": {"z": 4}},
        "any": {"default": {"y": 5}},
        "lacking": known | {"default": {}},
    }
    step = {"stepId": "send", "operationId": "send"}
    payload = {"contentType": "application/json", "payload": {name: f"$inputs.{name}" for name in properties}}
    api = api_of(("post", "/x", "send"))
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {"application/json": {}}}
    inputs = {"type": "object", "properties": properties}
    return compile_documents(folder, workflow_of(step | {"requestBody": payload}, inputs=inputs), api)


def test_defaults_that_are_objects(tmp_path: Path) -> None:
    module = with_defaults(tmp_path).module
    inputs = module.FlowInputs()
    assert (inputs.record, inputs.null, inputs.lacking) == ({"a": 1, "b": ["x"]}, {"a": 2}, {})
    assert inputs.record is not module.FlowInputs().record


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_type_checkers_accept_defaults_that_are_objects(checker: str, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(str(with_defaults(tmp_path).text))
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    options = {"mypy": ["--strict", "flow.py"], "pyright": ["--pythonpath", sys.executable, "flow.py"]}[checker]
    command = [sys.executable, "-m", checker, *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
