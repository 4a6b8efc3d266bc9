"""What a workflow reads, and which other workflows have run before a place in it (AMB-62)."""

from __future__ import annotations

from collections.abc import Iterator

from arazzoc import ir
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.values import call_values, condition_values, parts_of


def values_of_step(step: ir.Step) -> Iterator[ir.Value]:
    """Yield everything that a step reads: for its request, its outputs, its criteria, and what its actions run."""
    yield from call_values(step.call)
    yield from (output.value for output in step.outputs)
    edges = (*step.on_success, *step.on_failure)
    for criterion in (*step.success, *(c for edge in edges for c in edge.when)):
        yield from condition_values(criterion.test)


def values_read(workflow: ir.Workflow) -> Iterator[ir.Value]:
    """Yield everything that a workflow reads, in its smallest parts."""
    values = [output.value for output in workflow.outputs]
    values += [value for step in workflow.steps for value in values_of_step(step)]
    values += [value for _, _, call in workflow.runs for value in call_values(call)]
    return (part for value in values for part in parts_of(value))


def steps_that_run(key: str, steps: tuple[ir.Step, ...]) -> Iterator[str]:
    """Yield the steps that call a workflow."""
    return (s.id for s in steps if isinstance(s.call, ir.WorkflowCall) and s.call.workflow == key)


def has_always_run(key: str, workflow: ir.Workflow, flow: Flow, place: str | None) -> bool:
    """Whether a workflow has given its outputs in every run that comes to a place, a step or None for the end."""
    steps = steps_that_run(key, workflow.steps)
    return key in workflow.depends_on or any(flow.always_runs_before(step, place) for step in steps)


def can_have_run(key: str, workflow: ir.Workflow, flow: Flow, place: str | None) -> bool:
    """Whether any run that comes to a place has run a workflow before."""
    if key in workflow.depends_on or place is None:
        return True
    owners = [step.id for step, edge, call in workflow.runs if call.workflow == key and _is_retry(edge)]
    if any(owner == place for owner in owners):
        return True
    return any(not flow.never_runs_before(step, place) for step in (*owners, *steps_that_run(key, workflow.steps)))


def _is_retry(edge: ir.Edge) -> bool:
    return isinstance(edge.then, ir.Retry)
