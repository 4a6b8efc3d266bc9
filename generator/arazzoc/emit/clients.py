"""What a module adds to the support's client: where its APIs are, and what credentials they ask for."""

from __future__ import annotations

from arazzoc.emit.naming import ModuleNames, SourceName, VariableName
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import ClientView, FieldView


def client_view(module: ModuleNames, uses: Uses) -> ClientView:
    """The client class: a field for each base URL, each variable in one, and each credential."""
    uses.name("BaseClient", "dataclass")
    fields: list[FieldView] = []
    lines: list[Code] = []
    for name in module.sources.values():
        default = f" = {literal(name.source.url)}" if name.source.url is not None else ""
        fields.append(_field(f"{name.argument}: str{default}", _source_text(name), module))
        fields += [_variable(variable, module, uses) for variable in name.variables]
        lines.append(_completed(name))
    for scheme, argument in module.credentials.items():
        kind = "tuple[str, str]" if scheme.kind == "basic" else uses.name("Token")
        code = f"{argument}: {kind} | None = {uses.call('field', 'default=None', 'repr=False')}"
        what = {"basic": "User name and password", "bearer": "The token", "key": "The key"}[scheme.kind]
        fields.append(_field(code, f"{what} of the security scheme {scheme.name}.", module))
    text = "What BaseClient takes, where the APIs are, and the credentials that they ask for."
    if not module.credentials:
        text = "What BaseClient takes, and where the APIs are."
    return ClientView(docstring(text, module.width), tuple(fields), tuple(lines))


def _field(code: str, text: str, module: ModuleNames) -> FieldView:
    return FieldView(Code(code), docstring(text, module.width))


def _source_text(name: SourceName) -> str:
    source = name.source
    what = f"{source.name}, {source.operation}" if source.server else source.name
    path = f"; the API's own path is {source.path}" if source.path else ""
    return f"The base URL of {what}{path}."


def _variable(name: VariableName, module: ModuleNames, uses: Uses) -> FieldView:
    variable = name.variable
    values = ", ".join(literal(value) for value in variable.values)
    kind = f"{uses.name('Literal')}[{values}]" if variable.default in variable.values else "str"
    text = variable.description or f"The part {variable.name} of the base URL."
    return _field(f"{name.argument}: {kind} = {literal(variable.default)}", text, module)


def _completed(name: SourceName) -> Code:
    """The statement that puts the variables into a base URL."""
    own = f"self.{name.argument}"
    parts = "".join(f".replace({literal('{' + v.variable.name + '}')}, self.{v.argument})" for v in name.variables)
    return Code(f'{own} = {own}{parts}.rstrip("/")')
