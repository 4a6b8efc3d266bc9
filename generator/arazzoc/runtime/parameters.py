"""Parameters as OpenAPI says how they are written (OpenAPI 3.1.1, Style Values)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from arazzoc.runtime.text import text

RESERVED = ":/?#[]@!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Styled:
    """A query or cookie parameter that is not written in the default style."""

    value: Any
    style: str = "form"
    explode: bool = False
    reserved: bool = False


def query_text(query: Mapping[str, Any]) -> str:
    """A query: lists repeat their name, objects give their members, null is left out."""
    return "&".join(
        pair for name, value in query.items() for pair in pairs(name, value)
    )


def pairs(name: str, value: Any) -> Iterator[str]:
    """The `name=value` pairs of one parameter."""
    safe = ""
    key = quote(name, safe="")
    # only: styles
    if isinstance(value, Styled):
        safe = RESERVED if value.reserved else ""
        style, explode = value.style, value.explode
        value = value.value
        if style == "deepObject":
            yield from deep_pairs(key, value)
            return
        if not explode and (value.__class__ is dict or value.__class__ is list):
            separator = DELIMITERS.get(style, ",")
            joined = separator.join(
                quote(text(item), safe=safe) for item in flat(value)
            )
            yield f"{key}={joined}"
            return
    # end
    if value.__class__ is dict:
        for member, item in value.items():
            yield f"{quote(member, safe='')}={quote(text(item), safe=safe)}"
    elif value.__class__ is list:
        for item in value:
            yield f"{key}={quote(text(item), safe=safe)}"
    elif value is not None:
        yield f"{key}={quote(text(value), safe=safe)}"


DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def deep_pairs(key: str, value: Any) -> Iterator[str]:
    """The pairs of a deepObject: members in brackets, at any depth."""
    if value.__class__ is dict:
        for member, item in value.items():
            yield from deep_pairs(f"{key}%5B{quote(member, safe='')}%5D", item)
    elif value.__class__ is list:
        for item in value:
            yield from deep_pairs(key, item)
    elif value is not None:
        yield f"{key}={quote(text(value), safe='')}"


def flat(value: Any) -> list[Any]:
    """The items of a list, or the names and values of an object in turn."""
    if value.__class__ is dict:
        return [part for pair in value.items() for part in pair]
    return list(value)


def path_text(
    value: Any, name: str = "", style: str = "simple", explode: bool = False
) -> str:
    """A path parameter, percent-encoded, in the style simple, label or matrix."""
    start, separator = {"label": (".", "."), "matrix": (";", ";")}.get(style, ("", ","))
    key = quote(name, safe="")
    if value.__class__ is dict and explode:
        parts = [f"{encoded(k)}={encoded(v)}" for k, v in value.items()]
    elif value.__class__ is list and explode:
        lead = f"{key}=" if style == "matrix" else ""
        parts = [lead + encoded(item) for item in value]
    else:
        items = flat(value) if value.__class__ in (dict, list) else [value]
        joined = ",".join(encoded(item) for item in items)
        parts = [f"{key}={joined}" if style == "matrix" and joined else joined]
        if style == "matrix" and not joined:
            parts = [key]
    return start + separator.join(parts)


def encoded(value: Any) -> str:
    """A value as percent-encoded text."""
    return quote(text(value), safe="")


def header_text(value: Any, explode: bool = False) -> str:
    """A header in the style simple: text as it is, lists and objects joined by commas."""
    if value.__class__ is dict and explode:
        return ",".join(f"{name}={text(item)}" for name, item in value.items())
    if value.__class__ is dict or value.__class__ is list:
        return ",".join(text(item) for item in flat(value))
    return text(value)


def cookie_text(cookies: Mapping[str, Any]) -> str:
    """The header Cookie: pairs joined by semicolons, null left out."""
    found = (pair for name, value in cookies.items() for pair in pairs(name, value))
    return "; ".join(pair.replace("%2C", ",") for pair in found)
