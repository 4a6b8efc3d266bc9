"""The rule of dependencies between workflows."""

from __future__ import annotations

from arazzoc import rules
from arazzoc.diagnostics import Report, quoted
from arazzoc.resolve import Resolved


def check_dependencies(resolved: Resolved, report: Report) -> None:
    """Report workflows that depend on themselves, directly or through others (Arazzo 1.1.0, Workflow Object)."""
    workflows = {workflow.key: workflow for workflow in resolved.workflows}
    for key, workflow in workflows.items():
        seen: set[str] = set()
        pending = list(workflow.depends_on)
        while pending:
            current = pending.pop()
            if current == key:
                message = f"workflow {quoted(key)} depends on itself"
                through = [name for name in workflow.depends_on if name != key]
                if through:
                    message += f", through {' and '.join(quoted(name) for name in through)}"
                report.add(
                    rules.DEPENDENCY_CYCLE,
                    workflow.workflow.at / "dependsOn",
                    message,
                    help="remove one of these dependencies",
                )
                break
            if current not in seen and current in workflows:
                seen.add(current)
                pending.extend(workflows[current].depends_on)
