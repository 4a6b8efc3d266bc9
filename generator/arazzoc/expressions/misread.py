"""Text that was meant as an expression, and is written as other languages have it; none of it is evaluated (AMB-26)."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import ROOTS, parse_expression, root_of
from arazzoc.expressions.template import LongestName


class Misread(Struct, frozen=True):
    """What was meant: its place in the text, and how it is written."""

    kind: Literal["template", "dollar", "operator"]
    offset: int
    length: int
    rewrite: str | None


_NAMES = "|".join(root[1:] for root in ROOTS if root not in ("$url", "$method", "$self", "$message"))
_TEMPLATE = re.compile(
    rf"(?:\$\{{\{{?|\$\(|[#%@]\{{|\{{|<)\s*\$?((?:{_NAMES})(?:\.[^{{}}()<>\s]+)?)\s*(?:\}}\}}?|\)|>)"
)
_BARE = re.compile(rf"(?:{_NAMES})(?:\.[A-Za-z_][^\s{{}}$]*)?")
_OPERATOR = re.compile(r"(?<=\S)\s+(?:\+|\?\?|\|\|?|\?|&&|[=!]=|[<>]=?)\s+(?=\S)")
_PERCENT = re.compile(rf"%((?:{_NAMES})\.[^%\s]+)%")


def misread(text: str, longest_name: LongestName) -> Misread | None:
    """Find what of a text was meant as an expression, where nothing in it is one."""
    for found in (*_TEMPLATE.finditer(text), *_PERCENT.finditer(text)):
        in_braces = re.match(r"\{(?:\{|\s*\$)", found[0]) is not None
        if in_braces or text[max(found.start() - 1, 0) : found.start()] == "{":
            continue  # that is told with the braces
        meant = f"${found[1]}"
        if _is_expression(meant, longest_name):
            is_whole = found[0] == text.strip()
            rewrite = meant if is_whole else f"{{{meant}}}"
            return Misread("template", found.start(), len(found[0]), rewrite)
    if _BARE.fullmatch(text) and _is_expression(f"${text}", longest_name) and _is_sure(text, longest_name):
        return Misread("dollar", 0, len(text), f"${text}")
    return operator_in(text)


def is_calculated(text: str, end: int) -> bool:
    """Whether an operator, and no text, follows the expression that ends there."""
    return re.match(r"\s+(?:\+|\?\?|\|\||&&)\s+\S", text[end:]) is not None


def operator_in(text: str) -> Misread | None:
    """Find an operator after an expression with which a text begins."""
    root = root_of(text)
    if root not in ROOTS or text[len(root) : len(root) + 1] not in (".", " "):
        return None
    found = _OPERATOR.search(text)
    if found is None or ("#" in text[: found.start()] and text[found.end()] not in "$'\"0123456789"):
        return None  # names in a pointer can have any characters
    sign = found[0].strip()
    start = found.start() + found[0].find(sign)
    return Misread("operator", start, len(sign), None)


def _is_expression(text: str, longest_name: LongestName) -> bool:
    try:
        parse_expression(text)
    except ExpressionError:
        return bool(longest_name(text))
    return True


def _is_sure(text: str, longest_name: LongestName) -> bool:
    """Whether a text without a dollar can hardly mean something else."""
    if text.startswith(("response.", "request.")):
        return re.match(r"(?:response|request)\.(?:body|headers?|query|path)(?:$|[.#\[])", text) is not None
    if text.startswith("steps."):
        return ".outputs." in text
    return longest_name(f"${text}") > 0 or text == "statusCode"
