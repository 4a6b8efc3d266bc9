"""The text of a part of a document: what is not kept is cut from the text, so that comments and order stay.

What comes out is read again. Where it is not what was asked for, the tree is written anew, without the comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml
from msgspec import Struct

from arazzoc.bundle.marks import Marks, Span
from arazzoc.diagnostics import Report
from arazzoc.source import Json, Pointer, Source, parse, scalar

_PLAIN_TEXT = re.compile(r"[A-Za-z0-9._~/][\w./~%+@=-]*(#[\w./~%+@=-]*)?")

_BEFORE_KEY = re.compile(r"( *)(?:\? +)?")
"""What stands before a key on its line; `?` before long ones."""


class Cut(Struct, frozen=True):
    """The text of a part, and whether it was cut from that of the whole."""

    text: str
    is_original: bool


class _Uncut(Exception):
    """The text is written in a way that is not cut."""


def cut(source: Source, marks: Marks, tree: Json, changed: Mapping[Pointer, str]) -> Cut:
    """Return the text of a part of a source; `changed` are strings that become others.

    `tree` is the part, before these changes: of each object, the members that are kept.
    """
    wanted = _changed(tree, changed)
    try:
        text = _Cutter(marks).text(tree, source.tree, changed)
        if _same(_read(text, source), wanted):
            return Cut(text, True)
    except _Uncut:
        pass
    text = json.dumps(wanted, ensure_ascii=False, indent=2) + "\n" if source.is_json else _written(wanted)
    assert _same(_read(text, source), wanted), f"{source.path}: what is written is not what was meant"
    return Cut(text, False)


def _read(text: str, source: Source) -> Json:
    found = parse(text.encode(), source.path, Report())
    return found.tree if found is not None else None


def _same(one: Json, other: Json) -> bool:
    """Whether two trees are equal, the order of their members and the types of their numbers included."""
    return json.dumps(one) == json.dumps(other)


def _changed(tree: Any, changed: Mapping[Pointer, str]) -> Any:
    """Return the tree with some of its strings changed."""
    inner = {pointer[:length] for pointer in changed for length in range(len(pointer))}

    def copy(value: Any, pointer: Pointer) -> Any:
        if pointer in changed:
            return changed[pointer]
        if pointer not in inner:
            return value
        if value.__class__ is dict:
            return {name: copy(item, (*pointer, name)) for name, item in value.items()}
        return [copy(item, (*pointer, number)) for number, item in enumerate(value)]

    return copy(tree, ())


class _Cutter:
    """Collects what is replaced in a text: from, to, by what."""

    def __init__(self, marks: Marks) -> None:
        self.marks, self.whole = marks, marks.text
        self.edits: list[tuple[int, int, str]] = []

    def text(self, tree: Json, original: Json, changed: Mapping[Pointer, str]) -> str:
        if tree is not original and isinstance(tree, dict):
            self.mapping(self.marks.root, tree, original, len(self.whole))
        for pointer, value in changed.items():
            span = self.marks.span(pointer)
            if span is not None:
                self.edits.append((span.start, span.end, self.string(span, value)))
        parts: list[str] = []
        done = 0
        for start, end, replacement in sorted(self.edits):
            if start < done:
                raise _Uncut
            parts += [self.whole[done:start], replacement]
            done = end
        return "".join([*parts, self.whole[done:]])

    def mapping(self, span: Span, tree: dict[str, Any], original: Any, stop: int) -> None:
        """Cut the members of an object that are not kept; the text up to `stop` is its own."""
        if span.alias or list(span.members) != list(original):
            raise _Uncut
        names = list(span.members)
        if span.is_flow:
            self.flow(span, [name in tree for name in names])
        ends = [self.begin(member) for member in list(span.members.values())[1:]] if not span.is_flow else []
        for name, end in zip(names, [*ends, stop] if not span.is_flow else [0] * len(names), strict=True):
            member = span.members[name]
            if name not in tree:
                if not span.is_flow:
                    self.edits.append((self.begin(member), end, ""))
            elif tree[name] is not original[name] and isinstance(tree[name], dict):
                if tree[name] or not original[name]:
                    self.mapping(member, tree[name], original[name], end)
                elif member.is_flow:
                    self.edits.append((member.start, member.end, "{}"))
                else:
                    self.emptied(member, end)

    def flow(self, span: Span, kept: list[bool]) -> None:
        """Cut members of an object in braces: each with the comma after it, the last ones with that before them."""
        members = list(span.members.values())
        last = max((number for number, is_kept in enumerate(kept) if is_kept), default=-1)
        for number, is_kept in enumerate(kept[: last + 1]):
            if not is_kept:
                self.edits.append((members[number].key, members[number + 1].key, ""))
        if 0 <= last < len(members) - 1:
            self.edits.append((members[last].end, members[-1].end, ""))

    def emptied(self, span: Span, stop: int) -> None:
        """Write an object in block style that loses all its members."""
        colon = self.whole.find(":", span.key_end)
        line_end = self.whole.find("\n", colon)
        if not -1 < colon < span.start or not colon < line_end < stop:
            raise _Uncut
        self.edits += [(colon + 1, colon + 1, " {}"), (line_end + 1, stop, "")]

    def begin(self, member: Span) -> int:
        """The start of a member in block style: the lines of comments that stand right above it are its own."""
        start = self.marks.line_start(member.key)
        before = _BEFORE_KEY.fullmatch(self.whole, start, member.key)
        if before is None:
            raise _Uncut
        indent = before[1]
        while start > 0:
            above = self.marks.line_start(start - 1)
            if not self.whole.startswith(indent + "#", above):
                break
            start = above
        return start

    def string(self, span: Span, value: str) -> str:
        """Write a string as the one in its place is written."""
        quote = self.whole[span.start]
        if quote == "'":
            return "'" + value.replace("'", "''") + "'"
        if quote != '"' and _PLAIN_TEXT.fullmatch(value) and scalar(value) == value:
            return value
        return json.dumps(value, ensure_ascii=False)


# Trees written anew


class _Dumper(yaml.SafeDumper):
    """Writes YAML 1.2: strings that would be read as something else are quoted; there are no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _string(dumper: Any, value: str) -> Any:
    style = '"' if value and scalar(value) != value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _string)


def _written(tree: Json) -> str:
    library: Any = yaml
    text: str = library.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
