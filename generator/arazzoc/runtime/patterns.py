"""Patterns of JSONPath that are part of the data (RFC 9485, I-Regexp)."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Any

# Run-time support: patterns of JSONPath

_CATEGORY = (
    r"\\[pP]\{(?:L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?|C[cfno]?)\}"
)
_ESCAPE = rf"(?:{_CATEGORY}|\\[()*+\-.?\[\\\]^{{|}}$nrt])"
_CLASS = rf"\[\^?+(?:{_ESCAPE}|[^\\\[\]])+\]"
_ATOM = rf"(?:{_ESCAPE}|{_CLASS}|[^\\\[\](){{}}*+?|])"
_QUANTIFIER = r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})"
_IREGEXP = re.compile(rf"(?:[(|]|(?:{_ATOM}|\)){_QUANTIFIER}?)*")
_TOKEN = re.compile(rf"{_ESCAPE}|{_CLASS}|[.$(]")
_MEMBER = re.compile(rf"{_ESCAPE}|^-|[&~|^#]")
_IN_PYTHON = {".": r"[^\n\r]", "$": r"\Z", "(": "(?:"}


@lru_cache(maxsize=256)
def iregexp(pattern: str) -> str | None:
    """Return an I-Regexp (RFC 9485) in Python's dialect, or None if it is not valid.

    The anchors ^ and $ are accepted too.
    """
    if not _IREGEXP.fullmatch(pattern):
        return None
    translated = _TOKEN.sub(_token, pattern)
    try:
        re.compile(translated)
    except (re.error, OverflowError, RecursionError):
        return None
    return translated


def pattern_of(value: Any) -> str:
    """Return a pattern of the data in Python's dialect; if invalid, it matches nothing."""
    translated = iregexp(value) if isinstance(value, str) else None
    return "(?!)" if translated is None else translated


def _token(found: re.Match[str]) -> str:
    """A token of an I-Regexp in Python's dialect."""
    token = found[0]
    if token[0] == "[":
        start = 2 if token[1] == "^" else 1
        return token[:start] + _MEMBER.sub(_member, token[start:-1]) + "]"
    if token[0] == "\\" and len(token) > 2:
        return f"[{_member(found)}]"
    return _IN_PYTHON.get(token, token)


def _member(found: re.Match[str]) -> str:
    """A token within a character class in Python's dialect."""
    token = found[0]
    if len(token) > 2:
        return _category_ranges(token[3:-1], token[1] == "P")
    return token if token[0] == "\\" else f"\\{token}"


@lru_cache(maxsize=64)
def _category_ranges(name: str, complement: bool) -> str:
    """The characters in or outside a Unicode general category, as a class holds them."""
    categories = (unicodedata.category(chr(c)) for c in range(sys.maxunicode + 1))
    marks = "".join("-x"[c.startswith(name) is not complement] for c in categories)
    ranges = (found.span() for found in re.finditer("x+", marks))
    return "".join(f"\\U{start:08x}-\\U{end - 1:08x}" for start, end in ranges)
