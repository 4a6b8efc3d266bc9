"""Long lines broken as black breaks them: its stable style of 2026, 88 columns.

What the emitter writes is a small part of Python, one statement a line or broken within brackets. For that part
`laid_out` gives what black gives, in a twentieth of the time and whichever version of black is installed. It refuses
the rest, such as comments within brackets, lambdas, or a line of which the width is open; then black itself is asked
(`by_black`). Tests compare both on every module that is compiled, and on statements made at random.

The rules are those that black documents as "The Black code style": the last bracket of a line is broken first; what
is in it goes on a line of its own, or, where that is too long, is broken at its strongest delimiters; a trailing
comma keeps a bracket broken; parentheses are added where nothing else can be broken, and go where they are not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from arazzoc.emit.leaves import (
    BRACKETS,
    CLOSING,
    COMMA,
    DOT,
    OPENING,
    Leaf,
    Unknown,
    added_comma,
    copied,
    leaves_of,
    statements,
)
from arazzoc.source import garbage_collector_off

WIDTH = 88

_MAY_CHANGE = re.compile(r",[)\]}]|\{ |(?:=|:|return|if|in|for|while|case) \(|\n.")


def formatted(text: str, *, was_laid_out: bool = False) -> str:
    """The text as black writes it."""
    try:
        return laid_out(text, was_laid_out=was_laid_out)
    except Unknown:
        return by_black(text)


def by_black(text: str) -> str:
    """The text as black itself writes it."""
    import black
    from black.mode import TargetVersion

    with garbage_collector_off():
        result: str = black.format_str(text, mode=black.Mode(target_versions={TargetVersion.PY311}))
    return result


def laid_out(text: str, *, was_laid_out: bool = False) -> str:
    """A text of Python as black writes it; blank lines are taken to be right, up to two of them.

    In one that `was_laid_out` before names were set in it, only what has become too long is broken.

    Raises:
        Unknown: the text holds something of which it is not known how black would lay it out.
    """
    laid: list[str] = []
    blank = 0
    for statement in statements(text):
        blank = blank + 1 if statement == "\n" else 0
        if blank > 2:
            continue
        if statement.lstrip(" ").startswith(("#", '"""', 'r"""')):
            laid.append(statement)
            continue
        may_change = not was_laid_out and _MAY_CHANGE.search(statement) is not None
        is_long = len(statement) > WIDTH // 2 and not all(fits(line) for line in statement.splitlines())
        laid.append(_broken(statement) if may_change or is_long else statement)
    return "".join(laid).rstrip("\n") + "\n"


def fits(text: str, width: int = WIDTH) -> bool:
    """Whether a line is short enough; a character that is not ASCII may be as wide as two, or as none.

    Raises:
        Unknown: that depends on the width of those characters.
    """
    if text.isascii():
        return len(text) <= width
    others = sum(not c.isascii() for c in text)
    if len(text) - others <= width < len(text) + others:
        raise Unknown
    return len(text) <= width


def _broken(statement: str) -> str:
    """A statement as black writes it: twice, since a comma that is added the first time can matter the second."""
    for _ in range(2):
        depth = (len(statement) - len(statement.lstrip(" "))) // 4
        lines = _split(Line(leaves_of(statement), depth, is_tracked=True))
        again = "".join(f"{line}\n" for line in lines)
        if again == statement:
            break
        statement = again
    return statement


class _CannotSplit(Exception):
    """A way to break a line that does not apply."""


class Line:
    """A line to be: leaves at an indentation.

    One that `is_inside` brackets that were broken can be broken at its delimiters, and has to be if it `must_split`.
    What is in the brackets of a line counts only if it `is_tracked`, as black does not look into the end of a line.
    """

    def __init__(self, leaves: list[Leaf], depth: int, *, is_inside: bool = False, is_tracked: bool = False) -> None:
        self.leaves, self.depth, self.is_inside = leaves, depth, is_inside
        self.must_split = self.has_magic_comma = False
        self.is_definition = leaves[0].value == "def"
        self.is_import = leaves[0].value in ("import", "from")
        self.delimiters: dict[Leaf, int] = {}
        self.invisible: list[Leaf] = []
        self.outer_invisible: list[Leaf] = []
        if is_inside or is_tracked:
            self._track()

    def _track(self) -> None:
        depth, last = 0, self.leaves[-1]
        for index, leaf in enumerate(self.leaves):
            depth -= leaf.kind in CLOSING
            if depth == 0 and leaf.delimiter and (leaf is not last or leaf.value == ","):
                self.delimiters[leaf] = leaf.delimiter
            if leaf.kind in BRACKETS:
                if not leaf.value:
                    self.invisible.append(leaf)
                    self.outer_invisible += [leaf] if depth == 0 else []
                self.has_magic_comma = self.has_magic_comma or self.is_magic(index)
                depth += leaf.kind in OPENING

    def is_magic(self, place: int) -> bool:
        """Whether a bracket stays broken for the comma before its end: not that of a tuple or subscript of one."""
        leaf = self.leaves[place]
        if leaf.kind not in CLOSING or not place or self.leaves[place - 1].value != ",":
            return False
        if leaf.kind == "}" or self.is_import or leaf.is_atom == (leaf.kind == "]"):
            return True
        commas = depth = 0
        for other in reversed(self.leaves[:place]):
            depth += (other.kind in CLOSING) - (other.kind in OPENING)
            if depth < 0:
                break
            commas += depth == 0 and other.value == ","
        return commas > 1

    def strongest(self, *, but_last: bool = False) -> int:
        """The priority of the strongest delimiter, 0 if there is none."""
        last = self.leaves[-1] if but_last else None
        return max((priority for leaf, priority in self.delimiters.items() if leaf is not last), default=0)

    def count(self, priority: int) -> int:
        """How many delimiters have that priority."""
        return list(self.delimiters.values()).count(priority)

    def equals(self) -> int:
        """How many signs of equality stand in the line, those of keyword arguments too."""
        return sum(leaf.value == "=" for leaf in self.leaves)

    def __str__(self) -> str:
        return "    " * self.depth + self.leaves[0].value + "".join([x.prefix + x.value for x in self.leaves[1:]])

    def fits(self, width: int = WIDTH) -> bool:
        """Whether the line is short enough."""
        return fits(str(self), width)


class _Split:
    """A line broken at a bracket: what is before it, in it and after it."""

    def __init__(self, line: Line, start: int, end: int) -> None:
        head, body, tail = line.leaves[: start + 1], line.leaves[start + 1 : end], line.leaves[end:]
        self.opening, self.closing = head[-1], tail[0]
        self.head, self.tail = Line(head, line.depth), Line(tail, line.depth)
        pairs = _pairs(head)
        self.head.has_magic_comma = bool(pairs) and Line(pairs, 0, is_tracked=True).has_magic_comma
        if _needs_comma(line, self.opening, body):
            body = [*body, added_comma()]
        self.body = Line(body, line.depth + 1, is_inside=True)
        ends_in_comma = body[-1].value == ","
        are_many = self.body.strongest(but_last=ends_in_comma) == COMMA
        self.body.must_split = are_many and (ends_in_comma or self.opening.is_atom or line.is_import)

    def lines(self) -> list[Line]:
        """The lines, the brackets shown."""
        self.opening.value, self.closing.value = self.opening.kind, self.closing.kind
        return [self.head, self.body, self.tail]


def _pairs(leaves: list[Leaf]) -> list[Leaf]:
    """The leaves between brackets that are opened and closed among them."""
    places = {leaf: place for place, leaf in enumerate(leaves)}
    kept: set[int] = set()
    for leaf, place in places.items():
        if leaf.kind in CLOSING and leaf.partner in places:
            kept.update(range(places[leaf.partner], place + 1))
    return [leaves[place] for place in sorted(kept)]


def _needs_comma(line: Line, opening: Leaf, body: list[Leaf]) -> bool:
    """Whether a trailing comma is added at once: to imports, and to a single parameter."""
    if line.is_import:
        return body[-1].value != ","
    if not line.is_definition or opening.value != "(" or opening.is_atom:
        return False
    return Line(body, 0, is_tracked=True).strongest() < COMMA


def _split(line: Line, *, is_forced: bool = False) -> list[Line]:
    """The lines that a line becomes; if it `is_forced`, optional parentheses are shown."""
    if not line.must_split and not line.has_magic_comma and line.fits():
        return [line]
    ways: list[_Way] = [_split_from_the_right]
    if line.is_definition and not _has_magic_return(line):
        ways = [_split_parameters]
    elif line.is_inside:
        ways = [_split_at_delimiters, _split_from_the_right]
    for way in ways:
        try:
            return _split_so(line, way, is_forced)
        except _CannotSplit:
            continue
    return [line]


_Way = Callable[[Line, bool], list[Line]]


def _split_so(line: Line, way: _Way, is_forced: bool) -> list[Line]:
    before = str(line)
    result: list[Line] = []
    for part in way(line, is_forced):
        if str(part) == before:
            raise _CannotSplit
        result += _split(part, is_forced=is_forced)
    if is_forced or way is not _split_from_the_right or result[0].fits() or not line.invisible:
        return result
    if any(leaf.value for leaf in line.outer_invisible):
        return result
    # The first line is still too long: see whether parentheses help.
    again = Line(copied(line.leaves), line.depth, is_inside=line.is_inside, is_tracked=True)
    forced = _split_so(again, way, True)
    return forced if all(part.fits() for part in forced) else result


def _has_magic_return(line: Line) -> bool:
    """Whether a trailing comma keeps a bracket of a function's return type broken."""
    arrow = next((place for place, leaf in enumerate(line.leaves) if leaf.value == "->"), len(line.leaves))
    returned = line.leaves[arrow + 1 : -1]
    return bool(returned) and Line(returned, 0, is_tracked=True).has_magic_comma


def _split_parameters(line: Line, _: bool) -> list[Line]:
    end = next((place for place, leaf in enumerate(line.leaves) if leaf.partner is line.leaves[2]), None)
    if end is None:  # nothing but a name that is too long
        raise _CannotSplit
    if end == 3:  # no parameters: it is the type returned that is broken
        raise Unknown
    return _Split(line, 2, end).lines()


def _split_at_delimiters(line: Line, _: bool) -> list[Line]:
    priority = line.strongest(but_last=True)
    if not priority or (priority == DOT and line.count(DOT) == 1):
        raise _CannotSplit
    parts: list[list[Leaf]] = [[]]
    for leaf in line.leaves:
        parts[-1].append(leaf)
        if line.delimiters.get(leaf) == priority:
            parts.append([])
    if not parts[-1]:
        parts.pop()
    elif priority == COMMA:
        parts[-1].append(added_comma())
    return [Line(part, line.depth, is_inside=True) for part in parts]


def _split_from_the_right(line: Line, is_forced: bool) -> list[Line]:
    """Break the last bracket; or one before it, so that what follows stays whole on the last line."""
    first: list[Line] | None = None
    for whole in _trailers(line):
        lines = _without_optional(line, _last_bracket(line, whole), whole, is_forced)
        first = lines if first is None and not whole else first
        if lines[0].fits():
            return lines
    none: frozenset[Leaf] = frozenset()
    return first or _without_optional(line, _last_bracket(line, none), none, is_forced)


def _trailers(line: Line) -> Iterator[frozenset[Leaf]]:
    """Sets of closing brackets, from the right, that can be left whole: as far as they fit on the last line."""
    whole: set[Leaf] = set()
    if not line.has_magic_comma:
        yield frozenset()
    length = 4 * line.depth
    opening: Leaf | None = None
    closing: Leaf | None = None
    inner: set[Leaf] = set()
    for place in range(len(line.leaves) - 1, -1, -1):
        leaf = line.leaves[place]
        length += leaf.length
        if length > WIDTH:
            return
        if leaf is opening:
            opening = None
        if leaf.kind not in CLOSING:
            continue
        if opening is not None:
            if line.is_magic(place):
                return
            inner.add(leaf)
        elif place and line.leaves[place - 1].kind in OPENING:
            inner.add(leaf)
        else:
            if closing is not None:
                whole |= {closing, *inner}
                inner.clear()
                yield frozenset(whole)
            if line.is_magic(place):
                return
            if leaf.value:
                opening, closing = leaf.partner, leaf


def _last_bracket(line: Line, whole: frozenset[Leaf]) -> _Split:
    """The line broken at its last bracket that is not empty and not to be left whole."""
    places = {leaf: place for place, leaf in enumerate(line.leaves)}
    end = len(line.leaves) - 1
    while end >= 0:
        closing = line.leaves[end]
        if closing.kind in CLOSING and closing not in whole:
            start = places.get(closing.partner) if closing.partner is not None else None
            if start is None:
                raise _CannotSplit
            if start < end - 1:
                return _Split(line, start, end)
            end = start
        end -= 1
    raise _CannotSplit


def _without_optional(line: Line, split: _Split, whole: frozenset[Leaf], is_forced: bool) -> list[Line]:
    """The lines of a split; if that is at optional parentheses, of a better one that does without them."""
    is_optional = split.opening.kind == "(" and not split.opening.value
    if is_optional and not is_forced and not line.is_import and _can_omit_parentheses(split.body):
        whole |= {split.closing}
        try:
            other = _last_bracket(line, whole)
            if _is_better(other, split):
                return _without_optional(line, other, whole, is_forced)
        except _CannotSplit:
            is_hopeless = not _can_be_split(split.body) and not split.body.fits()
            if is_hopeless and not split.opening.is_case:
                raise
    return split.lines()


def _is_better(other: _Split, split: _Split) -> bool:
    """Whether a split without optional parentheses is better than the one at them."""
    head = split.head
    if len(head.leaves) < 2 or head.leaves[-2].value != "=":
        return True
    # The parentheses stand right of an assignment, for example to `a.b(c).d` or with a type.
    if not any(leaf.kind in BRACKETS for leaf in head.leaves[:-1]):
        return True
    if not head.fits(WIDTH - 1) or head.has_magic_comma:
        return True
    if head.equals() > 1 and head.equals() > other.head.equals():
        return False
    for leaf in reversed(other.head.leaves):
        if leaf.value == "=":
            return other.head.fits()
        if leaf.kind in CLOSING:
            return True
    return False


def _can_omit_parentheses(body: Line) -> bool:
    """Whether what is in optional parentheses can be broken well without them."""
    priority = body.strongest()
    if not priority or (priority == DOT and body.count(DOT) == 1):
        return True
    if body.count(priority) > 1:
        return False
    first, second, before, last = body.leaves[0], body.leaves[1], body.leaves[-2], body.leaves[-1]
    if first.kind in OPENING and second.kind not in CLOSING and _can_omit_opening(body, first):
        return True
    if last.kind not in CLOSING or (last.kind == "]" and not last.is_atom) or before.kind in OPENING:
        return False
    return _can_omit_closing(body, last)


def _can_omit_opening(body: Line, first: Leaf) -> bool:
    """Whether what follows the bracket that the line begins with fits, or has brackets of its own."""
    length, is_after = 4 * body.depth, False
    for leaf in body.leaves:
        is_after = is_after or leaf.partner is first
        if is_after:
            length += leaf.length
            if length > WIDTH:
                return False
            is_after = leaf.kind not in OPENING
    return True


def _can_omit_closing(body: Line, last: Leaf) -> bool:
    """Whether what precedes the bracket that the line ends with fits, or has brackets of its own."""
    length, has_brackets = 4 * body.depth, False
    for leaf in body.leaves:
        length += leaf.length
        if leaf is last.partner:
            return has_brackets or length <= WIDTH
        has_brackets = has_brackets or leaf.kind in OPENING
    return False


def _can_be_split(line: Line) -> bool:
    """Whether a line may have a place to be broken at."""
    if len(line.leaves) > 1 and line.leaves[0].kind == "string" and line.leaves[1].value == ".":
        raise Unknown
    return len(line.leaves) > 1
