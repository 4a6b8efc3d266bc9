"""Conformance rows: values of workflows that have run, as a step or as a dependency."""

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


def asks_for(value: Any) -> dict[str, Any]:
    """A workflow that sends a value."""
    return sub(asks("y", value), s="$steps.y.outputs.s")


def giving(made: dict[str, Any], **outputs: str) -> dict[str, Any]:
    """The workflow with other outputs."""
    return {**made, "outputs": outputs}


def given(value: Any, name: str = "i") -> dict[str, Any]:
    return {"parameters": [{"name": name, "value": value}]}


ROWS: list[Row] = [
    # Values of a workflow that a step has called (AMB-62)
    Row(
        "after a step that calls it",
        {"m": flow(call("a", "w"), asks("b", LATEST)), "w": GET_X},
        ["1", "2"],
        ["x", "b?q=1"],
        "a:1 b:2",
    ),
    Row(
        "as an output",
        {"m": giving(flow(call("a", "w")), o=LATEST), "w": GET_X},
        ["1"],
        ["x"],
        "o:1",
    ),
    Row(
        "after two steps that call it",
        {"m": flow(call("a", "w"), asks("b", LATEST), call("c", "w"), asks("d", LATEST)), "w": GET_X},
        ["1", "2", "3", "4"],
        ["x", "b?q=1", "x", "d?q=3"],
        "a:1 b:2 c:3 d:4",
    ),
    Row(
        "its inputs",
        {"m": giving(flow(call("a", "w", i="given")), o=GIVEN), "w": ASK_X},
        ["1"],
        ["x?q=given"],
        "o:given",
    ),
    Row("its defaults", {"m": giving(flow(call("a", "w")), o=GIVEN), "w": USUAL_X}, ["1"], ["x"], "o:usual"),
    Row(
        "its inputs in a request",
        {"m": flow(call("a", "w", i="given"), asks("b", GIVEN)), "w": ASK_X},
        ["1", "2"],
        ["x?q=given", "b?q=given"],
        "a:1 b:2",
    ),
    Row(
        "the inputs of the latest call",
        {"m": giving(flow(call("a", "w", i="one"), call("b", "w", i="$steps.a.outputs.s")), o=GIVEN), "w": ASK_X},
        ["1", "2"],
        ["x?q=one", "x?q=1"],
        "o:1",
    ),
    Row(
        "the step's own inputs in its criteria",
        {"m": flow(call("a", "w", [end(on=f"{GIVEN} == 'given'")], i="given"), step("b")), "w": ASK_X},
        ["1"],
        ["x?q=given"],
        "a:1",
    ),
    Row(
        "the step's own inputs as an output",
        {"m": flow({**call("a", "w", i="given"), "outputs": {"s": GIVEN}}), "w": ASK_X},
        ["1"],
        ["x?q=given"],
        "a:given",
    ),
    Row(
        "the step's own default as an output",
        {"m": flow({**call("a", "w"), "outputs": {"s": GIVEN}}), "w": USUAL_X},
        ["1"],
        ["x"],
        "a:usual",
    ),
    Row(
        "a call that is passed over",
        {"m": flow(step("a", [to("c", "s=x")]), call("b", "w"), asks("c", LATEST)), "w": GET_X},
        ["x", "3"],
        ["a", "c"],
        "a:x c:3",
    ),
    Row(
        "a call that fails",
        {
            "m": giving(flow(call("a", "w", failure=[to("b")], i="given"), asks("b", LATEST)), o=LATEST, p=GIVEN),
            "w": ASK_X,
        },
        [500, "2"],
        ["x?q=given", "b"],
        "p:given",
    ),
    Row(
        "a call that fails after one that did not",
        {
            "m": giving(
                flow(call("a", "w", i="one"), call("b", "w", failure=[to("c")], i="two"), asks("c", LATEST)), p=GIVEN
            ),
            "w": ASK_X,
        },
        ["1", 500, "3"],
        ["x?q=one", "x?q=two", "c?q=1"],
        "p:two",
    ),
    Row(
        "in criteria of a later step",
        {"m": flow(call("a", "w"), step("b", [to("d", f"{LATEST} == 'x'")]), step("c"), step("d")), "w": GET_X},
        ["x", "2", "4"],
        ["x", "b", "d"],
        "a:x b:2 d:4",
    ),
    Row(
        "in success criteria of a later step",
        {"m": flow(call("a", "w"), step("b", successCriteria=[{"condition": f"{LATEST} == 'y'"}])), "w": GET_X},
        ["x", "2"],
        ["x", "b"],
        "StepFailed:b",
    ),
    Row(
        "as outputs of a later step",
        {"m": flow(call("a", "w"), step("b", outputs={"s": LATEST})), "w": GET_X},
        ["x", "2"],
        ["x", "b"],
        "a:x b:x",
    ),
    Row(
        "as an input of another workflow",
        {
            "m": flow(call("a", "w"), call("b", "v", i=LATEST)),
            "w": GET_X,
            "v": sub(asks("y", "$inputs.i"), s="$steps.y.outputs.s", inputs=text_inputs("i")),
        },
        ["1", "2"],
        ["x", "y?q=1"],
        "a:1 b:2",
    ),
    Row(
        "as an input of its own next run",
        {"m": flow(call("a", "w", i="one"), call("b", "w", i=LATEST)), "w": ASK_X},
        ["1", "2"],
        ["x?q=one", "x?q=1"],
        "a:1 b:2",
    ),
    Row(
        "as an input of the workflow that the run goes over to",
        {
            "m": flow(call("a", "w"), step("b", [over("v", i=LATEST)])),
            "w": GET_X,
            "v": sub(asks("y", "$inputs.i"), s="$steps.y.outputs.s", inputs=text_inputs("i")),
        },
        ["1", "2", "3"],
        ["x", "b", "y?q=1"],
        "s:3",
    ),
    Row(
        "from the step that calls it",
        {
            "m": flow(call("a", "w", [over("v", i=LATEST)])),
            "w": GET_X,
            "v": sub(asks("y", "$inputs.i"), s="$steps.y.outputs.s", inputs=text_inputs("i")),
        },
        ["1", "3"],
        ["x", "y?q=1"],
        "s:3",
    ),
    Row(
        "in a loop that makes progress",
        {
            "m": flow(
                asks("a", LATEST), call("b", "w", [end(on="$outputs.s == 'last'"), to("a", "$outputs.s == 'next'")])
            ),
            "w": GET_X,
        },
        ["1", "next", "2", "last"],
        ["a", "x", "a?q=next", "x"],
        "a:2 b:last",
    ),
    Row(
        "each workflow knows its own runs",
        {
            "m": flow(call("a", "w"), call("b", "n"), asks("c", LATEST)),
            "n": sub(call("x", "w"), asks("z", LATEST), s="$steps.z.outputs.s"),
            "w": GET_X,
        },
        ["1", "2", "3", "4"],
        ["x", "x", "z?q=2", "c?q=1"],
        "a:1 b:3 c:4",
    ),
    Row(
        "a workflow that goes over gives what the other one gives",
        {"m": flow(call("a", "w"), asks("b", LATEST)), "w": GOES_OVER, "v": GET_Y},
        ["1", "2", "3"],
        ["x", "y", "b?q=2"],
        "a:2 b:3",
    ),
    Row(
        "what the other one does not have is null",
        {
            "m": flow(call("a", "w"), asks("b", LATEST)),
            "w": GOES_OVER,
            "v": {"steps": [step("y")], "outputs": {"t": "$steps.y.outputs.s"}},
        },
        ["1", "2", "3"],
        ["x", "y", "b"],
        "b:3",
    ),
    # Values of dependencies (AMB-35, AMB-62)
    Row(
        "a dependency in a request",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]}, "w": GET_X},
        ["t", "1"],
        ["x", "a?q=t"],
        "a:1",
    ),
    Row(
        "a dependency of a dependency in a request",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["v"]}, "v": {**GET_Y, "dependsOn": ["w"]}, "w": GET_X},
        ["t", "u", "1"],
        ["x", "y", "a?q=t"],
        "a:1",
    ),
    Row(
        "the inputs of a dependency",
        {"m": {**giving(flow(step("a")), o=GIVEN), "dependsOn": ["w"], "inputs": text_inputs(i="mine")}, "w": ASK_X},
        ["t", "1"],
        ["x?q=mine", "a"],
        "o:mine",
    ),
    Row(
        "the defaults of a dependency",
        {"m": {**giving(flow(step("a")), o=GIVEN), "dependsOn": ["w"]}, "w": USUAL_X},
        ["t", "1"],
        ["x", "a"],
        "o:usual",
    ),
    Row(
        "a dependency that a step calls again",
        {"m": {**flow(call("a", "w", i="two"), asks("b", LATEST), asks("c", GIVEN)), "dependsOn": ["w"]}, "w": ASK_X},
        ["t", "u", "2", "3"],
        ["x", "x?q=two", "b?q=u", "c?q=two"],
        "a:u b:2 c:3",
    ),
    Row(
        "a dependency that a called workflow has, too, runs once",
        {
            "m": {**flow(call("a", "v"), asks("b", LATEST)), "dependsOn": ["w"]},
            "v": {**GET_Y, "dependsOn": ["w"]},
            "w": GET_X,
        },
        ["t", "1", "2"],
        ["x", "y", "b?q=t"],
        "a:1 b:2",
    ),
    Row(
        "it runs once for all that are called",
        {
            "m": flow(call("a", "v"), call("b", "v"), dependsOn=["w"]),
            "v": {**asks_for(LATEST), "dependsOn": ["w"]},
            "w": GET_X,
        },
        ["t", "1", "2"],
        ["x", "y?q=t", "y?q=t"],
        "a:1 b:2",
    ),
    Row(
        "a dependency of a dependency runs once",
        {
            "m": flow(call("a", "v"), dependsOn=["u"]),
            "v": {**asks_for("$workflows.u.outputs.s"), "dependsOn": ["u"]},
            "u": {**sub(step("z"), s="$steps.z.outputs.s"), "dependsOn": ["w"]},
            "w": GET_X,
        },
        ["t", "1", "2"],
        ["x", "z", "y?q=1"],
        "a:2",
    ),
    Row(
        "a dependency of what the run goes over to",
        {
            "m": flow(step("a", [over("v")]), dependsOn=["w"]),
            "v": {**asks_for(LATEST), "dependsOn": ["w"]},
            "w": GET_X,
        },
        ["t", "1", "2"],
        ["x", "a", "y?q=t"],
        "s:2",
    ),
    Row(
        "a dependency with the same input",
        {
            "m": flow(call("a", "v", i="$inputs.i"), dependsOn=["w"], inputs=text_inputs(i="mine")),
            "v": {**asks_for(LATEST), "dependsOn": ["w"], "inputs": text_inputs("i")},
            "w": ASK_X,
        },
        ["t", "1"],
        ["x?q=mine", "y?q=t"],
        "a:1",
    ),
    Row(
        "a dependency with another input is another run",
        {
            "m": flow(call("a", "v", i="other"), dependsOn=["w"], inputs=text_inputs(i="mine")),
            "v": {**asks_for(LATEST), "dependsOn": ["w"], "inputs": text_inputs("i")},
            "w": ASK_X,
        },
        ["t", "u", "1"],
        ["x?q=mine", "x?q=other", "y?q=u"],
        "a:1",
    ),
    Row(
        "a dependency that is called with another input is not what others need",
        {
            "m": flow(call("a", "w", i="other"), call("b", "v"), dependsOn=["w"], inputs=text_inputs(i="mine")),
            "v": {**asks_for(LATEST), "dependsOn": ["w"]},
            "w": ASK_X,
        },
        ["t", "u", "r", "1"],
        ["x?q=mine", "x?q=other", "x", "y?q=r"],
        "a:u b:1",
    ),
    # The outputs of a workflow that an action ends after a failure (AMB-08, AMB-33)
    Row(
        "outputs of a workflow that ends after a failure decide",
        {
            "m": flow(call("a", "v", failure=[to("b", "$outputs.s == 't'")]), step("c"), step("b")),
            "v": sub(step("x"), step("y", failure=[end()])),
        },
        ["t", 500, "1"],
        ["x", "y", "b"],
        "a:t b:1",
    ),
    Row(
        "they are the step's, too",
        {
            "m": flow(call("a", "v", failure=[to("b")]), asks("b", "$steps.a.outputs.s")),
            "v": sub(step("x"), step("y", failure=[end()])),
        },
        ["t", 500, "1"],
        ["x", "y", "b?q=t"],
        "a:t b:1",
    ),
    Row(
        "a workflow that fails without an action gives none",
        {"m": flow(call("a", "v", failure=[to("b")]), asks("b", "$steps.a.outputs.s")), "v": sub(step("x"), step("y"))},
        ["t", 500, "1"],
        ["x", "y", "b"],
        "b:1",
    ),
    # A dependency that goes over to another workflow (AMB-37)
    Row(
        "a dependency that goes over is completed",
        {"m": flow(step("a"), dependsOn=["w"]), "w": GOES_OVER, "v": GET_Y},
        ["1", "2", "3"],
        ["x", "y", "a"],
        "a:3",
    ),
    Row(
        "its outputs are those of the other one",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]}, "w": GOES_OVER, "v": GET_Y},
        ["1", "2", "3"],
        ["x", "y", "a?q=2"],
        "a:3",
    ),
    Row(
        "it may go over, and does",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]}, "w": GOES_OVER_IF, "v": GET_Y},
        ["go", "2", "3"],
        ["x", "y", "a?q=2"],
        "a:3",
    ),
    Row(
        "it may go over, and does not",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]}, "w": GOES_OVER_IF, "v": GET_Y},
        ["1", "3"],
        ["x", "a?q=1"],
        "a:3",
    ),
    Row(
        "it goes over twice",
        {
            "m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]},
            "w": GOES_OVER,
            "v": sub(step("y", [over("u")]), s="$steps.y.outputs.s"),
            "u": sub(step("z"), s="$steps.z.outputs.s"),
        },
        ["1", "2", "3", "4"],
        ["x", "y", "z", "a?q=3"],
        "a:4",
    ),
    Row(
        "it goes over after a failure",
        {"m": {**flow(asks("a", LATEST)), "dependsOn": ["w"]}, "w": sub(step("x", failure=[over("v")])), "v": GET_Y},
        [500, "2", "3"],
        ["x", "y", "a?q=2"],
        "a:3",
    ),
    Row(
        "it goes over, and fails there",
        {"m": flow(step("a"), dependsOn=["w"]), "w": GOES_OVER, "v": GET_Y},
        ["1", 500],
        ["x", "y"],
        "StepFailed:y",
    ),
    Row(
        "two need one that goes over",
        {
            "m": flow(asks("a", LATEST), dependsOn=["l", "w"]),
            "l": sub(asks("z", LATEST), s="$steps.z.outputs.s", dependsOn=["w"]),
            "w": GOES_OVER,
            "v": GET_Y,
        },
        ["1", "2", "3", "4"],
        ["x", "y", "z?q=2", "a?q=2"],
        "a:4",
    ),
    Row(
        "it goes over, and is run again",
        {"m": tried(needs="w"), "w": GOES_OVER_IF, "v": GET_Y},
        ["go", "t", 500, "u", "1"],
        ["x", "y", "a?q=t", "x", "a?q=u"],
        "a:1",
    ),
]
