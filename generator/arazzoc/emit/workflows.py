"""A workflow of the IR to the views of its data, its step functions and its runner."""

from __future__ import annotations

from msgspec.structs import replace

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.typing import step_types, workflow_output_type
from arazzoc.emit.calls import Calls
from arazzoc.emit.failures import SharedFailures
from arazzoc.emit.inputs import InputsWriter
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import NO_CODE, Code, comment, docstring
from arazzoc.emit.runners import RunnerWriter
from arazzoc.emit.states import StateWriter
from arazzoc.emit.steps import StepWriter, output_field
from arazzoc.emit.types import TypeNames
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import ClassView, FieldView, LocalView, WorkflowView


class WorkflowWriter:
    """Writes one workflow."""

    def __init__(
        self,
        workflow: ir.Workflow,
        module: ModuleNames,
        types: TypeNames,
        calls: Calls,
        shared: SharedFailures,
        uses: Uses,
    ) -> None:
        self.workflow, self.module, self.types, self.uses = workflow, module, types, uses
        self.names = module.workflows[workflow.id]
        self.flow = Flow(workflow.steps)
        self.typed = step_types(workflow, self.flow)
        self.steps = {
            s.id: StepWriter(s, workflow, self.typed[s.id], module, types, calls, shared, uses) for s in workflow.steps
        }
        self.inputs = InputsWriter(workflow, module, types, uses)
        self.runner = RunnerWriter(workflow, self.steps, self.flow, module, calls, uses)
        self.state = StateWriter(workflow, self.runner.flags, module, calls, uses)

    def view(self, *, title: bool) -> WorkflowView:
        """The workflow, under a title where the module has several.

        `from_dict` of its inputs is added by `checked`, when all workflows are written.
        """
        workflow = self.workflow
        summary = workflow.summary or workflow.description
        text = f"{workflow.id}: {summary}" if summary else workflow.id
        classes = [self.inputs.view()] if workflow.inputs else []
        classes.append(self._outputs())
        classes += [c for s in workflow.steps if (c := self.steps[s.id].outputs_class()) is not None]
        steps = tuple(self.steps[s.id].view() for s in workflow.steps)
        runner = self.runner.view()
        return WorkflowView(
            comment=comment(text, self.module.width) if title else NO_CODE,
            classes=tuple(classes),
            steps=steps,
            state=self.state.view([case.step for case in runner.cases]),
            runner=runner,
        )

    def checked(self, view: WorkflowView) -> tuple[WorkflowView, LocalView | None]:
        """The workflow whose inputs can be made from JSON values, and what their schema demands beyond their types."""
        schema = self.inputs.schema()
        return replace(view, classes=(self.inputs.view(schema, is_checked=True), *view.classes[1:])), schema

    def _type(self, output: ir.Output) -> t.Type:
        return workflow_output_type(output, self.workflow, self.typed, self.flow)

    def _outputs(self) -> ClassView:
        self.uses.name("dataclass")
        fields = tuple(
            FieldView(
                output_field(
                    self.names.output_fields[o.name], self.types.annotation(self._type(o)), o.secret, self.uses
                )
            )
            for o in self.workflow.outputs
        )
        text = f"What a run of {self.workflow.id} returns."
        return ClassView(Code(self.names.outputs_class), docstring(text, self.module.width), fields)
