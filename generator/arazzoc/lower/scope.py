"""The scope of an expression: what it can name at its place, and the value that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.values import pointed, static_type
from arazzoc.arazzo import model
from arazzoc.diagnostics import Located, Report, quoted, suggest
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_accessors
from arazzoc.lower.responses import Response
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import Excluded, member
from arazzoc.openapi.schemas import SchemaTypes
from arazzoc.resolve import ResolvedStep, ResolvedWorkflow, WorkflowTarget

Phase: TypeAlias = Literal["request", "response", "action", "workflow"]

# Why a request or response cannot be read in each phase, or in the response to the call of a workflow; what to write.
_NO_EXCHANGE = {
    "workflow": (
        "a workflow has no request or response of its own",
        "add an output to a step, and write $steps.<stepId>.outputs.<name>",
    ),
    "request": (
        "a request cannot use values of its own request or response",
        "use $inputs or the outputs of an earlier step",
    ),
    "action": (
        "the parameters of an action cannot read from the request or response",
        "add an output to the step, and write $steps.<stepId>.outputs.<name>",
    ),
    "call": (
        "a step that calls a workflow has no request or response of its own",
        "write $outputs.<name> with an output of that workflow",
    ),
}


class WorkflowScope(Struct, dict=True):
    """What a workflow declares: its inputs, and the outputs of each step with their types.

    `workflow_outputs` returns the outputs of any workflow of the program with their types, `workflow_steps` its steps;
    `dependencies` are the keys of the workflows that are completed before this one.
    """

    workflow: ResolvedWorkflow
    types: SchemaTypes
    report: Report
    inputs: dict[str, ir.InputField] = field(default_factory=dict[str, ir.InputField])
    input_schemas: dict[str, Node] = field(default_factory=dict[str, Node])
    outputs: dict[str, dict[str, t.Type]] = field(default_factory=dict[str, "dict[str, t.Type]"])
    workflow_outputs: Callable[[str], Mapping[str, t.Type]] = field(default=lambda _: {})
    workflow_steps: Callable[[str], Collection[str]] = field(default=lambda _: ())
    dependencies: tuple[str, ...] = ()

    @property
    def document(self) -> model.Document:
        return self.workflow.document

    @cached_property
    def step_numbers(self) -> dict[str, int]:
        """The number of each step, by its id."""
        return {s.step_id: n for n, s in enumerate(self.workflow.workflow.steps)}

    @cached_property
    def declared_outputs(self) -> dict[str, list[str]]:
        return {s.step.step_id: list(s.step.outputs) for s in self.workflow.steps}

    def type_of(self, value: ir.Value) -> t.Type:
        """Return the static type of a value."""
        return static_type(value, {n: i.type for n, i in self.inputs.items()}, self.outputs)


class Scope:
    """Binds the expressions of one phase: of a request, a response, an action, or the outputs of a workflow."""

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
        self.called_workflow = step.target if step is not None and isinstance(step.target, WorkflowTarget) else None
        self.response = response or Response()
        self.report = workflow.report
        self.where = f"step {quoted(step.step.step_id)}" if step else f"workflow {quoted(self.workflow_id)}"

    @property
    def workflow_id(self) -> str:
        return self.workflow.workflow.workflow.workflow_id

    # Names

    def parse(self, text: str) -> rt.Parsed:
        """Parse a whole string as an expression; a declared name counts first.

        Raises:
            ExpressionError: the string is neither.
        """
        return self.exactly(text) or rt.parse_expression(text)

    def exactly(self, text: str) -> rt.Parsed | None:
        """Return the declared expression that a whole string is, whatever the characters of its names are."""
        root, _, name = text.partition(".")
        if root == "$inputs" and name in self.workflow.inputs:
            return rt.Parsed(rt.Inputs(name, ()))
        called = self.called_workflow
        if root == "$outputs" and called is not None and name in self.workflow.workflow_outputs(called.key):
            return rt.Parsed(rt.Outputs(name, ()))
        for step in _beginnings(name) if root == "$steps" else ():
            output = name[len(step) :].removeprefix(".outputs.")
            if output in self.workflow.declared_outputs.get(step, ()):
                return rt.Parsed(rt.Steps(step, output, ()))
        return None

    def longest_name(self, text: str) -> int:
        """Return the length of the longest declared expression that the text begins with, or 0."""
        names: Iterable[str] = ()
        prefix = ""
        if text.startswith("$inputs."):
            prefix, names = "$inputs.", self.workflow.inputs
        elif text.startswith("$steps."):
            declared = self.workflow.declared_outputs
            step = max((s for s in _beginnings(text[len("$steps.") :]) if s in declared), key=len, default=None)
            prefix, names = (f"$steps.{step}.outputs.", declared[step]) if step is not None else ("", ())
        elif text.startswith("$outputs.") and self.called_workflow is not None:
            prefix, names = "$outputs.", self.workflow.workflow_outputs(self.called_workflow.key)
        fitting = [
            len(prefix) + len(n)
            for n in names
            if text.startswith(n, len(prefix)) and text.startswith(prefix) and _ends_name(text, len(prefix) + len(n))
            if _is_expression(prefix + n)
        ]
        return max(fitting, default=0)

    def declared(
        self, name: str, pointer: tuple[str, ...], known: list[str], what: str, at: Located, *, dots: bool, rewrite: str
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the longest declared name that `name` begins with, and the accessors after it as pointer tokens."""
        if name in known:
            return name, pointer
        prefixes = [n for n in known if name.startswith((n + ".", n + "["))]
        if prefixes:
            longest = max(prefixes, key=len)
            try:
                tokens = parse_accessors(name[len(longest) :])
            except ExpressionError as error:
                self.report.add(rules.BAD_EXPRESSION, at, f"{self.where}: {quoted(name)}: {error.message}")
                return longest, pointer
            if not dots:
                self.report.add(
                    rules.DOTTED,
                    at,
                    f"{self.where}: {quoted(name)} navigates into {what} with dots instead of a JSON Pointer",
                    help=f"write {rewrite}{longest}#{format_pointer(tokens + pointer)}",
                )
            return longest, tokens + pointer
        return None

    # Values

    def value(self, expression: rt.ValueExpression, at: Located, *, dots: bool = False) -> ir.Value | None:
        """Bind an expression to the value that it names; None, with a diagnostic, if there is none.

        `dots` allows navigation by `.` and `[]`, as simple conditions do.
        """
        match expression:
            case rt.Inputs():
                return self.input(expression, at, dots)
            case rt.Steps():
                return self.step_output(expression, at, dots)
            case rt.StatusCode() | rt.Header() | rt.Body() | rt.Url() | rt.Method() | rt.Query() | rt.Path():
                return self.exchange(expression, at)
            case rt.SelfUri():
                return ir.Constant(self.workflow.document.self_uri)
            case rt.SourceDescriptions():
                return self.source_field(expression, at)
            case rt.Outputs():
                return self.called_output(expression, at, dots)
            case rt.Workflows():
                return self.workflow_value(expression, at, dots)

    def input(self, expression: rt.Inputs, at: Located, dots: bool) -> ir.Value | None:
        known = list(self.workflow.inputs)
        found = self.declared(expression.name, expression.pointer, known, "an input", at, dots=dots, rewrite="$inputs.")
        if found is None:
            self.report.add(
                rules.UNKNOWN_INPUT,
                at,
                f"{self.where}: the workflow has no input {quoted(expression.name)}",
                help=suggest(expression.name, known, noun="its inputs"),
            )
            return None
        name, pointer = found
        if not pointer:
            return ir.Input(name)
        schema = self.workflow.input_schemas.get(name)
        return self.at(ir.Input(name), pointer, (schema,) if schema else (), name, at)

    def step_output(self, expression: rt.Steps, at: Located, dots: bool) -> ir.Value | None:
        declared = self.workflow.declared_outputs
        if expression.step not in declared:
            self.report.add(
                rules.UNKNOWN_STEP,
                at,
                f"{self.where}: the workflow has no step {quoted(expression.step)}",
                help=suggest(expression.step, declared, noun="its steps"),
            )
            return None
        known = declared[expression.step]
        rewrite = f"$steps.{expression.step}.outputs."
        found = self.declared(expression.name, expression.pointer, known, "an output", at, dots=dots, rewrite=rewrite)
        if found is None:
            self.report.add(
                rules.UNKNOWN_OUTPUT,
                at,
                f"{self.where}: {quoted(expression.name)} is not an output of step {quoted(expression.step)}",
                help=suggest(expression.name, known, noun="it has"),
            )
            return None
        name, pointer = found
        own = self.step is not None and self.step.step.step_id == expression.step and self.phase == "response"
        base = ir.OwnOutput(name) if own else ir.StepOutput(expression.step, name)
        return ir.AtPointer(base, pointer) if pointer else base

    def called_output(self, expression: rt.Outputs | rt.Workflows, at: Located, dots: bool) -> ir.Value | None:
        """Bind an output of the workflow that the current step calls (AMB-32)."""
        if self.called_workflow is None or self.phase != "response":
            where = "this step calls no workflow" if self.phase == "response" else "no workflow has been called yet"
            self.report.add(
                rules.NOT_AVAILABLE,
                at,
                f"{self.where}: {where}, so there are no outputs of one to read",
                help="write $steps.<stepId>.outputs.<name>",
            )
            return None
        found = self.output_of(self.called_workflow.key, expression, at, dots, "$outputs.")
        if found is None:
            return None
        base = ir.CalledOutput(found[0], found[2])
        return ir.AtPointer(base, found[1]) if found[1] else base

    def output_of(
        self, key: str, expression: rt.Outputs | rt.Workflows, at: Located, dots: bool, rewrite: str
    ) -> tuple[str, tuple[str, ...], t.Type] | None:
        """Return the declared output of a workflow that a name begins with, the pointer after it, and its type."""
        types = self.workflow.workflow_outputs(key)
        found = self.declared(
            expression.name, expression.pointer, list(types), "an output", at, dots=dots, rewrite=rewrite
        )
        if found is None:
            self.report.add(
                rules.UNKNOWN_OUTPUT,
                at,
                f"{self.where}: {quoted(expression.name)} is not an output of workflow {quoted(key)}",
                help=suggest(expression.name, types, noun="it has"),
            )
            return None
        return (*found, types[found[0]])

    def workflow_value(self, expression: rt.Workflows, at: Located, dots: bool) -> ir.Value | None:
        """Bind an own input, or an output of a workflow that is called or is a dependency (AMB-32, AMB-62)."""
        name = expression.workflow
        if name == self.workflow_id and expression.field == "inputs":
            return self.input(rt.Inputs(expression.name, expression.pointer), at, dots)
        if expression.field == "outputs":
            key = self.workflow.workflow.workflow_keys.get(name)
            if self.called_workflow is not None and self.called_workflow.key == key and self.phase == "response":
                return self.called_output(expression, at, dots)
            if key in self.workflow.dependencies:
                found = self.output_of(key, expression, at, dots, f"$workflows.{name}.outputs.")
                if found is None:
                    return None
                base = ir.DependencyOutput(key, found[0], found[2])
                return ir.AtPointer(base, found[1]) if found[1] else base
        known = [w.workflow_id for w in self.workflow.document.workflows]
        if name not in known:
            self.report.add(
                rules.UNKNOWN_WORKFLOW,
                at,
                f"{self.where}: the document has no workflow {quoted(name)}",
                help=suggest(name, known, noun="its workflows"),
            )
            return None

        self.report.add(
            rules.NOT_AVAILABLE,
            at,
            f"{self.where}: the {expression.field} of workflow {quoted(name)} cannot be read here",
            help=f"add {name} to dependsOn of the workflow, or write $steps.<stepId>.outputs.<name> with a step that "
            "calls it"
            if expression.field == "outputs"
            else "read the inputs in that workflow, and pass them on as its outputs",
        )
        return None

    def exchange(self, expression: rt.ValueExpression, at: Located) -> ir.Value | None:
        """Bind a value of the step's own request or response (AMB-33, AMB-48)."""
        fault = _NO_EXCHANGE.get("call" if self.phase == "response" and self.called_workflow else self.phase)
        if fault is not None:
            self.report.add(rules.NOT_AVAILABLE, at, f"{self.where}: {fault[0]}", help=fault[1])
            return None
        match expression:
            case rt.StatusCode():
                return ir.StatusCode()
            case rt.Url():
                return ir.RequestUrl()
            case rt.Method():
                return ir.Constant(self.call.method) if self.call else None
            case rt.Header(message="response", name=name):
                return ir.ResponseHeader(name)
            case rt.Body(message="response", pointer=pointer):
                return self.response_body(pointer, at)
            case rt.Header(message="request", name=name):
                return ir.RequestHeader(name)
            case rt.Body(message="request", pointer=pointer):
                return self.request_body(pointer, at)
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

    def response_body(self, pointer: tuple[str, ...], at: Located) -> ir.Value:
        response = self.response
        if pointer:
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
                self.report.add(
                    rules.UNKNOWN_PROPERTY,
                    at,
                    f"{self.where}: the schema of {what} has no {quoted(format_pointer(pointer[: depth + 1]))}",
                    help=suggest(token, found.names, noun="it has"),
                )
                found = None
            if found is None:
                return ir.AtPointer(base, pointer)
            owner = _schema_name(schemas) or hint
            hint = f"{owner} {token}"
            is_last = depth == len(pointer) - 1
            schemas, required = found.schemas, required and found.required and not (is_last and found.nullable)
        type = t.union(self.workflow.types.type_of(schema, hint) for schema in schemas)
        return ir.AtPointer(base, pointer, t.required(type) if required else t.optional(type), required)

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
        self.report.add(
            rules.UNKNOWN_PROPERTY, at, message, help="it is a text, which has no parts" if is_text else None
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

    def source_field(self, expression: rt.SourceDescriptions, at: Located) -> ir.Value | None:
        descriptions = self.workflow.workflow.sources.descriptions
        description = descriptions.get(expression.source)
        if description is None:
            self.report.add(
                rules.UNKNOWN_SOURCE,
                at,
                f"{self.where}: there is no source {quoted(expression.source)}",
                help=suggest(expression.source, descriptions, noun="the sources"),
            )
            return None
        if expression.reference == "url":
            return ir.Constant(description.url)
        if expression.reference == "type":
            return ir.Constant(description.type or "openapi")
        self.report.add(
            rules.NOT_AVAILABLE,
            at,
            f"{self.where}: {quoted(expression.reference)} of a source cannot be read as a value",
            help="write .url or .type",
        )
        return None


def _beginnings(text: str) -> Iterator[str]:
    """Yield the beginnings of a text that end before a dot."""
    for index, char in enumerate(text):
        if char == ".":
            yield text[:index]


def _is_expression(text: str) -> bool:
    try:
        rt.parse_expression(text)
    except ExpressionError:
        return False
    return True


def _ends_name(text: str, at: int) -> bool:
    """Whether a name can end here, since no letter, digit or underscore follows."""
    following = text[at : at + 1]
    return not (following.isalnum() or following == "_")


def _schema_name(schemas: tuple[Node, ...]) -> str | None:
    for schema in schemas:
        pointer = schema.at.pointer
        if len(pointer) > 1 and pointer[-2] in ("schemas", "definitions", "$defs"):
            return str(pointer[-1])
    return None
