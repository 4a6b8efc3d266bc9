"""What an author does who follows a help line: the text of a document, changed at the place of the finding."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher

from arazzoc.diagnostics import Diagnostic

_FORMS = (
    re.compile(r"write (?P<new>.+) in place of (?P<old>.+)"),
    re.compile(r"write (?P<new>.+) instead of '(?P<old>.+)'"),
    re.compile(r"write (?P<new>.+?)(?:, (?:as|which|here) .+| for .+| without braces)"),
    re.compile(r"if it is text, write (?P<new>'.+') in single quotes"),
    re.compile(r"write (?P<new>[^,…]+|'.*'|\[\{.*\}\]|\{condition.*\})"),
    re.compile(r"did you mean '(?P<new>.+)'\?"),
    re.compile(r"add (?P<end>['\"]) at its end"),
)
_WORDS = re.compile(r"^write (?:its|a|the|what|both|one|type:|required:|arazzo:|stepId:|\S*<\w)")
"""Helps that say in words what is to be written."""


def followed(diagnostic: Diagnostic, text: str) -> str | None:
    """The text as a help line says; None where it leaves something to the author."""
    help = diagnostic.help or ""
    found = next((m for form in _FORMS if (m := form.fullmatch(help)) is not None), None)
    if found is None or _WORDS.match(help):
        return None
    given, span, lines = found.groupdict(), diagnostic.span, text.split("\n")
    line = lines[span.line - 1]
    start, end = span.column - 1, span.column - 1 + span.length
    new, old = given.get("new") or "", given.get("old")
    if given.get("end"):
        new = line[start:end] + given["end"]
    elif help.startswith("did you mean") and "'" in diagnostic.message:
        names = [name for name in re.findall(r"'([^']*)'", diagnostic.message) if name in line[start:end]]
        pointers = [name for name in re.findall(r"'(/[^']*)'", diagnostic.message) if name[1:] in line[start:end]]
        old = (
            pointers[0].rpartition("/")[2]
            if pointers
            else max(names, key=lambda name: SequenceMatcher(None, name, new).ratio())
            if names
            else None
        )
    if old is not None:
        return _renamed(lines, span.line - 1, start, old, new)
    if re.match(r"\w+: ", new):  # a member in place of the one that begins there
        end = len(line)
    elif line[:start].endswith(": ") and end == len(line) and re.match(r"[{!&@|>#]", new) and "condition" not in new:
        new = json.dumps(new)
    elif diagnostic.rule.code == "ARZ459" and line[:start].endswith(": "):
        new = f"'{new}'"  # a pattern may begin like a list
    lines[span.line - 1] = line[:start] + new + line[end:]
    return "\n".join(lines)


def _renamed(lines: list[str], at: int, start: int, old: str, new: str) -> str | None:
    """Replace a word: in the line of the finding, or in those of the object that begins there."""
    for number in range(at, min(at + 4, len(lines))):
        place = lines[number].find(old, start if number == at else 0)
        place = lines[number].find(old) if place < 0 else place
        if place >= 0:
            before = lines[number][:place]
            name = before.rsplit("- ", 1)[-1].lstrip()
            lines[number] = before + new.removeprefix(name) + lines[number][place + len(old) :]  # `name: x` for x
            return "\n".join(lines)
    return None
