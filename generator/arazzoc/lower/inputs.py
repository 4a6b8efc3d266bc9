"""The inputs of a workflow: from their JSON Schema to typed fields."""

from __future__ import annotations

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.diagnostics import quoted
from arazzoc.lower.scope import WorkflowScope
from arazzoc.openapi.document import Node
from arazzoc.openapi.schemas import alternatives


def lower_inputs(scope: WorkflowScope) -> None:
    """Fill in the declared inputs (Arazzo 1.1.0, Workflow Object; JSON Schema 2020-12)."""
    schema = scope.workflow.inputs
    if schema is None:
        return
    kind = schema.fields.get("type", "object")
    if not isinstance(schema.value, dict) or (kind != "object" and kind != ["object"]):
        scope.report.add(
            rules.BAD_SCHEMA,
            schema.at,
            f"workflow {quoted(scope.workflow.workflow.workflow_id)}: inputs are named, so their schema is an object's",
            help="write type: object and properties: …",
        )
        return
    required: set[str] = set()
    properties: dict[str, Node] = {}
    for part in alternatives(schema)[0]:
        names = part.fields.get("required")
        required.update(n for n in names if isinstance(n, str)) if isinstance(names, list) else None
        properties.update(part.members("properties"))
    workflow_id = scope.workflow.workflow.workflow_id
    for name, node in properties.items():
        scope.input_schemas[name] = node
        scope.inputs[name] = input_field(name, node, name in required, f"{workflow_id} {name}", scope)


def input_field(name: str, node: Node, required: bool, hint: str, scope: WorkflowScope) -> ir.InputField:
    """One input; a default makes it optional, and so does its absence from `required`."""
    has_default = "default" in node.fields
    type = scope.types.type_of(node, hint)
    is_binary = node.text("format") in ("binary", "byte") and type == t.STRING
    if node.text("format") == "binary" and is_binary:
        type = t.FileContent()
    return ir.InputField(
        name=name,
        type=type,
        required=required and not has_default,
        default=node.fields.get("default"),
        has_default=has_default,
        description=(node.text("description") or node.text("title")).strip(),
        secret=node.text("format") == "password",
    )
