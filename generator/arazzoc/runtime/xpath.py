"""XPath on XML texts, with the library elementpath: no entities, no network, no
collations.
"""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import elementpath
from elementpath import XPath1Parser, XPath2Parser
from elementpath.xpath30 import XPath30Parser
from elementpath.xpath31 import XPath31Parser

from arazzoc.runtime.errors import RequestNotSent
from arazzoc.runtime.exchange import log
from arazzoc.runtime.text import text

__all__ = ["XPath1Parser", "XPath2Parser", "XPath30Parser", "XPath31Parser"]


def parsed_xml(value: Any) -> tuple[ElementTree.Element, dict[str, str]]:
    """The root element of an XML text and its prefixes; ValueError or TypeError where it is none or
    declares a DTD.
    """
    if not isinstance(value, str):
        raise TypeError("not an XML text")
    if "<!DOCTYPE" in value:
        raise ValueError("XML with a document type declaration is refused")
    prefixes: dict[str, str] = {}
    try:
        for event, item in ElementTree.iterparse(
            io.BytesIO(value.encode()), ("start-ns", "start")
        ):
            if event == "start":
                break
            if item[0]:
                prefixes[item[0]] = item[1]
        return ElementTree.fromstring(value), prefixes
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from None


def xpath_holds(value: Any, expression: str, parser: Any) -> bool:
    """The effective boolean value of an XPath expression; false, with a warning, where
    it has none.
    """
    try:
        root, prefixes = parsed_xml(value)
        return bool(
            elementpath.select(root, f"boolean({expression})", prefixes, parser)
        )
    except (ValueError, TypeError, elementpath.ElementPathError) as error:
        log.warning("the condition %s fails: %s", expression, error)
        return False


def xpath_value(value: Any, expression: str, parser: Any) -> Any:
    """What an XPath expression selects, as values: one, a list of several, or None."""
    try:
        root, prefixes = parsed_xml(value)
        selected: Any = elementpath.select(root, expression, prefixes, parser)
    except (ValueError, TypeError, elementpath.ElementPathError) as error:
        log.warning("%s selects nothing: %s", expression, error)
        return None
    if selected.__class__ is not list:
        return selected
    values = [
        "".join(item.itertext()) if isinstance(item, ElementTree.Element) else item
        for item in selected
    ]
    return values[0] if len(values) == 1 else values or None


def replaced_xml(value: Any, path: str, attribute: str, parser: Any, new: Any) -> str:
    """An XML text with the text, or an attribute, of the selected elements set."""
    try:
        root, prefixes = parsed_xml(value)
        selected: Any = elementpath.select(root, path, prefixes, parser)
    except (ValueError, TypeError, elementpath.ElementPathError) as error:
        raise RequestNotSent(f"{path} cannot be replaced: {error}") from None
    elements: list[Any] = (
        [e for e in selected if isinstance(e, ElementTree.Element)]
        if selected.__class__ is list
        else []
    )
    if not elements:
        raise RequestNotSent(f"{path} selects nothing in the payload")
    for element in elements:
        if attribute:
            element.set(attribute, text(new))
        else:
            element.text = text(new)
    for prefix, uri in prefixes.items():
        if not prefix.startswith("ns"):  # ElementTree keeps these for itself
            ElementTree.register_namespace(prefix, uri)
    return ElementTree.tostring(root, encoding="unicode")
