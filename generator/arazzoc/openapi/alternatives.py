"""Composed schemas as alternatives, and the JSON types that each of them admits.

A schema with `allOf`, `oneOf`, `anyOf`, `nullable` or a `$ref` is a choice of alternatives. Each is a list of schemas
that all apply, of which only the keywords count that describe a value directly: `type`, `enum`, `properties`, `items`
and so on. The alternatives together never admit less than the schema does. Where there would be too many, or a
reference leads nowhere, they admit more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TypeAlias

from msgspec import Struct

from arazzoc.openapi.document import Node
from arazzoc.source import Json

Alternative: TypeAlias = tuple[Node, ...]

KINDS = ("string", "integer", "number", "boolean", "object", "array", "null")
"""The types of JSON Schema; an integer is a number, too."""
MAX_COMBINED = 32
MAX_ALTERNATIVES = 256
MAX_SCHEMAS = 500
MAX_NESTING = 50
_RESTRICTING = frozenset(
    (
        *("type", "enum", "const", "properties", "required", "items", "prefixItems"),
        *("additionalProperties", "patternProperties", "allOf", "oneOf", "anyOf"),
    )
)


class _Option(Struct, frozen=True):
    """An alternative while a schema is taken apart: its schemas by their keys, and the types that all of them admit."""

    schemas: dict[str, Node]
    kinds: tuple[str, ...]


_ANYTHING = _Option({}, KINDS)


def alternatives(schema: Node) -> list[Alternative]:
    """Return the alternatives of a schema; none if no value can match it.

    A schema that is part of itself without a value in between adds nothing to itself.
    """
    return [tuple(option.schemas.values()) for option in _Expansion().of(schema, frozenset()) or ()]


def is_cut(schema: Node) -> bool:
    """Whether the alternatives of a schema are not all of it: there would be too many."""
    expansion = _Expansion()
    expansion.of(schema, frozenset())
    return expansion.is_cut


class _Expansion:
    """Takes one schema apart; with `is_cut`, not all of it."""

    def __init__(self) -> None:
        self.schemas = 0
        self.is_cut = False

    def of(self, schema: Node, within: frozenset[str]) -> list[_Option] | None:
        """Return the alternatives of a schema; None if it is one of those that it is part of."""
        key = schema.key
        if key in within:
            return None
        self.schemas += 1
        if self.schemas > MAX_SCHEMAS or len(within) > MAX_NESTING:
            self.is_cut = True
            return [_ANYTHING]
        within |= {key}
        found = [_Option({key: schema}, own)] if (own := _own_kinds(schema)) else []
        takes_null = is_nullable(schema) or any(map(is_nullable, schema.beside))
        for part in (*beside(schema), *parts(schema, "allOf")):
            takes_null = takes_null or _is_only_nullable(part)
            choices = self.of(part, within)
            found = found if choices is None else self.combined(found, choices)
        for word in ("oneOf", "anyOf"):
            branches = self.branches(list(parts(schema, word)), within)
            found = found if branches is None else self.combined(found, branches)
        return [*found, _null(schema)] if takes_null else found

    def branches(self, schemas: list[Node], within: frozenset[str]) -> list[_Option] | None:
        """Return the alternatives of all of several schemas; None if there are none of which something is known."""
        found: list[_Option] | None = None
        for schema in schemas:
            is_null = len(schemas) > 1 and _is_only_nullable(schema)
            choices = [_null(schema)] if is_null else self.of(schema, within)
            if choices is not None:
                found = [*(found or ()), *choices]
        return found

    def combined(self, found: list[_Option], choices: list[_Option]) -> list[_Option]:
        """Combine each alternative with each other one; those that no value can match are left out.

        Where there would be too many, the second ones do not count.
        """
        is_product = len(found) > 1 and len(choices) > 1
        if len(found) * len(choices) > (MAX_COMBINED if is_product else MAX_ALTERNATIVES):
            self.is_cut = True
            return found
        combined: dict[tuple[str, ...], _Option] = {}
        for first in found:
            for second in choices:
                admitted = _common(first.kinds, second.kinds)
                if admitted:
                    schemas = first.schemas | second.schemas
                    combined.setdefault(tuple(schemas), _Option(schemas, admitted))
        return list(combined.values())


def _common(kinds: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return others if kinds is KINDS else tuple(kind for kind in kinds if kind in others)


def parts(schema: Node, word: str) -> Iterator[Node]:
    """Yield the schemas in a list, with references followed; one that leads nowhere is itself, and says nothing."""
    value = schema.fields.get(word)
    for index, item in enumerate(value) if isinstance(value, list) else ():
        yield reached(Node(schema.document, schema.at / word / index, item))


def members(schema: Node, word: str) -> Iterator[tuple[str, Node]]:
    """Yield the schemas in an object with their names, as `parts` does."""
    value = schema.fields.get(word)
    for name, item in value.items() if isinstance(value, dict) else ():
        yield name, reached(Node(schema.document, schema.at / word / name, item))


def reached(schema: Node) -> Node:
    """Follow the reference that a schema may be; where it leads nowhere, return what is beside it."""
    known = schema.followed()
    if known is None and schema.document.ignores_siblings:
        return Node(schema.document, schema.at, {"$ref": schema.text("$ref")})
    return known or schema


def beside(schema: Node) -> list[Node]:
    """Return the schemas beside the references that led to a schema, as far as they describe values.

    Before OpenAPI 3.1 only `nullable` has an effect there (OpenAPI 3.0.4, Reference Object).
    """
    return [n for n in schema.beside if not n.document.ignores_siblings and _RESTRICTING & n.fields.keys()]


def is_nullable(schema: Node) -> bool:
    """Whether null is allowed with the keyword of OpenAPI 3.0, or that of many Swagger 2.0 documents."""
    return schema.fields.get("nullable") is True or schema.fields.get("x-nullable") is True


def _is_only_nullable(schema: Node) -> bool:
    """Whether a schema says nothing but that null is allowed, as some documents write it in `allOf` and `anyOf`."""
    return is_nullable(schema) and not _RESTRICTING & schema.fields.keys() and not schema.beside


def _null(schema: Node) -> _Option:
    """Return what `nullable` means: a schema of its own."""
    node = Node(schema.document, schema.at / "nullable", {"type": "null"})
    return _Option({node.key: node}, ("null",))


def kinds(alternative: Alternative) -> tuple[str, ...]:
    """Return the JSON types that all schemas of an alternative admit."""
    return reduce(_common, map(_own_kinds, alternative), KINDS)


def shape(alternative: Alternative) -> tuple[str, ...]:
    """Return the JSON types of the values; where no schema says it, `properties` and `items` tell what is meant."""
    found = kinds(alternative)
    if found != KINDS:
        return found
    if any("properties" in schema.fields for schema in alternative):
        return ("object",)
    if any(schema.fields.keys() & {"items", "prefixItems"} for schema in alternative):
        return ("array",)
    return found


def admits_null(schema: Node) -> bool:
    """Whether null matches a schema."""
    return any("null" in shape(alternative) for alternative in alternatives(schema))


def _own_kinds(schema: Node) -> tuple[str, ...]:
    """Return the JSON types that a schema's own keywords admit; a null among its values counts in any case."""
    if schema.value is False:
        return ()
    declared = schema.fields.get("type")
    names = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
    values = listed(schema) or []
    names = names if names else list(map(kind_of, values))
    found: dict[str, None] = {}
    for name in names or KINDS:
        name = "null" if name is None else name  # YAML reads a null without quotes so
        if name not in KINDS:
            return KINDS
        found.update(dict.fromkeys(("number", "integer") if name == "number" else (str(name),)))
    found.update({"null": None} if None in values else {})
    return tuple(found) if names else KINDS


def listed(schema: Node) -> list[Json] | None:
    """Return the values that a schema lists, with `const` or `enum`; None if it lists none."""
    if "const" in schema.fields:
        return [schema.fields["const"]]
    values = schema.fields.get("enum")
    return values if isinstance(values, list) and values else None


def kind_of(value: Json) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    names = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))
    return next((name for type, name in names if isinstance(value, type)), "object")


def says_nothing(schema: Node) -> bool:
    """Whether any value matches a schema, which does not say either what a text is."""
    is_text = schema.fields.keys() & {"format", "contentMediaType"}
    return not is_text and any(shape(alternative) == KINDS for alternative in alternatives(schema))
