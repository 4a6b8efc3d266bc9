"""Conditions folded to a constant when enough of their values are known: true, false, or None for unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from arazzoc import ir
from arazzoc.analysis.values import tests
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
        case _:
            return None


def all_hold(criteria: Iterable[ir.Criterion], known: Mapping[ir.Value, Json]) -> bool | None:
    """Whether all criteria hold; None if that is unknown."""
    return all_of(fold(c.test, known) for c in criteria)


def all_of(results: Iterable[bool | None]) -> bool | None:
    """Whether all results are true; None if that is unknown."""
    seen = list(results)
    if False in seen:
        return False
    return None if None in seen else True


def inverse(result: bool | None) -> bool | None:
    """Negate a result; the opposite of unknown is unknown."""
    return None if result is None else not result


def _value(value: ir.Value, known: Mapping[ir.Value, Json]) -> Json | _Unknown:
    if isinstance(value, ir.Constant):
        return value.value
    try:
        return known.get(value, UNKNOWN)
    except TypeError:  # a value that holds a JSON object cannot be hashed
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
    found = (test for c in criteria for test in tests(c.test) if isinstance(test, ir.Compare) and test.operator == "==")
    equalities = list(found)
    return frozenset(s for s in range(100, 600) if any(fold(test, {ir.StatusCode(): s}) for test in equalities))


def admitted_statuses(criteria: list[ir.Criterion]) -> frozenset[int] | None:
    """Return the statuses that the success criteria admit; None if they do not restrict the status (AMB-65)."""
    if not criteria:
        return None
    statuses = frozenset(s for s in range(100, 600) if all_hold(criteria, {ir.StatusCode(): s}) is not False)
    return None if len(statuses) in (0, 500) else statuses
