"""Edits of what callers of the module see, or do not see; and of the flow, from which types of outputs follow."""

from __future__ import annotations

from diff_documents import buy, get, post, put, rename, replace_text, step, thing
from diff_pairs import several
from differences import Edit, Json


def look(document: Json) -> Json:
    found: Json = document["workflows"][1]
    return found


def seen_by_a_step(document: Json, _: Json) -> None:
    """A step that runs the other workflow, with an input of another type, and hands its outputs on."""
    put(look(document)["inputs"]["properties"]["id"], "type", ["string", "integer"])
    given = {"name": "id", "value": "$steps.add.outputs.id"}
    see = {"stepId": "see", "workflowId": "look", "parameters": [given], "outputs": {"thing": "$outputs.thing"}}
    buy(document)["steps"].append(see)
    put(buy(document)["outputs"], "thing", "$steps.see.outputs.thing")


def half_an_api(_: Json, api: Json) -> None:
    """A response with more classes than a module has, in a chain."""
    schemas = api["components"]["schemas"]
    for number in range(25):
        ref = {"$ref": f"#/components/schemas/Part{number + 1}"}
        schemas[f"Part{number}"] = {"type": "object", "properties": {"next": ref, "size": {"type": "string"}}}
    schemas["Part25"] = {"type": "object", "properties": {"size": {"type": "string"}}}
    put(thing(api)["properties"], "part", {"$ref": "#/components/schemas/Part0"})


def accepted(_: Json, api: Json) -> None:
    """A response of which nothing is known."""
    get(api)["responses"]["202"] = {"description": "Later.", "content": {"application/json": {"schema": {}}}}


def state_in_outputs(document: Json, _: Json) -> None:
    put(step(document, 1)["outputs"], "state", "$response.body#/status")
    put(buy(document)["outputs"], "state", "$steps.poll.outputs.state")


def also_accepted(document: Json, _: Json) -> None:
    steps = look(document)["steps"]
    steps[0]["successCriteria"] = [{"condition": "$statusCode == 202"}]


FAILED: Edit = lambda d, a: thing(a)["properties"]["status"]["enum"].append("failed")  # noqa: E731


def handed_on(value: str) -> Json:
    """An action for one value of a status that something handed on."""
    return {"name": "stop", "type": "end", "criteria": [{"condition": f"{value} == 'queued'"}]}


def whole_body(document: Json, _: Json) -> None:
    put(step(document, 1)["outputs"], "all", "$response.body")
    step(document, 1)["onSuccess"] = []
    step(document, 2)["onSuccess"] = [handed_on("$steps.poll.outputs.all#/status")]


def called_output(document: Json, _: Json) -> None:
    seen_by_a_step(document, _)
    step(document, 1)["onSuccess"] = []
    step(document, 3)["onSuccess"] = [handed_on("$outputs.thing#/status")]


def called_input(document: Json, _: Json) -> None:
    seen_by_a_step(document, _)
    step(document, 1)["onSuccess"] = []
    put(step(document, 1)["outputs"], "state", "$response.body#/status")
    put(look(document)["inputs"]["properties"], "state", {"type": "string"})
    step(document, 3)["parameters"].append({"name": "state", "value": "$steps.poll.outputs.state"})
    look(document)["steps"][0]["onSuccess"] = [handed_on("$inputs.state")]


def form(api: Json) -> Json:
    found: Json = post(api)["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    return found


def sent_as_form(document: Json, api: Json) -> None:
    schema = {"type": "object", "properties": {"data": {"type": "string", "format": "binary"}}}
    post(api)["requestBody"]["content"] = {"multipart/form-data": {"schema": schema}}
    put(buy(document)["inputs"]["properties"], "data", {"type": "string", "format": "binary"})
    step(document, 0)["requestBody"] = {"contentType": "multipart/form-data", "payload": {"data": "$inputs.data"}}


PAIRS: dict[str, dict[str, Edit]] = {
    "visible": {
        "an input that the module checks is checked less": lambda d, a: put(
            look(d)["inputs"]["properties"]["id"], "minLength", 1
        ),
        "an input that the module checks is checked otherwise": lambda d, a: look(d)["inputs"]["properties"][
            "id"
        ].update(minLength=1, maxLength=9),
        "an input is one of two constants": lambda d, a: put(
            buy(d)["inputs"]["properties"]["name"], "oneOf", [{"const": "a"}, {"const": "b"}]
        ),
        "a class that the module does not have": lambda d, a: put(
            a["components"]["schemas"]["Part24"]["properties"]["size"], "type", "integer"
        ),
        "the name of a class that the module does not have": several(
            lambda d, a: rename(a["components"]["schemas"], "Part25", "Last"),
            lambda d, a: replace_text(a, "#/components/schemas/Part25", "#/components/schemas/Last"),
        ),
        "the name of a class, which is the same in Python": several(
            lambda d, a: rename(a["components"]["schemas"], "Owner", "owner"),
            lambda d, a: replace_text(a, "#/components/schemas/Owner", "#/components/schemas/owner"),
        ),
        "the name of an input, which is the same in Python": several(
            lambda d, a: rename(buy(d)["inputs"]["properties"], "fullName", "full_name"),
            lambda d, a: replace_text(d, "$inputs.fullName", "$inputs.full_name"),
        ),
        "the name of an output, which is the same in Python": lambda d, a: rename(
            buy(d)["outputs"], "thePrice", "the_price"
        ),
        "the name of an output of a step, which is the same in Python": several(
            lambda d, a: rename(step(d, 0)["outputs"], "theId", "the_id"),
            lambda d, a: replace_text(d, "$steps.add.outputs.theId", "$steps.add.outputs.the_id"),
        ),
        "the name of a security scheme, which is the same in Python": several(
            lambda d, a: rename(a["components"]["securitySchemes"], "apiKey", "api_key"),
            lambda d, a: put(post(a), "security", [{"api_key": []}]),
        ),
        "the name of a source, which is the same in Python": lambda d, a: put(
            d["sourceDescriptions"][0], "name", "the_shop"
        ),
        "values of a server's variable": lambda d, a: put(a["servers"][0]["variables"]["region"], "enum", ["eu", "us"]),
    },
    "what_follows": {
        "a type that several paths lead to": lambda d, a: put(
            a["components"]["schemas"]["Part25"]["properties"]["size"], "type", "integer"
        ),
        "a file as OpenAPI 3.1 says it": lambda d, a: put(
            form(a), "data", {"contentMediaType": "application/octet-stream"}
        ),
        "a value in a body that is handed on whole": FAILED,
        "a value that a workflow which a step runs hands back": FAILED,
        "a value that is an input of a workflow which a step runs": FAILED,
        "a criterion of a workflow that a step runs": also_accepted,
        "an output of a workflow that a step runs": several(
            lambda d, a: put(look(d)["steps"][0]["outputs"], "owner", "$response.body#/owner"),
            lambda d, a: put(look(d)["outputs"], "thing", "$steps.get.outputs.owner"),
        ),
        "a criterion of a step whose outputs are handed on": lambda d, a: put(
            step(d, 1)["successCriteria"][0], "condition", "$statusCode == 202"
        ),
        "a failure that leads on": lambda d, a: step(d, 1)["onFailure"].append(
            {"name": "anyway", "type": "goto", "stepId": "drop"}
        ),
        "a step that is passed by": lambda d, a: step(d, 0).update(
            onSuccess=[
                {"name": "skip", "type": "goto", "stepId": "drop", "criteria": [{"condition": "$inputs.count == 1"}]}
            ]
        ),
        "a selector in place of a pointer": several(
            lambda d, a: put(step(d, 1)["outputs"], "price", "$response.body#/owner/name"),
        ),
        "another call of the same outputs": lambda d, a: put(look(d)["steps"][0], "operationId", "listThings"),
    },
}

BASES: dict[str, Edit] = {
    "a type that several paths lead to": several(
        half_an_api, lambda d, a: put(thing(a)["properties"], "zone", {"$ref": "#/components/schemas/Part24"})
    ),
    "a file as OpenAPI 3.1 says it": sent_as_form,
    "a value in a body that is handed on whole": whole_body,
    "a value that a workflow which a step runs hands back": called_output,
    "a value that is an input of a workflow which a step runs": called_input,
    "an input that the module checks is checked less": several(
        seen_by_a_step, lambda d, a: put(look(d)["inputs"]["properties"]["id"], "minLength", 2)
    ),
    "an input that the module checks is checked otherwise": several(
        seen_by_a_step, lambda d, a: put(look(d)["inputs"]["properties"]["id"], "minLength", 2)
    ),
    "a class that the module does not have": half_an_api,
    "the name of a class that the module does not have": half_an_api,
    "the name of an input, which is the same in Python": several(
        lambda d, a: put(buy(d)["inputs"]["properties"], "fullName", {"type": "string"}),
        lambda d, a: put(step(d, 0)["requestBody"]["payload"], "full", "$inputs.fullName"),
    ),
    "the name of an output, which is the same in Python": lambda d, a: rename(buy(d)["outputs"], "price", "thePrice"),
    "the name of an output of a step, which is the same in Python": several(
        lambda d, a: rename(step(d, 0)["outputs"], "id", "theId"),
        lambda d, a: replace_text(d, "$steps.add.outputs.id", "$steps.add.outputs.theId"),
    ),
    "the name of a security scheme, which is the same in Python": several(
        lambda d, a: rename(a["components"]["securitySchemes"], "key", "apiKey"),
        lambda d, a: put(post(a), "security", [{"apiKey": []}]),
    ),
    "the name of a source, which is the same in Python": lambda d, a: put(
        d["sourceDescriptions"][0], "name", "theShop"
    ),
    "a criterion of a workflow that a step runs": several(
        seen_by_a_step,
        accepted,
        lambda d, a: put(look(d)["steps"][0], "successCriteria", [{"condition": "$statusCode == 200"}]),
    ),
    "a failure that leads on": state_in_outputs,
    "a step that is passed by": state_in_outputs,
    "an output of a workflow that a step runs": seen_by_a_step,
    "a criterion of a step whose outputs are handed on": several(
        accepted, lambda d, a: put(buy(d)["outputs"], "owner", "$steps.poll.outputs.owner")
    ),
    "another call of the same outputs": lambda d, a: put(
        a["paths"],
        "/things/{id}/all",
        {"get": {**get(a), "operationId": "listThings", "responses": {"200": {"description": "All."}}}},
    ),
}
