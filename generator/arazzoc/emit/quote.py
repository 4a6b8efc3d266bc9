"""The one way by which text of a document reaches the output."""

from __future__ import annotations

import re
import textwrap
from typing import NewType

from arazzoc.source import Json

Code = NewType("Code", str)
"""A string that holds Python text. Every other string is data."""

NO_CODE = Code("")


def literal(value: Json) -> Code:
    """A JSON value as a Python literal."""
    if isinstance(value, str):
        return Code(_text(value))
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return Code(f'float("{value}")')
    if isinstance(value, list):
        return Code("[" + ", ".join(literal(item) for item in value) + "]")
    if isinstance(value, dict):
        return Code("{" + ", ".join(f"{_text(key)}: {literal(item)}" for key, item in value.items()) + "}")
    return Code(repr(value))


def _text(value: str) -> str:
    quote = preferred_quote(value)
    return quote + _escaped(value, quote) + quote


def preferred_quote(value: str) -> str:
    """The quote that a literal of this text stands in: the double one unless that needs more escapes."""
    return "'" if value.count('"') > value.count("'") else '"'


def _escaped(value: str, quote: str) -> str:
    """Text as it stands between quotes; what cannot be printed is escaped."""
    # With a double quote at its start, repr puts the text in single ones, and escapes no double one.
    return repr(f'"{value}')[2:-1].replace("\\'", "'").replace(quote, f"\\{quote}")


def fragment(value: str, quote: str) -> str:
    """Text as it stands within an f-string in these quotes."""
    return _escaped(value, quote).replace("{", "{{").replace("}", "}}")


def printable(value: str) -> str:
    """Text without control characters, line breaks and bidirectional marks."""
    return "".join(c if c.isprintable() else " " if c.isspace() else repr(c)[1:-1] for c in value)


_DIRECTIVE = re.compile(
    r"^(black|coverage|flake8|fmt|isort|mypy|noqa|nosec|pragma|pylint|pyre|pyright|pytype|ruff|type|yapf)(?=\s*(?:[:=]|$))",
    re.I,
)


def comment(value: str, width: int, indent: int = 0) -> Code:
    """Text as a comment, its lines wrapped; a word that would make it a directive to some tool stands in quotes."""
    text = printable(" ".join(value.split()))
    lines = textwrap.wrap(text, width - indent - 2, break_long_words=False, break_on_hyphens=False)
    return Code("\n".join("# " + _DIRECTIVE.sub(r"'\1'", line) for line in lines))


def docstring(value: str, width: int, indent: int = 4) -> Code:
    """Text as a docstring, paragraphs kept and lines wrapped; '' where there is none."""
    lines = _wrapped(value, width - indent)
    if len(lines) == 1 and len(lines[0]) > width - indent - 6:  # the closing quotes need room too
        lines = _wrapped(value, width - indent - 3)
    if not lines:
        return NO_CODE
    indented = min((len(line) - len(line.lstrip(" ")) for line in lines[1:] if line), default=0)
    lines[1:] = [line[indented:] for line in lines[1:]]  # what the lines have in common means nothing
    body = "\n".join(lines).replace("\\", "\\\\")
    if '"""' in body:
        body = body.replace('"', '\\"')
    start = " " if body.startswith('"') else ""  # as black does, lest four quotes stand in a row
    end = "\n" if len(lines) > 1 else " " if body.endswith('"') else ""
    return Code(f'"""{start}{body}{end}"""')


def _wrapped(value: str, width: int) -> list[str]:
    """The lines of a docstring, the first one with room for the opening quotes."""
    lines: list[str] = []
    for raw in value.strip().splitlines():
        line, quotes = printable(raw.rstrip()), "" if lines else '"""'
        if len(quotes + line) <= width:
            lines.append(line)
            continue
        lead = line[: len(line) - len(line.lstrip())][:20]
        wrapped = textwrap.wrap(
            line, width, initial_indent=quotes, subsequent_indent=lead, break_long_words=False, break_on_hyphens=False
        ) or [quotes]
        lines += [wrapped[0][len(quotes) :], *wrapped[1:]]
    return lines


def wrapped_literal(value: str, width: int, indent: int) -> Code:
    """Text as an item of a list at that indentation: in several pieces where it does not fit into a line."""
    plain = literal(value)
    if indent + len(plain) < width or " " not in value:
        return plain
    pieces: list[str] = []
    for word in re.findall(r"\S*\s*", value):
        if pieces and indent + 4 + len(literal(pieces[-1] + word)) <= width:
            pieces[-1] += word
        elif word:
            pieces.append(word)
    return Code("(" + "\n".join(literal(piece) for piece in pieces) + ")")
