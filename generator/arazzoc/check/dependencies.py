"""The rule of dependencies between workflows."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import rules
from arazzoc.diagnostics import Report, quoted
from arazzoc.resolve import Resolved, ResolvedWorkflow


def check_dependencies(resolved: Resolved, report: Report) -> None:
    """Report workflows that depend on themselves, directly or through others, each circle once (Arazzo 1.1.0, Workflow
    Object).
    """
    workflows = {workflow.key: workflow for workflow in resolved.workflows}
    needs = {key: _needed(key, workflows) for key in workflows}
    told: set[str] = set()
    for key, workflow in workflows.items():
        if key not in needs[key] or key in told:
            continue
        circle = [other for other in needs if other in needs[key] and key in needs[other]]
        told |= set(circle)
        others = [quoted(other) for other in circle if other != key]
        through = f", through {' and '.join(others)}" if others else ""
        report.add(
            rules.DEPENDENCY_CYCLE,
            workflow.workflow.at / "dependsOn",
            f"workflow {quoted(key)} depends on itself{through}",
            help="remove one of these dependencies",
        )


def _needed(key: str, workflows: Mapping[str, ResolvedWorkflow]) -> set[str]:
    """All workflows that one depends on, directly or through others."""
    seen: set[str] = set()
    pending = list(workflows[key].depends_on)
    while pending:
        current = pending.pop()
        if current not in seen and current in workflows:
            seen.add(current)
            pending.extend(workflows[current].depends_on)
    return seen
