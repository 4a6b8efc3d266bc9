"""Whether a comparison of a value with a constant can hold, by the type of the value."""

from __future__ import annotations

import json

from arazzoc import types as t
from arazzoc.diagnostics import Located
from arazzoc.runtime.conditions import number_of
from arazzoc.source import Json, Location


def can_equal(type: t.Type, value: object, kind: str) -> bool:
    """Whether a value of the type can equal the constant, by the rules of simple conditions or of JSONPath."""
    match type:
        case t.Union(items=items):
            return any(can_equal(item, value, kind) for item in items)
        case t.Boolean():
            return isinstance(value, bool) or value is None
        case t.Integer() | t.Number():
            if isinstance(value, str):
                return kind == "simple" and not isinstance(number_of(value), str)
            return not isinstance(value, bool)
        case t.String():
            return isinstance(value, str) or value is None or (kind == "simple" and not isinstance(value, bool))
        case t.Array() | t.Mapping() | t.Null():
            return value is None
        case _:
            return True


def can_be_ordered(type: t.Type, value: object, kind: str) -> bool:
    """Whether a value of the type can be more or less than the constant: numbers and texts have no order among each
    other, but for texts that spell numbers in simple conditions.
    """
    match type:
        case t.Union(items=items):
            return any(can_be_ordered(item, value, kind) for item in items)
        case t.Boolean() | t.Array() | t.Mapping() | t.Null():
            return False
        case t.Integer() | t.Number():
            return not isinstance(value, str) or (kind == "simple" and not isinstance(number_of(value), str))
        case t.String():
            return kind == "simple" or not isinstance(value, int | float)
        case _:
            return True


def is_text_with_number(type: t.Type, value: object) -> bool:
    """Whether a text is compared with a number, so that the comparison is one of numbers only where it spells one."""
    kinds = [item for item in t.alternatives(type) if item != t.NULL]
    return kinds == [t.String()] and isinstance(value, int | float) and not isinstance(value, bool)


def rewritten(condition: Location, type: t.Type, constant: Json) -> tuple[Located, str]:
    """Where a constant of another type is written, and how to write it: a number in quotes, or without them."""
    kinds = [item for item in t.alternatives(type) if item != t.NULL]
    text = str(condition.value)
    written, new = "", None
    if kinds == [t.String()] and isinstance(constant, int | float) and not isinstance(constant, bool):
        written, new = json.dumps(constant), f"'{json.dumps(constant)}'"
    elif kinds and all(isinstance(k, t.Integer | t.Number) for k in kinds) and isinstance(constant, str):
        quote = "'" if f"'{constant}'" in text else '"'
        written, new = f"{quote}{constant}{quote}", None if isinstance(number_of(constant), str) else constant
    elif kinds == [t.Boolean()] and constant in ("true", "false"):
        quote = "'" if f"'{constant}'" in text else '"'
        written, new = f"{quote}{constant}{quote}", str(constant)
    if new is None or text.count(written) != 1:
        return condition, "compare with a value of the type in the schema"
    return condition.find(written), f"write {new}"
