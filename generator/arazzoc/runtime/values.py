"""Values: reading JSON, writing text, and insisting on what a request needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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


def without_absent(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are given, be they null; what is not is an ellipsis."""
    return {name: value for name, value in members.items() if value is not ...}


def given(value: OutputsT) -> OutputsT | None:
    """Return the value of an input, or None where it is not given."""
    return None if value is ... else value


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


def text_of(value: Any, errors: str = "strict") -> str:
    """Return a value as text: strings as they are, None as "", bytes as UTF-8, all else
    as JSON. RequestNotSent: it cannot be written so, and `errors` is "strict".
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8", errors)
        except UnicodeDecodeError:
            raise RequestNotSent("bytes that are not UTF-8 are no text") from None
    return json_of(value)


def json_of(value: Any) -> str:
    """Return a value as JSON (RFC 8259); RequestNotSent if it cannot be written so."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        is_whole = text.isascii() or text.encode("utf-8", "ignore").decode() == text
        return text if is_whole else json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestNotSent(f"cannot write a value as JSON: {error}") from None


def url_text(value: Any, safe: str = "") -> str:
    """Return a value within a URL or a form, percent-encoded (RFC 3986)."""
    return quote(utf8(text_of(value)), safe=safe)


def utf8(text: str) -> bytes:
    """Return a text as bytes; RequestNotSent where it holds half a character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise RequestNotSent("a text holds a lone surrogate") from None


def path_text(value: Any, name: str, safe: str = "") -> str:
    """Return a path parameter in the style simple, percent-encoded; RequestNotSent where
    that would change the path.
    """
    text = ",".join(url_text(item, safe) for item in flat(value))
    if text in ("", ".", ".."):
        raise RequestNotSent(f"the path parameter {name} must not be {text!r}")
    return text


def flat(value: Any, separator: str = "") -> list[str]:
    """Return the items of a list, the names and values of an object, or the value, each
    as text; RequestNotSent where they could not be told apart in the request.
    """
    if value.__class__ is not dict and value.__class__ is not list:
        return [text_of(value)]
    items = value
    if value.__class__ is dict:
        items = [part for pair in value.items() for part in pair]
    if any(item.__class__ in (dict, list) for item in items):
        raise RequestNotSent("a parameter in this style cannot hold nested values")
    texts = [text_of(item) for item in items]
    if separator and any(separator in text for text in texts):
        raise RequestNotSent(f"an item of a list holds its separator {separator!r}")
    return texts


def flattened(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield a value as pairs of a query or form: lists repeat the name, with numbers in
    brackets where their items have parts, objects put their keys in brackets, and None
    in an object is left out. RequestNotSent where structure would be lost.
    """
    if value.__class__ is dict:
        for key, item in value.items():
            if "[" in key or "]" in key:
                raise RequestNotSent(
                    f"{name}: brackets in the name {key!r} of a member"
                )
            yield from flattened(f"{name}[{key}]", item)
    elif value.__class__ is list:
        has_parts = any(item.__class__ in (dict, list) for item in value)
        if has_parts and any(item is None or item in ({}, []) for item in value):
            raise RequestNotSent(f"{name}: a form cannot hold empty items of a list")
        for index, item in enumerate(value):
            if has_parts:
                yield from flattened(f"{name}[{index}]", item)
            else:
                yield name, text_of(item)
    elif value is not None:
        yield name, text_of(value)
