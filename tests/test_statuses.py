"""An output belongs to the response that it came from: which statuses promise it, and what follows (AMB-65)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import responses

from building import SUPPORT, Result, api_of, compile_documents, workflow_of

BODY: dict[str, Any] = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
PERHAPS: dict[str, Any] = {"type": "object", "properties": {"url": {"type": "string"}}}
OTHER: dict[str, Any] = {"type": "object", "required": ["problem"], "properties": {"problem": {"type": "string"}}}
NULL: dict[str, Any] = {**BODY, "properties": {"url": {"type": ["string", "null"]}}}
EITHER = "$statusCode == 200 || $statusCode == 202"


def compiled(folder: Path, declared: dict[str, Any], *conditions: str, method: str = "get") -> Result:
    """Compile a step with an output, and one that needs it in its path; None declares a response without a body."""
    api = api_of((method, "/a", "start"), ("get", "/a/{url}", "read"))
    api["paths"]["/a"][method]["responses"] = {
        status: {"description": "x", **({"content": {"application/json": {"schema": schema}}} if schema else {})}
        for status, schema in declared.items()
    }
    outputs = {"url": "$response.body#/url", "whole": "$response.body"}
    start: dict[str, Any] = {"stepId": "start", "operationId": "start", "outputs": outputs}
    if conditions:
        start["successCriteria"] = [{"condition": condition} for condition in conditions]
    parameters = [{"name": "url", "in": "path", "value": "$steps.start.outputs.url"}]
    read = {"stepId": "read", "operationId": "read", "parameters": parameters}
    return compile_documents(folder, workflow_of(start, read), api, support=SUPPORT)


def types_of(result: Result) -> list[str]:
    assert result.text is not None, result.messages
    fields = re.search(r"^class StartOutputs:\n    url: (.+)\n    whole: (.+)$", result.text, re.M)
    assert fields is not None
    return list(fields.groups())


def url_of(module: Any, status: int, body: Any = None, method: str = "GET") -> Any:
    """The output after a response, `missing` where it raises OutputMissing, `failed` where the step fails."""
    with responses.RequestsMock() as server:
        server.add(method, "https://api.test/a", status=status, **({"json": body} if body is not None else {}))
        try:
            result = module.start(module.Client())
        except module.OutputMissing:
            return "missing"
        return "failed" if result.unmet is not None else result.outputs.url


ROWS: list[tuple[dict[str, Any], tuple[str, ...], str, dict[int, Any]]] = [
    # What is declared, the criteria, the type, and what responses without a body give.
    ({"200": BODY}, (), "str", {200: "missing", 202: None, 204: None, 206: None, 404: "failed"}),
    ({"200": BODY}, ("$statusCode == 200",), "str", {200: "missing", 202: "failed"}),
    ({"200": BODY, "202": None}, (), "str | None", {200: "missing", 202: None, 204: None}),
    ({"200": BODY, "202": None}, (EITHER,), "str | None", {200: "missing", 202: None, 204: "failed"}),
    ({"200": BODY, "202": None}, ("$statusCode == 200",), "str", {200: "missing"}),
    ({"200": BODY, "204": None}, (), "str | None", {200: "missing", 204: None}),
    ({"200": BODY, "204": BODY}, (), "str | None", {200: "missing", 204: None}),
    ({"200": BODY, "202": BODY}, (), "str", {200: "missing", 202: "missing", 203: None}),
    ({"200": BODY, "202": PERHAPS}, (EITHER,), "str | None", {200: "missing", 202: None}),
    ({"200": BODY, "202": NULL}, (EITHER,), "str | None", {200: "missing", 202: None}),
    ({"200": BODY, "202": OTHER}, (EITHER,), "str | None", {200: "missing", 202: None}),
    ({"200": PERHAPS}, (), "str | None", {200: None, 202: None}),
    # A status that the criteria name, and the operation does not declare.
    ({"200": BODY}, (EITHER,), "str | None", {200: "missing", 202: None}),
    ({"200": BODY, "default": BODY}, (EITHER,), "str", {200: "missing", 202: "missing"}),
    ({"200": BODY, "default": OTHER}, (EITHER,), "str | None", {200: "missing", 202: None}),
    ({"200": BODY}, ("$statusCode >= 200 && $statusCode < 300",), "str", {200: "missing", 202: None}),
    ({"200": BODY, "302": None}, ("$statusCode < 400",), "str | None", {200: "missing", 304: None}),
    # Ranges, and the default response of an operation that declares no other.
    ({"2XX": BODY}, (), "str", {200: "missing", 226: "missing", 204: None}),
    ({"2XX": BODY, "202": None}, (), "str | None", {200: "missing", 202: None, 203: "missing"}),
    ({"2XX": None, "200": BODY}, (), "str | None", {200: "missing", 202: None}),
    ({"default": BODY}, (), "str", {200: "missing", 204: None, 404: "failed"}),
    ({"200": BODY, "default": OTHER}, (), "str", {200: "missing", 202: None}),
    # Criteria that do not look at the status: any can come.
    ({"200": BODY, "404": OTHER}, ("$response.header.X == null",), "str", {200: "missing", 202: None, 404: None}),
]


@pytest.mark.parametrize(("declared", "conditions", "type", "given"), ROWS)
def test_outputs_of_responses_without_a_body(
    tmp_path: Path, declared: dict[str, Any], conditions: tuple[str, ...], type: str, given: dict[int, Any]
) -> None:
    result = compiled(tmp_path, declared, *conditions)
    assert types_of(result)[0] == type
    module = result.module
    assert {status: url_of(module, status) for status in given} == given


@pytest.mark.parametrize("status", [200, 202, 206])
def test_what_a_response_has_is_read_whatever_its_status(tmp_path: Path, status: int) -> None:
    module = compiled(tmp_path, {"200": BODY, "202": None}).module
    assert url_of(module, status, {"url": "x"}) == "x"


def test_the_type_of_a_whole_body(tmp_path: Path) -> None:
    assert types_of(compiled(tmp_path, {"200": BODY}))[1] == "StartResponse"
    assert types_of(compiled(tmp_path, {"200": BODY, "204": None}))[1] == "StartResponse | None"
    assert types_of(compiled(tmp_path, {"200": BODY, "204": None}, "$statusCode == 200"))[1] == "StartResponse"


def test_a_response_to_head_has_no_body(tmp_path: Path) -> None:
    result = compiled(tmp_path, {"200": BODY}, "$statusCode == 200", method="head")
    assert url_of(result.module, 200, method="HEAD") is None


@pytest.mark.parametrize("declared", [{"200": BODY}, {"200": BODY, "202": None}])
def test_a_request_that_needs_what_was_not_given_is_not_sent(tmp_path: Path, declared: dict[str, Any]) -> None:
    """Also where the type says that it is there, since the status is one that the operation does not declare."""
    module = compiled(tmp_path, declared).module
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", status=202)
        with pytest.raises(module.RequestNotSent, match=r"\$steps\.start\.outputs\.url has no value"):
            module.run_flow(module.Client())
        assert len(server.calls) == 1


def test_a_poll_goes_on_while_there_is_no_body(tmp_path: Path) -> None:
    """A status 202 without a body while the work goes on, then 200 with the result."""
    api = api_of(("get", "/job", "ask"), schema=BODY)
    api["paths"]["/job"]["get"]["responses"]["202"] = {"description": "not yet"}
    ask = {
        "stepId": "ask",
        "operationId": "ask",
        "successCriteria": [{"condition": EITHER}],
        "onSuccess": [
            {"name": "again", "type": "goto", "stepId": "ask", "criteria": [{"condition": "$statusCode == 202"}]},
            {"name": "done", "type": "end", "criteria": [{"condition": "$response.body#/url != null"}]},
        ],
        "outputs": {"url": "$response.body#/url"},
    }
    module = compile_documents(tmp_path, workflow_of(ask, outputs={"url": "$steps.ask.outputs.url"}), api).module
    waits: list[float] = []
    with responses.RequestsMock() as server:
        server.get("https://api.test/job", status=202)
        server.get("https://api.test/job", status=202)
        server.get("https://api.test/job", json={"url": "x"})
        assert module.run_flow(module.Client(sleep=waits.append)).url == "x"
    assert len(waits) == 2
    with responses.RequestsMock() as server:
        server.get("https://api.test/job", json={})
        with pytest.raises(module.OutputMissing, match=r"no /url \(HTTP 200\)"):
            module.run_flow(module.Client(sleep=waits.append))


def test_which_statuses_promise_an_output_is_no_part_of_the_flow(tmp_path: Path) -> None:
    """States that were saved before the API declared one more response can still be resumed."""
    flows = [compiled(tmp_path, d).module.FlowState.flow for d in ({"200": BODY}, {"200": BODY, "201": BODY})]
    assert flows[0] == flows[1]


HANDED_ON: dict[str, dict[str, Any]] = {
    "a query": {"operationId": "look", "parameters": [{"name": "q", "in": "query", "value": "READS"}]},
    "a path": {"operationId": "read", "parameters": [{"name": "url", "in": "path", "value": "READS"}]},
    "a text": {"operationId": "read", "parameters": [{"name": "url", "in": "path", "value": "to-{READS}"}]},
    "a payload": {"operationId": "put", "requestBody": {"payload": {"u": "READS"}}},
    "a call": {"workflowId": "takes", "parameters": [{"name": "u", "value": "READS"}]},
    "an action": {
        "operationId": "put",
        "requestBody": {"payload": {"x": 1}},
        "onSuccess": [
            {"name": "g", "type": "goto", "workflowId": "takes", "parameters": [{"name": "u", "value": "<{READS}>"}]}
        ],
    },
}


def handing_on(way: str, reads: str, depth: int) -> dict[str, Any]:
    """A workflow that reads what others hand on, each through its outputs, from a response."""
    start = {"stepId": "start", "operationId": "start", "outputs": {"url": "$response.body#/url"}}
    document = workflow_of(start, version="1.1.0", outputs={"url": "$steps.start.outputs.url"})
    inner = document["workflows"][0]
    workflows = [{**inner, "workflowId": f"w{depth}"}]
    for number in range(depth):
        call = {"stepId": "call", "workflowId": f"w{number + 1}", "outputs": {"url": "$outputs.url"}}
        outer = {"workflowId": f"w{number}", "steps": [call], "outputs": {"url": "$steps.call.outputs.url"}}
        workflows.insert(number, outer)
    last = {"stepId": "last", **json.loads(json.dumps(HANDED_ON[way]).replace("READS", reads))}
    workflows[0]["steps"] = [*workflows[0]["steps"], last]
    workflows[0]["outputs"] = {**workflows[0]["outputs"], "text": f"<{{{reads}}}>"}
    takes = {
        "workflowId": "takes",
        "inputs": {"type": "object", "required": ["u"], "properties": {"u": {"type": "string"}}},
        "steps": [
            {
                **HANDED_ON["a query"],
                "stepId": "take",
                "parameters": [{"name": "q", "in": "query", "value": "$inputs.u"}],
            }
        ],
    }
    return {**document, "workflows": [*workflows, takes]}


@pytest.mark.parametrize("way", HANDED_ON)
@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("by_workflow", [False, True])
def test_what_was_not_given_is_not_sent_by_others(tmp_path: Path, way: str, depth: int, by_workflow: bool) -> None:
    """Through the outputs of called workflows, too: the request that needs it is not sent, and says why."""
    step = "call" if depth else "start"
    reads = "$workflows.w1.outputs.url" if by_workflow and depth else f"$steps.{step}.outputs.url"
    api = api_of(("get", "/a", "start"), ("get", "/a/{url}", "read"), ("get", "/l", "look"), ("post", "/p", "put"))
    api["paths"]["/a"]["get"]["responses"]["200"]["content"] = {"application/json": {"schema": BODY}}
    api["paths"]["/l"]["get"]["parameters"] = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    api["paths"]["/p"]["post"]["requestBody"] = {"content": {"application/json": {"schema": {}}}}
    module = compile_documents(tmp_path, handing_on(way, reads, depth), api, support=SUPPORT).module
    for status, body in ((202, None), (200, {"url": "u1"})):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
            server.get("https://api.test/a", status=status, **({"json": body} if body else {}))
            server.get(re.compile("https://api.test/[al]/?.*"), json={})
            server.post("https://api.test/p", json={})
            try:
                module.run_w0(module.Client())
            except module.RequestNotSent as error:
                assert f"{reads} has no value" in str(error) and status == 202
            else:
                assert status == 200
            sent = [str(call.request.path_url) for call in server.calls]
            assert len(sent) == 1 + (way == "an action") + (status == 200), sent


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_text_of_what_was_not_given(tmp_path: Path, depth: int) -> None:
    """An output that is a text holds nothing in its place, and no word of Python."""
    document = handing_on("a query", f"$steps.{'call' if depth else 'start'}.outputs.url", depth)
    document["workflows"][0]["steps"].pop()
    api = api_of(("get", "/a", "start"), ("get", "/l", "look"))
    api["paths"]["/a"]["get"]["responses"]["200"]["content"] = {"application/json": {"schema": BODY}}
    api["paths"]["/l"]["get"]["parameters"] = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    module = compile_documents(tmp_path, document, api, support=SUPPORT).module
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", status=202)
        found = module.run_w0(module.Client())
    assert (found.url, found.text) == (None, "<>")
