"""Which values of a response a step branches on, and where a run goes with each."""

from __future__ import annotations

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.fold import all_hold
from arazzoc.analysis.values import condition_values
from arazzoc.diagnostics import quoted
from arazzoc.difference.schemas import Path
from arazzoc.source import Json


def branching(step: ir.Step, path: Path) -> ir.AtPointer | None:
    """The value at a path of the response that criteria of the step compare with others."""
    tests = [c.test for c in step.success] + [c.test for e in (*step.on_success, *step.on_failure) for c in e.when]
    for test in tests:
        for value in condition_values(test):
            is_there = isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody)
            if is_there and isinstance(value, ir.AtPointer) and _is_at(value.pointer, path):
                return value
    return None


def _is_at(pointer: tuple[str | int, ...], path: Path) -> bool:
    """Whether a pointer leads to a path, in which `*` is any element."""
    tokens = tuple(map(str, pointer))
    return len(tokens) == len(path) and all(part in (token, "*") for token, part in zip(tokens, path, strict=True))


def where_it_leads(step: ir.Step, value: ir.AtPointer, item: Json, *, fails: bool) -> str:
    """Where a run goes with a value in the response: an action that handles it, or what happens without one."""
    known = _known(step, value, item)
    if fails or all_hold(step.success, known) is False:
        for edge in step.on_failure:
            if edge.when and all_hold(edge.when, known):
                return f"action {quoted(edge.name)} handles it"
        return "the step fails"
    for edge in step.on_success:
        if edge.when and all_hold(edge.when, known):
            return f"action {quoted(edge.name)} handles it"
    rest = last_resort(tuple(e for e in step.on_success if all_hold(e.when, known) is not False))
    if rest is not None:
        return f"{quoted(rest.name)}, which handles all else, is taken"
    if step.must_match:
        return "no action handles it, and the run raises UnhandledOutcome"
    return f"no action handles it, and the run {f'continues at {quoted(step.next)}' if step.next else 'ends'}"


def _known(step: ir.Step, value: ir.AtPointer, item: Json) -> dict[ir.Value, Json]:
    """All values of the step's criteria that are the same part of the response, whatever their types."""
    found: dict[ir.Value, Json] = {value: item}
    tests = [c.test for c in step.success] + [c.test for e in (*step.on_success, *step.on_failure) for c in e.when]
    for other in (other for test in tests for other in condition_values(test)):
        if isinstance(other, ir.AtPointer) and isinstance(other.base, ir.ResponseBody):
            found |= {other: item} if other.pointer == value.pointer else {}
    return found
