"""The cases of a runner: what a run does at each step, and what follows from each outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.values import context_values, parts_of
from arazzoc.emit.calls import Calls
from arazzoc.emit.context import Moment, RunValues
from arazzoc.emit.naming import LatestNames, ModuleNames
from arazzoc.emit.quote import Code, comment, literal, wrapped_literal
from arazzoc.emit.steps import StepWriter
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import BranchView, CaseView


class Sequel(Struct, frozen=True):
    """What follows from an action: statements, after which the run goes on, or fails; `reports` the step itself."""

    lines: tuple[Code, ...]
    fails: bool = False
    reports: bool = False


Branches: TypeAlias = dict[Sequel, list[Code]]
"""The actions by what follows from them."""

_OTHERWISE = Code("None")
"""A result without an action."""


class CaseWriter:
    """Writes the cases of one workflow's runner."""

    def __init__(
        self,
        workflow: ir.Workflow,
        steps: Mapping[str, StepWriter],
        values: RunValues,
        flags: frozenset[str],
        module: ModuleNames,
        calls: Calls,
        uses: Uses,
    ) -> None:
        self.workflow, self.steps, self.values, self.flags = workflow, steps, values, flags
        self.module, self.calls, self.uses = module, calls, uses
        self.names = module.workflows[workflow.id]
        self.ends_with_outputs = False

    def cases(self) -> Iterator[CaseView]:
        """A case for each step, then one for each step or workflow that an action runs."""
        for step in self.workflow.steps:
            yield self._case(step, step.id)
        for step in self.workflow.steps:
            for edge in (*step.on_success, *step.on_failure):
                if (step.id, edge.key) in self.names.visits:
                    yield self._visit(step, edge)

    # What an action runs

    def _visit(self, step: ir.Step, edge: ir.Edge) -> CaseView:
        """A workflow that the run continues with, or what runs before a retry (AMB-13, AMB-37)."""
        before_retry = edge.then.before_retry if isinstance(edge.then, ir.Retry) else None
        if isinstance(before_retry, str):
            return self._step_before_retry(self.steps[before_retry].step, step, edge)
        call = edge.then.call if isinstance(edge.then, ir.Run) else before_retry
        assert isinstance(call, ir.WorkflowCall)
        chosen = self.names.visits[step.id, edge.key]
        field, runner = f"state.{chosen.run_field}", self.calls.runner(call.workflow)
        client = self.uses.call("inner_client", "run")
        arguments = [client, *self._inputs(call, step, edge), field]
        lines = [f"{field} = {field} or {self._new_state(call, renews=not isinstance(edge.then, ir.Run))}"]
        if isinstance(edge.then, ir.Run):
            note = f"{edge.name}: the run continues with {call.workflow}"
            lines.append(f"return {runner}({', '.join(arguments)})")
        else:
            note = f"{edge.name}: {call.workflow} runs before {step.id} is retried"
            lines += self._run_before_retry(call, chosen.run_field, arguments)
            lines += self._take_back(call, field, renews=True)
            lines += [f"{field} = None", f"state.next_step = {literal(step.id)}"]
        return CaseView(
            step=literal(chosen.case),
            lines=tuple(Code(line) for line in lines),
            handler=self._handler(step, edge),
            comment=self._comment(note),
        )

    def _run_before_retry(self, call: ir.WorkflowCall, field: str, arguments: list[str]) -> Iterator[str]:
        """The run of a workflow before a retry, which goes on if its inputs cannot be made, too (AMB-13)."""
        kept, runner = self._kept(call, call.workflow), self.calls.runner(call.workflow)
        indent, has_inputs = "", any(names.inputs for names in kept)
        if has_inputs:
            given = self._local(f"{field.rstrip('_')}_inputs")
            yield f"{given} = {self.uses.call('run_before_retry', f'lambda: {arguments[1]}')}"
            yield f"if {given} is not None:"
            yield from (f"    state.{names.inputs} = {given}" for names in kept)
            arguments, indent = [arguments[0], given, *arguments[2:]], "    "
        run = self.uses.call("run_before_retry", runner, *arguments)
        if len(arguments) > 2 and not has_inputs:
            run = self.uses.call("run_before_retry", f"lambda: {runner}({', '.join(arguments)})")
        outputs = [f"state.{names.outputs}" for names in kept if names.outputs]
        if len(outputs) > 1:
            yield f"{indent}{(result := self._local(field.rstrip('_') + '_outputs'))} = {run}"
            run = Code(result)
        yield from (f"{indent}{output} = {run} or {output}" for output in outputs)
        if not outputs:
            yield f"{indent}{run}"

    def _kept(self, call: ir.WorkflowCall, key: str) -> list[LatestNames]:
        """Where a run of a workflow, by a call or within one, is kept: the latest, and the latest with own inputs."""
        latest, own = self.names.latest.get(key), self.names.own.get(key)
        if latest is None or own is None:
            return []
        is_own = own != latest and self.module.memories.agrees(self.workflow.id, call, key)
        return [latest, own] if is_own else [latest]

    def _remember(self, step: ir.Step, result: str) -> Iterator[Code]:
        """Keep the inputs and outputs of the workflow that a step has run, where they are read (AMB-62, AMB-68)."""
        if not isinstance(step.call, ir.WorkflowCall):
            return
        for names in self._kept(step.call, step.call.workflow):
            if names.inputs:
                yield Code(f"state.{names.inputs} = {result}.given")
            if names.outputs:
                yield Code(f"state.{names.outputs} = {result}.returned or state.{names.outputs}")
        yield from self._take_back(step.call, f"state.{self.names.steps[step.id].run_field}")

    def _take_back(self, call: ir.WorkflowCall, state: str, *, renews: bool = False) -> Iterator[Code]:
        """Keep what a called workflow, which has that state, knows of dependencies that it has run (AMB-62)."""
        inner, memories = self.module.workflows[call.workflow], self.module.memories
        given = () if renews else memories.given(self.workflow.id, call)
        taken = memories.taken_back(self.workflow.id, call, renews=renews)
        if taken:
            yield self._comment(f"{call.workflow} may have run {' and '.join(taken)} again")
        for key in taken:
            own = self.names.own[key]
            for names, others in zip(self._kept(call, key), (inner.latest[key], inner.own[key]), strict=False):
                pairs = (names.inputs, others.inputs), (names.outputs, others.outputs)
                indent = ""
                if names != own and key in given:  # it has not run again if it is what was given
                    yield Code(f"if {state}.{others.outputs} != state.{own.outputs}:")
                    indent = "    "
                for field, other in (pair for pair in pairs if all(pair)):
                    yield Code(f"{indent}state.{field} = {state}.{other} or state.{field}")

    def _inputs(self, call: ir.WorkflowCall, step: ir.Step, edge: ir.Edge) -> tuple[Code, ...]:
        """The inputs of a workflow that an action runs."""
        moment = Moment(step.id, after=step.id if edge in step.on_success else None)
        required = {argument.value for argument in call.inputs if argument.required}
        parts = (part for argument in call.inputs for part in context_values(argument.value))
        required |= {part for part in parts if self.values.may_lack(part)}
        expressions = self.values.expressions([a.value for a in call.inputs], moment)
        known = dict(expressions.names.known)
        for part in (part for value in required for part in context_values(value) if part in required):
            known[part] = self.values.required(part, moment)

        def type_of(value: ir.Value) -> t.Type:
            type = self.values.type_at(value, moment)
            return t.required(type) if value in required else type

        def keeps_null(value: ir.Value) -> bool:
            return value not in required and self.values.keeps_null(value)

        expressions.names = replace(expressions.names, known=known, type_of=type_of, keeps_null=keeps_null)
        return self.calls.inputs(call, expressions, type_of)

    def _step_before_retry(self, other: ir.Step, step: ir.Step, edge: ir.Edge) -> CaseView:
        """A step that runs before another is retried: its retries count, where it would go does not (AMB-13)."""

        def retries_only(edges: tuple[ir.Edge, ...]) -> tuple[ir.Edge, ...]:
            return tuple(replace(e, then=replace(e.then, before_retry=None)) for e in edges if _is_retry(e))

        visit = replace(
            other,
            on_success=retries_only(other.on_success),
            on_failure=retries_only(other.on_failure),
            next=step.id,
            must_match=False,
            depends_on=(),
            awaits=(),
        )
        view = self._case(visit, self.names.visits[step.id, edge.key].case, is_optional=True)
        note = f"{edge.name}: {other.id} runs before {step.id} is retried"
        return replace(view, comment=self._comment(note), handler=self._handler(step, edge))

    def _handler(self, step: ir.Step, edge: ir.Edge) -> Code:
        """The name of the function for what an action runs, where the steps are in a table."""
        number = [*step.on_success, *step.on_failure].index(edge)
        return Code(f"_{self.names.steps[step.id].function}__{number}")

    def _comment(self, text: str) -> Code:
        return comment(text, self.module.width, 16)

    # Steps

    def _case(self, step: ir.Step, visit: str, *, is_optional: bool = False) -> CaseView:
        """A step, and what follows; the run continues after the failure of an optional one.

        Where one thing follows from a success, one `match` decides on everything. Otherwise failures come first.
        """
        names, result = self.names.steps[step.id], self._result_name(step)
        failures = self._failures(step, result, is_optional=is_optional)
        successes = self._successes(step, result)
        passed = f"run.require({result})"
        keep = [Code(f"state.{names.state_field} = {passed}" if step.outputs else passed)]
        if step.id in self.flags:
            keep.append(Code(f"state.{names.done_field} = True"))
        lines = [*self._before(step), *self._call(step, is_optional=is_optional), *self._remember(step, result)]
        can_merge = not is_optional and not _has_twins(step) and not any(_keeps_and_fails(s) for s in failures)
        if failures and len(successes) == 1 and can_merge:
            branches: Branches = {
                sequel if sequel.reports else Sequel((Code(f"run.note({result})"), *sequel.lines)): [
                    a for a in actions if a != _OTHERWISE
                ]
                for sequel, actions in failures.items()
                if not sequel.fails
            }
            branches[Sequel((*keep, *next(iter(successes)).lines))] = [_OTHERWISE]
            failures, successes = {}, branches
        elif not failures:
            lines += keep
        return CaseView(
            step=literal(visit),
            lines=tuple(lines),
            result=Code(result),
            failures=_merged(failures, has_others=is_optional or bool(step.on_success)),
            goes_on=any(not sequel.fails for sequel in failures),
            kept=tuple(keep) if failures else (),
            branches=_merged(successes, has_others=is_optional or bool(step.on_failure)),
            handler=Code(f"_{names.function}"),
        )

    def _result_name(self, step: ir.Step) -> str:
        stem = self.names.steps[step.id].state_field.rstrip("_")
        return self._local(f"{stem}_outcome" if stem.endswith("result") else f"{stem}_result")

    def _local(self, name: str) -> str:
        """A local variable of the runner that hides nothing."""
        while name in self.module.names.taken:
            name += "_"
        return name

    def _before(self, step: ir.Step) -> Iterator[Code]:
        """What precedes the call of a step."""
        needed = [s for s in step.depends_on if not self.values.flow.always_runs_before(s, step.id)]
        flags = [self._has_succeeded(s) for s in needed]
        awaited = (key for key in step.awaits if not self.values.has_run(key, Moment(step.id)))
        flags += [f"{literal(f'workflow {k}')}: state.{self.names.latest[k].outputs} is not None" for k in awaited]
        if flags:
            yield self.uses.call("require_steps", "run", f"{{{', '.join(flags)}}}")
        if isinstance(step.call, ir.WorkflowCall):
            field = f"state.{self.names.steps[step.id].run_field}"
            yield Code(f"{field} = {field} or {self._new_state(step.call)}")

    def _new_state(self, call: ir.WorkflowCall, *, renews: bool = False) -> Code:
        """The state of a run that begins, with the dependencies that this one has completed for it (AMB-36).

        What runs before a retry `renews` its dependencies, for what they gave may be why the step failed.
        """
        inner, arguments = self.module.workflows[call.workflow], dict[str, str]()
        for key in () if renews else self.module.memories.given(self.workflow.id, call):
            own = self.names.own[key]
            for names in (inner.latest[key], inner.own[key]):
                arguments |= {names.outputs: own.outputs} | ({names.inputs: own.inputs} if names.inputs else {})
        given = ", ".join(f"{name}=state.{field}" for name, field in arguments.items())
        return Code(f"{self.calls.state(call.workflow)}({given})")

    def _has_succeeded(self, step: str) -> str:
        names = self.names.steps[step]
        flag = f"state.{names.done_field}" if step in self.flags else f"state.{names.state_field} is not None"
        return f"{literal(f'step {step}')}: {flag}"

    def _call(self, step: ir.Step, *, is_optional: bool) -> Iterator[Code]:
        """The call of a step function, after variables for outputs that would make its lines long.

        An error in an optional step is its failure, also where an argument of its request is missing.
        """
        writer, names, moment = self.steps[step.id], self.names.steps[step.id], Moment(step.id)
        is_call = isinstance(step.call, ir.WorkflowCall)
        arguments: list[str] = [self.uses.call("inner_client", "run") if is_call else "run.client"]

        def spelled(value: ir.Value, named: Mapping[str, Code]) -> Code:
            is_needed = value in writer.required or self.values.may_lack(value)
            spell = self.values.required if is_needed else self.values.code
            return spell(value, moment, named=named)

        named: dict[str, Code] = {}
        read = {step: None for value in writer.arguments for step in _steps_read(value)}
        for other in (step for step in read if self.values.is_set(step, moment)):
            using = [value for value in writer.arguments if other in _steps_read(value)]
            lengths = [len(f"{writer.arguments[value]}={spelled(value, {})},") for value in using]
            if not is_optional and (len(using) > 1 or max(lengths, default=0) > self.module.width - 20):
                named[other] = self.values.variable(other)
                yield Code(f"{named[other]} = {self.values.outputs(other)}")
        arguments += [f"{name}={spelled(value, named)}" for value, name in writer.arguments.items()]
        if is_call:
            arguments.append(f"state=state.{names.run_field}")
        if step.idempotency_key:
            arguments.append(f"idempotency_key={self.uses.call('idempotency_key_of', 'run')}")
        if step.retries:
            limits = ", ".join(f"{literal(name)}: {retry.limit}" for name, retry in step.retries.items())
            arguments.append(f"exhausted=run.exhausted({{{limits}}})")
        code = Code(f"{names.function}({', '.join(arguments)})")
        if is_optional:
            code = self.uses.call("try_step", literal(self.workflow.id), literal(step.id), f"lambda: {code}")
        yield Code(f"{self._result_name(step)} = {code}")

    # Outcomes

    def _successes(self, step: ir.Step, result: str) -> Branches:
        """What follows from each success action, and from a success that none matches."""
        branches: Branches = {}
        last = last_resort(step.on_success)
        for edge in step.on_success:
            actions = branches.setdefault(Sequel(self._lines(edge, step, result)), [])
            actions.append(literal(edge.name))
            if edge is last:
                actions.append(_OTHERWISE)
                break
        else:
            onward = (*self._forget(step), Code(f"state.next_step = {literal(step.next)}"))
            lines = (self._unhandled(step, result), *onward) if step.must_match else onward
            branches.setdefault(Sequel(lines), []).append(_OTHERWISE)
        return branches

    def _failures(self, step: ir.Step, result: str, *, is_optional: bool) -> Branches:
        """What follows from each failure action that does not end the run, and from a failure that none matches.

        Nothing where all failures end the run: then it is enough to require a success.
        """
        branches: Branches = {}
        failure = Sequel((Code(f"run.fail({result})"),), fails=True)
        last = last_resort(step.on_failure, has_response=False)
        keep = Code(f"state.{self.names.steps[step.id].state_field} = {result}.outputs")
        typed = self.steps[step.id].typed
        for edge in step.on_failure:
            sequel = Sequel(self._lines(edge, step, result), reports=_is_retry(edge))
            if isinstance(edge.then, ir.End):
                self.ends_with_outputs = self.ends_with_outputs or bool(self.workflow.outputs)
                sequel = Sequel((keep, *failure.lines), fails=True) if typed.ends_with_failed_outputs else failure
            elif typed.keeps(edge):
                sequel = replace(sequel, lines=(keep, *sequel.lines))
            actions = branches.setdefault(sequel, [])
            actions.append(literal(edge.name))
            if edge is last:
                actions.append(_OTHERWISE)
                break
        else:
            if is_optional:
                back = (*self._forget(step), Code(f"state.next_step = {literal(step.next)}"))
                ignored = Sequel((self.uses.call("ignore_failure", result), *back))
                branches.setdefault(ignored, []).append(_OTHERWISE)
            elif branches:
                branches.setdefault(failure, []).append(_OTHERWISE)
        return branches if any(not s.fails or _keeps_and_fails(s) for s in branches) else {}

    def _lines(self, edge: ir.Edge, step: ir.Step, result: str) -> tuple[Code, ...]:
        """What an action does to the state."""
        match edge.then:
            case ir.Retry(after=after, before_retry=before_retry):
                again = Code(f"run.retry({result}, {literal(edge.key)}, after={literal(after)})")
                onward = [Code(f"state.next_step = {self._visited(step, edge)}")] if before_retry is not None else []
                return (*self._forget(step), again, *onward)
            case ir.Goto(step=target) as goto:
                method = "wait" if goto.polls else "wait_if_asked"
                wait = (Code(f"run.{method}({result})"),) if goto.repeats else ()
                return (*self._forget(step), *wait, Code(f"state.next_step = {literal(target)}"))
            case ir.Run():
                return (*self._forget(step), Code(f"state.next_step = {self._visited(step, edge)}"))
            case ir.End():
                return (*self._forget(step), Code("state.next_step = None"))

    def _visited(self, step: ir.Step, edge: ir.Edge) -> Code:
        return literal(self.names.visits[step.id, edge.key].case)

    def _forget(self, step: ir.Step) -> tuple[Code, ...]:
        """The workflow that a step runs begins anew when the step is run again."""
        is_call = isinstance(step.call, ir.WorkflowCall)
        return (Code(f"state.{self.names.steps[step.id].run_field} = None"),) if is_call else ()

    def _unhandled(self, step: ir.Step, result: str) -> Code:
        wanted: list[str] = []
        for edge in step.on_success:
            conditions = " and ".join(c.text.strip() for c in edge.when)
            wanted.append(wrapped_literal(f"{edge.name} needs {conditions}", self.module.width, indent=32))
        return Code(f"run.unhandled({result}, [{', '.join(wanted)}])")


def _has_twins(step: ir.Step) -> bool:
    """Whether a success action and a failure action have the same name."""
    return bool({edge.name for edge in step.on_success} & {edge.name for edge in step.on_failure})


def _keeps_and_fails(sequel: Sequel) -> bool:
    """Whether the outputs of a failed step are kept, and the run fails (AMB-08)."""
    return sequel.fails and len(sequel.lines) > 1


def _is_retry(edge: ir.Edge) -> bool:
    return isinstance(edge.then, ir.Retry)


def _steps_read(value: ir.Value) -> set[str]:
    """The steps of which a value has an output."""
    return {part.step for part in parts_of(value) if isinstance(part, ir.StepOutput)}


def _merged(branches: Branches, *, has_others: bool) -> tuple[BranchView, ...]:
    """A branch for all actions from which the same follows, that of a result without an action last.

    `has_others` says that the result can have other actions, which are not among these.
    """
    views: list[BranchView] = []
    for sequel, names in sorted(branches.items(), key=lambda item: _OTHERWISE in item[1]):
        actions = Code(" | ".join(dict.fromkeys(names)))
        if _OTHERWISE in names and (has_others or len(names) > 1):
            actions = Code("_")
        views.append(BranchView(actions, sequel.lines))
    return tuple(views) if len(views) > 1 else tuple(replace(view, actions=Code("")) for view in views)
