"""Whether a value certainly matches a schema: every answer of yes is that of JSON Schema, too."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzoc.diagnostics import Report
from arazzoc.openapi.document import Node, OpenApi
from arazzoc.openapi.fits import accepts
from arazzoc.source import Source

SCALARS: Any = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 12), st.sampled_from([0.5, 2.5, 1.0]), st.text("ab", max_size=4)
)
VALUES: Any = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from("abc"), v, max_size=3), max_leaves=5
)
WORDS: dict[str, Any] = {
    "type": st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null", ["string", "null"]]),
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "minimum": st.integers(-2, 10),
    "exclusiveMaximum": st.integers(-2, 10),
    "multipleOf": st.sampled_from([2, 0.5, 3]),
    "minLength": st.integers(0, 3),
    "pattern": st.sampled_from(["^a", "b$", "(a+)+$", "[ab]{2}"]),
    "maxItems": st.integers(0, 2),
    "uniqueItems": st.booleans(),
    "minProperties": st.integers(0, 2),
    "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
    "contains": st.just({"type": "string"}),
    "format": st.just("uuid"),
    "not": st.just({"type": "string"}),
}


def nested(inner: Any) -> Any:
    more = {
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        "additionalProperties": st.one_of(st.booleans(), inner),
        "items": st.one_of(st.booleans(), inner),
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), st.lists(inner, min_size=1, max_size=2)),
    }
    words = {**WORDS, **more}
    return st.lists(st.sampled_from(sorted(words)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: words[name] for name in names})
    )


SCHEMAS: Any = st.recursive(nested(st.just({})), nested, max_leaves=5)


def schema(value: Any, version: str = "3.1.0") -> Node:
    tree: Any = {"openapi": version, "components": {"schemas": {"S": value}}}
    document = OpenApi(Source("api.json", b"", tree, is_json=True), Report())
    found = document.root.get("components", "schemas", "S")
    assert found is not None
    return found


@given(SCHEMAS, VALUES)
def test_what_is_accepted_matches(wanted: Any, value: Any) -> None:
    if accepts(schema(wanted), value, deep=True):
        jsonschema.Draft202012Validator(wanted).validate(value)


@pytest.mark.parametrize(
    ("wanted", "value", "fits"),
    [
        ({"type": "number", "multipleOf": 0.1}, 0.3, True),
        ({"type": "number", "multipleOf": 0.1}, 0.35, False),
        ({"maximum": 9, "exclusiveMaximum": True}, 9, False),
        ({"maximum": 9, "exclusiveMaximum": False}, 9, True),
        ({"maximum": 9, "exclusiveMaximum": True}, 8, True),
        ({"type": "integer", "nullable": True, "enum": [1, 2]}, None, False),
        ({"type": "integer", "nullable": True, "enum": [1, None]}, None, True),
        ({"nullable": True, "allOf": [{"type": "string"}]}, None, True),
        ({"nullable": True, "allOf": [{"enum": ["a"]}]}, None, False),
        ({"anyOf": [{"enum": ["a"]}, {"type": "integer"}], "nullable": True}, None, True),
        ({"type": "string", "maxLength": 2}, "ab", True),
        ({"type": "string", "maxLength": 1}, "ab", False),
        ({"type": "string", "pattern": "b$"}, "ab", True),
        ({"type": "string", "unknownLimit": 3}, "ab", False),
        ({"oneOf": [{"type": "string"}, {"enum": ["ab"]}]}, "ab", False),
    ],
)
def test_values_in_openapi_3_0(wanted: Any, value: Any, fits: bool) -> None:
    assert accepts(schema(wanted, "3.0.3"), value) is fits
