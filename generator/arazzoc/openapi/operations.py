"""Operations: found by operationId or path, with their parameters, bodies, responses and servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from arazzoc.openapi.document import Node, OpenApi

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """Parameter Object of OpenAPI, defaults applied (OpenAPI 3.1.1, Parameter Object)."""

    node: Node
    name: str
    location: str
    required: bool
    style: str
    explode: bool
    allow_reserved: bool
    schema: Node | None
    content_type: str | None


class Operation:
    """One operation: a method of a path."""

    def __init__(self, node: Node, path_item: Node, path: str, method: str) -> None:
        self.node, self.path_item, self.path, self.method = node, path_item, path, method.upper()

    @property
    def operation_id(self) -> str:
        return self.node.text("operationId")

    @property
    def is_deprecated(self) -> bool:
        return self.node.fields.get("deprecated") is True

    @cached_property
    def parameters(self) -> dict[tuple[str, str], ParameterSpec]:
        """The parameters by location and name; those of the operation override those of its path."""
        found: dict[tuple[str, str], ParameterSpec] = {}
        for owner in (self.path_item, self.node):
            for node in owner.items("parameters"):
                spec = _parameter(node)
                found[spec.location, spec.name] = spec
        return found

    @cached_property
    def request_contents(self) -> dict[str, Node]:
        """The media types of the request body."""
        body = self.node.get("requestBody")
        return dict(body.members("content")) if body is not None else {}

    def response_schemas(self, statuses: frozenset[int] | None) -> list[tuple[str, Node]]:
        """The media types and schemas of the responses whose status is among those given, or is 2xx."""
        responses = list(self.node.members("responses"))
        chosen: list[Node] = []
        for status, node in responses:
            code = status.upper()
            if code == "DEFAULT":
                continue
            low, high = (
                (int(code[0]) * 100, int(code[0]) * 100 + 99)
                if code[1:] == "XX" and code[0].isdigit()
                else ((int(code), int(code)) if code.isdigit() else (0, -1))
            )
            wanted = range(low, high + 1)
            if any(s in wanted for s in statuses) if statuses is not None else 200 <= low <= 299:
                chosen.append(node)
        if not chosen:
            chosen = [node for status, node in responses if status.lower() == "default"]
        schemas: list[tuple[str, Node]] = []
        for response in chosen:
            for media_type, content in response.members("content"):
                schema = content.get("schema")
                if schema is not None:
                    schemas.append((media_type, schema))
        return schemas

    @cached_property
    def server_url(self) -> str | None:
        """The first server: of the operation, of the path, of the document; variables take their defaults."""
        for owner in (self.node, self.path_item, self.node.document.root):
            for server in owner.items("servers"):
                url = server.text("url")
                for name, variable in server.members("variables"):
                    url = url.replace("{" + name + "}", variable.text("default"))
                if url.startswith(("http://", "https://")):
                    return url.rstrip("/")
        return None


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


def operations(document: OpenApi) -> Iterator[Operation]:
    """All operations of the document, in its order."""
    for path, item in document.root.members("paths"):
        for method in METHODS:
            if method in item.fields and isinstance(item.fields[method], dict):
                node = Node(document, item.at / method, item.fields[method])
                yield Operation(node, item, path, method)


def find_by_id(document: OpenApi, operation_id: str) -> list[Operation]:
    """The operations with that operationId: one in a sound document."""
    return [o for o in operations(document) if o.operation_id == operation_id]


def operation_ids(document: OpenApi) -> list[str]:
    """All operationIds of the document."""
    return [o.operation_id for o in operations(document) if o.operation_id]


def find_by_path(document: OpenApi, path: str, method: str) -> Operation | None:
    """The operation at a path and method, or None."""
    for operation in operations(document):
        if operation.path == path and operation.method == method.upper():
            return operation
    return None
