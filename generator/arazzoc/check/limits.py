"""The limits of a schema that a constant breaks, in words: ranges, lengths, patterns, formats; only what is sure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from arazzoc.openapi.fits import broken
from arazzoc.openapi.limits import shown_value
from arazzoc.source import Json

_FORMATS = {
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date such as 2030-01-31"),
    "date-time": (
        r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?([Zz]|[+-]\d\d:?\d\d)?",
        "a date and time such as 2030-01-31T12:00:00Z",
    ),
    "uuid": (r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}", "a UUID"),
    "email": (r"(?:[^\s@]+|\"(?:[^\"\\]|\\.)+\")@[^\s@]+", "an email address"),
    "uri": (r"[A-Za-z][A-Za-z0-9+.\-]*:\S*", "a URI with its scheme, such as https://…"),
}
"""What texts of a format look like (JSON Schema 2020-12, Validation, section 7.3), generously."""
_WORDS = {
    "minimum": "is {0}, less than the minimum {1}",
    "maximum": "is {0}, more than the maximum {1}",
    "exclusiveMinimum": "is {0}, and must be more than {1}",
    "exclusiveMaximum": "is {0}, and must be less than {1}",
    "multipleOf": "is {0}, which is no multiple of {1}",
    "pattern": "is {0}, which does not match {1}",
    "minLength": "has {2} characters, less than {1}",
    "maxLength": "has {2} characters, more than {1}",
    "minItems": "has {2} items, less than {1}",
    "maxItems": "has {2} items, more than {1}",
    "minProperties": "has {2} properties, less than {1}",
    "maxProperties": "has {2} properties, more than {1}",
}


def broken_limit(value: Json, limits: Mapping[str, Json]) -> str | None:
    """What a value breaks first of the limits of its schema, in words."""
    for word in broken(limits, value):
        if word in _WORDS:
            limit = limits[word]
            if limit is True:  # OpenAPI 3.0
                limit = limits["minimum" if word == "exclusiveMinimum" else "maximum"]
            size = len(value) if isinstance(value, str | list | dict) else 0
            return _WORDS[word].format(shown_value(value), shown_value(limit), size)
    return None


def wrong_format(value: Json, limits: Mapping[str, Json]) -> str | None:
    """That a text or number is not of the format of its schema, in words."""
    form = limits.get("format")
    if isinstance(form, str) and form in _SIZES and isinstance(value, int) and not isinstance(value, bool):
        size = _SIZES[form]
        return None if -(2**size) <= value < 2**size else f"is {shown_value(value)}, which is too large for {form}"
    known = _FORMATS.get(form) if isinstance(form, str) else None
    if known is None or not isinstance(value, str) or not value:
        return None
    is_like = re.fullmatch(known[0], value) is not None
    if is_like and form in ("date", "date-time") and not _is_day(value[:10]):
        return f"is {shown_value(value)}, and there is no such day"
    return None if is_like else f"is {shown_value(value)}, not {known[1]}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return text.startswith("0000")  # a year that Python does not have
    return True


_SIZES = {"int32": 31, "int64": 63}
