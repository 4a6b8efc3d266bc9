"""The request of a step: the expression that sends it."""

from __future__ import annotations

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.typing import StepTypes
from arazzoc.emit.layout import Layout
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.values import Expressions
from arazzoc.source import Json


class RequestWriter:
    """Writes the request of a step."""

    def __init__(
        self, call: ir.HttpCall, step: ir.Step, workflow: ir.Workflow, types: StepTypes, module: Layout
    ) -> None:
        self.call, self.step, self.workflow, self.module = call, step, workflow, module
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
        if self.step.timeout is not None:
            arguments.append(Code(f"timeout={literal(self.step.timeout)}"))
        return Code(f"client.send({', '.join(arguments)})")

    def _auth(self, alternatives: tuple[tuple[ir.SecurityScheme, ...], ...]) -> str:
        """The credentials that the client adds."""
        lists = [f"[{', '.join(self._credential(s) for s in schemes)}]" for schemes in alternatives]
        return lists[0] if len(lists) == 1 else f"first_given({', '.join(lists)})"

    def _credential(self, scheme: ir.SecurityScheme) -> str:
        value = f"client.{self.module.credentials[scheme].argument}"
        if scheme.kind == "key":
            return f"key_in({literal(scheme.place)}, {literal(scheme.parameter)}, {value})"
        return f"bearer_token({value})" if scheme.kind == "bearer" else f"basic_login({value})"

    def _url(self, expressions: Expressions) -> Code:
        call = self.call
        parts: list[str] = [f"client.{self.module.sources[call.source, call.server].argument}"]
        for part in self.call.path:
            if isinstance(part, str):
                parts.append(literal(part))
                continue
            parts.append(self._path_part(part, expressions))
        if self.call.querystring is not None:
            parts += ['"?"', self._querystring(self.call.querystring, expressions)]
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
