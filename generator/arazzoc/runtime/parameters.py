"""Parameters in the styles that are not the default (OpenAPI 3.1.1, Style Values)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from arazzoc.runtime.exchange import header_text, query_pairs
from arazzoc.runtime.values import flat, path_text, text_of, url_text

# Run-time support: parameter styles

_RESERVED = ":/?#[]@!$&'()*+,;="
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def styled(
    value: Any, style: str = "form", explode: bool = False, reserved: bool = False
) -> Callable[[str], Iterable[str]]:
    """Return a query or cookie parameter in a style of its own, as the function that
    gives its pairs for a name. `reserved` keeps the reserved characters of RFC 3986.
    """
    safe = _RESERVED if reserved else ""

    def pairs(name: str) -> Iterable[str]:
        if style == "deepObject":
            return _deep_pairs(url_text(name), value)
        if explode or value.__class__ not in (dict, list):
            return query_pairs(name, value, safe)
        items = _DELIMITERS.get(style, ",").join(url_text(i, safe) for i in flat(value))
        return [f"{url_text(name)}={items}"]

    return pairs


def _deep_pairs(key: str, value: Any) -> Iterator[str]:
    """The pairs of a deepObject: members in brackets, at any depth."""
    if value.__class__ is dict:
        for member, item in value.items():
            yield from _deep_pairs(f"{key}%5B{url_text(member)}%5D", item)
    elif value.__class__ is list:
        for item in value:
            yield from _deep_pairs(key, item)
    elif value is not None:
        yield f"{key}={url_text(value)}"


def styled_path(value: Any, name: str, style: str, explode: bool = False) -> str:
    """Return a path parameter in the style simple, label or matrix, percent-encoded."""
    start, separator = {"label": (".", "."), "matrix": (";", ";")}.get(style, ("", ","))
    lead = f"{url_text(name)}=" if style == "matrix" else ""
    if explode and value.__class__ is dict:
        parts = [f"{url_text(k)}={url_text(v)}" for k, v in value.items()]
    elif explode and value.__class__ is list:
        parts = [lead + url_text(item) for item in value]
    else:
        text = path_text(value)
        parts = [lead + text if text else lead.rstrip("=")]
    return start + separator.join(parts)


def exploded_header(value: Any) -> str:
    """Return a header in the style simple, exploded: objects as `name=value` pairs."""
    if value.__class__ is dict:
        return ",".join(f"{name}={text_of(item)}" for name, item in value.items())
    return header_text(value)
