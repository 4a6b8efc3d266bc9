"""A step of the IR to the view of its function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.values import call_values, condition_values, context_values, static_type
from arazzoc.analysis.verdict import verdict
from arazzoc.emit.layout import STEP_NAMES, Layout, step_parameters
from arazzoc.emit.names import Names as TakenNames
from arazzoc.emit.names import snake_case
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.types import TypeNames
from arazzoc.emit.values import Expressions, Names, pointer_arguments
from arazzoc.emit.views import ActionView, CheckView, ClassView, FieldView, LocalView, StepView
from arazzoc.openapi.security import Scheme
from arazzoc.source import Json


class StepWriter:
    """Writes one step function; the runner asks it which values to pass."""

    def __init__(
        self,
        step: ir.Step,
        workflow: ir.Workflow,
        output_types: Mapping[str, Mapping[str, t.Type]],
        module: Layout,
        types: TypeNames,
    ) -> None:
        layout = module.workflows[workflow.id]
        self.step, self.workflow, self.layout, self.types, self.module = step, workflow, layout, types, module
        self.names = layout.steps[step.id]
        self.inputs = {i.name: i for i in workflow.inputs}
        self.input_types = {i.name: i.type for i in workflow.inputs}
        self.output_types = output_types
        self.required = {v for value in self._needed() for v in context_values(value)}
        self.arguments = step_parameters(self._context_values(), layout)
        self.own = {o.name: o.value for o in step.outputs}

    def type_of(self, value: ir.Value) -> t.Type:
        """The type of a value as the step function sees it: what a request needs is never None."""
        if (
            isinstance(value, ir.Input)
            and not self.inputs[value.name].required
            and not self.inputs[value.name].has_default
        ):
            type = t.optional(self.input_types[value.name])
        else:
            type = static_type(value, self.input_types, self.output_types, self.step.id)
        return t.required(type) if self._is_required(value) else type

    def _is_required(self, value: ir.Value) -> bool:
        return not isinstance(value, ir.Constant | ir.Object | ir.List | ir.Replaced) and value in self.required

    def _needed(self) -> list[ir.Value]:
        """The values without which the request cannot be sent."""
        call = self.step.call
        needed = [part.value for part in call.path if isinstance(part, ir.Argument)]
        needed += [a.value for a in (*call.query, *call.headers, *call.cookies) if a.required]
        return needed

    def _context_values(self) -> list[ir.Value]:
        found: dict[ir.Value, None] = {}
        values = list(call_values(self.step.call))
        for criterion in self._criteria():
            values.extend(condition_values(criterion.test))
        values.extend(o.value for o in self.step.outputs)
        for value in values:
            found.update(dict.fromkeys(context_values(value)))
        return list(found)

    def _criteria(self) -> list[ir.Criterion]:
        edges = (*self.step.on_success, *self.step.on_failure)
        return [*self.step.success, *(c for edge in edges for c in edge.when)]

    def is_optional_input(self, value: ir.Value) -> bool:
        """Whether the value is an input that may be absent, so that what is made from it is left out."""
        if not isinstance(value, ir.Input) or self._is_required(value):
            return False
        field = self.inputs[value.name]
        return not field.required and not field.has_default

    # The view

    def view(self) -> StepView:
        step = self.step
        own = {name: Code(f"outputs.{field}") for name, field in self.names.output_fields.items()}
        request = Expressions(self._names({}, {}))
        before = self._locals(step.success)
        after = self._locals([c for edge in step.on_success for c in edge.when])
        checks = Expressions(self._names(before, {}))
        lenient = Expressions(self._names(before, {}))
        failing = Expressions(self._names(before, {n: lenient.value(v) for n, v in self.own.items()}))
        acting = Expressions(self._names(before | after, own))
        outputs = self._outputs(Expressions(self._names({}, {})))
        reads_own = any(
            isinstance(leaf, ir.OwnOutput) or (isinstance(leaf, ir.At) and isinstance(leaf.base, ir.OwnOutput))
            for edge in step.on_success
            for c in edge.when
            for leaf in condition_values(c.test)
        )
        conditional = [edge for edge in step.on_success if not edge.is_certain]
        first, *others = self._checks(checks)
        failure_actions = _actions(step.on_failure, failing)
        success_actions = _actions(step.on_success, acting)
        conditions = [check.violated for check in (first, *others)]
        conditions += [action.condition for action in (*failure_actions, *success_actions)]
        return StepView(
            function=Code(self.names.function),
            parameters=self._parameters(),
            returns=self._returns(),
            docstring=docstring(self._documentation()),
            arguments=self._send(request),
            locals_before=_local_views(before, lenient, conditions),
            checks=(first, *others),
            joins_checks=bool(others),
            fails_if=Code("unmet is not None") if others else first.violated,
            unmet=Code("unmet") if others else first.text,
            failure_actions=failure_actions,
            outputs=outputs,
            names_outputs=bool(step.outputs and (len(conditional) > 0 or reads_own)),
            locals_after=_local_views({v: n for v, n in after.items() if v not in before}, lenient, conditions),
            success_actions=success_actions,
            always_acts=any(edge.is_certain for edge in step.on_success),
            always_acts_on_failure=any(edge.is_certain for edge in step.on_failure),
        )

    def outputs_class(self) -> ClassView | None:
        """The dataclass of the step's outputs."""
        if not self.step.outputs:
            return None
        return ClassView(
            name=Code(self.names.outputs_class),
            docstring=Code(""),
            fields=tuple(
                FieldView(
                    output_field(self.names.output_fields[o.name], self.types.annotation(self.output_type(o)), o.secret)
                )
                for o in self.step.outputs
            ),
        )

    def output_type(self, output: ir.Output) -> t.Type:
        """The type of an output as the step function gives it."""
        return self.type_of(output.value)

    def _names(self, local: dict[ir.Value, str], own: dict[str, Code]) -> Names:
        return Names({**self.arguments, **local}, self.type_of, self.is_optional_input, own)

    def _parameters(self) -> tuple[Code, ...]:
        own = [self._parameter(value, name) for value, name in self.arguments.items()]
        if self.step.retries:
            own.append(Code("spent: Collection[str] = ()"))
        return (Code("client: Client"), Code("*"), *own) if own else (Code("client: Client"),)

    def _parameter(self, value: ir.Value, name: str) -> Code:
        type = self.type_of(value)
        default = " = None" if self.is_optional_input(value) else ""
        return Code(f"{name}: {self.types.annotation(type)}{default}")

    def _returns(self) -> Code:
        outputs = self.names.outputs_class if self.step.outputs else "None"
        actions = dict.fromkeys(edge.name for edge in (*self.step.on_success, *self.step.on_failure))
        action = f"Literal[{', '.join(literal(a) for a in actions)}]" if actions else "None"
        return Code(f"StepResult[{outputs}, {action}]")

    def _documentation(self) -> str:
        call = self.step.call
        path = "".join(part if isinstance(part, str) else "{" + part.name + "}" for part in call.path)
        operation = f" ({call.operation})" if call.operation else ""
        request = f"{call.method} {path}{operation}"
        lines = [self.step.description.strip(), request] if self.step.description.strip() else [request]
        if not self.step.success:
            lines.append("Any 2xx status is a success.")
        if self.step.retries:
            lines.append("`spent` names the actions that have no retry left.")
        return "\n\n".join(lines)

    # The request

    def _send(self, expressions: Expressions) -> tuple[Code, ...]:
        call = self.step.call
        arguments = [
            literal(self.workflow.id),
            literal(self.step.id),
            literal(call.method),
            self._url(expressions),
        ]
        for word, group in (("query", call.query), ("headers", call.headers), ("cookies", call.cookies)):
            if group:
                members = ", ".join(f"{literal(a.name)}: {self._placed(a, word, expressions)}" for a in group)
                arguments.append(Code(f"{word}={{{members}}}"))
        if call.body is not None:
            arguments.append(Code(f"body={self._body(call.body, expressions)}"))
        if call.security:
            arguments.append(Code(f"auth={self._auth(call.security)}"))
        if call.secrets:
            arguments.append(Code(f"secrets=[{', '.join(expressions.value(s) for s in call.secrets)}]"))
        return tuple(arguments)

    def _auth(self, alternatives: tuple[tuple[Scheme, ...], ...]) -> str:
        """The credentials that the client adds."""
        lists = [f"[{', '.join(self._credential(s) for s in schemes)}]" for schemes in alternatives]
        return lists[0] if len(lists) == 1 else f"first_given({', '.join(lists)})"

    def _credential(self, scheme: Scheme) -> str:
        value = f"client.{self.module.credentials[scheme].argument}"
        if scheme.kind == "key":
            return f"key_in({literal(scheme.place)}, {literal(scheme.parameter)}, {value})"
        return f"bearer_token({value})" if scheme.kind == "bearer" else f"basic_login({value})"

    def _url(self, expressions: Expressions) -> Code:
        call = self.step.call
        parts: list[str] = [f"client.{self.module.sources[call.source, call.server].argument}"]
        for part in self.step.call.path:
            if isinstance(part, str):
                parts.append(literal(part))
                continue
            parts.append(self._path_part(part, expressions))
        if self.step.call.querystring is not None:
            parts += ['"?"', self._querystring(self.step.call.querystring, expressions)]
        return Code(" + ".join(parts))

    def _path_part(self, argument: ir.Argument, expressions: Expressions) -> str:
        """A path parameter; the plain form where it is text in the default style."""
        code = self._content(argument, expressions)
        if argument.allow_reserved and self.type_of(argument.value) != t.STRING:
            return f'quote(text({code}), safe="/")'
        if argument.style in ("label", "matrix"):
            explode = ", explode=True" if argument.explode else ""
            return f"path_text({code}, {literal(argument.name)}, {literal(argument.style)}{explode})"
        if self.type_of(argument.value) == t.STRING or argument.content_type is not None:
            safe = "/" if argument.allow_reserved else ""
            return f'quote({code}, safe="{safe}")'
        return f"path_text({code}, explode=True)" if argument.explode else f"path_text({code})"

    def _placed(self, argument: ir.Argument, place: str, expressions: Expressions) -> str:
        """A query, header or cookie parameter; wrapped where it is not in the default style."""
        code = self._content(argument, expressions)
        if argument.content_type is not None:
            return code
        if place == "headers":
            is_text = self.type_of(argument.value) in (t.STRING, t.optional(t.STRING))
            return f"header_text({code}, explode=True)" if argument.explode and not is_text else code
        if not is_styled(argument):
            return code
        options: list[str] = [literal(argument.style or "form")]
        if argument.explode:
            options.append("explode=True")
        if argument.allow_reserved:
            options.append("reserved=True")
        return f"Styled({code}, {', '.join(options)})"

    def _content(self, argument: ir.Argument, expressions: Expressions) -> str:
        """The value of a parameter, as JSON text where it is declared by its content."""
        code = expressions.value(argument.value)
        return f"json.dumps({code})" if argument.content_type is not None and "json" in argument.content_type else code

    def _querystring(self, argument: ir.Argument, expressions: Expressions) -> str:
        """A whole query (Arazzo 1.1.0, Parameter Object): text as it is, other values in the declared media type."""
        code = expressions.value(argument.value)
        if isinstance(argument.value, ir.Constant | ir.Text) or self.type_of(argument.value) == t.STRING:
            return code
        is_json = argument.content_type is not None and "json" in argument.content_type
        return f"url_text({code})" if is_json else f"urlencode(list(form_pairs({code})))"

    def _body(self, body: ir.Body, expressions: Expressions) -> Code:
        media = "" if isinstance(body, ir.RawBody) else _media_argument(body)
        match body:
            case ir.JsonBody(value=value):
                return Code(f"json_body({expressions.value(value)}{media})")
            case ir.FormBody(value=value, encodings=encodings):
                if not encodings:
                    return Code(f"form_body({expressions.value(value)}{media})")
                return Code(f"encoded_form_body({expressions.value(value)}, {_encodings(encodings)}{media})")
            case ir.RawBody(content_type=content_type, value=value):
                return Code(f"raw_body({expressions.value(value)}, {literal(content_type)})")
            case ir.MultipartBody(whole=None, parts=parts, encodings=encodings):
                fields = self._parts([p for p in parts if not p.is_file], expressions)
                files = self._parts([p for p in parts if p.is_file], expressions)
                arguments = [code for code in (fields, f"files={files}" if files else "") if code]
                return Code(f"multipart_body({', '.join(arguments)}{media}{_part_headers(encodings)})")
            case ir.MultipartBody(whole=whole, files=files, encodings=encodings):
                assert whole is not None
                names = "".join(f"{literal(name)}, " for name in files)
                code = f"*split_parts({expressions.value(whole)}, ({names}))"
                return Code(f"multipart_body({code}{media}{_part_headers(encodings)})")

    def _parts(self, parts: list[ir.Part], expressions: Expressions) -> str:
        if not parts:
            return ""
        code = ", ".join(f"{literal(p.name)}: {self._part(p, expressions)}" for p in parts)
        return f"present({{{code}}})" if any(self.is_optional_input(p.value) for p in parts) else f"{{{code}}}"

    def _part(self, part: ir.Part, expressions: Expressions) -> str:
        code = expressions.value(part.value)
        return f"joined({code}, {literal(part.separator)})" if part.separator else code

    # The response

    def _locals(self, criteria: list[ir.Criterion] | tuple[ir.Criterion, ...]) -> dict[ir.Value, str]:
        """A local variable for each part of the response body that conditions read."""
        taken = TakenNames((*self.arguments.values(), *STEP_NAMES))
        found: dict[ir.Value, str] = {}
        for criterion in criteria:
            for value in condition_values(criterion.test):
                inner = value.value if isinstance(value, ir.Size) else value
                if isinstance(inner, ir.At) and isinstance(inner.base, ir.ResponseBody) and inner not in found:
                    words = [str(token) for token in inner.pointer if not str(token).isdigit()]
                    found[inner] = taken.add(snake_case(words[-1] if words else "item"))
        return found

    def _checks(self, expressions: Expressions) -> tuple[CheckView, ...]:
        step = self.step
        checks = [(expressions.negated(c.test), literal(c.text)) for c in step.success]
        if not checks:
            checks = [(Code("not exchange.is_2xx"), literal("a 2xx status"))]
        elif not _needs_response(step.success[0].test):
            checks.insert(0, (Code("exchange.response is None"), literal(step.success[0].text)))
        keywords = [Code("if"), *[Code("elif")] * len(checks)]
        return tuple(CheckView(k, *check) for k, check in zip(keywords, checks, strict=False))

    def _outputs(self, expressions: Expressions) -> Code:
        if not self.step.outputs:
            return Code("None")
        members: list[str] = []
        for output in self.step.outputs:
            value = output.value
            code = expressions.value(value)
            if isinstance(value, ir.At) and isinstance(value.base, ir.ResponseBody) and value.required:
                code = Code(f"exchange.required({pointer_arguments(value.pointer)})")
            members.append(f"{self.names.output_fields[output.name]}={code}")
        return Code(f"{self.names.outputs_class}({', '.join(members)})")


def _needs_response(test: ir.Condition) -> bool:
    """Whether a condition cannot hold without a response."""
    return verdict(test, {ir.StatusCode(): None}) is False


def is_styled(argument: ir.Argument) -> bool:
    """Whether a query or cookie parameter is not in the default style, form and exploded."""
    return argument.style not in ("", "form", "cookie") or not argument.explode or argument.allow_reserved


def _media_argument(body: ir.Body) -> str:
    defaults: dict[type, str] = {
        ir.JsonBody: "application/json",
        ir.FormBody: "application/x-www-form-urlencoded",
        ir.MultipartBody: "multipart/form-data",
    }
    if body.content_type == defaults.get(type(body)):
        return ""
    return f", content_type={literal(body.content_type)}"


def _encodings(encodings: tuple[ir.Encoding, ...]) -> str:
    """How properties of a form are written."""
    members: list[str] = []
    for encoding in encodings:
        options: list[str] = [literal(encoding.style)] if encoding.style else []
        options += ["explode=True"] if encoding.style and encoding.explode else []
        options += ["reserved=True"] if encoding.allow_reserved else []
        members.append(f"{literal(encoding.name)}: Encoding({', '.join(options)})")
    return f"{{{', '.join(members)}}}"


def _part_headers(encodings: tuple[ir.Encoding, ...]) -> str:
    """The argument that says how parts are announced."""
    members: list[str] = []
    for encoding in encodings:
        headers: dict[str, Json] = {"Content-Type": encoding.content_type} if encoding.content_type else {}
        members.append(f"{literal(encoding.name)}: {literal(headers | dict(encoding.headers))}")
    return f", part_headers={{{', '.join(members)}}}" if members else ""


def _actions(edges: tuple[ir.Edge, ...], expressions: Expressions) -> tuple[ActionView, ...]:
    views: list[ActionView] = []
    for edge in edges:
        all_hold = expressions.condition(ir.All(tuple(c.test for c in edge.when)))
        code = expressions.condition(edge.when[0].test) if len(edge.when) == 1 else all_hold
        if isinstance(edge.then, ir.Retry):
            left = f"{literal(edge.name)} not in spent"
            code = Code(f"{left} and {all_hold}" if edge.when else left)
        views.append(ActionView(literal(edge.name), code))
        if edge.is_certain:
            break
    return tuple(views)


def _local_views(found: dict[ir.Value, str], expressions: Expressions, used: list[Code]) -> tuple[LocalView, ...]:
    """The local variables that the conditions use: some conditions read the body itself instead."""
    trees = [ast.parse(code, mode="eval") for code in used if code]
    mentioned = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    views: list[LocalView] = []
    for value, name in found.items():
        if name not in mentioned:
            continue
        assert isinstance(value, ir.At)
        plain = Expressions(Names({}, expressions.names.type_of, expressions.names.is_optional_input, {}))
        views.append(LocalView(Code(name), plain.value(value)))
    return tuple(views)


def output_field(name: str, annotation: str, secret: bool) -> Code:
    """A field of an outputs class; secret ones are never shown."""
    return Code(f"{name}: {annotation} = field(repr=False)" if secret else f"{name}: {annotation}")
