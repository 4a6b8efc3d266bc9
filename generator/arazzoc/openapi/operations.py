"""Operations: found by operationId or path, with their parameters, bodies, responses and servers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from urllib.parse import urljoin

from msgspec import Struct

from arazzoc.openapi.document import Node, OpenApi
from arazzoc.openapi.methods import METHODS
from arazzoc.source import Json

SUCCESSES = frozenset(range(200, 300))
_UNKNOWN_BODY: dict[str, Json] = {"content": {"*/*": {}}}
STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


class ParameterSpec(Struct, frozen=True):
    """Parameter Object with defaults applied (OpenAPI 3.1.1, Parameter Object)."""

    node: Node
    name: str
    location: str
    required: bool
    style: str
    explode: bool
    allow_reserved: bool
    schema: Node | None
    content_type: str | None


class EncodingSpec(Struct, frozen=True):
    """Encoding Object with defaults applied; `style` is '' if only the content type determines the serialization."""

    name: str
    style: str
    explode: bool
    allow_reserved: bool
    content_type: str
    headers: tuple[tuple[str, str], ...]


class ServerVariable(Struct, frozen=True):
    """A part of a server's URL that callers choose (OpenAPI 3.1.1, Server Variable Object)."""

    name: str
    default: str
    values: tuple[str, ...]
    description: str


class Server(Struct, frozen=True):
    """The server of operations: a URL with `{variables}`; the caller completes one that names no host."""

    url: str
    variables: tuple[ServerVariable, ...] = ()

    @property
    def is_absolute(self) -> bool:
        url = self.url
        for variable in self.variables:
            url = url.replace("{" + variable.name + "}", variable.default)
        return url.startswith(("http://", "https://"))


class Operation:
    """One operation: a method of a path. `document` lists it, but its text may be in another file."""

    def __init__(self, document: OpenApi, node: Node, path_item: Node, path: str, method: str) -> None:
        self.document, self.node, self.path_item, self.path = document, node, path_item, path
        self.method = method.upper()

    @property
    def operation_id(self) -> str:
        return self.node.text("operationId")

    @property
    def is_deprecated(self) -> bool:
        return self.node.fields.get("deprecated") is True

    @cached_property
    def parameters(self) -> dict[tuple[str, str], ParameterSpec]:
        """The parameters by location and name; those of the operation override those of its path item.

        What Swagger 2.0 calls a parameter of the body is in the request body.
        """
        found: dict[tuple[str, str], ParameterSpec] = {}
        for owner in (self.path_item, self.node):
            for node in owner.items("parameters"):
                spec = _parameter(node)
                if spec.location not in ("body", "formData"):
                    found[spec.location, spec.name] = spec
        return found

    @property
    def requires_body(self) -> bool:
        """Whether a request must have a body."""
        body = self.node.get("requestBody")
        return body is not None and body.fields.get("required") is True

    @cached_property
    def hides_parameters(self) -> bool:
        """Whether the `$ref` of a parameter leads nowhere, so that there are more than `parameters` (AMB-55)."""
        return any(
            len(list(owner.items("parameters"))) < len(_values(owner.fields.get("parameters")))
            for owner in (self.path_item, self.node)
        )

    @cached_property
    def request_contents(self) -> dict[str, Node]:
        """The media types of the request body; any, if its `$ref` leads nowhere (AMB-55)."""
        if "requestBody" not in self.node.fields:
            return {}
        body = self.node.get("requestBody") or Node(self.document, self.node.at / "requestBody", _UNKNOWN_BODY)
        return dict(body.members("content"))

    @cached_property
    def responses(self) -> dict[str, Node]:
        """The responses by status; one whose `$ref` leads nowhere can have any body (AMB-55)."""
        declared = self.node.fields.get("responses")
        found = dict(self.node.members("responses"))
        return {
            status: found.get(status) or Node(self.document, self.node.at / "responses" / status, _UNKNOWN_BODY)
            for status in (declared if isinstance(declared, dict) else ())
        }

    @property
    def declared_statuses(self) -> list[str]:
        """The keys of the Responses Object: statuses, ranges such as 2XX, and default."""
        return [
            status.lower() if status.lower() == "default" else status for status, _ in self.node.members("responses")
        ]

    def answers(self, statuses: frozenset[int], named: frozenset[int]) -> list[tuple[frozenset[int], Node | None]]:
        """Return the responses with one of these statuses, each with those of them that it is for.

        The default response is for all statuses if no other response is for one, else for those of the `named` that
        no other is for. Without a default response, there is no response for those.
        """
        found: list[tuple[frozenset[int], Node | None]] = []
        responses = self.responses
        for status in sorted(responses, key=lambda status: not status.isdigit()):  # 200 before 2XX
            covered = statuses & _covered(status)
            if covered:
                found.append((covered, responses[status]))
                statuses -= covered
        default = next((node for status, node in responses.items() if status.lower() == "default"), None)
        left = statuses & named if found else statuses
        return [*found, (left, default)] if left and (found or default is not None) else found

    def response_media_types(self) -> list[str]:
        """Return the media types of successful responses."""
        responses = (node for _, node in self.answers(SUCCESSES, frozenset()) if node is not None)
        return [media for response in responses for media, _ in response.members("content")]

    @property
    def describes_redirects(self) -> bool:
        """Whether a response with a status of 3xx is described."""
        return any(status.startswith("3") for status in self.responses)

    def encodings(self, content_type: str) -> list[EncodingSpec]:
        """Return the Encoding Objects of a request body's properties."""
        content = self.request_contents.get(content_type)
        return [_encoding(name, node) for name, node in content.members("encoding")] if content is not None else []

    @cached_property
    def server(self) -> Server:
        """The first server of the operation, else of the path item, else of the document (OpenAPI 3.1.1)."""
        for owner in (self.node, self.path_item):
            own = next(owner.items("servers"), None)
            if own is not None:
                return _server(own)
        return document_server(self.document)


def _covered(status: str) -> frozenset[int]:
    """Return the statuses that a key of a Responses Object, such as 200 or 2XX, is for."""
    code = status.upper()
    if code.isdecimal():
        return frozenset({int(code)})
    if code[:1].isdecimal() and code[1:] == "XX":
        return frozenset(range(int(code[0]) * 100, int(code[0]) * 100 + 100))
    return frozenset()


def media_of(content_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a media type is JSON (RFC 6839), or the wildcard that real documents use for it."""
    media = media_of(content_type)
    return media in ("application/json", "*/*", "text/json") or media.endswith("+json")


def _parameter(node: Node) -> ParameterSpec:
    location = node.text("in")
    style = node.text("style") or STYLES.get(location, "simple")
    explode = node.fields.get("explode")
    content = next(iter(node.members("content")), None)
    return ParameterSpec(
        node=node,
        name=node.text("name"),
        location=location,
        required=node.fields.get("required") is True or location == "path",
        style=style,
        explode=explode if isinstance(explode, bool) else style in ("form", "cookie"),
        allow_reserved=node.fields.get("allowReserved") is True,
        schema=content[1].get("schema") if content else node.get("schema"),
        content_type=content[0] if content else None,
    )


def _encoding(name: str, node: Node) -> EncodingSpec:
    """Read an Encoding Object (OpenAPI 3.1.1): `contentType` is ignored if there is a style."""
    styled = [word for word in ("style", "explode", "allowReserved") if word in node.fields]
    style = (node.text("style") or "form") if styled else ""
    explode = node.fields.get("explode")
    content_type = node.text("contentType").strip()
    fixed = [(n, fixed_value(header.get("schema"))) for n, header in node.members("headers")]
    return EncodingSpec(
        name,
        style,
        explode if isinstance(explode, bool) else style == "form",
        node.fields.get("allowReserved") is True,
        content_type if not styled else "",
        tuple((n, _scalar_text(value)) for n, value in fixed if isinstance(value, str | int | float)),
    )


def fixed_value(schema: Node | None) -> Json:
    """Return the only sensible value of a schema: its const, its default or its only enum value; else None."""
    if schema is None:
        return None
    values = _values(schema.fields.get("enum"))
    return schema.fields.get("const", schema.fields.get("default", values[0] if len(values) == 1 else None))


@lru_cache(maxsize=64)
def document_server(document: OpenApi) -> Server:
    """Return the document's first server; if it declares none, that of the first operation which does."""
    own = next(document.root.items("servers"), None)
    if own is None:
        owners = (owner for operation in operations(document) for owner in (operation.node, operation.path_item))
        own = next((server for owner in owners for server in owner.items("servers")), None)
    return _server(own) if own is not None else Server("")


def _server(node: Node) -> Server:
    variables = tuple(
        ServerVariable(
            name,
            _scalar_text(variable.fields.get("default")),
            tuple(_scalar_text(value) for value in _values(variable.fields.get("enum"))),
            variable.text("description"),
        )
        for name, variable in node.members("variables")
        if "{" + name + "}" in node.text("url")
    )
    return Server(urljoin(node.document.root.text("$self"), node.text("url")).rstrip("/"), variables)


def _scalar_text(value: Json) -> str:
    """Return a default or enum value as text, also if its quotes were forgotten (a port, for example)."""
    return value if isinstance(value, str) else "" if value is None else str(value).lower()


def _values(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def operations(document: OpenApi) -> Iterator[Operation]:
    """Yield all operations, in document order (OpenAPI 3.2.0, Path Item Object)."""
    for path, item in document.root.members("paths"):
        for method in METHODS:
            if isinstance(item.fields.get(method), dict):
                yield Operation(
                    document, Node(item.document, item.at / method, item.fields[method]), item, path, method
                )
        for method, node in item.members("additionalOperations"):
            yield Operation(document, node, item, path, method)


@lru_cache(maxsize=64)
def _by_id(document: OpenApi) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations(document):
        if operation.operation_id:
            found.setdefault(operation.operation_id, []).append(operation)
    return found


@lru_cache(maxsize=64)
def describes_bodies(document: OpenApi, *, of_success: bool) -> bool:
    """Whether a document describes the bodies of most of its responses, so that one without content has none."""
    found = [
        "content" in node.fields
        for operation in operations(document)
        for status, node in operation.responses.items()
        if status not in ("204", "205", "304") and status.startswith("2") == of_success
    ]
    return sum(found) * 2 > len(found)


def find_by_id(document: OpenApi, operation_id: str) -> list[Operation]:
    """Return the operations with that operationId; a valid document has one at most."""
    return _by_id(document).get(operation_id, [])


def operation_ids(document: OpenApi) -> list[str]:
    """Return all operationIds of the document."""
    return list(_by_id(document))


def find_by_path(document: OpenApi, path: str, method: str) -> Operation | None:
    """Return the operation with that path and method, or None."""
    for operation in operations(document):
        if operation.path == path and operation.method == method.upper():
            return operation
    return None
