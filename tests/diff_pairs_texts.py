"""Edits of what is sent as text: JSON, forms, XML, parts of a multipart body, query strings, lists."""

from __future__ import annotations

from typing import Any

from diff_documents import get, post, put, rename, step
from differences import Edit, Json

FORM, XML, PARTS = "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"
JSON_TEXT = '{"name": "{$inputs.name}", "kind": "small", "more": [1]}'
SIZE: Json = {"type": "object", "properties": {"unit": {"type": "string", "enum": ["cm", "in"]}}}


def written(payload: Any, media: str = "application/json") -> Edit:
    """A base in which a payload is sent as a media type."""

    def edit(document: Json, api: Json) -> None:
        contents = post(api)["requestBody"]["content"]
        contents[media] = contents.pop("application/json")
        step(document, 0)["requestBody"] = {"contentType": media, "payload": payload}

    return edit


def sent_schema(api: Json) -> Any:
    return next(iter(post(api)["requestBody"]["content"].values()))["schema"]


def members(api: Json) -> Any:
    return sent_schema(api)["properties"]


def with_size(payload: Any, media: str) -> Edit:
    def edit(document: Json, api: Json) -> None:
        written(payload, media)(document, api)
        members(api)["size"] = SIZE

    return edit


def passed(parameter: Json, value: Any) -> Edit:
    """A base in which a parameter is passed to the second operation."""

    def edit(document: Json, api: Json) -> None:
        document["arazzo"] = "1.1.0"
        get(api)["parameters"][1:] = [parameter]
        step(document, 1)["parameters"].append({"name": parameter["name"], "in": parameter["in"], "value": value})

    return edit


def no_small(document: Json, api: Json) -> None:
    members(api)["kind"]["enum"].remove("small")


def a_number(document: Json, api: Json) -> None:
    put(members(api), "kind", {"type": "integer"})


def no_centimeters(document: Json, api: Json) -> None:
    members(api)["size"]["properties"]["unit"]["enum"].remove("cm")


def kind_required(document: Json, api: Json) -> None:
    sent_schema(api)["required"].append("kind")


QUERY: Json = {
    "name": "filter",
    "in": "querystring",
    "content": {FORM: {"schema": {"type": "object", "properties": {"by": {"type": "string", "enum": ["x", "y"]}}}}},
}
FIELDS: Json = {
    "name": "fields",
    "in": "query",
    "explode": False,
    "schema": {"type": "array", "items": {"enum": ["id", "tags"]}},
}
PAGE: Json = {"name": "page", "in": "query", "schema": {"type": "integer", "enum": [1, 2]}}


def parameter(api: Json) -> Any:
    return get(api)["parameters"][1]


PAIRS: dict[str, dict[str, Edit]] = {
    "texts": {
        "a value in a JSON text": no_small,
        "a type in a JSON text": a_number,
        "a member of a JSON text is required": kind_required,
        "a member that a JSON text lacks is required": lambda d, a: sent_schema(a)["required"].append("gift"),
        "a member of a JSON text goes": lambda d, a: members(a).pop("kind"),
        "a member of a JSON text has another name": lambda d, a: rename(members(a), "kind", "sort"),
        "no more members than those of a JSON text": lambda d, a: put(sent_schema(a), "additionalProperties", False),
        "a member that a JSON text lacks": lambda d, a: put(members(a)["gift"], "type", "string"),
        "a JSON text without expressions": a_number,
        "a text in JSON that is no JSON itself": lambda d, a: put(
            members(a)["name"]["anyOf"][1]["properties"]["first"], "type", "integer"
        ),
        "a value in a form that is text": no_small,
        "a member of a form that is text is required": kind_required,
        "a number in a form that is text": lambda d, a: put(members(a)["count"], "maximum", 2),
        "JSON in a form that is text": no_centimeters,
        "a value in an XML text": no_small,
        "a type in an XML text": a_number,
        "a member of an XML text is required": kind_required,
        "no more members than those of an XML text": lambda d, a: put(sent_schema(a), "additionalProperties", False),
        "JSON in a part": no_centimeters,
        "a member of JSON in a part is required": lambda d, a: put(members(a)["size"], "required", ["unit"]),
        "text in a part": no_small,
        "a value in a query string": lambda d, a: parameter(a)["content"][FORM]["schema"]["properties"]["by"][
            "enum"
        ].remove("x"),
        "another value in a query string": lambda d, a: parameter(a)["content"][FORM]["schema"]["properties"]["by"][
            "enum"
        ].remove("y"),
        "an element of a list that is text": lambda d, a: parameter(a)["schema"]["items"]["enum"].remove("id"),
        "a number that is text": lambda d, a: parameter(a)["schema"]["enum"].remove(1),
    }
}
_JSON = (
    *("a value in a JSON text", "a type in a JSON text", "a member of a JSON text is required"),
    *("a member that a JSON text lacks is required", "a member of a JSON text goes"),
    *("a member of a JSON text has another name", "no more members than those of a JSON text"),
    "a member that a JSON text lacks",
)
_XML = (
    *("a value in an XML text", "a type in an XML text", "a member of an XML text is required"),
    "no more members than those of an XML text",
)
_FORM = "name={$inputs.name}&kind=small&count=3&size=%7B%22unit%22%3A+%22cm%22%7D"


def _either_text_or_object(document: Json, api: Json) -> None:
    members(api)["name"] = {
        "anyOf": [{"type": "string"}, {"type": "object", "properties": {"first": {"type": "string"}}}]
    }
    step(document, 0)["requestBody"]["payload"]["name"] = '{"first": "x"}'


BASES: dict[str, Edit] = {
    **dict.fromkeys(_JSON, written(JSON_TEXT)),
    "a JSON text without expressions": written('{"name": "x", "kind": "small"}'),
    "a text in JSON that is no JSON itself": _either_text_or_object,
    "a value in a form that is text": written(_FORM, FORM),
    "a member of a form that is text is required": written(_FORM, FORM),
    "a number in a form that is text": written(_FORM, FORM),
    "JSON in a form that is text": with_size(_FORM, FORM),
    **dict.fromkeys(_XML, written("<order><name>{$inputs.name}</name><kind>small</kind></order>", XML)),
    "JSON in a part": with_size({"name": "x", "size": '{"unit": "cm"}'}, PARTS),
    "a member of JSON in a part is required": with_size({"name": "x", "size": '{"unit": "cm"}'}, PARTS),
    "text in a part": written({"name": "$inputs.name", "kind": "small"}, PARTS),
    "a value in a query string": passed(QUERY, "by=x&page=1"),
    "another value in a query string": passed(QUERY, "by=x&page=1"),
    "an element of a list that is text": passed(FIELDS, "id,tags"),
    "a number that is text": passed(PAGE, "1"),
}
