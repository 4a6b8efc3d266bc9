"""Edits of keywords that have schemas in them, of what closes an object, and of what says the same in other words."""

from __future__ import annotations

import copy
from typing import Any

from diff_documents import order, put, step, thing
from diff_pairs import several
from diff_pairs_schemas import TEXT, of_order, read, schemas, sent
from differences import Edit, Json

REFERENCE: Json = {"$ref": "#/components/schemas/Rule"}
RULE: Json = {"type": "object", "required": ["unit"], "properties": {"unit": TEXT}}
SIZES: dict[str, Any] = {
    "what no value may be": {"type": "object", "not": REFERENCE},
    "what must be in a list": {"type": "array", "items": {}, "contains": REFERENCE},
    "what names must be": {"type": "object", "propertyNames": REFERENCE},
    "what members with such names are": {"type": "object", "patternProperties": {"^x-": REFERENCE}},
    "what depends on a member": {"type": "object", "dependentSchemas": {"deep": REFERENCE}},
    "what a condition demands": {"type": "object", "if": {"required": ["deep"]}, "then": REFERENCE},
    "what other members are": {"type": "object", "unevaluatedProperties": REFERENCE},
    "what a dynamic reference leads to": {"$dynamicRef": "#rule"},
}
CLOSED: Json = {"type": "object", "properties": {"unit": TEXT}}
IN_ALL: Json = {"type": "object", "allOf": [CLOSED]}


def wide(count: int, type: str) -> Json:
    """Very many alternatives."""
    return {
        "oneOf": [
            {"type": "object", "required": [f"m{n}"], "properties": {f"m{n}": {"type": type}}} for n in range(count)
        ]
    }


def other_rule(document: Json, api: Json) -> None:
    schemas(api)["Rule"]["properties"]["unit"]["type"] = "integer"


def rule(which: str, *, is_sent: bool) -> Edit:
    """A base in which such a schema is sent or read."""
    others: Json = {"Rule": {"$dynamicAnchor": "rule", **RULE}}
    return sent("size", SIZES[which], {"deep": 1}, **others) if is_sent else read("size", SIZES[which], **others)


def replaced(name: str, schema: Json) -> Edit:
    """A property that is sent has another schema."""
    return lambda d, a: put(order(a)["properties"], name, copy.deepcopy(schema))


def pattern_read(document: Json, api: Json) -> None:
    rule("what members with such names are", is_sent=False)(document, api)
    step(document, 1)["outputs"]["size"] = "$response.body#/size/plain"
    document["workflows"].pop()


PAIRS: dict[str, dict[str, Edit]] = {
    "subschemas": {
        **{f"{name}, sent": other_rule for name in SIZES},
        **{f"{name}, read": other_rule for name in SIZES},
        "what members with such names are, and another is read": other_rule,
        "no members but the evaluated ones": of_order("size", unevaluatedProperties=False),
        "no members but the evaluated ones, and others are sent": of_order("size", unevaluatedProperties=False),
        "no members but those that allOf evaluates": of_order("size", unevaluatedProperties=False),
        "no members but those that allOf evaluates, and others are sent": of_order("size", unevaluatedProperties=False),
        "no elements but the evaluated ones": of_order("list", unevaluatedItems=False),
        "no name is right": of_order("size", propertyNames=False),
        "one of very many alternatives": replaced("size", wide(300, "integer")),
        "alternatives of alternatives": replaced("size", {"allOf": [wide(6, "string"), wide(7, "string")]}),
        "the second schema of a member": lambda d, a: put(
            thing(a)["properties"]["size"]["allOf"][1]["properties"]["unit"], "maxLength", 5
        ),
    },
    "wordings": {
        "nothing is said of other members": of_order("size", unevaluatedProperties=True),
        "closed in other words": several(
            of_order("size", unevaluatedProperties=False),
            lambda d, a: replaced("size", {**CLOSED, "unevaluatedProperties": False})(d, a),
        ),
        "limits that any value keeps": of_order(
            "label", minLength=0, pattern="", contentSchema=True, uniqueItems=False, minItems=0, minProperties=0
        ),
        "limits of an input that any value keeps": lambda d, a: put(
            d["workflows"][0]["inputs"]["properties"]["color"], "minLength", 0
        ),
        "a condition that leads to nothing": of_order("size", **{"if": {"required": ["unit"]}, "then": {}}),
        "constants in place of an enum, sent": replaced(
            "label", {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}
        ),
        "constants in place of an enum, read": lambda d, a: put(
            thing(a)["properties"], "label", {"type": "string", "oneOf": [{"const": "a"}, {"const": "b"}]}
        ),
        "one constant more than an enum had": replaced("label", {"oneOf": [{"const": c} for c in "abc"]}),
        "another description in a limit": several(
            replaced("size", {"type": "object", "patternProperties": {"^x": {"type": "string", "description": "B."}}}),
            of_order("size", properties={"unit": TEXT}),
        ),
        "another order in a limit": several(
            replaced("size", {"type": "object", "not": {"required": ["b", "a"]}}), of_order("size", maxProperties=8)
        ),
        "a reference in a limit": several(
            replaced("size", {"type": "object", "patternProperties": {"^x": {"$ref": "#/components/schemas/Text"}}}),
            of_order("size", properties={"unit": TEXT}),
        ),
        "a number with a point": of_order("size", default=1.0, multipleOf=2.0, const=4.0),
    },
}
BASES: dict[str, Edit] = {
    **{f"{name}, sent": rule(name, is_sent=True) for name in SIZES},
    **{f"{name}, read": rule(name, is_sent=False) for name in SIZES},
    "what members with such names are, and another is read": pattern_read,
    "no members but the evaluated ones": sent("size", CLOSED, {"unit": "cm"}),
    "no members but the evaluated ones, and others are sent": sent("size", CLOSED, {"unit": "cm", "x": 1}),
    "no members but those that allOf evaluates": sent("size", IN_ALL, {"unit": "cm"}),
    "no members but those that allOf evaluates, and others are sent": sent("size", IN_ALL, {"unit": "cm", "x": 1}),
    "no elements but the evaluated ones": sent("list", {"type": "array", "prefixItems": [TEXT]}, ["x", "y"]),
    "no name is right": sent("size", CLOSED, {"unit": "cm"}),
    "one of very many alternatives": sent("size", wide(300, "string"), "$inputs.color"),
    "alternatives of alternatives": sent("size", {"allOf": [wide(6, "string"), wide(7, "integer")]}, "$inputs.color"),
    "the second schema of a member": read(
        "size", {"allOf": [CLOSED, {"properties": {"unit": {"type": "string", "minLength": 1}}}]}
    ),
    "nothing is said of other members": sent("size", CLOSED, {"x": 1}),
    "closed in other words": sent("size", {**CLOSED, "additionalProperties": False}, {"unit": "cm"}),
    "limits that any value keeps": sent("label", dict(TEXT), "$inputs.color"),
    "a condition that leads to nothing": sent("size", CLOSED, {"unit": "cm"}),
    "constants in place of an enum, sent": sent("label", {"enum": ["a", "b"]}, "$inputs.color"),
    "constants in place of an enum, read": read("label", {"type": "string", "enum": ["a", "b"]}),
    "one constant more than an enum had": sent("label", {"enum": ["a", "b"]}, "$inputs.color"),
    "another description in a limit": sent(
        "size", {"type": "object", "patternProperties": {"^x": {"type": "string", "description": "A."}}}, {"x": "y"}
    ),
    "another order in a limit": sent("size", {"type": "object", "not": {"required": ["a", "b"]}}, {"x": "y"}),
    "a reference in a limit": sent(
        "size", {"type": "object", "patternProperties": {"^x": {"type": "string"}}}, {"x": "y"}, Text=TEXT
    ),
    "a number with a point": sent("size", {"type": "number", "default": 1, "multipleOf": 2, "const": 4}, 4),
}
