"""What can be reached in a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def reached(starts: Iterable[T], following: Callable[[T], Iterable[T]]) -> set[T]:
    """Return the starts, and all that can be reached from them."""
    found: set[T] = set()
    pending = list(starts)
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending.extend(following(current))
    return found
