"""The JSON types that values have, or that a text reads as, and their names in words."""

from __future__ import annotations

import re

from arazzoc import types as t
from arazzoc.openapi.alternatives import KINDS, kind_of
from arazzoc.openapi.facts import words_of
from arazzoc.source import Json

OBJECT = frozenset(("object",))


def kinds_of_type(type: t.Type, table: t.TypeTable) -> frozenset[str] | None:
    """The JSON types of the values of a static type, without null; None where nothing is known."""
    found: set[str] = set()
    for item in t.alternatives(t.required(type)):
        match item:
            case t.String():
                found.add("string")
            case t.Integer():
                found.add("integer")
            case t.Number():
                found |= {"number", "integer"}
            case t.Boolean():
                found.add("boolean")
            case t.Array():
                found.add("array")
            case t.Mapping():
                found.add("object")
            case t.Null():
                continue
            case t.Literal(values=values):
                found |= {kind_of(v) for v in values}
            case t.Named():
                enum = table.enum(item)
                found |= {kind_of(v) for v in enum} if enum is not None else OBJECT
            case _:
                return None
    return frozenset(found - {"null"}) or None


def text_as_value(text: str, wanted: frozenset[str]) -> Json:
    """What a text reads as where one of these types is wanted; None where it reads as none of them."""
    if "string" in wanted:
        return text
    if "boolean" in wanted and text in ("true", "false"):
        return text == "true"
    if "integer" in wanted and re.fullmatch(r"[-+]?\d+", text):
        return int(text) if len(text) < 1000 else None
    if "number" in wanted and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", text):
        return float(text)
    return None


def articled(found: frozenset[str]) -> str:
    words = {"null": "null", "boolean": "true or false", "array": "a list", "object": "an object"}
    if found >= set(KINDS) - {"null"}:
        return "anything"
    shown = [kind for kind in KINDS if kind in found and not (kind == "integer" and "number" in found)]
    texts = {"string": "a string", "integer": "a whole number", "number": "a number", **words}
    return " or ".join(texts[kind] for kind in shown) or words_of(found)


def as_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
