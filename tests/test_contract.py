"""What a workflow and its API say of each other: meanings that are sound, and faults beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from building import compile_documents, workflow_of

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
        ({"name": "a $.who"}, ["ARZ455"]),
        ({"name": "$(() => $.ajax({url: '/a'}))"}, []),  # code
        ({"name": "see $.fn.extend (x)"}, []),
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


def read_codes(folder: Path, responses: Any, step: Any, method: str = "get", is_described: bool = True) -> list[str]:
    """The rules of the findings of a step that reads a response."""
    operation = {"operationId": "read", "responses": responses}
    others = {
        "responses": {"200": body_of(OK), "400": body_of(REFUSED), "401": body_of(REFUSED)} if is_described else {}
    }
    paths = {"/a": {method: operation}, "/b": {"get": others, "put": others}}
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths}
    document = workflow_of({"stepId": "read", "operationId": "read", **step}, version="1.1.0")
    return [code for code in compile_documents(folder, document, api).codes if code != "ARZ213"]


NONE: Any = {"description": "Done."}
ID = {"outputs": {"id": "$response.body#/id"}}
BODY = "$response.body"


def query(condition: str, kind: str = "jsonpath") -> Any:
    return {"context": BODY, "type": kind, "condition": condition}


def ending(field: str, status: int, *criteria: Any) -> Any:
    return {
        field: [{"name": "stop", "type": "end", "criteria": [{"condition": f"$statusCode == {status}"}, *criteria]}]
    }


@pytest.mark.parametrize(
    ("responses", "step", "method", "expected"),
    [
        ({"204": NONE}, ID, "get", ["ARZ519"]),
        ({"204": NONE}, {"outputs": {"all": BODY, "id": "$response.body#/id"}}, "get", ["ARZ519"]),  # one cause
        ({"204": NONE}, {"outputs": {"at": "$response.header.Location"}}, "get", []),
        ({"204": NONE, "200": body_of(OK)}, ID, "get", []),
        ({"204": NONE, "default": body_of(OK)}, ID, "get", ["ARZ519"]),
        ({"200": body_of(OK)}, ID, "head", ["ARZ519"]),
        ({"200": NONE}, {"successCriteria": [query("$[?$.id]")]}, "get", ["ARZ519"]),
        (
            {"200": NONE},
            {"outputs": {"id": {"context": BODY, "selector": "/id", "type": "jsonpointer"}}},
            "get",
            ["ARZ519"],
        ),
        ({"200": NONE}, {"successCriteria": [query("/r = 1", "xpath")]}, "get", ["ARZ519"]),
        ({"200": NONE, "201": body_of(OK)}, ID, "get", []),
        (
            {"200": NONE, "201": body_of(OK)},
            {**ID, "successCriteria": [{"condition": "$statusCode == 200"}]},
            "get",
            ["ARZ519"],
        ),
        ({"200": {**NONE, "schema": OK}}, ID, "get", []),  # as another version has it
        ({}, ID, "get", []),
        ({"200": body_of(OK), "204": NONE}, ending("onSuccess", 204, query("$[?$.id]")), "get", ["ARZ519"]),
        (
            {"200": body_of(OK), "404": NONE},
            ending("onFailure", 404, {"condition": f"{BODY}#/id == 'x'"}),
            "get",
            ["ARZ519"],
        ),
        ({"200": body_of(OK), "404": NONE}, ending("onFailure", 409, {"condition": f"{BODY}#/id == 'x'"}), "get", []),
    ],
)
def test_responses_without_a_body(responses: Any, step: Any, method: str, expected: list[str], tmp_path: Path) -> None:
    assert read_codes(tmp_path, responses, step, method) == expected


def test_documents_that_describe_no_bodies(tmp_path: Path) -> None:
    assert read_codes(tmp_path, {"200": NONE}, ID, is_described=False) == []
    assert read_codes(tmp_path, {"204": NONE}, ID, is_described=False) == ["ARZ519"]


@pytest.mark.parametrize("media", ["application/json", "application/xml", "*/*"])
def test_queries_of_another_format(media: str, tmp_path: Path) -> None:
    responses: Any = {"200": {"description": "", "content": {media: {"schema": OK}}}}
    selected: Any = {"outputs": {"a": {"context": BODY, "selector": "/r/a", "type": "xpath"}}}
    pointed = {"outputs": {"a": {"context": BODY, "selector": "/a", "type": "jsonpointer"}}}
    is_json, is_xml = media == "application/json", media == "application/xml"
    for step in (selected, {"successCriteria": [query("/r/a", "xpath"), query("/r/b", "xpath")]}):
        assert read_codes(tmp_path, responses, step) == ["ARZ516"] * is_json
    for step in (ID, {"successCriteria": [query("$[?$.id]")]}):
        assert read_codes(tmp_path, responses, step) == ["ARZ516"] * is_xml
    assert ("ARZ516" in read_codes(tmp_path, responses, pointed)) == is_xml


@pytest.mark.parametrize("condition", ["$statusCode >= 200 && $statusCode < 300", "$statusCode < 300", ""])
def test_successes_are_typed_by_their_own_responses(condition: str, tmp_path: Path) -> None:
    responses = {"200": body_of(OK), "201": body_of(REFUSED)}
    step = {"successCriteria": [{"condition": condition}]} if condition else {}
    for name, expected in (("error", []), ("kind", ["ARZ306"]), ("id", ["ARZ306"])):
        read = {"condition": f"{BODY}#/{name} == 'large'"}
        assert read_codes(tmp_path, responses, {**step, **ending("onSuccess", 201, read)}) == expected
        either = {"onSuccess": [{"name": "stop", "type": "end", "criteria": [read]}]}
        assert read_codes(tmp_path, responses, {**step, **either}) == []
    unknown = ending("onSuccess", 202, {"condition": f"{BODY}#/other == 'x'"})
    assert read_codes(tmp_path, responses, {**step, **unknown}) == []


def replacing(folder: Path, payload: Any, *replacements: tuple[str, Any]) -> list[tuple[str, str]]:
    """The rules of the findings of a payload with replacements, and what stands at their places."""
    tags = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
    inner = {"type": "object", "properties": {"label": {"type": "string"}}}
    properties = {"n": {"type": "integer"}, "name": {"type": "string"}, "tags": tags, "o": inner}
    content = {"application/json": {"schema": {"type": "object", "required": ["n"], "properties": properties}}}
    operation = {"operationId": "send", "requestBody": {"content": content}, "responses": {"200": NONE}}
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"post": operation}}}
    body = {"payload": payload, "replacements": [{"target": t, "value": v} for t, v in replacements]}
    inputs = {"type": "object", "properties": {"p": {"type": "object"}}}
    document = workflow_of({"stepId": "s", "operationId": "send", "requestBody": body}, inputs=inputs)
    found = compile_documents(folder, document, api).report.sorted()
    return [(d.rule.code, d.span.pointer.partition("/replacements/")[2]) for d in found if d.rule.code != "ARZ213"]


@pytest.mark.parametrize(
    ("replacements", "expected"),
    [
        ([("/name", "x"), ("/tags/0/a", "y"), ("/o/label", "z")], []),
        ([("/n", "x")], [("ARZ234", "0/value")]),
        ([("/name", "x"), ("/tags/0/a", 5)], [("ARZ234", "1/value")]),
        ([("/o", {"label": 5})], [("ARZ234", "0/value/label")]),
        ([("/o", {}), ("/o/label", 5)], [("ARZ234", "1/value")]),
        ([("/o/lable", "x")], [("ARZ232", "0/target")]),
        ([("", {"name": "x"})], [("ARZ233", "0/value")]),
        ([("/tags/5/a", "x")], [("ARZ242", "0/target")]),
        ([("/tags/-", {})], [("ARZ242", "0/target")]),
        ([("/other/a", "x")], [("ARZ242", "0/target")]),
        ([("/n/a", "x")], [("ARZ242", "0/target")]),
        ([("/o", {"x": {}}), ("/o/x/y", 1)], []),
    ],
)
def test_faults_of_replacements(replacements: Any, expected: list[tuple[str, str]], tmp_path: Path) -> None:
    payload = {"n": 1, "name": "x", "tags": [{"a": "b"}], "o": {}}
    assert replacing(tmp_path, payload, *replacements) == expected


def test_replacements_in_what_is_not_known(tmp_path: Path) -> None:
    assert replacing(tmp_path, "$inputs.p", ("/tags/5/a", "x"), ("/other/a", "x")) == []
    assert replacing(tmp_path, "$inputs.p", ("/nmae", "x")) == [("ARZ232", "0/target")]
    assert replacing(tmp_path, '{"n": 1, "name": "x"}', ("/name", 5)) == [("ARZ234", "0/value")]


@pytest.mark.parametrize("written", ["weihgt", "weightInKg", "Weight", "the_weight"])
def test_a_misspelt_required_member_is_one_finding(written: str, tmp_path: Path) -> None:
    sent = {"type": "object", "required": ["weight"], "properties": {"weight": {"type": "number"}}}
    for closed in (True, False):
        schema = sent | ({"additionalProperties": False} if closed else {})
        content = {"application/json": {"schema": schema}}
        operation = {"operationId": "send", "requestBody": {"content": content}, "responses": {"200": NONE}}
        api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"post": operation}}}
        step = {"stepId": "s", "operationId": "send", "requestBody": {"payload": {written: 1}}}
        assert [c for c in compile_documents(tmp_path, workflow_of(step), api).codes if c != "ARZ213"] == ["ARZ232"]
