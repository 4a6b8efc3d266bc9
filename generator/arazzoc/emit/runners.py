"""The runner of a workflow: its state, and the loop that moves it from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.values import context_values, static_type
from arazzoc.emit.calls import Calls
from arazzoc.emit.layout import Layout
from arazzoc.emit.quote import Code, comment, docstring, literal
from arazzoc.emit.steps import StepWriter
from arazzoc.emit.types import TypeNames
from arazzoc.emit.values import Expressions, Names, pointer_arguments
from arazzoc.emit.views import BranchView, CaseView, ClassView, DependencyView, FieldView, RunnerView

TABLE_FROM = 50
"""With more steps, a runner looks them up in a table: a `match` on strings tries them one after the other."""


def has_pace(workflow: ir.Workflow) -> bool:
    """Whether a state counts: retries, repeats, or keys."""
    return any(step.retries or step.repeats or step.idempotency_key for step in workflow.steps)


class Place(Struct, frozen=True):
    """Where a runner stands: before the step `target`, or at the end; `after` is a step that has just succeeded."""

    target: str | None
    after: str | None = None


class RunnerWriter:
    """Writes the state and the runner of one workflow."""

    def __init__(
        self,
        workflow: ir.Workflow,
        steps: Mapping[str, StepWriter],
        flow: Flow,
        module: Layout,
        types: TypeNames,
        calls: Calls,
    ) -> None:
        self.workflow, self.steps, self.flow, self.calls = workflow, steps, flow, calls
        self.module, self.layout, self.types = module, module.workflows[workflow.id], types
        self.inputs = {i.name: i for i in workflow.inputs}
        self.in_table = len(workflow.steps) > TABLE_FROM
        self.flags = {
            other
            for step in workflow.steps
            for other in step.depends_on
            if not flow.always_runs_before(other, step.id)
            and (not steps[other].step.outputs or steps[other].typed.keeps_failed_outputs)
        }

    def view(self) -> RunnerView:
        workflow, layout = self.workflow, self.layout
        cases = tuple(self._cases())
        names = ", ".join(case.step for case in cases)
        goes_over = any(isinstance(edge.then, ir.Run) for _, edge, _ in workflow.runs)
        outcome = self.calls.outcome(workflow.id)
        return RunnerView(
            comment=comment(f"{workflow.id}: the runner"),
            function=Code(layout.runner),
            workflow=literal(workflow.id),
            state=ClassView(
                Code(layout.state_class),
                docstring(f"Where a run of {workflow.id} stands, as plain values."),
                (
                    FieldView(Code(f"next_step: Literal[{names}] | None = {literal(workflow.steps[0].id)}")),
                    *(FieldView(code) for code, _, _ in self._fields()),
                ),
            ),
            steps=Code(layout.table if self.in_table else f"({names})" if len(cases) > 1 else f"({names},)"),
            flow=literal(ir.flow_fingerprint(workflow)[:16]),
            saved=tuple(saved for _, saved, _ in self._fields()),
            restored=tuple(restored for _, _, restored in self._fields()),
            parameters=tuple(self._parameters()),
            returns=outcome,
            outputs=Code(layout.outputs_class),
            docstring=docstring(self._documentation()),
            dependencies=tuple(self._dependency(key) for key in workflow.depends_on),
            cases=cases,
            results=tuple(Code(f"{layout.output_fields[o.name]}={self._result(o.value)}") for o in workflow.outputs),
            table=Code(layout.table if self.in_table else ""),
            handler=Code(f"{outcome} | None" if goes_over else "None"),
            goes_over=goes_over,
            signature=Code(
                f"[Client, {layout.inputs_class if workflow.inputs else 'None'}, {layout.state_class}, Run]"
            ),
            arguments=Code(f"client, {'inputs' if workflow.inputs else 'None'}, state, run"),
            inputs=Code(layout.inputs_class if workflow.inputs else "None"),
        )

    # The state

    def _fields(self) -> Iterator[tuple[Code, Code, Code]]:
        """The fields of the state: how each is declared, saved and restored."""
        if has_pace(self.workflow):
            yield (
                Code("pace: Pace = field(default_factory=lambda: Pace())"),
                Code('"pace": asdict(self.pace)'),
                Code('pace=restored_pace(data.get("pace"))'),
            )
        for key, chosen in self.layout.dependencies.items():
            outputs = self.module.workflows[key].outputs_class
            yield self._kept(chosen.field, outputs, f"workflow {key}", "maybe_restored")
            yield self._running(chosen.run_field, key, "maybe_restored_state")
        for step in self.workflow.steps:
            names = self.layout.steps[step.id]
            if step.outputs:
                yield self._kept(names.state_field, names.outputs_class, f"step {step.id}", "restored")
            if step.id in self.flags:
                field, key = names.done_field, literal(names.done_field)
                restored = Code(f"{field}=data.get({key}) is True")
                yield Code(f"{field}: bool = False"), Code(f"{key}: self.{field}"), restored
            if isinstance(step.call, ir.WorkflowCall):
                yield self._running(names.run_field, step.call.workflow)
        for step, edge, call in self.workflow.runs:
            yield self._running(self.layout.visits[step.id, edge.key].run_field, call.workflow)

    def _kept(self, field: str, kind: str, what: str, function: str) -> tuple[Code, Code, Code]:
        """A field that holds outputs."""
        return (
            Code(f"{field}: {kind} | None = None"),
            Code(f"{literal(field)}: plain(self.{field})"),
            Code(f"{field}={function}({kind}, data.get({literal(field)}), {literal(what)})"),
        )

    def _running(self, field: str, workflow: str, function: str = "restored_state") -> tuple[Code, Code, Code]:
        """A field that holds the state of a workflow while that runs within this one."""
        kind = self.calls.state(workflow)
        return (
            Code(f"{field}: {kind} | None = None"),
            Code(f"{literal(field)}: self.{field} and self.{field}.to_dict()"),
            Code(f"{field}={function}({kind}.from_dict, data.get({literal(field)}), force)"),
        )

    # Values as the runner has them

    def _is_set(self, step: str, place: Place) -> bool:
        """Whether a step has given its outputs in every run that comes to a place."""
        return step == place.after or self.flow.always_runs_before(step, place.target)

    def context_value(self, value: ir.Value, place: Place, *, lenient: bool = False) -> Code:
        """A value as the runner spells it at a place; a lenient one may be None."""
        match value:
            case ir.Input(name=name):
                return Code(f"inputs.{self.layout.input_fields[name]}")
            case ir.StepOutput(step=step, name=name):
                chosen = self.layout.steps[step]
                state = f"state.{chosen.state_field}"
                attribute = chosen.output_fields[name]
                if lenient or not self._is_set(step, place):
                    return Code(f"None if {state} is None else {state}.{attribute}")
                return Code(f"done({state}, {literal(step)}).{attribute}")
            case ir.DependencyOutput(workflow=workflow, name=name):
                field = self.layout.dependencies[workflow].field
                attribute = self.module.workflows[workflow].output_fields[name]
                return Code(f"done(state.{field}, {literal(f'workflow {workflow}')}).{attribute}")
            case ir.AtPointer(base=base, pointer=pointer):
                return Code(f"at({self.context_value(base, place, lenient=lenient)}, {pointer_arguments(pointer)})")
            case _:
                raise AssertionError(f"{value} does not exist before a step")

    def _result(self, value: ir.Value, *, lenient: bool = False) -> Code:
        """An output of the workflow, put together from inputs and outputs of steps."""
        known = {part: self.context_value(part, Place(None), lenient=lenient) for part in context_values(value)}

        def type_of(part: ir.Value) -> t.Type:
            type = self._type_at(part, Place(None))
            return t.optional(type) if lenient else type

        return Expressions(Names(known, type_of, self._is_optional_input, {})).value(value)

    def _is_optional_input(self, value: ir.Value) -> bool:
        field = self.inputs[value.name] if isinstance(value, ir.Input) else None
        return field is not None and not field.required and not field.has_default

    def _type_at(self, value: ir.Value, place: Place) -> t.Type:
        """The type of a value as `context_value` spells it: what not every path has set may be missing."""
        type = self._plain_type(value)
        may_be_unset = isinstance(value, ir.StepOutput) and not self._is_set(value.step, place)
        return t.optional(type) if may_be_unset else type

    def _plain_type(self, value: ir.Value) -> t.Type:
        if isinstance(value, ir.Input):
            field = self.inputs[value.name]
            return field.type if field.required or field.has_default else t.optional(field.type)
        if isinstance(value, ir.StepOutput):
            writer = self.steps[value.step]
            return next(writer.output_type(o) for o in writer.step.outputs if o.name == value.name)
        return static_type(value, {}, {})

    def _spelled(self, value: ir.Value) -> str:
        match value:
            case ir.Input(name=name):
                return f"$inputs.{name}"
            case ir.StepOutput(step=step, name=name):
                return f"$steps.{step}.outputs.{name}"
            case ir.DependencyOutput(workflow=workflow, name=name):
                return f"$workflows.{workflow}.outputs.{name}"
            case ir.AtPointer(base=base, pointer=pointer):
                return f"{self._spelled(base)}#/{'/'.join(map(str, pointer))}"
            case _:
                return "a value"

    # The function

    def _parameters(self) -> Iterator[Code]:
        yield Code("client: Client")
        if self.workflow.inputs:
            yield Code(f"inputs: {self.layout.inputs_class}")
        yield Code(f"state: {self.layout.state_class} | None = None")
        if self.workflow.depends_on:
            yield Code("*")
        for key, chosen in self.layout.dependencies.items():
            yield Code(f"{chosen.field}: {self.module.workflows[key].outputs_class} | None = None")
            if self.calls.workflows[key].inputs:
                yield Code(f"{chosen.inputs}: {self.module.workflows[key].inputs_class} | None = None")

    def _documentation(self) -> str:
        workflow = self.workflow
        texts = dict.fromkeys(text.strip() for text in (workflow.summary, workflow.description) if text.strip())
        parts = list(texts) or [f"Run {workflow.id}."]
        if workflow.depends_on:
            fields = " and ".join(chosen.field for chosen in self.layout.dependencies.values())
            names = " and ".join(workflow.depends_on)
            parts.append(f"What it depends on is run before, unless its outputs are given as {fields}: {names}.")
        others = self.calls.outcomes(workflow.id)[1:]
        if others:
            parts.append(f"It can go over to {' and '.join(others)}, whose outputs it returns then.")
        raises = ["StepFailed: a step's success criteria do not hold and no failure action goes on."]
        stuck = [s.id for s in workflow.steps if s.must_match]
        if stuck:
            raises.append(f"UnhandledOutcome: {', '.join(stuck)} ends in a state that no success action handles.")
        if any(s.repeats for s in workflow.steps):
            raises.append("PollTimeout: the polling deadline of `client` has passed.")
        return "\n\n".join([*parts, "\n".join(["Raises:", *(f"    {line}" for line in raises)])])

    def _dependency(self, key: str) -> DependencyView:
        """What runs a workflow that this one depends on, with this one's inputs of the same names (AMB-35, AMB-36)."""
        chosen, other = self.layout.dependencies[key], self.module.workflows[key]
        callee = self.calls.workflows[key]
        arguments = ["run.inner"]
        if any(field.required and field.name not in self.inputs for field in callee.inputs):
            arguments.append(f"given({chosen.inputs}, {literal(f'the inputs of workflow {key}')})")
        elif callee.inputs:
            shared = [field.name for field in callee.inputs if field.name in self.inputs]
            members = ", ".join(f"{literal(name)}: inputs.{self.layout.input_fields[name]}" for name in shared)
            arguments.append(f"{chosen.inputs} or {other.inputs_class}.from_dict(present({{{members}}}))")
        arguments.append(f"state.{chosen.run_field}")
        for inner in callee.depends_on:
            arguments.append(f"{other.dependencies[inner].field}=state.{self.layout.dependencies[inner].field}")
        run = f"{other.runner}({', '.join(arguments)})"
        if self.calls.outcomes(key) != (key,):
            run = f"own_outputs({run}, {other.outputs_class}, {literal(key)})"
        return DependencyView(
            comment=comment(f"{key} must be completed before"),
            field=Code(f"state.{chosen.field}"),
            argument=Code(chosen.field),
            run_field=Code(f"state.{chosen.run_field}"),
            state=Code(other.state_class),
            run=Code(run),
        )

    # The steps

    def _cases(self) -> Iterator[CaseView]:
        for step in self.workflow.steps:
            yield self._case(step, step.id)
        for step in self.workflow.steps:
            for edge in (*step.on_success, *step.on_failure):
                if (step.id, edge.key) in self.layout.visits:
                    yield self._visit(step, edge)

    def _visit(self, step: ir.Step, edge: ir.Edge) -> CaseView:
        """What an action runs: a workflow that the run goes over to, or what comes before a retry (AMB-13, AMB-37)."""
        chosen = self.layout.visits[step.id, edge.key]
        case, handler = literal(chosen.case), self._handler(step, edge)
        back = Code(f"state.next_step = {literal(step.id)}")
        via = edge.then.before_retry if isinstance(edge.then, ir.Retry) else None
        if isinstance(via, str):
            return self._before_retry(self.steps[via].step, step, edge, chosen.case)
        call = edge.then.call if isinstance(edge.then, ir.Run) else via
        assert isinstance(call, ir.WorkflowCall)
        known: dict[ir.Value, str] = {}
        place = Place(step.id, after=step.id if edge in step.on_success else None)
        required = {argument.value for argument in call.inputs if argument.required}
        for part in (part for argument in call.inputs for part in context_values(argument.value)):
            code = self.context_value(part, place)
            known[part] = self._given(part, code, place) if part in required else code

        def type_of(value: ir.Value) -> t.Type:
            type = self._type_at(value, place)
            return t.required(type) if value in required else type

        inputs = self.calls.inputs(call, Expressions(Names(known, type_of, self._is_optional_input, {})), type_of)
        field, state = f"state.{chosen.run_field}", self.calls.state(call.workflow)
        arguments = ["run.inner", *inputs, field]
        runner = self.calls.runner(call.workflow)
        enter = Code(f"{field} = {field} or {state}()")
        if isinstance(edge.then, ir.Run):
            note = comment(f"{edge.name}: the run goes over to {call.workflow}")
            return CaseView.plain(case, note, (enter, Code(f"return {runner}({', '.join(arguments)})")), handler)
        note = comment(f"{edge.name}: {call.workflow} runs before {step.id} is tried again")
        attempt = Code(f"run.beforehand({', '.join([runner, *arguments])})")
        return CaseView.plain(case, note, (enter, attempt, Code(f"{field} = None"), back), handler)

    def _before_retry(self, other: ir.Step, step: ir.Step, edge: ir.Edge, case: str) -> CaseView:
        """A step that runs before another is tried again: its retries count, where it would go does not (AMB-13)."""

        def retries_only(edges: tuple[ir.Edge, ...]) -> tuple[ir.Edge, ...]:
            return tuple(
                replace(e, then=replace(e.then, before_retry=None)) for e in edges if isinstance(e.then, ir.Retry)
            )

        visit = replace(
            other,
            on_success=retries_only(other.on_success),
            on_failure=retries_only(other.on_failure),
            next=step.id,
            must_match=False,
            depends_on=(),
        )
        view = self._case(visit, case)
        back = (*self._forget(visit), Code(f"state.next_step = {literal(step.id)}"))
        gave_up = (Code(f"run.gave_up({view.result})"), *back)
        failures = (*view.failures[:-1], BranchView(Code("_"), gave_up)) if view.failures else ()
        return replace(
            view,
            comment=comment(f"{edge.name}: {other.id} runs before {step.id} is tried again"),
            failures=failures,
            failed=() if failures else gave_up,
            handler=self._handler(step, edge),
        )

    def _handler(self, step: ir.Step, edge: ir.Edge) -> Code:
        """The name of the function for what an action runs, where the steps stand in a table."""
        number = [*step.on_success, *step.on_failure].index(edge)
        return Code(f"_{self.layout.steps[step.id].function}__{number}")

    def _case(self, step: ir.Step, visit: str) -> CaseView:
        chosen = self.layout.steps[step.id]
        writer = self.steps[step.id]
        client = "run.inner" if isinstance(step.call, ir.WorkflowCall) else "client"
        place = Place(step.id)
        arguments = [client, *(self._argument(writer, v, n, place) for v, n in writer.arguments.items())]
        before: list[Code] = []
        needed = [s for s in step.depends_on if not self.flow.always_runs_before(s, step.id)]
        if needed:
            before.append(Code(f"run.needs({{{', '.join(self._is_done(s) for s in needed)}}})"))
        if isinstance(step.call, ir.WorkflowCall):
            field = f"state.{chosen.run_field}"
            before.append(Code(f"{field} = {field} or {self.calls.state(step.call.workflow)}()"))
            arguments.append(f"state={field}")
        if step.idempotency_key:
            arguments.append("idempotency_key=run.key()")
        if step.retries:
            limits = ", ".join(f"{literal(name)}: {retry.limit}" for name, retry in step.retries.items())
            arguments.append(f"spent=run.spent({{{limits}}})")
        result = f"{chosen.state_field.rstrip('_')}_result"
        while result in self.module.names.taken:
            result += "_"
        branches = self._branches(step, result)
        differ = len({branch.lines for branch in branches}) > 1
        return CaseView(
            step=literal(visit),
            before=tuple(before),
            call=Code(f"{chosen.function}({', '.join(arguments)})"),
            result=Code(result),
            state=Code(f"state.{chosen.state_field}"),
            keeps_outputs=bool(step.outputs),
            done_flag=Code(f"state.{chosen.done_field}" if step.id in self.flags else ""),
            failures=self._failures(step, result),
            branches=branches if differ else (),
            lines=() if differ else branches[0].lines,
            handler=Code(f"_{chosen.function}"),
        )

    def _is_done(self, step: str) -> str:
        names = self.layout.steps[step]
        is_done = f"state.{names.done_field}" if step in self.flags else f"state.{names.state_field} is not None"
        return f"{literal(f'step {step}')}: {is_done}"

    def _argument(self, writer: StepWriter, value: ir.Value, name: str, place: Place) -> Code:
        code = self.context_value(value, place)
        return Code(f"{name}={self._given(value, code, place) if value in writer.required else code}")

    def _given(self, value: ir.Value, code: Code, place: Place) -> Code:
        """A value that cannot be done without, checked where it may be missing."""
        type = self._type_at(value, place)
        if t.is_optional(type) or type == t.ANYTHING:
            return Code(f"given({code}, {literal(self._spelled(value))})")
        return code

    def _branches(self, step: ir.Step, result: str) -> tuple[BranchView, ...]:
        branches: list[BranchView] = []
        for edge in step.on_success:
            name = literal(edge.name)
            if edge.is_certain:
                name = Code("_" if step.on_failure else f"{name} | None")
            branches.append(BranchView(name, self._lines(edge, step, result)))
            if edge.is_certain:
                break
        else:
            onward = (*self._forget(step), Code(f"state.next_step = {literal(step.next)}"))
            lines = (self._unhandled(step, result), *onward) if step.must_match else onward
            is_whole = step is self.steps[step.id].step and not step.on_failure
            branches.append(BranchView(Code("None" if is_whole else "_"), lines))
        return tuple(branches)

    def _unhandled(self, step: ir.Step, result: str) -> Code:
        wanted: list[str] = []
        for edge in step.on_success:
            conditions = " and ".join(c.text.strip() for c in edge.when)
            wanted.append(f"{edge.name} needs {conditions}")
        return Code(f"run.unhandled({result}, [{', '.join(literal(w) for w in wanted)}])")

    def _lines(self, edge: ir.Edge, step: ir.Step, result: str) -> tuple[Code, ...]:
        """What an action does to the state."""
        match edge.then:
            case ir.Retry(after=after, before_retry=via):
                again = Code(f"run.retry({result}, {literal(edge.key)}, after={literal(after)})")
                onward = [Code(f"state.next_step = {self._visited(step, edge)}")] if via is not None else []
                return (*self._run_over(step), again, *onward)
            case ir.Goto(step=target, repeats=repeats):
                wait = (Code(f"run.wait({result})"),) if repeats else ()
                return (*self._forget(step), *wait, Code(f"state.next_step = {literal(target)}"))
            case ir.Run():
                return (*self._forget(step), Code(f"state.next_step = {self._visited(step, edge)}"))
            case ir.End():
                return (*self._forget(step), Code("state.next_step = None"))

    def _visited(self, step: ir.Step, edge: ir.Edge) -> Code:
        return literal(self.layout.visits[step.id, edge.key].case)

    def _run_over(self, step: ir.Step) -> tuple[Code, ...]:
        """The workflow that a step calls begins anew when the step is run again."""
        is_call = isinstance(step.call, ir.WorkflowCall)
        return (Code(f"state.{self.layout.steps[step.id].run_field} = None"),) if is_call else ()

    def _forget(self, step: ir.Step) -> tuple[Code, ...]:
        """A step that is left has its full number of retries again when it is visited next."""
        leave = (Code("run.leave()"),) if step.retries or step.idempotency_key else ()
        return (*self._run_over(step), *leave)

    def _failures(self, step: ir.Step, result: str) -> tuple[BranchView, ...]:
        branches: list[BranchView] = []
        for edge in step.on_failure:
            lines = self._lines(edge, step, result)
            if isinstance(edge.then, ir.End):
                lines = (Code(f"raise StepFailed({result}{self._outputs_so_far()})"),)
            elif self.steps[step.id].typed.keeps_failed_outputs and not isinstance(edge.then, ir.Retry):
                lines = (Code(f"state.{self.layout.steps[step.id].state_field} = {result}.outputs"), *lines)
            branches.append(BranchView(literal(edge.name), lines))
        if branches:
            branches.append(BranchView(Code("_"), (Code(f"raise StepFailed({result})"),)))
        return tuple(branches)

    def _outputs_so_far(self) -> str:
        """What a run that an action ends as failed still gives: its outputs as far as they are known (AMB-08)."""
        if not self.workflow.outputs:
            return ""
        members = [f"{literal(o.name)}: {self._result(o.value, lenient=True)}" for o in self.workflow.outputs]
        return f", {{{', '.join(members)}}}"
