"""Resolved document to program: steps, edges and outputs, with every default made explicit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.progress import mark_progress
from arazzoc.analysis.redirects import looks_at_redirects
from arazzoc.analysis.typing import workflow_output_types
from arazzoc.analysis.values import call_values, members_of, parts_of
from arazzoc.arazzo import model
from arazzoc.config import Config
from arazzoc.diagnostics import Report, quoted
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import parse_expression
from arazzoc.expressions.template import embedded_expressions
from arazzoc.graphs import reached
from arazzoc.lower.calls import KEYED, lower_call, own_server
from arazzoc.lower.conditions import lower_criterion
from arazzoc.lower.implied import with_implied_outputs
from arazzoc.lower.inputs import input_assertions, lower_inputs
from arazzoc.lower.payload import MISSING, lower_selector, lower_string
from arazzoc.lower.queries import lower_query_output
from arazzoc.lower.responses import action_response, expected_response
from arazzoc.lower.scope import Scope
from arazzoc.lower.secrets import mark_secrets, security_names
from arazzoc.lower.workflow_scope import WorkflowScope
from arazzoc.lower.workflows import check_dependency_inputs, lower_workflow_call, step_dependencies
from arazzoc.openapi.operations import document_server
from arazzoc.openapi.schemas import SchemaTypes
from arazzoc.resolve import Resolved, ResolvedStep, ResolvedWorkflow, Target, WorkflowTarget
from arazzoc.targets import OperationTarget


def lower(resolved: Resolved, config: Config, report: Report) -> ir.Program:
    """Compile a resolved document to a program."""
    table = t.TypeTable()
    resolved = with_implied_outputs(resolved)
    workflows = _Workflows(resolved, table, config, report).all()
    names = {
        w.key: security_names(s.target.operation.document.root)
        for w in resolved.workflows
        for s in w.steps
        if isinstance(s.target, OperationTarget)
    }
    document = resolved.document
    return ir.Program(
        file=document.at.source.path.replace("\\", "/").rpartition("/")[2],
        title=document.title,
        summary=document.summary,
        description=document.description,
        workflows=mark_secrets(workflows, names),
        sources=_sources(resolved, workflows),
        types=table,
    )


def _sources(resolved: Resolved, workflows: Iterable[ir.Workflow]) -> tuple[ir.Source, ...]:
    """Return the servers that requests go to, those of documents before those of single operations."""
    used = {call.source for workflow in workflows for call in workflow.http_calls}
    targets = [step.target for workflow in resolved.workflows for step in workflow.steps]
    found: dict[tuple[str, str], ir.Source] = {}
    for target in targets:
        if isinstance(target, OperationTarget) and target.source in used:
            own = own_server(target.operation)
            server = own or document_server(target.operation.document)
            url = server.url if server.is_absolute else None
            path = "" if server.is_absolute else server.url.rstrip("/")
            name = target.operation.operation_id or f"{target.operation.method} {target.operation.path}"
            variables = tuple(ir.ServerVariable(v.name, v.default, v.values, v.description) for v in server.variables)
            source = ir.Source(target.source, url, path, variables, own.url if own else "", name if own else "")
            found.setdefault((source.name, source.server), source)
    return tuple(sorted(found.values(), key=lambda s: bool(s.server)))


class _Workflows:
    """Lowers workflows, each after those whose outputs it reads."""

    def __init__(self, resolved: Resolved, table: t.TypeTable, config: Config, report: Report) -> None:
        self.config, self.report, self.types = config, report, SchemaTypes(table)
        self.resolved = {w.key: w for w in resolved.workflows}
        self.scopes: dict[str, WorkflowScope] = {}
        self.lowered: dict[str, ir.Workflow | None] = {}

    def all(self) -> tuple[ir.Workflow, ...]:
        """The workflows in the order of the document."""
        for key in self.resolved:
            self.lower(key)
        return tuple(w for key in self.resolved if (w := self.lowered[key]) is not None)

    def lower(self, key: str) -> ir.Workflow | None:
        """Lower a workflow; None while it is being lowered, which happens if workflows call each other in a circle."""
        if key not in self.lowered:
            self.lowered[key] = None
            self.lowered[key] = _Workflow(self.resolved[key], self).lowered()
        return self.lowered[key]

    def scope(self, key: str) -> WorkflowScope:
        """Return the scope of a workflow, which holds its inputs from the start."""
        if key not in self.scopes:
            self.scopes[key] = WorkflowScope(
                self.resolved[key],
                self.types,
                self.report,
                workflow_outputs=self.output_types,
                workflow_inputs=lambda key: self.scope(key).inputs,
                workflow_steps=lambda key: [s.step.step_id for s in self.resolved[key].steps],
                always_runs=self.always_runs,
                can_run=self.can_run,
                dependencies=self.dependencies(key),
            )
            lower_inputs(self.scopes[key])
        return self.scopes[key]

    def output_types(self, key: str) -> Mapping[str, t.Type]:
        """Return the outputs of a workflow; if it may transfer to another one, their types are unknown."""
        workflow = self.lower(key)
        if workflow is None or any(isinstance(edge.then, ir.Run) for _, edge, _ in workflow.runs):
            return dict.fromkeys(self.resolved[key].workflow.outputs, t.ANYTHING)
        return workflow_output_types(workflow)

    def always_runs(self, key: str, step: str) -> bool:
        """Whether every run of a workflow that ends well has run a step."""
        workflow = self.lower(key)
        known = workflow is not None and any(s.id == step for s in workflow.steps)
        return workflow is None or not known or Flow(workflow.steps).always_runs_before(step, None)

    def can_run(self, key: str, step: str) -> bool:
        """Whether any run of a workflow that ends well has run a step."""
        workflow = self.lower(key)
        known = workflow is not None and any(s.id == step for s in workflow.steps)
        return workflow is None or not known or step in Flow(workflow.steps).reachable

    def dependencies(self, key: str) -> tuple[str, ...]:
        """Return all workflows that are completed before this one, each after those that it depends on."""
        found: dict[str, None] = {}
        visiting: set[str] = {key}

        def visit(current: str) -> None:
            if current in found or current in visiting or current not in self.resolved:
                return
            visiting.add(current)
            for inner in self.resolved[current].depends_on:
                visit(inner)
            found[current] = None

        for name in self.resolved[key].depends_on:
            visit(name)
        return tuple(found)


class _Workflow:
    """Lowers one workflow: outputs first, so that every step knows the types of the others."""

    def __init__(self, workflow: ResolvedWorkflow, workflows: _Workflows) -> None:
        self.workflow, self.workflows = workflow, workflows
        self.config, self.report = workflows.config, workflows.report
        self.scope = workflows.scope(workflow.key)
        self.kept: dict[str, dict[str, ir.Value]] = {}
        # A step without a target, which is an error, is not lowered: nothing may lead to it.
        self.with_target = {s.step.step_id: s.target for s in workflow.steps if s.target is not None}

    def lowered(self) -> ir.Workflow:
        model_workflow = self.workflow.workflow
        self.check_unsupported()
        for key in self.scope.dependencies:
            check_dependency_inputs(self.scope, self.workflows.scope(key))
        with_target = [(s, s.target) for s in self.workflow.steps if s.target is not None]
        calls = {s.step.step_id: self.call(s, target) for s, target in with_target}
        scopes = {s.step.step_id: self.response_scope(s, target, calls[s.step.step_id]) for s, target in with_target}
        outputs: dict[str, tuple[ir.Output, ...]] = {}
        for resolved, _ in with_target:
            step_id = resolved.step.step_id
            made = self.outputs(resolved.step.outputs, resolved.step, scopes[step_id])
            outputs[step_id] = self.without_circles(made, resolved.step)
            self.scope.outputs[step_id] = {o.name: o.type for o in outputs[step_id]}
        steps = tuple(
            self.step(s, calls[s.step.step_id], outputs[s.step.step_id], scopes[s.step.step_id]) for s, _ in with_target
        )
        final = self.outputs(model_workflow.outputs, model_workflow, Scope(self.scope, "workflow"))
        inputs = self.with_nulls(self.with_files(tuple(self.scope.inputs.values()), steps), steps)
        return ir.Workflow(
            id=self.workflow.key,
            summary=model_workflow.summary,
            description=model_workflow.description,
            inputs=inputs,
            steps=mark_progress(steps),
            outputs=final,
            schema=input_assertions(self.scope, inputs) if inputs else True,
            depends_on=self.scope.dependencies,
            is_imported=self.workflow.key != model_workflow.workflow_id,
        )

    def check_unsupported(self) -> None:
        """Report the parts of Arazzo that are not supported."""
        for resolved in self.workflow.steps:
            step = resolved.step
            if step.channel_path is not None or step.action is not None:
                what = f"{step.label}: steps of AsyncAPI channels are not supported"
                self.report.add(rules.NOT_SUPPORTED, step.at / "stepId", what)

    def call(self, resolved: ResolvedStep, target: Target) -> ir.Call:
        """Compile what a step calls: an operation or another workflow."""
        scope = Scope(self.scope, "request", resolved)
        if isinstance(target, OperationTarget):
            return lower_call(resolved, target, scope, sends_key=self.config.idempotency_key)
        step = resolved.step
        callee = self.workflows.scope(target.key)
        if step.request_body is not None:
            what = f"{scope.where}: 'requestBody' has no effect on a step that calls a workflow"
            self.report.add(rules.IGNORED, (step.at / "requestBody").key, what, help="pass inputs as parameters")
        inherited = self.workflow.workflow.parameters
        at = step.at / "workflowId"
        return lower_workflow_call(resolved.parameters, callee, at, scope, scope.where, inherited)

    def response_scope(self, resolved: ResolvedStep, target: Target, call: ir.Call) -> Scope:
        """Return the scope of the response, typed by the responses that the success criteria admit (AMB-65)."""
        if isinstance(target, WorkflowTarget):
            return Scope(self.scope, "response", resolved, call=call)
        trial = Scope(self.scope, "response", resolved, call=call)
        with trial.quietly():
            criteria = [lower_criterion(c, trial) for c in resolved.step.success_criteria]
        return Scope(self.scope, "response", resolved, expected_response(target.operation, criteria), call)

    def action_scope(
        self, action: model.Action, resolved: ResolvedStep, call: ir.Call, scope: Scope, *, has_failed: bool
    ) -> Scope:
        """Return the scope of an action, typed by the responses that its criteria admit."""
        target = resolved.target
        if not isinstance(target, OperationTarget):
            return scope
        trial = Scope(self.scope, "response", resolved, call=call)
        with trial.quietly():
            success = [lower_criterion(c, trial) for c in resolved.step.success_criteria]
            criteria = [lower_criterion(c, trial) for c in action.criteria]
        response = action_response(target.operation, success, criteria, has_failed=has_failed)
        if response is None and not has_failed:
            return scope
        return Scope(self.scope, "response", resolved, response, call)

    def step(self, resolved: ResolvedStep, call: ir.Call, outputs: tuple[ir.Output, ...], scope: Scope) -> ir.Step:
        step = resolved.step
        success = tuple(lower_criterion(c, scope) for c in step.success_criteria)
        on_success = tuple(self.edge(a, resolved, call, scope, has_failed=False) for a in resolved.on_success)
        names = {edge.name for edge in on_success}
        on_failure = tuple(self.edge(a, resolved, call, scope, has_failed=True) for a in resolved.on_failure)
        on_failure = tuple(replace(edge, is_twin=edge.name in names) for edge in on_failure)
        loops = tuple(e.name for e in on_success if isinstance(e.then, ir.Goto) and e.then.repeats)
        exits = tuple(
            e.name for e in on_success if e.name not in loops and isinstance(e.then, ir.Goto | ir.End | ir.Run)
        )
        kept = tuple(ir.Output(n, v, self.scope.type_of(v)) for n, v in self.kept.get(step.step_id, {}).items())
        depends_on, awaits = step_dependencies(step, self.scope)
        lowered = ir.Step(
            id=step.step_id,
            description=step.description,
            call=call,
            success=success,
            outputs=outputs + kept,
            on_success=on_success,
            on_failure=on_failure,
            next=self.next_step(step),
            must_match=bool(loops and exits and last_resort(on_success) is None and self.config.unhandled == "raise"),
            poll=ir.Poll(step.step_id, loops, exits) if loops else None,
            timeout=step.timeout / 1000 if step.timeout is not None else None,
            depends_on=depends_on,
            awaits=awaits,
            idempotency_key=self.config.idempotency_key and _takes_key(call),
        )
        if isinstance(call, ir.HttpCall) and looks_at_redirects(lowered):
            return replace(lowered, call=replace(call, keeps_redirects=True))
        return lowered

    def next_step(self, step: model.Step) -> str | None:
        following = self.workflow.steps[self.step_number(step.step_id) + 1 :]
        return next((s.step.step_id for s in following if s.target is not None), None)

    def step_number(self, step_id: str) -> int:
        return self.scope.step_numbers[step_id]

    def edge(
        self, action: model.Action, resolved: ResolvedStep, call: ir.Call, scope: Scope, *, has_failed: bool
    ) -> ir.Edge:
        own = self.action_scope(action, resolved, call, scope, has_failed=has_failed)
        return ir.Edge(
            action.name, tuple(lower_criterion(c, own) for c in action.criteria), self.then(action, resolved, own)
        )

    def then(self, action: model.Action, resolved: ResolvedStep, scope: Scope) -> ir.Then:
        """Compile what an action does; without retryLimit it retries once (AMB-09). `scope` is that of its criteria.

        Arazzo 1.1.0, Success Action Object and Failure Action Object.
        """
        known = action.step_id in self.with_target
        if action.type == "retry":
            limit = 1 if action.retry_limit is None else action.retry_limit
            before_retry = action.step_id if known else self.action_call(action, resolved, scope)
            return ir.Retry(action.retry_after or 0, limit, before_retry)
        if action.type == "goto" and action.step_id is not None and known:
            return ir.Goto(action.step_id, self.step_number(action.step_id) <= self.step_number(resolved.step.step_id))
        if action.type == "goto":
            call = self.action_call(action, resolved, scope)
            following = self.next_step(resolved.step)
            if call is None and following is not None:
                return ir.Goto(following, repeats=False)  # after an error: it goes on, so that no other is reported
            return ir.Run(call) if call is not None else ir.End()
        return ir.End()

    def action_call(self, action: model.Action, resolved: ResolvedStep, criteria: Scope) -> ir.WorkflowCall | None:
        """Compile the run of the workflow that an action names; its parameters read what its criteria read (AMB-38)."""
        key = self.workflow.workflow_keys.get(action.workflow_id or "")
        if action.workflow_id is None or key is None or key not in self.workflows.resolved:
            return None
        scope = Scope(self.scope, "action", resolved, criteria.response, criteria.call or criteria.inner_call)
        scope.kept = self.kept.setdefault(resolved.step.step_id, {})
        where = f"{scope.where}, action {quoted(action.name)}"
        parameters = [p for p in action.parameters if isinstance(p, model.Parameter)]
        return lower_workflow_call(parameters, self.workflows.scope(key), action.at / "workflowId", scope, where)

    def outputs(
        self, outputs: dict[str, model.Output], owner: model.Step | model.Workflow, scope: Scope
    ) -> tuple[ir.Output, ...]:
        found: list[ir.Output] = []
        for name, output in outputs.items():
            at = owner.at / "outputs" / name
            value: ir.Value = MISSING
            if isinstance(output, model.Selector):
                value = lower_selector(output, scope)
            elif output is not None:
                known = len(self.report.diagnostics)
                value = lower_query_output(name, output, at, scope) or lower_string(output, at, scope)
                is_told = len(self.report.diagnostics) > known
                if isinstance(value, ir.Constant) and not is_told and not self.is_expression(output):
                    self.report.add(
                        rules.PLAIN_OUTPUT,
                        at,
                        f"{scope.where}: the output {quoted(name)} is plain text, not an expression",
                    )
            found.append(ir.Output(name, value, self.scope.type_of(value)))
        return tuple(found)

    def without_circles(self, outputs: tuple[ir.Output, ...], step: model.Step) -> tuple[ir.Output, ...]:
        """Return the outputs of a step; one that is made from itself, which is an error, has no value."""
        read = {o.name: [p.name for p in parts_of(o.value) if isinstance(p, ir.OwnOutput)] for o in outputs}
        circles = [name for name in read if name in reached(read[name], lambda other: read[other])]
        if circles:
            names = " and ".join(map(quoted, circles))
            what = f"{step.label}: the output {names} is made from itself"
            if len(circles) > 1:
                what = f"{step.label}: the outputs {names} are made from each other"
            self.report.add(
                rules.NOT_AVAILABLE, step.at / "outputs" / circles[0], what, help="read it from the response"
            )
        return tuple(replace(o, value=MISSING) if o.name in circles else o for o in outputs)

    def is_expression(self, text: str) -> bool:
        try:
            parse_expression(text)
        except ExpressionError:
            return bool(embedded_expressions(text))
        return True

    def with_files(self, inputs: tuple[ir.InputField, ...], steps: tuple[ir.Step, ...]) -> tuple[ir.InputField, ...]:
        """Return the inputs; those sent as files, here or by a called workflow, accept bytes, text, paths and files."""
        files: set[ir.Value] = set()
        others: set[ir.Value] = set()
        for step in steps:
            body = step.call.body if isinstance(step.call, ir.HttpCall) else None
            sent: list[ir.Value] = []
            if isinstance(step.call, ir.WorkflowCall):
                sent = [a.value for a in step.call.inputs if self.takes_file(step.call.workflow, a.name)]
            elif isinstance(body, ir.MultipartBody):
                sent = [part.value for part in body.parts if part.is_file]
            elif isinstance(body, ir.RawBody) and not body.content_type.startswith("text/"):
                sent = [body.value]
            files.update(v for v in sent if isinstance(v, ir.Input))
            others.update(part for value in call_values(step.call) if value not in sent for part in parts_of(value))
        marked: list[ir.InputField] = []
        for field in inputs:
            this = ir.Input(field.name)
            if this in files and this not in others:
                field = replace(field, type=_as_file(field.type))
            marked.append(field)
        return tuple(marked)

    def with_nulls(self, inputs: tuple[ir.InputField, ...], steps: tuple[ir.Step, ...]) -> tuple[ir.InputField, ...]:
        """Return the inputs; one that is sent as a member, or handed on, can be null as well as absent (AMB-69)."""
        edges = (edge.then for step in steps for edge in (*step.on_success, *step.on_failure))
        ran = [then.call if isinstance(then, ir.Run) else getattr(then, "before_retry", None) for then in edges]
        sent: set[ir.Value] = set()
        for call in (*(step.call for step in steps), *(call for call in ran if isinstance(call, ir.WorkflowCall))):
            values = list(call_values(call))
            sent.update(values if isinstance(call, ir.WorkflowCall) else [])
            sent.update(member for value in values for member in members_of(value) if isinstance(member, ir.Input))
        shared = {name for key in self.scope.dependencies for name in self.workflows.scope(key).inputs}

        def keeps_null(field: ir.InputField) -> bool:
            return (
                field.may_be_absent
                and t.admits_null(field.type)
                and (ir.Input(field.name) in sent or field.name in shared)
            )

        return tuple(replace(field, keeps_null=keeps_null(field)) for field in inputs)

    def takes_file(self, key: str, name: str) -> bool:
        """Whether an input of another workflow is sent as a file there."""
        callee = self.workflows.lower(key)
        types = [t.required(i.type) for i in callee.inputs if i.name == name] if callee is not None else []
        return any(type in (t.FileContent(), t.Array(t.FileContent())) for type in types)


def _takes_key(call: ir.Call) -> bool:
    """Whether a request is not idempotent, and the workflow does not pass an idempotency key itself."""
    if isinstance(call, ir.WorkflowCall) or call.method not in KEYED:
        return False
    return all(argument.name.lower() != "idempotency-key" for argument in call.headers)


def _as_file(type: t.Type) -> t.Type:
    """Return the type of an input that is sent as a file, or as several."""
    plain = t.required(type)
    if plain in (t.STRING, t.ANYTHING, t.FileContent()):
        sent: t.Type = t.FileContent()
    elif isinstance(plain, t.Array) and plain.item in (t.STRING, t.ANYTHING, t.FileContent()):
        sent = t.Array(t.FileContent())
    else:
        return type
    return t.optional(sent) if t.is_optional(type) else sent
