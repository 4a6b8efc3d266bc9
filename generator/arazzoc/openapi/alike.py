"""Whether two schemas say the same, however it is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from arazzoc.openapi.alternatives import reached
from arazzoc.openapi.document import Node, OpenApi
from arazzoc.source import Json

ANNOTATIONS = frozenset(("description", "title", "summary", "example", "examples", "externalDocs", "$comment", "xml"))


def alike(old: Node, new: Node, *, annotations: bool = False, xml: bool = False) -> bool:
    """Whether two schemas are the same text, but for what they do not assert; references are followed.

    With `xml` they describe XML, and what names its elements counts, too.
    """
    return _graph(old.document, new.document, annotations, xml).alike(old, new)


@lru_cache(maxsize=32)
def _graph(_old: OpenApi, _new: OpenApi, ignores_notes: bool, is_xml: bool) -> _Graph:
    return _Graph(ignores_notes, is_xml)


_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_LISTS = ("allOf", "oneOf", "anyOf", "prefixItems")
_SINGLE = (
    *("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"),
    *("unevaluatedProperties", "unevaluatedItems", "additionalItems", "contentSchema"),
)
_DYNAMIC = "$dynamicRef"
HAVE_SCHEMAS = frozenset((*_MAPS, *_LISTS, *_SINGLE, _DYNAMIC))
"""Keywords with schemas in them."""
_SETS = ("required", "type")


_Pair: TypeAlias = tuple[Node, Node]
_Key: TypeAlias = tuple[str, str]


class _Graph:
    """Pairs of schemas, with the pairs that they are made of: a pair differs where one that it reaches does.

    Each is looked at once, however often and on whatever ways it is reached, and none within another.
    """

    def __init__(self, ignores_notes: bool, is_xml: bool) -> None:
        annotations = ANNOTATIONS - {"xml"} if is_xml else ANNOTATIONS
        self.ignored = annotations | {"$defs", "definitions", *(("deprecated", "default") if ignores_notes else ())}
        self.users: dict[_Key, list[_Key]] = {}
        self.different: set[_Key] = set()

    def alike(self, old: Node, new: Node) -> bool:
        pair = reached(old), reached(new)
        key = _key(pair)
        if key not in self.users:
            self._explore(pair)
        return key not in self.different

    def _explore(self, pair: _Pair) -> None:
        """Look at a pair, and at all that it reaches."""
        self.users[_key(pair)] = []
        pending, unlike = [pair], list[_Key]()
        while pending:
            current = pending.pop()
            key = _key(current)
            inner = self._inner(*current)
            if inner is None:
                unlike.append(key)
                continue
            for one, other in inner:
                part = reached(one), reached(other)
                known = _key(part)
                if known not in self.users:
                    self.users[known] = []
                    pending.append(part)
                self.users[known].append(key)
                if known in self.different:
                    unlike.append(key)
        while unlike:
            key = unlike.pop()
            if key not in self.different:
                self.different.add(key)
                unlike += self.users[key]

    def _inner(self, old: Node, new: Node) -> list[_Pair] | None:
        """The pairs that a pair is made of; None where it differs itself."""
        beside = self._beside(old), self._beside(new)
        if len(beside[0]) != len(beside[1]):
            return None
        found = list(zip(*beside, strict=True))
        if not isinstance(old.value, dict) or not isinstance(new.value, dict):
            return found if equal(old.value, new.value) else None
        words = self._words(old.value)
        if words != self._words(new.value):
            return None
        for word in words:
            inner = _inside(word, old, new)
            if inner is None:
                return None
            found += inner
        return found

    def _beside(self, node: Node) -> list[Node]:
        """What has an effect beside references; before OpenAPI 3.1 only `nullable` does."""
        found: list[Node] = []
        for other in node.beside:
            fields = other.fields
            if other.document.ignores_siblings:
                fields = {word: value for word, value in fields.items() if word in ("nullable", "x-nullable")}
            found += [Node(other.document, other.at, fields)] if self._words(fields) else []
        return found

    def _words(self, fields: Mapping[str, Json]) -> set[str]:
        words = (word for word in fields if not word.startswith("x-") or word == "x-nullable")
        return {word for word in words if word not in self.ignored}


def _key(pair: _Pair) -> _Key:
    return full_key(pair[0]), full_key(pair[1])


def full_key(node: Node) -> str:
    """Identifies a node with what is beside the references that led to it."""
    return "+".join((node.key, *(other.key for other in node.beside)))


def is_word_alike(word: str, old: Node, new: Node) -> bool:
    """Whether two schemas say the same with a keyword that both have; references are followed."""
    inner = _inside(word, old, new)
    return inner is not None and all(alike(*pair) for pair in inner)


def _inside(word: str, old: Node, new: Node) -> list[_Pair] | None:
    """The pairs of schemas in a keyword that both have; None where it differs itself."""
    one, other = old.fields[word], new.fields[word]
    if word == _DYNAMIC and isinstance(one, str) and isinstance(other, str):
        ends = old.document.at_reference(one, old.at), new.document.at_reference(other, new.at)
        return [(ends[0], ends[1])] if ends[0] is not None and ends[1] is not None else [] if one == other else None
    tokens = _parts(word, one, other)
    return [(_below(old, each), _below(new, each)) for each in tokens] if tokens is not None else None


def _parts(word: str, one: Json, other: Json) -> list[tuple[str | int, ...]] | None:
    """Where the schemas are in a member of both; None where it differs itself."""
    if word in _MAPS and isinstance(one, dict) and isinstance(other, dict):
        return [(word, name) for name in one] if list(one) == list(other) else None
    if word in _LISTS and isinstance(one, list) and isinstance(other, list):
        return [(word, number) for number in range(len(one))] if len(one) == len(other) else None
    if word in _SINGLE and isinstance(one, dict) and isinstance(other, dict):
        return [(word,)]
    if word in _SETS and isinstance(one, list) and isinstance(other, list):
        return [] if sorted(map(str, one)) == sorted(map(str, other)) else None
    return [] if equal(one, other) else None


def _below(node: Node, tokens: tuple[str | int, ...]) -> Node:
    value: Any = node.value
    at = node.at
    for token in tokens:
        value, at = value[token], at / token
    return Node(node.document, at, value)


def equal(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same: 1 and 1.0 are, true and 1 are not (JSON Schema 2020-12, section 4.2.2)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)
