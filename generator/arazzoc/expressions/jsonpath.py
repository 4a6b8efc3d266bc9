"""JSONPath (RFC 9535) as a sum type: jsonpath_parser.py builds it, emit/jsonpath.py compiles it to Python."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.expressions.runtime import Expression

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Scalar: TypeAlias = None | bool | int | float | str


class Name(Struct, frozen=True):
    """Selects the member with that name (section 2.3.1)."""

    name: str


class Wildcard(Struct, frozen=True):
    """Selects all children (section 2.3.2)."""


class Index(Struct, frozen=True):
    """Selects one element; a negative index counts from the end (section 2.3.3)."""

    index: int


class Slice(Struct, frozen=True):
    """Selects a range of elements (section 2.3.4)."""

    start: int | None
    stop: int | None
    step: int


class Chosen(Struct, frozen=True):
    """Selects the element or the member whose index or name a runtime expression gives, literally (AMB-75)."""

    key: Hole | Text


class Filter(Struct, frozen=True):
    """Selects the children for which the test holds (section 2.3.5)."""

    test: Test


Selector: TypeAlias = Name | Wildcard | Index | Slice | Chosen | Filter


class Segment(Struct, frozen=True):
    """Selects children of the nodes, or descendants (section 2.5)."""

    selectors: tuple[Selector, ...]
    descendant: bool = False


class Query(Struct, frozen=True):
    """A query from the root `$` or from the current node `@`."""

    root: Literal["$", "@"]
    segments: tuple[Segment, ...]

    @property
    def is_singular(self) -> bool:
        """Whether the query is singular: it selects one node at most (section 2.3.5.1)."""
        return all(
            not s.descendant and len(s.selectors) == 1 and isinstance(s.selectors[0], Name | Index | Chosen)
            for s in self.segments
        )


class Constant(Struct, frozen=True):
    """A literal."""

    value: Scalar


class Hole(Struct, frozen=True):
    """The value of a runtime expression in the query; `index` is its number among them."""

    index: int


class Text(Struct, frozen=True):
    """A string literal with runtime expressions embedded in it."""

    parts: tuple[str | Hole, ...]


class Size(Struct, frozen=True):
    """`<query>.length` of the comparison dialect: the member `length` if there is one, else the length (AMB-60)."""

    query: Query


class Call(Struct, frozen=True):
    """A function extension (section 2.4)."""

    function: Literal["length", "count", "match", "search", "value"]
    arguments: tuple[Comparable, ...]


Comparable: TypeAlias = Constant | Hole | Text | Size | Query | Call


class Compare(Struct, frozen=True):
    operator: Operator
    left: Comparable
    right: Comparable


class Exists(Struct, frozen=True):
    """An existence test: the query selects a node."""

    query: Query


class Holds(Struct, frozen=True):
    """A function with a LogicalType result, used as a test."""

    call: Call


class Not(Struct, frozen=True):
    item: Test


class And(Struct, frozen=True):
    items: tuple[Test, ...]


class Or(Struct, frozen=True):
    items: tuple[Test, ...]


Test: TypeAlias = Compare | Exists | Holds | Not | And | Or


class Parsed(Struct, frozen=True):
    """A query, or a test of the comparison dialect, and the runtime expressions for its holes."""

    path: Query | Test
    holes: tuple[EmbeddedHole, ...] = ()
    hyphened: tuple[tuple[int, int], ...] = ()
    """The offset and length of each name after a dot that has a hyphen, which RFC 9535 wants in brackets."""

    @property
    def is_dialect(self) -> bool:
        """Whether it is a bare comparison instead of a query (AMB-02)."""
        return not isinstance(self.path, Query)


class EmbeddedHole(Struct, frozen=True):
    """A runtime expression in a query; `braced` if it is in braces, as the specification requires.

    `is_index` says that it stands where the index of an element does.
    """

    expression: Expression
    text: str
    offset: int
    braced: bool
    quoted: bool = False
    is_index: bool = False
