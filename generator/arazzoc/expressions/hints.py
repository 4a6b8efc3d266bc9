"""What authors of other languages write in conditions, and the form that the specification has for it."""

from __future__ import annotations

import re

_OPERATORS = {"===": "==", "!==": "!=", "<>": "!=", "=": "==", "and": "&&", "or": "||", "not": "!", "=~": "type: regex"}
_OPERATOR = re.compile(r"===|!==|<>|=~|=(?!=)|(?:and|or|not)\b", re.I)
_BRACES = re.compile(r"\{(\$[^{}]*)\}")
_LITERALS = {"true": "true", "false": "false", "null": "null", "none": "null", "nil": "null", "undefined": "null"}


def operator_help(text: str, at: int) -> str | None:
    """The help line for what stands at a place where an operator or operand belongs."""
    for start in (at - 2, at - 1, at):
        found = _OPERATOR.match(text, start) if start >= 0 else None
        if found is not None and found.end() > at:
            return f"write {_OPERATORS[found[0].lower()]} in place of {found[0]}"
    return None


def braces_help(text: str, at: int) -> str | None:
    """The help line for an expression in braces where none may be."""
    braced = _BRACES.match(text, at)
    return f"write {braced[1]} without braces" if braced is not None else None


def literal_help(word: str) -> str | None:
    """The help line for a word that is a literal of another language."""
    literal = _LITERALS.get(word.lower())
    return f"write {literal}" if literal is not None and literal != word else None
