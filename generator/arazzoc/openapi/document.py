"""OpenAPI documents: their trees, and each `$ref`, to the same or another file, followed when it is reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct, field

from arazzoc import rules
from arazzoc.diagnostics import Report, Rule, did_you_mean, nearest, quoted
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_fragment
from arazzoc.source import Json, Location, Pointer, Source

MAX_REFS = 50
_SCHEMA_PLACES = frozenset(
    {"schema", "schemas", "definitions", "$defs", "properties", "items", "allOf", "oneOf", "anyOf"}
)


class Node(Struct, frozen=True):
    """A location in an OpenAPI document, and the value at it.

    `beside` has the other members of the objects whose `$ref` led here: one node for each, without the `$ref`.
    """

    document: OpenApi
    at: Location
    value: Json
    beside: tuple[Node, ...] = ()

    @property
    def fields(self) -> dict[str, Json]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def key(self) -> str:
        """Identifies the node in the run: two nodes with the same key are the same."""
        return f"{self.at.source.path}#{'/'.join(map(str, self.at.pointer))}"

    def get(self, *names: str) -> Node | None:
        """Return the member reached by these names; `$ref`s on the way and at the end are followed."""
        node: Node | None = self
        for name in names:
            if node is None or name not in node.fields:
                return None
            node = Node(node.document, node.at / name, node.fields[name]).followed()
        return node

    def items(self, name: str) -> Iterator[Node]:
        """Yield the elements of a member that is an array, with references followed; skip dangling ones."""
        value = self.fields.get(name)
        for index, item in enumerate(value) if isinstance(value, list) else ():
            node = Node(self.document, self.at / name / index, item).followed()
            if node is not None:
                yield node

    def members(self, name: str) -> Iterator[tuple[str, Node]]:
        """Yield the members of a member that is an object, with references followed; skip dangling ones."""
        value = self.fields.get(name)
        for key, item in value.items() if isinstance(value, dict) else ():
            node = Node(self.document, self.at / name / key, item).followed()
            if node is not None:
                yield key, node

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def followed(self) -> Node | None:
        """Return the node itself, or the target of its `$ref`; None, with a diagnostic, if there is none."""
        node: Node = self
        beside: list[Node] = []
        for _ in range(MAX_REFS):
            ref = node.fields.get("$ref")
            if not isinstance(ref, str):
                return Node(node.document, node.at, node.value, tuple(beside)) if beside else node
            others = {word: value for word, value in node.fields.items() if word != "$ref"}
            if others:
                beside.append(Node(node.document, node.at, others))
            target = node.document.target(ref, node.at)
            if target is None:
                return None
            node = target
        # In the inputs of a workflow, which are checked when it runs, it is an error: the check would never end.
        rule = rules.DANGLING_REF if self.document.is_arazzo else _rule(self.at.pointer, rules.DANGLING_PART)
        self.document.report.add(rule, self.at, "this $ref leads back to itself")
        return None


def _rule(tokens: Iterable[str | int], other: Rule) -> Rule:
    """Return the rule that a reference breaks which leads nowhere, if none of a schema then the `other` one.

    `tokens` are those of its place and of itself.
    """
    return rules.DANGLING_SCHEMA if any(token in _SCHEMA_PLACES for token in tokens) else other


class Files(Protocol):
    """Finds the other files that the references of a document name."""

    def referenced(self, origin: OpenApi, file: str) -> OpenApi | Refusal: ...


class Refusal(Struct, frozen=True):
    """Why a reference is not followed: it leads nowhere, or to what `is_there` and is not read."""

    message: str
    help: str | None = None
    is_there: bool = False


class SchemaResource(Struct, frozen=True):
    """A part of a document with its own base URI (JSON Schema 2020-12, section 8.2.1), or the whole document."""

    pointer: Pointer
    uri: str


class OpenApi:
    """One document of the run. `path` is its file; its references may not leave `folder`."""

    def __init__(
        self,
        source: Source,
        report: Report,
        path: Path | None = None,
        folder: Path | None = None,
        files: Files | None = None,
    ) -> None:
        self.source, self.report, self.path, self.folder, self.files = source, report, path, folder, files
        self.root = Node(self, source.root, source.tree)
        self._told: set[tuple[Rule, str]] = set()

    @property
    def is_arazzo(self) -> bool:
        """Whether this is an Arazzo document, whose inputs are schemas."""
        return "arazzo" in self.root.fields

    @cached_property
    def ignores_siblings(self) -> bool:
        """Whether what stands beside a `$ref` has no effect, as before OpenAPI 3.1."""
        return self.root.text("openapi").startswith("3.0") or "swagger" in self.root.fields

    def target(self, ref: str, at: Location) -> Node | None:
        """Return the target of a `$ref`; None, with one diagnostic for each cause, if there is none.

        OpenAPI 3.1.1, Reference Object; JSON Schema 2020-12, section 8.2. What an operation has where a reference leads
        nowhere is unknown, and sent or read as it comes (AMB-55).
        """
        found = self._find(ref, self._resource(at.pointer))
        if isinstance(found, Refusal):
            other = rules.DANGLING_REF if self.is_arazzo or found.is_there else rules.DANGLING_PART
            rule = _rule((*at.pointer, *ref.split("/")), other)
            if (rule, found.message) not in self._told:
                self._told.add((rule, found.message))
                unknown = ", so nothing is known of what it describes" if rule is rules.DANGLING_PART else ""
                self.report.add(rule, at / "$ref", found.message + unknown, help=found.help)
            return None
        return found

    def at_reference(self, ref: str, at: Location) -> Node | None:
        """Return the target of a `$ref`, or None; that there is none is no finding for who only looks around."""
        found = self._find(ref, self._resource(at.pointer))
        return found if isinstance(found, Node) else None

    def _find(self, ref: str, base: SchemaResource) -> Node | Refusal:
        file, _, fragment = ref.partition("#")
        document, resource = self, base
        if file:
            uri = urljoin(base.uri, file)
            if uri in self._index.resources:
                resource = SchemaResource(self._index.resources[uri], uri)
            else:
                other = self._other(file)
                if isinstance(other, Refusal):
                    return other
                document, resource = other, SchemaResource((), "")
        if fragment and not fragment.startswith("/"):
            pointer = document._index.anchors.get((resource.pointer, unquote(fragment)))
            if pointer is None:
                return Refusal(f"{quoted(ref)}: {document.source.path} has no $anchor {quoted(fragment)}")
            return document._at(pointer)
        try:
            tokens = parse_fragment(fragment)
        except ExpressionError as error:
            return Refusal(f"{quoted(ref)}: {error.message}", error.help)
        return document._under(resource.pointer, tokens) or Refusal(
            f"there is nothing at {quoted(unquote(ref), 120)[1:-1]}", document._nearest(ref, resource.pointer, tokens)
        )

    def _other(self, file: str) -> OpenApi | Refusal:
        """Return another file, which is named relative to this one."""
        parts = urlsplit(file)
        if parts.scheme or parts.netloc:
            help = "save a copy next to the document, and reference it by a relative path"
            return Refusal(f"{quoted(file)} is a URL, and arazzoc reads only relative references", help, is_there=True)
        if self.files is None:
            return Refusal(f"{quoted(file)}: this document cannot reference other files")
        return self.files.referenced(self, file)

    def _at(self, pointer: Pointer) -> Node:
        value: Any = self.root.value
        for token in pointer:
            value = value[token]
        return Node(self, Location(self.source, pointer), value)

    def _nearest(self, ref: str, pointer: Pointer, tokens: tuple[str, ...]) -> str | None:
        """The help line for a reference of which the last name is nearly right."""
        owner = self._under(pointer, tokens[:-1]) if tokens else None
        near = nearest(tokens[-1], owner.fields) if owner is not None else None
        file = ref.partition("#")[0]
        return did_you_mean(ref, f"{file}#{format_pointer((*tokens[:-1], near))}") if near else None

    def _under(self, pointer: Pointer, tokens: tuple[str, ...]) -> Node | None:
        """Return the node at `tokens` below a pointer, or None."""
        value: Any = self._at(pointer).value
        for token in tokens:
            if value.__class__ is dict and token in value:
                value, pointer = value[token], (*pointer, token)
            elif value.__class__ is list and token.isdigit() and int(token) < len(value):
                value, pointer = value[int(token)], (*pointer, int(token))
            else:
                return None
        return Node(self, Location(self.source, pointer), value)

    def _resource(self, pointer: Pointer) -> SchemaResource:
        """Return the innermost schema resource that contains a location."""
        value: Any = self.root.value
        found = SchemaResource((), self.root.text("$self"))
        for depth in range(len(pointer) + 1):
            if value.__class__ is dict and isinstance(value.get("$id"), str) and not value["$id"].startswith("#"):
                found = SchemaResource(pointer[:depth], urljoin(found.uri, value["$id"]))
            if depth < len(pointer):
                value = value[pointer[depth]]
        return found

    @cached_property
    def _index(self) -> _Index:
        """The `$id`s and `$anchor`s of the document, collected when the first reference needs them."""
        index = _Index()
        pending: list[tuple[Any, Pointer, SchemaResource]] = [
            (self.root.value, (), SchemaResource((), self.root.text("$self")))
        ]
        while pending:
            value, pointer, resource = pending.pop()
            if value.__class__ is dict:
                name = value.get("$id")
                if isinstance(name, str) and name.startswith("#"):
                    index.anchors[resource.pointer, name[1:]] = pointer
                elif isinstance(name, str):
                    resource = SchemaResource(pointer, urljoin(resource.uri, name))
                    index.resources[resource.uri.partition("#")[0]] = pointer
                for word in ("$anchor", "$dynamicAnchor"):
                    if isinstance(value.get(word), str):
                        index.anchors[resource.pointer, value[word]] = pointer
                pending.extend((item, (*pointer, key), resource) for key, item in value.items())
            elif value.__class__ is list:
                pending.extend((item, (*pointer, number), resource) for number, item in enumerate(value))
        return index


class _Index(Struct):
    """Pointers by base URI, and by anchor within a schema resource."""

    resources: dict[str, Pointer] = field(default_factory=dict[str, Pointer])
    anchors: dict[tuple[Pointer, str], Pointer] = field(default_factory=dict[tuple[Pointer, str], Pointer])
