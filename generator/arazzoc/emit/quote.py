"""The one way by which text of a document reaches the output."""

from __future__ import annotations

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
    """A string literal in double quotes unless that needs more escapes; what cannot be printed is escaped."""
    body = repr(value)
    if body.startswith("'") and '"' not in value:
        return '"' + body[1:-1] + '"'
    return body


def fragment(value: str) -> str:
    """Text as it stands within an f-string in double quotes."""
    body = repr("'" + value)[2:-1] if '"' not in value else repr(value.replace('"', "\0"))[1:-1].replace("\\x00", '\\"')
    return body.replace("\\'", "'").replace("{", "{{").replace("}", "}}")


def printable(value: str) -> str:
    """Text without control characters, line breaks and bidirectional marks."""
    return "".join(c if c.isprintable() else " " if c.isspace() else repr(c)[1:-1] for c in value)


def comment(value: str) -> Code:
    """Text as the rest of a comment line."""
    return Code("# " + printable(" ".join(value.split())))


def docstring(value: str, indent: int = 4) -> Code:
    """Text as a docstring, paragraphs kept and lines wrapped; '' where there is none."""
    lines: list[str] = []
    for raw in value.strip().splitlines():
        line = printable(raw.rstrip())
        if len(line) > 88 - indent:
            lead = line[: len(line) - len(line.lstrip())][:20]
            lines.extend(textwrap.wrap(line, 88 - indent, subsequent_indent=lead, break_long_words=False) or [""])
        else:
            lines.append(line)
    if not lines:
        return NO_CODE
    body = "\n".join(lines).replace("\\", "\\\\")
    if '"""' in body or body.endswith('"'):
        body = body.replace('"', '\\"')
    return Code(f'"""{body}\n"""' if len(lines) > 1 else f'"""{body}"""')
