"""Conditions folded to a constant when enough of their values are known: true, false, or None for unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from arazzoc import ir
from arazzoc.analysis.values import condition_values, distinct, tests
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.regex import finds
from arazzoc.runtime.conditions import json_at_most, json_equal, json_less, less, less_or_equal, same, truthy
from arazzoc.source import Json


class _Unknown:
    """Marks a value that is not known."""


UNKNOWN = _Unknown()


def fold(condition: ir.Condition, known: Mapping[ir.Value, Json]) -> bool | None:
    """Evaluate a condition with the known values; None if the others matter."""
    match condition:
        case ir.Always(holds=result):
            return result
        case ir.Negation(item=item):
            return inverse(fold(item, known))
        case ir.All(items=items):
            return all_of(fold(item, known) for item in items)
        case ir.Either(items=items):
            return inverse(all_of(inverse(fold(item, known)) for item in items))
        case ir.Truth(value=value):
            found = _value(value, known)
            return None if isinstance(found, _Unknown) else truthy(found)
        case ir.Compare(operator=operator, left=left, right=right, rules=kind):
            operands = _value(left, known), _value(right, known)
            if isinstance(operands[0], _Unknown) or isinstance(operands[1], _Unknown):
                return None
            return compare(operator, operands[0], operands[1], kind)
        case ir.Matches(context=context, pattern=pattern) if known:
            found = _value(context, known)
            texts = [part for part in pattern if isinstance(part, str)]
            if found is None:
                return False
            is_known = isinstance(found, str | int) and not isinstance(found, bool) and len(texts) == len(pattern)
            return finds("".join(texts), str(found)) if is_known else None
        case ir.JsonPathHolds(context=context, path=path) if known:
            return _path_holds(path, context, known)
        case _:
            return None


def _path_holds(path: jp.Query | jp.Test, context: ir.Value, known: Mapping[ir.Value, Json]) -> bool | None:
    """Evaluate a test of members of `$`, or a filter that is one: it selects all children of `$`, or none."""
    match path:
        case jp.Query(root="$", segments=(jp.Segment(selectors=(jp.Filter(test=test),), descendant=False),)):
            return _path_holds(test, context, known)
        case jp.Not(item=item):
            return inverse(_path_holds(item, context, known))
        case jp.And(items=items):
            return all_of(_path_holds(item, context, known) for item in items)
        case jp.Or(items=items):
            return inverse(all_of(inverse(_path_holds(item, context, known)) for item in items))
        case jp.Compare(operator=operator, left=left, right=right):
            one, other = _operand(left, context, known), _operand(right, context, known)
            if isinstance(one, _Unknown) or isinstance(other, _Unknown):
                return None
            return compare(operator, one, other, "jsonpath")
        case _:
            return None


def _operand(node: jp.Comparable, context: ir.Value, known: Mapping[ir.Value, Json]) -> Json | _Unknown:
    if isinstance(node, jp.Constant):
        return node.value
    found = member_of(node, context) if isinstance(node, jp.Query) else None
    return _value(found, known) if found is not None else UNKNOWN


def member_of(query: jp.Query, context: ir.Value) -> ir.AtPointer | None:
    """The value that a query of names from `$` selects in the response; None for other queries."""
    names = [s.selectors[0].name for s in query.segments if isinstance(s.selectors[0], jp.Name)]
    if query.root != "$" or not query.is_singular or len(names) < len(query.segments) or not names:
        return None
    if isinstance(context, ir.ResponseBody):
        return ir.AtPointer(ir.ResponseBody(), tuple(names))
    if isinstance(context, ir.AtPointer) and isinstance(context.base, ir.ResponseBody):
        return ir.AtPointer(ir.ResponseBody(), (*context.pointer, *names))
    return None


def all_hold(criteria: Iterable[ir.Criterion], known: Mapping[ir.Value, Json]) -> bool | None:
    """Whether all criteria hold; None if that is unknown."""
    return all_of(fold(c.test, known) for c in criteria)


def all_of(results: Iterable[bool | None]) -> bool | None:
    """Whether all results are true; None if that is unknown. It asks for no more than it needs."""
    is_known = True
    for result in results:
        if result is False:
            return False
        is_known = is_known and result is not None
    return True if is_known else None


def inverse(result: bool | None) -> bool | None:
    """Negate a result; the opposite of unknown is unknown."""
    return None if result is None else not result


def _value(value: ir.Value, known: Mapping[ir.Value, Json]) -> Json | _Unknown:
    if isinstance(value, ir.Constant):
        return value.value
    try:
        if value in known:
            return known[value]
    except TypeError:  # a value that holds a JSON object cannot be hashed
        return UNKNOWN
    if isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody):
        same = (k for k in known if isinstance(k, ir.AtPointer) and isinstance(k.base, ir.ResponseBody))
        return next((known[k] for k in same if k.pointer == value.pointer), UNKNOWN)
    return UNKNOWN


_Test: TypeAlias = Callable[[object, object], bool]
_RULES: Mapping[str, tuple[_Test, _Test, _Test]] = {
    "simple": (same, less, less_or_equal),
    "jsonpath": (json_equal, json_less, json_at_most),
}
"""Equality and both orderings, by the rules of simple conditions and by those of RFC 9535."""


def compare(operator: ir.Operator, left: object, right: object, rules: str) -> bool:
    """A comparison, as the module makes it when it runs."""
    is_equal, is_less, is_at_most = _RULES[rules]
    match operator:
        case "==":
            return is_equal(left, right)
        case "!=":
            return not is_equal(left, right)
        case "<":
            return is_less(left, right)
        case "<=":
            return is_at_most(left, right)
        case ">":
            return is_less(right, left)
        case ">=":
            return is_at_most(right, left)


def named_statuses(criteria: list[ir.Criterion]) -> frozenset[int]:
    """Return the statuses that success criteria name, one by one."""
    found = distinct(test for c in criteria for test in tests(c.test))
    equalities = [test for test in found if isinstance(test, ir.Compare) and test.operator == "=="]
    return frozenset(s for s in range(100, 600) if any(fold(test, {ir.StatusCode(): s}) for test in equalities))


def admitted_statuses(criteria: list[ir.Criterion]) -> frozenset[int] | None:
    """Return the statuses that the success criteria admit; None if they do not restrict the status (AMB-65)."""
    reading = [c for c in criteria if ir.StatusCode() in list(condition_values(c.test))]
    if not reading:
        return None
    statuses = frozenset(s for s in range(100, 600) if all_hold(reading, {ir.StatusCode(): s}) is not False)
    return None if len(statuses) in (0, 500) else statuses
