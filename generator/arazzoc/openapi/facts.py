"""What a schema says of values, taken apart: types, listed values, members, and limits."""

from __future__ import annotations

from collections.abc import Iterator, Set

from msgspec import Struct

from arazzoc.openapi.alike import alike, equal
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
from arazzoc.openapi.limits import Limit, Limits, bounded, own_limits, shown_value
from arazzoc.source import Json, Location


class Facts(Struct):
    """What an alternative of a schema says of its values, without null."""

    at: Location
    kinds: frozenset[str]
    values: list[Json] | None
    lists: list[tuple[Location, list[Json]]]
    """All lists of values that it has, of which `values` are in each."""
    properties: dict[str, Node]
    owners: dict[str, Location]
    """The schemas that declare the members."""
    demands: dict[str, Location]
    """The members that must be there, with the schemas that say so."""
    first: list[Node]
    """The schemas of the first elements."""
    rest: Node | None
    """What all other elements are like."""
    others: Node | None
    """What members that are not declared are like."""
    is_closed: bool
    declared: frozenset[str] | None
    """The members to which `others` and `is_closed` do not apply, None where neither is said."""
    limits: Limits
    hidden: list[Node]
    """Schemas of members and elements that others stand in front of, which are looked at."""

    @property
    def required(self) -> Set[str]:
        """The members that must be there."""
        return self.demands.keys()

    @property
    def is_open(self) -> bool:
        """Whether nothing is said but what the values may be."""
        return self.kinds >= set(KINDS) - {"null"} and self.values is None and not self.says_more

    @property
    def says_more(self) -> bool:
        """Whether more is said than types and values."""
        return any((self.properties, self.required, self.first, self.rest, self.others, self.limits))

    @property
    def patterns(self) -> list[str]:
        """What the names of members are matched with."""
        nodes = self.limits["patternProperties"].nodes if "patternProperties" in self.limits else []
        return [name for node in nodes for name, _ in members(node, "patternProperties")]

    def item(self, number: int) -> Node | None:
        """What an element is like."""
        return self.first[number] if number < len(self.first) else self.rest


def apart(schema: Node) -> list[Alternative]:
    """The alternatives of a schema that admit more than null."""
    return [one for one in alternatives(schema) if kinds(one) != ("null",)]


def common(found: list[Alternative]) -> list[Location]:
    """The schemas that all of several alternatives have."""
    each = [[node.at for node, _ in _said(one)] for one in found]
    return [at for at in each[0] if all(any(at is own for own in other) for other in each)] if len(found) > 1 else []


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
    owners: dict[str, Location] = {}
    demands: dict[str, Location] = {}
    first: list[Node] = []
    limits: Limits = {}
    hidden: list[Node] = []
    closing: tuple[str, Json] | None = None
    is_closed = False
    rest: Node | None = None
    others: Node | None = None
    declared: frozenset[str] | None = None
    values: list[Json] | None = None
    lists: list[tuple[Location, list[Json]]] = []
    for schema, sees_others in _said(alternative):
        for name, found in members(schema, "properties"):
            if name not in properties or says_nothing(properties[name]):
                properties[name], owners[name] = found, schema.at
            elif not alike(properties[name], found):
                hidden.append(found)
        names = schema.fields.get("required")
        for each in names if isinstance(names, list) else ():
            demands.setdefault(str(each), schema.at)
        elements = _inner(schema, "items")
        if elements is None and not sees_others and "contains" not in schema.fields:
            elements = _inner(schema, "unevaluatedItems")
        hidden += [rest] if rest is not None and elements is not None else []
        rest = elements or rest
        own_first = list(parts(schema, "prefixItems"))
        hidden += first if own_first else []
        first = own_first or first
        own = frozenset(name for name, _ in members(schema, "properties"))
        other = _inner(schema, "additionalProperties")
        closed_by = "additionalProperties"
        if other is None and not sees_others and closed_by not in schema.fields:
            closed_by = "unevaluatedProperties"
            other = _inner(schema, closed_by)
        if other is not None:
            is_closed = is_closed or other.value is False
            closing = (closed_by, False) if other.value is False else closing
            hidden += [others] if others is not None and other.value is not False else []
            others = others if other.value is False else other
            declared = own if declared is None else declared & own
        said = listed(schema)
        if said is not None:
            lists.append((schema.at, said))
            values = said if values is None else [v for v in values if any(equal(v, other) for other in said)]
        for word, limit in own_limits(schema):
            if sees_others or word not in _UNEVALUATED or (word == "unevaluatedItems" and "contains" in schema.fields):
                limits[word] = limits[word].joined(word, limit) if word in limits else limit
    if "unevaluatedProperties" in limits:
        declared = frozenset(properties) if declared is None else declared & frozenset(properties)
    if is_closed:
        limits["additionalProperties"] = Limit(False, written=closing)
    values = [value for value in values if value is not None] if values is not None else None
    found_kinds = frozenset(kind for kind in shape(alternative) if kind != "null")
    if found_kinds >= set(KINDS) - {"null"} and "contentMediaType" in limits:
        found_kinds = frozenset(("string",))  # so OpenAPI 3.1 says that a part is a file
    return Facts(
        *(at, found_kinds, values, lists, properties, owners, demands, first, rest, others),
        *(is_closed, declared, bounded(limits), hidden),
    )


_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_IN_PLACE = ("allOf", "anyOf", "oneOf", "if", "dependentSchemas", "$dynamicRef")
"""Keywords with schemas of the very value, whose members count as evaluated (JSON Schema 2020-12, section 11)."""


def _said(alternative: Alternative) -> Iterator[tuple[Node, bool]]:
    """The schemas of an alternative, with what is beside the references to them, and whether they see other ones."""
    nodes = {
        node.key: (node, node is not schema or any(word in node.fields for word in _IN_PLACE))
        for schema in alternative
        for node in (*said_beside(schema), schema)
    }
    yield from nodes.values()


def _inner(schema: Node, word: str) -> Node | None:
    """The schema that is the value of a keyword; None where there is none, or any value matches it."""
    if schema.fields.get(word) is False:
        return Node(schema.document, schema.at / word, False)
    return schema.get(word) if isinstance(schema.fields.get(word), dict) else None


def lists_at(old: Facts, new: Facts) -> tuple[Location, Location]:
    """Where the listed values of two alternatives differ: the first lists that do, or else the alternatives."""
    both = list(zip(old.lists, new.lists, strict=False))
    changed = [pair for pair in both if not equal(list(pair[0][1]), list(pair[1][1]))] or both
    return (changed[0][0][0], changed[0][1][0]) if changed else (old.at, new.at)


def without(values: list[Json], others: list[Json]) -> list[Json]:
    """The values that are not among others; lists of values can be long."""
    plain = {(isinstance(o, bool), o) for o in others if not isinstance(o, dict | list)}
    rest = [other for other in others if isinstance(other, dict | list)]
    return [
        value
        for value in values
        if (
            not any(equal(value, other) for other in rest)
            if isinstance(value, dict | list)
            else (isinstance(value, bool), value) not in plain
        )
    ]


def words_of(found: frozenset[str]) -> str:
    if found >= set(KINDS) - {"null"}:
        return "anything"
    shown = [kind for kind in KINDS if kind in found and not (kind == "integer" and "number" in found)]
    return " or ".join(shown) or "nothing"


def listed_values(values: list[Json]) -> str:
    shown = ", ".join(map(shown_value, values[:12]))
    return shown + (f" and {len(values) - 12} more" if len(values) > 12 else "")
