"""The modules of both sides: whether they are the same, or differ in their docstrings and comments only."""

from __future__ import annotations

import ast
from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc import ir

Likeness: TypeAlias = Literal["same", "documentation", "different"]


def likeness(old: ir.Program, new: ir.Program) -> Likeness:
    """Compare the modules that two programs compile to; the name of the document's file does not count."""
    from arazzoc.emit.module import Form, emit

    texts = [
        emit(program, Form(support="support", formatted=False)).text.replace(program.file, "") for program in (old, new)
    ]
    if texts[0] == texts[1]:
        return "same"
    return "documentation" if _code(texts[0]) == _code(texts[1]) else "different"


class ClientArgument(Struct, frozen=True):
    """An argument that the client of a module takes besides those of every client.

    `area` is that of the changes from which it follows, and `subject` the server's variable that it is.
    """

    area: Literal["servers", "security"]
    subject: str = ""
    is_required: bool = False


def client_arguments(program: ir.Program) -> dict[str, ClientArgument]:
    """The arguments of the client, by their names: the bases of URLs, the variables in them, and credentials."""
    from arazzoc.emit.module import WIDTH
    from arazzoc.emit.naming import choose_names

    module = choose_names(program, WIDTH)
    found: dict[str, ClientArgument] = {}
    for name in module.sources.values():
        found[name.argument] = ClientArgument("servers", is_required=name.source.url is None)
        found |= {v.argument: ClientArgument("servers", v.variable.name) for v in name.variables}
    return found | {argument: ClientArgument("security") for argument in module.credentials.values()}


def _code(text: str) -> str:
    """A module without its docstrings, those of attributes included."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = (s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)))
            node.body = [*said] or [ast.Pass()]
    return ast.dump(tree)
