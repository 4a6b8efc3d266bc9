"""Texts that are sent as what they are the text of: JSON and forms, as far as they can be taken apart."""

from __future__ import annotations

from typing import Literal, TypeAlias

from arazzoc import ir
from arazzoc.analysis.json_texts import BrokenText, value_of_text
from arazzoc.lower.text_payloads import decoded_member, split_form
from arazzoc.openapi.operations import is_json, media_of

Form: TypeAlias = Literal["json", "texts", "opaque"]
"""How a value is sent: as JSON, in which a text is a text; as texts, which may be those of lists and objects; or as a
text of which nothing is known.
"""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def body_sent(call: ir.HttpCall) -> tuple[ir.Value | None, Form]:
    """The body that a request sends, as one value, and how it is sent."""
    match call.body:
        case None:
            return None, "json"
        case ir.JsonBody(value=value):
            return value, "json"
        case ir.MultipartBody(whole=None, parts=parts):
            return ir.Object(tuple((part.name, part.value) for part in parts)), "texts"
        case ir.MultipartBody(whole=whole):
            return whole, "texts"
        case ir.FormBody(value=value):
            return form_of(value) or value, "texts"
        case ir.RawBody(content_type=content_type, value=value):
            media = media_of(content_type)
            if media in _FORMS[:1]:
                members = form_of(value)
                return members or value, "texts" if members is not None else "opaque"
            parsed = json_of(value) if is_json(media) else None
            return (value, "opaque") if parsed is None else (parsed, "json")


def json_of(value: ir.Value) -> ir.Value | None:
    """The value that a JSON text is the text of; None where it is no text, or no JSON."""
    if isinstance(value, ir.Constant) and not isinstance(value.value, str):
        return None
    try:
        return value_of_text(value)
    except BrokenText:
        return None


def structure_of(value: ir.Value) -> ir.Value | None:
    """The object or list that a JSON text is the text of; None where it is none."""
    found = json_of(value)
    if isinstance(found, ir.Constant):
        return found if isinstance(found.value, dict | list) else None
    return found if isinstance(found, ir.Object | ir.List) else None


def form_of(value: ir.Value) -> ir.Object | None:
    """The members of a form that is text; None where it is no text, or its names are not known."""
    if isinstance(value, ir.Constant) and isinstance(value.value, str):
        value = ir.Text((value.value,))
    if isinstance(value, ir.Form):
        pieces = [list(text.parts) for _, text in value.members]
    elif isinstance(value, ir.Text):
        pieces = split_form(value.parts)
    else:
        return None
    members: dict[str, list[ir.Value]] = {}
    for parts in pieces:
        found = decoded_member(parts)
        if found is None:
            return None
        members.setdefault(found[0], []).append(_joined(found[1]))
    return ir.Object(
        tuple((name, each[0] if len(each) == 1 else ir.List(tuple(each))) for name, each in members.items())
    )


def _joined(parts: tuple[str | ir.Value, ...]) -> ir.Value:
    if all(isinstance(part, str) for part in parts):
        return ir.Constant("".join(map(str, parts)))
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    return ir.Text(parts)
