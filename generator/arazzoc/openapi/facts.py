"""What a schema says of values, taken apart: types, listed values, members, and limits; and whether a value fits it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.diagnostics import quoted
from arazzoc.openapi.alike import ANNOTATIONS, equal
from arazzoc.openapi.alternatives import (
    KINDS,
    Alternative,
    admits_null,
    alternatives,
    kind_of,
    kinds,
    listed,
    members,
    says_nothing,
    shape,
)
from arazzoc.openapi.document import Node
from arazzoc.source import Json, Location

Relation: TypeAlias = Literal["widened", "narrowed", "changed"]

_LOWER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"))
_UPPER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"))
_STRUCTURE = frozenset(
    (
        *("type", "enum", "const", "properties", "required", "items", "prefixItems", "additionalProperties"),
        *("allOf", "oneOf", "anyOf", "nullable", "x-nullable", "$ref", "$id", "$schema", "$anchor", "$defs"),
        *("default", "deprecated", "definitions"),
    )
)
"""Keywords that are looked at one by one; what is neither these nor an annotation is a limit."""


class Facts(Struct):
    """What an alternative of a schema says of its values, without null."""

    at: Location
    kinds: frozenset[str]
    values: list[Json] | None
    properties: dict[str, Node]
    required: frozenset[str]
    items: dict[str, Node]
    others: Node | None
    """What members that are not declared are like."""
    is_closed: bool
    declared: frozenset[str] | None
    """The members to which `others` and `is_closed` do not apply, None where neither is said."""
    limits: dict[str, Json]


def apart(schema: Node) -> list[Alternative]:
    """The alternatives of a schema that admit more than null."""
    return [one for one in alternatives(schema) if kinds(one) != ("null",)]


def facts_of(alternative: Alternative, whole: Node) -> Facts:
    properties: dict[str, Node] = {}
    required: set[str] = set()
    items: dict[str, Node] = {}
    limits: dict[str, Json] = {}
    is_closed = False
    others: Node | None = None
    declared: frozenset[str] | None = None
    values: list[Json] | None = None
    for schema in alternative:
        for name, found in members(schema, "properties"):
            if name not in properties or says_nothing(properties[name]):
                properties[name] = found
        names = schema.fields.get("required")
        required.update(str(name) for name in names) if isinstance(names, list) else None
        if isinstance(schema.fields.get("items"), dict) and (inner := schema.get("items")) is not None:
            items["*"] = inner
        rest = schema.fields.get("additionalProperties")
        if rest is False or isinstance(rest, dict):
            others = schema.get("additionalProperties") if isinstance(rest, dict) else others
            own = frozenset(name for name, _ in members(schema, "properties"))
            declared = own if declared is None else declared & own
        items |= {str(number): node for number, node in enumerate(schema.items("prefixItems"))}
        is_closed = is_closed or schema.fields.get("additionalProperties") is False
        said = listed(schema)
        if said is not None:
            values = said if values is None else [v for v in values if any(equal(v, other) for other in said)]
        for word, value in schema.fields.items():
            if word not in _STRUCTURE and word not in ANNOTATIONS and not word.startswith("x-"):
                limits[word] = _stricter(word, limits[word], value) if word in limits else value
    if is_closed:
        limits["additionalProperties"] = False
    values = [value for value in values if value is not None] if values is not None else None
    found_kinds = frozenset(kind for kind in shape(alternative) if kind != "null")
    return Facts(
        *(whole.at, found_kinds, values, properties, frozenset(required), items, others, is_closed, declared, limits)
    )


def _stricter(word: str, one: Json, other: Json) -> Json:
    """What two limits of one value mean together."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return max(one, other) if word in _LOWER else min(one, other) if word in _UPPER else other
    return other


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
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return "changed"
    if word in _LOWER:
        return "narrowed" if after > before else "widened"
    if word in _UPPER:
        return "narrowed" if after < before else "widened"
    return "changed"


def accepts(schema: Node, value: Json) -> bool:
    """Whether a value matches a schema, as far as its type, its listed values and its limits tell."""
    if value is None:
        return admits_null(schema)
    return any(_accepts(facts_of(one, schema), value) for one in apart(schema))


def _accepts(facts: Facts, value: Json) -> bool:
    kind = kind_of(value)
    if kind not in facts.kinds and not (kind == "integer" and "number" in facts.kinds):
        return False
    if facts.values is not None and not any(equal(value, other) for other in facts.values):
        return False
    if facts.is_closed and isinstance(value, dict) and not value.keys() <= (facts.declared or frozenset()):
        return False
    size = value if isinstance(value, int | float) else len(value) if isinstance(value, str | list | dict) else 0
    for word, limit in facts.limits.items():
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            if (word in _LOWER and size < limit) or (word in _UPPER and size > limit):
                return False
        elif word not in ("format", "additionalProperties"):
            return False  # it is not looked at here
    return True


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
