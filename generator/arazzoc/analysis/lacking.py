"""Which values may be None, against their types, after a response with a status that is not declared (AMB-65)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arazzoc import ir


def may_lack(value: ir.Value, workflow: ir.Workflow, workflows: Mapping[str, ir.Workflow]) -> bool:
    """Whether such a response can leave a value unset, also one that is handed through the outputs of workflows."""
    pending: list[tuple[ir.Value, ir.Workflow, ir.Step | None]] = [(value, workflow, None)]
    seen: set[tuple[str, str, ir.Value]] = set()
    while pending:
        current, owner, step = pending.pop()
        if isinstance(current, ir.AtPointer) and current.required and current.promised_by:
            return True
        key = owner.id, step.id if step is not None else "", current
        if isinstance(current, ir.StepOutput | ir.OwnOutput | ir.CalledOutput | ir.WorkflowOutput) and key not in seen:
            seen.add(key)
            pending.extend(_made_from(current, owner, step, workflows))
    return False


def _made_from(
    value: ir.StepOutput | ir.OwnOutput | ir.CalledOutput | ir.WorkflowOutput,
    owner: ir.Workflow,
    step: ir.Step | None,
    workflows: Mapping[str, ir.Workflow],
) -> Iterator[tuple[ir.Value, ir.Workflow, ir.Step | None]]:
    """Yield the values that an output hands on, each with the workflow and the step that it belongs to."""
    match value:
        case ir.StepOutput(step=name):
            steps = [s for s in owner.steps if s.id == name]
        case ir.OwnOutput():
            steps = [step] if step is not None else []
        case ir.CalledOutput():
            call = step.call if step is not None else None
            if isinstance(call, ir.WorkflowCall):
                yield from _outputs_of(call.workflow, value.name, workflows)
            return
        case ir.WorkflowOutput(workflow=name):
            yield from _outputs_of(name, value.name, workflows)
            return
    yield from ((o.value, owner, s) for s in steps for o in s.outputs if o.name == value.name)


def _outputs_of(
    key: str, name: str, workflows: Mapping[str, ir.Workflow]
) -> Iterator[tuple[ir.Value, ir.Workflow, None]]:
    """Yield the outputs of a name of a workflow, and of those that it can go over to (AMB-37)."""
    pending, seen = [key], set[str]()
    while pending:
        current = pending.pop()
        if current in seen or current not in workflows:
            continue
        seen.add(current)
        workflow = workflows[current]
        yield from ((o.value, workflow, None) for o in workflow.outputs if o.name == name)
        pending.extend(call.workflow for _, edge, call in workflow.runs if isinstance(edge.then, ir.Run))
