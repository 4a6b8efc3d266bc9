"""Whether two schemas say the same, however it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arazzoc.openapi.alternatives import reached
from arazzoc.openapi.document import Node
from arazzoc.source import Json

ANNOTATIONS = frozenset(
    ("description", "title", "summary", "example", "examples", "externalDocs", "$comment", "xml", "discriminator")
)


def alike(old: Node, new: Node, *, annotations: bool = False) -> bool:
    """Whether two schemas are the same text, but for what they do not assert; references are followed."""
    return _Alike(annotations).schemas(old, new)


_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_LISTS = ("allOf", "oneOf", "anyOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else")
_SETS = ("required", "type")


class _Alike:
    def __init__(self, ignores_notes: bool) -> None:
        self.ignored = {"deprecated", "default"} if ignores_notes else set[str]()
        self.seen: set[tuple[str, str]] = set()

    def schemas(self, old: Node, new: Node) -> bool:
        old, new = reached(old), reached(new)
        if (old.key, new.key) in self.seen:
            return True
        self.seen.add((old.key, new.key))
        besides = zip(old.beside, new.beside, strict=False)
        if len(old.beside) != len(new.beside) or not all(self.schemas(one, other) for one, other in besides):
            return False
        if not isinstance(old.value, dict) or not isinstance(new.value, dict):
            return equal(old.value, new.value)
        words = self.words(old.value), self.words(new.value)
        return words[0] == words[1] and all(self.member(word, old, new) for word in words[0])

    def words(self, fields: Mapping[str, Json]) -> set[str]:
        words = (
            word for word in fields if (word not in ANNOTATIONS and not word.startswith("x-")) or word == "x-nullable"
        )
        return {word for word in words if word not in self.ignored and word not in ("$defs", "definitions")}

    def member(self, word: str, old: Node, new: Node) -> bool:
        one, other = old.fields[word], new.fields[word]
        if word in _MAPS and isinstance(one, dict) and isinstance(other, dict):
            return list(one) == list(other) and all(self.inner((word, name), old, new) for name in one)
        if word in _LISTS and isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(self.inner((word, number), old, new) for number in range(len(one)))
        if word in _SINGLE and isinstance(one, dict) and isinstance(other, dict):
            return self.inner((word,), old, new)
        if word in _SETS and isinstance(one, list) and isinstance(other, list):
            return sorted(map(str, one)) == sorted(map(str, other))
        return equal(one, other)

    def inner(self, tokens: tuple[str | int, ...], old: Node, new: Node) -> bool:
        return self.schemas(_below(old, tokens), _below(new, tokens))


def _below(node: Node, tokens: tuple[str | int, ...]) -> Node:
    value: Any = node.value
    at = node.at
    for token in tokens:
        value, at = value[token], at / token
    return Node(node.document, at, value)


def equal(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same; true and 1 are not."""
    return one == other and repr(one) == repr(other) if one.__class__ is not dict else one == other
