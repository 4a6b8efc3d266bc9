"""What stands in the way of resuming a run: secrets that a state does not hold, requests that may be sent twice."""

from __future__ import annotations

from arazzoc import ir, rules
from arazzoc.analysis.resuming import gives_secret, is_safe
from arazzoc.check.parameters import has_key
from arazzoc.config import Config
from arazzoc.diagnostics import Report, quoted
from arazzoc.resolve import Resolved


def check_resuming(program: ir.Program, resolved: Resolved, config: Config, report: Report) -> None:
    """Tell which steps give secrets for later ones, and, for engines, that requests have no idempotency key."""
    models = {workflow.key: workflow for workflow in resolved.workflows}
    has_told = not config.engines
    for workflow in program.workflows:
        found = {step.step.step_id: step for step in models[workflow.id].steps}
        for step in workflow.steps:
            at = found[step.id].step.at / "stepId" if step.id in found else None
            if at is None or workflow.is_imported:
                continue
            if gives_secret(step) and not is_safe(step) and step is not workflow.steps[-1]:
                names = " and ".join(quoted(output.name) for output in step.outputs if output.secret)
                what = f"{found[step.id].step.label} gives a secret, {names}, which the state of a run does not hold"
                help = "give the client `seal` and `unseal`, which encrypt it there"
                report.add(rules.UNSEALED_SECRET, at, f"{what}; a run cannot be resumed after it", help=help)
            if not has_told and isinstance(step.call, ir.HttpCall) and not has_key(step.call, step):
                has_told = True
                what = f"{found[step.id].step.label}: a {step.call.method} request has no idempotency key"
                message = f"{what}; one that is in flight when a worker dies is sent twice"
                report.add(rules.UNKEYED_REQUEST, at, message, help="generate with --idempotency-key")
