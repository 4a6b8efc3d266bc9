"""Rules about the responses that an operation declares."""

from __future__ import annotations

from arazzoc import ir, rules
from arazzoc.analysis.fold import admitted_statuses
from arazzoc.diagnostics import Report
from arazzoc.resolve import ResolvedStep
from arazzoc.targets import OperationTarget


def check_statuses(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report success criteria that only hold for statuses that the operation does not declare: by its document, the
    step always fails.
    """
    target = resolved.target
    admitted = admitted_statuses(list(step.success))
    if not isinstance(target, OperationTarget) or admitted is None:
        return
    operation = target.operation
    declared = operation.declared_statuses
    if not declared or "default" in declared or operation.answers(admitted, frozenset()):
        return
    looking = (
        c for c in resolved.step.success_criteria if "$statusCode" in c.condition or "$statusCode" in (c.context or "")
    )
    criterion = next(looking, None)
    at = resolved.step.at if criterion is None else criterion.at / "condition"
    wanted = ", ".join(map(str, sorted(admitted)[:3])) + (", …" if len(admitted) > 3 else "")
    report.add(
        rules.UNDECLARED_STATUS,
        at,
        f"{resolved.step.label}: {operation.method} {operation.path} does not declare the status that is asked "
        f"for: {wanted}",
        help=f"it declares: {', '.join(declared)}",
    )
