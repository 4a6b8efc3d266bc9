"""Values: what a request, an output or a condition is made from."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.expressions import jsonpath as jp
from arazzoc.source import Json
from arazzoc.types import ANYTHING
from arazzoc.types import Type as StaticType


class Constant(Struct, frozen=True):
    """A JSON value that the document spells out."""

    value: Json


class Input(Struct, frozen=True):
    """An input of the workflow."""

    name: str


class StepOutput(Struct, frozen=True):
    """An output that another step has set."""

    step: str
    name: str


class OwnOutput(Struct, frozen=True):
    """An output of the step that is being run."""

    name: str


class StatusCode(Struct, frozen=True):
    """The status of the response; null where there was none."""


class RequestUrl(Struct, frozen=True):
    """The URL of the request as sent."""


class RequestHeader(Struct, frozen=True):
    """A header of the request as sent."""

    name: str


class ResponseHeader(Struct, frozen=True):
    """A header of the response."""

    name: str


class ResponseBody(Struct, frozen=True):
    """The body of the response, parsed by its content type."""

    type: StaticType = ANYTHING


class AtPointer(Struct, frozen=True):
    """The value at a JSON Pointer within another, or null; `required` where the schema promises it."""

    base: Value
    pointer: tuple[str | int, ...]
    type: StaticType = ANYTHING
    required: bool = False


class Size(Struct, frozen=True):
    """How many there are, unless the value has a member `length`."""

    value: Value


class Text(Struct, frozen=True):
    """A string put together from parts; `escape` says for which media type values are escaped."""

    parts: tuple[str | Value, ...]
    escape: Literal["none", "json", "xml", "form"] = "none"


class Object(Struct, frozen=True):
    """A JSON object with values in it; a member whose optional input is absent is left out."""

    members: tuple[tuple[str, Value], ...]


class List(Struct, frozen=True):
    """A JSON array with values in it."""

    items: tuple[Value, ...]


class Selection(Struct, frozen=True):
    """What a JSONPath query selects: one value or null where it is singular, else a list."""

    base: Value
    query: jp.Query
    holes: tuple[Value, ...] = ()


class XPathSelection(Struct, frozen=True):
    """What an XPath expression selects in an XML text."""

    base: Value
    expression: str
    version: str


class Replaced(Struct, frozen=True):
    """A payload with values set at places within it, in order."""

    base: Value
    replacements: tuple[Replacement, ...]


class Replacement(Struct, frozen=True):
    """Where (`kind` tells the language of `target`) and what."""

    kind: Literal["jsonpointer", "jsonpath", "xpath"]
    target: tuple[str, ...] | jp.Query | str
    version: str
    value: Value


class CalledOutput(Struct, frozen=True):
    """An output of the workflow that the present step calls."""

    name: str
    type: StaticType = ANYTHING


class DependencyOutput(Struct, frozen=True):
    """An output of a workflow that the present one depends on."""

    workflow: str
    name: str
    type: StaticType = ANYTHING


Value: TypeAlias = (
    Constant
    | Input
    | StepOutput
    | OwnOutput
    | StatusCode
    | RequestUrl
    | RequestHeader
    | ResponseHeader
    | ResponseBody
    | AtPointer
    | Size
    | Text
    | Object
    | List
    | Selection
    | XPathSelection
    | Replaced
    | CalledOutput
    | DependencyOutput
)
