"""Runs that are resumed and need secrets: sealed ones, those that are had again, and what no message shows."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from building import again, api_of, compile_documents, workflow_of
from wire import Wire

JSON = [("Content-Type", "application/json")]


def shop_of(method: str, folder: Path) -> Any:
    """A workflow whose first step gives a token that the others send."""
    token = {"in": "header", "name": "Authorization", "value": "$steps.login.outputs.token"}
    ok = [{"condition": "$statusCode == 200"}]
    steps: list[dict[str, Any]] = [
        {"stepId": "login", "operationId": "login", "outputs": {"token": "$response.body#/token", "id": "$statusCode"}},
        {"stepId": "buy", "operationId": "buy", "parameters": [token], "outputs": {"order": "$response.body#/order"}},
        {"stepId": "look", "operationId": "look", "parameters": [token], "outputs": {"state": "$response.body#/state"}},
    ]
    steps[2]["onSuccess"] = [
        {"name": "done", "type": "end", "criteria": [{"condition": "$response.body#/state == 'done'"}]},
        {"name": "more", "type": "goto", "stepId": "look"},
    ]
    for step in steps:
        step["successCriteria"] = ok
    outputs = {"order": "$steps.buy.outputs.order", "state": "$steps.look.outputs.state"}
    workflow = {
        "arazzo": "1.0.1",
        "info": {"title": "Shop", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "openapi.yml", "type": "openapi"}],
        "workflows": [{"workflowId": "shop", "steps": steps, "outputs": outputs}],
    }

    def operation(name: str, *members: str) -> dict[str, Any]:
        schema = {"type": "object", "required": members, "properties": {m: {"type": "string"} for m in members}}
        content = {"application/json": {"schema": schema}}
        return {"operationId": name, "responses": {"200": {"description": "", "content": content}}}

    api = {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "http://127.0.0.1"}],
        "paths": {
            "/login": {method: operation("login", "token")},
            "/orders": {"post": operation("buy", "order"), "get": operation("look", "state")},
        },
    }
    return compile_documents(folder, workflow, api)


def shop_server(wire: Wire) -> None:
    """Each login gives another token; a look is done after three."""
    counts = {"login": 0, "look": 0}

    def answer(handler: Any) -> Any:
        if handler.path.endswith("/login"):
            counts["login"] += 1
            return 200, JSON, json.dumps({"token": f"token-{counts['login']}"}).encode()
        if handler.command == "POST":
            return 200, JSON, b'{"order": "o1"}'
        counts["look"] += 1
        return 200, JSON, json.dumps({"state": "done" if counts["look"] >= 3 else "open"}).encode()

    wire.answer = answer


def stepwise(module: Any, client: Any, seen: Callable[[str], object] = len) -> Any:
    state = None
    while True:
        step = module.advance_shop(client, state)
        if step.outputs is not None:
            return step.outputs
        seen(text := json.dumps(step.state.to_dict()))
        state = module.ShopState.from_dict(json.loads(text))


def turned(text: bytes) -> bytes:
    """A cipher for tests."""
    return bytes(byte ^ 0x5A for byte in text)


@pytest.mark.parametrize("method", ["get", "post"])
def test_sealed_secrets(method: str, wire: Wire, tmp_path: Path) -> None:
    module = shop_of(method, tmp_path).module
    shop_server(wire)
    states = list[str]()
    client = module.Client(api=wire.url, seal=turned, unseal=turned)
    assert stepwise(module, client, states.append) == module.ShopOutputs(order="o1", state="done")
    assert [r.line.rpartition("/")[2] for r in wire.requests] == ["login", "orders", "orders", "orders", "orders"]
    assert {r.headers["Authorization"] for r in wire.requests[1:]} == {"token-1"}
    for text in states:
        assert "token-1" not in text and base64.b64encode(b"token-1").decode() not in text
    state = module.ShopState.from_dict(json.loads(states[0]))
    assert state.to_dict() == json.loads(states[0]), "what is sealed is kept as it is"
    with pytest.raises(module.StateInvalid, match="cannot unseal"):
        module.run_shop(module.Client(api=wire.url), state)
    data = json.loads(states[0])
    data["login"]["token"]["$sealed"] = "!"
    with pytest.raises(module.StateInvalid, match="damaged"):
        module.run_shop(client, module.ShopState.from_dict(data))


@pytest.mark.parametrize("is_stepwise", [True, False])
def test_a_secret_that_is_had_again(is_stepwise: bool, wire: Wire, tmp_path: Path) -> None:
    """A GET is sent again, and the run goes on where it was; nothing else is sent twice."""
    module = shop_of("get", tmp_path).module
    shop_server(wire)
    client, states = module.Client(api=wire.url), list[str]()
    if is_stepwise:
        assert stepwise(module, client, states.append).state == "done"
        sent = ["GET login", "GET login", "POST orders", *["GET login", "GET orders"] * 3]
    else:
        client.on_checkpoint = lambda state: states.append(json.dumps(state.to_dict()))
        module.run_shop(client)
        sent = ["GET login", "POST orders", *["GET orders"] * 3, "GET login", "GET orders"]
        module.run_shop(client, module.ShopState.from_dict(json.loads(states[1])))
    assert [f"{r.method} {r.line.rpartition('/')[2]}" for r in wire.requests] == sent
    assert not any("token-" in text for text in states)


def test_a_secret_that_cannot_be_had_again(wire: Wire, tmp_path: Path) -> None:
    module = shop_of("post", tmp_path).module
    shop_server(wire)
    with pytest.raises(module.StateInvalid, match=r"login: secret outputs are not saved: token"):
        stepwise(module, module.Client(api=wire.url))


def test_a_dependency_whose_secret_is_had_again(wire: Wire, tmp_path: Path) -> None:
    """It runs again as a whole before each step, which then makes its own request."""
    shop = shop_of("post", tmp_path)
    document = json.loads((tmp_path / "workflow.yml").read_text())
    login, *others = document["workflows"][0]["steps"]
    token = {"token": "$steps.login.outputs.token"}
    text = json.dumps(others).replace("$steps.login.outputs.token", "$workflows.enter.outputs.token")
    document["workflows"][0] |= {"dependsOn": ["enter"], "steps": json.loads(text)}
    document["workflows"].append({"workflowId": "enter", "steps": [login], "outputs": token})
    shop = compile_documents(tmp_path, document, (tmp_path / "openapi.yml").read_text())
    shop_server(wire)
    module = shop.module
    client = module.Client(api=wire.url)
    assert stepwise(module, client).order == "o1"
    assert [r.line.rpartition("/")[2] for r in wire.requests] == ["login", "login", "orders", *["login", "orders"] * 3]
    sealed = module.Client(api=wire.url, seal=turned, unseal=turned)
    wire.requests.clear()
    shop_server(wire)
    assert stepwise(module, sealed).order == "o1"
    assert [r.line.rpartition("/")[2] for r in wire.requests] == ["login", *["orders"] * 4]


def test_a_dependency_of_two_steps_is_had_again(wire: Wire, tmp_path: Path) -> None:
    """It runs again to its end in one go, and the step that needs it follows at once."""
    shop_of("get", tmp_path)
    document = json.loads((tmp_path / "workflow.yml").read_text())
    login, *others = document["workflows"][0]["steps"]
    text = json.dumps(others).replace("$steps.login.outputs.token", "$workflows.enter.outputs.token")
    document["workflows"][0] |= {"dependsOn": ["enter"], "steps": json.loads(text)}
    steps, token = [{"stepId": "before", "operationId": "look"}, login], {"token": "$steps.login.outputs.token"}
    document["workflows"].append({"workflowId": "enter", "steps": steps, "outputs": token})
    module = compile_documents(tmp_path, document, (tmp_path / "openapi.yml").read_text()).module
    shop_server(wire)
    counts = list[int]()
    assert stepwise(module, module.Client(api=wire.url), lambda _: counts.append(len(wire.requests))).order == "o1"
    assert counts == [1, 2, 5]
    assert sum(request.method == "POST" for request in wire.requests) == 1


@pytest.mark.parametrize("form", ["plain", "allOf", "nullable"])
def test_a_password_of_a_response_is_a_secret(form: str, tmp_path: Path) -> None:
    """By its format (JSON Schema), wherever it goes; a name like it is none."""
    password: dict[str, Any] = {"type": "string", "format": "password"}
    password = {"plain": password, "allOf": {"allOf": [password]}, "nullable": password | {"nullable": True}}[form]
    schema = {"type": "object", "properties": {"one": password, "password_hint": {"type": "string"}}}
    outputs = {
        "one": "$response.body#/one",
        "text": "got {$response.body#/one}",
        "hint": "$response.body#/password_hint",
    }
    step = {"stepId": "get", "operationId": "get", "outputs": outputs}
    document = workflow_of(step, outputs={name: f"$steps.get.outputs.{name}" for name in outputs})
    module = compile_documents(tmp_path, document, api_of(("get", "/x", "get"), schema=schema)).module
    for kind in (module.GetOutputs, module.FlowOutputs):
        assert {field.name for field in fields(kind) if not field.repr} == {"one", "text"}


# What a run is left with, and goes on from


def of(method: str, *names: str) -> dict[str, Any]:
    """An API whose operations have their names as paths, and answer with the members of `answered`."""
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in answered(1)}}
    content = {"application/json": {"schema": schema}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "http://127.0.0.1"}],
        "paths": {
            f"/{name}": {
                method if name == "enter" else "post": {
                    "operationId": name,
                    "responses": {"200": {"description": "", "content": content}},
                }
            }
            for name in names
        },
    }


def answered(count: int) -> dict[str, Any]:
    return {"token": f"secret-of-{count}", "state": "done" if count >= 3 else "open"}


def flow_of(*workflows: dict[str, Any]) -> dict[str, Any]:
    return {
        "arazzo": "1.0.1",
        "info": {"title": "Shop", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "openapi.yml", "type": "openapi"}],
        "workflows": list(workflows),
    }


def call(name: str, token: str = "", **members: Any) -> dict[str, Any]:
    step = {"stepId": name, "operationId": name, "successCriteria": [{"condition": "$statusCode == 200"}], **members}
    if token:
        step["parameters"] = [{"in": "header", "name": "Authorization", "value": token}]
    return step


ENTER = call("enter", outputs={"token": "$response.body#/token"})
OWN, THEIRS = "$steps.enter.outputs.token", "$workflows.entry.outputs.token"
ENTRY = {"workflowId": "entry", "steps": [ENTER], "outputs": {"token": OWN}}
POLLED = [
    {
        "name": "in",
        "type": "goto",
        "stepId": "work",
        "criteria": [{"condition": "$response.body#/state == 'done'"}],
    },
    {"name": "more", "type": "goto", "stepId": "enter"},
]
BACK: dict[str, list[dict[str, Any]]] = {
    "a step": [{"workflowId": "shop", "steps": [ENTER, call("open"), call("work", OWN), call("close")]}],
    "a step that is polled": [
        {"workflowId": "shop", "steps": [{**ENTER, "onSuccess": POLLED}, call("work", OWN), call("close")]}
    ],
    "a step after a dependency": [
        {
            "workflowId": "shop",
            "dependsOn": ["entry"],
            "steps": [
                {**call("enter", THEIRS), "outputs": ENTER["outputs"]},
                call("open"),
                call("work", OWN),
                call("close", THEIRS),
            ],
        },
        ENTRY,
    ],
    "a dependency of workflows within": [
        {
            "workflowId": "shop",
            "steps": [call("open"), {"stepId": "a", "workflowId": "a"}, {"stepId": "b", "workflowId": "b"}],
        },
        {"workflowId": "a", "dependsOn": ["entry"], "steps": [call("work", THEIRS)]},
        {"workflowId": "b", "dependsOn": ["entry"], "steps": [call("close", THEIRS), call("end")]},
        ENTRY,
    ],
}


@pytest.mark.parametrize("form", BACK)
def test_a_run_that_goes_back_is_left_again(form: str, wire: Wire, tmp_path: Path) -> None:
    """Wherever it is left, twice: it has its secret again, but does nothing else twice, and ends as it did."""
    document = flow_of(*BACK[form])
    module = compile_documents(tmp_path, document, of("get", "enter", "open", "work", "close", "end")).module
    counts = [0]

    def answer(handler: Any) -> Any:
        counts[0] += handler.command == "GET"
        return 200, JSON, json.dumps(answered(counts[0])).encode()

    def sent() -> list[str]:
        return [r.line for r in wire.requests if r.method == "POST"]

    def run(text: str | None) -> list[tuple[str, list[str]]]:
        """Run from a state: the states on the way, with what had been sent by then."""
        wire.requests.clear()
        counts[0] = 0
        left = list[tuple[str, list[str]]]()
        client = module.Client(api=wire.url, sleep=lambda _: None)
        client.on_checkpoint = lambda state: left.append((json.dumps(state.to_dict()), sent()))
        module.run_shop(client, module.ShopState.from_dict(json.loads(text)) if text else None)
        return left

    wire.answer = answer
    states = run(None)
    expected = sent()
    for first, before in states:
        again_left = run(first)
        assert before + sent() == expected, first
        for second, between in again_left:
            run(second)
            assert before + between + sent() == expected, second
    wire.requests.clear()
    counts[0] = 0
    client, state = module.Client(api=wire.url, sleep=lambda _: None), None
    for _ in range(20):
        step = module.advance_shop(client, state)
        if step.outputs is not None:
            break
        state = again(step.state)
    assert step.outputs is not None and sent() == expected


@pytest.mark.parametrize("way", ["input", "output", "credential"])
def test_messages_of_a_resumed_run_show_no_secret(way: str, wire: Wire, tmp_path: Path) -> None:
    """Also where a response shows one that this process has not sent."""
    api = of("post", "enter", "work", "close")
    steps: list[dict[str, Any]] = [call("enter"), call("work"), call("close")]
    inputs: dict[str, Any] = {}
    if way == "input":
        inputs = {"inputs": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}}}
        steps[1] = call("work", "$inputs.key")
    elif way == "output":
        steps[:2] = [ENTER, call("work", OWN)]
    else:
        api["components"] = {"securitySchemes": {"own": {"type": "http", "scheme": "bearer"}}}
        api["paths"]["/work"]["post"]["security"] = [{"own": []}]
    module = compile_documents(tmp_path, flow_of({"workflowId": "shop", "steps": steps, **inputs}), api).module
    wire.answer = lambda handler: (500 if handler.path == "/close" else 200, JSON, json.dumps(answered(1)).encode())
    client = module.Client(api=wire.url, seal=turned, unseal=turned)
    if way == "credential":
        client.own = "secret-of-1"
    given = [module.ShopInputs(key="secret-of-1")] if way == "input" else []
    state = None
    for _ in range(2):
        state = again(module.advance_shop(client, *given, state).state)
    for function in (module.advance_shop, module.run_shop):
        with pytest.raises(module.StepFailed, match="HTTP 500") as failed:
            function(client, *given, again(state))
        assert "***" in str(failed.value) and b"secret-of" not in pickle.dumps(failed.value)


def test_a_response_with_a_secret_is_not_shown(wire: Wire, tmp_path: Path) -> None:
    """Where its step fails; that of an error is."""
    step = {**ENTER, "successCriteria": [{"condition": "$response.body#/state == 'done'"}]}
    document = flow_of({"workflowId": "shop", "steps": [step, call("work", OWN)]})
    module = compile_documents(tmp_path, document, of("post", "enter", "work")).module
    for status, text in ((200, "is not shown"), (403, "no such user")):
        wire.answer = lambda _, status=status: (
            status,
            JSON,
            json.dumps(answered(1) if status == 200 else {"error": "no such user"}).encode(),
        )
        with pytest.raises(module.StepFailed, match=text) as failed:
            module.run_shop(module.Client(api=wire.url))
        assert "secret-of" not in str(failed.value)


def test_errors_of_a_cipher(wire: Wire, tmp_path: Path) -> None:
    """What a library raises where its key is another one says that the state is damaged."""

    class InvalidToken(Exception): ...

    def refuse(_: bytes) -> bytes:
        raise InvalidToken

    module = shop_of("post", tmp_path).module
    shop_server(wire)
    state = module.advance_shop(module.Client(api=wire.url, seal=turned, unseal=turned)).state
    with pytest.raises(module.StateInvalid, match="damaged"):
        module.advance_shop(module.Client(api=wire.url, seal=turned, unseal=refuse), again(state))


@pytest.mark.parametrize(("method", "notes"), [("get", 0), ("post", 1)])
def test_a_dependency_that_gives_a_secret_is_told_once(method: str, notes: int, tmp_path: Path) -> None:
    """Where one of its requests may do something, at the first workflow that names it."""
    shop_of(method, tmp_path)
    document = json.loads((tmp_path / "workflow.yml").read_text())
    login, *others = document["workflows"][0]["steps"]
    text = json.dumps(others).replace("$steps.login.outputs.token", "$workflows.enter.outputs.token")
    shop = document["workflows"][0] | {"dependsOn": ["enter"], "steps": json.loads(text)}
    token = {"token": "$steps.login.outputs.token"}
    enter = {"workflowId": "enter", "steps": [login], "outputs": token}
    document["workflows"] = [shop, shop | {"workflowId": "again"}, enter]
    report = compile_documents(tmp_path, document, (tmp_path / "openapi.yml").read_text()).report
    found = [d.message for d in report.diagnostics if d.rule.code == "ARZ528"]
    assert len(found) == notes and all("workflow 'enter' gives a secret, 'token'" in message for message in found)
