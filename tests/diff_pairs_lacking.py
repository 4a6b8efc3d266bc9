"""Edits after which one side lacks something, and of which records must say no more than is known."""

from __future__ import annotations

from diff_documents import buy, get, put, step
from diff_pairs import several
from differences import Edit, Json


def more(document: Json, api: Json) -> None:
    """A second source, of which the second step calls an operation."""
    document["sourceDescriptions"].append({"name": "more", "url": "./openapi.json", "type": "openapi"})
    for flow in document["workflows"]:
        for number, each in enumerate(flow["steps"]):
            each["operationId"] = f"$sourceDescriptions.{'more' if number == 1 else 'shop'}.{each['operationId']}"


def calls(document: Json, api: Json) -> None:
    """A workflow calls another."""
    value = {"name": "id", "value": "$steps.add.outputs.id"}
    buy(document)["steps"].append({"stepId": "see", "workflowId": "look", "parameters": [value]})


def lacks(name: str) -> Edit:
    """The file of a source is not there."""
    return lambda d, a: [put(s, "url", "none.json") for s in d["sourceDescriptions"] if s["name"] == name]


PAIRS: dict[str, dict[str, Edit]] = {
    "unread": {
        "a source cannot be read": several(lacks("shop"), lambda d, a: put(d["info"], "title", "Sell")),
        "one of several sources cannot be read": lacks("more"),
        "a source cannot be read, and another lacks an operation": several(
            lacks("more"), lambda d, a: put(a["paths"]["/things"]["post"], "operationId", "makeThing")
        ),
        "a workflow that is called is not there": lambda d, a: put(d["workflows"][1], "workflowId", "glance"),
    },
    "unsent": {
        "what one of two workflows sends is described no more": lambda d, a: get(a)["parameters"].pop(),
    },
}
BASES: dict[str, Edit] = {
    "one of several sources cannot be read": more,
    "a source cannot be read, and another lacks an operation": several(
        more, lambda d, a: put(d["sourceDescriptions"][1], "url", "openapi.json")
    ),
    "a workflow that is called is not there": calls,
    "what one of two workflows sends is described no more": lambda d, a: step(d, 1)["parameters"].append(
        {"name": "fields", "in": "query", "value": "id"}
    ),
}
