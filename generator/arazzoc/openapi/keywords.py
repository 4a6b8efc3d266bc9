"""What the keywords of JSON Schema take: a keyword with another value can be neither checked nor trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias, TypeGuard

from arazzoc.openapi.alternatives import KINDS
from arazzoc.source import Json

Kind: TypeAlias = tuple[str, Callable[[Json], bool]]
"""What a keyword takes, and whether a value is that."""


def wanted(word: str, value: Json) -> str | None:
    """Return what a keyword takes, if the value is something else (JSON Schema 2020-12, Core and Validation)."""
    what, fits = _KINDS.get(word, _ANYTHING)
    return None if fits(value) else what


def _is_type(value: Json) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(name in KINDS for name in names)


def _is_names(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_lists_of_names(value: Json) -> bool:
    return isinstance(value, dict) and all(map(_is_names, value.values()))


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_divisor(value: Json) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Json) -> bool:
    return _is_number(value) and value >= 0 and value % 1 == 0


def _is_filled_list(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


def _is_a(*types: type) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, types)


_ANYTHING: Kind = ("", _is_a(object))
_NUMBER: Kind = ("a number", _is_number)
_COUNT: Kind = ("a whole number of 0 or more", _is_count)
_SCHEMA: Kind = ("a schema", _is_a(dict, bool))
_SCHEMAS: Kind = ("a list of schemas", _is_filled_list)
_SCHEMA_MAP: Kind = ("an object of schemas", _is_a(dict))
_KINDS: dict[str, Kind] = {
    "type": ("the name of a type", _is_type),
    "enum": ("a list of values", _is_a(list)),
    "required": ("a list of names", _is_names),
    "dependentRequired": ("an object of lists of names", _is_lists_of_names),
    "uniqueItems": ("true or false", _is_a(bool)),
    "pattern": ("a text", _is_a(str)),
    "multipleOf": ("a number above 0", _is_divisor),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"), _COUNT),
    **dict.fromkeys(("minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames"), _SCHEMA),
    **dict.fromkeys(("not", "if", "then", "else"), _SCHEMA),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _SCHEMAS),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), _SCHEMA_MAP),
}
_OTHERS = frozenset(
    (
        *("const", "default", "definitions", "dependencies", "deprecated", "description", "discriminator", "example"),
        *("examples", "externalDocs", "format", "nullable", "readOnly", "title", "writeOnly", "xml"),
        *("contentEncoding", "contentMediaType", "contentSchema", "unevaluatedItems", "unevaluatedProperties"),
        "additionalItems",
    )
)


def is_keyword(word: str) -> bool:
    """Whether a word is a keyword of JSON Schema, or of the Schema Object of OpenAPI."""
    return word in _KINDS or word in _OTHERS or word.startswith("$")
