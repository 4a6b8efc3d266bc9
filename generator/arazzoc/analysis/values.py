"""Values of the IR: their parts, which of them requests and conditions read, and their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from arazzoc import ir
from arazzoc import types as t


def parts_of(value: ir.Value | str) -> Iterator[ir.Value]:
    """Yield the values that a value is made of."""
    match value:
        case ir.Text(parts=parts):
            for part in parts:
                yield from parts_of(part)
        case ir.Object(members=members) | ir.Form(members=members):
            for _, item in members:
                yield from parts_of(item)
        case ir.List(items=items):
            for item in items:
                yield from parts_of(item)
        case ir.AtPointer(base=base) | ir.XPathSelection(base=base):
            yield from parts_of(base)
        case ir.Size(value=inner, member=member):
            yield from parts_of(inner)
            yield from parts_of(member) if member is not None else ()
        case ir.Selection(base=base, holes=holes):
            yield from parts_of(base)
            for hole in holes:
                yield from parts_of(hole)
        case ir.Replaced(base=base, replacements=replacements):
            yield from parts_of(base)
            for replacement in replacements:
                yield from parts_of(replacement.value)
        case str() | ir.Constant():
            return
        case _:
            yield value


def members_of(value: ir.Value | str) -> Iterator[ir.Value]:
    """Yield the members of all objects that a value is made of."""
    match value:
        case ir.Object(members=members):
            for _, item in members:
                yield item
                yield from members_of(item)
        case ir.List(items=items):
            for item in items:
                yield from members_of(item)
        case ir.Replaced(base=base, replacements=replacements):
            yield from members_of(base)
            for replacement in replacements:
                yield from members_of(replacement.value)
        case _:
            return


def pointed(value: ir.Value, pointer: tuple[str, ...]) -> ir.Value | None:
    """Return the value at a JSON Pointer (RFC 6901); None if nothing is there, as far as the value is known."""
    for depth, token in enumerate(pointer):
        at = int(token) if token.isascii() and token.isdigit() and str(int(token[:9])) == token else -1
        match value:
            case ir.Constant(value=dict() as known) if token in known:
                value = ir.Constant(known[token])
            case ir.Constant(value=list() as listed) if 0 <= at < len(listed):
                value = ir.Constant(listed[at])
            case ir.Object(members=members) if token in dict(members):
                value = dict(members)[token]
            case ir.List(items=items) if 0 <= at < len(items):
                value = items[at]
            case ir.Constant() | ir.Object() | ir.List() | ir.Text() | ir.Form():
                return None
            case ir.AtPointer(base=base, pointer=before):
                return ir.AtPointer(base, (*before, *pointer[depth:]))
            case _:
                return ir.AtPointer(value, pointer[depth:])
    return value


def call_values(call: ir.Call) -> Iterator[ir.Value]:
    """Yield everything that is passed to a request or a workflow, in the order of the step function's arguments."""
    if isinstance(call, ir.WorkflowCall):
        yield from (argument.value for argument in call.inputs)
        return
    for argument in call.headers:
        yield argument.value
    for part in call.path:
        if isinstance(part, ir.Argument):
            yield part.value
    for argument in (*call.query, *call.cookies, *([call.querystring] if call.querystring else [])):
        yield argument.value
    match call.body:
        case ir.MultipartBody(parts=parts, whole=whole):
            for sent in parts:
                yield sent.value
            if whole is not None:
                yield whole
        case None:
            return
        case body:
            yield body.value


def is_context(value: ir.Value) -> bool:
    """Whether a value exists before the step runs: an input, an output of another step or workflow, or part of one."""
    if isinstance(value, ir.AtPointer):
        return is_context(value.base)
    return isinstance(value, ir.Input | ir.StepOutput | ir.WorkflowOutput | ir.WorkflowInput)


def context_values(value: ir.Value | str) -> Iterator[ir.Value]:
    """Yield the largest parts of a value that exist before the step runs: they become its arguments."""
    if isinstance(value, str):
        return
    if is_context(value):
        yield value
        return
    match value:
        case ir.Text(parts=parts):
            children: tuple[ir.Value | str, ...] = parts
        case ir.Object(members=members) | ir.Form(members=members):
            children = tuple(item for _, item in members)
        case ir.List(items=items):
            children = items
        case ir.AtPointer(base=base) | ir.XPathSelection(base=base):
            children = (base,)
        case ir.Size(value=inner, member=member):
            children = (inner,) if member is None else (member, inner)
        case ir.Selection(base=base, holes=holes):
            children = (base, *holes)
        case ir.Replaced(base=base, replacements=replacements):
            children = (base, *(r.value for r in replacements))
        case _:
            children = ()
    for child in children:
        yield from context_values(child)


def tests(condition: ir.Condition) -> Iterator[ir.Condition]:
    """Yield the single tests that a condition is made of."""
    match condition:
        case ir.All(items=items) | ir.Either(items=items):
            for item in items:
                yield from tests(item)
        case ir.Negation(item=item):
            yield from tests(item)
        case _:
            yield condition


def distinct(conditions: Iterable[ir.Condition]) -> list[ir.Condition]:
    """Conditions without those that are there before."""
    return list({repr(condition): condition for condition in conditions}.values())


def condition_values(condition: ir.Condition) -> Iterator[ir.Value]:
    """Yield the values that a condition reads."""
    for test in tests(condition):
        yield from _test_values(test)


def _test_values(test: ir.Condition) -> Iterator[ir.Value]:
    match test:
        case ir.Compare(left=left, right=right, rules="jsonpath"):  # which tells null from nothing
            yield from (v.base if isinstance(v, ir.AtPointer) and is_context(v) else v for v in (left, right))
        case ir.Compare(left=left, right=right):
            yield from (left, right)
        case ir.Truth(value=value):
            yield value
        case ir.JsonPathHolds(context=context, holes=holes):
            yield from (context, *holes)
        case ir.Matches(context=context, pattern=pattern):
            yield from (context, *(p for p in pattern if not isinstance(p, str)))
        case ir.XPathHolds(context=context, values=values):
            yield from (context, *values)
        case _:
            return


def static_type(
    value: ir.Value, inputs: Mapping[str, t.Type], outputs: Mapping[str, Mapping[str, t.Type]], own: str = ""
) -> t.Type:
    """Return the type of a value, as far as schemas determine it."""
    match value:
        case ir.Constant(value=constant):
            return constant_type(constant)
        case ir.Input(name=name):
            return inputs.get(name, t.ANYTHING)
        case ir.StepOutput(step=step, name=name):
            return outputs.get(step, {}).get(name, t.ANYTHING)
        case ir.OwnOutput(name=name):
            return outputs.get(own, {}).get(name, t.ANYTHING)
        case ir.StatusCode():
            return t.optional(t.INTEGER)
        case ir.Text() | ir.Form():
            return t.STRING
        case ir.RequestUrl() | ir.RequestHeader() | ir.ResponseHeader():
            return t.optional(t.STRING)
        case ir.ResponseBody(type=type) | ir.AtPointer(type=type):
            return type
        case ir.CalledOutput(type=type) | ir.WorkflowOutput(type=type) | ir.WorkflowInput(type=type):
            return type
        case ir.Object():
            return t.Mapping(t.ANYTHING)
        case ir.List():
            return t.Array(t.ANYTHING)
        case ir.Selection(query=query):
            return t.ANYTHING if query.is_singular else t.Array(t.ANYTHING)
        case _:
            return t.ANYTHING


def constant_type(value: object) -> t.Type:
    """Return the type of a JSON value."""
    match value:
        case None:
            return t.NULL
        case bool():
            return t.Boolean()
        case int():
            return t.INTEGER
        case float():
            return t.Number()
        case str():
            return t.STRING
        case list():
            return t.Array(t.ANYTHING)
        case _:
            return t.Mapping(t.ANYTHING)
