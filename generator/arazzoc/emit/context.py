"""Values as the runner of a workflow has them: inputs, and outputs of the steps that have run."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.lacking import may_lack
from arazzoc.analysis.runs import has_always_run, steps_that_run
from arazzoc.analysis.values import context_values, static_type
from arazzoc.emit.calls import Calls
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.steps import StepWriter
from arazzoc.emit.uses import Uses
from arazzoc.emit.values import Expressions, Spellings, pointer_arguments
from arazzoc.runtime.values import pointer_text

NOTHING_NAMED: Mapping[str, Code] = {}


class Moment(Struct, frozen=True):
    """When a runner needs a value: before a step, or at the end; `after` is a step that has just succeeded."""

    before: str | None
    after: str | None = None


class RunValues:
    """Spells values from the inputs and the state of a run."""

    def __init__(
        self,
        workflow: ir.Workflow,
        steps: Mapping[str, StepWriter],
        flow: Flow,
        module: ModuleNames,
        calls: Calls,
        uses: Uses,
    ) -> None:
        self.workflow, self.steps, self.flow, self.module = workflow, steps, flow, module
        self.calls, self.uses = calls, uses
        self.names = module.workflows[workflow.id]
        self.inputs = {i.name: i for i in workflow.inputs}

    def code(
        self, value: ir.Value, moment: Moment, *, lenient: bool = False, named: Mapping[str, Code] = NOTHING_NAMED
    ) -> Code:
        """A value at a moment; a lenient one may be None. `named` are variables that hold the outputs of steps."""
        match value:
            case ir.Input(name=name):
                return Code(f"inputs.{self.names.input_fields[name]}")
            case ir.StepOutput(step=step, name=name):
                chosen = self.names.steps[step]
                state, attribute = f"state.{chosen.state_field}", chosen.output_fields[name]
                if step in named:
                    return Code(f"{named[step]}.{attribute}")
                if lenient:
                    return Code(f"getattr({state}, {literal(attribute)}, None)")
                if not self.is_set(step, moment):
                    return Code(f"None if {state} is None else {state}.{attribute}")
                return Code(f"{self.outputs(step)}.{attribute}")
            case ir.WorkflowOutput():
                return self.workflow_output(value, moment, lenient=lenient)
            case ir.WorkflowInput(workflow=workflow, name=name):
                state = f"state.{self.names.latest[workflow].inputs}"
                code = Code(f"{state}.{self.module.workflows[workflow].input_fields[name]}")
                fields = self.calls.workflows[workflow].inputs
                if any(field.name == name and field.keeps_null for field in fields):
                    code = self.uses.call("given", code)
                return Code(f"None if {state} is None else {code}")
            case ir.AtPointer(base=base, pointer=pointer):
                code = self.code(base, moment, lenient=lenient, named=named)
                return self.uses.call("at", code, pointer_arguments(pointer))
            case _:
                raise AssertionError(f"{value} does not exist before a step")

    def workflow_output(self, value: ir.WorkflowOutput, moment: Moment, *, lenient: bool) -> Code:
        """An output of another workflow's latest run, or None if there was none.

        Where that can have gone over to a third one, the outputs are those of that (AMB-37).
        """
        state = f"state.{self.names.latest[value.workflow].outputs}"
        attribute = self.module.workflows[value.workflow].output_fields[value.name]
        if lenient or self.calls.outcomes(value.workflow) != (value.workflow,):
            return Code(f"getattr({state}, {literal(attribute)}, None)")
        if not self.has_run(value.workflow, moment):
            return Code(f"None if {state} is None else {state}.{attribute}")
        owner = literal(f"workflow {value.workflow}")
        return Code(f"{self.uses.call('require_outputs', state, owner)}.{attribute}")

    def has_run(self, workflow: str, moment: Moment) -> bool:
        """Whether another workflow has given outputs in every run that comes to a moment."""
        is_now = moment.after is not None and moment.after in steps_that_run(workflow, self.workflow.steps)
        return is_now or has_always_run(workflow, self.workflow, self.flow, moment.before)

    def outputs(self, step: str) -> Code:
        """The outputs of a step that has run."""
        return self.uses.call("require_outputs", f"state.{self.names.steps[step].state_field}", literal(step))

    def required(self, value: ir.Value, moment: Moment, *, named: Mapping[str, Code] = NOTHING_NAMED) -> Code:
        """A value without which a request cannot be sent, checked where it may be missing."""
        code, type = self.code(value, moment, named=named), self.type_at(value, moment)
        if self.keeps_null(value):
            code = self.uses.call("given", code)
        if t.is_optional(type) or type == t.ANYTHING or self.may_lack(value):
            return self.uses.call("require_value", code, literal(_expression(value)))
        return code

    def may_lack(self, value: ir.Value) -> bool:
        """Whether a value is None, against its type, after a response with a status that is not declared (AMB-65)."""
        return may_lack(value, self.workflow, self.calls.workflows)

    def variable(self, step: str) -> Code:
        """A local variable for the outputs of a step."""
        name = f"{self.names.steps[step].state_field.rstrip('_')}_outputs"
        while name in self.module.names.taken:
            name += "_"
        return Code(name)

    def expressions(
        self,
        values: list[ir.Value],
        moment: Moment,
        *,
        lenient: bool = False,
        named: Mapping[str, Code] = NOTHING_NAMED,
    ) -> Expressions:
        """What writes values that are put together from these."""
        parts = (part for value in values for part in context_values(value))
        known = {part: self.code(part, moment, lenient=lenient, named=named) for part in parts}

        def type_of(part: ir.Value) -> t.Type:
            type = self.type_at(part, moment)
            return t.optional(type) if lenient or self.may_lack(part) else type

        return Expressions(Spellings(known, type_of, self.is_optional_input, self.keeps_null, Code), self.uses)

    def is_set(self, step: str, moment: Moment) -> bool:
        """Whether a step has given its outputs in every run that comes to a moment."""
        return step == moment.after or self.flow.always_runs_before(step, moment.before)

    def keeps_null(self, value: ir.Value) -> bool:
        """Whether a value is an input that may be absent or null, which is not the same (AMB-69)."""
        return isinstance(value, ir.Input) and self.inputs[value.name].keeps_null

    def is_optional_input(self, value: ir.Value) -> bool:
        """Whether a value is an input that may be absent."""
        field = self.inputs[value.name] if isinstance(value, ir.Input) else None
        return field is not None and field.may_be_absent

    def type_at(self, value: ir.Value, moment: Moment) -> t.Type:
        """The type of a value as `code` spells it: what not every path has set may be missing."""
        type = self._declared_type(value)
        may_be_unset = isinstance(value, ir.StepOutput) and not self.is_set(value.step, moment)
        may_be_unset |= isinstance(value, ir.WorkflowOutput) and not self.has_run(value.workflow, moment)
        return t.optional(type) if may_be_unset else type

    def _declared_type(self, value: ir.Value) -> t.Type:
        if isinstance(value, ir.Input):
            field = self.inputs[value.name]
            return t.optional(field.type) if field.may_be_absent else field.type
        if isinstance(value, ir.StepOutput):
            writer = self.steps[value.step]
            return next(writer.output_type(o) for o in writer.step.outputs if o.name == value.name)
        return static_type(value, {}, {})


def _expression(value: ir.Value) -> str:
    """A value as the document spells it."""
    match value:
        case ir.Input(name=name):
            return f"$inputs.{name}"
        case ir.StepOutput(step=step, name=name):
            return f"$steps.{step}.outputs.{name}" if not name.startswith("$") else f"{name} of step {step}"
        case ir.WorkflowOutput(workflow=workflow, name=name):
            return f"$workflows.{workflow}.outputs.{name}"
        case ir.WorkflowInput(workflow=workflow, name=name):
            return f"$workflows.{workflow}.inputs.{name}"
        case ir.AtPointer(base=base, pointer=pointer):
            return f"{_expression(base)}#{pointer_text(*pointer)}"
        case _:
            return "a value"
