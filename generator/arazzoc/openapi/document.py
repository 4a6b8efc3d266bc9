"""An OpenAPI document: its tree, and `$ref` followed only where it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from arazzoc import rules
from arazzoc.diagnostics import Report
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import parse_fragment
from arazzoc.source import Json, Location, Source

MAX_REFS = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A place in an OpenAPI document and what stands there."""

    document: OpenApi
    at: Location
    value: Json

    @property
    def fields(self) -> dict[str, Json]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def key(self) -> str:
        """Names the place within the run: two nodes with the same key are the same node."""
        return f"{self.at.source.path}#{'/'.join(map(str, self.at.pointer))}"

    def get(self, *names: str) -> Node | None:
        """The member reached by these names, `$ref`s on the way and at the end followed."""
        node: Node | None = self
        for name in names:
            if node is None or name not in node.fields:
                return None
            node = Node(node.document, node.at / name, node.fields[name]).followed()
        return node

    def items(self, name: str) -> Iterator[Node]:
        """The entries of a list member, each followed; a dangling reference is left out."""
        value = self.fields.get(name)
        for index, item in enumerate(value) if isinstance(value, list) else ():
            node = Node(self.document, self.at / name / index, item).followed()
            if node is not None:
                yield node

    def members(self, name: str) -> Iterator[tuple[str, Node]]:
        """The members of an object member, each followed; a dangling reference is left out."""
        value = self.fields.get(name)
        for key, item in value.items() if isinstance(value, dict) else ():
            node = Node(self.document, self.at / name / key, item).followed()
            if node is not None:
                yield key, node

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def followed(self) -> Node | None:
        """The node itself, or what its `$ref` leads to; None and a diagnostic where that is nowhere."""
        node: Node = self
        for _ in range(MAX_REFS):
            ref = node.fields.get("$ref")
            if not isinstance(ref, str):
                return node
            target = node.document.target(ref, node.at)
            if target is None:
                return None
            node = target
        self.document.report.add(rules.DANGLING_REF, self.at, "this $ref leads in a circle")
        return None


class OpenApi:
    """One OpenAPI document of the run."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source, self.report = source, report
        self.root = Node(self, source.root, source.tree)
        version = self.root.text("openapi")
        self.is_3_0 = version.startswith("3.0")

    def target(self, ref: str, at: Location) -> Node | None:
        """What a `$ref` names (OpenAPI 3.1.1, Reference Object); None and a diagnostic where it names nothing."""
        place = at / "$ref"
        in_schema = any(token in ("schema", "schemas", "definitions") for token in (*at.pointer, *ref.split("/")))
        rule = rules.DANGLING_SCHEMA if in_schema else rules.DANGLING_REF
        file, _, fragment = ref.partition("#")
        if file:
            self.report.add(
                rules.NOT_SUPPORTED,
                place,
                f"references to other files are not compiled yet: {ref[:80]}",
                help="bundle the OpenAPI document into one file",
            )
            return None
        try:
            tokens = parse_fragment(fragment)
        except ExpressionError as error:
            self.report.add(rule, place, f"{ref[:80]}: {error.message}", help=error.help)
            return None
        value: Any = self.root.value
        pointer: tuple[str | int, ...] = ()
        for token in tokens:
            if value.__class__ is dict and token in value:
                value, pointer = value[token], (*pointer, token)
            elif value.__class__ is list and token.isdigit() and int(token) < len(value):
                value, pointer = value[int(token)], (*pointer, int(token))
            else:
                self.report.add(rule, place, f"nothing stands at {unquote(ref)[:120]}")
                return None
        return Node(self, Location(self.source, pointer), value)
