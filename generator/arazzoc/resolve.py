"""Names to objects: operationIds, references to components, stepIds and workflowIds are looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.arazzo.parse import parse_document
from arazzoc.components import ComponentFinder
from arazzoc.diagnostics import Report, quoted, suggest
from arazzoc.openapi.document import Node, OpenApi
from arazzoc.order import ordered_steps
from arazzoc.paths import shown_path
from arazzoc.source import Location
from arazzoc.sources import Sources
from arazzoc.targets import OperationFinder, OperationTarget


class WorkflowTarget(Struct, frozen=True):
    """The workflow that a step calls, and its key in the program."""

    key: str
    workflow: model.Workflow


Target: TypeAlias = OperationTarget | WorkflowTarget


class ResolvedStep(Struct, frozen=True):
    """A step with its target, and with all parameters and actions that apply to it.

    `implied` are outputs that it does not declare, but that are read through it (lower.implied).
    """

    step: model.Step
    target: Target | None
    parameters: tuple[model.Parameter, ...]
    on_success: tuple[model.Action, ...]
    on_failure: tuple[model.Action, ...]
    implied: frozenset[str] = frozenset()


class ResolvedWorkflow(Struct, frozen=True):
    """A workflow whose names are resolved.

    `key` is unique in the program: the workflowId, prefixed with `source.` if the workflow is in another document.
    `inputs` is its schema, with references followed. `workflow_keys` maps the workflowIds and references that name
    workflows to their keys. `component_parameters`, `own` (the tree), `document` and `sources` belong to its document.
    """

    key: str
    workflow: model.Workflow
    inputs: Node | None
    steps: tuple[ResolvedStep, ...]
    depends_on: tuple[str, ...]
    workflow_keys: Mapping[str, str]
    component_parameters: Mapping[str, model.Parameter]
    own: OpenApi
    document: model.Document
    sources: Sources


class Resolved(Struct, frozen=True):
    """A document whose names are resolved, and the workflows of other documents that it reaches.

    `documents` are all Arazzo documents that were read, the compiled one first.
    """

    document: model.Document
    documents: tuple[model.Document, ...]
    workflows: tuple[ResolvedWorkflow, ...]
    sources: Sources


def resolve(document: model.Document, sources: Sources, report: Report, *, with_sources: bool = True) -> Resolved:
    """Resolve all names of a document.

    Without `with_sources` no source is read and no step has a target: only the document itself is checked.
    """
    return _Documents(report, with_sources).resolved(document, sources)


class _Documents:
    """The Arazzo documents of a program: the compiled one, and those that it names as sources."""

    def __init__(self, report: Report, with_sources: bool) -> None:
        self.report, self.with_sources = report, with_sources
        self.resolvers: dict[Path, _Resolver | None] = {}
        self.reached: dict[str, tuple[_Resolver, model.Workflow]] = {}

    def resolved(self, document: model.Document, sources: Sources) -> Resolved:
        sources.check_overrides()
        root = _Resolver(document, sources, self)
        self.resolvers[sources.path.resolve()] = root
        for workflow in document.workflows:
            self.reached.setdefault(workflow.workflow_id, (root, workflow))
        done: dict[str, ResolvedWorkflow] = {}
        while pending := [key for key in self.reached if key not in done]:
            for key in pending:
                resolver, workflow = self.reached[key]
                done[key] = resolver.workflow(key, workflow)
        documents = tuple(resolver.document for resolver in self.resolvers.values() if resolver is not None)
        return Resolved(document, documents, tuple(done.values()), sources)

    def resolver(self, sources: Sources, name: str) -> _Resolver | None:
        """Return the resolver of an Arazzo document that is a source of another."""
        path = sources.arazzo(name)
        if path is None:
            sources.lacks(name)
            return None
        key = path.resolve()
        if key not in self.resolvers:
            source = sources.library.source(path, shown_path(path))
            document = parse_document(source, self.report) if source is not None else None
            self.resolvers[key] = None
            if document is not None:
                sources.library.identify(path)
                inner = sources.inner(name, document, path)
                inner.check_overrides()
                self.resolvers[key] = _Resolver(document, inner, self)
        if self.resolvers[key] is None:
            sources.lacks(name)
        return self.resolvers[key]


class _Resolver:
    def __init__(self, document: model.Document, sources: Sources, documents: _Documents) -> None:
        self.document, self.sources, self.documents = document, sources, documents
        self.report, self.with_sources = documents.report, documents.with_sources
        self.workflow_ids = {w.workflow_id: w for w in document.workflows}
        folder = sources.path.resolve().parent
        self.own = OpenApi(document.at.source, self.report, sources.path, folder, sources.library)
        self.workflow_keys: dict[str, str] = {}
        self.components = ComponentFinder(document, self.report)
        self.operations = OperationFinder(sources, self.report)

    def workflow(self, key: str, workflow: model.Workflow) -> ResolvedWorkflow:
        inputs = None
        if workflow.inputs is not None:
            inputs = Node(self.own, workflow.at / "inputs", workflow.inputs).followed()
        where = f"workflow {quoted(workflow.workflow_id)}"
        places = [(name, workflow.at / "dependsOn" / index) for index, name in enumerate(workflow.depends_on)]
        found = [self.find_workflow(name, at, where) for name, at in places]
        step_ids = dict.fromkeys(step.step_id for step in workflow.steps)
        steps = {s.at.pointer: self.step(s, workflow, step_ids) for s in workflow.steps}
        actions = (a for s in steps.values() for a in (*s.on_success, *s.on_failure))
        order = ordered_steps(workflow, has_goto=any(a.type == "goto" and a.step_id is not None for a in actions))
        self.report_order(workflow, order)
        workflow = replace(workflow, steps=order)
        return ResolvedWorkflow(
            key=key,
            workflow=workflow,
            inputs=inputs,
            steps=tuple(steps[s.at.pointer] for s in workflow.steps),
            depends_on=tuple(dict.fromkeys(target.key for target in found if target is not None)),
            workflow_keys=self.workflow_keys,
            component_parameters=self.components.parameters,
            own=self.own,
            document=self.document,
            sources=self.sources,
        )

    def report_order(self, workflow: model.Workflow, order: tuple[model.Step, ...]) -> None:
        """Tell that steps run in another order than they are written."""
        pairs = zip(workflow.steps, order, strict=True)
        moved = next((written for written, step in pairs if written is not step), None)
        if moved is not None:
            names = ", ".join(quoted(step.step_id) for step in order)
            self.report.add(
                rules.REORDERED,
                moved.at / "stepId",
                f"workflow {quoted(workflow.workflow_id)}: because of dependsOn its steps run in this order: {names}",
                help="write them in this order",
            )

    def step(self, step: model.Step, workflow: model.Workflow, step_ids: Collection[str]) -> ResolvedStep:
        success = self.actions(workflow.success_actions, step.on_success, "successActions")
        failure = self.actions(workflow.failure_actions, step.on_failure, "failureActions")
        for action in (*success, *failure):
            self.check_action(action, step, step_ids)
        return ResolvedStep(
            step=step,
            target=self.target(step) if self.with_sources else None,
            parameters=self.parameters(workflow, step),
            on_success=success,
            on_failure=failure,
        )

    # Parameters and actions

    def parameters(self, workflow: model.Workflow, step: model.Step) -> tuple[model.Parameter, ...]:
        """Merge the parameters: those of the step override those of the workflow with the same `name` and `in`.

        Arazzo 1.1.0, Step Object.
        """
        merged: dict[tuple[str, str | None], model.Parameter] = {}
        is_call = step.workflow_id is not None
        for items in (workflow.parameters, step.parameters):
            own: set[tuple[str, str | None]] = set()
            for item in items:
                parameter = self.components.parameter(item)
                if parameter is None:
                    continue
                if items is workflow.parameters and parameter.location is None and not is_call:
                    continue  # without `in` it can only be an input of a called workflow
                if items is step.parameters and is_call:  # inputs have no place, so that only the name counts
                    merged = {key: p for key, p in merged.items() if key[0] != parameter.name or key in own}
                name = parameter.name.lower() if parameter.location == "header" else parameter.name
                key = (name, parameter.location)
                if key in own:
                    what = f"{step.label}: the parameter {quoted(parameter.name)} is given twice"
                    self.report.add(rules.DUPLICATE_NAME, item.at, what)
                own.add(key)
                merged[key] = parameter
        return tuple(merged.values())

    def actions(
        self,
        inherited: tuple[model.Action | model.Reusable, ...],
        own: tuple[model.Action | model.Reusable, ...],
        kind: str,
    ) -> tuple[model.Action, ...]:
        """Merge the actions: the step's, then the workflow's that it does not override by name (AMB-05)."""
        merged: dict[str, model.Action] = {}
        overridden: set[str] = set()
        for items in (own, inherited):
            names: set[str] = set()
            for item in items:
                action = self.components.action(item, kind)
                if action is None:
                    continue
                if action.name in names:
                    self.report.add(
                        rules.DUPLICATE_NAME, item.at, f"the action name {quoted(action.name)} is used twice"
                    )
                names.add(action.name)
                merged.setdefault(action.name, action)
            if items is own:
                overridden = set(merged)
        others = [name for name in merged if name not in overridden]
        if own and others:
            self.report.add(
                rules.MERGED_ACTIONS,
                own[0].at,
                f"actions of the workflow apply after those of the step: {', '.join(map(quoted, others))}",
                help="to override one of them, give the step an action with its name",
            )
        return tuple(merged.values())

    def check_action(self, action: model.Action, step: model.Step, step_ids: Collection[str]) -> None:
        """Check the target of an action (Arazzo 1.1.0, Success Action Object and Failure Action Object)."""
        where = f"{step.label}, action {quoted(action.name)}"
        targets = [t for t in (action.step_id, action.workflow_id) if t is not None]
        if action.type == "goto" and len(targets) != 1:
            retries = action.retry_after is not None or action.retry_limit is not None
            both = "both stepId and workflowId" if targets else "neither stepId nor workflowId"
            self.report.add(
                rules.CONFLICT,
                action.at,
                f"{where}: goto names {both}",
                help="keep exactly one" if targets else "write type: retry" if retries else "add stepId or workflowId",
            )
        elif action.type == "retry" and len(targets) == 2:
            self.report.add(rules.CONFLICT, action.at, f"{where}: retry names both stepId and workflowId")
        if action.parameters and action.workflow_id is None:
            self.report.add(
                rules.CONFLICT,
                action.at / "parameters",
                f"{where}: only an action that names a workflow can have parameters",
                help="add workflowId, or remove the parameters",
            )
        if action.type == "end":
            return  # a target has no effect, which check.document reports
        if action.step_id is not None and action.step_id not in step_ids:
            self.report.add(
                rules.UNKNOWN_STEP,
                action.at / "stepId",
                f"{where}: the workflow has no step {quoted(action.step_id)}",
                help=_step_meant(action.step_id, step_ids) or suggest(action.step_id, step_ids, noun="its steps"),
            )
        if action.workflow_id is not None:
            name = action.workflow_id if action.step_id is None else ""
            is_step = name in step_ids and name not in self.workflow_ids
            help = f"write stepId: {name} in place of workflowId" if is_step else None
            self.find_workflow(action.workflow_id, action.at / "workflowId", where, help)

    # Targets

    def target(self, step: model.Step) -> Target | None:
        names = (step.workflow_id, step.operation_id, step.operation_path)
        if sum(name is not None for name in names) > 1:
            return None  # check.document reports it
        if step.workflow_id is not None:
            return self.find_workflow(step.workflow_id, step.at / "workflowId", step.label)
        if step.operation_id is not None:
            return self.operations.by_id(step, step.operation_id)
        if step.operation_path is not None:
            return self.operations.by_path(step, step.operation_path)
        return None

    def find_workflow(self, name: str, at: Location, where: str, help: str | None = None) -> WorkflowTarget | None:
        """Find the workflow that a workflowId names, here or in another document (Arazzo 1.1.0, Step Object). `help` is
        for where there is none.
        """
        resolver: _Resolver | None = self
        workflow_id = name
        if name.startswith("$"):
            qualified = self.qualified_workflow(name, at)
            if qualified is None or not self.with_sources:
                return None
            resolver = self.documents.resolver(self.sources, qualified[0])
            workflow_id = qualified[1]
        if resolver is None:
            return None
        workflow = resolver.workflow_ids.get(workflow_id)
        if workflow is None:
            which = "the document" if resolver is self else resolver.document.at.source.path
            self.report.add(
                rules.UNKNOWN_WORKFLOW,
                at,
                f"{where}: {which} has no workflow {quoted(workflow_id)}",
                help=help or suggest(workflow_id, resolver.workflow_ids, noun="its workflows"),
            )
            return None
        key = resolver.sources.prefix + workflow_id
        self.documents.reached.setdefault(key, (resolver, workflow))
        self.workflow_keys[name] = key
        return WorkflowTarget(key, workflow)

    def qualified_workflow(self, text: str, at: Location) -> tuple[str, str] | None:
        """Parse `$sourceDescriptions.<name>.<workflowId>`: return the source's name and the workflowId."""
        names = self.sources.arazzo_names()
        return self.operations.qualified(text, at, names, "Arazzo", "a workflow", "<workflowId>")


def _step_meant(text: str, step_ids: Collection[str]) -> str | None:
    """The help line for an expression where a stepId belongs."""
    name = text.removeprefix("$steps.").partition(".")[0] if text.startswith("$steps.") else ""
    return f"write {name}" if name in step_ids else None
