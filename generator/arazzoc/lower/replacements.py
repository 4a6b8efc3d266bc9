"""Payload Replacement Objects: values that replace parts of a payload."""

from __future__ import annotations

from typing import Literal

from arazzoc import ir, rules
from arazzoc.analysis.values import pointed
from arazzoc.arazzo import model
from arazzoc.diagnostics import quoted
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError, Unsupported
from arazzoc.expressions.jsonpath_parser import parse_query
from arazzoc.expressions.pointer import format_pointer, parse_pointer
from arazzoc.lower.payload import lower_json
from arazzoc.lower.scope import Scope


def apply_replacements(value: ir.Value, body: model.RequestBody, media: str, scope: Scope) -> ir.Value:
    """Apply the replacements in list order (Arazzo 1.1.0, Payload Replacement Object)."""
    if scope.report.has(rules.NOT_SUPPORTED, body.at):
        return value  # it has no parts
    done: list[ir.Replacement] = []
    folded: ir.Value | None = value
    for replacement in body.replacements:
        compiled = _replacement(replacement, media, scope)
        if compiled is not None:
            done.append(compiled)
            folded = _folded(folded, compiled, replacement, scope) if folded is not None else None
    if not done:
        return value
    return folded if folded is not None else ir.Replaced(value, tuple(done))


def _replacement(replacement: model.Replacement, media: str, scope: Scope) -> ir.Replacement | None:
    at = replacement.at / "target"
    is_xml = media.endswith(("/xml", "+xml"))
    kind: Literal["jsonpointer", "jsonpath", "xpath"] = "xpath" if is_xml else "jsonpointer"
    version = ""
    if replacement.selector_type is not None:
        version = replacement.selector_type.version or ""
        if replacement.selector_type.type == "jsonpath":
            kind = "jsonpath"
        elif replacement.selector_type.type == "xpath":
            kind = "xpath"
        else:
            kind = "jsonpointer"
    value = lower_json(replacement.value, replacement.at / "value", scope)
    rule = {"jsonpath": rules.BAD_JSONPATH, "xpath": rules.BAD_XPATH}.get(kind, rules.BAD_POINTER)
    try:
        target: tuple[str, ...] | jp.Query | str
        if kind == "jsonpath":
            path = parse_query(replacement.target).path
            assert isinstance(path, jp.Query)
            target = path
        elif kind == "xpath":
            from arazzoc.expressions.xpath import check_xpath

            check_xpath(replacement.target, version or "xpath-31")
            target = replacement.target
        else:
            target = parse_pointer(replacement.target)
    except ExpressionError as error:
        scope.report.add(
            rules.NOT_SUPPORTED if isinstance(error, Unsupported) else rule,
            at.part(error.offset, error.length),
            f"{scope.where}: {error.message}",
            help=error.help,
        )
        return None
    return ir.Replacement(kind, target, version, value)


def _folded(value: ir.Value, replacement: ir.Replacement, written: model.Replacement, scope: Scope) -> ir.Value | None:
    """Put the value in place now, which reads better; None if the payload or the target is not known (AMB-51). Report a
    target that the payload does not have: then the request is never sent.
    """
    if replacement.kind != "jsonpointer" or not isinstance(replacement.target, tuple):
        return None
    missing = _missing(value, replacement.target)
    if missing is not None:
        depth, why = missing
        place = format_pointer(replacement.target[: depth + 1])
        what = f"{scope.where}: the payload has no {quoted(place)} to replace: {why}"
        scope.report.add(rules.NO_SUCH_PART, written.at / "target", what, help=_MEND)
        return None
    return _placed(value, replacement.target, replacement.value)


_MEND = "name a place that the payload has, or write the value into the payload"


def _missing(value: ir.Value, pointer: tuple[str, ...]) -> tuple[int, str] | None:
    """The number of the token that leads to what the payload does not have, and why; None where that is not known."""
    for depth, token in enumerate(pointer):
        inner = pointed(value, (token,))
        match value:
            case ir.Object() | ir.Constant(value=dict()):
                is_last = depth == len(pointer) - 1
                if inner is None:
                    return None if is_last else (depth, "there is no such member")
            case ir.List(items=items) | ir.Constant(value=list() as items):
                if inner is None:
                    number = "one item" if len(items) == 1 else f"{len(items)} items"
                    return depth, f"the list has {number}"
            case ir.Constant() | ir.Text():
                return depth, "there is no object and no list"
            case _:
                return None
        value = inner
    return None


def _placed(value: ir.Value, pointer: tuple[str, ...], new: ir.Value) -> ir.Value | None:
    if not pointer:
        return new
    token, rest = pointer[0], pointer[1:]
    members: tuple[tuple[str, ir.Value], ...] | None = None
    items: tuple[ir.Value, ...] | None = None
    match value:
        case ir.Object(members=members):
            pass
        case ir.List(items=items):
            pass
        case ir.Constant(value=dict() as constant):
            members = tuple((k, ir.Constant(v)) for k, v in constant.items())
        case ir.Constant(value=list() as constants):
            items = tuple(ir.Constant(v) for v in constants)
        case _:
            return None
    if members is not None:
        known = dict(members)
        if token not in known:
            if rest:
                return None
            return ir.Object((*members, (token, new)))
        inner = _placed(known[token], rest, new)
        return None if inner is None else ir.Object(tuple((k, inner if k == token else v) for k, v in members))
    assert items is not None
    if not token.isdigit() or int(token) >= len(items):
        return None
    inner = _placed(items[int(token)], rest, new)
    return None if inner is None else ir.List((*items[: int(token)], inner, *items[int(token) + 1 :]))
