"""What the templates print: plain bags of finished strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from arazzoc.emit.quote import NO_CODE, Code


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a dataclass."""

    code: Code
    docstring: Code = NO_CODE


@dataclass(frozen=True, slots=True)
class ClassView:
    """A dataclass; one without fields has a docstring. `restored` makes one from checked JSON values."""

    name: Code
    docstring: Code
    fields: tuple[FieldView, ...]
    restored: tuple[Code, ...] = ()
    workflow: Code = NO_CODE
    schema: Code = NO_CODE


@dataclass(frozen=True, slots=True)
class LocalView:
    """A local variable."""

    name: Code
    code: Code


@dataclass(frozen=True, slots=True)
class CheckView:
    """A success criterion: the code that tells that it does not hold, and how the document spells it."""

    keyword: Code
    violated: Code
    text: Code


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action of a step; `condition` is '' where it is always taken, `outputs` what a failed step brings along."""

    name: Code
    condition: Code
    outputs: Code = NO_CODE


@dataclass(frozen=True, slots=True)
class StepView:
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


@dataclass(frozen=True, slots=True)
class BranchView:
    """One `case` of a runner: an action's name (or None) and what follows."""

    action: Code
    lines: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
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


@dataclass(frozen=True, slots=True)
class DependencyView:
    """A workflow that is completed before the first step."""

    comment: Code
    field: Code
    argument: Code
    run_field: Code
    state: Code
    run: Code


@dataclass(frozen=True, slots=True)
class RunnerView:
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


@dataclass(frozen=True, slots=True)
class WorkflowView:
    """A workflow: its data, its step functions and its runner."""

    comment: Code
    classes: tuple[ClassView, ...]
    steps: tuple[StepView, ...]
    runner: RunnerView


@dataclass(frozen=True, slots=True)
class OptionView:
    """An `add_argument` call of the command line."""

    code: Code


@dataclass(frozen=True, slots=True)
class CommandView:
    """The command line of one workflow."""

    workflow: Code
    help: Code
    epilog: Code
    options: tuple[OptionView, ...]
    client: tuple[Code, ...]
    inputs: Code
    runner: Code
    state: Code


@dataclass(frozen=True, slots=True)
class ManyView:
    """The workflows of which many runs can be driven at once: their types, and their runners by the inputs class."""

    inputs: Code
    outputs: Code
    runners: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class ModuleView:
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
