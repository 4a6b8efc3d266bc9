"""The state of a workflow's runs: a class that says where a run stands."""

from __future__ import annotations

from collections.abc import Iterator

from arazzoc import ir
from arazzoc.analysis.resuming import gives_secret, is_safe
from arazzoc.emit.calls import Calls
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import StateView


class StateWriter:
    """Writes the state class of one workflow; `flags` are the steps that need a flag of their own."""

    def __init__(
        self, workflow: ir.Workflow, flags: frozenset[str], module: ModuleNames, calls: Calls, uses: Uses
    ) -> None:
        self.workflow, self.flags, self.module, self.calls, self.uses = workflow, flags, module, calls, uses
        self.names = module.workflows[workflow.id]

    def view(self, cases: list[Code]) -> StateView:
        """The class; `cases` are what a run can do next."""
        workflow, names = self.workflow, self.names
        string = f"{self.uses.name('ClassVar')}[str]"
        constants = [f"workflow: {string} = {literal(workflow.id)}"]
        constants.append(f"flow: {string} = {literal(ir.flow_fingerprint(workflow)[:16])}")
        fields: list[str] = []
        for key in self.module.memories.tracked(workflow.id):
            latest, own, run = names.latest[key], names.own[key], names.dependencies.get(key)
            fields += [latest.outputs, run.run_field if run else "", latest.inputs, own.outputs, own.inputs]
        rerun = [literal(field) for field in dict.fromkeys(fields) if field]
        is_sealed = self._holds_secret(workflow.id)
        if rerun and is_sealed:
            constants.append(f"rerun: ClassVar[tuple[str, ...]] = ({', '.join(rerun)},)")
        again = [s for s in workflow.steps if gives_secret(s.outputs) and is_safe(s)]
        if again and is_sealed:
            items = (f"({literal(names.steps[s.id].state_field)}, {literal(s.id)}), " for s in again)
            constants.append(f"rerun_steps: ClassVar[tuple[tuple[str, str], ...]] = ({''.join(items)})")
        steps = f"{self.uses.name('Literal')}[{', '.join(cases)}]"
        first = f"next_step: {steps} | None = {literal(workflow.steps[0].id)}"
        self.uses.name("dataclass")
        return StateView(
            name=Code(names.state_class),
            base=self.uses.name("SealedState" if is_sealed else "WorkflowState"),
            docstring=docstring(f"Where a run of {workflow.id} stands, as plain values.", self.module.width),
            constants=tuple(Code(c) for c in constants),
            goes_back=bool((rerun or again) and is_sealed),
            fields=(Code(first), *self._fields()),
        )

    def _holds_secret(self, key: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether the state of a workflow has secrets in it, or in the state of a workflow that it runs."""
        workflow, names = self.calls.workflows[key], self.module.workflows[key]
        if key in seen:
            return False
        kept: list[ir.Output | ir.InputField] = [
            *workflow.outputs,
            *(output for step in workflow.steps for output in step.outputs),
        ]
        for other, latest in names.latest.items():
            kept += self.calls.workflows[other].outputs if latest.outputs else ()
            kept += self.calls.workflows[other].inputs if latest.inputs else ()
        called = [step.call.workflow for step in workflow.steps if isinstance(step.call, ir.WorkflowCall)]
        run = [*called, *(call.workflow for _, _, call in workflow.runs), *names.dependencies]
        is_secret = any(value.secret for value in kept)
        return is_secret or any(self._holds_secret(other, seen | {key}) for other in run)

    def _fields(self) -> Iterator[Code]:
        """What the run has so far: outputs, flags, and the states of workflows that it runs."""
        for key, latest in self.names.latest.items():
            if latest.outputs:
                yield Code(f"{latest.outputs}: {self.calls.outcome(key)} | None = None")
            if key in self.names.dependencies:
                yield self._inner(self.names.dependencies[key].run_field, key)
            if latest.inputs:
                yield Code(f"{latest.inputs}: {self.module.workflows[key].inputs_class} | None = None")
            if (own := self.names.own[key]) != latest and own.outputs:
                yield Code(f"{own.outputs}: {self.calls.outcome(key)} | None = None")
            if own != latest and own.inputs:
                yield Code(f"{own.inputs}: {self.module.workflows[key].inputs_class} | None = None")
        for step in self.workflow.steps:
            names = self.names.steps[step.id]
            if step.outputs:
                yield Code(f"{names.state_field}: {names.outputs_class} | None = None")
            if step.id in self.flags:
                yield Code(f"{names.done_field}: bool = False")
            if isinstance(step.call, ir.WorkflowCall):
                yield self._inner(names.run_field, step.call.workflow)
        for step, edge, call in self.workflow.runs:
            yield self._inner(self.names.visits[step.id, edge.key].run_field, call.workflow)

    def _inner(self, field: str, workflow: str) -> Code:
        return Code(f"{field}: {self.calls.state(workflow)} | None = None")
