"""Conditions: what decides whether a step has succeeded, and which action is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arazzoc.expressions import jsonpath as jp
from arazzoc.ir.values import Value

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Always:
    """A condition that does not depend on anything."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison, by the rules of simple conditions or by those of RFC 9535."""

    operator: Operator
    left: Value
    right: Value
    rules: Literal["simple", "jsonpath"] = "simple"


@dataclass(frozen=True, slots=True)
class Truth:
    """A value taken for true or false."""

    value: Value


@dataclass(frozen=True, slots=True)
class JsonPathHolds:
    """A JSONPath query that selects something, or a logical expression of RFC 9535 rooted at the context."""

    context: Value
    path: jp.Query | jp.Test
    holes: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Matches:
    """A regular expression found in the context's text: Python's dialect, values in it taken literally."""

    context: Value
    pattern: tuple[str | Value, ...]


@dataclass(frozen=True, slots=True)
class XPathHolds:
    """The effective boolean value of an XPath expression on an XML text."""

    context: Value
    expression: Value
    version: str


@dataclass(frozen=True, slots=True)
class Negation:
    item: Condition


@dataclass(frozen=True, slots=True)
class All:
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    items: tuple[Condition, ...]


Condition: TypeAlias = Always | Compare | Truth | JsonPathHolds | Matches | XPathHolds | Negation | All | Either


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition, and how the document spells it."""

    test: Condition
    text: str
