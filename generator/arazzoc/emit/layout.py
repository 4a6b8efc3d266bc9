"""The names of a module: one for each thing, chosen once, in the order in which a reader meets them."""

from __future__ import annotations

from msgspec import Struct, field

from arazzoc import ir
from arazzoc.emit.names import Names, function_name, pascal_case, snake_case
from arazzoc.emit.support import ClientParts, CredentialName, SourceName, VariableName, support_names

_MODULE_NAMES = ("main", "annotations", "dataclass", "field", "Any", "Literal", "TypeAlias", "TypedDict", "NotRequired")
_RUNNER_LOCALS = ("client", "inputs", "run", "state")
STEP_NAMES = frozenset(
    (
        *("client", "exchange", "outputs", "unmet", "spent", "quote", "urlencode", "json", "re"),
        *("item", "item2", "item3", "node", "node2", "document", "holder"),
        *("text", "json_text", "xml_text", "url_text", "path_text", "header_text", "form_pairs"),
        *("at", "size", "present", "given", "done", "same", "less", "less_or_equal", "holds", "found"),
        *("member", "element", "children", "named", "indexed", "sliced", "descendants", "named_descendants"),
        *("first", "length", "equal", "below", "compare", "matches", "contains", "none_if_missing"),
        *("xpath_holds", "xpath_value", "copied", "replaced", "replaced_all", "replaced_xml"),
        *("json_body", "form_body", "raw_body", "multipart_body", "split_parts", "encoded_form_body", "joined"),
        *("bearer_token", "basic_login", "key_in", "first_given"),
    )
)
"""What the body of a step function names: no argument or local variable may hide it."""
_CLIENT_LOCALS = (
    *("self", "session", "timeout", "max_response", "save_body", "on_checkpoint", "unhandled", "polling"),
    *("max_steps", "max_retry_after", "sleep", "clock", "send", "start", "workflow", "step", "state"),
    *("on_progress", "cancel", "step_polling", "depth", "max_depth", "deadline", "sleep_here", "within"),
)


class StepLayout(Struct):
    """The names of a step."""

    function: str
    outputs_class: str
    state_field: str
    output_fields: dict[str, str]
    run_field: str = ""
    done_field: str = ""


class DependencyLayout(Struct):
    """The names that a workflow has for one that it depends on: fields of the state, arguments of the runner."""

    field: str
    run_field: str
    inputs: str


class VisitLayout(Struct):
    """What a runner calls the run of a workflow or step that an action asks for."""

    case: str
    run_field: str


class WorkflowLayout(Struct):
    """The names of a workflow."""

    runner: str
    inputs_class: str
    inputs_schema: str
    outputs_class: str
    state_class: str
    table: str
    input_fields: dict[str, str]
    output_fields: dict[str, str]
    steps: dict[str, StepLayout] = field(default_factory=dict[str, StepLayout])
    dependencies: dict[str, DependencyLayout] = field(default_factory=dict[str, DependencyLayout])
    visits: dict[tuple[str, str], VisitLayout] = field(default_factory=dict[tuple[str, str], VisitLayout])


class Layout(Struct):
    """The names of a module."""

    names: Names
    workflows: dict[str, WorkflowLayout]
    sources: dict[tuple[str, str], SourceName]
    credentials: dict[ir.SecurityScheme, CredentialName]

    @property
    def client(self) -> ClientParts:
        return ClientParts(tuple(self.sources.values()), tuple(self.credentials.values()))


def fields_of(names: list[str], taken: tuple[str, ...] = ()) -> dict[str, str]:
    """Attribute names for a list of names of the document."""
    known = Names(taken)
    return {name: known.add(snake_case(name)) for name in names}


def lay_out(program: ir.Program) -> Layout:
    """Choose all names of a module."""
    names = Names(support_names() | {*_MODULE_NAMES, *_RUNNER_LOCALS})
    layout = Layout(names, {}, {}, {})
    arguments = Names(_CLIENT_LOCALS)
    for source in program.sources:
        name = snake_case(source.name, "source")
        if source.server:
            name = snake_case(f"{source.name} {source.operation}", "source")
        argument = arguments.add(name, f"{name}_url")
        variables = tuple(
            VariableName(arguments.add(snake_case(f"{name} {v.name}"), f"{name}_variable"), v) for v in source.variables
        )
        layout.sources[source.name, source.server] = SourceName(argument, source.url, source.path, variables)
    for scheme in program.credentials:
        name = snake_case(scheme.name, "credential")
        layout.credentials[scheme] = CredentialName(arguments.add(name, f"{name}_credential"), scheme.kind)
    for workflow in program.workflows:
        stem, base = pascal_case(workflow.id, "Workflow"), snake_case(workflow.id, "workflow").rstrip("_")
        layout.workflows[workflow.id] = WorkflowLayout(
            runner=names.add(f"run_{base}"),
            inputs_class=names.add(f"{stem}Inputs"),
            inputs_schema=names.add(f"{base.upper()}_INPUTS"),
            outputs_class=names.add(f"{stem}Outputs"),
            state_class=names.add(f"{stem}State"),
            table=names.add(f"{base.upper()}_STEPS"),
            input_fields=fields_of([i.name for i in workflow.inputs], ("from_dict",)),
            output_fields=fields_of([o.name for o in workflow.outputs]),
        )
    shared = _shared_steps(program)
    for workflow in program.workflows:
        base, stem = snake_case(workflow.id).rstrip("_"), pascal_case(workflow.id)
        chosen = layout.workflows[workflow.id]
        state = Names(("next_step", "pace", "to_dict", "from_dict", "flow"))
        waited_for = {name for step in workflow.steps for name in step.depends_on}
        for step in workflow.steps:
            function, class_name = function_name(step.id), f"{pascal_case(step.id, 'Step')}Outputs"
            if snake_case(step.id) in shared:
                function, class_name = f"{base}_{snake_case(step.id).rstrip('_')}", f"{stem}{class_name}"
            chosen.steps[step.id] = StepLayout(
                function=names.add(function, f"{function}_step"),
                outputs_class=names.add(class_name, f"{stem}{class_name}"),
                state_field=state.add(snake_case(step.id, "step")),
                output_fields=fields_of([o.name for o in step.outputs]),
            )
            names_of_step, base_name = chosen.steps[step.id], chosen.steps[step.id].state_field.rstrip("_")
            if isinstance(step.call, ir.WorkflowCall):
                names_of_step.run_field = state.add(f"{base_name}_run")
            if step.id in waited_for:
                names_of_step.done_field = state.add(f"{base_name}_done")
        _lay_out_others(workflow, chosen, state, names)
    return layout


def _lay_out_others(workflow: ir.Workflow, chosen: WorkflowLayout, state: Names, module: Names) -> None:
    """The names of what a run does beside its steps: the workflows that it depends on, and those of actions."""
    arguments = Names(module.taken)  # an argument of the runner must not hide what the runner calls
    for key in workflow.depends_on:
        name = arguments.add(snake_case(key, "workflow"), f"{snake_case(key)}_result")
        chosen.dependencies[key] = DependencyLayout(
            state.add(name), state.add(f"{name.rstrip('_')}_run"), arguments.add(f"{name.rstrip('_')}_inputs")
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
            chosen.visits[step.id, edge.key] = VisitLayout(case, state.add(name) if is_run else "")


def _shared_steps(program: ir.Program) -> set[str]:
    """The step names that several workflows use: their functions bear the workflow's name."""
    seen: set[str] = set()
    shared: set[str] = set()
    for workflow in program.workflows:
        here = {snake_case(step.id) for step in workflow.steps}
        shared |= here & seen
        seen |= here
    return shared


def step_names(step: ir.Step, module: Layout) -> frozenset[str]:
    """What the function of a step names itself."""
    own = {"idempotency_key"} if step.idempotency_key else set[str]()
    if isinstance(step.call, ir.WorkflowCall):
        callee = module.workflows[step.call.workflow]
        own |= {"called", "call", "state", callee.runner, callee.inputs_class}
    return STEP_NAMES | own


def step_parameters(values: list[ir.Value], step: ir.Step, workflow: str, module: Layout) -> dict[ir.Value, str]:
    """The argument names of a step function, one for each value that it takes from the run."""
    known = Names(step_names(step, module))
    chosen: dict[ir.Value, str] = {}
    for value in values:
        name, longer = _spelled(value, module.workflows[workflow], module)
        chosen[value] = known.add(name, longer)
    return chosen


def _spelled(value: ir.Value, layout: WorkflowLayout, module: Layout) -> tuple[str, str]:
    """A short name for a value, and a longer one in case it is taken."""
    match value:
        case ir.Input(name=name):
            return layout.input_fields[name], f"input_{layout.input_fields[name]}"
        case ir.StepOutput(step=step, name=name):
            field_name = layout.steps[step].output_fields[name]
            return field_name, f"{layout.steps[step].state_field.rstrip('_')}_{field_name}"
        case ir.DependencyOutput(workflow=workflow, name=name):
            field_name = module.workflows[workflow].output_fields[name]
            return field_name, f"{layout.dependencies[workflow].field.rstrip('_')}_{field_name}"
        case ir.AtPointer(base=base, pointer=pointer):
            words = [str(token) for token in pointer if not str(token).isdigit()]
            base_name = _spelled(base, layout, module)[1]
            last = snake_case(words[-1]) if words else f"{base_name}_{pointer[-1]}"
            return last, f"{base_name}_{last}"
        case _:
            return "value", "given_value"
