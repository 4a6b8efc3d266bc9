"""The rules of dependencies between workflows, and of values that one has of another."""

from __future__ import annotations

import re
from collections.abc import Mapping

from arazzoc import rules
from arazzoc.diagnostics import Report, quoted
from arazzoc.graphs import reached
from arazzoc.resolve import Resolved, ResolvedWorkflow, WorkflowTarget


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
    for workflow in resolved.workflows:
        _read_past(workflow, report)


def _read_past(workflow: ResolvedWorkflow, report: Report) -> None:
    """Tell where an output of a called workflow is read past the step that calls it and hands it on (AMB-62)."""
    ids = [step.step.workflow_id for step in workflow.steps]
    handed_on = {
        f"$workflows.{step.workflow_id}.{value[1:]}": f"{step.step_id}.outputs.{name}"
        for step in (s.step for s in workflow.steps if isinstance(s.target, WorkflowTarget))
        for name, value in step.outputs.items()
        if ids.count(step.workflow_id) == 1 and isinstance(value, str) and value.startswith("$outputs.")
    }
    for text, at in workflow.workflow.at.texts() if handed_on else ():
        for past, through in handed_on.items():
            if (found := re.search(rf"{re.escape(past)}(?![\w.-])", text)) is not None:
                what = (
                    f"workflow {quoted(workflow.workflow.workflow_id)}: this reads the latest run of another workflow"
                )
                place = at.part(found.start(), len(past))
                report.add(rules.READ_PAST, place, what, help=f"write $steps.{through}, which is the run of that step")
