"""A step's request: parameters as the OpenAPI operation declares them, and a body of the right content type."""

from __future__ import annotations

from typing import TypeAlias

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.diagnostics import nearest, quoted, suggest
from arazzoc.lower.payload import MISSING, Escape, is_json_text, lower_json, lower_string
from arazzoc.lower.replacements import apply_replacements
from arazzoc.lower.scope import Scope
from arazzoc.lower.text_payloads import payload_of_text, with_optional_members, without_cdata
from arazzoc.openapi.alternatives import alternatives
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import Found, member
from arazzoc.openapi.operations import Operation, ParameterSpec, Server, document_server, fixed_value, is_json, media_of
from arazzoc.openapi.path_keys import PathKey, Placeholder, path_key
from arazzoc.openapi.security import requirements
from arazzoc.resolve import ResolvedStep
from arazzoc.targets import OperationTarget

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
KEYED = ("POST", "PATCH")
"""The methods whose requests are not idempotent (RFC 9110, section 9.2.2)."""
_JSON_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_BODILESS = ("GET", "HEAD", "DELETE", "TRACE")
Given: TypeAlias = dict[tuple[str, str], tuple[model.Parameter, ir.Value]]
"""The parameters of a step by location and name."""
_HEADERS_OF_CLIENTS = frozenset({"accept", "authorization", "content-type", "cookie", "user-agent"})
_HEADERS_ANYONE_SENDS = _HEADERS_OF_CLIENTS | {"idempotency-key"}


def lower_call(resolved: ResolvedStep, target: OperationTarget, scope: Scope, *, sends_key: bool) -> ir.HttpCall:
    """Compile a step's request (Arazzo 1.1.0, Step Object and Parameter Object).

    With `sends_key` the client adds an idempotency key to a request that needs one.
    """
    operation = target.operation
    given: Given = {}
    for parameter in resolved.parameters:
        if parameter.location is None:
            scope.report.add(
                rules.MISSING_FIELD,
                parameter.at,
                f"{scope.where}: the parameter {quoted(parameter.name)} has no field 'in'",
                help="add in: path, query, header or cookie",
            )
            continue
        if parameter.location == "querystring" and isinstance(parameter.value, str):
            value = with_optional_members(lower_string(parameter.value, parameter.value_at, scope, "form"), scope)
        else:
            value = lower_json(parameter.value, parameter.value_at, scope)
        given[parameter.location, _wire_name(parameter.location, parameter.name)] = (parameter, value)
    path = path_key(operation.path)
    given = _at_their_places(path, given)
    by_client = {("header", "idempotency-key")} if sends_key and operation.method in KEYED else set[tuple[str, str]]()
    _check_parameters(operation, path, given, by_client, resolved.step, scope)
    _check_body(operation, resolved.step, scope)
    arguments = {key: _argument(parameter, value, operation, path) for key, (parameter, value) in given.items()}
    arguments.update(_defaults(operation, set(given)))
    constants = {("query", n): ir.Argument(n, ir.Constant(text), required=True) for n, text in path.constants.items()}
    arguments = constants | arguments

    def placed(location: str) -> tuple[ir.Argument, ...]:
        return tuple(a for (place, _), a in arguments.items() if place == location)

    querystring = placed("querystring")
    if len(querystring) > 1 or (querystring and placed("query")):
        scope.report.add(
            rules.CONFLICT,
            resolved.step.at / "parameters",
            f"{scope.where}: a querystring parameter is combined with other query parameters",
            help="keep either one querystring parameter or the query parameters",
        )
    return ir.HttpCall(
        source=target.source,
        method=operation.method,
        path=_path(path, arguments),
        query=placed("query"),
        headers=placed("header"),
        cookies=placed("cookie"),
        querystring=querystring[0] if querystring else None,
        body=_body(resolved.step.request_body, operation, scope),
        operation=operation.operation_id,
        security=_security(operation, set(given)),
        gives_file=any(not is_json(name) for name in operation.response_media_types()),
        accept=_accept(operation),
        keeps_redirects=operation.describes_redirects,
        server=own.url if (own := own_server(operation)) is not None else "",
    )


def _accept(operation: Operation) -> str:
    """The header Accept: what can be parsed first, then what is kept as it is; '' for JSON alone."""
    media = [media_of(name) for name in operation.response_media_types() if "*" not in name]
    names = sorted(dict.fromkeys(media), key=lambda name: (not is_json(name), name != "application/json"))
    if names in ([], ["application/json"]):
        return ""
    first = is_json(names[0])
    ranked = [name if is_json(name) or not first else f"{name};q=0.5" for name in names]
    return ", ".join([*ranked, "*/*;q=0.1"])


def own_server(operation: Operation) -> Server | None:
    """Return the server of an operation or of its path item, if it is not the document's; `/` is one like `/v2`."""
    server = operation.server
    return None if server == document_server(operation.document) else replace(server, url=server.url or "/")


def _security(operation: Operation, given: set[tuple[str, str]]) -> tuple[tuple[ir.SecurityScheme, ...], ...]:
    """Return the credentials that the client adds: none if the step passes all those of an alternative itself."""
    alternatives: list[tuple[ir.SecurityScheme, ...]] = []
    for alternative in requirements(operation):
        missing = [s for s in alternative if (s.place, _wire_name(s.place, s.parameter)) not in given]
        if not missing:
            return ()
        alternatives.append(tuple(ir.SecurityScheme(s.name, s.kind, s.place, s.parameter) for s in missing))
    return tuple(dict.fromkeys(alternatives))


def _wire_name(location: str, name: str) -> str:
    return name.lower() if location == "header" else name


def _spec(operation: Operation, path: PathKey, location: str, name: str) -> ParameterSpec | None:
    placeholders = {sent: declared for declared, sent in path.queried.items()}
    for spec in operation.parameters.values():
        if location == "query" and spec.name == placeholders.get(name):
            return spec
        if spec.location == location and _wire_name(location, spec.name) == _wire_name(location, name):
            return spec
    return None


def _argument(parameter: model.Parameter, value: ir.Value, operation: Operation, path: PathKey) -> ir.Argument:
    location = parameter.location or ""
    spec = _spec(operation, path, location, parameter.name)
    if spec is None:
        return ir.Argument(parameter.name, value, required=location == "path")
    return _specified(spec, parameter.name, value)


def _specified(spec: ParameterSpec, name: str, value: ir.Value) -> ir.Argument:
    return ir.Argument(name, value, spec.required, spec.style, spec.explode, spec.allow_reserved, spec.content_type)


def _determined(operation: Operation) -> list[ParameterSpec]:
    """The required parameters whose schema determines their value."""
    return [s for s in operation.parameters.values() if s.required and fixed_value(s.schema) is not None]


def _defaults(operation: Operation, given: set[tuple[str, str]]) -> dict[tuple[str, str], ir.Argument]:
    """Return required parameters that the step does not pass and whose schema determines the value."""
    specs = {(s.location, _wire_name(s.location, s.name)): s for s in _determined(operation)}
    values = {key: ir.Constant(fixed_value(spec.schema)) for key, spec in specs.items() if key not in given}
    return {key: _specified(specs[key], specs[key].name, value) for key, value in values.items()}


def _at_their_places(path: PathKey, given: Given) -> Given:
    """Parameters by the names of the path's placeholders: `{Key+}` is Key, and what follows a `?` is the query."""
    found: Given = {}
    for key, (parameter, value) in given.items():
        location, name = key
        if location == "path" and name.endswith("+") and Placeholder(name[:-1], True) in path.parts:
            key = "path", name[:-1]
        if location in ("path", "query") and name in path.queried:
            key = "query", path.queried[name]
        if key != (location, name):
            parameter = replace(parameter, location=key[0], name=key[1])
        found[key] = (parameter, value)
    return found


def _path(key: PathKey, arguments: dict[tuple[str, str], ir.Argument]) -> tuple[str | ir.Argument, ...]:
    parts: list[str | ir.Argument] = []
    for part in key.parts:
        if isinstance(part, str):
            parts.append(part)
        elif (argument := arguments.get(("path", part.name))) is not None:
            parts.append(replace(argument, allow_reserved=argument.allow_reserved or part.keeps_slashes))
        else:
            parts.append(f"{{{part.name}}}")
    return tuple(parts)


def _check_body(operation: Operation, step: model.Step, scope: Scope) -> None:
    """Report a request body that is not given though it is required (AMB-56)."""
    body = step.request_body
    is_given = body is not None and (body.has_payload or body.replacements)
    if operation.requires_body and not is_given and not scope.report.is_misread(step.at / "requestBody"):
        where = f"{operation.method} {operation.path}"
        what = f"{where} requires a request body, which the step does not pass; the request is sent without it"
        scope.report.add(rules.NOT_GIVEN, step.at, f"{scope.where}: {what}", help="add requestBody: {payload: …}")


def _unread(step: model.Step, scope: Scope) -> tuple[set[str], bool]:
    """The names of the parameters of a step that could not be read, and whether there are some without a name."""
    at, report = step.at / "parameters", scope.report
    written = at.value
    if not isinstance(written, list):
        return set(), written is not None and report.is_misread(at)
    items = [item for index, item in enumerate(written) if report.is_misread(at / index)]
    names = {str(item["name"]) for item in items if isinstance(item, dict) and "name" in item}
    return names, len(names) < len(items)


def _check_parameters(
    operation: Operation,
    path: PathKey,
    given: Given,
    by_client: set[tuple[str, str]],
    step: model.Step,
    scope: Scope,
) -> None:
    """Report parameters that are not given though they are required (AMB-56), and those that the operation does not
    declare; one that has no place in its path is not sent (AMB-49). A name that is nearly right is one finding.
    """
    unread, hides_all = _unread(step, scope)
    unknown = {key: p for key, p in _unknown(operation, path, given).items() if p.name not in unread}
    has_value = {key for key, (_, value) in given.items() if value is MISSING or value != ir.Constant(None)}
    where = f"{operation.method} {operation.path}"
    for location, name in _missing(operation, path, has_value | by_client):
        if hides_all or name in unread:
            continue
        misspelled = [key for key in unknown if key[0] == location and nearest(name, [key[1]]) is not None]
        elsewhere = [key for key, other in unknown.items() if other.name == name and other.location is not None]
        example = f"{{name: {name}, in: {location}, value: …}}"
        help, at = f"add to parameters: {example}", step.at
        for key in misspelled[:1]:
            parameter = unknown.pop(key)
            help, at = f"write name: {name} instead of {quoted(parameter.name)}", parameter.at
        for key in elsewhere if not misspelled else ():
            parameter = unknown.pop(key)
            help, at = f"write in: {location} in place of {parameter.location}", parameter.at / "in"
        what = f"{where} requires the {location} parameter {quoted(name)}, which the step does not pass"
        is_of_path = location == "path"
        rule = rules.MISSING_PARAMETER if is_of_path else rules.NOT_GIVEN
        effect = "" if is_of_path else "; the request is sent without it"
        scope.report.add(rule, at, f"{scope.where}: {what}{effect}", help=help)
    for (location, _), parameter in unknown.items():
        known = [s.name for s in operation.parameters.values() if s.location == location and location != "path"]
        known += [name for place, name in path.parameters if place == location]
        effect = "it is not sent" if location == "path" else "it is sent anyway"
        scope.report.add(
            rules.UNKNOWN_PARAMETER,
            parameter.at if parameter.location is None else parameter.at / "name",
            f"{scope.where}: {where} has no {location} parameter {quoted(parameter.name)}; {effect}",
            help=suggest(parameter.name, known, noun=f"its {location} parameters"),
        )


def _unknown(operation: Operation, path: PathKey, given: Given) -> dict[tuple[str, str], model.Parameter]:
    """The given parameters that the operation does not declare, as far as its parameters are known."""
    declared = {(s.location, _wire_name(s.location, s.name)) for s in operation.parameters.values()}
    declared = {key for key in declared if key[0] != "path"} | set(path.parameters)
    declared |= {("query", name) for name in path.constants}
    found: dict[tuple[str, str], model.Parameter] = {}
    for key, (parameter, _) in given.items():
        location, name = key
        if location == "querystring" or key in declared or not name:
            continue  # OpenAPI before 3.2 cannot declare a querystring
        if location != "path" and operation.hides_parameters:
            continue
        if location == "header" and (name in _HEADERS_ANYONE_SENDS or name.startswith("x-")):
            others = [other for place, other in declared - given.keys() if place == location]
            if nearest(name, others) is None:
                continue
        found[key] = parameter
    return found


def _missing(operation: Operation, path: PathKey, given: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The location and name of what the operation requires and nothing gives; what it declares of the headers Accept,
    Authorization and Content-Type has no effect (OpenAPI 3.1.1, Parameter Object).
    """
    given = given | {(s.location, _wire_name(s.location, s.name)) for s in _determined(operation)}
    credentials = {(s.place, _wire_name(s.place, s.parameter)) for schemes in requirements(operation) for s in schemes}
    needed = dict.fromkeys(path.parameters)
    for spec in operation.parameters.values():
        name = path.queried.get(spec.name, spec.name) if spec.location == "query" else spec.name
        is_sent_anyway = spec.location == "header" and spec.name.lower() in _HEADERS_OF_CLIENTS
        if spec.required and spec.location != "path" and not is_sent_anyway:
            needed[spec.location, name] = None
    if any(location == "querystring" for location, _ in given):
        needed = {key: None for key in needed if key[0] != "query"}
    return sorted(key for key in needed if (key[0], _wire_name(*key)) not in given | credentials)


# Bodies


def _body(body: model.RequestBody | None, operation: Operation, scope: Scope) -> ir.Body | None:
    """The request body in its content type (Arazzo 1.1.0, Request Body Object)."""
    if body is None or not (body.has_payload or body.replacements):
        return None
    if operation.method in _BODILESS and operation.request_contents:
        scope.report.add(
            rules.UNEXPECTED_BODY,
            body.at,
            f"{scope.where}: this {operation.method} request has a body; it is sent anyway",
        )
    content_type = body.content_type or _content_type(operation, body, scope)
    if content_type is None:
        return None
    media = media_of(content_type)
    payload, at = body.payload, body.at / "payload"
    schema = _schema(operation, content_type)
    encodings = _encodings(operation, content_type)
    if media == "multipart/form-data" or media.startswith("multipart/"):
        value = apply_replacements(lower_json(payload, at, scope), body, media, scope)
        return _multipart(value, content_type, schema, encodings, body, scope)
    if media == "application/x-www-form-urlencoded":
        if isinstance(payload, str):
            value = lower_string(payload, at, scope, "form")
            value = (
                payload_of_text(value, body, media, scope) if body.replacements else with_optional_members(value, scope)
            )
            if (
                isinstance(value, ir.Constant | ir.Text | ir.Form)
                or t.required(scope.workflow.type_of(value)) == t.STRING
            ):
                return ir.RawBody(content_type, value)
        else:
            value = lower_json(payload, at, scope)
        value = apply_replacements(value, body, media, scope)
        return ir.FormBody(content_type, value, tuple(e for e in encodings if e.style or _is_one(e.content_type)))
    if is_json(media):
        if isinstance(payload, str) and is_json_text(payload):
            value = lower_string(payload, at, scope, "json")
            if not body.replacements:
                return ir.RawBody(content_type, value)
            value = payload_of_text(value, body, media, scope)
            return ir.JsonBody(content_type, apply_replacements(value, body, media, scope))
        return ir.JsonBody(content_type, apply_replacements(lower_json(payload, at, scope), body, media, scope))
    escape: Escape = "xml" if media.endswith(("/xml", "+xml")) else "json" if media in _JSON_LINES else "none"
    escape = "graphql" if media == "application/graphql" else escape
    value = lower_string(payload, at, scope, escape) if isinstance(payload, str) else lower_json(payload, at, scope)
    if escape == "xml":
        value = without_cdata(value)
    if body.replacements and escape in ("none", "graphql") and isinstance(value, ir.Text | ir.Constant):
        value = payload_of_text(value, body, media, scope)
    return ir.RawBody(content_type, apply_replacements(value, body, media, scope))


def _content_type(operation: Operation, body: model.RequestBody, scope: Scope) -> str | None:
    """Choose the content type if the step does not name one (AMB-50)."""
    contents = list(operation.request_contents)
    if not contents:
        scope.report.add(
            rules.UNEXPECTED_BODY,
            body.at,
            f"{scope.where}: {operation.method} {operation.path} does not declare a request body; "
            f"it is sent{' anyway,' if operation.method in _BODILESS else ''} as JSON",
        )
        return "application/json"
    for content_type in contents:
        if media_of(content_type) == "application/json":
            return content_type
    if len(contents) == 1:
        return "application/json" if "*" in contents[0] else contents[0]
    scope.report.add(
        rules.CONTENT_TYPE,
        body.at,
        f"{scope.where}: {operation.method} {operation.path} accepts several content types, none of which is "
        "application/json",
        help=f"add contentType with one of: {', '.join(contents)}",
    )
    return None


def _declared(operation: Operation, content_type: str) -> str:
    """Return the operation's media type that a content type, which may have parameters, refers to."""
    names = (n for n in operation.request_contents if media_of(n) == media_of(content_type))
    return next(names, "")


def _schema(operation: Operation, content_type: str) -> Node | None:
    content = operation.request_contents.get(_declared(operation, content_type))
    return content.get("schema") if content is not None else None


def _encodings(operation: Operation, content_type: str) -> list[ir.Encoding]:
    return [
        ir.Encoding(e.name, e.style, e.explode, e.allow_reserved, e.content_type, e.headers)
        for e in operation.encodings(_declared(operation, content_type))
    ]


def _is_one(content_type: str) -> bool:
    """Whether a content type is one media type, not a list or a range."""
    return bool(content_type) and not set(content_type) & set("*,")


def _multipart(
    value: ir.Value,
    content_type: str,
    schema: Node | None,
    encodings: list[ir.Encoding],
    body: model.RequestBody,
    scope: Scope,
) -> ir.Body | None:
    """Compile a multipart body: the schema says which parts are files, Encoding Objects give their headers."""
    separators = {e.name: _SEPARATORS.get(e.style, ",") for e in encodings if e.style and not e.explode}
    announced = {e.name: e for e in encodings if e.content_type or e.headers}
    for name, media_type in _media_types(schema).items():
        announced.setdefault(name, ir.Encoding(name, content_type=media_type))
    members: tuple[tuple[str, ir.Value], ...]
    if isinstance(value, ir.Object):
        members = value.members
    elif isinstance(value, ir.Constant) and isinstance(value.value, dict):
        members = tuple((name, ir.Constant(item)) for name, item in value.value.items())
    elif isinstance(value, ir.Constant | ir.Text | ir.List):
        scope.report.add(
            rules.WRONG_VALUE,
            body.at / "payload",
            f"{scope.where}: the payload of {content_type} is not an object with one member per part",
        )
        return None
    else:
        return ir.MultipartBody(content_type, (), tuple(announced.values()), value, tuple(_file_names(schema)))
    parts = [ir.Part(name, item, _is_file(schema, name), separators.get(name, "")) for name, item in members]
    names = {name for name, _ in members}
    return ir.MultipartBody(content_type, tuple(parts), tuple(e for e in announced.values() if e.name in names))


def _properties(schema: Node | None) -> dict[str, Node]:
    parts = (part for alternative in alternatives(schema) for part in alternative) if schema is not None else ()
    return {name: node for part in parts for name, node in part.members("properties")}


def _media_types(schema: Node | None) -> dict[str, str]:
    """Return the content types of parts that the schema declares (OpenAPI 3.1: contentMediaType)."""
    return {name: text for name, node in _properties(schema).items() if (text := node.text("contentMediaType"))}


def _file_names(schema: Node | None) -> list[str]:
    return [name for name in _properties(schema) if _is_file(schema, name)]


def _is_file(schema: Node | None, name: str) -> bool:
    """Whether a part is a file, or a list of files."""
    found = member((schema,), name) if schema is not None else None
    schemas = found.schemas if isinstance(found, Found) else ()
    items = [item for s in schemas if (item := s.get("items")) is not None]
    return any(is_binary(s) for s in (*schemas, *items))


def is_binary(schema: Node) -> bool:
    """Whether a schema describes the bytes of a file (OpenAPI 3.0 `format: binary`, 3.1 `contentMediaType`)."""
    for alternative in alternatives(schema):
        for part in alternative:
            if part.text("format") == "binary":
                return True
            if "contentMediaType" in part.fields and "contentEncoding" not in part.fields:
                return True
    return False
