"""The words in which the conformance table of the flow is written (tests/rows_*.py).

A row is (name, workflows, answers, trace, outcome) and options of the client. In a trace, a word is a request of that
operation and a number is a wait in seconds. An outcome is `name:value` of each output that has a value, or an error
with the step that it names.
"""

from __future__ import annotations

from typing import Any, NamedTuple

BUSY = (503, None, 7)
"""An answer that asks for seven seconds."""


class Row(NamedTuple):
    name: str
    flows: Any
    answers: list[Any]
    trace: list[Any]
    outcome: str
    options: dict[str, Any] = {}  # noqa: RUF012


def step(name: str, success: Any = (), failure: Any = (), **fields: Any) -> dict[str, Any]:
    """A step that requests the operation of its name and keeps the member `s` of the answer."""
    made: dict[str, Any] = {"stepId": name, **fields}
    if "workflowId" not in made:
        made.setdefault("operationId", name)
        made.setdefault("outputs", {"s": "$response.body#/s"})
    for key, actions in (("onSuccess", success), ("onFailure", failure)):
        if actions:
            made[key] = list(actions)
    return made


def asks(name: str, value: Any, success: Any = (), failure: Any = (), **fields: Any) -> dict[str, Any]:
    """A step that sends a value as `q`."""
    return step(name, success, failure, parameters=[{"name": "q", "in": "query", "value": value}], **fields)


def call(name: str, workflow: str, success: Any = (), failure: Any = (), **given: Any) -> dict[str, Any]:
    """A step that runs a workflow and keeps its output `s`."""
    fields = {key: given.pop(key) for key in ("successCriteria", "dependsOn", "timeout") if key in given}
    parameters = [{"name": key, "value": value} for key, value in given.items()]
    extra = {"parameters": parameters} if parameters else {}
    return step(name, success, failure, workflowId=workflow, outputs={"s": "$outputs.s"}, **extra, **fields)


def when(text: str | None) -> dict[str, Any]:
    """Criteria: a status, `!` and a status, `s=x` for the member of the answer, or conditions joined by `;`."""
    if text is None:
        return {}
    conditions = []
    for part in text.split(";"):
        if part.startswith("$"):
            conditions.append(part)
        elif part.startswith("s="):
            conditions.append(f"$response.body#/s == '{part[2:]}'")
        elif part.startswith("!"):
            conditions.append(f"$statusCode != {part[1:]}")
        else:
            conditions.append(f"$statusCode == {part}")
    return {"criteria": [{"condition": c} for c in conditions]}


def end(name: str = "end", on: str | None = None) -> dict[str, Any]:
    return {"name": name, "type": "end", **when(on)}


def to(target: str, on: str | None = None, name: str | None = None) -> dict[str, Any]:
    return {"name": name or f"to {target}", "type": "goto", "stepId": target, **when(on)}


def over(workflow: str, on: str | None = None, **given: Any) -> dict[str, Any]:
    parameters = [{"name": key, "value": value} for key, value in given.items()]
    extra = {"parameters": parameters} if parameters else {}
    return {"name": f"over {workflow}", "type": "goto", "workflowId": workflow, **when(on), **extra}


def again(
    limit: int | None = None, after: float | None = None, on: str | None = None, name: str = "again", **via: Any
) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "type": "retry", **when(on), **via}
    if limit is not None:
        made["retryLimit"] = limit
    if after is not None:
        made["retryAfter"] = after
    return made


def flow(*steps: Any, **fields: Any) -> dict[str, Any]:
    """A workflow with an output for each step that has one."""
    outputs = {s["stepId"]: f"$steps.{s['stepId']}.outputs.s" for s in steps if "s" in s.get("outputs", {})}
    return {"steps": list(steps), "outputs": outputs, **fields}


def sub(*steps: Any, s: str = "$steps.x.outputs.s", **fields: Any) -> dict[str, Any]:
    """A workflow whose one output is called `s`."""
    return {"steps": list(steps), "outputs": {"s": s}, **fields}


def text_inputs(*names: str, required: bool = False, **defaults: str) -> dict[str, Any]:
    properties: dict[str, Any] = {n: {"type": "string"} for n in names}
    properties.update((n, {"type": "string", "default": v}) for n, v in defaults.items())
    return {"type": "object", "properties": properties, **({"required": list(names)} if required else {})}


AB, ABC = [step("a"), step("b")], [step("a"), step("b"), step("c")]
POLL = [step("a", [to("b", "s=done"), to("a", "s=work")]), step("b")]
GET_X = sub(step("x"))
FAILS = ["a", "StepFailed:a"]
