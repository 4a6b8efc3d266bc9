"""Calls: the requests that steps make, and the workflows that they run."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.ir.values import Value


class SecurityScheme(Struct, frozen=True):
    """A credential: what kind it is, and where and under which name it is sent."""

    name: str
    kind: Literal["bearer", "basic", "key"]
    place: Literal["header", "query", "cookie"]
    parameter: str


class Argument(Struct, frozen=True):
    """A parameter of a request; `required` ones have a value or the request is not sent."""

    name: str
    value: Value
    required: bool
    style: str = ""
    explode: bool = True
    allow_reserved: bool = False
    content_type: str | None = None


class JsonBody(Struct, frozen=True):
    content_type: str
    value: Value


class Encoding(Struct, frozen=True):
    """How a property of a form is written, or a part announced (OpenAPI 3.1.1, Encoding Object)."""

    name: str
    style: str = ""
    explode: bool = False
    allow_reserved: bool = False
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class FormBody(Struct, frozen=True):
    """application/x-www-form-urlencoded members."""

    content_type: str
    value: Value
    encodings: tuple[Encoding, ...] = ()


class Part(Struct, frozen=True):
    """A part of a multipart body; a file is sent with a filename. A list is several parts, or one if `separator`
    joins its items.
    """

    name: str
    value: Value
    is_file: bool
    separator: str = ""


class MultipartBody(Struct, frozen=True):
    """The parts of a body; `whole` stands in their place where an expression gives them all, `files` by name."""

    content_type: str
    parts: tuple[Part, ...]
    encodings: tuple[Encoding, ...] = ()
    whole: Value | None = None
    files: tuple[str, ...] = ()


class RawBody(Struct, frozen=True):
    """Text, bytes or a file, sent as it is."""

    content_type: str
    value: Value


Body: TypeAlias = JsonBody | FormBody | MultipartBody | RawBody


class HttpCall(Struct, frozen=True):
    """One request.

    `path` is literal text and path parameters, in order; `querystring` stands in place of `query`. `security` lists
    alternatives of credentials, those aside that the step passes itself. `server` is '' where the request goes to the
    server of its document; `gives_file` tells that a response may be something else than JSON.
    """

    source: str
    method: str
    path: tuple[str | Argument, ...]
    query: tuple[Argument, ...]
    headers: tuple[Argument, ...]
    cookies: tuple[Argument, ...]
    querystring: Argument | None
    body: Body | None
    operation: str
    secrets: tuple[Value, ...] = ()
    security: tuple[tuple[SecurityScheme, ...], ...] = ()
    server: str = ""
    gives_file: bool = False


class WorkflowCall(Struct, frozen=True):
    """A run of another workflow; its inputs are arguments without a place."""

    workflow: str
    inputs: tuple[Argument, ...]


Call: TypeAlias = HttpCall | WorkflowCall
