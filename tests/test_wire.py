"""What generated modules send and take in, on the wire of a local server: bodies, headers, limits, faults."""

from __future__ import annotations

import json
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from building import compile_documents, workflow_of
from wire import Wire

JSON = [("Content-Type", "application/json")]


def api(operation: dict[str, Any], path: str = "/x", method: str = "post") -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {method: {"operationId": "call", "responses": {"200": {"description": "ok"}}, **operation}}},
    }


def module_of(folder: Path, document: dict[str, Any], inputs: Any = None, **step: Any) -> Any:
    fields: dict[str, Any] = (
        {} if inputs is None else {"inputs": {"type": "object", "required": list(inputs), "properties": inputs}}
    )
    fields["outputs"] = {n: f"$steps.one.outputs.{n}" for n in step.get("outputs", {})}
    workflow = workflow_of({"stepId": "one", "operationId": "call", **step}, **fields)
    result = compile_documents(folder, workflow, document, extras=frozenset({"command"}))
    assert result.text is not None, result.messages
    return result.module


def body_of(media: str, schema: Any = None, encoding: Any = None) -> dict[str, Any]:
    content = {"schema": schema or {}} | ({"encoding": encoding} if encoding else {})
    return {"requestBody": {"content": {media: content}}}


def sent(folder: Path, wire: Wire, operation: dict[str, Any], payload: Any, **inputs: Any) -> Any:
    declared: dict[str, Any] = {name: {} for name in inputs}
    module = module_of(folder, api(operation), declared or None, requestBody={"payload": payload})
    client = module.Client(api=wire.url)
    module.run_flow(client, module.FlowInputs(**inputs)) if inputs else module.run_flow(client)
    return wire.last


def parts(request: Any) -> list[Any]:
    """The parts of a multipart body, read by the standard library."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    found: Any = message_from_bytes(head + request.body).get_payload()
    return list(found)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("media", "payload", "expected"),
    [
        ("application/json", {"a": [1, True, None, "é"]}, '{"a": [1, true, null, "é"]}'),
        ("application/merge-patch+json", {"a": 1}, '{"a": 1}'),
        ("text/plain", "plain é", "plain é"),
        ("application/xml", "<a>1</a>", "<a>1</a>"),
        ("application/octet-stream", "raw", "raw"),
    ],
)
def test_bodies(tmp_path: Path, wire: Wire, media: str, payload: Any, expected: str) -> None:
    request = sent(tmp_path, wire, body_of(media), payload)
    assert (request.headers["Content-Type"], request.body.decode()) == (media, expected)


@pytest.mark.parametrize(
    ("payload", "encoding", "expected"),
    [
        ({"a": "b c&d=é"}, None, [("a", "b c&d=é")]),
        ({"a": [1, 2]}, None, [("a", "1"), ("a", "2")]),
        ({"card": {"number": 4, "exp": {"month": 1}}}, None, [("card[number]", "4"), ("card[exp][month]", "1")]),
        ({"items": [{"price": "p1"}]}, None, [("items[0][price]", "p1")]),
        ({"on": True, "off": None}, None, [("on", "true")]),
        ({"card": {"n": 4}}, {"card": {"style": "deepObject", "explode": True}}, [("card[n]", "4")]),
        ({"ids": [1, 2]}, {"ids": {"explode": False}}, [("ids", "1,2")]),
        ({"ids": ["ab", 2]}, {"ids": {"style": "spaceDelimited", "explode": False}}, [("ids", "ab 2")]),
        ({"ids": [1, 2]}, {"ids": {"style": "pipeDelimited", "explode": False}}, [("ids", "1|2")]),
        ({"o": {"a": 1}}, {"o": {"style": "form"}}, [("a", "1")]),
        ({"o": {"a": 1}}, {"o": {"contentType": "application/json"}}, [("o", '{"a": 1}')]),
        ({"o": [1], "p": 2}, {"o": {"contentType": "application/json"}}, [("o", "[1]"), ("p", "2")]),
        ({"o": {"a": 1}}, {"o": {"contentType": "*/*"}}, [("o[a]", "1")]),
    ],
)
def test_forms(tmp_path: Path, wire: Wire, payload: Any, encoding: Any, expected: Any) -> None:
    request = sent(tmp_path, wire, body_of(FORM, encoding=encoding), payload)
    assert request.headers["Content-Type"] == FORM
    assert parse_qsl(request.body.decode(), keep_blank_values=True) == expected
    again = sent(tmp_path, wire, body_of(FORM, encoding=encoding), "$inputs.all", all=payload)
    assert again.body == request.body, "a payload that comes as a whole is written in the same way"


def test_reserved_characters_of_a_form(tmp_path: Path, wire: Wire) -> None:
    encoding = {"u": {"allowReserved": True}}
    assert sent(tmp_path, wire, body_of(FORM, encoding=encoding), {"u": "a/b?c"}).body == b"u=a/b?c"


MULTIPART = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "picture": {"type": "string", "contentMediaType": "image/png"},
        "many": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def test_multipart(tmp_path: Path, wire: Wire) -> None:
    path = tmp_path / 'na"me.bin'
    path.write_bytes(b"\x00\xff")
    encoding = {
        "meta": {
            "contentType": "application/vnd.meta+json",
            "headers": {"X-Part": {"schema": {"const": "7"}}, "X-Free": {}},
        },
        "file": {"contentType": "application/x-own"},
        "tags": {"style": "form", "explode": False},
    }
    payload = {"text": "é", "meta": {"a": 1}, "file": "$inputs.file", "many": "$inputs.many", "tags": ["a", "b"]}
    operation = body_of("multipart/form-data", MULTIPART, encoding)
    request = sent(tmp_path, wire, operation, payload, file=path, many=[b"1", b"2"])
    found = [
        (p.get_param("name", header="content-disposition"), p.get_filename(), p.get_content_type(), p.get_payload())
        for p in parts(request)
    ]
    assert [f[:3] for f in found] == [
        ("text", None, "text/plain"),
        ("meta", None, "application/vnd.meta+json"),
        ("tags", None, "text/plain"),
        ("file", "na%22me.bin", "application/x-own"),
        ("many", "many", "application/octet-stream"),
        ("many", "many", "application/octet-stream"),
    ]
    assert found[1][3] == '{"a": 1}'
    assert found[2][3] == "a,b"
    assert b"\x00\xff" in request.body
    assert parts(request)[1]["X-Part"] == "7"
    assert "X-Free" not in parts(request)[1]


def test_multipart_given_as_a_whole(tmp_path: Path, wire: Wire) -> None:
    request = sent(
        tmp_path,
        wire,
        body_of("multipart/form-data", MULTIPART),
        "$inputs.all",
        all={"note": "n", "picture": b"png", "none": None},
    )
    found = [(p.get_param("name", header="content-disposition"), p.get_content_type()) for p in parts(request)]
    assert found == [("note", "text/plain"), ("picture", "image/png")]


def test_a_file_as_the_whole_body(tmp_path: Path, wire: Wire) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"abc" * 1000)
    operation = body_of("application/octet-stream", {"type": "string", "format": "binary"})
    assert sent(tmp_path, wire, operation, "$inputs.file", file=path).body == b"abc" * 1000
    with path.open("rb") as file:
        file.seek(2997)
        assert sent(tmp_path, wire, operation, "$inputs.file", file=file).body == b"abc"


def test_a_body_on_delete_and_query(tmp_path: Path, wire: Wire) -> None:
    for method in ("delete", "query"):
        document = api(body_of("application/json"), method=method)
        module = module_of(tmp_path, document, requestBody={"payload": {"a": 1}})
        module.run_flow(module.Client(api=wire.url))
        assert (wire.last.method, wire.last.body) == (method.upper(), b'{"a": 1}')


def test_a_method_of_openapi_3_2(tmp_path: Path, wire: Wire) -> None:
    wire.answer = lambda _: (200, [], b"")
    document = api({}) | {"openapi": "3.2.0"}
    operation = document["paths"]["/x"].pop("post")
    document["paths"]["/x"]["additionalOperations"] = {"PATCH": operation}
    module = module_of(tmp_path, document)
    module.run_flow(module.Client(api=wire.url))
    assert wire.last.method == "PATCH"


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("/x/{id}", "a/b", "/x/a%2Fb"),
        ("/x/{id}", "日本 ?#%", "/x/%E6%97%A5%E6%9C%AC%20%3F%23%25"),
        ("/x/{id+}", "a/b c", "/x/a/b%20c"),
        ("/x-{id}.json", "7", "/x-7.json"),
        ("/x?action=go", None, "/x?action=go&q=%C3%A9%20%26"),
    ],
)
def test_paths(tmp_path: Path, wire: Wire, path: str, value: str | None, line: str) -> None:
    location, name = ("query", "q") if value is None else ("path", "id")
    parameter = {"name": name, "in": location, "required": True, "schema": {"type": "string"}}
    document = api({"parameters": [parameter]}, path=path, method="get")
    given = [{"name": name, "in": location, "value": "é &" if value is None else value}]
    module = module_of(tmp_path, document, parameters=given)
    module.run_flow(module.Client(api=wire.url))
    assert wire.last.line == line


def test_required_parameters_have_their_defaults(tmp_path: Path, wire: Wire) -> None:
    def parameter(name: str, location: str, required: bool = True, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": location, "required": required, "schema": schema}

    parameters = [
        parameter("limit", "query", type="integer", default=20),
        parameter("unsent", "query", required=False, default=1),
        parameter("X-Version", "header", enum=["2024-06-01"]),
        parameter("kind", "path", const="a/b"),
        parameter("given", "query", default="no"),
    ]
    document = api({"parameters": parameters}, path="/x/{kind}", method="get")
    module = module_of(tmp_path, document, parameters=[{"name": "given", "in": "query", "value": "yes"}])
    module.run_flow(module.Client(api=wire.url))
    assert wire.last.line == "/x/a%2Fb?given=yes&limit=20"
    assert wire.last.headers["X-Version"] == "2024-06-01"


def test_an_authorization_header_by_hand_beside_a_scheme(tmp_path: Path, wire: Wire) -> None:
    document = api({"security": [{"token": []}]})
    document["components"] = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    header = {"name": "authorization", "in": "header", "value": "Custom {$inputs.key}"}
    module = module_of(tmp_path, document, {"key": {"type": "string"}}, parameters=[header])
    module.run_flow(module.Client(api=wire.url), module.FlowInputs(key="k"))
    assert wire.last.headers.get_all("Authorization") == ["Custom k"]
    assert "token" not in module.Client.__init__.__kwdefaults__


def test_repeated_headers_of_a_response(tmp_path: Path, wire: Wire) -> None:
    wire.answer = lambda _: (200, [("X-Tag", "a"), ("X-Tag", "b"), ("Set-Cookie", "c=1")], b"")
    module = module_of(tmp_path, api({}), outputs={"tags": "$response.header.x-tag"})
    assert module.run_flow(module.Client(api=wire.url)).tags == "a, b"


def outputs_of(tmp_path: Path, wire: Wire, headers: list[tuple[str, str]], content: bytes, **client: Any) -> Any:
    wire.answer = lambda _: (200, headers, content)
    responses = {"200": {"description": "ok", "content": {"*/*": {}}}}
    module = module_of(tmp_path, api({"responses": responses}), outputs={"body": "$response.body"})
    return module.run_flow(module.Client(api=wire.url, **client)).body


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/problem+json; charset=utf-8", b"[1]", [1]),
        ("application/json", b"", None),
        ("application/json", b"{garbage", "{garbage"),
        ("application/json", b"\xff", "\ufffd"),
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("application/soap+xml", b"<a/>", "<a/>"),
        ("application/pdf", b"\x00\x01", b"\x00\x01"),
    ],
)
def test_responses(tmp_path: Path, wire: Wire, content_type: str, content: bytes, expected: Any) -> None:
    assert outputs_of(tmp_path, wire, [("Content-Type", content_type)], content) == expected


def test_a_200_without_a_body(tmp_path: Path, wire: Wire) -> None:
    responses = {"200": {"description": "done"}}
    module = module_of(tmp_path, api({"responses": responses}), outputs={"x": "$response.body#/x"})
    assert module.run_flow(module.Client(api=wire.url)).x is None


def test_a_response_that_is_too_large(tmp_path: Path, wire: Wire) -> None:
    assert outputs_of(tmp_path, wire, [("Content-Type", "text/plain")], b"x" * 1000, max_response=1000) == "x" * 1000
    with pytest.raises(Exception, match=r"no response.*exceeds 999 bytes") as caught:
        outputs_of(tmp_path, wire, JSON, b"x" * 1000, max_response=999)
    assert type(caught.value).__name__ == "StepFailed"


def test_a_bomb_is_measured_unpacked(tmp_path: Path, wire: Wire) -> None:
    import gzip

    packed = gzip.compress(b"0" * 5_000_000)
    with pytest.raises(Exception, match="exceeds 1000000 bytes"):
        outputs_of(tmp_path, wire, [*JSON, ("Content-Encoding", "gzip")], packed, max_response=1_000_000)


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "1000")],
        [("Transfer-Encoding", "chunked"), ("Content-Length", "3")],
        [("Content-Encoding", "gzip")],
    ],
)
def test_a_server_that_goes_away_or_answers_garbage(tmp_path: Path, wire: Wire, headers: Any) -> None:
    def answer(handler: Any) -> Any:
        handler.close_connection = True
        return 200, [*JSON, *headers], b"abc"

    wire.answer = answer
    module = module_of(tmp_path, api({}), outputs={"x": "$response.body#/x"})
    with pytest.raises(module.StepFailed, match="the connection failed"):
        module.run_flow(module.Client(api=wire.url))
    wire.answer = lambda _: None
    with pytest.raises(module.StepFailed, match="the connection failed"):
        module.run_flow(module.Client(api=wire.url))


def test_a_server_that_is_slow(tmp_path: Path, wire: Wire) -> None:
    def answer(_: Any) -> Any:
        time.sleep(0.5)
        return 200, [], b""

    wire.answer = answer
    module = module_of(tmp_path, api({}))
    with pytest.raises(module.StepFailed, match="no response in time"):
        module.run_flow(module.Client(api=wire.url, timeout=0.1))


def test_a_body_saved_to_a_file(tmp_path: Path, wire: Wire) -> None:
    wire.answer = lambda _: (200, [("Content-Type", "application/jsonl")], b'{"a": 1}\n' * 100_000)
    responses = {"200": {"description": "ok", "content": {"application/jsonl": {}}}}
    module = module_of(tmp_path, api({"responses": responses}), outputs={"body": "$response.body"})
    target = tmp_path / "out.jsonl"
    client = module.Client(api=wire.url, save_body=lambda workflow, step: str(target), max_response=10)
    assert module.run_flow(client).body == str(target)
    assert target.read_bytes() == b'{"a": 1}\n' * 100_000
    assert sorted(p.name for p in tmp_path.glob("out*")) == ["out.jsonl"]
    nowhere = module.Client(api=wire.url, save_body=lambda workflow, step: str(tmp_path / "no" / "f"))
    with pytest.raises(module.OutputMissing, match="cannot write"):
        module.run_flow(nowhere)
    state = tmp_path / "state.json"
    assert module.main(["--api", wire.url, "--save", f"one={target}", "--state", str(state)]) == 0
    with pytest.raises(SystemExit, match="2"):
        module.main(["--api", wire.url, "--save", "nonsense"])


def test_bytes_survive_a_state_file(tmp_path: Path, wire: Wire) -> None:
    wire.answer = lambda _: (200, [("Content-Type", "application/pdf")], b"\x00\xff")
    responses = {"200": {"description": "ok", "content": {"application/pdf": {}}}}
    module = module_of(tmp_path, api({"responses": responses}), outputs={"body": "$response.body"})
    saved: list[str] = []
    module.run_flow(module.Client(api=wire.url, on_checkpoint=lambda s: saved.append(json.dumps(s.to_dict()))))
    state = module.FlowState.from_dict(json.loads(saved[-1]))
    assert module.run_flow(module.Client(api=wire.url), state).body == b"\x00\xff"
