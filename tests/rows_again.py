"""Conformance rows: what a step sees that is retried by way of a workflow or of another step."""

from __future__ import annotations

from typing import Any

from flow_language import GET_X, Row, again, asks, call, end, flow, over, step, sub, text_inputs, to

LATEST = "$workflows.w.outputs.s"
GIVEN = "$workflows.w.inputs.i"
GET_Y = sub(step("y"), s="$steps.y.outputs.s")
ASK_X = sub(asks("x", "$inputs.i"), inputs=text_inputs("i"))
USUAL_X = sub(step("x"), inputs=text_inputs(i="usual"))
GOES_OVER = sub(step("x", [over("v")]))
GOES_OVER_IF = sub(step("x", [over("v", "s=go")]))


def tried(*steps: Any, needs: Any = (), **retry: Any) -> dict[str, Any]:
    """A step `a` that asks for the latest output of `w`, with a retry; further steps follow."""
    made = flow(asks("a", LATEST, failure=[again(**{"limit": 1, "workflowId": "w", **retry})]), *steps)
    return {**made, "dependsOn": list(needs)} if needs else made


def giving(made: dict[str, Any], **outputs: str) -> dict[str, Any]:
    """The workflow with other outputs."""
    return {**made, "outputs": outputs}


def given(value: Any, name: str = "i") -> dict[str, Any]:
    return {"parameters": [{"name": name, "value": value}]}


ROWS: list[Row] = [
    # A retry by way of a workflow (AMB-13, AMB-68)
    Row("a retry sees what it ran", {"m": tried(), "w": GET_X}, [500, "t", "1"], ["a", "x", "a?q=t"], "a:1"),
    Row(
        "each retry sees its own run",
        {"m": tried(limit=2), "w": GET_X},
        [500, "t", 500, "u", "1"],
        ["a", "x", "a?q=t", "x", "a?q=u"],
        "a:1",
    ),
    Row(
        "after the wait",
        {"m": tried(after=3), "w": GET_X},
        [500, "t", "1"],
        ["a", 3, "x", "a?q=t"],
        "a:1",
    ),
    Row(
        "a dependency that is run again",
        {"m": tried(needs="w"), "w": GET_X},
        ["t", 500, "u", "1"],
        ["x", "a?q=t", "x", "a?q=u"],
        "a:1",
    ),
    Row(
        "a run that fails leaves what there was",
        {"m": tried(needs="w"), "w": GET_X},
        ["t", 500, 500, "1"],
        ["x", "a?q=t", "x", "a?q=t"],
        "a:1",
    ),
    Row("a run that fails leaves nothing", {"m": tried(), "w": GET_X}, [500, 500, "1"], ["a", "x", "a"], "a:1"),
    Row(
        "a run that fails, then one that does not",
        {"m": tried(limit=2), "w": GET_X},
        [500, 500, 500, "t", "1"],
        ["a", "x", "a", "x", "a?q=t"],
        "a:1",
    ),
    Row("no retry, nothing to see", {"m": tried(), "w": GET_X}, ["1"], ["a"], "a:1"),
    Row(
        "no retry is left",
        {"m": tried(), "w": GET_X},
        [500, "t", 500],
        ["a", "x", "a?q=t"],
        "StepFailed:a",
    ),
    Row(
        "steps that follow see it, too",
        {"m": tried(asks("b", LATEST)), "w": GET_X},
        [500, "t", "1", "2"],
        ["a", "x", "a?q=t", "b?q=t"],
        "a:1 b:2",
    ),
    Row(
        "the outputs of the workflow see it, too",
        {"m": giving(tried(), o=LATEST), "w": GET_X},
        [500, "t", "1"],
        ["a", "x", "a?q=t"],
        "o:t",
    ),
    Row(
        "a retry where criteria hold",
        {"m": tried(on="401"), "w": GET_X},
        [401, "t", 500],
        ["a", "x", "a?q=t"],
        "StepFailed:a",
    ),
    Row(
        "two ways of trying again",
        {
            "m": flow(
                asks(
                    "a",
                    LATEST,
                    failure=[again(1, on="401", name="one", workflowId="w"), again(1, name="two", workflowId="v")],
                )
            ),
            "w": GET_X,
            "v": GET_Y,
        },
        [401, "t", 401, "v", "1"],
        ["a", "x", "a?q=t", "y", "a?q=t"],
        "a:1",
    ),
    Row(
        "the visit that follows still knows",
        {
            "m": flow(asks("a", LATEST, [to("b", "s=done"), to("a", "s=work")], [again(1, workflowId="w")]), step("b")),
            "w": GET_X,
        },
        [500, "t", "work", "done", "2"],
        ["a", "x", "a?q=t", 5, "a?q=t", "b"],
        "a:done b:2",
    ),
    Row(
        "parameters read what failed",
        {"m": flow(step("a", failure=[again(1, workflowId="w", **given("$steps.a.outputs.s"))])), "w": ASK_X},
        [(500, "why"), "t", "1"],
        ["a", "x?q=why", "a"],
        "a:1",
    ),
    Row(
        "parameters read the latest failure",
        {"m": flow(step("a", failure=[again(2, workflowId="w", **given("$steps.a.outputs.s"))])), "w": ASK_X},
        [(500, "why"), "t", (500, "how"), "u", "1"],
        ["a", "x?q=why", "a", "x?q=how", "a"],
        "a:1",
    ),
    Row(
        "parameters read the response that failed",
        {
            "m": flow(step("a", failure=[again(2, workflowId="w", **given("$response.body#/s"))], outputs={})),
            "w": ASK_X,
        },
        [(500, "why"), "t", (500, "how"), "u", "1"],
        ["a", "x?q=why", "a", "x?q=how", "a"],
        "",
    ),
    Row(
        "the response of another attempt is no longer read",
        {"m": flow(step("a", failure=[again(2, workflowId="w", **given("$response.body#/s"))])), "w": ASK_X},
        [(500, "why"), "t", 500, "u", "1"],
        ["a", "x?q=why", "a", "x", "a"],
        "a:1",
    ),
    Row(
        "without a response nothing is read",
        {"m": flow(step("a", failure=[again(1, workflowId="w", **given("$response.body#/s"))])), "w": ASK_X},
        ["!", "t", "1"],
        ["a", "x", "a"],
        "a:1",
    ),
    Row(
        "parameters read what the workflow gave that failed",
        {
            "m": flow(call("a", "v", failure=[again(1, workflowId="w", **given("$outputs.s"))])),
            "v": sub(step("y"), step("z", failure=[end()]), s="$steps.y.outputs.s"),
            "w": ASK_X,
        },
        ["early", 500, "t", "1", "2"],
        ["y", "z", "x?q=early", "y", "z"],
        "a:1",
    ),
    Row(
        "by the name of that workflow, too",
        {
            "m": flow(call("a", "v", failure=[again(1, workflowId="w", **given("$workflows.v.outputs.s"))])),
            "v": sub(step("y"), step("z", failure=[end()]), s="$steps.y.outputs.s"),
            "w": ASK_X,
        },
        ["early", 500, "t", "1", "2"],
        ["y", "z", "x?q=early", "y", "z"],
        "a:1",
    ),
    Row(
        "a failure that says nothing",
        {"m": flow(step("a", failure=[again(1, workflowId="w", **given("$steps.a.outputs.s"))])), "w": ASK_X},
        [500, "t", "1"],
        ["a", "x", "a"],
        "a:1",
    ),
    Row(
        "parameters read the run before",
        {"m": tried(limit=2, **given(LATEST)), "w": ASK_X},
        [500, "t", 500, "u", "1"],
        ["a", "x", "a?q=t", "x?q=t", "a?q=u"],
        "a:1",
    ),
    Row(
        "parameters read another step",
        {
            "m": flow(step("b"), asks("a", LATEST, failure=[again(1, workflowId="w", **given("$steps.b.outputs.s"))])),
            "w": ASK_X,
        },
        ["2", 500, "t", "1"],
        ["b", "a", "x?q=2", "a?q=t"],
        "a:1 b:2",
    ),
    Row(
        "what the run was given can be read",
        {
            "m": giving(flow(step("a", failure=[again(1, workflowId="w", **given("$steps.a.outputs.s"))])), o=GIVEN),
            "w": ASK_X,
        },
        [(500, "why"), "t", "1"],
        ["a", "x?q=why", "a"],
        "o:why",
    ),
    Row(
        "what a run that failed was given, too",
        {
            "m": giving(
                flow(step("a", failure=[again(1, workflowId="w", **given("$steps.a.outputs.s"))])), o=GIVEN, p=LATEST
            ),
            "w": ASK_X,
        },
        [(500, "why"), 500, "1"],
        ["a", "x?q=why", "a"],
        "o:why",
    ),
    Row(
        "a workflow that goes over",
        {"m": tried(), "w": GOES_OVER, "v": GET_Y},
        [500, "1", "t", "2"],
        ["a", "x", "y", "a?q=t"],
        "a:2",
    ),
    Row(
        "a workflow whose dependency is the run's, too",
        {
            "m": {**flow(asks("a", LATEST, failure=[again(1, workflowId="e")])), "dependsOn": ["w"]},
            "w": GET_X,
            "e": {**GET_Y, "dependsOn": ["w"]},
        },
        ["t", 500, "u", "e", "1"],
        ["x", "a?q=t", "x", "y", "a?q=u"],
        "a:1",
    ),
    Row(
        "a workflow that fails when its dependency has run again",
        {
            "m": {**flow(asks("a", LATEST, failure=[again(1, workflowId="e")])), "dependsOn": ["w"]},
            "w": GET_X,
            "e": {**GET_Y, "dependsOn": ["w"]},
        },
        ["t", 500, "u", 500, "1"],
        ["x", "a?q=t", "x", "y", "a?q=u"],
        "a:1",
    ),
    Row(
        "a workflow whose dependency fails",
        {
            "m": {**flow(asks("a", LATEST, failure=[again(1, workflowId="e")])), "dependsOn": ["w"]},
            "w": GET_X,
            "e": {**GET_Y, "dependsOn": ["w"]},
        },
        ["t", 500, 500, "1"],
        ["x", "a?q=t", "x", "a?q=t"],
        "a:1",
    ),
    # A retry by way of a step (AMB-68)
    Row(
        "an earlier step is run again",
        [step("b"), asks("a", "$steps.b.outputs.s", failure=[again(1, stepId="b")])],
        ["t", 500, "u", "1"],
        ["b", "a?q=t", "b", "a?q=u"],
        "a:1 b:u",
    ),
    Row(
        "an earlier step that fails leaves what it gave",
        [step("b"), asks("a", "$steps.b.outputs.s", failure=[again(1, stepId="b")])],
        ["t", 500, 500, "1"],
        ["b", "a?q=t", "b", "a?q=t"],
        "a:1 b:t",
    ),
    Row(
        "an earlier step, each time",
        [step("b"), asks("a", "$steps.b.outputs.s", failure=[again(2, stepId="b")])],
        ["t", 500, "u", 500, "v", "1"],
        ["b", "a?q=t", "b", "a?q=u", "b", "a?q=v"],
        "a:1 b:v",
    ),
    Row(
        "a step before reads what failed",
        [step("a", failure=[again(1, stepId="b")]), asks("b", "$steps.a.outputs.s")],
        [(500, "why"), "2", "1", "3"],
        ["a", "b?q=why", "a", "b?q=1"],
        "a:1 b:3",
    ),
    Row(
        "a step before is retried with what failed",
        [step("a", failure=[again(1, stepId="b")]), asks("b", "$steps.a.outputs.s", failure=[again(1, 2)])],
        [(500, "why"), 500, "2", "1", "3"],
        ["a", "b?q=why", 2, "b?q=why", "a", "b?q=1"],
        "a:1 b:3",
    ),
    Row(
        "a step reads its own attempt before",
        [asks("a", "$steps.a.outputs.s", failure=[again(1, stepId="b")]), step("b")],
        [(500, "why"), "2", "1", "3"],
        ["a", "b", "a?q=why", "b"],
        "a:1 b:3",
    ),
    Row(
        "not without leaving the step",
        [asks("a", "$steps.a.outputs.s", failure=[again(1)])],
        [(500, "why"), "1"],
        ["a", "a"],
        "a:1",
    ),
    Row(
        "a step that calls a dependency",
        {
            "m": {**flow(asks("a", LATEST, failure=[again(1, stepId="c")]), call("c", "w")), "dependsOn": ["w"]},
            "w": GET_X,
        },
        ["t", 500, "u", "1", "v"],
        ["x", "a?q=t", "x", "a?q=u", "x"],
        "a:1 c:v",
    ),
    Row(
        "a step that calls a workflow",
        {"m": flow(asks("a", LATEST, failure=[again(1, stepId="c")]), call("c", "w")), "w": GET_X},
        [500, "u", "1", "v"],
        ["a", "x", "a?q=u", "x"],
        "a:1 c:v",
    ),
    Row(
        "what a step before a retry has done counts for those that need it",
        [step("a", failure=[again(1, stepId="c")]), step("b", dependsOn=["a"]), step("c")],
        [500, "c", "1", "2", "3"],
        ["a", "c", "a", "b", "c"],
        "a:1 b:2 c:3",
    ),
    Row(
        "a failed step is not done for those that need it",
        [step("a", failure=[again(1, stepId="c"), to("b")]), step("c"), step("b", dependsOn=["a"])],
        [(500, "why"), "c", (500, "how")],
        ["a", "c", "a"],
        "RequestNotSent",
    ),
]
