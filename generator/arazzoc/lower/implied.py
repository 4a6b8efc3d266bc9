"""Outputs of a called workflow that are read through the step that calls it, which declares none itself (AMB-59)."""

from __future__ import annotations

import json

from msgspec.structs import replace

from arazzoc.resolve import Resolved, ResolvedStep, ResolvedWorkflow, WorkflowTarget
from arazzoc.source import Json, Location


def with_implied_outputs(resolved: Resolved) -> Resolved:
    """Give steps that call a workflow, and declare no outputs, those of its outputs that are read through them."""
    by_key = {workflow.key: workflow for workflow in resolved.workflows}
    workflows = tuple(_workflow(workflow, by_key) for workflow in resolved.workflows)
    return replace(resolved, workflows=workflows)


def _workflow(workflow: ResolvedWorkflow, by_key: dict[str, ResolvedWorkflow]) -> ResolvedWorkflow:
    if not any(isinstance(step.target, WorkflowTarget) and not step.step.outputs for step in workflow.steps):
        return workflow
    text = _text(workflow.workflow.at)
    return replace(workflow, steps=tuple(_step(step, text, by_key) for step in workflow.steps))


def _step(step: ResolvedStep, text: str, by_key: dict[str, ResolvedWorkflow]) -> ResolvedStep:
    target = step.target
    if not isinstance(target, WorkflowTarget) or step.step.outputs or target.key not in by_key:
        return step
    names = by_key[target.key].workflow.outputs
    read = [name for name in names if f"$steps.{step.step.step_id}.outputs.{name}" in text]
    if not read:
        return step
    outputs = {name: f"$outputs.{name}" for name in read}
    return replace(step, step=replace(step.step, outputs=outputs), implied=frozenset(read))


def _text(at: Location) -> str:
    """All strings of a part of a document."""
    value: Json = at.source.tree
    for token in at.pointer:
        value = value[token]  # type: ignore[index]  # the pointer came from this tree
    return json.dumps(value, ensure_ascii=False, default=str)
