"""Splices into a module the run-time support that it reaches, and nothing else.

The runtime modules are real Python (arazzoc.runtime). A definition is taken if the module names it, directly or
through other definitions; a method is taken if anything that is taken calls a method of that name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Set
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from arazzoc import ir
from arazzoc.emit.lines import WIDTH, formatted
from arazzoc.emit.quote import Code, comment, literal

MODULES = (
    "bodies",
    "exchange",
    "results",
    "errors",
    "text",
    "security",
    "parameters",
    "conditions",
    "jsonpath",
    "xpath",
    "payload",
    "client",
    "run",
    "called",
    "many",
    "state",
    "schema",
    "command",
)
_ONLY = re.compile(r"[ ]{2}# only: (\w+)$")
_REGION = re.compile(r"\s*# only: (\w+)$")
_INTERNAL_IMPORT = re.compile(r"^[ ]*from arazzoc\.runtime\S* import (?:[^(\n]*|\([^)]*\))$", re.M)
_DROPPED = "# dropped"


class VariableName(Struct, frozen=True):
    """A variable of a server's URL as the client knows it."""

    argument: str
    variable: ir.ServerVariable


class SourceName(Struct, frozen=True):
    """A server as the client knows it: the argument's name, and the URL where there is one, else its path."""

    argument: str
    url: str | None
    path: str = ""
    variables: tuple[VariableName, ...] = ()


class CredentialName(Struct, frozen=True):
    """A credential as the client knows it: the argument's name, and its kind."""

    argument: str
    kind: str


class ClientParts(Struct, frozen=True):
    """What the client of a module is asked for: an argument for each source and for each credential."""

    sources: tuple[SourceName, ...] = ()
    credentials: tuple[CredentialName, ...] = ()


class Part(Struct, frozen=True):
    """A method of a class, or what of a definition is always needed; the names and attributes that it uses."""

    method: str | None
    names: set[str]
    attributes: set[str]


class Definition(Struct, frozen=True, dict=True):
    """A top-level definition of a runtime module; it is parsed when something reaches it."""

    text: str

    @cached_property
    def node(self) -> ast.stmt:
        return ast.parse(self.text).body[0]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What its parts use."""
        return _parts(self.node)


class Library(Struct, frozen=True):
    """The definitions of all runtime modules, in the order in which they are written, and their imports."""

    definitions: dict[str, Definition]
    imports: dict[str, str]


class Support(Struct, frozen=True):
    """What a module needs: import statements, and the text of the definitions."""

    imports: tuple[Code, ...]
    code: Code
    names: frozenset[str]


def runtime_text(module: str) -> str:
    """The text of a runtime module, '' where there is no such module."""
    path = Path(__file__).parents[1] / "runtime" / f"{module}.py"
    return path.read_text("utf-8") if path.is_file() else ""


def filtered(text: str, features: frozenset[str], parts: ClientParts) -> str:
    """The lines of a runtime module that a module with these features and client arguments has."""
    kept: list[str] = []
    block: list[str] | None = None
    each = ""
    regions: list[bool] = []
    dropped_import = False
    for line in _INTERNAL_IMPORT.sub(_DROPPED, text).splitlines():
        stripped = line.strip()
        region = _REGION.fullmatch(line)
        if stripped in ("# each source", "# each credential"):
            block, each = [], stripped
        elif region is not None:
            regions.append(region[1] not in features)
        elif stripped == "# end":
            if block is not None:
                kept.extend(_repeated(block, each, parts))
                block = None
            else:
                regions.pop()
        elif any(regions):
            continue
        elif line == _DROPPED:
            dropped_import = True
            continue
        elif dropped_import and not stripped:
            dropped_import = False
            continue
        elif block is not None:
            block.append(line)
        else:
            dropped_import = False
            mark = _ONLY.search(line)
            if mark is None:
                kept.append(line)
            elif mark[1] in features:
                kept.append(line[: mark.start()])
    return "\n".join(kept) + "\n"


def _repeated(block: list[str], each: str, parts: ClientParts) -> list[str]:
    """The lines of a block once for each source or credential."""
    if each == "# each source":
        return [line for source in parts.sources for line in _for_source(block, source)]
    return [_for_credential(line, credential) for credential in parts.credentials for line in block]


def _for_credential(line: str, credential: CredentialName) -> str:
    line = re.sub(r"\bcredential\b", credential.argument, line)
    return line.replace("Token", "tuple[str, str]") if credential.kind == "basic" else line


def _for_source(block: list[str], source: SourceName) -> list[str]:
    """The lines of a block for one source: its base URL, and the variables in it."""
    chain = "".join(f".replace({literal('{' + v.variable.name + '}')}, {v.argument})" for v in source.variables)
    lines: list[str] = []
    for line in block:
        line = line.replace("base_url.rstrip", f"base_url{chain}.rstrip").replace("base_url", source.argument)
        if source.url is not None:
            lines.append(line.replace('"http://localhost"', literal(source.url)))
        else:
            if ' = "http://localhost"' in line and source.path:
                indent = line[: len(line) - len(line.lstrip())]
                lines.append(indent + comment(f"The base URL; the API's own path is {source.path}"))
            lines.append(line.replace(' = "http://localhost"', ""))
        if ": str" in line:
            lines += [_for_variable(line, v) for v in source.variables]
    return lines


def _for_variable(line: str, name: VariableName) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    values = name.variable.values
    annotation = f"Literal[{', '.join(literal(v) for v in values)}]" if name.variable.default in values else "str"
    return f"{indent}{name.argument}: {annotation} = {literal(name.variable.default)},"


@lru_cache(maxsize=32)
def _library(features: frozenset[str], parts: ClientParts) -> Library:
    definitions: dict[str, Definition] = {}
    imported: list[str] = []
    for module in MODULES:
        for name, text in top_level(filtered(runtime_text(module), features, parts)):
            if name:
                definitions[name] = Definition(text)
            else:
                imported.append(text)
    nodes = [n for n in ast.parse("".join(imported)).body if isinstance(n, ast.Import | ast.ImportFrom)]
    return Library(definitions, {a.asname or a.name: _import_text(n, a) for n in nodes for a in n.names})


_DOCSTRING = re.compile(r'"""(?:[^"]|"(?!""))*"""\n')
_STATEMENT = re.compile(r"^(?:@.*\n)*(?:(?:from|import)\b.*|(?:class |def )?(\w+).*)\n(?:(?![A-Za-z_@]).*\n)*", re.M)


def top_level(text: str) -> list[tuple[str, str]]:
    """The top-level statements of a runtime module, each after the name that it defines, or '' for an import.

    They are told by their first lines: enough for arazzoc's own modules, and much faster than parsing them.
    """
    docstring = _DOCSTRING.match(text)
    found = _STATEMENT.finditer(text, docstring.end() if docstring else 0)
    return [(match[1] or "", match[0]) for match in found]


def _import_text(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    name = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    return f"import {name}" if isinstance(node, ast.Import) else f"from {node.module} import {name}"


def support_names() -> frozenset[str]:
    """All names that the run-time support may bring into a module."""
    found: set[str] = set()
    for module in MODULES:
        for name, text in top_level(runtime_text(module)):
            imported = [part.strip().partition(".")[0] for part in text.partition("import ")[2].split(",")]
            found.update([name] if name else imported)
    return frozenset(name for name in found if name.isidentifier())


def splice(upper: ast.Module, features: frozenset[str] = frozenset(), parts: ClientParts | None = None) -> Support:
    """The support that the upper part of a module reaches."""
    parts = parts or ClientParts()
    library = _library(features, parts)
    names, attributes = used([upper])
    reached: dict[str, Definition] = {}
    waiting: list[Part] = []
    while True:
        fresh = names & library.definitions.keys() - reached.keys()
        for name in fresh:
            reached[name] = library.definitions[name]
            waiting += reached[name].parts
        needed = [part for part in waiting if part.method is None or part.method in attributes]
        if not needed and not fresh:
            break
        waiting = [part for part in waiting if part not in needed]
        for part in needed:
            names.update(part.names)
            attributes.update(part.attributes)
    missing = library.definitions.keys() - reached.keys()
    chunks = [
        _laid_out(_text_of(definition, attributes, missing))
        for name, definition in library.definitions.items()
        if name in reached
    ]
    imports = sorted({library.imports[n] for n in names if n in library.imports})
    return Support(tuple(Code(i) for i in imports), Code("\n\n\n".join(chunks)), frozenset(reached))


def used(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that nodes take from the module, and the attribute names that they mention.

    What a function assigns, and its arguments, are its own.
    """
    names: set[str] = set()
    attributes: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Module):
            inner = used(node.body)
        elif isinstance(node, ast.ClassDef):
            inner = used([*node.bases, *node.decorator_list, *node.body])
        else:
            inner = _mentioned(node)
        names |= inner[0]
        attributes |= inner[1]
    return names, attributes


def _mentioned(root: ast.AST) -> tuple[set[str], set[str]]:
    loaded: set[str] = set()
    stored: set[str] = set()
    attributes: set[str] = set()
    is_function = isinstance(root, ast.FunctionDef)
    pending: list[ast.AST] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else stored).add(node.id)
            continue
        if isinstance(node, ast.Attribute):
            attributes.add(node.attr)
        elif isinstance(node, ast.arg):
            stored.add(node.arg)
        for field in node._fields:
            value: Any = getattr(node, field)
            items: list[Any] = value if value.__class__ is list else [value]
            pending.extend(item for item in items if isinstance(item, ast.AST))
    return (loaded - stored if is_function else loaded), attributes


def _is_optional(node: ast.stmt) -> bool:
    """Whether a member of a class is needed only if something calls a method of that name."""
    return isinstance(node, ast.FunctionDef) and not (node.name.startswith("__") and node.name.endswith("__"))


def _parts(node: ast.stmt) -> tuple[Part, ...]:
    """What a definition uses, methods that can be left out told apart."""
    if not isinstance(node, ast.ClassDef):
        return (Part(None, *used([node])),)
    optional = [item for item in node.body if _is_optional(item)]
    always = [*node.bases, *node.decorator_list, *(item for item in node.body if not _is_optional(item))]
    methods = [Part(item.name, *used([item])) for item in optional if isinstance(item, ast.FunctionDef)]
    return (Part(None, *used(always)), *methods)


def _laid_out(text: str) -> Code:
    """A definition as black writes it. The runtime modules are written so; what is left after lines have been taken
    out needs its blank lines put right, and a line broken only where an argument of the client makes it too long.
    """
    plain = re.sub(r"\n{3,}", "\n\n", text).rstrip("\n")
    is_long = any(len(line) > WIDTH for line in plain.splitlines())
    return Code(formatted(plain, was_laid_out=True).rstrip("\n") if is_long else plain)


_DRAWN = re.compile(r"\s+\+-- (\w+)\s")


def _text_of(definition: Definition, attributes: set[str], missing: Set[str]) -> str:
    """The text of a definition, without the methods that nothing calls, and without the errors that are not there
    in the drawing of the tree of errors.
    """
    node = definition.node
    start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    dropped: set[int] = set()
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and _is_optional(item) and item.name not in attributes:
                first = min([item.lineno, *(d.lineno for d in item.decorator_list)])
                dropped.update(range(first, (item.end_lineno or first) + 1))
    lines = definition.text.splitlines()
    kept = [lines[n - 1] for n in range(start, (node.end_lineno or start) + 1) if n not in dropped]
    drawn = [_DRAWN.match(line) for line in kept]
    return "\n".join(line for line, tree in zip(kept, drawn, strict=True) if tree is None or tree[1] not in missing)
