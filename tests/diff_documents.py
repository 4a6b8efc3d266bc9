"""A workflow with its API, of which pairs are made, and the ways to the parts of both."""

from __future__ import annotations

from typing import Any

from differences import Json

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
