"""Loops that make progress: each round asks for something else, such as the next page (AMB-63)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from arazzoc import ir
from arazzoc.analysis.runs import steps_that_run
from arazzoc.analysis.values import call_values, parts_of


def mark_progress(steps: tuple[ir.Step, ...]) -> tuple[ir.Step, ...]:
    """The steps, with a mark at each goto back whose loop makes progress: that is no poll, so the run does not wait."""
    order = {step.id: number for number, step in enumerate(steps)}
    return tuple(_marked(step, steps, order) for step in steps)


def _marked(step: ir.Step, steps: tuple[ir.Step, ...], order: dict[str, int]) -> ir.Step:
    def marked(edge: ir.Edge) -> ir.Edge:
        then = edge.then
        if not isinstance(then, ir.Goto) or not then.repeats:
            return edge
        loop = steps[order[then.step] : order[step.id] + 1]
        progresses = any(order[o] >= order[s.id] for s in loop for o in _steps_read(s, steps) if o in order)
        return replace(edge, then=replace(then, progresses=progresses))

    on_success, on_failure = tuple(map(marked, step.on_success)), tuple(map(marked, step.on_failure))
    poll = step.poll
    if poll is not None:
        going_on = {e.name for e in on_success if isinstance(e.then, ir.Goto) and e.then.progresses}
        poll = replace(poll, loops=tuple(name for name in poll.loops if name not in going_on))
    return replace(step, on_success=on_success, on_failure=on_failure, poll=poll)


def _steps_read(step: ir.Step, steps: tuple[ir.Step, ...]) -> Iterator[str]:
    """The steps whose outputs the request of a step is made from, those of workflows that they call included."""
    for part in (part for value in call_values(step.call) for part in parts_of(value)):
        if isinstance(part, ir.StepOutput):
            yield part.step
        elif isinstance(part, ir.WorkflowOutput):
            yield from steps_that_run(part.workflow, steps)
