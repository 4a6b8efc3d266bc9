"""Swagger 2.0 read as OpenAPI 3: the same tree, with the corresponding members of OpenAPI 3 added.

The members of the document keep their pointers, so that references and positions stay valid.
"""

from __future__ import annotations

from typing import Any

from arazzoc.openapi.methods import METHODS
from arazzoc.source import Json, Source

_STYLES: dict[str, dict[str, Json]] = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "tabDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"explode": True},
}
_NOT_SCHEMA = frozenset({"name", "in", "description", "required", "collectionFormat", "allowEmptyValue"})
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def upgraded(source: Source) -> Source:
    """Return the source of a Swagger 2.0 document with the tree of an OpenAPI 3 document."""
    return Source(source.path, source.data, _Upgrade(source.tree).tree(), is_json=source.is_json)


class _Upgrade:
    def __init__(self, tree: Any) -> None:
        self.root: dict[str, Any] = tree

    def tree(self) -> dict[str, Json]:
        root = self.root
        components: dict[str, Json] = {}
        schemes = _object(root.get("securityDefinitions"))
        components["securitySchemes"] = {name: _scheme(scheme) for name, scheme in schemes.items()}
        return {
            **root,
            "servers": self.servers(),
            "components": components,
            "paths": {path: self.path_item(item) for path, item in _object(root.get("paths")).items()},
            "parameters": {n: _parameter(p) for n, p in _object(root.get("parameters")).items()},
            "responses": {n: self.response(r, {}) for n, r in _object(root.get("responses")).items()},
        }

    def servers(self) -> list[Json]:
        """Return one server made of schemes, host and basePath; https is preferred to http."""
        host, base = self.root.get("host"), self.root.get("basePath")
        path = base if isinstance(base, str) else ""
        if not isinstance(host, str):
            return [{"url": path}] if path else []
        names = [s for s in _list(self.root.get("schemes")) if s in ("http", "https")]
        scheme = "https" if "https" in names or not names else "http"
        return [{"url": f"{scheme}://{host}{path}"}]

    def path_item(self, item: Any) -> Any:
        if item.__class__ is not dict:
            return item
        shared = self.parameters(item)
        result = dict(item)
        if shared:
            result["parameters"] = [_parameter(p) for p in item["parameters"]]
        for method in METHODS:
            if item.get(method).__class__ is dict:
                result[method] = self.operation(item[method], shared)
        return result

    def parameters(self, owner: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the parameters of an operation or path item, with references followed."""
        found: list[dict[str, Any]] = []
        for parameter in _list(owner.get("parameters")):
            if parameter.__class__ is dict:
                ref = parameter.get("$ref")
                name = ref.removeprefix("#/parameters/") if isinstance(ref, str) else None
                known = _object(self.root.get("parameters"))
                found.append(known[name] if name in known and known[name].__class__ is dict else parameter)
        return found

    def operation(self, operation: dict[str, Any], shared: list[dict[str, Any]]) -> dict[str, Any]:
        result = dict(operation)
        own = self.parameters(operation)
        if own:
            result["parameters"] = [_parameter(p) for p in _list(operation.get("parameters"))]
        body = self.body([*shared, *own], operation)
        if body is not None:
            result["requestBody"] = body
        responses = _object(operation.get("responses"))
        result["responses"] = {status: self.response(r, operation) for status, r in responses.items()}
        return result

    def media_types(self, word: str, operation: dict[str, Any]) -> list[str]:
        own = operation.get(word, self.root.get(word))
        return [m for m in _list(own) if isinstance(m, str)]

    def body(self, parameters: list[dict[str, Any]], operation: dict[str, Any]) -> dict[str, Any] | None:
        """Return the request body of OpenAPI 3 for a `body` parameter or `formData` parameters."""
        consumes = self.media_types("consumes", operation)
        for parameter in parameters:
            if parameter.get("in") == "body":
                content = {media: {"schema": parameter.get("schema", {})} for media in consumes or ["application/json"]}
                return {"required": parameter.get("required") is True, "content": content}
        fields = {p["name"]: p for p in parameters if p.get("in") == "formData" and isinstance(p.get("name"), str)}
        if not fields:
            return None
        has_file = any(p.get("type") == "file" for p in fields.values())
        wanted = [m for m in consumes if m == MULTIPART or (m == FORM and not has_file)]
        required = [name for name, p in fields.items() if p.get("required") is True]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: _schema(p) for name, p in fields.items()},
            "required": required,
        }
        encoding = {name: _style(p) for name, p in fields.items() if p.get("type") == "array"}
        media = wanted[0] if wanted else MULTIPART if has_file else FORM
        return {"required": bool(required), "content": {media: {"schema": schema, "encoding": encoding}}}

    def response(self, response: Any, operation: dict[str, Any]) -> Any:
        if response.__class__ is not dict:
            return response
        headers = _object(response.get("headers"))
        if headers:
            response = {**response, "headers": {name: _header(header) for name, header in headers.items()}}
        if "schema" not in response:
            return response
        if response["schema"].__class__ is dict and response["schema"].get("type") == "file":
            return {**response, "content": {"application/octet-stream": {}}}
        produces = self.media_types("produces", operation) or ["application/json"]
        return {**response, "content": {media: {"schema": response["schema"]} for media in produces}}


def _parameter(parameter: Any) -> Any:
    """Add a schema to a parameter; those of the body are kept unchanged, and later ignored."""
    if parameter.__class__ is not dict or parameter.get("in") in ("body", "formData") or "$ref" in parameter:
        return parameter
    style = _style(parameter) if parameter.get("type") == "array" else {}
    return {**parameter, "schema": _schema(parameter), **style}


def _header(header: Any) -> Any:
    """Add a schema to a response header."""
    return {**header, "schema": _schema(header)} if header.__class__ is dict and "$ref" not in header else header


def _schema(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = {key: value for key, value in parameter.items() if key not in _NOT_SCHEMA}
    if schema.get("type") == "file":
        schema.update(type="string", format="binary")
    return schema


def _style(parameter: dict[str, Any]) -> dict[str, Json]:
    """Return the style of OpenAPI 3 for a collectionFormat; the default is csv."""
    return _STYLES.get(str(parameter.get("collectionFormat", "csv")), _STYLES["csv"])


def _scheme(scheme: Any) -> Any:
    if scheme.__class__ is dict and scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    return scheme


def _object(value: Any) -> dict[str, Any]:
    return value if value.__class__ is dict else {}


def _list(value: Any) -> list[Any]:
    return value if value.__class__ is list else []
