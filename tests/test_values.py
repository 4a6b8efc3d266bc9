"""Payloads, templates, selectors, replacements and XPath: what a generated module sends and returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import responses

from building import Result, api_of, compile_documents, json_sent, workflow_of

XML = """<?xml version="1.0"?>
<o:order xmlns:o="urn:orders" id="7"><o:item sku="a">Tea &amp; milk</o:item><o:item sku="b">Bread</o:item></o:order>"""


def api_with(content_type: str = "application/json", schema: dict[str, Any] | None = None) -> dict[str, Any]:
    api = api_of(("post", "/x", "send"))
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {content_type: {"schema": schema or {}}}}
    return api


def sent(tmp_path: Path, body: dict[str, Any], version: str = "1.1.0", **inputs: Any) -> Any:
    """The request that a step with this requestBody sends."""
    step = {"stepId": "send_it", "operationId": "send", "requestBody": body}
    schema = {"type": "object", "required": list(inputs), "properties": {name: {} for name in inputs}}
    document = workflow_of(step, version=version, inputs=schema)
    result = compile_documents(tmp_path, document, api_with(body.get("contentType", "application/json")))
    module = result.module
    with responses.RequestsMock() as server:
        server.post("https://api.test/x", json={})
        arguments = [module.FlowInputs(**inputs)] if inputs else []
        module.run_flow(module.Client(), *arguments)
        return server.calls[0].request


def payload(tmp_path: Path, body: dict[str, Any], **inputs: Any) -> Any:
    return json.loads(sent(tmp_path, body, **inputs).body)


def test_expressions_keep_their_type_at_any_depth(tmp_path: Path) -> None:
    body = {
        "payload": {"a": [{"b": "$inputs.x"}, 1, None], "t": "n={$inputs.x}!", "lone": "{$inputs.x}", "c": {"d": 1.5}}
    }
    assert payload(tmp_path, body, x=[1, {"k": True}]) == {
        "a": [{"b": [1, {"k": True}]}, 1, None],
        "t": 'n=[1, {"k": true}]!',
        "lone": '[1, {"k": true}]',
        "c": {"d": 1.5},
    }


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, ""), (1.0, "1.0"), (7, "7"), ("x", "x"), ({"a": 1}, '{"a": 1}')]
)
def test_embedded_values_are_spelled_as_json_does(tmp_path: Path, value: Any, text: str) -> None:
    assert payload(tmp_path, {"payload": {"t": "<{$inputs.x}>"}}, x=value) == {"t": f"<{text}>"}


def test_a_whole_payload(tmp_path: Path) -> None:
    assert payload(tmp_path, {"payload": "$inputs.x"}, x={"a": [1]}) == {"a": [1]}


def test_one_pass_only(tmp_path: Path) -> None:
    assert payload(tmp_path, {"payload": {"t": "{$inputs.x}"}}, x="{$inputs.y}", y="no") == {"t": "{$inputs.y}"}


def test_a_json_template_stays_json(tmp_path: Path) -> None:
    body = {"payload": '{"name": "{$inputs.x}", "n": {$inputs.y}, "o": {"p": []}}'}
    assert payload(tmp_path, body, x='a "quoted" \\ name\n', y=3) == {
        "name": 'a "quoted" \\ name\n',
        "n": 3,
        "o": {"p": []},
    }


def test_an_xml_template_stays_xml(tmp_path: Path) -> None:
    body = {"contentType": "application/xml", "payload": "<a b='{$inputs.x}'>{$inputs.x}</a>"}
    request = sent(tmp_path, body, x='1 < 2 & "3"')
    assert request.body == b"<a b='1 &lt; 2 &amp; &quot;3&quot;'>1 &lt; 2 &amp; &quot;3&quot;</a>"
    assert request.headers["Content-Type"] == "application/xml"


def test_a_form_template_is_percent_encoded(tmp_path: Path) -> None:
    body = {"contentType": "application/x-www-form-urlencoded", "payload": "a={$inputs.x}&b=c"}
    assert sent(tmp_path, body, x="1&2=é").body == b"a=1%262%3D%C3%A9&b=c"


def test_forms(tmp_path: Path) -> None:
    body = {
        "contentType": "application/x-www-form-urlencoded",
        "payload": {"amount": 5, "items": [{"price": "$inputs.x"}], "meta": {"a": "b c"}, "off": None, "on": True},
    }
    assert sent(tmp_path, body, x="p").body == b"amount=5&items%5B0%5D%5Bprice%5D=p&meta%5Ba%5D=b+c&on=true"


def test_text_and_charset(tmp_path: Path) -> None:
    request = sent(tmp_path, {"contentType": "text/plain; charset=utf-8", "payload": "é {$inputs.x}"}, x=1)
    assert request.body == "é 1".encode()
    assert request.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_absent_optional_inputs_are_omitted(tmp_path: Path) -> None:
    step = {
        "stepId": "send_it",
        "operationId": "send",
        "parameters": [
            {"name": "q", "in": "query", "value": "$inputs.x"},
            {"name": "X-H", "in": "header", "value": "$inputs.x"},
        ],
        "requestBody": {"payload": {"a": "$inputs.x", "b": "$inputs.y"}},
    }
    schema = {"type": "object", "properties": {"x": {"type": "string"}, "y": {"type": "integer", "default": 3}}}
    module = compile_documents(tmp_path, workflow_of(step, inputs=schema), api_with()).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/x", json={})
        module.run_flow(module.Client(), module.FlowInputs())
        module.run_flow(module.Client(), module.FlowInputs(x="v"))
        first, second = (call.request for call in server.calls)
    assert json_sent(first) == {"b": 3} and first.url == "https://api.test/x" and "X-H" not in first.headers
    assert json_sent(second) == {"a": "v", "b": 3}
    assert second.url == "https://api.test/x?q=v" and second.headers["X-H"] == "v"


# Replacements


@pytest.mark.parametrize(
    ("replacements", "expected"),
    [
        ([{"target": "/a/b", "value": 10}], {"a": {"b": 10}, "l": [1, 2]}),
        ([{"target": "/a/new", "value": "$inputs.x"}], {"a": {"b": 0, "new": {"k": 1}}, "l": [1, 2]}),
        ([{"target": "/l/1", "value": "z"}, {"target": "/l/1", "value": "y"}], {"a": {"b": 0}, "l": [1, "y"]}),
        ([{"target": "", "value": [1]}], [1]),
        ([{"target": "$.l[*]", "targetSelectorType": "jsonpath", "value": 0}], {"a": {"b": 0}, "l": [0, 0]}),
        ([{"target": "$..b", "targetSelectorType": "jsonpath", "value": 1}], {"a": {"b": 1}, "l": [1, 2]}),
        ([{"target": "$.l[?@ > 1, 0]", "targetSelectorType": "jsonpath", "value": 9}], {"a": {"b": 0}, "l": [9, 9]}),
        ([{"target": "$.l[-1:]", "targetSelectorType": "jsonpath", "value": 9}], {"a": {"b": 0}, "l": [1, 9]}),
        ([{"target": "$", "targetSelectorType": "jsonpath", "value": 9}], 9),
        (
            [{"target": "/a", "targetSelectorType": {"type": "jsonpointer", "version": "rfc6901"}, "value": None}],
            {"a": None, "l": [1, 2]},
        ),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_replacements(tmp_path: Path, replacements: list[Any], expected: Any, whole: bool) -> None:
    original = {"a": {"b": 0}, "l": [1, 2]}
    body = {"payload": "$inputs.p" if whole else original, "replacements": replacements}
    given = {"a": {"b": 0}, "l": [1, 2]}
    assert payload(tmp_path, body, x={"k": 1}, p=given) == expected
    assert given == original, "what the caller gave stays as it is"


@pytest.mark.parametrize("target", ["/nothing/there", "/l/5", "/l/x"])
def test_a_replacement_without_a_place(tmp_path: Path, target: str) -> None:
    body = {"payload": "$inputs.p", "replacements": [{"target": target, "value": 1}]}
    step = {"stepId": "send_it", "operationId": "send", "requestBody": body}
    schema = {"type": "object", "required": ["p"], "properties": {"p": {}}}
    module = compile_documents(tmp_path, workflow_of(step, inputs=schema), api_with()).module
    with pytest.raises(module.RequestNotSent, match="to replace"):
        module.run_flow(module.Client(), module.FlowInputs(p={"l": [1]}))


def test_xml_replacements(tmp_path: Path) -> None:
    body = {
        "contentType": "application/xml",
        "payload": XML,
        "replacements": [
            {"target": "/o:order/o:item[2]", "value": "$inputs.x"},
            {"target": "/o:order/@id", "value": 8},
        ],
    }
    request = sent(tmp_path, body, x="Cake <3")
    text = request.body.decode()
    assert ">Cake &lt;3</" in text and 'id="8"' in text and "Tea &amp; milk" in text


# Outputs, selectors, XPath


def outputs(tmp_path: Path, outputs: dict[str, Any], body: Any, version: str = "1.1.0", **options: Any) -> Any:
    step = {"stepId": "get_it", "operationId": "get", "outputs": outputs}
    api = options.get("api") or api_of(("get", "/x", "get"))
    result = compile_documents(tmp_path, workflow_of(step, version=version), api)
    module = result.module
    with responses.RequestsMock() as server:
        if isinstance(body, str):
            server.get("https://api.test/x", body=body, content_type="application/xml")
        else:
            server.get("https://api.test/x", json=body)
        return module.get_it(module.Client()).require()


def test_selectors(tmp_path: Path) -> None:
    body = {"items": [{"id": 1}, {"id": 2}], "name": "n"}
    found = outputs(
        tmp_path,
        {
            "ids": {"context": "$response.body", "selector": "$.items[*].id", "type": "jsonpath"},
            "first": {"context": "$response.body", "selector": "$.items[0].id", "type": "jsonpath"},
            "none": {"context": "$response.body", "selector": "$.items[9].id", "type": "jsonpath"},
            "pointed": {"context": "$response.body#/items", "selector": "/1/id", "type": "jsonpointer"},
            "typed": {
                "context": "$response.body",
                "selector": "$..id",
                "type": {"type": "jsonpath", "version": "rfc9535"},
            },
            "self": "$self",
        },
        body,
    )
    assert (found.ids, found.first, found.none, found.pointed, found.typed) == ([1, 2], 1, None, 2, [1, 2])


def test_xpath_values(tmp_path: Path) -> None:
    def select(expression: str, version: str = "xpath-31") -> Any:
        return {"context": "$response.body", "selector": expression, "type": {"type": "xpath", "version": version}}

    found = outputs(
        tmp_path,
        {
            "texts": select("//o:item"),
            "one": select("//o:item[1]"),
            "attribute": select("/o:order/@id"),
            "count": select("count(//o:item)"),
            "none": select("//nothing"),
            "old": select("string(//o:item[2])", "xpath-10"),
            "arrow": select("//o:item[1] => upper-case()"),
        },
        XML,
    )
    assert found.texts == ["Tea & milk", "Bread"] and found.one == "Tea & milk" and found.attribute == "7"
    assert found.count == 2 and found.none is None and found.old == "Bread" and found.arrow == "TEA & MILK"


def holds(tmp_path: Path, condition: str, body: Any, type: Any = "xpath") -> bool:
    """Whether a criterion on the response body holds in a generated module."""
    criterion = {"context": "$response.body", "condition": condition, "type": type}
    step = {"stepId": "get_it", "operationId": "get", "successCriteria": [criterion]}
    module = compile_documents(tmp_path, workflow_of(step), api_of(("get", "/x", "get"))).module
    with responses.RequestsMock() as server:
        if isinstance(body, str):
            server.get("https://api.test/x", body=body, content_type="application/xml")
        else:
            server.get("https://api.test/x", json=body)
        return module.get_it(module.Client()).unmet is None


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("condition", "body", "expected"),
    [
        ("count(//*) > 2", XML, True),
        ("//o:item", XML, True),
        ("//nothing", XML, False),
        ("0", XML, False),
        ("''", XML, False),
        ("/o:order/@id = 7", XML, True),
        ("/o:order/o:item[@sku = 'b'] = 'Bread'", XML, True),
        ("//o:item", "not xml", False),
        ("//o:item", {"json": 1}, False),
        ("true()", BOMB, False),
        ("true()", "<a>&undefined;</a>", False),
    ],
)
def test_xpath_conditions(tmp_path: Path, condition: str, body: Any, expected: bool) -> None:
    assert holds(tmp_path, condition, body) is expected


def test_xpath_versions(tmp_path: Path) -> None:
    def compile_it(condition: str, version: str) -> Result:
        criterion = {"context": "$response.body", "condition": condition, "type": {"type": "xpath", "version": version}}
        step = {"stepId": "get_it", "operationId": "get", "successCriteria": [criterion]}
        return compile_documents(tmp_path, workflow_of(step), api_of(("get", "/x", "get")))

    assert compile_it("let $x := 1 return $x", "xpath-30").text is not None
    assert compile_it("let $x := 1 return $x", "xpath-20").codes == ["ARZ405"]
    assert compile_it("map{'a': 1}?a = 1", "xpath-31").text is not None
    assert compile_it("map{'a': 1}?a = 1", "xpath-10").codes == ["ARZ405"]
    assert compile_it("doc('file:///etc/passwd')", "xpath-31").codes == ["ARZ900"]
    assert compile_it("compare('a', 'b', 'http://x/collation')", "xpath-31").codes == ["ARZ900"]


def test_only_modules_with_xpath_import_elementpath(tmp_path: Path) -> None:
    step = {"stepId": "get_it", "operationId": "get"}
    plain = compile_documents(tmp_path, workflow_of(step), api_of(("get", "/x", "get")))
    assert plain.text is not None and "elementpath" not in plain.text


@pytest.mark.parametrize(
    ("condition", "body", "expected"),
    [
        (r"^2\d{2}$", 204, True),
        (r"^2\d{2}$", 304, False),
        ("^a", "Abc", False),
        ("b", ["a", "b"], True),
        ("true", True, True),
        (".", None, False),
    ],
)
def test_regex_conditions(tmp_path: Path, condition: str, body: Any, expected: bool) -> None:
    criterion = {"context": "$response.body#/v", "condition": condition, "type": "regex"}
    step = {"stepId": "get_it", "operationId": "get", "successCriteria": [criterion]}
    module = compile_documents(tmp_path, workflow_of(step), api_of(("get", "/x", "get"))).module
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json={"v": body})
        assert (module.get_it(module.Client()).unmet is None) is expected


def test_values_in_patterns_and_queries_stay_values(tmp_path: Path) -> None:
    criteria = [
        {"context": "$response.body#/v", "condition": "^{$inputs.x}$", "type": "regex"},
        {"context": "$response.body", "condition": '$[?@ == "{$inputs.x}"]', "type": "jsonpath"},
        {"context": "$response.body", "condition": "$[?@ == {$inputs.x}]", "type": "jsonpath"},
        {"context": "$response.body", "condition": "$.v == $inputs.x", "type": "jsonpath"},
    ]
    step = {"stepId": "get_it", "operationId": "get", "successCriteria": criteria}
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
    module = compile_documents(tmp_path, workflow_of(step, inputs=schema), api_of(("get", "/x", "get"))).module
    nasty = 'a.*") || ("1" == "1'
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.get("https://api.test/x", json={"v": nasty})
        assert module.get_it(module.Client(), x=nasty).unmet is None
        server.replace("GET", "https://api.test/x", json={"v": "something else"})
        assert module.get_it(module.Client(), x=nasty).unmet == "^{$inputs.x}$"


def test_querystring(tmp_path: Path) -> None:
    def url(value: Any) -> str:
        step = {
            "stepId": "get_it",
            "operationId": "get",
            "parameters": [{"name": "q", "in": "querystring", "value": value}],
        }
        schema = {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}}
        result = compile_documents(
            tmp_path, workflow_of(step, version="1.1.0", inputs=schema), api_of(("get", "/x", "get"))
        )
        module = result.module
        with responses.RequestsMock() as server:
            server.get("https://api.test/x", json={})
            module.run_flow(module.Client(), module.FlowInputs(c="books"))
            return str(server.calls[0].request.url)

    assert url("a=1&b=2") == "https://api.test/x?a=1&b=2"
    assert url("category={$inputs.c}") == "https://api.test/x?category=books"
    assert url({"a": "$inputs.c", "b": 2}) == "https://api.test/x?a=books&b=2"


# Types


def test_outputs_are_typed_by_the_schema(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["id", "owner", "choice"],
        "properties": {
            "id": {"type": "integer"},
            "maybe": {"type": "string"},
            "nullable": {"type": ["string", "null"]},
            "owner": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "e-mail": {}}},
            "tags": {"type": "array", "items": {"enum": ["x", "y"]}},
            "choice": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
            "all": {"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "boolean"}}}]},
            "extra": {"type": "object", "additionalProperties": {"type": "number"}},
            "parent": {"$ref": "#/components/schemas/Node"},
        },
    }
    node = {"type": "object", "title": "Node", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    names = [*schema["properties"], "name"]
    step = {
        "stepId": "get_it",
        "operationId": "get",
        "outputs": {n: f"$response.body#/{'owner/name' if n == 'name' else n}" for n in names},
    }
    result = compile_documents(
        tmp_path, workflow_of(step), api_of(("get", "/x", "get"), schema=schema, schemas={"Node": node})
    )
    assert result.text is not None and not result.codes
    annotations = result.module.GetItOutputs.__annotations__
    assert annotations == {
        "id": "int",
        "maybe": "str | None",
        "nullable": "str | None",
        "owner": "FlowOwner",
        "tags": "list[FlowTag] | None",
        "choice": "int | str",
        "all": "FlowAll | None",
        "extra": "dict[str, float] | None",
        "parent": "Node | None",
        "name": "str",
    }
    assert "FlowOwner = TypedDict(" in result.text and 'NotRequired["Node"]' not in result.text
    assert "next: NotRequired[Node]" in result.text


def test_components_that_multiply_each_other_are_bounded(tmp_path: Path) -> None:
    parameters = {
        f"p{number}": {"name": "q", "in": "query", "value": [f"$components.parameters.p{number + 1}"] * 3}
        for number in range(30)
    }
    parameters["p30"] = {"name": "q", "in": "query", "value": "x"}
    step = {"stepId": "s", "operationId": "o", "parameters": [{"reference": "$components.parameters.p0"}]}
    document = workflow_of(step)
    document["components"] = {"parameters": parameters}
    result = compile_documents(tmp_path, document, api_of(("get", "/a", "o")))
    assert result.text is None
    assert "ARZ007" in result.codes
