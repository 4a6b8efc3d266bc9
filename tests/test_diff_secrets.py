"""What `arazzoc diff` says of secrets: that they changed, and never what they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import pytest

from diff_documents import API, DOCUMENT, order, post, thing
from diff_documents import buy as first
from differences import compared, edited, shown


class Edit(Protocol):
    """Puts a word where it is a secret."""

    def __call__(self, document: Any, api: Any, word: str) -> None: ...


PASSWORD = {"type": "string", "format": "password"}


def payload(document: Any) -> Any:
    return first(document)["steps"][0]["requestBody"]["payload"]


def in_called_workflow(document: Any, api: Any, word: str) -> None:
    inputs = {"type": "object", "properties": {"box": {"type": "object", "properties": {"hush": PASSWORD}}}}
    step = {"stepId": "s", "operationId": "other"}
    document["workflows"].append({"workflowId": "called", "inputs": inputs, "steps": [step]})
    call = {"stepId": "call", "workflowId": "called", "parameters": [{"name": "box", "value": {"hush": word}}]}
    first(document)["steps"].append(call)


def in_any_body(document: Any, api: Any, word: str) -> None:
    schema = order(api)
    schema["properties"]["hush"] = PASSWORD
    post(api)["requestBody"]["content"] = {"*/*": {"schema": schema}}
    payload(document)["hush"] = word


def in_unknown_body(document: Any, api: Any, word: str) -> None:
    post(api)["requestBody"]["content"] = {"application/json": {}}
    payload(document)["clientSecret"] = word


def body_member(schema: Any, value: Callable[[str], Any]) -> Edit:
    def edit(document: Any, api: Any, word: str) -> None:
        order(api)["properties"]["box"] = schema
        payload(document)["box"] = value(word)

    return edit


def beside_a_reference(document: Any, api: Any, word: str) -> None:
    api["components"]["schemas"]["Plain"] = {"type": "string"}
    order(api)["properties"]["hush"] = {"$ref": "#/components/schemas/Plain", "format": "password"}
    payload(document)["hush"] = word


def listed_in_request(document: Any, api: Any, word: str) -> None:
    order(api)["properties"]["hush"] = {**PASSWORD, "enum": ["other", word]}


def listed_in_input(document: Any, api: Any, word: str) -> None:
    first(document)["inputs"]["properties"]["hush"] = {**PASSWORD, "enum": ["other", word]}


def listed_in_response(document: Any, api: Any, word: str) -> None:
    thing(api)["properties"]["hush"] = {**PASSWORD, "enum": ["other", word]}
    first(document)["steps"][1]["outputs"]["h"] = "$response.body#/hush"
    first(document)["outputs"]["h"] = "$steps.poll.outputs.h"


def constant_in_response(document: Any, api: Any, word: str) -> None:
    thing(api)["properties"]["hush"] = {**PASSWORD, "const": word}


def default_of_parameter(where: str, name: str) -> Edit:
    def edit(document: Any, api: Any, word: str) -> None:
        post(api)["parameters"].append({"name": name, "in": where, "schema": {"type": "string", "default": word}})

    return edit


def default_of_input(document: Any, api: Any, word: str) -> None:
    box = {"type": "object", "properties": {"hush": PASSWORD}, "default": {"hush": word}}
    first(document)["inputs"]["properties"]["box"] = box


def default_in_pattern(document: Any, api: Any, word: str) -> None:
    order(api)["properties"]["box"] = {"type": "object", "additionalProperties": {**PASSWORD, "default": word}}


def criterion_on_input(document: Any, api: Any, word: str) -> None:
    first(document)["inputs"]["properties"]["hush"] = PASSWORD
    first(document)["steps"][1]["successCriteria"].append({"condition": f"$inputs.hush != '{word}'"})


def criterion_on_response(document: Any, api: Any, word: str) -> None:
    thing(api)["properties"]["hush"] = PASSWORD
    first(document)["steps"][1]["onSuccess"][0]["criteria"][0]["condition"] = f"$response.body#/hush == '{word}'"


def criterion_as_query(document: Any, api: Any, word: str) -> None:
    thing(api)["properties"]["hush"] = PASSWORD
    query = {"context": "$response.body", "type": "jsonpath", "condition": f"$[?@.hush == '{word}']"}
    first(document)["steps"][1]["successCriteria"].append(query)


def header_in_other_case(document: Any, api: Any, word: str) -> None:
    post(api)["parameters"].append({"name": "X-Hush", "in": "header", "schema": PASSWORD})
    first(document)["steps"][0]["parameters"].append({"name": "x-hush", "in": "header", "value": word})


def login_in_server(document: Any, api: Any, word: str) -> None:
    api["servers"] = [{"url": f"https://me:{word}@shop.example/v1"}]


def query_of_server(document: Any, api: Any, word: str) -> None:
    api["servers"] = [{"url": f"https://shop.example/v1?key={word}"}]


def variable_of_server(document: Any, api: Any, word: str) -> None:
    api["servers"] = [{"url": "https://shop.example/{token}", "variables": {"token": {"default": word}}}]


def text_body(document: Any, api: Any, word: str) -> None:
    step = first(document)["steps"][0]
    post(api)["requestBody"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    step["requestBody"] = {"contentType": "text/plain", "payload": f"user=me&password={word}"}


def replaced(document: Any, api: Any, word: str) -> None:
    order(api)["properties"]["hush"] = PASSWORD
    body = first(document)["steps"][0]["requestBody"]
    body["replacements"] = [{"target": "/hush", "value": word}, {"target": "/card", "value": {"password": word}}]


EDITS: dict[str, Edit] = {
    "a replacement in a payload": replaced,
    "an input of a called workflow": in_called_workflow,
    "a body of any type": in_any_body,
    "a body that is not described": in_unknown_body,
    "a member of any name": body_member({"type": "object", "additionalProperties": PASSWORD}, lambda w: {"x": w}),
    "a member by a pattern": body_member({"type": "object", "patternProperties": {"^h": PASSWORD}}, lambda w: {"h": w}),
    "an element": body_member({"type": "array", "prefixItems": [{"type": "string"}, PASSWORD]}, lambda w: ["x", w]),
    "a member on a condition": body_member(
        {"type": "object", "if": {"required": ["a"]}, "then": {"properties": {"hush": PASSWORD}}}, lambda w: {"hush": w}
    ),
    "beside a reference": beside_a_reference,
    "listed in a request": listed_in_request,
    "listed in an input": listed_in_input,
    "listed in a response": listed_in_response,
    "a constant in a response": constant_in_response,
    "the default of a cookie": default_of_parameter("cookie", "sid"),
    "the default of an API key": default_of_parameter("header", "X-Key"),
    "the default of an input": default_of_input,
    "the default of a member of any name": default_in_pattern,
    "a criterion on an input": criterion_on_input,
    "a criterion on a response": criterion_on_response,
    "a criterion as a query": criterion_as_query,
    "a header in another letter case": header_in_other_case,
    "a login in a server": login_in_server,
    "a query of a server": query_of_server,
    "a variable of a server": variable_of_server,
    "a text body": text_body,
}


@pytest.mark.parametrize("name", EDITS)
def test_secrets_are_not_shown(name: str) -> None:
    """Their change is told, in both directions, and in no record stands what they were or are."""
    edit = EDITS[name]
    old, new = (edited(DOCUMENT, API, partial(edit, word=word)) for word in ("sesame", "simsim"))
    for found in (compared(old, new), compared(new, old)):
        text = shown(found)
        assert found.changes and "sesame" not in text and "simsim" not in text, text
