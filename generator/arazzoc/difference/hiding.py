"""What no message shows: the values that are, or are made from, secrets, on one of the sides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from arazzoc import ir
from arazzoc import types as t
from arazzoc.difference.nodes import structs
from arazzoc.difference.types import described
from arazzoc.expressions import jsonpath as jp
from arazzoc.lower.secrets import security_names
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import listed_values
from arazzoc.openapi.limits import shown_value
from arazzoc.openapi.secrecy import is_password, members_of, names_secret, secret_names
from arazzoc.resolve import Resolved
from arazzoc.source import Json
from arazzoc.targets import OperationTarget


class Hiding:
    """Knows which values must not be shown: those whose name, schema or use on a side says that they are secret.

    The schemas are looked at when the first value is to be shown.
    """

    def __init__(self, *sides: tuple[Resolved, ir.Program]) -> None:
        self.sides = sides

    @cached_property
    def declared(self) -> frozenset[str]:
        """The names, in lower case, of what the documents declare as secret."""
        roots: list[Node] = []
        found: set[str] = set()
        outputs: list[ir.Output] = []
        for resolved, program in self.sides:
            for workflow in resolved.workflows:
                roots += [workflow.inputs] if workflow.inputs is not None else []
                for step in workflow.steps:
                    if isinstance(step.target, OperationTarget):
                        roots += [step.target.operation.node, step.target.operation.path_item]
                        found |= {name for _, name in security_names(step.target.operation.document.root)}
                        cookies = (name for where, name in step.target.operation.parameters if where == "cookie")
                        found |= {name.lower() for name in cookies}
            for flow in program.workflows:
                found |= {item.name.lower() for item in flow.inputs if item.secret}
                outputs += [*flow.outputs, *(output for step in flow.steps for output in step.outputs)]
        found |= secret_names(roots) | {output.name.lower() for output in outputs if output.secret}
        sources = [(output.name.lower(), {name.lower() for name in _mentioned(output.value)}) for output in outputs]
        while more := {name for name, made_from in sources if name not in found and made_from & found}:
            found |= more
        return frozenset(found)

    def is_secret(self, name: str) -> bool:
        """Whether what has a name is secret."""
        return names_secret(name) or name.lower() in self.declared

    def hides(self, path: Iterable[str], *values: Json | ir.Value | ir.Condition) -> bool:
        """Whether one of several values at a path of names must not be shown: values of the IR, or of a document."""
        names = [*path]
        for value in values:
            names += _mentioned(ir.Constant(value) if isinstance(value, dict | list) else value)
        return any(map(self.is_secret, dict.fromkeys(names)))

    # Texts

    def default(
        self, name: str, value: Json, other: Json, *, was: bool, now: bool, schemas: tuple[Node, ...] = ()
    ) -> str:
        """How a default changed; `was` and `now` say whether there is one."""
        words = [shown_value(found) if there else "none" for found, there in ((value, was), (other, now))]
        if self.hides((name,), value, other) or any(map(is_password, schemas)):
            words = ["one that is not shown" if there else "none" for there in (was, now)]
            if was and now:
                return "has another default"
        return f"has the default {words[1]}, which was {words[0]}"

    def listed(self, values: list[Json], name: str, *schemas: Node) -> str:
        """Listed values of something with a name, unless its schemas say that they are passwords."""
        if name.lower() in self.declared or any(map(is_password, schemas)):
            return "another value" if len(values) == 1 else "other values"
        return listed_values(values)

    def described(self, type: t.Type, table: t.TypeTable, name: str, value: object = None) -> str:
        """The type of something with a name in words, without its listed values where they are passwords."""
        is_hidden = any(known.lower() in self.declared for known in (name, *_mentioned(value)))
        return described(type, table, shows_values=not is_hidden)

    def hides_limit(self, path: str, *values: Json) -> bool:
        """Whether what a schema says of a value besides its type must not be shown; numbers are."""
        is_declared = any(name.lower() in self.declared for name in path.split("/"))
        return is_declared and not all(isinstance(value, int | float | None) for value in values)

    def tests(self, *conditions: ir.Condition) -> bool:
        """Whether criteria compare something that is secret with a value, which their texts show."""
        return self.hides((), *conditions)


_FIELD = re.compile(r"""([\w.-]+)["']?\s*[=:>]""")
_SCHEME = re.compile(r"^\s*(bearer|basic|digest)\s", re.IGNORECASE)


def _mentioned(value: object) -> Iterable[str]:
    """The names in a value or condition of the IR: what it is made from, and what it has as members."""
    for node in structs(value):
        match node:
            case ir.Input(name=name) | ir.StepOutput(name=name) | ir.OwnOutput(name=name):
                yield name
            case ir.CalledOutput(name=name) | ir.WorkflowOutput(name=name) | ir.WorkflowInput(name=name):
                yield name
            case ir.RequestHeader(name=name) | ir.ResponseHeader(name=name) | jp.Name(name=name):
                yield name
            case ir.AtPointer(pointer=pointer):
                yield from map(str, pointer)
            case ir.Replacement(target=tuple() as target):
                yield from target
            case ir.Object(members=members):
                yield from (name for name, _ in members)
            case ir.Constant(value=dict() | list() as inner):
                yield from members_of(inner)
            case ir.Constant(value=str() as text):
                yield from _names_in(text)
            case str():
                yield from _names_in(node)
            case _:
                continue


def _names_in(text: str) -> Iterable[str]:
    """The names of fields in a text: of JSON, XML, a form, or a header of credentials."""
    yield from _FIELD.findall(text)
    if _SCHEME.match(text):
        yield "authorization"
