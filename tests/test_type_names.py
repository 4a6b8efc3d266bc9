"""The names of types: what a schema without a name of its own is called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from arazzoc.openapi.type_names import of_item, of_property, singular
from building import api_of, compile_documents, workflow_of


def types_of(folder: Path, schema: Any, components: dict[str, Any] | None = None) -> set[str]:
    """The names of the types that a module has for a response body, without the step's name before them."""
    api = api_of(("get", "/shop", "getShop"))
    content = {"application/json": {"schema": schema}}
    api["paths"]["/shop"]["get"]["responses"] = {"200": {"description": "ok", "content": content}}
    api["components"] = {"schemas": components or {}}
    step = {"stepId": "get", "operationId": "getShop", "outputs": {"shop": "$response.body"}}
    result = compile_documents(folder, workflow_of(step), api)
    assert result.text is not None, result.messages
    upper = result.text.partition("\n# Run-time support")[0]
    found = re.findall(r"^class (\w+)\(TypedDict\)|^(\w+): TypeAlias = Literal|^(\w+) = TypedDict", upper, re.M)
    return {"".join(names).removeprefix("GetResponse") for names in found}


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        ("Batch", "errors", "Batch errors"),
        ("Message", "messageId", "Message Id"),
        ("order-line", "order_line_total", "order-line total"),
        ("Api Definition", "definition", "Api Definition definition"),  # not without a word of its own
        ("List", "lists", "List lists"),
    ],
)
def test_words_that_stand_side_by_side_stand_once(owner: str, name: str, expected: str) -> None:
    assert of_property(owner, name) == expected


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("batches", "batch"),
        ("entries", "entry"),
        ("boxes", "box"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("responses", "response"),
        ("houses", "house"),
        ("sizes", "size"),
        ("wishes", "wish"),
        ("tags", "tag"),
        ("Children", "Child"),
        ("data", ""),
        ("address", ""),
        ("status", ""),
        ("analysis", ""),
        ("series", ""),
        ("dns", ""),
        ("s", ""),
        ("", ""),
    ],
)
def test_singulars(plural: str, expected: str) -> None:
    assert singular(plural) == expected


def test_items_are_one_of_what_the_list_holds() -> None:
    assert of_item("Shop openBatches") == "Shop openBatch"
    assert of_item("Shop data") == "Shop data item"
    assert of_item("get response") == "get response item"


def test_items_of_properties(tmp_path: Path) -> None:
    schema = record(
        batches={"type": "array", "items": record(id=TEXT, data={"type": "array", "items": record(x=TEXT)})},
        states={"type": "array", "items": {"enum": ["open", "shut"]}},
    )
    assert types_of(tmp_path, schema) == {"", "Batch", "BatchDataItem", "State"}


def test_a_component_of_items_keeps_its_name_for_the_list(tmp_path: Path) -> None:
    components = {"Pets": {"type": "array", "items": record(x=TEXT)}, "Pet": record(y=TEXT)}
    schema = record(a={"$ref": "#/components/schemas/Pets"}, b={"$ref": "#/components/schemas/Pet"})
    assert types_of(tmp_path, schema, components) == {"", "PetsItem", "Pet"}


def choice(*alternatives: Any, **fields: Any) -> dict[str, Any]:
    return record(block={"oneOf": list(alternatives), **fields})


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (choice({**record(x=TEXT), "title": "Plain text"}, {**record(x=NUMBER), "title": "Sum"}), ["PlainText", "Sum"]),
        (choice(record(type={"enum": ["file"]}), record(type={"const": "link"})), ["File", "Link"]),
        (choice(record(version={"const": 1}), record(version={"const": 2})), ["Version1", "Version2"]),
        (
            choice({**record(x=TEXT, y=TEXT), "required": ["x"]}, {**record(x=TEXT, y=TEXT), "required": ["y"]}),
            ["WithX", "WithY"],
        ),
        (choice(record(x=TEXT, message=TEXT), record(x=TEXT)), ["WithMessage", "Second"]),
        (choice(record(x=TEXT), record(x=NUMBER), record(x=ref("Named"))), ["", "Second", "Third"]),
        (choice({"enum": ["a", "b"]}, {**record(x=TEXT), "title": "Object"}), ["", "Object"]),
        (choice(TEXT, record(x=TEXT), {"type": "null"}), [""]),
        (choice(record(x=TEXT), ref("Named")), [""]),
        # A title that several have tells nothing, and neither does a sentence.
        (
            choice(
                {**record(a=TEXT), "title": "Block"},
                {**record(b=TEXT), "title": "block"},
                {**record(c=TEXT), "title": "One of the many blocks of which there are"},
            ),
            ["WithA", "WithB", "WithC"],
        ),
        (choice(ref("Named"), ref("Other"), properties={"id": TEXT}), ["Named", "Other"]),
    ],
)
def test_alternatives(tmp_path: Path, schema: Any, expected: list[str]) -> None:
    """The part of their names that tells them apart."""
    components = {"Named": record(named=TEXT), "Other": record(other=TEXT)}
    names = {n for n in types_of(tmp_path, schema, components) if n.startswith("Block")}
    assert names == {f"Block{word}" for word in expected}


def test_alternatives_of_a_discriminator(tmp_path: Path) -> None:
    schema = choice({"$ref": "#/x-blocks/0"}, {"$ref": "#/x-blocks/1"})
    schema["properties"]["block"]["discriminator"] = {
        "propertyName": "kind",
        "mapping": {"text": "#/x-blocks/0", "picture": "#/x-blocks/1"},
    }
    api_blocks = [record(kind=TEXT, x=TEXT), record(kind=TEXT, y=TEXT)]
    components = {"Holder": schema}
    api = api_of(("get", "/shop", "getShop"))
    content = {"application/json": {"schema": ref("Holder")}}
    api["paths"]["/shop"]["get"]["responses"] = {"200": {"description": "ok", "content": content}}
    api |= {"components": {"schemas": components}, "x-blocks": api_blocks}
    step = {"stepId": "get", "operationId": "getShop", "outputs": {"shop": "$response.body"}}
    text = compile_documents(tmp_path, workflow_of(step), api).text
    assert text is not None
    assert "class HolderBlockText(TypedDict)" in text and "class HolderBlockPicture(TypedDict)" in text


def test_types_of_one_name_and_content_are_one(tmp_path: Path) -> None:
    """Two responses that spell out the same enum; true and 1 are not the same."""
    schema = {"oneOf": [record(state={"enum": ["a", "b"]}), record(state={"enum": ["a", "b"]}, y=TEXT)]}
    assert "class GetResponse" not in types_of(tmp_path, schema)
    api = api_of(("get", "/a", "getA"), ("get", "/b", "getB"), ("get", "/c", "getC"))
    for path, values in (("/a", [True, "x"]), ("/b", [1, "x"]), ("/c", [1, "x"])):
        content = {"application/json": {"schema": record(state={"enum": values})}}
        api["paths"][path]["get"]["responses"] = {"200": {"description": "ok", "content": content}}
    steps = [
        {"stepId": f"get{x}", "operationId": f"get{x}", "outputs": {"state": "$response.body#/state"}} for x in "ABC"
    ]
    text = compile_documents(tmp_path, workflow_of(*steps), api).text
    assert text is not None
    assert re.findall(r'^(\w+): TypeAlias = (Literal\[.+, "x"\])', text, re.M) == [
        ("FlowStateData", 'Literal[True, "x"]'),
        ("FlowStateData_2", 'Literal[1, "x"]'),
    ]


def test_long_names_are_cut(tmp_path: Path) -> None:
    schema: dict[str, Any] = record(end=TEXT)
    for _ in range(6):
        schema = record(aRatherLongNameOfAProperty=schema, andOneMore=record(z=TEXT))
    names = types_of(tmp_path, schema)
    assert len(names) == 13 and max(map(len, names)) <= 59
