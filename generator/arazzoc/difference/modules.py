"""The modules of both sides: whether they are the same, or differ in their docstrings and comments only."""

from __future__ import annotations

import ast
from typing import Literal, TypeAlias

from msgspec import Struct

from arazzoc import ir
from arazzoc.difference.callers import Callers
from arazzoc.difference.nodes import structs

Likeness: TypeAlias = Literal["same", "documentation", "different"]


def likeness(old: Callers, new: Callers) -> Likeness:
    """Compare the modules that two programs compile to; the name of the document's file does not count."""
    texts = [side.written.text.replace(side.program.file, "") for side in (old, new) if side.written is not None]
    if len(texts) < 2:
        return "different"
    if texts[0] == texts[1]:
        return "same"
    return "documentation" if _code(texts[0]) == _code(texts[1]) else "different"


Steps: TypeAlias = frozenset[tuple[str, str]]
"""Steps with their workflows."""


class ClientArgument(Struct, frozen=True):
    """An argument that the client of a module takes besides those of every client.

    `area` is that of the changes from which it follows, and `subject` the server's variable or the security scheme that
    it is; `steps` are those whose requests need it.
    """

    area: Literal["servers", "security"]
    subject: str = ""
    is_required: bool = False
    steps: Steps = frozenset()


def client_arguments(program: ir.Program) -> dict[str, ClientArgument]:
    """The arguments of the client, by their names: the bases of URLs, the variables in them, and credentials."""
    from arazzoc.emit.module import WIDTH
    from arazzoc.emit.naming import choose_names

    module = choose_names(program, WIDTH)
    calls = [
        ((workflow.id, step.id), node)
        for workflow in program.workflows
        for step in workflow.steps
        for node in structs((step.call, step.on_success, step.on_failure))
        if isinstance(node, ir.HttpCall)
    ]
    found: dict[str, ClientArgument] = {}
    for key, name in module.sources.items():
        steps = frozenset(place for place, call in calls if (call.source, call.server) == key)
        found[name.argument] = ClientArgument("servers", "", name.source.url is None, steps)
        found |= {v.argument: ClientArgument("servers", v.variable.name, steps=steps) for v in name.variables}
    for scheme, argument in module.credentials.items():
        steps = frozenset(place for place, call in calls if any(scheme in schemes for schemes in call.security))
        found[argument] = ClientArgument("security", scheme.name, steps=steps)
    return found


def _code(text: str) -> str:
    """A module without its docstrings, those of attributes included."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = (s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)))
            node.body = [*said] or [ast.Pass()]
    return ast.dump(tree)
