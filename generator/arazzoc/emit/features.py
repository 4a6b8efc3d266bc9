"""What the run-time support of a module must be able to do: the marks `# only: FEATURE` in arazzoc.runtime name it."""

from __future__ import annotations

from collections.abc import Iterable

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.typing import keeps_failed_outputs
from arazzoc.emit.requests import is_styled
from arazzoc.openapi.assertions import GROUPS, groups

_IMPLIED = {
    "waits": ("clock",),
    "polling": ("waits", "pace"),
    "retries": ("waits", "pace"),
    "keys": ("pace",),
    "deadlines": ("clock", "timeouts"),
    "recursion": ("nested",),
    "vias": ("retries",),
    "must_match": ("polling",),
}

FEATURES = (
    *("polling", "retries", "waits", "pace", "clock", "must_match", "keys", "vias", "needs", "failed_outputs"),
    *("nested", "recursion", "timeouts", "deadlines"),
    *("query", "cookies", "body", "part_headers", "styles", "secrets", "security", "downloads", "binary"),
    *("inputs", *(f"schema_{group}" for group in GROUPS)),
)


def features(program: ir.Program) -> frozenset[str]:
    """What the run-time support must be able to do, beyond sending a request and reading the response."""
    found: set[str] = set()
    for workflow in program.workflows:
        found |= _workflow_features(workflow)
        if workflow.inputs:
            found |= {"inputs", *groups(workflow.schema)}
        for call in workflow.http_calls:
            found |= _request_features(call)
        if program.calls_itself(workflow.id):
            found.add("recursion")
    return with_implied(found)


def with_implied(chosen: Iterable[str]) -> frozenset[str]:
    """The features, with those that they need themselves."""
    found: set[str] = set()
    pending = list(chosen)
    while pending:
        feature = pending.pop()
        if feature not in found:
            found.add(feature)
            pending.extend(_IMPLIED.get(feature, ()))
    return frozenset(found)


def waits(workflow: ir.Workflow) -> bool:
    """Whether runs of a workflow can come to a wait of their own."""
    return any(step.repeats or step.retries for step in workflow.steps)


def _workflow_features(workflow: ir.Workflow) -> set[str]:
    steps = workflow.steps
    outputs = [output for step in steps for output in step.outputs]
    wanted = {
        "polling": any(s.repeats for s in steps),
        "retries": any(s.retries for s in steps),
        "must_match": any(s.must_match for s in steps),
        "binary": any(isinstance(o.value, ir.ResponseBody) and o.type == t.ANYTHING for o in outputs),
        "keys": any(s.idempotency_key for s in steps),
        "vias": any(retry.before_retry is not None for s in steps for retry in s.retries.values()),
        "needs": any(s.depends_on for s in steps),
        "nested": bool(workflow.runs_workflows),
        "deadlines": any(s.timeout is not None and isinstance(s.call, ir.WorkflowCall) for s in steps),
        "timeouts": any(s.timeout is not None and isinstance(s.call, ir.HttpCall) for s in steps),
        "failed_outputs": any(keeps_failed_outputs(s, workflow) for s in steps),
    }
    return {name for name, is_wanted in wanted.items() if is_wanted}


def _request_features(call: ir.HttpCall) -> set[str]:
    wanted = {
        "query": bool(call.query),
        "cookies": bool(call.cookies),
        "body": call.body is not None,
        "part_headers": isinstance(call.body, ir.MultipartBody) and bool(call.body.encodings),
        "downloads": call.gives_file,
        "secrets": bool(call.secrets),
        "security": bool(call.security),
        "styles": any(is_styled(a) for a in (*call.query, *call.cookies))
        or (isinstance(call.body, ir.FormBody) and any(e.style for e in call.body.encodings)),
    }
    return {name for name, is_wanted in wanted.items() if is_wanted}
