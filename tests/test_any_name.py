"""Whatever a name in a document is: the document is refused with a diagnostic, or its module imports and runs."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from inspect import isfunction, signature
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import responses
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arazzoc.diagnostics import Severity
from arazzoc.render.text import render_report
from building import Result, api_of, compile_documents, workflow_of

ODD = (
    *(" ", "a b", " a", "a ", "\t", "a\nb", ".", "..", "a.b", "a.outputs.b", "outputs", "inputs", "steps", "a[0]"),
    *(
        "{",
        "}",
        "{a}",
        "{$inputs.a}",
        "$",
        "$a",
        "$inputs.a",
        "$steps.a.outputs.b",
        "#",
        "a#b",
        "a#/b",
        "/",
        "//",
        "~1",
    ),
    *(
        "class",
        "None",
        "match",
        "self",
        "client",
        "state",
        "run",
        "inputs_",
        "print",
        "__init__",
        "__class__",
        "__dict__",
    ),
    *("Client", "StepResult", "WorkflowError", "dataclass", "Any", "annotations", "exchange", "outputs_", "next_step"),
    *("é", "日本", "ﬁ", "ſelf", "½", "٣", "🎉", "\u202e", "\u200b", "\ufeff", "\x85", "\u2028", "\x7f", "\ud800"),
    *("'", '"', '"""', "\\", "\\N{DASH}", "%s", "{}", "==", "&&", "!", "a == b", "0", "1", "-1", "1e5", "true", "null"),
    *("x" * 300, "ab " * 100, "日" * 200, "_" * 80, "a_" * 90),
)
NAMES = (
    st.sampled_from(ODD) | st.lists(st.sampled_from(ODD), min_size=2, max_size=3).map("".join) | st.text(max_size=12)
)
PLACES = (
    "workflow",
    "other",
    "step",
    "output",
    "final",
    "input",
    "action",
    "parameter",
    "success",
    "failure",
    "schema",
)


def document_of(n: dict[str, str]) -> dict[str, Any]:
    """Two workflows: the second one runs the first, whose step sends an input and hands on a member of the answer."""
    step = {
        "stepId": n["step"],
        "operationId": "read",
        "parameters": [
            {"name": "id", "in": "path", "value": f"$inputs.{n['input']}"},
            {"reference": f"$components.parameters.{n['parameter']}"},
        ],
        "outputs": {n["output"]: "$response.body#/value"},
        "onSuccess": [
            {"name": n["action"], "type": "goto", "stepId": "last"},
            {"reference": f"$components.successActions.{n['success']}"},
        ],
        "onFailure": [{"reference": f"$components.failureActions.{n['failure']}"}],
    }
    last = {
        "stepId": "last",
        "operationId": "send",
        "requestBody": {"payload": {"is": f"$steps.{n['step']}.outputs.{n['output']}"}},
    }
    inputs = {"type": "object", "required": [n["input"]], "properties": {n["input"]: {"type": "string"}}}
    document = workflow_of(
        step,
        last,
        workflowId=n["workflow"],
        inputs={"$ref": "#/components/inputs/" + n["schema"].replace("~", "~0").replace("/", "~1")},
        outputs={n["final"]: f"$steps.{n['step']}.outputs.{n['output']}"},
    )
    call = {
        "stepId": n["step"],
        "workflowId": n["workflow"],
        "parameters": [{"name": n["input"], "value": "7"}],
        "outputs": {n["output"]: f"$outputs.{n['final']}"},
    }
    outputs = {n["final"]: f"$steps.{n['step']}.outputs.{n['output']}"}
    document["workflows"].append({"workflowId": n["other"], "steps": [call], "outputs": outputs})
    document["components"] = {
        "inputs": {n["schema"]: inputs},
        "parameters": {n["parameter"]: {"name": "page", "in": "query", "value": 1}},
        "successActions": {n["success"]: {"name": "finish", "type": "end"}},
        "failureActions": {n["failure"]: {"name": "again", "type": "retry", "retryLimit": 1}},
    }
    return document


def api() -> dict[str, Any]:
    answer = {"type": "object", "required": ["value"], "properties": {"value": {"type": "integer"}}}
    return api_of(("get", "/rows/{id}", "read"), ("post", "/rows", "send"), schema=answer)


def compiled(names: dict[str, str]) -> Result:
    everything = {place: f"{place}1" for place in PLACES} | names
    with tempfile.TemporaryDirectory() as folder:
        return compile_documents(Path(folder), json.dumps(document_of(everything)), api())


def runners_of(module: Any) -> list[Any]:
    """The functions that take a state in its place; a step that runs a workflow takes it by name only."""
    functions = [f for name in module.__all__ if isfunction(f := getattr(module, name))]
    found = [(f, signature(f).parameters.get("state")) for f in functions]
    return [f for f, state in found if state is not None and state.kind is state.POSITIONAL_OR_KEYWORD]


def expect_run(result: Result) -> None:
    """Import the module, and run both workflows, also step by step: what the server gave is what they return."""
    module = result.module
    runners = runners_of(module)
    assert len(runners) == 4
    for runner in runners:
        kind = get_type_hints(runner).get("inputs")
        fields = [field.name for field in dataclasses.fields(kind)] if kind is not None else []
        with responses.RequestsMock() as server:
            server.get("https://api.test/rows/7", json={"value": 5})
            sent = server.post("https://api.test/rows", json={"value": 6})
            given = [kind(**dict.fromkeys(fields, "7"))] if kind is not None else []
            outputs = runner(module.Client(), *given)
            while isinstance(outputs, module.Advance):
                step = outputs
                outputs = step.outputs or runner(module.Client(), *given, step.state)
        assert json.loads(sent.calls[0].request.body or "") == {"is": 5}
        assert [getattr(outputs, field.name) for field in dataclasses.fields(outputs)] == [5]


def expect_refused_or_run(names: dict[str, str]) -> None:
    result = compiled(names)
    render_report(result.report).encode()
    if result.text is None:
        assert any(d.severity is Severity.ERROR for d in result.report.diagnostics)
    else:
        expect_run(result)


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_an_odd_name_everywhere(name: str) -> None:
    expect_refused_or_run(dict.fromkeys(PLACES, name) | {"other": f"{name} other"})


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_an_odd_name(place: str, name: str) -> None:
    expect_refused_or_run({place: name})


@given(st.dictionaries(st.sampled_from(PLACES), NAMES, min_size=1))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(dict.fromkeys(PLACES, "class"))
def test_any_names(names: dict[str, str]) -> None:
    expect_refused_or_run(names)
