"""JSONPath (RFC 9535) as a sum type. jsonpath_parser.py makes it, emit/jsonpath.py compiles it to Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arazzoc.expressions.runtime import Expression

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Scalar: TypeAlias = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    """Selects the member of that name (section 2.3.1)."""

    name: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Selects all children (section 2.3.2)."""


@dataclass(frozen=True, slots=True)
class Index:
    """Selects one element, from the end where negative (section 2.3.3)."""

    index: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Selects a range of elements (section 2.3.4)."""

    start: int | None
    stop: int | None
    step: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects the children for which the test holds (section 2.3.5)."""

    test: Test


Selector: TypeAlias = Name | Wildcard | Index | Slice | Filter


@dataclass(frozen=True, slots=True)
class Segment:
    """One step from nodes to nodes: to children, or to all descendants (section 2.5)."""

    selectors: tuple[Selector, ...]
    descendant: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query from the root `$` or from the current node `@`."""

    root: Literal["$", "@"]
    segments: tuple[Segment, ...]

    @property
    def is_singular(self) -> bool:
        """Whether the query can give one node at most (section 2.3.5.1)."""
        return all(
            not s.descendant and len(s.selectors) == 1 and isinstance(s.selectors[0], Name | Index)
            for s in self.segments
        )


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Hole:
    """The value of a runtime expression embedded in the query, by its position among them."""

    index: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal with runtime expressions embedded in it."""

    parts: tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """`<query>.length` of the comparison dialect: a member of that name, else how many there are."""

    query: Query


@dataclass(frozen=True, slots=True)
class Call:
    """A function extension (section 2.4)."""

    function: Literal["length", "count", "match", "search", "value"]
    arguments: tuple[Comparable, ...]


Comparable: TypeAlias = Constant | Hole | Text | Size | Query | Call


@dataclass(frozen=True, slots=True)
class Compare:
    operator: Operator
    left: Comparable
    right: Comparable


@dataclass(frozen=True, slots=True)
class Exists:
    """An existence test: the query selects at least one node."""

    query: Query


@dataclass(frozen=True, slots=True)
class Holds:
    """A function of LogicalType as a test."""

    call: Call


@dataclass(frozen=True, slots=True)
class Not:
    item: Test


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Test, ...]


Test: TypeAlias = Compare | Exists | Holds | Not | And | Or


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query, or a test of the comparison dialect, with the runtime expressions that fill its holes."""

    path: Query | Test
    holes: tuple[EmbeddedHole, ...] = ()

    @property
    def is_dialect(self) -> bool:
        """A bare comparison in place of a query (not RFC 9535)."""
        return not isinstance(self.path, Query)


@dataclass(frozen=True, slots=True)
class EmbeddedHole:
    """A runtime expression in a query; `braced` as the specification wants it."""

    expression: Expression
    text: str
    offset: int
    braced: bool
