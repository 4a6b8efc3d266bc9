"""The types of a workflow's values in generated code: which may be absent, and which a request requires."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.values import call_values, condition_values, context_values, parts_of, static_type


def keeps_failed_outputs(step: ir.Step, workflow: ir.Workflow) -> bool:
    """Whether a run that continues after a failure of the step reads its outputs, which may be missing (AMB-52)."""
    if not step.outputs or not any(isinstance(e.then, ir.Goto | ir.Run) for e in step.on_failure):
        return False
    return any(isinstance(v, ir.StepOutput) and v.step == step.id for v in _read(workflow, step))


def _read(workflow: ir.Workflow, but: ir.Step) -> list[ir.Value]:
    """Return what a run of the workflow reads outside of one step."""
    values = [o.value for o in workflow.outputs]
    values += [v for _, edge, call in workflow.runs for v in call_values(call) if edge in but.on_failure]
    for step in workflow.steps:
        if step is not but:
            values += [*call_values(step.call), *(o.value for o in step.outputs)]
            criteria = [*step.success, *(c for e in (*step.on_success, *step.on_failure) for c in e.when)]
            values += [v for c in criteria for v in condition_values(c.test)]
    return [part for value in values for part in parts_of(value)]


class StepTypes:
    """The types of values in one step function."""

    def __init__(
        self, step: ir.Step, workflow: ir.Workflow, outputs: Mapping[str, Mapping[str, t.Type]], flow: Flow
    ) -> None:
        self.step, self.flow = step, flow
        self.inputs = {i.name: i for i in workflow.inputs}
        self.input_types = {i.name: i.type for i in workflow.inputs}
        self.outputs = outputs
        self.required = {v for value in self._needed() for v in context_values(value)}
        self.keeps_failed_outputs = keeps_failed_outputs(step, workflow)

    def _needed(self) -> list[ir.Value]:
        """Return the values without which the request cannot be sent."""
        call = self.step.call
        if isinstance(call, ir.WorkflowCall):
            return [argument.value for argument in call.inputs if argument.required]
        needed = [part.value for part in call.path if isinstance(part, ir.Argument)]
        needed += [a.value for a in (*call.query, *call.headers, *call.cookies) if a.required]
        return needed

    def is_required(self, value: ir.Value) -> bool:
        """Whether the request cannot be sent without the value."""
        return not isinstance(value, ir.Constant | ir.Object | ir.List | ir.Replaced) and value in self.required

    def is_optional_input(self, value: ir.Value) -> bool:
        """Whether the value is an input that may be absent, so that what is made from it is omitted."""
        if not isinstance(value, ir.Input) or self.is_required(value):
            return False
        field = self.inputs[value.name]
        return not field.required and not field.has_default

    def may_be_unset(self, value: ir.Value) -> bool:
        """Whether the value is an output of a step that has not succeeded in every run before this step."""
        return isinstance(value, ir.StepOutput) and not self.flow.always_runs_before(value.step, self.step.id)

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
        return field.type if field.required or field.has_default else t.optional(field.type)
    return output.type
