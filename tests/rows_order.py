"""Conformance rows: how runs end, what reaches called workflows, and the order of steps."""

from __future__ import annotations

from typing import Any

from flow_language import GET_X, Row, again, asks, call, end, flow, over, step, sub, text_inputs, to

ASK_X = sub(asks("x", "$inputs.i"), inputs=text_inputs("i"))
USUAL_X = sub(asks("x", "$inputs.i"), inputs=text_inputs(i="usual"))
OPEN_X = sub(asks("x", "$inputs.i"))
"""It declares no inputs."""
IN_QUERY = {"name": "i", "in": "query", "value": "all"}
IN_HEADER = {"name": "i", "in": "header", "value": "all"}


def sharing(made: dict[str, Any], *parameters: Any) -> dict[str, Any]:
    """The workflow with parameters of its own."""
    return {**made, "parameters": list(parameters)}


ROWS: list[Row] = [
    # `end` after a failure gives what is known, that of the failed step included (AMB-08, AMB-52)
    Row("end tells what failed", [step("a", failure=[end()])], [(500, "why")], ["a"], "StepFailed:a a:why"),
    Row("end has nothing to tell", [step("a", failure=[end()])], [500], ["a"], "StepFailed:a"),
    Row("end without an answer", [step("a", failure=[end()])], ["!"], ["a"], "StepFailed:a"),
    Row(
        "end tells what went before",
        [step("a"), step("b", failure=[end()])],
        ["1", (500, "why")],
        ["a", "b"],
        "StepFailed:b a:1 b:why",
    ),
    Row(
        "end tells what went before alone",
        [step("a"), step("b", failure=[end()])],
        ["1", 500],
        ["a", "b"],
        "StepFailed:b a:1",
    ),
    Row(
        "end after retries tells the latest attempt",
        [step("a", failure=[again(1, 2), end()])],
        [(500, "why"), (500, "how")],
        ["a", 2, "a"],
        "StepFailed:a a:how",
    ),
    Row(
        "end where criteria hold",
        [step("a", failure=[end(on="s=bad"), to("b")]), step("b")],
        [(500, "bad")],
        ["a"],
        "StepFailed:a a:bad",
    ),
    Row(
        "not where they do not",
        [step("a", failure=[end(on="s=bad"), to("b")]), step("b")],
        [(500, "odd"), "2"],
        ["a", "b"],
        "a:odd b:2",
    ),
    Row(
        "an end for all steps",
        {"m": {**flow(step("a"), step("b")), "failureActions": [end()]}},
        ["1", (500, "why")],
        ["a", "b"],
        "StepFailed:b a:1 b:why",
    ),
    Row(
        "an end for many steps",
        {"m": {**flow(*(step(n) for n in "abcd")), "failureActions": [again(1, on="503", name="r"), end()]}},
        ["1", "2", (503, "busy"), (500, "why")],
        ["a", "b", "c", "c"],
        "StepFailed:c a:1 b:2 c:why",
    ),
    Row(
        "a failure after a round that went well",
        [step("a", [to("b", "s=done"), to("a", "s=work")], [end()]), step("b")],
        ["work", (500, "why")],
        ["a", 5, "a"],
        "StepFailed:a a:why",
    ),
    Row(
        "a criterion that does not hold",
        [step("a", failure=[end()], successCriteria=[{"condition": "$response.body#/s == 'good'"}])],
        ["bad"],
        ["a"],
        "StepFailed:a a:bad",
    ),
    Row(
        "end of a step that calls a workflow",
        {
            "m": flow(
                step("b"), call("a", "w", failure=[end()], successCriteria=[{"condition": "$outputs.s == 'good'"}])
            ),
            "w": GET_X,
        },
        ["1", "bad"],
        ["b", "x"],
        "StepFailed:a a:bad b:1",
    ),
    Row(
        "end of a workflow that is called",
        {"m": flow(call("a", "w", failure=[end()])), "w": sub(step("x", failure=[end()]))},
        [(500, "why")],
        ["x"],
        "StepFailed:a a:why",
    ),
    Row(
        "end after a retry by way of a step",
        [step("a", failure=[again(1, stepId="b"), end()]), step("b")],
        [(500, "why"), "2", (500, "how")],
        ["a", "b", "a"],
        "StepFailed:a a:how b:2",
    ),
    Row("a failure that no action ends", [step("a")], [(500, "why")], ["a"], "StepFailed:a"),
    Row("end after a success", [step("a", [end()]), step("b")], ["1"], ["a"], "a:1"),
    # Parameters of a workflow are those of the workflows that its steps call (Arazzo 1.1.0, Parameter Object)
    Row(
        "a parameter of all steps is an input",
        {"m": sharing(flow(call("a", "w")), IN_QUERY), "w": ASK_X},
        ["1"],
        ["x?q=all"],
        "a:1",
    ),
    Row(
        "whatever its place",
        {"m": sharing(flow(call("a", "w")), IN_HEADER), "w": ASK_X},
        ["1"],
        ["x?q=all"],
        "a:1",
    ),
    Row(
        "without a place",
        {"m": sharing(flow(call("a", "w")), {"name": "i", "value": "all"}), "w": ASK_X},
        ["1"],
        ["x?q=all"],
        "a:1",
    ),
    Row(
        "requests have it as well",
        {"m": sharing(flow(step("b"), call("a", "w")), IN_QUERY), "w": ASK_X},
        ["2", "1"],
        ["b?i=all", "x?q=all"],
        "a:1 b:2",
    ),
    Row(
        "requests do not have one without a place",
        {"m": sharing(flow(step("b"), call("a", "w")), {"name": "i", "value": "all"}), "w": ASK_X},
        ["2", "1"],
        ["b", "x?q=all"],
        "a:1 b:2",
    ),
    Row(
        "the step has its own",
        {"m": sharing(flow(call("a", "w", i="own")), IN_QUERY), "w": ASK_X},
        ["1"],
        ["x?q=own"],
        "a:1",
    ),
    Row(
        "it overrules a default",
        {"m": sharing(flow(call("a", "w")), IN_QUERY), "w": USUAL_X},
        ["1"],
        ["x?q=all"],
        "a:1",
    ),
    Row(
        "a workflow that knows nothing of it",
        {"m": sharing(flow(call("a", "w")), IN_QUERY), "w": GET_X},
        ["1"],
        ["x"],
        "a:1",
    ),
    Row(
        "it is made from an input",
        {
            "m": {
                **sharing(flow(call("a", "w")), {"name": "i", "in": "query", "value": "$inputs.k"}),
                "inputs": text_inputs(k="mine"),
            },
            "w": ASK_X,
        },
        ["1"],
        ["x?q=mine"],
        "a:1",
    ),
    Row(
        "what an action runs does not have it",
        {"m": sharing(flow(step("b", failure=[again(1, workflowId="w")])), IN_QUERY), "w": USUAL_X},
        [500, "1", "2"],
        ["b?i=all", "x?q=usual", "b?i=all"],
        "b:2",
    ),
    Row(
        "what the run goes over to does not have it",
        {"m": sharing(flow(step("b", [over("w")])), IN_QUERY), "w": USUAL_X},
        ["2", "1"],
        ["b?i=all", "x?q=usual"],
        "s:1",
    ),
    Row(
        "its retry has it, too",
        {"m": sharing(flow(call("a", "w", failure=[again(1)])), IN_QUERY), "w": ASK_X},
        [500, "1"],
        ["x?q=all", "x?q=all"],
        "a:1",
    ),
    # Inputs that are not declared (AMB-67)
    Row(
        "an input that is not declared",
        {"m": flow(call("a", "w", i="given")), "w": OPEN_X},
        ["1"],
        ["x?q=given"],
        "a:1",
    ),
    Row(
        "an input that is not declared, from a parameter of all steps",
        {"m": sharing(flow(call("a", "w")), IN_QUERY), "w": OPEN_X},
        ["1"],
        ["x?q=all"],
        "a:1",
    ),
    Row(
        "an input that is not declared, read afterwards",
        {"m": {**flow(call("a", "w", i="given")), "outputs": {"o": "$workflows.w.inputs.i"}}, "w": OPEN_X},
        ["1"],
        ["x?q=given"],
        "o:given",
    ),
    Row(
        "an input that is not declared, before a retry",
        {
            "m": flow(
                step("a", failure=[again(1, workflowId="w", parameters=[{"name": "i", "value": "$steps.a.outputs.s"}])])
            ),
            "w": OPEN_X,
        },
        [(500, "why"), "t", "1"],
        ["a", "x?q=why", "a"],
        "a:1",
    ),
    Row(
        "an input that a failed attempt does not have: nothing runs before the retry",
        {
            "m": flow(
                step("a", failure=[again(1, workflowId="w", parameters=[{"name": "i", "value": "$steps.a.outputs.s"}])])
            ),
            "w": OPEN_X,
        },
        [500, "1"],
        ["a", "a"],
        "a:1",
    ),
    Row(
        "an input that one attempt has, read afterwards",
        {
            "m": {
                **flow(
                    step(
                        "a",
                        failure=[again(2, workflowId="w", parameters=[{"name": "i", "value": "$steps.a.outputs.s"}])],
                    )
                ),
                "outputs": {"o": "$workflows.w.inputs.i"},
            },
            "w": OPEN_X,
        },
        [(500, "why"), "t", 500, "1"],
        ["a", "x?q=why", "a", "a"],
        "o:why",
    ),
    Row(
        "a call without an input that it needs",
        {"m": flow(step("a", [to("c", "s=x")]), step("b"), call("c", "w", i="$steps.b.outputs.s")), "w": OPEN_X},
        ["x"],
        ["a"],
        "RequestNotSent",
    ),
    # Steps that need others (Arazzo 1.1.0, Step Dependencies and Execution Order; AMB-71)
    Row("a step that needs a later one", [step("a", dependsOn=["b"]), step("b")], ["1", "2"], ["b", "a"], "a:2 b:1"),
    Row(
        "a chain of steps",
        [step("a", dependsOn=["b"]), step("b", dependsOn=["c"]), step("c")],
        ["1", "2", "3"],
        ["c", "b", "a"],
        "a:3 b:2 c:1",
    ),
    Row(
        "the others keep their order",
        [step("a", dependsOn=["d"]), step("b"), step("c"), step("d")],
        ["1", "2", "3", "4"],
        ["b", "c", "d", "a"],
        "a:4 b:1 c:2 d:3",
    ),
    Row(
        "a step that needs two",
        [step("a", dependsOn=["c", "b"]), step("b"), step("c")],
        ["1", "2", "3"],
        ["b", "c", "a"],
        "a:3 b:1 c:2",
    ),
    Row(
        "outputs count as needs, too",
        [asks("a", "$steps.c.outputs.s"), step("b", dependsOn=["a"]), step("c")],
        ["1", "2", "3"],
        ["c", "a?q=1", "b"],
        "a:2 b:3 c:1",
    ),
    Row(
        "a step that needs a later one that fails",
        [step("a", dependsOn=["b"]), step("b")],
        [500],
        ["b"],
        "StepFailed:b",
    ),
    Row(
        "a later one is retried first",
        [step("a", dependsOn=["b"]), step("b", failure=[again(1, 2)])],
        [500, "1", "2"],
        ["b", 2, "b", "a"],
        "a:2 b:1",
    ),
    Row(
        "a goto decides on the order",
        [step("a", [to("c")]), step("b", [end()], dependsOn=["c"]), step("c", [to("b")])],
        ["1", "2", "3"],
        ["a", "c", 5, "b"],
        "a:1 b:3 c:2",
    ),
    Row(
        "a step of a workflow that is called",
        {"m": flow(call("a", "w"), step("b", dependsOn=["$workflows.w.steps.x"])), "w": GET_X},
        ["1", "2"],
        ["x", "b"],
        "a:1 b:2",
    ),
    Row(
        "a step of a workflow that is called later",
        {"m": flow(step("b", dependsOn=["$workflows.w.steps.x"]), call("a", "w")), "w": GET_X},
        ["1", "2"],
        ["x", "b"],
        "a:1 b:2",
    ),
    Row(
        "a step of a workflow that has failed",
        {"m": flow(call("a", "w", failure=[to("b")]), step("b", dependsOn=["$workflows.w.steps.x"])), "w": GET_X},
        [500],
        ["x"],
        "RequestNotSent",
    ),
    Row(
        "a step of a workflow that was passed over",
        {
            "m": flow(step("c", [to("b", "s=x")]), call("a", "w"), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": GET_X,
        },
        ["x"],
        ["c"],
        "RequestNotSent",
    ),
    Row(
        "a step of a workflow that was not passed over",
        {
            "m": flow(step("c", [to("b", "s=x")]), call("a", "w"), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": GET_X,
        },
        ["1", "2", "3"],
        ["c", "x", "b"],
        "a:2 b:3 c:1",
    ),
    Row(
        "a step of a workflow that is called twice",
        {
            "m": flow(call("a", "w", failure=[to("c")]), call("c", "w"), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": GET_X,
        },
        [500, "1", "2"],
        ["x", "x", "b"],
        "b:2 c:1",
    ),
    Row(
        "a step of a workflow that this one depends on",
        {"m": flow(step("b", dependsOn=["$workflows.w.steps.x"]), dependsOn=["w"]), "w": GET_X},
        ["1", "2"],
        ["x", "b"],
        "b:2",
    ),
    Row(
        "a step of a workflow that ran before a retry",
        {
            "m": flow(step("a", failure=[again(1, workflowId="w")]), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": GET_X,
        },
        [500, "1", "2", "3"],
        ["a", "x", "a", "b"],
        "a:2 b:3",
    ),
    Row(
        "a step of a workflow that no retry ran",
        {
            "m": flow(step("a", failure=[again(1, workflowId="w")]), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": GET_X,
        },
        ["1"],
        ["a"],
        "RequestNotSent",
    ),
    Row(
        "a step of a workflow that goes over",
        {
            "m": flow(call("a", "w"), step("b", dependsOn=["$workflows.w.steps.x"])),
            "w": sub(step("x", [over("v")])),
            "v": sub(step("y"), s="$steps.y.outputs.s"),
        },
        ["1", "2", "3"],
        ["x", "y", "b"],
        "a:2 b:3",
    ),
]
