"""Names of generated things: valid, readable, without collisions, and the same on every run."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# What step functions and annotations name themselves: an argument or field of that name would hide it.
_NEEDED = frozenset(
    (
        "any",
        "bool",
        "bytes",
        "dict",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
        "self",
        "slice",
        "str",
        "tuple",
        "type",
    )
)


def words(text: str) -> list[str]:
    """The words of a name, however it joins them; letters beyond ASCII are spelled without accents or dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _WORD.findall(plain)


def snake_case(text: str, fallback: str = "value") -> str:
    """A name for arguments and attributes; it may be that of a builtin which generated code does not use."""
    name = _joined(text, fallback)
    return f"{name}_" if keyword.iskeyword(name) or name in _NEEDED else name


def function_name(text: str, fallback: str = "step") -> str:
    """A name for functions of the module: neither a keyword nor a builtin."""
    name = _joined(text, fallback)
    return f"{name}_{fallback}" if _is_reserved(name) else name


def _joined(text: str, fallback: str) -> str:
    name = "_".join(word.lower() for word in words(text)) or fallback
    return f"{fallback}_{name}" if name[0].isdigit() else name


def pascal_case(text: str, fallback: str = "Value") -> str:
    """A name for classes and types."""
    name = (
        "".join(
            word[0].upper() + word[1:].lower() if word.isupper() and len(word) > 1 else word[0].upper() + word[1:]
            for word in words(text)
        )
        or fallback
    )
    if name[0].isdigit():
        name = fallback + name
    return f"{name}_" if _is_reserved(name) else name


def _is_reserved(name: str) -> bool:
    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)


class Names:
    """A set of names that are taken; each new one is told apart from them by a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def add(self, name: str, *alternatives: str) -> str:
        """Take the name, or the first alternative that is free, or the name with a number."""
        for candidate in (name, *alternatives):
            if candidate not in self.taken:
                self.taken.add(candidate)
                return candidate
        base = (alternatives or (name,))[-1]
        number = 2
        while f"{base}_{number}" in self.taken:
            number += 1
        self.taken.add(f"{base}_{number}")
        return f"{base}_{number}"
