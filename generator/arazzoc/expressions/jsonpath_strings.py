"""String literals of JSONPath (RFC 9535, section 2.3.1)."""

from __future__ import annotations

import re

from arazzoc.expressions.errors import ExpressionError

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\"}


def unescaped(raw: str, quote: str, start: int) -> str:
    """The text of a string literal without its quotes; `start` is where it begins, for errors.

    Raises:
        ExpressionError: an escape sequence is not valid, or a character must be written as one.
    """
    if "\\" not in raw:
        for index, char in enumerate(raw):
            if char < " " or "\ud800" <= char <= "\udfff":
                raise ExpressionError("this character must be escaped", start + index)
        return raw
    result: list[str] = []
    at = 0
    while at < len(raw):
        char = raw[at]
        if char != "\\":
            if char < " " or "\ud800" <= char <= "\udfff":
                raise ExpressionError("this character must be escaped", start + at)
            result.append(char)
            at += 1
            continue
        escape = raw[at + 1 : at + 2]
        if escape in _ESCAPES or escape == quote:
            result.append(_ESCAPES.get(escape, escape))
            at += 2
        elif escape == "u":
            value, at = _unicode_escape(raw, at, start)
            result.append(value)
        else:
            raise ExpressionError(f"'\\{escape}' is not an escape sequence", start + at, 2)
    return "".join(result)


def _unicode_escape(raw: str, at: int, start: int) -> tuple[str, int]:
    match = re.compile(r"\\u([0-9A-Fa-f]{4})(?:\\u([0-9A-Fa-f]{4}))?").match(raw, at)
    if match is None:
        raise ExpressionError("'\\u' is not followed by four hexadecimal digits", start + at, 2)
    high = int(match[1], 16)
    if not 0xD800 <= high <= 0xDFFF:
        return chr(high), at + 6
    low = int(match[2], 16) if match[2] else 0
    if high > 0xDBFF or not 0xDC00 <= low <= 0xDFFF:
        raise ExpressionError("this is only half of a surrogate pair", start + at, 6)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), at + 12
