"""Notes about what a document declares and does not use, and inputs that are required and not declared."""

from __future__ import annotations

import re
from collections.abc import Iterable

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import Report, quoted, suggest
from arazzoc.resolve import Resolved, ResolvedWorkflow
from arazzoc.source import Location
from arazzoc.targets import OperationTarget

_OPEN_WORDS = frozenset(("allOf", "anyOf", "oneOf", "$ref", "patternProperties", "additionalProperties"))


def check_unused(resolved: Resolved, report: Report) -> None:
    """Tell which sources, components, inputs and outputs of the compiled document nothing uses."""
    document = resolved.document
    text = "\n".join(text for text, _ in document.at.texts())
    _sources(resolved, text, report)
    _components(document, text, report)
    own = [w for w in resolved.workflows if w.document is document]
    has_dependencies = any(w.depends_on for w in own)
    for workflow in own:
        _required(workflow, report)
        if not has_dependencies:
            _inputs(workflow, report)
        _outputs(workflow, text, report)


def _told(items: Iterable[tuple[str, Location]], what: str, report: Report) -> None:
    for name, at in items:
        report.add(rules.UNUSED, at.key, f"nothing uses {what} {quoted(name)}", help="remove it")


def _sources(resolved: Resolved, text: str, report: Report) -> None:
    document = resolved.document
    if len(document.sources) < 2:
        return
    targets = [step.target for workflow in resolved.workflows for step in workflow.steps]
    used = {target.source for target in targets if isinstance(target, OperationTarget)}
    for source in document.sources:
        if source.name not in used and not re.search(rf"\b{re.escape(source.name)}[.#]", text):
            at = source.at / "name"
            report.add(rules.UNUSED, at, f"nothing uses the source {quoted(source.name)}", help="remove it")


def _components(document: model.Document, text: str, report: Report) -> None:
    value = document.components.at.value
    for kind, members in value.items() if isinstance(value, dict) else ():
        for name in members if isinstance(members, dict) and not kind.startswith("x-") else ():
            if f"components.{kind}.{name}" not in text and f"components/{kind}/{name}" not in text:
                _told([(name, document.components.at / kind / name)], f"the component {kind}", report)


def _inputs(workflow: ResolvedWorkflow, report: Report) -> None:
    schema = workflow.workflow.inputs
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return
    at = workflow.workflow.at
    text = "\n".join(text for text, place in at.texts() if place.pointer[len(at.pointer)] != "inputs")
    text += "\n".join(text for text, _ in (Location(at.source, ("components",))).texts())
    if "$inputs}" in text or re.search(r"\$inputs(?![.\w])", text):
        return
    unused = [name for name in properties if f"inputs.{name}" not in text and f"inputs#/{name}" not in text]
    _told(((name, at / "inputs" / "properties" / name) for name in unused), "the input", report)


def _outputs(workflow: ResolvedWorkflow, text: str, report: Report) -> None:
    for step in workflow.steps:
        start = f"steps.{step.step.step_id}"
        if f"{start}.outputs#" in text or re.search(rf"{re.escape(start)}\.outputs(?![.\w])", text):
            continue
        unused = [n for n in step.step.outputs if f"{start}.outputs.{n}" not in text and f"{start}.{n}" not in text]
        own = "\n".join(item for item, _ in step.step.at.texts())
        unused = [name for name in unused if f"outputs.{name}" not in own or f"$outputs.{name}" in own]
        if unused:
            names = ", ".join(map(quoted, unused))
            what = f"{step.step.label}: nothing uses its output{'s' if len(unused) > 1 else ''} {names}"
            report.add(rules.UNUSED, (step.step.at / "outputs" / unused[0]).key, what)


def _required(workflow: ResolvedWorkflow, report: Report) -> None:
    """Report inputs that the schema requires and does not declare, so that no expression can read them."""
    fields = workflow.inputs.fields if workflow.inputs is not None else {}
    required, properties = fields.get("required"), fields.get("properties")
    if workflow.inputs is None or not isinstance(required, list) or not isinstance(properties, dict):
        return
    if _OPEN_WORDS & fields.keys():
        return
    for index, name in enumerate(required):
        if isinstance(name, str) and name not in properties:
            where = f"workflow {quoted(workflow.workflow.workflow_id)}"
            what = f"{where}: the inputs require {quoted(name)}, which they do not declare"
            at = workflow.inputs.at / "required" / index
            report.add(rules.UNDECLARED_REQUIRED, at, what, help=suggest(name, properties, noun="they declare"))
