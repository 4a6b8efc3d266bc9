"""Whether a value certainly matches a schema: a keyword that is not looked at here leaves that open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import finds, translate_ecma
from arazzoc.openapi.alike import ANNOTATIONS, equal
from arazzoc.openapi.alternatives import (
    Alternative,
    admits_null,
    is_nullable,
    kind_of,
    listed,
    members,
    parts,
    reached,
)
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, apart, facts_of, said_beside
from arazzoc.openapi.limits import LOWER, SWITCHES, UPPER
from arazzoc.source import Json

_MAX_DEPTH = 30
_Answer: TypeAlias = bool | None
"""None where it is not known."""
_OWN: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"), (int, float)),
    **dict.fromkeys(("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"), (str,)),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"), (list,)),
    **dict.fromkeys(("minProperties", "maxProperties", "properties", "required", "additionalProperties"), (dict,)),
    **dict.fromkeys(("patternProperties", "propertyNames", "dependentRequired"), (dict,)),
}
"""What keywords apply to; others may apply to anything."""
_SAY_NOTHING = ANNOTATIONS | {"default", "deprecated", "readOnly", "writeOnly", "discriminator", "format", "nullable"}
"""What asserts nothing of a value; what a format means is left to the API."""


def accepts(schema: Node, value: Json, *, deep: bool = False) -> bool:
    """Whether a value certainly matches a schema; of what is in it that is only asked with `deep`."""
    return _matches(schema, value, deep, 0) is True


def _matches(schema: Node, value: Json, deep: bool, depth: int) -> _Answer:
    if isinstance(schema.value, bool) or depth > _MAX_DEPTH:
        return schema.value if isinstance(schema.value, bool) else None
    if value is None and any(map(is_nullable, (schema, *schema.beside))):
        return not _lists_no_null(schema, frozenset())
    answers = [_matches(node, value, deep, depth + 1) for node in said_beside(schema)]
    return _all([*answers, *(_keeps(schema, word, value, deep, depth + 1) for word in schema.fields)])


def _all(answers: Iterable[_Answer]) -> _Answer:
    found = list(answers)
    return False if False in found else None if None in found else True


def _keeps(schema: Node, word: str, value: Json, deep: bool, depth: int) -> _Answer:
    """Whether a value is as a keyword demands (JSON Schema 2020-12, Core and Validation)."""
    limit = schema.fields[word]
    if word in _SAY_NOTHING or word.startswith("x-") or (limit is True and word == "additionalProperties"):
        return True
    if word in _OWN and (not isinstance(value, _OWN[word]) or isinstance(value, bool)):
        return True
    match word:
        case "type":
            return _has_type(limit if isinstance(limit, list) else [limit], value)
        case "enum" | "const":
            return any(equal(value, other) for other in listed(schema) or ())
        case "allOf" | "anyOf" | "oneOf":
            inner = deep or word == "oneOf"  # what is in it tells which one it is
            return _chosen(word, [_matches(each, value, inner, depth) for each in parts(schema, word)])
        case "properties" | "required" | "additionalProperties" | "items" | "prefixItems":
            return _inside(schema, word, value, deep, depth)
        case _:
            return _is_within(schema.fields, word, limit, value)


def broken(limits: Mapping[str, Json], value: Json) -> list[str]:
    """The limits of a schema that a value certainly does not keep, by their keywords."""
    found = {word: limit if isinstance(limit, list) else [limit] for word, limit in limits.items()}
    return [word for word, each in found.items() if any(_is_outside(limits, word, limit, value) for limit in each)]


def _is_outside(limits: Mapping[str, Json], word: str, limit: Json, value: Json) -> bool:
    if word not in _OWN or not isinstance(value, _OWN[word]) or isinstance(value, bool):
        return False
    return _is_within(limits, word, limit, value) is False


def _has_type(names: Sequence[Json], value: Json) -> _Answer:
    kind = kind_of(value)
    return kind in names or (kind == "integer" and "number" in names) or (None if kind == "number" else False)


def _chosen(word: str, answers: list[_Answer]) -> _Answer:
    if word == "allOf":
        return _all(answers)
    if word == "oneOf" and answers.count(True) > 1:
        return False
    if word == "oneOf" and None in answers:
        return None
    return True in answers or (None if None in answers else False)


def _inside(schema: Node, word: str, value: Json, deep: bool, depth: int) -> _Answer:
    """Whether what is in an object or a list is as a keyword demands."""
    known = dict(members(schema, "properties"))
    rest = schema.fields.get(word)
    if isinstance(value, dict):
        if word == "required":
            return (
                not deep or not isinstance(rest, list) or all(name in value for name in rest if isinstance(name, str))
            )
        others = [name for name in value if name not in known]
        if word == "additionalProperties" and others and ("patternProperties" in schema.fields or schema.beside):
            return None
        if word == "additionalProperties" and rest is False:
            return not others
        chosen = [name for name in value if name in known] if word == "properties" else others
        schemas = known if word == "properties" else dict.fromkeys(others, _member(schema, word))
        return not deep or _all(_matches(schemas[name], value[name], True, depth) for name in chosen)
    if not isinstance(value, list) or not deep:
        return True
    first = list(parts(schema, "prefixItems"))
    if word == "prefixItems":
        return _all(_matches(node, item, True, depth) for node, item in zip(first, value, strict=False))
    return _all(_matches(_member(schema, word), item, True, depth) for item in value[len(first) :])


def _member(schema: Node, word: str) -> Node:
    return reached(Node(schema.document, schema.at / word, schema.fields[word]))


def _is_within(fields: Mapping[str, Json], word: str, limit: Json, value: Json) -> _Answer:
    """Whether a value keeps within a limit, one of the fields of a schema."""
    size: Json = len(value) if isinstance(value, str | list | dict) else value
    if word == "pattern" and isinstance(value, str):
        return is_like(str(limit), value)
    if word in SWITCHES and limit is True:
        limit = fields.get(SWITCHES[word])
        if limit is None:
            return True
    elif limit is False and word in (*SWITCHES, "uniqueItems"):
        return True
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not isinstance(size, int | float):
        return None
    match word:
        case "exclusiveMinimum":
            return size > limit
        case "exclusiveMaximum":
            return size < limit
        case "multipleOf":
            return limit > 0 and Fraction(repr(size)) % Fraction(repr(limit)) == 0
        case _ if word in LOWER:
            return size >= limit
        case _ if word in UPPER:
            return size <= limit
        case _:
            return None


def is_like(pattern: str, value: str) -> _Answer:
    """Whether a pattern matches a text; None where that may take too long, or is not known."""
    try:
        return finds(translate_ecma(pattern), value)
    except (ExpressionError, re.error):
        return None


def takes_null(schema: Node) -> bool:
    """Whether null matches a schema: `nullable` does not add it to an enum (OpenAPI 3.0.4, Schema Object)."""
    return admits_null(schema) and not _lists_no_null(schema, frozenset())


def _lists_no_null(schema: Node, within: frozenset[str]) -> bool:
    """Whether a schema lists values of which null is none."""
    if schema.key in within:
        return False
    within |= {schema.key}
    values = listed(schema)
    if values is not None and None not in values:
        return True
    if any(_lists_no_null(node, within) for node in (*said_beside(schema), *parts(schema, "allOf"))):
        return True
    branches = [list(parts(schema, word)) for word in ("oneOf", "anyOf")]
    return any(found and all(_lists_no_null(node, within) for node in found) for found in branches)


def is_exclusive(schema: Node) -> bool:
    """Whether a value may match one alternative only."""
    return any("oneOf" in node.fields for node in (*said_beside(schema), schema, *parts(schema, "allOf")))


def overlap(schemas: list[Alternative], whole: Node) -> bool:
    """Whether a value could match two of several alternatives."""
    facts = [facts_of(one, whole.at) for one in schemas]
    return any(_overlap(one, other) for number, one in enumerate(facts) for other in facts[:number])


def _overlap(one: Facts, other: Facts) -> bool:
    common = one.kinds & other.kinds
    if not common or _are_apart(one, other):
        return False
    return common != frozenset(("object",)) or not (_keeps_out(one, other) or _keeps_out(other, one))


def _are_apart(one: Facts, other: Facts) -> bool:
    """Whether both list values, and none that is the same."""
    return one.values is not None and other.values is not None and not _common(one.values, other.values)


def _common(one: list[Json], other: list[Json]) -> bool:
    return any(equal(a, b) for a in one for b in other)


def _keeps_out(one: Facts, other: Facts) -> bool:
    """Whether a member that one requires cannot be in the other."""
    if other.is_closed and not one.required <= (other.declared or frozenset()):
        return True
    for name in one.required & one.properties.keys() & other.properties.keys():
        lists = [
            [f.values for p in apart(facts.properties[name]) for f in [facts_of(p, one.at)]] for facts in (one, other)
        ]
        if all(found and None not in found for found in lists):
            values = [[value for each in found for value in each or ()] for found in lists]
            if not _common(values[0], values[1]):
                return True
    return False
