"""Program to the text of a module: views, templates, support, black."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import ir
from arazzoc.emit.calls import Calls
from arazzoc.emit.clients import client_view
from arazzoc.emit.engines import EngineWriter
from arazzoc.emit.failures import SharedFailures
from arazzoc.emit.naming import ModuleNames, choose_names
from arazzoc.emit.quote import Code, comment, docstring, literal
from arazzoc.emit.support import OWN_DEPENDENCIES, PARTS, Import, export_order, import_lines, import_order, library
from arazzoc.emit.types import TypeNames
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import LocalView, ManyForm, ManyView, ModuleView
from arazzoc.emit.workflows import WorkflowWriter

WIDTH = 88
"""The width that the support is stored in, and that of black's own default."""

ERRORS = (
    *("InputsInvalid", "OutputMissing", "PollTimeout", "RequestNotSent", "RunCancelled", "StateInvalid"),
    *("StepBudgetSpent", "StepFailed", "StepTimeout", "UnhandledOutcome", "WorkflowError"),
)
"""What a run can raise: part of every module's interface."""


class Form(Struct, frozen=True):
    """How a module is written: the width of lines, extras, and the module that holds the support, '' for its own.

    One that is not `formatted` is only compared with others. `engines` are those that get a module of their own beside
    the one called `name`.
    """

    width: int = WIDTH
    extras: frozenset[str] = frozenset()
    support: str = ""
    formatted: bool = True
    name: str = ""
    engines: tuple[str, ...] = ()


class Written(Struct, frozen=True):
    """The text of a module, the parts of the support that it needs, and the texts of its engines' modules.

    `classes` are the names of the types that it defines, by their keys, and `checked` the workflows whose inputs it
    checks beyond their types.
    """

    text: str
    parts: tuple[str, ...]
    classes: Mapping[str, str] = {}
    checked: frozenset[str] = frozenset()
    beside: tuple[tuple[str, str], ...] = ()


def emit(program: ir.Program, form: Form) -> Written:
    """The text of the module that a program compiles to, formatted by black and known to compile."""
    module = choose_names(program, form.width)
    uses = Uses()
    types, calls = TypeNames(program.types, module.names, uses), Calls(program, module, uses)
    view = _module_view(program, module, form, types, calls)
    upper, end = (_environment().get_template(name).render(module=view) for name in ("module.py.j2", "end.py.j2"))
    support = "" if form.support else library().text(uses.parts)
    if not form.formatted:
        return Written(upper + support + end, uses.parts, types.names, frozenset(calls.checked))
    text = _joined(upper, support, end, form.width)
    compile(upper + end, "<generated>", "exec", dont_inherit=True)  # the support is known to compile
    beside: list[tuple[str, str]] = []
    for engine in form.engines:
        adapter = EngineWriter(engine, program, module, types, form.name, form.support).view()
        written = _environment().get_template(f"{engine}.py.j2").render(engine=adapter)
        compile(written, "<generated>", "exec", dont_inherit=True)
        beside.append((engine, formatted(written, form.width)))
    return Written(text, uses.parts, types.names, frozenset(calls.checked), tuple(beside))


def _joined(before: str, support: str, after: str, width: int) -> str:
    """Code before and after the support, which is stored as black writes it: at that width it stays as it is."""
    if width == WIDTH:
        before, after = formatted(before, width), formatted(after, width)
    text = "\n\n\n".join(piece.strip("\n") for piece in (before, support, after) if piece.strip()) + "\n"
    return text if width == WIDTH else formatted(text, width)


def emit_support(needed: frozenset[str], form: Form) -> str:
    """The text of a module that others take the support from: all parts, but for those that need another library,
    which it holds where they are needed.
    """
    parts = [name for name in PARTS if name not in OWN_DEPENDENCIES or name in needed]
    known = library()
    imports = known.imports(parts)
    types = [name for part in parts for name in known.parts[part].interface]
    exports = [literal(name) for name in sorted(types, key=export_order)]
    head = _environment().get_template("support.py.j2").render(imports=_import_code(imports), exports=exports)
    return _joined(head, known.text(parts), "", form.width)


def formatted(text: str, width: int) -> str:
    """Text as black writes it."""
    import black

    return black.format_str(text, mode=black.Mode(line_length=width))


def _module_view(program: ir.Program, module: ModuleNames, form: Form, types: TypeNames, calls: Calls) -> ModuleView:
    uses = types.uses
    shared = SharedFailures(program, module, uses)
    writers = [WorkflowWriter(w, module, types, calls, shared, uses) for w in program.workflows]
    views = [writer.view(title=len(writers) > 1) for writer in writers]
    has_command = "command" in form.extras
    if has_command:
        calls.checked.update(w.id for w in program.workflows if w.inputs and not w.is_imported)
    schemas: list[LocalView] = []
    for number, writer in enumerate(writers):
        if writer.workflow.id in calls.checked:
            views[number], schema = writer.checked(views[number])
            schemas += [schema] if schema is not None else []
    many = _many_view(program, module, calls, uses) if "many" in form.extras else None
    command = Code("")
    if has_command:
        uses.name("Sequence", "sys")
        runners = [Code(module.workflows[w.id].runner) for w in program.workflows if not w.is_imported]
        lines = ""
        if many is not None:
            lines = f"partial({uses.name('run_lines')}, run_many)"
            uses.name("partial")
        command = uses.call("run_command", "Client", f"[{', '.join(runners)}]", "arguments", lines)
    view = ModuleView(
        file=comment(f"@generated by arazzoc from {program.file}. Do not edit.", max(form.width, 400)),
        docstring=docstring(_documentation(program), form.width, indent=0),
        imports=Code(""),
        exports=(),
        types=tuple(types.definition(d) for d in types.definitions),
        client=client_view(module, uses),
        absent=_absent(program, uses),
        failures=tuple(shared.views()),
        workflows=tuple(views),
        schemas=tuple(schemas),
        many=many,
        command=command,
        is_standalone=not form.support,
    )
    return _with_imports(view, program, module, types, form, uses)


def _with_imports(
    view: ModuleView, program: ir.Program, module: ModuleNames, types: TypeNames, form: Form, uses: Uses
) -> ModuleView:
    """The view with its imports and exports, when everything else is written."""
    shown = (*ERRORS, "Advance", "Polling", "Progress", "StepResult", *(["RunOutcome"] if view.many else []))
    uses.name(*shown)
    exports = {*shown, "Client", *types.names.values(), *(["run_many"] if view.many else [])}
    for workflow in program.workflows:
        names = module.workflows[workflow.id]
        exports |= {names.runner, names.outputs_class, names.state_class}
        exports |= {names.inputs_class} if workflow.inputs else set()
        exports |= set() if workflow.is_imported else {names.advance}
        for step in workflow.steps:
            exports.add(names.steps[step.id].function)
            exports |= {names.steps[step.id].outputs_class} if step.outputs else set()
    imports = set(uses.imports)
    if not form.support:
        imports |= library().imports(uses.parts)
    own = sorted(uses.support, key=import_order) if form.support else []
    code = _import_code(imports)
    if own:
        code = Code(f"{code}\n\nfrom .{form.support} import {', '.join(own)}")
    return replace(view, imports=code, exports=tuple(literal(name) for name in sorted(exports, key=export_order)))


def _absent(program: ir.Program, uses: Uses) -> Code:
    """The default of inputs that can be null as well as absent, where there are any (AMB-69)."""
    if not any(field.keeps_null for workflow in program.workflows for field in workflow.inputs):
        return Code("")
    uses.name("Any", "Final")
    return Code("ABSENT: Final[Any] = ...")


def _documentation(program: ir.Program) -> str:
    title = program.title or "A workflow"
    text = f"{title}: {program.summary}" if program.summary else title
    if program.description and program.description.strip() != program.summary.strip():
        text += f"\n\n{program.description}"
    return text


def _many_view(program: ir.Program, module: ModuleNames, calls: Calls, uses: Uses) -> ManyView | None:
    """The workflows of which many runs can be driven at once: those that have inputs to tell them apart."""
    chosen = [w.id for w in program.workflows if w.inputs and not w.is_imported]
    if not chosen:
        return None
    uses.name("Callable", "Iterator", "ManyInputs", "Mapping", "RunOutcome", "run_each")
    names = [module.workflows[key] for key in chosen]
    outcomes = [calls.outcome(key) for key in chosen]
    forms = [ManyForm(*map(Code, (n.inputs_class, o, n.state_class))) for n, o in zip(names, outcomes, strict=True)]
    several = len(forms) > 1
    if several:
        uses.name("Any", "overload")
    return ManyView(
        forms=tuple(forms) if several else (),
        form=ManyForm(*[Code("Any")] * 3) if several else forms[0],
        advances=tuple(Code(f"{n.inputs_class}: {n.advance}") for n in names),
    )


def _import_code(imports: set[Import]) -> Code:
    """Import statements, `requests` after the standard library."""
    return Code("\n\n".join("\n".join(lines) for lines in import_lines(imports)))


@lru_cache(maxsize=1)
def _environment() -> Any:
    """Jinja with the templates of the package, or of the checkout."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    installed = Path(__file__).parents[1] / "templates"
    return Environment(  # the output is Python: every string in it is quoted
        loader=FileSystemLoader(installed if installed.is_dir() else Path(__file__).parents[3] / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,  # there is nothing to fold, and looking for it takes time
    )
