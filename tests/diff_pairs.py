"""Edits that change one thing each, by the area in which they do."""

from __future__ import annotations

from diff_documents import ADD, DROP, POLL, buy, get, order, post, put, rename, replace_text, step, thing
from differences import Edit, Json


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
        "inputs in another order": lambda d, a: put(
            buy(d)["inputs"], "properties", dict(reversed(buy(d)["inputs"]["properties"].items()))
        ),
        "values of an input in another order": lambda d, a: buy(d)["inputs"]["properties"]["color"]["enum"].reverse(),
        "an input is a secret": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "format", "password"),
        "the description of an input": lambda d, a: put(buy(d)["inputs"]["properties"]["name"], "description", "How."),
    },
    "outputs": {
        "an output is added": lambda d, a: put(buy(d)["outputs"], "owner", "$steps.poll.outputs.owner"),
        "outputs in another order": lambda d, a: put(buy(d), "outputs", dict(reversed(buy(d)["outputs"].items()))),
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
        "a workflow that another one waits for is renamed": several(
            lambda d, a: put(d["workflows"][1], "workflowId", "see"),
            lambda d, a: put(buy(d), "dependsOn", ["see"]),
        ),
        "workflows in another order": lambda d, a: d["workflows"].reverse(),
        "workflows are waited for in another order": lambda d, a: buy(d)["dependsOn"].reverse(),
        "an input of a workflow that a step runs is renamed there only": several(
            lambda d, a: rename(d["workflows"][1]["inputs"]["properties"], "id", "key"),
            lambda d, a: put(d["workflows"][1]["inputs"], "required", ["key"]),
            lambda d, a: replace_text(d["workflows"][1], "$inputs.id", "$inputs.key"),
        ),
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
        "members in another order": lambda d, a: put(
            step(d, 0)["requestBody"], "payload", dict(reversed(step(d, 0)["requestBody"]["payload"].items()))
        ),
        "parameters in another order": lambda d, a: step(d, 0)["parameters"].reverse(),
        "criteria in another order": lambda d, a: step(d, 1)["successCriteria"].reverse(),
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
        "a security scheme is renamed": several(
            lambda d, a: rename(a["components"]["securitySchemes"], "key", "apikey"),
            lambda d, a: put(post(a), "security", [{"apikey": []}]),
        ),
        "credentials that may be sent": lambda d, a: put(
            a["paths"]["/things/{id}"]["delete"], "security", [{}, {"token": []}]
        ),
        "a token needs another scope": lambda d, a: put(post(a), "security", [{"key": ["write"]}]),
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
        "a required member that is not described": lambda d, a: order(a)["required"].append("ghost"),
        "a constant has a format": lambda d, a: put(order(a)["properties"]["kind"], "format", "uuid"),
        "two required members that are not described": lambda d, a: order(a)["required"].extend(["ghost", "spook"]),
        "a number is written otherwise": lambda d, a: put(order(a)["properties"]["count"], "minimum", 1.0),
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
        "no other properties, of which one is sent": several(
            lambda d, a: order(a)["properties"].pop("kind"),
            lambda d, a: put(order(a), "additionalProperties", False),
        ),
        "other properties have a type": lambda d, a: put(order(a), "additionalProperties", {"type": "string"}),
        "a schema of what is sent and of what is not is narrowed": lambda d, a: put(
            a["components"]["schemas"]["Size"]["properties"]["n"], "type", "integer"
        ),
    },
    "responses": {
        "a status is moved": lambda d, a: rename(post(a)["responses"], "201", "200"),
        "a status that is waited for is moved": lambda d, a: rename(get(a)["responses"], "200", "206"),
        "a status became a range": lambda d, a: rename(get(a)["responses"], "200", "2XX"),
        "another success": lambda d, a: put(post(a)["responses"], "202", {"description": "Later."}),
        "another failure": lambda d, a: put(get(a)["responses"], "429", {"description": "Too much."}),
        "another content type": lambda d, a: put(get(a)["responses"]["200"]["content"], "application/xml", {}),
        "no JSON any more": lambda d, a: rename(get(a)["responses"]["200"]["content"], "application/json", "text/csv"),
        "a header that is read is another type": lambda d, a: put(
            post(a)["responses"]["201"]["headers"]["Location"]["schema"], "type", "integer"
        ),
        "a property that is read does not come any more": lambda d, a: put(
            thing(a)["properties"]["price"], "writeOnly", True
        ),
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
        "a value in place of another": several(
            lambda d, a: thing(a)["properties"]["status"]["enum"].remove("queued"),
            lambda d, a: thing(a)["properties"]["status"]["enum"].append("failed"),
        ),
        "a value that nothing branches on": lambda d, a: put(
            thing(a)["properties"], "color", {"type": "string", "enum": ["red"]}
        ),
        "a value on which a later step branches": lambda d, a: thing(a)["properties"]["status"]["enum"].extend(
            ["failed", "lost"]
        ),
        "a value of what is sent and comes": lambda d, a: a["components"]["schemas"]["Size"]["enum"].append("large"),
        "a value of an enum": several(
            lambda d, a: put(d["workflows"][0], "steps", [ADD, DROP]),
            lambda d, a: put(d["workflows"][0], "outputs", {}),
            lambda d, a: thing(a)["properties"]["status"]["enum"].append("failed"),
        ),
        "a limit": lambda d, a: put(thing(a)["properties"]["note"], "maxLength", 50),
        "another form": lambda d, a: put(thing(a)["properties"]["note"], "pattern", "^a"),
        "limits": lambda d, a: thing(a)["properties"]["note"].update(maxLength=200, pattern="^a"),
        "members and values in another order": several(
            lambda d, a: put(thing(a), "properties", dict(reversed(thing(a)["properties"].items()))),
            lambda d, a: thing(a)["properties"]["status"]["enum"].reverse(),
        ),
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


def some_sizes(document: Json, api: Json) -> None:
    size = {"type": "object", "properties": {"n": {"type": "number"}}}
    api["components"]["schemas"]["Size"] = size
    order(api)["properties"].update({name: {"$ref": "#/components/schemas/Size"} for name in ("inner", "outer")})
    step(document, 0)["requestBody"]["payload"]["outer"] = {"n": "$inputs.count"}


BASES: dict[str, Edit] = {
    "a value of what is sent and comes": lambda d, a: [
        put(a["components"]["schemas"], "Size", {"type": "string", "enum": ["small"]}),
        put(thing(a)["properties"], "size", {"$ref": "#/components/schemas/Size"}),
        put(order(a)["properties"], "size", {"$ref": "#/components/schemas/Size"}),
    ],
    "a value on which a later step branches": lambda d, a: [
        put(step(d, 1)["outputs"], "status", "$response.body#/status"),
        put(step(d, 1), "onSuccess", []),
        put(
            step(d, 2),
            "onSuccess",
            [{"name": "stop", "type": "end", "criteria": [{"condition": "$steps.poll.outputs.status == 'failed'"}]}],
        ),
    ],
    "a workflow that another one waits for is renamed": lambda d, a: put(buy(d), "dependsOn", ["look"]),
    "workflows are waited for in another order": several(
        lambda d, a: d["workflows"].append({**d["workflows"][1], "workflowId": "look_twice"}),
        lambda d, a: put(buy(d), "dependsOn", ["look", "look_twice"]),
    ),
    "an input of a workflow that a step runs is renamed there only": lambda d, a: buy(d)["steps"].append(
        {
            "stepId": "see",
            "workflowId": "look",
            "parameters": [{"name": "id", "value": "$steps.add.outputs.id"}],
        }
    ),
    "parameters in another order": several(
        lambda d, a: step(d, 0)["parameters"].append({"name": "x", "in": "query", "value": "y"}),
        lambda d, a: post(a)["parameters"].append({"name": "x", "in": "query", "schema": {}}),
    ),
    "criteria in another order": lambda d, a: step(d, 1)["successCriteria"].append(
        {"condition": "$response.body#/price > 0"}
    ),
    "a schema of what is sent and of what is not is narrowed": some_sizes,
}
"""What the old side of some pairs has that is not in the documents above."""
