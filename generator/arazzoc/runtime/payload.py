"""Payloads with values set at places within them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from arazzoc.runtime.errors import RequestNotSent


def copied(value: Any) -> Any:
    """A copy, so that what the value came from stays as it is."""
    return copy.deepcopy(value)


def replaced(document: Any, value: Any, *pointer: str | int) -> Any:
    """The document with a value set at a JSON Pointer (RFC 6901); only the last member
    may be new.
    """
    if not pointer:
        return value
    holder, written = document, "/" + "/".join(str(token) for token in pointer)
    for token in pointer[:-1]:
        holder = holder[key_of(holder, token, written)]
    last = pointer[-1]
    if holder.__class__ is dict:
        holder[str(last)] = value
    else:
        holder[key_of(holder, last, written)] = value
    return document


def key_of(holder: Any, token: str | int, written: str) -> Any:
    """The key or index that a token names; RequestNotSent where there is no such place."""
    if holder.__class__ is dict and str(token) in holder:
        return str(token)
    if holder.__class__ is list and isinstance(token, int) and token < len(holder):
        return token
    raise RequestNotSent(f"the payload has no {written} to replace")


def replaced_all(
    document: Any, holders: Callable[[Any], list[Any]], value: Any, *selectors: Any
) -> Any:
    """The document with a value set wherever a JSONPath query selects something.

    `holders` gives the nodes whose children are selected. A selector is a name, an
    index, a slice, None for all children, or a function that tells which children it
    takes.
    """
    places = [
        (holder, key)
        for holder in holders(document)
        for s in selectors
        for key in selected_keys(holder, s)
    ]
    if not places:
        raise RequestNotSent("the payload has no place to replace")
    for holder, key in places:
        holder[key] = value
    return document


def selected_keys(holder: Any, selector: Any) -> list[Any]:
    """The keys or indexes of a holder's children that a selector takes."""
    keys: list[Any] = []
    if holder.__class__ is dict:
        keys = list(holder)
    elif holder.__class__ is list:
        keys = list(range(len(holder)))
    if selector is None:
        return keys
    if callable(selector):
        return [key for key in keys if selector(holder[key])]
    if selector.__class__ is slice:
        return keys[selector] if holder.__class__ is list and selector.step != 0 else []
    if isinstance(selector, int):
        inside = holder.__class__ is list and -len(keys) <= selector < len(keys)
        return [keys[selector]] if inside else []
    return [selector] if holder.__class__ is dict and selector in holder else []
