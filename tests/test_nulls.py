"""Null is a value where the schema of an input admits it; only what is not given is left out (AMB-69)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import responses

from building import api_of, compile_documents, workflow_of

NULLABLE = {"type": ["string", "null"]}
INPUTS = {"type": "object", "properties": {"k": NULLABLE, "m": {"type": "string"}, "free": {}}}


def payload(value: Any, **fields: Any) -> dict[str, Any]:
    return {"stepId": "send", "operationId": "send", "requestBody": {"payload": value}, **fields}


def bodies(module: Any, inputs: Any, runner: str = "run_flow") -> list[Any]:
    with responses.RequestsMock() as server:
        server.post("https://api.test/send", json={})
        getattr(module, runner)(module.Client(), inputs)
        sent: list[Any] = [call.request.body for call in server.calls]
        return [json.loads(body or b"null") for body in sent]


API = api_of(("post", "/send", "send"))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"n": 1}),
        ({"k": None}, {"k": None, "n": 1}),
        ({"k": "x"}, {"k": "x", "n": 1}),
        ({"m": None}, {"n": 1}),
        ({"m": "y", "k": None}, {"k": None, "m": "y", "n": 1}),
        ({"free": None}, {"free": None, "n": 1}),
        ({"free": [None]}, {"free": [None], "n": 1}),
    ],
)
def test_a_member_is_null_or_left_out(tmp_path: Path, given: dict[str, Any], sent: dict[str, Any]) -> None:
    document = workflow_of(payload({"k": "$inputs.k", "m": "$inputs.m", "free": "$inputs.free", "n": 1}), inputs=INPUTS)
    module = compile_documents(tmp_path, document, API).module
    inputs = module.FlowInputs(**given)
    assert bodies(module, inputs) == [sent]
    assert bodies(module, copy.deepcopy(inputs)) == [sent]


def test_wherever_the_object_is(tmp_path: Path) -> None:
    value = {"deep": [{"k": "$inputs.k"}], "text": "<{$inputs.k}>", "list": ["$inputs.k"]}
    module = compile_documents(tmp_path, workflow_of(payload(value), inputs=INPUTS), API).module
    assert bodies(module, module.FlowInputs()) == [{"deep": [{}], "text": "<>", "list": [None]}]
    assert bodies(module, module.FlowInputs(k=None)) == [{"deep": [{"k": None}], "text": "<>", "list": [None]}]


def test_nothing_else_tells_them_apart(tmp_path: Path) -> None:
    """Parameters, conditions and outputs read null either way (AMB-17, AMB-31)."""
    step = payload(
        {"k": "$inputs.k"},
        parameters=[
            {"name": "q", "in": "query", "value": "$inputs.k"},
            {"name": "X-K", "in": "header", "value": "$inputs.k"},
        ],
        successCriteria=[{"condition": "$inputs.k == null"}],
        outputs={"k": "$inputs.k"},
    )
    document = workflow_of(step, inputs=INPUTS, outputs={"k": "$inputs.k", "s": "$steps.send.outputs.k"})
    module = compile_documents(tmp_path, document, API).module
    for inputs in (module.FlowInputs(), module.FlowInputs(k=None)):
        with responses.RequestsMock() as server:
            server.post("https://api.test/send", json={})
            assert module.run_flow(module.Client(), inputs) == module.FlowOutputs(k=None, s=None)
            assert server.calls[0].request.path_url == "/send" and "X-K" not in server.calls[0].request.headers


@pytest.mark.parametrize("how", ["call", "dependency", "default"])
def test_null_is_handed_on(tmp_path: Path, how: str) -> None:
    """To a workflow that is called, or that this one depends on; what is absent there has its default."""
    inner_inputs: Any = {"type": "object", "properties": {"k": NULLABLE}}
    if how == "default":
        inner_inputs["properties"]["k"] = {**NULLABLE, "default": "usual"}
    call = {"stepId": "call", "workflowId": "inner", "parameters": [{"name": "k", "value": "$inputs.k"}]}
    own = {"workflowId": "flow", "inputs": INPUTS, "steps": [payload({"n": 1}) if how == "dependency" else call]}
    if how == "dependency":
        own["dependsOn"] = ["inner"]
    document = workflow_of(version="1.1.0")
    inner = {"workflowId": "inner", "inputs": inner_inputs, "steps": [payload({"k": "$inputs.k"})]}
    document["workflows"] = [own, inner]
    module = compile_documents(tmp_path, document, API).module
    assert bodies(module, module.FlowInputs(k=None))[0] == {"k": None}
    assert bodies(module, module.FlowInputs(k="x"))[0] == {"k": "x"}
    assert bodies(module, module.FlowInputs())[0] == ({"k": "usual"} if how == "default" else {})


def test_an_input_that_is_absent_in_a_saved_state(tmp_path: Path) -> None:
    """A run that keeps the inputs of another one can be resumed."""
    call = {"stepId": "call", "workflowId": "inner", "parameters": [{"name": "k", "value": "$inputs.k"}]}
    own = {
        "workflowId": "flow",
        "inputs": INPUTS,
        "steps": [call, payload({"k": "$workflows.inner.inputs.k"})],
        "outputs": {"k": "$workflows.inner.inputs.k"},
    }
    inner_inputs = {"type": "object", "properties": {"k": NULLABLE}}
    inner = {"workflowId": "inner", "inputs": inner_inputs, "steps": [payload({"k": "$inputs.k"})]}
    document = workflow_of(version="1.1.0")
    document["workflows"] = [own, inner]
    module = compile_documents(tmp_path, document, API).module
    for inputs in (module.FlowInputs(), module.FlowInputs(k=None), module.FlowInputs(k="x")):
        saved: list[Any] = []
        with responses.RequestsMock() as server:
            server.post("https://api.test/send", json={})
            keep = module.Client(on_checkpoint=lambda s, saved=saved: saved.append(json.loads(json.dumps(s.to_dict()))))
            outputs = module.run_flow(keep, inputs)
            for state in saved:
                assert module.run_flow(module.Client(), inputs, module.FlowState.from_dict(state)) == outputs


def test_required_values_and_null(tmp_path: Path) -> None:
    """A value without which nothing can be sent is neither null nor absent."""
    api = api_of(("post", "/send/{k}", "send"))
    step = payload({"k": "$inputs.k"}, parameters=[{"name": "k", "in": "path", "value": "$inputs.k"}])
    module = compile_documents(tmp_path, workflow_of(step, inputs=INPUTS), api).module
    for inputs in (module.FlowInputs(), module.FlowInputs(k=None)):
        with pytest.raises(module.RequestNotSent):
            module.run_flow(module.Client(), inputs)
