"""The modules of both sides: whether they are the same, or differ in their docstrings and comments only."""

from __future__ import annotations

import ast
from typing import Literal, TypeAlias

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


def client_arguments(program: ir.Program) -> dict[str, bool]:
    """The arguments that the client of a module takes besides those of every client, and whether it requires them."""
    from arazzoc.emit.clients import client_view
    from arazzoc.emit.module import WIDTH
    from arazzoc.emit.naming import choose_names
    from arazzoc.emit.uses import Uses

    fields = [str(field.code) for field in client_view(choose_names(program, WIDTH), Uses()).fields]
    return {code.partition(":")[0]: " = " not in code for code in fields}


def _code(text: str) -> str:
    """A module without its docstrings, those of attributes included."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = (s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)))
            node.body = [*said] or [ast.Pass()]
    return ast.dump(tree)
