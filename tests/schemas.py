"""Random JSON Schemas and values that match them, judged by a validator, and values of types as Python has them."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, TypeAlias, Union, get_args, get_origin, get_type_hints, is_typeddict

from hypothesis import strategies as st

Schema: TypeAlias = "dict[str, Any] | bool"

COMPONENTS = ("Pet", "pet", "list", "Any", "a.b", "Tree")
KEYS = (
    *("a", "b-c", "class", "from", "__x", "", "0", "str", "list", "dict", "int", "None", "self", "Any", "NotRequired"),
    *("Literal", "TypedDict", "Pet", "PetA", "é", "ﬁ", "日本", "x y", "{z}", 'q"', "new\nline", "back\\slash", "type"),
)
KINDS = ("string", "integer", "number", "boolean", "object", "array", "null")
SCALARS = (None, True, False, 0, 1, -7, 2.5, "a", "1", "true", "on", "a b", "")


def reference() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(COMPONENTS).map(lambda name: {"$ref": f"#/components/schemas/{name}"})


def keywords(inner: st.SearchStrategy[Schema]) -> dict[str, st.SearchStrategy[Any]]:
    """What each keyword can have."""
    key = st.sampled_from(KEYS)
    some = st.lists(inner, min_size=1, max_size=3)
    members = st.dictionaries(key, inner, max_size=4)
    listed = st.one_of(st.sampled_from(SCALARS), st.just({"a": 1}), st.just([1, "x"]))
    return {
        "type": st.one_of(st.sampled_from(KINDS), st.lists(st.sampled_from(KINDS), max_size=3, unique=True)),
        "nullable": st.booleans(),
        "x-nullable": st.just(True),
        "title": st.sampled_from(KEYS),
        "format": st.sampled_from(("date", "binary", "int64")),
        "default": listed,
        "enum": st.lists(listed, max_size=4),
        "const": listed,
        "properties": members,
        "required": st.lists(key, max_size=3),
        "additionalProperties": inner,
        "patternProperties": st.dictionaries(st.sampled_from(("^x", "a$")), inner, max_size=2),
        "propertyNames": inner,
        "dependentSchemas": members,
        "items": st.one_of(inner, inner, st.lists(inner, max_size=2)),
        "prefixItems": some,
        "contains": inner,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
    }


@st.composite
def chaos(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> dict[str, Any]:
    """A schema of any keywords, and perhaps a reference beside them."""
    known = keywords(inner)
    names = draw(st.lists(st.sampled_from(tuple(known)), max_size=4, unique=True))
    return _beside(draw, {name: draw(known[name]) for name in names})


@st.composite
def plain(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> dict[str, Any]:
    """A schema as people write it: of one type, or of one and null, or composed."""
    known = keywords(inner)
    kind = draw(st.sampled_from((*KINDS, "object", "object", "array", "composed", "composed")))
    chosen: tuple[str, ...] = {
        "object": ("properties", "properties", "properties", "additionalProperties", "patternProperties"),
        "array": ("items", "items", "prefixItems"),
        "composed": ("allOf", "anyOf", "oneOf"),
        "string": ("enum", "const", "format"),
    }.get(kind, ("enum",))
    word = draw(st.sampled_from(chosen))
    schema: dict[str, Any] = {word: draw(known[word])} if kind in ("object", "array", "composed") else {}
    if kind != "composed":
        schema["type"] = draw(st.sampled_from((kind, kind, [kind, "null"])))
    elif draw(st.booleans()):
        schema |= {"properties": draw(known["properties"])}
    if "properties" in schema and draw(st.booleans()):
        schema["required"] = list(schema["properties"])
    if kind not in ("object", "array", "composed") and draw(st.booleans()):
        schema[word] = draw(known[word])
    if draw(st.integers(0, 3)) == 0:
        schema["nullable"] = True
    return _beside(draw, schema)


def _beside(draw: st.DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, **draw(reference())} if draw(st.integers(0, 7)) == 0 else schema


def schemas(leaves: int = 20) -> st.SearchStrategy[Schema]:
    """Schemas of all keywords, nested at random; references lead to any component, also to the one around them."""
    leaf = st.one_of(reference(), st.booleans(), plain(reference()), plain(st.just({})))
    return st.recursive(
        leaf, lambda inner: st.one_of(plain(inner), plain(inner), plain(inner), chaos(inner)), max_leaves=leaves
    )


def records(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[dict[str, Any]]:
    """The schema of an object."""
    members = st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=5)
    required = st.lists(st.sampled_from(KEYS), max_size=20)
    return st.builds(lambda p, r: {"type": "object", "properties": p, "required": r}, members, required)


def components(schema: st.SearchStrategy[Schema]) -> st.SearchStrategy[dict[str, Schema]]:
    return st.fixed_dictionaries(dict.fromkeys(COMPONENTS, schema))


# Values


@st.composite
def instances(draw: st.DrawFn, schema: Schema, known: dict[str, Schema], depth: int = 0) -> Any:
    """A value that is made after a schema; whether it matches is left to `matches`."""
    if isinstance(schema, bool) or depth > 6:
        return draw(st.sampled_from((*SCALARS, [], {}, {"a": 1})))
    if "$ref" in schema:
        return draw(instances(known[schema["$ref"].rpartition("/")[2]], known, depth + 1))
    if schema.get("nullable") and draw(st.booleans()):
        return None
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    if listed:
        return draw(st.sampled_from(listed))
    for word in ("anyOf", "oneOf"):
        if word in schema and draw(st.booleans()):
            return draw(instances(draw(st.sampled_from(schema[word])), known, depth + 1))
    parts = [draw(instances(part, known, depth + 1)) for part in schema.get("allOf", ())]
    kind = schema.get("type", "object" if "properties" in schema else "array" if "items" in schema else None)
    if kind is None:
        return parts[0] if parts else draw(st.sampled_from((*SCALARS, {}, [])))
    own = draw(_of_kind(draw(st.sampled_from(kind)) if isinstance(kind, list) and kind else kind, schema, known, depth))
    return {k: v for part in (*parts, own) for k, v in part.items()} if _are_objects([*parts, own]) else own


def _are_objects(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


@st.composite
def _of_kind(draw: st.DrawFn, kind: Any, schema: dict[str, Any], known: dict[str, Schema], depth: int) -> Any:
    if kind == "object":
        members = schema.get("properties", {})
        chosen = [name for name in members if name in schema.get("required", ()) or draw(st.booleans())]
        extra = schema.get("additionalProperties", True)
        others = {"extra": extra} if extra is not False and draw(st.booleans()) else {}
        pairs = {**others, **{name: members[name] for name in chosen}}
        return {name: draw(instances(inner, known, depth + 1)) for name, inner in pairs.items()}
    if kind == "array":
        first = schema.get("prefixItems", [])
        rest = schema.get("items", True)
        count = draw(st.integers(0, 2)) if not isinstance(rest, list) else 0
        return [draw(instances(inner, known, depth + 1)) for inner in [*first, *[rest] * count]]
    return draw(st.sampled_from(SCALARS))


def matches(value: Any, schema: Schema, known: dict[str, Schema], *, ignores_siblings: bool) -> bool:
    """Whether a validator of JSON Schema 2020-12 accepts a value; not where it cannot tell."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    components = {name: translated(inner, ignores_siblings) for name, inner in known.items()}
    root: Any = {"allOf": [translated(schema, ignores_siblings)], "components": {"schemas": components}}
    try:
        return not any(Draft202012Validator(root).iter_errors(value))
    except (RecursionError, SchemaError):
        return False


def translated(schema: Any, ignores_siblings: bool) -> Any:
    """A schema of OpenAPI as one of JSON Schema 2020-12; `properties` and `items` tell the type where nothing does."""
    if isinstance(schema, list):
        return [translated(item, ignores_siblings) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for word, value in schema.items():
        if word in ("properties", "patternProperties", "dependentSchemas"):
            result[word] = {name: translated(inner, ignores_siblings) for name, inner in value.items()}
        elif word == "items" and isinstance(value, list):
            result["prefixItems"] = translated(value, ignores_siblings)
        else:
            result[word] = value if word in ("enum", "const", "default") else translated(value, ignores_siblings)
    if "$ref" in result and ignores_siblings:
        result = {"$ref": result["$ref"]}
    implied = "object" if "properties" in result else "array" if {"items", "prefixItems"} & result.keys() else None
    if implied and "type" not in result:
        result["type"] = implied
    takes_null = schema.get("nullable") is True or schema.get("x-nullable") is True
    return {"anyOf": [{"type": "null"}, result]} if takes_null else result


# Types


def fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value is one of a type."""
    origin, kinds = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, kind) for kind in kinds)
    if origin is Literal:
        return any(value == kind and value.__class__ is kind.__class__ for kind in kinds)
    if origin is list:
        return isinstance(value, list) and all(fits(item, kinds[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(item, kinds[1]) for item in value.values())
    if is_typeddict(hint):
        return isinstance(value, dict) and all(_has(value, n, h) for n, h in _fields(hint).items())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return value is None if hint in (None, NoneType) else value.__class__ is hint


def _fields(record: Any) -> dict[str, Any]:
    return get_type_hints(record, include_extras=True)


def _has(value: dict[str, Any], name: str, hint: Any) -> bool:
    if get_origin(hint) is NotRequired:
        return name not in value or fits(value[name], get_args(hint)[0])
    return name in value and fits(value[name], hint)
