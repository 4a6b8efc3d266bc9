"""A step of the IR to the view of its function."""

from __future__ import annotations

import ast

from arazzoc import ir
from arazzoc.analysis.fold import fold
from arazzoc.analysis.typing import StepTypes
from arazzoc.analysis.values import call_values, condition_values, context_values
from arazzoc.emit.calls import Calls
from arazzoc.emit.layout import Layout, step_names, step_parameters
from arazzoc.emit.names import Names as TakenNames
from arazzoc.emit.names import snake_case
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.requests import RequestWriter
from arazzoc.emit.types import TypeNames
from arazzoc.emit.values import Expressions, Names, pointer_arguments
from arazzoc.emit.views import ActionView, CheckView, ClassView, FieldView, LocalView, StepView


class StepWriter:
    """Writes one step function; the runner asks it which values to pass."""

    def __init__(
        self, step: ir.Step, workflow: ir.Workflow, typed: StepTypes, module: Layout, types: TypeNames, calls: Calls
    ) -> None:
        layout = module.workflows[workflow.id]
        self.step, self.workflow, self.types, self.module, self.calls = step, workflow, types, module, calls
        self.names = layout.steps[step.id]
        self.typed, self.type_of, self.required = typed, typed.type_of, typed.required
        self.is_optional_input, self.output_type = typed.is_optional_input, typed.output_type
        self.arguments = step_parameters(self._context_values(), step, workflow.id, module)
        self.own = {o.name: o.value for o in step.outputs}

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
        step = self.step
        own = {name: Code(f"outputs.{field}") for name, field in self.names.output_fields.items()}
        request = Expressions(self._names({}, {}))
        before = self._locals(step.success)
        after = self._locals([c for edge in step.on_success for c in edge.when])
        checks = Expressions(self._names(before, {}))
        lenient = Expressions(self._names(before, {}))
        failing = Expressions(self._names(before, {n: lenient.value(v) for n, v in self.own.items()}))
        acting = Expressions(self._names(before | after, own))
        outputs = self._outputs(Expressions(self._names({}, {}, has_succeeded=True)))
        failed_outputs = self._outputs(lenient, lenient=True) if self.typed.keeps_failed_outputs else None
        reads_own = any(
            isinstance(leaf, ir.OwnOutput) or (isinstance(leaf, ir.AtPointer) and isinstance(leaf.base, ir.OwnOutput))
            for edge in step.on_success
            for c in edge.when
            for leaf in condition_values(c.test)
        )
        conditional = [edge for edge in step.on_success if not edge.is_certain]
        first, *others = self._checks(checks)
        failure_actions = _actions(step.on_failure, failing, failed_outputs)
        success_actions = _actions(step.on_success, acting)
        conditions = [check.violated for check in (first, *others)]
        conditions += [action.condition for action in (*failure_actions, *success_actions)]
        return StepView(
            function=Code(self.names.function),
            parameters=self._parameters(),
            returns=self._returns(),
            docstring=docstring(self._documentation()),
            subject=self.subject,
            exchange=self._exchange(request),
            locals_before=_local_views(before, lenient, conditions),
            checks=(first, *others),
            joins_checks=bool(others),
            fails_if=Code("unmet is not None") if others else first.violated,
            unmet=Code("unmet") if others else first.text,
            failure_actions=failure_actions,
            outputs=outputs,
            names_outputs=bool(step.outputs and (len(conditional) > 0 or reads_own)),
            locals_after=_local_views({v: n for v, n in after.items() if v not in before}, lenient, conditions),
            success_actions=success_actions,
            always_acts=any(edge.is_certain for edge in step.on_success),
            always_acts_on_failure=any(edge.is_certain for edge in step.on_failure),
        )

    def outputs_class(self) -> ClassView | None:
        """The dataclass of the step's outputs."""
        if not self.step.outputs:
            return None
        return ClassView(
            name=Code(self.names.outputs_class),
            docstring=Code(""),
            fields=tuple(
                FieldView(
                    output_field(self.names.output_fields[o.name], self.types.annotation(self.output_type(o)), o.secret)
                )
                for o in self.step.outputs
            ),
        )

    @property
    def subject(self) -> Code:
        """What the step function calls what it has got: an exchange, or a workflow that it has called."""
        return Code("called" if isinstance(self.step.call, ir.WorkflowCall) else "exchange")

    def _exchange(self, expressions: Expressions) -> Code:
        """The request, or the run of another workflow."""
        call = self.step.call
        if isinstance(call, ir.HttpCall):
            return RequestWriter(call, self.step, self.workflow, self.typed, self.module).code(expressions)
        runner = self.calls.runner(call.workflow)
        client = "client" if self.step.timeout is None else f"client.within({literal(self.step.timeout)})"
        inputs = self.calls.inputs(call, expressions, self.type_of)
        arguments = [literal(self.workflow.id), literal(self.step.id), runner, client, *inputs, "state"]
        return Code(f"call({', '.join(arguments)})")

    def _names(self, local: dict[ir.Value, str], own: dict[str, Code], *, has_succeeded: bool = False) -> Names:
        called: dict[str, Code] = {}
        if isinstance(self.step.call, ir.WorkflowCall):
            called = self.calls.outputs(self.step.call, has_succeeded=has_succeeded)
        return Names({**self.arguments, **local}, self.type_of, self.is_optional_input, own, called)

    def _parameters(self) -> tuple[Code, ...]:
        own = [self._parameter(value, name) for value, name in self.arguments.items()]
        if isinstance(self.step.call, ir.WorkflowCall):
            own.append(Code(f"state: {self.calls.state(self.step.call.workflow)} | None = None"))
        if self.step.idempotency_key:
            own.append(Code("idempotency_key: str | None = None"))
        if self.step.retries:
            own.append(Code("spent: Collection[str] = ()"))
        return (Code("client: Client"), Code("*"), *own) if own else (Code("client: Client"),)

    def _parameter(self, value: ir.Value, name: str) -> Code:
        type = self.type_of(value)
        can_do_without = self.typed.may_be_unset(value) and not self.typed.is_required(value)
        default = " = None" if self.is_optional_input(value) or can_do_without else ""
        return Code(f"{name}: {self.types.annotation(type)}{default}")

    def _returns(self) -> Code:
        outputs = self.names.outputs_class if self.step.outputs else "None"
        actions = dict.fromkeys(edge.name for edge in (*self.step.on_success, *self.step.on_failure))
        action = f"Literal[{', '.join(literal(a) for a in actions)}]" if actions else "None"
        return Code(f"StepResult[{outputs}, {action}]")

    def _documentation(self) -> str:
        what = self._target()
        lines = [self.step.description.strip(), what] if self.step.description.strip() else [what]
        if not self.step.success and isinstance(self.step.call, ir.HttpCall):
            lines.append("Any 2xx status is a success.")
        if self.step.retries:
            lines.append("`spent` names the actions that have no retry left.")
        if self.step.timeout is not None:
            lines.append(f"An attempt that takes longer than {self.step.timeout:g} s fails.")
        return "\n\n".join(lines)

    def _target(self) -> str:
        """What the step calls, for its docstring."""
        call = self.step.call
        if isinstance(call, ir.WorkflowCall):
            return f"Runs the workflow {call.workflow}; `state` is where that stands already."
        path = "".join(part if isinstance(part, str) else "{" + part.name + "}" for part in call.path)
        operation = f" ({call.operation})" if call.operation else ""
        return f"{call.method} {path}{operation}"

    # The response

    def _locals(self, criteria: list[ir.Criterion] | tuple[ir.Criterion, ...]) -> dict[ir.Value, str]:
        """A local variable for each part of the response body that conditions read."""
        taken = TakenNames((*self.arguments.values(), *step_names(self.step, self.module)))
        found: dict[ir.Value, str] = {}
        for criterion in criteria:
            for value in condition_values(criterion.test):
                inner = value.value if isinstance(value, ir.Size) else value
                if isinstance(inner, ir.AtPointer) and isinstance(inner.base, ir.ResponseBody) and inner not in found:
                    words = [str(token) for token in inner.pointer if not str(token).isdigit()]
                    found[inner] = taken.add(snake_case(words[-1] if words else "item"))
        return found

    def _checks(self, expressions: Expressions) -> tuple[CheckView, ...]:
        step = self.step
        checks = [(expressions.negated(c.test), literal(c.text)) for c in step.success]
        if isinstance(step.call, ir.WorkflowCall):
            checks.insert(0, (Code("called.error is not None"), literal(f"workflow {step.call.workflow}")))
        elif not checks:
            checks = [(Code("not exchange.is_2xx"), literal("a 2xx status"))]
        elif not _needs_response(step.success[0].test):
            checks.insert(0, (Code("exchange.response is None"), literal(step.success[0].text)))
        keywords = [Code("if"), *[Code("elif")] * len(checks)]
        return tuple(CheckView(k, *check) for k, check in zip(keywords, checks, strict=False))

    def _outputs(self, expressions: Expressions, *, lenient: bool = False) -> Code:
        """The outputs; a lenient one that the response lacks is None (AMB-52)."""
        if not self.step.outputs:
            return Code("None")
        members: list[str] = []
        for output in self.step.outputs:
            value = output.value
            code = expressions.value(value)
            is_promised = isinstance(value, ir.AtPointer) and isinstance(value.base, ir.ResponseBody) and value.required
            if isinstance(value, ir.AtPointer) and is_promised and not lenient:
                code = Code(f"exchange.required({pointer_arguments(value.pointer)})")
            members.append(f"{self.names.output_fields[output.name]}={code}")
        return Code(f"{self.names.outputs_class}({', '.join(members)})")


def _needs_response(test: ir.Condition) -> bool:
    """Whether a condition cannot hold without a response."""
    return fold(test, {ir.StatusCode(): None}) is False


def _actions(
    edges: tuple[ir.Edge, ...], expressions: Expressions, outputs: Code | None = None
) -> tuple[ActionView, ...]:
    """The actions in order; where the run goes on elsewhere, a failed one brings the outputs along."""
    views: list[ActionView] = []
    for edge in edges:
        all_hold = expressions.condition(ir.All(tuple(c.test for c in edge.when)))
        code = expressions.condition(edge.when[0].test) if len(edge.when) == 1 else all_hold
        if isinstance(edge.then, ir.Retry):
            left = f"{literal(edge.key)} not in spent"
            code = Code(f"{left} and {all_hold}" if edge.when else left)
        goes_on = isinstance(edge.then, ir.Goto | ir.Run)
        views.append(ActionView(literal(edge.name), code, outputs if outputs and goes_on else Code("")))
        if edge.is_certain:
            break
    return tuple(views)


def _local_views(found: dict[ir.Value, str], expressions: Expressions, used: list[Code]) -> tuple[LocalView, ...]:
    """The local variables that the conditions use: some conditions read the body itself instead."""
    trees = [ast.parse(code, mode="eval") for code in used if code] if found else []
    mentioned = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    views: list[LocalView] = []
    for value, name in found.items():
        if name not in mentioned:
            continue
        assert isinstance(value, ir.AtPointer)
        plain = Expressions(Names({}, expressions.names.type_of, expressions.names.is_optional_input, {}))
        views.append(LocalView(Code(name), plain.value(value)))
    return tuple(views)


def output_field(name: str, annotation: str, secret: bool) -> Code:
    """A field of an outputs class; secret ones are never shown."""
    return Code(f"{name}: {annotation} = field(repr=False)" if secret else f"{name}: {annotation}")
