"""What corresponds to what: by name, or else by what it does, so that a new name or another place is one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct, field

from arazzoc import ir
from arazzoc.difference.plain import Names, Plain

T = TypeVar("T")


class Matched(Struct):
    """What corresponds in two programs: `names` are the new names of what has another one on the old side."""

    names: Names = field(default_factory=Names)
    workflows: list[tuple[ir.Workflow, ir.Workflow]] = field(default_factory=list[tuple[ir.Workflow, ir.Workflow]])


def matched(old: ir.Program, new: ir.Program) -> Matched:
    """Match the workflows of two programs, and what is in them."""
    found = Matched()
    names = found.names
    olds, news = {w.id: w for w in old.workflows}, {w.id: w for w in new.workflows}
    gone, added = _unmatched(olds, news)
    for one, other in _mutual(gone, added, _is_same_flow):
        names.workflows[one.id] = other.id
    for one in old.workflows:
        after = news.get(names.workflows.get(one.id, one.id))
        if after is not None:
            found.workflows.append((one, after))
    for one, other in found.workflows:
        _match_outputs(one, other, "", one.outputs, other.outputs, names)
        _match_steps(one, other, names)
    for one, other in found.workflows:
        _match_inputs(one, other, names)
    names.sources.update(_renamed_sources(old, new, found))
    for one, other in found.workflows:  # which may have been renamed with inputs
        _match_steps(one, other, names)
        _match_outputs(one, other, "", one.outputs, other.outputs, names)
    return found


def _renamed_sources(old: ir.Program, new: ir.Program, found: Matched) -> dict[str, str]:
    """The sources whose operations are all called in another one, which has no others."""
    befores, afters = ({call.source for w in program.workflows for call in w.http_calls} for program in (old, new))
    became: dict[str, set[str]] = {}
    for one, other in found.workflows:
        for step, after in pairs(one.steps, other.steps, lambda s: s.id, Plain(one.id, found.names).step):
            if isinstance(step.call, ir.HttpCall) and isinstance(after.call, ir.HttpCall):
                became.setdefault(step.call.source, set()).add(after.call.source)
    plain = {was: next(iter(now)) for was, now in became.items() if len(now) == 1}
    taken = list(plain.values())
    return {
        was: now for was, now in plain.items() if was not in afters and now not in befores and taken.count(now) == 1
    }


def pairs(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], str], renamed: Callable[[str], str]
) -> list[tuple[T, T]]:
    """What has the same name on both sides, in the order of the new one."""
    befores = {renamed(key(item)): item for item in old}
    return [(befores[key(item)], item) for item in new if key(item) in befores]


def moved(order: Sequence[str], other: Sequence[str]) -> list[str]:
    """What stands elsewhere in another order of the same names: as few as possible, of which the rest are in order."""
    place = {name: number for number, name in enumerate(order)}
    best: dict[str, tuple[str, ...]] = {}
    for name in reversed(other):
        rests = [chain for first, chain in best.items() if place[first] > place[name]]
        best[name] = (name, *min(rests, key=_first, default=()))
    kept = min(best.values(), key=_first, default=())
    return [name for name in other if name not in kept]


def reordered(old: Iterable[T], new: Iterable[T]) -> bool:
    """Whether what is on both sides is in another order."""
    befores, afters = list(old), list(new)
    return [item for item in befores if item in afters] != [item for item in afters if item in befores]


def _first(chain: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """The longest chain, and of several the first one by its names: the same in both directions."""
    return -len(chain), chain


def _mutual(gone: Sequence[T], added: Sequence[T], same: Callable[[T, T], bool]) -> list[tuple[T, T]]:
    """The pairs of which each is the only match of the other."""
    found = [(one, other) for one in gone for other in added if same(one, other)]
    ones, others = Counter(id(one) for one, _ in found), Counter(id(other) for _, other in found)
    return [(a, b) for a, b in found if ones[id(a)] == 1 == others[id(b)]]


def with_same_value(
    gone: Sequence[T], added: Sequence[T], befores: Sequence[Any], afters: Sequence[Any]
) -> list[tuple[T, T]]:
    """The pairs of which each is the only one with the value of the other; the values are given in order."""
    ones, others = list(map(repr, befores)), list(map(repr, afters))
    counts, places = (Counter(ones), Counter(others)), dict(zip(others, added, strict=True))
    return [
        (item, places[value])
        for value, item in zip(ones, gone, strict=True)
        if counts[0][value] == 1 == counts[1].get(value, 0)
    ]


def _unmatched(olds: dict[str, T], news: dict[str, T]) -> tuple[list[T], list[T]]:
    return [o for k, o in olds.items() if k not in news], [n for k, n in news.items() if k not in olds]


def _is_same_flow(one: ir.Workflow, other: ir.Workflow) -> bool:
    """Whether two workflows with other names are one: they have most steps in common."""
    befores, afters = {step.id for step in one.steps}, {step.id for step in other.steps}
    return 2 * len(befores & afters) > max(len(befores), len(afters))


def _match_steps(one: ir.Workflow, other: ir.Workflow, names: Names) -> None:
    """Find steps with a new name: those that make the same call, or the only one left with the same target there."""
    before, after = Plain(one.id, names), Plain(other.id)
    while True:
        ids = {step.id for step in other.steps}
        gone = [s for s in one.steps if before.step(s.id) not in ids]
        known = {before.step(step.id) for step in one.steps}
        added = [s for s in other.steps if s.id not in known]
        calls = [before.of(s.call, s) for s in gone], [after.of(s.call, s) for s in added]
        found = with_same_value(gone, added, *calls)
        if not found:  # several make the same call: they are told apart by what comes before
            places = [_before(one, s, before.step) for s in gone], [_before(other, s, str) for s in added]
            beside = (list(zip(call, place, strict=True)) for call, place in zip(calls, places, strict=True))
            found = with_same_value(gone, added, *beside)
        if not found and len(gone) == len(added) == 1 and _target(gone[0], before) == _target(added[0], after):
            found = [(gone[0], added[0])]
        if not found:
            break
        names.steps.update({(one.id, step.id): new.id for step, new in found})
    for step, new in pairs(one.steps, other.steps, lambda s: s.id, before.step):
        _match_outputs(one, other, step.id, step.outputs, new.outputs, names)


def _before(workflow: ir.Workflow, step: ir.Step, renamed: Callable[[str], str]) -> str:
    """The name of the step before one, '' for the first."""
    number = workflow.steps.index(step)
    return renamed(workflow.steps[number - 1].id) if number else ""


def _target(step: ir.Step, plain: Plain) -> Hashable:
    match step.call:
        case ir.HttpCall(source=source, method=method, path=path):
            return source, method, tuple("" if isinstance(part, ir.Argument) else part for part in path)
        case ir.WorkflowCall(workflow=workflow):
            return plain.other(workflow)


def _match_outputs(
    one: ir.Workflow,
    other: ir.Workflow,
    step: str,
    olds: tuple[ir.Output, ...],
    news: tuple[ir.Output, ...],
    names: Names,
) -> None:
    """Find outputs with a new name: those with the same value."""
    before, after = Plain(one.id, names), Plain(other.id)
    befores, afters = {before.output(one.id, step, o.name) for o in olds}, {n.name for n in news}
    gone = [o for o in olds if before.output(one.id, step, o.name) not in afters]
    added = [n for n in news if n.name not in befores]
    values = [before.of(output.value) for output in gone], [after.of(output.value) for output in added]
    for output, new in with_same_value(gone, added, *values):
        names.outputs[one.id, step, output.name] = new.name


def _match_inputs(one: ir.Workflow, other: ir.Workflow, names: Names) -> None:
    """Find inputs with a new name: those of the same kind that are used in the same places."""
    before = Plain(one.id, names)
    befores, afters = {before.input(one.id, i.name) for i in one.inputs}, {n.name for n in other.inputs}
    gone = [i for i in one.inputs if before.input(one.id, i.name) not in afters]
    added = [n for n in other.inputs if n.name not in befores]

    def uses(workflow: ir.Workflow, name: str, plain: Plain) -> list[Any]:
        steps = {plain.step(step.id): _places(plain.of(step, step), ("Input", name)) for step in workflow.steps}
        return sorted((step, place) for step, places in steps.items() for place in places)

    used = [(uses(one, i.name, before), i.required) for i in gone]
    also = [(uses(other, n.name, Plain(other.id)), n.required) for n in added]
    for item, new in with_same_value(gone, added, used, also):
        if used[gone.index(item)][0]:  # of what is not used nothing is known
            names.inputs[one.id, item.name] = new.name


def _places(value: Any, wanted: Any, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Where a value is in a plain value."""
    if value == wanted:
        return [at]
    if value.__class__ is not tuple:
        return []
    return [place for number, item in enumerate(value) for place in _places(item, wanted, (*at, number))]
