"""Rules about the responses that an operation declares."""

from __future__ import annotations

from functools import cache, partial

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.fold import admitted_statuses, fold
from arazzoc.analysis.logic import STATUSES
from arazzoc.analysis.selection import can_hold, unknown_names
from arazzoc.analysis.values import condition_values, distinct, parts_of, tests
from arazzoc.arazzo import model
from arazzoc.check.slips import is_slip
from arazzoc.diagnostics import Located, Report, did_you_mean, quoted, suggest
from arazzoc.openapi.limits import shown_value
from arazzoc.openapi.operations import Operation
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Location
from arazzoc.targets import OperationTarget

_NO_ERRORS = frozenset(range(100, 400))
_KNOWN_HEADERS = (
    *("Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding", "Content-Language", "Location"),
    *("Retry-After", "ETag", "Link", "Date", "Last-Modified", "Cache-Control", "Expires", "Server", "Set-Cookie"),
    *("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "WWW-Authenticate", "Allow"),
    *("Authorization", "X-Total-Count", "Vary", "Accept-Ranges", "Operation-Location", "RateLimit-Remaining"),
)


def check_statuses(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report success criteria that only hold for statuses that the operation does not declare: by its document, the
    step always fails.
    """
    target = resolved.target
    _check_known(step, resolved, report)
    admitted = admitted_statuses(list(step.success))
    if not isinstance(target, OperationTarget) or admitted is None:
        return
    operation = target.operation
    declared = operation.declared_statuses
    if "default" in declared or operation.answers(admitted, frozenset()):
        return
    if not operation.answers(_NO_ERRORS, frozenset()):
        return  # how it succeeds is not declared
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


def _check_known(step: ir.Step, resolved: ResolvedStep, report: Report) -> None:
    """Report tests of a status that hold for no response, or for each (RFC 9110, section 15); without a response it is
    null.
    """
    for criterion, written in criteria_of(step, resolved):
        outcomes_of = cache(partial(_outcomes, criterion.test))
        for test in distinct(tests(criterion.test)):
            at = written.at / "condition"
            values = [v for v in condition_values(test) if v != ir.StatusCode()]
            is_of_status = len(values) < len(list(condition_values(test))) and isinstance(test, ir.Compare | ir.Matches)
            if not is_of_status or not all(isinstance(v, ir.Constant) and v.value is not None for v in values):
                continue
            is_equality = isinstance(test, ir.Compare) and test.operator in ("==", "!=")
            outcomes = _outcomes(test) if is_equality else outcomes_of()  # `< 500 || >= 600` makes sure
            is_excluded = isinstance(test, ir.Compare) and test.operator == "!="
            if outcomes == {is_excluded} and not report.tells(at):
                what = f"{resolved.step.label}: {_no_status(test)}{', so this is always true' if is_excluded else ''}"
                rule = rules.CONSTANT_CONDITION if is_excluded else rules.NEVER_HOLDS
                report.add(rule, at, what, help="statuses are from 100 to 599")


def _outcomes(condition: ir.Condition) -> set[bool | None]:
    """What a condition is with all statuses."""
    return {fold(condition, {ir.StatusCode(): status}) for status in STATUSES}


def _no_status(test: ir.Condition) -> str:
    """What no status is, in words."""
    if not isinstance(test, ir.Compare):
        return "the pattern matches the status of no response"
    is_left = test.left == ir.StatusCode()
    other = test.right if is_left else test.left
    shown = shown_value(other.value) if isinstance(other, ir.Constant) else ""
    if test.operator in ("==", "!="):
        return f"no response has the status {shown}"
    operator = test.operator if is_left else test.operator.translate(str.maketrans("<>", "><"))
    return f"no response has a status {operator} {shown}"


def check_response(
    step: ir.Step, resolved: ResolvedStep, operation: Operation, table: t.TypeTable, report: Report
) -> None:
    """Report headers that are misspelt, by what the operation declares, and outputs that are never set."""
    label = resolved.step.label
    for output in step.outputs:
        at = resolved.step.at / "outputs" / output.name
        for value in parts_of(output.value):
            _check_header(value, at, label, operation, report)
        if isinstance(output.value, ir.Selection):
            base = output.value.base
            type = base.type if isinstance(base, ir.ResponseBody | ir.AtPointer) else t.ANYTHING
            if not can_hold(output.value.query, type, table):
                place = at / "selector" if isinstance(at.value, dict) else at
                what = (
                    f"{label}: according to the schema, the query of the output {quoted(output.name)} selects nothing"
                )
                stray = next(unknown_names(output.value.query, type, table), None)
                help = suggest(*stray, noun="it has") if stray else "compare it with the schema of the response"
                found = named_in(place, stray[0]) if stray else place
                report.add(rules.NOTHING_SELECTED, found, what, help=help)
    for criterion, written in criteria_of(step, resolved):
        for value in condition_values(criterion.test):
            is_context = "$response.header" in (written.context or "")
            at = written.at / ("context" if is_context else "condition")
            _check_header(value, at, label, operation, report)


def _check_header(value: ir.Value, at: Location, label: str, operation: Operation, report: Report) -> None:
    if not isinstance(value, ir.ResponseHeader):
        return
    declared = {name: None for response in operation.responses.values() for name, _ in response.members("headers")}
    known = {name.lower(): name for name in (*_KNOWN_HEADERS, *declared)}
    name = value.name
    if name.lower() in known:
        return
    certain = [known for known in _KNOWN_HEADERS if not known.lower().startswith(("x-", "ratelimit"))]
    near = next((k for k in (*declared, *certain) if len(name) > 3 and is_slip(name, k)), None)
    if near is not None:
        what = f"{label}: the responses of {operation.method} {operation.path} declare no header {quoted(name)}"
        report.add(rules.UNDECLARED_HEADER, at.find(name), what, help=did_you_mean(name, near))


def named_in(at: Location, name: str) -> Located:
    """Where a name stands in a text, which has it once."""
    return at.find(name) if str(at.value).count(name) == 1 else at


def criteria_of(step: ir.Step, resolved: ResolvedStep) -> list[tuple[ir.Criterion, model.Criterion]]:
    """The criteria of a step and of its actions, each with what is written."""
    pairs = list(zip(step.success, resolved.step.success_criteria, strict=False))
    for edges, actions in ((step.on_success, resolved.on_success), (step.on_failure, resolved.on_failure)):
        for edge, action in zip(edges, actions, strict=False):
            pairs.extend(zip(edge.when, action.criteria, strict=False))
    return pairs
