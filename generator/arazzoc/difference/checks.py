"""What is checked of the inputs of a workflow besides their types: the limits of their schemas, by input."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from arazzoc.openapi.limits import Relation, asserts_nothing, limit_moved
from arazzoc.source import Json

_TYPES = frozenset(("type", "enum", "const", "required", "default", "$file"))
"""What is said of the type, or by a kind of its own."""
_INNER = frozenset(("items", "additionalProperties"))
_MAPS = frozenset(("properties", "$defs"))

Checks: TypeAlias = dict[str, dict[str, Json]]
Direction: TypeAlias = Literal["tightened", "loosened", "changed"]


def checks(schema: Json) -> Checks:
    """The limits that the schema of the inputs has, by the name of the input; those of all of them under ''."""
    found: Checks = {}
    fields: Any = schema if isinstance(schema, dict) else {}
    members: Any = fields.get("properties", {})
    for name, inner in members.items():
        found[name] = _limits(inner, "")
    found[""] = {word: value for word, value in fields.items() if word not in _TYPES and word != "properties"}
    return found


def _limits(schema: Any, at: str) -> dict[str, Json]:
    if schema.__class__ is not dict:
        return {at or "schema": schema}
    found: dict[str, Json] = {}
    for word, value in schema.items():
        if word in _INNER and value.__class__ is dict:
            found |= _limits(value, f"{at}/*")
        elif word in _MAPS:
            for name, inner in value.items():
                found |= _limits(inner, f"{at}/{name}")
        elif word not in _TYPES and not asserts_nothing(word, value, schema):
            found[f"{at} {word}".strip()] = value
    return found


def direction(before: dict[str, Json], after: dict[str, Json]) -> Direction:
    """How limits changed: whether less is accepted, or more, or neither."""
    found: set[Relation] = set()
    for key in before.keys() | after.keys():
        if key in before and key in after:
            if before[key] != after[key]:
                found.add(limit_moved(key.rpartition(" ")[2], before[key], after[key]))
        else:
            found.add("narrowed" if key in after else "widened")
    return "tightened" if found == {"narrowed"} else "loosened" if found == {"widened"} else "changed"
