"""A workflow of the IR to the views of its data, its step functions and its runner."""

from __future__ import annotations

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.typing import step_types, workflow_output_type
from arazzoc.emit.calls import Calls
from arazzoc.emit.layout import Layout
from arazzoc.emit.quote import Code, comment, docstring, literal
from arazzoc.emit.runners import RunnerWriter
from arazzoc.emit.steps import StepWriter, output_field
from arazzoc.emit.types import TypeNames
from arazzoc.emit.views import ClassView, FieldView, WorkflowView


class WorkflowWriter:
    """Writes one workflow."""

    def __init__(self, workflow: ir.Workflow, module: Layout, types: TypeNames, calls: Calls) -> None:
        self.workflow, self.layout, self.types = workflow, module.workflows[workflow.id], types
        self.flow = Flow(workflow.steps)
        self.typed = step_types(workflow, self.flow)
        self.steps = {s.id: StepWriter(s, workflow, self.typed[s.id], module, types, calls) for s in workflow.steps}
        self.runner = RunnerWriter(workflow, self.steps, self.flow, module, types, calls)

    def view(self) -> WorkflowView:
        workflow = self.workflow
        summary = workflow.summary or workflow.description
        classes = [self._inputs()] if workflow.inputs else []
        classes.append(self._outputs())
        classes += [c for s in workflow.steps if (c := self.steps[s.id].outputs_class()) is not None]
        return WorkflowView(
            comment=comment(f"{workflow.id}: {summary}" if summary else workflow.id),
            classes=tuple(classes),
            steps=tuple(self.steps[s.id].view() for s in workflow.steps),
            runner=self.runner.view(),
        )

    def _inputs(self) -> ClassView:
        fields: list[FieldView] = []
        for field in self.workflow.inputs:
            fields.append(FieldView(self._input(field), docstring(field.description)))
        return ClassView(
            Code(self.layout.inputs_class),
            docstring(f"What a run of {self.workflow.id} needs."),
            tuple(fields),
            tuple(self._from_data(field) for field in self.workflow.inputs),
            literal(self.workflow.id),
            Code(self.layout.inputs_schema),
        )

    def _from_data(self, field: ir.InputField) -> Code:
        """The argument that takes an input from checked data."""
        name, key = self.layout.input_fields[field.name], literal(field.name)
        if field.required:
            return Code(f"{name}=data[{key}]")
        default = f", {literal(field.default)}" if field.has_default and field.default is not None else ""
        return Code(f"{name}=data.get({key}{default})")

    def _input(self, field: ir.InputField) -> Code:
        name = self.layout.input_fields[field.name]
        is_optional = not field.required and not field.has_default
        annotation = self.types.annotation(t.optional(field.type) if is_optional else field.type)
        options: list[str] = []
        if is_optional:
            options.append("default=None")
        elif field.has_default and isinstance(field.default, list | dict):
            options.append(f"default_factory=lambda: {literal(field.default)}")
        elif field.has_default:
            options.append(f"default={literal(field.default)}")
        if field.secret:
            options.append("repr=False")
        if not options:
            return Code(f"{name}: {annotation}")
        if len(options) == 1 and options[0].startswith("default="):
            return Code(f"{name}: {annotation} = {options[0][8:]}")
        return Code(f"{name}: {annotation} = field({', '.join(options)})")

    def _type(self, output: ir.Output) -> t.Type:
        return workflow_output_type(output, self.workflow, self.typed, self.flow)

    def _outputs(self) -> ClassView:
        fields = tuple(
            FieldView(output_field(self.layout.output_fields[o.name], self.types.annotation(self._type(o)), o.secret))
            for o in self.workflow.outputs
        )
        return ClassView(
            Code(self.layout.outputs_class), docstring(f"What a run of {self.workflow.id} returns."), fields
        )

    def used_types(self) -> list[t.Type]:
        """The types that the workflow's code names."""
        found = [i.type for i in self.workflow.inputs]
        for writer in self.steps.values():
            found.extend(writer.type_of(v) for v in writer.arguments)
            found.extend(writer.output_type(o) for o in writer.step.outputs)
        found.extend(self._type(o) for o in self.workflow.outputs)
        return found
