"""A workflow of the IR to the views of its data and its runner."""

from __future__ import annotations

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.values import context_values
from arazzoc.emit.layout import Layout
from arazzoc.emit.quote import Code, comment, docstring, literal
from arazzoc.emit.steps import StepWriter, output_field
from arazzoc.emit.types import TypeNames
from arazzoc.emit.values import Expressions, Names, pointer_arguments
from arazzoc.emit.views import BranchView, CaseView, ClassView, FieldView, RunnerView, WorkflowView


class WorkflowWriter:
    """Writes one workflow."""

    def __init__(self, workflow: ir.Workflow, module: Layout, types: TypeNames) -> None:
        self.workflow, self.layout, self.types = workflow, module.workflows[workflow.id], types
        self.flow = Flow(workflow.steps)
        outputs = {s.id: {o.name: o.type for o in s.outputs} for s in workflow.steps}
        self.steps = {s.id: StepWriter(s, workflow, outputs, module, types) for s in workflow.steps}
        self.inputs = {i.name: i for i in workflow.inputs}
        self.taken = module.names.taken

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
            runner=self._runner(),
        )

    # Data

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

    def _outputs(self) -> ClassView:
        fields = tuple(
            FieldView(output_field(self.layout.output_fields[o.name], self.types.annotation(self._type(o)), o.secret))
            for o in self.workflow.outputs
        )
        return ClassView(
            Code(self.layout.outputs_class), docstring(f"What a run of {self.workflow.id} returns."), fields
        )

    def _type(self, output: ir.Output) -> t.Type:
        """The type of an output; that of a step which not every run passes can be missing."""
        if isinstance(output.value, ir.StepOutput):
            step, name = output.value.step, output.value.name
            writer = self.steps[step]
            type = next(writer.output_type(o) for o in writer.step.outputs if o.name == name)
            return type if self._is_passed(step, None) else t.optional(type)
        if isinstance(output.value, ir.Input):
            field = self.inputs[output.value.name]
            return field.type if field.required or field.has_default else t.optional(field.type)
        return output.type

    def used_types(self) -> list[t.Type]:
        """The types that the workflow's code names."""
        found = [i.type for i in self.workflow.inputs]
        for writer in self.steps.values():
            found.extend(writer.type_of(v) for v in writer.arguments)
            found.extend(writer.output_type(o) for o in writer.step.outputs)
        found.extend(self._type(o) for o in self.workflow.outputs)
        return found

    # Values as the runner has them

    def _is_passed(self, step: str, target: str | None) -> bool:
        return self.flow.always_runs_before(step, target)

    def context_value(self, value: ir.Value, target: str | None) -> Code:
        """A value as the runner spells it when it stands before `target`, or at the end."""
        match value:
            case ir.Input(name=name):
                return Code(f"inputs.{self.layout.input_fields[name]}")
            case ir.StepOutput(step=step, name=name):
                chosen = self.layout.steps[step]
                state = f"state.{chosen.state_field}"
                attribute = chosen.output_fields[name]
                if target is None and not self._is_passed(step, target):
                    return Code(f"None if {state} is None else {state}.{attribute}")
                return Code(f"done({state}, {literal(step)}).{attribute}")
            case ir.At(base=base, pointer=pointer):
                return Code(f"at({self.context_value(base, target)}, {pointer_arguments(pointer)})")
            case _:
                raise AssertionError(f"{value} does not exist before a step")

    def _result(self, output: ir.Output) -> Code:
        """An output of the workflow, put together from inputs and outputs of steps."""
        known = {value: self.context_value(value, None) for value in context_values(output.value)}
        return Expressions(Names(known, self._plain_type, lambda _: False, {})).value(output.value)

    # The runner

    def _runner(self) -> RunnerView:
        workflow, layout = self.workflow, self.layout
        kept = [s for s in workflow.steps if s.outputs]
        step_ids = ", ".join(literal(s.id) for s in workflow.steps)
        fields = [FieldView(Code(f"next_step: Literal[{step_ids}] | None = {literal(workflow.steps[0].id)}"))]
        has_retries = any(s.retries for s in workflow.steps)
        if has_retries:
            fields.append(FieldView(Code("retries: dict[str, int] = field(default_factory=dict[str, int])")))
        fields += [
            FieldView(Code(f"{layout.steps[s.id].state_field}: {layout.steps[s.id].outputs_class} | None = None"))
            for s in kept
        ]
        parameters = ["client: Client"]
        if workflow.inputs:
            parameters.append(f"inputs: {layout.inputs_class}")
        parameters.append(f"state: {layout.state_class} | None = None")
        return RunnerView(
            comment=comment(f"{workflow.id}: the runner"),
            function=Code(layout.runner),
            workflow=literal(workflow.id),
            state=ClassView(
                Code(layout.state_class),
                docstring(f"Where a run of {workflow.id} stands, as plain values."),
                tuple(fields),
            ),
            steps=Code(f"({step_ids})" if len(workflow.steps) > 1 else f"({step_ids},)"),
            flow=literal(ir.flow_fingerprint(workflow)[:16]),
            saved=(Code('"retries": dict(self.retries)'),) * has_retries
            + tuple(
                Code(f"{literal(layout.steps[s.id].state_field)}: plain(self.{layout.steps[s.id].state_field})")
                for s in kept
            ),
            restored=(Code('retries=restored_retries(data.get("retries"))'),) * has_retries
            + tuple(
                Code(
                    f"{layout.steps[s.id].state_field}=restored({layout.steps[s.id].outputs_class}, "
                    f"data.get({literal(layout.steps[s.id].state_field)}), {literal(s.id)})"
                )
                for s in kept
            ),
            parameters=tuple(Code(p) for p in parameters),
            returns=Code(layout.outputs_class),
            docstring=docstring(self._documentation()),
            cases=tuple(self._case(s) for s in workflow.steps),
            results=tuple(Code(f"{layout.output_fields[o.name]}={self._result(o)}") for o in workflow.outputs),
        )

    def _documentation(self) -> str:
        workflow = self.workflow
        summary = (workflow.description or workflow.summary or f"Run {workflow.id}.").strip()
        raises = ["StepFailed: a step's success criteria do not hold and no failure action goes on."]
        stuck = [s.id for s in workflow.steps if s.must_match]
        if stuck:
            names = ", ".join(stuck)
            raises.append(f"UnhandledOutcome: {names} ends in a state that no success action handles.")
        if any(s.poll for s in workflow.steps):
            raises.append("PollTimeout: the polling deadline of `client` has passed.")
        return "\n".join([summary, "", "Raises:", *(f"    {line}" for line in raises)])

    def _case(self, step: ir.Step) -> CaseView:
        chosen = self.layout.steps[step.id]
        writer = self.steps[step.id]
        arguments = ["client", *(self._argument(writer, v, n, step.id) for v, n in writer.arguments.items())]
        if step.retries:
            limits = ", ".join(f"{literal(name)}: {retry.limit}" for name, retry in step.retries.items())
            arguments.append(f"spent=run.spent({{{limits}}})")
        result = f"{chosen.state_field.rstrip('_')}_result"
        while result in self.taken:
            result += "_"
        branches = self._branches(step, result)
        differ = len({branch.lines for branch in branches}) > 1
        repeats = any(isinstance(e.then, ir.Goto) and e.then.repeats for e in step.on_success)
        return CaseView(
            step=literal(step.id),
            call=Code(f"{chosen.function}({', '.join(arguments)})"),
            result=Code(result),
            state=Code(f"state.{chosen.state_field}"),
            names_result=differ or bool(step.on_failure) or repeats,
            keeps_outputs=bool(step.outputs),
            failures=self._failures(step, result),
            branches=branches if differ else (),
            lines=() if differ else branches[0].lines,
        )

    def _argument(self, writer: StepWriter, value: ir.Value, name: str, target: str) -> Code:
        code = self.context_value(value, target)
        if value in writer.required:
            plain = self._plain_type(value)
            if t.is_optional(plain) or plain == t.ANYTHING:
                code = Code(f"given({code}, {literal(self._spelled(value))})")
        return Code(f"{name}={code}")

    def _plain_type(self, value: ir.Value) -> t.Type:
        if isinstance(value, ir.Input):
            field = self.inputs[value.name]
            return field.type if field.required or field.has_default else t.optional(field.type)
        if isinstance(value, ir.StepOutput):
            writer = self.steps[value.step]
            return next(writer.output_type(o) for o in writer.step.outputs if o.name == value.name)
        return t.ANYTHING

    def _spelled(self, value: ir.Value) -> str:
        match value:
            case ir.Input(name=name):
                return f"$inputs.{name}"
            case ir.StepOutput(step=step, name=name):
                return f"$steps.{step}.outputs.{name}"
            case ir.At(base=base, pointer=pointer):
                return f"{self._spelled(base)}#/{'/'.join(map(str, pointer))}"
            case _:
                return "a value"

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
            branches.append(BranchView(Code("_" if step.on_failure else "None"), lines))
        return tuple(branches)

    def _unhandled(self, step: ir.Step, result: str) -> Code:
        wanted: list[str] = []
        for edge in step.on_success:
            conditions = " and ".join(c.text.strip() for c in edge.when)
            wanted.append(f"{edge.name} needs {conditions}")
        return Code(f"run.unhandled({result}, [{', '.join(literal(w) for w in wanted)}])")

    def _lines(self, edge: ir.Edge, step: ir.Step, result: str) -> tuple[Code, ...]:
        match edge.then:
            case ir.Retry(after=after):
                return (Code(f"run.retry({result}, {literal(edge.name)}, after={literal(after)})"),)
            case ir.Goto(step=target, repeats=repeats):
                wait = (Code(f"run.wait({result})"),) if repeats else ()
                return (*self._forget(step), *wait, Code(f"state.next_step = {literal(target)}"))
            case ir.End():
                return (*self._forget(step), Code("state.next_step = None"))

    def _forget(self, step: ir.Step) -> tuple[Code, ...]:
        """A step that is left has its full number of retries again when it is visited next."""
        return (Code("state.retries.clear()"),) if step.retries else ()

    def _failures(self, step: ir.Step, result: str) -> tuple[BranchView, ...]:
        branches: list[BranchView] = []
        for edge in step.on_failure:
            stop = (Code(f"raise StepFailed({result})"),)
            lines = stop if isinstance(edge.then, ir.End) else self._lines(edge, step, result)
            branches.append(BranchView(literal(edge.name), lines))
        if branches:
            branches.append(BranchView(Code("_"), (Code(f"raise StepFailed({result})"),)))
        return tuple(branches)
