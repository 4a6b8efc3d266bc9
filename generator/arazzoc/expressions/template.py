"""Strings with embedded expressions: `https://{$inputs.host}/x` (Arazzo 1.1.0, Runtime Expressions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from arazzoc.diagnostics import did_you_mean, nearest
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import ROOTS, SIMPLE_ROOTS, Expression, parse_expression, root_of


class Embedded(Struct, frozen=True):
    """An expression inside a string; `offset` is that of its brace if it is `braced`."""

    expression: Expression
    text: str
    offset: int
    braced: bool
    rewrite: str | None = None

    @property
    def length(self) -> int:
        return len(self.text) + 2 if self.braced else len(self.text)


Part: TypeAlias = str | Embedded
LongestName: TypeAlias = Callable[[str], int]
"""The length of the longest declared expression that a text begins with, or 0."""

_BRACED = re.compile(r"\{(\$[^{}]*)\}")
_BARE_ROOTS = ("$inputs", "$steps", "$workflows", "$outputs")
_BARE = re.compile(r"(?<![^\s=/\"'(:,])\$(?:inputs|steps|workflows|outputs)\.")


_LOOSE = re.compile(r"\$[A-Za-z]+\.(?=[A-Za-z_])")
_IN_BRACES = re.compile(r"\{(\{?)[ \t]*(\$?[A-Za-z][^{}]*?)[ \t]*\}(\}?)")


_BRACE_IN_NAME = re.compile(
    r"\{(\$(?:(?:steps|workflows)\.[^\n{}]*\{(?!\$)(?:(?!\{\$)[^\n])*?\.(?:outputs|inputs)\."
    r"|(?:inputs|outputs)\.\{(?!\$))[^{}$\s]*\}?)"
)
"""An expression in braces with another brace in it, which begins a name of the document."""
_QUERY = re.compile(r"\$(?:\.\.?[A-Za-z_*]|\.?\[[0-9'\"?*:-])")
_QUERY_IN_TEXT = re.compile(rf"(?<![^\s=/\"'(:,{{])(?!\$(?:\.\w+)+[ \t]*\(){_QUERY.pattern}")
"""A query in a text; not a call of code, such as `$.ajax()`."""


def is_like_query(text: str) -> bool:
    """Whether a text begins as JSONPath queries do (RFC 9535)."""
    return _QUERY.match(text) is not None


def query_in(text: str) -> int | None:
    """The place in a text where a word begins as JSONPath queries do (RFC 9535)."""
    found = _QUERY_IN_TEXT.search(text) if "$" in text else None
    return found.start() if found is not None else None


class Broken(Struct, frozen=True):
    """Text in braces that was probably meant as an expression: why it is none."""

    error: ExpressionError
    is_text: bool
    """Whether it can be text as well, because its root is no root of expressions, or its braces are doubled."""


def broken_expressions(text: str) -> Iterator[Broken]:
    """Find what stands in braces and looks like an expression, but is none (AMB-26, AMB-27)."""
    for found in _BRACE_IN_NAME.finditer(text):
        message = "this expression in braces has a name with a brace in it"
        help = "rename what it names, without braces"
        yield Broken(ExpressionError(message, found.start(1), len(found[1]), help), is_text=True)
    for found in _IN_BRACES.finditer(text):
        outer, inner, closing = found[1], found[2], found[3]
        root = root_of(inner if inner.startswith("$") else f"${inner}")
        if not inner.startswith("$") and not (outer and closing and root in ROOTS and f"${inner}" != root):
            continue
        expression = inner if inner.startswith("$") else f"${inner}"
        try:
            parse_expression(expression)
        except ExpressionError as error:
            is_known = root in ROOTS
            follows = expression[len(root) : len(root) + 1]
            if len(root) > 1 and (is_known or (follows in (".", "") and (follows or nearest(root, ROOTS)))):
                yield Broken(error.shifted(found.start(2) - len(expression) + len(inner)), not is_known or bool(outer))
            continue
        is_blank = not outer and not closing and found[0] != f"{{{inner}}}"
        if (outer and closing) or is_blank or _is_other_template(text, found.start(2) - 1, found.end(2) + 1):
            message = "an expression inside a string must be wrapped in single braces"
            message = "an expression in braces must have no blanks around it" if is_blank else message
            length = found.end() - found.start()
            yield Broken(ExpressionError(message, found.start(), length, f"write {{{expression}}}"), is_text=True)


class Template(Struct, frozen=True):
    """Literal text and embedded expressions, in order; `loose` are roots that no declared name follows."""

    parts: tuple[Part, ...]
    loose: tuple[tuple[str, int], ...] = ()

    @property
    def embedded(self) -> tuple[Embedded, ...]:
        return tuple(part for part in self.parts if isinstance(part, Embedded))


def _is_other_template(text: str, start: int, end: int) -> bool:
    """Whether what is in these braces is in another pair of them, as other template languages have it, or one of them
    has no partner. In JSON text, the brace after it can be the end of an object.
    """
    if text[end : end + 1] != "}":
        return False
    before = text[:start]
    return before.endswith("{") or before.count("{") <= before.count("}")


def _has_blanks(match: re.Match[str]) -> bool:
    """Whether an expression stands in single braces with blanks around it, so that it is text."""
    try:
        parse_expression(match[2])
    except ExpressionError:
        return False
    return not match[1] and match[0] != f"{{{match[2]}}}{match[3]}"


def embedded_expressions(text: str) -> list[Embedded]:
    """Find the `{$…}` of a string. Invalid expressions and nested braces are literal text (AMB-22)."""
    found: list[Embedded] = []
    for match in _BRACED.finditer(text):
        if match[1] != match[1].rstrip() or _is_other_template(text, match.start(), match.end()):
            continue
        try:
            parsed = parse_expression(match[1])
        except ExpressionError:
            continue
        found.append(Embedded(parsed.expression, match[1], match.start(), True, parsed.rewrite))
    return found


def bare_expressions(text: str, longest_name: LongestName, ignored: re.Pattern[str]) -> Iterator[Embedded]:
    """Find expressions without braces in a pattern or an XPath expression, where `$` and a root can mean nothing else;
    `ignored` matches where they can, and braces (AMB-01).

    Raises:
        ExpressionError: no declared name follows a root.
    """
    at = 0
    while at < len(text):
        root = root_of(text[at:])
        near = nearest(root, ROOTS) if root not in ROOTS and text.startswith(".", at + len(root)) else None
        if (skipped := ignored.match(text, at)) is not None or (root not in ROOTS and near is None):
            at = skipped.end() if skipped is not None else at + 1
            continue
        name = root if root in SIMPLE_ROOTS else text[at : at + longest_name(text[at:])]
        if not name:
            what = "does not start an Arazzo expression" if near else "is not followed by a declared name"
            if root in ROOTS and root not in _BARE_ROOTS:
                what = "starts an expression that is not in braces"
            help = did_you_mean(root, near) if near else "write {$…} with a declared name"
            raise ExpressionError(f"{root} {what}, so that this can never match", at, len(root), help)
        parsed = parse_expression(name)
        yield Embedded(parsed.expression, name, at, False, parsed.rewrite)
        at += len(name)


def looks_like_expression(text: str, longest_name: LongestName) -> bool:
    """Whether text that is not evaluated was probably meant to be (AMB-26)."""
    if "$" not in text:
        return False
    template, root = parse_template(text, longest_name), root_of(text)
    is_one = root in ROOTS and text[len(root) : len(root) + 1] in (".", "")
    return bool(template.embedded or template.loose) or is_one or any(broken_expressions(text))


def parse_template(text: str, longest_name: LongestName) -> Template:
    """Split a string into literal text and expressions.

    This also finds expressions without braces (`Bearer $inputs.apiKey`), up to the longest declared name (AMB-01); the
    caller decides whether to accept them.
    """
    found = embedded_expressions(text)
    taken = [(e.offset, e.offset + e.length) for e in found]
    braces = list(_IN_BRACES.finditer(text))
    taken += [m.span() for m in braces if (m[1] and m[3]) or _has_blanks(m)]
    loose: list[tuple[str, int]] = []
    for match in _BARE.finditer(text):
        start = match.start()
        if any(low <= start < high for low, high in taken):
            continue
        length = longest_name(text[start:])
        if not length:
            loose.append((match[0], start))
            continue
        name = text[start : start + length]
        parsed = parse_expression(name)
        found.append(Embedded(parsed.expression, name, start, False, parsed.rewrite))
        taken.append((start, start + length))
    known, covered = {start for _, start in loose}, [*taken, *(match.span() for match in braces)]
    covered += [match.span() for match in _BRACE_IN_NAME.finditer(text)]
    for match in _LOOSE.finditer(text):
        start, root = match.start(), match[0][:-1]
        is_near = root in _BARE_ROOTS or (root not in ROOTS and nearest(root, ROOTS) is not None)
        if start and start not in known and is_near and not any(a <= start < b for a, b in covered):
            loose.append((match[0], start))
    parts: list[Part] = []
    at = 0
    for embedded in sorted(found, key=lambda e: e.offset):
        if embedded.offset > at:
            parts.append(text[at : embedded.offset])
        parts.append(embedded)
        at = embedded.offset + embedded.length
    if at < len(text):
        parts.append(text[at:])
    return Template(tuple(parts), tuple(loose))
