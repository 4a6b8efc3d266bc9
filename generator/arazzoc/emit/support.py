"""The run-time support as text: its parts, what each defines, and what each needs.

A part is a module of `arazzoc.runtime`: what follows its imports is copied as it is, whole or not at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from arazzoc.graphs import reached

CORE = ("results", "client", "run", "exchange", "transport", "values")
"""The parts that every module needs."""

PARTS = (
    *CORE,
    *("credentials", "parameters", "bodies", "files", "keys", "limits", "workflows", "secrets"),
    *("conditions", "jsonpath", "patterns", "xpath", "replacements"),
    *("inputs", "many", "command", "lines"),
)
"""All parts, in the order in which a module holds them."""

OWN_DEPENDENCIES = ("xpath",)
"""The parts that need another library than requests: a support module holds them only where they are used."""

_START = "# Run-time support"
_INTERNAL = "arazzoc.runtime."


class Import(Struct, frozen=True):
    """`from module import name`, or `import name` where the module is ''."""

    module: str
    name: str


class Part(Struct, frozen=True):
    """A part: its text, its imports, the parts that it needs, and the names that it defines; `interface` are the types
    among them that users write.
    """

    text: str
    imports: frozenset[Import]
    needs: frozenset[str]
    defined: tuple[str, ...]
    interface: tuple[str, ...]

    @property
    def public(self) -> list[str]:
        """The names that are there for others."""
        return [name for name in self.defined if not name.startswith("_")]


class Library(Struct, frozen=True):
    """All parts, and the part of each public name."""

    parts: dict[str, Part]
    public: dict[str, str]

    @property
    def defined(self) -> frozenset[str]:
        """All names that the support may bring into a module, those that it imports included."""
        own = {name for part in self.parts.values() for name in part.defined}
        imported = {i.name.rpartition(" as ")[2].partition(".")[0] for p in self.parts.values() for i in p.imports}
        return frozenset(own | imported)

    def closure(self, chosen: Iterable[str]) -> tuple[str, ...]:
        """The chosen parts, the core, and all that they need, in their order."""
        found = reached([*CORE, *chosen], lambda name: self.parts[name].needs)
        return tuple(name for name in PARTS if name in found)

    def text(self, chosen: Iterable[str]) -> str:
        """The text of parts, one after the other."""
        return "\n\n".join(self.parts[name].text for name in chosen)

    def imports(self, chosen: Iterable[str]) -> set[Import]:
        """What parts import."""
        return {i for name in chosen for i in self.parts[name].imports}

    def names(self, chosen: Iterable[str]) -> list[str]:
        """The public names of parts."""
        return [name for part in chosen for name in self.parts[part].public]


@lru_cache(maxsize=1)
def library() -> Library:
    """The parts as they are stored."""
    folder = Path(__file__).parents[1] / "runtime"
    parts = {name: _part((folder / f"{name}.py").read_text("utf-8")) for name in PARTS}
    return Library(parts, {public: name for name, part in parts.items() for public in part.public})


def _part(source: str) -> Part:
    head, start, rest = source.partition(f"\n{_START}")
    imports: set[Import] = set()
    needs: set[str] = set()
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.Import):
            imports.update(Import("", alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module.startswith(_INTERNAL):
                needs.add(node.module.removeprefix(_INTERNAL))
            elif node.module != "__future__":
                imports.update(Import(node.module, _alias(alias)) for alias in node.names)
    text = f"{start}{rest}".strip("\n") + "\n"
    body = [node for node in tree.body if node.lineno > head.count("\n")]
    types = tuple(n for node in body if _is_type(node) for n in _defined([node]) if not n.startswith("_"))
    return Part(text, frozenset(imports), frozenset(needs), tuple(_defined(body)), types)


def _is_type(node: ast.stmt) -> bool:
    """Whether a statement defines a class, or an alias of types."""
    is_alias = isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
    return is_alias or isinstance(node, ast.ClassDef)


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _defined(body: list[ast.stmt]) -> Iterable[str]:
    """The names that a part defines."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            names = []
        yield from names


@lru_cache(maxsize=1)
def client_names() -> frozenset[str]:
    """The attributes and arguments of the support's client: no server or credential may have such a name."""
    return names_of_class(library().parts["client"].text, "BaseClient")


def names_of_class(text: str, name: str) -> frozenset[str]:
    """The fields and methods of a class in the text of a part."""
    client = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name)
    names = {
        node.target.id for node in client.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return frozenset(names | {node.name for node in client.body if isinstance(node, ast.FunctionDef)} | {"self"})


def import_lines(imports: Iterable[Import]) -> list[list[str]]:
    """Import statements, the standard library's and those of other packages, each sorted as isort does."""
    sections: list[list[str]] = []
    for is_third_party in (False, True):
        chosen = [i for i in imports if ((i.module or i.name).partition(".")[0] in _THIRD_PARTY) is is_third_party]
        members: dict[str, list[str]] = {}
        for item in chosen:
            if item.module:
                members.setdefault(item.module, []).append(item.name)
        lines = [f"import {name}" for name in sorted(i.name for i in chosen if not i.module)]
        lines += [f"from {m} import {', '.join(sorted(n, key=import_order))}" for m, n in sorted(members.items())]
        if lines:
            sections.append(lines)
    return sections


_THIRD_PARTY = frozenset({"elementpath", "requests", "urllib3"})


def import_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """The order of isort: constants, then classes, then functions, whatever their letter case."""
    return export_order(name)[0], _natural(name.lower())


def export_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """The order of names in `__all__`: constants, then classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2), _natural(name)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts numbers within names by their value."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.findall(r"\d+|\D+", name)]
