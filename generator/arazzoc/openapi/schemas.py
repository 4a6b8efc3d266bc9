"""The static types that JSON Schemas describe (OpenAPI 3.0 and 3.1, JSON Schema 2020-12).

A type has every value that matches its schema. Where no type of Python says more, it is `Any`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from arazzoc import types as t
from arazzoc.openapi.alternatives import (
    KINDS,
    Alternative,
    alternatives,
    beside,
    kind_of,
    kinds,
    listed,
    members,
    parts,
    shape,
)
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import is_base
from arazzoc.openapi.type_names import component_name, of_alternatives, of_item, of_property
from arazzoc.source import Json

MAX_NESTING = 12
"""How many lists and mappings a type may be of without a record between them; what is deeper is any value."""

_PLAIN: dict[str, t.Type] = {
    "string": t.STRING,
    "integer": t.INTEGER,
    "number": t.Number(),
    "boolean": t.Boolean(),
    "null": t.NULL,
    "array": t.Array(t.ANYTHING),
    "object": t.Mapping(t.ANYTHING),
}

_OPENING = (
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "if",
    "dependentSchemas",
    "$dynamicRef",
)


class SchemaTypes:
    """Turns schemas into types; enums and records are added to the table."""

    def __init__(self, table: t.TypeTable) -> None:
        self.table = table
        self._known: dict[str, t.Type] = {}
        self._depth = 0
        self._pending: list[tuple[str, str, Alternative]] = []
        self._twins: dict[str, str] = {}
        self._contents: dict[str, str] = {}

    def type_of(self, schema: Node, hint: str) -> t.Type:
        """Return the type of values that satisfy the schema; `hint` is its name if the schema has none."""
        self._known = {}
        type = self._type(schema, hint)
        records: list[t.Record] = []
        while self._pending:
            self._known = {}
            records.append(self._record(*self._pending.pop(0)))
        self._enter(records)
        return t.renamed(type, self._twins)

    def _type(self, schema: Node, hint: str) -> t.Type:
        """Return the type of a schema; within itself, and below MAX_NESTING, it is any value."""
        key = "+".join((schema.key, *(node.key for node in schema.beside)))
        if key in self._known or self._depth == MAX_NESTING:
            return self._known.get(key, t.ANYTHING)
        self._known[key] = t.ANYTHING
        self._depth += 1
        name = hint if beside(schema) else component_name(schema) or hint
        choices = alternatives(schema)
        named = [choice for choice in choices if kinds(choice) != ("null",)]
        names = of_alternatives(name, schema, named)
        types = [self._alternative(choice, name) for choice, name in zip(named, names, strict=True)]
        type = t.union([*types, *([t.NULL] if len(named) < len(choices) else [])])
        self._depth -= 1
        self._known[key] = type
        return type

    def _alternative(self, alternative: Alternative, hint: str) -> t.Type:
        """Return the type of values that satisfy all schemas."""
        admitted = shape(alternative)
        listing = tuple(schema for schema in alternative if listed(schema) is not None)
        if listing:
            return self._values(listing, kinds(alternative), hint)
        if admitted == KINDS:
            return t.ANYTHING
        return t.union(self._kind(kind, alternative, hint) for kind in admitted)

    def _kind(self, kind: str, alternative: Alternative, hint: str) -> t.Type:
        if kind == "object":
            return self._object(alternative, hint)
        schema = _last(alternative, ("items", "prefixItems")) if kind == "array" else None
        if schema is None:
            return _PLAIN[kind]
        owner = component_name(schema) or hint
        name = f"{owner} item" if component_name(schema) else of_item(owner)
        rest = "additionalItems" if isinstance(schema.fields.get("items"), list) else "items"
        first = [*parts(schema, "prefixItems"), *(parts(schema, "items") if rest == "additionalItems" else ())]
        return t.Array(self._each(schema, first, rest, name))

    def _object(self, alternative: Alternative, hint: str) -> t.Type:
        records = [s for s in alternative if isinstance(s.fields.get("properties"), dict) and s.fields["properties"]]
        if len(records) == 1:
            return self._named(records[0].key, component_name(records[0]) or hint, (records[0],))
        if records:
            return self._named("+".join(s.key for s in alternative), hint, alternative)
        schema = _last(alternative, ("additionalProperties", "patternProperties"))
        if schema is None:
            return _PLAIN["object"]
        patterns = [node for _, node in members(schema, "patternProperties")]
        return t.Mapping(self._each(schema, patterns, "additionalProperties", component_name(schema) or hint))

    def _each(self, schema: Node, first: list[Node], word: str, hint: str) -> t.Type:
        """Return the type of elements or members: some, and the rest, which have any type where nothing is said."""
        rest = schema.get(word) if schema.fields.get(word) is not False else None
        types = [self._type(node, hint) for node in [*first, *([rest] if rest is not None else [])]]
        is_closed = schema.fields.get(word) is False and types
        return t.union(types) if rest is not None or is_closed else t.ANYTHING

    def _named(self, key: str, hint: str, schemas: Alternative) -> t.Named:
        """Return a record by its key; its fields are found when the type that needs it is complete."""
        if key not in self.table.definitions and key not in self._twins:
            self.table.definitions[key] = None
            self._pending.append((key, hint, schemas))
        return t.Named(key)

    def _record(self, key: str, hint: str, schemas: Alternative) -> t.Record:
        required = [name for schema in schemas for name in _list(schema.fields.get("required"))]
        fields: dict[str, t.RecordField] = {}
        for schema in schemas:
            for name, node in members(schema, "properties"):
                type = self._type(node, of_property(hint, name))
                if type != t.ANYTHING or name not in fields:
                    fields[name] = t.RecordField(name, type, name in required)
        words = (schema.fields.get(word, False) for schema in schemas for word in _OPENING)
        if any(word is not False for word in words) or is_base(schemas):
            self.table.open_records.add(key)
        return t.Record(key, hint, tuple(fields.values()))

    def _enter(self, records: list[t.Record]) -> None:
        """Enter records into the table, those of the same name and the same content once."""
        while True:
            records = [t.renamed_record(record, self._twins) for record in records]
            contents = dict(self._contents)
            twins = {r.key: key for r in records if (key := contents.setdefault(_content(r), r.key)) != r.key}
            self._twins = {key: twins.get(twin, twin) for key, twin in self._twins.items()} | twins
            records = [record for record in records if record.key not in twins]
            if not twins:
                break
        self._contents = contents
        for key, twin in self._twins.items():
            self.table.definitions.pop(key, None)
            if key in self.table.open_records:
                self.table.open_records.add(twin)
        self.table.definitions.update((record.key, record) for record in records)

    # Listed values

    def _values(self, listing: Alternative, admitted: tuple[str, ...], hint: str) -> t.Type:
        """Return the type of the values that schemas list, or of those types where a Literal cannot hold them.

        A value that is not of a declared type is a slip, so that the declared types count; where all of them are
        slips, nothing is known.
        """
        values = _common([listed(schema) or [] for schema in listing])
        some: list[Json] = [value for value in values if value is not None]
        texts = admitted in (("string",), ("string", "null"), ("null", "string"))
        fitting = _texts(some) if texts else [value for value in some if _kind(value, admitted) in admitted]
        if not some:
            type: t.Type = t.NULL
        elif not fitting and not texts:
            type = t.ANYTHING
        elif len(fitting) < len(some):
            type = t.union(_PLAIN[kind] for kind in admitted if kind != "null")
        elif all(isinstance(value, bool | int | str) for value in fitting):
            type = self._literal(listing, values, fitting, hint)
        else:
            type = t.union(_PLAIN[_kind(value, admitted)] for value in fitting)
        return t.optional(type) if "null" in admitted and type != t.ANYTHING else type

    def _literal(self, listing: Alternative, values: list[Json], fitting: list[Json], hint: str) -> t.Type:
        """Return a type for values that a Literal can hold: a name for several, unless they are a `const`."""
        literals = _literals(fitting)
        owner = next((s for s in listing if len(listed(s) or []) == len(values)), None)
        if len(literals) == 1:
            return t.Literal(literals)
        if owner is None:
            return self._enum(t.Enum("+".join(s.key for s in listing), hint, literals))
        return self._enum(t.Enum(owner.key, component_name(owner) or hint, literals))

    def _enum(self, definition: t.Enum) -> t.Named:
        """Enter an enum into the table, unless that holds one of the same name and the same values."""
        key = definition.key
        if key not in self.table.definitions and key not in self._twins:
            twin = self._contents.setdefault(_content(definition), key)
            if twin == key:
                self.table.definitions[key] = definition
            else:
                self._twins[key] = twin
        return t.Named(self._twins.get(key, key))


def _last(alternative: Alternative, words: Iterable[str]) -> Node | None:
    """Return the last schema that has one of the keywords."""
    return next((schema for schema in reversed(alternative) if schema.fields.keys() & set(words)), None)


def _content(definition: t.Definition) -> str:
    return repr(msgspec.structs.replace(definition, key=""))  # where 1 is not True


def _common(lists: list[list[Json]]) -> list[Json]:
    """Return the values that are in all lists; the last list where there are none. True and 1 are different."""
    found = lists[0]
    for other in lists[1:]:
        keys = [_identity(value) for value in other]
        found = [value for value in found if _identity(value) in keys] or other
    return found


def _identity(value: Json) -> tuple[str, Json]:
    return "number" if kind_of(value) == "integer" else kind_of(value), value


def _kind(value: Json, admitted: tuple[str, ...]) -> str:
    """Return the JSON type of a value; 1.0 is an integer where only those are admitted."""
    is_whole = isinstance(value, float) and value.is_integer() and "number" not in admitted
    return "integer" if is_whole else kind_of(value)


def _texts(values: list[Json]) -> list[Json]:
    """Return the texts that were meant by texts, numbers and booleans, where the quotes of those were forgotten.

    Numbers with a point are left out, for their last zeros are lost.
    """
    return [_as_text(value) for value in values if isinstance(value, bool | int | str)]


def _literals(values: list[Json]) -> tuple[t.Scalar, ...]:
    """Return values without duplicates, of the types that a Literal can hold; True and 1 are different."""
    unique = {_identity(value): value for value in values if isinstance(value, bool | int | str)}
    return tuple(unique.values())


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _as_text(value: bool | int | str) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
