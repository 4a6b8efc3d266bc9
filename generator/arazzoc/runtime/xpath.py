"""XPath on XML texts, by the library elementpath: no entities, no network."""

from __future__ import annotations

import copy
import io
import itertools
import math
import operator
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import elementpath
from elementpath import XPath1Parser, XPath2Parser, XPathNode
from elementpath.xpath30 import XPath30Parser
from elementpath.xpath31 import XPath31Parser

from arazzoc.runtime.results import RequestNotSent, logger
from arazzoc.runtime.values import text_of

# Run-time support: XPath


class _XPath1(XPath1Parser):
    """XPath 1.0 with the comparisons of its section 3.4, which those of elementpath are
    not: it compares the texts of nodes even with numbers and booleans.
    """


def _compare(token: Any, context: Any = None) -> bool:
    """The value of a comparison: it holds for one of the pairs of the operands."""
    operands = [list(operand.select(copy.copy(context))) for operand in token]
    sets = [not items or isinstance(items[0], XPathNode) for items in operands]
    for index in (0, 1):  # a boolean makes one of what it is compared with
        if operands[index] and isinstance(operands[index][0], bool):
            other = operands[1 - index]
            operands[1 - index] = [bool(other) if sets[1 - index] else _true(other[0])]
    pairs = itertools.product(
        *([getattr(i, "string_value", i) for i in o] for o in operands)
    )
    return any(_holds(token.symbol, *pair) for pair in pairs)


def _true(value: Any) -> bool:
    """The boolean of a text or number."""
    return bool(value) and _holds("=", value, value)


def _holds(symbol: str, *pair: Any) -> bool:
    """Whether a comparison holds for two values: as texts, unless one is none."""
    if symbol not in ("=", "!=") or not all(isinstance(value, str) for value in pair):
        pair = tuple(map(_number, pair))
    return bool(_OPERATORS[symbol](*pair))


def _number(value: Any) -> float:
    """The number of a value (XPath 1.0, section 4.4)."""
    if isinstance(value, str):
        is_number = re.fullmatch(r"\s*-?(\d+(\.\d*)?|\.\d+)\s*", value, re.ASCII)
        return float(value) if is_number else math.nan
    return float(value)


_OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_KINDS: dict[str, Any] = {
    symbol: XPath1Parser.symbol_table[symbol] for symbol in _OPERATORS
}
_XPath1.symbol_table = dict(XPath1Parser.symbol_table) | {
    symbol: type(kind.__name__, (kind,), {"evaluate": _compare})
    for symbol, kind in _KINDS.items()
}

_PARSERS: dict[str, Any] = {
    "xpath-10": _XPath1,
    "xpath-20": XPath2Parser,
    "xpath-30": XPath30Parser,
    "xpath-31": XPath31Parser,
}


def xpath_holds(
    value: Any,
    expression: str,
    version: str,
    variables: Mapping[str, Any] | None = None,
) -> bool:
    """Return the effective boolean value of an XPath expression with variables; false,
    with a warning, where it has none.
    """
    expression = f"boolean({expression})"
    return xpath_value(value, expression, version, variables) is True


def xpath_value(
    value: Any,
    expression: str,
    version: str,
    variables: Mapping[str, Any] | None = None,
) -> Any:
    """Return what an XPath expression selects: one value, a list of several, or None."""
    try:
        selected = _selected(value, expression, version, variables)[1]
    except RequestNotSent as error:
        logger.warning("%s", error)
        return None
    if selected.__class__ is not list:
        return selected
    values = [
        "".join(item.itertext()) if isinstance(item, ElementTree.Element) else item
        for item in selected
    ]
    return values[0] if len(values) == 1 else values or None


def replaced_xml(value: Any, path: str, attribute: str, version: str, new: Any) -> str:
    """Return an XML text with the content, or an attribute, of the selected elements set.

    Raises:
        RequestNotSent: the path selects no element.
    """
    root, selected = _selected(value, path, version)
    items: list[Any] = selected if selected.__class__ is list else []
    elements: list[Any] = [e for e in items if isinstance(e, ElementTree.Element)]
    if not elements:
        raise RequestNotSent(f"{path} selects nothing in the payload")
    for element in elements:
        if attribute:
            element.set(attribute, text_of(new))
        else:
            del element[:]
            element.text = text_of(new)
    for prefix, uri in _prefixes(value).items():
        if not prefix.startswith("ns"):  # ElementTree keeps these for itself
            ElementTree.register_namespace(prefix, uri)
    return ElementTree.tostring(root, encoding="unicode")


def _selected(
    value: Any,
    expression: str,
    version: str,
    variables: Mapping[str, Any] | None = None,
) -> tuple[ElementTree.Element, Any]:
    """The root element of an XML text, and what an expression selects in it."""
    try:
        if not isinstance(value, str):
            raise TypeError("not an XML text")
        if "<!DOCTYPE" in value:
            raise ValueError("XML with a document type declaration is refused")
        root = ElementTree.fromstring(value)
        kind, known = _PARSERS[version], dict[str, Any]()
        for name, item in (variables or {}).items():
            is_plain = isinstance(item, str | bool | int | float)
            known[name] = item if is_plain else [] if item is None else text_of(item)
        found = elementpath.select(
            root, expression, _prefixes(value), kind, variables=known
        )
        return root, found
    except (ValueError, TypeError, SyntaxError, elementpath.ElementPathError) as error:
        raise RequestNotSent(f"cannot evaluate {expression}: {error}") from None


def _prefixes(value: str) -> dict[str, str]:
    """The namespace prefixes of the root element."""
    prefixes: dict[str, str] = {}
    content = io.BytesIO(value.encode())
    for event, item in ElementTree.iterparse(content, ("start-ns", "start")):
        if event == "start":
            break
        if item[0]:
            prefixes[item[0]] = item[1]
    return prefixes
