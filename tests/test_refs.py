"""References: between files, by pointer, `$anchor` and `$id`, in circles, and to files that arazzoc does not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from building import Result, api_of, compile_documents, workflow_of


def compiled(folder: Path, schema: Any, files: dict[str, Any] | None = None, **fields: Any) -> Result:
    """A workflow whose only output is the member `x` of a response with this schema."""
    for name, document in (files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    api = api_of(("get", "/a", "one"), schema=schema) | fields
    workflow = workflow_of({"stepId": "first", "operationId": "one", "outputs": {"x": "$response.body#/x"}})
    return compile_documents(folder, workflow, api)


def type_of_x(result: Result) -> str:
    return str(result.module.FirstOutputs.__annotations__["x"])


STRING = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
NUMBER = {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}}

ROWS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("a file", {"$ref": "pet.json"}, {"pet.json": STRING}, "str"),
    ("a file below", {"$ref": "./schemas/pet.yaml"}, {"schemas/pet.yaml": json.dumps(STRING)}, "str"),
    ("a pointer in a file", {"$ref": "all.json#/$defs/a~1b"}, {"all.json": {"$defs": {"a/b": STRING}}}, "str"),
    (
        "from file to file, relative to each",
        {"$ref": "one/a.json"},
        {"one/a.json": {"$ref": "../two/b.json#/x"}, "two/b.json": {"x": STRING}},
        "str",
    ),
    (
        "back to the first file",
        {"$ref": "a.json"},
        {"a.json": {"$ref": "openapi.yml#/components/schemas/Pet"}},
        "str",
    ),
    ("an anchor in a file", {"$ref": "a.json#pet"}, {"a.json": {"$defs": {"p": {"$anchor": "pet"} | STRING}}}, "str"),
    ("an anchor here", {"$ref": "#here"}, {}, "float"),
    ("an id here", {"$ref": "https://ids.test/number"}, {}, "float"),
    ("an id, relative", {"$id": "https://ids.test/root", "$ref": "number"}, {}, "float"),
    (
        "a pointer within an id",
        {"$id": "https://ids.test/local", "$defs": {"n": NUMBER}, "allOf": [{"$ref": "#/$defs/n"}]},
        {},
        "float",
    ),
    ("an encoded name", {"$ref": "a%20b.json"}, {"a b.json": STRING}, "str"),
]


@pytest.mark.parametrize(("schema", "files", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_references(tmp_path: Path, schema: Any, files: dict[str, Any], expected: str) -> None:
    known = {
        "Pet": STRING,
        "Number": {"$anchor": "here", "$id": "#also"} | NUMBER,
        "Id": {"$id": "https://ids.test/number"} | NUMBER,
    }
    result = compiled(tmp_path, schema, files, components={"schemas": known})
    assert result.codes == []
    assert type_of_x(result) == expected


def test_path_items_parameters_and_responses_in_other_files(tmp_path: Path) -> None:
    api = {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {"/a/{id}": {"$ref": "paths/a.json"}},
    }
    item = {
        "parameters": [{"$ref": "parameters.json#/id"}],
        "get": {"operationId": "one", "responses": {"200": {"$ref": "parameters.json#/ok"}}},
    }
    shared = {
        "id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        "ok": {"description": "ok", "content": {"application/json": {"schema": STRING}}},
    }
    (tmp_path / "paths").mkdir()
    (tmp_path / "paths" / "a.json").write_text(json.dumps(item))
    (tmp_path / "paths" / "parameters.json").write_text(json.dumps(shared))
    step = {
        "stepId": "first",
        "operationId": "one",
        "parameters": [{"name": "id", "in": "path", "value": "7"}],
        "outputs": {"x": "$response.body#/x"},
    }
    result = compile_documents(tmp_path, workflow_of(step), api)
    assert result.codes == []
    assert type_of_x(result) == "str"
    assert "key" in result.module.Client.__init__.__kwdefaults__, "security is that of the listing document"


def test_circles_of_files(tmp_path: Path) -> None:
    tree = {
        "type": "object",
        "properties": {"x": {"$ref": "tree.json"}, "up": {"$ref": "openapi.yml#/components/schemas/T"}},
    }
    files = {"tree.json": tree}
    result = compiled(tmp_path, {"$ref": "tree.json"}, files, components={"schemas": {"T": {"$ref": "tree.json"}}})
    assert result.codes == []
    loop = compiled(tmp_path, {"$ref": "loop.json"}, {"loop.json": {"$ref": "loop.json"}})
    assert "leads back to itself" in loop.messages


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("missing.json", "not found"),
        ("../secret.json", "is outside"),
        ("/etc/passwd", "is outside"),
        ("link.json", "is outside"),
        ("https://evil.test/x.json", "reads only relative references"),
        ("//evil.test/x.json", "reads only relative references"),
        ("file:///etc/passwd", "reads only relative references"),
        ("other.json#/nothing", "there is nothing at"),
        ("other.json#nothing", "has no $anchor"),
        ("broken.json", "cannot be read"),
    ],
)
def test_references_that_are_not_followed(tmp_path: Path, ref: str, said: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.json").write_text('{"type": "string"}')
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "broken.json").write_text("{")
    result = compiled(folder, {"$ref": ref}, {"other.json": {}})
    assert said in result.messages
    assert "ARZ217" in result.codes


def test_a_folder_can_be_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, common = tmp_path / "inner", tmp_path / "common"
    folder.mkdir()
    common.mkdir()
    (common / "x.json").write_text(json.dumps(STRING))
    assert "--allow-refs" in compiled(folder, {"$ref": "../common/x.json"}).messages
    command = ["check", str(folder / "workflow.yml"), "--allow-refs", str(common)]
    assert main(command) == 0
    assert "no findings" in capsys.readouterr().err


def test_only_what_is_reached_is_read(tmp_path: Path) -> None:
    unused = {"Unused": {"$ref": "not-there.json"}, "Also": {"$ref": "#/nowhere"}}
    assert compiled(tmp_path, STRING, components={"schemas": unused}).codes == []


def test_inputs_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "inputs.json").write_text(json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}}))
    step = {
        "stepId": "first",
        "operationId": "one",
        "parameters": [{"name": "X-N", "in": "header", "value": "$inputs.n"}],
    }
    workflow = workflow_of(step, inputs={"$ref": "inputs.json"})
    result = compile_documents(tmp_path, workflow, api_of(("get", "/a", "one")))
    assert result.module.FlowInputs.__annotations__["n"] == "int | None"
