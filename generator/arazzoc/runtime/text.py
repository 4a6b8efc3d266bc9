"""Values as text."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape


def text(value: Any) -> str:
    """A value within a string: text as it is, anything else in JSON's spelling, a
    missing value as nothing.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False)


def json_text(value: Any) -> str:
    """A value within JSON text: a string is escaped, so that it stays one."""
    return (
        json.dumps(value, ensure_ascii=False)[1:-1]
        if isinstance(value, str)
        else json.dumps(value)
    )


def xml_text(value: Any) -> str:
    """A value within XML text."""
    return escape(text(value), {'"': "&quot;"})


def url_text(value: Any) -> str:
    """A value within a path or form: percent-encoded."""
    return quote(text(value), safe="")


def joined(value: Any, separator: str) -> Any:
    """A list as text, its items joined; anything else as it is."""
    return (
        separator.join(text(item) for item in value)
        if value.__class__ is list
        else value
    )
