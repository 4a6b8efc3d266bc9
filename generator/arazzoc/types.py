"""The static types of values, free of Python text: what a schema says that a value can be.

Enums and records (objects with known members) are named entries of a table, so that they can be recursive.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Any, TypeAlias

from msgspec import Struct

Scalar: TypeAlias = None | bool | int | float | str


class Anything(Struct, frozen=True):
    """Nothing is known."""


class Null(Struct, frozen=True):
    """`null`"""


class Boolean(Struct, frozen=True):
    """`true` or `false`"""


class Integer(Struct, frozen=True):
    """A whole number."""


class Number(Struct, frozen=True):
    """A number."""


class String(Struct, frozen=True):
    """Text."""


class Bytes(Struct, frozen=True):
    """A body that is not text."""


class FileContent(Struct, frozen=True):
    """What is sent as a file: bytes, text, a path or an open file."""


class Literal(Struct, frozen=True):
    """One of a few values, listed in place."""

    values: tuple[Scalar, ...]


class Array(Struct, frozen=True):
    item: Type


class Mapping(Struct, frozen=True):
    """An object with members of any name."""

    value: Type


class Named(Struct, frozen=True):
    """An enum or a record of the type table."""

    key: str


class Union(Struct, frozen=True):
    items: tuple[Type, ...]


Type: TypeAlias = (
    Anything
    | Null
    | Boolean
    | Integer
    | Number
    | String
    | Bytes
    | FileContent
    | Literal
    | Array
    | Mapping
    | Named
    | Union
)


class Enum(Struct, frozen=True):
    """A table entry: a name for a list of values."""

    key: str
    name: str
    values: tuple[Scalar, ...]


class RecordField(Struct, frozen=True):
    name: str
    type: Type
    required: bool


class Record(Struct, frozen=True):
    """A table entry: a name for an object with known members."""

    key: str
    name: str
    fields: tuple[RecordField, ...]


Definition: TypeAlias = Enum | Record

ANYTHING = Anything()
NULL = Null()
STRING = String()
INTEGER = Integer()

_CLASSES: dict[Type, tuple[type, ...]] = {
    NULL: (NoneType,),
    STRING: (str,),
    INTEGER: (int,),
    Number(): (int, float),
    Boolean(): (bool,),
    FileContent(): (str,),
}
"""The Python types of the JSON values of each plain type."""


def union(types: Iterable[Type]) -> Type:
    """Form a union: flat, without duplicates, `null` last; `Anything` in it makes all of it `Anything`."""
    # By their texts, in which true and 1 are different.
    flat: list[Type] = list({repr(item): item for type in types for item in alternatives(type)}.values())
    if ANYTHING in flat or not flat:
        return ANYTHING
    literals = [item for item in flat if isinstance(item, Literal)]
    if len(literals) > 1:
        flat = [item for item in flat if not isinstance(item, Literal)]
        flat.insert(0, _merged(literals))
    if Number() in flat and INTEGER in flat:
        flat.remove(INTEGER)
    if NULL in flat:
        flat.remove(NULL)
        flat.append(NULL)
    return flat[0] if len(flat) == 1 else Union(tuple(flat))


def _merged(literals: list[Literal]) -> Literal:
    """Merge literal types; true and 1 are different values."""
    values: dict[tuple[str, Scalar], Scalar] = {}
    for literal in literals:
        for value in literal.values:
            values.setdefault((value.__class__.__name__, value), value)
    return Literal(tuple(values.values()))


def alternatives(type: Type) -> tuple[Type, ...]:
    """Return the members of a union; any other type is its only member."""
    return type.items if isinstance(type, Union) else (type,)


def optional(type: Type) -> Type:
    """Add null to a type."""
    return union((type, NULL))


def required(type: Type) -> Type:
    """Remove null from a type."""
    if isinstance(type, Union):
        return union(item for item in type.items if item != NULL)
    return type


def admits_null(type: Type) -> bool:
    """Whether null is a value of a type."""
    return type in (ANYTHING, NULL) or is_optional(type)


def is_optional(type: Type) -> bool:
    """Whether the type includes null."""
    return type == NULL or (isinstance(type, Union) and NULL in type.items)


def renamed(type: Type, names: dict[str, str]) -> Type:
    """Replace the keys of named types, wherever they are in a type."""
    match type:
        case Named(key=key):
            return Named(names.get(key, key))
        case Array(item=item):
            return Array(renamed(item, names))
        case Mapping(value=value):
            return Mapping(renamed(value, names))
        case Union(items=items):
            return union(renamed(item, names) for item in items)
        case _:
            return type


def renamed_record(record: Record, names: dict[str, str]) -> Record:
    """Replace the keys of named types in the fields of a record."""
    fields = (RecordField(field.name, renamed(field.type, names), field.required) for field in record.fields)
    return Record(record.key, record.name, tuple(fields))


class TypeTable:
    """The named types of a program, by key."""

    def __init__(self) -> None:
        self.definitions: dict[str, Definition | None] = {}
        self.open_records: set[str] = set()
        """The keys of records of which a schema says that they may have other members."""

    def enum(self, named: Type) -> tuple[Scalar, ...] | None:
        """Return the values of an enum or literal type; None for another type."""
        if isinstance(named, Literal):
            return named.values
        if isinstance(named, Named):
            definition = self.definitions.get(named.key)
            if isinstance(definition, Enum):
                return definition.values
        return None

    def admits(self, type: Type, value: Any) -> bool:
        """Whether a JSON value is one of a type; an object has no members that its record does not know."""
        match type:
            case Anything():
                return True
            case Union(items=items):
                return any(self.admits(item, value) for item in items)
            case Array(item=item):
                return value.__class__ is list and all(self.admits(item, v) for v in value)
            case Mapping(value=item):
                return value.__class__ is dict and all(self.admits(item, v) for v in value.values())
            case Named(key=key) if isinstance(record := self.definitions.get(key), Record):
                return value.__class__ is dict and self._matches(record, value)
            case _:
                values = self.enum(type)
                if values is not None:
                    return any(v == value and v.__class__ is value.__class__ for v in values)
                return value.__class__ in _CLASSES.get(type, ())

    def _matches(self, record: Record, value: dict[str, Any]) -> bool:
        fields = {field.name: field for field in record.fields}
        lacks = any(field.required and name not in value for name, field in fields.items())
        return not lacks and all(name in fields and self.admits(fields[name].type, v) for name, v in value.items())

    def reachable(self, types: Iterable[Type]) -> tuple[Definition, ...]:
        """Return the definitions that the types need, directly or through others, in the order found."""
        found: dict[str, Definition] = {}
        pending = list(types)
        while pending:
            type = pending.pop(0)
            if isinstance(type, Union):
                pending.extend(type.items)
            elif isinstance(type, Array):
                pending.append(type.item)
            elif isinstance(type, Mapping):
                pending.append(type.value)
            elif isinstance(type, Named) and type.key not in found:
                definition = self.definitions.get(type.key)
                if definition is not None:
                    found[type.key] = definition
                    if isinstance(definition, Record):
                        pending.extend(field.type for field in definition.fields)
        return tuple(found.values())
