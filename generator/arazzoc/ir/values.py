"""Values: what a request, an output or a condition is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arazzoc.expressions import jsonpath as jp
from arazzoc.source import Json
from arazzoc.types import ANYTHING
from arazzoc.types import Type as StaticType


@dataclass(frozen=True, slots=True)
class Constant:
    """A JSON value that the document spells out."""

    value: Json


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the workflow."""

    name: str


@dataclass(frozen=True, slots=True)
class StepOutput:
    """An output that another step has set."""

    step: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnOutput:
    """An output of the step that is being run."""

    name: str


@dataclass(frozen=True, slots=True)
class StatusCode:
    """The status of the response; null where there was none."""


@dataclass(frozen=True, slots=True)
class RequestUrl:
    """The URL of the request as sent."""


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """A header of the request as sent."""

    name: str


@dataclass(frozen=True, slots=True)
class ResponseHeader:
    """A header of the response."""

    name: str


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """The body of the response, parsed by its content type."""

    type: StaticType = ANYTHING


@dataclass(frozen=True, slots=True)
class At:
    """The value at a JSON Pointer within another, or null; `required` where the schema promises it."""

    base: Value
    pointer: tuple[str | int, ...]
    type: StaticType = ANYTHING
    required: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are, unless the value has a member `length`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Text:
    """A string put together from parts; `escape` says for which media type values are escaped."""

    parts: tuple[str | Value, ...]
    escape: Literal["none", "json", "xml", "form"] = "none"


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object with values in it; a member whose optional input is absent is left out."""

    members: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class List:
    """A JSON array with values in it."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a JSONPath query selects: one value or null where it is singular, else a list."""

    base: Value
    query: jp.Query
    holes: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class XPathSelection:
    """What an XPath expression selects in an XML text."""

    base: Value
    expression: str
    version: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A payload with values set at places within it, in order."""

    base: Value
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Where (`kind` tells the language of `target`) and what."""

    kind: Literal["jsonpointer", "jsonpath", "xpath"]
    target: tuple[str, ...] | jp.Query | str
    version: str
    value: Value


@dataclass(frozen=True, slots=True)
class CalledOutput:
    """An output of the workflow that the present step calls."""

    name: str
    type: StaticType = ANYTHING


@dataclass(frozen=True, slots=True)
class DependencyOutput:
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
    | At
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
