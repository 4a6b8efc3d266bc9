"""Statements of Python as leaves: their tokens, where black may put parentheses, and where it breaks a line.

See arazzoc.emit.lines. What is told apart here is what black's rules ask for: operators with one and with two
operands, brackets of calls and of displays, conditional expressions, comprehensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STRING = r'(?:"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
_BOUNDARY = re.compile(rf"{_STRING}|\#[^\n]*|[()\[\]{{}}\n]", re.S)
_TOKEN = re.compile(
    r"(?P<space>[ ]+)"
    rf"|(?P<string>[rbfRBF]{{0,2}}{_STRING})"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<number>\d(?:[\w.]|(?<=[eE])[-+])*)"
    r"|(?P<newline>\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<operator>\.\.\.|\*\*=|//=|->|:=|[-+*/%&|^=!<>@]=|\*\*|//|<<|>>|[-+*/%&|^~<>=()\[\]{},:.@;])",
    re.S,
)
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
BRACKETS = OPENING | CLOSING
_BEFORE_OPERAND = frozenset(("and", "elif", "else", "for", "from", "if", "import", "in", "is", "not", "or", "return"))
_UNKNOWN = frozenset(("assert", "async", "await", "del", "lambda", "with", "yield", ":=", ";", "~", "@="))
_ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", "**="))
_COMPARISONS = frozenset(("<", ">", "==", "!=", "<=", ">="))

# What a line is broken at, from the strongest.
COMPREHENSION, COMMA, TERNARY, LOGIC, STRING, COMPARISON, DOT = 20, 18, 16, 14, 12, 10, 1
_MATH = {"|": 9, "^": 8, "&": 7, "<<": 6, ">>": 6, "+": 5, "-": 5, "*": 4, "/": 4, "//": 4, "%": 4, "@": 4}


class Unknown(Exception):
    """A statement holds something of which it is not known how black would lay it out."""


class Leaf:
    """A token. Parentheses that black may add have an empty `value` until they are shown.

    `delimiter` is the strength with which a line can be broken after it, `partner` a closing bracket's opening one. A
    bracket `is_atom` if it is no call, subscript or list of parameters; `is_case` if it is that of a case. `kind` is
    the bracket itself for brackets, shown or not.
    """

    __slots__ = ("delimiter", "is_atom", "is_case", "kind", "partner", "prefix", "value")

    def __init__(self, kind: str, value: str, prefix: str = "") -> None:
        self.kind, self.value, self.prefix = kind, value, prefix
        self.delimiter = 0
        self.partner: Leaf | None = None
        self.is_atom = self.is_case = False

    @property
    def length(self) -> int:
        return len(self.prefix) + len(self.value)


def added_comma() -> Leaf:
    """A trailing comma."""
    comma = Leaf("operator", ",")
    comma.delimiter = COMMA
    return comma


def copied(leaves: list[Leaf]) -> list[Leaf]:
    """The same leaves again, so that parentheses that are shown on a trial are not shown for good."""
    copies = {leaf: Leaf(leaf.kind, leaf.value, leaf.prefix) for leaf in leaves}
    for leaf, copy in copies.items():
        copy.delimiter, copy.is_atom, copy.is_case = leaf.delimiter, leaf.is_atom, leaf.is_case
        copy.partner = copies.get(leaf.partner) if leaf.partner is not None else None
    return list(copies.values())


def statements(text: str) -> Iterator[str]:
    """The statements of a text, and its blank lines and comments, each with the line break at its end."""
    depth = start = 0
    for token in _BOUNDARY.finditer(text):
        if token[0] in OPENING:
            depth += 1
        elif token[0] in CLOSING:
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            yield text[start : token.end()]
            start = token.end()
    if start < len(text):
        yield text[start:]


def leaves_of(statement: str) -> list[Leaf]:
    """The leaves of a statement.

    Raises:
        Unknown: it holds a comment, a text of several lines, or a construct that the emitter hardly writes.
    """
    leaves = _Statement(statement).leaves()
    _mark_delimiters(leaves)
    return leaves


class _Statement:
    """The tokens of a statement; `closings` are the places of the closing brackets, by those of the opening ones."""

    def __init__(self, text: str) -> None:
        self.tokens: list[Leaf] = []
        self.closings: dict[int, int] = {}
        opened: list[int] = []
        prefix, end = "", 0
        for match in _TOKEN.finditer(text):
            kind, value = match.lastgroup or "", match[0]
            if match.start() != end:  # between the tokens stands something that is none
                raise Unknown
            end = match.end()
            if kind in ("space", "newline"):
                prefix = " "
                continue
            if kind == "comment" or value in _UNKNOWN or "\n" in value:
                raise Unknown
            kind = value if value in BRACKETS else kind
            before = self.tokens[-1] if self.tokens else None
            if before is None or before.kind in OPENING or kind in CLOSING or value == ",":
                prefix = ""
            leaf = Leaf(kind, value, prefix)
            if kind in OPENING:
                leaf.is_atom = before is None or _is_before_operand(before)
                opened.append(len(self.tokens))
            elif kind in CLOSING:
                opening = self.tokens[opened[-1]]
                leaf.partner, leaf.is_atom = opening, opening.is_atom
                self.closings[opened.pop()] = len(self.tokens)
            self.tokens.append(leaf)
            prefix = ""

    def leaves(self) -> list[Leaf]:
        """The tokens, with parentheses that are not shown where black may show them."""
        tokens = self.tokens
        first, end = tokens[0].value, len(tokens)
        is_block = tokens[-1].value == ":"
        last = end - 1 if is_block else end
        if first == "def":
            leaves = self._definition(last)
        elif first == "from":
            names = self._find("import", 0, end) + 1
            leaves = [*tokens[:names], *self._wrapped(names, end, is_import=True)]
        elif first in ("if", "elif", "while") and is_block:
            leaves = [tokens[0], *self._wrapped(1, last)]
        elif first == "return":
            leaves = [tokens[0], *self._wrapped(1, end)] if end > 1 else tokens[:1]
        elif first == "for":
            middle = self._find("in", 1, last)
            leaves = [tokens[0], *self._wrapped(1, middle), tokens[middle], *self._wrapped(middle + 1, last)]
        elif first == "case" and is_block:
            leaves = self._case(last)
        elif is_block or first in ("class", "import", "@", "match"):
            leaves = self._inner(0, last)
        else:
            leaves = self._assignment(end)
        return [*leaves, *tokens[last:]]

    def _definition(self, last: int) -> list[Leaf]:
        arrow = self._find("->", 0, last)
        parameters = self._parameters(3, arrow - 1)
        return [*self.tokens[:3], *parameters, *self.tokens[arrow - 1 : arrow + 1], *self._wrapped(arrow + 1, last)]

    def _parameters(self, start: int, end: int) -> list[Leaf]:
        """The parameters of a function, those with a union for a type in parentheses of their own."""
        leaves: list[Leaf] = []
        while start < end:
            comma = self._find(",", start, end, default=end)
            default = self._find("=", start, comma, default=comma)
            colon = self._find(":", start, default, default=default)
            leaves += self.tokens[start : min(colon + 1, default)]
            if colon < default:
                is_union = self.tokens[colon + 1].kind == "(" or self._find("|", colon, default, default=end) < end
                leaves += (self._wrapped if is_union else self._inner)(colon + 1, default)
            leaves += [*self._inner(default, comma), *self.tokens[comma : min(comma + 1, end)]]
            start = comma + 1
        return leaves

    def _case(self, last: int) -> list[Leaf]:
        guard = self._find("if", 1, last, default=last)
        pattern = self._wrapped(1, guard)
        pattern[0].is_case = True
        leaves = [self.tokens[0], *pattern]
        return leaves if guard == last else [*leaves, self.tokens[guard], *self._wrapped(guard + 1, last)]

    def _assignment(self, end: int) -> list[Leaf]:
        """An expression, or one that is assigned; what follows a sign of equality, and a type, in parentheses."""
        signs = [i for i in self._level(0, end) if self.tokens[i].value in _ASSIGNMENTS]
        colon = self._find(":", 0, end, default=end)
        signs = [colon, *signs] if colon < end else signs
        if sum(self.tokens[sign].value != ":" for sign in signs) > 1:
            raise Unknown
        target = signs[0] if signs else end
        is_tuple = bool(signs) and self._find(",", 0, target, default=end) < end
        leaves = self._wrapped(0, target) if is_tuple else self._inner(0, target)
        for sign, following in zip(signs, [*signs[1:], end], strict=False):
            leaves += [self.tokens[sign], *self._wrapped(sign + 1, following)]
        return leaves

    def _level(self, start: int, end: int) -> Iterator[int]:
        """The places between start and end that are not within brackets; of a pair, that of the opening one."""
        while start < end:
            yield start
            start = self.closings.get(start, start) + 1

    def _find(self, value: str, start: int, end: int, default: int | None = None) -> int:
        for place in self._level(start, end):
            if self.tokens[place].value == value:
                return place
        if default is None:
            raise Unknown
        return default

    def _wrapped(self, start: int, end: int, *, is_import: bool = False) -> list[Leaf]:
        """An expression in parentheses that are not shown; those that it has are taken, unless they make a tuple."""
        tokens = self.tokens
        if tokens[start].kind == "(" and self.closings[start] == end - 1 and end - start > 2:
            inner = {tokens[place].value for place in self._level(start + 1, end - 1)}
            if is_import or not inner & {",", "for"}:
                opening, closing = tokens[start], tokens[end - 1]
                opening.value = closing.value = ""
                opening.is_atom = closing.is_atom = True
                return [opening, *self._inner(start + 1, end - 1, is_enclosed=True), closing]
        return _in_parentheses(self._inner(start, end, is_enclosed=True), is_atom=True)

    def _inner(self, start: int, end: int, *, is_enclosed: bool = False) -> list[Leaf]:
        """The leaves from start to end, their conditional expressions in parentheses that are not shown.

        If it `is_enclosed` in parentheses, a conditional expression that is all of it needs none.
        """
        leaves: list[Leaf] = []
        piece = start
        for place in [*self._level(start, end), end]:
            if place == end or self.tokens[place].value in (",", "=", ":"):
                leaves += self._piece(piece, place, is_enclosed and (piece, place) == (start, end))
                leaves += self.tokens[place : min(place + 1, end)]
                piece = place + 1
        return leaves

    def _piece(self, start: int, end: int, is_enclosed: bool = False) -> list[Leaf]:
        condition = self._find("if", start, end, default=end)
        loop = self._find("for", start, end, default=end)
        if condition == end or loop < condition:
            return self._plain(start, end)
        otherwise = self._find("else", condition, loop)
        leaves = [*self._plain(start, otherwise + 1), *self._piece(otherwise + 1, loop)]
        if not is_enclosed or loop < end:
            leaves = _in_parentheses(leaves, is_atom=False)
        return [*leaves, *self._plain(loop, end)]

    def _plain(self, start: int, end: int) -> list[Leaf]:
        leaves: list[Leaf] = []
        for place in self._level(start, end):
            leaves.append(self.tokens[place])
            closing = self.closings.get(place)
            if closing is not None:
                leaves += self._inner(place + 1, closing, is_enclosed=self.tokens[place].kind == "(")
                leaves.append(self.tokens[closing])
        return leaves


def _in_parentheses(leaves: list[Leaf], *, is_atom: bool) -> list[Leaf]:
    opening, closing = Leaf("(", "", leaves[0].prefix), Leaf(")", "")
    leaves[0].prefix = ""
    closing.partner = opening
    opening.is_atom = closing.is_atom = is_atom
    return [opening, *leaves, closing]


def _is_before_operand(leaf: Leaf) -> bool:
    """Whether an operand follows: a sign or star is then no operator between two, and a bracket no call."""
    if leaf.kind == "name":
        return leaf.value in _BEFORE_OPERAND
    return leaf.kind == "operator" or leaf.kind in OPENING


def _mark_delimiters(leaves: list[Leaf]) -> None:
    """Set on each leaf how strongly a line can be broken after it."""
    targets: list[int] = []  # the depths of `for` whose `in` is still to come
    loops: set[int] = set()  # the depths of comprehensions
    depth = 0
    before = Leaf("", "")
    for leaf in leaves:
        depth -= leaf.kind in CLOSING
        if leaf.kind in CLOSING:
            loops = {d for d in loops if d <= depth}
        is_target = bool(targets) and targets[-1] == depth
        priority = 0
        if leaf.value == "," and not is_target:
            leaf.delimiter = COMMA
        elif leaf.kind == "string":
            priority = STRING if before.kind == "string" else 0
        elif leaf.kind == "operator":
            priority = _operator_priority(leaf.value, before)
        elif leaf.value == "for":
            priority = COMPREHENSION
            targets.append(depth)
            loops.add(depth)
        elif leaf.value == "in" and is_target:
            targets.pop()
        elif leaf.kind == "name":
            priority = COMPREHENSION if leaf.value == "if" and depth in loops else _word_priority(leaf.value, before)
        before.delimiter = priority or before.delimiter
        depth += leaf.kind in OPENING
        before = leaf


def _word_priority(word: str, before: Leaf) -> int:
    if word in ("and", "or"):
        return LOGIC
    if word in ("if", "else"):
        return TERNARY
    if word == "not" and not _is_before_operand(before):  # the first word of `not in`
        return COMPARISON
    return COMPARISON if word == "is" or (word == "in" and before.value != "not") else 0


def _operator_priority(operator: str, before: Leaf) -> int:
    if operator in _COMPARISONS:
        return COMPARISON
    if operator == ".":
        return DOT if before.kind in CLOSING else 0
    if not before.kind or _is_before_operand(before):
        return 0
    if operator == "**":  # black decides by its operands whether there are spaces around it
        raise Unknown
    return _MATH.get(operator, 0)
