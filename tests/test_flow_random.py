"""The rules of the flow on workflows that nobody thought of: generated modules and the evaluator agree."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from flow_evaluator import Answer
from flow_language import again, call, end, flow, over, step, sub, text_inputs, to
from flow_running import compiled, document_of, run_evaluator, run_module

STATUSES = st.sampled_from([200, 200, 200, 200, 404, 503, None])
CRITERIA = st.sampled_from([None, "s=x", "s=y", "200", "503", "!200"])
ANSWERS = st.lists(
    st.builds(Answer, STATUSES, st.sampled_from(["x", "y", None]), st.sampled_from([None, None, None, 2.0, 900.0])),
    max_size=14,
)
EXAMPLES = int(os.environ.get("FLOW_EXAMPLES", "300"))
"""How many workflows are tried; by hand, `FLOW_EXAMPLES=20000` (and -k random)."""


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A workflow of up to six steps with gotos, retries, ends and calls at random, and those that it runs.

    `w` may go over to `v` and has an input, `d` depends on `w`; the first workflow may depend on any of them.
    """
    names = [f"s{n}" for n in range(draw(st.integers(1, 6)))]
    others: list[str] = draw(st.sampled_from([[], ["w"], ["w", "d"], ["w", "d"]]))
    goes_back = draw(st.booleans())
    steps = [_step(draw, name, names, others, goes_back) for name in names]
    made = flow(*steps)
    if draw(st.booleans()) and others:
        made["dependsOn"] = draw(st.sampled_from([["w"], [others[-1]], others]))
    if draw(st.booleans()) and others:
        made["outputs"] |= {"o": f"$workflows.{draw(st.sampled_from(others))}.outputs.s", "p": "$workflows.w.inputs.i"}
    if draw(st.integers(0, 3)) == 0:
        made["parameters"] = [{"name": "i", "in": "query", "value": "all"}]
    flows = {"flow": made}
    if others:
        flows |= _others(draw)
    return document_of(flows)


def _step(draw: st.DrawFn, name: str, names: list[str], others: list[str], goes_back: bool) -> dict[str, Any]:
    """A step: a request, or now and then a call, with actions and what it reads."""
    values = [f"$steps.{draw(st.sampled_from(names))}.outputs.s", f"$steps.{name}.outputs.s"]
    values += [f"$workflows.{other}.outputs.s" for other in others] + (["$workflows.w.inputs.i"] if others else [])
    is_call = bool(others) and draw(st.integers(0, 2)) == 0
    needed, values = values, [*values, "$outputs.s" if is_call else "$response.body#/s"]
    success = [_action(draw, n, "success", names, others, values, goes_back) for n in range(draw(st.integers(0, 2)))]
    failure = [_action(draw, n, "failure", names, others, values, goes_back) for n in range(draw(st.integers(0, 3)))]
    value = draw(st.sampled_from([None, None, *needed]))
    needs = draw(st.sampled_from([None] * 6 + [names, ["$workflows.w.steps.x"] if others else None]))
    fields: dict[str, Any] = {"dependsOn": [draw(st.sampled_from(needs))]} if needs else {}
    if is_call:
        given = {"i": value} if value is not None else {}
        failure = [a for a in failure if "criteria" not in a]
        success = [a for a in success if "criteria" not in a]
        return call(name, draw(st.sampled_from(others)), success, failure, **given, **fields)
    if value is not None:
        fields["parameters"] = [{"name": "q", "in": "query", "value": value}]
    return step(name, success, failure, **fields)


def _action(
    draw: st.DrawFn,
    number: int,
    key: str,
    names: list[str],
    others: list[str],
    values: list[str],
    goes_back: bool,
) -> dict[str, Any]:
    kinds = ["end", "retry", "retry"] if key == "failure" else ["end"]
    kinds += ["goto"] * goes_back + ["over"] * bool(others)
    kind, on = draw(st.sampled_from(kinds)), draw(CRITERIA)
    given = {"parameters": [{"name": "i", "value": draw(st.sampled_from(["one", *values]))}]}
    if kind == "end":
        made = end(on=on)
    elif kind == "goto":
        made = to(draw(st.sampled_from(names)), on)
    elif kind == "over":
        made = {**over("w", on), **draw(st.sampled_from([{}, given]))}
    else:
        ways: list[dict[str, Any]] = [{}, {"stepId": draw(st.sampled_from(names))}]
        ways += [{"workflowId": "w", **given}, {"workflowId": "w"}, {"workflowId": "d"}] if others else []
        ways = [w for w in ways if w.get("workflowId") in (None, *others)]
        limit, after = draw(st.integers(0, 2)), draw(st.sampled_from([None, 1]))
        made = again(limit, after, on, **draw(st.sampled_from(ways)))
    return {**made, "name": f"{kind}{number}"}


def _others(draw: st.DrawFn) -> dict[str, Any]:
    """The workflows that are run by the first one."""
    inner = draw(st.sampled_from([[], [end(on="s=x"), to("x", "s=y")], [over("v", "s=y")]]))
    reads = [{"name": "q", "in": "query", "value": "$inputs.i"}] if draw(st.booleans()) else []
    x = step("x", inner, draw(st.sampled_from([[], [again(1, 1)]])), **({"parameters": reads} if reads else {}))
    inputs = draw(st.sampled_from([text_inputs("i"), text_inputs(i="usual")]))
    found: dict[str, Any] = {"w": sub(x, inputs=inputs), "v": sub(step("y"), s="$steps.y.outputs.s")}
    z = step("z", parameters=[{"name": "q", "in": "query", "value": "$workflows.w.outputs.s"}])
    found["d"] = sub(z, s="$steps.z.outputs.s", dependsOn=["w"])
    return found


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(documents(), st.lists(ANSWERS, min_size=3, max_size=3))
def test_the_evaluator_agrees(document: dict[str, Any], scripts: list[list[Answer]]) -> None:
    result = compiled(document)
    assume(not result.report.has_errors)  # what is refused is no example: about half of them
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
