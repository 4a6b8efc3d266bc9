"""What a module takes from elsewhere, recorded while it is written."""

from __future__ import annotations

from arazzoc.emit.quote import Code
from arazzoc.emit.support import Import, library

_STANDARD = {
    "Any": "typing",
    "Callable": "collections.abc",
    "ClassVar": "typing",
    "cast": "typing",
    "Collection": "collections.abc",
    "Final": "typing",
    "Iterable": "collections.abc",
    "Iterator": "collections.abc",
    "Literal": "typing",
    "Mapping": "collections.abc",
    "NotRequired": "typing",
    "Self": "typing",
    "Sequence": "collections.abc",
    "TypeAlias": "typing",
    "TypedDict": "typing",
    "dataclass": "dataclasses",
    "deepcopy": "copy",
    "field": "dataclasses",
    "overload": "typing",
    "partial": "functools",
    "re": "",
    "sys": "",
}
"""The names of the standard library that the emitter writes, with their modules; '' for a module itself."""


class Uses:
    """The names that the text of a module takes from the standard library and from the run-time support."""

    def __init__(self) -> None:
        self.standard: set[str] = set()
        self.support: set[str] = set()

    def name(self, *names: str) -> Code:
        """Record names; the first one is returned as code.

        Raises:
            KeyError: neither the support nor the standard library has such a name (a bug of the emitter).
        """
        for name in names:
            if name in library().public:
                self.support.add(name)
            else:
                _ = _STANDARD[name]
                self.standard.add(name)
        return Code(names[0])

    def call(self, function: str, *arguments: str) -> Code:
        """The call of a function that is taken from elsewhere; empty arguments are left out."""
        return Code(f"{self.name(function)}({', '.join(a for a in arguments if a)})")

    @property
    def imports(self) -> set[Import]:
        """The imports of the standard library."""
        return {Import(_STANDARD[name], name) for name in self.standard}

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the support that are needed, those that they need themselves included, in their order."""
        return library().closure({library().public[name] for name in self.support})


def emitted_names() -> frozenset[str]:
    """All names that generated functions may use: no argument or local variable may hide one."""
    return frozenset(_STANDARD) | frozenset(library().public)
