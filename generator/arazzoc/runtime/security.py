"""Credentials that an API asks for, sent where its security schemes say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Token: TypeAlias = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential and its place in a request; its value is never shown."""

    place: Literal["header", "query", "cookie"]
    name: str
    value: str = field(repr=False)


def bearer_token(token: Token | None) -> Credential | None:
    """A bearer token (RFC 6750), or what a function gives when it is needed."""
    if token is None:
        return None
    value = token if isinstance(token, str) else token()
    return Credential("header", "Authorization", f"Bearer {value}")


def basic_login(pair: tuple[str, str] | None) -> Credential | None:
    """User name and password (RFC 7617)."""
    if pair is None:
        return None
    encoded = base64.b64encode(":".join(pair).encode()).decode()
    return Credential("header", "Authorization", f"Basic {encoded}")


def key_in(
    place: Literal["header", "query", "cookie"], name: str, key: Token | None
) -> Credential | None:
    """An API key in a header, the query or a cookie."""
    if key is None:
        return None
    return Credential(place, name, key if isinstance(key, str) else key())


def first_given(*alternatives: list[Credential | None]) -> list[Credential | None]:
    """The first alternative of which all credentials are given; none otherwise."""
    for alternative in alternatives:
        if None not in alternative:
            return alternative
    return []
