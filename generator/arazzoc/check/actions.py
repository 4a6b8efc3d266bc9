"""Rules of actions and criteria among each other: those that are never taken, never hold together, or never end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.fold import all_hold, fold
from arazzoc.analysis.values import condition_values, parts_of, static_type, tests
from arazzoc.arazzo import model
from arazzoc.check.responses import criteria_of
from arazzoc.diagnostics import Located, Report, quoted
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Json

_STATUSES = (*range(100, 600),)
_SUCCESSES = frozenset(range(200, 300))


def check_actions(step: ir.Step, resolved: ResolvedStep, flow: Flow, table: t.TypeTable, report: Report) -> None:
    """Report actions that are never taken, and criteria that never hold together."""
    own = len(resolved.step.on_success), len(resolved.step.on_failure)
    _shadowed(step.on_success, resolved.on_success, own[0], resolved, report)
    _shadowed(step.on_failure, resolved.on_failure, own[1], resolved, report)
    _contradictions(step, resolved, table, report)
    _endless_failure(step, resolved, report)
    _later_outputs(step, resolved, flow, report)


def _shadowed(
    edges: tuple[ir.Edge, ...], actions: tuple[model.Action, ...], own: int, resolved: ResolvedStep, report: Report
) -> None:
    """Report an action that leaves nothing to those after it; those of the workflow are meant as a default."""
    for number, edge in enumerate(edges[:own]):
        if isinstance(edge.then, ir.Retry):
            continue  # when its limit is reached, the others are looked at
        if report.is_misread(actions[number].at):
            continue  # what it does is not known
        later = edges[number + 1 : own]
        shadowed = [e for e in later if set(_tests(edge)) <= set(_tests(e))]
        if not shadowed or any(isinstance(c.test, ir.Always) for c in edge.when):
            continue
        names = ", ".join(quoted(e.name) for e in shadowed)
        why = "has the same criteria" if edge.when else "has no criteria"
        what = f"{resolved.step.label}: {quoted(edge.name)} {why}, so what follows it is never taken: {names}"
        help = "move it to the end, or give it criteria" if not edge.when else "remove one of them, or tell them apart"
        report.add(rules.SHADOWED_ACTION, actions[number].at / "name", what, help=help)
        return


def _tests(edge: ir.Edge) -> list[str]:
    return [repr(criterion.test) for criterion in edge.when]


def _contradictions(step: ir.Step, resolved: ResolvedStep, table: t.TypeTable, report: Report) -> None:
    """Report conditions of which each can hold, but not all together."""
    told = False
    for criterion, written in criteria_of(step, resolved):
        if any(_never(group, table) for group in _groups(criterion.test)):
            what = f"{resolved.step.label}: the parts of this condition never hold together"
            report.add(rules.CONTRADICTION, written.at / "condition", what, help="join them with ||, or remove one")
            told = True
    if told:
        return
    owners: list[tuple[tuple[ir.Criterion, ...], tuple[model.Criterion, ...]]] = [
        (step.success, resolved.step.success_criteria)
    ]
    for edges, actions in ((step.on_success, resolved.on_success), (step.on_failure, resolved.on_failure)):
        owners += [(edge.when, action.criteria) for edge, action in zip(edges, actions, strict=False)]
    for criteria, texts in owners:
        if len(criteria) > 1 and _never([c.test for c in criteria], table):
            what = f"{resolved.step.label}: these criteria never hold together, and all of them must"
            at = texts[-1].at / "condition"
            report.add(rules.CONTRADICTION, at, what, help="join them with || in one condition, or remove one")
            told = True
    if not told:
        _against_success(step, resolved, report)


def _against_success(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report actions for a status with which the step does not succeed, or fail."""
    for edges, actions, wants in ((step.on_success, resolved.on_success, 1), (step.on_failure, resolved.on_failure, 0)):
        for edge, action in zip(edges, actions, strict=False):
            looks = any(isinstance(v, ir.StatusCode) for c in edge.when for v in condition_values(c.test))
            if not looks or isinstance(step.call, ir.WorkflowCall):
                continue
            statuses: list[Json] = [s for s in _STATUSES if all_hold(edge.when, {ir.StatusCode(): s}) is not False]
            outcomes = [_succeeds(step, int(str(s))) for s in statuses]
            if statuses and all(outcome is not None and outcome != bool(wants) for outcome in outcomes):
                way = "succeeds" if wants else "fails"
                what = f"{resolved.step.label}: the step never {way} with the status that {quoted(edge.name)} asks for"
                field = "onFailure" if wants else "onSuccess"
                at: Located = action.criteria[0].at / "condition" if action.criteria else action.at
                report.add(rules.CONTRADICTION, at, what, help=f"move it to {field}, or change the success criteria")


def _succeeds(step: ir.Step, status: int) -> bool | None:
    if not step.success:
        return status in _SUCCESSES
    return all_hold(step.success, {ir.StatusCode(): status})


def _groups(test: ir.Condition) -> Iterator[list[ir.Condition]]:
    """The conditions that must hold together, in each part of a condition."""
    match test:
        case ir.All(items=items):
            yield list(items)
            for item in items:
                yield from _groups(item)
        case ir.Either(items=items):
            for item in items:
                yield from _groups(item)
        case _:
            return


def _never(conditions: list[ir.Condition], table: t.TypeTable) -> bool:
    """Whether conditions of which each can hold never hold together, because of one value that they read."""
    if any(isinstance(test, ir.Always) for condition in conditions for test in tests(condition)):
        return False
    values = list({repr(v): v for c in conditions for v in condition_values(c) if _varies(v)}.values())
    for value in values:
        candidates = list(_candidates(value, conditions, table))
        outcomes = [[fold(c, {value: known}) for c in conditions] for known in candidates]
        singles = [any(row[n] is not False for row in outcomes) for n in range(len(conditions))]
        if outcomes and all(singles) and all(False in row for row in outcomes):
            return True
    return False


def _varies(value: ir.Value) -> bool:
    return isinstance(value, ir.StatusCode | ir.AtPointer | ir.ResponseHeader | ir.Input | ir.StepOutput | ir.OwnOutput)


def _candidates(value: ir.Value, conditions: Iterable[ir.Condition], table: t.TypeTable) -> Iterator[Json]:
    """The values that tell whether comparisons of a value with constants can hold together."""
    if isinstance(value, ir.StatusCode):
        yield from _STATUSES
        return
    listed = table.enum(t.required(static_type(value, {}, {})))
    if listed is not None:
        yield from listed
        yield None
        return
    yield from (None, True, False, "\ue000")
    for test in (test for condition in conditions for test in tests(condition)):
        for side in (test.left, test.right) if isinstance(test, ir.Compare) else ():
            if isinstance(side, ir.Constant):
                yield side.value
                if isinstance(side.value, int | float):
                    yield from (side.value - 0.5, side.value + 0.5, side.value - 1, side.value + 1)
                elif isinstance(side.value, str):
                    yield from (side.value + "\ue000", side.value[:-1])


def _endless_failure(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report a failure that leads back, as often as the step fails."""
    for edge, action in zip(step.on_failure, resolved.on_failure, strict=False):
        if isinstance(edge.then, ir.Goto) and edge.then.polls:
            what = f"{resolved.step.label}: {quoted(edge.name)} repeats after each failure, without a limit"
            help = "use an action of type retry, with retryLimit and retryAfter"
            report.add(rules.FAILURE_LOOP, action.at / "type", what, help=help)


def _later_outputs(step: ir.Step, resolved: ResolvedStep, flow: Flow, report: Report) -> None:
    """Report conditions and outputs that read what a later step gives."""
    if step.id not in flow.reachable:
        return
    read: list[tuple[ir.Value, Located]] = []
    for criterion, written in criteria_of(step, resolved):
        read += [(v, written.at / "condition") for v in condition_values(criterion.test)]
    read += [(output.value, resolved.step.at / "outputs" / output.name) for output in step.outputs]
    for value, at in read:
        for part in parts_of(value):
            if not isinstance(part, ir.StepOutput) or part.step == step.id or part.step not in flow.steps:
                continue
            if flow.never_runs_before(part.step, step.id):
                name = f"the output {quoted(part.name)} of step {quoted(part.step)}"
                what = f"{resolved.step.label}: no path runs that step first, so {name} has no value here"
                report.add(rules.LATER_OUTPUT, at, what, help="read it in a later step")
