"""What the keywords of JSON Schema take: a keyword with another value can be neither checked nor trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeGuard

from arazzoc.openapi.alternatives import KINDS
from arazzoc.source import Json

_NAMES = ("a list of names", lambda value: _is_names(value))
_COUNT = ("a whole number of 0 or more", lambda value: _is_number(value) and value >= 0 and value % 1 == 0)
_NUMBER = ("a number", lambda value: _is_number(value))
_SCHEMA = ("a schema", lambda value: isinstance(value, dict | bool))
_SCHEMAS = ("a list of schemas", lambda value: isinstance(value, list) and bool(value))
_SCHEMA_MAP = ("an object of schemas", lambda value: isinstance(value, dict))

_WANTED: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "type": ("the name of a type", lambda value: _is_type(value)),
    "enum": ("a list of values", lambda value: isinstance(value, list)),
    "required": _NAMES,
    "dependentRequired": (
        "an object of lists of names",
        lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
    ),
    "uniqueItems": ("true or false", lambda value: isinstance(value, bool)),
    "pattern": ("a text", lambda value: isinstance(value, str)),
    "multipleOf": ("a number above 0", lambda value: _is_number(value) and value > 0),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"), _COUNT),
    **dict.fromkeys(("minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(
        ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"), _SCHEMA
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _SCHEMAS),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), _SCHEMA_MAP),
}


def wanted(word: str, value: Json) -> str | None:
    """Return what a keyword takes, if the value is something else (JSON Schema 2020-12, Core and Validation)."""
    what, fits = _WANTED.get(word, ("", lambda _: True))
    return None if fits(value) else what


def _is_names(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_type(value: Json) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(name in KINDS for name in names)


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
