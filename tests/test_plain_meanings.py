"""What strangers write and can only mean one thing: it compiles with a warning that shows the form to write."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import responses

from building import Result, api_of, compile_documents, workflow_of

API = api_of(("get", "/a", "a"), ("get", "/b", "b"), ("post", "/p", "p"))
XML: dict[str, Any] = json.loads(json.dumps(API).replace("application/json", "application/xml"))
INPUTS: dict[str, Any] = {"type": "object", "properties": {"k": {}, "s": {"type": "string"}, "n": {"type": "integer"}}}


def compiled(folder: Path, step: dict[str, Any], *, version: str = "1.1.0", **options: Any) -> Result:
    document = workflow_of({"stepId": "s", "operationId": "a", **step}, inputs=INPUTS, version=version)
    return compile_documents(folder, document, XML if '"xpath"' in json.dumps(step) else API, **options)


def result_of(module: Any, body: Any, **inputs: Any) -> Any:
    """The outputs of a run whose responses all have that body; None where a step has failed."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for path in ("a", "b", "p"):
            for method in ("GET", "POST"):
                server.add(method, re.compile(f"https://api.test/{path}"), json=body)
        try:
            return module.run_flow(module.Client(), module.FlowInputs(**inputs))
        except module.StepFailed:
            return None


def helps(result: Result) -> list[str | None]:
    return [d.help for d in result.report.sorted()]


# Queries in place of expressions

BODY = {"data": {"id": 7, "x-id": 8}, "items": [{"k": 1, "x": 2}, {"x": 3}]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$.data.id", 7),
        ("$['data']['id']", 7),
        ("$.data.x-id", 8),
        ("$.items[1].x", 3),
        ("$.items[-1].x", 3),
        ("$.items[?(@.k)].x", [2]),
        ("$.items[*].x", [2, 3]),
        ("$..id", [7]),
        ("$", BODY),
    ],
)
def test_an_output_that_is_a_query_reads_the_response(tmp_path: Path, query: str, expected: Any) -> None:
    document = workflow_of(
        {"stepId": "s", "operationId": "a", "outputs": {"v": query}}, outputs={"v": "$steps.s.outputs.v"}, inputs=INPUTS
    )
    document["arazzo"] = "1.1.0"
    result = compile_documents(tmp_path, document, API)
    assert result.codes == ["ARZ466"]
    (help,) = helps(result)
    assert compile_documents(tmp_path, document, API, strict=True).text is None
    written = (help or "").removeprefix("write ")
    selector = re.fullmatch(r'\{context: (.*), selector: (".*"), type: jsonpath\}', written)
    rewritten: Any = written
    if selector is not None:
        rewritten = {"context": selector[1], "selector": json.loads(selector[2]), "type": "jsonpath"}
    document["workflows"][0]["steps"][0]["outputs"]["v"] = rewritten
    right = compile_documents(tmp_path, document, API, strict=True)
    assert right.codes == []
    for module in (result.module, right.module):
        assert result_of(module, BODY).v == expected


def test_a_query_in_version_1_0_has_a_rewrite_only_as_a_pointer(tmp_path: Path) -> None:
    for query, help in (("$.a.b", "write $response.body#/a/b"), ("$.a[*]", None)):
        result = compiled(tmp_path, {"outputs": {"v": query}}, version="1.0.1")
        assert (result.codes, helps(result)) == (["ARZ466"], [help])


@pytest.mark.parametrize("text", ["$.a", "$.items[?(@.k)].x", "$['a']", "Bearer $.a.b", "{$.a}", "$..id"])
def test_a_query_elsewhere_is_sent_as_text_with_a_word(tmp_path: Path, text: str) -> None:
    of_parameter = {"parameters": [{"name": "q", "in": "query", "value": text}]}
    for step in (of_parameter, {"operationId": "p", "requestBody": {"payload": {"l": [text]}}}):
        told = compiled(tmp_path, step)
        assert "ARZ455" in told.codes and told.text is not None
        assert compiled(tmp_path, step, strict=True).text is None


@pytest.mark.parametrize("text", ["$", "$5", "$.50", "a$.b", "US$ [0]"])
def test_text_that_is_no_query(tmp_path: Path, text: str) -> None:
    step = {"operationId": "p", "requestBody": {"payload": text}}
    assert compiled(tmp_path, step, strict=True).text is not None


def test_an_output_that_is_text_is_always_told(tmp_path: Path) -> None:
    for text in ("$100", "$word", "$.", "plain"):
        assert compiled(tmp_path, {"outputs": {"v": text}}).codes == ["ARZ458"], text
    assert compiled(tmp_path, {"outputs": {"v": "$.a.[b"}}).codes == ["ARZ403"]


# Expressions without braces in patterns and XPath expressions


def criterion(type: str, condition: str, context: str = "$response.body") -> dict[str, Any]:
    return {"successCriteria": [{"context": context, "type": type, "condition": condition}]}


@pytest.mark.parametrize(
    ("type", "condition", "rewrite"),
    [
        ("regex", "^$inputs.s$", "^{$inputs.s}$"),
        ("regex", "^(a|$inputs.s)+$", "^(a|{$inputs.s})+$"),
        ("regex", "^$inputs.s.?$", "^{$inputs.s}.?$"),
        ("xpath", "/r/t = $inputs.s", "/r/t = {$inputs.s}"),
        ("xpath", "/r/t = '$inputs.s'", "/r/t = '{$inputs.s}'"),
        ("xpath", "/r[t = $inputs.s and n]", "/r[t = {$inputs.s} and n]"),
    ],
)
def test_an_expression_without_braces_in_a_condition(tmp_path: Path, type: str, condition: str, rewrite: str) -> None:
    context = "$response.body#/t" if type == "regex" else "$response.body"
    result = compiled(tmp_path, criterion(type, condition, context))
    assert (result.codes, helps(result)) == (["ARZ451"], [f"write {rewrite}"])
    assert compiled(tmp_path, criterion(type, condition, context), strict=True).text is None
    right = compiled(tmp_path, criterion(type, rewrite, context), strict=True)
    for text, holds in (("a.b", True), ("aXb", False), ("", False)):
        for module in (result.module, right.module):
            with responses.RequestsMock() as server:
                if type == "regex":
                    server.get("https://api.test/a", json={"t": text})
                else:
                    server.get("https://api.test/a", body=f"<r><t>{text}</t><n/></r>", content_type="text/xml")
                ended = True
                try:
                    module.run_flow(module.Client(), module.FlowInputs(s="a.b"))
                except module.StepFailed:
                    ended = False
                assert ended is holds, text


@pytest.mark.parametrize(
    ("type", "condition", "code"),
    [
        ("regex", "^$inputs.nope$", "ARZ404"),
        ("regex", "^$response.body#/x$", "ARZ404"),
        ("regex", "^$input.s$", "ARZ404"),
        ("xpath", "/r = $inputs.nope", "ARZ405"),
        ("xpath", "/r = $other", "ARZ405"),
        ("regex", "^[[:alpha:]]+$", "ARZ404"),
        ("regex", "[^_[:digit:]]", "ARZ404"),
    ],
)
def test_a_condition_that_could_never_hold_is_refused(tmp_path: Path, type: str, condition: str, code: str) -> None:
    result = compiled(tmp_path, criterion(type, condition))
    assert result.codes == [code] and result.text is None


def test_what_is_no_expression_in_a_condition(tmp_path: Path) -> None:
    for type, condition in (
        ("regex", r"\$inputs.s"),
        ("regex", "[$inputs.s]"),
        ("regex", "[:x]"),
        ("xpath", "some $x in /r satisfies $x = 'a'"),
        ("xpath", "/r = '5 $'"),
    ):
        assert compiled(tmp_path, criterion(type, condition), strict=True).codes == []


def test_a_value_cannot_end_an_attribute(tmp_path: Path) -> None:
    api = api_of(("post", "/p", "p"))
    payload = "<r><b c='{$inputs.k}' d=\"{$inputs.k}\"/></r>"
    body = {"contentType": "application/xml", "payload": payload}
    document = workflow_of({"stepId": "s", "operationId": "p", "requestBody": body}, inputs=INPUTS)
    module = compile_documents(tmp_path, document, api).module
    value = "x' y='\" z=\"<&"
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        module.run_flow(module.Client(), module.FlowInputs(k=value))
        sent: Any = server.calls[0].request.body
        (element,) = ElementTree.fromstring(sent)
    assert element.attrib == {"c": value, "d": value}


# Forms and queries that are text: a member without a value is left out (AMB-31, AMB-69)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("k={$inputs.k}&s={$inputs.s}&t=1&t=2", {"": "t=1&t=2", "k": "k=%26&t=1&t=2", "ks": "k=%26&s=x&t=1&t=2"}),
        ("k={$inputs.k}&flag", {"": "flag", "k": "k=%26&flag"}),
        ("s={$inputs.s}&flag&s={$inputs.s}", {"": "flag", "ks": "s=x&flag&s=x"}),
        ("{$inputs.k}&s={$inputs.s}", {"": "", "k": "%26", "ks": "%26&s=x"}),
        ("k=a{$inputs.k}&s={$inputs.s}", {"": "k=a", "ks": "k=a%26&s=x"}),
        ("s={$inputs.s}", {"": "", "ks": "s=x"}),
    ],
)
@pytest.mark.parametrize("place", ["querystring", "body"])
def test_members_of_a_text_form(tmp_path: Path, text: str, sent: dict[str, str], place: str) -> None:
    step: dict[str, Any] = {"parameters": [{"name": "all", "in": "querystring", "value": text}]}
    if place == "body":
        body = {"contentType": "application/x-www-form-urlencoded", "payload": text}
        step = {"operationId": "p", "requestBody": body}
    module = compiled(tmp_path, step).module
    values = {"k": "&", "s": "x"}
    for given, expected in sent.items():
        with responses.RequestsMock() as server:
            server.add("POST" if place == "body" else "GET", re.compile("https://api.test/"), json={})
            module.run_flow(module.Client(), module.FlowInputs(**{name: values[name] for name in given}))
            request = server.calls[0].request
        body_sent: Any = request.body
        assert ((body_sent or b"").decode() if place == "body" else urlsplit(request.url or "").query) == expected


# `.length` at the end of a pointer (AMB-60)


@pytest.mark.parametrize("owner", ["$response.body", "$inputs.k", "$steps.s.outputs.all"])
def test_a_member_whose_name_ends_in_length(tmp_path: Path, owner: str) -> None:
    """RFC 6901: the token is a name. Where no member has it, it is a length, which is a dialect."""
    document = workflow_of(
        {"stepId": "s", "operationId": "a", "outputs": {"all": "$response.body"}},
        {"stepId": "t", "operationId": "a", "outputs": {"v": f"{owner}#/max.length"}},
        outputs={"v": "$steps.t.outputs.v"},
        inputs=INPUTS,
    )
    result = compile_documents(tmp_path, document, API)
    assert result.codes == ["ARZ453"]
    strict = compile_documents(tmp_path, document, API, strict=True)
    assert strict.codes == []
    for value, plain, lenient in (
        ({"max.length": 7, "max": [1]}, 7, 7),
        ({"max": [1, 2]}, None, 2),
        ({"max": {"length": 5}}, None, 5),
        ({}, None, None),
    ):
        assert result_of(result.module, value, k=value).v == lenient
        assert result_of(strict.module, value, k=value).v == plain


def test_a_schema_decides_what_length_is(tmp_path: Path) -> None:
    step = {"stepId": "s", "operationId": "a", "outputs": {"v": "$response.body#/max.length"}}
    for properties, codes in (
        ({"max.length": {"type": "integer"}}, []),
        ({"max.length": {"type": "integer"}, "max": {"type": "array"}}, []),
        ({"max": {"type": "array"}}, ["ARZ453"]),
    ):
        api = api_of(("get", "/a", "a"), schema={"type": "object", "properties": properties})
        assert compile_documents(tmp_path, workflow_of(step), api).codes == codes


# Inputs (AMB-67)

NO_INPUTS: list[Any] = [
    {"type": "object"},
    {"type": "object", "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "i", "$comment": "c"},
    {"x-owner": 1, "title": "t", "default": {}},
    {"properties": {}, "required": []},
    {"type": "object", "additionalProperties": True},
    {"type": ["object", "null"]},
]


def with_inputs(folder: Path, inputs: Any, **options: Any) -> Result:
    sent = [{"name": "q", "in": "query", "value": "$inputs.x"}]
    document = workflow_of({"stepId": "s", "operationId": "a", "parameters": sent}, inputs=inputs)
    return compile_documents(folder, document, API, **options)


@pytest.mark.parametrize("inputs", NO_INPUTS)
def test_schemas_that_declare_no_input(tmp_path: Path, inputs: Any) -> None:
    assert with_inputs(tmp_path, inputs).codes == ["ARZ222", "ARZ465"]


@pytest.mark.parametrize(
    "inputs", [{"required": ["x"]}, {"type": "object", "required": ["y", "x"], "properties": {"y": {}}}]
)
def test_a_required_name_is_declared(tmp_path: Path, inputs: Any) -> None:
    result = with_inputs(tmp_path, inputs)
    assert result.codes == (["ARZ222", "ARZ410"] if "properties" in inputs else ["ARZ222"])
    assert "x: Any\n" in (result.text or "").partition("class FlowInputs")[2][:300], "required, of any type"


@pytest.mark.parametrize(
    ("inputs", "code", "help"),
    [
        ({"x": {"type": "string"}}, "ARZ408", "write type: object and properties: {x: …}"),
        ({"type": "object", "x": "string"}, "ARZ408", "write type: object and properties: {x: …}"),
        ({"properties": [{"name": "x"}]}, "ARZ408", "write properties: {name: {…}}"),
        ({"type": "string"}, "ARZ408", "write type: object and properties: …"),
        (None, "ARZ105", None),
        ([{"name": "x"}], "ARZ105", "write type: object and properties: {…}"),
    ],
)
def test_inputs_that_are_no_schema_are_one_error(tmp_path: Path, inputs: Any, code: str, help: str | None) -> None:
    result = with_inputs(tmp_path, inputs)
    found = [d for d in result.report.sorted() if d.rule.code != "ARZ222"]
    assert [(d.rule.code, d.help) for d in found] == [(code, help)]


def test_what_runs_before_a_retry_reads_the_failed_attempt(tmp_path: Path) -> None:
    """It can run nowhere else, and it is no use of an output before its step (AMB-68)."""
    retry = {"name": "again", "type": "retry", "stepId": "fix"}
    one = {"stepId": "one", "operationId": "a", "outputs": {"v": "$response.body#/v"}, "onFailure": [retry]}
    one["onSuccess"] = [{"name": "on", "type": "goto", "stepId": "last"}]
    sent = [{"name": "X-V", "in": "header", "value": "$steps.one.outputs.v"}]
    fix = {"stepId": "fix", "operationId": "b", "parameters": sent}
    result = compile_documents(tmp_path, workflow_of(one, fix, {"stepId": "last", "operationId": "b"}), API)
    assert result.codes == []
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={"v": "E"}, status=500)
        server.get("https://api.test/a", json={"v": "F"})
        server.get("https://api.test/b", json={})
        result.module.run_flow(result.module.Client())
        assert [call.request.headers.get("X-V") for call in server.calls] == [None, "E", None, None]
