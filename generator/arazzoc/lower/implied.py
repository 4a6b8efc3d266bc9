"""Outputs of a called workflow that are read through the step that calls it, which declares none itself (AMB-59)."""

from __future__ import annotations

from msgspec.structs import replace

from arazzoc.expressions.runtime import step_outputs_in
from arazzoc.resolve import Resolved, ResolvedStep, ResolvedWorkflow, WorkflowTarget


def with_implied_outputs(resolved: Resolved) -> Resolved:
    """Give steps that call a workflow, and declare no outputs, those of its outputs that are read through them."""
    by_key = {workflow.key: workflow for workflow in resolved.workflows}
    workflows = tuple(_workflow(workflow, by_key) for workflow in resolved.workflows)
    return replace(resolved, workflows=workflows)


def _workflow(workflow: ResolvedWorkflow, by_key: dict[str, ResolvedWorkflow]) -> ResolvedWorkflow:
    if not any(isinstance(step.target, WorkflowTarget) and not step.step.outputs for step in workflow.steps):
        return workflow
    read = {found for text, _ in workflow.workflow.at.texts() for found in step_outputs_in(text)}
    return replace(workflow, steps=tuple(_step(step, read, by_key) for step in workflow.steps))


def _step(step: ResolvedStep, read: set[tuple[str, str]], by_key: dict[str, ResolvedWorkflow]) -> ResolvedStep:
    target = step.target
    if not isinstance(target, WorkflowTarget) or step.step.outputs or target.key not in by_key:
        return step
    names = by_key[target.key].workflow.outputs
    rests = [rest for name, rest in read if name == step.step.step_id]
    found = {max((n for n in names if rest.startswith(n)), key=len, default="") for rest in rests} - {""}
    outputs = {name: f"$outputs.{name}" for name in names if name in found}
    return replace(step, step=replace(step.step, outputs=outputs), implied=frozenset(outputs))
