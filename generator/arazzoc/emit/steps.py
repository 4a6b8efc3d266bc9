"""A step of the IR to the view of its function."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.fold import fold
from arazzoc.analysis.typing import StepTypes
from arazzoc.analysis.values import call_values, condition_values, context_values
from arazzoc.emit.calls import Calls
from arazzoc.emit.failures import SharedFailures
from arazzoc.emit.names import Names, snake_case
from arazzoc.emit.naming import ModuleNames, step_names, step_parameters
from arazzoc.emit.quote import NO_CODE, Code, docstring, literal
from arazzoc.emit.requests import RequestWriter, client_of
from arazzoc.emit.types import TypeNames
from arazzoc.emit.uses import Uses
from arazzoc.emit.values import Expressions, Spellings, action_views, pointer_arguments
from arazzoc.emit.views import ActionView, CheckView, ClassView, FieldView, LocalView, StepView


class StepWriter:
    """Writes one step function; the runner asks it which values to pass."""

    def __init__(
        self,
        step: ir.Step,
        workflow: ir.Workflow,
        typed: StepTypes,
        module: ModuleNames,
        types: TypeNames,
        calls: Calls,
        shared: SharedFailures,
        uses: Uses,
    ) -> None:
        self.step, self.workflow, self.types, self.module = step, workflow, types, module
        self.calls, self.shared, self.uses = calls, shared, uses
        self.names = module.workflows[workflow.id].steps[step.id]
        self.typed, self.type_of, self.required = typed, typed.type_of, typed.required
        self.is_optional_input, self.output_type = typed.is_optional_input, typed.output_type
        self.arguments = step_parameters(self._context_values(), step, workflow.id, module)

    def _context_values(self) -> list[ir.Value]:
        found: dict[ir.Value, None] = {}
        values = list(call_values(self.step.call))
        for criterion in self._criteria():
            values.extend(condition_values(criterion.test))
        values.extend(o.value for o in self.step.outputs)
        for value in values:
            found.update(dict.fromkeys(context_values(value)))
        return list(found)

    def _criteria(self) -> list[ir.Criterion]:
        edges = (*self.step.on_success, *self.step.on_failure)
        return [*self.step.success, *(c for edge in edges for c in edge.when)]

    # The view

    def view(self) -> StepView:
        """The function: request, checks, outputs and the choice of an action, in this order."""
        step = self.step
        request = self._request(self._expressions({}))
        before, after = self._locals(step.success), self._locals(c for edge in step.on_success for c in edge.when)
        after = {value: name for value, name in after.items() if value not in before}
        reading = self._expressions(before)
        first, *others = self._checks(reading)
        has_outputs = self.typed.keeps_failed_outputs or self.typed.ends_with_failed_outputs
        failed_outputs = self._outputs(reading, lenient=True) if has_outputs else NO_CODE
        shared = self.shared.of(step)
        failures: tuple[ActionView, ...] = ()
        if shared is None:
            failures = action_views(
                step.on_failure,
                reading,
                lambda edge: failed_outputs if self.typed.returns_failed_outputs(edge) else NO_CODE,
                has_response=False,
            )
        acting = self._expressions(before | after, names_outputs=True)
        successes = action_views(step.on_success, acting)
        read = {name for value, name in (before | after).items() if value in reading.read | acting.read}
        early = {value: name for value, name in before.items() if name in read}
        late = {value: name for value, name in after.items() if name in read}
        known = late | {value: name for value, name in early.items() if not _is_promised(value)}
        outputs = self._outputs(self._expressions(known, has_succeeded=True))
        names_outputs = bool(step.outputs) and any(action.condition for action in successes)
        return StepView(
            function=Code(self.names.function),
            parameters=self._parameters(),
            returns=self._returns(),
            docstring=docstring(self._documentation(), self.module.width),
            subject=self.subject,
            exchange=request,
            locals_before=self._local_views(early, is_required=False),
            checks=(first, *others),
            joins_checks=bool(others),
            unmet=Code("unmet") if others else first.text,
            fails_if=Code("unmet is not None") if others else first.violated,
            failures=failures,
            failure_action=shared.call if shared else NO_CODE,
            failed_outputs=failed_outputs,
            otherwise_failed=last_resort(step.on_failure, has_response=False) is None,
            outputs=outputs,
            names_outputs=names_outputs,
            result=Code("outputs") if names_outputs else outputs,
            locals_after=self._local_views(late, is_required=True),
            successes=successes,
            otherwise_succeeded=last_resort(step.on_success) is None,
        )

    def outputs_class(self) -> ClassView | None:
        """The dataclass of the step's outputs."""
        if not self.step.outputs:
            return None
        self.uses.name("dataclass")
        return ClassView(
            name=Code(self.names.outputs_class),
            docstring=Code(""),
            fields=tuple(
                FieldView(
                    output_field(
                        self.names.output_fields[o.name],
                        self.types.annotation(self.output_type(o)),
                        o.secret,
                        self.uses,
                    )
                )
                for o in self.step.outputs
            ),
        )

    @property
    def subject(self) -> Code:
        """What the step function calls what it has got: an exchange, or the run of another workflow."""
        return Code("inner" if isinstance(self.step.call, ir.WorkflowCall) else "exchange")

    def _request(self, expressions: Expressions) -> Code:
        """The request, or the run of another workflow."""
        call = self.step.call
        if isinstance(call, ir.HttpCall):
            writer = RequestWriter(call, self.step, self.workflow, self.typed, self.module, self.uses)
            return writer.code(expressions)
        runner = self.calls.runner(call.workflow)
        client = client_of(self.step, self.uses)
        inputs = self.calls.inputs(call, expressions, self.type_of)
        names = literal(self.workflow.id), literal(self.step.id)
        return self.uses.call("run_inner", *names, runner, client, *inputs, "state")

    def _expressions(
        self, local: dict[ir.Value, str], *, names_outputs: bool = False, has_succeeded: bool = False
    ) -> Expressions:
        """What writes values; the step's own outputs are in the variable `outputs`, or are read from the response."""
        inner: dict[str, Code] = {}
        if isinstance(self.step.call, ir.WorkflowCall):
            inner = self.calls.outputs(self.step.call, has_succeeded=has_succeeded)
        values = {o.name: o.value for o in self.step.outputs}

        def own_output(name: str) -> Code:
            if names_outputs:
                return Code(f"outputs.{self.names.output_fields[name]}")
            return expressions.value(values[name])

        spellings = Spellings(
            {**self.arguments, **local}, self.type_of, self.is_optional_input, self.typed.keeps_null, own_output, inner
        )
        expressions = Expressions(spellings, self.uses)
        return expressions

    def _parameters(self) -> tuple[Code, ...]:
        own = [self._parameter(value, name) for value, name in self.arguments.items()]
        if isinstance(self.step.call, ir.WorkflowCall):
            own.append(Code(f"state: {self.calls.state(self.step.call.workflow)} | None = None"))
        if self.step.idempotency_key:
            own.append(Code("idempotency_key: str | None = None"))
        if self.step.retries:
            own.append(Code(f"exhausted: {self.uses.name('Collection')}[str] = ()"))
        parameters = (Code("client: Client"), Code("*"), *own) if own else (Code("client: Client"),)
        has_room = len(f") -> {self._returns()}:") <= self.module.width
        return parameters if has_room else (*parameters, Code(""))  # a comma at the end keeps them apart

    def _parameter(self, value: ir.Value, name: str) -> Code:
        type = self.type_of(value)
        can_do_without = self.typed.may_be_unset(value) and not self.typed.is_required(value)
        if self.typed.keeps_null(value):
            return Code(f"{name}: {self.types.annotation(type)} = ABSENT")
        default = " = None" if self.is_optional_input(value) or can_do_without else ""
        return Code(f"{name}: {self.types.annotation(type)}{default}")

    def _returns(self) -> Code:
        outputs = self.names.outputs_class if self.step.outputs else "None"
        shared = self.shared.of(self.step)
        edges = self.step.on_success if shared else (*self.step.on_success, *self.step.on_failure)
        listed = ", ".join(literal(name) for name in dict.fromkeys(edge.name for edge in edges))
        kinds = [f"{self.uses.name('Literal')}[{listed}]"] if listed else []
        kinds += [shared.type] if shared else []
        return Code(f"{self.uses.name('StepResult')}[{outputs}, {' | '.join(kinds) or 'None'}]")

    def _documentation(self) -> str:
        what = self._target()
        lines = [self.step.description.strip(), what] if self.step.description.strip() else [what]
        if not self.step.success and isinstance(self.step.call, ir.HttpCall):
            lines.append("Any 2xx status is a success.")
        if self.step.timeout is not None:
            lines.append(f"An attempt that takes longer than {self.step.timeout:g} s fails.")
        return "\n\n".join(lines)

    def _target(self) -> str:
        """What the step calls, for its docstring."""
        call = self.step.call
        if isinstance(call, ir.WorkflowCall):
            return f"Runs the workflow {call.workflow}, from `state` if that is given."
        path = "".join(part if isinstance(part, str) else "{" + part.name + "}" for part in call.path)
        operation = f" ({call.operation})" if call.operation else ""
        return f"{call.method} {path}{operation}"

    # The response

    def _locals(self, criteria: Iterable[ir.Criterion]) -> dict[ir.Value, str]:
        """A local variable for each part of the response body that conditions read."""
        taken = Names((*self.arguments.values(), *step_names(self.step, self.module)))
        found: dict[ir.Value, str] = {}
        names: dict[tuple[str | int, ...], str] = {}
        for criterion in criteria:
            for value in condition_values(criterion.test):
                inner = value.value if isinstance(value, ir.Size) and value.member is None else value
                if isinstance(inner, ir.AtPointer) and isinstance(inner.base, ir.ResponseBody):
                    if inner.pointer not in names:
                        words = [str(token) for token in inner.pointer if not str(token).isdigit()]
                        name = snake_case(words[-1] if words else "item")
                        names[inner.pointer] = taken.add(name, f"response_{name}")
                    found[inner] = names[inner.pointer]
        for output in self.step.outputs:  # the same place, perhaps with another type
            value = output.value
            if isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody) and value.pointer in names:
                found[value] = names[value.pointer]
        return found

    def _local_views(self, found: dict[ir.Value, str], *, is_required: bool) -> tuple[LocalView, ...]:
        """Local variables; after the checks, what the schema requires of an output must be there."""
        required = {o.value.pointer: o.value for o in self.step.outputs if _is_promised(o.value)}
        views: dict[str, LocalView] = {}
        for value, name in found.items():
            assert isinstance(value, ir.AtPointer)
            promised = required.get(value.pointer) if is_required else None
            code = Code(f"exchange.at({pointer_arguments(value.pointer)})")
            views.setdefault(name, LocalView(Code(name), _required(promised) if promised else code))
        return tuple(views.values())

    def _checks(self, expressions: Expressions) -> tuple[CheckView, ...]:
        """The success criteria, negated; of several with the same answer the first one."""
        step = self.step
        checks = [(expressions.negated(c.test), literal(c.text)) for c in step.success]
        if isinstance(step.call, ir.WorkflowCall):
            checks.insert(0, (Code("inner.error is not None"), literal(f"workflow {step.call.workflow}")))
        elif not checks:
            checks = [(Code("not exchange.is_2xx"), literal("a 2xx status"))]
        elif not _needs_response(step.success[0].test):
            checks.insert(0, (Code("exchange.response is None"), literal(step.success[0].text)))
        known: dict[Code, Code] = {}
        for violated, text in checks:
            known.setdefault(violated, text)
        keywords = ["if", *["elif"] * len(known)]
        return tuple(CheckView(Code(k), *check) for k, check in zip(keywords, known.items(), strict=False))

    def _outputs(self, expressions: Expressions, *, lenient: bool = False) -> Code:
        """The outputs; a lenient one that the response lacks is None (AMB-52)."""
        if not self.step.outputs:
            return Code("None")
        members: list[str] = []
        for output in self.step.outputs:
            value = output.value
            if _is_promised(value) and not lenient and value not in expressions.names.known:
                code = _required(value)
            else:
                code = expressions.value(value)
            members.append(f"{self.names.output_fields[output.name]}={code}")
        return Code(f"{self.names.outputs_class}({', '.join(members)})")


def _is_promised(value: ir.Value) -> TypeGuard[ir.AtPointer]:
    """Whether the schema of the response, or of one of the responses, requires a value."""
    if not isinstance(value, ir.AtPointer) or not isinstance(value.base, ir.ResponseBody):
        return False
    return value.required or bool(value.promised_by)


def _required(value: ir.AtPointer) -> Code:
    """A value of the response that must be there, always or with some statuses."""
    arguments = pointer_arguments(value.pointer)
    when = f", when={_statuses(value.promised_by)}" if value.promised_by else ""
    return Code(f"exchange.required({arguments}{when})")


def _statuses(statuses: tuple[int, ...]) -> str:
    """Statuses as a tuple: those that follow each other as ranges."""
    ranges: list[range] = []
    for status in statuses:
        if ranges and ranges[-1].stop == status:
            ranges[-1] = range(ranges[-1].start, status + 1)
        else:
            ranges.append(range(status, status + 1))
    texts = [f"*{r}" if len(r) > 2 else ", ".join(map(str, r)) for r in ranges]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _needs_response(test: ir.Condition) -> bool:
    """Whether a condition cannot hold without a response."""
    return fold(test, {ir.StatusCode(): None}) is False


def output_field(name: str, annotation: str, secret: bool, uses: Uses) -> Code:
    """A field of an outputs class; secret ones are never shown."""
    return Code(f"{name}: {annotation} = {uses.call('field', 'repr=False')}" if secret else f"{name}: {annotation}")
