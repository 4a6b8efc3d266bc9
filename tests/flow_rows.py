"""The conformance table of the flow: a workflow, what the server answers, what must happen, what comes of it.

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

ROWS: list[Row] = [
    # Order, success and failure (WF-02, STEP-12, AMB-04, AMB-06)
    Row("steps run in order", ABC, ["1", "2", "3"], ["a", "b", "c"], "a:1 b:2 c:3"),
    Row("one step", [step("a")], ["1"], ["a"], "a:1"),
    Row("any 2xx is a success", ABC, [(201, "1"), (204, None), (299, "3")], ["a", "b", "c"], "a:1 c:3"),
    Row("a 404 is a failure", AB, [404], ["a"], "StepFailed:a"),
    Row("a 500 in the second step", AB, ["1", 500], ["a", "b"], "StepFailed:b"),
    Row("a redirect is no success", AB, [304], ["a"], "StepFailed:a"),
    Row("1xx to 3xx are none either", AB, [300], ["a"], "StepFailed:a"),
    Row("a connection that fails", AB, ["!"], ["a"], "StepFailed:a"),
    Row("a server that is too slow", AB, ["?"], ["a"], "StepFailed:a"),
    Row(
        "criteria replace the default",
        [step("a", successCriteria=[{"condition": "$statusCode == 404"}])],
        [(404, "1")],
        ["a"],
        "a:1",
    ),
    Row(
        "a 200 that the criteria do not admit",
        [step("a", successCriteria=[{"condition": "$statusCode == 404"}])],
        ["1"],
        ["a"],
        "StepFailed:a",
    ),
    Row(
        "all criteria must hold",
        [step("a", successCriteria=[{"condition": "$statusCode == 200"}, {"condition": "$response.body#/s == 'y'"}])],
        ["x"],
        ["a"],
        "StepFailed:a",
    ),
    Row(
        "all criteria hold",
        [step("a", successCriteria=[{"condition": "$statusCode == 200"}, {"condition": "$response.body#/s == 'y'"}])],
        ["y"],
        ["a"],
        "a:y",
    ),
    Row(
        "criteria of the body alone still need an answer",
        [step("a", successCriteria=[{"condition": "$response.body#/s == null"}])],
        ["!"],
        ["a"],
        "StepFailed:a",
    ),
    Row("outputs that the answer lacks are absent", AB, [(200, None), "2"], ["a", "b"], "b:2"),
    # Success actions (ACT-03, ACT-04, ACT-06, ACT-08, ACT-10)
    Row("end leaves out what follows", [step("a", [end()]), step("b")], ["1"], ["a"], "a:1"),
    Row("end with criteria that hold", [step("a", [end(on="s=1")]), step("b")], ["1"], ["a"], "a:1"),
    Row(
        "end with criteria that do not hold", [step("a", [end(on="s=2")]), step("b")], ["1", "2"], ["a", "b"], "a:1 b:2"
    ),
    Row(
        "goto goes on from there",
        [step("a", [to("c")]), step("b"), step("c"), step("d")],
        ["1", "3", "4"],
        ["a", "c", "d"],
        "a:1 c:3 d:4",
    ),
    Row(
        "the first match in order",
        [step("a", [to("c", "200"), to("b", "200")]), step("b"), step("c")],
        ["1", "3"],
        ["a", "c"],
        "a:1 c:3",
    ),
    Row(
        "the first that matches",
        [step("a", [to("c", "201"), to("b", "200")]), step("b"), step("c")],
        ["1", "2", "3"],
        ["a", "b", "c"],
        "a:1 b:2 c:3",
    ),
    Row(
        "an action without criteria always matches",
        [step("a", [to("c"), to("b", "200")]), step("b"), step("c")],
        ["1", "3"],
        ["a", "c"],
        "a:1 c:3",
    ),
    Row(
        "all criteria of an action must hold",
        [step("a", [to("c", "200;s=2")]), step("b"), step("c")],
        ["1", "2", "3"],
        ["a", "b", "c"],
        "a:1 b:2 c:3",
    ),
    Row("only one action is taken", [step("a", [to("b"), end()]), step("b")], ["1", "2"], ["a", "b"], "a:1 b:2"),
    Row(
        "criteria see the step's own outputs",
        [step("a", [end(on="$steps.a.outputs.s == '1'")]), step("b")],
        ["1"],
        ["a"],
        "a:1",
    ),
    Row(
        "criteria see outputs of steps before",
        [step("a"), step("b", [end(on="$steps.a.outputs.s == '1'")]), step("c")],
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row("!= holds for another status", [step("a", [end(on="!201")]), step("b")], ["1"], ["a"], "a:1"),
    Row("goto the last step", [step("a", [to("c")]), step("b"), step("c")], ["1", "3"], ["a", "c"], "a:1 c:3"),
    Row(
        "two forward branches",
        [step("a", [to("c", "s=x")]), step("b", [end()]), step("c")],
        ["x", "3"],
        ["a", "c"],
        "a:x c:3",
    ),
    Row(
        "the other branch",
        [step("a", [to("c", "s=x")]), step("b", [end()]), step("c")],
        ["y", "2"],
        ["a", "b"],
        "a:y b:2",
    ),
    # Failure actions (ACT-07, AMB-06, AMB-08, AMB-52)
    Row("none matches: broken off", [step("a", failure=[to("b", "404")]), step("b")], [500], *[["a"], "StepFailed:a"]),
    Row("end after a failure is a failure", [step("a", failure=[end()]), step("b")], [500], ["a"], "StepFailed:a"),
    Row("goto after a failure", [step("a", failure=[to("c")]), step("b"), step("c")], [500, "3"], ["a", "c"], "c:3"),
    Row("goto to the next step", [step("a", failure=[to("b")]), step("b")], [500, "2"], ["a", "b"], "b:2"),
    Row(
        "what a failed answer holds is kept",
        [step("a", failure=[to("b")]), step("b")],
        [(500, "1"), "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row(
        "failure criteria read outputs",
        [step("a", failure=[to("c", "$steps.a.outputs.s == '1'")]), step("b"), step("c")],
        [(500, "1"), "3"],
        ["a", "c"],
        "a:1 c:3",
    ),
    Row("success actions do not apply to failures", [step("a", [end()]), step("b")], [500], ["a"], "StepFailed:a"),
    Row(
        "failure actions do not apply to successes",
        [step("a", failure=[end()]), step("b")],
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row(
        "the first failure action that matches",
        [step("a", failure=[end(on="404"), to("b", "500")]), step("b")],
        [500, "2"],
        ["a", "b"],
        "b:2",
    ),
    Row("no answer matches no status", [step("a", failure=[to("b", "500")]), step("b")], ["!"], ["a"], "StepFailed:a"),
    Row(
        "no answer is a null status",
        [step("a", failure=[to("b", "$statusCode == null")]), step("b")],
        ["!", "2"],
        ["a", "b"],
        "b:2",
    ),
    Row("no answer is not a 500", [step("a", failure=[to("b", "!500")]), step("b")], ["?", "2"], ["a", "b"], "b:2"),
    Row(
        "no answer is no number",
        [step("a", failure=[to("b", "$statusCode < 600")]), step("b")],
        ["!"],
        ["a"],
        "StepFailed:a",
    ),
    # Retries (ACT-14 to ACT-18, AMB-09 to AMB-14)
    Row("one retry by default", [step("a", failure=[again()])], [500, 500, 500], ["a", "a"], "StepFailed:a"),
    Row("a retry that helps", [step("a", failure=[again()])], [500, "1"], ["a", "a"], "a:1"),
    Row("limit 0 is none", [step("a", failure=[again(0)])], [500], ["a"], "StepFailed:a"),
    Row("the limit counts retries", [step("a", failure=[again(3)])], [500] * 9, ["a"] * 4, "StepFailed:a"),
    Row("the last retry helps", [step("a", failure=[again(3)])], [500, 500, 500, "1"], ["a"] * 4, "a:1"),
    Row("waits between", [step("a", failure=[again(2, 1.5)])], [500] * 9, ["a", 1.5, "a", 1.5, "a"], "StepFailed:a"),
    Row("Retry-After overrules", [step("a", failure=[again(1, 2)])], [BUSY, "1"], ["a", 7, "a"], "a:1"),
    Row("Retry-After by itself", [step("a", failure=[again()])], [BUSY, "1"], ["a", 7, "a"], "a:1"),
    Row("Retry-After 0", [step("a", failure=[again(1, 9)])], [(503, None, 0), "1"], ["a", "a"], "a:1"),
    Row("Retry-After is capped", [step("a", failure=[again()])], [(503, None, 4000), "1"], ["a", 300, "a"], "a:1"),
    Row(
        "the cap is an option",
        [step("a", failure=[again()])],
        [(503, None, 4000), "1"],
        ["a", 60, "a"],
        "a:1",
        {"max_retry_after": 60},
    ),
    Row("a retry of a connection", [step("a", failure=[again()])], ["!", "1"], ["a", "a"], "a:1"),
    Row(
        "a retry after no answer in time",
        [step("a", failure=[again(2, 1)])],
        ["?", "?", "1"],
        ["a", 1, "a", 1, "a"],
        "a:1",
    ),
    Row("criteria of a retry", [step("a", failure=[again(on="503")])], [500, "1"], ["a"], "StepFailed:a"),
    Row(
        "exhausted before later actions",
        [step("a", failure=[again(2), to("b")]), step("b")],
        [500, 500, 500, "2"],
        ["a", "a", "a", "b"],
        "b:2",
    ),
    Row(
        "an earlier goto comes first",
        [step("a", failure=[to("b"), again(2)]), step("b")],
        [500, "2"],
        ["a", "b"],
        "b:2",
    ),
    Row(
        "each action has its budget",
        [step("a", failure=[again(1, 1, "503", "x"), again(1, 2, "500", "y")])],
        [503, 500, 503],
        ["a", 1, "a", 2, "a"],
        "StepFailed:a",
    ),
    Row(
        "two budgets one after the other",
        [step("a", failure=[again(1, 1, name="x"), again(2, 2, name="y")])],
        [500] * 9,
        ["a", 1, "a", 2, "a", 2, "a"],
        "StepFailed:a",
    ),
    Row(
        "the latest answer decides",
        [step("a", failure=[again(1, on="503"), to("b", "404")]), step("b")],
        [503, 404, "2"],
        ["a", "a", "b"],
        "b:2",
    ),
    Row("outputs are those of the last attempt", [step("a", failure=[again()])], [(500, "x"), "1"], ["a", "a"], "a:1"),
    Row(
        "a retried step goes on", [step("a", failure=[again()]), step("b")], [500, "1", "2"], ["a", "a", "b"], "a:1 b:2"
    ),
    Row("success actions after a retry", [step("a", [end()], [again()]), step("b")], [500, "1"], ["a", "a"], "a:1"),
    Row(
        "a retry in each of two steps",
        [step("a", failure=[again()]), step("b", failure=[again()])],
        [500, "1", 500, "2"],
        ["a", "a", "b", "b"],
        "a:1 b:2",
    ),
    Row(
        "a budget is per visit",
        [step("a", failure=[again(1)]), step("b", [to("a", "s=x")])],
        [500, "1", "x", 500, "1", "2"],
        ["a", "a", "b", 5, "a", "a", "b"],
        "a:1 b:2",
    ),
    Row(
        "a second visit is exhausted by itself",
        [step("a", failure=[again(1)]), step("b", [to("a", "s=x")])],
        [500, "1", "x", 500, 500],
        ["a", "a", "b", 5, "a", "a"],
        "StepFailed:a",
    ),
    Row(
        "retry in onSuccess repeats",
        [step("a", [again(3, 4, "s=w")]), step("b")],
        ["w", "w", "1", "2"],
        ["a", 4, "a", 4, "a", "b"],
        "a:1 b:2",
    ),
    Row(
        "retry in onSuccess falls through",
        [step("a", [again(1, 4, "s=w")]), step("b")],
        ["w", "w", "2"],
        ["a", 4, "a", "b"],
        "a:w b:2",
    ),
    Row(
        "retry in onSuccess, then another action",
        [step("a", [again(1, 4, "s=w"), end(on="s=w")]), step("b")],
        ["w", "w"],
        ["a", 4, "a"],
        "a:w",
    ),
    # Retry by way of another step or workflow (ACT-18, AMB-13)
    Row(
        "a step before each retry",
        [step("a", [end()], [again(2, stepId="b")]), step("b")],
        [500, "x", 500, "x", "1"],
        ["a", "b", "a", "b", "a"],
        "a:1 b:x",
    ),
    Row(
        "the wait comes first",
        [step("a", [end()], [again(1, 3, stepId="b")]), step("b")],
        [500, "x", "1"],
        ["a", 3, "b", "a"],
        "a:1 b:x",
    ),
    Row(
        "its failure does not stop the retry",
        [step("a", [end()], [again(1, stepId="b")]), step("b")],
        [500, 500, "1"],
        ["a", "b", "a"],
        "a:1",
    ),
    Row(
        "its connection neither",
        [step("a", [end()], [again(1, stepId="b")]), step("b")],
        [500, "!", "1"],
        ["a", "b", "a"],
        "a:1",
    ),
    Row(
        "its retries count",
        [step("a", [end()], [again(1, stepId="b")]), step("b", failure=[again(2, 1)])],
        [500, 500, 500, "x", "1"],
        ["a", "b", 1, "b", 1, "b", "a"],
        "a:1 b:x",
    ),
    Row(
        "its gotos do not",
        [step("a", [end()], [again(1, stepId="b")]), step("b", [to("c")], [to("c")]), step("c")],
        [500, "x", "1"],
        ["a", "b", "a"],
        "a:1 b:x",
    ),
    Row(
        "its end does not",
        [step("a", failure=[again(1, stepId="b")]), step("b", [end()])],
        [500, "x", "1", "y"],
        ["a", "b", "a", "b"],
        "a:1 b:y",
    ),
    Row(
        "afterwards it runs in its turn",
        [step("a", failure=[again(1, stepId="b")]), step("b")],
        [500, "x", "1", "y"],
        ["a", "b", "a", "b"],
        "a:1 b:y",
    ),
    Row(
        "an earlier step before a retry",
        [step("a"), step("b", failure=[again(1, stepId="a")])],
        ["1", 500, "x", "2"],
        ["a", "b", "a", "b"],
        "a:x b:2",
    ),
    Row(
        "exhausted by way of a step",
        [step("a", [end()], [again(1, stepId="b"), to("c")]), step("b"), step("c")],
        [500, "x", 500, "3"],
        ["a", "b", "a", "c"],
        "b:x c:3",
    ),
    Row(
        "a workflow before each retry",
        {"m": flow(step("a", failure=[again(2, workflowId="w")])), "w": GET_X},
        [500, "x", 500, "x", "1"],
        ["a", "x", "a", "x", "a"],
        "a:1",
    ),
    Row(
        "its failure does not stop the retry either",
        {"m": flow(step("a", failure=[again(1, workflowId="w")])), "w": GET_X},
        [500, 500, "1"],
        ["a", "x", "a"],
        "a:1",
    ),
    Row(
        "its waits are its own",
        {"m": flow(step("a", failure=[again(1, 2, workflowId="w")])), "w": sub(step("x", failure=[again(1, 3)]))},
        [500, 500, "x", "1"],
        ["a", 2, "x", 3, "x", "a"],
        "a:1",
    ),
    Row(
        "with parameters",
        {
            "m": flow(step("a", failure=[again(1, workflowId="w", parameters=[{"name": "i", "value": "given"}])])),
            "w": sub(step("x"), inputs=text_inputs("i", required=True)),
        },
        [500, "x", "1"],
        ["a", "x", "a"],
        "a:1",
    ),
    # Polling (AMB-07, AMB-12, AMB-14, AMB-39)
    Row("polled until it is done", POLL, ["work", "work", "done", "2"], ["a", 5, "a", 7.5, "a", "b"], "a:done b:2"),
    Row("done at once", POLL, ["done", "2"], ["a", "b"], "a:done b:2"),
    Row(
        "waits grow up to a minute",
        POLL,
        ["work"] * 8 + ["done", "2"],
        [*(x for w in (5, 7.5, 11.25, 16.875, 25.3125, 37.96875, 56.953125, 60) for x in ("a", w)), "a", "b"],
        "a:done b:2",
    ),
    Row(
        "the policy is an option",
        POLL,
        ["work"] * 3 + ["done", "2"],
        ["a", 1, "a", 2, "a", 3, "a", "b"],
        "a:done b:2",
        {"interval": 1, "backoff": 2, "max_interval": 3},
    ),
    Row(
        "an interval of none",
        POLL,
        ["work"] * 3 + ["done", "2"],
        ["a", "a", "a", "a", "b"],
        "a:done b:2",
        {"interval": 0},
    ),
    Row(
        "Retry-After overrules the policy",
        POLL,
        [(200, "work", 7), "work", "done", "2"],
        ["a", 7, "a", 7.5, "a", "b"],
        "a:done b:2",
    ),
    Row("Retry-After of a poll is capped", POLL, [(200, "work", 900), "done", "2"], ["a", 300, "a", "b"], "a:done b:2"),
    Row("the deadline", POLL, ["work"] * 9, ["a", 5, "a", 5, "a"], "PollTimeout", {"backoff": 1, "timeout": 12}),
    Row("the deadline counts what is asked for", POLL, [(200, "work", 100)], ["a"], "PollTimeout", {"timeout": 99}),
    Row("no action matches: unhandled", POLL, ["odd"], ["a"], "UnhandledOutcome:a"),
    Row("no action matches: told to go on", POLL, ["odd", "2"], ["a", "b"], "a:odd b:2", {"unhandled": "continue"}),
    Row(
        "a loop without an exit falls through",
        [step("a", [to("a", "s=work")]), step("b")],
        ["work", "odd", "2"],
        ["a", 5, "a", "b"],
        "a:odd b:2",
    ),
    Row(
        "a forward branch falls through",
        [step("a", [to("c", "s=x")]), step("b"), step("c")],
        ["odd", "2", "3"],
        ["a", "b", "c"],
        "a:odd b:2 c:3",
    ),
    Row(
        "an end is an exit too",
        [step("a", [to("a", "s=work"), end(on="s=done")]), step("b")],
        ["work", "odd"],
        ["a", 5, "a"],
        "UnhandledOutcome:a",
    ),
    Row(
        "a retry is no exit",
        [step("a", [to("a", "s=work"), again(1, 1, "s=x")]), step("b")],
        ["odd", "2"],
        ["a", "b"],
        "a:odd b:2",
    ),
    Row(
        "a loop that always goes back ends by its exit",
        [step("a", [end(on="s=done"), to("a")]), step("b")],
        ["odd", "done"],
        ["a", 5, "a"],
        "a:done",
    ),
    Row("a failure while polling", POLL, ["work", 500], ["a", 5, "a"], "StepFailed:a"),
    Row(
        "a failure while polling is retried",
        [step("a", [to("b", "s=done"), to("a", "s=work")], [again(1, 2)]), step("b")],
        ["work", 500, "work", "done", "2"],
        ["a", 5, "a", 2, "a", 7.5, "a", "b"],
        "a:done b:2",
    ),
    Row(
        "a loop of two steps",
        [step("a"), step("b", [end(on="s=done"), to("a", "s=work")])],
        ["1", "work", "1", "work", "1", "done"],
        ["a", "b", 5, "a", "b", 7.5, "a", "b"],
        "a:1 b:done",
    ),
    Row(
        "two loops wait each by itself",
        [step("a", [to("b", "s=done"), to("a", "s=work")]), step("b", [end(on="s=done"), to("b", "s=work")])],
        ["work", "work", "done", "work", "done"],
        ["a", 5, "a", 7.5, "a", "b", 5, "b"],
        "a:done b:done",
    ),
    Row(
        "a failure that goes back waits too",
        [step("a"), step("b", failure=[to("a")])],
        ["1", 500, "1", "2"],
        ["a", "b", 5, "a", "b"],
        "a:1 b:2",
    ),
    Row(
        "a failure that goes back to itself",
        [step("a", failure=[to("a")])],
        [500, BUSY, "1"],
        ["a", 5, "a", 7, "a"],
        "a:1",
    ),
    Row(
        "the step budget",
        [step("a", [to("b")]), step("b", [to("a")])],
        ["1"] * 9,
        ["a", "b", 5, "a", "b", 7.5],
        "StepBudgetSpent",
        {"max_steps": 4},
    ),
    Row(
        "the budget is not touched by an end",
        [step("a", [to("a", "s=x"), end(on="s=y")])],
        ["x", "x", "y"],
        ["a", 5, "a", 7.5, "a"],
        "a:y",
        {"max_steps": 3},
    ),
    Row(
        "another visit overwrites outputs",
        [step("a"), step("b", [to("a", "s=x"), end(on="s=y")])],
        ["1", "x", "2", "y"],
        ["a", "b", 5, "a", "b"],
        "a:2 b:y",
    ),
    # Actions of the workflow (WF-04, AMB-05)
    Row(
        "a workflow's failure action applies",
        {"m": flow(step("a"), failureActions=[again(1, 1)])},
        [500, "1"],
        ["a", 1, "a"],
        "a:1",
    ),
    Row(
        "the step's come first",
        {"m": flow(step("a", failure=[again(1, 1, name="own")]), failureActions=[again(1, 2, name="shared")])},
        [500, 500, "1"],
        ["a", 1, "a", 2, "a"],
        "a:1",
    ),
    Row(
        "overridden by name",
        {"m": flow(step("a", failure=[again(1, 1)]), failureActions=[again(5, 2)])},
        [500, 500],
        ["a", 1, "a"],
        "StepFailed:a",
    ),
    Row(
        "still there when none of the step's matches",
        {"m": flow(step("a", failure=[end(on="404")]), failureActions=[again(1, 2)])},
        [500, "1"],
        ["a", 2, "a"],
        "a:1",
    ),
    Row(
        "a workflow's success action applies",
        {"m": flow(step("a"), step("b"), successActions=[end(on="s=x")])},
        ["x"],
        ["a"],
        "a:x",
    ),
    Row(
        "a step's success action comes first",
        {"m": flow(step("a", [to("b", name="on")]), step("b"), successActions=[end()])},
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row(
        "each step has its own budget of it",
        {"m": flow(step("a"), step("b"), failureActions=[again(1, 1)])},
        [500, "1", 500, "2"],
        ["a", 1, "a", "b", 1, "b"],
        "a:1 b:2",
    ),
    # Workflows as steps (STEP-09, STEP-10, AMB-32 to AMB-34)
    Row("a workflow as a step", {"m": flow(call("a", "w"), step("b")), "w": GET_X}, ["1", "2"], ["x", "b"], "a:1 b:2"),
    Row("its failure is the step's", {"m": flow(call("a", "w"), step("b")), "w": GET_X}, [500], ["x"], "StepFailed:a"),
    Row(
        "its failure has actions",
        {"m": flow(call("a", "w", failure=[to("b")]), step("b")), "w": GET_X},
        [500, "2"],
        ["x", "b"],
        "b:2",
    ),
    Row(
        "its failure is retried from the start",
        {"m": flow(call("a", "w", failure=[again(1, 2)])), "w": sub(step("w1"), step("x"))},
        ["1", 500, "1", "x"],
        ["w1", "x", 2, "w1", "x"],
        "a:x",
    ),
    Row(
        "its failure has no status",
        {"m": flow(call("a", "w", failure=[again(1, on="$outputs.s == null")])), "w": GET_X},
        [500, "1"],
        ["x", "x"],
        "a:1",
    ),
    Row(
        "criteria on its outputs",
        {"m": flow(call("a", "w", successCriteria=[{"condition": "$outputs.s == 'y'"}])), "w": GET_X},
        ["x"],
        ["x"],
        "StepFailed:a",
    ),
    Row(
        "actions on its outputs",
        {"m": flow(call("a", "w", [end(on="$outputs.s == 'y'")]), step("b")), "w": GET_X},
        ["y"],
        ["x"],
        "a:y",
    ),
    Row(
        "inputs by parameters",
        {"m": flow(call("a", "w", i="given")), "w": sub(step("x"), s="$inputs.i", inputs=text_inputs("i"))},
        ["1"],
        ["x"],
        "a:given",
    ),
    Row(
        "the outputs of a step as an input",
        {
            "m": flow(step("b"), call("a", "w", i="$steps.b.outputs.s")),
            "w": sub(step("x"), s="$inputs.i", inputs=text_inputs("i")),
        },
        ["1", "2"],
        ["b", "x"],
        "a:1 b:1",
    ),
    Row(
        "defaults of its schema",
        {"m": flow(call("a", "w")), "w": sub(step("x"), s="$inputs.i", inputs=text_inputs(i="usual"))},
        ["1"],
        ["x"],
        "a:usual",
    ),
    Row(
        "a polling workflow as a step",
        {"m": flow(call("a", "w"), step("b")), "w": sub(step("x", [end(on="s=done"), to("x", "s=work")]))},
        ["work", "work", "done", "2"],
        ["x", 5, "x", 7.5, "x", "b"],
        "a:done b:2",
    ),
    Row(
        "its deadline fails the step",
        {
            "m": flow(call("a", "w", failure=[to("b")]), step("b")),
            "w": sub(step("x", [end(on="s=done"), to("x", "s=work")])),
        },
        ["work", "work", "2"],
        ["x", 5, "x", "b"],
        "b:2",
        {"backoff": 1, "timeout": 9},
    ),
    Row(
        "an outcome that it does not handle fails the step",
        {
            "m": flow(call("a", "w", failure=[to("b")]), step("b")),
            "w": sub(step("x", [end(on="s=done"), to("x", "s=work")])),
        },
        ["odd", "2"],
        ["x", "b"],
        "b:2",
    ),
    Row(
        "three workflows deep",
        {"m": flow(call("a", "w")), "w": sub(call("x", "v")), "v": sub(step("x"))},
        ["1"],
        ["x"],
        "a:1",
    ),
    Row(
        "a failure three deep",
        {
            "m": flow(call("a", "w", failure=[again(1, 1)])),
            "w": sub(call("x", "v", failure=[again(1, 2)])),
            "v": sub(step("x")),
        },
        [500, 500, 500, "1"],
        ["x", 2, "x", 1, "x", 2, "x"],
        "a:1",
    ),
    Row(
        "the same workflow twice",
        {"m": flow(call("a", "w"), call("b", "w")), "w": GET_X},
        ["1", "2"],
        ["x", "x"],
        "a:1 b:2",
    ),
    Row(
        "a workflow that is repeated begins anew",
        {
            "m": flow(call("a", "w", [to("b", "$outputs.s == 'y'"), to("a", "$outputs.s == 'x'")]), step("b")),
            "w": sub(step("w1"), step("x")),
        },
        ["1", "x", "1", "y", "2"],
        ["w1", "x", 5, "w1", "x", "b"],
        "a:y b:2",
    ),
    Row("recursion is bounded", {"m": sub(call("x", "m"))}, [], [], "StepBudgetSpent", {"max_depth": 3}),
    Row(
        "recursion that ends",
        {"m": sub(step("b", [end(on="s=stop")]), call("x", "m"), s="$steps.b.outputs.s")},
        ["go", "go", "stop"],
        ["b", "b", "b"],
        "s:go",
        {"max_depth": 3},
    ),
    # Going over to a workflow (ACT-11, ACT-12, AMB-37)
    Row(
        "goto a workflow gives its outputs",
        {"m": flow(step("a", [over("w")]), step("b")), "w": GET_X},
        ["1", "x"],
        ["a", "x"],
        "s:x",
    ),
    Row(
        "only where criteria hold",
        {"m": flow(step("a", [over("w", "s=y")]), step("b")), "w": GET_X},
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
    Row(
        "with parameters of the action",
        {
            "m": flow(step("a", [over("w", i="$steps.a.outputs.s")])),
            "w": sub(step("x"), s="$inputs.i", inputs=text_inputs("i")),
        },
        ["1", "x"],
        ["a", "x"],
        "s:1",
    ),
    Row("after a failure", {"m": flow(step("a", failure=[over("w")])), "w": GET_X}, [500, "x"], ["a", "x"], "s:x"),
    Row(
        "its failure is the run's",
        {"m": flow(step("a", [over("w")])), "w": GET_X},
        ["1", 500],
        ["a", "x"],
        "StepFailed:x",
    ),
    Row(
        "from there to another one",
        {
            "m": flow(step("a", [over("w")])),
            "w": sub(step("x", [over("v")])),
            "v": sub(step("y"), s="$steps.y.outputs.s"),
        },
        ["1", "2", "3"],
        ["a", "x", "y"],
        "s:3",
    ),
    Row(
        "a circle of workflows is bounded",
        {"m": flow(step("a", [over("w")])), "w": sub(step("x", [over("m")]))},
        ["1"] * 9,
        ["a", "x", "a"],
        "StepBudgetSpent",
        {"max_depth": 2},
    ),
    Row(
        "a step whose workflow goes over",
        {
            "m": flow(call("a", "w"), step("b")),
            "w": sub(step("x", [over("v")])),
            "v": sub(step("y"), s="$steps.y.outputs.s"),
        },
        ["1", "2", "3"],
        ["x", "y", "b"],
        "a:2 b:3",
    ),
    # dependsOn (DEP-01 to DEP-07, AMB-35, AMB-36)
    Row("a dependency runs before", {"m": flow(step("a"), dependsOn=["w"]), "w": GET_X}, ["x", "1"], ["x", "a"], "a:1"),
    Row(
        "its outputs can be read",
        {"m": {**flow(step("a"), dependsOn=["w"]), "outputs": {"o": "$workflows.w.outputs.s"}}, "w": GET_X},
        ["x", "1"],
        ["x", "a"],
        "o:x",
    ),
    Row(
        "its failure fails the run before its steps",
        {"m": flow(step("a"), dependsOn=["w"]), "w": GET_X},
        [500],
        ["x"],
        "StepFailed:x",
    ),
    Row(
        "in order",
        {"m": flow(step("a"), dependsOn=["w", "v"]), "w": GET_X, "v": sub(step("y"), s="$steps.y.outputs.s")},
        ["1", "2", "3"],
        ["x", "y", "a"],
        "a:3",
    ),
    Row(
        "a dependency of a dependency",
        {
            "m": flow(step("a"), dependsOn=["w"]),
            "w": sub(step("x"), dependsOn=["v"]),
            "v": sub(step("y"), s="$steps.y.outputs.s"),
        },
        ["1", "2", "3"],
        ["y", "x", "a"],
        "a:3",
    ),
    Row(
        "a diamond runs its base once",
        {
            "m": flow(step("a"), dependsOn=["l", "r"]),
            "l": sub(step("x"), dependsOn=["base"]),
            "r": sub(step("y"), s="$steps.y.outputs.s", dependsOn=["base"]),
            "base": sub(step("z"), s="$steps.z.outputs.s"),
        },
        ["1", "2", "3", "4"],
        ["z", "x", "y", "a"],
        "a:4",
    ),
    Row(
        "a dependency's retries",
        {"m": flow(step("a"), dependsOn=["w"]), "w": sub(step("x", failure=[again(1, 3)]))},
        [500, "x", "1"],
        ["x", 3, "x", "a"],
        "a:1",
    ),
    Row(
        "a workflow with a dependency as a step",
        {"m": flow(call("a", "w")), "w": sub(step("x"), dependsOn=["v"]), "v": sub(step("y"), s="$steps.y.outputs.s")},
        ["1", "2"],
        ["y", "x"],
        "a:2",
    ),
    Row("a step that another one needs", [step("a"), step("b", dependsOn=["a"])], ["1", "2"], ["a", "b"], "a:1 b:2"),
    Row(
        "one that has not run",
        [step("a", [to("c", "s=x")]), step("b"), step("c", dependsOn=["b"])],
        ["x"],
        ["a"],
        "RequestNotSent",
    ),
    Row(
        "one that has run",
        [step("a", [to("c", "s=x")]), step("b"), step("c", dependsOn=["b"])],
        ["1", "2", "3"],
        ["a", "b", "c"],
        "a:1 b:2 c:3",
    ),
    Row(
        "one that has failed",
        [step("a", failure=[to("b")]), step("b", dependsOn=["a"])],
        [500],
        ["a"],
        "RequestNotSent",
    ),
    # Time (TIME-01, TIME-02, AMB-40); the clock of the wire is in test_flow.py
    Row("a timeout fails the attempt", [step("a", timeout=50)], ["?"], ["a"], "StepFailed:a"),
    Row(
        "a timeout is retried",
        [step("a", failure=[again(2, 1)], timeout=50)],
        ["?", "?", "1"],
        ["a", 1, "a", 1, "a"],
        "a:1",
    ),
    Row(
        "a timeout goes elsewhere",
        [step("a", failure=[to("b", "$statusCode == null")], timeout=50), step("b")],
        ["?", "2"],
        ["a", "b"],
        "b:2",
    ),
]

ROWS += [
    Row(
        "a name in both lists is two actions",
        [step("a", [again(2, 1, "s=w")], [again(1, 2)])],
        ["w", 500, "w", 500],
        ["a", 1, "a", 2, "a", 1, "a"],
        "StepFailed:a",
    ),
    Row(
        "what a failed step needs to have done",
        [step("a", failure=[to("b")]), step("b", dependsOn=["a"])],
        ["1", "2"],
        ["a", "b"],
        "a:1 b:2",
    ),
]
