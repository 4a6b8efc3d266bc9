"""What a workflow remembers of the runs of others: what it reads, and what it gives to those that it calls.

The outputs of a workflow that has run are read (AMB-62), and a workflow that several depend on runs once (AMB-36). So
a workflow keeps those of its own dependencies, and also those of dependencies that the workflows which it calls have:
it hands them on, and takes them back when they have run again (AMB-68).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field

from arazzoc import ir
from arazzoc.analysis.runs import values_read


class Memory(Struct):
    """The runs that one workflow remembers, by the keys of the workflows.

    It hands on some, and of those that are `apart`, what it knows of the latest run need not be made with its own
    inputs of the same names.
    """

    outputs: dict[str, None] = field(default_factory=dict[str, None])
    inputs: dict[str, None] = field(default_factory=dict[str, None])
    apart: set[str] = field(default_factory=set[str])


class Memories:
    """What all workflows of a program remember."""

    def __init__(self, workflows: Mapping[str, ir.Workflow]) -> None:
        self.workflows = workflows
        self.of = {key: _read(workflow) for key, workflow in workflows.items()}
        self._needs = self._closure(lambda w: w.depends_on, _passing_calls)
        self._runs = self._closure(lambda w: w.runs_workflows, _calls)
        for key, workflow in workflows.items():
            self.of[key].outputs |= dict.fromkeys(self._needed_again(workflow))
        while self._spread():
            pass
        self._forget_unused()
        self._renewed = self._renewing()

    def _closure(
        self,
        first: Callable[[ir.Workflow], Iterable[str]],
        following: Callable[[ir.Workflow], Iterable[ir.WorkflowCall]],
    ) -> dict[str, set[str]]:
        """For each workflow, some others, and those of the workflows that it calls."""
        found = {key: set(first(workflow)) for key, workflow in self.workflows.items()}
        is_growing = True
        while is_growing:
            before = sum(map(len, found.values()))
            for key, workflow in self.workflows.items():
                for call in following(workflow):
                    found[key] |= found[call.workflow]
            is_growing = sum(map(len, found.values())) > before
        return found

    def _needed_again(self, workflow: ir.Workflow) -> Iterator[str]:
        """The dependencies of workflows that this one calls more than once."""
        calls = list(_passing_calls(workflow))
        steps = [step for step in workflow.steps if isinstance(step.call, ir.WorkflowCall)]
        is_repeated = any(step.retries for step in steps) or any(step.repeats for step in workflow.steps)
        for key in dict.fromkeys(key for call in calls for key in self.workflows if key in self._needs[call.workflow]):
            is_again = is_repeated or sum(key in self._needs[call.workflow] for call in calls) > 1
            if is_again and not _calls_itself(workflow, key):
                yield key

    def _spread(self) -> bool:
        """Have called workflows remember what is taken back from them; return whether anything is new."""
        before = sum(len(m.outputs) + len(m.inputs) + len(m.apart) for m in self.of.values())
        for owner, workflow in self.workflows.items():
            memory = self.of[owner]
            for call in _calls(workflow):
                inner = self.of[call.workflow]
                for key in self.returned(owner, call):
                    inner.outputs.setdefault(key)
                    if key in memory.inputs:
                        inner.inputs.setdefault(key)
                for key in self.given(owner, call):
                    if key in inner.inputs:
                        memory.inputs.setdefault(key)
                for key in memory.outputs:
                    is_run = key == call.workflow or key in self._runs[call.workflow]
                    if is_run and (key in inner.apart or not self.agrees(owner, call, key)):
                        memory.apart.add(key)
        return sum(len(m.outputs) + len(m.inputs) + len(m.apart) for m in self.of.values()) > before

    def _forget_unused(self) -> None:
        """Keep no runs apart of which nothing is handed on, by this workflow or by one that takes them back."""
        used = {(o, k) for o, w in self.workflows.items() for call in _passing_calls(w) for k in self.given(o, call)}
        before = 0
        while len(used) > before:
            before = len(used)
            for owner, workflow in self.workflows.items():
                for call in _calls(workflow):
                    kept = (k for k in self.returned(owner, call) if (owner, k) in used)
                    used |= {(call.workflow, k) for k in kept if self.agrees(owner, call, k)}
        for owner, memory in self.of.items():
            memory.apart = {key for key in memory.apart if (owner, key) in used}

    def tracked(self, owner: str) -> list[str]:
        """The dependencies whose runs by called workflows count for this one: where it calls them itself, its call."""
        workflow = self.workflows[owner]
        return [k for k in self.of[owner].outputs if k in workflow.depends_on or not _calls_itself(workflow, k)]

    def returned(self, owner: str, call: ir.WorkflowCall) -> list[str]:
        """The dependencies that a called workflow may have run."""
        return [k for k in self.tracked(owner) if k in self._runs[call.workflow] and k != call.workflow]

    def taken_back(self, owner: str, call: ir.WorkflowCall, *, renews: bool) -> list[str]:
        """The dependencies that a called workflow may have run for itself: what it was given, it may have renewed.

        Before a retry, which `renews` them, it is given none.
        """
        given = () if renews else self._surely_given(owner, call)
        return [k for k in self.returned(owner, call) if k not in given or k in self._renewed[call.workflow]]

    def _surely_given(self, owner: str, call: ir.WorkflowCall) -> list[str]:
        """The dependencies that a called workflow is given in each run: those that its caller has itself."""
        return [k for k in self.given(owner, call) if k in self.workflows[owner].depends_on]

    def _renewing(self) -> dict[str, set[str]]:
        """For each workflow, the others that it may run although it has been given their outputs."""
        found: dict[str, set[str]] = {key: set() for key in self.workflows}
        is_growing = True
        while is_growing:
            before = sum(map(len, found.values()))
            for owner, workflow in self.workflows.items():
                passing = [id(call) for call in _passing_calls(workflow)]
                for call in _calls(workflow):
                    inner = self._runs[call.workflow]
                    if id(call) in passing:
                        given = self._surely_given(owner, call)
                        inner = found[call.workflow] | {k for k in inner if k not in given}
                    found[owner] |= {call.workflow, *inner}
            is_growing = sum(map(len, found.values())) > before
        return found

    def given(self, owner: str, call: ir.WorkflowCall) -> list[str]:
        """The dependencies that a called workflow need not run again."""
        needed = [k for k in self.tracked(call.workflow) if k in self._needs[call.workflow]]
        return [k for k in self.tracked(owner) if k in needed and self.agrees(owner, call, k)]

    def agrees(self, owner: str, call: ir.WorkflowCall, key: str) -> bool:
        """Whether a call hands on the inputs that a dependency takes by name, so that it gets what it gets here."""
        own = {field.name for field in self.workflows[owner].inputs}
        known = {field.name for field in self.workflows[call.workflow].inputs}
        given = {argument.name: argument.value for argument in call.inputs}
        for needed in self.workflows[key].inputs:
            name = needed.name
            if name in known and (name not in own or given.get(name) != ir.Input(name)):
                return False
            if name in own and name not in known and not needed.required:  # without a required one, it cannot run there
                return False
        return True


def _read(workflow: ir.Workflow) -> Memory:
    """What a workflow reads or waits for, and its dependencies."""
    parts = list(values_read(workflow))
    outputs = [part.workflow for part in parts if isinstance(part, ir.WorkflowOutput)]
    awaited = [key for step in workflow.steps for key in step.awaits]
    inputs = dict.fromkeys(part.workflow for part in parts if isinstance(part, ir.WorkflowInput))
    return Memory(dict.fromkeys([*workflow.depends_on, *outputs, *awaited]), inputs)


def _passing_calls(workflow: ir.Workflow) -> Iterator[ir.WorkflowCall]:
    """Yield the calls that hand on what is known: not those before a retry, for it may be why the step failed."""
    yield from (step.call for step in workflow.steps if isinstance(step.call, ir.WorkflowCall))
    yield from (call for _, edge, call in workflow.runs if isinstance(edge.then, ir.Run))


def _calls(workflow: ir.Workflow) -> Iterator[ir.WorkflowCall]:
    yield from (step.call for step in workflow.steps if isinstance(step.call, ir.WorkflowCall))
    yield from (call for _, _, call in workflow.runs)


def _calls_itself(workflow: ir.Workflow, key: str) -> bool:
    return any(call.workflow == key for call in _calls(workflow))
