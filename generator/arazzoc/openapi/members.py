"""What schemas say about one member or element of a value."""

from __future__ import annotations

from msgspec import Struct

from arazzoc.openapi.alternatives import Alternative, admits_null, alternatives, reached, says_nothing, shape
from arazzoc.openapi.document import Node
from arazzoc.source import Json

_OF_OTHER_MEMBERS = frozenset(
    (
        *("$ref", "patternProperties", "if", "then", "else", "dependentSchemas", "dependencies"),
        *("$dynamicRef", "$recursiveRef", "unevaluatedProperties"),
    )
)
"""Keywords by which there can be members that `properties` does not have; a `$ref` that is left leads nowhere."""


class Found(Struct, frozen=True):
    """The schemas that a member can have, whether it is always present, and whether it can be null then."""

    schemas: tuple[Node, ...]
    required: bool
    nullable: bool


class Excluded(Struct, frozen=True):
    """The schemas declare members, but not this one."""

    names: tuple[str, ...]


def member(schemas: tuple[Node, ...], token: str) -> Found | Excluded | None:
    """Return what is known about the member or element that a reference token names; None if nothing is."""
    found: dict[str, Node] = {}
    names: dict[str, None] = {}
    required, nullable, unknown = True, False, False
    for alternative in (a for schema in schemas for a in alternatives(schema)):
        kinds = shape(alternative)
        required = required and kinds == ("object",)
        if "object" not in kinds and "array" not in kinds:
            continue
        here = [n for n in (_child(schema, token) for schema in alternative) if n is not None]
        if here:
            found.update((n.key, n) for n in [n for n in here if not says_nothing(n)] or here)
            nullable = nullable or all(map(admits_null, here))
            required = required and any(token in _list(schema.fields.get("required")) for schema in alternative)
            continue
        required = False
        names.update(dict.fromkeys(name for schema in alternative for name, _ in schema.members("properties")))
        unknown = unknown or _may_have_others(alternative)
    if found:
        return Found(tuple(found.values()), required, nullable)
    return None if unknown or not names else Excluded(tuple(names))


def promises(schema: Node, pointer: tuple[str, ...]) -> bool:
    """Whether every value that matches a schema has something other than null at a JSON Pointer."""
    schemas: tuple[Node, ...] = (schema,)
    is_null = True
    for token in pointer:
        found = member(schemas, token)
        if not isinstance(found, Found) or not found.required:
            return False
        schemas, is_null = found.schemas, found.nullable
    return not is_null


def _child(schema: Node, token: str) -> Node | None:
    """Return what a schema's own keywords say about a member or element."""
    properties = schema.fields.get("properties")
    if isinstance(properties, dict) and token in properties:
        return reached(Node(schema.document, schema.at / "properties" / token, properties[token]))
    if token.isdigit():
        prefix = list(schema.items("prefixItems"))
        if int(token) < len(prefix):
            return prefix[int(token)]
        if isinstance(schema.fields.get("items"), dict):
            return schema.get("items")
    extra = schema.fields.get("additionalProperties")
    is_typed = isinstance(extra, dict) and extra and "patternProperties" not in schema.fields
    return schema.get("additionalProperties") if is_typed else None


def _may_have_others(alternative: Alternative) -> bool:
    """Whether an object may have members that no schema of an alternative names."""
    if not any(schema.fields.get("properties") for schema in alternative):
        return True
    if is_base(alternative):
        return True
    words = {word for schema in alternative for word in schema.fields}
    is_extended = any(schema.fields.get("additionalProperties", False) is not False for schema in alternative)
    return is_extended or bool(words & _OF_OTHER_MEMBERS)


def is_base(alternative: Alternative) -> bool:
    """Whether a schema has a discriminator and names no alternatives: then values may be of schemas that are composed
    of it, with members of their own (OpenAPI 3.0.4, Discriminator Object).
    """
    for schema in alternative:
        words = schema.fields.keys()
        if "discriminator" in words and not words & {"oneOf", "anyOf"}:
            return True
        if "properties" in words or len(_list(schema.fields.get("allOf"))) > 1:
            return False
    return False


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
