"""The scope of a workflow: what all its expressions can name, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from msgspec import Struct, field

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.values import static_type
from arazzoc.arazzo import model
from arazzoc.diagnostics import Report
from arazzoc.openapi.document import Node
from arazzoc.openapi.schemas import SchemaTypes
from arazzoc.resolve import ResolvedWorkflow, WorkflowTarget


class WorkflowScope(Struct, dict=True):
    """What a workflow declares: its inputs, and the outputs of each step with their types.

    `workflow_outputs` returns the outputs of any workflow of the program with their types, `workflow_inputs` its
    inputs, `workflow_steps` its steps; `always_runs` tells whether each of its runs that ends well has run a step,
    `can_run` whether any has.
    `dependencies` are the keys of the workflows that are completed before this one.
    """

    workflow: ResolvedWorkflow
    types: SchemaTypes
    report: Report
    inputs: dict[str, ir.InputField] = field(default_factory=dict[str, ir.InputField])
    input_schemas: dict[str, Node] = field(default_factory=dict[str, Node])
    outputs: dict[str, dict[str, t.Type]] = field(default_factory=dict[str, "dict[str, t.Type]"])
    workflow_outputs: Callable[[str], Mapping[str, t.Type]] = field(default=lambda _: {})
    workflow_inputs: Callable[[str], Mapping[str, ir.InputField]] = field(default=lambda _: {})
    workflow_steps: Callable[[str], Collection[str]] = field(default=lambda _: ())
    always_runs: Callable[[str, str], bool] = field(default=lambda key, step: True)
    can_run: Callable[[str, str], bool] = field(default=lambda key, step: True)
    dependencies: tuple[str, ...] = ()
    unknown_steps: set[str] = field(default_factory=set[str])
    """Steps that it does not have, of which that is told."""
    told_of_body: set[str] = field(default_factory=set[str])
    """Steps of which it is told that their responses have no body, or no XML."""

    @property
    def document(self) -> model.Document:
        return self.workflow.document

    @cached_property
    def step_numbers(self) -> dict[str, int]:
        """The number of each step, by its id."""
        return {s.step_id: n for n, s in enumerate(self.workflow.workflow.steps)}

    @cached_property
    def declared_outputs(self) -> dict[str, list[str]]:
        return {s.step.step_id: list(s.step.outputs) for s in self.workflow.steps}

    def is_unread(self, step_id: str) -> bool:
        """Whether the outputs of a step could not be read."""
        return any(
            s.step_id == step_id and self.report.is_misread(s.at / "outputs") for s in self.workflow.workflow.steps
        )

    @cached_property
    def has_run(self) -> frozenset[str]:
        """The keys of the workflows whose values can be read: dependencies, and what steps and retries run (AMB-62)."""
        keys, steps = self.workflow.workflow_keys, self.workflow.steps
        retries = (a for s in steps for a in (*s.on_success, *s.on_failure) if a.type == "retry")
        before = (keys[a.workflow_id] for a in retries if a.workflow_id is not None and a.workflow_id in keys)
        called = (s.target.key for s in steps if isinstance(s.target, WorkflowTarget))
        return frozenset([*self.dependencies, *called, *before])

    def workflow_key(self, name: str) -> str | None:
        """Return the key of the workflow that an expression names; one of another document by its id, if it is unique.

        A workflow of this document comes first, whether it has run or not.
        """
        if name in self.workflow.workflow_keys or any(w.workflow_id == name for w in self.document.workflows):
            return self.workflow.workflow_keys.get(name)
        found = [key for key in self.has_run if key.endswith(f".{name}")]
        return found[0] if len(found) == 1 else None

    @cached_property
    def implied_outputs(self) -> dict[str, frozenset[str]]:
        """The outputs of each step that it does not declare, but that are read through it."""
        return {s.step.step_id: s.implied for s in self.workflow.steps}

    def type_of(self, value: ir.Value) -> t.Type:
        """Return the static type of a value."""
        return static_type(value, {n: i.type for n, i in self.inputs.items()}, self.outputs)
