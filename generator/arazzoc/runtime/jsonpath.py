"""The rules of JSONPath (RFC 9535): nodes of JSON values, and comparison without
conversion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final


class Missing:
    """The type of `MISSING`, which is what a query gives that selects nothing (RFC
    9535: Nothing).
    """

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def member(value: Any, name: str) -> Any:
    """The member of an object, or MISSING."""
    return value.get(name, MISSING) if value.__class__ is dict else MISSING


def element(value: Any, index: int) -> Any:
    """The element of an array, counted from the end where negative, or MISSING."""
    if value.__class__ is list and -len(value) <= index < len(value):
        return value[index]
    return MISSING


def children(value: Any) -> Sequence[Any]:
    """The members' values of an object or the elements of an array."""
    if value.__class__ is dict:
        return list(value.values())
    return value if value.__class__ is list else ()


def named(value: Any, name: str) -> Sequence[Any]:
    """The member of an object as a list of at most one node."""
    return (value[name],) if value.__class__ is dict and name in value else ()


def indexed(value: Any, index: int) -> Sequence[Any]:
    """The element of an array as a list of at most one node."""
    return (
        (value[index],)
        if value.__class__ is list and -len(value) <= index < len(value)
        else ()
    )


def sliced(value: Any, start: int | None, stop: int | None, step: int) -> Sequence[Any]:
    """The elements of a slice (RFC 9535, section 2.3.4): a step of 0 selects none."""
    return value[start:stop:step] if value.__class__ is list and step else ()


def descendants(value: Any) -> Iterator[Any]:
    """The value and all that is nested in it, each before its children."""
    pending = [value]
    while pending:
        node = pending.pop()
        yield node
        if node.__class__ is dict:
            pending.extend(reversed(node.values()))
        elif node.__class__ is list:
            pending.extend(reversed(node))


def named_descendants(value: Any, name: str) -> list[Any]:
    """The members of that name at any depth, in the order of `descendants`."""
    found: list[Any] = []
    pending = [value]
    while pending:
        node = pending.pop()
        if node.__class__ is dict and name in node:
            found.append(node[name])
        for child in reversed(children(node)):
            if child.__class__ is dict or child.__class__ is list:
                pending.append(child)
    return found


def first(found: Sequence[Any]) -> Any:
    """The value of the only node, or MISSING (RFC 9535, section 2.4.8)."""
    return found[0] if len(found) == 1 else MISSING


def length(value: Any) -> Any:
    """How many characters, elements or members there are (RFC 9535, section 2.4.4), or
    MISSING.
    """
    return len(value) if value.__class__ in (str, list, dict) else MISSING


def equal(left: Any, right: Any) -> bool:
    """Equality (RFC 9535, section 2.3.5.2.2): by JSON type and value, all the way down."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left.__class__ is dict and right.__class__ is dict:
        return left.keys() == right.keys() and all(
            equal(v, right[k]) for k, v in left.items()
        )
    if left.__class__ is list and right.__class__ is list:
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return left.__class__ is right.__class__ and bool(left == right)


def below(left: Any, right: Any) -> bool:
    """`<` (RFC 9535, section 2.3.5.2.2): between numbers or between strings, otherwise
    false.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left < right
    return isinstance(left, str) and isinstance(right, str) and left < right


def compare(operator: str, left: Any, right: Any) -> bool:
    """A comparison by its operator."""
    match operator:
        case "==":
            return equal(left, right)
        case "!=":
            return not equal(left, right)
        case "<":
            return below(left, right)
        case ">":
            return below(right, left)
        case "<=":
            return below(left, right) or equal(left, right)
        case _:
            return below(right, left) or equal(left, right)


def matches(pattern: str, value: Any) -> bool:
    """match() with a constant pattern: the whole string matches (RFC 9535, section
    2.4.6).
    """
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def contains(pattern: str, value: Any) -> bool:
    """search() with a constant pattern: some part of the string matches (RFC 9535,
    section 2.4.7).
    """
    return isinstance(value, str) and re.search(pattern, value) is not None


def matches_dynamic(pattern: Any, value: Any) -> bool:
    """match() with a pattern that is known only now."""
    translated = iregexp(pattern) if isinstance(pattern, str) else None
    return translated is not None and matches(translated, value)


def contains_dynamic(pattern: Any, value: Any) -> bool:
    """search() with a pattern that is known only now."""
    translated = iregexp(pattern) if isinstance(pattern, str) else None
    return translated is not None and contains(translated, value)


I_TOKEN = re.compile(r"\\[pP]\{\w+\}|\\.|\{\d+(?:,\d*)?\}|\[\^?|.", re.S)
QUANTIFIER = re.compile(r"[*+?]|\{.+\}")


@lru_cache(maxsize=256)
def iregexp(pattern: str) -> str | None:
    """An I-Regexp (RFC 9485, section 3) in Python's dialect, or None where it is none.

    The anchors `^` and `$` are accepted too.
    """
    parts: list[str] = []
    in_class = False
    last = ""
    for token in I_TOKEN.findall(pattern):
        if token[0] == "\\":
            part = i_escape(token, in_class)
        elif in_class and token == "]":
            part, in_class = (None if last[0] == "[" else "]"), False
        elif in_class:
            plain = token.replace("-", "\\-") if last[0] == "[" else token
            part = None if token[0] == "[" else plain
            part = part if part is None else re.sub(r"[&~|^#]", r"\\\g<0>", part)
        elif token[0] == "[":
            part, in_class = token, True
        elif token in ("]", "{", "}"):
            part = None
        elif QUANTIFIER.fullmatch(token):
            is_first = not last or last == "(" or bool(QUANTIFIER.fullmatch(last))
            part = None if is_first else token
        else:
            part = PLAIN.get(token, token)
        if part is None:
            return None
        parts.append(part)
        last = token
    try:
        re.compile("".join(parts))
    except (re.error, OverflowError):
        return None
    return "".join(parts)


PLAIN = {".": r"[^\n\r]", "$": r"\Z", "(": "(?:"}


def i_escape(token: str, in_class: bool) -> str | None:
    """An escape of an I-Regexp in Python's dialect, or None."""
    if token[1:2] in ("p", "P") and len(token) > 2:
        ranges = category(token[3:-1], token[1] == "P")
        return (ranges if in_class else f"[{ranges}]") if ranges else None
    return token if len(token) == 2 and token[1] in "()*+-.?[\\]^{|}$nrt" else None


@lru_cache(maxsize=64)
def category(name: str, complement: bool) -> str:
    """The characters in or outside a Unicode general category, as the inside of a
    character class.
    """
    import sys
    import unicodedata

    ranges: list[str] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        inside = (
            code <= sys.maxunicode
            and unicodedata.category(chr(code)).startswith(name) is not complement
        )
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)


def none_if_missing(value: Any) -> Any:
    """A value that a singular query selects, None where it selects nothing."""
    return None if value is MISSING else value
