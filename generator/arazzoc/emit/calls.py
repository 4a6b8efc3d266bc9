"""Runs of workflows by others: the code that starts them, and their outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.uses import Uses
from arazzoc.emit.values import Expressions, grouped_members


class Calls:
    """Writes how a workflow of the program is run, whoever runs it.

    `checked` are the workflows whose inputs are made from values of unknown type, so that they are checked.
    """

    def __init__(self, program: ir.Program, module: ModuleNames, uses: Uses) -> None:
        self.workflows: Mapping[str, ir.Workflow] = {w.id: w for w in program.workflows}
        self.module, self.uses = module, uses
        self.checked: set[str] = set()

    def runner(self, workflow: str) -> Code:
        return Code(self.module.workflows[workflow].runner)

    def state(self, workflow: str) -> Code:
        return Code(self.module.workflows[workflow].state_class)

    def outcomes(self, workflow: str) -> tuple[str, ...]:
        """The workflows whose outputs can be those of a run: its own, and those that it can go over to (AMB-37)."""
        found: dict[str, None] = {}
        pending = [workflow]
        while pending:
            current = pending.pop(0)
            if current not in found:
                found[current] = None
                edges = [e for s in self.workflows[current].steps for e in (*s.on_success, *s.on_failure)]
                pending.extend(e.then.call.workflow for e in edges if isinstance(e.then, ir.Run))
        return tuple(found)

    def outcome(self, workflow: str) -> Code:
        """The type of what a run of a workflow returns."""
        return Code(" | ".join(self.module.workflows[key].outputs_class for key in self.outcomes(workflow)))

    def inputs(
        self, call: ir.WorkflowCall, expressions: Expressions, type_of: Callable[[ir.Value], t.Type]
    ) -> tuple[Code, ...]:
        """The inputs of a workflow as its runner takes them: none, or an instance of its inputs class.

        Where the types are not known to fit, they are checked when it runs.
        """
        callee = self.workflows[call.workflow]
        if not callee.inputs:
            return ()
        chosen = self.module.workflows[call.workflow]
        fields = {field.name: field for field in callee.inputs}
        keeps_null = {a.name for a in call.inputs if expressions.names.keeps_null(a.value)}
        if all(_fits(type_of(a.value), fields[a.name], is_absent=a.name in keeps_null) for a in call.inputs):
            codes = (
                (a, expressions.raw if fields[a.name].keeps_null and a.name in keeps_null else expressions.value)
                for a in call.inputs
            )
            given = [f"{chosen.input_fields[a.name]}={write(a.value)}" for a, write in codes]
            return (Code(f"{chosen.inputs_class}({', '.join(given)})"),)
        function = "present" if any(not a.required for a in call.inputs) else ""
        items: list[tuple[str, str]] = []
        for a in call.inputs:
            is_null = a.name in keeps_null and t.admits_null(fields[a.name].type)
            code = expressions.raw(a.value) if is_null else expressions.value(a.value)
            items.append(("without_absent" if is_null else function, f"{literal(a.name)}: {code}"))
        return (self.checked_inputs(call.workflow, items),)

    def checked_inputs(self, workflow: str, items: list[tuple[str, str]]) -> Code:
        """The inputs of a workflow, checked against their schema when it runs; see `grouped_members`."""
        self.checked.add(workflow)
        members = grouped_members(items, self.uses)
        return Code(f"{self.module.workflows[workflow].inputs_class}.from_dict({members})")

    def outputs(self, call: ir.WorkflowCall, *, has_succeeded: bool) -> dict[str, Code]:
        """How a step function spells the outputs of the workflow that it has run."""
        names = self.module.workflows[call.workflow].output_fields
        if has_succeeded and self.outcomes(call.workflow) == (call.workflow,):
            return {name: Code(f"inner.outputs.{field}") for name, field in names.items()}
        keys = {name: ", ".join(map(literal, dict.fromkeys((field, name)))) for name, field in names.items()}
        return {name: Code(f"inner.output({key})") for name, key in keys.items()}


def _fits(type: t.Type, field: ir.InputField, *, is_absent: bool) -> bool:
    """Whether a value of a type can be given as it is; `is_absent` says that it may be an input that is not given."""
    if is_absent and not field.keeps_null and field.has_default:
        return False
    if type == t.ANYTHING or field.type == t.ANYTHING:
        return field.required or not field.has_default
    if field.required or field.has_default:
        return type == field.type
    return type in (field.type, t.optional(field.type))
