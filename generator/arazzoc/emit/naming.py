"""The names of a module: one for each thing, chosen once, in the order in which a reader meets them."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct, field

from arazzoc import ir
from arazzoc.analysis.memory import Memories, Memory
from arazzoc.emit.names import Names, function_name, pascal_case, snake_case
from arazzoc.emit.support import client_names, library, names_of_class
from arazzoc.emit.uses import emitted_names

_LOCALS = frozenset(
    (
        *("client", "inputs", "run", "state", "exchange", "inner", "outputs", "unmet", "exhausted"),
        *("item", "item2", "item3", "node", "node2", "document", "holder", "main", "annotations"),
    )
)
"""What generated functions name themselves."""


class VariableName(Struct, frozen=True):
    """A variable of a server's URL as the client knows it."""

    argument: str
    variable: ir.ServerVariable


class SourceName(Struct, frozen=True):
    """A server as the client knows it: the argument's name, and the URL where there is one, else its path."""

    argument: str
    source: ir.Source
    variables: tuple[VariableName, ...] = ()


class StepNames(Struct):
    """The names of a step."""

    function: str
    outputs_class: str
    state_field: str
    output_fields: dict[str, str]
    run_field: str = ""
    done_field: str = ""


class DependencyNames(Struct):
    """The names that a workflow has for one that it depends on: fields of the state, arguments of the runner."""

    field: str
    run_field: str
    inputs: str


class LatestNames(Struct):
    """The fields of the state for the latest run of another workflow, or (`own`) for the latest that had the inputs of
    this one; '' for what nothing reads.
    """

    outputs: str = ""
    inputs: str = ""


class VisitNames(Struct):
    """What a runner calls the run of a workflow or step that an action asks for."""

    case: str
    run_field: str


class WorkflowNames(Struct):
    """The names of a workflow."""

    runner: str
    advance: str
    inputs_class: str
    inputs_schema: str
    outputs_class: str
    state_class: str
    table: str
    outputs_so_far: str
    input_fields: dict[str, str]
    output_fields: dict[str, str]
    steps: dict[str, StepNames] = field(default_factory=dict[str, StepNames])
    dependencies: dict[str, DependencyNames] = field(default_factory=dict[str, DependencyNames])
    latest: dict[str, LatestNames] = field(default_factory=dict[str, LatestNames])
    own: dict[str, LatestNames] = field(default_factory=dict[str, LatestNames])
    visits: dict[tuple[str, str], VisitNames] = field(default_factory=dict[tuple[str, str], VisitNames])


class ModuleNames(Struct):
    """The names of a module, and how wide its lines are; credentials by the arguments of the client."""

    names: Names
    width: int
    memories: Memories
    workflows: dict[str, WorkflowNames] = field(default_factory=dict[str, WorkflowNames])
    sources: dict[tuple[str, str], SourceName] = field(default_factory=dict[tuple[str, str], SourceName])
    credentials: dict[ir.SecurityScheme, str] = field(default_factory=dict[ir.SecurityScheme, str])


# What the bodies of classes call: a field with a default of such a name would be called in its place.
_CALLED_IN_CLASSES = frozenset({"classmethod", "field", "property"})


def fields_of(names: list[str], taken: tuple[str, ...] = ()) -> dict[str, str]:
    """Attribute names for a list of names of the document."""
    known = Names(taken)
    return {name: known.add(attribute_name(name)) for name in names}


def attribute_name(text: str, fallback: str = "value") -> str:
    """A name for fields of a class that hides nothing which the body of the class calls."""
    name = snake_case(text, fallback)
    return f"{name}_" if name in _CALLED_IN_CLASSES else name


def choose_names(program: ir.Program, width: int) -> ModuleNames:
    """Choose all names of a module."""
    names = Names(reserved_names() | library().defined | {"Client", "run_many", "ABSENT"})
    memories = Memories({workflow.id: workflow for workflow in program.workflows})
    layout = ModuleNames(names, width, memories)
    arguments = Names(client_names())
    for source in program.sources:
        name = attribute_name(source.name, "source")
        if source.server:
            name = attribute_name(f"{source.name} {source.operation}", "source")
        argument = arguments.add(name, f"{name}_url")
        variables = tuple(
            VariableName(arguments.add(snake_case(f"{name} {v.name}"), f"{name}_variable"), v) for v in source.variables
        )
        layout.sources[source.name, source.server] = SourceName(argument, source, variables)
    for scheme in program.credentials:
        name = attribute_name(scheme.name, "credential")
        layout.credentials[scheme] = arguments.add(name, f"{name}_credential")
    for workflow in program.workflows:
        stem, base = pascal_case(workflow.id, "Workflow"), snake_case(workflow.id, "workflow").rstrip("_")
        layout.workflows[workflow.id] = WorkflowNames(
            runner=names.add(f"run_{base}"),
            advance=names.add(f"advance_{base}"),
            inputs_class=names.add(f"{stem}Inputs"),
            inputs_schema=names.add(f"{base.upper()}_INPUTS"),
            outputs_class=names.add(f"{stem}Outputs"),
            state_class=names.add(f"{stem}State"),
            table=names.add(f"{base.upper()}_STEPS"),
            outputs_so_far=names.add(f"_{base}_so_far"),
            input_fields=fields_of([i.name for i in workflow.inputs], ("from_dict",)),
            output_fields=fields_of([o.name for o in workflow.outputs]),
        )
    shared = _shared_steps(program)
    for workflow in program.workflows:
        base, stem = snake_case(workflow.id).rstrip("_"), pascal_case(workflow.id)
        chosen = layout.workflows[workflow.id]
        state = Names({"next_step"} | _state_names())
        waited_for = {name for step in workflow.steps for name in step.depends_on}
        for step in workflow.steps:
            function, class_name = function_name(step.id), f"{pascal_case(step.id, 'Step')}Outputs"
            if snake_case(step.id) in shared:
                function, class_name = f"{base}_{snake_case(step.id).rstrip('_')}", f"{stem}{class_name}"
            chosen.steps[step.id] = StepNames(
                function=names.add(function, f"{function}_step"),
                outputs_class=names.add(class_name, f"{stem}{class_name}"),
                state_field=state.add(name := snake_case(step.id, "step"), f"{name.rstrip('_')}_step"),
                output_fields=fields_of([o.name for o in step.outputs]),
            )
            names_of_step, base_name = chosen.steps[step.id], chosen.steps[step.id].state_field.rstrip("_")
            if isinstance(step.call, ir.WorkflowCall):
                names_of_step.run_field = state.add(f"{base_name}_run")
            if step.id in waited_for:
                names_of_step.done_field = state.add(f"{base_name}_done")
        _name_visits(workflow, chosen, memories.of[workflow.id], state, names)
    return layout


def _name_visits(workflow: ir.Workflow, chosen: WorkflowNames, memory: Memory, state: Names, module: Names) -> None:
    """The names of what a run does beside its steps: the workflows that it depends on, and those of actions."""
    steps = [f"{names.state_field}{end}" for names in chosen.steps.values() for end in ("", "_result")]
    arguments = Names([*module.taken, *steps])  # an argument of the runner must not hide what the runner calls
    for key in workflow.depends_on:
        name = arguments.add(snake_case(key, "workflow"), f"{snake_case(key)}_result")
        chosen.dependencies[key] = DependencyNames(
            state.add(name), state.add(f"{name.rstrip('_')}_run"), arguments.add(f"{name.rstrip('_')}_inputs")
        )
    for key in dict.fromkeys([*memory.outputs, *memory.inputs]):
        name, own = snake_case(key, "workflow"), chosen.dependencies.get(key)
        latest = chosen.latest[key] = LatestNames()
        if key in memory.outputs:
            latest.outputs = own.field if own else state.add(name, f"{name.rstrip('_')}_result")
        if key in memory.inputs:
            latest.inputs = state.add(f"{name.rstrip('_')}_inputs")
        chosen.own[key] = latest
        if key in memory.apart:
            chosen.own[key] = LatestNames(
                *(
                    state.add(f"{field.rstrip('_')}_with_own_inputs") if field else ""
                    for field in (latest.outputs, latest.inputs)
                )
            )
    cases = Names(step.id for step in workflow.steps)
    for step in workflow.steps:
        for edge in (*step.on_success, *step.on_failure):
            via = edge.then.before_retry if isinstance(edge.then, ir.Retry) else None
            if via is None and not isinstance(edge.then, ir.Run):
                continue
            is_run = not isinstance(via, str)
            name = f"{snake_case(step.id, 'step')}_{snake_case(edge.key, 'action')}_run"
            case = cases.add(f"{step.id}/{edge.key}")
            chosen.visits[step.id, edge.key] = VisitNames(case, state.add(name) if is_run else "")


def _shared_steps(program: ir.Program) -> set[str]:
    """The step names that several workflows use: their functions bear the workflow's name."""
    seen: set[str] = set()
    shared: set[str] = set()
    for workflow in program.workflows:
        here = {snake_case(step.id) for step in workflow.steps}
        shared |= here & seen
        seen |= here
    return shared


@lru_cache(maxsize=1)
def _state_names() -> frozenset[str]:
    """The attributes of the support's states: no step or workflow may be called so there."""
    parts = library().parts
    of_secrets = names_of_class(parts["secrets"].text, "SealedState")
    return names_of_class(parts["run"].text, "WorkflowState") | of_secrets


def reserved_names() -> frozenset[str]:
    """What generated functions name themselves: no argument or local variable may hide it."""
    return emitted_names() | _LOCALS


def step_names(step: ir.Step, module: ModuleNames) -> frozenset[str]:
    """What the function of a step names itself."""
    own = {"idempotency_key"} if step.idempotency_key else set[str]()
    if isinstance(step.call, ir.WorkflowCall):
        callee = module.workflows[step.call.workflow]
        own |= {callee.runner, callee.inputs_class}
    return reserved_names() | own


def step_parameters(values: list[ir.Value], step: ir.Step, workflow: str, module: ModuleNames) -> dict[ir.Value, str]:
    """The argument names of a step function, one for each value that it takes from the run."""
    known = Names(step_names(step, module))
    chosen: dict[ir.Value, str] = {}
    for value in values:
        name, longer = _spelled(value, module.workflows[workflow], module)
        chosen[value] = known.add(name, longer)
    return chosen


def _spelled(value: ir.Value, layout: WorkflowNames, module: ModuleNames) -> tuple[str, str]:
    """A short name for a value, and a longer one in case it is taken."""
    match value:
        case ir.Input(name=name):
            return layout.input_fields[name], f"input_{layout.input_fields[name]}"
        case ir.StepOutput(step=step, name=name):
            field_name = layout.steps[step].output_fields[name]
            return field_name, f"{layout.steps[step].state_field.rstrip('_')}_{field_name}"
        case ir.WorkflowOutput(workflow=workflow, name=name):
            field_name = module.workflows[workflow].output_fields[name]
            return field_name, f"{layout.latest[workflow].outputs.rstrip('_')}_{field_name}"
        case ir.WorkflowInput(workflow=workflow, name=name):
            field_name = module.workflows[workflow].input_fields[name]
            return field_name, f"{snake_case(workflow, 'workflow').rstrip('_')}_{field_name}"
        case ir.AtPointer(base=base, pointer=pointer):
            words = [str(token) for token in pointer if not str(token).isdigit()]
            base_name = _spelled(base, layout, module)[1]
            last = snake_case(words[-1]) if words else f"{base_name}_{pointer[-1]}"
            return last, f"{base_name}_{last}"
        case _:
            return "value", "given_value"
