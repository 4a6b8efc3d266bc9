"""The credentials of operations (OpenAPI 3.1.1, Security Requirement Object and Security Scheme Object)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import Operation

Kind: TypeAlias = Literal["bearer", "basic", "key"]
CredentialPlace: TypeAlias = Literal["header", "query", "cookie"]
PLACES: dict[str, CredentialPlace] = {"header": "header", "query": "query", "cookie": "cookie"}


class Scheme(Struct, frozen=True):
    """A credential: its kind, and where and under which name it is sent."""

    name: str
    kind: Kind
    place: CredentialPlace
    parameter: str


def requirements(operation: Operation) -> list[list[Scheme]]:
    """Return the alternatives of an operation, each a list of credentials that are sent together.

    Those of OAuth 2 and OpenID Connect are bearer tokens. Mutual TLS is configured in the session, and a scheme that
    the document does not define cannot be sent: neither is listed.
    """
    root = operation.document.root
    owner = operation.node if "security" in operation.node.fields else root
    found: list[list[Scheme]] = []
    for requirement in owner.items("security"):
        schemes = [known for name in requirement.fields if (known := scheme(root, name)) is not None]
        if schemes:
            found.append(schemes)
    return found


def definition(root: Node, name: str) -> Node | None:
    """The definition of a security scheme, in the document with that root."""
    components = root.get("components")
    schemes = components.get("securitySchemes") if components is not None else None
    return schemes.get(name) if schemes is not None else None


def scheme(root: Node, name: str) -> Scheme | None:
    """A credential by the name of its security scheme; None if it cannot be sent."""
    node = definition(root, name)
    if node is None:
        return None
    match node.text("type"), node.text("scheme").lower():
        case "http", "basic":
            return Scheme(name, "basic", "header", "Authorization")
        case ("http", "bearer") | ("oauth2", _) | ("openIdConnect", _):
            return Scheme(name, "bearer", "header", "Authorization")
        case "apiKey", _ if node.text("in") in PLACES:
            return Scheme(name, "key", PLACES[node.text("in")], node.text("name"))
        case _:
            return None
