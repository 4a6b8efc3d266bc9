"""What a step sends and reads: which parts of a request it gives, and which parts of a response anything looks at."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from arazzoc import ir
from arazzoc.difference.nodes import inner_of, structs
from arazzoc.difference.schemas import Path, Used
from arazzoc.difference.texts import Form, json_of, structure_of
from arazzoc.expressions import jsonpath as jp
from arazzoc.openapi.operations import Operation
from arazzoc.source import Json


class StepSide(Struct, frozen=True):
    """A step as it is on one side, and what it calls."""

    step: ir.Step
    operation: Operation
    call: ir.HttpCall
    optional: frozenset[str]
    workflow: ir.Workflow
    flows: Mapping[str, ir.Workflow]
    """The workflows of its side."""


class Sends(Struct):
    """What is sent in one place of a request. Without a value, nothing is."""

    value: ir.Value | None
    optional: frozenset[str] = frozenset()
    """The inputs that callers may leave out; a member with such a value is left out with it."""
    form: Form = "texts"

    def used(self, path: Path) -> Used:
        found = list(self._at(self.value, path)) if self.value is not None else []
        if not found:
            return "never"
        return "always" if all(used == "always" for _, used in found) else "maybe"

    def values(self, path: Path) -> list[ir.Value | None]:
        """What is sent at a path: None for what is not known."""
        return [value for value, _ in self._at(self.value, path)] if self.value is not None else []

    def constants(self, path: Path) -> list[Json] | None:
        found = self.values(path)
        constants = [v.value for v in found if isinstance(v, ir.Constant) and not self._may_be_other(v.value)]
        return constants if len(constants) == len(found) else None

    def _may_be_other(self, value: Json) -> bool:
        """Whether a constant may be sent as what it is the text of: 1 for '1'."""
        return self.form != "json" and isinstance(value, str) and json_of(ir.Constant(value)) is not None

    def members(self, path: Path) -> frozenset[str] | None:
        found: set[str] = set()
        for value in self.values(path):
            match self._taken_apart(value):
                case ir.Object(members=members):
                    found.update(name for name, _ in members)
                case ir.Constant(value=str()) if self.form != "json":
                    return None
                case ir.Constant(value=known):
                    found.update(known if isinstance(known, dict) else ())
                case ir.Text() if self.form != "json":
                    return None
                case ir.Text() | ir.List():
                    pass
                case _:
                    return None
        return frozenset(found)

    def state(self, path: Path) -> Hashable:
        return repr(list(self._at(self.value, path))) if self.value is not None else ""

    def _at(self, value: ir.Value, path: Path) -> Iterator[tuple[ir.Value | None, Used]]:
        """The values at a path, None for one that is not known, and whether they are always sent."""
        if not path:
            yield value, "maybe" if self._may_be_absent(value) else "always"
            return
        token, rest = path[0], path[1:]
        match self._taken_apart(value):
            case ir.Object(members=members):
                for name, item in members:
                    if token in (name, "*"):
                        yield from self._at(item, rest)
            case ir.List(items=items):
                for number, item in enumerate(items):
                    if is_element(token, number):
                        yield from self._at(item, rest)
            case ir.Constant(value=dict() as known):
                for name, item in known.items():
                    if token in (name, "*"):
                        yield from self._at(ir.Constant(item), rest)
            case ir.Constant(value=list() as listed):
                for number, item in enumerate(listed):
                    if is_element(token, number):
                        yield from self._at(ir.Constant(item), rest)
            case ir.Constant(value=str()) | ir.Text() if self.form != "json":
                yield None, "maybe"
            case ir.Constant() | ir.Text():
                return
            case _:
                yield None, "maybe"

    def _taken_apart(self, value: ir.Value | None) -> ir.Value | None:
        """A value, or what it is the text of, where that is an object or a list."""
        is_text = isinstance(value, ir.Text) or (isinstance(value, ir.Constant) and isinstance(value.value, str))
        return (structure_of(value) if value is not None and is_text and self.form == "texts" else None) or value

    def _may_be_absent(self, value: ir.Value) -> bool:
        return not isinstance(value, ir.Constant | ir.Text | ir.Object | ir.List) and (
            not isinstance(value, ir.Input) or value.name in self.optional
        )


class Reads(Struct):
    """The parts of a response body that are read: a path with all that is below it."""

    paths: tuple[Path, ...]

    def used(self, path: Path) -> Used:
        return "maybe" if any(_meet(path, read) for read in self.paths) else "never"

    def constants(self, path: Path) -> list[Json] | None:
        return None

    def members(self, path: Path) -> frozenset[str] | None:
        rest = self.state(path)
        names = {read[0] for read in rest if read}
        return None if () in rest or "*" in names else frozenset(names)

    def state(self, path: Path) -> frozenset[Path]:
        return frozenset(read[len(path) :] for read in self.paths if _meet(path, read))


def _meet(one: Path, other: Path) -> bool:
    """Whether one path leads to the other, or below it."""
    return all(a == b or is_one_of(a, b) or is_one_of(b, a) for a, b in zip(one, other, strict=False))


def is_one_of(token: str, name: str) -> bool:
    """Whether a token of a path is for all names, or for elements of which this is one."""
    return token == "*" or (token.endswith("*") and name.isdecimal() and is_element(token, int(name)))


def is_element(token: str, number: int) -> bool:
    """Whether an element is one of those that a token is for: `*` is any, and `2*` those from the third on."""
    start = token.removesuffix("*")
    if token == start:
        return token == str(number)
    return not start or (start.isdecimal() and number >= int(start))


def body_of(call: ir.HttpCall) -> ir.Value | None:
    """The body that a request sends, as one value."""
    match call.body:
        case None:
            return None
        case ir.MultipartBody(whole=None, parts=parts):
            return ir.Object(tuple((part.name, part.value) for part in parts))
        case ir.MultipartBody(whole=whole):
            return whole
        case body:
            return body.value


def argument_of(call: ir.HttpCall, location: str, name: str) -> ir.Argument | None:
    """The argument for a parameter of the API."""
    return next((a for where, a in arguments(call) if where == location and _same(where, a.name, name)), None)


def _same(where: str, one: str, other: str) -> bool:
    return one.casefold() == other.casefold() if where == "header" else one == other


def arguments(call: ir.Call) -> Iterator[tuple[str, ir.Argument]]:
    """The arguments of a call with their locations; those of a workflow have none."""
    if isinstance(call, ir.WorkflowCall):
        yield from (("", argument) for argument in call.inputs)
        return
    yield from (("path", part) for part in call.path if isinstance(part, ir.Argument))
    places = (("query", call.query), ("header", call.headers), ("cookie", call.cookies))
    yield from ((where, argument) for where, found in places for argument in found)
    if call.querystring is not None:
        yield "querystring", call.querystring


def reads_of(parts: Iterable[Any]) -> Reads:
    """What nodes of the IR read of the response body."""
    return Reads(tuple(dict.fromkeys(path for part in parts for path in _reads(part))))


def headers_of(parts: Iterable[Any]) -> frozenset[str]:
    """The response headers that nodes of the IR read, in lower case."""
    return frozenset(
        node.name.lower() for part in parts for node in structs(part) if isinstance(node, ir.ResponseHeader)
    )


def _reads(node: Any) -> Iterator[Path]:
    match node:
        case ir.AtPointer(base=ir.ResponseBody(), pointer=pointer):
            yield tuple(map(str, pointer))
        case (
            ir.Selection(base=ir.ResponseBody(), query=query)
            | ir.JsonPathHolds(context=ir.ResponseBody(), path=jp.Query() as query)
        ):
            yield _path_of(query)
            inner = (q for part in structs(query.segments) if isinstance(part, jp.Filter) for q in structs(part.test))
            yield from (_path_of(q) for q in inner if isinstance(q, jp.Query) and q.root == "$")
        case ir.ResponseBody():
            yield ()
        case _:
            for inner in inner_of(node):
                yield from _reads(inner)


def _path_of(query: jp.Query) -> Path:
    """The path to what a query selects, as far as it is plain."""
    found: list[str] = []
    for segment in query.segments:
        if segment.descendant or len(segment.selectors) != 1:
            break
        selector = segment.selectors[0]
        found.append(_token(selector))
        if isinstance(selector, jp.Filter):
            break
    return tuple(found)


def _token(selector: jp.Selector) -> str:
    match selector:
        case jp.Name(name=name):
            return name
        case jp.Index(index=index) if index >= 0:
            return str(index)
        case _:
            return "*"
