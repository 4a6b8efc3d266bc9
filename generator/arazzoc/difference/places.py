"""Where two schemas differ: in themselves, or in what is beside the references to them."""

from __future__ import annotations

from arazzoc.openapi.alike import alike, equal
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import said_beside
from arazzoc.source import Json, Location


def places_of(old: Node, new: Node, words: frozenset[str] | set[str] = frozenset()) -> tuple[Location, Location]:
    """Where two schemas differ in some words: themselves, or what is beside the references to them."""
    if old.beside or new.beside:
        bare = (Node(node.document, node.at, node.value) for node in (old, new))
        said = ([value for each in said_beside(node) for value in _said(each, words)] for node in (old, new))
        if alike(*bare) or not equal(*said):
            one, other = (node.beside[0].at if node.beside else node.at for node in (old, new))
            return one, other
    return old.at, new.at


def way_of(owner: Location, path: tuple[str, ...]) -> str:
    """Identifies the last part of a way to a schema."""
    return f"{owner.span()} {path[-1] if path else ''}"


def _said(node: Node, words: frozenset[str] | set[str]) -> list[Json]:
    return [{word: value} for word, value in node.fields.items() if word in words]
