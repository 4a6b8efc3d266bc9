"""The rule of dependencies between workflows."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import rules
from arazzoc.diagnostics import Report, quoted
from arazzoc.graphs import reached
from arazzoc.resolve import Resolved, ResolvedWorkflow


def circular(workflows: Mapping[str, ResolvedWorkflow]) -> set[str]:
    """The workflows that depend on themselves."""
    return {key for key, needed in _needs(workflows).items() if key in needed}


def _needs(workflows: Mapping[str, ResolvedWorkflow]) -> dict[str, set[str]]:
    """All that must be completed before each workflow."""

    def following(key: str) -> tuple[str, ...]:
        return workflows[key].depends_on if key in workflows else ()

    return {key: reached(following(key), following) for key in workflows}


def check_dependencies(resolved: Resolved, report: Report) -> None:
    """Report workflows that depend on themselves, directly or through others, each circle once (Arazzo 1.1.0, Workflow
    Object).
    """
    workflows = {workflow.key: workflow for workflow in resolved.workflows}
    needs = _needs(workflows)
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
