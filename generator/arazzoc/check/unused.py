"""Notes about what a document declares and does not use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import Located, Report, Rule, quoted
from arazzoc.resolve import Resolved, ResolvedWorkflow
from arazzoc.source import Location
from arazzoc.targets import OperationTarget


def check_unused(resolved: Resolved, report: Report) -> None:
    """Tell which sources, components, inputs and outputs of the compiled document nothing uses."""
    document = resolved.document
    text = "\n".join(text for text, _ in document.at.texts())
    _sources(resolved, text, report)
    _components(document, text, report)
    own = [w for w in resolved.workflows if w.document is document]
    has_dependencies = any(w.depends_on for w in own)
    outputs: dict[str, Located] = {}
    for workflow in own:
        if not has_dependencies:
            _inputs(workflow, report)
        prefix = f"{workflow.workflow.workflow_id}." if len(own) > 1 else ""
        outputs |= {f"{prefix}{name}": at for name, at in _outputs(workflow, text)}
    _tell(outputs, "", "output", report, rules.UNUSED_OUTPUT)


def _tell(unused: Mapping[str, Located], where: str, what: str, report: Report, rule: Rule = rules.UNUSED) -> None:
    """Tell what nothing uses, by its names, at the first of it."""
    if unused:
        listed = f"{what}{'s' if len(unused) > 1 else ''} {', '.join(map(quoted, unused))}"
        report.add(rule, next(iter(unused.values())), f"{where}nothing uses the {listed}")


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
    value, unused = document.components.at.value, dict[str, Located]()
    for kind, members in value.items() if isinstance(value, dict) else ():
        for name in members if isinstance(members, dict) and not kind.startswith("x-") else ():
            if f"components.{kind}.{name}" not in text and f"components/{kind}/{name}" not in text:
                unused[f"{kind}.{name}"] = (document.components.at / kind / name).key
    _tell(unused, "", "component", report)


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
    names = [name for name in properties if f"inputs.{name}" not in text and f"inputs#/{name}" not in text]
    unused = {name: (at / "inputs" / "properties" / name).key for name in names}
    _tell(unused, f"workflow {quoted(workflow.workflow.workflow_id)}: ", "input", report)


def _outputs(workflow: ResolvedWorkflow, text: str) -> Iterator[tuple[str, Located]]:
    """The outputs of steps that nothing reads, by the names of their steps and their own."""
    for step in workflow.steps:
        start = f"steps.{step.step.step_id}"
        if f"{start}.outputs#" in text or re.search(rf"{re.escape(start)}\.outputs(?![.\w])", text):
            continue
        unused = [n for n in step.step.outputs if f"{start}.outputs.{n}" not in text and f"{start}.{n}" not in text]
        own = "\n".join(item for item, _ in step.step.at.texts())
        unused = [name for name in unused if f"outputs.{name}" not in own or f"$outputs.{name}" in own]
        called = f"$workflows.{step.step.workflow_id}."
        unused = [name for name in unused if f"{called}{str(step.step.outputs[name])[1:]}" not in text]  # read past it
        yield from ((f"{step.step.step_id}.{name}", (step.step.at / "outputs" / name).key) for name in unused)
