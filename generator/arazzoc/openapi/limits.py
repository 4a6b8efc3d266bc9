"""The limits that schemas have besides types, values and members: brought to one form, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from arazzoc.diagnostics import quoted
from arazzoc.openapi.alike import ANNOTATIONS, HAVE_SCHEMAS, equal, is_word_alike
from arazzoc.openapi.document import Node
from arazzoc.openapi.keywords import is_keyword
from arazzoc.source import Json

Relation: TypeAlias = Literal["widened", "narrowed", "changed"]
Limits: TypeAlias = dict[str, "Limit"]

LOWER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"))
UPPER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"))
SWITCHES = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""Keywords that before OpenAPI 3.1 are true or false, and what they mean to exclude."""
_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_ONLY_SCHEMA = frozenset(
    ("unevaluatedProperties", "unevaluatedItems", "additionalItems", "propertyNames", "then", "else", "contentSchema")
)
"""Keywords whose value is a schema that says nothing where anything matches it."""
_CONTENT: dict[Json, tuple[str, Json]] = {
    "binary": ("contentMediaType", "application/octet-stream"),
    "byte": ("contentEncoding", "base64"),
    "base64": ("contentEncoding", "base64"),
}
"""Formats of OpenAPI 3.0, and how OpenAPI 3.1 says the same (OpenAPI 3.1.1, section 4.4.4)."""
OF_TEXTS = frozenset(("format", "contentEncoding", "contentMediaType"))
"""What says what a text is."""
_STRUCTURE = frozenset(
    (
        *("type", "enum", "const", "properties", "required", "items", "prefixItems", "additionalProperties"),
        *("allOf", "oneOf", "anyOf", "nullable", "x-nullable", "$ref", "$id", "$schema", "$anchor", "$defs"),
        *("default", "deprecated", "definitions", "readOnly", "writeOnly", "discriminator", "$dynamicAnchor"),
    )
)
"""Keywords that are looked at one by one; what is neither these nor an annotation is a limit."""


_NUMBERS, _TEXTS, _ARRAYS, _OBJECTS = ("number", "integer"), ("string",), ("array",), ("object",)
_APPLY_TO: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBERS),
    **dict.fromkeys(("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"), _TEXTS),
    "contentSchema": _TEXTS,
    "format": (*_TEXTS, *_NUMBERS),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"), _ARRAYS),
    **dict.fromkeys(("unevaluatedItems", "additionalItems"), _ARRAYS),
    **dict.fromkeys(("minProperties", "maxProperties", "patternProperties", "propertyNames"), _OBJECTS),
    **dict.fromkeys(("dependentRequired", "dependentSchemas", "dependencies"), _OBJECTS),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties"), _OBJECTS),
}
"""The types of the values that keywords assert something of (JSON Schema 2020-12, Validation, section 6.1)."""


def of_kinds(limits: Limits, kinds: frozenset[str]) -> Limits:
    """The limits that assert something of values of some types."""
    return {word: limit for word, limit in limits.items() if not kinds.isdisjoint(_APPLY_TO.get(word, kinds))}


class Limit:
    """What one keyword demands; `nodes` are the schemas that have it, whose references are followed, and `written` is
    how they say it, where that is with another keyword.
    """

    def __init__(self, value: Json, node: Node | None = None, written: tuple[str, Json] | None = None) -> None:
        self.value, self.written = value, written
        self.nodes = [node] if node is not None else []

    def joined(self, word: str, other: Limit) -> Limit:
        """What two limits of one value mean together."""
        found = Limit(_stricter(word, self.value, other.value))
        found.nodes = [*self.nodes, *other.nodes]
        return found


def own_limits(schema: Node) -> Iterator[tuple[str, Limit]]:
    """The limits of a schema by keyword, without what asserts nothing."""
    for word, value in schema.fields.items():
        if (
            word in _STRUCTURE
            or word in ANNOTATIONS
            or not is_keyword(word)
            or asserts_nothing(word, value, schema.fields)
        ):
            continue
        if word in SWITCHES and value is True:
            limit = schema.fields.get(SWITCHES[word])
            if isinstance(limit, int | float):
                yield word, Limit(limit, schema)
            continue
        if word == "format" and isinstance(value, str) and value in _CONTENT:
            word, value = _CONTENT[value]
            yield word, Limit(value, schema, ("format", schema.fields["format"]))
        else:
            yield word, Limit(value, schema)


def asserts_nothing(word: str, value: Json, beside: Mapping[str, Json]) -> bool:
    """Whether any value keeps to a keyword; `beside` are all members of its schema."""
    if value is False:
        return word == "uniqueItems" or word in SWITCHES
    if word in ("minItems", "minLength", "minProperties"):
        return value == 0
    if word in _ONLY_SCHEMA:
        return value is True or value == {} or (word in ("then", "else") and "if" not in beside)
    if word == "if":
        return all(beside.get(other, True) in (True, {}) for other in ("then", "else"))
    if word in ("minContains", "maxContains"):
        return "contains" not in beside or (word == "minContains" and value == 1)
    return word in ("patternProperties", "dependentSchemas", "dependentRequired", "pattern") and not value


def bounded(limits: Limits) -> Limits:
    """The same limits with one lower and one upper bound: of two that hold, the one that excludes more."""
    for inclusive, exclusive in _BOUNDS:
        both = [limits[word].value for word in (inclusive, exclusive) if word in limits]
        if len(both) == 2 and all(isinstance(value, int | float) for value in both):
            stricter = _stricter(inclusive, *both)
            del limits[inclusive if equal(stricter, both[1]) else exclusive]
    return limits


def _stricter(word: str, one: Json, other: Json) -> Json:
    """What two limits of one value mean together; where both must hold, they are a list."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        if word == "uniqueItems":
            return True
        if word in LOWER or word in UPPER:
            return max(one, other) if word in LOWER else min(one, other)
    found = one if isinstance(one, list) else [one]
    return one if any(equal(other, item) for item in found) else [*found, other]


def limits_of(old: Limits, new: Limits) -> Iterator[tuple[str, Relation, str]]:
    """How limits changed: the keyword, whether more is accepted or less, and how in words."""
    befores, afters = dict(old), dict(new)
    for bounds in _BOUNDS:
        one, other = ([word for word in bounds if word in limits] for limits in (befores, afters))
        if len(one) == len(other) == 1 and one != other:
            before, after = befores.pop(one[0]).value, afters.pop(other[0]).value
            text = f"{one[0]} {shown_value(before)} became {other[0]} {shown_value(after)}"
            excludes: Relation = "narrowed" if other[0] in SWITCHES else "widened"
            yield other[0], excludes if equal(before, after) else limit_moved(other[0], before, after), text
    values = [{word: limit.value for word, limit in limits.items()} for limits in (befores, afters)]
    for word in dict.fromkeys((*befores, *afters)):
        if word not in befores or word not in afters:
            name, value = (befores.get(word) or afters[word]).written or (
                word,
                (befores.get(word) or afters[word]).value,
            )
            is_new = word in afters
            words = limit_words(name, *(({}, {name: value}) if is_new else ({name: value}, {})))
            yield word, "narrowed" if is_new else "widened", words
            continue
        is_same = equal(values[0][word], values[1][word])
        if word not in HAVE_SCHEMAS and not is_same:
            yield word, limit_moved(word, values[0][word], values[1][word]), limit_words(word, *values)
        elif word in HAVE_SCHEMAS and not _are_alike(word, befores[word], afters[word]):
            text = f"what {word} refers to changed" if is_same else limit_words(word, *values)
            yield word, "changed", text


def _are_alike(word: str, one: Limit, other: Limit) -> bool:
    """Whether a keyword with schemas says the same, with its references followed."""
    return len(one.nodes) == len(other.nodes) and all(
        is_word_alike(word, *pair) for pair in zip(one.nodes, other.nodes, strict=True)
    )


def limit_words(word: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> str:
    """How a limit changed, in words."""
    if word in old and word in new:
        return f"{word} {shown_value(old[word])} became {shown_value(new[word])}"
    return (
        f"{word} {shown_value(new[word])} is new"
        if word in new
        else f"{word} {shown_value(old[word])} is not there any more"
    )


def limit_moved(word: str, before: Json, after: Json) -> Relation:
    """Whether more is accepted than before, or less, where a keyword has another value."""
    if isinstance(before, bool) or isinstance(after, bool):
        is_switch = word in SWITCHES or word == "uniqueItems"
        return "changed" if not is_switch or before == after else "narrowed" if after is True else "widened"
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return "changed"
    if word in LOWER:
        return "narrowed" if after > before else "widened"
    if word in UPPER:
        return "narrowed" if after < before else "widened"
    return "changed"


def shown_value(value: Json) -> str:
    return quoted(value) if isinstance(value, str) else quoted(json.dumps(value, ensure_ascii=False))[1:-1]
