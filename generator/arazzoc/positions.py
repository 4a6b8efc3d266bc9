"""The positions of nodes in the text, by JSON Pointer: built when the first diagnostic asks for one."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from msgspec import Struct, field
from yaml.events import MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

from arazzoc.diagnostics import Span
from arazzoc.yaml_events import yaml_events

_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.S)


class Mark(Struct):
    """The offsets of a node in the text, and those of its members."""

    start: int
    end: int = 0
    members: dict[str, tuple[int, Mark]] = field(default_factory=dict[str, "tuple[int, Mark]"])
    items: list[Mark] = field(default_factory=list["Mark"])


class Positions:
    """The position table of one text."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.lines = [0, *(m.end() for m in _LINE_BREAK.finditer(text))]
        self._texts: dict[int, str] = {}
        self.root = Mark(0)
        self.duplicate: tuple[int, int] = (1, 1)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column, both counted from 0."""
        return self.lines[min(line, len(self.lines) - 1)] + column

    def value(self, pointer: tuple[str | int, ...]) -> Span:
        """Return the position of the value at the pointer, or of the nearest enclosing one that exists."""
        mark = self._find(pointer)[1]
        return self._span(mark.start, mark.end, pointer)

    def key(self, pointer: tuple[str | int, ...]) -> Span:
        """Return the position of the key of the member at the pointer."""
        key, mark, exact = self._find(pointer)
        if key is None or not exact:
            return self._span(mark.start, mark.end, pointer)
        raw = str(pointer[-1])
        quotes = 2 if self.text[key : key + 1] in ("'", '"') else 0
        return self._span(key, key + len(raw) + quotes, pointer)

    def part(self, pointer: tuple[str | int, ...], value: str, offset: int, length: int) -> Span:
        """Return the position of some characters of a string value."""
        mark = self._find(pointer)[1]
        raw = self.text[mark.start : mark.end]
        at = aligned(raw, value, offset)
        if at is None:
            return self._span(mark.start, mark.end, pointer)
        start = mark.start + at
        return self._span(start, start + max(length, 1), pointer)

    def line_and_column(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def _find(self, pointer: tuple[str | int, ...]) -> tuple[int | None, Mark, bool]:
        key, mark = None, self.root
        for token in pointer:
            if isinstance(token, str) and token in mark.members:
                key, mark = mark.members[token]
            elif isinstance(token, int) and token < len(mark.items):
                key, mark = None, mark.items[token]
            else:
                return key, mark, False
        return key, mark, True

    def _line(self, line: int) -> str:
        """The text of a line; a document may be one line, which many places have."""
        if line not in self._texts:
            stop = self.lines[line] if line < len(self.lines) else len(self.text)
            self._texts[line] = _LINE_BREAK.sub("", self.text[self.lines[line - 1] : stop])
        return self._texts[line]

    def _span(self, start: int, end: int, pointer: tuple[str | int, ...]) -> Span:
        line, column = self.line_and_column(start)
        source_line = self._line(line)
        length = max(1, min(end - start, len(source_line) - column + 1))
        return Span(self.file, line, column, length, source_line, pointer_text(pointer))


def pointer_text(pointer: tuple[str | int, ...]) -> str:
    """Write a pointer in the notation of RFC 6901."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer)


def yaml_positions(file: str, text: str, way: tuple[str | int, ...] | None = None) -> Positions:
    """Build the position table of a YAML text that is known to parse: of all nodes, or of those on the way to one."""
    positions = Positions(file, text)
    next_event = yaml_events(text)
    anchors: dict[str, Mark] = {}

    def start_of(event: Any) -> int:
        return positions.offset(event.start_mark.line, event.start_mark.column)

    def end_of(event: Any) -> int:
        return positions.offset(event.end_mark.line, event.end_mark.column)

    def node(event: Any, way: tuple[str | int, ...] | None) -> Mark:
        kind = type(event).__name__
        if kind == "AliasEvent":
            if way is not None:
                raise _PassedBy
            target = anchors.get(event.anchor, Mark(0))
            return Mark(start_of(event), end_of(event), target.members, target.items)
        mark = Mark(start_of(event), end_of(event))
        if event.anchor:
            anchors[event.anchor] = mark
        if way == ():
            return mark
        if kind == "MappingStartEvent":
            while type(key := next_event()).__name__ != "MappingEndEvent":
                name = key.value if type(key).__name__ == "ScalarEvent" else ""
                if way is not None and name != way[0]:
                    skip(next_event())
                    continue
                mark.members[name] = (start_of(key), node(next_event(), way and way[1:]))
                if way is not None:
                    break
        elif kind == "SequenceStartEvent":
            while type(item := next_event()).__name__ != "SequenceEndEvent":
                is_passed = way is not None and len(mark.items) != way[0]
                mark.items.append(skip(item) if is_passed else node(item, way and way[1:]))
                if way is not None and not is_passed:
                    break
        return mark

    def skip(event: Any) -> Mark:
        depth, mark = 0, Mark(start_of(event), end_of(event))
        while True:
            kind = event.__class__
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                depth -= 1
            if depth == 0:
                return mark
            event = next_event()

    for _ in range(2):  # stream start, document start
        next_event()
    try:
        positions.root = node(next_event(), way)
    except _PassedBy:
        return yaml_positions(file, text)
    return positions


class _PassedBy(Exception):
    """The way leads through an alias, whose anchor was passed by."""


_JSON_TOKEN = re.compile(r'[\s,:]*("(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+)', re.S)


def json_positions(file: str, text: str, duplicate: str | None = None) -> Positions:
    """Build the position table of a JSON text that is known to parse.

    `duplicate` is a member that some object has twice; the table then holds the position of the second one.
    """
    import json

    positions = Positions(file, text)
    stack: list[tuple[Mark, bool]] = []
    pending: tuple[str, int] | None = None
    for match in _JSON_TOKEN.finditer(text):
        token, start = match[1], match.start(1)
        if token in ("}", "]"):
            stack.pop()[0].end = match.end()
            continue
        if stack and stack[-1][1] and pending is None:
            name = json.loads(token)
            if name == duplicate and name in stack[-1][0].members:
                positions.duplicate = positions.line_and_column(start)
            pending = (name, start)
            continue
        mark = Mark(start, match.end())
        if not stack:
            positions.root = mark
        elif pending is not None:
            stack[-1][0].members[pending[0]] = (pending[1], mark)
            pending = None
        else:
            stack[-1][0].items.append(mark)
        if token in ("{", "["):
            stack.append((mark, token == "{"))
    return positions


def aligned(raw: str, value: str, wanted: int) -> int | None:
    """Return the offset, in the scalar `raw` as written, of character `wanted` of its value; None if unclear."""
    at = 0
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    if quote:
        at = 1
    elif raw[:1] in ("|", ">"):
        line_end = raw.find("\n")
        at = line_end + 1 if line_end >= 0 else len(raw)
    for index, char in enumerate(value):
        escape = _ESCAPE.match(raw, at) if quote == '"' else None
        if escape is None and char.isspace():
            if index >= wanted:
                return at
            while at < len(raw) and raw[at].isspace():
                at += 1
            continue
        while at < len(raw) and raw[at].isspace():
            at += 1
        if at >= len(raw):
            return None
        if index >= wanted:
            return at
        escape = _ESCAPE.match(raw, at) if quote == '"' else None
        if escape is not None:
            at = escape.end()
        elif quote == "'" and raw[at] == "'":
            at += 2
        elif raw[at] == char:
            at += 1
        else:
            return None
    return at
