"""Which inputs and outputs are secret: that follows from where they flow, not from their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from arazzoc import ir
from arazzoc.analysis.values import call_values, parts_of
from arazzoc.openapi.document import Node

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})

Holder: TypeAlias = tuple[str, ir.Value]
"""A workflow, and what holds a value in it: an input, a step's output, or (a CalledOutput) its own output."""


def security_names(document: Node) -> set[tuple[str, str]]:
    """Return where a document's security schemes put API keys: pairs of location and name."""
    components = document.get("components")
    schemes = components.members("securitySchemes") if components is not None else ()
    return {(s.text("in"), s.text("name").lower()) for _, s in schemes if s.text("type") == "apiKey"}


def mark_secrets(
    workflows: tuple[ir.Workflow, ...], names: Mapping[str, set[tuple[str, str]]]
) -> tuple[ir.Workflow, ...]:
    """Mark everything that flows into an Authorization header, a cookie or an API key.

    What a secret is made from is secret, and so is what is made from it, across workflows that call each other.
    `names` holds, for each workflow, where its API keys go.
    """
    links: dict[Holder, set[Holder]] = defaultdict(set)
    for one, other in (link for workflow in workflows for link in _links(workflow)):
        links[one].add(other)
        links[other].add(one)
    secret: set[Holder] = set()
    pending = [holder for w in workflows for holder in _seeds(w, names.get(w.id, set()))]
    while pending:
        holder = pending.pop()
        if holder not in secret:
            secret.add(holder)
            pending.extend(links[holder])
    return tuple(_marked(workflow, secret) for workflow in workflows)


def _holders(value: ir.Value, workflow: ir.Workflow, step: ir.Step | None = None) -> Iterator[Holder]:
    """Yield what a value is made from."""
    for part in parts_of(value):
        match part:
            case ir.Input() | ir.StepOutput():
                yield workflow.id, part
            case ir.OwnOutput(name=name) if step is not None:
                yield workflow.id, ir.StepOutput(step.id, name)
            case ir.CalledOutput(name=name) if step is not None and isinstance(step.call, ir.WorkflowCall):
                yield step.call.workflow, ir.CalledOutput(name)
            case ir.WorkflowOutput(workflow=other, name=name):
                yield other, ir.CalledOutput(name)
            case ir.WorkflowInput(workflow=other, name=name):
                yield other, ir.Input(name)
            case _:
                continue


def _links(workflow: ir.Workflow) -> Iterator[tuple[Holder, Holder]]:
    """Yield pairs of holders, one of which is made from the other."""
    calls = [(step, call) for step, _, call in workflow.runs]
    for step in workflow.steps:
        for output in step.outputs:
            this = workflow.id, ir.StepOutput(step.id, output.name)
            yield from ((this, part) for part in _holders(output.value, workflow, step))
        if isinstance(step.call, ir.WorkflowCall):
            calls.append((step, step.call))
    for step, call in calls:
        for argument in call.inputs:
            target: Holder = call.workflow, ir.Input(argument.name)
            yield from ((target, part) for part in _holders(argument.value, workflow, step))
    for output in workflow.outputs:
        given: Holder = workflow.id, ir.CalledOutput(output.name)
        yield from ((given, part) for part in _holders(output.value, workflow))
    for other in workflow.depends_on:
        yield from (((other, ir.Input(i.name)), (workflow.id, ir.Input(i.name))) for i in workflow.inputs)


def _seeds(workflow: ir.Workflow, names: set[tuple[str, str]]) -> Iterator[Holder]:
    """Yield what is sent where only secrets are sent, or is declared as a secret."""
    yield from ((workflow.id, ir.Input(i.name)) for i in workflow.inputs if i.secret)
    for step in workflow.steps:
        for output in step.outputs:
            pieces = output.value.parts if isinstance(output.value, ir.Text) else (output.value,)
            if any(isinstance(piece, ir.AtPointer) and piece.secret for piece in pieces):
                yield workflow.id, ir.StepOutput(step.id, output.name)
        if isinstance(step.call, ir.HttpCall):
            for value in _sent_secretly(step.call, names):
                yield from _holders(value, workflow, step)


def _sent_secretly(call: ir.HttpCall, names: set[tuple[str, str]]) -> Iterator[ir.Value]:
    for argument in call.headers:
        if argument.name.lower() in SECRET_HEADERS or ("header", argument.name.lower()) in names:
            yield argument.value
    yield from (a.value for a in call.query if ("query", a.name.lower()) in names)
    yield from (a.value for a in call.cookies)


def _marked(workflow: ir.Workflow, secret: set[Holder]) -> ir.Workflow:
    return replace(
        workflow,
        inputs=tuple(replace(i, secret=(workflow.id, ir.Input(i.name)) in secret) for i in workflow.inputs),
        steps=tuple(
            replace(
                step,
                call=_with_secrets(step.call, workflow, secret),
                outputs=tuple(
                    replace(o, secret=(workflow.id, ir.StepOutput(step.id, o.name)) in secret) for o in step.outputs
                ),
            )
            for step in workflow.steps
        ),
        outputs=tuple(replace(o, secret=(workflow.id, ir.CalledOutput(o.name)) in secret) for o in workflow.outputs),
    )


def _with_secrets(call: ir.Call, workflow: ir.Workflow, secret: set[Holder]) -> ir.Call:
    """Add to a request the secrets in it that are outside of cookies and the headers that are never shown."""
    if isinstance(call, ir.WorkflowCall):
        return call
    hidden = [a.value for a in call.headers if a.name.lower() in SECRET_HEADERS] + [a.value for a in call.cookies]
    masked = {part for value in hidden for part in parts_of(value) if _is_held(part)}
    found: dict[ir.Value, None] = {}
    for part in (part for value in call_values(call) for part in parts_of(value) if _is_held(part)):
        if part not in masked and any(holder in secret for holder in _holders(part, workflow)):
            found[part] = None
    return replace(call, secrets=tuple(found))


def _is_held(part: ir.Value) -> bool:
    return isinstance(part, ir.Input | ir.StepOutput | ir.WorkflowOutput | ir.WorkflowInput)
