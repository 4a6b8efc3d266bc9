"""The rules of the flow: the table of flow_rows.py, run by generated modules and by an evaluator of its own."""

from __future__ import annotations

import io
import json
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Result, api_of, compile_documents, workflow_of
from flow_evaluator import Answer, Policy, evaluate
from flow_language import Row, again, call, end, flow, over, step, to
from flow_rows import ROWS
from wire import Wire

DEFAULT = {"interval": 5.0, "backoff": 1.5, "max_interval": 60.0, "timeout": 86400.0}


def document_of(flows: Any) -> dict[str, Any]:
    """An Arazzo document: a list of steps is one workflow."""
    if isinstance(flows, list):
        flows = {"flow": flow(*flows)}
    document = workflow_of(version="1.1.0")
    document["workflows"] = [{"workflowId": name, **fields} for name, fields in flows.items()]
    return document


def compiled(document: dict[str, Any]) -> Result:
    steps = [s for w in document["workflows"] for s in w["steps"]]
    names = dict.fromkeys(s["operationId"] for s in steps if "operationId" in s)
    api = api_of(*(("get", f"/{name}", name) for name in names))
    with tempfile.TemporaryDirectory() as folder:
        return compile_documents(Path(folder), document, api)


class Scripted:
    """A session that answers from a script, and a clock that moves when somebody sleeps; both write the trace."""

    def __init__(self, answers: list[Answer | str]) -> None:
        self.answers, self.trace, self.now = iter(answers), list[Any](), 0.0

    def request(self, _: str, url: str, **options: Any) -> Any:
        self.trace.append(url.rpartition("/")[2])
        answer = next(self.answers)
        if answer == "?":
            raise requests.Timeout
        if answer == "!":
            raise requests.ConnectionError
        assert isinstance(answer, Answer) and options["timeout"]
        response = requests.Response()
        response.status_code, response._content_consumed = answer.status or 0, True
        response._content = b"" if answer.body is None else json.dumps(answer.body).encode()
        response.raw = Raw(response._content)
        response.headers["Content-Type"] = "application/json"
        if answer.retry_after is not None:
            response.headers["Retry-After"] = f"{answer.retry_after:g}"
        return response

    def close(self) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        self.trace.append(seconds)
        self.now += seconds


class Raw(io.BytesIO):
    """What a response is read from piece by piece where a step has a timeout."""

    def read1(self, size: int | None = -1, *, decode_content: bool = True) -> bytes:
        return super().read1(size)


def scripted(answers: list[Any]) -> list[Answer | str]:
    """The answers of a row: a status, the member `s` of a body, or both and what Retry-After asks for."""
    made: list[Answer | str] = []
    for answer in answers:
        if answer in ("!", "?"):
            made.append(answer)
            continue
        status, body, *rest = answer if isinstance(answer, tuple) else (answer, None)
        if isinstance(answer, str):
            status, body = 200, answer
        made.append(Answer(status, None if body is None else {"s": body}, rest[0] if rest else None))
    return made


def run_module(module: Any, name: str, answers: list[Answer | str], options: dict[str, Any]) -> tuple[list[Any], str]:
    """What the generated module does."""
    world = Scripted(answers)
    chosen = {k: v for k, v in options.items() if k not in DEFAULT}
    polling = module.Polling(**{**DEFAULT, **{k: v for k, v in options.items() if k in DEFAULT}})
    client = module.Client(session=world, polling=polling, sleep=world.sleep, clock=lambda: world.now, **chosen)
    try:
        outputs = getattr(module, f"run_{name}")(client)
    except module.WorkflowError as error:
        while error.__cause__ is not None and getattr(error, "result", None) is None:
            error = error.__cause__
        result = getattr(error, "result", None)
        return world.trace, f"{type(error).__name__}:{result.step}" if result else type(error).__name__
    found = {k.replace("_", ""): v for k, v in asdict(outputs).items() if v is not None}
    return world.trace, " ".join(f"{k}:{v}" for k, v in sorted(found.items()))


def run_evaluator(document: Any, answers: list[Answer | str], options: dict[str, Any]) -> tuple[list[Any], str]:
    """What the rules say."""
    plain = [Answer(None) if isinstance(a, str) else a for a in answers]
    return evaluate(document, plain, Policy(**options))


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(row: Row) -> None:
    document = document_of(row.flows)
    result = compiled(document)
    found = run_module(result.module, document["workflows"][0]["workflowId"], scripted(row.answers), row.options)
    assert found == (row.trace, row.outcome)
    assert run_evaluator(document, scripted(row.answers), row.options) == (row.trace, row.outcome)


def test_there_are_many_rows() -> None:
    assert len(ROWS) >= 120 and len({row.name for row in ROWS}) == len(ROWS)


# Workflows that nobody thought of

STATUSES = st.sampled_from([200, 200, 200, 200, 404, 503, None])
CRITERIA = st.sampled_from([None, "s=x", "s=y", "200", "503", "!200"])
ANSWERS = st.lists(
    st.builds(Answer, STATUSES, st.sampled_from(["x", "y", None]), st.sampled_from([None, None, None, 2.0, 900.0])),
    max_size=12,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """One or two workflows of up to eight steps, with gotos, retries, ends and calls at random."""
    count = draw(st.integers(1, 8))
    names = [f"s{n}" for n in range(count)]
    has_other = draw(st.booleans())
    steps = []
    for name in names:
        actions: dict[str, list[Any]] = {}
        for key in ("success", "failure"):
            chosen = []
            for number in range(draw(st.integers(0, 3))):
                kinds = ["end", "goto", "retry"] if key == "failure" else ["end", "goto", "goto"]
                kind, on = draw(st.sampled_from([*kinds, "over"] if has_other else kinds)), draw(CRITERIA)
                action = {
                    "end": lambda on=on: end(on=on),
                    "goto": lambda on=on: to(draw(st.sampled_from(names)), on),
                    "over": lambda on=on: over("w", on),
                    "retry": lambda on=on: again(
                        draw(st.integers(0, 2)),
                        draw(st.sampled_from([None, 1])),
                        on,
                        **draw(
                            st.sampled_from([{}, {}, {"stepId": names[-1]}, {"workflowId": "w"} if has_other else {}])
                        ),
                    ),
                }[kind]()
                chosen.append({**action, "name": f"{kind}{number}"})
            actions[key] = chosen
        source = draw(st.sampled_from([None, None, None, name, *names]))
        value = f"$steps.{source}.outputs.s"
        given = {"parameters": [{"name": "q", "in": "query", "value": value}]} if source else {}
        steps.append(step(name, actions["success"], actions["failure"], **given))
    flows = {"flow": flow(*steps)}
    if has_other:
        inner = [end(on="s=x"), to("x", "s=y")] if draw(st.booleans()) else []
        flows["w"] = {"steps": [step("x", inner, [again(1, 1)])], "outputs": {"s": "$steps.x.outputs.s"}}
        if draw(st.booleans()):
            flows["flow"]["dependsOn"] = ["w"]
    return document_of(flows)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents(), st.lists(ANSWERS, min_size=3, max_size=3))
def test_the_evaluator_agrees(document: dict[str, Any], scripts: list[list[Answer]]) -> None:
    result = compiled(document)
    if result.report.has_errors:
        return
    module = result.module
    for script in scripts:
        answers: list[Any] = [
            *(a if a.status is not None else "!" for a in script),
            *[Answer(200, {"s": "x"})] * 200,
        ]
        answers = [a if isinstance(a, str) or isinstance(a.body, dict) else with_body(a) for a in answers]
        options = {"max_steps": 30, "timeout": 500.0}
        assert run_module(module, "flow", answers, options) == run_evaluator(document, answers, options)


def with_body(answer: Answer) -> Answer:
    return Answer(answer.status, None if answer.body is None else {"s": answer.body}, answer.retry_after)


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
