"""Why the type of an output changed: the change of the API, or of an input, that has been recorded already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from arazzoc import ir
from arazzoc.difference.nodes import structs
from arazzoc.difference.plain import Names
from arazzoc.difference.records import Change, Changes
from arazzoc.difference.texts import body_sent
from arazzoc.difference.types import Relation
from arazzoc.difference.uses import Reads, Sends, reads_of
from arazzoc.expressions.pointer import parse_pointer

_MAX_DEPTH = 20


def cause_of(
    value: ir.Value,
    step: ir.Step | None,
    workflow: ir.Workflow,
    flows: Mapping[str, ir.Workflow],
    names: Names,
    changes: Changes,
    how: Relation,
) -> Change | None:
    """The recorded change that a value has its other type from, the most specific one; None where none is known.

    `workflow` and `flows` are those of the old side; records have the new names.
    """
    best: Change | None = None
    best_rank: _Rank | None = None
    for owner, name, read in _origins(value, step, workflow, flows, 0):
        place = names.workflows.get(owner, owner), names.steps.get((owner, name), name)
        for change in changes.all:
            rank: _Rank | None = None
            if name and change.area.startswith("response") and place in change.steps:
                rank = _rank_in_response(read, change, place, how)
            wanted = "inputs", place[0], names.inputs.get((owner, str(read)), str(read))
            if not name and (change.area, change.workflow, change.subject) == wanted:
                rank = _rank(change, how, 0, 0)
            if rank is not None and (best_rank is None or rank < best_rank):
                best, best_rank = change, rank
    return best


_Rank: TypeAlias = tuple[bool, int, int, int, bool]
"""How far a change is from being the cause, the least first."""

_OF_TYPES = re.compile(r"^(response-(type|property|value)|(un)?handled-value|(required-)?input-(?!checks|default))")
_OF_FORMS = re.compile(r"^(response|input)-(limit|checks|default|discriminator|content-type)-")
_OF_NONE = re.compile(
    r"deprecated$|^documentation-|^input-limits-|-became-(secret|public)$|-renamed$|^response-header-"
)
_WIDER = re.compile(r"-(widened|loosened|became-optional|value-added)$")
_NARROWER = re.compile(r"-(narrowed|tightened|became-required|value-removed)$")


def _rank(change: Change, how: Relation, away: int, within: int) -> _Rank | None:
    """How likely a change is the cause of another type; None where it changes none. What counts is whether a failure
    changed, what such changes do to types, the place, which is so many names above what is read or within it, and
    whether the change goes in the other direction.
    """
    if _OF_NONE.search(change.id) and change.id != "response-property-renamed":
        return None
    is_failure = change.area.removeprefix("response ")[:1] in ("4", "5")
    kind = 0 if _OF_TYPES.search(change.id) else 1 if _OF_FORMS.search(change.id) else 2
    other = {"widened": _NARROWER, "narrowed": _WIDER}.get(how)
    return is_failure, kind, away, within, other is not None and other.search(change.id) is not None


def _rank_in_response(value: object, change: Change, step: tuple[str, str], how: Relation) -> _Rank | None:
    """The rank of a change in a response of a step of which a value reads it, under any name; None where none does."""
    ranks: list[_Rank | None] = []
    for text in change.subjects(step):
        path = parse_pointer(text)
        for read in reads_of([value]).paths:
            if Reads((read,)).used(path) != "never":
                ranks.append(_rank(change, how, max(len(read) - len(path), 0), max(len(path) - len(read), 0)))
    return min((rank for rank in ranks if rank is not None), default=None)


def cause_of_input(name: str, workflow: ir.Workflow, changes: Changes) -> Change | None:
    """The recorded change of what is sent that an input has its other type from, though its own schema is the same.

    `workflow` is that of the new side; of the changes, that of the smallest part which the input is sent in counts.
    """
    steps = {(workflow.id, step.id): step.call for step in workflow.steps}
    found: list[tuple[int, Change]] = []
    for change in changes.all:
        for place in change.steps if change.area in ("request body", "payload") else ():
            call = steps.get(place)
            body, form = body_sent(call) if isinstance(call, ir.HttpCall) else (None, "json")
            for path in map(parse_pointer, change.subjects(place)) if body is not None else ():
                if any(ir.Input(name) in structs(v) for v in Sends(body, form=form).values(path)):
                    found.append((len(path), change))
    return max(found, key=lambda each: each[0])[1] if found else None


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
