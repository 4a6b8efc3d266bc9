"""The request and response of a step, as the expressions of a phase can read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.values import pointed
from arazzoc.diagnostics import Located, Report, quoted, suggest
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_accessors
from arazzoc.lower.responses import Response
from arazzoc.lower.workflow_scope import WorkflowScope
from arazzoc.openapi.alternatives import alternatives, shape
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import Excluded, Found, member
from arazzoc.resolve import ResolvedStep, WorkflowTarget
from arazzoc.source import Location

Phase: TypeAlias = Literal["request", "response", "action", "workflow"]

# Why a request or response cannot be read in a phase, or after the call of a workflow; what to write.
_NO_EXCHANGE = {
    "workflow": (
        "a workflow has no request or response of its own",
        "add an output to a step, and write $steps.<stepId>.outputs.<name>",
    ),
    "request": (
        "a request cannot use values of its own request or response",
        "use $inputs or the outputs of an earlier step",
    ),
    "call": (
        "a step that calls a workflow has no request or response of its own",
        "write $outputs.<name> with an output of that workflow",
    ),
}

_INSTEAD = "read $statusCode or $response.header.<name>, or declare the content of the response in the API"


class ExchangeScope:
    """Binds the expressions that read from the step's own request or response."""

    def __init__(
        self,
        workflow: WorkflowScope,
        phase: Phase,
        step: ResolvedStep | None = None,
        response: Response | None = None,
        call: ir.Call | None = None,
    ) -> None:
        self.workflow, self.phase, self.step = workflow, phase, step
        self.call = call if isinstance(call, ir.HttpCall) else None
        self.inner_call = call if isinstance(call, ir.WorkflowCall) else None
        self.called_workflow = step.target if step is not None and isinstance(step.target, WorkflowTarget) else None
        self.response = response or Response()
        self.kept: dict[str, ir.Value] = {}
        """What the parameters of actions read of the step, by expressions: it keeps that as outputs of its own."""
        self.report = workflow.report
        self.where = step.step.label if step else f"workflow {quoted(self.workflow_id)}"

    @contextmanager
    def quietly(self) -> Generator[None]:
        """Bind without telling what is wrong: it is told elsewhere, or only what comes of it is wanted."""
        told, self.report = self.report, Report(self.report.strict)
        try:
            yield
        finally:
            self.report = told

    @property
    def workflow_id(self) -> str:
        return self.workflow.workflow.workflow.workflow_id

    def warn_of_length(self, at: Located) -> None:
        message = (
            f"{self.where}: .length is in no grammar; it is read as the member of that name, or else as the length"
        )
        self.report.add(rules.DOTTED, at, message)

    def exchange(self, expression: rt.ValueExpression, at: Located) -> ir.Value | None:
        """Bind a value of the step's own request or response (AMB-33, AMB-48)."""
        has_call = self.phase in ("response", "action") and self.called_workflow is not None
        fault = _NO_EXCHANGE.get("call" if has_call else self.phase)
        if fault is not None:
            self.report.add(rules.NOT_AVAILABLE, at, f"{self.where}: {fault[0]}", help=fault[1])
            return None
        return self.keep(self.exchanged(expression, at), rt.spelled(expression))

    def keep(self, value: ir.Value | None, spelled: str) -> ir.Value | None:
        """Return a value of the step; the parameters of an action are made after it, and read what it has kept.

        A response may lack what its schema promises: that is told where a request needs it.
        """
        if self.phase != "action" or self.step is None or value is None or isinstance(value, ir.Constant | ir.Input):
            return value
        if isinstance(value, ir.AtPointer):
            value = replace(value, type=t.optional(value.type), required=False, promised_by=())
        step, name, number = self.step.step, spelled, 1
        while name in step.outputs or self.kept.get(name, value) != value:
            number += 1
            name = f"{spelled} {number}"
        self.kept[name] = value
        self.workflow.outputs[step.step_id][name] = self.workflow.type_of(value)
        return ir.StepOutput(step.step_id, name)

    def exchanged(self, expression: rt.ValueExpression, at: Located) -> ir.Value | None:
        """Bind a value of a request or response that there is."""
        match expression:
            case rt.StatusCode():
                return ir.StatusCode()
            case rt.Url():
                return ir.RequestUrl()
            case rt.Method():
                return ir.Constant(self.call.method) if self.call else None
            case rt.Body(pointer=(*_, last)) if last.endswith(".length") and not expression.has_length:
                schemas = self.response.schemas if expression.message == "response" else ()
                return self.member_or_length(schemas, expression.pointer, at, lambda p: self.body(expression, p, at))
            case rt.Body(has_length=True):
                self.warn_of_length(at)
                measured = self.exchanged(replace(expression, has_length=False), at)
                return ir.Size(measured) if measured is not None else None
            case rt.Header(message="response", name=name):
                return ir.ResponseHeader(name)
            case rt.Body(message="response" | "request", pointer=pointer):
                return self.body(expression, pointer, at)
            case rt.Header(message="request", name=name):
                return ir.RequestHeader(name)
            case rt.Query(message="request", name=name) | rt.Path(message="request", name=name):
                return self.request_parameter("query" if isinstance(expression, rt.Query) else "path", name, at)
            case _:
                self.report.add(
                    rules.NOT_AVAILABLE,
                    at,
                    f"{self.where}: an HTTP request or response has no such part",
                    help="write $request.header, .query, .path or .body, or $response.header or .body",
                )
                return None

    def body(self, expression: rt.Body, pointer: tuple[str, ...], at: Located) -> ir.Value | None:
        return self.response_body(pointer, at) if expression.message == "response" else self.request_body(pointer, at)

    def member_or_length(
        self,
        schemas: tuple[Node, ...],
        pointer: tuple[str, ...],
        at: Located,
        bind: Callable[[tuple[str, ...]], ir.Value | None],
    ) -> ir.Value | None:
        """Bind a pointer whose last token ends in `.length`: RFC 6901 wants the member of that name. Where the schemas
        declare none, it can be the length of what stands before (AMB-60).
        """
        *before, last = pointer
        is_declared = declares(schemas, pointer)
        if self.report.strict or is_declared:
            return bind(pointer)
        self.warn_of_length(at)
        measured = bind((*before, last.removesuffix(".length")))
        if measured is None or is_declared is False:
            return ir.Size(measured) if measured is not None else None
        with self.quietly():  # what is wrong with the pointer was told
            return ir.Size(measured, bind(pointer))

    def warn_without_body(self, at: Located) -> None:
        """Report what reads the body of a response that has none; a file may be an output as a whole."""
        why, is_file = self.response.why_empty, False
        if isinstance(at, Location) and at.pointer[-2:-1] == ("outputs",):
            is_file = self.response.may_be_file and at.value == "$response.body"
        if why and not is_file and self.is_first_of_body():
            message = f"{self.where}: the response body is read, and {why}"
            self.report.add(rules.NO_BODY, at, message, help=_INSTEAD)

    def warn_if_json(self, base: ir.Value, at: Located) -> None:
        """Report an XPath expression on a response body that is always JSON, by the document: it always fails."""
        if isinstance(base, ir.ResponseBody) and self.response.is_only_json and self.is_first_of_body():
            names = ", ".join(dict.fromkeys(self.response.media_types))
            help = "read a JSON body with type jsonpath, or a JSON Pointer"
            self.report.add(rules.NOT_JSON, at, f"{self.where}: the response body is {names}, not XML", help=help)

    def is_first_of_body(self) -> bool:
        """Whether nothing is told yet of how this step reads its response."""
        if self.report is not self.workflow.report or self.step is None:
            return False
        known, told = len(self.workflow.told_of_body), self.workflow.told_of_body
        told.add(self.step.step.step_id)
        return len(told) > known

    def warn_unless_json(self, at: Located) -> None:
        """Report what reads a part of a response body that is never JSON, by the document: it is always unset."""
        if self.response.is_never_json:
            names = ", ".join(dict.fromkeys(self.response.media_types))
            help = "write $response.body for all of it"
            if "xml" in names:
                help = "read an XML body with a Selector Object or criterion of type xpath"
            self.report.add(rules.NOT_JSON, at, f"{self.where}: the response body is {names}, not JSON", help=help)

    def response_body(self, pointer: tuple[str, ...], at: Located) -> ir.Value:
        response = self.response
        self.warn_without_body(at)
        if pointer:
            self.warn_unless_json(at)
            value = self.at(ir.ResponseBody(), pointer, response.schemas, "the response body", at)
            promising = response.promising(pointer)
            by = frozenset[int]().union(*(answer.statuses for answer in promising))
            if len(promising) < len(response.answers):
                value = replace(value, type=t.optional(value.type), required=False)
            return replace(value, promised_by=() if by >= response.statuses else tuple(sorted(by)))
        if not response.is_json_only or self.step is None:
            return ir.ResponseBody()
        hint = f"{self.step.step.step_id} response"
        type = t.union(self.workflow.types.type_of(s, hint) for s in response.schemas)
        return ir.ResponseBody(t.optional(type) if response.may_be_empty else type)

    def at(
        self, base: ir.Value, pointer: tuple[str, ...], schemas: tuple[Node, ...], what: str, at: Located
    ) -> ir.AtPointer:
        """Return the value at a pointer, typed by the schemas; report a property that they do not declare."""
        required = True
        hint = self.workflow_id
        for depth, token in enumerate(pointer):
            found = member(schemas, token) if schemas else None
            if isinstance(found, Excluded):
                meant = _tokens(pointer[depth:], schemas) if isinstance(base, ir.ResponseBody) else ()
                self.report.add(
                    rules.UNKNOWN_PROPERTY,
                    at,
                    f"{self.where}: the schema of {what} has no {quoted(format_pointer(pointer[: depth + 1]))}",
                    help=f"write $response.body#{format_pointer((*pointer[:depth], *meant))}"
                    if meant
                    else suggest(token, found.names, noun="it has"),
                )
                found = None
            elif found is None and schemas:
                root = "$response.body" if isinstance(base, ir.ResponseBody) else ""
                self.check_parts(schemas, pointer, depth, what, at, root)
            if found is None:
                return ir.AtPointer(base, pointer)
            owner = _schema_name(schemas) or hint
            hint = f"{owner} {token}"
            is_last = depth == len(pointer) - 1
            schemas, required = found.schemas, required and found.required and not (is_last and found.nullable)
        type = t.union(self.workflow.types.type_of(schema, hint) for schema in schemas)
        type = t.required(type) if required else t.optional(type)
        parts = (part for schema in schemas for one in alternatives(schema) for part in one)
        is_secret = any(part.fields.get("format") == "password" for part in parts)
        return ir.AtPointer(base, pointer, type, required, secret=is_secret)

    def check_parts(
        self, schemas: tuple[Node, ...], pointer: tuple[str, ...], depth: int, what: str, at: Located, root: str
    ) -> None:
        """Report a pointer into a list without an index, or into a value that has no parts; `root` is the expression
        before the pointer.
        """
        kinds = {kind for s in schemas for one in alternatives(s) for kind in shape(one) if kind != "null"}
        token, before = pointer[depth], format_pointer(pointer[:depth])
        place = f"{quoted(before)} of {what}" if before else what
        if kinds == {"array"} and not token.isdigit():
            rest, after = pointer[depth:], pointer[depth + 1 :]
            if not re.match(r"[A-Za-z]", token) or token == "length" or declares(schemas, ("0", *rest)) is False:
                rest = after if declares(schemas, ("0", *after)) is not False else ()
            help = f"write {root}#{before}/0{format_pointer(rest)} for the first item"
            meant = tuple(token.split("/")) if token[:1].isdigit() and "/" in token else ()
            meant = _accessors(token.removeprefix("$")) if token.startswith("$") else meant
            meant = (*meant, *after) if meant else _tokens(pointer[depth:], schemas)
            if meant:
                help = f"write {root}#{before}{format_pointer(meant)}"
            message = f"{self.where}: {place} is a list, and {quoted(token)} is no number of an item"
            if token == "-":
                message = f"{self.where}: {place} is a list, and '-' is the place after its last item"
            self.report.add(rules.NO_SUCH_PART, at, message, help=help)
        elif kinds and not kinds & {"array", "object"}:
            word = "text" if kinds == {"string"} else "no object and no list"
            message = f"{self.where}: {place} is {word}, so it has no part {quoted(token)}"
            self.report.add(rules.NO_SUCH_PART, at, message, help=f"end the pointer at {quoted(f'#{before}')}")

    def request_body(self, pointer: tuple[str, ...], at: Located) -> ir.Value | None:
        """Bind the payload that the step sends, which is known when it is compiled."""
        body = self.call.body if self.call else None
        if body is None or isinstance(body, ir.MultipartBody):
            self.report.add(rules.NOT_AVAILABLE, at, f"{self.where}: the request has no body that can be read")
            return None
        return self.part_of(body.value, pointer, "the request body", at)

    def part_of(self, base: ir.Value, pointer: tuple[str, ...], what: str, at: Located) -> ir.Value:
        """Return what is at a pointer of a value that may be written in the document; report where nothing is."""
        found = pointed(base, pointer)
        if found is not None:
            return found
        message = f"{self.where}: {what} has no {quoted(format_pointer(pointer))}"
        is_text = isinstance(base, ir.Text) or (isinstance(base, ir.Constant) and isinstance(base.value, str))
        help = "it is a text, which has no parts" if is_text else None
        owner = pointed(base, pointer[:-1])
        names = [name for name, _ in owner.members] if isinstance(owner, ir.Object) else ()
        if isinstance(owner, ir.Constant) and isinstance(owner.value, dict):
            names = list(owner.value)
        self.report.add(
            rules.UNKNOWN_PROPERTY, at, message, help=help or (suggest(pointer[-1], names) if names else None)
        )
        return ir.Constant(None)

    def request_parameter(self, location: str, name: str, at: Located) -> ir.Value | None:
        """Bind a parameter of the request, which the step must pass (Arazzo 1.1.0, Runtime Expressions)."""
        call = self.call
        arguments: list[ir.Argument] = []
        if call is not None:
            arguments = (
                list(call.query) if location == "query" else [a for a in call.path if isinstance(a, ir.Argument)]
            )
        for argument in arguments:
            if argument.name == name:
                return argument.value
        self.report.add(
            rules.NOT_AVAILABLE,
            at,
            f"{self.where}: the request has no {location} parameter {quoted(name)}",
            help=suggest(name, [a.name for a in arguments], noun=f"its {location} parameters"),
        )
        return None


def _tokens(pointer: tuple[str, ...], schemas: tuple[Node, ...]) -> tuple[str, ...]:
    """The tokens of a pointer that is written as a path with brackets or dots, where the schemas declare what is there;
    none where it is no such path.
    """
    tokens = tuple(found for token in pointer for found in re.findall(r"[^.\[\]$'\"]+", token))
    return tokens if tokens != pointer and declares(schemas, tokens) else ()


def _accessors(text: str) -> tuple[str, ...]:
    """The names and numbers of a path such as [0].name; none where it is no such path."""
    try:
        return parse_accessors(text)
    except ExpressionError:
        return ()


def declares(schemas: tuple[Node, ...], pointer: tuple[str, ...]) -> bool | None:
    """Whether schemas declare something at a pointer; None where they do not tell."""
    for number, token in enumerate(pointer, 1):
        found = member(schemas, token) if schemas else None
        if isinstance(found, Excluded) and number == len(pointer):
            return False
        if not isinstance(found, Found):
            return None
        schemas = found.schemas
    return True


def _schema_name(schemas: tuple[Node, ...]) -> str | None:
    for schema in schemas:
        pointer = schema.at.pointer
        if len(pointer) > 1 and pointer[-2] in ("schemas", "definitions", "$defs"):
            return str(pointer[-1])
    return None
