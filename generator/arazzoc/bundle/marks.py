"""Where the values of a text begin and end, and what is an alias: the table by which a text is cut."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from msgspec import Struct, field

from arazzoc.positions import Mark, Positions, json_positions
from arazzoc.source import Pointer, Source
from arazzoc.yaml_events import yaml_events


class Span(Struct):
    """A value in the text, from `start` to `end`, with the spans of its members, whose keys end at `key_end`.

    The end of a collection in block style is not known: it reaches to what follows it. `alias` is the name of the
    anchor for which the value stands.
    """

    start: int
    end: int
    is_flow: bool = True
    key: int = 0
    key_end: int = 0
    alias: str = ""
    members: dict[str, Span] = field(default_factory=dict[str, "Span"])
    items: list[Span] = field(default_factory=list["Span"])


class Marks:
    """The spans of a text; `anchors` has the pointers of what has an anchor, `aliases` those of aliases."""

    def __init__(self, source: Source) -> None:
        self.text = source.text
        self.anchors: dict[str, Pointer] = {}
        self.aliases: dict[Pointer, Pointer] = {}
        self.positions = Positions(source.path, self.text)
        if source.is_json:
            self.root = _of_json(json_positions(source.path, self.text).root, 0)
        else:
            self.root = self._of_yaml(yaml_events(self.text))

    def line_start(self, offset: int) -> int:
        """The offset of the line that an offset is on."""
        return self.positions.lines[bisect_right(self.positions.lines, offset) - 1]

    def alias_on(self, pointer: Pointer) -> Pointer | None:
        """Return the pointer of the alias through which a pointer leads, itself included."""
        return next((pointer[:n] for n in range(len(pointer) + 1) if pointer[:n] in self.aliases), None)

    def span(self, pointer: Pointer) -> Span | None:
        """Return the span of a value; None if it stands elsewhere, behind an alias."""
        span: Span | None = self.root
        for token in pointer:
            if span is None:
                return None
            if isinstance(token, int):
                span = span.items[token] if token < len(span.items) else None
            else:
                span = span.members.get(token)
        return span

    def _of_yaml(self, next_event: Any) -> Span:
        def offset(mark: Any) -> int:
            return self.positions.offset(mark.line, mark.column)

        def node(event: Any, pointer: Pointer) -> Span:
            kind = type(event).__name__
            span = Span(offset(event.start_mark), offset(event.end_mark))
            if kind == "AliasEvent":
                span.alias = event.anchor
                self.aliases[pointer] = self.anchors.get(event.anchor, ())
                return span
            if event.anchor:
                self.anchors[event.anchor] = pointer
            if kind == "MappingStartEvent":
                span.is_flow = bool(event.flow_style)
                while type(key := next_event()).__name__ != "MappingEndEvent":
                    name = key.value if type(key).__name__ == "ScalarEvent" else ""
                    value = node(next_event(), (*pointer, name))
                    value.key, value.key_end = offset(key.start_mark), offset(key.end_mark)
                    span.members[name] = value
                span.end = offset(key.end_mark)
            elif kind == "SequenceStartEvent":
                span.is_flow = bool(event.flow_style)
                while type(item := next_event()).__name__ != "SequenceEndEvent":
                    span.items.append(node(item, (*pointer, len(span.items))))
                span.end = offset(item.end_mark)
            return span

        for _ in range(2):  # stream start, document start
            next_event()
        return node(next_event(), ())


def _of_json(mark: Mark, key: int) -> Span:
    members = {name: _of_json(inner, at) for name, (at, inner) in mark.members.items()}
    return Span(mark.start, mark.end, key=key, members=members, items=[_of_json(item, 0) for item in mark.items])
