"""Simple conditions (Arazzo 1.1.0, Criterion Object): from text to a sum type."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, cast

from msgspec import Struct

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.hints import braces_help, class_help, comparison_help, half_help, operator_help, word_help
from arazzoc.expressions.runtime import Expression, parse_expression
from arazzoc.expressions.template import LongestName

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Scalar: TypeAlias = None | bool | int | float | str


class Constant(Struct, frozen=True):
    """A literal; `double_quoted` marks a string in double quotes, which is a dialect (AMB-21)."""

    value: Scalar
    offset: int
    length: int
    double_quoted: bool = False


class Reference(Struct, frozen=True):
    """A runtime expression as an operand; accessors after it are part of its pointer (AMB-19, AMB-20)."""

    expression: Expression
    text: str
    offset: int

    @property
    def length(self) -> int:
        return len(self.text)


class Comparison(Struct, frozen=True):
    operator: Operator
    left: Operand
    right: Operand
    offset: int
    length: int


class Not(Struct, frozen=True):
    item: Condition


class And(Struct, frozen=True):
    items: tuple[Condition, ...]


class Or(Struct, frozen=True):
    items: tuple[Condition, ...]


Operand: TypeAlias = Constant | Reference
Condition: TypeAlias = Operand | Comparison | Not | And | Or

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_STRING = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_OPERAND = re.compile(r"[^\s!&()<=>{|}]+")
_POINTER = re.compile(r"#/[^\s!&()<=>{|}]*")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
MAX_NESTING = 50


def parse_number(text: str) -> int | float | None:
    """Parse a JSON number; None if it is not one."""
    if not _NUMBER.fullmatch(text) or len(text) > 400:
        return None
    return float(text) if any(c in text for c in ".eE") else int(text)


def parse_condition(text: str, longest_name: LongestName = lambda _: 0) -> Condition:
    """Parse a simple condition; precedence from tightest: `!`, comparison, `&&`, `||`.

    A declared name may hold what ends an operand otherwise, such as a blank.

    Raises:
        ExpressionError: the text is not a condition.
    """
    parser = _Parser(text, longest_name)
    parser.skip_space()
    if parser.at == len(text):
        raise ExpressionError("the condition is empty", 0, 1)
    condition = parser.disjunction()
    parser.skip_space()
    if parser.at < len(text):
        raise parser.unexpected()
    return condition


class _Parser:
    def __init__(self, text: str, longest_name: LongestName) -> None:
        self.text, self.at, self.depth, self.longest_name = text, 0, 0, longest_name
        self.left: Operand | None = None

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, token: str) -> bool:
        self.skip_space()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def unexpected(self) -> ExpressionError:
        rest = self.text[self.at :]
        if not rest:
            return ExpressionError("the condition is incomplete: an operand is missing", max(0, self.at - 1))
        left = self.left
        before = self.text[left.offset : left.offset + left.length] if left is not None else ""
        if left is not None and self.text[left.offset : self.at].rstrip() == before:
            meant, start = comparison_help(self.text, self.at, before), left.offset
        else:
            meant, start = half_help(self.text, self.at, before), self.at
        word = re.match(r"\S+", rest)
        shown = word[0] if word else rest[:1]
        if meant is not None:
            length = self.at - start + meant[1]
            return ExpressionError(f"{shown!r} is not allowed here", start, length, f"write {meant[0]}")
        return ExpressionError(
            f"{shown!r} is not allowed here",
            self.at,
            len(shown),
            operator_help(self.text, self.at) or braces_help(self.text, self.at),
        )

    def disjunction(self) -> Condition:
        items = [self.conjunction()]
        while self.take("||"):
            items.append(self.conjunction())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def conjunction(self) -> Condition:
        items = [self.unary()]
        while self.take("&&"):
            items.append(self.unary())
        return items[0] if len(items) == 1 else And(tuple(items))

    def unary(self) -> Condition:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ExpressionError("the condition is nested too deeply", self.at)
        try:
            self.skip_space()
            if self.text.startswith("!", self.at) and not self.text.startswith("!=", self.at):
                self.at += 1
                return Not(self.unary())
            return self.comparison()
        finally:
            self.depth -= 1

    def comparison(self) -> Condition:
        start = self.at
        if self.take("("):
            inner = self.disjunction()
            if not self.take(")"):
                if self.at < len(self.text) and operator_help(self.text, self.at):
                    raise self.unexpected()
                raise ExpressionError("')' is missing", max(0, min(self.at, len(self.text) - 1)))
            self.skip_space()
            if _OPERATOR.match(self.text, self.at):
                raise ExpressionError("a condition in parentheses cannot be compared", self.at, 2)
            return inner
        left = self.operand()
        self.left = left
        self.skip_space()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            return left
        self.at = match.end()
        word = re.match(r"\s*([^\s&|()]+)", self.text[self.at :])
        if word is not None and self.text[start : start + left.length] == "$statusCode":
            help = class_help(match[0], word[1])
            if help is not None:
                message = f"a status is compared with a number, and {word[1]} is a class of them"
                raise ExpressionError(message, start, self.at + len(word[0]) - start, help)
        right = self.operand()
        length = self.at - start
        self.skip_space()
        chained = _OPERATOR.match(self.text, self.at)
        if chained:
            raise ExpressionError(
                "comparisons cannot be chained", self.at, len(chained[0]), "join two comparisons with &&"
            )
        return Comparison(cast(Operator, match[0]), left, right, start, length)

    def operand(self) -> Operand:
        self.skip_space()
        start = self.at
        string = _STRING.match(self.text, start)
        if string:
            self.at = string.end()
            return Constant(string[1].replace("''", "'"), start, self.at - start)
        double = _DOUBLE.match(self.text, start)
        if double:
            self.at = double.end()
            return Constant(_unescaped(double[1]), start, self.at - start, double_quoted=True)
        match = _OPERAND.match(self.text, start)
        if match is None:
            raise self.unexpected()
        text = match[0]
        length = self.longest_name(self.text[start:]) if text.startswith("$") else 0
        if length > len(text):
            pointer = _POINTER.match(self.text, start + length)
            text = self.text[start : pointer.end() if pointer is not None else start + length]
        self.at = start + len(text)
        if text in _WORDS:
            return Constant(_WORDS[text], start, len(text))
        number = parse_number(text)
        if number is not None:
            return Constant(number, start, len(text))
        if not text.startswith("$"):
            if text[0] in "'\"":
                raise ExpressionError("the string is not closed", start, len(text), f"add {text[0]} at its end")
            if text.lower() in ("and", "or", "not"):
                help = operator_help(self.text, start)
                raise ExpressionError(f"{text!r} is not an operator", start, len(text), help)
            raise ExpressionError(
                f"{text!r} is neither a literal nor a runtime expression",
                start,
                len(text),
                word_help(self.text, start, text),
            )
        try:
            return Reference(parse_expression(text).expression, text, start)
        except ExpressionError as error:
            raise error.shifted(start) from None


def _unescaped(text: str) -> str:
    import json

    try:
        value = json.loads(f'"{text}"')
    except ValueError:
        return text
    return str(value)
