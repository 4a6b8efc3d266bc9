"""What a document says, or the name of a thing, of whether its values are secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit, urlunsplit

from arazzoc.openapi.document import Node
from arazzoc.source import Json

MAX_PLACES = 200_000
"""How many places of a document are looked at, at most."""
_NAMED = frozenset(("properties", "headers", "variables"))
_DATA = frozenset(("default", "enum", "const", "example", "examples", "required", "x-examples"))
_SECRET = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|credential|cookie|authorization|signature|session|"
    r"(api|access|private|auth|subscription|license|account|encryption|shared|signing)[-_ ]?key|"
    r"(^|[^a-z])(pass|pin|otp|auth|key)([^a-z]|$)",
    re.IGNORECASE,
)


def names_secret(name: str) -> bool:
    """Whether a name is one that secrets have: password, X-API-Key, client_secret, accessToken."""
    return _SECRET.search(re.sub(r"([a-z])([A-Z])", r"\1_\2", name)) is not None


def is_password(schema: Node) -> bool:
    """Whether a schema says that its values, or elements or members of any name in them, are passwords."""
    return "" in secret_names([schema])


def secret_names(roots: Iterable[Node]) -> frozenset[str]:
    """The names, in lower case, of whatever is a password (JSON Schema `format`, OpenAPI 3.1.1, Data Types), or is only
    written, in parts of a document; what has no name of its own counts for what it is in, '' for a part as a whole.

    References are followed, and those that lead nowhere ignored. Where there is too much to look at, '' is in the
    result.
    """
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    pending = [("", node) for node in roots]
    while pending:
        name, node = pending.pop()
        key = node.key, name
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > MAX_PLACES:
            return frozenset((*found, ""))
        if node.fields.get("format") == "password" or node.fields.get("writeOnly") is True:
            found.add(name)
        pending += _inner(node, name)
    return frozenset(found)


def _inner(node: Node, name: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, list):
        for number, item in enumerate(node.value):
            yield name, Node(node.document, node.at / number, item)
        return
    own = node.text("name").lower() if "in" in node.fields and node.text("name") else name
    ref = node.fields.get("$ref")
    if isinstance(ref, str) and (target := node.document.at_reference(ref, node.at)) is not None:
        yield own, target
    for word, value in node.fields.items():
        if word in _NAMED and isinstance(value, dict):
            for key, item in value.items():
                yield key.lower(), Node(node.document, node.at / word / key, item)
        elif word not in _DATA and isinstance(value, dict | list):
            yield own, Node(node.document, node.at / word, value)


def members_of(value: Json) -> Iterator[str]:
    """The names of all members in a JSON value."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            yield from current
            pending += current.values()
        elif isinstance(current, list):
            pending += current


def public_url(url: str) -> str:
    """A URL without what may be a secret in it: the user, the password and the query's values (RFC 3986)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url if "@" not in url and "?" not in url else "another URL"
    host = f"***@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    query = re.sub(r"=[^&]*", "=***", parts.query)
    return urlunsplit((parts.scheme, host, parts.path, query, "")) if host != parts.netloc or query else url
