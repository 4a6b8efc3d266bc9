"""The rules of JSONPath (RFC 9535): nodes of JSON values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

# Run-time support: JSONPath


class _Missing:
    """The type of MISSING: the Nothing of RFC 9535."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def member_of(value: Any, name: str) -> Any:
    """Return the member of an object, or MISSING."""
    return value.get(name, MISSING) if value.__class__ is dict else MISSING


def element_of(value: Any, index: int) -> Any:
    """Return the element of an array, from the end where negative, or MISSING."""
    if value.__class__ is list and -len(value) <= index < len(value):
        return value[index]
    return MISSING


def index_of(value: Any) -> int:
    """Return the index that a value is or spells; for others one that no array has."""
    text = str(value) if value.__class__ in (int, str) else ""
    found = re.fullmatch("0|-?[1-9][0-9]{0,14}", text)
    return int(text) if found else 10**15


def children_of(value: Any) -> Sequence[Any]:
    """Return the member values of an object, or the elements of an array."""
    if value.__class__ is dict:
        return list(value.values())
    return value if value.__class__ is list else ()


def keys_of(value: Any, selector: Any) -> Sequence[Any]:
    """Return the keys of the members, or the indexes of the elements, that are selected.

    A selector is a name, an index, a slice, None for all children, or a function that
    tests a child.
    """
    if selector.__class__ is str:
        return (selector,) if value.__class__ is dict and selector in value else ()
    keys: list[Any] = list(range(len(value))) if value.__class__ is list else []
    if selector.__class__ is slice:
        return keys[selector] if selector.step != 0 else []
    if selector.__class__ is int:
        return keys[selector:][:1] if selector >= -len(keys) else []
    if value.__class__ is dict:
        keys = list(value)
    return keys if selector is None else [key for key in keys if selector(value[key])]


def nodes_of(value: Any, *selectors: Any) -> list[Any]:
    """Return the children that selectors take, in their order; see keys_of."""
    return [value[key] for selector in selectors for key in keys_of(value, selector)]


def descendants_of(value: Any) -> Iterator[Any]:
    """Yield the value and everything nested in it, each before its children."""
    pending = [value]
    while pending:
        node = pending.pop()
        yield node
        if node.__class__ is dict:
            pending.extend(reversed(node.values()))
        elif node.__class__ is list:
            pending.extend(reversed(node))


def descendants_named(value: Any, name: str) -> list[Any]:
    """Return the members of a name at any depth, in the order of descendants_of."""
    nodes = (n for n in descendants_of(value) if n.__class__ is dict and name in n)
    return [node[name] for node in nodes]


def only_value(found: Sequence[Any]) -> Any:
    """Return the value of the only node, or MISSING (RFC 9535, section 2.4.8)."""
    return found[0] if len(found) == 1 else MISSING


def length_of(value: Any) -> Any:
    """Return the number of characters, elements or members, or MISSING (section 2.4.4)."""
    return len(value) if value.__class__ in (str, list, dict) else MISSING


def fully_matches(pattern: str, value: Any) -> bool:
    """Return whether a regular expression matches the whole string (section 2.4.6)."""
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def partly_matches(pattern: str, value: Any) -> bool:
    """Return whether a regular expression matches a part of it (section 2.4.7)."""
    return isinstance(value, str) and re.search(pattern, value) is not None


def none_if_missing(value: Any) -> Any:
    """Return what a singular query selects, None where it selects nothing."""
    return None if value is MISSING else value
