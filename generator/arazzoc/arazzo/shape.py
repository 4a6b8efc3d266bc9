"""Checks an Arazzo document against its JSON Schema and reports violations in the terms of the specification."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from arazzoc import rules
from arazzoc.diagnostics import Report, did_you_mean, nearest, quoted, suggest
from arazzoc.runtime.inputs import violations
from arazzoc.source import Location, Source

_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


_NEWEST = (1, 1)


def check_shape(source: Source, version: tuple[int, int], report: Report) -> None:
    """Report every violation of the fixed fields of that version of the specification (AMB-54).

    Whether there is one is found with the schema checks of generated modules; only then jsonschema is imported, which
    takes longer than everything else in a run.
    """
    schema = _schema(version)
    if next(violations(source.tree, schema, schema), None) is None:
        return
    later = _unknown_fields(_errors(source, _schema(_NEWEST))) if version < _NEWEST else None
    causes = list(_errors(source, schema))
    for cause in causes:
        if cause.validator == "additionalProperties":
            _unknown(cause, source, report, later, [c for c in causes if c.absolute_path == cause.absolute_path])
        elif cause.validator != "required" or not _stands_in(cause, causes):
            _report(cause, source, report)


def _schema(version: tuple[int, int]) -> Any:
    return json.loads(Path(__file__).with_name(f"schema-{version[0]}.{version[1]}.json").read_text("utf-8"))


def _errors(source: Source, schema: Any) -> Iterable[Any]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema)
    for error in cast("Iterable[Any]", validator.iter_errors(source.tree)):  # pyright: ignore[reportUnknownMemberType]
        yield from _causes(error)


def _unknown_fields(errors: Iterable[Any]) -> set[tuple[object, ...]]:
    """The pointers of the fields that a version does not define."""
    unknown = (error for error in errors if error.validator == "additionalProperties")
    return {(*e.absolute_path, name) for e in unknown for name in e.instance if name not in e.schema["properties"]}


def _causes(error: Any) -> Iterable[Any]:
    """Yield the innermost errors: those of `if`/`then`/`else` and `$ref` only wrap others."""
    if error.context:
        for inner in error.context:
            yield from _causes(inner)
    else:
        yield error


def _missing(error: Any) -> list[str]:
    """The required fields that an object has not."""
    return [name for name in error.validator_value if name not in error.instance]


def _other_fields(error: Any) -> list[str]:
    """The fields of an object that are not defined."""
    return [n for n in error.instance if n not in error.schema.get("properties", {}) and not n.startswith("x-")]


def _stands_in(error: Any, causes: list[Any]) -> bool:
    """Whether another field of the object stands for the one that is missing: the only one, or one with nearly its
    name. It is one mistake.
    """
    beside = [c for c in causes if c.validator == "additionalProperties" and c.absolute_path == error.absolute_path]
    others = [name for cause in beside for name in _other_fields(cause)]
    return all(len(others) == 1 or nearest(name, others) is not None for name in _missing(error)) and bool(others)


def _unknown(
    error: Any, source: Source, report: Report, later: set[tuple[object, ...]] | None, beside: list[Any]
) -> None:
    """Report fields that are not defined, and what they stand for; `later` are those that the newest version does not
    define either, if it is another.
    """
    if _is_ref(error.instance):
        return  # it is read as a Reusable Object, and told there
    at = Location(source, tuple(error.absolute_path))
    where, known, others = _where(at), list(error.schema.get("properties", {})), _other_fields(error)
    missing = [name for cause in beside if cause.validator == "required" for name in _missing(cause)]
    together: list[str] = []
    for name in others:
        message, help = f"{quoted(name)} is not a field of {where}", suggest(name, known, noun="its fields")
        near = nearest(name, known) or _longer(name, known)
        if near is not None:
            help = did_you_mean(name, near)
        if near is None and (at.pointer == ("info",) or (name == "$schema" and not at.pointer)):
            message, help = f"{message}, and has no effect", "remove it, or begin its name with x-"
            report.add(rules.INERT_FIELD, (at / name).key, message, help=help)
        elif later is not None and (*at.pointer, name) not in later:
            newest = ".".join(map(str, _NEWEST))
            message, help = f"{message} before Arazzo {newest}", f"write arazzo: {newest}.0"
            report.add(rules.UNKNOWN_FIELD, (at / name).key, message, help=help)
        elif near is not None or len(others) == 1:
            if near is None and len(missing) == 1:
                message, help = f"{message}, which requires {quoted(missing[0])}", f"write {missing[0]}: …"
            report.add(rules.UNKNOWN_FIELD, (at / name).key, message, help=help)
        else:
            together.append(name)
    if together:
        fields = " and ".join(map(quoted, together))
        message = f"{fields} {'are not fields' if len(together) > 1 else 'is not a field'} of {where}"
        help = suggest("", known, noun="its fields")
        if where == "a request body" and "payload" not in error.instance:
            help = "put what is sent under 'payload'"
        report.add(rules.UNKNOWN_FIELD, (at / together[0]).key, message, help=help)


def _longer(name: str, known: list[str]) -> str | None:
    """The only known name that has a name in it."""
    found = [other for other in known if len(name) > 4 and name.casefold() in other.casefold()]
    return found[0] if len(found) == 1 else None


def _report(error: Any, source: Source, report: Report) -> None:
    """Report another violation."""
    at = Location(source, tuple(error.absolute_path))
    where = _where(at)
    if error.validator == "required":
        if _is_ref(error.instance):
            return  # it is read as a Reusable Object, and told there
        for name in error.validator_value:
            if name not in error.instance:
                report.add(rules.MISSING_FIELD, at, f"{where} has no field {quoted(name)}, which is required")
    elif error.validator == "type":
        wanted: Any = error.validator_value
        kinds = " or ".join(_KINDS[k] for k in (wanted if wanted.__class__ is list else [wanted]))
        help = _as_it_should_be(at, error.instance, wanted)
        report.add(rules.WRONG_VALUE, at, f"{where} is {_shown(error.instance)}, not {kinds}", help=help)
    elif error.validator == "enum":
        values = [str(v) for v in error.validator_value]
        report.add(
            rules.WRONG_VALUE,
            at,
            f"{_shown(error.instance)} is not a valid value of {where}",
            help="write what is sent in the body under requestBody"
            if at.pointer[-1:] == ("in",) and error.instance in ("body", "formData", "form")
            else suggest(str(error.instance), values, noun="write one of"),
        )
    elif error.validator == "minItems":
        report.add(rules.WRONG_VALUE, at, f"{where} is empty")
    elif error.validator == "uniqueItems":
        report.add(rules.DUPLICATE_NAME, at, f"{where} has the same item twice")
    elif error.validator == "minimum":
        report.add(rules.WRONG_VALUE, at, f"{where} is less than {error.validator_value}")
    elif error.validator == "pattern" and at.pointer == ("$self",):
        report.add(rules.WRONG_VALUE, at, "$self has a fragment", help="remove '#' and what follows it")
    else:
        report.add(rules.WRONG_VALUE, at, f"{where}: {error.message[:200]}")


def _as_it_should_be(at: Location, value: object, wanted: object) -> str | None:
    """The help line for a value of another type than a field has."""
    last = at.pointer[-1] if at.pointer else ""
    if isinstance(value, str) and at.pointer[-2:-1] and at.pointer[-2] in _CRITERIA:
        return f"write {{condition: {json.dumps(value)}}}"
    if isinstance(value, str) and last in _CRITERIA:
        return f"write [{{condition: {json.dumps(value)}}}]"
    if isinstance(value, str) and wanted == "array" and last in ("dependsOn", "tags"):
        return f"write [{value}]"
    if isinstance(value, str) and value.startswith("$") and last in ("retryAfter", "retryLimit", "timeout"):
        return "an expression is not allowed here"
    number = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if number is not None and wanted in ("integer", "number") and (last == "retryAfter" or not number[2]):
        return f"write {number[1]}" if wanted == "number" or "." not in number[1] else None
    if isinstance(value, dict) and wanted == "array":
        return "write a list: each item begins with '- '"
    if isinstance(value, list) and last == "inputs":
        return "write type: object and properties: {…}"
    if isinstance(value, list) and wanted == "object":
        return "write its members without '- ' before them"
    return None


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|secs|seconds?)?")
"""A number in quotes, or seconds with their unit."""
_CRITERIA = ("successCriteria", "criteria")


def is_reusable(value: Mapping[str, object]) -> bool:
    """Whether a parameter or action is a Reusable Object, or the `$ref` that other specifications have for it."""
    return "reference" in value or _is_ref(value)


def _is_ref(value: object) -> bool:
    return isinstance(value, Mapping) and str(cast("Any", value).get("$ref", "")).startswith("#/components/")


_OBJECTS = {
    "workflows": "a workflow",
    "steps": "a step",
    "sourceDescriptions": "a source description",
    "parameters": "a parameter",
    "successCriteria": "a criterion",
    "criteria": "a criterion",
    "onSuccess": "a success action",
    "successActions": "a success action",
    "onFailure": "a failure action",
    "failureActions": "a failure action",
    "replacements": "a payload replacement",
    "requestBody": "a request body",
    "outputs": "an output",
    "inputs": "an inputs schema",
}


def _where(at: Location) -> str:
    """Name the object or field at a location in the terms of the specification."""
    if not at.pointer:
        return "an Arazzo document"
    last = at.pointer[-1]
    if isinstance(last, int):
        return _OBJECTS.get(str(at.pointer[-2]), f"an entry of {at.pointer[-2]}")
    if len(at.pointer) > 1 and at.pointer[-2] in ("outputs", "successActions", "failureActions", "parameters"):
        return f"{_OBJECTS[str(at.pointer[-2])]} ({quoted(last)})"
    return _OBJECTS[last] if last == "requestBody" else f"'{last}'"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value)
