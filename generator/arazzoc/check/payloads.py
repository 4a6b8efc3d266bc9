"""Rules of request bodies: their content type, and the payload against the schema that the operation has for it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc.analysis.json_texts import BrokenText, value_of_text
from arazzoc.arazzo import model
from arazzoc.check.fitting import Fault, Fitting, report_faults
from arazzoc.check.slips import nearest_slip
from arazzoc.diagnostics import Report, did_you_mean, quoted
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import parse_pointer
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import Excluded, Found, member
from arazzoc.openapi.operations import Operation, is_json, media_of
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Location


def check_payload(
    call: ir.HttpCall, resolved: ResolvedStep, operation: Operation, fitting: Fitting, report: Report
) -> None:
    """Report what of a request body is not as the operation declares it (OpenAPI 3.1.1, Request Body Object)."""
    written, body = resolved.step.request_body, call.body
    if written is None or body is None:
        return
    where, contents = resolved.step.label, operation.request_contents
    if written.content_type is not None and not set(written.content_type) & set("{$"):
        media = media_of(written.content_type)
        if contents and not any(fnmatchcase(media, media_of(name)) for name in contents):
            what = f"{operation.method} {operation.path} takes no body of the type {quoted(written.content_type)}"
            at, names = written.at / "contentType", list(contents)
            help = f"write {names[0]}" if len(names) == 1 and "*" not in names[0] else f"it takes: {', '.join(names)}"
            report.add(rules.UNDECLARED_CONTENT, at, f"{where}: {what}", help=help)
            return
    schema = _schema(contents, body.content_type)
    if not written.has_payload:
        return
    at = written.at / "payload"
    value = _value(body)
    is_text = isinstance(written.payload, str) and isinstance(body, ir.RawBody) and is_json(body.content_type)
    if is_text and value is not None:
        try:
            value = value_of_text(value)
        except BrokenText as broken:
            what = f"{where}: the payload is JSON as text, and is not valid JSON: {broken}"
            place = at if broken.offset is None else at.part(min(broken.offset, len(str(written.payload)) - 1))
            report.add(rules.BROKEN_JSON, place, what, help="write the payload as an object")
            return
    if schema is None or value is None or isinstance(body, ir.RawBody) != is_text:
        return
    fitting = replace(fitting, is_text=isinstance(body, ir.FormBody | ir.MultipartBody))
    if isinstance(value, ir.Replaced):
        _check_replaced(value, resolved, schema, fitting, report)
        return
    moved = moved_by(written.replacements, at)
    faults = replace(fitting, moved=moved, is_json=is_text).faults(value, schema, moved.get(at, at))
    if is_text:
        faults = [_in_text(written.payload, fault, at) for fault in faults]
    report_faults(faults, where, report)


def _in_text(text: object, fault: Fault, at: Location) -> Fault:
    """A fault at its member in a payload that is text: at the value, where that is wrong and a single one."""
    written, is_of_value = str(text), fault.rule in (rules.SENT_TYPE, rules.SENT_VALUE, rules.SENT_LIMIT)
    start = written.find(f'"{fault.token}"') if fault.token else -1
    value = re.compile(r'"\s*:\s*("(?:[^"\\]|\\.)*"|[\w.+-]+)').match(written, start + 1 + len(fault.token))
    if value is not None and start >= 0 and is_of_value and written.count(f'"{fault.token}"') == 1:
        return replace(fault, at=at.part(value.start(1), len(value[1])))
    place = at.part(start + 1, len(fault.token)) if start >= 0 else at
    return replace(fault, at=place, help=None if is_of_value else fault.help)


def moved_by(replacements: tuple[model.Replacement, ...], payload: Location) -> dict[Location, Location]:
    """Where the values are written that replace parts of a payload, by the places of these."""
    moved: dict[Location, Location] = {}
    for replacement in replacements:
        try:
            target = parse_pointer(replacement.target)
        except ExpressionError:
            continue
        place = owner = payload
        for token in target:
            owner = moved.get(place, place)
            place = owner / (int(token) if isinstance(owner.value, list) and token.isdigit() else token)
        moved[place] = replacement.at / "value"
    return moved


def _check_replaced(value: ir.Replaced, resolved: ResolvedStep, schema: Node, fitting: Fitting, report: Report) -> None:
    """Report what does not fit of a payload of which parts are replaced, and of the replacements."""
    written, where = resolved.step.request_body, resolved.step.label
    assert written is not None
    at = written.at / "payload"
    targets = [r.target for r in value.replacements if r.kind == "jsonpointer" and isinstance(r.target, tuple)]
    if len(targets) < len(value.replacements):
        return
    prefixes = [(*at.pointer, *target) for target in targets]
    for fault in replace(fitting, is_partial=True).faults(value.base, schema, at):
        place = fault.at.pointer if isinstance(fault.at, Location) else at.pointer
        if not any(tuple(map(str, place))[: len(p)] == tuple(map(str, p)) for p in prefixes):
            report_faults([fault], where, report)
    for replacement, target, told in zip(value.replacements, targets, written.replacements, strict=False):
        found: Found | None = Found((schema,), True, False)
        for token in target:
            inner = member(found.schemas, token) if found is not None else None
            near = nearest_slip(token, inner.names) if isinstance(inner, Excluded) else None
            if near is not None:
                what = f"{where}: the schema of the payload has no property {quoted(token)}"
                report.add(rules.SENT_PROPERTY, told.at / "target", what, help=did_you_mean(token, near))
            found = inner if isinstance(inner, Found) else None
        if found is not None and len(found.schemas) == 1:
            report_faults(
                fitting.faults(replacement.value, found.schemas[0], told.at / "value", "/".join(target), 1),
                where,
                report,
            )


def _value(body: ir.Body) -> ir.Value | None:
    if isinstance(body, ir.MultipartBody):
        return body.whole or ir.Object(tuple((part.name, part.value) for part in body.parts))
    return body.value


def _schema(contents: dict[str, Node], content_type: str) -> Node | None:
    media = media_of(content_type)
    name = next((n for n in contents if media_of(n) == media), None)
    name = name or next((n for n in contents if fnmatchcase(media, media_of(n))), None)
    return contents[name].get("schema") if name is not None else None
