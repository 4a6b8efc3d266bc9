"""Tree to `Document`: the tree is checked against the JSON Schema of its version, then read field by field.

Parsing continues after an error as far as it can, so that one run reports every problem.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.arazzo.shape import check_shape, is_reusable
from arazzoc.diagnostics import Report, quoted
from arazzoc.source import Json, Location, Source

T = TypeVar("T")

VERSIONS = ((1, 0), (1, 1))
_ACTION_TYPES: dict[str, model.ActionType] = {"end": "end", "goto": "goto", "retry": "retry"}


def parse_document(source: Source, report: Report) -> model.Document | None:
    """Parse an Arazzo document (Arazzo 1.1.0, Arazzo Specification Object).

    Returns None, with a diagnostic, if the tree is not an Arazzo document of a supported version.
    """
    root = source.root
    tree = source.tree
    if not isinstance(tree, dict):
        kind = "a list" if isinstance(tree, list) else "a single value"
        report.add(rules.NOT_ARAZZO, root, f"the document is {kind}, not an object", help=_FIRST_LINE)
        return None
    version = _version(tree, root, report)
    if version is None:
        return None
    check_shape(source, version, report)
    return _Reader(version, tree).document(_Node(tree, root))


_KINDS = {"openapi": "an OpenAPI", "swagger": "a Swagger", "asyncapi": "an AsyncAPI"}
_FIRST_LINE = "begin with the line: arazzo: 1.1.0"


def _version(tree: dict[str, Json], root: Location, report: Report) -> tuple[int, int] | None:
    text = tree.get("arazzo")
    if "arazzo" not in tree:
        other = next((k for k in _KINDS if k in tree), None)
        if other:
            message = f"this is {_KINDS[other]} document, not an Arazzo document"
            report.add(
                rules.NOT_ARAZZO, root, message, help="pass the Arazzo document here, and this one with --source"
            )
        else:
            report.add(rules.NOT_ARAZZO, root, "the field 'arazzo' is missing", help=_FIRST_LINE)
        return None
    match = re.fullmatch(r"(\d+)\.(\d+)\.\d+(?:-.+)?", text) if isinstance(text, str) else None
    version = (int(match[1]), int(match[2])) if match else None
    if version not in VERSIONS:
        shown = text if isinstance(text, str) else repr(text)
        help = "write a version that arazzoc supports, 1.0.x or 1.1.x, as a string"
        report.add(rules.VERSION, root / "arazzo", f"the Arazzo version {shown} is not supported", help=help)
        return None
    return version


class _Node:
    """Reads an object of the document field by field; a field of the wrong type counts as absent."""

    __slots__ = ("at", "fields")

    def __init__(self, fields: dict[str, Json], at: Location) -> None:
        self.fields, self.at = fields, at

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return value if isinstance(value, str) else None

    def required(self, name: str) -> str:
        return self.text(name) or ""

    def number(self, name: str) -> float | None:
        value = self.fields.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.fields.get(name)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()

    def node(self, name: str) -> _Node | None:
        value = self.fields.get(name)
        return _Node(value, self.at / name) if isinstance(value, dict) else None

    def each(self, name: str, read: Callable[[_Node], T], needs: str = "") -> tuple[T, ...]:
        """Read the objects of a list; those without the text that they need, a fault that is known, are left out."""
        value = self.fields.get(name)
        items = enumerate(value) if isinstance(value, list) else ()
        nodes = (_Node(item, self.at / name / index) for index, item in items if isinstance(item, dict))
        return tuple(read(node) for node in nodes if not needs or node.text(needs) is not None)

    def members(self, name: str, read: Callable[[_Node], T]) -> dict[str, T]:
        value = self.fields.get(name)
        if not isinstance(value, dict):
            return {}
        at = self.at / name
        return {key: read(_Node(item, at / key)) for key, item in value.items() if isinstance(item, dict)}


def _step_ids(tree: Json) -> Iterator[str]:
    """The ids of all steps of a document."""
    workflows = tree.get("workflows") if isinstance(tree, dict) else None
    for workflow in workflows if isinstance(workflows, list) else ():
        steps = workflow.get("steps") if isinstance(workflow, dict) else None
        for step in steps if isinstance(steps, list) else ():
            if isinstance(step, dict) and isinstance(step.get("stepId"), str):
                yield str(step["stepId"])


_TYPES = ("simple", "regex", "jsonpath", "xpath", "jsonpointer")


class _Reader:
    """Reads the objects of one version of the specification."""

    def __init__(self, version: tuple[int, int], tree: Json) -> None:
        self.version, self.workflow_id = version, ""
        self.ids = Counter(_step_ids(tree))

    def document(self, node: _Node) -> model.Document:
        info = node.node("info") or _Node({}, node.at / "info")
        components = node.node("components") or _Node({}, node.at / "components")
        inputs = components.fields.get("inputs")
        return model.Document(
            at=node.at,
            version=self.version,
            self_uri=node.text("$self"),
            title=info.required("title"),
            summary=info.required("summary"),
            description=info.required("description"),
            sources=node.each("sourceDescriptions", self.source),
            workflows=node.each("workflows", self.workflow),
            components=model.Components(
                at=components.at,
                inputs=inputs if isinstance(inputs, dict) else {},
                parameters=components.members("parameters", self.parameter),
                success_actions=components.members("successActions", self.action),
                failure_actions=components.members("failureActions", self.action),
            ),
        )

    def source(self, node: _Node) -> model.SourceDescription:
        return model.SourceDescription(node.at, node.required("name"), node.required("url"), node.text("type"))

    def workflow(self, node: _Node) -> model.Workflow:
        self.workflow_id = node.required("workflowId")
        return model.Workflow(
            at=node.at,
            workflow_id=node.required("workflowId"),
            summary=node.required("summary"),
            description=node.required("description"),
            inputs=node.fields.get("inputs"),
            depends_on=node.texts("dependsOn"),
            steps=node.each("steps", self.step),
            parameters=node.each("parameters", self.parameter_or_reusable),
            success_actions=node.each("successActions", self.action_or_reusable),
            failure_actions=node.each("failureActions", self.action_or_reusable),
            outputs=self.outputs(node),
        )

    def step(self, node: _Node) -> model.Step:
        timeout = node.number("timeout")
        body = node.node("requestBody")
        step_id = node.required("stepId")
        owner = f"workflow {quoted(self.workflow_id)}, " if self.ids[step_id] > 1 else ""
        return model.Step(
            at=node.at,
            step_id=step_id,
            label=f"{owner}step {quoted(step_id)}",
            description=node.required("description"),
            operation_id=node.text("operationId"),
            operation_path=node.text("operationPath"),
            workflow_id=node.text("workflowId"),
            channel_path=node.text("channelPath"),
            action=node.text("action"),
            timeout=int(timeout) if timeout is not None else None,
            depends_on=node.texts("dependsOn"),
            parameters=node.each("parameters", self.parameter_or_reusable),
            request_body=self.request_body(body) if body is not None else None,
            success_criteria=node.each("successCriteria", self.criterion, "condition"),
            on_success=node.each("onSuccess", self.action_or_reusable),
            on_failure=node.each("onFailure", self.action_or_reusable),
            outputs=self.outputs(node),
        )

    def outputs(self, node: _Node) -> dict[str, model.Output]:
        value = node.fields.get("outputs")
        outputs: dict[str, model.Output] = {}
        for name, item in value.items() if isinstance(value, dict) else ():
            outputs[name] = item if isinstance(item, str) else None
            if isinstance(item, dict) and self.version >= (1, 1):
                outputs[name] = self.selector(_Node(item, node.at / "outputs" / name))
        return outputs

    def selector(self, node: _Node) -> model.Selector | None:
        context, selector, type = node.text("context"), node.text("selector"), self.expression_type(node, "type")
        if context is None or selector is None or type is None:
            return None
        return model.Selector(node.at, context, selector, type)

    def expression_type(self, node: _Node, field: str) -> model.ExpressionType | None:
        """Read `type`, as a string with a sibling `version` or as an Expression Type Object (AMB-45)."""
        value = node.fields.get(field)
        if isinstance(value, str):
            known = next((kind for kind in _TYPES if kind == value.lower()), value)  # its letter case is told already
            return model.ExpressionType(known, node.text("version"))
        if isinstance(value, dict):
            typed = _Node(value, node.at / field)
            return model.ExpressionType(typed.required("type"), typed.text("version"))
        return None

    def parameter_or_reusable(self, node: _Node) -> model.Parameter | model.Reusable:
        return self.reusable(node) if is_reusable(node.fields) else self.parameter(node)

    def action_or_reusable(self, node: _Node) -> model.Action | model.Reusable:
        return self.reusable(node) if is_reusable(node.fields) else self.action(node)

    def reusable(self, node: _Node) -> model.Reusable:
        fields = node.fields
        reference = node.text("$ref") or node.required("reference")
        return model.Reusable(node.at, reference, fields.get("value"), "value" in fields)

    def parameter(self, node: _Node) -> model.Parameter:
        place = node.text("in")
        place = place.lower() if place is not None else None  # its letter case is told already
        return model.Parameter(node.at, node.required("name"), place, node.fields.get("value"), node.at / "value")

    def action(self, node: _Node) -> model.Action:
        limit = node.number("retryLimit")
        type: model.ActionType | None = _ACTION_TYPES.get(node.required("type"))
        return model.Action(
            at=node.at,
            name=node.required("name"),
            type=type or "end",
            step_id=node.text("stepId"),
            workflow_id=node.text("workflowId"),
            retry_after=node.number("retryAfter"),
            retry_limit=int(limit) if limit is not None else None,
            criteria=node.each("criteria", self.criterion, "condition"),
            parameters=node.each("parameters", self.parameter_or_reusable),
        )

    def criterion(self, node: _Node) -> model.Criterion:
        type = self.expression_type(node, "type") or model.ExpressionType("simple", None)
        return model.Criterion(node.at, node.text("context"), node.required("condition"), type)

    def request_body(self, node: _Node) -> model.RequestBody:
        return model.RequestBody(
            at=node.at,
            content_type=node.text("contentType"),
            payload=node.fields.get("payload"),
            has_payload="payload" in node.fields,
            replacements=node.each("replacements", self.replacement, "target"),
        )

    def replacement(self, node: _Node) -> model.Replacement:
        return model.Replacement(
            node.at,
            node.required("target"),
            self.expression_type(node, "targetSelectorType"),
            node.fields.get("value"),
        )
