"""What a schema says of values, taken apart: types, listed values, members, and limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.diagnostics import quoted
from arazzoc.openapi.alike import ANNOTATIONS, equal
from arazzoc.openapi.alternatives import (
    KINDS,
    Alternative,
    alternatives,
    kinds,
    listed,
    members,
    parts,
    says_nothing,
    shape,
)
from arazzoc.openapi.document import Node
from arazzoc.source import Json, Location

Relation: TypeAlias = Literal["widened", "narrowed", "changed"]

LOWER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"))
UPPER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"))
_SWITCHES = frozenset(("exclusiveMinimum", "exclusiveMaximum", "uniqueItems"))
"""Limits that can be true, the first two before OpenAPI 3.1."""
_STRUCTURE = frozenset(
    (
        *("type", "enum", "const", "properties", "required", "items", "prefixItems", "additionalProperties"),
        *("allOf", "oneOf", "anyOf", "nullable", "x-nullable", "$ref", "$id", "$schema", "$anchor", "$defs"),
        *("default", "deprecated", "definitions", "readOnly", "writeOnly", "discriminator"),
    )
)
"""Keywords that are looked at one by one; what is neither these nor an annotation is a limit."""


class Facts(Struct):
    """What an alternative of a schema says of its values, without null."""

    at: Location
    kinds: frozenset[str]
    values: list[Json] | None
    lists: list[tuple[Location, list[Json]]]
    """All lists of values that it has, of which `values` are in each."""
    properties: dict[str, Node]
    required: frozenset[str]
    first: list[Node]
    """The schemas of the first elements."""
    rest: Node | None
    """What all other elements are like."""
    others: Node | None
    """What members that are not declared are like."""
    is_closed: bool
    declared: frozenset[str] | None
    """The members to which `others` and `is_closed` do not apply, None where neither is said."""
    limits: dict[str, Json]

    @property
    def is_open(self) -> bool:
        """Whether nothing is said but what the values may be."""
        said = (self.values is not None, self.properties, self.required, self.first, self.rest, self.others)
        return self.kinds >= set(KINDS) - {"null"} and not any((*said, self.limits))

    def item(self, number: int) -> Node | None:
        """What an element is like."""
        return self.first[number] if number < len(self.first) else self.rest


def apart(schema: Node) -> list[Alternative]:
    """The alternatives of a schema that admit more than null."""
    return [one for one in alternatives(schema) if kinds(one) != ("null",)]


def said_beside(schema: Node) -> list[Node]:
    """What counts of that beside the references which led to a schema: nothing before OpenAPI 3.1."""
    return [node for node in schema.beside if not node.document.ignores_siblings]


def noted(schema: Node, word: str) -> list[Json]:
    """What a schema says with a word that asserts nothing, and what is said beside references and in `allOf`."""
    found: list[Json] = []
    pending, seen = [schema], set[str]()
    while pending:
        current = pending.pop(0)
        for node in (*said_beside(current), current):
            if node.key not in seen:
                seen.add(node.key)
                found += [node.fields[word]] if word in node.fields else []
                pending += parts(node, "allOf")
    return found


def facts_of(alternative: Alternative, at: Location) -> Facts:
    """Take an alternative of the schema at a place apart."""
    properties: dict[str, Node] = {}
    required: set[str] = set()
    first: list[Node] = []
    limits: dict[str, Json] = {}
    is_closed = False
    rest: Node | None = None
    others: Node | None = None
    declared: frozenset[str] | None = None
    values: list[Json] | None = None
    lists: list[tuple[Location, list[Json]]] = []
    for schema in _said(alternative):
        for name, found in members(schema, "properties"):
            if name not in properties or says_nothing(properties[name]):
                properties[name] = found
        names = schema.fields.get("required")
        required.update(str(name) for name in names) if isinstance(names, list) else None
        rest = _inner(schema, "items") or rest
        first = list(parts(schema, "prefixItems")) or first
        other = _inner(schema, "additionalProperties")
        if other is not None:
            is_closed = is_closed or other.value is False
            others = others if other.value is False else other
            own = frozenset(name for name, _ in members(schema, "properties"))
            declared = own if declared is None else declared & own
        said = listed(schema)
        if said is not None:
            lists.append((schema.at, said))
            values = said if values is None else [v for v in values if any(equal(v, other) for other in said)]
        for word, value in schema.fields.items():
            if word not in _STRUCTURE and word not in ANNOTATIONS and not word.startswith("x-") and value is not False:
                limits[word] = _stricter(word, limits[word], value) if word in limits else value
    if is_closed:
        limits["additionalProperties"] = False
    values = [value for value in values if value is not None] if values is not None else None
    found_kinds = frozenset(kind for kind in shape(alternative) if kind != "null")
    return Facts(
        *(at, found_kinds, values, lists, properties, frozenset(required), first, rest, others),
        *(is_closed, declared, limits),
    )


def _said(alternative: Alternative) -> Iterator[Node]:
    """The schemas of an alternative, with what is beside the references to them."""
    nodes = [node for schema in alternative for node in (*said_beside(schema), schema)]
    yield from {node.key: node for node in nodes}.values()


def _inner(schema: Node, word: str) -> Node | None:
    """The schema that is the value of a keyword; None where there is none, or any value matches it."""
    if schema.fields.get(word) is False:
        return Node(schema.document, schema.at / word, False)
    return schema.get(word) if isinstance(schema.fields.get(word), dict) else None


def _stricter(word: str, one: Json, other: Json) -> Json:
    """What two limits of one value mean together; where both must hold, they are a list."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        if word in _SWITCHES and True in (one, other):
            return True
        if word in LOWER or word in UPPER:
            return max(one, other) if word in LOWER else min(one, other)
    found = one if isinstance(one, list) else [one]
    return one if any(equal(other, item) for item in found) else [*found, other]


def limits_of(old: Facts, new: Facts) -> Iterable[tuple[str, Relation, str]]:
    for word in dict.fromkeys((*old.limits, *new.limits)):
        if word in old.limits and word in new.limits:
            before, after = old.limits[word], new.limits[word]
            if not equal(before, after) and not _are_one_number(before, after):
                yield word, limit_moved(word, before, after), limit_words(word, old.limits, new.limits)
        else:
            yield word, "narrowed" if word in new.limits else "widened", limit_words(word, old.limits, new.limits)


def _are_one_number(one: Json, other: Json) -> bool:
    numbers = [value for value in (one, other) if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == 2 and one == other


def limit_words(word: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> str:
    """How a limit changed, in words."""
    if word in old and word in new:
        return f"{word} {shown_value(old[word])} became {shown_value(new[word])}"
    return (
        f"{word} {shown_value(new[word])} is new"
        if word in new
        else f"{word} {shown_value(old[word])} is not there any more"
    )


def limit_moved(word: str, before: Json, after: Json) -> Relation:
    if isinstance(before, bool) or isinstance(after, bool):
        return "changed" if word not in _SWITCHES or before == after else "narrowed" if after is True else "widened"
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return "changed"
    if word in LOWER:
        return "narrowed" if after > before else "widened"
    if word in UPPER:
        return "narrowed" if after < before else "widened"
    return "changed"


def lists_at(old: Facts, new: Facts) -> tuple[Location, Location]:
    """Where the listed values of two alternatives differ: the first lists that do, or else the alternatives."""
    both = list(zip(old.lists, new.lists, strict=False))
    changed = [pair for pair in both if not equal(list(pair[0][1]), list(pair[1][1]))] or both
    return (changed[0][0][0], changed[0][1][0]) if changed else (old.at, new.at)


def without(values: list[Json], others: list[Json]) -> list[Json]:
    return [value for value in values if not any(equal(value, other) for other in others)]


def words_of(found: frozenset[str]) -> str:
    if found >= set(KINDS) - {"null"}:
        return "anything"
    shown = [kind for kind in KINDS if kind in found and not (kind == "integer" and "number" in found)]
    return " or ".join(shown) or "nothing"


def shown_value(value: Json) -> str:
    return quoted(value) if isinstance(value, str) else quoted(json.dumps(value, ensure_ascii=False))[1:-1]


def listed_values(values: list[Json]) -> str:
    shown = ", ".join(map(shown_value, values[:12]))
    return shown + (f" and {len(values) - 12} more" if len(values) > 12 else "")
