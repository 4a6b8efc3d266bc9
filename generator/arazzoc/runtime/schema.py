"""Inputs checked against their JSON Schema (draft 2020-12)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from arazzoc.runtime.errors import InputsInvalid
from arazzoc.runtime.jsonpath import equal


def check_inputs(workflow: str, data: Mapping[str, Any], schema: Any) -> None:
    """Raise InputsInvalid, which names everything that does not fit."""
    problems = list(violations(dict(data), schema, schema))
    if problems:
        raise InputsInvalid(workflow, problems)


def violations(value: Any, schema: Any, root: Any, at: str = "") -> Iterator[str]:
    """What breaks the schema, by JSON Pointer. Values themselves are never shown."""
    place = at or "the inputs"
    if schema.__class__ is bool:
        if not schema:
            yield f"{place}: must not be there"
        return
    # only: schema_files
    if "$file" in schema:
        if not isinstance(value, (str, bytes, os.PathLike)) and not hasattr(
            value, "read"
        ):
            yield f"{place}: must be text, bytes, a path or an open file"
        return
    # end
    types = schema.get("type", ())
    types = [types] if types.__class__ is str else types
    if types and not any(is_type(value, name) for name in types):
        yield f"{place}: must be {' or '.join(types)}"
        return
    # only: schema_values
    if "enum" in schema and not any(equal(value, item) for item in schema["enum"]):
        yield f"{place}: must be one of {', '.join(repr(item) for item in schema['enum'])}"
    if "const" in schema and not equal(value, schema["const"]):
        yield f"{place}: must be {schema['const']!r}"
    # end
    # only: schema_references
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        yield from violations(value, target, root, at)
    # end
    # only: schema_composition
    yield from composed(value, schema, root, at, place)
    # end
    # only: schema_texts
    if value.__class__ is str:
        yield from of_text(value, schema, place)
    # end
    # only: schema_numbers
    if is_type(value, "number"):
        yield from of_number(value, schema, place)
    # end
    # only: schema_lists
    if value.__class__ is list:
        yield from of_list(value, schema, root, at, place)
    # end
    # only: schema_objects
    if value.__class__ is dict:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{pointer(at, name)}: is missing"
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from violations(value[name], inner, root, pointer(at, name))
    # end
    # only: schema_open_objects
    if value.__class__ is dict:
        yield from of_open_object(value, schema, root, at, place)
    # end


def pointer(at: str, token: str | int) -> str:
    """The JSON Pointer (RFC 6901) one level down."""
    return f"{at}/{str(token).replace('~', '~0').replace('/', '~1')}"


def is_type(value: Any, name: str) -> bool:
    """Whether a value is of a JSON type; 1.0 is an integer."""
    kind = value.__class__
    match name:
        case "string":
            return kind is str
        case "integer":
            return kind is int or (kind is float and value.is_integer())
        case "number":
            return kind is int or kind is float
        case "boolean":
            return kind is bool
        case "array":
            return kind is list
        case "object":
            return kind is dict
        case _:
            return value is None


def of_text(value: str, schema: Any, place: str) -> Iterator[str]:
    """What text breaks: lengths count code points."""
    if len(value) < schema.get("minLength", 0):
        yield f"{place}: must have at least {schema['minLength']} characters"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{place}: must have at most {schema['maxLength']} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place}: must match {schema['pattern']}"


def of_number(value: Any, schema: Any, place: str) -> Iterator[str]:
    """What a number breaks."""
    if value < schema.get("minimum", value):
        yield f"{place}: must be at least {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield f"{place}: must be at most {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield f"{place}: must be more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield f"{place}: must be less than {schema['exclusiveMaximum']}"
    if "multipleOf" in schema and Fraction(repr(value)) % Fraction(
        repr(schema["multipleOf"])
    ):
        yield f"{place}: must be a multiple of {schema['multipleOf']}"


def of_list(
    value: list[Any], schema: Any, root: Any, at: str, place: str
) -> Iterator[str]:
    """What a list breaks."""
    if len(value) < schema.get("minItems", 0):
        yield f"{place}: must have at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{place}: must have at most {schema['maxItems']} items"
    # only: schema_values
    if schema.get("uniqueItems") and any(
        equal(a, b) for i, a in enumerate(value) for b in value[:i]
    ):
        yield f"{place}: must not hold an item twice"
    # end
    first = schema.get("prefixItems", [])
    for index, item in enumerate(value):
        inner = first[index] if index < len(first) else schema.get("items", True)
        yield from violations(item, inner, root, pointer(at, index))
    if "contains" in schema:
        count = sum(
            not any(violations(item, schema["contains"], root)) for item in value
        )
        if count < schema.get("minContains", 1):
            yield f"{place}: must hold at least {schema.get('minContains', 1)} items of one kind, and holds {count}"
        if count > schema.get("maxContains", count):
            yield f"{place}: must hold at most {schema['maxContains']} items of one kind, and holds {count}"


def of_open_object(
    value: dict[str, Any], schema: Any, root: Any, at: str, place: str
) -> Iterator[str]:
    """What an object breaks, members aside that its schema names."""
    if len(value) < schema.get("minProperties", 0):
        yield f"{place}: must have at least {schema['minProperties']} members"
    if len(value) > schema.get("maxProperties", len(value)):
        yield f"{place}: must have at most {schema['maxProperties']} members"
    for name, item in value.items():
        matching = [
            s
            for pattern, s in schema.get("patternProperties", {}).items()
            if re.search(pattern, name)
        ]
        if not matching and name not in schema.get("properties", ()):
            matching = [schema.get("additionalProperties", True)]
        for inner in matching:
            yield from violations(item, inner, root, pointer(at, name))
        for problem in violations(name, schema.get("propertyNames", True), root):
            yield f"{pointer(at, name)}: the name{problem.removeprefix('the inputs:')}"
    for name, needed in schema.get("dependentRequired", {}).items():
        if name in value:
            yield from (
                f"{pointer(at, n)}: is missing, and goes with {name}"
                for n in needed
                if n not in value
            )
    for name, inner in schema.get("dependentSchemas", {}).items():
        if name in value:
            yield from violations(value, inner, root, at)


def composed(value: Any, schema: Any, root: Any, at: str, place: str) -> Iterator[str]:
    """What breaks allOf, anyOf, oneOf, not, and if with then and else."""

    def fits(inner: Any) -> bool:
        return not any(violations(value, inner, root, at))

    for inner in schema.get("allOf", ()):
        yield from violations(value, inner, root, at)
    if "anyOf" in schema and not any(fits(inner) for inner in schema["anyOf"]):
        yield f"{place}: must fit one of {len(schema['anyOf'])} schemas"
    if "oneOf" in schema:
        count = sum(fits(inner) for inner in schema["oneOf"])
        if count != 1:
            yield f"{place}: must fit exactly one of {len(schema['oneOf'])} schemas, and fits {count}"
    if "not" in schema and fits(schema["not"]):
        yield f"{place}: fits a schema that it must not fit"
    if "if" in schema:
        yield from violations(
            value, schema.get("then" if fits(schema["if"]) else "else", True), root, at
        )
