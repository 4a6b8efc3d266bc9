"""Criteria to conditions: each of the four languages is parsed and bound, and its dialects are recognised."""

from __future__ import annotations

import json
import re

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.diagnostics import Fix, Rule, Severity, quoted
from arazzoc.expressions import condition as simple
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError, Unsupported
from arazzoc.expressions.hints import TextTest, text_test
from arazzoc.expressions.jsonpath_parser import parse_comparison, parse_query
from arazzoc.expressions.pointer import format_pointer
from arazzoc.expressions.regex import IGNORED, spelt_out, translate_ecma, translate_parts, without_flags
from arazzoc.expressions.rewrites import as_simple, comparison_as_query, query_as_comparison
from arazzoc.expressions.runtime import ROOTS, Parsed, parse_expression, root_of
from arazzoc.expressions.template import Embedded, bare_expressions, embedded_expressions, looks_like_expression
from arazzoc.lower.exchange_scope import declares
from arazzoc.lower.payload import (
    MISSING,
    lower_expression,
    lower_holes,
    report_bare,
    report_broken,
    report_leniency,
    texts_in,
    with_braces,
)
from arazzoc.lower.queries import path_value
from arazzoc.lower.scope import Scope
from arazzoc.source import Location

NEVER = ir.Always(False)
_COMPARISON = re.compile(r"[=!<>]=|\s[=<>]\s|&&|\|\|")
_OPERATOR = re.compile(r"\s*(?:[=!<>]=|[<>]|&&|\|\|)")


def lower_criterion(criterion: model.Criterion, scope: Scope) -> ir.Criterion:
    """Compile one criterion (Arazzo 1.1.0, Criterion Object); after an error it is one that never holds."""
    errors = scope.report.count(Severity.ERROR)
    if scope.report.is_misread(criterion.at / "type"):
        return ir.Criterion(NEVER, criterion.condition)  # what the condition means is not known
    match criterion.type.type:
        case "jsonpath":
            test = _jsonpath(criterion, scope)
        case "regex":
            test = _regex(criterion, scope)
        case "xpath":
            test = _xpath(criterion, scope)
        case _:
            test = _simple(criterion, scope)
    if scope.report.count(Severity.ERROR) > errors:
        test = NEVER
    return ir.Criterion(test, criterion.condition)


def _refuse(error: ExpressionError, rule: Rule, at: Location, scope: Scope) -> ir.Condition:
    scope.report.add(
        rules.NOT_SUPPORTED if isinstance(error, Unsupported) else rule,
        at.part(error.offset, error.length),
        f"{scope.where}: {error.message}",
        help=error.help,
    )
    return NEVER


def _context(criterion: model.Criterion, scope: Scope) -> ir.Value | None:
    at = criterion.at / "context"
    if criterion.context is None:
        what = f"{scope.where}: the {criterion.type.type} condition has no field 'context'"
        if not scope.report.has(rules.UNKNOWN_FIELD, criterion.at):
            scope.report.add(rules.MISSING_FIELD, criterion.at, what, help="add context: $response.body")
        return None
    try:
        parsed = scope.parse(criterion.context)
    except ExpressionError as error:
        _refuse(error, rules.BAD_EXPRESSION, at, scope)
        return None
    return lower_expression(parsed, at, scope)


# Simple conditions


def _simple(criterion: model.Criterion, scope: Scope) -> ir.Condition:
    """Compile a simple condition, which needs no context (AMB-44)."""
    at = criterion.at / "condition"
    try:
        parsed = simple.parse_condition(criterion.condition, scope.longest_name)
    except ExpressionError as error:
        error.help = _meant(criterion, error, scope) or error.help
        return _refuse(error, rules.BAD_CONDITION, at, scope)
    if criterion.context is not None:
        scope.report.add(
            rules.IGNORED, criterion.at / "context", f"{scope.where}: 'context' has no effect on a simple condition"
        )
    return _simple_condition(parsed, at, scope)


def _meant(criterion: model.Criterion, error: ExpressionError, scope: Scope) -> str | None:
    """What a condition means that is another language's, or names a member of the response without an expression."""
    text, has_context = criterion.condition, criterion.context is not None
    if (found := text_test(text)) is not None and (written := _text_test(found, criterion, scope)):
        return f"write {written}"
    if text.startswith("$") and root_of(text) == "$":
        return "add type: jsonpath" if has_context else "add type: jsonpath and context: $response.body"
    if has_context and not _COMPARISON.search(text) and _is_pattern(text):
        return "add type: regex"
    word = text[error.offset : error.offset + error.length]
    is_left = re.match(r"\s*[=!<>]", text[error.offset + error.length :]) is not None
    names = tuple(word.split(".")) if is_left and re.fullmatch(r"[A-Za-z_][\w.]*", word) else ()
    schemas = scope.response.schemas
    return f"write $response.body#{format_pointer(names)}" if names and schemas and declares(schemas, names) else None


def _text_test(found: TextTest, criterion: model.Criterion, scope: Scope) -> str | None:
    """The criterion for a test of a text, or of the items of a list, that another language has; None if it is open."""
    left, verb, text = found
    with scope.quietly():
        try:
            value = lower_expression(scope.parse(left), criterion.at / "condition", scope)
        except ExpressionError:
            return None
    if value is None or scope.report.has(rules.UNKNOWN_FIELD, criterion.at):
        return None
    types = t.alternatives(t.required(scope.workflow.type_of(value)))
    is_text, is_list = types == (t.STRING,), all(isinstance(type, t.Array) for type in types)
    if is_list and verb in ("contains", "includes", "has") and not set(text) & set("{}$\\"):
        item = json.dumps(text, ensure_ascii=False)
        return _criterion(left, f"$[?@ == {item}]", "jsonpath")
    if not is_text or (verb.startswith("match") and not _is_pattern(text)):
        return None
    plain = re.sub(r"[\\^$.|?*+()\[\]{}/]", r"\\\g<0>", text)
    match verb:
        case "startswith":
            pattern = f"^{plain}"
        case "endswith":
            pattern = f"{plain}$"
        case "contains" | "includes" | "has":
            pattern = plain
        case _:
            pattern = text
    return _criterion(left, pattern, "regex")


def _criterion(context: str, condition: str, type: str) -> str:
    return f"{{context: {json.dumps(context)}, condition: {json.dumps(condition, ensure_ascii=False)}, type: {type}}}"


def _is_pattern(text: str) -> bool:
    try:
        return bool(re.compile(translate_ecma(text)))
    except (ExpressionError, re.error):
        return False


def _simple_condition(node: simple.Condition, at: Location, scope: Scope) -> ir.Condition:
    match node:
        case simple.Comparison():
            left, right = _operand(node.left, at, scope), _operand(node.right, at, scope)
            return ir.Compare(node.operator, left, right)
        case simple.Not(item=item):
            return ir.Negation(_simple_condition(item, at, scope))
        case simple.And(items=items):
            return ir.All(tuple(_simple_condition(item, at, scope) for item in items))
        case simple.Or(items=items):
            return ir.Either(tuple(_simple_condition(item, at, scope) for item in items))
        case simple.Constant() | simple.Reference():
            return ir.Truth(_operand(node, at, scope))


def _operand(node: simple.Operand, at: Location, scope: Scope) -> ir.Value:
    if isinstance(node, simple.Constant):
        if node.double_quoted:
            written = str(node.value).replace("'", "''")
            scope.report.add(
                rules.DOUBLE_QUOTES,
                at.part(node.offset, node.length),
                f"{scope.where}: a string in a simple condition must be in single quotes",
                help=f"write '{written}'" if len(written) < 60 and written.isprintable() else None,
                fix=Fix(at.part(node.offset, node.length), f"'{written}'"),
            )
        if isinstance(node.value, str) and looks_like_expression(node.value, scope.longest_name):
            message = f"{scope.where}: {quoted(node.value)} is compared as text, not as an expression"
            place, help = at.part(node.offset, node.length), "write an expression without quotes"
            scope.report.add(rules.LITERAL_DOLLAR, place, message, help=help)
        return ir.Constant(node.value)
    place = at.part(node.offset, node.length)
    return lower_expression(Parsed(node.expression), place, scope, dots=True) or ir.Constant(None)


# JSONPath


def _jsonpath(criterion: model.Criterion, scope: Scope) -> ir.Condition:
    """Compile a query or, as a dialect, a bare comparison (AMB-02)."""
    at = criterion.at / "condition"
    context = _context(criterion, scope)
    text = criterion.condition
    is_draft = criterion.type.version == "draft-goessner-dispatch-jsonpath-00"
    try:
        parsed = parse_query(text, expressions=True, is_lenient=True, longest_name=scope.longest_name)
    except ExpressionError as error:
        try:
            parsed = parse_comparison(text, longest_name=scope.longest_name)
        except ExpressionError as dialect_error:
            is_compared = _OPERATOR.match(text, error.offset) is not None
            deepest = dialect_error if is_compared else max(error, dialect_error, key=lambda e: e.offset)
            if deepest.help is None and root_of(text) in ROOTS and _is_simple(text):
                deepest.help = "remove the type: this is a simple condition, which needs no context"
            if is_draft:
                deepest = Unsupported(
                    f"this is draft-goessner-dispatch-jsonpath-00 that is not in RFC 9535: {deepest.message}",
                    deepest.offset,
                    deepest.length,
                )
            return _refuse(deepest, rules.BAD_JSONPATH, at, scope)
        rewrite = comparison_as_query(text, parsed, texts_in(parsed, at, scope))
        plain = as_simple(parsed.path) if rewrite is None and criterion.context is not None else None
        help = f"remove context and type, and write condition: {plain.format(criterion.context)}" if plain else None
        scope.report.add(
            rules.COMPARISON_AS_JSONPATH,
            at,
            f"{scope.where}: the condition is a comparison, not a JSONPath query (RFC 9535)",
            help=f"write {rewrite}" if rewrite is not None else help,
            fix=Fix(at, rewrite) if rewrite is not None else None,
        )
    else:
        report_leniency(text, parsed, at, scope, texts_in(parsed, at, scope))
    report_broken(text, at, scope)
    holes = lower_holes(parsed, at, scope)
    if context is None:
        return NEVER
    if isinstance(context, ir.ResponseBody):
        scope.warn_unless_json(at)
    test = query_as_comparison(parsed.path) if isinstance(parsed.path, jp.Query) else parsed.path
    if test is None:
        return ir.JsonPathHolds(context, parsed.path, holes)
    return _dialect(test, context, holes, at, scope)


def _is_simple(text: str) -> bool:
    try:
        simple.parse_condition(text)
    except ExpressionError:
        return False
    return True


def _dialect(node: jp.Test, context: ir.Value, holes: tuple[ir.Value, ...], at: Location, scope: Scope) -> ir.Condition:
    """Compile a bare comparison; operands that are plain paths become values like those of other conditions."""
    match node:
        case jp.And(items=items):
            return ir.All(tuple(_dialect(item, context, holes, at, scope) for item in items))
        case jp.Or(items=items):
            return ir.Either(tuple(_dialect(item, context, holes, at, scope) for item in items))
        case jp.Not(item=item):
            return ir.Negation(_dialect(item, context, holes, at, scope))
        case jp.Compare(operator=operator, left=left, right=right):
            values = [_comparable(operand, context, holes, at, scope) for operand in (left, right)]
            if values[0] is not None and values[1] is not None:
                return ir.Compare(operator, values[0], values[1], "jsonpath")
            return ir.JsonPathHolds(context, node, holes)
        case _:
            return ir.JsonPathHolds(context, node, holes)


def _comparable(
    node: jp.Comparable, context: ir.Value, holes: tuple[ir.Value, ...], at: Location, scope: Scope
) -> ir.Value | None:
    match node:
        case jp.Constant(value=value):
            return ir.Constant(value)
        case jp.Hole(index=index):
            return holes[index]
        case jp.Text(parts=(jp.Hole(index=index),)) if scope.workflow.type_of(holes[index]) == t.STRING:
            return holes[index]
        case jp.Text(parts=parts):
            return ir.Text(tuple(holes[p.index] if isinstance(p, jp.Hole) else p for p in parts))
        case jp.Size(query=query):
            inner = path_value(query, context, at, scope)
            return ir.Size(inner) if inner is not None else None
        case jp.Query():
            return path_value(node, context, at, scope)
        case _:
            return None


# Regular expressions and XPath


def _embedded(
    text: str, ignored: re.Pattern[str], where: str, at: Location, scope: Scope, start: int = 0
) -> list[Embedded]:
    """The expressions in a pattern or an XPath expression; those without braces are told (AMB-01).

    `start` is where the text begins in the string at that place.

    Raises:
        ExpressionError: text can only be meant as an expression, and is none.
    """
    bare = list(bare_expressions(text, scope.longest_name, ignored))
    report_broken(text, at, scope, start)
    rewrite = with_braces(text, bare)
    for found in bare:
        whole = rewrite if not start else f"{{{found.text}}}"  # flags are no part of the text
        report_bare(found.text, where, at.part(found.offset + start, found.length), scope, whole)
    return sorted([*embedded_expressions(text), *bare], key=lambda e: e.offset)


def _regex(criterion: model.Criterion, scope: Scope) -> ir.Condition:
    """Compile a regular expression of ECMA-262 (AMB-43); flags are a dialect (AMB-61). Values are taken literally."""
    at = criterion.at / "condition"
    context = _context(criterion, scope)
    text, flags, offset = criterion.condition, "", 0
    try:
        if (flagged := without_flags(text)) is not None:
            text, flags, offset = flagged
            what = (
                f"has the flag{'s' if len(flags) > 1 else ''} {', '.join(flags)}" if flags else "is wrapped in slashes"
            )
            message = f"{scope.where}: the pattern {what}, which ECMA-262 does not count as a part of it"
            plain = spelt_out(flagged)
            help = f"write {plain}" if plain is not None and len(plain) < 200 else None
            fix = None if flags else Fix(at, text)
            scope.report.add(rules.PATTERN_FLAGS, at, message, help=help, fix=fix)
        embedded = _embedded(text, IGNORED, "a pattern", at, scope, offset)
        parts = translate_parts(text, [(e.offset, e.offset + e.length) for e in embedded], flags)
    except ExpressionError as error:
        return _refuse(error.shifted(offset), rules.BAD_REGEX, at, scope)
    values = [
        lower_expression(parse_expression(e.text), at.part(e.offset + offset, e.length), scope) or MISSING
        for e in embedded
    ]
    pattern = tuple(part if isinstance(part, str) else values[part] for part in parts)
    return ir.Matches(context, pattern) if context is not None else NEVER


def _xpath(criterion: model.Criterion, scope: Scope) -> ir.Condition:
    """Compile an XPath expression; the values of expressions in it are its variables, so that none becomes syntax."""
    at = criterion.at / "condition"
    context = _context(criterion, scope)
    version = criterion.type.version or "xpath-31"
    from arazzoc.expressions import xpath

    try:
        embedded = _embedded(criterion.condition, xpath.IGNORED, "an XPath expression", at, scope)
        spans = [(e.offset, e.offset + e.length) for e in embedded]
        text = xpath.with_variables(criterion.condition, spans, ir.XPathHolds.variable)
        xpath.check_xpath(text, version, [ir.XPathHolds.variable(n) for n in range(len(embedded))])
    except ExpressionError as error:
        return _refuse(error, rules.BAD_XPATH, at, scope)
    values = tuple(
        lower_expression(parse_expression(e.text), at.part(e.offset, e.length), scope) or MISSING for e in embedded
    )
    if context is None:
        return NEVER
    scope.warn_if_json(context, at)
    return ir.XPathHolds(context, text, version, values)
