"""What a review of documents found, each kind once."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import responses

from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.pipeline import compile_file
from arazzoc.sources import Library
from building import Result, api_of, compile_documents, workflow_of

INPUTS: dict[str, Any] = {"type": "object", "properties": {"k": {}, "n": {}}}
API = api_of(("get", "/a", "a"), ("get", "/b", "b"), ("post", "/p", "p"))


def compiled(folder: Path, step: dict[str, Any], **options: Any) -> Result:
    return compile_documents(folder, workflow_of({"stepId": "s", **step}, inputs=INPUTS), API, **options)


def body_of(server: responses.RequestsMock) -> str:
    body = server.calls[0].request.body
    assert isinstance(body, bytes)
    return body.decode()


@pytest.mark.parametrize("context", ["$inputs.k", "$steps.before.outputs.v", "$steps.before.outputs.v#/x"])
def test_a_comparison_on_what_was_before_the_step(tmp_path: Path, context: str) -> None:
    criterion = {"context": context, "type": "jsonpath", "condition": "$.x == 1"}
    before = {"stepId": "before", "operationId": "a", "outputs": {"v": "$response.body"}}
    step = {"stepId": "s", "operationId": "b", "successCriteria": [criterion]}
    module = compile_documents(tmp_path, workflow_of(before, step, inputs=INPUTS), API).module
    body = {"x": {"x": 1}} if context.endswith("#/x") else {"x": 1}
    for k, is_fine in ((body, True), ({"x": 2}, False), (None, False)):
        with responses.RequestsMock() as server:
            server.get("https://api.test/a", json=k)
            server.get("https://api.test/b", json={})
            inputs = module.FlowInputs(k=k)
            with nullcontext() if is_fine else pytest.raises(module.StepFailed):
                module.run_flow(module.Client(), inputs)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$method of payment", "ARZ455"),
        ("$url x", "ARZ455"),
        ("$inputs k", "ARZ455"),
        ("$inputs[k]", "ARZ401"),
        ("$response[x]", "ARZ401"),
        ("{$inputs.k", "ARZ455"),
        (" $input.k", "ARZ455"),
        ("Bearer $input.k", "ARZ455"),
        ("x$inputs.k", "ARZ455"),
        ("$inputs.k-$inputs.k", "ARZ455"),
    ],
)
def test_text_is_never_dropped_and_never_sent_without_a_word(tmp_path: Path, text: str, code: str) -> None:
    step = {"operationId": "a", "parameters": [{"name": "q", "in": "query", "value": text}]}
    result = compiled(tmp_path, step)
    assert code in result.codes, result.codes
    if result.text is not None and "{inputs" not in result.text:
        assert "None}" not in result.text.partition("def run_")[0].partition("query=")[2][:40]
    assert compiled(tmp_path, step, strict=True).text is None


def test_names_of_a_payload_that_look_like_expressions(tmp_path: Path) -> None:
    for name in ("$inputs.k", "{$inputs.k}", "a {$inputs.k}"):
        assert "ARZ455" in compiled(tmp_path, {"operationId": "p", "requestBody": {"payload": {name: 1}}}).codes


@pytest.mark.parametrize(
    ("condition", "type"),
    [
        ("^{$input.k}$", "regex"),
        ('$[?@.v == "{$input.k}"]', "jsonpath"),
        ("//a[.='{$input.k}']", "xpath"),
        ("$response.body#/v == '{$inputs.k}'", "simple"),
        ("$response.body#/v == '$inputs.k'", "simple"),
    ],
)
def test_conditions_with_text_that_looks_like_an_expression(tmp_path: Path, condition: str, type: str) -> None:
    criterion = {"condition": condition, "type": type} | ({} if type == "simple" else {"context": "$response.body"})
    assert "ARZ455" in compiled(tmp_path, {"operationId": "a", "successCriteria": [criterion]}).codes


HOSTILE: list[Any] = [[",", ":", ",", ":"], {"x": 1}, 'a"b', "a", 5, 1.5, True, [], {"a": '"'}]


@pytest.mark.parametrize("value", HOSTILE)
def test_json_text_stays_json(tmp_path: Path, value: Any) -> None:
    """Within quotes a value is a part of the string; elsewhere it is the value."""
    text = '{"l": "{$inputs.k}", "q\\"": {"n": {$inputs.k}}, "t": "x {$inputs.k}"}'
    module = compiled(tmp_path, {"operationId": "p", "requestBody": {"payload": text}}).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        module.run_flow(module.Client(), module.FlowInputs(k=value))
        body: Any = server.calls[0].request.body
        sent = json.loads(body)
    written = value if isinstance(value, str) else json.dumps(value)
    assert sent == {"l": written, 'q"': {"n": value}, "t": f"x {written}"}


def test_a_required_parameter_that_is_null(tmp_path: Path) -> None:
    api = api_of(("get", "/a", "a"))
    api["paths"]["/a"]["get"]["parameters"] = [{"name": "q", "in": "query", "required": True, "schema": {}}]
    step = {"stepId": "s", "operationId": "a", "parameters": [{"name": "q", "in": "query", "value": None}]}
    assert compile_documents(tmp_path, workflow_of(step), api).codes == ["ARZ228"]


def test_headers_that_differ_in_letter_case(tmp_path: Path) -> None:
    twice = [{"name": name, "in": "header", "value": name} for name in ("X-A", "x-a")]
    assert compiled(tmp_path, {"operationId": "a", "parameters": twice}).codes == ["ARZ106"]
    document = workflow_of({"stepId": "s", "operationId": "a", "parameters": twice[1:]}, parameters=twice[:1])
    module = compile_documents(tmp_path, document, API).module
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={})
        module.run_flow(module.Client())
        assert server.calls[0].request.headers["X-A"] == "x-a", "that of the step overrides that of the workflow"


@pytest.mark.parametrize(("pattern", "calls"), [("^302$", 1), ("^3", 1), ("^30[0-9]$", 1), ("^2", 2), (r"^\d+$", 2)])
def test_a_pattern_that_looks_at_redirects(tmp_path: Path, pattern: str, calls: int) -> None:
    criterion = {"context": "$statusCode", "type": "regex", "condition": pattern}
    module = compiled(tmp_path, {"operationId": "a", "successCriteria": [criterion]}).module
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.get("https://api.test/a", status=302, headers={"Location": "/b"})
        server.get("https://api.test/b", json={})
        module.run_flow(module.Client(), module.FlowInputs())
        assert len(server.calls) == calls


def test_a_step_that_is_called_like_a_dependency(tmp_path: Path) -> None:
    document = workflow_of(
        {"stepId": "login", "operationId": "a", "parameters": [{"name": "q", "in": "query", "value": "x"}]},
        {
            "stepId": "t",
            "operationId": "b",
            "parameters": [{"name": "X-T", "in": "header", "value": "$workflows.login.outputs.v"}],
        },
        dependsOn=["login"],
    )
    step = {"stepId": "z", "operationId": "b", "outputs": {"v": "$response.body#/v"}}
    login = {"workflowId": "login", "steps": [step], "outputs": {"v": "$steps.z.outputs.v"}}
    document["workflows"].append(login)
    result = compile_documents(tmp_path, document, API)
    with responses.RequestsMock() as server:
        server.get(re.compile("https://api.test/a"), json={})
        server.get(re.compile("https://api.test/b"), json={"v": "T"})
        result.module.run_flow(result.module.Client())
        assert server.calls[-1].request.headers["X-T"] == "T"
    from mypy import api

    (tmp_path / "m.py").write_text(result.text or "")
    told, _, status = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "m.py")])
    assert status == 0, told


def test_a_query_that_is_one_input(tmp_path: Path) -> None:
    step = {"stepId": "s", "operationId": "a", "parameters": [{"name": "q", "in": "querystring", "value": "$inputs.k"}]}
    inputs = {"type": "object", "properties": {"k": {"type": "string"}}}
    module = compile_documents(tmp_path, workflow_of(step, version="1.1.0", inputs=inputs), API).module
    with responses.RequestsMock() as server:
        server.get(re.compile("https://api.test/a"), json={})
        module.run_flow(module.Client(), module.FlowInputs(k="a=1&b=2"))
        assert server.calls[0].request.url == "https://api.test/a?a=1&b=2"


@pytest.mark.parametrize("text", ["$response.body#/items.length", "$response.body.items.length"])
def test_a_length_after_a_pointer(tmp_path: Path, text: str) -> None:
    step = {
        "stepId": "s",
        "operationId": "a",
        "outputs": {"n": text},
        "successCriteria": [{"condition": f"{text} == 2"}],
    }
    result = compile_documents(tmp_path, workflow_of(step, outputs={"n": "$steps.s.outputs.n"}), API)
    assert set(result.codes) == {"ARZ453"}
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={"items": [1, 2]})
        assert result.module.run_flow(result.module.Client()).n == 2


def test_a_circle_is_one_finding(tmp_path: Path) -> None:
    document = workflow_of({"stepId": "s", "operationId": "a"}, dependsOn=["b"])
    for name, other in (("b", "c"), ("c", "flow")):
        step = {"stepId": "s", "operationId": "a"}
        document["workflows"].append({"workflowId": name, "dependsOn": [other], "steps": [step]})
    result = compile_documents(tmp_path, document, API)
    assert result.codes == ["ARZ507"] and "'flow' depends on itself, through 'b' and 'c'" in result.messages


def test_the_inputs_that_are_read_are_told_together(tmp_path: Path) -> None:
    parameters = [{"name": n, "in": "query", "value": f"$inputs.{n}"} for n in ("x", "y")]
    result = compile_documents(
        tmp_path, workflow_of({"stepId": "s", "operationId": "a", "parameters": parameters}), API
    )
    told = [d.help for d in result.report.sorted() if d.rule.code == "ARZ465"]
    assert told == ["add inputs: {type: object, required: [x, y], properties: {x: {}, y: {}}}, and their types"] * 2


def test_a_step_is_named_with_its_workflow_where_ids_repeat(tmp_path: Path) -> None:
    document = workflow_of({"stepId": "s", "operationId": "a", "outputs": {"x": "plain"}})
    document["workflows"].append({"workflowId": "other", "steps": [{"stepId": "s", "operationId": "a"}]})
    assert "workflow 'flow', step 's': the output 'x'" in compile_documents(tmp_path, document, API).messages


@pytest.mark.parametrize("url", ["x" * 3000, "a/" * 2000 + "b.yml", "x\u0000.yml", "%00.yml"])
def test_a_url_that_no_file_can_have(tmp_path: Path, url: str) -> None:
    document = workflow_of({"stepId": "s", "operationId": "a"})
    document["sourceDescriptions"][0]["url"] = url
    result = compile_documents(tmp_path, document, API)
    assert result.text is None and "ARZ201" in result.codes
    api = api_of(("get", "/a", "a"))
    api["paths"]["/a"]["get"]["responses"]["200"] = {"$ref": f"{url}#/x"}
    document["sourceDescriptions"][0]["url"] = "openapi.yml"
    assert compile_documents(tmp_path, document, api).codes == ["ARZ218"]


@pytest.mark.parametrize("text", ["$steps.s.outputs.all#/items.length", "$inputs.k#/items.length"])
def test_a_length_after_a_pointer_into_a_value(tmp_path: Path, text: str) -> None:
    step = {"stepId": "s", "operationId": "a", "outputs": {"all": "$response.body"}}
    result = compile_documents(tmp_path, workflow_of(step, inputs=INPUTS, outputs={"n": text}), API)
    assert set(result.codes) == {"ARZ453"}
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={"items": [1, 2]})
        inputs = result.module.FlowInputs(k={"items": [3, 4]})
        assert result.module.run_flow(result.module.Client(), inputs).n == 2


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ("<a><![CDATA[{$inputs.k}]]></a>", "<a>&lt;/a&gt;]]&gt;&amp;</a>"),
        ("<a><![CDATA[<{$inputs.k}&{$inputs.k}]]>{$inputs.k}</a>", None),
        ("<a>{$inputs.k}<![CDATA[x]]>{$inputs.k}<![CDATA[{$inputs.k}", None),
    ],
)
def test_values_in_cdata(tmp_path: Path, payload: str, body: str | None) -> None:
    """A section ends before a value, which is escaped."""
    value = "</a>]]>&"
    step = {"operationId": "p", "requestBody": {"contentType": "application/xml", "payload": payload}}
    module = compiled(tmp_path, step).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        module.run_flow(module.Client(), module.FlowInputs(k=value))
        sent = body_of(server)
    assert body in (None, sent)
    if payload.endswith("</a>"):
        plain = re.sub(r"<!\[CDATA\[|\]\]>|</?a>", "", payload).replace("{$inputs.k}", value)
        assert "".join(ElementTree.fromstring(sent).itertext()) == plain


def test_values_in_lines_of_json(tmp_path: Path) -> None:
    payload = '{"a": "{$inputs.k}"}\n{"a": {$inputs.n}}\n'
    step = {"operationId": "p", "requestBody": {"contentType": "application/x-ndjson", "payload": payload}}
    module = compiled(tmp_path, step).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        module.run_flow(module.Client(), module.FlowInputs(k='"}\n{"b": "', n=[1]))
        sent = body_of(server)
    assert [json.loads(line) for line in sent.splitlines()] == [{"a": '"}\n{"b": "'}, {"a": [1]}]


def test_an_element_with_children_is_replaced(tmp_path: Path) -> None:
    body = {
        "contentType": "application/xml",
        "payload": "<a><b>x<c>1</c>y</b><d/></a>",
        "replacements": [{"target": "/a/b", "value": "$inputs.k"}],
    }
    module = compiled(tmp_path, {"operationId": "p", "requestBody": body}).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        module.run_flow(module.Client(), module.FlowInputs(k="<new>"))
        assert body_of(server) == "<a><b>&lt;new&gt;</b><d /></a>"


@pytest.mark.parametrize(("inputs", "codes"), [(True, ["ARZ465"] * 2), ({"type": "string"}, ["ARZ408"])])
def test_inputs_that_declare_nothing_are_one_finding(tmp_path: Path, inputs: Any, codes: list[str]) -> None:
    step = {"stepId": "s", "operationId": "a", "outputs": {"x": "$inputs.x", "y": "$inputs.y"}}
    assert compile_documents(tmp_path, workflow_of(step, inputs=inputs), API).codes == codes


def test_a_field_of_the_next_version(tmp_path: Path) -> None:
    step = {"stepId": "s", "operationId": "a", "dependsOn": ["t"], "dependOn": []}
    result = compile_documents(tmp_path, workflow_of({"stepId": "t", "operationId": "a"}, step), API)
    assert "'dependsOn' is not a field of a step before Arazzo 1.1 | write arazzo: 1.1.0" in result.messages
    assert "'dependOn' is not a field of a step | its fields" in result.messages
    del step["dependOn"]
    mended = workflow_of({"stepId": "t", "operationId": "a"}, step, version="1.1.0")
    assert compile_documents(tmp_path, mended, API).codes == []


def test_what_has_no_outputs_or_inputs_is_named(tmp_path: Path) -> None:
    steps = [{"stepId": "k", "workflowId": "other"}, {"stepId": "s", "operationId": "a"}]
    outputs = {"x": "$steps.k.outputs", "y": "$workflows.other.inputs"}
    document = workflow_of(*steps, outputs=outputs)
    document["workflows"].append({"workflowId": "other", "steps": [{"stepId": "t", "operationId": "a"}]})
    messages = compile_documents(tmp_path, document, API).messages
    assert "step 'k' has no outputs" in messages and "workflow 'other' declares no inputs" in messages


def test_outputs_that_are_made_from_themselves(tmp_path: Path) -> None:
    outputs = {
        "x": "$steps.s.outputs.y",
        "y": "{$steps.s.outputs.x}!",
        "z": "$response.body#/z",
        "w": "$steps.s.outputs.z",
    }
    result = compile_documents(tmp_path, workflow_of({"stepId": "s", "operationId": "a", "outputs": outputs}), API)
    assert result.codes == ["ARZ406"] and "the outputs 'x' and 'y' are made from each other" in result.messages


@pytest.mark.parametrize("file", ["\ud800.yml", "%00.yml", "x" * 5000])
def test_a_reference_that_no_file_can_have(tmp_path: Path, file: str) -> None:
    api = api_of(("get", "/a", "a"))
    api["paths"]["/a"]["get"]["parameters"] = [{"$ref": f"{file}#/p"}]
    text = workflow_of({"stepId": "s", "operationId": "a"})
    assert "ARZ218" in compile_documents(tmp_path, text, json.dumps(api)).codes


def test_a_circle_of_one_document_hides_nothing_in_another(tmp_path: Path) -> None:
    step = {"stepId": "s", "operationId": "a"}
    circular = workflow_of(step, dependsOn=["flow"])
    calling = workflow_of({"stepId": "s", "workflowId": "flow"})
    report = Report()
    library = Library(report)
    (tmp_path / "openapi.yml").write_text(json.dumps(API))
    for name, document in (("one.yml", circular), ("two.yml", calling)):
        (tmp_path / name).write_text(json.dumps(document))
        compile_file(tmp_path / name, Config(), library.for_module(()))
    assert sorted((d.rule.code, Path(d.span.file).name) for d in report.sorted()) == [
        ("ARZ507", "one.yml"),
        ("ARZ508", "two.yml"),
    ]
