"""The nodes of the IR, whatever they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct


def structs(node: Any) -> Iterator[Any]:
    """A node of the IR, and all nodes in it."""
    yield node
    for inner in inner_of(node):
        yield from structs(inner)


def inner_of(node: Any) -> Iterator[Any]:
    """The parts of a node: those of a tuple, or the fields of an object."""
    if node.__class__ is tuple:
        yield from node
    elif isinstance(node, Struct):
        yield from (getattr(node, name) for name in node.__struct_fields__)
