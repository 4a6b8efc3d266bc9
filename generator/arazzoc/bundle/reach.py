"""Which parts of its files a compilation reaches: operations with everything in them, and where their references lead.

What is kept is kept whole: an operation, a component, what a path item has beside its operations. Elements of an array
are never left out, so that `#/paths/~1a/get/parameters/0` leads where it led. What the compiler looks up across a
document is kept, too: the places of API keys (lower.secrets) and the server of documents that declare none
(openapi.operations.document_server). All that is left out stands later, or is looked up by a name that nothing has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

from arazzoc.openapi.document import Node, OpenApi
from arazzoc.openapi.methods import METHODS
from arazzoc.openapi.operations import Operation, find_by_id, operations
from arazzoc.source import Json, Location, Pointer, Source
from arazzoc.sources import Library, document_kind

_ALWAYS = ("openapi", "swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "servers", "security")
_DIALECT = ("$self", "$id", "$schema", "$anchor", "$dynamicAnchor", "jsonSchemaDialect")
"""Members that say how what is below them is read."""
_OF_PATH_ITEM = ("$ref", "summary", "description", "servers", "parameters")
_REFERENCES = ("$ref", "$dynamicRef")
_MAX_CHAIN = 50


class Link(Struct, frozen=True):
    """A reference to another file: what it says after the `#`, with it, and the file."""

    fragment: str
    target: Path


class Part(Struct):
    """What is kept of a file: `kept` with all that is below it, `empty` at least as an empty object."""

    document: OpenApi
    source: Source
    path: Path
    kept: dict[Pointer, None] = field(default_factory=dict[Pointer, None])
    empty: set[Pointer] = field(default_factory=set[Pointer])
    links: dict[Pointer, Link] = field(default_factory=dict[Pointer, Link])

    def has(self, pointer: Pointer) -> bool:
        """Whether there is something at a pointer of the file as it was read."""
        value: Any = self.source.tree
        token: Any
        for token in pointer:
            if (value.__class__ is dict and token in value) or (value.__class__ is list and token.__class__ is int):
                value = value[token]
            else:
                return False
        return True

    def keeps(self, pointer: Pointer) -> bool:
        """Whether all of what is at a pointer is kept."""
        return any(pointer[:length] in self.kept for length in range(len(pointer) + 1))

    def sliced(self) -> Any:
        """The tree of what is kept; values that are kept whole are the same objects."""
        inner = {pointer[:n] for pointer in (*self.kept, *self.empty) for n in range(len(pointer))} | self.empty

        def part(value: Any, pointer: Pointer) -> Any:
            if pointer in self.kept or value.__class__ is not dict:
                return value
            found: dict[str, Any] = {}
            for name, item in value.items():
                at = (*pointer, name)
                if at in self.kept or at in inner or (name in _DIALECT and isinstance(item, str)):
                    found[name] = part(item, at)
            return found

        return part(self.source.tree, ())


class Reach:
    """Collects the parts of all files; `library` is that of a run that read them."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.parts: dict[Path, Part] = {}
        self._pending: list[tuple[Part, Pointer]] = []

    # What is reached

    def document(self, document: OpenApi) -> Part:
        """Reach a document: if it is an API, the members that it has whatever is called."""
        assert document.path is not None
        key = document.path.resolve()
        if key in self.parts:
            return self.parts[key]
        source = self.library.source(document.path, document.source.path)
        assert source is not None
        part = self.parts[key] = Part(document, source, document.path)
        if document_kind(source.tree) in ("openapi", "swagger"):
            for name in _ALWAYS:
                self.keep(part, (name,))
            must = next((name for name in ("paths", "components", "webhooks") if part.has((name,))), None)
            if must is not None:
                part.empty.add((must,))
        return part

    def arazzo(self, document: OpenApi) -> Part:
        """Reach an Arazzo document: all of it, and what the references of its inputs lead to."""
        part = self.document(document)
        part.kept[()] = None
        fields = document.root.fields
        workflows, components = fields.get("workflows"), fields.get("components")
        for number, workflow in enumerate(workflows if isinstance(workflows, list) else ()):
            if isinstance(workflow, dict) and "inputs" in workflow:
                self._pending.append((part, ("workflows", number, "inputs")))
        if isinstance(components, dict) and "inputs" in components:
            self._pending.append((part, ("components", "inputs")))
        return part

    def operation(self, operation: Operation) -> None:
        """Reach an operation: its path item beside the other operations, its credentials and its server."""
        entry = self.document(operation.document)
        self._path_item(operation)
        self._credentials(entry, _names(operation.node.fields.get("security")))
        keys = [name for name, scheme in _schemes(operation.document) if scheme.text("type") == "apiKey"]
        self._credentials(entry, keys)
        has_server = any(next(owner.items("servers"), None) for owner in (operation.node, operation.path_item))
        if not has_server and next(operation.document.root.items("servers"), None) is None:
            self._first_server(operation.document)

    def _first_server(self, document: OpenApi) -> None:
        """Keep the operation whose server is that of the document, for the document declares none."""
        for operation in operations(document):
            if any(next(owner.items("servers"), None) for owner in (operation.node, operation.path_item)):
                self._path_item(operation)
                return

    def _path_item(self, operation: Operation) -> None:
        document = operation.document
        paths = document.root.fields.get("paths")
        item = paths.get(operation.path) if isinstance(paths, dict) else None
        node = Node(document, document.root.at / "paths" / operation.path, item)
        for _ in range(_MAX_CHAIN):
            part, ref = self.document(node.document), node.fields.get("$ref")
            if not isinstance(ref, str):
                break
            target = node.document.target(ref, node.at)
            if target is None:
                return
            part.kept[(*node.at.pointer, "$ref")] = None
            self._link(part, (*node.at.pointer, "$ref"), ref, target)
            node = target
        part = self.document(operation.path_item.document)
        for name in _OF_PATH_ITEM:
            self.keep(part, (*operation.path_item.at.pointer, name))
        self.keep(part, operation.node.at.pointer)

    def _credentials(self, part: Part, names: Iterable[str]) -> None:
        for name in names:
            for pointer in (("components", "securitySchemes", name), ("securityDefinitions", name)):
                self.keep(part, pointer)

    # What is kept

    def keep(self, part: Part, pointer: Pointer) -> None:
        """Keep what is at a pointer, or the whole that it belongs to, and what that refers to."""
        unit = _unit(pointer)
        if not part.has(unit) or part.keeps(unit):
            return
        part.kept[unit] = None
        self._pending.append((part, unit))
        match unit:
            case ("paths" | "webhooks", _, method) | ("components", "pathItems", _, method) if method in METHODS:
                for name in _OF_PATH_ITEM:
                    self.keep(part, (*unit[:-1], name))
            case _:
                pass

    def follow(self) -> None:
        """Follow all references in what is kept."""
        while self._pending:
            part, pointer = self._pending.pop()
            for at, value in _objects(Location(part.source, pointer).value, pointer):
                self._follow_object(part, at, value)

    def _follow_object(self, part: Part, at: Pointer, value: dict[str, Any] | list[Any]) -> None:
        if isinstance(value, list):
            if at[-1:] == ("security",):
                self._credentials(part, _names(value))
            return
        for word in _REFERENCES:
            if isinstance(value.get(word), str):
                self._reference(part, at, word, value[word])
        if at[-2:] == ("discriminator", "mapping"):
            for name, ref in value.items():
                if isinstance(ref, str):
                    self._mapped(part, (*at, name), ref)
        if "links" in at[-2:-1]:
            if isinstance(value.get("operationRef"), str):
                self._reference(part, at, "operationRef", value["operationRef"])
            if isinstance(value.get("operationId"), str):
                for operation in find_by_id(part.document, value["operationId"])[:1]:
                    self.operation(operation)

    def _mapped(self, part: Part, at: Pointer, ref: str) -> None:
        """Keep the schema that a discriminator names, or refers to (OpenAPI 3.1.1, Discriminator Object)."""
        named: list[Pointer] = [("components", "schemas", ref), ("definitions", ref)]
        known = [pointer for pointer in named if part.has(pointer)]
        for pointer in known:
            self.keep(part, pointer)
        if not known:
            self._reference(part, at[:-1], str(at[-1]), ref)

    def _reference(self, part: Part, at: Pointer, word: str, ref: str) -> None:
        target = part.document.target(ref, Location(part.document.source, at))
        if target is None:
            return
        self._link(part, (*at, word), ref, target)
        self.keep(self.document(target.document), target.at.pointer)

    def _link(self, part: Part, at: Pointer, ref: str, target: Node) -> None:
        """Remember a reference that names a file, and not a schema by its `$id`."""
        file, hash_sign, fragment = ref.partition("#")
        assert target.document.path is not None
        key = target.document.path.resolve()
        if file and (part.path.parent / unquote(urlsplit(file).path)).resolve() == key:
            part.links[at] = Link(hash_sign + fragment, key)


def _unit(pointer: Pointer) -> Pointer:
    """Return the pointer of the whole that something belongs to (OpenAPI 3.1.1, Schema; Swagger 2.0)."""
    match pointer:
        case ("paths" | "webhooks", _, "additionalOperations", _, *_) | ("components", "pathItems", _, _, *_):
            unit = pointer[:4]
        case ("paths" | "webhooks", _, _, *_) | ("components", _, _, *_):
            unit = pointer[:3]
        case ("definitions" | "parameters" | "responses" | "securityDefinitions", _, *_):
            unit = pointer[:2]
        case _:
            unit = pointer
    return unit[: next((n for n, token in enumerate(unit) if isinstance(token, int)), len(unit))]


def _objects(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any] | list[Any]]]:
    """Yield all objects and arrays in a value."""
    pending: list[tuple[Pointer, Any]] = [(pointer, value)]
    while pending:
        at, item = pending.pop()
        if item.__class__ is dict:
            yield at, item
            pending += [((*at, name), inner) for name, inner in item.items()]
        elif item.__class__ is list:
            yield at, item
            pending += [((*at, number), inner) for number, inner in enumerate(item)]


def _names(security: Json) -> list[str]:
    """Return the schemes that security requirements name."""
    found = security if isinstance(security, list) else []
    return [name for requirement in found if isinstance(requirement, dict) for name in requirement]


def _schemes(document: OpenApi) -> Iterator[tuple[str, Node]]:
    components = document.root.get("components")
    return components.members("securitySchemes") if components is not None else iter(())
