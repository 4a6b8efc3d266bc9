"""The command line of a generated module."""

from __future__ import annotations

from arazzoc import ir
from arazzoc import types as t
from arazzoc.emit.layout import Layout
from arazzoc.emit.quote import Code, literal, printable
from arazzoc.emit.support import VariableName
from arazzoc.emit.types import TypeNames
from arazzoc.emit.views import CommandView, OptionView


def command_view(workflow: ir.Workflow, program: ir.Program, layout: Layout, types: TypeNames) -> CommandView:
    """The options of one workflow: an option for each input, secrets from the environment."""
    involved = {workflow.id, *program.reached[workflow.id]}
    steps = [step for w in program.workflows if w.id in involved for step in w.steps]
    chosen = layout.workflows[workflow.id]
    prefix = chosen.runner.removeprefix("run_").upper()
    options: list[OptionView] = []
    inputs: list[str] = []
    secrets: list[str] = []
    for field in workflow.inputs:
        name = chosen.input_fields[field.name]
        if field.secret:
            variable = f"{prefix}_{name.rstrip('_').upper()}"
            secrets.append(f"{variable}  {_one_line(field.description) or field.name}")
            function = "secret_option" if field.required else "optional_secret_option"
            inputs.append(f"{literal(field.name)}: {function}({literal(variable)})")
            continue
        option = f"--{name.rstrip('_').replace('_', '-')}"
        destination = f"option_{name}"
        options.append(OptionView(_option(field, option, destination)))
        inputs.append(f"{literal(field.name)}: {_input(field, option, destination, types)}")
    for source in layout.sources.values():
        option = f"--{source.argument.replace('_', '-')}"
        default = f"default={literal(source.url)}" if source.url else "required=True"
        path = f"; the API's own path is {source.path}" if source.path else ""
        text = f"base URL (default: {source.url})" if source.url else f"base URL{path}"
        options.append(
            OptionView(
                Code(
                    f"add_argument({literal(option)}, dest={literal('source_' + source.argument)}, "
                    f'metavar="URL", {default}, help={_help(text)})'
                )
            )
        )
        options += [_variable_option(variable) for variable in source.variables]
    names = [n for s in layout.sources.values() for n in (s.argument, *(v.argument for v in s.variables))]
    client = [Code(f"{name}=options.source_{name}") for name in names]
    for scheme, credential in layout.credentials.items():
        variable = f"{prefix}_{credential.argument.rstrip('_').upper()}"
        what = "USER:PASSWORD" if scheme.kind == "basic" else "token" if scheme.kind == "bearer" else "key"
        secrets.append(f"{variable}  {what} of the security scheme {_one_line(scheme.name)}")
        function = "basic_option" if scheme.kind == "basic" else "optional_secret_option"
        client.append(Code(f"{credential.argument}={function}({literal(variable)})"))
    if any(step.repeats for step in steps):
        options += [OptionView(Code(_POLL_INTERVAL)), OptionView(Code(_POLL_TIMEOUT))]
        client.append(Code("polling=Polling(interval=options.poll_interval, timeout=options.poll_timeout)"))
    if any(isinstance(step.call, ir.HttpCall) and step.call.gives_file for step in steps):
        options.append(OptionView(Code(_SAVE)))
        client.append(Code("save_body=save_option(options.save)"))
    options.append(
        OptionView(
            Code(
                'add_argument("--state", metavar="FILE", help="where the run is saved after each step, '
                'and resumed from")'
            )
        )
    )
    options.append(OptionView(Code(_FORCE)))
    summary = _one_line(workflow.summary or workflow.description) or workflow.id
    epilog = "Secrets come from the environment:\n" + "\n".join(f"  {s}" for s in secrets) if secrets else ""
    given = ", ".join(inputs)
    return CommandView(
        workflow=literal(workflow.id),
        help=_help(summary),
        epilog=_help(epilog) if epilog else Code(""),
        options=tuple(options),
        client=tuple(client),
        inputs=Code(f"{chosen.inputs_class}.from_dict(present({{{given}}}))") if workflow.inputs else Code(""),
        runner=Code(chosen.runner),
        state=Code(chosen.state_class),
    )


def _variable_option(name: VariableName) -> OptionView:
    """The option for a variable of a server's URL."""
    variable = name.variable
    values = [literal(v) for v in variable.values]
    choices = f"choices=({', '.join(values)},), " if variable.default in variable.values else ""
    text = _one_line(variable.description) or f"part {variable.name} of the base URL"
    return OptionView(
        Code(
            f"add_argument({literal('--' + name.argument.replace('_', '-'))}, "
            f"dest={literal('source_' + name.argument)}, {choices}default={literal(variable.default)}, "
            f"help={_help(f'{text} (default: {variable.default})')})"
        )
    )


_SAVE = (
    'add_argument("--save", action="append", default=[], metavar="STEP=PATH", '
    'help="stream the body of that step\'s response to a file")'
)
_FORCE = (
    'add_argument("--force-state", action="store_true", help="resume from a state of another version of the workflow")'
)
_POLL_INTERVAL = (
    'add_argument("--poll-interval", type=float, default=5.0, metavar="SECONDS", '
    'help="first wait before a step is repeated (default: 5)")'
)
_POLL_TIMEOUT = (
    'add_argument("--poll-timeout", type=float, default=86400.0, metavar="SECONDS", '
    'help="how long to go on repeating it (default: 86400)")'
)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _help(text: str) -> Code:
    """Text for argparse, which formats it with `%`."""
    return literal("\n".join(printable(line) for line in text.splitlines()).replace("%", "%%"))


def _is_text(type: t.Type, table: t.TypeTable) -> bool:
    plain = t.required(type)
    values = table.enum(plain)
    return plain == t.STRING or (values is not None and all(isinstance(v, str) for v in values))


def _option(field: ir.InputField, option: str, destination: str) -> Code:
    parts = [literal(option), f"dest={literal(destination)}"]
    if field.required:
        parts.append("required=True")
    metavar = (
        "TEXT|@FILE"
        if t.required(field.type) == t.FileContent()
        else "TEXT"
        if t.required(field.type) == t.STRING
        else "JSON"
    )
    parts.append(f"metavar={literal(metavar)}")
    if field.description:
        parts.append(f"help={_help(_one_line(field.description))}")
    return Code(f"add_argument({', '.join(parts)})")


def _input(field: ir.InputField, option: str, destination: str, types: TypeNames) -> str:
    """What an option gives: a file, text, or JSON."""
    value = f"options.{destination}"
    if t.required(field.type) == t.FileContent():
        return f"file_option({value})"
    return value if _is_text(field.type, types.table) else f"json_option({value}, {literal(option)})"
