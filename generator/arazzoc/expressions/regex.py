"""Regular expressions: I-Regexp (RFC 9485) and ECMA-262 patterns are translated to Python's `re`.

A construct that Python does not have is refused, never approximated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from arazzoc.expressions.errors import ExpressionError, Unsupported
from arazzoc.runtime.patterns import iregexp

CATEGORIES = frozenset(
    (
        *("L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So"),
        *("Z", "Zl", "Zp", "Zs", "C", "Cc", "Cf", "Cn", "Co"),
    )
)
_ALIASES = {
    "Letter": "L",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
}
_DIGIT, _WORD = "0-9", "A-Za-z0-9_"
_SPACE = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_LINE_ENDS = r"\n\r\u2028\u2029"
_LONGEST = 100
_QUANTIFIER = re.compile(r"\{(\d+)(,(\d*))?\}")


@lru_cache(maxsize=64)
def category_ranges(name: str) -> str:
    """Write the characters of a Unicode general category as the content of a character class."""
    ranges: list[str] = []
    start = None
    for code in range(0x110001):
        inside = code < 0x110000 and unicodedata.category(chr(code)).startswith(name)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(_escaped(start) + (f"-{_escaped(code - 1)}" if code - 1 > start else ""))
            start = None
    return "".join(ranges)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def finds(pattern: str, text: str) -> bool | None:
    """Whether a pattern of Python matches somewhere in a text; None where it could take long to find out."""
    if len(text) > _LONGEST or _may_be_slow(pattern):
        return None
    return re.search(pattern, text) is not None


def _may_be_slow(pattern: str) -> bool:
    """Whether there may be very many ways to match a text: repeated groups, or much that is repeated."""
    return bool(re.search(r"\)[*+{]", pattern)) or len(re.findall(r"[*+{]", pattern)) > 3


def compiles(pattern: str, original: str) -> str:
    """Return the pattern if Python accepts it.

    Raises:
        ExpressionError: Python does not accept it.
    """
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        help = "close each group with )" if "missing )" in str(error) else None
        raise ExpressionError(f"not a regular expression: {error}", 0, max(1, len(original)), help) from None
    return pattern


# I-Regexp


def translate_iregexp(pattern: str) -> str:
    """Translate an I-Regexp (RFC 9485, section 3) to Python; the anchors `^` and `$` are accepted too.

    Raises:
        ExpressionError: the pattern is not an I-Regexp.
    """
    translated = iregexp(pattern)
    if translated is None:
        raise ExpressionError("the pattern is not an I-Regexp (RFC 9485)", 0, max(1, len(pattern)))
    return translated


def _property(pattern: str, at: int, in_class: bool) -> tuple[str, int]:
    match = re.compile(r"\\[pP]\{(?:(?:General_Category|gc)=)?([A-Za-z_]+)\}").match(pattern, at)
    name = _ALIASES.get(match[1], match[1]) if match else ""
    if match is None or name not in CATEGORIES:
        raise ExpressionError(
            "this does not name a Unicode general category", at, 2, "write \\p{…} with a category such as L or Nd"
        )
    ranges = category_ranges(name)
    if pattern[at + 1] == "p":
        return (ranges if in_class else f"[{ranges}]"), match.end()
    if in_class:
        return _complement(name), match.end()
    return f"[^{ranges}]", match.end()


@lru_cache(maxsize=64)
def _complement(name: str) -> str:
    inside = re.compile(f"[{category_ranges(name)}]")
    ranges: list[str] = []
    start = None
    for code in range(0x110001):
        outside = code < 0x110000 and not inside.match(chr(code))
        if outside and start is None:
            start = code
        elif not outside and start is not None:
            ranges.append(f"{_escaped(start)}-{_escaped(code - 1)}")
            start = None
    return "".join(ranges)


# ECMA-262


class Flagged(NamedTuple):
    """A pattern without its flags (`i`, `m`, `s` and `u`), and where it begins in the text."""

    pattern: str
    flags: str
    offset: int


_INLINE = re.compile(r"\(\?([imsu]+)\)")
_LITERAL = re.compile(r"/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)/([dgimsuvy]*)", re.S)


def without_flags(text: str) -> Flagged | None:
    """Split `(?i)x` and `/x/i`, dialects that ECMA-262 patterns do not have (AMB-61); None if the text is neither.

    Raises:
        ExpressionError: a flag has no meaning for a condition.
    """
    inline = _INLINE.match(text)
    if inline is not None:
        return Flagged(text[inline.end() :], inline[1], inline.end())
    literal = _LITERAL.fullmatch(text)
    if literal is None or len(set(literal[2])) < len(literal[2]):
        return None
    for number, flag in enumerate(literal[2]):
        if flag not in "imsu":
            offset = literal.start(2) + number
            raise ExpressionError(f"the flag {flag!r} has no meaning here", offset, 1, "write the pattern alone")
    return Flagged(literal[1], literal[2], 1)


def spelt_out(flagged: Flagged) -> str | None:
    """Write a pattern so that it needs no flags: letters in both cases, `.` for all characters; None where that is not
    simple.
    """
    pattern, flags = flagged.pattern, set(flagged.flags)
    if "m" in flags or not pattern.isascii() or re.search(r"\(\?[^:]|\{\$|\\[kpPuxc]", pattern):
        return None
    written = ""
    for token in re.finditer(r"\\.|\[(?:[^\]\\]|\\.)*\]|.", pattern, re.S):
        part = token[0]
        if "i" in flags and len(part) > 2 and part.startswith("["):
            if re.search(r"\\[A-Za-z]|[^A-Za-z]-[A-Za-z]|[A-Za-z]-[^A-Za-z]", part):
                return None
            letters = "".join(re.findall(r"[A-Za-z]-[A-Za-z]|[A-Za-z]", part))
            part = f"{part[:-1]}{letters.swapcase()}]"
        elif "i" in flags and part.isalpha():
            part = f"[{part.lower()}{part.upper()}]"
        elif "s" in flags and part == ".":
            part = r"(?:.|[\n\r\u2028\u2029])"
        written += part
    return written


def translate_ecma(pattern: str) -> str:
    """Translate an ECMA-262 pattern (with the `u` flag, no other) to Python; see translate_parts."""
    return "".join(str(part) for part in translate_parts(pattern, ()))


def translate_parts(pattern: str, holes: Sequence[tuple[int, int]], flags: str = "") -> list[str | int]:
    """Translate an ECMA-262 pattern (with the `u` flag, and those given) to Python, around the holes that values will
    fill: each is a span of the pattern, and its number in the result.

    `\\d`, `\\w`, `\\s` and `\\b` keep their ECMAScript meaning, `$` matches at the very end only, named groups,
    `\\p{…}` by general category, `\\cX`, `\\uXXXX` and `\\u{…}` are translated.

    Raises:
        Unsupported: the pattern uses a construct that Python's `re` does not have.
        ExpressionError: the pattern is not valid.
    """
    out: list[str | int] = ["(?i)"] if "i" in flags else []
    at = 0
    ends = dict(holes)
    single = {
        ".": "(?s:.)" if "s" in flags else f"[^{_LINE_ENDS}]",
        "$": rf"(?=[{_LINE_ENDS}]|\Z)" if "m" in flags else r"\Z",
        "^": f"(?<![^{_LINE_ENDS}])" if "m" in flags else "^",
    }
    while at < len(pattern):
        char = pattern[at]
        if at in ends:
            number = next(n for n, (start, _) in enumerate(holes) if start == at)
            at = ends[at]
            out += ["(?:", number, ")"] if pattern[at : at + 1] in (*"*+?{",) else [number]
            continue
        if char == "\\":
            piece, at = _ecma_escape(pattern, at, in_class=False)
        elif char == "[":
            start = at
            piece, at = _ecma_class(pattern, at)
            if any(start < hole < at for hole in ends):
                raise Unsupported("an expression in a character class is not supported", start, at - start)
        elif char in single:
            piece, at = single[char], at + 1
        elif char == "(":
            piece, at = _ecma_group(pattern, at)
        elif char == "{" and not _QUANTIFIER.match(pattern, at):
            piece, at = "\\{", at + 1
        elif char == "{":
            match = _QUANTIFIER.match(pattern, at)
            assert match is not None
            piece, at = match[0], match.end()
        elif char in "*+?" and pattern[at + 1 : at + 2] == "+":
            raise ExpressionError("the quantifier has nothing to repeat", at + 1)
        else:
            piece, at = char, at + 1
        out.append(piece)
    compiles("".join(part if isinstance(part, str) else "(?:x)" for part in out), pattern)
    merged: list[str | int] = []
    for part in out:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged or [""]


def _ecma_group(pattern: str, at: int) -> tuple[str, int]:
    match = re.compile(r"\(\?<([A-Za-z_$][A-Za-z0-9_$]*)>").match(pattern, at)
    if match is not None:
        return f"(?P<{match[1].replace('$', '_')}>", match.end()
    for opening in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
        if pattern.startswith(opening, at):
            return opening, at + len(opening)
    if pattern.startswith("(?", at):
        raise Unsupported(f"the group {pattern[at : at + 3]!r} is not supported", at, 3)
    return "(", at + 1


_E_CLASSES = {
    "d": f"[{_DIGIT}]",
    "D": f"[^{_DIGIT}]",
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}]",
}
_E_CONTROL = {"n": "\\n", "r": "\\r", "t": "\\t", "v": "\\v", "f": "\\f", "0": "\\x00"}
_E_HEX = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|c([A-Za-z]))")


def _ecma_escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    escape = pattern[at + 1 : at + 2]
    if not escape:
        raise ExpressionError("the pattern ends in a backslash", at)
    if escape in ("p", "P"):
        return _property(pattern, at, in_class)
    if escape in _E_CLASSES:
        text = _E_CLASSES[escape]
        if in_class and escape.isupper():
            raise Unsupported(f"'\\{escape}' in a character class is not supported", at, 2)
        return (text[1:-1] if in_class else text), at + 2
    if escape in ("b", "B"):
        if in_class:
            return "\\x08", at + 2
        return f"(?a:\\{escape})", at + 2
    if escape in _E_CONTROL and not (escape == "0" and pattern[at + 2 : at + 3].isdigit()):
        return _E_CONTROL[escape], at + 2
    match = _E_HEX.match(pattern, at)
    if match is not None:
        if match[4]:
            return _escaped(ord(match[4].upper()) - 64), match.end()
        code = int(match[1] or match[2] or match[3], 16)
        if code > 0x10FFFF:
            raise ExpressionError("this is not a Unicode character", at, match.end() - at)
        return _escaped(code), match.end()
    if escape == "k":
        name = re.compile(r"\\k<([A-Za-z_$][A-Za-z0-9_$]*)>").match(pattern, at)
        if name is None:
            raise ExpressionError("'\\k' is not followed by <name>", at, 2)
        return f"(?P={name[1].replace('$', '_')})", name.end()
    if escape.isdigit():
        number = re.compile(r"\\([1-9][0-9]?)").match(pattern, at)
        if number is None or in_class:
            raise ExpressionError(f"'\\{escape}' is not an escape sequence", at, 2)
        return f"(?:\\{number[1]})", number.end()
    if escape.isalpha():
        raise ExpressionError(f"'\\{escape}' is not an escape sequence", at, 2)
    return re.escape(escape), at + 2


IGNORED = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]|\{\$[^{}]*\}", re.S)
"""Where `$` and the root of an expression are a part of a pattern: after a backslash, and in a class."""
_POSIX = re.compile(r"\[\^?(?:[^\]\\]|\\.)*?(\[:\^?([a-z]+):\])")
_POSIX_CLASSES = {
    "alpha": "A-Za-z",
    "digit": r"\d",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
}


def _refuse_posix_class(pattern: str, at: int) -> None:
    """Refuse a class such as `[[:alpha:]]`, which ECMA-262 reads as a set of punctuation and letters."""
    found = _POSIX.match(pattern, at)
    if found is not None:
        known = _POSIX_CLASSES.get(found[2])
        help = f"write {known} in place of {found[1]}" if known and "^" not in found[1] else None
        message = f"{found[1]!r} is a class of POSIX, which ECMA-262 does not have"
        raise ExpressionError(message, found.start(1), len(found[1]), help)


def _ecma_class(pattern: str, at: int) -> tuple[str, int]:
    start = at
    _refuse_posix_class(pattern, at)
    at += 1
    negated = pattern[at : at + 1] == "^"
    at += negated
    out: list[str] = []
    while True:
        char = pattern[at : at + 1]
        if not char:
            raise ExpressionError("the character class is not closed", start)
        if char == "]":
            break
        if char == "\\":
            piece, at = _ecma_escape(pattern, at, in_class=True)
        else:
            piece, at = ("\\" + char if char in "[&|~^#" else char), at + 1
        out.append(piece)
    if not out:
        return ("(?s:.)" if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{''.join(out)}]", at + 1
