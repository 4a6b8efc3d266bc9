"""The request of a step: the expression that sends it."""

from __future__ import annotations

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.resuming import gives_secret
from arazzoc.analysis.typing import StepTypes
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.uses import Uses
from arazzoc.emit.values import Expressions
from arazzoc.source import Json


class RequestWriter:
    """Writes the request of a step."""

    def __init__(
        self, call: ir.HttpCall, step: ir.Step, workflow: ir.Workflow, types: StepTypes, module: ModuleNames, uses: Uses
    ) -> None:
        self.call, self.step, self.workflow, self.module, self.uses = call, step, workflow, module, uses
        self.type_of, self.is_optional_input = types.type_of, types.is_optional_input

    def code(self, expressions: Expressions) -> Code:
        """The expression that sends the request and gives the exchange."""
        call = self.call
        arguments = [
            literal(self.workflow.id),
            literal(self.step.id),
            literal(call.method),
            self._url(expressions),
        ]
        for word, group in (("query", call.query), ("headers", call.headers), ("cookies", call.cookies)):
            members = [f"{literal(a.name)}: {self._placed(a, word, expressions)}" for a in group]
            if word == "headers" and self.step.idempotency_key:
                members.append('"Idempotency-Key": idempotency_key')
            if members:
                arguments.append(Code(f"{word}={{{', '.join(members)}}}"))
        if call.body is not None:
            arguments.append(Code(f"body={self._body(call.body, expressions)}"))
        if call.security:
            arguments.append(Code(f"auth={self._auth(call.security)}"))
        if call.secrets:
            arguments.append(Code(f"secrets=[{', '.join(expressions.value(s) for s in call.secrets)}]"))
        if gives_secret(self.step.outputs):
            arguments.append(Code("gives_secret=True"))
        if call.accept:
            arguments.append(Code(f"accept={literal(call.accept)}"))
        if call.keeps_redirects:
            arguments.append(Code("redirects=False"))
        return Code(f"{client_of(self.step, self.uses)}.send({', '.join(arguments)})")

    def _auth(self, alternatives: tuple[tuple[ir.SecurityScheme, ...], ...]) -> str:
        """The credentials that the client adds."""
        lists = [f"[{', '.join(self._credential(s) for s in schemes)}]" for schemes in alternatives]
        return lists[0] if len(lists) == 1 else self.uses.call("first_complete", *lists)

    def _credential(self, scheme: ir.SecurityScheme) -> str:
        value = f"client.{self.module.credentials[scheme]}"
        if scheme.kind == "key":
            return self.uses.call("key_in", literal(scheme.place), literal(scheme.parameter), value)
        return self.uses.call("bearer_token" if scheme.kind == "bearer" else "basic_login", value)

    def _url(self, expressions: Expressions) -> Code:
        call = self.call
        parts: list[str] = [f"client.{self.module.sources[call.source, call.server].argument}"]
        for part in self.call.path:
            parts.append(literal(part) if isinstance(part, str) else self._path_part(part, expressions))
        if self.call.querystring is not None:
            parts += ['"?"', self._querystring(self.call.querystring, expressions)]
        return Code(" + ".join(parts))

    def _path_part(self, argument: ir.Argument, expressions: Expressions) -> str:
        """A path parameter; a response may have given a value that is not what its schema declares."""
        code = self._content(argument, expressions)
        if argument.allow_reserved:
            return self.uses.call("path_text", code, literal(argument.name), 'safe="/"')
        if argument.content_type is None and argument.style in ("label", "matrix", *DELIMITED):
            explode = "explode=True" if argument.explode else ""
            return self.uses.call("styled_path", code, literal(argument.name), literal(argument.style), explode)
        if argument.content_type is None and argument.explode and self._may_be_structured(argument.value):
            return self.uses.call("styled_path", code, literal(argument.name), '"simple"', "explode=True")
        return self.uses.call("path_text", code, literal(argument.name))

    def _may_be_structured(self, value: ir.Value) -> bool:
        """Whether a value can be an object or a list, as far as its type says."""
        plain = (t.INTEGER, t.STRING, t.Number(), t.Boolean(), t.NULL)
        return any(
            item not in plain and not isinstance(item, t.Literal) for item in t.alternatives(self.type_of(value))
        )

    def _placed(self, argument: ir.Argument, place: str, expressions: Expressions) -> str:
        """A query, header or cookie parameter; wrapped where it is not in the default style."""
        code = self._content(argument, expressions)
        if argument.content_type is not None:
            return code
        if place == "headers":
            if argument.style in DELIMITED:
                return self.uses.call("styled_header", code, literal(argument.style))
            is_exploded = argument.explode and self._may_be_structured(argument.value)
            return self.uses.call("styled_header", code, "explode=True") if is_exploded else code
        if not is_styled(argument):
            return code
        return self._styled(code, argument.style or "form", explode=argument.explode, reserved=argument.allow_reserved)

    def _styled(self, code: str, style: str, *, explode: bool, reserved: bool) -> Code:
        options = ["explode=True" if explode else "", "reserved=True" if reserved else ""]
        return self.uses.call("styled", code, literal(style), *options)

    def _content(self, argument: ir.Argument, expressions: Expressions) -> str:
        """The value of a parameter, as JSON text where it is declared by its content."""
        code = expressions.value(argument.value)
        if argument.content_type is None or "json" not in argument.content_type:
            return code
        return self.uses.call("json_of", code)

    def _querystring(self, argument: ir.Argument, expressions: Expressions) -> str:
        """A whole query (Arazzo 1.1.0, Parameter Object): text as it is, other values in the declared media type."""
        code = expressions.value(argument.value)
        if isinstance(argument.value, ir.Constant | ir.Text | ir.Form):
            return code
        if t.required(self.type_of(argument.value)) == t.STRING:
            return self.uses.call("text_of", code)
        is_json = argument.content_type is not None and "json" in argument.content_type
        return self.uses.call("url_text" if is_json else "form_text", code)

    def _body(self, body: ir.Body, expressions: Expressions) -> Code:
        media = "" if isinstance(body, ir.RawBody) else _media_argument(body)
        match body:
            case ir.JsonBody(value=value):
                return self.uses.call("json_body", expressions.value(value), media)
            case ir.FormBody(value=value, encodings=encodings):
                return self.uses.call("form_body", expressions.members(value), media, self._encodings(encodings))
            case ir.RawBody(content_type=content_type, value=value):
                is_text = isinstance(value, ir.Constant | ir.Text | ir.Form) or self.type_of(value) == t.STRING
                function = "text_body" if is_text else "file_body"
                return self.uses.call(function, expressions.value(value), literal(content_type))
            case ir.MultipartBody(whole=None, parts=parts, encodings=encodings):
                fields = self._parts([p for p in parts if not p.is_file], expressions)
                files = self._parts([p for p in parts if p.is_file], expressions)
                headers = _part_headers(encodings)
                return self.uses.call("multipart_body", fields, files and f"files={files}", media, headers)
            case ir.MultipartBody(whole=whole, files=files, encodings=encodings):
                assert whole is not None
                names = "".join(f"{literal(name)}, " for name in files)
                split = self.uses.call("split_parts", expressions.value(whole), f"({names})")
                return self.uses.call("multipart_body", f"*{split}", media, _part_headers(encodings))

    def _parts(self, parts: list[ir.Part], expressions: Expressions) -> str:
        if not parts:
            return ""
        return "{" + ", ".join(f"{literal(p.name)}: {self._part(p, expressions)}" for p in parts) + "}"

    def _part(self, part: ir.Part, expressions: Expressions) -> str:
        code = expressions.value(part.value)
        return self.uses.call("joined_items", code, literal(part.separator)) if part.separator else code

    def _encodings(self, encodings: tuple[ir.Encoding, ...]) -> str:
        """How properties of a form are written that are not in the usual way."""
        members: list[str] = []
        for encoding in encodings:
            writer: str = self.uses.name("text_member") if not encoding.style else ""
            if encoding.style:
                options = {"explode": encoding.explode, "reserved": encoding.allow_reserved}
                writer = f"lambda value: {self._styled('value', encoding.style, **options)}"
            members.append(f"{literal(encoding.name)}: {writer}")
        return f"encodings={{{', '.join(members)}}}" if members else ""


def client_of(step: ir.Step, uses: Uses) -> str:
    """The client of a step, whose time is bounded if that of the step is; a workflow that it runs keeps its end."""
    if step.timeout is None:
        return "client"
    state = ["state"] if isinstance(step.call, ir.WorkflowCall) else []
    return uses.call("within", "client", literal(step.timeout), *state)


DELIMITED = ("spaceDelimited", "pipeDelimited", "tabDelimited")
"""Styles that OpenAPI 3 knows in queries, and Swagger 2.0 in headers and paths too."""


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
    return f"content_type={literal(body.content_type)}"


def _part_headers(encodings: tuple[ir.Encoding, ...]) -> str:
    """The argument that says how parts are announced."""
    members: list[str] = []
    for encoding in encodings:
        headers: dict[str, Json] = {"Content-Type": encoding.content_type} if encoding.content_type else {}
        members.append(f"{literal(encoding.name)}: {literal(headers | dict(encoding.headers))}")
    return f"part_headers={{{', '.join(members)}}}" if members else ""
