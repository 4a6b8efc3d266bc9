"""Random workflows with the APIs that they call: the documents whose edits are compared (test_diff_random.py)."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from differences import Json

T = TypeVar("T")

NAMES = ("a", "b", "c", "d", "e")
MEDIA = "application/json"
SCHEMES: Json = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "token": {"type": "http", "scheme": "bearer"},
    "login": {"type": "http", "scheme": "basic"},
}


class Draws:
    """What is chosen at random: short words for hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one(self, values: Sequence[T]) -> T:
        return self.draw(st.sampled_from(values))

    def chance(self, of: int = 2) -> bool:
        """Once in so many times."""
        return self.draw(st.integers(0, of - 1)) == of - 1

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def some(self, values: Sequence[T]) -> list[T]:
        return [value for value in values if self.chance()]


# Schemas


def is_new(api: Json) -> bool:
    """Whether null is a type (OpenAPI 3.1)."""
    return str(api["openapi"]).startswith("3.1")


def leaf(d: Draws, api: Json) -> Json:
    kind = d.one(("string", "enum", "length", "integer", "range", "number", "boolean", "null"))
    match kind:
        case "enum":
            return {"type": "string", "enum": d.one([["x", "y"], ["x", "y", "z"], ["x"]])}
        case "length":
            return {"type": "string", "minLength": d.number(0, 2), "maxLength": d.number(4, 9)}
        case "range":
            return {"type": "integer", "minimum": d.number(0, 3), "maximum": d.number(5, 9)}
        case "null":
            inner = d.one(("string", "integer"))
            return {"type": [inner, "null"]} if is_new(api) else {"type": inner, "nullable": True}
        case _:
            return {"type": kind}


def record(d: Draws, api: Json, depth: int, refs: Sequence[str]) -> Json:
    names = NAMES[: d.number(1, 4)]
    made: Json = {"type": "object", "properties": {n: schema(d, api, depth - 1, refs) for n in names}}
    required = d.some(names)
    if required:
        made["required"] = required
    if d.chance(5):
        made["additionalProperties"] = False
    return made


def schema(d: Draws, api: Json, depth: int, refs: Sequence[str] = ()) -> Json:
    if depth <= 0 or d.chance():
        return leaf(d, api)
    kind = d.one(("object", "array", "oneOf", "allOf", *(["ref", "ref"] if refs else [])))
    match kind:
        case "object":
            return record(d, api, depth, refs)
        case "array":
            made: Json = {"type": "array", "items": schema(d, api, depth - 1, refs)}
            return {**made, "minItems": 1} if d.chance(4) else made
        case "oneOf":
            return {"oneOf": [record(d, api, depth - 1, refs), {"type": d.one(("string", "integer"))}]}
        case "allOf":
            whole = {"$ref": f"#/components/schemas/{d.one(refs)}"} if refs else record(d, api, depth - 1, refs)
            return {"allOf": [whole, {"type": "object", "properties": {"f": leaf(d, api)}}]}
        case _:
            return {"$ref": f"#/components/schemas/{d.one(refs)}"}


def plain(schema: Any, api: Json, depth: int = 0) -> Any:
    """A schema as JSON Schema has it, with references followed and null as a type."""
    if not isinstance(schema, dict) or depth > 12:
        return schema
    if "$ref" in schema:
        return plain(api["components"]["schemas"][schema["$ref"].rpartition("/")[2]], api, depth + 1)
    made: Json = {}
    for word, value in schema.items():
        if word == "properties":
            made[word] = {name: plain(inner, api, depth + 1) for name, inner in value.items()}
        elif word in ("allOf", "oneOf", "anyOf"):
            made[word] = [plain(inner, api, depth + 1) for inner in value]
        elif word in ("items", "additionalProperties"):
            made[word] = plain(value, api, depth + 1)
        else:
            made[word] = value
    if made.pop("nullable", False) and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


# APIs


def random_api(d: Draws) -> Json:
    """An API of up to four operations."""
    api: Json = {"openapi": d.one(("3.1.0", "3.0.3")), "info": {"title": "Things", "version": "1"}}
    api["servers"] = [server(d)]
    schemas: Json = {}
    api["components"] = {"schemas": schemas, "securitySchemes": copy.deepcopy(SCHEMES)}
    for name in ("One", "Two", "Three")[: d.number(0, 3)]:
        schemas[name] = record(d, api, 2, list(schemas))
    if d.chance(4):
        api["security"] = security(d)
    api["paths"] = {}
    for number in range(d.number(1, 4)):
        has_id = d.chance()
        path = f"/r{number}" + ("/{id}" if has_id else "")
        method = d.one(("get", "post", "post", "put", "delete"))
        api["paths"][path] = {method: operation(d, api, f"op{number}", method, has_id=has_id)}
    return api


def server(d: Draws) -> Json:
    if d.chance():
        return {"url": "https://api.test"}
    variables: Json = {"region": {"default": "eu"}}
    if d.chance():
        variables["region"]["enum"] = ["eu", "us"]
    return {"url": "https://{region}.api.test/v1", "variables": variables}


def security(d: Draws) -> list[Json]:
    names = list(SCHEMES)
    choices: list[list[Json]] = [[], [{}]]
    choices += [[{d.one(names): []}], [{d.one(names): []}, {d.one(names): []}], [{"key": [], "token": []}]]
    return d.one(choices)


def parameter(d: Draws, api: Json, name: str, where: str) -> Json:
    made: Json = {"name": name, "in": where, "schema": leaf(d, api)}
    if where == "query" and d.chance(4):
        made["schema"] = {"type": "array", "items": {"type": "string"}}
    if d.chance():
        made["required"] = True
    return made


def operation(d: Draws, api: Json, name: str, method: str, *, has_id: bool) -> Json:
    refs = list(api["components"]["schemas"])
    made: Json = {"operationId": name}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}] if has_id else []
    parameters += [parameter(d, api, f"q{n}", "query") for n in range(d.number(0, 2))]
    parameters += [parameter(d, api, f"X-H{n}", "header") for n in range(d.number(0, 1))]
    if parameters:
        made["parameters"] = parameters
    if method in ("post", "put"):
        content = {MEDIA: {"schema": record(d, api, 3, refs)}}
        made["requestBody"] = {"required": d.chance(), "content": content}
    body = {"$ref": f"#/components/schemas/{d.one(refs)}"} if refs and d.chance() else record(d, api, 3, refs)
    fine: Json = {"description": "Fine.", "content": {MEDIA: {"schema": body}}}
    if d.chance(3):
        fine["headers"] = {"X-Next": {"schema": {"type": "string"}}}
    made["responses"] = {d.one(("200", "200", "201")): fine}
    for status in d.some(("404", "503")):
        made["responses"][status] = {"description": "Bad.", "content": {MEDIA: {"schema": record(d, api, 1, ())}}}
    if d.chance(4):
        made["responses"]["default"] = {"description": "Bad."}
    if d.chance(3):
        made["security"] = security(d)
    if d.chance(8):
        made["deprecated"] = True
    return made


def operations(api: Json) -> Iterator[tuple[str, str, Json]]:
    """All operations with their paths and methods."""
    for path, item in api["paths"].items():
        for method in ("get", "post", "put", "delete", "patch"):
            if method in item:
                yield path, method, item[method]


def found_operation(api: Json, name: str) -> Json | None:
    return next((op for _, _, op in operations(api) if op.get("operationId") == name), None)


def leaves(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The paths to what a plain schema says of values, through properties."""
    if path:
        yield path, schema
    for part in (schema, *schema.get("allOf", ())):
        for name, inner in part.get("properties", {}).items():
            yield from leaves(inner, (*path, name))


def success_body(operation: Json, api: Json) -> Any:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            content = response.get("content", {})
            return plain(next(iter(content.values())).get("schema", {}), api) if content else {}
    return {}


# Workflows


class Flow:
    """Makes one workflow for an API: `inputs` grow with what its steps need."""

    def __init__(self, d: Draws, api: Json, name: str) -> None:
        self.d, self.api, self.name = d, api, name
        self.inputs: Json = {}
        self.required: list[str] = []
        self.steps: list[Json] = []

    def input(self, schema: Any, *, required: bool) -> str:
        """A new input for a value of a plain schema."""
        d, name = self.d, f"i{len(self.inputs)}"
        self.inputs[name] = copy.deepcopy(schema)
        if required or d.chance():
            self.required.append(name)
        elif d.chance() and "enum" in schema:
            self.inputs[name]["default"] = schema["enum"][0]
        return f"$inputs.{name}"

    def outputs(self) -> list[str]:
        return [f"$steps.{step['stepId']}.outputs.{name}" for step in self.steps for name in step.get("outputs", {})]

    def value(self, schema: Any, *, required: bool) -> Any:
        """A value for a plain schema: a constant, an input, now and then an output of a step."""
        d = self.d
        kind = d.one(("constant", "input", "input", "output"))
        known = self.outputs()
        if kind == "output" and known and d.chance():
            return d.one(known)
        if kind == "input":
            return self.input(schema, required=required)
        return constant(schema)

    def payload(self, schema: Any) -> Any:
        d = self.d
        parts = [schema, *schema.get("allOf", ())]
        if not any(part.get("properties") for part in parts):
            return self.value(schema, required=True)
        made: Json = {}
        for part in parts:
            for name, inner in part.get("properties", {}).items():
                required = any(name in p.get("required", ()) for p in parts)
                if required or d.chance():
                    nested = "properties" in inner and d.chance()
                    made[name] = self.payload(inner) if nested else self.value(inner, required=required)
        return made

    def call(self, number: int) -> Json:
        d, api = self.d, self.api
        _, _, operation = d.one(list(operations(api)))
        step: Json = {"stepId": f"s{number}", "operationId": operation["operationId"]}
        parameters = []
        for spec in operation.get("parameters", ()):
            required = spec.get("required", False)
            if required or d.chance():
                value = self.value(plain(spec["schema"], api), required=required)
                parameters.append({"name": spec["name"], "in": spec["in"], "value": value})
        if parameters:
            step["parameters"] = parameters
        body = operation.get("requestBody")
        if body is not None and (body.get("required") or d.chance(4) is False):
            media, content = next(iter(body["content"].items()))
            step["requestBody"] = {"contentType": media, "payload": self.payload(plain(content["schema"], api))}
        found = list(leaves(success_body(operation, api)))
        outputs: Json = {}
        for name in ("o", "p")[: d.number(0, 2)]:
            chosen = d.one(found)[0] if found else ()
            outputs[name] = "$response.body#/" + "/".join(chosen) if chosen else "$statusCode"
        if d.chance(6):
            outputs["whole"] = "$response.body"
        if d.chance(6):
            outputs["next"] = "$response.header.X-Next"
        if outputs:
            step["outputs"] = outputs
        if d.chance(3):
            step["successCriteria"] = [{"condition": self.criterion(found)}]
        return step

    def criterion(self, found: list[tuple[tuple[str, ...], Any]]) -> str:
        d = self.d
        listed = [(path, schema["enum"]) for path, schema in found if "enum" in schema]
        if listed and d.chance():
            path, values = d.one(listed)
            text = [value for value in values if isinstance(value, str)]
            if text:
                return f"$response.body#/{'/'.join(path)} == '{d.one(text)}'"
        return d.one(("$statusCode == 200", "$statusCode == 201", "$statusCode < 300", "$statusCode == 404"))

    def actions(self, step: Json) -> None:
        d = self.d
        operation = found_operation(self.api, step.get("operationId", ""))
        found = list(leaves(success_body(operation, self.api))) if operation is not None else []
        names = [s["stepId"] for s in self.steps]
        later = names[names.index(step["stepId"]) + 1 :]
        for key in ("onSuccess", "onFailure"):
            actions: list[Json] = []
            for number in range(d.one((0, 0, 1, 2))):
                kinds = ["end", *(["goto", "goto"] if later else []), *(["retry"] if key == "onFailure" else [])]
                action: Json = {"name": f"{key}{number}", "type": d.one(kinds)}
                if action["type"] == "goto":
                    action["stepId"] = d.one(later)
                if action["type"] == "retry":
                    action |= {"retryAfter": d.number(0, 2), "retryLimit": d.number(0, 2)}
                if d.chance(3) is False:
                    action["criteria"] = [{"condition": self.criterion(found)}]
                actions.append(action)
            if actions:
                step[key] = actions

    def made(self, others: Sequence[Json] = ()) -> Json:
        d = self.d
        for number in range(d.number(1, 3)):
            self.steps.append(self.call(number))
        for other in others:
            if d.chance():
                given = [
                    {"name": name, "value": self.value(schema, required=True)}
                    for name, schema in other.get("inputs", {}).get("properties", {}).items()
                ]
                step: Json = {"stepId": "sub", "workflowId": other["workflowId"]}
                step |= {"parameters": given} if given else {}
                step |= {"outputs": {name: f"$outputs.{name}" for name in other.get("outputs", {})}}
                self.steps.insert(d.number(0, len(self.steps)), step)
        for step in self.steps:
            if d.chance():
                self.actions(step)
        flow: Json = {"workflowId": self.name, "steps": self.steps}
        if self.inputs:
            flow["inputs"] = {"type": "object", "properties": self.inputs}
            flow["inputs"] |= {"required": self.required} if self.required else {}
        chosen = d.some(self.outputs())
        if chosen:
            flow["outputs"] = {f"out{n}": text for n, text in enumerate(chosen)}
        return flow


def constant(schema: Any) -> Any:
    """The first value that comes to mind for a plain schema."""
    if schema.get("enum"):
        return schema["enum"][0]
    if "oneOf" in schema:
        return constant(schema["oneOf"][-1])
    kinds = schema.get("type", "object" if "allOf" in schema else "string")
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "string":
            return "t" * max(3, schema.get("minLength", 0))
        case "integer" | "number":
            return max(4, schema.get("minimum", 0))
        case "boolean":
            return True
        case "array":
            return [constant(schema.get("items", {}))]
        case "object":
            parts = [schema, *schema.get("allOf", ())]
            return {
                name: constant(inner)
                for part in parts
                for name, inner in part.get("properties", {}).items()
                if any(name in p.get("required", ()) for p in parts)
            }
        case _:
            return None


def random_document(d: Draws) -> tuple[Json, Json]:
    """A document with its API: `flow`, and now and then `other`, which it runs or depends on."""
    api = random_api(d)
    others = [Flow(d, api, "other").made()] if d.chance(3) else []
    flow = Flow(d, api, "flow").made(others)
    if others and d.chance(3):
        flow["dependsOn"] = ["other"]
    document: Json = {
        "arazzo": "1.1.0",
        "info": {"title": "Random", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "openapi.json", "type": "openapi"}],
        "workflows": [flow, *others],
    }
    return document, api
