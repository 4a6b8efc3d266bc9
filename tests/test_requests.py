"""What a request holds beside its parameters: queries in path keys, Accept, and whether redirects are followed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import responses

from building import api_of, compile_documents, workflow_of

OK: dict[str, Any] = {"description": "ok"}


def operation(responses: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"operationId": "get", "responses": responses or {"200": OK}, **fields}


def request_of(folder: Path, api: dict[str, Any], answer: dict[str, Any] | None = None, **step: Any) -> Any:
    """The calls of a run with one step."""
    document = workflow_of({"stepId": "one", "operationId": "get", **step})
    result = compile_documents(folder, document, api)
    module = result.module
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for method in ("GET", "POST"):
            server.add(method, _ANY, **answer or {"json": {}})
        try:
            module.run_flow(module.Client())
        except module.WorkflowError as error:
            return list(server.calls), error
        return list(server.calls), None


_ANY = re.compile("https://api.test/.*")


def api_with(path: str, **fields: Any) -> dict[str, Any]:
    return {**api_of(), "paths": {path: {"get": operation(**fields)}}}


def parameter(name: str, place: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}, **fields}


@pytest.mark.parametrize("declared", ["query", "path", None])
@pytest.mark.parametrize("given", ["query", "path"])
@pytest.mark.parametrize("name", ["x", "value"])
def test_a_query_in_a_path_key(tmp_path: Path, declared: str | None, given: str, name: str) -> None:
    """Each parameter is sent once, wherever the document declares it and the step gives it."""
    api = api_with(f"/a?view=full&x={{{name}}}", parameters=[parameter(name, declared)] if declared else [])
    calls, error = request_of(tmp_path, api, parameters=[{"name": name, "in": given, "value": "1&2"}])
    assert error is None
    assert [call.request.path_url for call in calls] == ["/a?view=full&x=1%262"]


def test_a_constant_in_a_path_key_can_be_given(tmp_path: Path) -> None:
    api = api_with("/a?view=full&empty=", parameters=[parameter("view", "query")])
    calls, _ = request_of(tmp_path, api, parameters=[{"name": "view", "in": "query", "value": "short"}])
    assert calls[0].request.path_url == "/a?view=short&empty="


@pytest.mark.parametrize("given", [{}, {"parameters": [{"name": "y", "in": "query", "value": "1"}]}])
def test_a_placeholder_in_the_query_of_a_path_key_is_needed(tmp_path: Path, given: dict[str, Any]) -> None:
    """It is a query parameter like others: told, and refused in the strict profile (AMB-56)."""
    document = workflow_of({"stepId": "one", "operationId": "get", **given})
    result = compile_documents(tmp_path, document, api_with("/a?x={x}"))
    assert result.text is not None and "requires the query parameter 'x'" in result.messages
    assert compile_documents(tmp_path, document, api_with("/a?x={x}"), strict=True).text is None


@pytest.mark.parametrize("declared", ["key", "key+"])
@pytest.mark.parametrize("given", ["key", "key+"])
def test_a_placeholder_with_a_plus(tmp_path: Path, declared: str, given: str) -> None:
    api = api_with("/a/{key+}", parameters=[parameter(declared, "path")])
    calls, _ = request_of(tmp_path, api, parameters=[{"name": given, "in": "path", "value": "b/c d"}])
    assert calls[0].request.path_url == "/a/b/c%20d"


@pytest.mark.parametrize(
    ("types", "accept"),
    [
        ([], "application/json, */*;q=0.1"),
        (["application/json"], "application/json, */*;q=0.1"),
        (["application/json; charset=utf-8"], "application/json, */*;q=0.1"),
        (["*/*"], "application/json, */*;q=0.1"),
        (["application/xml", "application/json"], "application/json, application/xml;q=0.5, */*;q=0.1"),
        (["application/vnd.v2+json"], "application/vnd.v2+json, */*;q=0.1"),
        (["application/vnd.v2+json", "application/json"], "application/json, application/vnd.v2+json, */*;q=0.1"),
        (["text/csv"], "text/csv, */*;q=0.1"),
        (["application/pdf", "image/png"], "application/pdf, image/png, */*;q=0.1"),
    ],
)
def test_accept(tmp_path: Path, types: list[str], accept: str) -> None:
    answer = {"200": {"description": "ok", "content": {name: {} for name in types}}, "500": OK}
    calls, _ = request_of(tmp_path, api_with("/a", responses=answer))
    assert calls[0].request.headers["Accept"] == accept
    own = {"name": "accept", "in": "header", "value": "text/own"}
    calls, _ = request_of(tmp_path, api_with("/a", responses=answer), parameters=[own])
    assert calls[0].request.headers["Accept"] == "text/own"


def criterion(condition: str) -> dict[str, Any]:
    return {"successCriteria": [{"condition": condition}]}


def action(condition: str, on: str = "onFailure") -> dict[str, Any]:
    return {on: [{"name": "a", "type": "end", "criteria": [{"condition": condition}]}]}


@pytest.mark.parametrize(
    ("step", "is_followed"),
    [
        ({}, True),
        (criterion("$statusCode == 200"), True),
        (criterion("$statusCode >= 200 && $statusCode < 300"), True),
        (criterion("300 > $statusCode"), True),
        (criterion("$statusCode < 400"), True),
        (criterion("$statusCode == 302"), False),
        (criterion("$statusCode == '303'"), False),
        (criterion("$statusCode == 200 || 307 == $statusCode"), False),
        (criterion("!($statusCode >= 300)"), False),
        (criterion("$response.header.Location != null"), False),
        (action("$statusCode == 301"), False),
        (action("$statusCode >= 400"), True),
        (action("$response.header.location != null", "onSuccess"), False),
        ({"outputs": {"to": "$response.header.Location"}}, False),
        ({"outputs": {"to": "$response.header.X-Location"}}, True),
    ],
)
def test_which_redirects_are_followed(tmp_path: Path, step: dict[str, Any], is_followed: bool) -> None:
    """Not where the step looks at them (AMB-66)."""
    answer = {"status": 302, "headers": {"Location": "https://api.test/b"}, "body": ""}
    calls, error = request_of(tmp_path, api_with("/a"), answer, **step)
    assert (len(calls) > 1) is is_followed
    if is_followed:
        assert "too many redirects" in str(error)


@pytest.mark.parametrize("status", ["302", "3XX", "303"])
def test_redirects_that_the_operation_describes_are_not_followed(tmp_path: Path, status: str) -> None:
    answer = {"status": 302, "headers": {"Location": "https://api.test/b"}, "body": ""}
    calls, _ = request_of(tmp_path, api_with("/a", responses={"200": OK, status: OK}), answer)
    assert len(calls) == 1
