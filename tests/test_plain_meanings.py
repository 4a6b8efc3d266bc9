"""What strangers write and can only mean one thing: it compiles with a warning that shows the form to write."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import responses

from building import Result, api_of, compile_documents, workflow_of

API = api_of(("get", "/a", "a"), ("get", "/b", "b"), ("post", "/p", "p"))
INPUTS: dict[str, Any] = {"type": "object", "properties": {"k": {}, "s": {"type": "string"}, "n": {"type": "integer"}}}


def compiled(folder: Path, step: dict[str, Any], *, version: str = "1.1.0", **options: Any) -> Result:
    document = workflow_of({"stepId": "s", "operationId": "a", **step}, inputs=INPUTS, version=version)
    return compile_documents(folder, document, API, **options)


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
