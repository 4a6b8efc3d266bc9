"""JSON Pointer (RFC 6901)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from arazzoc.expressions.errors import ExpressionError

_BAD_ESCAPE = re.compile(r"~(?![01])")
_ACCESSOR = re.compile(
    r"""\.(?P<name>[^.\[\]\s()]+)
      | \[(?P<index>[0-9]+)\]
      | \['(?P<single>[^']*)'\]
      | \["(?P<double>[^"]*)"\]""",
    re.X,
)


def parse_pointer(text: str) -> tuple[str, ...]:
    """Parse a JSON Pointer to its reference tokens, unescaped (RFC 6901, sections 3 and 4).

    Raises:
        ExpressionError: the text does not begin with `/`, or a `~` is not followed by 0 or 1.
    """
    if not text:
        return ()
    if not text.startswith("/"):
        raise ExpressionError("the JSON Pointer does not begin with '/'", 0, len(text), f"write {_meant(text)}")
    bad = _BAD_ESCAPE.search(text)
    if bad:
        raise ExpressionError("'~' in a JSON Pointer is not followed by 0 or 1", bad.start(), 1, "write ~0 for '~'")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/"))


def _meant(text: str) -> str:
    """The JSON Pointer that a fragment, a path with dots, or an expression was meant as."""
    rest = re.sub(r"^\$(?:request|response)\.body(?=[#.\[]|$)", "", text).lstrip("#")
    if not rest.startswith("/") and (rest.startswith(("$", ".", "[")) or "/" not in rest):
        path = rest.removeprefix("$")
        try:
            return format_pointer(parse_accessors(path if path[:1] in (".", "[") else f".{path}"))
        except ExpressionError:
            pass
    return f"/{rest.lstrip('/')}"


def parse_fragment(text: str) -> tuple[str, ...]:
    """Parse a URI fragment, without its `#`, to reference tokens; it is percent-decoded first (RFC 6901, section 6)."""
    return parse_pointer(unquote(text))


def format_pointer(tokens: tuple[str, ...]) -> str:
    """Write reference tokens as a JSON Pointer (RFC 6901, section 3)."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def parse_accessors(text: str) -> tuple[str, ...]:
    """Parse `.name`, `[0]` and `['name']` accessors to reference tokens (Arazzo 1.1.0, Criterion Object, Operators).

    Raises:
        ExpressionError: the text is not a sequence of accessors.
    """
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _ACCESSOR.match(text, at)
        if match is None:
            shown = text[at:].split(".")[0] or text[at:]
            raise ExpressionError(f"{shown!r} is not an index or a property name", at, max(1, len(shown)))
        tokens.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return tuple(tokens)
