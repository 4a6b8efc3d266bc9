"""Runs documents of the flow: by the module that they compile to, and by the evaluator of the rules."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from building import Result, api_of, compile_documents, workflow_of
from flow_evaluator import Answer, Policy, evaluate, shown
from flow_language import flow

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


def run_module(
    module: Any,
    name: str,
    answers: list[Answer | str],
    options: dict[str, Any],
    state: Any = None,
    keep: Callable[[Any, Scripted], None] = lambda *_: None,
    *,
    is_stepwise: bool = False,
) -> tuple[list[Any], str]:
    """What the generated module does, from a state if one is given; `keep` is told of each state that it saves.

    If it `is_stepwise`, each step is another process's: all that it has from the one before is the state as JSON.
    """
    world = Scripted(answers)
    chosen = {k: v for k, v in options.items() if k not in DEFAULT}
    polling = module.Polling(**{**DEFAULT, **{k: v for k, v in options.items() if k in DEFAULT}})
    chosen["on_checkpoint"] = lambda state: keep(state, world)
    client = module.Client(session=world, polling=polling, sleep=world.sleep, clock=lambda: world.now, **chosen)
    client.now = client.clock
    runner = (lambda *given: stepwise(module, name, world, *given)) if is_stepwise else getattr(module, f"run_{name}")
    kind = getattr(module, f"{name.capitalize()}Inputs", None)
    try:
        outputs = runner(client, kind(), state) if kind is not None else runner(client, state)
    except module.WorkflowError as error:
        while error.__cause__ is not None and getattr(error, "result", None) is None:
            error = error.__cause__
        result = getattr(error, "result", None)
        known = getattr(error, "outputs", {}) if result and result.action else {}
        ending = f":{result.step}{shown(known, ' ')}" if result else ""
        return world.trace, f"{type(error).__name__}{ending}"
    return world.trace, shown({k.replace("_", ""): v for k, v in asdict(outputs).items()})


def stepwise(module: Any, name: str, world: Scripted, client: Any, *given: Any) -> Any:
    """Run a workflow one step at a time; the outputs."""
    *inputs, state = given
    advance, kind = getattr(module, f"advance_{name}"), getattr(module, f"{name.capitalize()}State")
    while True:
        asked, length = sum(isinstance(event, str) for event in world.trace), len(world.trace)
        step = advance(client, *inputs, state)
        assert sum(isinstance(event, str) for event in world.trace) <= asked + 1, "at most one request"
        assert all(isinstance(event, str) for event in world.trace[length:]), "no wait"
        assert step.state.wait_left(client.now()) == step.wait
        if step.outputs is not None:
            return step.outputs
        if step.wait:
            world.sleep(step.wait)
        state = kind.from_dict(json.loads(json.dumps(step.state.to_dict())))


def run_evaluator(document: Any, answers: list[Answer | str], options: dict[str, Any]) -> tuple[list[Any], str]:
    """What the rules say."""
    plain = [Answer(None) if isinstance(a, str) else a for a in answers]
    return evaluate(document, plain, Policy(**options))
