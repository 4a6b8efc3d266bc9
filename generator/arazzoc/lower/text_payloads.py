"""Payloads and queries that are written as text, as the values that they are the text of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import unquote_plus

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.lower.scope import Scope
from arazzoc.openapi.operations import is_json
from arazzoc.source import Json

_PLAIN = (t.STRING, t.INTEGER, t.Number(), t.Boolean())


def form_members(text: ir.Value, scope: Scope) -> ir.Object | None:
    """The members of a form that is text with expressions in it, decoded; None where a name is not constant or comes
    twice.

    A member that is nothing but an optional input is that input, so that it is left out where it is absent.
    """
    if isinstance(text, ir.Constant):
        text = ir.Text((str(text.value),))
    if not isinstance(text, ir.Text):
        return None
    members: dict[str, ir.Value] = {}
    for parts in split_form(text.parts):
        found = decoded_member(parts)
        if found is None or found[0] in members:
            return None
        members[found[0]] = _whole(found[1], scope)
    return ir.Object(tuple(members.items()))


def with_optional_members(text: ir.Value, scope: Scope) -> ir.Value:
    """A form that is text, or its members where one of them may have no value, and is left out then (AMB-31)."""
    if not isinstance(text, ir.Text):
        return text
    members = [(_missing_value(parts, scope), ir.Text(tuple(parts), text.escape)) for parts in split_form(text.parts)]
    if not any(value is not None for value, _ in members):
        return text
    simple = form_members(text, scope)
    if simple is not None and all(value in dict(simple.members).values() for value, _ in members if value is not None):
        return simple
    return ir.Form(tuple(members))


def _missing_value(parts: list[str | ir.Value], scope: Scope) -> ir.Value | None:
    """The value without which a member of a form is nothing, if it may be missing."""
    values = [part for part in parts if not isinstance(part, str)]
    is_whole = len(values) == 1 and parts[-1] == values[0] and (len(parts) == 1 or str(parts[0]).endswith("="))
    if not is_whole or len(parts) > 2:
        return None
    if isinstance(values[0], ir.Input):
        return values[0] if scope.workflow.inputs[values[0].name].may_be_absent else None
    return values[0] if t.is_optional(scope.workflow.type_of(values[0])) else None


def without_cdata(text: ir.Value) -> ir.Value:
    """An XML text in which no expression is within a CDATA section, where its value could not be escaped: the section
    ends before the expression, and begins again after it (XML 1.0, section 2.7).
    """
    if not isinstance(text, ir.Text):
        return text
    parts: list[str | ir.Value] = []
    is_within = False
    for part in text.parts:
        if not isinstance(part, str):
            parts.append(part)
            continue
        part = f"<![CDATA[{part}" if is_within else part
        is_within = part.rfind("<![CDATA[") > part.rfind("]]>")
        parts.append(f"{part}]]>".replace("<![CDATA[]]>", "") if is_within else part.replace("<![CDATA[]]>", ""))
    return ir.Text(tuple(part for part in parts if part != ""), text.escape)


def payload_of_text(text: ir.Value, body: model.RequestBody, media: str, scope: Scope) -> ir.Value:
    """The value of which a payload is the text, so that parts of it can be replaced; an error where it cannot be told
    (Arazzo 1.1.0, Payload Replacement Object).
    """
    found: ir.Value | None
    if media == "application/x-www-form-urlencoded":
        found = form_members(text, scope)
    else:
        found = _parsed(text)
    if found is None:
        is_data = is_json(media) or media == "application/x-www-form-urlencoded"
        scope.report.add(
            rules.NOT_SUPPORTED,
            body.at / "payload",
            f"{scope.where}: the payload is text of which no part can be replaced",
            help="write the payload as an object"
            if is_data
            else "write the value into the text, as in {$inputs.<name>}, and remove the replacements",
        )
        return text
    return found


def _parsed(text: ir.Value) -> ir.Constant | None:
    """The value of a JSON text without expressions."""
    if not isinstance(text, ir.Constant) or not isinstance(text.value, str):
        return None
    try:
        parsed: Json = json.loads(text.value)
    except (ValueError, RecursionError):
        return None
    return ir.Constant(parsed) if isinstance(parsed, dict | list) else None


def decoded_member(parts: Sequence[str | ir.Value]) -> tuple[str, tuple[str | ir.Value, ...]] | None:
    """The name of a member of a form and the parts of its value, decoded; None where the name is not constant."""
    name, equals, rest = parts[0].partition("=") if isinstance(parts[0], str) else ("", "", "")
    if not equals:
        return None
    return unquote_plus(name), tuple(
        unquote_plus(p) if isinstance(p, str) else p for p in (rest, *parts[1:]) if p != ""
    )


def split_form(parts: tuple[str | ir.Value, ...]) -> list[list[str | ir.Value]]:
    """The parts between ampersands."""
    members: list[list[str | ir.Value]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            members[-1].append(part)
            continue
        for number, piece in enumerate(part.split("&")):
            if number:
                members.append([])
            if piece:
                members[-1].append(piece)
    return [member for member in members if member]


def _whole(parts: tuple[str | ir.Value, ...], scope: Scope) -> ir.Value:
    """The value of a member: of one part as it is, if it is no list or object; of several as text."""
    if all(isinstance(part, str) for part in parts):
        return ir.Constant("".join(str(part) for part in parts))
    if len(parts) == 1 and not isinstance(parts[0], str):
        items = t.alternatives(t.required(scope.workflow.type_of(parts[0])))
        if all(item in _PLAIN or isinstance(item, t.Literal) for item in items):
            return parts[0]
    return ir.Text(parts)
