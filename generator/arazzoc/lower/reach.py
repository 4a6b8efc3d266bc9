"""Which steps every run passes: so that the generated code asks for an output only where it can be missing."""

from __future__ import annotations

from arazzoc import ir

EXIT = None


def successors(step: ir.Step) -> set[str | None]:
    """The steps that can follow, and None where the run can end; failures without an action end it otherwise."""
    following: set[str | None] = set()
    for edge in (*step.on_success, *step.on_failure):
        if isinstance(edge.then, ir.Goto):
            following.add(edge.then.step)
        elif isinstance(edge.then, ir.Retry):
            following.add(step.id)
        elif edge in step.on_success:
            following.add(EXIT)
    if not any(edge.is_certain for edge in step.on_success):
        following.add(step.next)
    return following


def reachable(steps: tuple[ir.Step, ...], without: str | None = None) -> set[str | None]:
    """What a run can reach, None standing for its end, if the step `without` never succeeds."""
    if not steps:
        return set()
    by_id = {step.id: step for step in steps}
    seen: set[str | None] = set()
    pending: list[str | None] = [steps[0].id]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        if current is not None and current == without:
            pending.extend(e.then.step for e in by_id[current].on_failure if isinstance(e.then, ir.Goto))
        elif current is not None:
            pending.extend(successors(by_id[current]))
    return seen


def always_runs_before(steps: tuple[ir.Step, ...], step: str, target: str | None) -> bool:
    """Whether `step` has succeeded in every run that reaches `target` (None: the end)."""
    return target not in reachable(steps, without=step)


def never_runs_before(steps: tuple[ir.Step, ...], step: str, target: str) -> bool:
    """Whether no run that reaches `target` can have passed `step` before."""
    by_id = {s.id: s for s in steps}
    if step not in reachable(steps):
        return True
    seen: set[str | None] = set()
    pending = list(successors(by_id[step]))
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        if current == target:
            return False
        if current is not None:
            pending.extend(successors(by_id[current]))
    return True
