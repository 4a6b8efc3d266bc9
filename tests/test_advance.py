"""Runs that are taken one step at a time, and what outlives a process: states, pauses, secrets and errors."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from batch_job import KEY, Clock, client_of, compiled_job, inputs_of
from building import api_of, compile_documents, workflow_of
from fake_batch_api import FakeBatchApi
from wire import Wire

JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module", params=["standalone", "shared"])
def batch(request: pytest.FixtureRequest) -> Any:
    return compiled_job(request.param).module


def again(state: Any) -> Any:
    """A state as another process reads it."""
    return type(state).from_dict(json.loads(json.dumps(state.to_dict())))


def test_a_batch_one_step_at_a_time(batch: Any) -> None:
    with FakeBatchApi() as fake:
        client, inputs, state, waits = client_of(batch, fake), inputs_of(batch), None, list[float]()
        while (step := batch.advance_batch_job(client, inputs, state)).outputs is None:
            assert len(fake.requests) == len(waits) + 1
            waits.append(step.wait)
            state = again(step.state)
        assert step.outputs == batch.BatchJobOutputs(batch_id="batch_1", output_file_id=step.outputs.output_file_id)
        assert waits == [0, 0, 5, 7.5, 11.25, 0] and step.wait == 0 and step.state.next_step is None
        assert client.clock.waits == [], "it leaves the waiting to the caller"


def test_what_is_left_of_a_wait_is_waited(batch: Any) -> None:
    """Another process, whose clock may be behind or ahead, waits what was left; at most all of it."""
    for now, left in [(1002.0, 3.0), (1009.0, 0.0), (0.0, 5.0)]:
        with FakeBatchApi() as fake:
            client, inputs, state = client_of(batch, fake), inputs_of(batch), batch.BatchJobState()
            client.now = lambda: 1000.0
            for _ in range(3):
                state = batch.advance_batch_job(client, inputs, state).state
            assert state.wait_left(now) == left
            clock = Clock()
            other = client_of(batch, fake, clock, now=lambda now=now: now)
            assert batch.run_batch_job(other, inputs, again(state)).batch_id == "batch_1"
            assert clock.waits == [wait for wait in (left, 7.5, 11.25) if wait]


@pytest.mark.parametrize("pause", [float("nan"), float("inf"), 1e12, "5", None])
def test_a_damaged_pause(batch: Any, pause: Any) -> None:
    data = batch.BatchJobState().to_dict()
    data["counters"]["pause"] = pause
    with pytest.raises(batch.StateInvalid, match="damaged"):
        batch.BatchJobState.from_dict(data)


def test_a_state_of_before_resumes(batch: Any) -> None:
    """Counters that are newer than a state are those of a run that begins."""
    data = batch.BatchJobState().to_dict()
    data["counters"] = {"steps": 3, "retries": {}, "keys": {}, "repeated": "", "waits": 0, "waited": 0.0}
    assert batch.BatchJobState.from_dict(data).counters.steps == 3


@pytest.mark.parametrize("way", ["run", "advance", "many"])
def test_steps_count_over_waits(way: str) -> None:
    module = compiled_job("standalone").module if way != "many" else many_job().module
    with FakeBatchApi(final=None) as fake:
        clock = Clock()
        client, inputs = client_of(module, fake, clock, max_steps=20), inputs_of(module)
        with pytest.raises(module.StepBudgetSpent):
            if way == "run":
                module.run_batch_job(client, inputs)
            elif way == "advance":
                state = None
                while True:
                    state = again(module.advance_batch_job(client, inputs, state).state)
            else:
                (outcome,) = module.run_many(client, [inputs])
                raise outcome.error
        assert len(fake.requests) == 20


def many_job() -> Any:
    from arazzoc.config import Config
    from building import compile_path
    from conftest import EXAMPLE

    return compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=Config(extras=frozenset({"many"})))


def test_errors_survive_pickling(batch: Any) -> None:
    """Each class, with its message and what it tells of the step, but without inputs and outputs."""
    result = batch.StepResult("w", "s", 500, outputs={"key": KEY}, unmet="$statusCode == 200", given=KEY, returned=KEY)
    inner = batch.StepFailed(result._replace(step="inner"), {"key": KEY})
    errors = {
        batch.InputsInvalid: batch.InputsInvalid("w", ["a is missing"]),
        batch.StepFailed: batch.StepFailed(result._replace(error=inner), {"key": KEY}),
        batch.UnhandledOutcome: batch.UnhandledOutcome(result, "nothing matches", ["a needs b"]),
    }
    for kind in every(batch.WorkflowError):
        error = errors.get(kind) or kind("why")
        for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(copied) is kind and str(copied) == str(error) and copied.args == error.args
            assert getattr(copied, "problems", None) == getattr(error, "problems", None)
            if hasattr(error, "result"):
                assert (copied.result.step, copied.result.status_code) == ("s", 500)
        assert KEY.encode() not in pickle.dumps(error)


def every(kind: Any) -> list[Any]:
    return [kind, *(below for one in kind.__subclasses__() for below in every(one))]


# Secret outputs


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
