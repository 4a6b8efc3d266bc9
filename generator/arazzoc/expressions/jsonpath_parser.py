"""The parser of RFC 9535: with its checks of well-typedness, and the comparison dialect of real documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeVar, cast

from msgspec.structs import replace

from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.hints import literal_help, operator_help
from arazzoc.expressions.jsonpath_strings import unescaped
from arazzoc.expressions.regex import translate_iregexp
from arazzoc.expressions.runtime import parse_expression
from arazzoc.expressions.template import LongestName, embedded_expressions

T = TypeVar("T")

MAX_INT = 2**53 - 1
MAX_NESTING = 40
MAX_SEGMENTS = 60

_BLANK = re.compile(r"[ \t\n\r]*")
# name-first and name-char of RFC 9535, as negated classes: `re` takes 7 ms to compile the positive ones.
_MEMBER = re.compile(r"[^\x00-@\[-^`{-\x7f\ud800-\udfff][^\x00-/:-@\[-^`{-\x7f\ud800-\udfff]*")
_HYPHENED = re.compile(rf"{_MEMBER.pattern}(?:-[^\x00-/:-@\[-^`{{-\x7f\ud800-\udfff]+)+")
_INT = re.compile(r"0|-?[1-9][0-9]*")
_NUMBER = re.compile(r"(?:-0|0|-?[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_FUNCTION = re.compile(r"([a-z][a-z_0-9]*)\(")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_BARE_ROOT = re.compile(r"\$(?:inputs|steps|workflows|outputs)\.")
_WORDS: dict[str, jp.Scalar] = {"true": True, "false": False, "null": None}

# Parameter types and result type of each function extension (RFC 9535, sections 2.4.4 to 2.4.8).
_SIGNATURES: dict[str, tuple[tuple[str, ...], str]] = {
    "length": (("value",), "value"),
    "count": (("nodes",), "value"),
    "match": (("value", "value"), "logical"),
    "search": (("value", "value"), "logical"),
    "value": (("nodes",), "value"),
}


def no_names(_: str) -> int:
    """The `longest_name` where no names are declared."""
    return 0


def parse_query(
    text: str, *, expressions: bool = False, is_lenient: bool = False, longest_name: LongestName = no_names
) -> jp.Parsed:
    """Parse a JSONPath query and check that it is well-typed (RFC 9535, sections 2.1 and 2.4.3).

    With `expressions`, runtime expressions are allowed in string literals (`"{$inputs.s}"`) and in place of
    literals and indexes. If it is lenient, names after a dot can have hyphens.

    Raises:
        ExpressionError: the text is not a valid query.
    """
    parser = _Parser(text, expressions, longest_name)
    parser.is_lenient = is_lenient
    query = parser.query("$")
    if parser.at < len(text):
        raise parser.unexpected()
    return jp.Parsed(query, tuple(parser.holes), tuple(parser.hyphened))


def parse_comparison(text: str, *, longest_name: LongestName = no_names) -> jp.Parsed:
    """Parse the dialect in which a condition is a bare comparison, `$.status == "done"` (AMB-02).

    It is a logical expression of RFC 9535, section 2.3.5.1, whose `$` is the context.

    Raises:
        ExpressionError: the text is not a logical expression.
    """
    parser = _Parser(text, True, longest_name)
    parser.dialect = parser.is_lenient = True
    parser.blank()
    test = parser.disjunction()
    parser.blank()
    if parser.at < len(text):
        raise parser.unexpected()
    return jp.Parsed(test, tuple(parser.holes), tuple(parser.hyphened))


class _Parser:
    def __init__(self, text: str, expressions: bool, longest_name: LongestName) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.expressions, self.longest_name = expressions, longest_name
        self.dialect = self.is_lenient = False
        self.hyphened: list[tuple[int, int]] = []
        self.holes: list[jp.EmbeddedHole] = []

    # Characters

    def blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        if self.peek(token):
            self.at += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        if not self.take(token):
            if self.at >= len(self.text):
                raise self.error(f"{token!r} is missing", max(0, self.at - 1))
            if token in (",", ")") and operator_help(self.text, self.at):
                raise self.unexpected()
            raise self.error(f"{token!r} is missing before {self.text[self.at]!r}")

    def error(self, message: str, at: int | None = None, length: int = 1, help: str | None = None) -> ExpressionError:
        return ExpressionError(message, self.at if at is None else at, length, help)

    def unexpected(self) -> ExpressionError:
        if self.at >= len(self.text):
            return self.error("the query is incomplete", max(0, self.at - 1))
        if self.text[self.at].isspace():
            return self.error("a blank is not allowed here")
        word = re.match(r"[A-Za-z]+", self.text[self.at :])
        help = operator_help(self.text, self.at) or literal_help(word[0] if word else "")
        return self.error(f"{word[0] if word else self.text[self.at]!r} is not allowed here", help=help)

    def nested(self, parse: Callable[[], T]) -> T:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.error("the query is nested too deeply")
        try:
            return parse()
        finally:
            self.depth -= 1

    # Queries and segments

    def query(self, roots: str = "$@") -> jp.Query:
        root = self.text[self.at : self.at + 1]
        if not root or root not in roots:
            raise self.error(
                f"the query does not begin with {' or '.join(repr(r) for r in roots)}", length=max(1, len(root))
            )
        self.at += 1
        segments: list[jp.Segment] = []
        while True:
            before = self.at
            self.blank()
            segment = self.segment()
            if segment is None:
                self.at = before
                return jp.Query(cast(Literal["$", "@"], root), tuple(segments))
            segments.append(segment)
            if len(segments) > MAX_SEGMENTS:
                raise self.error(f"the query has more than {MAX_SEGMENTS} segments")

    def segment(self) -> jp.Segment | None:
        if self.take(".."):
            if self.peek("["):
                return jp.Segment(self.bracketed(), descendant=True)
            return jp.Segment((self.dotted(),), descendant=True)
        if self.take("."):
            return jp.Segment((self.dotted(),))
        if self.peek("["):
            return jp.Segment(self.bracketed())
        return None

    def dotted(self) -> jp.Selector:
        if self.take("*"):
            return jp.Wildcard()
        match = _MEMBER.match(self.text, self.at)
        if match is None:
            embedded = _EMBEDDED.match(self.text, self.at) if self.expressions else None
            help = f"write ['{embedded[0]}'], without the dot" if embedded is not None else None
            raise self.error("a member name or * is missing", min(self.at, len(self.text) - 1), help=help)
        if self.is_lenient and self.text.startswith("-", match.end()):
            match = _HYPHENED.match(self.text, self.at) or match
            self.hyphened.append((self.at, match.end() - self.at))
        self.at = match.end()
        return jp.Name(match[0])

    def bracketed(self) -> tuple[jp.Selector, ...]:
        self.need("[")
        selectors: list[jp.Selector] = []
        while True:
            self.blank()
            selectors.append(self.nested(self.selector))
            self.blank()
            if self.take("]"):
                return tuple(selectors)
            self.need(",")

    def selector(self) -> jp.Selector:
        if self.take("*"):
            return jp.Wildcard()
        if self.take("?"):
            self.blank()
            return jp.Filter(self.disjunction())
        if self.peek("'") or self.peek('"'):
            name = self.string()
            return jp.Name(name) if isinstance(name, str) else jp.Chosen(name)
        if self.peek("("):
            raise self.error("a script '(…)' is not part of RFC 9535", help="write [-1] for the last element")
        hole = self.hole()
        if hole is None:
            return self.index_or_slice()
        self.holes[hole.index] = replace(self.holes[hole.index], is_index=True)
        after = self.at
        self.blank()
        if self.peek(":"):
            raise self.bound(self.holes[hole.index].offset, after)
        self.at = after
        return jp.Chosen(hole)

    def bound(self, start: int, end: int) -> ExpressionError:
        return self.error("a bound of this slice is an expression, and no number", start, end - start)

    def index_or_slice(self) -> jp.Selector:
        start = self.integer()
        after = self.at
        self.blank()
        if not self.take(":"):
            self.at = after
            if start is None:
                raise self.unexpected() if self.at < len(self.text) else self.error("']' is missing", self.at - 1)
            return jp.Index(start)
        self.blank()
        stop = self.integer()
        for_hole = self.at
        if stop is None and self.hole() is not None:
            raise self.bound(for_hole, self.at)
        self.blank()
        step = None
        if self.take(":"):
            self.blank()
            step = self.integer()
        return jp.Slice(start, stop, 1 if step is None else step)

    def integer(self) -> int | None:
        match = _INT.match(self.text, self.at)
        if match is None:
            return None
        value = int(match[0]) if len(match[0]) < 20 else MAX_INT + 1
        if abs(value) > MAX_INT:
            raise self.error("the index is outside ±(2**53 - 1)", length=len(match[0]))
        self.at = match.end()
        return value

    # Tests

    def disjunction(self) -> jp.Test:
        items = [self.conjunction()]
        while self.after_blank("||"):
            items.append(self.conjunction())
        return items[0] if len(items) == 1 else jp.Or(tuple(items))

    def conjunction(self) -> jp.Test:
        items = [self.nested(self.basic)]
        while self.after_blank("&&"):
            items.append(self.nested(self.basic))
        return items[0] if len(items) == 1 else jp.And(tuple(items))

    def after_blank(self, operator: str) -> bool:
        before = self.at
        self.blank()
        if self.take(operator):
            self.blank()
            return True
        self.at = before
        return False

    def basic(self) -> jp.Test:
        if self.peek("!") and not self.peek("!="):
            self.at += 1
            self.blank()
            if self.peek("("):
                return jp.Not(self.parenthesised())
            return jp.Not(self.test())
        if self.peek("("):
            return self.parenthesised()
        start = self.at
        left = self.comparable()
        before = self.at
        self.blank()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            self.at = before
            return self.as_test(left, start)
        self.at = match.end()
        self.blank()
        right_start = self.at
        right = self.comparable()
        left, right = self.sized(left), self.sized(right)
        self.check_comparable(left, start)
        self.check_comparable(right, right_start)
        return jp.Compare(cast(jp.Operator, match[0]), left, right)

    def parenthesised(self) -> jp.Test:
        self.need("(")
        self.blank()
        test = self.nested(self.disjunction)
        self.blank()
        self.need(")")
        return test

    def test(self) -> jp.Test:
        start = self.at
        return self.as_test(self.comparable(), start)

    def as_test(self, operand: jp.Comparable, start: int) -> jp.Test:
        if isinstance(operand, jp.Query):
            return jp.Exists(operand)
        if isinstance(operand, jp.Call) and _SIGNATURES[operand.function][1] == "logical":
            return jp.Holds(operand)
        what = f"the result of {operand.function}()" if isinstance(operand, jp.Call) else "a literal"
        raise self.error(f"{what} is not a test: it is not compared with anything", start, max(1, self.at - start))

    def check_comparable(self, operand: jp.Comparable, start: int) -> None:
        if isinstance(operand, jp.Query) and not operand.is_singular:
            raise self.error("a query that can select several nodes cannot be compared", start, self.at - start)
        if isinstance(operand, jp.Call) and _SIGNATURES[operand.function][1] != "value":
            raise self.error(f"the result of {operand.function}() cannot be compared", start, self.at - start)

    def sized(self, operand: jp.Comparable) -> jp.Comparable:
        """In the dialect, `$.items.length` is the number of items, unless there is a member `length` (AMB-60).

        After a query that can select several nodes, it is the number of these.
        """
        last = operand.segments[-1:] if self.dialect and isinstance(operand, jp.Query) else ()
        if isinstance(operand, jp.Query) and last == (jp.Segment((jp.Name("length"),)),):
            measured = jp.Query(operand.root, operand.segments[:-1])
            return jp.Size(measured) if measured.is_singular else jp.Call("count", (measured,))
        return operand

    # Operands

    def comparable(self) -> jp.Comparable:
        hole = self.hole()
        if hole is not None:
            return hole
        if self.peek("$") or self.peek("@"):
            return self.query()
        if self.peek("'") or self.peek('"'):
            string = self.string()
            return jp.Constant(string) if isinstance(string, str) else string
        match = _NUMBER.match(self.text, self.at)
        if match is not None:
            if len(match[0]) > 400:
                raise self.error("the number is too long", length=len(match[0]))
            self.at = match.end()
            text = match[0]
            return jp.Constant(float(text) if any(c in text for c in ".eE") else int(text))
        match = _FUNCTION.match(self.text, self.at)
        if match is not None:
            return self.nested(self.call)
        for word, value in _WORDS.items():
            if self.take(word):
                return jp.Constant(value)
        raise self.unexpected()

    def hole(self) -> jp.Hole | None:
        if not self.expressions:
            return None
        match = _EMBEDDED.match(self.text, self.at)
        if match is not None:
            try:
                parsed = parse_expression(match[1])
            except ExpressionError as error:
                raise error.shifted(self.at + 1) from None
            return self.add_hole(jp.EmbeddedHole(parsed.expression, match[1], self.at, True), match.end())
        if _BARE_ROOT.match(self.text, self.at):
            length = self.longest_name(self.text[self.at :])
            if length:
                name = self.text[self.at : self.at + length]
                expression = parse_expression(name).expression
                return self.add_hole(jp.EmbeddedHole(expression, name, self.at, False), self.at + length)
        return None

    def add_hole(self, hole: jp.EmbeddedHole, end: int) -> jp.Hole:
        self.holes.append(hole)
        self.at = end
        return jp.Hole(len(self.holes) - 1)

    def call(self) -> jp.Call:
        match = _FUNCTION.match(self.text, self.at)
        assert match is not None
        start, name = self.at, match[1]
        signature = _SIGNATURES.get(name)
        if signature is None:
            raise self.error(
                f"there is no function {name}()", length=len(name), help=f"the functions are: {', '.join(_SIGNATURES)}"
            )
        self.at = match.end()
        arguments: list[jp.Comparable] = []
        starts: list[int] = []
        self.blank()
        if not self.take(")"):
            while True:
                self.blank()
                starts.append(self.at)
                arguments.append(self.comparable())
                self.blank()
                if self.take(")"):
                    break
                self.need(",")
        kinds = signature[0]
        if len(arguments) != len(kinds):
            raise self.error(f"{name}() takes {_counted(len(kinds))}, not {len(arguments)}", start, self.at - start)
        for kind, argument, offset in zip(kinds, arguments, starts, strict=True):
            self.check_argument(name, kind, argument, offset)
        if name in ("match", "search") and isinstance(arguments[1], jp.Constant):
            self.check_pattern(arguments[1], starts[1])
        return jp.Call(cast(Literal["length"], name), tuple(arguments))

    def check_argument(self, name: str, kind: str, argument: jp.Comparable, start: int) -> None:
        if kind == "nodes":
            if not isinstance(argument, jp.Query):
                raise self.error(f"the argument of {name}() is not a query", start)
        elif isinstance(argument, jp.Query):
            if not argument.is_singular:
                raise self.error(f"{name}() takes one value, but this query can select several nodes", start)
        elif isinstance(argument, jp.Call) and _SIGNATURES[argument.function][1] != "value":
            raise self.error(f"the argument of {name}() is a test, not a value", start)

    def check_pattern(self, pattern: jp.Constant, start: int) -> None:
        """Refuse a constant pattern that is not an I-Regexp: it would never match (RFC 9535, section 2.4.6)."""
        if self.expressions and isinstance(pattern.value, str):
            try:
                translate_iregexp(pattern.value)
            except ExpressionError as error:
                raise error.shifted(start + 1) from None

    def string(self) -> str | jp.Text:
        quote = self.text[self.at]
        start = self.at + 1
        at = start
        while at < len(self.text) and self.text[at] != quote:
            at += 2 if self.text[at] == "\\" else 1
        if at >= len(self.text):
            raise self.error("the string is not closed", length=len(self.text) - self.at)
        raw = self.text[start:at]
        self.at = at + 1
        if not self.expressions:
            return unescaped(raw, quote, start)
        parts: list[str | jp.Hole] = []
        end = 0
        for offset, length, hole in self.holes_in(raw, start):
            if offset > end:
                parts.append(unescaped(raw[end:offset], quote, start + end))
            parts.append(self.add_hole(hole, self.at))
            end = offset + length
        if not parts:
            return unescaped(raw, quote, start)
        if end < len(raw):
            parts.append(unescaped(raw[end:], quote, start + end))
        return jp.Text(tuple(parts))

    def holes_in(self, raw: str, start: int) -> list[tuple[int, int, jp.EmbeddedHole]]:
        found = [
            (e.offset, e.length, jp.EmbeddedHole(e.expression, e.text, start + e.offset, True))
            for e in embedded_expressions(raw)
        ]
        if not found and _BARE_ROOT.match(raw) and self.longest_name(raw) == len(raw):
            return [(0, len(raw), jp.EmbeddedHole(parse_expression(raw).expression, raw, start, False, True))]
        return found


def _counted(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"
