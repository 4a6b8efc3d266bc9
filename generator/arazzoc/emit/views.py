"""What the templates print: plain bags of finished strings."""

from __future__ import annotations

from msgspec import Struct

from arazzoc.emit.quote import NO_CODE, Code


class FieldView(Struct, frozen=True):
    """A field of a dataclass."""

    code: Code
    docstring: Code = NO_CODE


class ClassView(Struct, frozen=True):
    """A dataclass; one without fields has a docstring. `restored` is what `from_dict` returns."""

    name: Code
    docstring: Code
    fields: tuple[FieldView, ...]
    restored: Code = NO_CODE


class StateView(Struct, frozen=True):
    """The state of a workflow's runs: constants of the class, and fields; whether a resumed run has secrets anew."""

    name: Code
    base: Code
    docstring: Code
    constants: tuple[Code, ...]
    fields: tuple[Code, ...]
    goes_back: bool


class ClientView(Struct, frozen=True):
    """What a module adds to the client: fields, and statements that complete the base URLs."""

    docstring: Code
    fields: tuple[FieldView, ...]
    lines: tuple[Code, ...]


class LocalView(Struct, frozen=True):
    """A local variable or a constant."""

    name: Code
    code: Code


class CheckView(Struct, frozen=True):
    """A success criterion: `if` or `elif`, code that is true where it does not hold, and how the document spells it."""

    keyword: Code
    violated: Code
    text: Code


class ActionView(Struct, frozen=True):
    """An action of a step; `condition` is '' where it is taken whenever it is reached, `outputs` what a failed step
    brings along.
    """

    name: Code
    condition: Code
    outputs: Code = NO_CODE


class FailuresView(Struct, frozen=True):
    """The function that chooses a failure action for several steps, and the type of what it returns."""

    function: Code
    type: Code
    definition: Code
    parameters: tuple[Code, ...]
    docstring: Code
    actions: tuple[ActionView, ...]
    otherwise: bool


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
    failures: tuple[ActionView, ...]
    failure_action: Code
    failed_outputs: Code
    otherwise_failed: bool
    locals_after: tuple[LocalView, ...]
    outputs: Code
    names_outputs: bool
    result: Code
    successes: tuple[ActionView, ...]
    otherwise_succeeded: bool


class BranchView(Struct, frozen=True):
    """One `case` of a runner: the actions, and what follows."""

    actions: Code
    lines: tuple[Code, ...]


class CaseView(Struct, frozen=True):
    """One step within a runner, or what an action runs.

    `lines` run the step; `failed` are the branches of its failures, `goes_on` says whether any goes on, and `kept` is
    the statement that keeps its outputs where failures have branches. `branches` are those of its success; a single one
    without actions is no `match`.
    """

    step: Code
    lines: tuple[Code, ...]
    result: Code = NO_CODE
    failures: tuple[BranchView, ...] = ()
    goes_on: bool = False
    kept: tuple[Code, ...] = ()
    branches: tuple[BranchView, ...] = ()
    handler: Code = NO_CODE
    comment: Code = NO_CODE


class AdvanceView(Struct, frozen=True):
    """The function that takes a run one step further."""

    function: Code
    returns: Code
    docstring: Code
    arguments: Code


class DependencyView(Struct, frozen=True):
    """A workflow that is completed before the first step."""

    comment: Code
    field: Code
    argument: Code
    run_field: Code
    state: Code
    run: Code
    kept: tuple[Code, ...]
    given: tuple[Code, ...]


class RunnerView(Struct, frozen=True):
    """The runner of a workflow."""

    function: Code
    state: Code
    parameters: tuple[Code, ...]
    returns: Code
    docstring: Code
    dependencies: tuple[DependencyView, ...]
    cases: tuple[CaseView, ...]
    results: tuple[LocalView, ...]
    outputs: Code
    so_far: SoFarView | None
    run: Code
    table: TableView | None
    advance: AdvanceView | None


class SoFarView(Struct, frozen=True):
    """The function that gives the outputs of a run which an action ends as failed."""

    function: Code
    parameters: tuple[Code, ...]
    docstring: Code
    members: tuple[Code, ...]


class TableView(Struct, frozen=True):
    """The functions of a runner with many steps, looked up by the step."""

    name: Code
    type: Code
    parameters: tuple[Code, ...]
    arguments: Code
    returns: Code
    returns_outputs: bool


class WorkflowView(Struct, frozen=True):
    """A workflow: its data, its step functions, its state and its runner."""

    comment: Code
    classes: tuple[ClassView, ...]
    steps: tuple[StepView, ...]
    state: StateView
    runner: RunnerView


class ManyForm(Struct, frozen=True):
    """The types of one workflow's runs, or of all."""

    inputs: Code
    outputs: Code
    state: Code


class ManyView(Struct, frozen=True):
    """The workflows of which many runs can be driven at once: their types where there are several, those of the
    function itself, and what takes a run one step further by the inputs class.
    """

    forms: tuple[ManyForm, ...]
    form: ManyForm
    advances: tuple[Code, ...]


class ArgumentView(Struct, frozen=True):
    """An argument of a workflow on an engine: as a parameter, and as a member of a TypedDict."""

    name: Code
    key: Code
    annotation: Code
    member: Code
    default: Code
    is_absent: bool


class EngineWorkflowView(Struct, frozen=True):
    """A workflow on an engine, which knows it by its `name`. `secrets` are the fields of its inputs with the arguments
    of `connect` for them.
    """

    id: Code
    name: Code
    function: Code
    step_function: Code
    class_name: Code
    arguments_class: Code
    docstring: Code
    inputs: Code
    state: Code
    advance: Code
    arguments: tuple[ArgumentView, ...]
    secrets: tuple[LocalView, ...]
    files: tuple[Code, ...]


class EngineView(Struct, frozen=True):
    """The module that runs the workflows of another one on an engine."""

    file: Code
    title: Code
    module: Code
    imports: tuple[Code, ...]
    typing: tuple[Code, ...]
    version: Code
    leg: Code
    secrets: tuple[ArgumentView, ...]
    workflows: tuple[EngineWorkflowView, ...]
    exports: tuple[Code, ...]
    has_files: bool
    has_absent: bool
    has_absent_secret: bool


class ModuleView(Struct, frozen=True):
    """A whole module above the support, and after it what needs the support to be defined."""

    file: Code
    docstring: Code
    imports: Code
    exports: tuple[Code, ...]
    types: tuple[Code, ...]
    client: ClientView
    absent: Code
    failures: tuple[FailuresView, ...]
    workflows: tuple[WorkflowView, ...]
    schemas: tuple[LocalView, ...]
    many: ManyView | None
    command: Code
    is_standalone: bool
