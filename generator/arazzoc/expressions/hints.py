"""What authors of other languages write in conditions, and the form that the specification has for it."""

from __future__ import annotations

import re
from typing import NamedTuple

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import ROOTS, parse_expression

_OPERATORS = {
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=": "==",
    "=>": ">=",
    "=<": "<=",
    "and": "&&",
    "or": "||",
    "not": "!",
    "&": "&&",
    "|": "||",
}
_OPERATOR = re.compile(r"===|!==|<>|=>|=<|=(?![=~])|&(?!&)|\|(?!\|)|(?:and|or|not)\b", re.I)
_PARTS = re.compile(r"(?:contains|includes|has)\b", re.I)
_PATTERNS = re.compile(r"=~|(?:matches|match|like|startsWith|starts_with|endsWith|ends_with)\b", re.I)
_LIST = re.compile(r"(not\s+)?in\s*[\[({]([^\[\](){}]*)[\])}]", re.I)
_THERE = re.compile(r"(?:is\s+(?P<no>not\s+)?)?(?:(?P<yes>exists|defined|present)|null|none)\b", re.I)
_WORDED = {
    "!=": r"(?:is\s+not|isn't)(?:\s+equal\s+to)?|(?:does\s+not|doesn't|not)\s+equals?(?:\s+to)?|neq?",
    "==": r"is(?:\s+equal\s+to)?|equals?(?:\s+to)?|eq",
    ">=": r"(?:is\s+)?greater\s+than\s+or\s+equal\s+to|(?:is\s+)?at\s+least|gte?(?<=e)|ge",
    "<=": r"(?:is\s+)?less\s+than\s+or\s+equal\s+to|(?:is\s+)?at\s+most|lte?(?<=e)|le",
    ">": r"(?:is\s+)?(?:greater|more)\s+than|gt",
    "<": r"(?:is\s+)?less\s+than|lt",
}
_COMPARED = {op: re.compile(rf"(?:{words})(?=\s+(?:['$\d-]|true\b|false\b))", re.I) for op, words in _WORDED.items()}
_STATUS = re.compile(r"(?:http_?)?status(?:_?code)?|code", re.I)
_COMPARISON = re.compile(r"\s*(?:[=!]=|[<>]=?)\s*(?P<status>\$?\d+\b)?(?P<value>\$)?")
_ROOT = re.compile(rf"(?:{'|'.join(root[1:] for root in ROOTS)})\b")
_HALF = re.compile(r"(?:[=!]=|[<>]=?)\s*[^\s&|()<>=!]+")
_MOST_VALUES = 9
_BRACES = re.compile(r"\{(\$[^{}]*)\}")
_LITERALS = {"true": "true", "false": "false", "null": "null", "none": "null", "nil": "null", "undefined": "null"}
_VERBS = r"contains|includes|has|starts_?with|ends_?with|match(?:es)?"
_TEXT_TEST = re.compile(
    rf"(?:(?P<left>\$\S+?)(?:(?:\s+|\.)(?P<verb>{_VERBS})\b\s*\(?|\s*(?P<operator>=~))"
    rf"|(?P<function>{_VERBS})\(\s*(?P<given>\$[^\s,]+)\s*,)\s*(?:'(?P<text>[^']*)'|\"(?P<double>[^\"]*)\")\s*\)?\s*",
    re.I,
)


class TextTest(NamedTuple):
    """A test of a text as other languages write it: what it reads, the verb without blanks, and the text."""

    left: str
    verb: str
    text: str


def text_test(condition: str) -> TextTest | None:
    """Read a condition such as `$x contains 'y'`, `$x.startsWith('y')` or `$x =~ 'y'`; None if it is no such one."""
    found = _TEXT_TEST.fullmatch(condition)
    if found is None:
        return None
    verb = (found["verb"] or found["function"] or "matches").lower().replace("_", "")
    text = found["text"] if found["text"] is not None else found["double"]
    return TextTest(found["left"] or found["given"], verb, text)


def operator_help(text: str, at: int) -> str | None:
    """The help line for what stands at a place where an operator or operand belongs."""
    worded = ((operator, found[0]) for operator, words in _COMPARED.items() if (found := words.match(text, at)))
    for operator, words in worded:
        return f"write {operator} in place of {words}"
    if _PARTS.match(text, at):
        return "a part of a text is found with type: regex, an item of a list with type: jsonpath, and a context"
    if _PATTERNS.match(text, at):
        return "a pattern is a condition of type: regex, with a context"
    if text[at] in "+-*/%":
        return "there is no arithmetic here"
    for start in (at - 2, at - 1, at):
        found = _OPERATOR.match(text, start) if start >= 0 else None
        if found is not None and found.end() > at:
            if found[0].lower() == "not" and not re.search(r"(?:^|&&|\|\||[(!])\s*$", text[:start]):
                return None  # what it negates is no condition
            if found[0].lower() == "not" and not text[:start].strip():
                return "put ! in place of not, and the condition in quotes: for YAML a ! at the start is a tag"
            return f"write {_OPERATORS[found[0].lower()]} in place of {found[0]}"
    return None


def comparison_help(text: str, at: int, left: str) -> tuple[str, int] | None:
    """What stands after an operand in place of a comparison of this language: how that is written, in place of how many
    characters.
    """
    among, there = _LIST.match(text, at), _THERE.match(text, at)
    if among is not None:
        sign, join = ("!=", " && ") if among[1] else ("==", " || ")
        values = [value.strip() for value in among[2].split(",")]
        if any(value.count("'") % 2 or value.count('"') % 2 for value in values):
            return None  # a comma is in one of them
        written = join.join(f"{left} {sign} {_quoted(value)}" for value in values if value)
        is_all = not text[among.end() :].strip() and text.startswith(left)
        written = written if is_all or join not in written else f"({written})"
        return (written, len(among[0])) if len(values) <= _MOST_VALUES and written else None
    if there is not None:
        is_there = bool(there["yes"]) != bool(there["no"])  # exists, is not null
        return f"{left} {'!=' if is_there else '=='} null", len(there[0])
    return None


def half_help(text: str, at: int, left: str) -> tuple[str, int] | None:
    """What is written where a comparison has an operator and no left side: that of the one before it is meant."""
    half = _HALF.match(text, at) if left and text[:at].rstrip().endswith(("&&", "||")) else None
    return (f"{left} {half[0]}", len(half[0])) if half is not None else None


def _quoted(text: str) -> str:
    """A value of a list as a literal of a condition."""
    if text[:1] in ("'", "$") or re.fullmatch(r"-?[0-9.]+|true|false|null", text):
        return text
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return "'" + bare.replace("'", "''") + "'"


def class_help(operator: str, word: str) -> str | None:
    """The help line for a status that is compared with a class of statuses, such as 2xx."""
    found = re.fullmatch(r"([1-5])xx", word.strip("'\""), re.I)
    if found is None or operator not in ("==", "!="):
        return None
    first, join, last = (">=", "&&", "<") if operator == "==" else ("<", "||", ">=")
    return f"write $statusCode {first} {found[1]}00 {join} $statusCode {last} {int(found[1]) + 1}00"


def word_help(text: str, start: int, word: str) -> str | None:
    """The help line for a word that is neither a literal nor an expression."""
    if text.startswith("(", start + len(word)):
        return "there are no functions in conditions"
    if word[0] == word[-1] == "`" and len(word) > 2:
        return f"write {_quoted(word[1:-1])}"
    if _ROOT.match(word):
        return f"write ${word}" if _is_whole(f"${word}") else None
    compared = _COMPARISON.match(text, start + len(word))
    if compared is not None and compared["status"] and _STATUS.fullmatch(word):
        return f"write $statusCode in place of {word}"
    is_left = compared is not None and not compared["value"]  # a text would be compared with what is no expression
    if is_left or re.match(r"\s+[\w$'\"]", text[start + len(word) :]):
        return literal_help(word)
    return literal_help(word) or f"if it is text, write {_quoted(word)} in single quotes"


def _is_whole(text: str) -> bool:
    try:
        parse_expression(text)
    except ExpressionError:
        return False
    return True


def braces_help(text: str, at: int) -> str | None:
    """The help line for an expression in braces where none may be."""
    braced = _BRACES.match(text, at)
    return f"write {braced[1]} without braces" if braced is not None else None


def literal_help(word: str) -> str | None:
    """The help line for a word that is a literal of another language."""
    literal = _LITERALS.get(word.lower())
    return f"write {literal}" if literal is not None and literal != word else None
