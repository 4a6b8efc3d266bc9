"""Edits of which it matters what they are the cause of: what is replaced in a payload, one cause, several causes."""

from __future__ import annotations

from typing import Any

from diff_documents import put, step
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
}
_BEFORE: dict[str, Edit] = {
    "a replacement within another one": replacing(LINES),
    "a member of what a replacement puts in place": replacing({"target": "/inner", "value": {"a": "x", "b": "y"}}),
    "a replacement by a query": lambda d, a: [put(d, "arazzo", "1.1.0"), replacing(NAME)(d, a)],
}
BASES: dict[str, Edit] = {**dict.fromkeys(PAIRS["payloads"], replacing(NAME)), **_BEFORE}
"""What the old side has; else a member is replaced by an input."""
