"""Which workflows of a document with errors compile nevertheless: an error silences its own workflow only."""

from __future__ import annotations

from arazzoc import ir
from arazzoc.diagnostics import Report, Severity, Span
from arazzoc.difference.nodes import structs
from arazzoc.resolve import Resolved


def errors_of(report: Report) -> tuple[Span, ...]:
    """Where the errors of a document are."""
    return tuple(found.span for found in report.diagnostics if found.severity is Severity.ERROR)


def whole_workflows(resolved: Resolved, program: ir.Program, errors: tuple[Span, ...] | None) -> frozenset[str]:
    """The workflows without errors, in themselves and in those that they run or read from.

    An error elsewhere may concern all of them, and so may those that are not known.
    """
    if errors is None:
        return frozenset()
    own = resolved.document.at.span().file
    if not all(error.file == own and error.pointer.startswith("/workflows/") for error in errors):
        return frozenset()
    faulty = {error.pointer.split("/")[2] for error in errors}
    broken = {w.key for w in resolved.workflows if str(w.workflow.at.pointer[-1]) in faulty}
    flows = {workflow.id: named_in(workflow) for workflow in program.workflows}
    while more := {id for id, named in flows.items() if id not in broken and not named.isdisjoint(broken)}:
        broken |= more
    return frozenset(flows.keys() - broken)


def named_in(workflow: ir.Workflow) -> set[str]:
    """The workflows that one runs, or reads from."""
    read = {node.workflow for node in structs(workflow) if isinstance(node, ir.WorkflowOutput | ir.WorkflowInput)}
    return read.union(workflow.runs_workflows, *(step.awaits for step in workflow.steps))
