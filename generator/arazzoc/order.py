"""The order of steps: as they are written, unless one needs a later one (Arazzo 1.1.0, Step Dependencies)."""

from __future__ import annotations

from arazzoc.arazzo import model
from arazzoc.expressions.runtime import parse_step_reference, step_outputs_in


def ordered_steps(workflow: model.Workflow, *, has_goto: bool) -> tuple[model.Step, ...]:
    """Return the steps in an order that satisfies `dependsOn`, and the outputs that they read.

    Each time the first step comes whose needs are met. Nothing is moved where no step has `dependsOn`, where a goto
    decides on the order, or where steps need each other: what cannot be had there is reported later (check/flow.py).
    """
    steps = workflow.steps
    if has_goto or not any(step.depends_on for step in steps):
        return steps
    explicit = {step.step_id: _depended_on(step, workflow) for step in steps}
    both = {step.step_id: explicit[step.step_id] | _read(step, set(explicit)) for step in steps}
    return _sorted(steps, both) or _sorted(steps, explicit) or steps


def _sorted(steps: tuple[model.Step, ...], needs: dict[str, set[str]]) -> tuple[model.Step, ...]:
    """Return the steps, each after those that it needs; none if that cannot be."""
    left, done = list(steps), list[model.Step]()
    while left:
        known = {step.step_id for step in done}
        ready = next((step for step in left if needs[step.step_id] <= known), None)
        if ready is None:
            return ()
        left.remove(ready)
        done.append(ready)
    return tuple(done)


def _depended_on(step: model.Step, workflow: model.Workflow) -> set[str]:
    """Return the steps of `dependsOn`; for a step of another workflow the one that calls that, if there is one."""
    known = {s.step_id for s in workflow.steps}
    found: set[str] = set()
    for reference in filter(None, map(parse_step_reference, step.depends_on)):
        other, name = reference
        if other in (None, workflow.workflow_id):
            found |= {name} & known
        else:
            callers = [s.step_id for s in workflow.steps if s.workflow_id == other]
            found |= set(callers) if len(callers) == 1 else set()
    return found - {step.step_id}


def _read(step: model.Step, known: set[str]) -> set[str]:
    """Return the other steps whose outputs a step reads."""
    texts = (text for text, place in step.at.texts() if place.pointer[-1] != "description")
    return {name for text in texts for name, _ in step_outputs_in(text) if name in known} - {step.step_id}
