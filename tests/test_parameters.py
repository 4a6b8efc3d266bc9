"""Parameters on the wire of a local server, in every style of OpenAPI."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from building import compile_documents, workflow_of
from wire import Wire

VALUES = {
    "string": "blue",
    "array": ["blue", "black", "brown"],
    "object": {"R": 100, "G": 200, "B": 150},
    "undefined": "",
}


def sent(wire: Wire, location: str, value: Any, name: str = "color", **spec: Any) -> tuple[str, Any]:
    """The request line and headers for one parameter."""
    path = "/x/{" + name + "}" if location == "path" else "/x"
    parameter = {"name": name, "in": location, "required": location == "path", **spec}
    if "content" not in spec:
        parameter.setdefault("schema", {})
    api = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "http://localhost"}],
        "paths": {path: {"get": {"operationId": "get", "parameters": [parameter], "responses": {}}}},
    }
    step = {
        "stepId": "get_it",
        "operationId": "get",
        "parameters": [{"name": name, "in": location, "value": "$inputs.v"}],
    }
    inputs = {"type": "object", "required": ["v"], "properties": {"v": {}}}
    with tempfile.TemporaryDirectory() as folder:
        module = compile_documents(Path(folder), workflow_of(step, inputs=inputs), api).module
    module.run_flow(module.Client(api=wire.url), module.FlowInputs(v=value))
    return wire.last.line, wire.last.headers


PLACES = {
    "matrix": ["path"],
    "label": ["path"],
    "simple": ["path", "header"],
    "form": ["query"],
    "spaceDelimited": ["query"],
    "pipeDelimited": ["query"],
    "deepObject": ["query"],
    "cookie": ["cookie"],
}


@pytest.mark.parametrize("version", ["3.1.1", "3.2.0"])
def test_the_style_tables(shared: Path, wire: Wire, version: str) -> None:
    tables = json.loads((shared / "suites" / "oas-style" / "style_tables.json").read_text("utf-8"))
    header, rows = tables[version]["header"], tables[version]["rows"]
    checked, wrong = 0, []
    for style, explode, *cells in rows:
        for kind, cell in zip(header[2:], cells, strict=True):
            # An empty value in a path is refused, whatever the style.
            if "n/a" in cell or (kind == "undefined" and style in ("simple", "label", "matrix")):
                continue
            for place in PLACES[style]:
                line, headers = sent(wire, place, VALUES[kind], style=style, explode=explode == "true")
                found = {
                    "path": line.removeprefix("/x/"),
                    "query": line.removeprefix("/x").removeprefix("?"),
                    "header": headers.get("color"),
                    "cookie": headers.get("Cookie"),
                }[place]
                checked += 1
                if found != cell.removeprefix("?"):
                    wrong.append((style, explode, kind, place, cell, found))
    assert not wrong
    assert checked >= 35


@pytest.mark.parametrize(
    ("location", "value", "spec", "expected"),
    [
        ("path", "a/b c?é", {}, "/x/a%2Fb%20c%3F%C3%A9"),
        ("path", True, {}, "/x/true"),
        ("path", 1.0, {}, "/x/1.0"),
        ("path", ["a", "b"], {}, "/x/a,b"),
        ("path", {"a": 1}, {"content": {"application/json": {}}}, "/x/%7B%22a%22%3A%201%7D"),
        ("query", "a b&c=é", {}, "/x?color=a%20b%26c%3D%C3%A9"),
        ("query", [1, True, None], {}, "/x?color=1&color=true&color="),
        ("query", None, {}, "/x"),
        ("query", [], {}, "/x"),
        ("query", "a/b?c=d", {"allowReserved": True}, "/x?color=a/b?c=d"),
        ("query", "a#b&c+d%41", {"allowReserved": True}, "/x?color=a%23b%26c%2Bd%2541"),
        ("query", ["a b", "c"], {"style": "spaceDelimited", "explode": False}, "/x?color=a+b%20c"),
        ("query", [{"p": 1}, {"p": 2}], {"style": "deepObject"}, "/x?color%5B0%5D%5Bp%5D=1&color%5B1%5D%5Bp%5D=2"),
        ("query", {"size": 5, "sort": ["a,b", "c"]}, {}, "/x?size=5&sort=a%2Cb&sort=c"),
        ("query", {"a": {"b": [1, 2]}}, {"style": "deepObject"}, "/x?color%5Ba%5D%5Bb%5D=1&color%5Ba%5D%5Bb%5D=2"),
        ("query", {"a": 1}, {"content": {"application/json": {}}}, "/x?color=%7B%22a%22%3A%201%7D"),
    ],
)
def test_values(wire: Wire, location: str, value: Any, spec: dict[str, Any], expected: str) -> None:
    assert sent(wire, location, value, **spec)[0] == expected


def test_hostile_names(wire: Wire) -> None:
    assert sent(wire, "query", "v", name="a b[]&=é")[0] == "/x?a%20b%5B%5D%26%3D%C3%A9=v"


@pytest.mark.parametrize("value", [".", "..", "", None, [], {}, [""]])
@pytest.mark.parametrize("style", ["simple", "label", "matrix"])
@pytest.mark.parametrize("explode", [False, True])
def test_values_that_change_the_path_are_refused(wire: Wire, value: Any, style: str, explode: bool) -> None:
    before = len(wire.requests)
    with pytest.raises(Exception, match=r"path parameter color must not be|\$inputs.v has no value") as caught:
        sent(wire, "path", value, style=style, explode=explode)
    assert type(caught.value).__name__ == "RequestNotSent"
    assert len(wire.requests) == before


@pytest.mark.parametrize(
    ("location", "value", "spec"),
    [
        ("path", ["a", ["b"]], {}),
        ("path", {"a": {"b": 1}}, {"explode": True}),
        ("header", ["a", {"b": 1}], {}),
        ("header", ["a,b", "c"], {}),
        ("header", {"a": "b,c"}, {"explode": True}),
        ("query", ["a", ["b"]], {"explode": False}),
        ("query", ["a|b", "c"], {"style": "pipeDelimited", "explode": False}),
    ],
)
def test_what_a_style_cannot_hold_is_refused(wire: Wire, location: str, value: Any, spec: dict[str, Any]) -> None:
    before = len(wire.requests)
    with pytest.raises(Exception, match=r"nested values|holds its separator") as caught:
        sent(wire, location, value, **spec)
    assert type(caught.value).__name__ == "RequestNotSent"
    assert len(wire.requests) == before


@pytest.mark.parametrize("value", ["a\nb", "a\r\nX-Other: 1", "日本"])
def test_headers_that_cannot_be_sent(wire: Wire, value: str) -> None:
    before = len(wire.requests)
    with pytest.raises(Exception, match="cannot build the request") as caught:
        sent(wire, "header", value, name="X-Thing")
    assert type(caught.value).__name__ == "RequestNotSent"
    assert len(wire.requests) == before
