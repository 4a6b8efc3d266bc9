"""Values of any shape in every style, read back by a parser of our own: what arrives is equal, or nothing was sent."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest
import responses
from hypothesis import example, given, settings
from hypothesis import strategies as st

from building import compile_documents, workflow_of

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

TEXT = st.text(st.sampled_from("aB1 ,;=&|.+%/#?\"'[]{}é日\t:~"), max_size=6)
KEYS = st.text(st.sampled_from("aB1 ,=&.%é"), min_size=1, max_size=4)
HEADER_TEXT = st.text(st.sampled_from("aB1,;=&|.+%/#?\"'[]{}:~"), min_size=1, max_size=6)
HEADER_KEYS = st.text(st.sampled_from("aB1=;"), min_size=1, max_size=4)


def values(text: Any, keys: Any) -> Any:
    """A text, a list or an object, sometimes with values within its values."""
    leaf = text | st.lists(text, max_size=2) | st.dictionaries(keys, text, max_size=2)
    return text | st.lists(leaf, max_size=3) | st.dictionaries(keys, leaf, max_size=3)


@lru_cache
def module_of(location: str, style: str, explode: bool) -> Any:
    parameter = {"name": "p", "in": location, "required": location == "path", "style": style, "explode": explode}
    operation: dict[str, Any] = {"operationId": "get", "responses": {}, "parameters": [parameter | {"schema": {}}]}
    step: dict[str, Any] = {"stepId": "one", "operationId": "get"}
    step["parameters"] = [{"name": "p", "in": location, "value": "$inputs.v"}]
    return built({"/x/{p}" if location == "path" else "/x": {"get": operation}}, step)


@lru_cache
def form_of(media: str, style: str = "", explode: bool = True) -> Any:
    encoding = {"encoding": {"p": {"style": style, "explode": explode}}} if style else {}
    body = {"content": {media: {"schema": {"type": "object"}, **encoding}}}
    operation = {"operationId": "get", "responses": {}, "requestBody": body}
    step = {"stepId": "one", "operationId": "get", "requestBody": {"payload": {"p": "$inputs.v", "last": "z"}}}
    return built({"/x": {"post": operation}}, step)


def built(paths: Any, step: Any) -> Any:
    api = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    api["servers"] = [{"url": "https://api.test"}]
    inputs = {"type": "object", "required": ["v"], "properties": {"v": {}}}
    with TemporaryDirectory() as folder:
        result = compile_documents(Path(folder), workflow_of(step, inputs=inputs), api)
        assert result.text is not None, result.messages
        return result.module


def sent(module: Any, value: Any) -> Any:
    """The request, or None where it was not sent because the value cannot be written."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        for method in ("GET", "POST"):
            server.add(method, re.compile(r"https://api\.test/.*"), json={})
        try:
            module.run_flow(module.Client(), module.FlowInputs(v=value))
        except module.RequestNotSent:
            assert len(server.calls) == 0, "and nothing was sent"
            return None
        return server.calls[0].request


# The reference parser. It knows the shape of the value (text, list, object), as a server knows its schema.


def items_of(text: str, separator: str, shape: Any, pairs: bool, decode: Any) -> Any:
    """A list or an object whose items stand between separators, objects as `name=value` or name, value."""
    parts = text.split(separator)
    if isinstance(shape, list):
        return [decode(part) for part in parts]
    if pairs:
        return {decode(k): decode(v) for k, v in (part.split("=", 1) for part in parts)}
    return {decode(k): decode(v) for k, v in zip(parts[::2], parts[1::2], strict=True)}


def read_path(text: str, style: str, explode: bool, shape: Any) -> Any:
    lead = {"label": ".", "matrix": ";"}.get(style, "")
    assert text.startswith(lead)
    text = text[len(lead) :]
    is_object = isinstance(shape, dict)
    if style == "matrix" and not (explode and is_object):
        parts = text.split(";")
        assert all(part.startswith("p=") for part in parts) and (len(parts) == 1 or explode)
        text = (";" if explode else ",").join(part[2:] for part in parts)
    if isinstance(shape, str):
        return unquote(text)
    separator = {"label": ".", "matrix": ";"}.get(style, ",") if explode else ","
    return items_of(text, separator, shape, explode, unquote)


def read_pairs(text: str, separator: str = "&", decode: Any = unquote_plus) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(separator)] if text else []
    return [(decode(name), value) for name, _, value in pairs]


def nested(pairs: list[tuple[str, str]], shape: Any, name: str = "p") -> Any:
    """A value out of pairs whose names have brackets."""
    if isinstance(shape, dict):
        return {key: nested(pairs, item, f"{name}[{key}]") for key, item in shape.items()}
    if isinstance(shape, list) and any(isinstance(item, dict | list) for item in shape):
        return [nested(pairs, item, f"{name}[{index}]") for index, item in enumerate(shape)]
    found = [value for key, value in pairs if key == name]
    return found if isinstance(shape, list) else found[0] if len(found) == 1 else found


def leaves(value: Any) -> int:
    """How many pairs a value is written as."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


@pytest.mark.parametrize("style", ["simple", "label", "matrix"])
@pytest.mark.parametrize("explode", [False, True])
@settings(max_examples=40)
@given(value=values(TEXT, KEYS))
@example(value=["a.b", "c"])
@example(value={"a=b": "c"})
@example(value=["a", ""])
def test_paths(style: str, explode: bool, value: Any) -> None:
    request = sent(module_of("path", style, explode), value)
    if request is not None:
        text = request.url.removeprefix("https://api.test/x/")
        assert read_path(text, style, explode, value) == value


@pytest.mark.parametrize("explode", [False, True])
@settings(max_examples=60)
@given(value=values(HEADER_TEXT, HEADER_KEYS))
@example(value={"a=b": "c"})
def test_headers(explode: bool, value: Any) -> None:
    request = sent(module_of("header", "simple", explode), value)
    if request is not None:
        text = request.headers["p"]
        if not isinstance(value, str):
            text = items_of(text, ",", value, explode, str) if text else type(value)()
        assert text == value


STYLES = [("form", True), ("form", False), ("spaceDelimited", False), ("pipeDelimited", False), ("deepObject", True)]


def read_query(text: str, style: str, explode: bool, value: Any, separator: str = "&") -> Any:
    raw = read_pairs(text, separator, unquote)
    if not raw:
        assert leaves(value) == 0, "nothing is left out"
        return value
    if isinstance(value, dict | list) and not explode and style != "deepObject":
        assert [name for name, _ in raw] == ["p"]
        between = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
        decode = unquote_plus if style == "spaceDelimited" else unquote
        return items_of(raw[0][1], between, value, False, decode)
    pairs = [(name, unquote(item)) for name, item in raw]
    assert len(pairs) == leaves(value), "nothing is merged or cut"
    if isinstance(value, dict) and style == "form":
        return {key: nested(pairs, item, key) for key, item in value.items()}
    return nested(pairs, value)


@pytest.mark.parametrize("location", ["query", "cookie"])
@pytest.mark.parametrize(("style", "explode"), STYLES)
@settings(max_examples=40)
@given(value=values(TEXT, KEYS))
def test_queries_and_cookies(location: str, style: str, explode: bool, value: Any) -> None:
    if location == "cookie" and style != "form":
        return
    request = sent(module_of(location, style, explode), value)
    if request is None:
        return
    text = request.url.partition("?")[2] if location == "query" else request.headers.get("Cookie") or ""
    assert read_query(text, style, explode, value, "&" if location == "query" else "; ") == value


@pytest.mark.parametrize(("style", "explode"), [("", True), *STYLES])
@settings(max_examples=40)
@given(value=values(TEXT, KEYS))
def test_forms(style: str, explode: bool, value: Any) -> None:
    request = sent(form_of(FORM, style, explode), value)
    if request is None:
        return
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    if style != "spaceDelimited":
        body = body.replace("+", "%20")
    assert body == "last=z" or body.endswith("&last=z")
    text = body.removesuffix("last=z").removesuffix("&")
    assert read_query(text, style or "deepObject", explode, value) == value


@settings(max_examples=60)
@given(value=values(TEXT, KEYS))
def test_multipart(value: Any) -> None:
    request = sent(form_of(MULTIPART), value)
    if request is None:
        return
    body = request.body if isinstance(request.body, bytes) else request.body.read()
    parts: Any = message_from_bytes(f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode() + body)
    found = [
        (part.get_param("name", header="content-disposition"), part.get_content_type(), part.get_payload(decode=True))
        for part in parts.get_payload()
    ]
    assert [part for part in found if part[0] == "last"] == [("last", "text/plain", b"z")]
    texts = [(kind, content.decode()) for name, kind, content in found if name == "p"]
    items = value if isinstance(value, list) else [value]
    assert len(texts) == len(items) == len(found) - 1
    for item, (kind, text) in zip(items, texts, strict=True):
        assert (text if isinstance(item, str) else json.loads(text)) == item
        assert kind == "application/json" or not isinstance(item, dict), "JSON says that it is"
