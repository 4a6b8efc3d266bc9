"""What two schemas differ in that is not compared part by part: too much, or behind other parts."""

from __future__ import annotations

from arazzoc.openapi.alike import ANNOTATIONS, alike, is_word_alike
from arazzoc.openapi.alternatives import is_cut
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, said_beside
from arazzoc.source import Json

_COMPOSED = ("allOf", "oneOf", "anyOf")


def unseen(old: Node, new: Node, pairs: list[tuple[Facts, Facts]]) -> str:
    """What two schemas that are not alike may differ in, besides all that their alternatives in pairs have; '' for
    nothing.
    """
    if is_cut(old) or is_cut(new):
        words = [word for word in _COMPOSED if _differ(word, old, new)]
        return f"{' and '.join(words) or 'it'} changed, and has too many alternatives to compare each"
    for one, other in pairs:
        if len(one.hidden) != len(other.hidden) or not all(map(alike, one.hidden, other.hidden)):
            return "what is said twice of its parts changed"
    return ""


def _differ(word: str, old: Node, new: Node) -> bool:
    befores, afters = ([node for node in (*said_beside(n), n) if word in node.fields] for n in (old, new))
    return len(befores) != len(afters) or not all(
        is_word_alike(word, one, other) for one, other in zip(befores, afters, strict=True)
    )


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
