"""The types of a workflow's values in generated code: which may be absent, and which a request requires."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.runs import has_always_run, values_of_step
from arazzoc.analysis.values import call_values, context_values, parts_of, static_type


def keeps_failed_outputs(step: ir.Step, workflow: ir.Workflow) -> bool:
    """Whether a run that leaves the step after a failure reads its outputs, which may be missing (AMB-52).

    A retry by way of another step or a workflow leaves it, too (AMB-68).
    """
    if not step.outputs or not any(map(_leaves, step.on_failure)):
        return False
    return _holds(_read(workflow, step), step)


def ends_with_failed_outputs(step: ir.Step, workflow: ir.Workflow) -> bool:
    """Whether a failure that ends the run shows outputs of the step in those of the workflow (AMB-08)."""
    if not step.outputs or not any(isinstance(e.then, ir.End) for e in step.on_failure):
        return False
    return _holds([part for output in workflow.outputs for part in parts_of(output.value)], step)


def _leaves(edge: ir.Edge) -> bool:
    if isinstance(edge.then, ir.Retry):
        return edge.then.before_retry is not None
    return isinstance(edge.then, ir.Goto | ir.Run)


def _holds(values: list[ir.Value], step: ir.Step) -> bool:
    return any(isinstance(v, ir.StepOutput) and v.step == step.id for v in values)


def _read(workflow: ir.Workflow, left: ir.Step) -> list[ir.Value]:
    """Return what a run of the workflow reads after it has left a step."""
    values = [o.value for o in workflow.outputs]
    values += [v for _, edge, call in workflow.runs for v in call_values(call) if edge in left.on_failure]
    for step in workflow.steps:
        values += values_of_step(step) if step is not left else call_values(step.call)
    return [part for value in values for part in parts_of(value)]


class StepTypes:
    """The types of values in one step function."""

    def __init__(
        self, step: ir.Step, workflow: ir.Workflow, outputs: Mapping[str, Mapping[str, t.Type]], flow: Flow
    ) -> None:
        self.step, self.workflow, self.flow = step, workflow, flow
        self.inputs = {i.name: i for i in workflow.inputs}
        self.input_types = {i.name: i.type for i in workflow.inputs}
        self.outputs = outputs
        self.required = {v for value in self._needed() for v in context_values(value)}
        self.keeps_failed_outputs = keeps_failed_outputs(step, workflow)
        self.ends_with_failed_outputs = ends_with_failed_outputs(step, workflow)

    def _needed(self) -> list[ir.Value]:
        """Return the values without which the request cannot be sent."""
        call = self.step.call
        if isinstance(call, ir.WorkflowCall):
            return [argument.value for argument in call.inputs if argument.required]
        needed = [part.value for part in call.path if isinstance(part, ir.Argument)]
        needed += [a.value for a in (*call.query, *call.headers, *call.cookies) if a.required]
        return needed

    def returns_failed_outputs(self, edge: ir.Edge) -> bool:
        """Whether a failure with this action has outputs that somebody reads."""
        return self.ends_with_failed_outputs if isinstance(edge.then, ir.End) else self.keeps(edge)

    def keeps(self, edge: ir.Edge) -> bool:
        """Whether the run keeps the outputs of a failure with this action and goes on."""
        return self.keeps_failed_outputs and _leaves(edge)

    def is_required(self, value: ir.Value) -> bool:
        """Whether the request cannot be sent without the value."""
        return not isinstance(value, ir.Constant | ir.Object | ir.List | ir.Replaced) and value in self.required

    def is_optional_input(self, value: ir.Value) -> bool:
        """Whether the value is an input that may be absent, so that what is made from it is omitted."""
        if not isinstance(value, ir.Input) or self.is_required(value):
            return False
        field = self.inputs[value.name]
        return field.may_be_absent

    def keeps_null(self, value: ir.Value) -> bool:
        """Whether the value is an input that may be absent or null, which is not the same (AMB-69)."""
        return self.is_optional_input(value) and isinstance(value, ir.Input) and self.inputs[value.name].keeps_null

    def may_be_unset(self, value: ir.Value) -> bool:
        """Whether the value is an output of what has not succeeded in every run before this step, or of no step."""
        if isinstance(value, ir.WorkflowOutput):
            return not has_always_run(value.workflow, self.workflow, self.flow, self.step.id)
        if isinstance(value, ir.StepOutput):
            return not self.flow.always_runs_before(value.step, self.step.id)
        return isinstance(value, ir.WorkflowInput)

    def type_of(self, value: ir.Value) -> t.Type:
        """Return the type of a value in the step function; what the request requires is never None."""
        if self.is_optional_input(value) and isinstance(value, ir.Input):
            type = t.optional(self.input_types[value.name])
        else:
            type = static_type(value, self.input_types, self.outputs, self.step.id)
            type = t.optional(type) if self.may_be_unset(value) and type != t.ANYTHING else type
        return t.required(type) if self.is_required(value) else type

    def output_type(self, output: ir.Output) -> t.Type:
        """Return the type of an output in the result of the step function."""
        type = self.type_of(output.value)
        return t.optional(type) if self.keeps_failed_outputs and type != t.ANYTHING else type


def step_types(workflow: ir.Workflow, flow: Flow) -> dict[str, StepTypes]:
    """Return the types of each step."""
    outputs: dict[str, dict[str, t.Type]] = {}
    found: dict[str, StepTypes] = {}
    for step in workflow.steps:
        outputs[step.id] = {o.name: o.type for o in step.outputs}
    for step in workflow.steps:
        found[step.id] = StepTypes(step, workflow, outputs, flow)
        if found[step.id].keeps_failed_outputs:
            outputs[step.id] = {o.name: found[step.id].output_type(o) for o in step.outputs}
    return found


def workflow_output_types(workflow: ir.Workflow) -> dict[str, t.Type]:
    """Return the types of a workflow's outputs; one of a step that a run can skip is optional."""
    flow = Flow(workflow.steps)
    steps = step_types(workflow, flow)
    return {o.name: workflow_output_type(o, workflow, steps, flow) for o in workflow.outputs}


def workflow_output_type(
    output: ir.Output, workflow: ir.Workflow, steps: Mapping[str, StepTypes], flow: Flow
) -> t.Type:
    """Return the type of one output of a workflow."""
    value = output.value
    if isinstance(value, ir.StepOutput) and value.step in steps:
        types = steps[value.step]
        type = next((types.output_type(o) for o in types.step.outputs if o.name == value.name), t.ANYTHING)
        return type if flow.always_runs_before(value.step, None) or type == t.ANYTHING else t.optional(type)
    if isinstance(value, ir.Input):
        field = next(i for i in workflow.inputs if i.name == value.name)
        return t.optional(field.type) if field.may_be_absent else field.type
    if isinstance(value, ir.WorkflowOutput) and not has_always_run(value.workflow, workflow, flow, None):
        return output.type if output.type == t.ANYTHING else t.optional(output.type)
    return output.type
