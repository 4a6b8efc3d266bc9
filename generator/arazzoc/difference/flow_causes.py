"""Why the type of an output changed, where no API did: the change of the flow that has been recorded already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from arazzoc import ir
from arazzoc.difference.nodes import structs
from arazzoc.difference.plain import Names
from arazzoc.difference.records import Change, Changes

_MAX_CHAIN = 200

Flows: TypeAlias = tuple[Mapping[str, ir.Workflow], Mapping[str, ir.Workflow]]
"""The workflows of both sides, by their ids."""
Owned: TypeAlias = tuple[ir.Workflow, ir.Step | None, ir.Output]
"""An output of a step, or of a workflow."""


class _Place(NamedTuple):
    """An output, by the names of the new side: its workflow, its step or '', and its name."""

    workflow: str
    step: str
    output: str


def chain(start: Owned, flows: Mapping[str, ir.Workflow]) -> list[Owned]:
    """An output and all that it is made from, the nearest first."""
    found, seen = [start], {_key(start)}
    for each in found:  # which grows
        for other in _read(each, flows):
            if _key(other) not in seen and len(found) < _MAX_CHAIN:
                seen.add(_key(other))
                found.append(other)
    return found


def _key(owned: Owned) -> _Place:
    workflow, step, output = owned
    return _Place(workflow.id, step.id if step is not None else "", output.name)


def _read(owned: Owned, flows: Mapping[str, ir.Workflow]) -> Iterator[Owned]:
    """The outputs that one is made from."""
    workflow, step, output = owned
    for node in structs(output.value):
        inner: ir.Workflow | None = workflow
        other: ir.Step | None = None
        match node:
            case ir.StepOutput(step=id):
                other = next((s for s in workflow.steps if s.id == id), None)
            case ir.OwnOutput():
                other = step
            case ir.CalledOutput() if step is not None and isinstance(step.call, ir.WorkflowCall):
                inner = flows.get(step.call.workflow)
            case ir.WorkflowOutput(workflow=id):
                inner = flows.get(id)
            case _:
                continue
        if inner is not None:
            outputs = other.outputs if other is not None else inner.outputs
            yield from ((inner, other, o) for o in outputs if o.name == node.name)


def cause_in_flow(
    both: Sequence[Owned], flows: Flows, names: Names, changes: Changes, *, is_of_null: bool
) -> Change | None:
    """The recorded change of the flow that an output has its other type from, the nearest one; None where none is.

    It is another value or type of what the output is made from, or what decides which responses a step goes on with;
    where only null came or went (`is_of_null`), also what decides whether a run passes the step.
    """
    found = [_new_place(_key(owned), names) for owned in chain(both[0], flows[0])]
    places = dict.fromkeys([*(_key(owned) for owned in chain(both[1], flows[1])), *found])
    for place in places:
        for is_cause in (_is_of_output, _is_of_step):
            cause = next((change for change in changes.all if is_cause(change, place)), None)
            if cause is not None:
                return cause
    workflows = {place.workflow for place in places} if is_of_null else set[str]()
    return next((c for c in changes.all if c.workflow in workflows and c.id.startswith(_OF_ORDER)), None)


def _new_place(place: _Place, names: Names) -> _Place:
    """A place of the old side, by the names of the new one."""
    workflow, step, output = place
    return _Place(
        names.workflows.get(workflow, workflow),
        names.steps.get((workflow, step), step),
        names.outputs.get(place, output),
    )


def _is_of_output(change: Change, place: _Place) -> bool:
    """Whether a change is that of an output, or of its type."""
    if change.area != "outputs" or change.subject != place.output or not change.id.startswith(_OF_OUTPUT):
        return False
    return place[:2] in change.steps if place.step else (change.workflow, change.steps) == (place.workflow, ())


def _is_of_step(change: Change, place: _Place) -> bool:
    """Whether a change decides with which responses a step goes on."""
    return place[:2] in change.steps and change.id.startswith(_OF_STEP)


_OF_OUTPUT = ("output-value-changed", "output-type-")
_OF_STEP = ("criterion-added", "criterion-removed", "criterion-changed", "call-changed")
_OF_ACTION = ("action-added", "action-removed", "action-changed", "action-moved", "action-criteria-changed")
_OF_ORDER = ("step-added", "step-removed", "step-moved", *_OF_ACTION, *_OF_STEP, "dependency-")
