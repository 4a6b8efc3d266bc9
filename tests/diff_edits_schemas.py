"""Random edits of the schemas of an API."""

from __future__ import annotations

import copy
from typing import Any

from diff_documents import rename
from diff_edits import edit, has_members, node, optional, place, schemas_of, set_required
from diff_language import Draws, constant, is_new, leaf, schema
from differences import Json


@edit
def add_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, has_members)
    if owner is None:
        return False
    owner["properties"]["new"] = schema(d, api, 1)
    return None


@edit
def add_required_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, has_members)
    if owner is None:
        return False
    owner["properties"]["must"] = schema(d, api, 1)
    owner["required"] = [*owner.get("required", ()), "must"]
    return None


@edit
def remove_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("properties", ())) > 1)
    if owner is None:
        return False
    name = d.one(list(owner["properties"]))
    del owner["properties"][name]
    set_required(owner, [n for n in owner.get("required", ()) if n != name])
    return None


@edit
def rename_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, has_members)
    if owner is None:
        return False
    name = d.one(list(owner["properties"]))
    rename(owner["properties"], name, "other")
    set_required(owner, ["other" if n == name else n for n in owner.get("required", ())])
    return None


@edit
def require_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, optional)
    if owner is None:
        return False
    owner["required"] = [*owner.get("required", ()), d.one(optional(owner))]
    return None


@edit
def relax_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("required"))
    if owner is None:
        return False
    name = d.one(owner["required"])
    set_required(owner, [n for n in owner["required"] if n != name])
    return None


@edit
def reorder_properties(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("properties", ())) > 1)
    if owner is None:
        return False
    owner["properties"] = dict(reversed(owner["properties"].items()))
    return None


@edit
def close_object(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: has_members(n) and n.get("additionalProperties") is not False)
    return owner.update(additionalProperties=False) if owner is not None else False


@edit
def open_object(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "additionalProperties" in n)
    return owner.update(additionalProperties=d.one((True, {"type": "string"}))) if owner is not None else False


@edit
def other_members(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: has_members(n) and "additionalProperties" not in n)
    return owner.update(additionalProperties=leaf(d, api)) if owner is not None else False


@edit
def integer_to_number(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "integer")
    return owner.update(type="number") if owner is not None else False


@edit
def number_to_integer(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "number")
    return owner.update(type="integer") if owner is not None else False


@edit
def retype(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: not has_members(n))
    if found is None:
        return False
    found[0][found[1]] = leaf(d, api)
    return None


@edit
def replace_schema(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = schema(d, api, 2)
    return None


@edit
def any_value(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: not has_members(n))
    if found is None:
        return False
    found[0][found[1]] = {}
    return None


@edit
def add_type(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and n["type"] != "object" and "enum" not in n)
    if owner is None or not is_new(api):
        return False
    owner["type"] = [owner["type"], d.one([k for k in ("string", "integer", "boolean") if k != owner["type"]])]
    return None


@edit
def add_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("enum"))
    if owner is None:
        return False
    owner["enum"] = [*owner["enum"], "extra"] if d.chance() else ["extra", *owner["enum"]]
    return None


@edit
def remove_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("enum", ())) > 1)
    if owner is None:
        return False
    owner["enum"] = [value for value in owner["enum"] if value != d.one(owner["enum"])] or owner["enum"][:1]
    return None


@edit
def no_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("enum"))
    return owner.pop("enum") and None if owner is not None else False


@edit
def list_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "string" and "enum" not in n)
    return owner.update(enum=["ttt", "uuu"]) if owner is not None else False


@edit
def reorder_values(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("enum", ())) > 1)
    return owner["enum"].reverse() if owner is not None else False


@edit
def one_value(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("type") == "string" and "enum" not in n)
    if owner is None or not is_new(api):
        return False
    owner["const"] = "ttt"
    return None


@edit
def make_nullable(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and not n.get("nullable"))
    if owner is None:
        return False
    if not is_new(api):
        owner["nullable"] = True
        return None
    owner["type"] = [owner["type"], "null"]
    if "enum" in owner:
        owner["enum"] = [*owner["enum"], None]
    return None


@edit
def not_nullable(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("nullable") or (isinstance(n.get("type"), list) and "null" in n["type"]))
    if owner is None:
        return False
    if "nullable" in owner:
        del owner["nullable"]
    else:
        owner["type"] = owner["type"][0]
    return None


def _limit(api: Json, d: Draws) -> tuple[Json, str] | None:
    words = ("minimum", "maximum", "minLength", "maxLength", "minItems")
    found = [(o[k], word) for o, k in schemas_of(api) for word in words if word in o[k]]
    return d.one(found) if found else None


@edit
def tighten(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    if found is None:
        return False
    owner, word = found
    owner[word] += 1 if word.startswith("min") else -1
    return None


@edit
def loosen(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    if found is None or (found[1].startswith("min") and found[0][found[1]] == 0):
        return False
    owner, word = found
    owner[word] -= 1 if word.startswith("min") else -1
    return None


@edit
def remove_limit(d: Draws, document: Json, api: Json) -> Any:
    found = _limit(api, d)
    return found[0].pop(found[1]) and None if found is not None else False


@edit
def add_limit(d: Draws, document: Json, api: Json) -> Any:
    kinds = {"string": ("minLength", "maxLength"), "integer": ("minimum", "maximum"), "array": ("minItems", "maxItems")}
    owner = node(d, api, lambda n: isinstance(n.get("type"), str) and n["type"] in kinds)
    if owner is None:
        return False
    word = d.one(kinds[owner["type"]])
    owner[word] = d.number(1, 2) if word.startswith("min") else d.number(3, 5)
    return None


@edit
def deprecate_property(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "$ref" not in n)
    return owner.update(deprecated=not owner.get("deprecated", False)) if owner is not None else False


@edit
def give_default(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "type" in n and not has_members(n))
    return owner.update(default=constant(owner)) if owner is not None else False


@edit
def describe(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: "$ref" not in n)
    return owner.update(description="A text.") if owner is not None else False


@edit
def inline_reference(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: "$ref" in n)
    if found is None:
        return False
    name = found[0][found[1]]["$ref"].rpartition("/")[2]
    found[0][found[1]] = copy.deepcopy(api["components"]["schemas"][name])
    return None


@edit
def make_component(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, has_members)
    if found is None or found[0] is api["components"]["schemas"]:
        return False
    api["components"]["schemas"]["Made"] = found[0][found[1]]
    found[0][found[1]] = {"$ref": "#/components/schemas/Made"}
    return None


@edit
def rename_component(d: Draws, document: Json, api: Json) -> Any:
    names = list(api["components"]["schemas"])
    if not names:
        return False
    name = d.one(names)
    rename(api["components"]["schemas"], name, "Other")
    for owner, key in list(schemas_of(api)):
        if owner[key].get("$ref") == f"#/components/schemas/{name}":
            owner[key]["$ref"] = "#/components/schemas/Other"
    return None


@edit
def wrap_in_all_of(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = {"allOf": [found[0][found[1]]]}
    return None


@edit
def add_part(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("allOf"))
    return owner["allOf"].append({"type": "object", "properties": {"g": leaf(d, api)}}) if owner is not None else False


@edit
def wrap_in_one_of(d: Draws, document: Json, api: Json) -> Any:
    found = place(d, api, lambda n: True)
    if found is None:
        return False
    found[0][found[1]] = {"oneOf": [found[0][found[1]], {"type": "array", "items": {"type": "boolean"}}]}
    return None


@edit
def add_alternative(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: n.get("oneOf"))
    return owner["oneOf"].append({"type": "boolean"}) if owner is not None else False


@edit
def remove_alternative(d: Draws, document: Json, api: Json) -> Any:
    owner = node(d, api, lambda n: len(n.get("oneOf", ())) > 1)
    return owner["oneOf"].pop(d.number(0, 1)) and None if owner is not None else False
