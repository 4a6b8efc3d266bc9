"""The rules of simple conditions (Arazzo 1.1.0, Criterion Object): loose comparison of
JSON values.
"""

from __future__ import annotations

import re
from typing import Any


def holds(value: Any) -> bool:
    """Whether a value alone passes as a condition: false, null, 0 and the empty string
    do not.
    """
    return not (
        value is None
        or value is False
        or value == ""
        or (is_number(value) and value == 0)
    )


def same(left: Any, right: Any) -> bool:
    """Equality of simple conditions: text without regard to case, `'200'` equal to 200,
    true not equal to 1.
    """
    left, right = comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """`<` of simple conditions: between numbers or between texts, otherwise false."""
    left, right = comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() < right.casefold()
    return is_number(left) and is_number(right) and bool(left < right)


def less_or_equal(left: Any, right: Any) -> bool:
    """`<=` of simple conditions."""
    left, right = comparable(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() <= right.casefold()
    return is_number(left) and is_number(right) and bool(left <= right)


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """The operands, a numeric string turned into a number where the other is one."""
    if is_number(left) and isinstance(right, str):
        return left, number(right)
    if isinstance(left, str) and is_number(right):
        return number(left), right
    return left, right


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: str) -> Any:
    """The number that a text spells as JSON does, or the text."""
    if len(value) < 400 and re.fullmatch(
        r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", value
    ):
        return float(value) if set(value) & set(".eE") else int(value)
    return value


def found(pattern: str, value: Any) -> bool:
    """Whether a regular expression is found in a value's text; in a missing value it is
    not.
    """
    from arazzoc.runtime.text import text

    return value is not None and re.search(pattern, text(value)) is not None


def size(value: Any) -> Any:
    """The member `length` of an object, or how many items or characters there are."""
    if value.__class__ is dict:
        return value.get("length")
    return len(value) if value.__class__ in (list, str) else None
