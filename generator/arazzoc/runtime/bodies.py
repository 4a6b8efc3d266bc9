"""Bodies of text: forms, and text and XML with values in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from arazzoc.runtime.exchange import Body, query_pairs
from arazzoc.runtime.results import RequestNotSent
from arazzoc.runtime.values import flattened, json_of, text_of, utf8

# Run-time support: bodies of text


def text_body(value: Any, content_type: str) -> Body:
    """Return a body that is sent as it is; None is an empty one."""
    content = value if isinstance(value, bytes) else utf8(text_of(value))
    return Body(content, content_type)


def json_text(value: Any) -> str:
    """Return the text of a value within a string of JSON, escaped, so that it stays one."""
    return json_of(text_of(value))[1:-1]


def xml_text(value: Any) -> str:
    """Return a value within XML text, escaped."""
    return escape(text_of(value), {'"': "&quot;", "'": "&apos;"})


def form_body(
    members: Any,
    content_type: str = "application/x-www-form-urlencoded",
    encodings: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Body:
    """Return a form body: lists repeat their name, objects put their keys in brackets,
    None is left out. `encodings` prepare members that are written in another way.

    Raises:
        RequestNotSent: the value is not an object.
    """
    return Body(form_text(members, encodings).encode(), content_type)


def form_text(
    members: Any, encodings: Mapping[str, Callable[[Any], Any]] | None = None
) -> str:
    """Return the members of an object as a form; see form_body."""
    if members.__class__ is not dict:
        raise RequestNotSent("the request body must be an object")
    written, used = list[str](), set[str]()
    for name, value in members.items():
        if encodings and name in encodings:
            value = encodings[name](value)
        if callable(value):
            pairs = list(query_pairs(name, value))
        else:
            texts = flattened(name, value)
            pairs = [urlencode([(utf8(key), utf8(text))]) for key, text in texts]
        names = {pair.partition("=")[0] for pair in pairs}
        if not used.isdisjoint(names):
            raise RequestNotSent(f"another member of the form is sent as {name!r} too")
        used |= names
        written += pairs
    return "&".join(written)


def text_member(value: Any) -> str | None:
    """Return a member of a form as text, lists and objects as JSON."""
    return None if value is None else text_of(value)
