"""The scope of an expression: what it can name at its place, and the value that it becomes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.diagnostics import Fix, Located, quoted, suggest
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_accessors, parse_pointer
from arazzoc.lower.exchange_scope import ExchangeScope

_WORKFLOW_OF_SOURCE = re.compile(r"(.+?)\.(inputs|outputs)\.([^#]+)(?:#(/.*))?")


class Scope(ExchangeScope):
    """Binds the expressions of one phase: of a request, a response, an action, or the outputs of a workflow."""

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
            names = declared[step] if step is not None else ()
            prefix = f"$steps.{step}.outputs." if text.startswith(f"$steps.{step}.outputs.") else f"$steps.{step}."
        elif text.startswith("$workflows."):
            return max(self._longest_in_workflow(text, field) for field in ("inputs", "outputs"))
        elif text.startswith("$outputs.") and self.called_workflow is not None:
            prefix, names = "$outputs.", self.workflow.workflow_outputs(self.called_workflow.key)
        return _longest(text, prefix, names)

    def _longest_in_workflow(self, text: str, field: str) -> int:
        """Return the length of the longest input or output of a workflow that a text begins with, or 0."""
        start = len("$workflows.")
        name = text[start : max(text.find(f".{field}.", start), start)]
        key = self.workflow.workflow_key(name)
        if key is None or key not in self.workflow.has_run:
            return 0
        known = self.workflow.workflow_inputs(key) if field == "inputs" else self.workflow.workflow_outputs(key)
        return _longest(text, f"$workflows.{name}.{field}.", known)

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
            if not pointer and name.endswith(".length"):
                self.warn_of_length(at)
            elif not dots:
                written = f"{rewrite}{longest}#{format_pointer(tokens + pointer)}"
                message = f"{self.where}: {quoted(name)} navigates into {what} with dots instead of a JSON Pointer"
                self.report.add(rules.DOTTED, at, message, help=f"write {written}", fix=Fix(at, written))
            return longest, tokens + pointer
        return None

    # Values

    def value(self, expression: rt.ValueExpression, at: Located, *, dots: bool = False) -> ir.Value | None:
        """Bind an expression to the value that it names; None, with a diagnostic, if there is none.

        `dots` allows navigation by `.` and `[]`, as simple conditions do.
        """
        match expression:
            case (
                rt.Inputs(pointer=(*_, last))
                | rt.Outputs(pointer=(*_, last))
                | rt.Steps(pointer=(*_, last))
                | rt.Workflows(pointer=(*_, last))
            ) if last.endswith(".length"):
                schema = self.workflow.input_schemas.get(expression.name) if isinstance(expression, rt.Inputs) else None
                schemas = (schema,) if schema is not None else ()
                return self.member_or_length(
                    schemas,
                    expression.pointer,
                    at,
                    lambda pointer: self.named(replace(expression, pointer=pointer), at, dots=dots),
                )
            case _:
                return self.named(expression, at, dots=dots)

    def named(self, expression: rt.ValueExpression, at: Located, *, dots: bool) -> ir.Value | None:
        """Bind an expression whose pointer is nothing but a pointer."""
        match expression:
            case rt.Inputs(is_whole=True) | rt.Outputs(is_whole=True):
                return self.whole(expression, at)
            case rt.Steps(is_whole=True) | rt.Workflows(is_whole=True):
                return self.whole(expression, at)
            case rt.Inputs():
                return self.input(expression, at, dots)
            case rt.Steps():
                return self.step_output(expression, at, dots)
            case rt.StatusCode() | rt.Header() | rt.Body() | rt.Url() | rt.Method() | rt.Query() | rt.Path():
                return self.exchange(expression, at)
            case rt.SelfUri():
                return ir.Constant(self.workflow.document.self_uri)
            case rt.SourceDescriptions():
                return self.source_field(expression, at, dots)
            case rt.Outputs():
                return self.called_output(expression, at, dots)
            case rt.Workflows():
                return self.workflow_value(expression, at, dots)

    def whole(self, expression: rt.Inputs | rt.Outputs | rt.Steps | rt.Workflows, at: Located) -> ir.Value | None:
        """Bind all inputs or outputs as one object, or the one that a pointer names; a dialect (AMB-57)."""
        known: Iterable[str] = self.workflow.inputs
        key = self.called_workflow.key if self.called_workflow is not None else ""
        match expression:
            case rt.Steps(step=step):
                known = self.workflow.declared_outputs.get(step, ())
            case rt.Workflows(workflow=name):
                key = self.workflow.workflow_key(name) or ""
                known = self.workflow.workflow_inputs(key) if key else ()
            case _:
                pass
        if isinstance(expression, rt.Outputs) or getattr(expression, "field", "") == "outputs":
            known = self.workflow.workflow_outputs(key) if key else ()
        names = [expression.pointer[0]] if expression.pointer else list(known)
        if not names:
            what = (
                "the workflow declares no inputs"
                if isinstance(expression, rt.Inputs)
                else "there are no outputs to read"
            )
            if isinstance(expression, rt.Workflows):
                what = f"workflow {quoted(expression.workflow)} declares no {expression.field}"
            elif isinstance(expression, rt.Steps):
                what = f"step {quoted(expression.step)} has no outputs"
            self.report.add(rules.NOT_AVAILABLE, at, f"{self.where}: {what}")
            return None
        one = replace(expression, pointer=expression.pointer[1:], is_whole=False)
        values = [self.value(replace(one, name=name), at) for name in names]
        if expression.pointer:
            if values[0] is not None:
                rest = f"#{format_pointer(one.pointer)}" if one.pointer else ""
                message = f"{self.where}: the name {quoted(names[0])} stands in a JSON Pointer, and belongs before it"
                written = f"{_before_name(expression)}.{names[0]}{rest}"
                self.report.add(rules.WHOLE_OBJECT, at, message, help=f"write {written}", fix=Fix(at, written))
            return values[0]
        message = f"{self.where}: this names a whole object, and no value in it; all of it is used"
        self.report.add(rules.WHOLE_OBJECT, at, message)
        bound = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
        return ir.Object(tuple(bound)) if len(bound) == len(names) else None

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
        if _has_length(expression):
            return _pointed(ir.Input(name), pointer, has_length=True)
        schema = self.workflow.input_schemas.get(name)
        return self.at(ir.Input(name), pointer, (schema,) if schema else (), name, at)

    def step_output(self, expression: rt.Steps, at: Located, dots: bool) -> ir.Value | None:
        declared = self.workflow.declared_outputs
        if expression.step not in declared:
            if (not declared or "" in declared) and self.report.is_misread(self.workflow.workflow.workflow.at):
                return None  # its steps could not be read
            if expression.step in self.workflow.unknown_steps:
                return None
            if self.report is self.workflow.report:
                self.workflow.unknown_steps.add(expression.step)
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
        if found is None and not known and self.workflow.is_unread(expression.step):
            return None
        if found is None and expression.is_short:
            message = f"{self.where}: this does not name an output of a step"
            help = f"write {rewrite}<name> with one of its outputs: {', '.join(known)}" if known else None
            self.report.add(rules.BAD_EXPRESSION, at, message, help=help or f"step {expression.step} has no outputs")
            return None
        if found is None:
            self.report.add(
                rules.UNKNOWN_OUTPUT,
                at,
                f"{self.where}: {quoted(expression.name)} is not an output of step {quoted(expression.step)}",
                help=suggest(expression.name, known, noun="it has"),
            )
            return None
        name, pointer = found
        if expression.is_short:
            written = f"{rewrite}{name}{f'#{format_pointer(pointer)}' if pointer else ''}"
            message = f"{self.where}: the expression is not in the specification's grammar"
            self.report.add(rules.DOTTED, at, message, help=f"write {written}", fix=Fix(at, written))
        if name in self.workflow.implied_outputs[expression.step]:
            self.report.add(
                rules.IMPLIED_OUTPUT,
                at,
                f"{self.where}: step {quoted(expression.step)} declares no output {quoted(name)}; the workflow that it "
                "calls does",
                help=f"add outputs: {{{name}: $outputs.{name}}} to step {expression.step}",
            )
        own = self.step is not None and self.step.step.step_id == expression.step and self.phase == "response"
        base = ir.OwnOutput(name) if own else ir.StepOutput(expression.step, name)
        return _pointed(base, pointer, has_length=_has_length(expression))

    def _output_meant(self, name: str) -> str:
        """The expression of an output of that name: what this step gives it, or the only step that has one."""
        own = self.step.step.outputs.get(name) if self.step is not None and self.phase == "response" else None
        if isinstance(own, str) and own.startswith("$response"):
            return own
        steps = [step for step, names in self.workflow.declared_outputs.items() if name in names]
        return f"$steps.{steps[0] if len(steps) == 1 else '<stepId>'}.outputs.{name if name else '<name>'}"

    def called_output(self, expression: rt.Outputs | rt.Workflows, at: Located, dots: bool) -> ir.Value | None:
        """Bind an output of the workflow that the current step calls (AMB-32)."""
        has_ended = self.phase in ("response", "action")
        if self.called_workflow is None or not has_ended:
            where = "this step calls no workflow" if has_ended else "no workflow has been called yet"
            self.report.add(
                rules.NOT_AVAILABLE,
                at,
                f"{self.where}: {where}, so there are no outputs of one to read",
                help=f"write {self._output_meant(expression.name)}",
            )
            return None
        found = self.output_of(self.called_workflow.key, expression, at, dots, "$outputs.")
        if found is None:
            return None
        base = self.keep(ir.CalledOutput(found[0], found[2]), f"$outputs.{found[0]}")
        return _pointed(base, found[1], has_length=_has_length(expression))

    def output_of(
        self, key: str, expression: rt.Outputs | rt.Workflows, at: Located, dots: bool, rewrite: str
    ) -> tuple[str, tuple[str, ...], t.Type] | None:
        """Return the declared output of a workflow that a name begins with, the pointer after it, and its type."""
        types = self.workflow.workflow_outputs(key)
        found = self.member_of(key, expression, "an output", types, at, dots, rewrite)
        return (*found, types[found[0]]) if found is not None else None

    def member_of(
        self,
        key: str,
        expression: rt.Outputs | rt.Workflows,
        what: str,
        known: Collection[str],
        at: Located,
        dots: bool,
        rewrite: str,
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the longest input or output of a workflow that a name begins with, and the pointer after it."""
        found = self.declared(expression.name, expression.pointer, list(known), what, at, dots=dots, rewrite=rewrite)
        if found is None:
            self.report.add(
                rules.UNKNOWN_INPUT if what == "an input" else rules.UNKNOWN_OUTPUT,
                at,
                f"{self.where}: {quoted(expression.name)} is not {what} of workflow {quoted(key)}",
                help=suggest(expression.name, known, noun="it has"),
            )
        return found

    def workflow_value(self, expression: rt.Workflows, at: Located, dots: bool) -> ir.Value | None:
        """Bind an input or output of a workflow: an own input, or one of a workflow that has run (AMB-32, AMB-62)."""
        name, is_input = expression.workflow, expression.field == "inputs"
        if name == self.workflow_id and is_input:
            return self.input(rt.Inputs(expression.name, expression.pointer), at, dots)
        key = self.workflow.workflow_key(name)
        if key is not None and key in self.workflow.has_run:
            is_called = self.called_workflow is not None and self.called_workflow.key == key
            if is_called and self.phase in ("response", "action") and not is_input:
                return self.called_output(expression, at, dots)
            rewrite = f"$workflows.{name}.{expression.field}."
            if not is_input:
                output = self.output_of(key, expression, at, dots, rewrite)
                base: ir.Value | None = ir.WorkflowOutput(key, output[0], output[2]) if output else None
                return _pointed(base, output[1] if output else (), has_length=_has_length(expression))
            fields = self.workflow.workflow_inputs(key)
            found = self.member_of(key, expression, "an input", fields, at, dots, rewrite)
            if found is None:
                return None
            is_present = is_called and self.phase == "response"
            value = self.called_input(fields[found[0]]) if is_present else None
            value = value or ir.WorkflowInput(key, found[0], t.optional(fields[found[0]].type))
            return _pointed(value, found[1], has_length=_has_length(expression))
        self.report_unread(expression, key, at)
        return None

    def called_input(self, field: ir.InputField) -> ir.Value:
        """Return what the current step gives the workflow that it calls as an input."""
        given = {a.name: a.value for a in self.inner_call.inputs} if self.inner_call is not None else {}
        return given.get(field.name, ir.Constant(field.default))

    def report_unread(self, expression: rt.Workflows, key: str | None, at: Located) -> None:
        """Report a value of a workflow that does not exist, or that this one does not run (AMB-62)."""
        name = expression.workflow
        known = [w.workflow_id for w in self.workflow.document.workflows]
        if key is None and name not in known:
            several = [k for k in self.workflow.has_run if k.endswith(f".{name}")]
            self.report.add(
                rules.UNKNOWN_WORKFLOW,
                at,
                f"{self.where}: the document has no workflow {quoted(name)}"
                + (f", and several others have one: {', '.join(map(quoted, sorted(several)))}" if several else ""),
                help="write $sourceDescriptions.<name>.<workflowId> in place of $workflows.<workflowId>"
                if several
                else suggest(name, known, noun="its workflows"),
            )
            return
        self.report.add(
            rules.NOT_AVAILABLE,
            at,
            f"{self.where}: workflow {quoted(self.workflow_id)} does not run workflow {quoted(name)}, so there are no "
            f"{expression.field} of it to read here",
            help=f"add {name} to dependsOn of the workflow, or call it in an earlier step",
        )

    def source_field(self, expression: rt.SourceDescriptions, at: Located, dots: bool) -> ir.Value | None:
        """Bind a field of a source, or a value of a workflow of it that has run."""
        descriptions = self.workflow.workflow.sources.descriptions
        description = descriptions.get(expression.source)
        foreign = _WORKFLOW_OF_SOURCE.fullmatch(expression.reference)
        name = f"$sourceDescriptions.{expression.source}.{foreign[1]}" if foreign else ""
        if foreign is not None and name in self.workflow.workflow.workflow_keys:
            which: Literal["inputs", "outputs"] = "inputs" if foreign[2] == "inputs" else "outputs"
            found = rt.Workflows(name, which, foreign[3], parse_pointer(foreign[4] or ""))
            return self.workflow_value(found, at, dots)
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


def _before_name(expression: rt.Inputs | rt.Outputs | rt.Steps | rt.Workflows) -> str:
    """What stands before the name in an expression."""
    match expression:
        case rt.Inputs():
            return "$inputs"
        case rt.Outputs():
            return "$outputs"
        case rt.Steps(step=step):
            return f"$steps.{step}.outputs"
        case rt.Workflows(workflow=workflow, field=field):
            return f"$workflows.{workflow}.{field}"


def _has_length(expression: rt.Inputs | rt.Outputs | rt.Steps | rt.Workflows) -> bool:
    """Whether a reference ends in the dialect of `.length` (AMB-60)."""
    return not expression.pointer and expression.name.endswith(".length")


def _beginnings(text: str) -> Iterator[str]:
    """Yield the beginnings of a text that end before a dot."""
    for index, char in enumerate(text):
        if char == ".":
            yield text[:index]


def _longest(text: str, prefix: str, names: Iterable[str]) -> int:
    """Return the length of the prefix and the longest name after it that a text begins with, or 0."""
    if not text.startswith(prefix):
        return 0
    ends = (len(prefix) + len(n) for n in names if text.startswith(n, len(prefix)) and _is_expression(prefix + n))
    return max((end for end in ends if _ends_name(text, end)), default=0)


def _pointed(base: ir.Value | None, pointer: tuple[str, ...], *, has_length: bool) -> ir.Value | None:
    """The value at a pointer, or the length of what the pointer leads to but for its last token (AMB-60)."""
    if base is not None and pointer and has_length:
        inner = _pointed(base, pointer[:-1], has_length=False)
        return ir.Size(inner) if inner is not None else None
    return ir.AtPointer(base, pointer) if base is not None and pointer else base


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
