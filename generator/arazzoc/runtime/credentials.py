"""Credentials that an API asks for, sent where its security schemes say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Literal, TypeAlias

from arazzoc.runtime.exchange import Credential

# Run-time support: credentials

Token: TypeAlias = str | Callable[[], str]


def bearer_token(token: Token | None) -> Credential | None:
    """Return a bearer token (RFC 6750); a function is called for each request."""
    return key_in("header", "Authorization", token, "Bearer ")


def basic_login(pair: tuple[str, str] | None) -> Credential | None:
    """Return user name and password (RFC 7617)."""
    if pair is None:
        return None
    encoded = base64.b64encode(":".join(pair).encode()).decode()
    return Credential("header", "Authorization", f"Basic {encoded}")


def key_in(
    place: Literal["header", "query", "cookie"],
    name: str,
    key: Token | None,
    before: str = "",
) -> Credential | None:
    """Return an API key, `before` in front; a function is called for each request."""
    if key is None:
        return None
    return Credential(place, name, before + (key if isinstance(key, str) else key()))


def first_complete(
    *alternatives: list[Credential | None],
) -> list[Credential | None]:
    """Return the first alternative of which the client has all credentials, or none."""
    for alternative in alternatives:
        if None not in alternative:
            return alternative
    return []
