"""Bodies and parts that are bytes, which OpenAPI 3.0 and 3.1 say in other words (OpenAPI 3.1.1, section 4.14.3)."""

from __future__ import annotations

from arazzoc.openapi.alike import ANNOTATIONS
from arazzoc.openapi.document import Node
from arazzoc.source import Json

_OF_TEXT = ("application/json", "application/xml", "application/x-www-form-urlencoded", "*/*")


def is_of_bytes(media: str) -> bool:
    """Whether a body of that type is bytes, of which a schema says nothing (OpenAPI 3.1.1, section 4.14.3)."""
    is_text = media in _OF_TEXT or media.endswith(("+json", "+xml"))
    return not is_text and media.startswith(("application/", "image/", "audio/", "video/", "font/"))


def is_any_bytes(schema: Node | None) -> bool:
    """Whether any bytes match a schema: there is none, or it is `binary` as in OpenAPI 3.0."""
    if schema is None:
        return True
    return is_binary(schema) or not _said(schema)


def is_binary(schema: Node) -> bool:
    """Whether a schema says of a value no more than that it is bytes, as OpenAPI 3.0 or 3.1 do."""
    said = _said(schema)
    is_known = said.get("format") == "binary" or "contentMediaType" in said
    return is_known and said.keys() <= {"type", "format", "contentMediaType"}


def _said(schema: Node) -> dict[str, Json]:
    return {word: v for word, v in schema.fields.items() if word not in ANNOTATIONS and not word.startswith("x-")}
