"""Rules of actions and criteria among each other: those that are never taken, never hold together, or never end."""

from __future__ import annotations

from collections.abc import Iterator

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.fold import all_hold
from arazzoc.analysis.logic import STATUSES, implies, never_hold, one_always_holds
from arazzoc.analysis.values import condition_values, parts_of
from arazzoc.arazzo import model
from arazzoc.check.responses import criteria_of
from arazzoc.diagnostics import Located, Report, quoted
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Json

_SUCCESSES = frozenset(range(200, 300))


def check_actions(step: ir.Step, resolved: ResolvedStep, flow: Flow, table: t.TypeTable, report: Report) -> None:
    """Report actions that are never taken, and criteria that never hold together."""
    own = len(resolved.step.on_success), len(resolved.step.on_failure)
    _shadowed(step.on_success, resolved.on_success, own[0], resolved, table, report)
    _shadowed(step.on_failure, resolved.on_failure, own[1], resolved, table, report)
    _contradictions(step, resolved, table, report)
    _endless_failure(step, resolved, report)
    _later_outputs(step, resolved, flow, report)


def _shadowed(
    edges: tuple[ir.Edge, ...],
    actions: tuple[model.Action, ...],
    own: int,
    resolved: ResolvedStep,
    table: t.TypeTable,
    report: Report,
) -> None:
    """Report an action that leaves nothing to those after it; those of the workflow are meant as a default."""
    for number, edge in enumerate(edges[:own]):
        if isinstance(edge.then, ir.Retry):
            continue  # when its limit is reached, the others are looked at
        if report.is_misread(actions[number].at):
            continue  # what it does is not known
        later = [e for e in edges[number + 1 : own] if not _has_error(e)]
        own_tests = [criterion.test for criterion in edge.when]
        shadowed = [e for e in later if all(implies([c.test for c in e.when], test, table) for test in own_tests)]
        if not shadowed or _has_error(edge):
            continue
        names = ", ".join(quoted(e.name) for e in shadowed)
        is_same = all(len(e.when) == len(edge.when) and _implied(edge, e, table) for e in shadowed)
        why = (
            "has no criteria"
            if not edge.when
            else "has the same criteria"
            if is_same
            else "holds in each of their cases"
        )
        what = f"{resolved.step.label}: {quoted(edge.name)} {why}, so what follows it is never taken: {names}"
        help = "move it to the end, or give it criteria" if not edge.when else "remove one of them, or tell them apart"
        if edge.when and not is_same:
            help = "move it after them"
        report.add(rules.SHADOWED_ACTION, actions[number].at / "name", what, help=help)
        return


def _has_error(edge: ir.Edge) -> bool:
    return any(isinstance(criterion.test, ir.Always) for criterion in edge.when)


def _implied(edge: ir.Edge, other: ir.Edge, table: t.TypeTable) -> bool:
    """Whether the criteria of an action hold where those of another one do."""
    known = [criterion.test for criterion in edge.when]
    return all(implies(known, criterion.test, table) for criterion in other.when)


def _contradictions(step: ir.Step, resolved: ResolvedStep, table: t.TypeTable, report: Report) -> None:
    """Report conditions of which each can hold, but not all together."""
    told = False
    for criterion, written in criteria_of(step, resolved):
        at = written.at / "condition"
        if any(never_hold(group, table) for group in _groups(criterion.test, ir.All)):
            what = f"{resolved.step.label}: the parts of this condition never hold together"
            report.add(rules.CONTRADICTION, at, what, help="join them with ||, or remove one")
            told = True
        elif not report.tells(at) and any(one_always_holds(g, table) for g in _groups(criterion.test, ir.Either)):
            what = f"{resolved.step.label}: one part of this condition always holds, so it is always true"
            report.add(rules.CONSTANT_CONDITION, at, what, help="join them with &&, or remove one")
    if told:
        return
    owners: list[tuple[tuple[ir.Criterion, ...], tuple[model.Criterion, ...]]] = [
        (step.success, resolved.step.success_criteria)
    ]
    for edges, actions in ((step.on_success, resolved.on_success), (step.on_failure, resolved.on_failure)):
        owners += [(edge.when, action.criteria) for edge, action in zip(edges, actions, strict=False)]
    for criteria, texts in owners:
        if len(criteria) > 1 and never_hold([c.test for c in criteria], table):
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
            statuses: list[Json] = [s for s in STATUSES if all_hold(edge.when, {ir.StatusCode(): s}) is not False]
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


def _groups(test: ir.Condition, kind: type[ir.All] | type[ir.Either]) -> Iterator[tuple[ir.Condition, ...]]:
    """The conditions that stand together in each part of a condition."""
    if isinstance(test, ir.All | ir.Either):
        if isinstance(test, kind):
            yield test.items
        for item in test.items:
            yield from _groups(item, kind)


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
