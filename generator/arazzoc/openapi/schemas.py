"""The static types that JSON Schemas describe (OpenAPI 3.0 and 3.1, JSON Schema 2020-12)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from arazzoc import types as t
from arazzoc.openapi.document import Node
from arazzoc.openapi.type_names import Alternative as Alternative
from arazzoc.openapi.type_names import component_name, of_alternatives, of_item, of_property
from arazzoc.source import Json

MAX_ALTERNATIVES = 32

_PLAIN: dict[str, t.Type] = {
    "string": t.STRING,
    "integer": t.INTEGER,
    "number": t.Number(),
    "boolean": t.Boolean(),
    "null": t.NULL,
}


class Found(Struct, frozen=True):
    """The schemas that a member can have, and whether it is always present."""

    schemas: tuple[Node, ...]
    required: bool


class Excluded(Struct, frozen=True):
    """The schemas declare members, but not this one."""

    names: tuple[str, ...]


def alternatives(schema: Node, depth: int = 0) -> list[Alternative]:
    """Resolve `allOf`, `oneOf` and `anyOf`: return the alternatives, each a list of schemas that all apply."""
    found: list[Alternative] = [(schema,)]
    if depth > 12:
        return found
    for part in schema.items("allOf"):
        inner = alternatives(part, depth + 1)
        found = [a + b for a in found for b in inner][:MAX_ALTERNATIVES]
    for word in ("oneOf", "anyOf"):
        choices = [a for part in schema.items(word) for a in alternatives(part, depth + 1)]
        if choices:
            found = [a + b for a in found for b in choices][:MAX_ALTERNATIVES]
    return found


def member(schemas: tuple[Node, ...], token: str) -> Found | Excluded | None:
    """Return what is known about the member or element that a reference token names; None if nothing is."""
    found: dict[str, Node] = {}
    required = True
    names: dict[str, None] = {}
    unknown = False
    for alternative in (a for schema in schemas for a in alternatives(schema)):
        kinds = _kinds(alternative)
        if kinds and not kinds & {"object", "array"}:
            required = False
            continue
        if "null" in kinds:
            required = False
        here = [n for n in (_child(schema, token) for schema in alternative) if n is not None]
        if here:
            found.update((node.key, node) for node in here)
            if not any(token in _list(schema, "required") for schema in alternative):
                required = False
            continue
        required = False
        properties = [name for schema in alternative for name, _ in schema.members("properties")]
        names.update(dict.fromkeys(properties))
        if not properties or any(
            "additionalProperties" in s.fields for s in alternative if s.fields.get("additionalProperties") is not False
        ):
            unknown = True
    if found:
        return Found(tuple(found.values()), required)
    if unknown or not names:
        return None
    return Excluded(tuple(names))


def _child(schema: Node, token: str) -> Node | None:
    child = schema.get("properties", token) if token in _object(schema, "properties") else None
    if child is not None:
        return child
    if token.isdigit():
        prefix = list(schema.items("prefixItems"))
        if int(token) < len(prefix):
            return prefix[int(token)]
        if isinstance(schema.fields.get("items"), dict):
            return schema.get("items")
    extra = schema.fields.get("additionalProperties")
    return schema.get("additionalProperties") if isinstance(extra, dict) and extra else None


def _kinds(alternative: Alternative) -> set[str]:
    """Return the JSON types that the alternative admits; empty if it does not restrict them."""
    kinds: set[str] = set()
    for schema in alternative:
        type = schema.fields.get("type")
        if isinstance(type, str):
            kinds.add(type)
        kinds.update(k for k in _list(schema, "type") if isinstance(k, str))
        if _is_nullable(schema):
            kinds.add("null")
        if not type and "properties" in schema.fields:
            kinds.add("object")
    return kinds


def _is_nullable(schema: Node) -> bool:
    """Whether null is allowed with the keyword of OpenAPI 3.0, or that of many Swagger 2.0 documents."""
    return schema.fields.get("nullable") is True or schema.fields.get("x-nullable") is True


def _list(schema: Node, name: str) -> list[Json]:
    value = schema.fields.get(name)
    return value if isinstance(value, list) else []


def _object(schema: Node, name: str) -> dict[str, Json]:
    value = schema.fields.get(name)
    return value if isinstance(value, dict) else {}


class SchemaTypes:
    """Turns schemas into types; enums and records are added to the table."""

    def __init__(self, table: t.TypeTable) -> None:
        self.table = table
        self._open: frozenset[str] = frozenset()
        self._twins: dict[str, str] = {}
        self._contents: dict[str, str] = {}

    def type_of(self, schema: Node, hint: str) -> t.Type:
        """Return the type of values that satisfy the schema; `hint` is its name if the schema has none."""
        if not isinstance(schema.value, dict):
            return t.ANYTHING
        hint = component_name(schema) or hint
        base = self._plain(schema, hint)
        parts = [base] if base != t.ANYTHING else []
        choices = _composed(schema)
        names = of_alternatives(hint, schema, choices)
        records = [self._alternative(choice, name) for choice, name in zip(choices, names, strict=True)]
        if records:
            parts = [t.union(records)]
        result = t.union(parts) if parts else t.ANYTHING
        if _is_nullable(schema) and result != t.ANYTHING:
            result = t.optional(result)
        return result

    def _alternative(self, alternative: Alternative, hint: str) -> t.Type:
        """Return the type of values that satisfy all schemas."""
        are_objects = all(isinstance(s.fields.get("properties"), dict) or not s.fields.get("type") for s in alternative)
        if are_objects and sum("properties" in s.fields for s in alternative) > 1:
            key = "+".join(s.key for s in alternative)
            return self._record(key, hint, alternative)
        known = [x for x in (self._plain(s, hint) for s in reversed(alternative)) if x != t.ANYTHING]
        return known[0] if known else t.ANYTHING

    def _plain(self, schema: Node, hint: str) -> t.Type:
        """Return the type according to the schema's own keywords, without composition."""
        hint = component_name(schema) or hint
        fields = schema.fields
        if "const" in fields:
            constants = _literals([fields["const"]])
            return t.Literal(constants) if constants else t.ANYTHING
        values = fields.get("enum")
        if isinstance(values, list) and values:
            return self._enum(schema, values, hint)
        kinds = fields.get("type")
        names = (
            [kinds]
            if isinstance(kinds, str)
            else [k for k in kinds if isinstance(k, str)]
            if isinstance(kinds, list)
            else []
        )
        if not names:
            names = ["object"] if "properties" in fields else ["array"] if "items" in fields else []
        return t.union(self._kind(name, schema, hint) for name in names)

    def _kind(self, name: str, schema: Node, hint: str) -> t.Type:
        if name == "object":
            if isinstance(schema.fields.get("properties"), dict) and schema.fields["properties"]:
                return self._record(schema.key, hint, (schema,))
            extra = schema.get("additionalProperties")
            return t.Mapping(self._inner(schema, extra, hint))
        if name == "array":
            name = f"{hint} item" if component_name(schema) else of_item(hint)
            return t.Array(self._inner(schema, schema.get("items"), name))
        return _PLAIN.get(name, t.ANYTHING)

    def _inner(self, owner: Node, schema: Node | None, hint: str) -> t.Type:
        """Return the type of elements or members: Anything if they are `owner` again, whose type would be infinite."""
        if schema is None or owner.key in self._open:
            return t.ANYTHING
        outer, self._open = self._open, self._open | {owner.key}
        type = self.type_of(schema, hint)
        self._open = outer
        return type

    def _enum(self, schema: Node, values: list[Json], hint: str) -> t.Type:
        literals = tuple(v for v in _literals(values) if v is not None)
        kinds = schema.fields.get("type")
        if kinds == "string" and not all(isinstance(v, str) for v in literals):
            # Numbers and booleans in a string enum whose quotes were forgotten.
            literals = tuple(dict.fromkeys(_as_text(v) for v in literals))
        if not literals:
            return t.NULL if None in values else t.ANYTHING
        if any(isinstance(v, float) for v in values):
            return t.Number()
        if len(literals) == 1:
            named: t.Type = t.Literal(literals)
        else:
            named = self._defined(t.Enum(schema.key, hint, literals))
        nullable = None in values or kinds == "null" or (isinstance(kinds, list) and "null" in kinds)
        return t.optional(named) if nullable else named

    def _record(self, key: str, hint: str, schemas: Alternative) -> t.Type:
        if key in self.table.definitions or key in self._twins:
            return t.Named(self._twins.get(key, key))
        self.table.definitions[key] = None
        required = {name for s in schemas for name in _list(s, "required") if isinstance(name, str)}
        fields: dict[str, t.RecordField] = {}
        outer, self._open = self._open, frozenset()
        for schema in schemas:
            for name, node in schema.members("properties"):
                type = self.type_of(node, of_property(hint, name))
                fields[name] = t.RecordField(name, type, name in required)
        self._open = outer
        return self._defined(t.Record(key, hint, tuple(fields.values())))

    def _defined(self, definition: t.Definition) -> t.Named:
        """Enter a definition into the table, unless it holds one of the same name and the same content."""
        key = definition.key
        if self.table.definitions.get(key) is None and key not in self._twins:
            content = repr(msgspec.structs.replace(definition, key=""))  # where 1 is not True
            twin = self._contents.setdefault(content, key)
            if twin == key:
                self.table.definitions[key] = definition
            else:
                self.table.definitions.pop(key, None)
                self._twins[key] = twin
        return t.Named(self._twins.get(key, key))


def _composed(schema: Node) -> list[Alternative]:
    """Return the alternatives of a composed schema; a plain schema has none."""
    if not any(word in schema.fields for word in ("allOf", "oneOf", "anyOf")):
        return []
    return alternatives(schema)


def _literals(values: list[Json]) -> tuple[t.Scalar, ...]:
    """Return the values that a Literal can hold, without duplicates; True and 1 are different."""
    found: list[t.Scalar] = []
    kinds: set[tuple[str, str]] = set()
    for value in values:
        if value is None or isinstance(value, bool | int | str):
            kind = (type(value).__name__, str(value))
            if kind not in kinds:
                kinds.add(kind)
                found.append(value)
    return tuple(found)


def _as_text(value: t.Scalar) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
