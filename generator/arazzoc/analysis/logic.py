"""Conditions among each other: those that never hold together, one that always holds, and one that follows from others.

Only conditions that read one value are looked at: what they say is tried with the values that tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.fold import fold
from arazzoc.analysis.values import condition_values, distinct, static_type, tests
from arazzoc.source import Json

STATUSES = (*range(100, 600),)
_NOT_VALUES = frozenset(("type", "required", "promised_by"))


def never_hold(conditions: Sequence[ir.Condition], table: t.TypeTable) -> bool:
    """Whether conditions of which each can hold never hold together, because of one value that they read."""
    return any(
        all(any(result is not False for result in column) for column in zip(*outcomes, strict=True))
        and all(False in row for row in outcomes)
        for outcomes in _outcomes(conditions, table)
    )


def one_always_holds(conditions: Sequence[ir.Condition], table: t.TypeTable) -> bool:
    """Whether one of several conditions holds in any case, though none of them does."""
    return any(
        all(any(result is not True for result in column) for column in zip(*outcomes, strict=True))
        and all(True in row for row in outcomes)
        for outcomes in _outcomes(conditions, table)
    )


def _outcomes(conditions: Sequence[ir.Condition], table: t.TypeTable) -> Iterator[list[list[bool | None]]]:
    """For each value that conditions read, what those that it decides are with all that it can be."""
    if any(isinstance(test, ir.Always) for condition in conditions for test in tests(condition)):
        return
    values: dict[str, ir.Value] = {}
    readers: dict[str, list[ir.Condition]] = {}
    for condition in distinct(conditions):
        own = {repr(_untyped(value)): value for value in condition_values(condition) if _varies(value)}
        values = own | values
        # a query may read members of the body by any name; what reads nothing that varies is always the same
        is_of_any = not own or any(isinstance(test, ir.JsonPathHolds) for test in tests(condition))
        for name in ("",) if is_of_any else own:
            readers.setdefault(name, []).append(condition)
    for name, value in values.items():
        deciding = [*readers.get(name, ()), *readers.get("", ())]
        found = [[fold(c, {value: known}) for c in deciding] for known in _candidates(value, deciding, table)]
        if found:
            yield found


def _untyped(value: ir.Value) -> ir.Value:
    """A value without what is known of its type, so that two that are the same are equal."""
    if isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody):
        return ir.AtPointer(ir.ResponseBody(), value.pointer)
    return value


def implies(conditions: Iterable[ir.Condition], test: ir.Condition, table: t.TypeTable) -> bool:
    """Whether a condition certainly holds where all of the others do."""
    known = [part for condition in conditions for part in _parts(condition)]
    if any(_plain(part) == _plain(test) for part in known):
        return True
    match test:
        case ir.All(items=items):
            return all(implies(known, item, table) for item in items)
        case ir.Either(items=items) if any(implies(known, item, table) for item in items):
            return True
        case _:
            pass
    for part in known:
        if isinstance(part, ir.Either) and all(implies([item], test, table) for item in part.items):
            return True
    value = _only_value(test)
    if value is None or not _is_plain_test(test, value, table):
        return False
    same = [c for c in known if _only_value(c) == value and _is_plain_test(c, value, table)]
    tried = [*_candidates(value, [*same, test], table), None]
    holding = [known for known in tried if all(fold(c, {value: known}) is True for c in same)]
    return bool(same and holding) and all(fold(test, {value: known}) is True for known in holding)


def _parts(condition: ir.Condition) -> Iterator[ir.Condition]:
    if isinstance(condition, ir.All):
        for item in condition.items:
            yield from _parts(item)
    else:
        yield condition


def _plain(node: ir.Condition) -> str:
    """A condition without the types of what it reads."""
    return str(ir.to_json(node, leave_out=_NOT_VALUES))


def _only_value(condition: ir.Condition) -> ir.Value | None:
    """The value of which alone a condition is, without its type; None where it is of others."""
    found: set[ir.Value] = set()
    for value in condition_values(condition):
        if _varies(value):
            found.add(_untyped(value))
        elif not isinstance(value, ir.Constant):
            return None
    return found.pop() if len(found) == 1 else None


def _is_plain_test(condition: ir.Condition, value: ir.Value, table: t.TypeTable) -> bool:
    """Whether a few values tell all about a condition: it compares for equality, or with numbers, or is of a status."""
    if isinstance(value, ir.StatusCode):
        return not any(isinstance(test, ir.Always | ir.JsonPathHolds | ir.XPathHolds) for test in tests(condition))
    for test in tests(condition):
        if not isinstance(test, ir.Compare):
            return False
        constants = [s.value for s in (test.left, test.right) if isinstance(s, ir.Constant)]
        is_number = all(isinstance(c, int | float) and not isinstance(c, bool) for c in constants)
        if len(constants) != 1 or not (test.operator in ("==", "!=") or is_number):
            return False
    return True


def _varies(value: ir.Value) -> bool:
    return isinstance(value, ir.StatusCode | ir.AtPointer | ir.ResponseHeader | ir.Input | ir.StepOutput | ir.OwnOutput)


def _candidates(value: ir.Value, conditions: Iterable[ir.Condition], table: t.TypeTable) -> Iterator[Json]:
    """The values that tell whether comparisons of a value with constants can hold together."""
    if isinstance(value, ir.StatusCode):
        yield from STATUSES
        return
    listed = table.enum(t.required(static_type(value, {}, {})))
    if listed is not None:
        yield from listed
        yield None
        return
    yield from (None, True, False, "\ue000")
    numbers: set[float] = set()
    for test in (test for condition in conditions for test in tests(condition)):
        for side in (test.left, test.right) if isinstance(test, ir.Compare) else ():
            if isinstance(side, ir.Constant):
                yield side.value
                if isinstance(side.value, int | float):
                    numbers |= {side.value, side.value - 1, side.value + 1}
                elif isinstance(side.value, str):
                    yield from (side.value + "\ue000", side.value[:-1])
    ordered = sorted(numbers)
    yield from ordered
    yield from ((one + other) / 2 for one, other in pairwise(ordered))
