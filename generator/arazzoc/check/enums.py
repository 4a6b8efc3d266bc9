"""Where an OpenAPI document lists the values that a finding is about."""

from __future__ import annotations

from arazzoc import ir
from arazzoc.analysis.fold import admitted_statuses
from arazzoc.diagnostics import Located
from arazzoc.openapi.alternatives import alternatives
from arazzoc.openapi.members import Found, member
from arazzoc.openapi.operations import is_json
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Location
from arazzoc.targets import OperationTarget


def enums_of(value: ir.Value, step: ir.Step, resolved: ResolvedStep) -> list[tuple[Located, str]]:
    """The lists of values of a part of the response that a step expects, each with what is declared there."""
    target = resolved.target
    if not isinstance(target, OperationTarget) or not isinstance(value, ir.AtPointer):
        return []
    if not isinstance(value.base, ir.ResponseBody):
        return []
    found: dict[Located, str] = {}
    for _, response in target.operation.answers(admitted_statuses(list(step.success)) or _SUCCESSES, frozenset()):
        contents = response.members("content") if response is not None else ()
        for schema in (content.get("schema") for media, content in contents if is_json(media)):
            if schema is None:
                continue
            place = Found((schema,), True, False)
            for token in value.pointer:
                inner = member(place.schemas, str(token))
                place = inner if isinstance(inner, Found) else Found((), False, False)
            options = (option for one in place.schemas for option in alternatives(one))
            found |= dict(enum_place(node.at) for option in options for node in option if "enum" in node.fields)
    return list(found.items())


_SUCCESSES = frozenset(range(200, 300))


def enum_place(schema: Location) -> tuple[Located, str]:
    """The list of values of a schema, and what is declared there."""
    return schema.key if schema.pointer else schema, f"{name_of(schema)} is declared here"


def name_of(schema: Location) -> str:
    """The name of a schema or property in its document, such as Order.state."""
    tokens = [str(token) for token in schema.pointer]
    names = [token for before, token in zip(["", *tokens], tokens, strict=False) if before in _OF_NAMES]
    return ".".join(names) or "this list"


_OF_NAMES = ("schemas", "definitions", "$defs", "properties")
