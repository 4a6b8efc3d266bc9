"""Payloads with values set at places within them (Payload Replacement Object)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arazzoc.runtime.jsonpath import keys_of
from arazzoc.runtime.results import RequestNotSent
from arazzoc.runtime.values import pointer_text

# Run-time support: payload replacements


def replaced(document: Any, value: Any, *pointer: str | int) -> Any:
    """Return the document with a value set at a JSON Pointer (RFC 6901), of which only
    the last member may be new; RequestNotSent where the document has no such place.
    """
    if not pointer:
        return value
    holder = document
    written = pointer_text(*pointer)
    for token in pointer[:-1]:
        holder = holder[_existing_key(holder, token, written)]
    last, is_object = pointer[-1], holder.__class__ is dict
    key = str(last) if is_object else _existing_key(holder, last, written)
    holder[key] = value
    return document


def replaced_all(
    document: Any, holders: Callable[[Any], list[Any]], value: Any, *selectors: Any
) -> Any:
    """Return the document with a value set wherever a JSONPath query selects something.

    `holders` returns the nodes whose children are selected; for selectors, see keys_of.
    RequestNotSent: the query selects nothing.
    """
    places = [
        (holder, key)
        for holder in holders(document)
        for selector in selectors
        for key in keys_of(holder, selector)
    ]
    if not places:
        raise RequestNotSent("the payload has no place to replace")
    for holder, key in places:
        holder[key] = value
    return document


def _existing_key(holder: Any, token: str | int, written: str) -> Any:
    """The key or index that a token names."""
    if holder.__class__ is dict and str(token) in holder:
        return str(token)
    if holder.__class__ is list and isinstance(token, int) and token < len(holder):
        return token
    raise RequestNotSent(f"the payload has no {written} to replace")
