"""The rules of what a workflow and the API say of each other, step by step."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.typing import step_types
from arazzoc.arazzo import model
from arazzoc.check.fitting import Fitting
from arazzoc.check.parameters import (
    check_defaults,
    check_deprecated,
    check_inputs,
    check_parameters,
    check_retried,
    check_security,
)
from arazzoc.check.payloads import check_payload
from arazzoc.check.responses import check_response, check_statuses
from arazzoc.diagnostics import Report
from arazzoc.resolve import ResolvedStep, ResolvedWorkflow
from arazzoc.source import Location
from arazzoc.targets import OperationTarget


class Contract:
    """Checks the steps of a program against the operations and workflows that they call."""

    def __init__(self, program: ir.Program, models: Mapping[str, ResolvedWorkflow], report: Report) -> None:
        self.table, self.models, self.report = program.types, models, report
        self.workflows = {workflow.id: workflow for workflow in program.workflows}
        self.schemes: set[str] = set()
        self.retries: set[Location] = set()

    def check(self, workflow: ir.Workflow, steps: Mapping[str, ResolvedStep], flow: Flow) -> None:
        """Check the steps of a workflow."""
        types = step_types(workflow, flow)
        inputs = {field.name: field for field in workflow.inputs}

        told: set[str] = set()
        declared = self.models[workflow.id].inputs
        tells = declared is not None and isinstance(declared.fields.get("required"), list)

        def may_be_absent(value: ir.Value) -> bool:
            """Whether an input may be absent, where its workflow says which are required; each is told once."""
            if not isinstance(value, ir.Input) or not tells or value.name in told or value.name not in inputs:
                return False
            if inputs[value.name].may_be_absent:
                told.add(value.name)
                return True
            return False

        check_defaults(
            self.models[workflow.id], Fitting(self.table, lambda value: t.ANYTHING, lambda value: False), self.report
        )
        for step in workflow.steps:
            fitting = Fitting(self.table, types[step.id].type_of, may_be_absent)
            self.step(step, steps[step.id], fitting)
            self.actions(step, steps[step.id], fitting)

    def step(self, step: ir.Step, resolved: ResolvedStep, fitting: Fitting) -> None:
        target, call, report = resolved.target, step.call, self.report
        if isinstance(call, ir.WorkflowCall):
            self.run(call, resolved.parameters, resolved.step.label, fitting)
        elif isinstance(target, OperationTarget):
            operation = target.operation
            check_payload(call, resolved, operation, fitting, report)
            check_parameters(call, resolved, operation, fitting, report)
            check_deprecated(resolved, operation, report)
            check_security(resolved, operation, report, self.schemes)
            check_retried(call, step, resolved, report, self.retries)
            check_statuses(step, resolved, report)
            check_response(step, resolved, operation, self.table, report)

    def actions(self, step: ir.Step, resolved: ResolvedStep, fitting: Fitting) -> None:
        for edges, actions in ((step.on_success, resolved.on_success), (step.on_failure, resolved.on_failure)):
            for edge, action in zip(edges, actions, strict=False):
                then = edge.then
                call = then.call if isinstance(then, ir.Run) else getattr(then, "before_retry", None)
                if isinstance(call, ir.WorkflowCall):
                    self.run(call, action.parameters, f"{resolved.step.label}, action '{action.name}'", fitting)

    def run(
        self,
        call: ir.WorkflowCall,
        parameters: tuple[model.Parameter | model.Reusable, ...],
        where: str,
        fitting: Fitting,
    ) -> None:
        callee, resolved = self.workflows.get(call.workflow), self.models.get(call.workflow)
        if callee is not None and resolved is not None:
            check_inputs(call, parameters, callee, resolved, where, fitting, self.report)
