"""Rules of the compiled flow: polling without limit, values that no action handles, steps never reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.fold import all_hold, member_of
from arazzoc.analysis.runs import can_have_run, has_always_run
from arazzoc.analysis.selection import parts_of_tests
from arazzoc.analysis.values import call_values, condition_values, context_values, parts_of, static_type, tests
from arazzoc.arazzo import model
from arazzoc.check.actions import check_actions
from arazzoc.check.conditions import check_conditions
from arazzoc.check.contract import Contract
from arazzoc.check.dependencies import circular
from arazzoc.check.enums import enums_of
from arazzoc.diagnostics import Located, Report, nearest, quoted
from arazzoc.resolve import Resolved, ResolvedStep, ResolvedWorkflow


def check_flow(program: ir.Program, resolved: Resolved, report: Report) -> None:
    """Report the faults in the flow of each workflow."""
    models = {w.key: w for w in resolved.workflows}
    contract = Contract(program, models, report)
    for workflow in program.workflows:
        steps = {s.step.step_id: s for s in models[workflow.id].steps}
        flow = Flow(workflow.steps)
        if len(workflow.steps) != len(steps):
            continue  # a step has no operation, which is reported already
        for step in workflow.steps:
            _poll(step, steps[step.id], report)
            check_actions(step, steps[step.id], flow, program.types, report)
            _order(step, flow, steps[step.id], report)
            _runs(step, workflow, flow, steps[step.id], report)
            told = check_conditions(step, steps[step.id], program.types, report)
            _unhandled_values(step, steps[step.id], program.types, told, report)
        contract.check(workflow, steps, flow)
        _unreachable(flow, models[workflow.id], report)
        _endless(flow, models[workflow.id], report)
    _recursion(program, models, report)


def _poll(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report a goto back: it has no delay or limit of its own, so the client's polling policy applies (AMB-39)."""
    for action in resolved.on_success:
        if step.poll is not None and action.name in step.poll.loops:
            report.add(
                rules.POLL_WITHOUT_LIMIT,
                action.at,
                f"{resolved.step.label}: {quoted(action.name)} repeats the step without a delay or limit of its own; "
                "the client's polling policy applies",
                help="set it, in seconds, with Client(polling=Polling(interval=5, timeout=86400))",
            )


def _unhandled_values(
    step: ir.Step, resolved: ResolvedStep, table: t.TypeTable, told: Collection[str], report: Report
) -> None:
    """Report values of an enum, which the actions branch on, that no action handles (AMB-07); not those that a `told`
    value of a condition is a slip of.
    """
    if step.poll is None or not step.poll.exits or last_resort(step.on_success) is not None:
        return
    own = [a for a in resolved.step.on_success if isinstance(a, model.Action)]
    if len(own) > len(resolved.on_success) or any(
        isinstance(c.test, ir.Always) for edge in step.on_success for c in edge.when
    ):
        return  # after an error
    for value in _branching_values(step.on_success, table):
        values = table.enum(t.required(value.type))
        if values is None:
            continue
        missed = [v for v in values if all(all_hold(edge.when, {value: v}) is False for edge in step.on_success)]
        missed = [v for v in missed if nearest(str(v), told) is None]
        if not missed:
            continue
        name = "/".join(map(str, value.pointer))
        listed = ", ".join(str(v) for v in missed)
        outcome = (
            "then the run raises UnhandledOutcome" if step.must_match else "then the run continues with the next step"
        )
        report.add(
            rules.UNHANDLED_VALUES,
            (resolved.step.at / "onSuccess").key,
            f"{resolved.step.label}: no action handles these values of {quoted(name)}: {listed}; {outcome}",
            help="add an action for them, for example of type end",
            related=enums_of(value, step, resolved),
        )


def _branching_values(edges: Iterable[ir.Edge], table: t.TypeTable) -> Iterator[ir.AtPointer]:
    """Yield the parts of the response that the criteria of actions read, by themselves or in queries."""
    seen: set[tuple[str | int, ...]] = set()
    for test in (test for edge in edges for criterion in edge.when for test in tests(criterion.test)):
        found = [v for v in condition_values(test) if isinstance(v, ir.AtPointer)]
        if isinstance(test, ir.JsonPathHolds):
            found += _members_read(test, table)
        for value in found:
            if isinstance(value.base, ir.ResponseBody) and value.pointer not in seen:
                seen.add(value.pointer)
                yield value


def _members_read(test: ir.JsonPathHolds, table: t.TypeTable) -> Iterator[ir.AtPointer]:
    root = static_type(test.context, {}, {})
    for query, _, types in parts_of_tests(test.path, root, table):
        value = member_of(query, test.context)
        if value is not None and types:
            yield replace(value, type=t.union(types))


def _order(step: ir.Step, flow: Flow, resolved: ResolvedStep, report: Report) -> None:
    """Report outputs that are used where no path, or not every path, has set them.

    Arazzo 1.1.0, Validation Recommendations.
    """
    if step.id not in flow.reachable:
        return
    needed = set(_read_outputs(_without_optional(step.call)))
    for output in dict.fromkeys(_read_outputs(step.call)):
        what = f"{resolved.step.label} uses the output {quoted(output.name)} of step {quoted(output.step)}"
        at = _place_of(f"$steps.{output.step}.outputs.{output.name}", resolved.step)
        if flow.never_runs_before(output.step, step.id):
            report.add(
                rules.FORWARD_REFERENCE,
                at,
                f"{what}, but no path runs that step first",
                help="move that step before this one" if output.step != step.id else "read it in a later step",
            )
        elif flow.runs_only_for(output.step, step.id):
            continue  # it sees what the failed attempt gave
        elif output in needed and not flow.always_runs_before(output.step, step.id):
            report.add(
                rules.MAYBE_UNSET,
                at,
                f"{what}, but some path does not run that step first and has no value for it",
                help="make every path run that step first, or do not use its output here",
            )
    for other in step.depends_on:
        if flow.never_runs_before(other, step.id):
            is_circle = step.id in flow.depended_on(other)
            report.add(
                rules.DEPENDENCY_CYCLE if is_circle else rules.DEPENDENCY,
                resolved.step.at / "dependsOn",
                f"{resolved.step.label} and step {quoted(other)} depend on each other"
                if is_circle
                else f"{resolved.step.label} depends on step {quoted(other)}, but no path runs that step first",
                help="remove one of these dependencies" if is_circle else "move that step before this one",
            )


def _place_of(text: str, step: model.Step) -> Located:
    """Where a step has an expression; its stepId where that is written elsewhere."""
    for part in ("parameters", "requestBody"):
        for written, at in (step.at / part).texts():
            if text in written:
                return at.part(written.index(text), len(text))
    return step.at / "stepId"


def _runs(step: ir.Step, workflow: ir.Workflow, flow: Flow, resolved: ResolvedStep, report: Report) -> None:
    """Report what is read or waited for of a workflow that no path, or not every path, has run before (AMB-62)."""
    if step.id not in flow.reachable:
        return
    needed = {part for value in call_values(_without_optional(step.call)) for part in parts_of(value)}
    for value in dict.fromkeys(part for sent in call_values(step.call) for part in parts_of(sent)):
        if not isinstance(value, ir.WorkflowOutput | ir.WorkflowInput):
            continue
        kind = "output" if isinstance(value, ir.WorkflowOutput) else "input"
        what = f"{resolved.step.label} uses the {kind} {quoted(value.name)} of workflow {quoted(value.workflow)}"
        at = _place_of(f"$workflows.{value.workflow}.{kind}s.{value.name}", resolved.step)
        if not can_have_run(value.workflow, workflow, flow, step.id):
            report.add(
                rules.FORWARD_REFERENCE,
                at,
                f"{what}, but no path runs that workflow first",
                help="call that workflow in an earlier step, or add it to dependsOn of this workflow",
            )
        elif value in needed and not has_always_run(value.workflow, workflow, flow, step.id):
            report.add(
                rules.MAYBE_UNSET,
                at,
                f"{what}, but some path does not run that workflow first and has no value for it",
                help="add that workflow to dependsOn of this one, or do not use its values here",
            )
    for other in step.awaits:
        if not can_have_run(other, workflow, flow, step.id):
            report.add(
                rules.DEPENDENCY,
                resolved.step.at / "dependsOn",
                f"{resolved.step.label} depends on a step of workflow {quoted(other)}, but no path runs that workflow "
                "first",
                help="move the step that calls it before this one, or add it to dependsOn of this workflow",
            )


def _read_outputs(call: ir.Call) -> Iterator[ir.StepOutput]:
    """Yield the outputs of other steps that are passed to a request or a workflow."""
    for value in (part for sent in call_values(call) for part in context_values(sent)):
        while isinstance(value, ir.AtPointer):
            value = value.base
        if isinstance(value, ir.StepOutput):
            yield value


def _without_optional(call: ir.Call) -> ir.Call:
    """Return a request without the parameters that are omitted if they have no value (AMB-31)."""
    if isinstance(call, ir.WorkflowCall):
        return call
    return replace(
        call,
        query=tuple(a for a in call.query if a.required),
        headers=tuple(a for a in call.headers if a.required),
        cookies=tuple(a for a in call.cookies if a.required),
    )


def _unreachable(flow: Flow, resolved: ResolvedWorkflow, report: Report) -> None:
    for step in resolved.steps:
        if step.step.step_id not in flow.reachable:
            report.add(
                rules.UNREACHABLE_STEP,
                step.step.at / "stepId",
                f"{step.step.label} is never reached",
                help="add an action that goes to this step, or remove the step",
            )


def _endless(flow: Flow, resolved: ResolvedWorkflow, report: Report) -> None:
    """Report a loop that a run never leaves as long as no step fails."""
    inside = [step for step in resolved.steps if step.step.step_id in flow.endless]
    order = {step.step.step_id: number for number, step in enumerate(inside)}
    for number, step in enumerate(inside):
        for action in step.on_success:
            if action.type == "goto" and order.get(action.step_id or "", number + 1) <= number:
                what = f"{step.step.label}: {quoted(action.name)} goes back, and no success leads out of the loop"
                help = "add an action that leaves the loop, such as one of type end"
                report.add(rules.ENDLESS_LOOP, action.at / "stepId", what, help=help)
                return
    if inside:
        what = f"{inside[0].step.label}: no success leads from here to the end of the workflow"
        report.add(rules.ENDLESS_LOOP, inside[0].step.at / "stepId", what, help="add an action of type end")


def _recursion(program: ir.Program, resolved: dict[str, ResolvedWorkflow], report: Report) -> None:
    """Report workflows that call themselves, directly or through others."""
    told = circular(resolved)  # as an error
    for workflow in program.workflows:
        is_sure = not report.is_misread(resolved[workflow.id].workflow.at)
        if is_sure and program.calls_itself(workflow.id) and workflow.id not in told:
            report.add(
                rules.RECURSION,
                resolved[workflow.id].workflow.at / "workflowId",
                f"workflow {quoted(workflow.id)} calls itself; the depth of such calls is limited at run time",
                help="set the limit with Client(max_depth=20)",
            )
