"""Values: what requests, outputs and conditions are made of."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.expressions import jsonpath as jp
from arazzoc.source import Json
from arazzoc.types import ANYTHING
from arazzoc.types import Type as StaticType


class Constant(Struct, frozen=True):
    """A JSON value that is written in the document; like every value, it can be in a set."""

    value: Json

    def __hash__(self) -> int:
        return hash(len(self.value)) if isinstance(self.value, list | dict) else hash(self.value)


class Input(Struct, frozen=True):
    """An input of the workflow."""

    name: str


class StepOutput(Struct, frozen=True):
    """An output of another step."""

    step: str
    name: str


class OwnOutput(Struct, frozen=True):
    """An output of the current step."""

    name: str


class StatusCode(Struct, frozen=True):
    """The status of the response; null if there was no response."""


class RequestUrl(Struct, frozen=True):
    """The URL of the request as sent."""


class RequestHeader(Struct, frozen=True):
    """A header of the request as sent."""

    name: str


class ResponseHeader(Struct, frozen=True):
    """A header of the response."""

    name: str


class ResponseBody(Struct, frozen=True):
    """The body of the response, parsed according to its content type (AMB-47)."""

    type: StaticType = ANYTHING


class AtPointer(Struct, frozen=True):
    """The value at a JSON Pointer in another one, or null; `required` if the schema says that it is present.

    In a response, `promised_by` are the statuses whose schemas say so, if there can be others, and it is `secret` if
    they say that it is a password (JSON Schema, `format`).
    """

    base: Value
    pointer: tuple[str | int, ...]
    type: StaticType = ANYTHING
    required: bool = False
    promised_by: tuple[int, ...] = ()
    secret: bool = False


class Size(Struct, frozen=True):
    """The length of a value, or its member `length` if it has one (AMB-60); before both comes `member`, the value at
    the pointer as it is written, if it has a value.
    """

    value: Value
    member: Value | None = None


class Text(Struct, frozen=True):
    """A string made of parts; `escape` is the media type that values in it are escaped for (AMB-24)."""

    parts: tuple[str | Value, ...]
    escape: Literal["none", "json", "graphql", "xml", "form"] = "none"


class Form(Struct, frozen=True):
    """The text of a form by its members, each with the value without which it is left out, or None (AMB-31)."""

    members: tuple[tuple[Value | None, Text], ...]


class Object(Struct, frozen=True):
    """A JSON object with values in it; a member whose optional input is absent is omitted."""

    members: tuple[tuple[str, Value], ...]


class List(Struct, frozen=True):
    """A JSON array with values in it."""

    items: tuple[Value, ...]


class Selection(Struct, frozen=True):
    """The result of a JSONPath query: a value or null if it is singular, else a list (AMB-29)."""

    base: Value
    query: jp.Query
    holes: tuple[Value, ...] = ()


class XPathSelection(Struct, frozen=True):
    """The result of an XPath expression on an XML text."""

    base: Value
    expression: str
    version: str


class Replaced(Struct, frozen=True):
    """A payload in which values are replaced, in this order."""

    base: Value
    replacements: tuple[Replacement, ...]


class Replacement(Struct, frozen=True):
    """A value and the target that it replaces; `kind` is the language of `target`."""

    kind: Literal["jsonpointer", "jsonpath", "xpath"]
    target: tuple[str, ...] | jp.Query | str
    version: str
    value: Value


class CalledOutput(Struct, frozen=True):
    """An output of the workflow that the current step calls (AMB-32)."""

    name: str
    type: StaticType = ANYTHING


class WorkflowOutput(Struct, frozen=True):
    """An output of the latest run of a workflow that the current one depends on or has run (AMB-62, AMB-68)."""

    workflow: str
    name: str
    type: StaticType = ANYTHING


class WorkflowInput(Struct, frozen=True):
    """An input that the latest run of such a workflow had, or null."""

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
    | Form
    | Object
    | List
    | Selection
    | XPathSelection
    | Replaced
    | CalledOutput
    | WorkflowOutput
    | WorkflowInput
)
