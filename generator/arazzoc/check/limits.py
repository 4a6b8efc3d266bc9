"""The limits of a schema that a constant breaks: ranges, lengths, patterns, formats; only what is sure is told."""

from __future__ import annotations

import re
from collections.abc import Mapping

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import translate_ecma
from arazzoc.openapi.facts import shown_value
from arazzoc.source import Json

_FORMATS = {
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date such as 2030-01-31"),
    "date-time": (
        r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?([Zz]|[+-]\d\d:?\d\d)?",
        "a date and time such as 2030-01-31T12:00:00Z",
    ),
    "uuid": (r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}", "a UUID"),
    "email": (r"[^\s@]+@[^\s@]+", "an email address"),
    "uri": (r"[A-Za-z][A-Za-z0-9+.\-]*:\S*", "a URI with its scheme, such as https://…"),
}
"""What texts of a format look like (JSON Schema 2020-12, Validation, section 7.3), generously."""


def broken_limit(value: Json, limits: Mapping[str, Json]) -> str | None:
    """What a value breaks of the limits of its schema, in words."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _of_number(value, limits)
    if isinstance(value, str):
        return _of_text(value, limits)
    return _of_size(len(value), "items" if isinstance(value, list) else "properties", limits)


def _number(limits: Mapping[str, Json], word: str) -> float | None:
    limit = limits.get(word)
    return limit if isinstance(limit, int | float) and not isinstance(limit, bool) else None


def _of_number(value: float, limits: Mapping[str, Json]) -> str | None:
    low, high = _number(limits, "minimum"), _number(limits, "maximum")
    above, below = _number(limits, "exclusiveMinimum"), _number(limits, "exclusiveMaximum")
    if limits.get("exclusiveMinimum") is True:  # OpenAPI 3.0
        low, above = None, low
    if limits.get("exclusiveMaximum") is True:
        high, below = None, high
    shown = shown_value(value)
    if low is not None and value < low:
        return f"is {shown}, less than the minimum {shown_value(low)}"
    if high is not None and value > high:
        return f"is {shown}, more than the maximum {shown_value(high)}"
    if above is not None and value <= above:
        return f"is {shown}, and must be more than {shown_value(above)}"
    if below is not None and value >= below:
        return f"is {shown}, and must be less than {shown_value(below)}"
    step = _number(limits, "multipleOf")
    if step is not None and step >= 1 and isinstance(value, int) and value % step:
        return f"is {shown}, which is no multiple of {shown_value(step)}"
    return None


def _of_size(size: int, noun: str, limits: Mapping[str, Json]) -> str | None:
    word = noun.capitalize() if noun != "characters" else "Length"
    low, high = _number(limits, f"min{word}"), _number(limits, f"max{word}")
    if low is not None and size < low:
        return f"has {size} {noun}, less than {shown_value(low)}"
    if high is not None and size > high:
        return f"has {size} {noun}, more than {shown_value(high)}"
    return None


def _of_text(value: str, limits: Mapping[str, Json]) -> str | None:
    broken = _of_size(len(value), "characters", limits)
    if broken is not None:
        return broken
    pattern = limits.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        return f"is {shown_value(value)}, which does not match {shown_value(pattern)}"
    form = limits.get("format")
    known = _FORMATS.get(form) if isinstance(form, str) else None
    if known is not None and value and re.fullmatch(known[0], value) is None:
        return f"is {shown_value(value)}, not {known[1]}"
    return None


def _matches(pattern: str, value: str) -> bool:
    try:
        return len(value) > 1000 or re.search(translate_ecma(pattern), value) is not None
    except (ExpressionError, re.error, RecursionError):
        return True
