"""Edits that change one thing each, by the area in which they do; a workflow and an API for them."""

from __future__ import annotations

from typing import Any

from differences import Edit, Json

THING: Json = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string", "enum": ["queued", "running", "done"]},
        "price": {"type": "number"},
        "note": {"type": ["string", "null"], "maxLength": 100},
        "owner": {"$ref": "#/components/schemas/Owner"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
ORDER: Json = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "kind": {"type": "string", "enum": ["small", "large"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
        "gift": {"type": "boolean"},
        "lines": {
            "type": "array",
            "items": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}},
        },
    },
}
OK: Json = {"description": "Fine.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
API: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://{region}.shop.example/v1", "variables": {"region": {"default": "eu"}}}],
    "paths": {
        "/things": {
            "post": {
                "operationId": "addThing",
                "security": [{"key": []}],
                "parameters": [
                    {"name": "mode", "in": "query", "schema": {"type": "string", "enum": ["fast", "safe"]}},
                    {"name": "trace", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
                "responses": {
                    "201": {**OK, "headers": {"Location": {"schema": {"type": "string"}}}},
                    "400": {"description": "Bad."},
                },
            }
        },
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "fields", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {"200": OK, "404": {"description": "Gone."}},
            },
            "delete": {
                "operationId": "deleteThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {"description": "Gone."}},
            },
        },
        "/other": {"get": {"operationId": "other", "responses": {"200": {"description": "Fine."}}}},
    },
    "components": {
        "schemas": {
            "Thing": THING,
            "Owner": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "token": {"type": "http", "scheme": "bearer"},
        },
    },
}
ADD: Json = {
    "stepId": "add",
    "description": "Adds it.",
    "operationId": "addThing",
    "parameters": [{"name": "mode", "in": "query", "value": "fast"}],
    "requestBody": {
        "contentType": "application/json",
        "payload": {"name": "$inputs.name", "kind": "small", "count": "$inputs.count"},
    },
    "outputs": {"id": "$response.body#/id", "place": "$response.header.Location"},
}
POLL: Json = {
    "stepId": "poll",
    "operationId": "getThing",
    "parameters": [{"name": "id", "in": "path", "value": "$steps.add.outputs.id"}],
    "successCriteria": [{"condition": "$statusCode == 200"}],
    "onSuccess": [
        {
            "name": "ready",
            "type": "goto",
            "stepId": "drop",
            "criteria": [{"condition": "$response.body#/status == 'done'"}],
        },
        {
            "name": "wait",
            "type": "goto",
            "stepId": "poll",
            "criteria": [{"condition": "$response.body#/status == 'queued' || $response.body#/status == 'running'"}],
        },
    ],
    "onFailure": [{"name": "again", "type": "retry", "retryAfter": 2, "retryLimit": 3}],
    "outputs": {"price": "$response.body#/price", "owner": "$response.body#/owner"},
}
DROP: Json = {
    "stepId": "drop",
    "operationId": "deleteThing",
    "parameters": [{"name": "id", "in": "path", "value": "$steps.add.outputs.id"}],
}
DOCUMENT: Json = {
    "arazzo": "1.0.1",
    "info": {"title": "Buy", "version": "1"},
    "sourceDescriptions": [{"name": "shop", "url": "openapi.json", "type": "openapi"}],
    "workflows": [
        {
            "workflowId": "buy",
            "summary": "Buys.",
            "inputs": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 2, "description": "What."},
                    "count": {"type": "integer", "default": 1},
                    "color": {"type": "string", "enum": ["red", "blue"]},
                },
            },
            "steps": [ADD, POLL, DROP],
            "outputs": {"id": "$steps.add.outputs.id", "price": "$steps.poll.outputs.price"},
        },
        {
            "workflowId": "look",
            "inputs": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "steps": [
                {
                    "stepId": "get",
                    "operationId": "getThing",
                    "parameters": [{"name": "id", "in": "path", "value": "$inputs.id"}],
                    "outputs": {"thing": "$response.body"},
                }
            ],
            "outputs": {"thing": "$steps.get.outputs.thing"},
        },
    ],
}


def buy(document: Json) -> Any:
    return document["workflows"][0]


def step(document: Json, number: int) -> Any:
    return buy(document)["steps"][number]


def post(api: Json) -> Any:
    return api["paths"]["/things"]["post"]


def get(api: Json) -> Any:
    return api["paths"]["/things/{id}"]["get"]


def order(api: Json) -> Any:
    return post(api)["requestBody"]["content"]["application/json"]["schema"]


def thing(api: Json) -> Any:
    return api["components"]["schemas"]["Thing"]


def put(owner: Any, key: Any, value: Any) -> Any:
    """Set a member, for edits that are expressions."""
    owner[key] = value
    return None


def rename(owner: Json, old: str, new: str) -> None:
    """Give a member another name, at its place."""
    members = [(new if name == old else name, value) for name, value in owner.items()]
    owner.clear()
    owner.update(members)


def replace_text(value: Any, old: str, new: str) -> None:
    """Replace a text wherever it is in a document's values."""
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(item, str):
            value[key] = item.replace(old, new)
        elif isinstance(item, dict | list):
            replace_text(item, old, new)


def several(*edits: Edit) -> Edit:
    """Edits that are one change."""

    def all_of_them(document: Json, api: Json) -> None:
        for edit in edits:
            edit(document, api)

    return all_of_them


def renamed_step(document: Json, _: Json) -> None:
    step(document, 0)["stepId"] = "create"
    replace_text(document, "$steps.add.", "$steps.create.")


def renamed_input(document: Json, _: Json) -> None:
    rename(buy(document)["inputs"]["properties"], "name", "title")
    buy(document)["inputs"]["required"] = ["title"]
    replace_text(step(document, 0), "$inputs.name", "$inputs.title")


def renamed_workflow(document: Json, _: Json) -> None:
    buy(document)["workflowId"] = "purchase"


def another_step(document: Json, _: Json) -> None:
    extra = {"stepId": "look_again", "operationId": "getThing", "parameters": POLL["parameters"]}
    buy(document)["steps"].insert(2, extra)


def no_drop(document: Json, _: Json) -> None:
    buy(document)["steps"].pop()
    step(document, 1)["onSuccess"][0] = {
        **{key: value for key, value in POLL["onSuccess"][0].items() if key != "stepId"},
        "type": "end",
    }


PAIRS: dict[str, dict[str, Edit]] = {
    "inputs": {
        "an optional input is added": lambda d, a: put(buy(d)["inputs"]["properties"], "size", {"type": "integer"}),
        "a required input is added": several(
            lambda d, a: put(buy(d)["inputs"]["properties"], "size", {"type": "integer"}),
            lambda d, a: buy(d)["inputs"]["required"].append("size"),
        ),
        "an input is renamed": renamed_input,
        "an input is required": lambda d, a: buy(d)["inputs"]["required"].append("color"),
        "an input is widened": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "type", ["string", "integer"]),
        "an input is another type": lambda d, a: put(buy(d)["inputs"]["properties"]["color"], "enum", ["red", "green"]),
        "an input takes one value more": lambda d, a: buy(d)["inputs"]["properties"]["color"]["enum"].append("green"),
        "an input is checked less": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "minLength", 1),
        "an input is checked otherwise": lambda d, a: several(
            lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "minLength", 1),
            lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "maxLength", 9),
        )(d, a),
        "an input has another default": lambda d, a: put(buy(d)["inputs"]["properties"]["count"], "default", 2),
        "an input is a secret": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "format", "password"),
        "the description of an input": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "description", "How."),
    },
    "outputs": {
        "an output is added": lambda d, a: put(buy(d)["outputs"], "owner", "$steps.poll.outputs.owner"),
        "an output is renamed": lambda d, a: rename(buy(d)["outputs"], "price", "cost"),
        "an output is another value": lambda d, a: put(buy(d)["outputs"], "id", "$steps.add.outputs.place"),
        "an output of a step is renamed": several(
            lambda d, a: rename(step(d, 0)["outputs"], "id", "key"),
            lambda d, a: replace_text(d, "$steps.add.outputs.id", "$steps.add.outputs.key"),
        ),
        "an output has a type of its own": lambda d, a: put(buy(d)["outputs"], "id", "$steps.poll.outputs.price"),
        "an output is a secret": lambda d, a: (
            put(buy(d)["outputs"], "id", "$inputs.name")
            or put(buy(d)["inputs"]["properties"]["name"], "format", "password")
        ),
        "a class is renamed": several(
            lambda d, a: rename(a["components"]["schemas"], "Owner", "Person"),
            lambda d, a: put(thing(a)["properties"]["owner"], "$ref", "#/components/schemas/Person"),
        ),
    },
    "steps": {
        "a workflow is added": lambda d, a: d["workflows"].append({**d["workflows"][1], "workflowId": "look_twice"}),
        "a workflow is renamed": renamed_workflow,
        "a workflow waits for another one": lambda d, a: put(buy(d), "dependsOn", ["look"]),
        "a step is added": another_step,
        "the last step is removed": no_drop,
        "a step is renamed": renamed_step,
        "a step is moved": lambda d, a: buy(d)["steps"].insert(0, buy(d)["steps"].pop(2)),
        "a step calls something else": lambda d, a: put(step(d, 2), "operationId", "getThing"),
        "a parameter is passed": lambda d, a: step(d, 1)["parameters"].append(
            {"name": "fields", "in": "query", "value": ["id"]}
        ),
        "a parameter has another value": lambda d, a: put(step(d, 0)["parameters"][0], "value", "safe"),
        "a member is sent": lambda d, a: put(step(d, 0)["requestBody"]["payload"], "gift", True),
        "a member has another value": lambda d, a: put(step(d, 0)["requestBody"]["payload"], "kind", "large"),
        "the body is sent in another form": lambda d, a: put(
            step(d, 0)["requestBody"], "contentType", "application/vnd.shop+json"
        ),
        "a criterion is changed": lambda d, a: put(step(d, 1)["successCriteria"][0], "condition", "$statusCode < 300"),
        "a criterion is added": lambda d, a: step(d, 1)["successCriteria"].append(
            {"condition": "$response.body#/price > 0"}
        ),
        "a criterion is written otherwise": lambda d, a: put(
            step(d, 1)["successCriteria"][0], "condition", "$statusCode==200"
        ),
        "an action is added": lambda d, a: step(d, 2).update(onFailure=[{"name": "stop", "type": "end"}]),
        "an action is renamed": lambda d, a: put(step(d, 1)["onSuccess"][0], "name", "finished"),
        "actions are in another order": lambda d, a: step(d, 1)["onSuccess"].reverse(),
        "an action leads elsewhere": lambda d, a: put(step(d, 1)["onSuccess"][0], "stepId", "add"),
        "an action has other criteria": lambda d, a: put(
            step(d, 1)["onSuccess"][1]["criteria"][0], "condition", "$response.body#/status == 'running'"
        ),
        "a retry is tried more often": lambda d, a: put(step(d, 1)["onFailure"][0], "retryLimit", 5),
        "a retry waits longer": lambda d, a: put(step(d, 1)["onFailure"][0], "retryAfter", 10),
        "a step has a timeout": several(
            lambda d, a: put(d, "arazzo", "1.1.0"), lambda d, a: put(step(d, 1), "timeout", 5000)
        ),
        "a step waits for another": several(
            lambda d, a: put(d, "arazzo", "1.1.0"), lambda d, a: put(step(d, 2), "dependsOn", ["add"])
        ),
        "the description of a step": lambda d, a: put(step(d, 0), "description", "Makes it."),
        "the title": lambda d, a: put(d["info"], "title", "Sell"),
    },
    "operations": {
        "nothing that is reached": lambda d, a: put(a["paths"]["/other"]["get"], "deprecated", True),
        "what only describes": lambda d, a: put(thing(a), "description", "A thing."),
        "an operation is deprecated": lambda d, a: put(post(a), "deprecated", True),
        "an operation is renamed": several(
            lambda d, a: put(post(a), "operationId", "createThing"),
            lambda d, a: put(step(d, 0), "operationId", "createThing"),
        ),
        "an operation is renamed in the API only": lambda d, a: put(post(a), "operationId", "createThing"),
        "an operation is gone": lambda d, a: a["paths"]["/things/{id}"].pop("delete"),
        "another method": lambda d, a: put(a["paths"]["/things"], "put", a["paths"]["/things"].pop("post")),
        "another path": lambda d, a: rename(a["paths"], "/things", "/items"),
        "a server is moved": lambda d, a: put(a["servers"][0], "url", "https://{region}.store.example/v1"),
        "a server variable is added": lambda d, a: put(
            a,
            "servers",
            [
                {
                    "url": "https://{region}.shop.example/{v}",
                    "variables": {"region": {"default": "eu"}, "v": {"default": "v1"}},
                }
            ],
        ),
        "a server variable has another default": lambda d, a: put(
            a["servers"][0]["variables"]["region"], "default", "us"
        ),
        "a source is renamed": lambda d, a: put(d["sourceDescriptions"][0], "name", "store"),
        "another source": several(
            lambda d, a: d["sourceDescriptions"].append({"name": "more", "url": "openapi.json", "type": "openapi"}),
            lambda d, a: replace_text(d, "Thing", "Thing"),
            lambda d, a: [
                put(s, "operationId", f"$sourceDescriptions.shop.{s['operationId']}")
                for w in d["workflows"]
                for s in w["steps"]
            ],
            lambda d, a: put(d["workflows"][1]["steps"][0], "operationId", "$sourceDescriptions.more.getThing"),
        ),
        "a server without a host": lambda d, a: put(a, "servers", [{"url": "/v1"}]),
        "a step that needs other credentials": several(
            another_step,
            lambda d, a: put(a["paths"]["/other"]["get"], "security", [{"token": []}]),
            lambda d, a: put(step(d, 2), "operationId", "other"),
            lambda d, a: put(step(d, 2), "parameters", []),
        ),
        "a security scheme is changed": lambda d, a: put(post(a), "security", [{"token": []}]),
        "another way to authorise": lambda d, a: post(a)["security"].append({"token": []}),
        "no credentials any more": lambda d, a: put(post(a), "security", []),
        "a security scheme is sent elsewhere": lambda d, a: put(
            a["components"]["securitySchemes"]["key"], "in", "query"
        ),
    },
    "requests": {
        "an optional parameter": lambda d, a: post(a)["parameters"].append({"name": "x", "in": "query", "schema": {}}),
        "a required parameter": lambda d, a: post(a)["parameters"].append(
            {"name": "x", "in": "query", "required": True, "schema": {}}
        ),
        "a parameter that is sent is gone": lambda d, a: post(a)["parameters"].pop(0),
        "a parameter that is not sent is gone": lambda d, a: post(a)["parameters"].pop(1),
        "a parameter that is not sent is required": lambda d, a: put(post(a)["parameters"][1], "required", True),
        "a parameter that is sent is required": lambda d, a: put(post(a)["parameters"][0], "required", True),
        "a parameter that is sent is deprecated": lambda d, a: put(post(a)["parameters"][0], "deprecated", True),
        "a parameter takes one value more": lambda d, a: post(a)["parameters"][0]["schema"]["enum"].append("slow"),
        "a parameter does not take the value that is sent": lambda d, a: post(a)["parameters"][0]["schema"][
            "enum"
        ].remove("fast"),
        "a parameter does not take a value that is not sent": lambda d, a: post(a)["parameters"][0]["schema"][
            "enum"
        ].remove("safe"),
        "a parameter is in another place": lambda d, a: put(post(a)["parameters"][0], "in", "header"),
        "a parameter that is renamed": several(
            lambda d, a: put(get(a)["parameters"][0], "name", "key"),
            lambda d, a: rename(a["paths"], "/things/{id}", "/things/{key}"),
            lambda d, a: [put(p, "name", "key") for p in a["paths"]["/things/{key}"]["delete"]["parameters"]],
            lambda d, a: [put(s["parameters"][0], "name", "key") for s in buy(d)["steps"][1:]],
            lambda d, a: put(d["workflows"][1]["steps"][0]["parameters"][0], "name", "key"),
        ),
        "a parameter is written otherwise": lambda d, a: several(
            lambda d, a: put(get(a)["parameters"][0], "style", "label"),
        )(d, a),
        "the body is not required any more": lambda d, a: put(post(a)["requestBody"], "required", False),
        "a body is required": lambda d, a: put(
            a["paths"]["/things/{id}"]["delete"],
            "requestBody",
            {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        ),
        "a body is taken": lambda d, a: put(
            a["paths"]["/things/{id}"]["delete"],
            "requestBody",
            {"content": {"application/json": {"schema": {"type": "object"}}}},
        ),
        "another content type": lambda d, a: put(
            post(a)["requestBody"]["content"], "application/xml", {"schema": {"type": "object"}}
        ),
        "another content type in place of JSON": lambda d, a: rename(
            post(a)["requestBody"]["content"], "application/json", "text/json"
        ),
        "members are encoded otherwise": lambda d, a: put(
            post(a)["requestBody"]["content"]["application/json"], "encoding", {"kind": {"contentType": "text/plain"}}
        ),
        "an optional property": lambda d, a: put(order(a)["properties"], "size", {"type": "integer"}),
        "a required property": several(
            lambda d, a: put(order(a)["properties"], "size", {"type": "integer"}),
            lambda d, a: order(a)["required"].append("size"),
        ),
        "a property that is sent is gone": lambda d, a: order(a)["properties"].pop("kind"),
        "a property that is renamed": several(
            lambda d, a: rename(order(a)["properties"], "name", "title"),
            lambda d, a: put(order(a), "required", ["title"]),
        ),
        "a property that is sent is required": lambda d, a: order(a)["required"].append("kind"),
        "a property that is not sent is required": lambda d, a: order(a)["required"].append("gift"),
        "a property that is sent is deprecated": lambda d, a: put(order(a)["properties"]["kind"], "deprecated", True),
        "a property that is not sent is deprecated": lambda d, a: put(
            order(a)["properties"]["gift"], "deprecated", True
        ),
        "a type is widened": lambda d, a: put(order(a)["properties"]["count"], "type", "number"),
        "a type is another": lambda d, a: put(order(a)["properties"]["count"], "type", "string"),
        "a property takes one value more": lambda d, a: order(a)["properties"]["kind"]["enum"].append("huge"),
        "a property does not take the value that is sent": lambda d, a: order(a)["properties"]["kind"]["enum"].remove(
            "small"
        ),
        "a limit is tighter": lambda d, a: put(order(a)["properties"]["count"], "maximum", 5),
        "limits are others": lambda d, a: order(a)["properties"]["count"].update(maximum=5, minimum=0),
        "a default is another": lambda d, a: put(order(a)["properties"]["count"], "default", 2),
        "a property of what is in a list": several(
            lambda d, a: put(order(a)["properties"]["lines"]["items"]["properties"], "n", {"type": "integer"}),
            lambda d, a: order(a)["properties"]["lines"]["items"]["required"].append("n"),
        ),
        "no other properties": lambda d, a: put(order(a), "additionalProperties", False),
    },
    "responses": {
        "a status is moved": lambda d, a: rename(post(a)["responses"], "201", "200"),
        "a status that is waited for is moved": lambda d, a: rename(get(a)["responses"], "200", "206"),
        "another success": lambda d, a: put(post(a)["responses"], "202", {"description": "Later."}),
        "another failure": lambda d, a: put(get(a)["responses"], "429", {"description": "Too much."}),
        "another content type": lambda d, a: put(get(a)["responses"]["200"]["content"], "application/xml", {}),
        "no JSON any more": lambda d, a: rename(get(a)["responses"]["200"]["content"], "application/json", "text/csv"),
        "a header that is read is gone": lambda d, a: post(a)["responses"]["201"].pop("headers"),
        "a property": lambda d, a: put(thing(a)["properties"], "size", {"type": "integer"}),
        "a property that is read is gone": lambda d, a: thing(a)["properties"].pop("price"),
        "a property that is renamed": lambda d, a: rename(thing(a)["properties"], "price", "cost"),
        "a property that is read may be absent": lambda d, a: thing(a)["required"].remove("id"),
        "a property that is read is deprecated": lambda d, a: put(thing(a)["properties"]["id"], "deprecated", True),
        "a type is widened": lambda d, a: put(thing(a)["properties"]["id"], "type", ["string", "integer"]),
        "a type can be null": lambda d, a: put(thing(a)["properties"]["price"], "type", ["number", "null"]),
        "a type is another": lambda d, a: put(thing(a)["properties"]["price"], "type", "string"),
        "a value that no action handles": lambda d, a: thing(a)["properties"]["status"]["enum"].append("failed"),
        "a value that an action handles": several(
            lambda d, a: thing(a)["properties"]["status"]["enum"].remove("queued"),
        ),
        "a value that nothing branches on": lambda d, a: put(
            thing(a)["properties"], "color", {"type": "string", "enum": ["red"]}
        ),
        "a value of an enum": several(
            lambda d, a: put(d["workflows"][0], "steps", [ADD, DROP]),
            lambda d, a: put(d["workflows"][0], "outputs", {}),
            lambda d, a: thing(a)["properties"]["status"]["enum"].append("failed"),
        ),
        "a limit": lambda d, a: put(thing(a)["properties"]["note"], "maxLength", 50),
        "another form": lambda d, a: put(thing(a)["properties"]["note"], "pattern", "^a"),
        "limits": lambda d, a: thing(a)["properties"]["note"].update(maxLength=200, pattern="^a"),
        "a type in a list": lambda d, a: put(thing(a)["properties"]["tags"]["items"], "type", "integer"),
        "a type in an object": lambda d, a: put(
            a["components"]["schemas"]["Owner"]["properties"]["name"], "type", ["string", "null"]
        ),
        "a choice of objects": lambda d, a: put(
            thing(a)["properties"],
            "owner",
            {"oneOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "string"}]},
        ),
    },
}
