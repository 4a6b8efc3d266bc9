"""What the expressions of a workflow name, found in their text: for a workflow that declares no inputs (AMB-67)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arazzoc.arazzo import model
from arazzoc.resolve import ResolvedWorkflow
from arazzoc.source import Json, Location

_INPUT = re.compile(r"(?<![\w$.])\$inputs\.([A-Za-z0-9_\-]+)")


def mentioned_inputs(workflow: ResolvedWorkflow) -> dict[str, Location]:
    """Return the inputs that expressions of a workflow name, each with the first place where one does."""
    found: dict[str, Location] = {}
    for text, at in _texts(workflow):
        for match in _INPUT.finditer(text):
            found.setdefault(match[1], at)
    return found


def _texts(workflow: ResolvedWorkflow) -> Iterator[tuple[str, Location]]:
    """Yield every text of a workflow that can hold expressions."""
    for resolved in workflow.steps:
        step = resolved.step
        actions = (*resolved.on_success, *resolved.on_failure)
        parameters = [*resolved.parameters, *(p for a in actions for p in a.parameters)]
        for parameter in (p for p in parameters if isinstance(p, model.Parameter)):
            yield from _leaves(parameter.value, parameter.value_at, workflow)
        if step.request_body is not None:
            yield from _leaves(step.request_body.payload, step.request_body.at / "payload", workflow)
            for replacement in step.request_body.replacements:
                yield from _leaves(replacement.value, replacement.at / "value", workflow)
        for criterion in (*step.success_criteria, *(c for a in actions for c in a.criteria)):
            yield from ((text, criterion.at) for text in (criterion.context or "", criterion.condition))
        yield from _outputs(step)
    yield from _outputs(workflow.workflow)


def _outputs(owner: model.Step | model.Workflow) -> Iterator[tuple[str, Location]]:
    for name, output in owner.outputs.items():
        text = output.context if isinstance(output, model.Selector) else output
        if text is not None:
            yield text, owner.at / "outputs" / name


def _leaves(value: Json, at: Location, workflow: ResolvedWorkflow) -> Iterator[tuple[str, Location]]:
    """Yield the texts in a value, those of the components that it names included."""
    pending: list[tuple[Json, Location]] = [(value, at)]
    while pending:
        item, place = pending.pop(0)
        if isinstance(item, str):
            yield item, place
            named = workflow.component_parameters.get(item.removeprefix("$components.parameters."))
            if item.startswith("$components.parameters.") and named is not None:
                pending.append((named.value, place))
        elif isinstance(item, list):
            pending += [(inner, place / index) for index, inner in enumerate(item)]
        elif isinstance(item, dict):
            pending += [(inner, place / key) for key, inner in item.items()]
