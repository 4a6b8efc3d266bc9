"""The runner of a workflow: the loop that moves a run from step to step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.values import parts_of
from arazzoc.emit.calls import Calls
from arazzoc.emit.cases import CaseWriter
from arazzoc.emit.context import Moment, RunValues
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, comment, docstring, literal
from arazzoc.emit.steps import StepWriter
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import AdvanceView, CaseView, DependencyView, LocalView, RunnerView, SoFarView, TableView

TABLE_FROM = 50
"""With more steps, a runner looks them up in a table: a `match` on strings tries them one after the other."""


class RunnerWriter:
    """Writes the runner of one workflow."""

    def __init__(
        self,
        workflow: ir.Workflow,
        steps: Mapping[str, StepWriter],
        flow: Flow,
        module: ModuleNames,
        calls: Calls,
        uses: Uses,
    ) -> None:
        self.workflow, self.steps, self.module, self.calls, self.uses = workflow, steps, module, calls, uses
        self.names = module.workflows[workflow.id]
        self.values = RunValues(workflow, steps, flow, module, calls, uses)
        self.flags = frozenset(
            other
            for step in workflow.steps
            for other in step.depends_on
            if not flow.always_runs_before(other, step.id)
            and (not steps[other].step.outputs or steps[other].typed.keeps_failed_outputs)
        )

    def view(self) -> RunnerView:
        """The function, and what it needs beside it."""
        names, width = self.names, self.module.width
        writer = CaseWriter(self.workflow, self.steps, self.values, self.flags, self.module, self.calls, self.uses)
        cases = tuple(writer.cases())
        self.uses.name("Run")
        named = self._named_outputs()
        return RunnerView(
            function=Code(names.runner),
            state=Code(names.state_class),
            parameters=tuple(self._parameters()),
            returns=self.calls.outcome(self.workflow.id),
            docstring=docstring(self._documentation(), width),
            dependencies=tuple(self._dependency(key) for key in self.workflow.depends_on),
            cases=cases,
            results=tuple(LocalView(name, self.values.outputs(step)) for step, name in named.items()),
            outputs=self._outputs(named),
            so_far=self._so_far() if writer.ends_with_outputs else None,
            run=self._run(writer.ends_with_outputs),
            table=self._table(cases) if len(self.workflow.steps) > TABLE_FROM else None,
            advance=None if self.workflow.is_imported else self._advance(),
        )

    def _run(self, ends_with_outputs: bool) -> Code:
        """The object that counts, waits and saves."""
        arguments = ["client", "state"]
        if ends_with_outputs:
            given = "inputs, state" if self._reads_inputs() else "state"
            arguments.append(f"lambda: {self.names.outputs_so_far}({given})")
        if any(field.secret for field in self.workflow.inputs):
            arguments.append("inputs=inputs")
        return Code(f"Run({', '.join(arguments)})")

    def _advance(self) -> AdvanceView:
        """The function that takes a run to its next checkpoint."""
        arguments = [self.names.runner, "client", f"state or {self.names.state_class}()"]
        arguments += ["inputs"] if self.workflow.inputs else []
        for key, chosen in self.names.dependencies.items():
            given = [chosen.field, *([chosen.inputs] if self.calls.workflows[key].inputs else [])]
            arguments += [f"{name}={name}" for name in given]
        text = "Take a run to its next checkpoint: at most one request, and no wait."
        self.uses.name("advance")
        return AdvanceView(
            function=Code(self.names.advance),
            returns=Code(
                f"{self.uses.name('Advance')}[{self.names.state_class}, {self.calls.outcome(self.workflow.id)}]"
            ),
            docstring=docstring(text, self.module.width),
            arguments=Code(", ".join(arguments)),
        )

    def _reads_inputs(self) -> bool:
        """Whether an output of the workflow is made from an input."""
        return any(isinstance(p, ir.Input) for output in self.workflow.outputs for p in parts_of(output.value))

    def _parameters(self) -> Iterator[Code]:
        yield Code("client: Client")
        if self.workflow.inputs:
            yield Code(f"inputs: {self.names.inputs_class}")
        yield Code(f"state: {self.names.state_class} | None = None")
        if self.workflow.depends_on:
            yield Code("*")
        for key, chosen in self.names.dependencies.items():
            yield Code(f"{chosen.field}: {self.calls.outcome(key)} | None = None")
            if self.calls.workflows[key].inputs:
                yield Code(f"{chosen.inputs}: {self.module.workflows[key].inputs_class} | None = None")

    def _documentation(self) -> str:
        workflow = self.workflow
        texts = dict.fromkeys(text.strip() for text in (workflow.summary, workflow.description) if text.strip())
        parts = list(texts) or [f"Run {workflow.id}."]
        if workflow.depends_on:
            fields = " and ".join(chosen.field for chosen in self.names.dependencies.values())
            parts.append(f"{' and '.join(workflow.depends_on)} runs before, unless its outputs are given as {fields}.")
        others = self.calls.outcomes(workflow.id)[1:]
        if others:
            parts.append(f"It can continue with {' and '.join(others)}, and then returns the outputs of that.")
        raises: list[str] = []
        if any(_can_fail(step) for step in workflow.steps):
            raises.append("StepFailed: a step fails, and no failure action continues the run.")
        stuck = [s.id for s in workflow.steps if s.must_match]
        if stuck:
            raises.append(f"UnhandledOutcome: no success action matches the outcome of {', '.join(stuck)}.")
        if any(s.repeats for s in workflow.steps):
            raises.append("PollTimeout: the polling deadline of `client` has passed.")
        if raises:
            parts.append("\n".join(["Raises:", *(f"    {line}" for line in raises)]))
        return "\n\n".join(parts)

    def _dependency(self, key: str) -> DependencyView:
        """What runs a workflow that this one depends on, with this one's inputs of the same names (AMB-35, AMB-36)."""
        chosen, other = self.names.dependencies[key], self.module.workflows[key]
        callee, known = self.calls.workflows[key], {field.name for field in self.workflow.inputs}
        arguments: list[str] = [self.uses.call("inner_client", "run")]
        kept: list[str] = []
        if any(field.required and field.name not in known for field in callee.inputs):
            owner = literal(f"the inputs of workflow {key}")
            arguments.append(self.uses.call("require_value", chosen.inputs, owner))
        elif callee.inputs:
            shared = [field.name for field in callee.inputs if field.name in known]
            types = {field.name: field.type for field in callee.inputs}
            items = [self._shared_input(name, types[name]) for name in shared]
            inputs = self.calls.checked_inputs(key, items)
            arguments.append(f"{chosen.inputs} or {inputs}")
        remembered = self.names.latest[key].inputs
        if remembered:
            kept, arguments = [f"state.{remembered} = {arguments[-1]}"], [*arguments[:-1], f"state.{remembered}"]
        arguments.append(f"state.{chosen.run_field}")
        for inner in callee.depends_on:
            arguments.append(f"{other.dependencies[inner].field}=state.{self.names.dependencies[inner].field}")
        given = [f"state.{remembered} = state.{remembered} or {chosen.inputs}"] if remembered else []
        latest, own = self.names.latest[key], self.names.own[key]
        for field, copy in ((latest.outputs, own.outputs), (latest.inputs, own.inputs)):
            given += [f"state.{copy} = state.{copy} or state.{field}"] if copy != field else []
        return DependencyView(
            comment=comment(f"{key} must be completed before", self.module.width, 8),
            field=Code(f"state.{chosen.field}"),
            argument=Code(chosen.field),
            run_field=Code(f"state.{chosen.run_field}"),
            state=Code(other.state_class),
            run=Code(f"{other.runner}({', '.join(arguments)})"),
            kept=tuple(map(Code, kept)),
            given=tuple(map(Code, given)),
        )

    def _shared_input(self, name: str, type: t.Type) -> tuple[str, str]:
        """An input for a workflow that this one depends on: what leaves it out where it is absent, and the member."""
        code = Code(f"inputs.{self.names.input_fields[name]}")
        if not self.values.keeps_null(ir.Input(name)):
            return "present", f"{literal(name)}: {code}"
        if t.admits_null(type):
            return "without_absent", f"{literal(name)}: {code}"
        return "present", f"{literal(name)}: {self.uses.call('given', code)}"

    # The outputs of the workflow

    def _named_outputs(self) -> dict[str, Code]:
        """A variable for the outputs of each step that several outputs of the workflow read."""
        found = [leaf for output in self.workflow.outputs for leaf in parts_of(output.value)]
        counts = Counter(leaf.step for leaf in found if isinstance(leaf, ir.StepOutput))
        steps = (step.id for step in self.workflow.steps if counts[step.id] > 1)
        return {step: self.values.variable(step) for step in steps if self.values.is_set(step, Moment(None))}

    def _outputs(self, named: Mapping[str, Code]) -> Code:
        """What the runner returns; `named` are variables that hold the outputs of steps."""
        values = [output.value for output in self.workflow.outputs]
        expressions = self.values.expressions(values, Moment(None), named=named)
        members = (f"{self.names.output_fields[o.name]}={expressions.value(o.value)}" for o in self.workflow.outputs)
        return Code(f"{self.names.outputs_class}({', '.join(members)})")

    def _so_far(self) -> SoFarView:
        """The outputs of the workflow as far as they are known, for runs that an action ends as failed (AMB-08)."""
        values = [output.value for output in self.workflow.outputs]
        expressions = self.values.expressions(values, Moment(None), lenient=True)
        members = tuple(Code(f"{literal(o.name)}: {expressions.value(o.value)}") for o in self.workflow.outputs)
        inputs = [Code(f"inputs: {self.names.inputs_class}")] if self._reads_inputs() else []
        self.uses.name("Any")
        text = "The outputs as far as they are known, for a run that a failure action ends."
        return SoFarView(
            function=Code(self.names.outputs_so_far),
            parameters=(*inputs, Code(f"state: {self.names.state_class}")),
            docstring=docstring(text, self.module.width),
            members=members,
        )

    # Many steps

    def _table(self, cases: tuple[CaseView, ...]) -> TableView:
        """The table in which the runner looks up what it does next."""
        goes_over = any(isinstance(edge.then, ir.Run) for _, edge, _ in self.workflow.runs)
        outcome = self.calls.outcome(self.workflow.id)
        inputs = self.names.inputs_class if self.workflow.inputs else "None"
        returns = f"{outcome} | None" if goes_over else "None"
        self.uses.name("Final", "Mapping", "Callable")
        run = "Run[Client]"
        return TableView(
            name=Code(self.names.table),
            type=Code(f"Callable[[{inputs}, {self.names.state_class}, {run}], {returns}]"),
            parameters=tuple(Code(p) for p in (f"inputs: {inputs}", f"state: {self.names.state_class}", f"run: {run}")),
            arguments=Code(f"{'inputs' if self.workflow.inputs else 'None'}, state, run"),
            returns=Code(returns),
            returns_outputs=goes_over,
        )


def _can_fail(step: ir.Step) -> bool:
    """Whether a failure of a step can end the run."""
    last = last_resort(step.on_failure, has_response=False)
    taken = step.on_failure[: step.on_failure.index(last) + 1] if last is not None else step.on_failure
    return last is None or any(isinstance(edge.then, ir.End) for edge in taken)
