"""Which values of a response a step branches on, and where a run goes with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.fold import all_hold
from arazzoc.analysis.values import condition_values
from arazzoc.diagnostics import quoted
from arazzoc.difference.schemas import Path
from arazzoc.difference.uses import is_one_of
from arazzoc.source import Json


def branching(step: ir.Step, steps: Iterable[ir.Step], path: Path) -> tuple[ir.Step, ir.Value] | None:
    """The first step whose criteria compare what is at a path of a step's response, and the value that they read.

    It is the step itself, or one that reads it through an output.
    """
    outputs = [
        output.name
        for output in step.outputs
        if isinstance(output.value, ir.AtPointer) and isinstance(output.value.base, ir.ResponseBody)
        if _is_at(output.value.pointer, path)
    ]
    for other in (step, *(s for s in steps if s.id != step.id)):
        for value in _compared(other):
            match value:
                case ir.AtPointer(base=ir.ResponseBody(), pointer=pointer) if other is step and _is_at(pointer, path):
                    return other, value
                case ir.OwnOutput(name=name) if other is step and name in outputs:
                    return other, value
                case ir.StepOutput(step=id, name=name) if id == step.id and name in outputs:
                    return other, value
                case _:
                    continue
    return None


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
        return False, "the step fails"
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
    pointer = value.pointer if isinstance(value, ir.AtPointer) else None
    for other in _compared(step):
        if isinstance(other, ir.AtPointer) and isinstance(other.base, ir.ResponseBody) and other.pointer == pointer:
            found[other] = item
    return found
