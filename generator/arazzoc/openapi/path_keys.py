"""Path keys: the placeholders of a path, and the query that real documents hold in it, which OpenAPI does not foresee.

`/a/{id}` has one placeholder, `{rest+}` one whose value keeps its slashes (RFC 6570), and `/a?view=full&x={y}` sends
the constant `view` and the parameter y as x.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from msgspec import Struct

_PLACEHOLDER = re.compile(r"\{([^{}+]+)(\+?)\}")


class Placeholder(Struct, frozen=True):
    """A path parameter in its place."""

    name: str
    keeps_slashes: bool


class PathKey(Struct, frozen=True):
    """A path key: the parts of its path, what its query asks for (the name that is sent, by the placeholder's), and the
    constants of its query.
    """

    parts: tuple[str | Placeholder, ...]
    queried: dict[str, str]
    constants: dict[str, str]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The location and name of each parameter that it asks for."""
        found = [("path", part.name) for part in self.parts if isinstance(part, Placeholder)]
        return found + [("query", name) for name in self.queried.values()]


def path_key(text: str) -> PathKey:
    """Return what a path key asks for (OpenAPI 3.1.1, Paths Object)."""
    path, _, query = text.partition("?")
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(path):
        parts += [path[end : match.start()], Placeholder(match[1], bool(match[2]))]
        end = match.end()
    parts.append(path[end:])
    members = dict(parse_qsl(query, keep_blank_values=True))
    queried = {value[1:-1]: name for name, value in members.items() if _PLACEHOLDER.fullmatch(value)}
    constants = {name: value for name, value in members.items() if not _PLACEHOLDER.fullmatch(value)}
    return PathKey(tuple(part for part in parts if part), queried, constants)
