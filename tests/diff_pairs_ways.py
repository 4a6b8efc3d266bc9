"""Edits of what several steps or alternatives have in common: each is one record, on whatever ways it is met."""

from __future__ import annotations

from typing import Any

from diff_documents import buy, get, order, put, rename, replace_text, step, thing
from diff_pairs import several
from diff_pairs_schemas import TEXT, of_order, sent
from differences import Edit, Json

ELEMENT: Json = {"$ref": "#/components/schemas/Thing"}
OWN_SERVER: Json = {"url": "https://things.example"}
CHOICE: Json = {
    "oneOf": [
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        {"type": "object", "required": ["t"], "properties": {"t": TEXT}},
    ]
}


def of_paths(api: Json) -> Any:
    """What two operations have in common."""
    return api["paths"]["/things/{id}"]


def listing(document: Json, api: Json) -> None:
    """The last step reads an element of what others read alone."""
    response = {
        "description": "Fine.",
        "content": {"application/json": {"schema": {"type": "array", "items": ELEMENT}}},
    }
    api["paths"]["/all"] = {"get": {"operationId": "allThings", "responses": {"200": response}}}
    outputs = {"first": "$response.body#/0/status", "price": "$response.body#/0/price"}
    buy(document)["steps"].append({"stepId": "all", "operationId": "allThings", "outputs": outputs})


def told(document: Json, api: Json) -> None:
    """A failure of which an action handles one value, and another all others; all statuses but one have it."""
    schema = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string", "enum": ["busy"]}}}
    get(api)["responses"]["default"] = {"description": "Failed.", "content": {"application/json": {"schema": schema}}}
    criteria = [{"condition": "$response.body#/code == 'busy'"}]
    step(document, 1)["onFailure"].insert(0, {"name": "busy", "type": "end", "criteria": criteria})


def code(api: Json) -> Any:
    return get(api)["responses"]["default"]["content"]["application/json"]["schema"]["properties"]["code"]


def another_name(document: Json, api: Json) -> None:
    """An operation with servers of its own, after which an argument is called, has another name."""
    get(api)["operationId"] = "fetchThing"
    for flow in document["workflows"]:
        for each in flow["steps"]:
            replace_text(each, "getThing", "fetchThing")


def uploading(document: Json, api: Json) -> None:
    """A step that sends two parts."""
    schema = {"type": "object", "properties": {"file": TEXT, "notes": {"type": "object", "properties": {"n": TEXT}}}}
    content = {"multipart/form-data": {"schema": schema, "encoding": {"notes": {"contentType": "application/json"}}}}
    api["paths"]["/files"] = {
        "post": {
            "operationId": "addFile",
            "requestBody": {"content": content},
            "responses": {"200": {"description": "Fine."}},
        }
    }
    body = {"contentType": "multipart/form-data", "payload": {"file": "x", "notes": {"n": "y"}}}
    buy(document)["steps"].append({"stepId": "upload", "operationId": "addFile", "requestBody": body})


def all_alternatives(**words: Any) -> Edit:
    """An edit of what is said beside the alternatives of what is sent."""
    return of_order("choice", **words)


IN_LISTS: dict[str, Edit] = {
    "a property of what is read alone and in a list is gone": lambda d, a: thing(a)["properties"].pop("price"),
    "a property of what is read alone and in a list is renamed": several(
        lambda d, a: rename(thing(a)["properties"], "status", "state"),
        lambda d, a: put(thing(a), "required", ["id", "state"]),
    ),
    "a value of what is read alone and in a list": lambda d, a: thing(a)["properties"]["status"]["enum"].append("lost"),
}
CHOICES: dict[str, Edit] = {
    "all alternatives require more": all_alternatives(required=["more"]),
    "all alternatives have a required property more": all_alternatives(required=["more"], properties={"more": TEXT}),
    "all alternatives require what one has": all_alternatives(required=["t"]),
}
FAILED: dict[str, Edit] = {
    "a value of all other responses": lambda d, a: code(a)["enum"].append("slow"),
    "a value of all other responses that an action handles": lambda d, a: put(code(a), "enum", ["slow"]),
    "a property of all other responses, of the name of one that is read": lambda d, a: put(
        get(a)["responses"]["default"]["content"]["application/json"]["schema"]["properties"], "price", TEXT
    ),
}
PAIRS: dict[str, dict[str, Edit]] = {
    "ways": {
        **IN_LISTS,
        **CHOICES,
        **FAILED,
        "the path of several operations": lambda d, a: rename(a["paths"], "/things/{id}", "/items/{id}"),
        "a parameter of all operations of a path": lambda d, a: put(
            of_paths(a), "parameters", [{"name": "tenant", "in": "header", "required": True, "schema": TEXT}]
        ),
        "an operation that several steps call is gone": lambda d, a: of_paths(a).pop("get"),
        "an operation that several steps call is renamed": lambda d, a: put(get(a), "operationId", "fetchThing"),
        "a step calls what is not in the API": lambda d, a: put(step(d, 0), "operationId", "addThings"),
        "an operation with servers of its own is renamed": another_name,
        "a server without variables": lambda d, a: put(a, "servers", [{"url": "https://other.example/v1"}]),
        "an action of all steps of a workflow": lambda d, a: put(
            buy(d), "failureActions", [{"name": "stop", "type": "end"}]
        ),
        "an action that goes nowhere": lambda d, a: put(step(d, 1)["onSuccess"][0], "stepId", "nowhere"),
        "inputs that are no schema": lambda d, a: put(buy(d)["inputs"], "properties", ["name"]),
        "a part is not sent any more": lambda d, a: step(d, 3)["requestBody"]["payload"].pop("notes"),
        "a keyword that there is not": of_order("kind", exampleOf="x", optional=False, order=3),
        "limits of other types": several(
            of_order("kind", minItems=2, maximum=3), lambda d, a: order(a).update(minLength=3, uniqueItems=True)
        ),
        "another type with other limits": lambda d, a: put(
            order(a)["properties"], "count", {"type": "string", "minLength": 1, "default": 1}
        ),
        "a type more, with its limits": of_order("count", type=["integer", "string"], minLength=3),
    },
}
BASES: dict[str, Edit] = {
    **dict.fromkeys(IN_LISTS, listing),
    **dict.fromkeys(CHOICES, sent("choice", CHOICE, {"n": 1})),
    **dict.fromkeys(FAILED, told),
    "an operation with servers of its own is renamed": lambda d, a: put(get(a), "servers", [OWN_SERVER]),
    "a part is not sent any more": uploading,
}
