"""JSONPath queries as values: the dialect of one in place of an expression, and plain paths in conditions."""

from __future__ import annotations

import json
from typing import cast

from arazzoc import ir, rules
from arazzoc.analysis.values import pointed
from arazzoc.diagnostics import Fix, quoted
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.jsonpath_parser import parse_query
from arazzoc.expressions.pointer import format_pointer
from arazzoc.expressions.rewrites import as_rfc9535
from arazzoc.expressions.template import is_like_query
from arazzoc.lower.payload import MISSING
from arazzoc.lower.scope import Scope
from arazzoc.source import Location


def lower_query_output(name: str, text: str, at: Location, scope: Scope) -> ir.Value | None:
    """Compile an output that is a JSONPath query: it can only be meant for the response body; None if it is none."""
    if text != "$" and not is_like_query(text):
        return None
    where = f"{scope.where}: the output {quoted(name)}"
    try:
        parsed = parse_query(text, is_lenient=True)
    except ExpressionError as error:
        message = f"{where} is meant as a JSONPath query: {error.message}"
        scope.report.add(rules.BAD_JSONPATH, at.part(error.offset, error.length), message, help=error.help)
        return MISSING
    query = cast("jp.Query", parsed.path)
    errors = len(scope.report.diagnostics)
    body = scope.exchange(rt.Body("response", ()), at)
    if body is None or len(scope.report.diagnostics) > errors:
        return MISSING
    tokens = pointer_of(query)
    if tokens is not None and tokens[-1:] == ("length",):
        return scope.exchange(rt.Body("response", tokens[:-1], has_length=True), at) or MISSING
    help: str | None = None
    fix: Fix | None = None
    if tokens is not None:
        written = f"$response.body{f'#{format_pointer(tokens)}' if tokens else ''}"
        help, fix = f"write {written}", Fix(at, written)
    elif scope.workflow.document.version >= (1, 1):
        selector = json.dumps(as_rfc9535(text, parsed), ensure_ascii=False)
        help = f"write {{context: $response.body, selector: {selector}, type: jsonpath}}"
    message = f"{where} is a JSONPath query; it is read from the response body"
    scope.report.add(rules.QUERY_OUTPUT, at, message, help=help, fix=fix)
    if tokens is None:
        scope.warn_unless_json(at)
        return ir.Selection(body, query)
    return scope.exchange(rt.Body("response", tokens), at) or MISSING


def pointer_of(query: jp.Query) -> tuple[str, ...] | None:
    """The reference tokens for what a singular query selects; None if no pointer means the same."""
    if not query.is_singular:
        return None
    tokens: list[str] = []
    for segment in query.segments:
        selector = segment.selectors[0]
        if isinstance(selector, jp.Name) and not selector.name.isdigit():
            tokens.append(selector.name)
        elif isinstance(selector, jp.Index) and selector.index >= 0:
            tokens.append(str(selector.index))
        else:
            return None
    return tuple(tokens)


def path_value(query: jp.Query, context: ir.Value, at: Location, scope: Scope) -> ir.Value | None:
    """Turn a singular query into the value at a pointer; None if they differ in meaning."""
    pointer = pointer_of(query)
    if not pointer:
        return context if pointer == () else None
    if isinstance(context, ir.ResponseBody):
        return scope.response_body(pointer, at)
    if isinstance(context, ir.AtPointer) and isinstance(context.base, ir.ResponseBody):
        return scope.response_body((*cast("tuple[str, ...]", context.pointer), *pointer), at)
    return pointed(context, pointer) or MISSING
