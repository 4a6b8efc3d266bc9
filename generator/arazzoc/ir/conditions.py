"""Conditions: they decide whether a step has succeeded, and which action is taken."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc.expressions import jsonpath as jp
from arazzoc.ir.values import Value

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


class Always(Struct, frozen=True):
    """A condition that does not depend on anything."""

    holds: bool


class Compare(Struct, frozen=True):
    """A comparison, by the rules of simple conditions or of RFC 9535."""

    operator: Operator
    left: Value
    right: Value
    rules: Literal["simple", "jsonpath"] = "simple"


class Truth(Struct, frozen=True):
    """A value that counts as true or false (AMB-18)."""

    value: Value


class JsonPathHolds(Struct, frozen=True):
    """A JSONPath query that selects something, or a logical expression of RFC 9535 rooted at the context."""

    context: Value
    path: jp.Query | jp.Test
    holes: tuple[Value, ...] = ()


class Matches(Struct, frozen=True):
    """A regular expression, in Python's dialect, that is found in the context; values in it are matched literally."""

    context: Value
    pattern: tuple[str | Value, ...]


class XPathHolds(Struct, frozen=True):
    """The effective boolean value of an XPath expression on an XML text; its variables are named as in `variable`."""

    context: Value
    expression: str
    version: str
    values: tuple[Value, ...] = ()

    @staticmethod
    def variable(number: int) -> str:
        """The name of a variable in the expression, by the number of its value."""
        return f"value{number}"


class Negation(Struct, frozen=True):
    item: Condition


class All(Struct, frozen=True):
    items: tuple[Condition, ...]


class Either(Struct, frozen=True):
    items: tuple[Condition, ...]


Condition: TypeAlias = Always | Compare | Truth | JsonPathHolds | Matches | XPathHolds | Negation | All | Either


class Criterion(Struct, frozen=True):
    """A condition, and its text in the document."""

    test: Condition
    text: str
