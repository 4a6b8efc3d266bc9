"""Edits of APIs in other versions of OpenAPI, of XML and of sequences, and of documents with errors elsewhere."""

from __future__ import annotations

import copy
from typing import Any

from diff_documents import THING, buy, get, order, post, put, step, thing
from diff_pairs import several
from diff_pairs_schemas import sent
from diff_pairs_texts import written
from differences import Edit, Json

XML = "application/xml"
LINES = "application/jsonl"
BYTES: Json = {"type": "string", "format": "binary"}


def in_another_workflow(document: Json, api: Json) -> None:
    """Another workflow calls what is not there."""
    document["workflows"][1]["steps"][0]["operationId"] = "lost"


def swagger(document: Json, api: Json) -> None:
    """An API in Swagger 2.0."""
    parameter = {"name": "id", "in": "path", "required": True, "type": "string"}
    answer = {"description": "Fine.", "schema": {"$ref": "#/definitions/Thing"}}
    api.clear()
    api.update(
        swagger="2.0",
        info={"title": "Shop", "version": "1"},
        host="shop.example",
        schemes=["https"],
        paths={
            "/things": {
                "post": {
                    "operationId": "addThing",
                    "parameters": [{"name": "mode", "in": "query", "type": "string"}],
                    "responses": {"201": {**answer, "headers": {"Location": {"type": "string"}}}},
                }
            },
            "/things/{id}": {
                "get": {"operationId": "getThing", "parameters": [dict(parameter)], "responses": {"200": dict(answer)}},
                "delete": {
                    "operationId": "deleteThing",
                    "parameters": [dict(parameter)],
                    "responses": {"204": {"description": "Gone."}},
                },
            },
        },
        definitions={"Thing": {**copy.deepcopy(THING), "discriminator": "status"}},
    )
    api["definitions"]["Thing"]["properties"] = {n: p for n, p in THING["properties"].items() if n in ("id", "price")}
    api["definitions"]["Thing"]["properties"]["status"] = {"type": "string", "enum": ["queued", "running", "done"]}
    document["workflows"].pop()
    step(document, 0).pop("requestBody")
    step(document, 1)["outputs"].pop("owner")


def openapi(document: Json, api: Json) -> None:
    """The same in OpenAPI 3.0."""
    thing = {**api.pop("definitions")["Thing"], "discriminator": {"propertyName": "status"}}
    for word in ("swagger", "host", "schemes"):
        api.pop(word)
    api.update(openapi="3.0.3", servers=[{"url": "https://shop.example"}], components={"schemas": {"Thing": thing}})
    for item in api["paths"].values():
        for operation in item.values():
            for parameter in operation["parameters"]:
                parameter["schema"] = {"type": parameter.pop("type")}
            for response in operation["responses"].values():
                if response.pop("schema", None) is not None:
                    response["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                for header in response.get("headers", {}).values():
                    header["schema"] = {"type": header.pop("type")}


def in_xml(document: Json, api: Json) -> None:
    """XML is sent, and read."""
    written("<order><name>{$inputs.name}</name></order>", XML)(document, api)
    content = get(api)["responses"]["200"]["content"]
    content[XML] = content.pop("application/json")
    thing(api)["properties"]["id"]["xml"] = {"name": "key"}
    document["workflows"].pop()
    step(document, 1).update(onSuccess=[], outputs={"all": "$response.body"})
    buy(document)["outputs"].pop("price")


def sequence(document: Json, api: Json) -> None:
    """A sequence of items is sent."""
    api["openapi"] = "3.2.0"
    item = {"type": "object", "properties": {"sku": {"type": "string"}}}
    post(api)["requestBody"]["content"] = {LINES: {"itemSchema": item}}
    step(document, 0)["requestBody"] = {"contentType": LINES, "payload": '{"sku": "x"}\n{"sku": "y"}'}


def bytes_of(schema: Json | None) -> Edit:
    """A base in which bytes are sent."""

    def edit(document: Json, api: Json) -> None:
        content: Json = {"schema": schema} if schema is not None else {}
        post(api)["requestBody"]["content"] = {"application/octet-stream": content}
        step(document, 0)["requestBody"] = {"contentType": "application/octet-stream", "payload": "$inputs.name"}

    return edit


def header_content(type: str) -> Edit:
    def edit(document: Json, api: Json) -> None:
        headers = {"Location": {"content": {"text/plain": {"schema": {"type": type}}}}}
        post(api)["responses"]["201"]["headers"] = headers

    return edit


PAIRS: dict[str, dict[str, Edit]] = {
    "versions": {
        "an action, while another workflow has an error": lambda d, a: put(step(d, 1)["onFailure"][0], "retryLimit", 9),
        "where an action leads, while another workflow has an error": lambda d, a: put(
            step(d, 1)["onSuccess"][0], "stepId", "add"
        ),
        "an output, while another workflow has an error": lambda d, a: put(
            step(d, 0)["outputs"], "id", "$response.body#/price"
        ),
        "the type of a header in Swagger 2.0": lambda d, a: put(
            a["paths"]["/things"]["post"]["responses"]["201"]["headers"]["Location"], "type", "integer"
        ),
        "the type of the content of a header": header_content("integer"),
        "Swagger 2.0 in OpenAPI 3.0": openapi,
        "the name of an XML element that is sent": lambda d, a: put(
            order_in_xml(a)["properties"]["name"], "xml", {"name": "title"}
        ),
        "the name of an XML element that is read": lambda d, a: put(
            thing(a)["properties"]["id"]["xml"], "attribute", True
        ),
        "the name of an XML element where JSON is sent": lambda d, a: put(
            order(a)["properties"]["name"], "xml", {"name": "title"}
        ),
        "an item of a sequence": lambda d, a: put(
            post(a)["requestBody"]["content"][LINES]["itemSchema"]["properties"]["sku"], "type", "integer"
        ),
        "bytes in OpenAPI 3.1": bytes_of(None),
        "bytes in OpenAPI 3.1 with a media type": bytes_of({"contentMediaType": "application/octet-stream"}),
        "bytes that are a text now": bytes_of({"type": "string"}),
        "base64 in OpenAPI 3.1": lambda d, a: put(
            order(a)["properties"], "picture", {"type": "string", "contentEncoding": "base64"}
        ),
        "a limit that is not reached in OpenAPI 3.1": several(
            lambda d, a: put(a, "openapi", "3.1.0"),
            lambda d, a: put(order(a)["properties"], "size", {"type": "number", "exclusiveMinimum": 0}),
        ),
    }
}


def order_in_xml(api: Json) -> Any:
    return post(api)["requestBody"]["content"][XML]["schema"]


def _older(document: Json, api: Json) -> None:
    put(api, "openapi", "3.0.3")
    thing(api)["properties"]["note"] = {"type": "string", "nullable": True}
    sent("size", {"type": "number", "minimum": 0, "exclusiveMinimum": True}, "$inputs.count")(document, api)


BASES: dict[str, Edit] = {
    "an action, while another workflow has an error": in_another_workflow,
    "where an action leads, while another workflow has an error": in_another_workflow,
    "an output, while another workflow has an error": in_another_workflow,
    "the type of a header in Swagger 2.0": swagger,
    "the type of the content of a header": header_content("string"),
    "Swagger 2.0 in OpenAPI 3.0": swagger,
    "the name of an XML element that is sent": in_xml,
    "the name of an XML element that is read": in_xml,
    "an item of a sequence": sequence,
    **dict.fromkeys(
        ("bytes in OpenAPI 3.1", "bytes in OpenAPI 3.1 with a media type", "bytes that are a text now"), bytes_of(BYTES)
    ),
    "base64 in OpenAPI 3.1": sent("picture", {"type": "string", "format": "byte"}, "$inputs.name"),
    "a limit that is not reached in OpenAPI 3.1": _older,
}
