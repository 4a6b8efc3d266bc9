"""What a help line says where a meaning is not the specification's, or is none: it is the form to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from building import Result, api_of, compile_documents, workflow_of

API = api_of(("get", "/a", "a"), ("get", "/b", "b"))
INPUTS: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {}, "s": {"type": "string"}, "n": {"type": "integer"}},
}
COMPONENTS = {
    "parameters": {"q": {"name": "X-Q", "in": "header", "value": "1"}},
    "failureActions": {"stop": {"name": "stop", "type": "end"}},
    "successActions": {"stop": {"name": "stop", "type": "end"}},
}


def compiled(folder: Path, step: dict[str, Any], *more: dict[str, Any], **options: Any) -> Result:
    document = workflow_of({"stepId": "s", "operationId": "a", **step}, *more, inputs=INPUTS, version="1.1.0")
    return compile_documents(folder, {**document, "components": COMPONENTS}, API, **options)


def findings(result: Result) -> list[tuple[str, str | None]]:
    return [(d.rule.code, d.help) for d in result.report.sorted()]


@pytest.mark.parametrize(
    ("condition", "help"),
    [
        ("$statusCode === 200", "write == in place of ==="),
        ("$response.body#/s !== null", "write != in place of !=="),
        ("$response.body#/s <> 'a'", "write != in place of <>"),
        ("$statusCode = 200", "write == in place of ="),
        ("$statusCode == 200 and $statusCode != 3", "write && in place of and"),
        ("$statusCode == 200 OR $statusCode == 3", "write || in place of OR"),
        ("$response.body#/s == True", "write true"),
        ("$response.body#/s == None", "write null"),
        ("{$response.body#/s} == 'ok'", "write $response.body#/s without braces"),
        ("$response.statusCode == 200", "write $statusCode"),
        ("$response.status == 200", "write $statusCode"),
    ],
)
def test_simple_conditions_of_other_languages(tmp_path: Path, condition: str, help: str) -> None:
    result = compiled(tmp_path, {"successCriteria": [{"condition": condition}]})
    assert findings(result) == [("ARZ402", help)]


@pytest.mark.parametrize(
    ("condition", "code", "help"),
    [
        ("$.s === 'ok'", "ARZ403", "write == in place of ==="),
        ("$.s == 'ok' and $.t == 1", "ARZ403", "write && in place of and"),
        ("$.s == True", "ARZ403", "write true"),
        ("$response.body.s == 'ok'", "ARZ403", "remove the type: this is a simple condition, which needs no context"),
        ("$statusCode == 200", "ARZ403", "remove the type: this is a simple condition, which needs no context"),
        ("$.l[{$inputs.n}].n == 5", "ARZ452", "write $[?$.l[{$inputs.n}].n == 5]"),
        ("$[?@.x-id == 'k']", "ARZ467", "write $[?@['x-id'] == 'k']"),
        ("$.x-id == 'k'", "ARZ452", "write $[?$['x-id'] == 'k']"),
        ("$[?@.s == $inputs.s]", "ARZ451", 'write "{$inputs.s}"'),
        ("$[?@.s == $inputs.n]", "ARZ451", "write {$inputs.n}"),
        ("$[?@.s == '$inputs.s']", "ARZ451", "write {$inputs.s}"),
    ],
)
def test_jsonpath_conditions(tmp_path: Path, condition: str, code: str, help: str | None) -> None:
    criterion = {"context": "$response.body", "type": "jsonpath", "condition": condition}
    assert findings(compiled(tmp_path, {"successCriteria": [criterion]})) == [(code, help)]
    assert compiled(tmp_path, {"successCriteria": [criterion]}, strict=True).text is None


def test_contexts_and_criteria_in_other_forms(tmp_path: Path) -> None:
    criterion = {"context": "{$response.body#/a}", "type": "regex", "condition": "^a"}
    assert findings(compiled(tmp_path, {"successCriteria": [criterion]})) == [("ARZ401", "write $response.body#/a")]
    help = 'write {condition: "$statusCode == 200"}'
    assert findings(compiled(tmp_path, {"successCriteria": ["$statusCode == 200"]})) == [("ARZ105", help)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$inputs.x}", ("ARZ401", None)),
        ("$inputs.s}", ("ARZ451", None)),
        ("{ $inputs.s }", ("ARZ455", "write {$inputs.s}")),
        ("{$inputs.s }", ("ARZ455", "write {$inputs.s}")),
        ("$inputs#/s", ("ARZ461", "write $inputs.s")),
        ("$inputs#/a/0", ("ARZ461", "write $inputs.a#/0")),
        ("$inputs#/x", ("ARZ304", "its inputs: 'a', 's', 'n'")),
    ],
)
def test_values(tmp_path: Path, value: str, expected: tuple[str, str | None]) -> None:
    result = compiled(tmp_path, {"parameters": [{"name": "X-V", "in": "header", "value": value}]})
    assert findings(result) == [expected]


def test_two_expressions_that_a_dot_joins_are_no_path(tmp_path: Path) -> None:
    sent = [{"name": "X-V", "in": "header", "value": "$inputs.s.$inputs.s"}]
    result = compiled(tmp_path, {"parameters": sent})
    assert result.codes == ["ARZ451", "ARZ455"] and "#/$inputs" not in result.messages


def test_a_header_in_brackets(tmp_path: Path) -> None:
    assert findings(compiled(tmp_path, {"outputs": {"v": "$response.header['X-A']"}})) == [
        ("ARZ453", "write $response.header.X-A")
    ]


@pytest.mark.parametrize("word", ["$ref", "reference"])
def test_components_named_as_in_openapi(tmp_path: Path, word: str) -> None:
    for field, kind, name in (
        ("parameters", "parameters", "q"),
        ("onFailure", "failureActions", "stop"),
        ("onSuccess", "successActions", "stop"),
    ):
        step = {field: [{word: f"#/components/{kind}/{name}"}]}
        result = compiled(tmp_path, step)
        assert findings(result) == [("ARZ468", f"write reference: $components.{kind}.{name}")]
        assert result.text is not None and compiled(tmp_path, step, strict=True).text is None
        right = compiled(tmp_path, {field: [{"reference": f"$components.{kind}.{name}"}]}, strict=True)
        assert right.text == result.text


def test_one_finding_for_letter_case_and_for_a_goto_without_target(tmp_path: Path) -> None:
    criterion = {"context": "$response.body", "type": "JSONPath", "condition": "$.a"}
    assert findings(compiled(tmp_path, {"successCriteria": [criterion]})) == [("ARZ105", "did you mean 'jsonpath'?")]
    sent = [{"name": "X-V", "in": "Header", "value": "1"}]
    assert findings(compiled(tmp_path, {"parameters": sent})) == [("ARZ105", "did you mean 'header'?")]
    goto = {"onSuccess": [{"name": "on", "type": "goto"}]}
    assert compiled(tmp_path, goto, {"stepId": "t", "operationId": "b"}).codes == ["ARZ107"]


def test_workflows_that_actions_name(tmp_path: Path) -> None:
    over = {"name": "over", "type": "goto", "workflowId": "$workflows.m"}
    document = workflow_of({"stepId": "s", "operationId": "a", "onFailure": [over]}, version="1.1.0")
    document["workflows"].append({"workflowId": "m", "steps": [{"stepId": "z", "operationId": "a"}]})
    assert findings(compile_documents(tmp_path, document, API)) == [("ARZ401", "write m")]


def test_a_dependency_on_a_step_that_never_runs(tmp_path: Path) -> None:
    step = {"stepId": "s", "operationId": "a", "dependsOn": ["$workflows.w.steps.y"]}
    document = workflow_of(step, dependsOn=["w"], version="1.1.0")
    ends = {"stepId": "z", "operationId": "a", "onSuccess": [{"name": "end", "type": "end"}]}
    document["workflows"].append({"workflowId": "w", "steps": [ends, {"stepId": "y", "operationId": "b"}]})
    result = compile_documents(tmp_path, document, API)
    assert result.codes == ["ARZ505", "ARZ509"] and result.text is None
