"""What the templates print: plain bags of finished strings."""

from __future__ import annotations

from typing import Self

from msgspec import Struct

from arazzoc.emit.quote import NO_CODE, Code


class FieldView(Struct, frozen=True):
    """A field of a dataclass."""

    code: Code
    docstring: Code = NO_CODE


class ClassView(Struct, frozen=True):
    """A dataclass; one without fields has a docstring. `restored` makes one from checked JSON values."""

    name: Code
    docstring: Code
    fields: tuple[FieldView, ...]
    restored: tuple[Code, ...] = ()
    workflow: Code = NO_CODE
    schema: Code = NO_CODE


class LocalView(Struct, frozen=True):
    """A local variable."""

    name: Code
    code: Code


class CheckView(Struct, frozen=True):
    """A success criterion: the code that tells that it does not hold, and how the document spells it."""

    keyword: Code
    violated: Code
    text: Code


class ActionView(Struct, frozen=True):
    """An action of a step; `condition` is '' where it is always taken, `outputs` what a failed step brings along."""

    name: Code
    condition: Code
    outputs: Code = NO_CODE


class StepView(Struct, frozen=True):
    """A step function."""

    function: Code
    parameters: tuple[Code, ...]
    returns: Code
    docstring: Code
    subject: Code
    exchange: Code
    locals_before: tuple[LocalView, ...]
    checks: tuple[CheckView, ...]
    joins_checks: bool
    fails_if: Code
    unmet: Code
    failure_actions: tuple[ActionView, ...]
    outputs: Code
    names_outputs: bool
    locals_after: tuple[LocalView, ...]
    success_actions: tuple[ActionView, ...]
    always_acts: bool
    always_acts_on_failure: bool


class BranchView(Struct, frozen=True):
    """One `case` of a runner: an action's name (or None) and what follows."""

    action: Code
    lines: tuple[Code, ...]


class CaseView(Struct, frozen=True):
    """One step within a runner, or what an action runs; `failed` is what follows a failure that no action handles."""

    step: Code
    call: Code
    result: Code
    state: Code
    keeps_outputs: bool
    done_flag: Code
    failures: tuple[BranchView, ...]
    branches: tuple[BranchView, ...]
    lines: tuple[Code, ...]
    failed: tuple[Code, ...] = ()
    handler: Code = NO_CODE
    before: tuple[Code, ...] = ()
    comment: Code = NO_CODE

    @classmethod
    def plain(cls, step: Code, comment: Code, lines: tuple[Code, ...], handler: Code) -> Self:
        """A case that runs no step function."""
        none = NO_CODE
        return cls(step, none, none, none, False, none, (), (), lines, handler=handler, comment=comment)


class DependencyView(Struct, frozen=True):
    """A workflow that is completed before the first step."""

    comment: Code
    field: Code
    argument: Code
    run_field: Code
    state: Code
    run: Code


class RunnerView(Struct, frozen=True):
    """The runner of a workflow, with the state that it moves through."""

    comment: Code
    function: Code
    workflow: Code
    state: ClassView
    steps: Code
    flow: Code
    restored: tuple[Code, ...]
    saved: tuple[Code, ...]
    parameters: tuple[Code, ...]
    returns: Code
    outputs: Code
    docstring: Code
    dependencies: tuple[DependencyView, ...]
    cases: tuple[CaseView, ...]
    results: tuple[Code, ...]
    table: Code
    handler: Code
    goes_over: bool
    signature: Code
    arguments: Code
    inputs: Code


class WorkflowView(Struct, frozen=True):
    """A workflow: its data, its step functions and its runner."""

    comment: Code
    classes: tuple[ClassView, ...]
    steps: tuple[StepView, ...]
    runner: RunnerView


class OptionView(Struct, frozen=True):
    """An `add_argument` call of the command line."""

    code: Code


class CommandView(Struct, frozen=True):
    """The command line of one workflow."""

    workflow: Code
    help: Code
    epilog: Code
    options: tuple[OptionView, ...]
    client: tuple[Code, ...]
    inputs: Code
    runner: Code
    state: Code


class ManyView(Struct, frozen=True):
    """The workflows of which many runs can be driven at once: their types, and their runners by the inputs class."""

    inputs: Code
    outputs: Code
    runners: tuple[Code, ...]


class ModuleView(Struct, frozen=True):
    """A whole module."""

    docstring: Code
    imports: tuple[Code, ...]
    exports: tuple[Code, ...]
    types: tuple[Code, ...]
    workflows: tuple[WorkflowView, ...]
    schemas: tuple[LocalView, ...]
    many: ManyView | None
    commands: tuple[CommandView, ...]
    has_subcommands: bool
    program: Code
    description: Code
