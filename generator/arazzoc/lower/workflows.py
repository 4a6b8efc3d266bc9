"""Runs of other workflows: by a step, by an action, or as a dependency."""

from __future__ import annotations

from collections.abc import Iterable

from arazzoc import ir, rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import quoted, suggest
from arazzoc.expressions.runtime import parse_step_reference
from arazzoc.lower.payload import lower_json
from arazzoc.lower.scope import Scope, WorkflowScope
from arazzoc.source import Location


def lower_workflow_call(
    parameters: Iterable[model.Parameter], target: WorkflowScope, at: Location, scope: Scope, where: str
) -> ir.WorkflowCall:
    """Compile a call, whose parameters are the inputs of the workflow (AMB-34, AMB-38).

    Arazzo 1.1.0, Step Object and Success Action Object.
    """
    workflow_id = target.workflow.workflow.workflow_id
    inputs: dict[str, ir.Argument] = {}
    for parameter in parameters:
        if parameter.location is not None:
            message = f"{where}: 'in' has no effect on an input of a workflow"
            scope.report.add(rules.IGNORED, parameter.at, message)
        if parameter.name not in target.inputs:
            scope.report.add(
                rules.UNKNOWN_WORKFLOW_INPUT,
                parameter.at,
                f"{where}: the workflow {quoted(workflow_id)} has no input {quoted(parameter.name)}; it is not passed",
                help=suggest(parameter.name, target.inputs, noun="its inputs"),
            )
            continue
        value = lower_json(parameter.value, parameter.value_at, scope)
        inputs[parameter.name] = ir.Argument(parameter.name, value, target.inputs[parameter.name].required)
    missing = [f.name for f in target.inputs.values() if f.required and f.name not in inputs]
    if missing:
        can_give = scope.phase != "action" or scope.workflow.document.version >= (1, 1)
        scope.report.add(
            rules.MISSING_INPUT,
            at,
            f"{where}: the workflow {quoted(workflow_id)} requires {_listed(missing)}",
            help="add a parameter with that name"
            if can_give
            else "add a default to the input, or call the workflow in a step: actions of Arazzo 1.0 pass no inputs",
        )
    return ir.WorkflowCall(target.workflow.key, tuple(inputs.values()))


def check_dependency_inputs(scope: WorkflowScope, target: WorkflowScope) -> None:
    """Report required inputs of a dependency that no input of the same name provides (AMB-35)."""
    missing = [f.name for f in target.inputs.values() if f.required and f.name not in scope.inputs]
    if missing:
        scope.report.add(
            rules.DEPENDENCY_INPUT,
            scope.workflow.workflow.at / "dependsOn",
            f"workflow {quoted(target.workflow.workflow.workflow_id)} requires {_listed(missing)}, which "
            f"{quoted(scope.workflow.workflow.workflow_id)} does not have",
            help="declare it here too, or pass the inputs or the result of that workflow to the runner",
        )


def step_dependencies(step: model.Step, scope: WorkflowScope) -> tuple[str, ...]:
    """Return the steps of this workflow that must have succeeded before a step (Arazzo 1.1.0, Step Object, dependsOn).

    A step of another workflow has succeeded if that workflow is in `dependsOn` of this one.
    """
    found: list[str] = []
    where = f"step {quoted(step.step_id)}"
    for index, name in enumerate(step.depends_on):
        at = step.at / "dependsOn" / index
        reference = parse_step_reference(name)
        if reference is None:
            continue  # reported by check_document
        workflow_id, step_id = reference
        if workflow_id is None or workflow_id == scope.workflow.workflow.workflow_id:
            if step_id == step.step_id:
                scope.report.add(rules.DEPENDENCY_CYCLE, at, f"{where} depends on itself", help="remove it")
            elif step_id not in scope.step_numbers:
                scope.report.add(
                    rules.UNKNOWN_STEP,
                    at,
                    f"{where}: the workflow has no step {quoted(step_id)}",
                    help=suggest(step_id, scope.step_numbers, noun="its steps"),
                )
            else:
                found.append(step_id)
            continue
        _check_foreign_step(workflow_id, step_id, at, where, scope)
    return tuple(dict.fromkeys(found))


def _check_foreign_step(workflow_id: str, step_id: str, at: Location, where: str, scope: WorkflowScope) -> None:
    key = scope.workflow.workflow_keys.get(workflow_id)
    if key is None or key not in scope.dependencies:
        scope.report.add(
            rules.DEPENDENCY,
            at,
            f"{where}: workflow {quoted(workflow_id)} is not completed before this workflow",
            help="add it to dependsOn of the workflow",
        )
        return
    known = scope.workflow_steps(key)
    if step_id not in known:
        scope.report.add(
            rules.UNKNOWN_STEP,
            at,
            f"{where}: workflow {quoted(workflow_id)} has no step {quoted(step_id)}",
            help=suggest(step_id, known, noun="its steps"),
        )


def _listed(names: list[str]) -> str:
    return f"the {'input' if len(names) == 1 else 'inputs'} {' and '.join(quoted(name) for name in names)}"
