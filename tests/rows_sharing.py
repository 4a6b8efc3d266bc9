"""Conformance rows: dependencies that several workflows of one run have, and what is known of them (AMB-36, AMB-62)."""

from __future__ import annotations

from typing import Any

from flow_language import GET_X, Row, again, asks, call, flow, over, step, sub, text_inputs, to

LATEST = "$workflows.w.outputs.s"
GIVEN = "$workflows.w.inputs.i"
ASK_X = sub(asks("x", "$inputs.i"), inputs=text_inputs("i"))
USUAL_X = sub(asks("x", "$inputs.i"), inputs=text_inputs(i="usual"))
USES = {**sub(asks("y", LATEST), s="$steps.y.outputs.s"), "dependsOn": ["w"]}
USES_I = {**USES, "inputs": text_inputs("i")}
CALLS_USES = sub(call("z", "u"), s="$steps.z.outputs.s")
MINE = text_inputs(i="mine")


def needs(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "dependsOn": ["w"]}


def both(name: str, success: Any = (), failure: Any = ()) -> dict[str, Any]:
    """A step that sends the latest output and the latest input of `w`."""
    parameters = [{"name": n, "in": "query", "value": v} for n, v in (("q", LATEST), ("r", GIVEN))]
    return step(name, success, failure, parameters=parameters)


VIA_U = again(1, workflowId="u", parameters=[{"name": "i", "value": "other"}])

ROWS: list[Row] = [
    # What is known of a dependency is of its latest run, inputs and outputs (AMB-62)
    Row(
        "both are of the run by a called workflow",
        {"m": needs(flow(call("a", "u", i="other"), both("b"), inputs=MINE)), "u": USES_I, "w": ASK_X},
        ["t", "v", "1", "2"],
        ["x?q=mine", "x?q=other", "y?q=v", "b?q=v&r=other"],
        "a:1 b:2",
    ),
    Row(
        "both are of the run before a retry",
        {"m": needs(flow(both("a", failure=[VIA_U]), inputs=MINE)), "u": USES_I, "w": ASK_X},
        ["t", 500, "v", "1", "2"],
        ["x?q=mine", "a?q=t&r=mine", "x?q=other", "y?q=v", "a?q=v&r=other"],
        "a:2",
    ),
    Row(
        "a run that fails has inputs and no outputs",
        {
            "m": needs(flow(call("a", "u", failure=[to("b")], i="other"), both("b"), inputs=MINE)),
            "u": USES_I,
            "w": ASK_X,
        },
        ["t", 500, "2"],
        ["x?q=mine", "x?q=other", "b?q=t&r=other"],
        "b:2",
    ),
    Row(
        "a called workflow reads the inputs of what it is given",
        {
            "m": needs(flow(call("a", "u", i="$inputs.i"), inputs=MINE)),
            "u": needs({**sub(both("y"), s="$steps.y.outputs.s"), "inputs": text_inputs("i")}),
            "w": ASK_X,
        },
        ["t", "1"],
        ["x?q=mine", "y?q=t&r=mine"],
        "a:1",
    ),
    # Runs by the steps of a workflow (AMB-68)
    Row(
        "a retry sees what a step of the workflow before it has run",
        {
            "m": needs(flow(asks("a", LATEST, failure=[again(1, workflowId="v")]))),
            "v": sub(call("z", "w"), s="$steps.z.outputs.s"),
            "w": GET_X,
        },
        ["t", 500, "n", "1"],
        ["x", "a?q=t", "x", "a?q=n"],
        "a:1",
    ),
    Row(
        "and two levels below",
        {
            "m": needs(flow(asks("a", LATEST, failure=[again(1, workflowId="k")]))),
            "k": sub(call("z", "v"), s="$steps.z.outputs.s"),
            "v": sub(call("z", "w"), s="$steps.z.outputs.s"),
            "w": GET_X,
        },
        ["t", 500, "n", "1"],
        ["x", "a?q=t", "x", "a?q=n"],
        "a:1",
    ),
    Row(
        "and as a dependency of what it calls",
        {
            "m": needs(flow(asks("a", LATEST, failure=[again(1, workflowId="v")]))),
            "v": CALLS_USES,
            "u": USES,
            "w": GET_X,
        },
        ["t", 500, "n", "k", "1"],
        ["x", "a?q=t", "x", "y?q=n", "a?q=n"],
        "a:1",
    ),
    Row(
        "a step sees what a step of a called workflow has run",
        {
            "m": needs(flow(call("a", "v"), asks("b", LATEST))),
            "v": sub(call("z", "w"), s="$steps.z.outputs.s"),
            "w": GET_X,
        },
        ["t", "n", "1"],
        ["x", "x", "b?q=n"],
        "a:n b:1",
    ),
    # One run of a dependency (AMB-36)
    Row(
        "two calls of what has a dependency",
        {"m": flow(call("a", "u"), call("b", "u")), "u": USES, "w": GET_X},
        ["t", "1", "2"],
        ["x", "y?q=t", "y?q=t"],
        "a:1 b:2",
    ),
    Row(
        "two that have the same one",
        {
            "m": flow(call("a", "u"), call("b", "k")),
            "u": USES,
            "k": needs(sub(asks("x", LATEST))),
            "w": sub(step("z"), s="$steps.z.outputs.s"),
        },
        ["t", "1", "2"],
        ["z", "y?q=t", "x?q=t"],
        "a:1 b:2",
    ),
    Row(
        "a call in a loop",
        {"m": flow(call("a", "u"), step("b", [to("a", "s=go")])), "u": USES, "w": GET_X},
        ["t", "1", "go", "2", "3"],
        ["x", "y?q=t", "b", 5.0, "y?q=t", "b"],
        "a:2 b:3",
    ),
    Row(
        "a call that is tried again",
        {"m": flow(call("a", "u", failure=[again(1)])), "u": USES, "w": GET_X},
        ["t", 500, "1"],
        ["x", "y?q=t", "y?q=t"],
        "a:1",
    ),
    Row(
        "it is handed on by what does not need it",
        {"m": needs(flow(call("a", "v"))), "v": CALLS_USES, "u": USES, "w": GET_X},
        ["t", "1"],
        ["x", "y?q=t"],
        "a:1",
    ),
    Row(
        "through two workflows, and to what is gone over to",
        {
            "m": needs(flow(step("b", [over("k")]))),
            "k": sub(call("z", "v"), s="$steps.z.outputs.s"),
            "v": CALLS_USES,
            "u": USES,
            "w": GET_X,
        },
        ["t", "1", "2"],
        ["x", "b", "y?q=t"],
        "s:2",
    ),
    Row(
        "a call with other inputs is for itself",
        {
            "m": needs(
                flow(
                    call("a", "u", i="$inputs.i"), call("b", "u", i="other"), call("c", "u", i="$inputs.i"), inputs=MINE
                )
            ),
            "u": USES_I,
            "w": ASK_X,
        },
        ["t", "1", "o", "2", "3"],
        ["x?q=mine", "y?q=t", "x?q=other", "y?q=o", "y?q=t"],
        "a:1 b:2 c:3",
    ),
    Row(
        "and so is one that is called itself",
        {
            "m": needs(flow(call("a", "w", i="other"), call("b", "u", i="$inputs.i"), asks("c", LATEST), inputs=MINE)),
            "u": USES_I,
            "w": ASK_X,
        },
        ["t", "o", "1", "2"],
        ["x?q=mine", "x?q=other", "y?q=t", "c?q=o"],
        "a:o b:1 c:2",
    ),
    Row(
        "called itself with the same inputs it is the newer one",
        {
            "m": needs(flow(call("a", "w", i="$inputs.i"), call("b", "u", i="$inputs.i"), inputs=MINE)),
            "u": USES_I,
            "w": ASK_X,
        },
        ["t", "n", "1"],
        ["x?q=mine", "x?q=mine", "y?q=n"],
        "a:n b:1",
    ),
    Row(
        "a run before a retry is new, and handed on",
        {
            "m": needs(flow(asks("a", LATEST, failure=[again(1, workflowId="u")]), call("b", "u"))),
            "u": USES,
            "w": GET_X,
        },
        ["t", 500, "n", "k", "1", "2"],
        ["x", "a?q=t", "x", "y?q=n", "a?q=n", "y?q=n"],
        "a:1 b:2",
    ),
    Row(
        "before a retry with other inputs it is not handed on",
        {
            "m": needs(flow(asks("a", LATEST, failure=[VIA_U]), call("b", "u", i="$inputs.i"), inputs=MINE)),
            "u": USES_I,
            "w": ASK_X,
        },
        ["t", 500, "n", "k", "1", "2"],
        ["x?q=mine", "a?q=t", "x?q=other", "y?q=n", "a?q=n", "y?q=t"],
        "a:1 b:2",
    ),
    Row(
        "a default that is there and an input that is not",
        {"m": needs(flow(call("a", "u"), inputs=MINE)), "u": USES, "w": USUAL_X},
        ["t", "n", "1"],
        ["x?q=mine", "x?q=usual", "y?q=n"],
        "a:1",
    ),
    Row(
        "an input without which it could not run",
        {
            "m": needs(flow(call("a", "u"), inputs=MINE)),
            "u": USES,
            "w": sub(asks("x", "$inputs.i"), inputs=text_inputs("i", required=True)),
        },
        ["t", "1"],
        ["x?q=mine", "y?q=t"],
        "a:1",
    ),
]
