"""Where random edits are made, and the table of them.

An edit changes one thing at a random place, and returns False where there is nothing that it could change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from diff_language import Draws, operations
from differences import Json

Edit: TypeAlias = Callable[[Draws, Json, Json], Any]

EDITS: dict[str, Edit] = {}


def edit(act: Edit) -> Edit:
    EDITS[act.__name__] = act
    return act


def schemas_of(api: Json) -> Iterator[tuple[Any, Any]]:
    """All schemas of an API, with what they are in."""
    for name in api["components"]["schemas"]:
        yield from _within(api["components"]["schemas"], name)
    for path, _, operation in operations(api):
        for spec in (*operation.get("parameters", ()), *api["paths"][path].get("parameters", ())):
            yield from _within(spec, "schema")
        for response in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in response.get("content", {}).values():
                if "schema" in content:
                    yield from _within(content, "schema")


def _within(owner: Any, key: Any) -> Iterator[tuple[Any, Any]]:
    yield owner, key
    node = owner[key]
    for name in node.get("properties", {}):
        yield from _within(node["properties"], name)
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict):
            yield from _within(node, word)
    for word in ("allOf", "oneOf"):
        for number in range(len(node.get(word, ()))):
            yield from _within(node[word], number)


def place(d: Draws, api: Json, fits: Callable[[Json], Any]) -> tuple[Any, Any] | None:
    found = [(owner, key) for owner, key in schemas_of(api) if fits(owner[key])]
    return d.one(found) if found else None


def node(d: Draws, api: Json, fits: Callable[[Json], Any]) -> Json | None:
    found = place(d, api, fits)
    return found[0][found[1]] if found is not None else None


def operation_of(d: Draws, api: Json) -> Json:
    return d.one([operation for _, _, operation in operations(api)])


def request_of(d: Draws, api: Json) -> Json | None:
    found = [op for _, _, op in operations(api) if "requestBody" in op]
    return d.one(found) if found else None


def fine(operation: Json) -> str | None:
    return next((status for status in operation["responses"] if status.startswith("2")), None)


def has_members(node: Json) -> Any:
    return node.get("properties")


def optional(node: Json) -> list[str]:
    return [name for name in node.get("properties", {}) if name not in node.get("required", ())]


def steps_of(document: Json) -> list[Json]:
    return [step for flow in document["workflows"] for step in flow["steps"]]


def flow_of(d: Draws, document: Json) -> Json:
    found: Json = d.one(document["workflows"])
    return found


def step_of(d: Draws, document: Json) -> Json:
    return d.one(steps_of(document))


def set_required(owner: Json, names: list[str]) -> None:
    owner.pop("required", None)
    if names:
        owner["required"] = names
