"""Edits of which it matters what they are the cause of: what is replaced in a payload, one cause, several causes."""

from __future__ import annotations

from typing import Any

from diff_documents import buy, get, order, post, put, rename, replace_text, step, thing
from diff_pairs import several
from diff_pairs_schemas import LABEL, TEXT, schemas
from differences import Edit, Json


def replacing(*replacements: Json, payload: Any = None) -> Edit:
    """A base in which parts of the payload of the first step are replaced."""

    def edit(document: Json, api: Json) -> None:
        body = step(document, 0)["requestBody"]
        body.update(payload=payload or {"name": "x"}, replacements=list(replacements))

    return edit


NAME: Json = {"target": "/name", "value": "$inputs.name"}
KIND: Json = {"target": "/kind", "value": "small"}
LINES: Json = {"target": "/lines", "value": [{"sku": "x"}]}
SKU: Json = {"target": "/lines/0/sku", "value": "$inputs.name"}

REFUSED: Json = {"$ref": "#/components/responses/Refused"}


def refusing(*statuses: str) -> Edit:
    """A base in which responses of two headers are one component."""

    def edit(document: Json, api: Json) -> None:
        headers = {name: {"$ref": "#/components/headers/Count"} for name in ("Left", "Reset")}
        api["components"]["headers"] = {"Count": {"schema": {"type": "integer"}}}
        api["components"]["responses"] = {"Refused": {"description": "No.", "headers": headers}}
        post(api)["responses"].update(dict.fromkeys(statuses, REFUSED))

    return edit


def labels(one: Json, other: Json, label: Json, *, are_sent: bool) -> Edit:
    """Two properties that are references to one schema, with what is said beside them."""

    def edit(document: Json, api: Json) -> None:
        schemas(api).update(Label=dict(label), Other={"type": "string", "maxLength": 9})
        own = (order if are_sent else thing)(api)["properties"]
        own.update(one={**LABEL, **one}, other={**LABEL, **other})
        if are_sent:
            step(document, 0)["requestBody"]["payload"].update(one="$inputs.color", other="$inputs.color")
        else:
            step(document, 1)["outputs"].update(one="$response.body#/one", other="$response.body#/other")

    return edit


def enums(one: list[str], other: list[str]) -> Edit:
    """A property that is read, which is one of the values of two lists."""

    def edit(document: Json, api: Json) -> None:
        choices = [{"type": "string", "enum": one}, {"type": "string", "enum": other}]
        thing(api)["properties"]["either"] = {"anyOf": choices}
        step(document, 1)["outputs"]["either"] = "$response.body#/either"

    return edit


def two_failures(document: Json, api: Json) -> None:
    """An action handles one of two new values; another workflow does the same without actions."""
    criteria = [{"condition": "$response.body#/status == 'failed'"}]
    step(document, 1)["onSuccess"].append({"name": "stop", "type": "end", "criteria": criteria})
    document["workflows"].append({**document["workflows"][1], "workflowId": "look_twice"})


def reading_much(document: Json, api: Json) -> None:
    """An argument, a criterion, an action and an output read one output of a step."""
    test = {"condition": "$steps.poll.outputs.price > 3"}
    step(document, 2).update(
        parameters=[{"name": "id", "in": "path", "value": "$steps.poll.outputs.price"}],
        successCriteria=[test],
        onSuccess=[{"name": "stop", "type": "end", "criteria": [test]}],
    )


def zero(document: Json, api: Json) -> None:
    """A step before all others, of which the payload of the next one has a member."""
    parameters = [{"name": "id", "in": "path", "value": "x"}]
    outputs = {"id": "$response.body#/id"}
    first = {"stepId": "zero", "operationId": "getThing", "parameters": parameters, "outputs": outputs}
    step(document, 0)["requestBody"]["payload"]["name"] = "$steps.zero.outputs.id"
    document["workflows"][0]["steps"].insert(0, first)


def failing(document: Json, api: Json) -> None:
    """A failure is described, before the success, by an object of its own with the property that is read."""
    schema = {"type": "object", "properties": {"price": {"type": "number"}}}
    success = get(api)["responses"].pop("200")
    get(api)["responses"] = {"404": {"description": "No.", "content": {"application/json": {"schema": schema}}}}
    get(api)["responses"]["200"] = success


def ranging(document: Json, api: Json) -> None:
    """Two parameters, of which the schemas differ, have one value."""
    schema: dict[str, Json] = {"from": {"type": "string"}, "to": {"type": "string", "maxLength": 9}}
    post(api)["parameters"] += [{"name": name, "in": "query", "schema": schema[name]} for name in schema]
    step(document, 0)["parameters"] += [{"name": name, "in": "query", "value": "x"} for name in schema]


_RENAMED = (
    "two parameters with one value are renamed",
    "two parameters with one value are renamed, and one is passed",
    "a parameter is renamed and has another value",
)


def two_keys(document: Json, api: Json) -> None:
    """Two operations need a key each."""
    api["components"]["securitySchemes"]["more"] = {"type": "apiKey", "in": "header", "name": "X-More"}
    get(api)["security"] = [{"more": []}]


def speaking(document: Json, api: Json) -> None:
    """All operations have one parameter more."""
    for path in ("/things", "/things/{id}"):
        for operation in api["paths"][path].values():
            operation["parameters"].append({"name": "lang", "in": "query", "schema": {"type": "string"}})


def choosing(document: Json, api: Json) -> None:
    """One of two objects is sent."""
    for name, member in (("Label", "a"), ("Other", "b")):
        schemas(api)[name] = {"type": "object", "required": [member], "properties": {member: {"type": "string"}}}
    order(api)["properties"]["either"] = {"oneOf": [LABEL, OTHER]}
    step(document, 0)["requestBody"]["payload"]["either"] = {"a": "$inputs.name"}


def location(api: Json) -> Any:
    return post(api)["responses"]["201"]["headers"]["Location"]


def in_2_0(document: Json, api: Json) -> None:
    """A form of two fields is sent, whose API is described in Swagger 2.0."""
    form = "application/x-www-form-urlencoded"
    fields = [{"name": name, "in": "formData", "type": "string"} for name in ("name", "kind")]
    operation: Json = {"operationId": "addThing", "consumes": [form], "parameters": fields}
    operation["responses"] = {"201": {"description": "Fine."}}
    api.clear()
    api.update(swagger="2.0", info={"title": "Shop", "version": "1"}, host="shop.example", schemes=["https"])
    api["paths"] = {"/things": {"post": operation}}
    payload = {"name": "$inputs.name", "kind": "$inputs.color"}
    only = {"stepId": "add", "operationId": "addThing", "requestBody": {"contentType": form, "payload": payload}}
    document["workflows"] = [{**buy(document), "steps": [only], "outputs": {}}]


def nested(document: Json, api: Json) -> None:
    """Two objects have a property of one name, which is a reference to one schema."""
    schemas(api)["Label"] = dict(TEXT)
    for name in ("one", "other"):
        order(api)["properties"][name] = {"type": "object", "properties": {"x": LABEL}}
        step(document, 0)["requestBody"]["payload"][name] = {}


def uploading(file: Json) -> Edit:
    """A base in which a body of two parts is sent."""

    def edit(document: Json, api: Json) -> None:
        schema: Json = {"type": "object", "properties": {"name": dict(TEXT), "file": file}}
        post(api)["requestBody"]["content"] = {"multipart/form-data": {"schema": schema}}
        properties = document["workflows"][0]["inputs"]["properties"]
        properties["file"] = {"type": "string"}
        payload = {"name": "$inputs.name", "file": "$inputs.file"}
        step(document, 0)["requestBody"] = {"contentType": "multipart/form-data", "payload": payload}

    return edit


def upload(api: Json) -> Any:
    return post(api)["requestBody"]["content"]["multipart/form-data"]


def json_of(owner: Json) -> Any:
    return owner["content"]["application/json"]


OTHER: Json = {"$ref": "#/components/schemas/Other"}

PAIRS: dict[str, dict[str, Edit]] = {
    "payloads": {
        "a replacement has another value": replacing({**NAME, "value": "other"}),
        "a member is added by a replacement": replacing(NAME, KIND),
        "a replacement of another member": replacing({**NAME, "target": "/kind"}),
        "nothing is replaced any more": lambda d, a: step(d, 0)["requestBody"].pop("replacements"),
        "the last replacement of a member": replacing(NAME, {**NAME, "value": "last"}),
        "a replacement within another one": replacing(LINES, SKU),
        "a member of what a replacement puts in place": replacing(
            {"target": "/inner", "value": {"a": "x", "b": "other"}}
        ),
        "a replacement by a query": lambda d, a: (
            put(step(d, 0)["requestBody"]["replacements"][0], "targetSelectorType", "jsonpath")
            or put(step(d, 0)["requestBody"]["replacements"][0], "target", "$.name")
        ),
    },
    "together": {
        "two responses that are one component are gone": lambda d, a: [
            post(a)["responses"].pop(status) for status in ("409", "429")
        ],
        "two responses that are one component have other statuses": several(
            lambda d, a: rename(post(a)["responses"], "409", "410"),
            lambda d, a: rename(post(a)["responses"], "500", "503"),
        ),
        "two headers that are one component are gone": lambda d, a: a["components"]["responses"]["Refused"].pop(
            "headers"
        ),
        "two properties lead to another schema": lambda d, a: thing(a)["properties"].update(one=OTHER, other=OTHER),
        "two parameters lead to another schema": lambda d, a: [
            put(spec, "schema", OTHER) for spec in post(a)["parameters"]
        ],
        "values beside two references, whose schema changes, too": several(
            lambda d, a: put(order(a)["properties"]["one"], "enum", ["red", "blue"]),
            lambda d, a: put(order(a)["properties"]["other"], "enum", ["red", "pink"]),
            lambda d, a: put(schemas(a)["Label"], "maxLength", 3),
        ),
        "a limit beside one of two references, whose schema changes, too": several(
            lambda d, a: put(order(a)["properties"]["one"], "minLength", 2),
            lambda d, a: put(schemas(a)["Label"], "maxLength", 3),
        ),
        "a value of what two references with values lead to": lambda d, a: schemas(a)["Label"]["enum"].remove("red"),
        "values beside each of two references": several(
            lambda d, a: order(a)["properties"]["one"]["enum"].append("pink"),
            lambda d, a: order(a)["properties"]["other"]["enum"].append("pink"),
        ),
        "a part of a body is not binary any more": lambda d, a: upload(a)["schema"]["properties"]["file"].pop("format"),
        "a part of a body has another type": lambda d, a: put(
            upload(a)["schema"]["properties"], "file", {"type": "object"}
        ),
        "the encoding of a part": lambda d, a: put(upload(a), "encoding", {"file": {"contentType": "image/png"}}),
        "a status became the default": lambda d, a: rename(get(a)["responses"], "200", "default"),
        "a failure became the default": lambda d, a: rename(get(a)["responses"], "404", "default"),
        "a body that is sent is not described": lambda d, a: json_of(post(a)["requestBody"]).pop("schema"),
        "a body that is read is not described": lambda d, a: json_of(get(a)["responses"]["200"]).pop("schema"),
        "an input that is an output has another default and type": lambda d, a: buy(d)["inputs"]["properties"][
            "color"
        ].update(default="red", enum=["red"], description="Which."),
        "what is read is deprecated, and within it a type is another": several(
            lambda d, a: put(thing(a)["properties"]["owner"], "deprecated", True),
            lambda d, a: put(schemas(a)["Owner"]["properties"]["name"], "type", "integer"),
        ),
        "the whole is closed, and what is read is of another type": several(
            lambda d, a: put(thing(a), "additionalProperties", False),
            lambda d, a: put(thing(a)["properties"]["price"], "type", "string"),
        ),
        "a failure and a success are of other types": several(
            lambda d, a: put(json_of(get(a)["responses"]["404"])["schema"]["properties"]["price"], "type", "boolean"),
            lambda d, a: put(thing(a)["properties"]["price"], "type", "string"),
        ),
        "a value less, that may be absent": several(
            lambda d, a: thing(a)["properties"]["status"]["enum"].remove("queued"),
            lambda d, a: thing(a)["required"].remove("status"),
        ),
        "two parameters with one value are renamed": several(
            lambda d, a: replace_text(post(a)["parameters"], "from", "start"),
            lambda d, a: replace_text(post(a)["parameters"], "to", "end"),
            lambda d, a: replace_text(step(d, 0)["parameters"], "from", "start"),
            lambda d, a: replace_text(step(d, 0)["parameters"], "to", "end"),
        ),
        "two parameters with one value are renamed, and one is passed": several(
            lambda d, a: replace_text(post(a)["parameters"], "from", "start"),
            lambda d, a: replace_text(post(a)["parameters"], "to", "end"),
            lambda d, a: replace_text(step(d, 0)["parameters"], "to", "end"),
            lambda d, a: step(d, 0)["parameters"].pop(1),
        ),
        "a parameter is renamed and has another value": several(
            lambda d, a: replace_text(post(a)["parameters"], "from", "start"),
            lambda d, a: put(step(d, 0)["parameters"], 1, {"name": "start", "in": "query", "value": "y"}),
        ),
        "credentials of two operations": several(
            lambda d, a: put(post(a), "security", [{"token": []}]),
            lambda d, a: put(get(a), "security", []),
        ),
        "credentials of an operation are gone, and those of another are renamed": several(
            lambda d, a: put(post(a), "security", []),
            lambda d, a: rename(a["components"]["securitySchemes"], "more", "other"),
            lambda d, a: put(get(a), "security", [{"other": []}]),
        ),
        "the servers of two operations": several(
            lambda d, a: put(get(a), "servers", [{"url": "https://c.example"}]),
            lambda d, a: put(a, "servers", [{"url": "/v1"}]),
        ),
        "a variable of the server has another name": several(
            lambda d, a: put(a["servers"][0], "url", "https://{area}.shop.example/v1"),
            lambda d, a: rename(a["servers"][0]["variables"], "region", "area"),
        ),
        "a header that is read always comes": lambda d, a: put(location(a), "required", True),
        "a header that is read is deprecated": lambda d, a: put(location(a), "deprecated", True),
        "an argument of all steps of a workflow": lambda d, a: put(
            buy(d), "parameters", [{"name": "lang", "in": "query", "value": "x"}]
        ),
        "an argument of two steps": several(
            *(
                lambda d, a, n=n: step(d, n)["parameters"].append({"name": "lang", "in": "query", "value": "x"})
                for n in (1, 2)
            )
        ),
        "an alternative that is not sent requires more": lambda d, a: schemas(a)["Other"]["required"].append("n"),
        "two alternatives have a property more": several(
            lambda d, a: put(schemas(a)["Label"]["properties"], "n", {"type": "integer"}),
            lambda d, a: put(schemas(a)["Other"]["properties"], "n", {"type": "integer"}),
        ),
        "an alternative that is sent requires more": lambda d, a: schemas(a)["Label"]["required"].append("n"),
        "two fields of a form in Swagger 2.0": lambda d, a: [
            put(spec, "maxLength", 3) for spec in post(a)["parameters"]
        ],
        "a field of a form in Swagger 2.0 is a list": lambda d, a: post(a)["parameters"][1].update(
            type="array", items={"type": "string"}
        ),
        "a name in two objects leads to one schema": several(
            *(lambda d, a, n=n: put(order(a)["properties"][n], "required", ["x"]) for n in ("one", "other"))
        ),
        "what much is read from is gone": lambda d, a: step(d, 1)["outputs"].pop("price"),
        "a step is gone from which a payload has a member": lambda d, a: d["workflows"][0]["steps"].pop(0),
        "two lists of values grow": enums(["a", "c"], ["b", "d"]),
        "two lists of values grow by the same": enums(["a", "c"], ["b", "c"]),
        "two values, of which an action handles one": lambda d, a: thing(a)["properties"]["status"]["enum"].extend(
            ["failed", "lost"]
        ),
        "two values, of which an action handles one, in a later workflow": lambda d, a: thing(a)["properties"][
            "status"
        ]["enum"].extend(["failed", "lost"]),
    },
}
_BEFORE: dict[str, Edit] = {
    "a replacement within another one": replacing(LINES),
    "a member of what a replacement puts in place": replacing({"target": "/inner", "value": {"a": "x", "b": "y"}}),
    "a replacement by a query": lambda d, a: [put(d, "arazzo", "1.1.0"), replacing(NAME)(d, a)],
}
_BEFORE |= {
    "two responses that are one component are gone": refusing("409", "429"),
    "two responses that are one component have other statuses": refusing("409", "500"),
    "two headers that are one component are gone": refusing("409", "429"),
    "two properties lead to another schema": labels({}, {}, {"type": "integer"}, are_sent=False),
    "two parameters lead to another schema": several(
        labels({}, {}, TEXT, are_sent=True),
        lambda d, a: [put(spec, "schema", LABEL) for spec in post(a)["parameters"]],
    ),
    "values beside two references, whose schema changes, too": labels({}, {}, TEXT, are_sent=True),
    "a limit beside one of two references, whose schema changes, too": labels({}, {}, TEXT, are_sent=True),
    "a value of what two references with values lead to": labels(
        {"enum": ["red", "blue"]}, {"enum": ["red", "blue"]}, {"enum": ["red", "blue", "x"]}, are_sent=True
    ),
    "values beside each of two references": labels({"enum": ["red"]}, {"enum": ["blue"]}, TEXT, are_sent=True),
    "a part of a body is not binary any more": uploading({"type": "string", "format": "binary"}),
    "a part of a body has another type": uploading({"type": "string"}),
    "the encoding of a part": uploading({"type": "string", "format": "binary"}),
    "an input that is an output has another default and type": lambda d, a: put(
        buy(d)["outputs"], "color", "$inputs.color"
    ),
    "a failure and a success are of other types": failing,
    "a value less, that may be absent": lambda d, a: put(step(d, 1)["outputs"], "status", "$response.body#/status"),
    **dict.fromkeys(_RENAMED, ranging),
    "credentials of two operations": two_keys,
    "credentials of an operation are gone, and those of another are renamed": two_keys,
    "the servers of two operations": lambda d, a: put(get(a), "servers", [{"url": "https://b.example"}]),
    "an argument of all steps of a workflow": speaking,
    "an argument of two steps": speaking,
    "an alternative that is not sent requires more": choosing,
    "two alternatives have a property more": choosing,
    "an alternative that is sent requires more": choosing,
    "two fields of a form in Swagger 2.0": in_2_0,
    "a field of a form in Swagger 2.0 is a list": in_2_0,
    "a name in two objects leads to one schema": nested,
    "what much is read from is gone": reading_much,
    "a step is gone from which a payload has a member": zero,
    "two lists of values grow": enums(["a"], ["b"]),
    "two lists of values grow by the same": enums(["a"], ["b"]),
    "two values, of which an action handles one": two_failures,
    "two values, of which an action handles one, in a later workflow": several(
        two_failures, lambda d, a: d["workflows"].reverse()
    ),
}
BASES: dict[str, Edit] = {**dict.fromkeys(PAIRS["payloads"], replacing(NAME)), **_BEFORE}
"""What the old side has; else a member is replaced by an input."""
