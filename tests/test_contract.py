"""What a workflow and its API say of each other: meanings that are sound, and faults beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from building import compile_documents

OK: Any = {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}
OK["properties"]["kind"] = {"type": "string", "enum": ["small", "large"]}
REFUSED: Any = {"type": "object", "properties": {"error": {"type": "string"}, "n": {"type": "string"}}}
SENT: Any = {
    "type": "object",
    "properties": {
        "meta": {"type": "object", "properties": {"user_name": {"type": "string"}}},
        "when": {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]},
        "name": {"type": "string"},
    },
}


def body_of(schema: Any) -> Any:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def codes(folder: Path, step: Any, *, statuses: tuple[str, ...] = ("404",)) -> list[str]:
    responses = {"200": body_of(OK), **{status: body_of(REFUSED) for status in statuses}}
    operation = {"operationId": "send", "requestBody": {"content": body_of(SENT)["content"]}, "responses": responses}
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"post": operation}}}
    inputs = {"type": "object", "required": ["who"], "properties": {"who": {"type": "string"}}}
    steps = [{"stepId": "send", "operationId": "send", "requestBody": {"payload": {}}, **step}]
    document = {
        "arazzo": "1.0.1",
        "info": {"title": "a", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "openapi.yml", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "inputs": inputs, "steps": steps}],
    }
    result = compile_documents(folder, json.dumps(document), json.dumps(api))
    return [code for code in result.codes if code != "ARZ213"]


def failing(*conditions: str) -> Any:
    criteria = [{"condition": condition} for condition in conditions]
    return {"onFailure": [{"name": "stop", "type": "end", "criteria": criteria}]}


@pytest.mark.parametrize(
    ("conditions", "statuses", "expected"),
    [
        (("$statusCode == 404", "$response.body#/error == 'x'"), ("404",), []),
        (("$statusCode == 404 && $response.body#/n == 'x'",), ("404",), []),
        (("$statusCode >= 400 && $statusCode < 500", "$response.body#/error == 'x'"), ("4XX",), []),
        (("$statusCode == 409", "$response.body#/error == 'x'"), ("default",), []),
        (("$response.body#/error == 'x'",), ("404",), []),  # it may have any status
        (("$statusCode == 500", "$response.body#/why == 'x'"), ("404",), []),  # of which nothing is known
        (("$statusCode >= 400", "$response.body#/why == 'x'"), ("404",), []),  # nor of the others
        (("$statusCode == 404", "$response.body#/eror == 'x'"), ("404",), ["ARZ306"]),
        (("$statusCode == 200", "$response.body#/error == 'x'"), ("404",), ["ARZ306", "ARZ522"]),
    ],
)
def test_failures_are_typed_by_their_own_responses(
    conditions: tuple[str, ...], statuses: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert codes(tmp_path, failing(*conditions), statuses=statuses) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"meta": {"user_name": "x"}, "when": "2026-01-31"}, []),
        ({"meta": {"other": "x"}}, []),  # the schema admits others
        ({"meta": {"username": "x"}}, ["ARZ232"]),
        ({"meta": {"username": "$inputs.who"}}, ["ARZ232"]),
        ({"when": "tomorrow"}, ["ARZ236"]),
        ({"when": 5}, []),
        ({"name": "{$inputs.who"}, ["ARZ455"]),
    ],
)
def test_slips_in_payloads(payload: Any, expected: list[str], tmp_path: Path) -> None:
    assert codes(tmp_path, {"requestBody": {"payload": payload}}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "{$inputs.who}", "when": 5}', []),
        ('{"name": "to \\"{$inputs.who}\\" and {$inputs.who}"}', []),
        ('{"name": {$inputs.who}}', []),  # JSON elsewhere
        ('{"name": "{$inputs.who}", "when": true}', ["ARZ234"]),
        ('{"nam": "{$inputs.who}"}', ["ARZ232"]),
        ('{"name": "{$inputs.who}}', ["ARZ238"]),
        ('{"name": "{$inputs.who}" "when": 5}', ["ARZ238"]),
        ('{"name": {$inputs.who}, }', ["ARZ238"]),
    ],
)
def test_payloads_that_are_json_as_text(text: str, expected: list[str], tmp_path: Path) -> None:
    payload = {"contentType": "application/json", "payload": text}
    assert codes(tmp_path, {"requestBody": payload}) == expected


@pytest.mark.parametrize("name", ["X-Rate-Limit-Remaining", "RateLimit-Limit", "X-RequestId", "X-Other"])
def test_headers_that_apis_do_not_declare(name: str, tmp_path: Path) -> None:
    assert codes(tmp_path, {"outputs": {"h": f"$response.header.{name}"}}) == []
    assert codes(tmp_path, {"outputs": {"h": "$response.header.Conten-Type"}}) == ["ARZ241"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$response.body#/id != null", []),  # it makes sure that there is one
        ("$response.body#/id != ''", []),
        ("$response.body#/id != 'x'", []),
        ("$response.body#/kind != 'small'", []),
        ("$response.body#/kind != 'smal'", ["ARZ503"]),
        ("$response.body#/kind == 'smal'", ["ARZ504"]),
        ("!($response.body#/kind == 'smal')", ["ARZ504"]),
        ("$response.body#/n != 'many'", ["ARZ503"]),
        ("$response.body#/n != 5", []),
    ],
)
def test_values_that_a_schema_does_not_allow(condition: str, expected: list[str], tmp_path: Path) -> None:
    assert codes(tmp_path, {"successCriteria": [{"condition": condition}]}) == expected


@pytest.mark.parametrize(("literal", "expected"), [("small", []), ("smal", ["ARZ503"]), ("", [])])
def test_values_that_a_schema_does_not_allow_in_queries(literal: str, expected: list[str], tmp_path: Path) -> None:
    criterion = {"context": "$response.body", "type": "jsonpath", "condition": f"$[?$.kind != '{literal}']"}
    assert codes(tmp_path, {"successCriteria": [criterion]}) == expected


def test_a_status_that_there_is_not_is_one_finding(tmp_path: Path) -> None:
    assert codes(tmp_path, {"successCriteria": [{"condition": "$statusCode == 'ok'"}]}) == ["ARZ504"]
    assert codes(tmp_path, {"successCriteria": [{"condition": "$statusCode == 20"}]}) == ["ARZ504"]


def test_a_step_that_there_is_not_is_one_finding(tmp_path: Path) -> None:
    read = "$steps.sned.outputs.id"
    again = {"requestBody": {"payload": {"name": read, "meta": {"user_name": read}}}, "outputs": {"id": read}}
    assert codes(tmp_path, again) == ["ARZ301"]
    assert codes(tmp_path, {**again, "outputs": {"id": "$steps.other.outputs.id"}}) == ["ARZ301", "ARZ301"]


def test_who_is_quiet_says_nothing_of_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert codes(tmp_path, {"successCriteria": [{"condition": "$statusCode == 20"}]}) == ["ARZ504"]
    document = next(path for path in tmp_path.iterdir() if "openapi" not in path.name)
    assert main(["check", document.name, "-q"]) == 0
    assert capsys.readouterr().err == ""
