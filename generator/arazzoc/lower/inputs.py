"""The inputs of a workflow: JSON Schema to typed fields."""

from __future__ import annotations

from collections.abc import Collection
from types import NoneType

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.values import constant_type
from arazzoc.diagnostics import quoted, suggest
from arazzoc.lower.mentions import mentioned_inputs
from arazzoc.lower.workflow_scope import WorkflowScope
from arazzoc.openapi.alternatives import Alternative, alternatives, shape
from arazzoc.openapi.assertions import assertions
from arazzoc.openapi.document import Node
from arazzoc.openapi.keywords import is_keyword
from arazzoc.source import Json, KeyLocation, Location


def lower_inputs(scope: WorkflowScope) -> None:
    """Add the declared inputs to the scope (Arazzo 1.1.0, Workflow Object; JSON Schema 2020-12)."""
    schema = scope.workflow.inputs
    if schema is None or _declares_nothing(schema):
        _add_undeclared(scope)
        return
    workflow_id = scope.workflow.workflow.workflow_id
    if (fault := _fault(schema)) is not None:
        at, what, help = fault
        if isinstance(schema.value, dict | bool):  # anything else is no schema, which is told already
            scope.report.add(rules.BAD_SCHEMA, at, f"workflow {quoted(workflow_id)}: {what}", help=help)
        scope.inputs.update((name, _any_input(name)) for name in mentioned_inputs(scope.workflow))  # one finding
        return
    objects = [choice for choice in alternatives(schema) if "object" in shape(choice)] or [(schema,)]
    choices = [_named(choice) for choice in objects]
    required = set[str].intersection(*(names for names, _ in choices))
    properties: dict[str, Node] = {}
    for _, found in choices:
        properties.update((name, node) for name, node in found.items() if name not in properties)
    for name, node in properties.items():
        scope.input_schemas[name] = node
        scope.inputs[name] = input_field(name, node, name in required, f"{workflow_id} {name}", scope)
    _report_undeclared(schema, scope)
    for name in sorted(required - properties.keys()):
        scope.inputs[name] = _any_input(name)


_OPEN_WORDS = frozenset(("allOf", "anyOf", "oneOf", "$ref", "patternProperties", "additionalProperties"))
"""Keywords by which an input may be declared elsewhere."""


def _report_undeclared(schema: Node, scope: WorkflowScope) -> None:
    """Report inputs that the schema requires and does not declare, so that nothing is known of them."""
    required, properties = schema.fields.get("required"), schema.fields.get("properties")
    if not isinstance(required, list) or not isinstance(properties, dict) or _OPEN_WORDS & schema.fields.keys():
        return
    for index, name in enumerate(required):
        if isinstance(name, str) and name not in properties:
            where = f"workflow {quoted(scope.workflow.workflow.workflow_id)}"
            what = f"{where}: the inputs require {quoted(name)}, which they do not declare"
            help = suggest(name, properties, noun="they declare")
            scope.report.add(rules.UNDECLARED_REQUIRED, schema.at / "required" / index, what, help=help)


_ANNOTATIONS = frozenset(
    ("type", "title", "description", "default", "deprecated", "example", "examples", "readOnly", "writeOnly")
)
_EMPTY: tuple[tuple[str, tuple[Json, ...]], ...] = (
    ("properties", ({}, None)),
    ("required", ([], None)),
    ("additionalProperties", (True, {}, None)),
)
_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def _declares_nothing(schema: Node) -> bool:
    """Whether a schema says nothing about any input: `true` does not."""
    if schema.value is True:
        return True
    if not isinstance(schema.value, dict) or not _is_object(schema.fields.get("type", "object")):
        return False
    empty = {word for word, values in _EMPTY if schema.fields.get(word) in values}
    names = {name for name in schema.fields if not name.startswith(("x-", "$schema", "$id", "$comment", "$anchor"))}
    return names - empty <= _ANNOTATIONS


def _is_object(type: Json) -> bool:
    """Whether a type is that of objects, which may be null besides."""
    return type == "object" or (
        isinstance(type, list) and "object" in type and all(i in ("object", "null") for i in type)
    )


def _fault(schema: Node) -> tuple[Location | KeyLocation, str, str] | None:
    """Why a schema cannot declare inputs: the place, the fault, and what to write."""
    if not isinstance(schema.value, dict) or not _is_object(schema.fields.get("type", "object")):
        at = schema.at / "type" if "type" in schema.fields else schema.at
        return at, "the schema of the inputs is not of type object", "write type: object and properties: …"
    properties = schema.fields.get("properties", {})
    if not isinstance(properties, dict | NoneType):
        what = "'properties' of the inputs is not an object with a schema for each name"
        return schema.at / "properties", what, "write properties: {name: {…}}"
    for name, value in schema.fields.items():
        is_declared = isinstance(value, dict) or value in _TYPES
        if is_declared and not is_keyword(name) and not name.startswith(("x-", "$")):
            what = f"{quoted(name)} is no keyword of JSON Schema; an input is declared under 'properties'"
            return (schema.at / name).key, what, f"write type: object and properties: {{{name}: …}}"
    return None


def _add_undeclared(scope: WorkflowScope) -> None:
    """Add what the expressions of a workflow without inputs read: inputs of any type, all required (AMB-67)."""
    workflow = scope.workflow.workflow
    mentioned = mentioned_inputs(scope.workflow)
    if scope.workflow.inputs is None and "inputs" in _members(workflow.at.value):  # it is null, which is told already
        scope.inputs.update((name, _any_input(name)) for name in mentioned)
        return
    names = ", ".join(mentioned)
    members = ", ".join(f"{name}: {{}}" for name in mentioned)
    for name, at in mentioned.items():
        scope.report.add(
            rules.UNDECLARED_INPUT,
            at,
            f"workflow {quoted(workflow.workflow_id)} reads the input {quoted(name)} and declares no inputs; "
            "it takes any value",
            help=f"add inputs: {{type: object, required: [{names}], properties: {{{members}}}}}, and their types",
        )
        scope.inputs[name] = _any_input(name)


def _members(value: Json) -> Collection[str]:
    return value if isinstance(value, dict) else ()


def _any_input(name: str) -> ir.InputField:
    """A required input of any type."""
    return ir.InputField(name, t.ANYTHING, True, None, False, "", False)


def _named(schemas: Alternative) -> tuple[set[str], dict[str, Node]]:
    """Return the required names and the properties of schemas that all apply, those in `then` and `else` included."""
    required: set[str] = set()
    properties: dict[str, Node] = {}
    for part in schemas:
        names = part.fields.get("required")
        required.update(n for n in names if isinstance(n, str)) if isinstance(names, list) else None
        properties.update(part.members("properties"))
        for word in ("then", "else"):
            branch = part.get(word)
            if branch is not None:
                properties.update((n, node) for n, node in branch.members("properties") if n not in properties)
    return required, properties


def input_assertions(scope: WorkflowScope, inputs: tuple[ir.InputField, ...]) -> Json:
    """Return the assertions of the inputs' schema, adapted to what callers pass.

    An input that is sent as a file may be a value that JSON cannot hold, and one with a default may be absent.
    """
    node = scope.workflow.workflow.inputs
    if node is None:
        return True
    declared = Node(scope.workflow.own, scope.workflow.workflow.at / "inputs", node)
    if _fault(declared) is not None:
        return True
    schema = assertions(declared, scope.report).to_json()
    files = {i.name: _as_files(i.type) for i in inputs if t.FileContent() in _parts(i.type)}
    defaults = {i.name for i in inputs if i.has_default}
    return _adapted(schema, files, defaults) if files or defaults else schema


def _parts(type: t.Type) -> tuple[t.Type, ...]:
    plain = t.required(type)
    return (plain.item,) if isinstance(plain, t.Array) else (plain,)


def _as_files(type: t.Type) -> Json:
    if isinstance(t.required(type), t.Array):
        return {"type": "array", "items": {"$file": True}}
    return {"$file": True}


def _adapted(schema: Json, files: dict[str, Json], defaults: set[str]) -> Json:
    """Replace the schemas of files, and do not require inputs that have a default."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    properties, required = schema.get("properties"), schema.get("required")
    if isinstance(properties, dict):
        result["properties"] = {name: files.get(name, item) for name, item in properties.items()}
    if isinstance(required, list):
        result["required"] = [name for name in required if name not in defaults]
    for word in ("allOf", "anyOf", "oneOf"):
        items = schema.get(word)
        if isinstance(items, list):
            result[word] = [_adapted(item, files, defaults) for item in items]
    return result


def input_field(name: str, node: Node, required: bool, hint: str, scope: WorkflowScope) -> ir.InputField:
    """Compile one input; it is optional if it has a default or is not listed in `required`."""
    has_default = "default" in node.fields
    type = scope.types.type_of(node, hint)
    if node.text("format") == "binary" and type == t.STRING:
        type = t.FileContent()
    if has_default and not scope.types.table.admits(type, node.fields["default"]):
        type = t.union((type, constant_type(node.fields["default"])))
    return ir.InputField(
        name=name,
        type=type,
        required=required and not has_default,
        default=node.fields.get("default"),
        has_default=has_default,
        description=(node.text("description") or node.text("title")).strip(),
        secret=node.text("format") == "password",
    )
