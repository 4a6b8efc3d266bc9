"""Values inside of patterns, XPath expressions and text payloads: they are taken literally, and never become syntax."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import without_flags
from building import Result, api_of, compile_documents, workflow_of

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs")), max_size=12)


def compiled(condition: str, type: Any, context: str = "$response.body#/s", **options: Any) -> Result:
    criterion = {"context": context, "condition": condition, "type": type}
    step = {"stepId": "get_it", "operationId": "get", "successCriteria": [criterion]}
    schema: Any = {"type": "object", "properties": {"v": {}, "w": {}}}
    with TemporaryDirectory() as folder:
        return compile_documents(
            Path(folder), workflow_of(step, inputs=schema), api_of(("get", "/x", "get")), **options
        )


@lru_cache
def module_of(condition: str, type: str = "regex", version: str = "") -> Any:
    kind: Any = {"type": type, "version": version} if version else type
    return compiled(condition, kind, "$response.body" if type == "xpath" else "$response.body#/s").module


def holds(module: Any, body: Any, **inputs: Any) -> bool:
    with responses.RequestsMock() as server:
        if isinstance(body, str):
            server.get("https://api.test/x", body=body, content_type="application/xml")
        else:
            server.get("https://api.test/x", json=body)
        arguments = [module.FlowInputs(**inputs)] if hasattr(module, "FlowInputs") else []
        try:
            module.run_flow(module.Client(), *arguments)
        except module.StepFailed:
            return False
        return True


# Regular expressions


@QUICK
@given(TEXT, TEXT)
def test_a_value_in_a_pattern_is_literal(value: str, text: str) -> None:
    assert holds(module_of("^({$inputs.v})$"), {"s": text}, v=value) is (text == value)
    assert holds(module_of("^a{$inputs.v}*b$"), {"s": f"a{value * 3}b"}, v=value)
    assert holds(module_of("^(?:x|{$inputs.v}{2})$"), {"s": value * 2}, v=value)


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ("(?i)^ab+$", "ABB", True),
        ("/^ab+$/i", "aBB", True),
        ("/^ab+$/", "ABB", False),
        ("/^ab+$/", "abb", True),
        ("/a.b/s", "a\nb", True),
        ("a.b", "a\nb", False),
        ("/^b$/m", "a\nb\nc", True),
        ("(?m)^b$", "a\u2028b", True),
        ("^b$", "a\nb", False),
        ("(?im)^B$", "a\nb", True),
        ("/a\\/b/u", "a/b", True),
        ("/[/]/i", "a/b", True),
        ("/v1/users", "https://x.test/v1/users?q", True),
        ("/v1/users", "v1users", False),
        ("/", "a/b", True),
        ("//", "a//b", True),
    ],
)
def test_flags_and_slashes(condition: str, text: str, expected: bool) -> None:
    assert holds(module_of(condition), {"s": text}) is expected


@pytest.mark.parametrize(("condition", "code"), [("(?i)a", "ARZ459"), ("/a/", "ARZ459"), ("/a/ms", "ARZ459")])
def test_flags_are_a_dialect(condition: str, code: str) -> None:
    assert compiled(condition, "regex").codes == [code]
    assert compiled(condition, "regex", strict=True).text is None


@pytest.mark.parametrize("condition", ["/a/g", "/a/y", "[{$inputs.v}]", "(?x)a", "(?i:a)", "a(?i)"])
def test_what_has_no_meaning_is_refused(condition: str) -> None:
    result = compiled(condition, "regex")
    assert result.text is None and result.codes[0] in ("ARZ404", "ARZ900")


def test_the_rewrite_of_slashes_means_the_same() -> None:
    """The help line offers the pattern without its slashes, and with what its flags mean."""
    assert without_flags("/a|b/") == ("a|b", "", 1)
    (finding,) = compiled("/a|b/", "regex").report.diagnostics
    assert finding.help == "write a|b"
    (finding,) = compiled("/a|b/i", "regex").report.diagnostics
    assert finding.help == "write [aA]|[bB]" and finding.fix is None
    (finding,) = compiled("/^a$/m", "regex").report.diagnostics
    assert finding.help is None
    with pytest.raises(ExpressionError, match="'g'"):
        without_flags("/a/g")


# XPath


@QUICK
@given(TEXT, TEXT)
def test_a_value_in_an_xpath_expression_is_literal(value: str, other: str) -> None:
    from xml.sax.saxutils import quoteattr

    body = f"<r><i k={quoteattr(value)}/></r>"
    for version in ("xpath-10", "xpath-20", "xpath-31"):
        for condition in ("//i[@k = '{$inputs.v}']", '//i[@k = "{$inputs.v}"]', "//i/@k = {$inputs.v}"):
            module = module_of(condition, "xpath", version)
            assert holds(module, body, v=value)
            assert holds(module, body, v=other) is (value == other)


@pytest.mark.parametrize("version", ["xpath-10", "xpath-20", "xpath-31"])
def test_values_of_every_type_in_xpath(version: str) -> None:
    body = "<r><n>5</n><t>a-5-b</t></r>"
    assert holds(module_of("/r/n = {$inputs.v}", "xpath", version), body, v=5)
    assert not holds(module_of("/r/n = {$inputs.v}", "xpath", version), body, v=6)
    assert not holds(module_of("/r/n = {$inputs.v}", "xpath", version), body)
    assert holds(module_of("/r/t = 'a-{$inputs.v}-b'", "xpath", version), body, v=5)
    assert holds(module_of("/r/t = '{$inputs.v}-{$inputs.w}-b'", "xpath", version), body, v="a", w="5")
    assert not holds(module_of("/r/n = '0{$inputs.v}'", "xpath", version), body, v=5), "a string is compared as text"
    assert not holds(module_of("/r/n = '{$inputs.v}'", "xpath", version), body.replace("5", "05", 1), v=5)
    assert holds(module_of("count(//*) = {$inputs.v} + 1", "xpath", version), body, v=2)


@pytest.mark.parametrize("condition", ["/r/{$inputs.v}", "/r/@{$inputs.v}", "/{$inputs.v}/a", "a{$inputs.v} = 1"])
def test_a_value_is_no_name(condition: str) -> None:
    assert "ARZ900" in compiled(condition, "xpath", "$response.body").codes


ONE = "<r><a>1</a><a>2</a><b>x</b><n> 1 </n><z>01.0</z></r>"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("/r/a = 1", True),
        ("1 = /r/a", True),
        ("/r/a = 3", False),
        ("/r/a != 1", True),
        ("/r/a[1] != 1", False),
        ("/r/n = 1", True),
        ("/r/z = 1", True),
        ("/r/z = '1'", False),
        ("/r/b = 1", False),
        ("/r/b != 1", True),
        ("/r/b > 1", False),
        ("/r/a > 1 and /r/b = 'x'", True),
        ("/r/a = true()", True),
        ("/r/none = false()", True),
        ("/r/none = ''", False),
        ("/r[a = 2]/b = 'x'", True),
        ("'1' = 1.0", True),
        ("'x' = true()", True),
        ("'' = false()", True),
        ("number(/r/b) = number(/r/b)", False),
        ("/r/a = /r/b", False),
        ("/r/a < /r/a", True),
    ],
)
def test_comparisons_of_xpath_10(condition: str, expected: bool) -> None:
    """XPath 1.0, section 3.4."""
    assert holds(module_of(condition, "xpath", "xpath-10"), ONE) is expected


# Queries and payloads that are text


def request(tmp_path: Path, step: dict[str, Any], given: dict[str, Any], **properties: Any) -> Any:
    schema: Any = {"type": "object", "properties": properties}
    api = api_of(("post", "/x", "send"))
    document = workflow_of({"stepId": "s", "operationId": "send", **step}, version="1.1.0", inputs=schema)
    module = compile_documents(tmp_path, document, api).module
    with responses.RequestsMock() as server:
        server.post(re.compile("https://api.test/x"), json={})
        module.run_flow(module.Client(), module.FlowInputs(**given))
        return server.calls[0].request


@pytest.mark.parametrize("place", ["querystring", "form"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"c": "a&admin=1#+ é%"}, [("category", "a&admin=1#+ é%"), ("inStock", "true"), ("t", "x-")]),
        ({}, [("inStock", "true"), ("t", "x-")]),
        ({"c": "", "d": "="}, [("category", ""), ("inStock", "true"), ("t", "x-=")]),
        ({"n": 5}, [("inStock", "true"), ("n[]", "5"), ("t", "x-")]),
    ],
)
def test_a_template_of_a_form(tmp_path: Path, place: str, given: dict[str, Any], expected: Any) -> None:
    text = "category={$inputs.c}&inStock=true&n%5B%5D={$inputs.n}&t=x-{$inputs.d}"
    step: dict[str, Any]
    if place == "querystring":
        step = {"parameters": [{"name": "q", "in": "querystring", "value": text}]}
    else:
        step = {"requestBody": {"contentType": "application/x-www-form-urlencoded", "payload": text}}
    plain = {"type": "string"}
    sent = request(tmp_path, step, given, c=plain, d=plain, n={"type": "integer"})
    written = urlsplit(sent.url).query if place == "querystring" else sent.body.decode()
    assert parse_qsl(written, keep_blank_values=True) == expected


def test_replacements_of_text_payloads(tmp_path: Path) -> None:
    replacements = [{"target": "/b", "value": "$inputs.v"}]
    body = {"contentType": "application/json", "payload": '{"a": 1, "b": "x"}', "replacements": replacements}
    sent = request(tmp_path, {"requestBody": body}, {"v": "New & York"}, v={"type": "string"})
    assert json.loads(sent.body) == {"a": 1, "b": "New & York"}
    body |= {"contentType": "application/x-www-form-urlencoded", "payload": "a={$inputs.v}%20&b=x"}
    sent = request(tmp_path, {"requestBody": body}, {"v": "New & York"}, v={"type": "string"})
    assert parse_qsl(sent.body.decode()) == [("a", "New & York "), ("b", "New & York")]


@pytest.mark.parametrize(
    ("media", "payload"),
    [
        ("application/json", '{"a": "{$inputs.v}"}'),
        ("application/json", '"text"'),
        ("application/x-www-form-urlencoded", "a=1&a=2"),
        ("application/x-www-form-urlencoded", "{$inputs.v}=1"),
        ("text/plain", "hello"),
        ("text/csv", "a,{$inputs.v}"),
        ("application/graphql", "{user(id: 1) {name}}"),
    ],
)
def test_text_of_which_no_part_can_be_replaced(tmp_path: Path, media: str, payload: str) -> None:
    body = {"contentType": media, "payload": payload, "replacements": [{"target": "/a", "value": 9}]}
    schema = {"type": "object", "properties": {"v": {"type": "string"}}}
    step = {"stepId": "s", "operationId": "send", "requestBody": body}
    api = api_of(("post", "/x", "send"))
    result = compile_documents(tmp_path, workflow_of(step, inputs=schema), api)
    told = [d for d in result.report.diagnostics if d.rule.code != "ARZ223"]
    assert result.text is None and [d.rule.code for d in told] == ["ARZ900"], result.messages
    is_data = media.startswith("application/") and not media.endswith("graphql")
    assert (told[0].help == "write the payload as an object") is is_data


# GraphQL


@lru_cache
def asking(payload: str) -> Any:
    body = {"contentType": "application/graphql", "payload": payload}
    step = {"stepId": "ask", "operationId": "ask", "requestBody": body}
    api = api_of(("post", "/q", "ask"))
    api["paths"]["/q"]["post"]["requestBody"] = {"content": {"application/graphql": {"schema": {"type": "string"}}}}
    schema: Any = {"type": "object", "properties": {"v": {}, "n": {"type": "integer"}, "s": {"type": "string"}}}
    with TemporaryDirectory() as folder:
        return compile_documents(Path(folder), workflow_of(step, inputs=schema), api).module


def asked(payload: str, **inputs: Any) -> str:
    module = asking(payload)
    with responses.RequestsMock() as server:
        server.post("https://api.test/q")
        module.run_flow(module.Client(), module.FlowInputs(**inputs))
        request: Any = server.calls[0].request
    assert request.headers["Content-Type"].partition(";")[0] == "application/graphql"
    return request.body.decode() if isinstance(request.body, bytes) else str(request.body)


@QUICK
@given(TEXT | st.sampled_from(['"', '") {id} x: user(id: "', "\\", "a\nb", "{$inputs.s}"]))
def test_a_value_in_a_string_of_graphql(value: str) -> None:
    """It is read back as it was given, and ends no string."""
    sent = asked('{user(name: "<{$inputs.s}>", other: "{$inputs.v}") {id}}', s=value, v=value)
    found = re.fullmatch(r'\{user\(name: ("(?:[^"\\]|\\.)*"), other: ("(?:[^"\\]|\\.)*")\) \{id\}\}', sent)
    assert found is not None, sent
    assert [json.loads(text) for text in found.groups()] == [f"<{value}>", value]


@pytest.mark.parametrize(
    ("payload", "inputs", "expected"),
    [
        ("{user(id: {$inputs.n}) {name}}", {"n": 7}, "{user(id: 7) {name}}"),
        ("{user(by: {id: {$inputs.n}}) {name}}", {"n": 7}, "{user(by: {id: 7}) {name}}"),
        ("{user(id:{$inputs.n}){id {$inputs.s}}}", {"n": 7, "s": "name"}, "{user(id:7){id name}}"),
        ("{users(order: {$inputs.s}) {id}}", {"s": "ASC"}, "{users(order: ASC) {id}}"),
        ("{users(ids: {$inputs.v}) {id}}", {"v": [1, "a"]}, '{users(ids: [1, "a"]) {id}}'),
        ("query ($id: ID!) {user(id: $id) {name}}", {}, "query ($id: ID!) {user(id: $id) {name}}"),
    ],
)
def test_other_values_in_graphql(payload: str, inputs: dict[str, Any], expected: str) -> None:
    assert asked(payload, **inputs) == expected


# Text that was meant as an expression


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{$input.v}", "ARZ455"),
        ("a {$inptus.v} b", "ARZ455"),
        ("{$faker.name}", "ARZ455"),
        ("{{$inputs.v}}", "ARZ455"),
        ("{{inputs.v}}", "ARZ455"),
        ("{$inputs.v}}", "ARZ455"),
        ("x {$inputs.v}} y", "ARZ455"),
        ("{{ inputs.v }}", "ARZ455"),
        ("{$steps.s.output.v}", "ARZ401"),
        ("Bearer {$steps.s.outputs}x{$steps.}", "ARZ401"),
        ("{$statusCode.x}", "ARZ401"),
        ("{$response.boddy}", "ARZ401"),
        ("$faker.name", "ARZ401"),
        ("$inputs", "ARZ461"),
        ("{$gt: 5}", ""),
        ("costs {$5}", ""),
        ("{{name}}", ""),
        ("{name}", ""),
        ("$word", ""),
        ("$100", ""),
    ],
)
def test_text_that_looks_like_an_expression(tmp_path: Path, text: str, code: str) -> None:
    header = {"name": "X-A", "in": "header", "value": text}
    step = {"stepId": "s", "operationId": "get", "parameters": [header]}
    schema = {"type": "object", "properties": {"v": {"type": "string"}}}
    api = api_of(("get", "/x", "get"))
    result = compile_documents(tmp_path, workflow_of(step, inputs=schema), api)
    assert result.codes[:1] == ([code] if code else [])
    strict = compile_documents(tmp_path, workflow_of(step, inputs=schema), api, strict=True)
    assert (strict.text is None) is bool(code)


@pytest.mark.parametrize("context", ["$inputs.v", "$inputs.v#/in"])
def test_a_comparison_tells_null_from_nothing(context: str) -> None:
    """As RFC 9535 does, also where the context is an argument of the step."""
    module = compiled("$.x == null", "jsonpath", context).module
    for value, expected in (({"x": None}, True), ({}, False), ({"x": 1}, False), (None, False)):
        given = {"in": value} if context.endswith("in") else value
        assert holds(module, {}, v=given) is expected, value


def test_names_of_outputs_that_begin_alike() -> None:
    """Of what the called workflow gives, the step implies what is read, not what begins like it (AMB-59)."""
    document = workflow_of({"stepId": "call", "workflowId": "inner"}, outputs={"o": "$steps.call.outputs.id_two"})
    step = {"stepId": "s", "operationId": "get", "outputs": {"b": "$response.body"}}
    outputs = {"id": "$steps.s.outputs.b", "id_two": "$steps.s.outputs.b"}
    document["workflows"].append({"workflowId": "inner", "steps": [step], "outputs": outputs})
    with TemporaryDirectory() as folder:
        module = compile_documents(Path(folder), document, api_of(("get", "/x", "get"))).module
    assert [field.name for field in fields(module.CallOutputs)] == ["id_two"]


def test_a_description_moves_no_step() -> None:
    """What a description says of another step is no dependency."""
    steps: list[dict[str, Any]] = [
        {"stepId": "one", "operationId": "get", "description": "before $steps.three.outputs.x"},
        {"stepId": "two", "operationId": "get", "dependsOn": ["one"]},
        {"stepId": "three", "operationId": "get", "outputs": {"x": "$response.body"}},
    ]
    document = workflow_of(*steps, version="1.1.0")
    with TemporaryDirectory() as folder:
        result = compile_documents(Path(folder), document, api_of(("get", "/x", "get")))
    assert "ARZ515" not in result.codes and result.text is not None
