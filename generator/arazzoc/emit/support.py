"""Splices into a module the run-time support that it reaches, and nothing else.

The runtime modules are real Python (arazzoc.runtime). A definition is taken if the module names it, directly or
through other definitions; a method is taken if anything that is taken calls a method of that name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from arazzoc.emit.quote import Code, comment, literal
from arazzoc.openapi.operations import ServerVariable

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


@dataclass(frozen=True, slots=True)
class VariableName:
    """A variable of a server's URL as the client knows it."""

    argument: str
    variable: ServerVariable


@dataclass(frozen=True, slots=True)
class SourceName:
    """A server as the client knows it: the argument's name, and the URL where there is one, else its path."""

    argument: str
    url: str | None
    path: str = ""
    variables: tuple[VariableName, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialName:
    """A credential as the client knows it: the argument's name, and its kind."""

    argument: str
    kind: str


@dataclass(frozen=True, slots=True)
class ClientParts:
    """What the client of a module is asked for: an argument for each source and for each credential."""

    sources: tuple[SourceName, ...] = ()
    credentials: tuple[CredentialName, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A method of a class, or what of a definition is always needed; the names and attributes that it uses."""

    method: str | None
    names: frozenset[str]
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Definition:
    """A top-level definition of a runtime module, with what its parts use; `text` holds the module's lines."""

    name: str
    node: ast.stmt
    text: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """The definitions of all runtime modules, in the order in which they are written, and their imports."""

    definitions: dict[str, Definition]
    imports: dict[str, str]


@dataclass(frozen=True, slots=True)
class Support:
    """What a module needs: import statements, and the text of the definitions."""

    imports: tuple[Code, ...]
    code: Code
    names: frozenset[str]


def runtime_text(module: str) -> str:
    """The text of a runtime module, '' where there is no such module."""
    path = files("arazzoc.runtime") / f"{module}.py"
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
    imports: dict[str, str] = {}
    for module in MODULES:
        text = filtered(runtime_text(module), features, parts)
        lines = tuple(text.splitlines())
        for node in ast.parse(text).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    imports[alias.asname or alias.name] = _import_text(node, alias)
                continue
            for name in _defined(node):
                definitions[name] = Definition(name, node, lines, _parts(node))
    return Library(definitions, imports)


def _import_text(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    name = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    return f"import {name}" if isinstance(node, ast.Import) else f"from {node.module} import {name}"


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [t.id for t in targets if isinstance(t, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


_DEFINED = re.compile(r"^(?:class |def )?(\w+)(?:\(|:| =)|^(?:from \S+ )?import (.+)$", re.M)


def support_names() -> frozenset[str]:
    """All names that the run-time support may bring into a module."""
    found: set[str] = set()
    for module in MODULES:
        for name, imported in _DEFINED.findall(runtime_text(module)):
            found.update([name] if name else [part.strip().partition(".")[0] for part in imported.split(",")])
    return frozenset(name for name in found if name.isidentifier())


def splice(upper: str, features: frozenset[str] = frozenset(), parts: ClientParts | None = None) -> Support:
    """The support that the upper part of a module reaches."""
    parts = parts or ClientParts()
    library = _library(features, parts)
    tree = ast.parse(upper)
    names, attributes = _used([tree])
    reached: dict[str, Definition] = {}
    while True:
        for name in names & library.definitions.keys() - reached.keys():
            reached[name] = library.definitions[name]
        before = len(reached), len(attributes), len(names)
        for part in (part for definition in reached.values() for part in definition.parts):
            if part.method is None or part.method in attributes:
                names |= part.names
                attributes |= part.attributes
        if (
            before == (len(reached), len(attributes), len(names))
            and not names & library.definitions.keys() - reached.keys()
        ):
            break
    order = [d for d in library.definitions.values() if d.name in reached]
    seen: list[ast.stmt] = []
    chunks: list[str] = []
    for definition in order:
        if definition.node not in seen:
            seen.append(definition.node)
            missing = library.definitions.keys() - reached.keys()
            chunks.append(_text_of(definition, attributes, missing))
    imports = sorted({library.imports[n] for n in names if n in library.imports})
    return Support(tuple(Code(i) for i in imports), Code("\n\n\n".join(chunks)), frozenset(reached))


def _used(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that the nodes take from the module, and the attribute names that they mention."""
    names: set[str] = set()
    attributes: set[str] = set()
    for root in nodes:
        names |= _free_names(root)
        attributes.update(node.attr for node in ast.walk(root) if isinstance(node, ast.Attribute))
    return names, attributes


def _free_names(root: ast.AST) -> set[str]:
    """The names that are not local: neither arguments of a function nor assigned in it."""
    free: set[str] = set()
    local: set[str] = set()
    if isinstance(root, ast.FunctionDef | ast.Lambda):
        spec = root.args
        every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
        local.update(argument.arg for argument in every if argument is not None)
    is_scope = isinstance(root, ast.FunctionDef)
    for child in ast.iter_child_nodes(root):
        free |= _free_names(child)
    if isinstance(root, ast.Name) and isinstance(root.ctx, ast.Load):
        free.add(root.id)
    if is_scope:
        local.update(n.id for n in ast.walk(root) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return free - local


def _is_optional(node: ast.stmt) -> bool:
    """Whether a member of a class is needed only if something calls a method of that name."""
    return isinstance(node, ast.FunctionDef) and not (node.name.startswith("__") and node.name.endswith("__"))


def _parts(node: ast.stmt) -> tuple[Part, ...]:
    """What a definition uses, methods that can be left out told apart."""
    if not isinstance(node, ast.ClassDef):
        names, attributes = _used([node])
        return (Part(None, frozenset(names), frozenset(attributes)),)
    always: list[ast.AST] = [*node.bases, *node.decorator_list]
    parts: list[Part] = []
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and _is_optional(item):
            names, attributes = _used([item])
            parts.append(Part(item.name, frozenset(names), frozenset(attributes)))
        else:
            always.append(item)
    names, attributes = _used(always)
    return (Part(None, frozenset(names), frozenset(attributes)), *parts)


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
    kept = [definition.text[n - 1] for n in range(start, (node.end_lineno or start) + 1) if n not in dropped]
    drawn = [_DRAWN.match(line) for line in kept]
    return "\n".join(line for line, tree in zip(kept, drawn, strict=True) if tree is None or tree[1] not in missing)
