"""Random edits of the parameters, bodies, answers and credentials of an API."""

from __future__ import annotations

import copy
from typing import Any

from diff_documents import rename
from diff_edits import edit, fine, operation_of, request_of, steps_of
from diff_language import MEDIA, SCHEMES, Draws, leaf, operations, record, security
from differences import Json


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
    variable = server.get("variables", {}).get("region")
    if variable is None:
        return False
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
