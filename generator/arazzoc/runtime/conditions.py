"""Comparison of JSON values: loose in simple conditions (Arazzo 1.1.0, Criterion
Object), strict in JSONPath (RFC 9535, section 2.3.5.2.2).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from arazzoc.runtime.values import text_of

# Run-time support: comparisons


def truthy(value: Any) -> bool:
    """Return whether a value alone holds: null, false, 0 and the empty string do not."""
    return value not in (None, False, 0, "")


def same(left: Any, *candidates: Any) -> bool:
    """Return whether a value equals one of the others.

    Letter case is ignored, '200' equals 200, and true does not equal 1.
    """
    return any(_equal(*_loosened(left, right)) for right in candidates)


def less(left: Any, right: Any) -> bool:
    """Return left < right, between numbers or between texts; otherwise false."""
    return _ordered(operator.lt, *_loosened(left, right))


def less_or_equal(left: Any, right: Any) -> bool:
    """Return left <= right, between numbers or between texts; otherwise false."""
    return _ordered(operator.le, *_loosened(left, right))


def size_of(value: Any) -> Any:
    """Return the member `length` of an object, or the number of items or characters."""
    if value.__class__ is dict:
        return value.get("length")
    return len(value) if value.__class__ in (list, str) else None


def found(pattern: str, value: Any) -> bool:
    """Return whether a regular expression matches some part of a value's text."""
    return (
        value is not None and re.search(pattern, text_of(value, "replace")) is not None
    )


def number_of(text: str) -> Any:
    """Return the number that a text spells as JSON does, or else the text."""
    if len(text) < 400 and re.fullmatch(
        r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", text
    ):
        return float(text) if set(text) & set(".eE") else int(text)
    return text


def json_equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal by JSON type and value."""
    if left.__class__ is dict and right.__class__ is dict:
        return left.keys() == right.keys() and all(
            json_equal(value, right[name]) for name, value in left.items()
        )
    if left.__class__ is list and right.__class__ is list:
        return len(left) == len(right) and all(map(json_equal, left, right))
    return _equal(left, right)


def json_less(left: Any, right: Any) -> bool:
    """Return left < right, between numbers or between strings; otherwise false."""
    return _ordered(operator.lt, left, right)


def json_at_most(left: Any, right: Any) -> bool:
    """Return left <= right, between numbers or between strings, or equal values."""
    return json_less(left, right) or json_equal(left, right)


def _loosened(left: Any, right: Any) -> tuple[Any, Any]:
    """Two operands: texts without letter case, and a text beside a number as a number."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold(), right.casefold()
    if isinstance(left, str) and _is_number(right):
        return number_of(left), right
    if isinstance(right, str) and _is_number(left):
        return left, number_of(right)
    return left, right


def _ordered(test: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Whether a test holds between two numbers, or between two texts."""
    are_texts = isinstance(left, str) and isinstance(right, str)
    return (are_texts or (_is_number(left) and _is_number(right))) and test(left, right)


def _is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; true and false equal no number."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)
