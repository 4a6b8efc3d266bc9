"""The rules of the flow where a row of the table (test_flow_rows.py) does not show them."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import responses

from building import api_of, compile_documents, workflow_of
from flow_language import again, call, end, flow, over, step, to
from flow_running import Scripted, compiled, document_of, run_evaluator, run_module, scripted
from wire import Wire

# What only the wire shows


def test_a_step_has_its_time(tmp_path: Path, wire: Wire) -> None:
    """A server that is slow, before its answer or within it, fails the attempt in time; the next one succeeds."""
    document = document_of([step("a", failure=[again(3)], timeout=300)])
    module = compiled(document).module
    asked = []

    def answer(handler: Any) -> Any:
        asked.append(time.monotonic())
        if len(asked) == 1:
            time.sleep(4)
        elif len(asked) == 2:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "40")
            handler.end_headers()
            for _ in range(40):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
            return None
        return 200, [("Content-Type", "application/json")], b'{"s": "in time"}'

    wire.answer = answer
    assert module.run_flow(module.Client(api=wire.url)).a == "in time"
    assert asked[1] - asked[0] < 3 and asked[2] - asked[1] < 3, "long before the server is done"


def test_nothing_is_sent_twice_unasked(wire: Wire) -> None:
    """A connection that is cut fails the step; neither requests nor urllib3 tries again."""
    module = compiled(document_of([step("a")])).module
    wire.answer = lambda _: None
    with pytest.raises(module.StepFailed, match=r"no response.*the connection failed"):
        module.run_flow(module.Client(api=wire.url))
    assert len(wire.requests) == 1


def test_idempotency_keys(tmp_path: Path, wire: Wire) -> None:
    """The key is the same over the attempts of one visit, in another process too, and new for the next visit."""
    repeat = {**step("a", [to("a", "s=again"), end(on="s=done")], [again(3)]), "operationId": "a"}
    document = document_of([step("first", failure=[again(1)]), repeat])
    api = api_of(("post", "/first", "first"), ("post", "/a", "a"))
    module = compile_documents(tmp_path, document, api, idempotency_key=True).module
    script = iter([500, "x", 500, "again", 500, None, "done"])

    def answer(_: Any) -> Any:
        found = next(script)
        if found is None:
            return None
        status = found if isinstance(found, int) else 200
        return status, [("Content-Type", "application/json")], json.dumps({"s": found}).encode()

    wire.answer = answer
    saved: list[str] = []

    def keep(state: Any) -> None:
        saved.append(json.dumps(state.to_dict()))
        if len(wire.requests) == 5:
            raise KeyboardInterrupt

    client = module.Client(api=wire.url, sleep=lambda _: None, on_checkpoint=keep)
    with pytest.raises(KeyboardInterrupt):
        module.run_flow(client)
    state = module.FlowState.from_dict(json.loads(saved[-1]))
    module.run_flow(module.Client(api=wire.url, sleep=lambda _: None), state)
    keys = [request.headers["Idempotency-Key"] for request in wire.requests]
    assert keys[0] == keys[1] and keys[2] == keys[3] and keys[4] == keys[5] == keys[6]
    assert len(set(keys)) == 3 and all(len(key) == 36 for key in keys)


def test_an_idempotency_key_by_hand(tmp_path: Path, wire: Wire) -> None:
    """A step that sends one itself, in whatever case it is written, keeps it; the others get theirs."""
    own = {**step("a"), "parameters": [{"name": "idempotency-key", "in": "header", "value": "mine"}]}
    api = api_of(("post", "/a", "a"), ("patch", "/b", "b"), ("get", "/c", "c"))
    module = compile_documents(tmp_path, document_of([own, step("b"), step("c")]), api, idempotency_key=True).module
    wire.answer = lambda _: (200, [("Content-Type", "application/json")], b'{"s": "x"}')
    module.run_flow(module.Client(api=wire.url))
    keys = [request.headers.get("Idempotency-Key") for request in wire.requests]
    assert keys[0] == "mine" and len(keys[1]) == 36 and keys[2] is None


def test_reusable_parameters_of_an_action() -> None:
    """The parameters of an action may be references, with a value of their own too."""
    references = [
        {"reference": "$components.parameters.given"},
        {"reference": "$components.parameters.other", "value": "own"},
    ]
    inner = {
        "inputs": {"type": "object", "properties": {"i": {"type": "string"}, "j": {"type": "string"}}},
        "steps": [
            {
                **step("x"),
                "parameters": [
                    {"name": "i", "in": "query", "value": "$inputs.i"},
                    {"name": "j", "in": "query", "value": "$inputs.j"},
                ],
            }
        ],
        "outputs": {"s": "$steps.x.outputs.s"},
    }
    first = step("a", [{**over("inner"), "parameters": references}])
    document = document_of({"flow": flow(first), "inner": inner})
    document["components"] = {
        "parameters": {"given": {"name": "i", "value": "shared"}, "other": {"name": "j", "value": "shared"}}
    }
    module = compiled(document).module
    world = Scripted(scripted(["1", "2"]))
    module.run_flow(module.Client(session=world))
    assert world.trace == ["a", "x?i=shared&j=own"]


def test_a_step_before_a_retry_runs_without_what_its_own_place_would_have() -> None:
    reader = {**step("c"), "parameters": [{"name": "q", "in": "query", "value": "$steps.b.outputs.s"}]}
    module = compiled(document_of([step("a", failure=[again(1, stepId="c")]), step("b"), reader])).module
    world = Scripted(scripted([500, "early", "1", "2", "3"]))
    module.run_flow(module.Client(session=world, sleep=world.sleep))
    assert world.trace == ["a", "c", "a", "b", "c?q=2"]


@pytest.mark.parametrize("case", ["no argument", "no output", "no JSON"])
def test_an_error_in_a_step_before_a_retry_ends_nothing(case: str, tmp_path: Path) -> None:
    """Whatever fails in such a step, the retry goes on (AMB-13)."""
    value = "$steps.later.outputs.n" if case == "no argument" else "1"
    ping: dict[str, Any] = {"stepId": "ping", "operationId": "ping", "outputs": {"n": "$response.body#/n"}}
    ping["parameters"] = [{"name": "id", "in": "path", "value": value}]
    ping["requestBody"] = {"contentType": "application/json", "payload": {"n": "$inputs.n"}}
    retry = {"name": "again", "type": "retry", "stepId": "ping", "retryLimit": 2}
    document = workflow_of(
        {"stepId": "get", "operationId": "get", "onFailure": [retry], "onSuccess": [end(on="200")]},
        {"stepId": "later", "operationId": "get", "outputs": {"n": "$response.body#/n"}},
        ping,
        inputs={"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}},
    )
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}}}
    api = api_of(("get", "/x", "get"), ("post", "/p/{id}", "ping"), schema=schema)
    module = compile_documents(tmp_path, document, api).module
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for status in (500, 500, 200):
            server.get("https://api.test/x", status=status, json={"n": "1"})
        server.post("https://api.test/p/1", json={})
        module.run_flow(module.Client(), module.FlowInputs(n=float("nan") if case == "no JSON" else 1))
        methods = ["GET", "POST", "GET", "POST", "GET"] if case == "no output" else ["GET"] * 3
        assert [call.request.method for call in server.calls] == methods


def test_large_workflows_dispatch_by_a_table() -> None:
    """The same behaviour with more than fifty steps, each of the ways in which a step can be left among them."""
    names = [f"s{n}" for n in range(60)]
    steps = [step(n) for n in names]
    steps[5] = step("s5", failure=[again(1, 2, stepId="s7"), to("s59")])
    steps[6] = step("s6", [to("s5", "s=back"), to("s57")])
    steps[57] = step("s57", [over("w", "s=over")])
    flows = {"flow": flow(*steps), "w": {"steps": [step("x")], "outputs": {"s": "$steps.x.outputs.s"}}}
    document = document_of(flows)
    result = compiled(document)
    assert result.text is not None and "FLOW_STEPS" in result.text
    for script in (["1"] * 5 + [500, "v", "1", "back", "1", "1", "over", "z"], ["1"] * 5 + [500, "v", 500, "end"]):
        answers = scripted(script)
        assert run_module(result.module, "flow", answers, {}) == run_evaluator(document, answers, {})


HOSTILE = ['"""\n#', "'; import os #", "{x} %s \\", "\u202e\x00", "a/b", "None"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_the_flow(tmp_path: Path, name: str) -> None:
    """Names of workflows, steps and actions are text, wherever the runner shows them."""
    inner = {"steps": [step("x")], "outputs": {"s": "$steps.x.outputs.s"}}
    steps = [
        {**step("a", failure=[{**again(1, workflowId=name), "name": name}]), "dependsOn": []},
        {**step("b", [{**over(name, "s=x"), "name": name}], [{**again(1, stepId=name), "name": name}])},
        {**step(name), "operationId": "c", "description": name},
    ]
    del steps[0]["dependsOn"]
    document = document_of({"flow": {"steps": steps, "description": name, "dependsOn": [name]}, name: inner})
    result = compile_documents(tmp_path, document, api_of(*(("get", f"/{n}", n) for n in ("a", "b", "c", "x"))))
    module = result.module
    script: list[Any] = ["0", 500, "1", "2", 500, "3", "x", "4"]
    world = Scripted(scripted(script))
    outputs = module.run_flow(module.Client(session=world, sleep=world.sleep, clock=lambda: world.now))
    assert world.trace == ["x", "a", "x", "a", "b", "c", "b", "x"] and outputs.s == "4"


@pytest.mark.parametrize(
    "change",
    [
        {"pace": {"steps": 1}},
        {"counters": []},
        {"counters": {"steps": "x"}},
        {"counters": {"other": 1}},
        {"counters": {"retries": {"a": 1}}},
        {"counters": {"retries": {"a": {"again": "x"}}}},
        {"b_run": []},
        {"b_run": {"workflow": "other"}},
        {"b_run": {"workflow": "w", "flow": "0"}},
        {"a": 5},
        {"next_step": ["a"]},
    ],
)
def test_states_of_garbage(change: dict[str, Any]) -> None:
    document = document_of(
        {
            "flow": flow(step("a", failure=[again()]), call("b", "w")),
            "w": {"steps": [step("x")], "outputs": {"s": "$steps.x.outputs.s"}},
        }
    )
    module = compiled(document).module
    good = module.FlowState().to_dict()
    assert module.FlowState.from_dict(good).to_dict() == good
    garbages: list[Any] = [{**good, **change}, None, [], "flow", 5, {}, {5: good}]
    for garbage in garbages:
        with pytest.raises(module.StateInvalid):
            module.FlowState.from_dict(garbage)


def test_a_cancelled_client_starts_nothing() -> None:
    module = compiled(document_of([step("a")])).module
    world, stop = Scripted([]), threading.Event()
    stop.set()
    with pytest.raises(module.RunCancelled, match="flow: cancelled before step a"):
        module.run_flow(module.Client(session=world, cancel=stop))
    assert world.trace == []


def test_what_goes_on_when_a_callback_fails() -> None:
    """An exception of the caller's own callback is the caller's, and the state can be taken up."""
    module = compiled(document_of([step("a"), step("b")])).module
    kept: list[Any] = []

    def keep(state: Any) -> None:
        kept.append(state)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        module.run_flow(module.Client(session=Scripted(scripted(["1"])), on_checkpoint=keep))
    assert module.run_flow(module.Client(session=Scripted(scripted(["2"]))), kept[-1]).b == "2"


def test_an_output_that_is_not_set_is_nothing_within_a_text() -> None:
    """AMB-23: not the word None."""
    steps = [step("a", [to("c", "s=x")]), step("b"), step("c")]
    document = document_of({"flow": {**flow(*steps), "outputs": {"o": "<{$steps.b.outputs.s}>"}}})
    module = compiled(document).module
    for script, outcome in ((["x", "3"], "o:<>"), (["1", "2", "3"], "o:<2>")):
        assert run_module(module, "flow", scripted(script), {})[1] == outcome


def test_the_time_of_a_step_bounds_the_steps_within() -> None:
    """However long those may take by themselves."""
    poll = {"steps": [step("x", [end(on="s=done"), to("x", "s=work")])], "outputs": {"s": "$steps.x.outputs.s"}}
    middle = {"steps": [call("m", "poll", timeout=60_000)], "outputs": {"s": "$steps.m.outputs.s"}}
    document = document_of({"flow": flow(call("a", "middle", timeout=12_000)), "middle": middle, "poll": poll})
    found = run_module(compiled(document).module, "flow", scripted(["work"] * 9), {"backoff": 1})
    assert found == (["x", 5, "x", 5, "x"], "StepFailed:a")


EITHER = [
    ("$response.body#/s == 'again'", "$response.body#/s != 'again'"),
    ("$statusCode < 202", "$statusCode >= 202"),
    ("$response.body#/s", "!($response.body#/s)"),
]


@pytest.mark.parametrize(("one", "other"), [*EITHER, *((b, a) for a, b in EITHER)])
def test_criteria_that_leave_no_case(one: str, other: str) -> None:
    """Of two opposites one always holds: nothing is unhandled, and nothing says so."""
    actions = [
        {"name": "again", "type": "goto", "stepId": "a", "criteria": [{"condition": one}]},
        {"name": "done", "type": "end", "criteria": [{"condition": other}]},
    ]
    result = compiled(document_of([{**step("a"), "onSuccess": actions}]))
    assert result.text is not None and "run.unhandled(" not in result.text.partition("# Run-time support")[0]
    assert "UnhandledOutcome:" not in str(result.module.run_flow.__doc__)
    assert "ARZ502" not in result.codes
    function = result.text.partition("def a(")[2].partition("\ndef ")[0]
    assert function.count("return exchange.succeeded(") == 2


@pytest.mark.parametrize(
    ("one", "other"), [("$response.body#/n < 5", "$response.body#/n >= 5"), (EITHER[0][0], EITHER[1][1])]
)
def test_criteria_that_leave_a_case(one: str, other: str) -> None:
    """A value that is missing is neither less nor not less."""
    actions = [
        {"name": "again", "type": "goto", "stepId": "a", "criteria": [{"condition": one}]},
        {"name": "done", "type": "end", "criteria": [{"condition": other}]},
    ]
    module = compiled(document_of([{**step("a"), "onSuccess": actions}])).module
    assert "UnhandledOutcome:" in str(module.run_flow.__doc__)
    with pytest.raises(module.UnhandledOutcome):
        module.run_flow(module.Client(session=Scripted(scripted([200]))))
