"""Retries: each row is a step with actions, a scripted server, and the requests, waits and outcome that must follow."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from building import api_of, compile_documents, workflow_of


def action(name: str, type: str = "retry", when: str | None = None, **fields: Any) -> dict[str, Any]:
    criteria = {"criteria": [{"condition": when}]} if when else {}
    return {"name": name, "type": type, **criteria, **fields}


def compiled(actions: list[Any], on: str = "onFailure") -> Any:
    steps: list[dict[str, Any]] = [
        {"stepId": "get_it", "operationId": "get", on: actions, "outputs": {"n": "$response.body#/n"}},
        {"stepId": "then_it", "operationId": "then"},
        {"stepId": "else_it", "operationId": "else"},
    ]
    api = api_of(("get", "/x", "get"), ("get", "/then", "then"), ("get", "/else", "else"))
    with tempfile.TemporaryDirectory() as folder:
        return compile_documents(
            Path(folder), workflow_of(*steps, outputs={"n": "$steps.get_it.outputs.n"}), api
        ).module


Answer = int | tuple[int, dict[str, str]] | Exception


def run(module: Any, script: list[Answer]) -> tuple[list[str], list[float], str]:
    """The paths requested, the waits, and what came of it."""
    waits: list[float] = []
    answers = iter(script)

    def answer(_: Any) -> tuple[int, dict[str, str], str]:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        status, headers = found if isinstance(found, tuple) else (found, {})
        return status, headers, json.dumps({"n": status})

    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.add_callback("GET", "https://api.test/x", answer, content_type="application/json")
        server.get("https://api.test/then", json={})
        server.get("https://api.test/else", json={})
        try:
            options = {"sleep": waits.append} if "sleep" in module.Client.__init__.__kwdefaults__ else {}
            outcome = str(module.run_flow(module.Client(**options)).n)
        except module.WorkflowError as error:
            outcome = type(error).__name__
        return [str(c.request.path_url) for c in server.calls], waits, outcome


AGAIN = action("again")
TO_ELSE = action("elsewhere", "goto", stepId="else_it")
OK = ["/x", "/then", "/else"]

ROWS: list[tuple[str, list[Any], list[Answer], list[str], list[float], str]] = [
    ("no action: fails at once", [], [500], ["/x"], [], "StepFailed"),
    ("one retry by default", [AGAIN], [500, 500, 500], ["/x"] * 2, [], "StepFailed"),
    ("a retry that helps", [AGAIN], [500, 200], ["/x", *OK], [], "200"),
    ("limit 0 is no retry", [action("a", retryLimit=0)], [500, 200], ["/x"], [], "StepFailed"),
    ("limit counts retries", [action("a", retryLimit=2)], [500] * 9, ["/x"] * 3, [], "StepFailed"),
    ("waits are fixed", [action("a", retryLimit=2, retryAfter=1.5)], [500] * 9, ["/x"] * 3, [1.5, 1.5], "StepFailed"),
    (
        "Retry-After in seconds overrules",
        [action("a", retryAfter=1)],
        [(503, {"Retry-After": "7"}), 200],
        ["/x", *OK],
        [7.0],
        "200",
    ),
    (
        "Retry-After as a date overrules",
        [action("a", retryAfter=1)],
        [(503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:47 GMT"}), 200],
        ["/x", *OK],
        [12.0],
        "200",
    ),
    (
        "Retry-After without retryAfter",
        [AGAIN],
        [(429, {"Retry-After": "2"}), 200],
        ["/x", *OK],
        [2.0],
        "200",
    ),
    ("Retry-After is capped", [AGAIN], [(429, {"Retry-After": "99999"}), 200], ["/x", *OK], [300.0], "200"),
    (
        "Retry-After of nonsense",
        [action("a", retryAfter=3)],
        [(429, {"Retry-After": "x"}), 200],
        ["/x", *OK],
        [3.0],
        "200",
    ),
    ("criteria choose", [action("a", when="$statusCode == 503")], [500, 200], ["/x"], [], "StepFailed"),
    ("criteria choose the other", [action("a", when="$statusCode == 503")], [503, 200], ["/x", *OK], [], "200"),
    (
        "exhausted, then the next action",
        [action("a", retryLimit=2), TO_ELSE],
        [500] * 9,
        ["/x"] * 3 + ["/else"],
        [],
        "500",
    ),
    ("first match in order", [TO_ELSE, AGAIN], [500, 200], ["/x", "/else"], [], "500"),
    (
        "each action has its own budget",
        [action("a", when="$statusCode == 503"), action("b", when="$statusCode == 500", retryAfter=2)],
        [503, 500, 503, 200],
        ["/x"] * 3,
        [2],
        "StepFailed",
    ),
    (
        "two budgets, one after the other",
        [action("a", retryLimit=1, retryAfter=1), action("b", retryLimit=2, retryAfter=2)],
        [500] * 9,
        ["/x"] * 4,
        [1, 2, 2],
        "StepFailed",
    ),
    ("a failed end fails", [action("stop", "end")], [500], ["/x"], [], "StepFailed"),
    (
        "a connection that fails is a failure",
        [AGAIN],
        [requests.ConnectionError("x"), 200],
        ["/x", *OK],
        [],
        "200",
    ),
    (
        "without a response no status matches",
        [action("a", when="$statusCode < 600")],
        [requests.ConnectionError("x"), 200],
        ["/x"],
        [],
        "StepFailed",
    ),
    (
        "without a response the status is null",
        [action("a", when="$statusCode == null")],
        [requests.Timeout("x"), 200],
        ["/x", *OK],
        [],
        "200",
    ),
]


@pytest.mark.parametrize(
    ("actions", "script", "paths", "waits", "outcome"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_rows(actions: list[Any], script: list[Answer], paths: list[str], waits: list[float], outcome: str) -> None:
    assert run(compiled(actions), script) == (paths, waits, outcome)


def test_a_success_that_is_retried() -> None:
    """The dialect in which a success action polls: after N seconds, at most M times, then the next step."""
    module = compiled([action("wait", when="$response.body#/n == 202", retryAfter=4, retryLimit=3)], "onSuccess")
    assert run(module, [202, 202, 200]) == (["/x", "/x", *OK], [4, 4], "200")
    assert run(module, [202] * 9) == (["/x"] * 3 + OK, [4, 4, 4], "202")


def test_the_budget_is_per_visit() -> None:
    """A step that is left and visited anew has its retries again; going back waits by the polling policy."""
    back = {"stepId": "else_it", "operationId": "else", "onSuccess": [action("back", "goto", stepId="get_it")]}
    get = {"stepId": "get_it", "operationId": "get", "onFailure": [action("again", retryAfter=1)]}
    api = api_of(("get", "/x", "get"), ("get", "/else", "else"))
    with tempfile.TemporaryDirectory() as folder:
        module = compile_documents(Path(folder), workflow_of(get, back), api).module
    statuses = iter([500, 200, 500, 200, 500, 500])
    waits: list[float] = []
    with responses.RequestsMock() as server:
        server.add_callback("GET", "https://api.test/x", lambda _: (next(statuses), {}, "{}"))
        server.get("https://api.test/else", json={})
        with pytest.raises(module.StepFailed):
            module.run_flow(module.Client(sleep=waits.append, polling=module.Polling(interval=9, backoff=1)))
    assert waits == [1, 9, 1, 9, 1]


def test_retries_survive_a_restart() -> None:
    module = compiled([action("again", retryLimit=3, retryAfter=1)])
    saved: list[str] = []

    class Killed(Exception):
        pass

    def checkpoint(state: Any) -> None:
        saved.append(json.dumps(state.to_dict()))
        if len(saved) == 2:
            raise Killed

    with responses.RequestsMock() as server:
        server.get("https://api.test/x", status=500, json={})
        with pytest.raises(Killed):
            module.run_flow(module.Client(sleep=lambda _: None, on_checkpoint=checkpoint))
        state = module.FlowState.from_dict(json.loads(saved[-1]))
        assert state.counters.retries == {"get_it": {"again": 2}}
        with pytest.raises(module.StepFailed):
            module.run_flow(module.Client(sleep=lambda _: None), state)
        assert len(server.calls) == 4


def test_the_state_is_saved_before_the_wait() -> None:
    """A process that is killed while it waits repeats nothing that it has done."""
    back = {"stepId": "else_it", "operationId": "else", "onSuccess": [action("back", "goto", stepId="get_it")]}
    api = api_of(("get", "/x", "get"), ("post", "/else", "else"))
    with tempfile.TemporaryDirectory() as folder:
        document = workflow_of({"stepId": "get_it", "operationId": "get"}, back)
        module = compile_documents(Path(folder), document, api).module
    saved: list[Any] = []

    def killed(_: float) -> None:
        raise KeyboardInterrupt

    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json={})
        server.post("https://api.test/else", json={})
        with pytest.raises(KeyboardInterrupt):
            module.run_flow(module.Client(sleep=killed, on_checkpoint=lambda s: saved.append(s.to_dict())))
    assert saved[-1]["next_step"] == "get_it"
