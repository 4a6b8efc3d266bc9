"""Resolved document to program: steps, edges and outputs, with every default explicit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.values import call_values, leaves
from arazzoc.analysis.verdict import admitted_statuses
from arazzoc.arazzo import model
from arazzoc.config import Config
from arazzoc.diagnostics import Report, quoted
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import parse_expression
from arazzoc.expressions.template import embedded_expressions
from arazzoc.lower.calls import is_json, lower_call, own_server
from arazzoc.lower.conditions import lower_criterion
from arazzoc.lower.inputs import input_assertions, lower_inputs
from arazzoc.lower.payload import lower_selector, lower_string
from arazzoc.lower.scope import Response, Scope, WorkflowScope
from arazzoc.lower.secrets import mark_secrets, security_names
from arazzoc.openapi.operations import Operation, document_server
from arazzoc.openapi.schemas import SchemaTypes
from arazzoc.resolve import OperationTarget, Resolved, ResolvedStep, ResolvedWorkflow


def lower(resolved: Resolved, config: Config, report: Report) -> ir.Program:
    """Compile a resolved document to its flow; findings go into the report."""
    table = t.TypeTable()
    workflows = tuple(_Workflow(resolved, w, table, config, report).lowered() for w in resolved.workflows)
    document = resolved.document
    return ir.Program(
        file=document.at.source.path.replace("\\", "/").rpartition("/")[2],
        title=document.title,
        summary=document.summary,
        description=document.description,
        workflows=workflows,
        sources=_sources(resolved, workflows),
        types=table,
    )


def _sources(resolved: Resolved, workflows: Iterable[ir.Workflow]) -> tuple[ir.Source, ...]:
    """The servers whose operations are called, those of documents before those of single operations (SRC-09)."""
    called = {step.call.source for workflow in workflows for step in workflow.steps}
    targets = [step.target for workflow in resolved.workflows for step in workflow.steps]
    found: dict[tuple[str, str], ir.Source] = {}
    for target in targets:
        if isinstance(target, OperationTarget) and target.source in called:
            own = own_server(target.operation)
            server = own or document_server(target.operation.document)
            url = server.url if server.is_absolute else None
            path = "" if server.is_absolute else server.url
            name = target.operation.operation_id or f"{target.operation.method} {target.operation.path}"
            source = ir.Source(target.source, url, path, server.variables, own.url if own else "", name if own else "")
            found.setdefault((source.name, source.server), source)
    return tuple(sorted(found.values(), key=lambda s: bool(s.server)))


class _Workflow:
    """Lowers one workflow. Outputs come first, so that every step knows the types of all others."""

    def __init__(
        self, resolved: Resolved, workflow: ResolvedWorkflow, table: t.TypeTable, config: Config, report: Report
    ) -> None:
        self.config, self.report, self.workflow = config, report, workflow
        self.scope = WorkflowScope(resolved, workflow, SchemaTypes(table), report)

    def lowered(self) -> ir.Workflow:
        model_workflow = self.workflow.workflow
        self.check_unsupported()
        lower_inputs(self.scope)
        callable_steps = [(s, s.target) for s in self.workflow.steps if isinstance(s.target, OperationTarget)]
        calls = {s.step.step_id: lower_call(s, target, Scope(self.scope, "request", s)) for s, target in callable_steps}
        scopes = {
            s.step.step_id: self.response_scope(s, target.operation, calls[s.step.step_id])
            for s, target in callable_steps
        }
        outputs: dict[str, tuple[ir.Output, ...]] = {}
        for resolved, _ in callable_steps:
            step_id = resolved.step.step_id
            outputs[step_id] = self.outputs(resolved.step.outputs, resolved.step, scopes[step_id])
            self.scope.outputs[step_id] = {o.name: o.type for o in outputs[step_id]}
        steps = tuple(
            self.step(s, calls[s.step.step_id], outputs[s.step.step_id], scopes[s.step.step_id])
            for s, _ in callable_steps
        )
        final = self.outputs(model_workflow.outputs, model_workflow, Scope(self.scope, "workflow"))
        inputs = self.with_files(tuple(self.scope.inputs.values()), steps)
        names: set[tuple[str, str]] = set()
        for _, target in callable_steps:
            names |= security_names(target.operation.document.root)
        inputs, steps, final = mark_secrets(inputs, steps, final, names)
        return ir.Workflow(
            id=model_workflow.workflow_id,
            summary=model_workflow.summary,
            description=model_workflow.description,
            inputs=inputs,
            steps=steps,
            outputs=final,
            schema=input_assertions(self.scope, inputs) if inputs else True,
        )

    def check_unsupported(self) -> None:
        """What belongs to Arazzo and is not compiled yet, by name."""
        workflow = self.workflow.workflow
        if workflow.depends_on:
            self.report.add(rules.NOT_SUPPORTED, workflow.at / "dependsOn", "dependsOn is not compiled yet")
        for resolved in self.workflow.steps:
            step = resolved.step
            where = f"step {quoted(step.step_id)}"
            found: list[tuple[str, str]] = []
            if step.workflow_id is not None:
                found.append(("workflowId", "steps that call workflows"))
            if step.channel_path is not None or step.action is not None:
                found.append(("stepId", "steps of AsyncAPI channels"))
            if step.depends_on:
                found.append(("dependsOn", "dependencies between steps"))
            if step.timeout is not None:
                found.append(("timeout", "timeouts of a step"))
            for field, what in found:
                self.report.add(rules.NOT_SUPPORTED, step.at / field, f"{where}: {what} are not compiled yet")
            for action in (*resolved.on_success, *resolved.on_failure):
                if action.type == "retry" and (action.step_id is not None or action.workflow_id is not None):
                    what = f"{where}: retry by way of another step or workflow is not compiled yet"
                    self.report.add(rules.NOT_SUPPORTED, action.at, what)
                elif action.workflow_id is not None:
                    self.report.add(rules.NOT_SUPPORTED, action.at, f"{where}: goto to a workflow is not compiled yet")

    def response_scope(self, resolved: ResolvedStep, operation: Operation, call: ir.HttpCall) -> Scope:
        """The scope after the exchange, typed by the responses that the success criteria admit."""
        quiet = WorkflowScope(self.scope.resolved, self.workflow, self.scope.types, Report(), self.scope.inputs)
        trial = Scope(quiet, "response", resolved, call=call)
        criteria = [lower_criterion(c, trial) for c in resolved.step.success_criteria]
        contents = operation.response_schemas(admitted_statuses(criteria))
        schemas = tuple(schema for media, schema in contents if is_json(media.partition(";")[0].strip().lower()))
        is_json_only = bool(schemas) and len(schemas) == len(contents)
        return Scope(self.scope, "response", resolved, Response(schemas, is_json_only), call)

    def step(self, resolved: ResolvedStep, call: ir.HttpCall, outputs: tuple[ir.Output, ...], scope: Scope) -> ir.Step:
        step = resolved.step
        success = tuple(lower_criterion(c, scope) for c in step.success_criteria)
        on_success = self.edges(resolved.on_success, step, scope)
        on_failure = self.edges(resolved.on_failure, step, scope)
        loops = tuple(e.name for e in on_success if isinstance(e.then, ir.Goto) and e.then.repeats)
        leaves_by = tuple(e.name for e in on_success if e.name not in loops)
        always = any(e.is_certain for e in on_success)
        return ir.Step(
            id=step.step_id,
            description=step.description,
            call=call,
            success=success,
            outputs=outputs,
            on_success=on_success,
            on_failure=on_failure,
            next=self.next_step(step),
            must_match=bool(loops and leaves_by and not always and self.config.unhandled == "raise"),
            poll=ir.Poll(step.step_id, loops, leaves_by) if loops else None,
        )

    def next_step(self, step: model.Step) -> str | None:
        ids = [s.step_id for s in self.workflow.workflow.steps]
        position = ids.index(step.step_id) + 1
        return ids[position] if position < len(ids) else None

    def edges(self, actions: tuple[model.Action, ...], step: model.Step, scope: Scope) -> tuple[ir.Edge, ...]:
        ids = [s.step_id for s in self.workflow.workflow.steps]
        edges: list[ir.Edge] = []
        for action in actions:
            when = tuple(lower_criterion(c, scope) for c in action.criteria)
            then: ir.Then = ir.End()
            if action.type == "retry":
                limit = 1 if action.retry_limit is None else action.retry_limit
                then = ir.Retry(action.retry_after or 0, limit)
            elif action.type == "goto" and action.step_id in ids:
                then = ir.Goto(action.step_id, ids.index(action.step_id) <= ids.index(step.step_id))
            edges.append(ir.Edge(action.name, when, then))
        return tuple(edges)

    def outputs(
        self, outputs: dict[str, model.Output], owner: model.Step | model.Workflow, scope: Scope
    ) -> tuple[ir.Output, ...]:
        found: list[ir.Output] = []
        for name, output in outputs.items():
            at = owner.at / "outputs" / name
            if isinstance(output, model.Selector):
                value = lower_selector(output, scope)
            else:
                value = lower_string(output, at, scope)
                if isinstance(value, ir.Constant) and not self.is_expression(output):
                    self.report.add(
                        rules.PLAIN_OUTPUT,
                        at,
                        f"{scope.where}: the output {quoted(name)} is plain text, not an expression",
                    )
            found.append(ir.Output(name, value, self.scope.type_of(value)))
        return tuple(found)

    def is_expression(self, text: str) -> bool:
        try:
            parse_expression(text)
        except ExpressionError:
            return bool(embedded_expressions(text)) or text.startswith("$")
        return True

    def with_files(self, inputs: tuple[ir.InputField, ...], steps: tuple[ir.Step, ...]) -> tuple[ir.InputField, ...]:
        """Inputs that are sent as files take bytes, text, a path or an open file."""
        files: set[ir.Value] = set()
        others: set[ir.Value] = set()
        for step in steps:
            body = step.call.body
            sent: list[ir.Value] = []
            if isinstance(body, ir.MultipartBody):
                sent = [part.value for part in body.parts if part.is_file]
            elif isinstance(body, ir.RawBody) and not body.content_type.startswith("text/"):
                sent = [body.value]
            files.update(v for v in sent if isinstance(v, ir.Input))
            others.update(leaf for value in call_values(step.call) if value not in sent for leaf in leaves(value))
        marked: list[ir.InputField] = []
        for field in inputs:
            this = ir.Input(field.name)
            if this in files and this not in others:
                field = replace(field, type=_as_file(field.type))
            marked.append(field)
        return tuple(marked)


def _as_file(type: t.Type) -> t.Type:
    """The type of what is sent as a file, or as several."""
    plain = t.required(type)
    if plain in (t.STRING, t.ANYTHING, t.FileContent()):
        sent: t.Type = t.FileContent()
    elif isinstance(plain, t.Array) and plain.item in (t.STRING, t.ANYTHING, t.FileContent()):
        sent = t.Array(t.FileContent())
    else:
        return type
    return t.optional(sent) if t.is_optional(type) else sent
