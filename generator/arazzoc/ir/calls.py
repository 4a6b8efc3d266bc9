"""Calls: the requests that steps send, and the workflows that they run."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.ir.values import Value


class SecurityScheme(Struct, frozen=True):
    """A credential: its kind, and where and under which name it is sent."""

    name: str
    kind: Literal["bearer", "basic", "key"]
    place: Literal["header", "query", "cookie"]
    parameter: str


class Argument(Struct, frozen=True):
    """A parameter of a request; without a value, a `required` one fails the step and another is omitted (AMB-31)."""

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
    """How a property of a form is serialized, or the headers of a part (OpenAPI 3.1.1, Encoding Object)."""

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
    """A part of a multipart body; a file is sent with a filename.

    A list is sent as several parts, or as one part if `separator` joins its items.
    """

    name: str
    value: Value
    is_file: bool
    separator: str = ""


class MultipartBody(Struct, frozen=True):
    """A multipart body. If an expression gives the whole payload, it is `whole`, and `files` names its file parts."""

    content_type: str
    parts: tuple[Part, ...]
    encodings: tuple[Encoding, ...] = ()
    whole: Value | None = None
    files: tuple[str, ...] = ()


class RawBody(Struct, frozen=True):
    """Text, bytes or a file, sent unchanged."""

    content_type: str
    value: Value


Body: TypeAlias = JsonBody | FormBody | MultipartBody | RawBody


class HttpCall(Struct, frozen=True):
    """One request.

    `path` is literal text and path parameters, in order; `querystring` replaces `query`. `security` lists the
    alternative sets of credentials that the client adds: those that the step passes itself are left out. `server` is
    '' if the request goes to the server of its document; with `gives_file`, a response may be other than JSON.
    `accept` is '' where the operation describes no response but JSON; with `keeps_redirects`, they are not followed.
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
    accept: str = ""
    keeps_redirects: bool = False


class WorkflowCall(Struct, frozen=True):
    """A run of another workflow; its inputs are arguments without a location."""

    workflow: str
    inputs: tuple[Argument, ...]


Call: TypeAlias = HttpCall | WorkflowCall
