"""XPath on XML texts, by the library elementpath: no entities, no network."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import elementpath
from elementpath import XPath1Parser, XPath2Parser
from elementpath.xpath30 import XPath30Parser
from elementpath.xpath31 import XPath31Parser

from arazzoc.runtime.results import RequestNotSent, logger
from arazzoc.runtime.values import text_of

# Run-time support: XPath

_PARSERS: dict[str, Any] = {
    "xpath-10": XPath1Parser,
    "xpath-20": XPath2Parser,
    "xpath-30": XPath30Parser,
    "xpath-31": XPath31Parser,
}


def xpath_holds(value: Any, expression: str, version: str) -> bool:
    """Return the effective boolean value of an XPath expression; false, with a warning,
    where it has none.
    """
    return xpath_value(value, f"boolean({expression})", version) is True


def xpath_value(value: Any, expression: str, version: str) -> Any:
    """Return what an XPath expression selects: one value, a list of several, or None."""
    try:
        selected = _selected(value, expression, version)[1]
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
    """Return an XML text with the text, or an attribute, of the selected elements set.

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
            element.text = text_of(new)
    for prefix, uri in _prefixes(value).items():
        if not prefix.startswith("ns"):  # ElementTree keeps these for itself
            ElementTree.register_namespace(prefix, uri)
    return ElementTree.tostring(root, encoding="unicode")


def _selected(
    value: Any, expression: str, version: str
) -> tuple[ElementTree.Element, Any]:
    """The root element of an XML text, and what an expression selects in it."""
    try:
        if not isinstance(value, str):
            raise TypeError("not an XML text")
        if "<!DOCTYPE" in value:
            raise ValueError("XML with a document type declaration is refused")
        root = ElementTree.fromstring(value)
        prefixes = _prefixes(value)
        return root, elementpath.select(root, expression, prefixes, _PARSERS[version])
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
