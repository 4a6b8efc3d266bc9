"""Rules of a document by itself: unique ids, targets of steps, fields that require or exclude each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import Report, quoted
from arazzoc.expressions.runtime import parse_step_reference
from arazzoc.source import Location

_ID = re.compile(r"[A-Za-z0-9_\-]+")
_OUTPUT = re.compile(r"[a-zA-Z0-9.\-_]+")


def check_document(document: model.Document, report: Report) -> None:
    """Report faults that the JSON Schema of Arazzo does not cover (Arazzo 1.1.0, Fixed Fields of each object)."""
    _ids(((s.name, s.at / "name") for s in document.sources), "source", report)
    _ids(((w.workflow_id, w.at / "workflowId") for w in document.workflows), "workflowId", report)
    source_types = {source.type for source in document.sources}
    for workflow in document.workflows:
        _ids(((s.step_id, s.at / "stepId") for s in workflow.steps), "stepId", report)
        _outputs(workflow.outputs, workflow.at, report)
        for step in workflow.steps:
            _outputs(step.outputs, step.at, report)
            _target(step, source_types, report)
            _actions(step, report)
            for index, name in enumerate(step.depends_on):
                if parse_step_reference(name) is None:
                    report.add(
                        rules.BAD_EXPRESSION,
                        step.at / "dependsOn" / index,
                        f"{step.label}: {quoted(name)} does not name a step",
                        help="write the stepId, or $workflows.<workflowId>.steps.<stepId>",
                    )


def _ids(items: Iterable[tuple[str, Location]], field: str, report: Report) -> None:
    seen: dict[str, Location] = {}
    for name, at in items:
        if name in seen:
            first = seen[name].span()
            report.add(
                rules.DUPLICATE_NAME,
                at,
                f"the {field} {quoted(name)} is used twice",
                help=f"choose another: the first one is in line {first.line}",
            )
        seen.setdefault(name, at)
        if name and not _ID.fullmatch(name):
            report.add(
                rules.UNUSUAL_NAME,
                at,
                f"the {field} {quoted(name)} contains characters outside [A-Za-z0-9_-]",
                help="rename it: other tools may not find it in expressions",
            )


def _outputs(outputs: dict[str, model.Output], owner: Location, report: Report) -> None:
    for name in outputs:
        if not _OUTPUT.fullmatch(name):
            report.add(
                rules.OUTPUT_NAME,
                (owner / "outputs" / name).key,
                f"the output name {quoted(name)} contains characters outside [A-Za-z0-9._-]",
                help="rename it",
            )


def _target(step: model.Step, source_types: set[str | None], report: Report) -> None:
    """Check that a step has exactly one target, and the fields that it requires (Arazzo 1.1.0, Step Object)."""
    where = step.label
    fields = {
        "operationId": step.operation_id,
        "operationPath": step.operation_path,
        "channelPath": step.channel_path,
        "workflowId": step.workflow_id,
    }
    named = [name for name, value in fields.items() if value is not None]
    if not named and report.has(rules.UNKNOWN_FIELD, step.at):
        return
    if len(named) != 1:
        what = "neither operationId, operationPath nor workflowId" if not named else " and ".join(named)
        help = "name the operation or workflow that the step calls" if not named else "keep exactly one"
        report.add(rules.CONFLICT, step.at, f"{where} names {what}", help=help)
        return
    if named == ["channelPath"] and step.action is None:
        report.add(
            rules.CONFLICT,
            step.at,
            f"{where}: a step with channelPath requires the field 'action'",
            help="add action: send",
        )
    if named == ["channelPath"] and not source_types & {"asyncapi", None}:
        report.add(rules.CONFLICT, step.at / "channelPath", f"{where}: channelPath requires a source of type asyncapi")
    if named == ["workflowId"] and step.action is not None:
        report.add(
            rules.CONFLICT, step.at / "action", f"{where}: a step that calls a workflow cannot have the field 'action'"
        )
    if "correlationId" in _fields(step.at) and step.action == "send":
        report.add(rules.CONFLICT, step.at / "correlationId", f"{where}: correlationId requires action: receive")
    if named == ["workflowId"]:
        return
    for item in step.parameters:
        if isinstance(item, model.Parameter) and item.location is None:
            report.add(
                rules.MISSING_FIELD,
                item.at,
                f"{where}: the parameter {quoted(item.name)} has no field 'in'",
                help="add in: path, query, header or cookie",
            )


def _fields(at: Location) -> set[str]:
    value = at.value
    return set(value) if isinstance(value, dict) else set()


def _actions(step: model.Step, report: Report) -> None:
    for action in step.on_success:
        if isinstance(action, model.Action) and action.type == "retry":
            report.add(
                rules.SUCCESS_RETRY,
                action.at / "type",
                f"{step.label}: retry is not a type of success action",
                help="an action of type goto repeats a step without a limit of its own",
            )
    for action in (*step.on_success, *step.on_failure):
        if not isinstance(action, model.Action) or action.type == "retry":
            continue
        if report.is_misread(action.at / "type") or report.has(rules.UNKNOWN_FIELD, action.at):
            continue
        if action.type == "goto" and action.step_id is None and action.workflow_id is None:
            continue  # it was meant to be another type
        without_effect: dict[str, object] = {"retryAfter": action.retry_after, "retryLimit": action.retry_limit}
        if action.type == "end":
            without_effect |= {"stepId": action.step_id, "workflowId": action.workflow_id}
        fields = [name for name, value in without_effect.items() if value is not None]
        if fields:
            what = f"{', '.join(fields)} {'has' if len(fields) == 1 else 'have'} no effect"
            where = f"{step.label}, action {quoted(action.name)}"
            at = action.at / fields[0]
            report.add(rules.IGNORED, at, f"{where}: {what} on an action of type {action.type}")
