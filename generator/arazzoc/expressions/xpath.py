"""XPath 1.0 to 3.1, checked with the library elementpath at compile time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arazzoc.expressions.errors import ExpressionError, Unsupported

VERSIONS = {
    "xpath-10": "XPath1Parser",
    "xpath-20": "XPath2Parser",
    "xpath-30": "XPath30Parser",
    "xpath-31": "XPath31Parser",
}
_PREFIX = re.compile(r"(?<![\w.:-])([A-Za-z_][\w.-]*):(?=[A-Za-z_*])")
_BUILT_IN = frozenset({"fn", "xs", "math", "map", "array", "err", "xml"})
# Functions that read files, the network or the environment.
REFUSED = ("doc", "doc-available", "collection", "unparsed-text", "environment-variable", "uri-collection", "json-doc")


def parser_class(version: str) -> Any:
    """Return the parser of elementpath for a `version` of the Expression Type Object."""
    if version in ("xpath-10", "xpath-20"):
        import elementpath

        return getattr(elementpath, VERSIONS[version])
    import elementpath.xpath30
    import elementpath.xpath31

    module = elementpath.xpath31 if version == "xpath-31" else elementpath.xpath30
    return getattr(module, VERSIONS[version])


IGNORED = re.compile(r"""'(?:[^'$]|'')*'|"(?:[^"$]|"")*"|\{\$[^{}]*\}""")
"""Where no root of an expression is looked for in an XPath expression."""
_VARIABLE = re.compile(r"\$([A-Za-z_][\w.-]*)(\s+(?:in|as)\b|\s*:=|\s*[,)])?")
_STRING = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")


def with_variables(text: str, spans: Sequence[tuple[int, int]], variable: Callable[[int], str]) -> str:
    """Return an XPath expression with variables in place of the spans; within a string, it becomes a concatenation.

    Raises:
        Unsupported: a span is a part of a name, or a name itself.
    """
    pending = {start: (number, stop) for number, (start, stop) in enumerate(spans)}
    out: list[str] = []
    at = 0
    while at < len(text):
        string = _STRING.match(text, at)
        if string is not None:
            inside = [(start, stop) for start, stop in spans if at < start < string.end()]
            out.append(_concatenated(string[0], at, inside, pending, variable) if inside else string[0])
            at = string.end()
        elif at in pending:
            number, stop = pending[at]
            before, after = text[:at].rstrip()[-1:], text[stop:].lstrip()[:1]
            if (
                before in _BEFORE_NAMES
                or after in _AFTER_NAMES
                or text[at - 1 : at].isalnum()
                or text[stop : stop + 1].isalnum()
            ):
                what = "an expression in place of a name is not supported in XPath"
                raise Unsupported(what, at, stop - at, "compare name() with it")
            out.append(f"${variable(number)}")
            at = stop
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


_BEFORE_NAMES, _AFTER_NAMES = tuple("/@:$"), tuple("(/:[-_.")


def _concatenated(
    string: str,
    start: int,
    spans: Sequence[tuple[int, int]],
    numbers: Mapping[int, tuple[int, int]],
    variable: Callable[[int], str],
) -> str:
    """A string of XPath, which begins at `start`, with variables in place of the spans in it."""
    quote, end, parts = string[0], 1, list[str]()
    for low, high in spans:
        if low - start > end:
            parts.append(f"{quote}{string[end : low - start]}{quote}")
        parts.append(f"string(${variable(numbers[low][0])})")
        end = high - start
    if end < len(string) - 1:
        parts.append(f"{quote}{string[end:-1]}{quote}")
    return parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"


def check_xpath(text: str, version: str, variables: Sequence[str] = ()) -> None:
    """Check the syntax of an XPath expression, and that it binds the variables that it uses, besides those given.

    Raises:
        ExpressionError: the text is not an expression of that version.
        Unsupported: elementpath is not installed, or the expression reads more than its document.
    """
    if version not in VERSIONS:
        raise ExpressionError(f"there is no XPath version {version!r}", 0, len(text), "write xpath-31")
    try:
        import elementpath
    except ImportError:
        raise Unsupported(
            "the library elementpath, which XPath needs, is not installed",
            0,
            len(text),
            "run pip install 'arazzoc[xpath]'",
        ) from None
    for name in REFUSED:
        if f"{name}(" in text.replace(" ", ""):
            raise Unsupported(
                f"the function {name}() is not supported: it reads more than the response", text.find(name)
            )
    code = _STRING.sub(lambda string: " " * len(string[0]), text)
    bound = {found[1] for found in _VARIABLE.finditer(code) if found[2]}
    for found in _VARIABLE.finditer(code):
        if found[1] not in bound and found[1] not in variables:
            raise ExpressionError(f"there is no variable {found[0]}", found.start(), len(found[0]))
    if "collation" in text:
        raise Unsupported("collations are not supported", max(0, text.find("collation")))
    try:
        # The namespaces of the prefixes are known at run time; here any will do (AMB-46).
        prefixes = {name: f"urn:{name}" for name in set(_PREFIX.findall(text)) - _BUILT_IN}
        parser_class(version)(namespaces=prefixes).parse(text)
    except (elementpath.ElementPathError, RecursionError) as error:
        message = str(error).split("] ", 1)[-1].replace("'", "")[:120] or "not XPath"
        raise ExpressionError(f"not XPath: {message}", 0, max(1, len(text))) from None
