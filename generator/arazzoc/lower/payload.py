"""Values of parameters and payloads: JSON with expressions at any depth."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.diagnostics import Fix, Located, did_you_mean, nearest, quoted, suggest
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError, Unsupported
from arazzoc.expressions.jsonpath_parser import parse_query
from arazzoc.expressions.misread import Misread, is_calculated, misread, operator_in
from arazzoc.expressions.pointer import parse_pointer
from arazzoc.expressions.rewrites import as_rfc9535
from arazzoc.expressions.runtime import ROOTS, parse_expression, root_of
from arazzoc.expressions.template import (
    Embedded,
    broken_expressions,
    embedded_expressions,
    looks_like_expression,
    parse_template,
    query_in,
)
from arazzoc.lower.scope import Scope
from arazzoc.source import Json, Location

Escape: TypeAlias = Literal["none", "json", "graphql", "xml", "form"]

MISSING = ir.Constant(None)
_NO_INDEX = (t.String, t.Boolean, t.Array, t.Mapping, t.Null)
"""Types of values that are no index of an element; others may be one."""
SELECTOR_TYPES = ("jsonpath", "xpath", "jsonpointer")


def lower_json(value: Json, at: Location, scope: Scope) -> ir.Value:
    """Compile a value of the document; without expressions it is constant (Arazzo 1.1.0, Request Body Object)."""
    if isinstance(value, str):
        return lower_string(value, at, scope)
    if isinstance(value, list):
        items = tuple(lower_json(item, at / index, scope) for index, item in enumerate(value))
        return ir.Constant(value) if all(isinstance(i, ir.Constant) for i in items) else ir.List(items)
    if isinstance(value, dict):
        selector = as_selector(value, at, scope)
        if selector is not None:
            return lower_selector(selector, scope)
        for key in value:
            if looks_like_expression(key, scope.longest_name):
                message = f"{scope.where}: the name {quoted(key)} looks like an expression; it is sent as it is"
                scope.report.add(rules.LITERAL_DOLLAR, (at / key).key, message)
        members = tuple((key, lower_json(item, at / key, scope)) for key, item in value.items())
        return ir.Constant(value) if all(isinstance(v, ir.Constant) for _, v in members) else ir.Object(members)
    return ir.Constant(value)


def lower_expression(parsed: rt.Parsed, at: Located, scope: Scope, *, dots: bool = False) -> ir.Value | None:
    """Bind an expression to the value that it names; None, with a diagnostic, if there is none.

    `dots` allows navigation by `.` and `[]`, as simple conditions do.
    """
    if parsed.rewrite is not None and not dots:
        message = f"{scope.where}: the expression is not in the specification's grammar"
        scope.report.add(rules.DOTTED, at, message, help=f"write {parsed.rewrite}", fix=Fix(at, parsed.rewrite))
    expression = parsed.expression
    if not isinstance(expression, rt.Components):
        return scope.value(expression, at, dots=dots)
    known = scope.workflow.workflow.component_parameters
    if expression.kind != "parameters" or expression.name not in known:
        message = f"{scope.where}: {quoted(expression.name)} of components.{expression.kind} has no value"
        scope.report.add(rules.UNKNOWN_COMPONENT, at, message, help=suggest(expression.name, known))
        return None
    parameter = known[expression.name]
    return lower_json(parameter.value, parameter.value_at, scope)


def lower_string(text: str, at: Location, scope: Scope, escape: Escape = "none") -> ir.Value:
    """Compile a string: one expression, text with embedded expressions, or plain text (AMB-01, AMB-25, AMB-26)."""
    if text.startswith("$"):
        declared = scope.exactly(text)
        if declared is not None:
            return lower_expression(declared, at, scope) or MISSING
        try:
            parsed = parse_expression(text)
        except ExpressionError:
            pass
        else:
            length = scope.longest_name(text)
            is_one = not length or length == len(text) or text[length] in ".[#"
            if is_one and root_of(text[text.rfind("$") :]) not in (ROOTS if text.rfind("$") else ()):
                if not length and (operator := operator_in(text)) is not None:
                    return _report_misread(operator, text, at, scope)
                return lower_expression(parsed, at, scope) or MISSING
    report_broken(text, at, scope)
    if (query := query_in(text)) is not None:
        message = f"{scope.where}: this looks like a JSONPath query; it is sent as text"
        scope.report.add(rules.LITERAL_DOLLAR, at.part(query, len(text) - query), message)
    template = parse_template(text, scope.longest_name)
    if not template.embedded and text.startswith("$") and root_of(text) in ROOTS:
        if (operator := operator_in(text)) is not None:
            return _report_misread(operator, text, at, scope)
        is_text = _warn_near_miss(text, at, scope)
        return ir.Constant(text) if is_text else MISSING
    for root, offset in template.loose:
        name = text[offset : offset + scope.longest_name(text[offset:])]
        if name and text[offset - 1 : offset] == "{":
            message = f"{scope.where}: the brace before {quoted(name)} is not closed; it is sent as text"
            scope.report.add(rules.LITERAL_DOLLAR, at.part(offset, len(name)), message, help=f"write {{{name}}}")
            continue
        if name:
            message = f"{scope.where}: {quoted(name)} stands within a word; it is sent as text"
            scope.report.add(rules.LITERAL_DOLLAR, at.part(offset, len(name)), message, help=f"write {{{name}}}")
            continue
        scope.report.add(
            rules.LITERAL_DOLLAR,
            at.part(offset, len(root)),
            f"{scope.where}: {quoted(root)} has no declared name after it, or a blank or sign of punctuation before it "
            "is missing; it is sent as text",
            help="write {$…} with a declared name",
        )
    if not template.embedded:
        _warn_near_miss(text, at, scope)
        meant = misread(text, scope.longest_name) if _may_be_misread(text) else None
        if meant is not None and not scope.report.tells(at):
            return _report_misread(meant, text, at, scope)
        return ir.Constant(text)
    first = template.parts[0]
    if isinstance(first, Embedded) and not first.braced and is_calculated(text, first.length):
        operator = operator_in(text)
        if operator is not None:
            return _report_misread(operator, text, at, scope)
    rewrite = with_braces(text, template.parts)
    return ir.Text(tuple(_part(part, at, scope, rewrite) for part in template.parts), escape)


def _may_be_misread(text: str) -> bool:
    return "." in text or "statusCode" in text


def _report_misread(meant: Misread, text: str, at: Location, scope: Scope) -> ir.Value:
    """Report text that was meant as an expression; return the value that it has all the same."""
    rule, what = {
        "template": (rules.OTHER_TEMPLATE, "an expression is written as another language has it; it is sent as text"),
        "dollar": (rules.WITHOUT_DOLLAR, "an expression begins with '$'; this is sent as text"),
        "operator": (rules.OPERATOR, f"there are no operators in expressions: {quoted(text)}"),
    }[meant.kind]
    help = f"write {meant.rewrite}" if meant.rewrite else "write one expression, or a text with {$…} in it"
    scope.report.add(rule, at.part(meant.offset, meant.length), f"{scope.where}: {what}", help=help)
    return MISSING if meant.kind == "operator" else ir.Constant(text)


def _part(part: str | Embedded, at: Location, scope: Scope, rewrite: str) -> str | ir.Value:
    if isinstance(part, str):
        return part
    place = at.part(part.offset, part.length)
    if not part.braced:
        report_bare(part.text, "a string", place, scope, rewrite)
    return lower_expression(parse_expression(part.text), place, scope) or MISSING


def report_bare(text: str, where: str, at: Located, scope: Scope, rewrite: str) -> None:
    """Report an expression that stands in a string or condition without braces (AMB-01)."""
    message = f"{scope.where}: an expression inside {where} must be wrapped in braces"
    shown = rewrite if len(rewrite) < 70 and rewrite.isprintable() else f"{{{text}}}"
    is_right = text in [found.text for found in embedded_expressions(shown)]
    help, fix = (f"write {shown}", Fix(at, f"{{{text}}}")) if is_right else (None, None)
    scope.report.add(rules.WITHOUT_BRACES, at, message, help=help, fix=fix)


def with_braces(text: str, parts: Sequence[str | Embedded]) -> str:
    """The text with braces around all expressions in it."""
    for part in reversed(parts):
        if isinstance(part, Embedded) and not part.braced:
            text = f"{text[: part.offset]}{{{part.text}}}{text[part.offset + part.length :]}"
    return text


def report_broken(text: str, at: Location, scope: Scope, start: int = 0) -> None:
    """Report what is in braces and looks like an expression, but is none; it may be sent as text (AMB-26).

    `start` is where the text begins in the string at that place.
    """
    for broken in broken_expressions(text):
        error = broken.error
        rule = rules.LITERAL_DOLLAR if broken.is_text else rules.BAD_EXPRESSION
        what = f"{error.message}; it is sent as text" if broken.is_text else error.message
        scope.report.add(rule, at.part(error.offset + start, error.length), f"{scope.where}: {what}", help=error.help)


def _warn_near_miss(text: str, at: Location, scope: Scope) -> bool:
    """Report text that was probably meant to be an expression (AMB-26); return whether it is text all the same."""
    root = root_of(text)
    follows = text[len(root) : len(root) + 1]
    if len(root) < 2 or (root not in ROOTS and follows not in (".", "")):
        return True
    near = nearest(root, ROOTS)
    if root in ROOTS and follows not in (".", "", "[", "#"):
        message = f"{scope.where}: {quoted(root)} is followed by text that is not an expression; it is sent as text"
        scope.report.add(rules.LITERAL_DOLLAR, at.part(0, len(root)), message)
    elif root in ROOTS:
        try:
            parse_expression(text)
        except ExpressionError as error:
            scope.report.add(
                rules.BAD_EXPRESSION,
                at.part(error.offset, error.length),
                f"{scope.where}: {error.message}",
                help=error.help,
            )
            return False
    elif near is not None or text[len(root) :].startswith("."):
        is_text = not text[len(root) :].startswith(".")  # `$word.word` is meant as an expression (AMB-64)
        scope.report.add(
            rules.LITERAL_DOLLAR if is_text else rules.BAD_EXPRESSION,
            at.part(0, len(root)),
            f"{scope.where}: {quoted(root)} does not start an Arazzo expression"
            + ("; it is sent as text" if is_text else ""),
            help=did_you_mean(root, near) if near else None,
        )
        return is_text
    return True


# Selector Objects (Arazzo 1.1.0)


def as_selector(value: dict[str, Json], at: Location, scope: Scope) -> model.Selector | None:
    """Return a member as a Selector Object if it is one, not data of a similar shape (AMB-28)."""
    if scope.workflow.document.version < (1, 1):
        return None
    keys = {key for key in value if not key.startswith("x-")}
    context, selector, kind = value.get("context"), value.get("selector"), value.get("type")
    if keys != {"context", "selector", "type"} or not isinstance(context, str) or not isinstance(selector, str):
        return None
    version: Json = None
    if isinstance(kind, dict):
        version = kind.get("version")
        kind = kind.get("type")
    try:
        scope.parse(context)
    except ExpressionError:
        if root_of(context) not in ROOTS:
            return None  # what follows a root can only be meant as an expression (AMB-26)
    if kind not in SELECTOR_TYPES:
        return None
    return model.Selector(at, context, selector, model.ExpressionType(str(kind), str(version) if version else None))


def lower_selector(selector: model.Selector, scope: Scope) -> ir.Value:
    """Compile a selector (Arazzo 1.1.0, Selector Object)."""
    context_at, selector_at = selector.at / "context", selector.at / "selector"
    try:
        parsed = scope.parse(selector.context)
    except ExpressionError as error:
        scope.report.add(
            rules.BAD_EXPRESSION,
            context_at.part(error.offset, error.length),
            f"{scope.where}: {error.message}",
            help=error.help,
        )
        return MISSING
    base = lower_expression(parsed, context_at, scope)
    if base is None:
        return MISSING
    rule = {"jsonpath": rules.BAD_JSONPATH, "xpath": rules.BAD_XPATH}.get(selector.type.type, rules.BAD_POINTER)
    try:
        if selector.type.type == "jsonpointer":
            return _pointed(base, parse_pointer(selector.selector), scope, selector_at)
        if selector.type.type == "jsonpath":
            text = selector.selector
            parsed_query = parse_query(text, expressions=True, is_lenient=True, longest_name=scope.longest_name)
            query = parsed_query.path
            assert isinstance(query, jp.Query)
            report_leniency(text, parsed_query, selector_at, scope, texts_in(parsed_query, selector_at, scope))
            report_broken(text, selector_at, scope)
            if isinstance(base, ir.ResponseBody):
                scope.warn_unless_json(selector_at)
            first = next((hole for hole in parsed_query.holes if hole.braced), None)
            if first is not None:
                message = (
                    f"{scope.where}: the selector has the expression {quoted(first.text)} in it; its value is put in"
                )
                place = selector_at.part(first.offset, len(first.text) + 2)
                scope.report.add(rules.EMBEDDED_IN_SELECTOR, place, message)
            return ir.Selection(base, query, lower_holes(parsed_query, selector_at, scope))
        from arazzoc.expressions.xpath import check_xpath

        version = selector.type.version or "xpath-31"
        check_xpath(selector.selector, version)
        if selector.type.type == "xpath":  # another one is refused already
            scope.warn_if_json(base, selector_at)
        return ir.XPathSelection(base, selector.selector, version)
    except ExpressionError as error:
        scope.report.add(
            rules.NOT_SUPPORTED if isinstance(error, Unsupported) else rule,
            selector_at.part(error.offset, error.length),
            f"{scope.where}: {error.message}",
            help=error.help,
        )
        return MISSING


def texts_in(parsed: jp.Parsed, at: Location, scope: Scope) -> set[jp.EmbeddedHole]:
    """The expressions of a query without braces that are text, so that the specification wants quotes around them."""
    found: set[jp.EmbeddedHole] = set()
    with scope.quietly():
        for hole in parsed.holes:
            value = lower_expression(parse_expression(hole.text), at, scope) if not hole.braced else None
            if value is not None and t.required(scope.workflow.type_of(value)) == t.STRING and not hole.quoted:
                found.add(hole)
    return found


def lower_holes(parsed: jp.Parsed, at: Location, scope: Scope) -> tuple[ir.Value, ...]:
    """Compile the runtime expressions in a query."""
    texts = texts_in(parsed, at, scope)
    return tuple(_hole(hole, at, scope, is_text=hole in texts) for hole in parsed.holes)


def _hole(hole: jp.EmbeddedHole, at: Location, scope: Scope, *, is_text: bool) -> ir.Value:
    place = at.part(hole.offset, len(hole.text) + (2 if hole.braced else 0))
    if hole.is_index:
        with scope.quietly():
            value = lower_expression(parse_expression(hole.text), place, scope) or ir.Constant(0)
        types = t.alternatives(t.required(scope.workflow.type_of(value)))
        if all(isinstance(type, _NO_INDEX) for type in types):
            message = f"{scope.where}: {quoted(hole.text)} stands for the index of an element, and is no integer"
            help = f"write ['{{{hole.text}}}'] for the member of that name" if t.STRING in types else None
            scope.report.add(rules.BAD_JSONPATH, place, message, help=help)
            return ir.Constant(None)
    if not hole.braced:
        written = f'"{{{hole.text}}}"' if is_text else f"{{{hole.text}}}"
        scope.report.add(
            rules.WITHOUT_BRACES,
            place,
            f"{scope.where}: an expression inside a query must be wrapped in braces",
            help=f"write {written}",
            fix=Fix(place, written),
        )
    return lower_expression(parse_expression(hole.text), place, scope) or ir.Constant(None)


def report_leniency(
    text: str, parsed: jp.Parsed, at: Location, scope: Scope, texts: Collection[jp.EmbeddedHole] = ()
) -> None:
    """Report the names in a query that RFC 9535 wants in brackets; `texts` are the expressions that want quotes."""
    for offset, length in parsed.hyphened:
        name = quoted(text[offset : offset + length])
        message = f"{scope.where}: the name {name} in the query has a hyphen, so it must stand in brackets"
        written = as_rfc9535(text, parsed, texts)
        place, fix = at.part(offset, length), Fix(at, written)
        scope.report.add(rules.HYPHENED_NAME, place, message, help=f"write {written}", fix=fix)
        return  # the rewrite shows all of them


def _pointed(base: ir.Value, pointer: tuple[str, ...], scope: Scope, at: Location) -> ir.Value:
    if pointer and isinstance(base, ir.ResponseBody):
        return scope.response_body(pointer, at)
    return scope.part_of(base, pointer, "the context", at)


def is_json_text(text: str) -> bool:
    """Whether a string payload is a JSON document rather than a JSON string."""
    return text.lstrip()[:1] in ("{", "[", '"') or _is_json_scalar(text)


def _is_json_scalar(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
