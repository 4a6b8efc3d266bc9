"""Why the type of an output changed: the change of the API, or of an input, that has been recorded already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arazzoc import ir
from arazzoc.difference.nodes import structs
from arazzoc.difference.plain import Names
from arazzoc.difference.records import Change, Changes
from arazzoc.difference.uses import Sends, body_of, reads_of
from arazzoc.expressions.pointer import parse_pointer

_MAX_DEPTH = 20


def cause_of(
    value: ir.Value,
    step: ir.Step | None,
    workflow: ir.Workflow,
    flows: Mapping[str, ir.Workflow],
    names: Names,
    changes: Changes,
) -> Change | None:
    """The recorded change that a value has its other type from; None where none is known.

    `workflow` and `flows` are those of the old side; records have the new names.
    """
    for owner, name, read in _origins(value, step, workflow, flows, 0):
        place = names.workflows.get(owner, owner), names.steps.get((owner, name), name)
        for change in changes.all:
            if change.area.startswith("response") and place in change.steps and _reads(read, change):
                return change
            wanted = "inputs", place[0], names.inputs.get((owner, str(read)), str(read))
            if not name and (change.area, change.workflow, change.subject) == wanted:
                return change
    return None


def cause_of_input(name: str, workflow: ir.Workflow, changes: Changes) -> Change | None:
    """The recorded change of what is sent that an input has its other type from, though its own schema is the same.

    `workflow` is that of the new side; of the changes, that of the smallest part which the input is sent in counts.
    """
    steps = {(workflow.id, step.id): step.call for step in workflow.steps}
    found: list[tuple[int, Change]] = []
    for change in changes.all:
        for call in (steps.get(place) for place in change.steps if change.area in ("request body", "payload")):
            body = body_of(call) if isinstance(call, ir.HttpCall) else None
            path = parse_pointer(change.became or change.subject)
            if body is not None and any(ir.Input(name) in structs(v) for v in Sends(body).values(path)):
                found.append((len(path), change))
    return max(found, key=lambda each: each[0])[1] if found else None


def _reads(value: object, change: Change) -> bool:
    """Whether a value reads what has changed in a response, under its old or its new name."""
    reads = reads_of([value])
    return any(reads.used(parse_pointer(text)) != "never" for text in {change.subject, change.became or change.subject})


def _origins(
    value: ir.Value, step: ir.Step | None, workflow: ir.Workflow, flows: Mapping[str, ir.Workflow], depth: int
) -> Iterator[tuple[str, str, object]]:
    """What a value is made from: parts of responses, with workflow and step, and inputs, by their names."""
    if depth > _MAX_DEPTH:
        return
    if step is not None:
        yield workflow.id, step.id, value
    for node in structs(value):
        inner: ir.Workflow | None = workflow
        found: ir.Output | None = None
        other: ir.Step | None = None
        match node:
            case ir.Input(name=name):
                yield workflow.id, "", name
            case ir.StepOutput(step=id, name=name):
                other = next((s for s in workflow.steps if s.id == id), None)
                found = next((o for o in other.outputs if o.name == name), None) if other is not None else None
            case ir.OwnOutput(name=name) if step is not None:
                other, found = step, next((o for o in step.outputs if o.name == name), None)
            case ir.CalledOutput(name=name) if step is not None and isinstance(step.call, ir.WorkflowCall):
                inner = flows.get(step.call.workflow)
                found = next((o for o in inner.outputs if o.name == name), None) if inner is not None else None
            case ir.WorkflowOutput(workflow=id, name=name):
                inner = flows.get(id)
                found = next((o for o in inner.outputs if o.name == name), None) if inner is not None else None
            case _:
                continue
        if found is not None and inner is not None:
            yield from _origins(found.value, other, inner, flows, depth + 1)
