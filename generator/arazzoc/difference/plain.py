"""The flow as plain values that can be compared: without types, texts and what only the API decides.

Where a name has changed, nodes of the old side are compared under the new one, so that a new name is one change.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct, field

from arazzoc import ir

_LEFT_OUT = frozenset(
    (
        *("description", "summary", "type", "secret", "secrets", "gives_file", "accept", "schema", "is_imported"),
        *("progresses", "promised_by", "keeps_null", "required", "text", "style", "explode", "allow_reserved"),
        *("encodings", "is_file", "separator", "files", "keeps_redirects", "security", "server", "operation"),
        *("poll", "must_match", "is_twin", "repeats"),
    )
)
"""What follows from other fields, or from the API, whose changes are found there."""


class Names(Struct):
    """The new names of what has another one: of sources, of workflows, and within these of steps, inputs and outputs.

    The outputs of a workflow itself are those of the step ''.
    """

    sources: dict[str, str] = field(default_factory=dict[str, str])
    workflows: dict[str, str] = field(default_factory=dict[str, str])
    steps: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    inputs: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    outputs: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])


class Plain:
    """Makes plain values of the nodes of one workflow; `names` are None for the new side."""

    def __init__(self, workflow: str, names: Names | None = None) -> None:
        self.workflow, self.names = workflow, names or Names()

    def of(self, node: Any, step: ir.Step | None = None) -> Any:
        """The plain value of a node of that step."""
        if node.__class__ is tuple or node.__class__ is list:
            return tuple(self.of(item, step) for item in node)
        if not isinstance(node, Struct):
            return node
        match node:
            case ir.Constant(value=value):
                return "Constant", json.dumps(value)
            case ir.Input(name=name):
                return "Input", self.input(self.workflow, name)
            case ir.OwnOutput(name=name):
                return "OwnOutput", self.output(self.workflow, step.id if step is not None else "", name)
            case ir.StepOutput(step=other, name=name):
                return "StepOutput", self.step(other), self.output(self.workflow, other, name)
            case ir.CalledOutput(name=name) if step is not None and isinstance(step.call, ir.WorkflowCall):
                return "CalledOutput", self.output(step.call.workflow, "", name)
            case ir.WorkflowOutput(workflow=other, name=name):
                return "WorkflowOutput", self.other(other), self.output(other, "", name)
            case ir.WorkflowInput(workflow=other, name=name):
                return "WorkflowInput", self.other(other), self.input(other, name)
            case ir.WorkflowCall(workflow=other, inputs=inputs):
                given = sorted((self.input(other, a.name), self.of(a.value, step)) for a in inputs)
                return "WorkflowCall", self.other(other), tuple(given)
            case ir.Goto(step=other):
                return "Goto", self.step(other)
            case ir.Retry(after=after, limit=limit, before_retry=str() as other):
                return "Retry", after, limit, self.step(other)
            case ir.Argument(name=name, value=value):
                return "Argument", name, self.of(value, step)
            case _:
                fields = (name for name in node.__struct_fields__ if name not in _LEFT_OUT)
                return node.__class__.__name__, *(self.of(getattr(node, name), step) for name in fields)

    def other(self, workflow: str) -> str:
        return self.names.workflows.get(workflow, workflow)

    def step(self, step: str) -> str:
        return self.names.steps.get((self.workflow, step), step)

    def input(self, workflow: str, name: str) -> str:
        return self.names.inputs.get((workflow, name), name)

    def output(self, workflow: str, step: str, name: str) -> str:
        return self.names.outputs.get((workflow, step, name), name)
