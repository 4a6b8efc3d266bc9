"""Values: reading JSON, writing text, and insisting on what a request needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from arazzoc.runtime.results import OutputsT, RequestNotSent

# Run-time support: values


def require_outputs(outputs: OutputsT | None, owner: str) -> OutputsT:
    """Return the outputs of a step or workflow; RequestNotSent if it has not run."""
    if outputs is None:
        raise RequestNotSent(f"{owner} has not run, and its outputs are needed")
    return outputs


def require_value(value: OutputsT | None, expression: str) -> OutputsT:
    """Return the value of an expression; RequestNotSent if it has none."""
    if value is None:
        raise RequestNotSent(f"{expression} has no value, and a request needs it")
    return value


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def at(value: Any, *pointer: str | int) -> Any:
    """Return the value at a JSON Pointer (RFC 6901), or None; an index is a number."""
    for token in pointer:
        if value.__class__ is dict:
            value = value[token] if token in value else value.get(str(token))
        elif value.__class__ is list and isinstance(token, int) and token < len(value):
            value = value[token]
        else:
            return None
    return value


def pointer_text(*tokens: str | int) -> str:
    """Return a JSON Pointer (RFC 6901) of unescaped tokens."""
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
    return "".join(f"/{token}" for token in escaped)


def text_of(value: Any) -> str:
    """Return a value as text: strings as they are, None as "", all else as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json_of(value)


def json_of(value: Any) -> str:
    """Return a value as JSON (RFC 8259); RequestNotSent if it cannot be written so."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestNotSent(f"cannot write a value as JSON: {error}") from None


def url_text(value: Any, safe: str = "") -> str:
    """Return a value within a URL or a form, percent-encoded (RFC 3986)."""
    return quote(text_of(value), safe=safe)


def path_text(value: Any) -> str:
    """Return a path parameter in the style simple, percent-encoded."""
    if value.__class__ is str:
        return quote(value, safe="")
    return ",".join(map(url_text, flat(value)))


def flat(value: Any) -> list[Any]:
    """Return the items of a list, the names and values of an object, or the value."""
    if value.__class__ is dict:
        return [part for pair in value.items() for part in pair]
    return value if value.__class__ is list else [value]
