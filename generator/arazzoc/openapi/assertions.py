"""JSON Schemas (2020-12) reduced to their assertions: self-contained, in one dialect, with patterns in Python's.

Annotations are dropped, references are followed, and keywords of OpenAPI 3.0 and older drafts are replaced by those of
2020-12. Keywords that cannot be checked are reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from arazzoc import rules
from arazzoc.diagnostics import Report, quoted
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import translate_ecma
from arazzoc.openapi.alternatives import is_nullable
from arazzoc.openapi.document import Node
from arazzoc.openapi.keywords import wanted
from arazzoc.source import Json, Location

# Keywords by the kind of their values.
_PLAIN = frozenset(
    (
        *("type", "enum", "const", "required", "dependentRequired", "uniqueItems"),
        *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"),
    )
)
_SCHEMA = frozenset(("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"))
_SCHEMA_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_SCHEMA_MAPS = frozenset(("properties", "patternProperties", "dependentSchemas"))
_OF_PARTS = frozenset(
    (
        *("properties", "patternProperties", "additionalProperties", "propertyNames"),
        *("items", "prefixItems", "contains", "additionalItems"),
    )
)
_OF_NULL = frozenset(("$ref", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if"))
"""Keywords by which null can be refused, besides `type`."""
_NOT_CHECKED = frozenset(("unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"))


class Assertions(Struct):
    """A self-contained schema: references in it point into its `$defs`."""

    schema: Json
    definitions: dict[str, Json] = field(default_factory=dict[str, Json])

    def to_json(self) -> Json:
        if self.definitions and isinstance(self.schema, dict):
            return {**self.schema, "$defs": self.definitions}
        return self.schema


def assertions(node: Node, report: Report) -> Assertions:
    """Reduce the schema at a node to its assertions; report keywords and patterns that cannot be checked."""
    reducer = _Reducer(report)
    schema = reducer.schema(node)
    reducer.check_cycles()
    result = Assertions(schema)
    for key, name in reducer.names.items():
        if reducer.uses[key] > 1 or key in reducer.recursive:
            result.definitions[name] = reducer.targets[key]
    kept = set(result.definitions)
    known = {name: reducer.targets[key] for key, name in reducer.names.items()}
    result.schema = _inlined(result.schema, known, kept)
    result.definitions = {name: _inlined(item, known, kept) for name, item in result.definitions.items()}
    return result


def _inlined(schema: Any, known: dict[str, Json], kept: set[str]) -> Any:
    """Replace references to definitions that are used once by the definitions."""
    if schema.__class__ is list:
        return [_inlined(item, known, kept) for item in schema]
    if schema.__class__ is not dict:
        return schema
    name = schema.get("$ref")
    if isinstance(name, _Name):
        if name.text in kept:
            return {**{k: _inlined(v, known, kept) for k, v in schema.items()}, "$ref": f"#/$defs/{name.text}"}
        target = _inlined(known[name.text], known, kept)
        others = {k: _inlined(v, known, kept) for k, v in schema.items() if k != "$ref"}
        return target if not others else {"allOf": [target, others]}
    return {key: value if key in ("enum", "const") else _inlined(value, known, kept) for key, value in schema.items()}


class _Name(Struct, frozen=True):
    """The name of a definition, as a type of its own: a document's text cannot be mistaken for it."""

    text: str


class _Reducer:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.names: dict[str, str] = {}
        self.targets: dict[str, Json] = {}
        self.uses: dict[str, int] = {}
        self.open: list[str] = []
        self.recursive: set[str] = set()
        self.is_in_part = False
        self.in_place: dict[str, dict[str, Location]] = {}

    def schema(self, node: Node) -> Any:
        """Reduce a schema to its assertions."""
        value = node.value
        if not isinstance(value, dict):
            return value if isinstance(value, bool) else True
        result: dict[str, Any] = {}
        was_in_part = self.is_in_part
        for word in value:
            self.is_in_part = was_in_part or word in _OF_PARTS
            result.update(self.keyword(node, word))
        self.is_in_part = was_in_part
        if isinstance(value.get("$ref"), str):
            reference = self.reference(node)
            if reference is not None:
                result["$ref"] = reference
        return _nullable(result, node)

    def reference(self, node: Node) -> _Name | None:
        target = node.document.target(node.text("$ref"), node.at)
        if target is None:
            return None
        key = target.key
        self.uses[key] = self.uses.get(key, 0) + 1
        if self.open and not self.is_in_part:
            self.in_place.setdefault(self.open[-1], {}).setdefault(key, node.at)
        if key in self.open:
            self.recursive.add(key)
        if key not in self.names:
            self.names[key] = self.free_name(target)
            self.open.append(key)
            was_in_part, self.is_in_part = self.is_in_part, False
            self.targets[key] = self.schema(target)
            self.is_in_part = was_in_part
            self.open.pop()
        return _Name(self.names[key])

    def check_cycles(self) -> None:
        """Report a schema that applies itself to the same value: checking it would never end."""
        if not self.recursive:
            return
        from graphlib import CycleError, TopologicalSorter

        try:
            TopologicalSorter(self.in_place).prepare()
        except CycleError as error:
            target, owner = error.args[1][:2]
            self.report.add(rules.DANGLING_REF, self.in_place[owner][target], "this $ref leads back to itself")

    def free_name(self, target: Node) -> str:
        pointer = target.at.pointer
        stem = str(pointer[-1]) if pointer else "root"
        name, number = stem, 2
        while name in self.names.values():
            name, number = f"{stem} {number}", number + 1
        return name

    def keyword(self, node: Node, word: str) -> dict[str, Any]:
        """Reduce one keyword."""
        value = node.fields[word]
        at = Node(node.document, node.at / word, value)
        if word in _NOT_CHECKED:
            self.report.add(rules.NOT_CHECKED, at.at, f"{quoted(word)} is not checked when inputs are validated")
            return {}
        if word in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
            bound = node.fields.get(word.replace("exclusiveM", "m"))
            return {word: bound} if value and isinstance(bound, int | float) else {}
        if word in ("minimum", "maximum") and node.fields.get(f"exclusive{word.capitalize()}") is True:
            return {}
        if word == "items" and isinstance(value, list):  # before 2020-12
            rest = node.get("additionalItems")
            return {"prefixItems": self.all(at), **({"items": self.schema(rest)} if rest is not None else {})}
        if word == "dependencies" and isinstance(value, dict):  # before 2019-09
            return self.dependencies(at)
        what = wanted(word, value)
        if what is not None:
            message = f"{quoted(word)} is not checked when inputs are validated: its value is not {what}"
            if not self.report.tells(at.at):
                is_flag = word == "required" and isinstance(value, bool) and isinstance(node.at.pointer[-1], str)
                help = f"write required: [{node.at.pointer[-1]}] beside properties" if is_flag and value else None
                self.report.add(rules.NOT_CHECKED, at.at, message, help=help)
            return {}
        if word == "pattern":
            return self.pattern(at)
        if word == "patternProperties" and isinstance(value, dict):
            pairs = ((self.pattern(Node(n.document, n.at, key)), n) for key, n in self.members(at))
            return {word: {found["pattern"]: self.schema(n) for found, n in pairs if found}}
        if word in _PLAIN:
            return {word: value}
        if word in _SCHEMA:
            return {word: self.schema(at)}
        if word in _SCHEMA_LISTS and isinstance(value, list):
            return {word: self.all(at)}
        if word in _SCHEMA_MAPS and isinstance(value, dict):
            return {word: {name: self.schema(n) for name, n in self.members(at)}}
        return {}

    def all(self, node: Node) -> list[Any]:
        items = node.value if isinstance(node.value, list) else []
        return [self.schema(Node(node.document, node.at / index, item)) for index, item in enumerate(items)]

    def members(self, node: Node) -> Iterator[tuple[str, Node]]:
        for name, item in node.fields.items():
            yield name, Node(node.document, node.at / name, item)

    def pattern(self, node: Node) -> dict[str, Any]:
        """Translate an ECMA-262 pattern to Python's dialect; empty, with a diagnostic, if it cannot be translated."""
        try:
            return {"pattern": translate_ecma(str(node.value))}
        except ExpressionError as error:
            message = f"the pattern {quoted(str(node.value))} is not checked: {error.message}"
            self.report.add(rules.NOT_CHECKED, node.at, message, help=error.help)
            return {}

    def dependencies(self, node: Node) -> dict[str, Any]:
        required = {name: n.value for name, n in self.members(node) if isinstance(n.value, list)}
        schemas = {name: self.schema(n) for name, n in self.members(node) if not isinstance(n.value, list)}
        found = {"dependentRequired": required, "dependentSchemas": schemas}
        return {word: value for word, value in found.items() if value}


def _nullable(schema: dict[str, Any], node: Node) -> Any:
    """Write the `nullable` of OpenAPI 3.0 as a type; where that is not enough, as an alternative."""
    if not is_nullable(node) or not schema:
        return schema
    if schema.keys() & _OF_NULL:
        return {"anyOf": [{"type": "null"}, schema]}
    type: Any = schema.get("type", [])
    types: list[Any] = type if type.__class__ is list else [type]
    return {**schema, "type": [*types, "null"]} if types and "null" not in types else schema


GROUPS = {
    "values": {"enum", "const", "uniqueItems"},
    "texts": {"minLength", "maxLength", "pattern"},
    "numbers": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "lists": {"minItems", "maxItems", "uniqueItems", "prefixItems", "items", "contains"},
    "objects": {"required", "properties"},
    "open_objects": {
        *("patternProperties", "additionalProperties", "propertyNames", "minProperties", "maxProperties"),
        *("dependentRequired", "dependentSchemas"),
    },
    "composition": {"allOf", "anyOf", "oneOf", "not", "if"},
    "references": {"$ref"},
    "files": {"$file"},
}
"""The keywords that need each part of the run-time check."""


def groups(schema: Json) -> set[str]:
    """Return the parts of the run-time check that a reduced schema needs."""
    words = set(_words(schema))
    return {f"schema_{group}" for group, keywords in GROUPS.items() if words & keywords}


def _words(schema: Json) -> Iterator[str]:
    """Yield all keywords of a reduced schema and of the schemas in it."""
    if not isinstance(schema, dict):
        return
    for word, value in schema.items():
        yield word
        if word in _SCHEMA:
            yield from _words(value)
        elif word in _SCHEMA_LISTS and isinstance(value, list):
            for item in value:
                yield from _words(item)
        elif (word in _SCHEMA_MAPS or word == "$defs") and isinstance(value, dict):
            for item in value.values():
                yield from _words(item)
