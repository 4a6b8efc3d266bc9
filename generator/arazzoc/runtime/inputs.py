"""Inputs from JSON values, checked against their JSON Schema (draft 2020-12)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from arazzoc.runtime.conditions import json_equal
from arazzoc.runtime.results import InputsInvalid
from arazzoc.runtime.values import pointer_text

# Run-time support: inputs from JSON values

KindT = TypeVar("KindT")

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: v.__class__ is str,
    "integer": lambda v: v.__class__ in (int, float) and v % 1 == 0,
    "number": lambda v: v.__class__ in (int, float),
    "boolean": lambda v: v.__class__ is bool,
    "array": lambda v: v.__class__ is list,
    "object": lambda v: v.__class__ is dict,
    "null": lambda v: v is None,
    "any": lambda v: True,
}

_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}

# keyword, type, what must hold between a value and that of the keyword, how it is said
_LIMITS: tuple[tuple[str, str, Callable[[Any, Any], bool], str], ...] = (
    ("$file", "any", lambda v, _: _is_file(v), "be text, bytes, a path or a file"),
    ("enum", "any", lambda v, e: any(json_equal(v, c) for c in e), "be one of {!r}"),
    ("const", "any", lambda v, c: json_equal(v, c), "be {!r}"),
    ("minLength", "string", lambda v, n: len(v) >= n, "have at least {} characters"),
    ("maxLength", "string", lambda v, n: len(v) <= n, "have at most {} characters"),
    ("minItems", "array", lambda v, n: len(v) >= n, "have at least {} items"),
    ("maxItems", "array", lambda v, n: len(v) <= n, "have at most {} items"),
    ("minProperties", "object", lambda v, n: len(v) >= n, "have at least {} members"),
    ("maxProperties", "object", lambda v, n: len(v) <= n, "have at most {} members"),
    ("minimum", "number", lambda v, n: v >= n, "be at least {}"),
    ("maximum", "number", lambda v, n: v <= n, "be at most {}"),
    ("exclusiveMinimum", "number", lambda v, n: v > n, "be more than {}"),
    ("exclusiveMaximum", "number", lambda v, n: v < n, "be less than {}"),
    ("multipleOf", "number", lambda v, n: _is_multiple(v, n), "be a multiple of {}"),
    ("pattern", "string", lambda v, p: re.search(p, v) is not None, "match {}"),
    ("uniqueItems", "array", lambda v, u: not u or _is_set(v), "repeat no item"),
)


def inputs_from_dict(
    kind: type[KindT], data: Mapping[str, Any], schema: Any = True
) -> KindT:
    """Return the inputs of a workflow from JSON values.

    A field whose name in the workflow is another one says so in its metadata. `schema`
    is what the JSON Schema of the inputs demands beyond the types of the fields.

    Raises:
        InputsInvalid: its `problems` name every value that does not match, by its JSON
            Pointer (RFC 6901). Values are never shown.
    """
    cls: Any = kind
    hints = get_type_hints(kind)
    own: Any = schema.get("properties", {}) if schema.__class__ is dict else {}
    members = {m.metadata.get("name", m.name): m for m in dataclasses.fields(cls)}
    declared: dict[str, Any] = {
        "required": [n for n, m in members.items() if m.default is m.default_factory],
        "properties": {
            n: _schema_of(hints[m.name]) for n, m in members.items() if n not in own
        },
    }
    every = {"allOf": [declared, schema]}
    problems = list(dict.fromkeys(violations(dict(data), every, schema)))
    if problems:
        raise InputsInvalid(kind.__name__, problems)
    return kind(**{m.name: data[n] for n, m in members.items() if n in data})


def _schema_of(hint: Any) -> Any:
    """The JSON Schema of a field that may be absent, by its type."""
    origin = get_origin(hint)
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    if hint in _NAMES or origin is dict:
        return {"type": _NAMES.get(hint, "object")}
    if origin is list:
        return {"type": "array", "items": _schema_of(kinds[0])}
    if origin is Literal:
        return {"enum": kinds}
    if bytes in kinds:
        return {"$file": True}
    return _schema_of(kinds[0]) if len(kinds) == 1 else True


def violations(value: Any, schema: Any, root: Any, pointer: str = "") -> Iterator[str]:
    """Yield what does not match the schema, by JSON Pointer; values are never shown."""
    place = pointer or "the inputs"
    if schema.__class__ is bool:
        if not schema:
            yield f"{place}: is not allowed"
        return
    types = schema.get("type", "any")
    types = [types] if types.__class__ is str else types
    if not any(_TYPES[name](value) for name in types):
        yield f"{place}: must be {' or '.join(types)}"
        return
    for keyword, kind, fits, demand in _LIMITS:
        is_asked = keyword in schema and _TYPES[kind](value)
        if is_asked and not fits(value, schema[keyword]):
            yield f"{place}: must {demand.format(schema[keyword])}"
    for below, problem in _problems(value, schema, root):
        yield f"{pointer + below or 'the inputs'}: {problem}"
    for below, item, inner in _applied(value, schema, root):
        yield from violations(item, inner, root, pointer + below)


def _problems(value: Any, schema: Any, root: Any) -> Iterator[tuple[str, str]]:
    """What is missing, and what is wrong with how much matches: where, and what."""
    if value.__class__ is dict:
        needed = list(schema.get("required", ()))
        for name, others in schema.get("dependentRequired", {}).items():
            needed += others if name in value else ()
        missing = (name for name in needed if name not in value)
        yield from ((pointer_text(name), "is missing") for name in missing)
    if "contains" in schema and value.__class__ is list:
        count = _matches(value, [schema["contains"]], root)
        least = schema.get("minContains", 1)
        if not least <= count <= schema.get("maxContains", count):
            found = f"holds {count} of the items that it must hold {least} of"
            yield "", found
    if "anyOf" in schema and not _matches([value], schema["anyOf"], root):
        yield "", "must match one of several schemas"
    choices = schema.get("oneOf", [True])
    count = _matches([value], choices, root)
    if count != 1:
        yield "", f"must match one of {len(choices)} schemas, not {count}"
    if "not" in schema and _matches([value], [schema["not"]], root):
        yield "", "matches a schema that it must not match"


def _applied(value: Any, schema: Any, root: Any) -> Iterator[tuple[str, Any, Any]]:
    """What else must match: the JSON Pointer from here, the value there, its schema."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield "", value, root["$defs"][name]
    for inner in schema.get("allOf", ()):
        yield "", value, inner
    if "if" in schema:
        is_match = _matches([value], [schema["if"]], root)
        branch = "then" if is_match else "else"
        yield "", value, schema.get(branch, True)
    if value.__class__ is list:
        first: list[Any] = schema.get("prefixItems", [])
        for index, item in enumerate(value):
            inner = [*first[index:], schema.get("items", True)][0]
            yield pointer_text(index), item, inner
    if value.__class__ is dict:
        for name, inner in schema.get("dependentSchemas", {}).items():
            if name in value:
                yield "", value, inner
        names = schema.get("propertyNames", True)
        for name, item in value.items():
            below = pointer_text(name)
            yield f"{below} (its name)", name, names
            for inner in _member_schemas(name, schema):
                yield below, item, inner


def _member_schemas(name: str, schema: Any) -> list[Any]:
    """The schemas of a member of an object."""
    patterns = schema.get("patternProperties", {})
    found = [inner for pattern, inner in patterns.items() if re.search(pattern, name)]
    if name in schema.get("properties", {}):
        found.append(schema["properties"][name])
    return found or [schema.get("additionalProperties", True)]


def _matches(values: list[Any], schemas: list[Any], root: Any) -> int:
    """How many of the pairs of a value and a schema match."""
    pairs = ((value, schema) for value in values for schema in schemas)
    return sum(not any(violations(value, schema, root)) for value, schema in pairs)


def _is_file(value: Any) -> bool:
    """Whether a value is what is sent as a file (see FileContent)."""
    if value.__class__ is tuple and len(value) in (2, 3):
        return all(isinstance(part, str) for part in value[::2]) and _is_file(value[1])
    is_json = isinstance(value, dict | list | tuple)
    signs = ("read", "__fspath__", "__iter__")
    return not is_json and any(hasattr(value, sign) for sign in signs)


def _is_multiple(value: Any, divisor: Any) -> bool:
    """Whether a number is a multiple, exact also for decimal fractions."""
    return Fraction(repr(value)) % Fraction(repr(divisor)) == 0


def _is_set(value: list[Any]) -> bool:
    """Whether no two items are equal."""
    return not any(json_equal(a, b) for i, a in enumerate(value) for b in value[:i])
