"""Swagger 2.0 documents: every operation is called as for an equal OpenAPI 3 document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import responses

from building import compile_documents, workflow_of


def swagger(operation: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": {"title": "Test", "version": "1"},
        "host": "api.test",
        "basePath": "/v2",
        "schemes": ["http", "https"],
        "paths": {"/a": {"post": {"operationId": "one", "responses": {"200": {"description": "ok"}}, **operation}}},
        **fields,
    }


def sent(folder: Path, api: dict[str, Any], client: dict[str, Any] | None = None, **step: Any) -> Any:
    result = compile_documents(folder, workflow_of({"stepId": "first", "operationId": "one", **step}), api)
    module = result.module
    with responses.RequestsMock() as server:
        server.post("https://api.test/v2/a", json={"x": 5})
        module.run_flow(module.Client(**client or {}))
        request = server.calls[0].request
        return request, request.body


@pytest.mark.parametrize(
    ("collection", "query"),
    [(None, "1%2C2"), ("csv", "1%2C2"), ("ssv", "1%202"), ("pipes", "1%7C2"), ("tsv", "1%092"), ("multi", None)],
)
def test_collection_formats(tmp_path: Path, collection: str | None, query: str | None) -> None:
    ids: dict[str, Any] = {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}}
    if collection:
        ids["collectionFormat"] = collection
    api = swagger({"parameters": [ids]})
    request, _ = sent(tmp_path, api, parameters=[{"name": "ids", "in": "query", "value": [1, 2]}])
    wanted = "ids=1&ids=2" if query is None else f"ids={query}"
    assert request.url == f"https://api.test/v2/a?{wanted.replace('%2C', ',')}"


@pytest.mark.parametrize(
    ("collection", "header", "path"),
    [(None, "1,2", "1,2"), ("ssv", "1 2", "1%202"), ("pipes", "1|2", "1%7C2"), ("tsv", "1\t2", "1%092")],
)
def test_collection_formats_of_headers_and_paths(
    tmp_path: Path, collection: str | None, header: str, path: str
) -> None:
    kind: dict[str, Any] = {"type": "array", "items": {"type": "integer"}}
    if collection:
        kind["collectionFormat"] = collection
    places = {"header": "X-Ids", "path": "ids"}
    api = swagger({"parameters": [{"name": n, "in": p, "required": True, **kind} for p, n in places.items()]})
    api["paths"] = {"/a/{ids}": api["paths"]["/a"]}
    given = [{"name": name, "in": place, "value": [1, 2]} for place, name in places.items()]
    step = {"stepId": "first", "operationId": "one", "parameters": given}
    module = compile_documents(tmp_path, workflow_of(step), api).module
    with responses.RequestsMock() as server:
        server.post(f"https://api.test/v2/a/{path}", json={})
        module.run_flow(module.Client())
        assert server.calls[0].request.headers["X-Ids"] == header


def test_a_body_parameter(tmp_path: Path) -> None:
    pet = {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    api = swagger({"parameters": [{"$ref": "#/parameters/pet"}]}, parameters={"pet": pet}, definitions={"Pet": {}})
    request, body = sent(tmp_path, api, requestBody={"payload": {"name": "Rex"}})
    assert (request.headers["Content-Type"], body) == ("application/json", b'{"name": "Rex"}')


def test_a_form(tmp_path: Path) -> None:
    api = swagger(
        {
            "consumes": ["application/x-www-form-urlencoded"],
            "parameters": [{"name": "a", "in": "formData", "type": "string"}],
        }
    )
    request, body = sent(tmp_path, api, requestBody={"payload": {"a": "b c"}})
    assert (request.headers["Content-Type"], body) == ("application/x-www-form-urlencoded", b"a=b+c")


def test_a_file(tmp_path: Path) -> None:
    parameters = [
        {"name": "note", "in": "formData", "type": "string"},
        {"name": "file", "in": "formData", "type": "file", "required": True},
    ]
    api = swagger({"parameters": parameters})
    request, body = sent(tmp_path, api, requestBody={"payload": {"note": "n", "file": "content"}})
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="file"' in body
    assert b'name="note"\r\n\r\nn' in body


def test_security(tmp_path: Path) -> None:
    schemes = {"login": {"type": "basic"}, "key": {"type": "apiKey", "in": "query", "name": "k"}}
    api = swagger({"security": [{"login": [], "key": []}]}, securityDefinitions=schemes)
    request, _ = sent(tmp_path, api, {"login": ("me", "pw"), "key": "s"})
    assert request.headers["Authorization"] == "Basic bWU6cHc="
    assert request.url.endswith("?k=s")


def test_responses_are_typed(tmp_path: Path) -> None:
    pet = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer", "x-nullable": True}}}
    api = swagger(
        {"responses": {200: {"$ref": "#/responses/pet"}}},
        responses={"pet": {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}}},
        definitions={"Pet": pet},
    )
    step = {"stepId": "first", "operationId": "one", "outputs": {"x": "$response.body#/x"}}
    result = compile_documents(tmp_path, workflow_of(step), api)
    assert result.module.FirstOutputs.__annotations__["x"] == "int | None"


def test_no_host_is_a_required_argument(tmp_path: Path) -> None:
    api = swagger({})
    del api["host"]
    result = compile_documents(tmp_path, workflow_of({"stepId": "first", "operationId": "one"}), api)
    with pytest.raises(TypeError, match="api"):
        result.module.Client()


def test_positions_are_those_of_the_file(tmp_path: Path) -> None:
    api = swagger({"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"$ref": "#/nowhere"}}]})
    result = compile_documents(tmp_path, workflow_of({"stepId": "first", "operationId": "one"}), api)
    assert result.codes == ["ARZ228"]


@pytest.mark.parametrize("broken", [{"paths": []}, {"paths": {"/a": 5}}, {"parameters": 3}, {"responses": [1]}])
def test_malformed_documents_do_not_crash(tmp_path: Path, broken: dict[str, Any]) -> None:
    step = {"stepId": "first", "operationId": "one"}
    compile_documents(tmp_path, workflow_of(step), swagger({"parameters": 3, "responses": None}) | broken)
