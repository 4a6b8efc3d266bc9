"""What stands in the way of resuming a run: secrets that a state does not hold, requests that may be sent twice."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import ir, rules
from arazzoc.analysis.resuming import gives_secret, is_safe
from arazzoc.check.parameters import has_key
from arazzoc.config import Config
from arazzoc.diagnostics import Report, quoted
from arazzoc.resolve import Resolved, ResolvedWorkflow
from arazzoc.source import Location


def check_resuming(program: ir.Program, resolved: Resolved, config: Config, report: Report) -> None:
    """Tell which steps and dependencies give secrets for later steps, and, for engines, that a request has no key."""
    models = {workflow.key: workflow for workflow in resolved.workflows}
    told = set[str]()
    for workflow in (workflow for workflow in program.workflows if not workflow.is_imported):
        found = {step.step.step_id: step for step in models[workflow.id].steps}
        for step in (step for step in workflow.steps[:-1] if step.id in found):
            if gives_secret(step.outputs) and not is_safe(step):
                what = f"{found[step.id].step.label} gives a secret, {_secrets(step.outputs)}"
                _tell_of_secret(found[step.id].step.at / "stepId", what, "a run cannot be resumed after it", report)
        for other in (other for other in program.workflows if other.id in models[workflow.id].depends_on):
            if other.id not in told and gives_secret(other.outputs) and not all(is_safe(step) for step in other.steps):
                told.add(other.id)
                what = f"workflow {quoted(other.id)} gives a secret, {_secrets(other.outputs)}"
                at = models[workflow.id].workflow.at / "dependsOn"
                _tell_of_secret(at, what, "whenever a run is resumed, it runs again", report)
    if config.engines:
        _tell_of_request(program, models, report)


def _tell_of_secret(at: Location, what: str, so: str, report: Report) -> None:
    help = "give the client `seal` and `unseal`, which encrypt it there"
    report.add(rules.UNSEALED_SECRET, at, f"{what}, which the state of a run does not hold; {so}", help=help)


def _secrets(outputs: tuple[ir.Output, ...]) -> str:
    return " and ".join(quoted(output.name) for output in outputs if output.secret)


def _tell_of_request(program: ir.Program, models: Mapping[str, ResolvedWorkflow], report: Report) -> None:
    """Tell of the first request that is sent twice if its worker dies."""
    for workflow in (workflow for workflow in program.workflows if not workflow.is_imported):
        found = {step.step.step_id: step for step in models[workflow.id].steps}
        for step in (step for step in workflow.steps if step.id in found):
            if isinstance(step.call, ir.HttpCall) and not has_key(step.call, step):
                what = f"{found[step.id].step.label}: a {step.call.method} request has no idempotency key"
                message = f"{what}; if its worker dies before the answer is stored, it is sent twice"
                at = found[step.id].step.at / "stepId"
                report.add(rules.UNKEYED_REQUEST, at, message, help="generate with --idempotency-key")
                return
