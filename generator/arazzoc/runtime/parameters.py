"""Parameters in the styles that are not the default (OpenAPI 3.1.1, Style Values)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from arazzoc.runtime.exchange import header_text, query_pairs
from arazzoc.runtime.results import RequestNotSent
from arazzoc.runtime.values import flat, flattened, path_text, url_text

# Run-time support: parameter styles

# the reserved characters of RFC 3986 that do not end a value in a query
_RESERVED = ":/?[]@!$'()*,;="
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


def styled(
    value: Any, style: str = "form", explode: bool = False, reserved: bool = False
) -> Callable[[str], Iterable[str]]:
    """Return a query or cookie parameter in a style of its own, as the function that
    gives its pairs for a name. `reserved` keeps the reserved characters of RFC 3986,
    but for those that end a value. RequestNotSent: the style cannot hold the value.
    """
    safe = _RESERVED if reserved else ""

    def pairs(name: str) -> Iterable[str]:
        if style == "deepObject":
            members = flattened(name, value)
            return [f"{url_text(key)}={url_text(text, safe)}" for key, text in members]
        if explode or value.__class__ not in (dict, list):
            return query_pairs(name, value, safe)
        pair = f"{url_text(name)}={_delimited(value, style, safe)}"
        return [pair] if value else []

    return pairs


def _delimited(value: Any, style: str, safe: str) -> str:
    """The items of a list or object with a delimiter, a blank in an item as a plus."""
    delimiter = _DELIMITERS.get(style, "")
    between, safe = url_text(delimiter) or ",", safe.replace(",", "")
    texts = flat(value, delimiter.strip(" "))
    items = [url_text(text, safe.replace(delimiter, "")) for text in texts]
    return between.join(i.replace("%20", "+") if delimiter == " " else i for i in items)


def styled_path(value: Any, name: str, style: str, explode: bool = False) -> str:
    """Return a path parameter in the style simple, label or matrix, percent-encoded, or
    with another delimiter (Swagger 2.0); RequestNotSent where that would change the path,
    or the style cannot hold the value.
    """
    if style in _DELIMITERS:
        delimiter = _DELIMITERS[style]
        return path_text(delimiter.join(flat(value, delimiter)), name)
    start, separator = {"label": (".", "."), "matrix": (";", ";")}.get(style, ("", ","))
    lead = f"{url_text(name)}=" if style == "matrix" else ""
    text = path_text(value, name)
    if not explode or value.__class__ not in (dict, list):
        return start + lead + text
    texts = [url_text(item) for item in flat(value, separator.strip(",;"))]
    parts = [lead + text for text in texts]
    if value.__class__ is dict:
        parts = [
            f"{key}={item}" for key, item in zip(texts[::2], texts[1::2], strict=True)
        ]
    return start + separator.join(parts)


def styled_header(value: Any, style: str = "simple", explode: bool = False) -> str:
    """Return a header in the style simple, exploded: objects as `name=value` pairs; or
    with another delimiter (Swagger 2.0). RequestNotSent: it cannot hold the value.
    """
    if style in _DELIMITERS:
        delimiter = _DELIMITERS[style]
        return delimiter.join(flat(value, delimiter))
    if not explode or value.__class__ is not dict:
        return header_text(value)
    if any("=" in name for name in value):
        raise RequestNotSent("a name in a header holds the separator '='")
    texts = iter(flat(value, ","))
    return ",".join(f"{key}={item}" for key, item in zip(texts, texts, strict=True))
