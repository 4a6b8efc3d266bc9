"""Uploads of every kind, through whatever makes a request be sent again: the server compares digests."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from building import Result, compile_documents, workflow_of
from conftest import ROOT
from wire import Answer, Wire

DATA = "Zeile für Zeile,\r\n ".encode() * 20_000
WANTED = hashlib.sha256(DATA).hexdigest()
OK = (200, [("Content-Type", "application/json")], b'{"s": "done"}')
BUSY: Answer = (503, [], b"")


@lru_cache
def compiled(kind: str, multipart: bool) -> Result:
    """A workflow that uploads its input once; or again, by a retry, by a goto back, or by a second step."""
    media = "multipart/form-data" if multipart else "application/octet-stream"
    binary = {"type": "string", "format": "binary"}
    schema = {"type": "object", "properties": {"file": binary}} if multipart else binary
    api: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    for name in ("first", "second"):
        content = {"200": {"description": "", "content": {"application/json": {}}}}
        body = {"content": {media: {"schema": schema}}}
        api["paths"][f"/{name}"] = {"post": {"operationId": name, "requestBody": body, "responses": content}}
    payload = {"payload": {"file": "$inputs.file", "note": "n"} if multipart else "$inputs.file"}
    step: dict[str, Any] = {"stepId": "one", "operationId": "first", "requestBody": payload}
    steps = [step]
    if kind == "retry":
        step["successCriteria"] = [{"condition": "$statusCode == 200"}]
        step["onFailure"] = [{"name": "again", "type": "retry", "retryLimit": 3}]
    if kind == "goto":
        when = [{"condition": "$statusCode == 503"}]
        step["successCriteria"] = [{"condition": "$statusCode < 600"}]
        step["onSuccess"] = [
            {"name": "back", "type": "goto", "stepId": "one", "criteria": when},
            {"name": "end", "type": "end"},
        ]
    if kind == "second":
        steps.append({"stepId": "two", "operationId": "second", "requestBody": payload})
    inputs = {"type": "object", "required": ["file"], "properties": {"file": {}}}
    with TemporaryDirectory() as folder:
        document = workflow_of(*steps, inputs=inputs)
        return compile_documents(Path(folder), document, api, extras=frozenset({"many"}))


@lru_cache
def module_of(kind: str, multipart: bool = False) -> Any:
    return compiled(kind, multipart).module


def file_in(request: Any) -> bytes:
    """The file of a request: its whole body, or the part of that name."""
    head = request.headers["Content-Type"]
    if not head.startswith("multipart"):
        return bytes(request.body)
    parts: Any = message_from_bytes(f"Content-Type: {head}\r\n\r\n".encode() + request.body).get_payload()
    named = {part.get_param("name", header="content-disposition"): part for part in parts}
    assert named["note"].get_payload() == "n"
    boundary = re.escape(head.partition("boundary=")[2].encode())
    found = re.search(rb'name="file".*?\r\n\r\n(.*?)\r\n--' + boundary, request.body, re.DOTALL)
    assert found is not None
    return bytes(found[1])


def digests(wire: Wire) -> list[str]:
    return [hashlib.sha256(file_in(request)).hexdigest() for request in wire.requests]


def run(module: Any, wire: Wire, file: Any, **client: Any) -> None:
    client.setdefault("sleep", lambda _: None)
    module.run_flow(module.Client(api=wire.url, **client), module.FlowInputs(file=file))


def scripted(wire: Wire, *answers: Any) -> None:
    script = iter(answers)
    wire.answer = lambda _: next(script, OK)


# Every kind of content. Those of ONCE cannot be rewound.


def blocks() -> Iterator[bytes]:
    for start in range(0, len(DATA), 50_000):
        yield DATA[start : start + 50_000]


class Again:
    """An iterable that can be iterated again."""

    def __iter__(self) -> Iterator[bytes]:
        return blocks()


def path_of(folder: Path) -> Path:
    path = folder / "data.bin"
    path.write_bytes(DATA)
    return path


def pipe(folder: Path) -> Any:
    read, write = os.pipe()

    def fill() -> None:
        with os.fdopen(write, "wb") as target:
            target.write(DATA)

    threading.Thread(target=fill, daemon=True).start()
    return os.fdopen(read, "rb")


def output_of_a_process(folder: Path) -> Any:
    copy = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
    process = subprocess.Popen([sys.executable, "-c", copy, str(path_of(folder))], stdout=subprocess.PIPE)
    return process.stdout


def at_an_offset(folder: Path) -> Any:
    path = folder / "offset.bin"
    path.write_bytes(b"before" + DATA)
    file = path.open("rb")
    file.seek(6)
    return file


KINDS: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda _: DATA,
    "str": lambda _: DATA.decode(),
    "path": path_of,
    "open file": lambda folder: path_of(folder).open("rb"),
    "unbuffered file": lambda folder: path_of(folder).open("rb", buffering=0),
    "at an offset": at_an_offset,
    "BytesIO": lambda _: io.BytesIO(DATA),
    "name and bytes": lambda _: ("n.bin", DATA),
    "name, path and type": lambda folder: ("n.bin", path_of(folder), "text/own"),
    "name and file": lambda folder: ("n.bin", path_of(folder).open("rb")),
    "text file": lambda folder: path_of(folder).open(encoding="utf-8", newline=""),
    "StringIO": lambda _: io.StringIO(DATA.decode(), newline=""),
    "iterable": lambda _: Again(),
}
ONCE: dict[str, Callable[[Path], Any]] = {
    "generator": lambda _: blocks(),
    "pipe": pipe,
    "process": output_of_a_process,
    "name and generator": lambda _: ("n.bin", blocks()),
}


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("kind", [*KINDS, *ONCE])
def test_each_kind_arrives_whole(tmp_path: Path, wire: Wire, kind: str, multipart: bool) -> None:
    run(module_of("once", multipart), wire, (KINDS | ONCE)[kind](tmp_path))
    assert digests(wire) == [WANTED]
    if kind == "name, path and type":
        types = wire.last.body if multipart else wire.last.headers["Content-Type"].encode()
        assert b"text/own" in types


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("way", ["retry", "goto", "second", "adapter", "cut"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_again_is_sent_whole(tmp_path: Path, wire: Wire, kind: str, way: str, multipart: bool) -> None:
    answers: dict[str, list[Any]] = {"second": [OK], "cut": [None, None]}
    scripted(wire, *answers.get(way, [BUSY, BUSY]))
    session = requests.Session()
    if way == "adapter":
        session.mount("http://", HTTPAdapter(max_retries=Retry(4, status_forcelist=[503], allowed_methods=None)))
    file = KINDS[kind](tmp_path)
    before = file.tell() if hasattr(file, "tell") else None
    run(module_of({"adapter": "once", "cut": "retry"}.get(way, way), multipart), wire, file, session=session)
    assert digests(wire) == [WANTED] * (2 if way == "second" else 3)
    assert before is None or file.tell() == before, "the file is as it was"


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("way", ["retry", "goto", "second"])
@pytest.mark.parametrize("kind", ONCE)
def test_what_cannot_be_rewound_is_sent_once(tmp_path: Path, wire: Wire, kind: str, way: str, multipart: bool) -> None:
    scripted(wire, OK if way == "second" else BUSY)
    module = module_of(way, multipart)
    with pytest.raises(module.RequestNotSent, match="has been read, and cannot be rewound"):
        run(module, wire, ONCE[kind](tmp_path))
    assert digests(wire) == [WANTED], "and nothing after it"


@pytest.mark.parametrize("kind", ONCE)
def test_an_adapter_does_not_send_the_rest_of_what_was_read(tmp_path: Path, wire: Wire, kind: str) -> None:
    scripted(wire, BUSY)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(4, status_forcelist=[503], allowed_methods=None)))
    module = module_of("once")
    with pytest.raises(module.StepFailed, match="no response"):
        run(module, wire, ONCE[kind](tmp_path), session=session)
    assert digests(wire) == [WANTED]


# Two readers of the same content


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("kind", ["open file", "BytesIO", "text file", "generator", "pipe"])
def test_two_runs_never_mix_what_they_read(tmp_path: Path, wire: Wire, kind: str, multipart: bool) -> None:
    """One fails and says why, or both are whole; a server that meets both at once makes them overlap."""
    module = module_of("once", multipart)
    file = (KINDS | ONCE)[kind](tmp_path)
    started, release = threading.Event(), threading.Event()

    class Watched(HTTPAdapter):
        def send(self, *arguments: Any, **options: Any) -> Any:
            started.set()
            release.wait(20)
            return super().send(*arguments, **options)

    session = requests.Session()
    session.mount("http://", Watched())
    outcomes = []
    client = module.Client(api=wire.url, session=session)
    pair = [module.FlowInputs(file=file)] * 2
    for outcome in module.run_many(client, pair, workers=2):
        outcomes.append(outcome.error)
        release.set()
    assert started.is_set() and set(digests(wire)) == {WANTED}
    failed = [error for error in outcomes if error is not None]
    assert all(isinstance(error, module.RequestNotSent) for error in failed)
    assert len(wire.requests) + len(failed) == 2 and len(wire.requests) >= 1


def test_one_file_twice_in_a_request_is_refused_or_whole(tmp_path: Path, wire: Wire) -> None:
    from arazzoc.runtime.files import multipart_body
    from arazzoc.runtime.results import RequestNotSent

    file = io.BytesIO(b"abc")
    body = multipart_body(files={"a": file, "b": file})
    assert body.content.read().count(b"\r\n\r\nabc\r\n") == 2
    assert body.close is not None
    body.close()
    once = (b"abc" for _ in "1")
    with pytest.raises(RequestNotSent, match="cannot be sent twice in one request"):
        multipart_body(files={"a": once, "b": once})


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
def test_iterators_that_cannot_be_told_apart_are_refused(wire: Wire, multipart: bool) -> None:
    """Whether a map or the iterator of a list has been read before cannot be noted down."""
    module = module_of("once", multipart)
    for content in (map(bytes, blocks()), iter([DATA]), zip(DATA, DATA, strict=True)):
        with pytest.raises(module.RequestNotSent, match="pass a generator or a file"):
            run(module, wire, content)
    assert wire.requests == []


# Content that goes wrong


def test_a_closed_file(tmp_path: Path, wire: Wire) -> None:
    module = module_of("once")
    for file in (path_of(tmp_path).open("rb"), io.BytesIO(DATA), io.StringIO("x"), path_of(tmp_path).open()):
        file.close()
        with pytest.raises(module.RequestNotSent, match="closed"):
            run(module, wire, file)
    assert wire.requests == []


def test_a_path_that_is_not_there(tmp_path: Path, wire: Wire) -> None:
    module = module_of("once")
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(module.RequestNotSent, match="cannot read"):
            run(module, wire, path)
    assert wire.requests == []


class Changing(io.BytesIO):
    """A file whose content becomes shorter or longer after its size was asked for."""

    def __init__(self, change: int) -> None:
        super().__init__(DATA)
        self.change = change

    def read(self, size: int | None = -1) -> bytes:
        change, self.change = self.change, 0
        if change:
            place = self.tell()
            self.truncate(len(DATA) + min(change, 0))
            if change > 0:
                self.seek(0, 2)
                self.write(b"x" * change)
            self.seek(place)
        return super().read(size)


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
def test_a_file_that_becomes_longer_is_sent_as_it_was(wire: Wire, multipart: bool) -> None:
    run(module_of("once", multipart), wire, Changing(1000))
    assert digests(wire) == [WANTED]


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("change", [-1, -len(DATA)])
def test_a_file_that_becomes_shorter_fails_the_step(wire: Wire, change: int, multipart: bool) -> None:
    module = module_of("once", multipart)
    with pytest.raises(module.StepFailed, match=r"no response.*became shorter while it was sent"):
        run(module, wire, Changing(change))


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
def test_a_generator_that_raises_fails_the_step(wire: Wire, multipart: bool) -> None:
    def broken() -> Iterator[bytes]:
        yield DATA
        raise ZeroDivisionError("secret detail")

    module = module_of("once", multipart)
    with pytest.raises(module.StepFailed, match=r"cannot read .*ZeroDivisionError") as caught:
        run(module, wire, broken())
    assert "secret detail" not in str(caught.value)


@pytest.mark.parametrize("items", [[1], [None], [b"a", object()], [[b"a"]]])
def test_a_generator_of_something_else_fails_the_step(wire: Wire, items: list[Any]) -> None:
    module = module_of("once")
    with pytest.raises(module.StepFailed, match="cannot read"):
        run(module, wire, (item for item in items))


@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
def test_nothing_is_sent_as_nothing(tmp_path: Path, wire: Wire, multipart: bool) -> None:
    path = tmp_path / "empty"
    path.touch()
    for empty in (path, path.open("rb"), io.BytesIO(), io.StringIO(), (b"" for _ in "ab"), b"", "", ("n", b"")):
        scripted(wire, OK if hasattr(empty, "__next__") and not hasattr(empty, "read") else BUSY)
        run(module_of("retry", multipart), wire, empty)
        assert file_in(wire.last) == b""


def test_a_connection_that_breaks_halfway(tmp_path: Path, wire: Wire) -> None:
    """The server reads a part of the body and goes away; the retry sends all of it."""
    for kind in ("path", "open file", "at an offset", "bytes"):
        wire.requests.clear()
        calls: list[int] = []
        original = wire.server.RequestHandlerClass
        pieces = original.pieces  # type: ignore[attr-defined]

        def broken(handler: Any, calls: Any = calls, pieces: Any = pieces) -> Any:
            calls.append(1)
            if len(calls) > 1:
                return pieces(handler)
            handler.rfile.read(70_000)
            handler.connection.close()
            raise ConnectionAbortedError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(original, "pieces", broken)
            run(module_of("retry"), wire, KINDS[kind](tmp_path))
        assert digests(wire) == [WANTED] and len(calls) == 2


UPLOAD = """
import re, sys
sys.path[:0] = [sys.argv[1]]
import upload

def zeros():
    for _ in range(1 << 14):
        yield bytes(1 << 16)

source = zeros() if sys.argv[3] == "generator" else open(sys.argv[4], "rb")
client = upload.Client(api=sys.argv[2], timeout=300, sleep=lambda _: None)
upload.run_flow(client, upload.FlowInputs(file=source))
print(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
@pytest.mark.parametrize("multipart", [False, True], ids=["whole", "part"])
@pytest.mark.parametrize("kind", ["sparse", "generator"])
def test_a_gigabyte_takes_little_memory(tmp_path: Path, wire: Wire, kind: str, multipart: bool) -> None:
    wire.keeps_bodies = False
    if kind == "sparse":
        scripted(wire, BUSY)
    text = compiled("retry", multipart).text
    assert text is not None
    (tmp_path / "upload.py").write_text(text)
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    command = [sys.executable, "-c", UPLOAD, str(tmp_path), wire.url, kind, str(sparse)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert wire.received >= (1 << 30) * (2 if kind == "sparse" else 1)
    assert int(done.stdout) < 60_000, "kilobytes in all"
