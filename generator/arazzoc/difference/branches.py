"""Which values of a response a step branches on, and where a run goes with each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.fold import all_hold
from arazzoc.analysis.values import condition_values
from arazzoc.diagnostics import quoted
from arazzoc.difference.nodes import structs
from arazzoc.difference.schemas import Path
from arazzoc.difference.uses import is_one_of
from arazzoc.source import Json

_MAX_DEPTH = 20

Flows: TypeAlias = Mapping[str, ir.Workflow]
"""The workflows of one side, by their ids."""


class Branch(NamedTuple):
    """A step of a workflow whose criteria compare a part of a response, and the value that they read."""

    workflow: ir.Workflow
    step: ir.Step
    value: ir.Value


def branching(step: ir.Step, workflow: ir.Workflow, flows: Flows, path: Path) -> Branch | None:
    """The first step whose criteria compare what is at a path of a step's response: the step itself, or one that reads
    it through outputs, in its workflow or in one that runs it, or through inputs in one that it runs.
    """
    flow = [workflow, *(f for f in flows.values() if f.id != workflow.id)]
    steps = [(w, s) for w in flow for s in w.steps]
    steps.sort(key=lambda each: each[1] is not step)
    for inner, other in steps:
        for value in _compared(other):
            if any(_is_at(found, path) for found in _parts(value, other, inner, flows, step, 0)):
                return Branch(inner, other, value)
    return None


def _parts(
    value: ir.Value, step: ir.Step | None, workflow: ir.Workflow, flows: Flows, wanted: ir.Step, depth: int
) -> Iterator[tuple[str | int, ...]]:
    """The parts of the response of a wanted step that a value is; `step` is the one that reads it."""
    if depth > _MAX_DEPTH:
        return
    deeper = flows, wanted, depth + 1
    match value:
        case ir.ResponseBody() if step is wanted:
            yield ()
        case ir.AtPointer(base=base, pointer=pointer):
            yield from ((*part, *pointer) for part in _parts(base, step, workflow, *deeper))
        case ir.OwnOutput(name=name) if step is not None:
            yield from _of_outputs(step.outputs, name, step, workflow, *deeper)
        case ir.StepOutput(step=id, name=name):
            for other in (s for s in workflow.steps if s.id == id):
                yield from _of_outputs(other.outputs, name, other, workflow, *deeper)
        case ir.CalledOutput(name=name) if step is not None and isinstance(step.call, ir.WorkflowCall):
            yield from _of_workflow(step.call.workflow, name, *deeper)
        case ir.WorkflowOutput(workflow=id, name=name):
            yield from _of_workflow(id, name, *deeper)
        case ir.Input(name=name):
            for caller in flows.values():
                for other in caller.steps:
                    for call in (node for node in _calls(other) if node.workflow == workflow.id):
                        for given in (a.value for a in call.inputs if a.name == name):
                            yield from _parts(given, other, caller, *deeper)
        case _:
            return


def _of_outputs(
    outputs: tuple[ir.Output, ...],
    name: str,
    step: ir.Step | None,
    workflow: ir.Workflow,
    flows: Flows,
    wanted: ir.Step,
    depth: int,
) -> Iterator[tuple[str | int, ...]]:
    for output in (o for o in outputs if o.name == name):
        yield from _parts(output.value, step, workflow, flows, wanted, depth)


def _of_workflow(id: str, name: str, flows: Flows, wanted: ir.Step, depth: int) -> Iterator[tuple[str | int, ...]]:
    inner = flows.get(id)
    if inner is not None:
        yield from _of_outputs(inner.outputs, name, None, inner, flows, wanted, depth)


def _calls(step: ir.Step) -> Iterator[ir.WorkflowCall]:
    """The workflows that a step and its actions run."""
    yield from (
        node for node in structs((step.call, step.on_success, step.on_failure)) if isinstance(node, ir.WorkflowCall)
    )


def _compared(step: ir.Step) -> Iterator[ir.Value]:
    """The values that criteria of a step compare with others."""
    tests = [c.test for c in step.success] + [c.test for e in (*step.on_success, *step.on_failure) for c in e.when]
    return (value for test in tests for value in condition_values(test))


def _is_at(pointer: tuple[str | int, ...], path: Path) -> bool:
    """Whether a pointer leads to a path, in which `*` is any element."""
    tokens = tuple(map(str, pointer))
    pairs = zip(tokens, path, strict=False)
    return len(tokens) == len(path) and all(part == token or is_one_of(part, token) for token, part in pairs)


def where_it_leads(step: ir.Step, value: ir.Value, item: Json, *, fails: bool) -> tuple[bool, str]:
    """Whether an action handles a value in the response, and where a run goes with it."""
    known = _known(step, value, item)
    if fails or all_hold(step.success, known) is False:
        for edge in step.on_failure:
            if edge.when and all_hold(edge.when, known):
                return True, f"action {quoted(edge.name)} handles it"
        rest = next((edge for edge in step.on_failure if not edge.when), None)
        return False, f"the step fails, and {quoted(rest.name)} is taken" if rest is not None else "the step fails"
    for edge in step.on_success:
        if edge.when and all_hold(edge.when, known):
            return True, f"action {quoted(edge.name)} handles it"
    rest = last_resort(tuple(e for e in step.on_success if all_hold(e.when, known) is not False))
    if rest is not None:
        return False, f"{quoted(rest.name)}, which handles all else, is taken"
    if step.must_match:
        return False, "no action handles it, and the run raises UnhandledOutcome"
    return False, f"no action handles it, and the run {f'continues at {quoted(step.next)}' if step.next else 'ends'}"


def _known(step: ir.Step, value: ir.Value, item: Json) -> dict[ir.Value, Json]:
    """All values of the step's criteria that are the same part of the response, whatever their types."""
    found: dict[ir.Value, Json] = {value: item}
    is_own = isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody)
    pointer = value.pointer if isinstance(value, ir.AtPointer) and is_own else None
    for other in _compared(step):
        if isinstance(other, ir.AtPointer) and isinstance(other.base, ir.ResponseBody) and other.pointer == pointer:
            found[other] = item
    return found
