"""Edits of schemas that change one thing each: what stands beside references, elements by number, alternatives."""

from __future__ import annotations

from typing import Any

from diff_documents import order, post, put, step, thing
from diff_pairs import several
from differences import Edit, Json


def schemas(api: Json) -> Any:
    return api["components"]["schemas"]


def sent(name: str, schema: Json, value: Any, **others: Json) -> Edit:
    """A base in which a property is sent; `others` are components."""

    def edit(document: Json, api: Json) -> None:
        schemas(api).update(others)
        order(api)["properties"][name] = schema
        step(document, 0)["requestBody"]["payload"][name] = value

    return edit


def read(name: str, schema: Json, **others: Json) -> Edit:
    """A base in which a property is read."""

    def edit(document: Json, api: Json) -> None:
        schemas(api).update(others)
        thing(api)["properties"][name] = schema
        step(document, 1)["outputs"][name] = f"$response.body#/{name}"

    return edit


def of_order(name: str, **words: Any) -> Edit:
    """An edit that adds keywords to a property of what is sent."""
    return lambda d, a: order(a)["properties"][name].update(words)


def of_thing(name: str, **words: Any) -> Edit:
    return lambda d, a: thing(a)["properties"][name].update(words)


def in_3_0(edit: Edit) -> Edit:
    """The same in OpenAPI 3.0, without what that does not have."""

    def older(document: Json, api: Json) -> None:
        put(api, "openapi", "3.0.3")
        thing(api)["properties"]["note"] = {"type": "string", "nullable": True}
        edit(document, api)

    return older


LABEL: Json = {"$ref": "#/components/schemas/Label"}
TEXT: Json = {"type": "string"}
PAIR: Json = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]}
CAT: Json = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}}}
DOG: Json = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}}}
ANIMALS: Json = {"Cat": CAT, "Dog": DOG}
ANIMAL: Json = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "Dog"}},
}
A_OR_B: list[Json] = [{"type": "string", "minLength": 1}, {"type": "string", "maxLength": 5}]


def both_grow(document: Json, api: Json) -> None:
    for one, value in zip(order(api)["properties"]["either"]["anyOf"], ("c", 3), strict=True):
        one["enum"].append(value)


PAIRS: dict[str, dict[str, Edit]] = {
    "schemas": {
        "a limit beside a reference": of_order("label", maxLength=5),
        "a limit beside a reference, which OpenAPI 3.0 ignores": of_order("label", maxLength=5),
        "a limit beside a reference that is not reached by a constant": of_order("label", maxLength=5),
        "a pattern beside a reference that has one": lambda d, a: put(schemas(a)["Label"], "pattern", "^a"),
        "a limit beside two references": several(of_order("label", maxLength=5), of_order("other", maxLength=5)),
        "a limit of what two references lead to": lambda d, a: put(schemas(a)["Label"], "minLength", 2),
        "a property is deprecated beside a reference": of_order("label", deprecated=True),
        "a property is deprecated beside a reference, which OpenAPI 3.0 ignores": of_order("label", deprecated=True),
        "a property is not taken, beside a reference": of_order("label", readOnly=True),
        "a property does not come, beside a reference": of_thing("label", writeOnly=True),
        "a default beside a reference": of_order("label", default="x"),
        "a property is deprecated in allOf": lambda d, a: put(schemas(a)["Label"], "deprecated", True),
        "values beside two references": several(
            lambda d, a: order(a)["properties"]["label"]["enum"].append("z"),
            lambda d, a: order(a)["properties"]["other"]["enum"].append("z"),
        ),
        "a constant is no multiple": of_order("count", multipleOf=2),
        "a constant is a multiple": of_order("count", multipleOf=3),
        "a constant is at a limit that it must not reach": of_order("count", exclusiveMaximum=9),
        "a constant is at a limit that it must not reach, in OpenAPI 3.0": of_order("count", exclusiveMaximum=True),
        "a constant matches a pattern": of_order("label", pattern="^al+$"),
        "a constant does not match a pattern": of_order("label", pattern="^b"),
        "a constant may match a pattern": of_order("label", pattern="(l+)+$"),
        "a constant and a keyword that is not looked at": of_order("label", contentEncoding="base64"),
        "null is sent, and an enum does not list it": of_order("count", enum=[1, 2]),
        "an enum does not list null any more": lambda d, a: order(a)["properties"]["count"]["enum"].remove(None),
        "no elements": of_order("tags", items=False),
        "no elements after those that are sent": of_order("pair", items=False),
        "no elements after the first, and more are sent": of_order("pair", items=False),
        "the first element that is sent": lambda d, a: put(
            order(a)["properties"]["pair"]["prefixItems"][0], "type", "boolean"
        ),
        "an element that is not sent": lambda d, a: put(
            order(a)["properties"]["pair"]["prefixItems"][1], "type", "boolean"
        ),
        "an element that is not read": lambda d, a: put(
            thing(a)["properties"]["pair"]["prefixItems"][1], "type", "boolean"
        ),
        "an element that is read": lambda d, a: put(
            thing(a)["properties"]["pair"]["prefixItems"][0], "type", "boolean"
        ),
        "no value is allowed": lambda d, a: put(order(a)["properties"], "label", False),
        "one of several": lambda d, a: put(
            order(a)["properties"], "either", {"oneOf": order(a)["properties"]["either"].pop("anyOf")}
        ),
        "one of several that exclude each other": lambda d, a: put(
            order(a)["properties"], "animal", {"oneOf": order(a)["properties"]["animal"].pop("anyOf")}
        ),
        "two alternatives take one value more": both_grow,
        "a required property that is not taken": several(
            lambda d, a: put(order(a)["properties"], "made", {"type": "string", "readOnly": True}),
            lambda d, a: order(a)["required"].append("made"),
        ),
        "a property that is not taken is required": lambda d, a: order(a)["required"].append("made"),
        "alternatives are told apart otherwise, and read": lambda d, a: put(
            thing(a)["properties"]["animal"]["discriminator"]["mapping"], "kitten", "Cat"
        ),
        "alternatives are told apart otherwise, and not read": lambda d, a: put(
            thing(a)["properties"]["animal"]["discriminator"]["mapping"], "kitten", "Cat"
        ),
        "alternatives are told apart otherwise, and sent": lambda d, a: put(
            order(a)["properties"]["animal"]["discriminator"]["mapping"], "kitten", "Cat"
        ),
        "a body is not described any more": lambda d, a: post(a)["requestBody"]["content"]["application/json"].pop(
            "schema"
        ),
        "a property that is not sent is not described any more": lambda d, a: put(order(a)["properties"], "lines", {}),
    }
}
_BEFORE: dict[str, Edit] = {
    "a limit beside a reference": sent("label", dict(LABEL), "$inputs.name", Label=TEXT),
    "a default beside a reference": sent("label", dict(LABEL), "$inputs.color", Label=TEXT),
    "a limit beside two references": several(
        sent("label", dict(LABEL), "$inputs.name", Label=TEXT), sent("other", dict(LABEL), "$inputs.name")
    ),
    "a limit of what two references lead to": several(
        sent("label", dict(LABEL), "$inputs.name", Label=dict(TEXT)),
        sent("other", {**LABEL, "maxLength": 7}, "$inputs.name"),
    ),
    "values beside two references": several(
        sent("label", {**LABEL, "enum": ["x"]}, "x", Label=TEXT), sent("other", {**LABEL, "enum": ["y"]}, "y")
    ),
    "a limit beside a reference, which OpenAPI 3.0 ignores": in_3_0(
        sent("label", dict(LABEL), "$inputs.name", Label=TEXT)
    ),
    "a property is deprecated beside a reference, which OpenAPI 3.0 ignores": in_3_0(
        sent("label", dict(LABEL), "$inputs.name", Label=TEXT)
    ),
    "a limit beside a reference that is not reached by a constant": sent("label", dict(LABEL), "all", Label=TEXT),
    "a pattern beside a reference that has one": sent(
        "label", {**LABEL, "pattern": "^b"}, "$inputs.name", Label=dict(TEXT)
    ),
    "a property does not come, beside a reference": read("label", dict(LABEL), Label=TEXT),
    "a property is deprecated in allOf": sent("label", {"allOf": [LABEL]}, "x", Label=dict(TEXT)),
    "a constant is no multiple": sent("count", {"type": "integer"}, 9),
    "a constant is a multiple": sent("count", {"type": "integer"}, 9),
    "a constant is at a limit that it must not reach": sent("count", {"type": "integer"}, 9),
    "a constant is at a limit that it must not reach, in OpenAPI 3.0": in_3_0(
        sent("count", {"type": "integer", "maximum": 9}, 9)
    ),
    "null is sent, and an enum does not list it": in_3_0(sent("count", {"type": "integer", "nullable": True}, None)),
    "an enum does not list null any more": in_3_0(
        sent("count", {"type": "integer", "nullable": True, "enum": [1, None]}, None)
    ),
    "no elements": sent("tags", {"type": "array", "items": {"type": "string"}}, ["x"]),
    "no elements after those that are sent": sent("pair", PAIR, ["$inputs.name", "$inputs.count"]),
    "no elements after the first, and more are sent": sent("pair", PAIR, ["$inputs.name", "$inputs.count", 1]),
    "the first element that is sent": sent("pair", PAIR, ["$inputs.name"]),
    "an element that is not sent": sent("pair", PAIR, ["$inputs.name"]),
    "an element that is not read": several(
        read("pair", PAIR),
        lambda d, a: put(step(d, 1)["outputs"], "pair", "$response.body#/pair/0"),
        lambda d, a: d["workflows"].pop(),
    ),
    "an element that is read": several(
        read("pair", PAIR), lambda d, a: put(step(d, 1)["outputs"], "pair", "$response.body#/pair/0")
    ),
    "one of several": sent("either", {"anyOf": A_OR_B}, "$inputs.name"),
    "one of several that exclude each other": sent(
        "animal", {"anyOf": ANIMAL["oneOf"]}, {"kind": "$inputs.name"}, **ANIMALS
    ),
    "two alternatives take one value more": sent(
        "either", {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]}, "a"
    ),
    "a property that is not taken is required": lambda d, a: put(
        order(a)["properties"], "made", {"type": "string", "readOnly": True}
    ),
    "alternatives are told apart otherwise, and read": read("animal", ANIMAL, **ANIMALS),
    "alternatives are told apart otherwise, and not read": several(
        read("animal", ANIMAL, **ANIMALS),
        lambda d, a: step(d, 1)["outputs"].pop("animal"),
        lambda d, a: d["workflows"].pop(),
    ),
    "alternatives are told apart otherwise, and sent": sent("animal", ANIMAL, {"kind": "cat"}, **ANIMALS),
}
BASES: dict[str, Edit] = {
    **dict.fromkeys(PAIRS["schemas"], sent("label", dict(LABEL), "all", Label=TEXT)),
    **_BEFORE,
}
"""What the old side has; else a constant is sent whose schema is a reference."""
