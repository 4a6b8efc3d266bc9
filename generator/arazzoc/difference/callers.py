"""What callers of a module see of it: the names and the types that it has for what its document has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.flow import Flow
from arazzoc.analysis.typing import step_types, workflow_output_types
from arazzoc.emit.module import WIDTH, Form, Written, emit
from arazzoc.emit.naming import ModuleNames, attribute_name, choose_names


def have_other_arguments(was: str, now: str) -> bool:
    """Whether the client's arguments have other names for two names of sources, variables or security schemes."""
    return attribute_name(was) != attribute_name(now)


class Callers:
    """The module of a program, seen from outside. One that does not compile is taken for what it would be."""

    def __init__(self, program: ir.Program, extras: frozenset[str], *, is_whole: bool) -> None:
        self.program, self.table = program, program.types
        self.has_command = "command" in extras
        form = Form(extras=extras, support="support", formatted=False)
        self.written: Written | None = emit(program, form) if is_whole else None
        self._outputs: dict[str, Mapping[tuple[str, str], t.Type]] = {}
        self._names: ModuleNames | None = None

    # Types

    def output(self, workflow: ir.Workflow, step: ir.Step | None, output: ir.Output) -> t.Type:
        """The type of an output in what a run, or a step, returns."""
        if workflow.id not in self._outputs:
            found = {("", name): type for name, type in workflow_output_types(workflow).items()}
            for id, types in step_types(workflow, Flow(workflow.steps)).items():
                found |= {(id, o.name): types.output_type(o) for o in types.step.outputs}
            self._outputs[workflow.id] = found
        return self.spelled(self._outputs[workflow.id][step.id if step is not None else "", output.name])

    def spelled(self, type: t.Type) -> t.Type:
        """A type as an annotation says it: of classes that the module does not have, that they are objects."""
        match type:
            case t.Array(item=item):
                return t.Array(self.spelled(item))
            case t.Mapping(value=value):
                return t.Mapping(self.spelled(value))
            case t.Union(items=items):
                return t.union(map(self.spelled, items))
            case t.Named(key=key) if self.written is not None and key not in self.written.classes:
                is_enum = isinstance(self.table.definitions.get(key), t.Enum)
                return t.ANYTHING if is_enum else t.Mapping(t.ANYTHING)
            case _:
                return type

    def class_name(self, definition: t.Definition) -> str:
        """What the module calls a class; '' for one that it does not have."""
        if self.written is None:
            return definition.name
        return self.written.classes.get(definition.key, "")

    # Names

    def argument(self, find: Callable[[ModuleNames], str]) -> str:
        """One of the names of the module."""
        if self._names is None:
            self._names = choose_names(self.program, WIDTH)
        return find(self._names)

    def input_name(self, workflow: str, name: str) -> str:
        """The name by which callers pass an input: that of the document, where they can pass JSON."""
        if self.is_checked(workflow):
            return name
        return self.argument(lambda names: names.workflows[workflow].input_fields[name])

    def output_name(self, workflow: str, step: str, name: str) -> str:
        """The name by which callers read an output: that of the document, where the command line prints it."""
        if self.has_command and not step:
            return name
        owner = self.argument
        if step:
            return owner(lambda names: names.workflows[workflow].steps[step].output_fields[name])
        return owner(lambda names: names.workflows[workflow].output_fields[name])

    def is_checked(self, workflow: str) -> bool:
        """Whether the module checks the inputs of a workflow beyond their types."""
        return self.written is None or workflow in self.written.checked
