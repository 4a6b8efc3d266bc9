"""Runs of other workflows: by a step, by an action, or as a dependency."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from arazzoc import ir, rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import nearest, quoted, suggest
from arazzoc.expressions.runtime import parse_step_reference
from arazzoc.lower.payload import lower_json
from arazzoc.lower.scope import Scope
from arazzoc.lower.workflow_scope import WorkflowScope
from arazzoc.source import Location


def lower_workflow_call(
    parameters: Iterable[model.Parameter],
    target: WorkflowScope,
    at: Location,
    scope: Scope,
    where: str,
    inherited: Collection[model.Parameter | model.Reusable] = (),
) -> ir.WorkflowCall:
    """Compile a call, whose parameters are the inputs of the workflow (AMB-34, AMB-38).

    The `inherited` ones are those of the calling workflow. They are for its requests, too: so `in` is no fault there,
    nor is an input that the workflow does not have. Arazzo 1.1.0, Parameter Object and Success Action Object.
    """
    workflow_id = target.workflow.workflow.workflow_id
    inputs: dict[str, ir.Argument] = {}
    places = {item.at.pointer for item in inherited}
    unknown: list[model.Parameter] = []
    for parameter in parameters:
        is_inherited = parameter.location is not None and parameter.at.pointer in places
        if is_inherited and parameter.name not in target.inputs:
            continue
        if parameter.location is not None and not is_inherited:
            message = f"{where}: 'in' has no effect on an input of a workflow"
            rule = rules.CONFLICT if scope.phase == "action" else rules.IGNORED
            scope.report.add(rule, (parameter.at / "in").key, message, help="remove it")
        if parameter.name in inputs:
            scope.report.add(
                rules.DUPLICATE_NAME,
                parameter.at,
                f"{where}: the input {quoted(parameter.name)} of workflow {quoted(workflow_id)} is given twice",
                help="keep one of the parameters of that name: an input of a workflow has no 'in'",
            )
        if parameter.name not in target.inputs:
            unknown.append(parameter)
            continue
        value = lower_json(parameter.value, parameter.value_at, scope)
        inputs[parameter.name] = ir.Argument(parameter.name, value, target.inputs[parameter.name].required)
    missing = [f.name for f in target.inputs.values() if f.required and f.name not in inputs]
    called = f"{where}: the workflow {quoted(workflow_id)}"
    for parameter in unknown:
        name = quoted(parameter.name)
        near = nearest(parameter.name, missing)
        if near is not None:  # one mistake
            missing.remove(near)
            what, rewrite = f"{called} requires the input {quoted(near)}", f"write name: {near} instead of {name}"
            scope.report.add(rules.MISSING_INPUT, parameter.at, what, help=rewrite)
        else:
            what = f"{called} has no input {name}; it is not passed"
            help = suggest(parameter.name, target.inputs, noun="its inputs")
            scope.report.add(rules.UNKNOWN_WORKFLOW_INPUT, parameter.at, what, help=help)
    is_known = not isinstance(at.value, str) or not scope.report.is_misread(_owner(at) / "parameters")
    if missing and is_known and not scope.report.is_misread(target.workflow.workflow.at / "inputs"):
        can_give = scope.phase != "action" or scope.workflow.document.version >= (1, 1)
        scope.report.add(
            rules.MISSING_INPUT,
            at,
            f"{called} requires {_listed(missing)}",
            help="add a parameter with that name"
            if can_give
            else "add a default to the input, or call the workflow in a step: actions of Arazzo 1.0 pass no inputs",
        )
    return ir.WorkflowCall(target.workflow.key, tuple(inputs.values()))


def _owner(at: Location) -> Location:
    return Location(at.source, at.pointer[:-1])


def check_dependency_inputs(scope: WorkflowScope, target: WorkflowScope) -> None:
    """Report required inputs of a dependency that no input of the same name provides (AMB-35)."""
    missing = [f.name for f in target.inputs.values() if f.required and f.name not in scope.inputs]
    if missing and not scope.report.is_misread(target.workflow.workflow.at / "inputs"):
        scope.report.add(
            rules.DEPENDENCY_INPUT,
            scope.workflow.workflow.at / "dependsOn",
            f"workflow {quoted(target.workflow.workflow.workflow_id)} requires {_listed(missing)}, which "
            f"{quoted(scope.workflow.workflow.workflow_id)} does not have",
            help="declare it here too, or pass the inputs or the result of that workflow to the runner",
        )


def step_dependencies(step: model.Step, scope: WorkflowScope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what must have succeeded before a step: steps of this workflow, and workflows that it runs.

    A step of another workflow has succeeded if a run of that is completed. Arazzo 1.1.0, Step Object, dependsOn.
    """
    found: list[str] = []
    awaited: list[str] = []
    where = step.label
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
        key = _foreign_workflow(workflow_id, step_id, at, where, scope)
        if key is not None and key not in scope.dependencies:
            awaited.append(key)
    return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(awaited))


def _foreign_workflow(workflow_id: str, step_id: str, at: Location, where: str, scope: WorkflowScope) -> str | None:
    """Return the workflow that a step of `dependsOn` is in; None, with a diagnostic, if this one does not run it."""
    key = scope.workflow_key(workflow_id)
    if key is None or key not in scope.has_run:
        scope.report.add(
            rules.DEPENDENCY,
            at,
            f"{where}: this workflow does not run workflow {quoted(workflow_id)}, so step {quoted(step_id)} of that is "
            "never completed before",
            help="add it to dependsOn of the workflow, or call it in an earlier step",
        )
        return None
    known = scope.workflow_steps(key)
    if step_id not in known:
        scope.report.add(
            rules.UNKNOWN_STEP,
            at,
            f"{where}: workflow {quoted(workflow_id)} has no step {quoted(step_id)}",
            help=suggest(step_id, known, noun="its steps"),
        )
        return None
    if not scope.can_run(key, step_id):
        what = f"no path through workflow {quoted(workflow_id)} runs step {quoted(step_id)}, so it is never completed"
        scope.report.add(
            rules.DEPENDENCY, at, f"{where}: {what}", help="add an action to that workflow that goes to it"
        )
        return None
    if not scope.always_runs(key, step_id):
        scope.report.add(
            rules.MAYBE_UNSET,
            at,
            f"{where}: some path through workflow {quoted(workflow_id)} ends without step {quoted(step_id)}; then this "
            "step runs all the same",
            help="make every path of that workflow run the step",
        )
    return key


def _listed(names: list[str]) -> str:
    return f"the {'input' if len(names) == 1 else 'inputs'} {' and '.join(quoted(name) for name in names)}"
