"""Random edits of a document and of its API: one thing each, at a random place.

An edit returns False where there is nothing that it could change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from diff_language import MEDIA, SCHEMES, Draws, Flow, constant, is_new, leaf, operations, record, schema, security
from diff_pairs import rename, replace_text
from differences import Json

Edit: TypeAlias = Callable[[Draws, Json, Json], Any]

EDITS: dict[str, Edit] = {}


def edit(act: Edit) -> Edit:
    EDITS[act.__name__.strip("_")] = act
    return act


# Where


def schemas_of(api: Json) -> Iterator[tuple[Any, Any]]:
    """All schemas of an API, with what they are in."""
    for name in api["components"]["schemas"]:
        yield from _within(api["components"]["schemas"], name)
    for path, _, operation in operations(api):
        for spec in (*operation.get("parameters", ()), *api["paths"][path].get("parameters", ())):
            yield from _within(spec, "schema")
        for response in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in response.get("content", {}).values():
                if "schema" in content:
                    yield from _within(content, "schema")


def _within(owner: Any, key: Any) -> Iterator[tuple[Any, Any]]:
    yield owner, key
    node = owner[key]
    for name in node.get("properties", {}):
        yield from _within(node["properties"], name)
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict):
            yield from _within(node, word)
    for word in ("allOf", "oneOf"):
        for number in range(len(node.get(word, ()))):
            yield from _within(node[word], number)


def place(d: Draws, api: Json, fits: Callable[[Json], Any]) -> tuple[Any, Any] | None:
    found = [(owner, key) for owner, key in schemas_of(api) if fits(owner[key])]
    return d.one(found) if found else None


def node(d: Draws, api: Json, fits: Callable[[Json], Any]) -> Json | None:
    found = place(d, api, fits)
    return found[0][found[1]] if found is not None else None


def operation_of(d: Draws, api: Json) -> Json:
    return d.one([operation for _, _, operation in operations(api)])


def request_of(d: Draws, api: Json) -> Json | None:
    found = [op for _, _, op in operations(api) if "requestBody" in op]
    return d.one(found) if found else None


def fine(operation: Json) -> str | None:
    return next((status for status in operation["responses"] if status.startswith("2")), None)


def _members(node: Json) -> Any:
    return node.get("properties")


def _optional(node: Json) -> list[str]:
    return [name for name in node.get("properties", {}) if name not in node.get("required", ())]


# Schemas


@edit
def add_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, _members)
    if owner is None:
        return False
    owner["properties"]["new"] = schema(d, api, 1)
    return None


@edit
def add_required_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, _members)
    if owner is None:
        return False
    owner["properties"]["must"] = schema(d, api, 1)
    owner["required"] = [*owner.get("required", ()), "must"]
    return None


@edit
def remove_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("properties", ())) > 1)
    if owner is None:
        return False
    name = d.one(list(owner["properties"]))
    del owner["properties"][name]
    _requires(owner, [n for n in owner.get("required", ()) if n != name])
    return None


def _requires(owner: Json, names: list[str]) -> None:
    owner.pop("required", None)
    if names:
        owner["required"] = names


@edit
def rename_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, _members)
    if owner is None:
        return False
    name = d.one(list(owner["properties"]))
    rename(owner["properties"], name, "other")
    _requires(owner, ["other" if n == name else n for n in owner.get("required", ())])
    return None


@edit
def require_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, _optional)
    if owner is None:
        return False
    owner["required"] = [*owner.get("required", ()), d.one(_optional(owner))]
    return None


@edit
def relax_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("required"))
    if owner is None:
        return False
    name = d.one(owner["required"])
    _requires(owner, [n for n in owner["required"] if n != name])
    return None


@edit
def reorder_properties(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("properties", ())) > 1)
    if owner is None:
        return False
    owner["properties"] = dict(reversed(owner["properties"].items()))
    return None


@edit
def close_object(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: _members(n) and n.get("additionalProperties") is not False)
    return owner.update(additionalProperties=False) if owner is not None else False


@edit
def open_object(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "additionalProperties" in n)
    return owner.update(additionalProperties=d.one((True, {"type": "string"}))) if owner is not None else False


@edit
def other_members(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: _members(n) and "additionalProperties" not in n)
    return owner.update(additionalProperties=leaf(d, api)) if owner is not None else False


@edit
def integer_to_number(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "integer")
    return owner.update(type="number") if owner is not None else False


@edit
def number_to_integer(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "number")
    return owner.update(type="integer") if owner is not None else False


@edit
def retype(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: not _members(n))
    if found is None:
        return False
    found[0][found[1]] = leaf(d, api)
    return None


@edit
def replace_schema(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = schema(d, api, 2)
    return None


@edit
def any_value(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: not _members(n))
    if found is None:
        return False
    found[0][found[1]] = {}
    return None


@edit
def add_type(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and n["type"] != "object" and "enum" not in n)
    if owner is None or not is_new(api):
        return False
    owner["type"] = [owner["type"], d.one([k for k in ("string", "integer", "boolean") if k != owner["type"]])]
    return None


@edit
def add_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("enum"))
    if owner is None:
        return False
    owner["enum"] = [*owner["enum"], "extra"] if d.chance() else ["extra", *owner["enum"]]
    return None


@edit
def remove_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("enum", ())) > 1)
    if owner is None:
        return False
    owner["enum"] = [value for value in owner["enum"] if value != d.one(owner["enum"])] or owner["enum"][:1]
    return None


@edit
def no_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("enum"))
    return owner.pop("enum") and None if owner is not None else False


@edit
def list_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "string" and "enum" not in n)
    return owner.update(enum=["ttt", "uuu"]) if owner is not None else False


@edit
def reorder_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("enum", ())) > 1)
    return owner["enum"].reverse() if owner is not None else False


@edit
def one_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "string" and "enum" not in n)
    if owner is None or not is_new(api):
        return False
    owner["const"] = "ttt"
    return None


@edit
def make_nullable(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and not n.get("nullable"))
    if owner is None:
        return False
    if not is_new(api):
        owner["nullable"] = True
        return None
    owner["type"] = [owner["type"], "null"]
    if "enum" in owner:
        owner["enum"] = [*owner["enum"], None]
    return None


@edit
def not_nullable(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("nullable") or (isinstance(n.get("type"), list) and "null" in n["type"]))
    if owner is None:
        return False
    if "nullable" in owner:
        del owner["nullable"]
    else:
        owner["type"] = owner["type"][0]
    return None


def _limit(api: Json, d: Draws) -> tuple[Json, str] | None:
    words = ("minimum", "maximum", "minLength", "maxLength", "minItems")
    found = [(o[k], word) for o, k in schemas_of(api) for word in words if word in o[k]]
    return d.one(found) if found else None


@edit
def tighten(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    if found is None:
        return False
    owner, word = found
    owner[word] += 1 if word.startswith("min") else -1
    return None


@edit
def loosen(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    if found is None or (found[1].startswith("min") and found[0][found[1]] == 0):
        return False
    owner, word = found
    owner[word] -= 1 if word.startswith("min") else -1
    return None


@edit
def remove_limit(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    return found[0].pop(found[1]) and None if found is not None else False


@edit
def add_limit(d: Draws, document: Json, api: Json) -> Any:
    kinds = {"string": ("minLength", "maxLength"), "integer": ("minimum", "maximum"), "array": ("minItems", "maxItems")}
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and n["type"] in kinds)
    if owner is None:
        return False
    word = d.one(kinds[owner["type"]])
    owner[word] = d.number(1, 2) if word.startswith("min") else d.number(3, 5)
    return None


@edit
def deprecate_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "$ref" not in n)
    return owner.update(deprecated=not owner.get("deprecated", False)) if owner is not None else False


@edit
def give_default(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "type" in n and not _members(n))
    return owner.update(default=constant(owner)) if owner is not None else False


@edit
def describe(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "$ref" not in n)
    return owner.update(description="A text.") if owner is not None else False


@edit
def inline_reference(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: "$ref" in n)
    if found is None:
        return False
    name = found[0][found[1]]["$ref"].rpartition("/")[2]
    found[0][found[1]] = copy.deepcopy(api["components"]["schemas"][name])
    return None


@edit
def make_component(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, _members)
    if found is None or found[0] is api["components"]["schemas"]:
        return False
    api["components"]["schemas"]["Made"] = found[0][found[1]]
    found[0][found[1]] = {"$ref": "#/components/schemas/Made"}
    return None


@edit
def rename_component(d: Draws, document: Json, api: Json) -> Any:
    names = list(api["components"]["schemas"])
    if not names:
        return False
    name = d.one(names)
    rename(api["components"]["schemas"], name, "Other")
    for owner, key in list(schemas_of(api)):
        if owner[key].get("$ref") == f"#/components/schemas/{name}":
            owner[key]["$ref"] = "#/components/schemas/Other"
    return None


@edit
def wrap_in_all_of(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = {"allOf": [found[0][found[1]]]}
    return None


@edit
def add_part(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("allOf"))
    return owner["allOf"].append({"type": "object", "properties": {"g": leaf(d, api)}}) if owner is not None else False


@edit
def wrap_in_one_of(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = {"oneOf": [found[0][found[1]], {"type": "array", "items": {"type": "boolean"}}]}
    return None


@edit
def add_alternative(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("oneOf"))
    return owner["oneOf"].append({"type": "boolean"}) if owner is not None else False


@edit
def remove_alternative(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("oneOf", ())) > 1)
    return owner["oneOf"].pop(d.number(0, 1)) and None if owner is not None else False


# Parameters


def _with_parameters(d: Draws, api: Json) -> Json | None:
    found = [op for _, _, op in operations(api) if any(p["in"] != "path" for p in op.get("parameters", ()))]
    return d.one(found) if found else None


def _parameter(d: Draws, api: Json) -> Json | None:
    owner = _with_parameters(d, api)
    return d.one([p for p in owner["parameters"] if p["in"] != "path"]) if owner is not None else None


@edit
def add_parameter(d: Draws, document: Json, api: Json) -> Any:
    made = {"name": "X-New", "in": d.one(("query", "header")), "required": d.chance(), "schema": leaf(d, api)}
    operation_of(d, api).setdefault("parameters", []).append(made)


@edit
def remove_parameter(d: Draws, document: Json, api: Json) -> Any:
    owner = _with_parameters(d, api)
    if owner is None:
        return False
    owner["parameters"].remove(d.one([p for p in owner["parameters"] if p["in"] != "path"]))
    return None


@edit
def rename_parameter(d: Draws, document: Json, api: Json) -> Any:
    found = _parameter(d, api)
    return found.update(name="X-Other") if found is not None else False


@edit
def move_parameter(d: Draws, document: Json, api: Json) -> Any:
    found = _parameter(d, api)
    return found.update({"in": "query" if found["in"] == "header" else "header"}) if found is not None else False


@edit
def require_parameter(d: Draws, document: Json, api: Json) -> Any:
    found = _parameter(d, api)
    return found.update(required=not found.get("required", False)) if found is not None else False


@edit
def deprecate_parameter(d: Draws, document: Json, api: Json) -> Any:
    found = _parameter(d, api)
    return found.update(deprecated=True) if found is not None else False


@edit
def style_parameter(d: Draws, document: Json, api: Json) -> Any:
    found = _parameter(d, api)
    return found.update(explode=False) if found is not None and found["in"] == "query" else False


@edit
def reorder_parameters(d: Draws, document: Json, api: Json) -> Any:
    owner = _with_parameters(d, api)
    return owner["parameters"].reverse() if owner is not None else False


@edit
def share_parameters(d: Draws, document: Json, api: Json) -> Any:
    found = [(path, op) for path, _, op in operations(api) if op.get("parameters")]
    if not found:
        return False
    path, owner = d.one(found)
    api["paths"][path]["parameters"] = owner.pop("parameters")
    return None


# Operations


@edit
def deprecate_operation(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    owner["deprecated"] = not owner.get("deprecated", False)


@edit
def rename_operation(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    name, owner["operationId"] = owner["operationId"], "renamed"
    if d.chance(4) is False:
        for step in steps_of(document):
            if step.get("operationId") == name:
                step["operationId"] = "renamed"


@edit
def remove_operation(d: Draws, document: Json, api: Json) -> Any:
    path, method, _ = d.one(list(operations(api)))
    del api["paths"][path][method]


@edit
def change_method(d: Draws, document: Json, api: Json) -> Any:
    path, method, _ = d.one(list(operations(api)))
    rename(api["paths"][path], method, "patch")


@edit
def change_path(d: Draws, document: Json, api: Json) -> Any:
    path = d.one(list(api["paths"]))
    rename(api["paths"], path, "/new" + path)


@edit
def add_operation(d: Draws, document: Json, api: Json) -> Any:
    api["paths"]["/extra"] = {"get": {"operationId": "extra", "responses": {"200": {"description": "Fine."}}}}


@edit
def add_status(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    status = d.one([s for s in ("202", "204", "409", "500", "default") if s not in owner["responses"]])
    content = {} if status == "204" or d.chance() else {"content": {MEDIA: {"schema": record(d, api, 1, ())}}}
    owner["responses"][status] = {"description": "New.", **content}


@edit
def remove_status(d: Draws, document: Json, api: Json) -> Any:
    found = [op for _, _, op in operations(api) if len(op["responses"]) > 1]
    if not found:
        return False
    owner = d.one(found)
    del owner["responses"][d.one(list(owner["responses"]))]
    return None


@edit
def move_status(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    status = fine(owner)
    return rename(owner["responses"], status, "206") if status is not None else False


@edit
def change_response_type(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    content = owner["responses"].get(fine(owner) or "", {}).get("content", {})
    if MEDIA not in content:
        return False
    if d.chance():
        content["application/vnd.x+json"] = copy.deepcopy(content[MEDIA])
        return None
    return rename(content, MEDIA, d.one(("application/vnd.x+json", "text/plain")))


@edit
def change_request_type(d: Draws, document: Json, api: Json) -> Any:
    owner = request_of(d, api)
    if owner is None or MEDIA not in owner["requestBody"]["content"]:
        return False
    content = owner["requestBody"]["content"]
    if d.chance():
        content["application/xml"] = {"schema": {"type": "object"}}
        return None
    return rename(content, MEDIA, d.one(("application/vnd.x+json", "text/plain")))


@edit
def require_body(d: Draws, document: Json, api: Json) -> Any:
    owner = request_of(d, api)
    if owner is None:
        return False
    owner["requestBody"]["required"] = not owner["requestBody"]["required"]
    return None


@edit
def remove_body(d: Draws, document: Json, api: Json) -> Any:
    owner = request_of(d, api)
    return owner.pop("requestBody") and None if owner is not None else False


@edit
def add_body(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    if "requestBody" in owner:
        return False
    owner["requestBody"] = {"required": d.chance(), "content": {MEDIA: {"schema": record(d, api, 1, ())}}}
    return None


@edit
def change_security(d: Draws, document: Json, api: Json) -> Any:
    (api if d.chance(3) else operation_of(d, api))["security"] = security(d)


@edit
def another_credential(d: Draws, document: Json, api: Json) -> Any:
    found = [owner for owner in (api, *(op for _, _, op in operations(api))) if owner.get("security")]
    if not found:
        return False
    owner, name = d.one(found), d.one(list(SCHEMES))
    if d.chance():
        owner["security"] = [*owner["security"], {name: []}]
    else:
        owner["security"] = [{**need, name: []} for need in owner["security"]]
    return None


@edit
def no_security(d: Draws, document: Json, api: Json) -> Any:
    found = [owner for owner in (api, *(op for _, _, op in operations(api))) if "security" in owner]
    return d.one(found).pop("security") and None if found else False


@edit
def change_scheme(d: Draws, document: Json, api: Json) -> Any:
    schemes = api["components"]["securitySchemes"]
    name = d.one(("key", "query"))
    schemes[name] = {**schemes[name], **d.one(({"in": "header"}, {"in": "query"}, {"name": "other"}))}


@edit
def move_server(d: Draws, document: Json, api: Json) -> Any:
    owner = d.one((api, operation_of(d, api)))
    server = copy.deepcopy(api["servers"][0])
    server["url"] = server["url"].replace("api.test", "store.test")
    owner["servers"] = [server]


@edit
def change_variable(d: Draws, document: Json, api: Json) -> Any:
    server = api["servers"][0]
    if "variables" not in server:
        return False
    variable = server["variables"]["region"]
    return variable.update(d.one(({"default": "us"}, {"enum": ["eu", "us"]}, {"enum": ["eu"]})))


@edit
def add_variable(d: Draws, document: Json, api: Json) -> Any:
    server = api["servers"][0]
    server["url"] = server["url"].replace("/v1", "") + "/{v}"
    server["variables"] = {**server.get("variables", {}), "v": {"default": "v1"}}


@edit
def change_headers(d: Draws, document: Json, api: Json) -> Any:
    owner = operation_of(d, api)
    response = owner["responses"].get(fine(owner) or "")
    if response is None:
        return False
    if response.pop("headers", None) is None:
        response["headers"] = {"X-Next": {"schema": {"type": "string"}}}
    return None


@edit
def describe_operation(d: Draws, document: Json, api: Json) -> Any:
    operation_of(d, api).update(d.one(({"summary": "Does it."}, {"description": "Does it."}, {"tags": ["x"]})))


# The document


def steps_of(document: Json) -> list[Json]:
    return [step for flow in document["workflows"] for step in flow["steps"]]


def flow_of(d: Draws, document: Json) -> Json:
    found: Json = d.one(document["workflows"])
    return found


def step_of(d: Draws, document: Json) -> Json:
    return d.one(steps_of(document))


def _input(d: Draws, document: Json) -> tuple[Json, str] | None:
    found = [(f["inputs"], n) for f in document["workflows"] for n in f.get("inputs", {}).get("properties", {})]
    return d.one(found) if found else None


@edit
def add_input(d: Draws, document: Json, api: Json) -> Any:
    inputs = flow_of(d, document).setdefault("inputs", {"type": "object", "properties": {}})
    inputs["properties"]["new"] = d.one(({"type": "string"}, {"type": "integer", "default": 1}))
    if d.chance():
        inputs["required"] = [*inputs.get("required", ()), "new"]


@edit
def require_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    required = inputs.get("required", [])
    _requires(inputs, [n for n in required if n != name] if name in required else [*required, name])
    return None


@edit
def change_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    known = inputs["properties"][name]
    changes: list[Json] = [{"description": "A text."}, {"format": "password"}, {"default": constant(known)}]
    changes += [{"type": d.one(("string", "integer", "number"))}, {"maxLength": 5}, {"minimum": 1}]
    return known.update(d.one(changes))


@edit
def rename_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    rename(inputs["properties"], name, "other")
    _requires(inputs, ["other" if n == name else n for n in inputs.get("required", ())])
    owner = next(flow for flow in document["workflows"] if flow.get("inputs") is inputs)
    replace_text(owner["steps"], f"$inputs.{name}", "$inputs.other")
    return None


@edit
def add_output(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    known = [f"$steps.{s['stepId']}.outputs.{name}" for s in flow["steps"] for name in s.get("outputs", {})]
    return flow.setdefault("outputs", {}).update(new=d.one(known)) if known else False


def _outputs(d: Draws, document: Json) -> Json | None:
    found = [owner["outputs"] for owner in document["workflows"] if owner.get("outputs")]
    return d.one(found) if found else None


@edit
def remove_output(d: Draws, document: Json, api: Json) -> Any:
    outputs = _outputs(d, document)
    return outputs.pop(d.one(list(outputs))) and None if outputs is not None else False


@edit
def rename_output(d: Draws, document: Json, api: Json) -> Any:
    outputs = _outputs(d, document)
    return rename(outputs, d.one(list(outputs)), "other") if outputs is not None else False


@edit
def add_step_output(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    if "operationId" not in step:
        return False
    text = d.one(("$statusCode", "$response.body", "$response.header.X-Next", "$url"))
    return step.setdefault("outputs", {}).update(new=text)


@edit
def change_step_output(d: Draws, document: Json, api: Json) -> Any:
    found = [s for s in steps_of(document) if s.get("outputs") and "operationId" in s]
    if not found:
        return False
    outputs = d.one(found)["outputs"]
    outputs[d.one(list(outputs))] = d.one(("$statusCode", "$response.body", "$response.body#/a"))
    return None


@edit
def rename_step_output(d: Draws, document: Json, api: Json) -> Any:
    found = [s for s in steps_of(document) if s.get("outputs") and "operationId" in s]
    if not found:
        return False
    step = d.one(found)
    name = d.one(list(step["outputs"]))
    rename(step["outputs"], name, "other")
    flow = next(flow for flow in document["workflows"] if step in flow["steps"])
    replace_text(flow, f"$steps.{step['stepId']}.outputs.{name}", f"$steps.{step['stepId']}.outputs.other")
    return None


@edit
def add_step(d: Draws, document: Json, api: Json) -> Any:
    flow, maker = flow_of(d, document), Flow(d, api, "extra")
    made = maker.call(9)
    if maker.inputs:
        return False
    return flow["steps"].insert(d.number(0, len(flow["steps"])), made)


@edit
def remove_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    if len(flow["steps"]) < 2:
        return False
    return flow["steps"].remove(d.one(flow["steps"]))


@edit
def rename_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    step = d.one(flow["steps"])
    name, step["stepId"] = step["stepId"], "other"
    replace_text(flow, f"$steps.{name}.", "$steps.other.")
    for action in (a for s in flow["steps"] for key in ("onSuccess", "onFailure") for a in s.get(key, ())):
        if action.get("stepId") == name:
            action["stepId"] = "other"


@edit
def move_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    if len(flow["steps"]) < 2:
        return False
    return flow["steps"].insert(d.number(0, 1), flow["steps"].pop())


@edit
def another_operation(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    return step.update(operationId=operation_of(d, api)["operationId"]) if "operationId" in step else False


def _given(d: Draws, document: Json) -> list[Json] | None:
    found = [step["parameters"] for step in steps_of(document) if step.get("parameters")]
    return d.one(found) if found else None


@edit
def change_argument(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return d.one(found).update(value=d.one(("uuu", "x", 7, True))) if found is not None else False


@edit
def remove_argument(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return found.remove(d.one(found)) if found is not None else False


@edit
def reorder_arguments(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return found.reverse() if found is not None else False


def _payload(d: Draws, document: Json) -> Json | None:
    payloads = [step["requestBody"]["payload"] for step in steps_of(document) if "requestBody" in step]
    found = [payload for payload in payloads if isinstance(payload, dict)]
    return d.one(found) if found else None


@edit
def send_more(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    return payload.update({d.one(("a", "b", "more")): d.one(("ttt", 4, True, None))}) if payload is not None else False


@edit
def send_less(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    return payload.pop(d.one(list(payload))) and None if payload else False


@edit
def send_in_another_order(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    if not payload or len(payload) < 2:
        return False
    members = list(reversed(payload.items()))
    payload.clear()
    return payload.update(members)


@edit
def change_criteria(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    criteria = [{"condition": d.one(("$statusCode == 200", "$statusCode < 400", "$statusCode<300"))}]
    if step.get("successCriteria") and d.chance():
        return step.pop("successCriteria") and None
    step["successCriteria"] = [*(step.get("successCriteria", ()) if d.chance() else ()), *criteria]
    return None


def _actions(d: Draws, document: Json) -> list[Json] | None:
    found = [step[key] for step in steps_of(document) for key in ("onSuccess", "onFailure") if step.get(key)]
    return d.one(found) if found else None


@edit
def add_action(d: Draws, document: Json, api: Json) -> Any:
    key = d.one(("onSuccess", "onFailure"))
    action: Json = {"name": "new", "type": "end"}
    if d.chance():
        action["criteria"] = [{"condition": "$statusCode == 404"}]
    step = step_of(d, document)
    step[key] = [*step.get(key, ()), action] if d.chance() else [action, *step.get(key, ())]


@edit
def remove_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None or len(found) < 2:
        return False
    return found.remove(d.one(found))


@edit
def rename_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    return d.one(found).update(name="other") if found is not None else False


@edit
def reorder_actions(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    return found.reverse() if found is not None and len(found) > 1 else False


@edit
def change_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None:
        return False
    action = d.one(found)
    if action["type"] == "retry":
        return action.update(d.one(({"retryLimit": 4}, {"retryAfter": 5})))
    action.pop("stepId", None)
    return action.update(type="end")


@edit
def change_action_criteria(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None:
        return False
    action = d.one(found)
    if action.get("criteria") and d.chance():
        del action["criteria"]
        return None
    return action.update(criteria=[{"condition": d.one(("$statusCode == 200", "$statusCode<300"))}])


@edit
def change_timeout(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    return step.update(timeout=5000) if "operationId" in step else False


@edit
def depend(d: Draws, document: Json, api: Json) -> Any:
    flow = document["workflows"][0]
    if flow.pop("dependsOn", None) is not None:
        return None
    if d.chance() and len(document["workflows"]) > 1:
        flow["dependsOn"] = [document["workflows"][1]["workflowId"]]
        return None
    names = [step["stepId"] for step in flow["steps"]]
    return flow["steps"][-1].update(dependsOn=[d.one(names[:-1])]) if len(names) > 1 else False


@edit
def describe_flow(d: Draws, document: Json, api: Json) -> Any:
    owner = d.one((document["info"], flow_of(d, document), step_of(d, document)))
    owner["description"] = "A text."


@edit
def rename_workflow(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    name, flow["workflowId"] = flow["workflowId"], "renamed"
    for step in steps_of(document):
        if step.get("workflowId") == name:
            step["workflowId"] = "renamed"
    for other in document["workflows"]:
        if name in other.get("dependsOn", ()):
            other["dependsOn"] = ["renamed"]


@edit
def add_workflow(d: Draws, document: Json, api: Json) -> Any:
    document["workflows"].append({**copy.deepcopy(document["workflows"][-1]), "workflowId": "twin"})


@edit
def remove_workflow(d: Draws, document: Json, api: Json) -> Any:
    if len(document["workflows"]) < 2:
        return False
    return document["workflows"].pop() and None


@edit
def reorder(d: Draws, document: Json, api: Json) -> Any:
    """Members and items of which the order means little."""
    found: list[Any] = [document["workflows"], api["paths"], api["components"]["schemas"]]
    for flow in document["workflows"]:
        found += [flow.get("inputs", {}).get("properties"), flow.get("outputs"), flow.get("dependsOn")]
    for step in steps_of(document):
        found += [step.get("outputs"), step.get("successCriteria"), step.get("parameters")]
    for _, _, operation in operations(api):
        found += [operation["responses"], operation.get("security"), operation.get("parameters")]
    found += [owner[key].get(word) for owner, key in schemas_of(api) for word in ("oneOf", "allOf", "enum", "required")]
    found += [owner[key].get("type") for owner, key in schemas_of(api) if isinstance(owner[key].get("type"), list)]
    found = [value for value in found if value and len(value) > 1]
    if not found:
        return False
    value = d.one(found)
    if isinstance(value, list):
        return value.reverse()
    members = list(reversed(value.items()))
    value.clear()
    return value.update(members)
