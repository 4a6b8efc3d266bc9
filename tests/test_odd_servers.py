"""Servers that answer oddly: each answer has the outcome that a table here says. Redirects keep secrets at home."""

from __future__ import annotations

import gzip
import itertools
import threading
import time
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util.retry import Retry

from building import compile_documents, workflow_of
from wire import Answer, Wire, running_wire

JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain")
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
}


@lru_cache
def module_of(
    method: str = "get", *, timeout: int | None = None, security: str = "", retry: int | None = None, body: bool = False
) -> Any:
    """One step whose outputs are the body and its member `s`, which the schema promises as text."""
    schema = {"type": "object", "required": ["s"], "properties": {"s": {"type": "string"}}}
    content = {"application/json": {"schema": schema}, "text/plain": {"schema": {"type": "string"}}}
    operation: dict[str, Any] = {"operationId": "call", "responses": {"200": {"description": "", "content": content}}}
    step: dict[str, Any] = {"stepId": "one", "operationId": "call"}
    step["successCriteria"] = [{"condition": "$statusCode < 300"}]
    step["outputs"] = {"body": "$response.body"} if body else {"s": "$response.body#/s"}
    if security:
        operation["security"] = [{name: [] for name in security.split()}]
    if method == "post":
        operation["requestBody"] = {"content": {"application/octet-stream": {"schema": {}}}}
        step["requestBody"] = {"payload": "$inputs.file"}
    if timeout is not None:
        step["timeout"] = timeout
    if retry is not None:
        step["onFailure"] = [{"name": "again", "type": "retry", "retryAfter": retry, "retryLimit": 1}]
    api = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {method: operation}}}
    api["components"] = {"securitySchemes": SCHEMES}
    inputs: Any = {"type": "object", "properties": {"file": {}}, "required": ["file"]} if method == "post" else {}
    outputs = {name: f"$steps.one.outputs.{name}" for name in step["outputs"]}
    fields = {"inputs": inputs} if inputs else {}
    with TemporaryDirectory() as folder:
        document = workflow_of(step, version="1.1.0", outputs=outputs, **fields)
        return compile_documents(Path(folder), document, api).module


def outcome(module: Any, client: Any, *inputs: Any) -> str:
    """What comes of a run: its output, or the name and text of its error."""
    try:
        outputs = module.run_flow(client, *inputs)
    except module.WorkflowError as error:
        return f"{type(error).__name__}: {error}"
    return repr(outputs.body if hasattr(outputs, "body") else outputs.s)


GZIP = ("Content-Encoding", "gzip")
FAILED = "StepFailed: flow, step one: $statusCode < 300 does not hold (no response): "
MISSING = "OutputMissing: flow, step one: the response body has no /s (HTTP "
PACKED = gzip.compress(b'{"s": "unpacked"}')
LONG = gzip.compress(bytes(range(256)) * 100)


def json_in(charset: str) -> list[tuple[str, str]]:
    return [("Content-Type", f"application/json; charset={charset}")]


# an answer, whether the whole body is the output instead of its member, and what the outcome has to say
ANSWERS: list[tuple[str, Answer, bool, str]] = [
    ("204", (204, [], b""), False, "None"),
    ("202 without a body", (202, [], b""), False, "None"),
    ("200 without a body", (200, [JSON], b""), False, MISSING + "200)"),
    ("204, and no body wanted", (204, [], b""), True, "None"),
    ("null", (200, [JSON], b'{"s": null}'), False, MISSING),
    ("null as the body", (200, [JSON], b"null"), False, "OutputMissing"),
    ("a list for an object", (200, [JSON], b'[{"s": "x"}]'), False, "OutputMissing"),
    ("a number for text", (200, [JSON], b'{"s": 5}'), False, "5"),
    ("an object for text", (200, [JSON], b'{"s": {"t": 1}}'), False, "{'t': 1}"),
    ("twice the same member", (200, [JSON], b'{"s": 1, "s": 2}'), False, "2"),
    ("JSON with a byte order mark", (200, [JSON], '\ufeff{"s": "x"}'.encode()), False, "'x'"),
    ("JSON in UTF-16", (200, json_in("utf-16"), '{"s": "é"}'.encode("utf-16")), False, "'é'"),
    ("JSON without a type", (200, [], b'{"s": "x"}'), False, "'x'"),
    ("HTML as JSON", (200, [JSON], b"<html>"), False, MISSING + "200): <html>"),
    ("a deep body", (200, [JSON], b"[" * 100_000), False, "OutputMissing"),
    ("a huge number", (200, [JSON], b'{"s": ' + b"9" * 5000 + b"}"), False, "OutputMissing"),
    ("gzip", (200, [JSON, GZIP], PACKED), False, "'unpacked'"),
    ("gzip and padding", (200, [JSON, GZIP], PACKED + bytes(9)), False, "'unpacked'"),
    ("gzip in two parts", (200, [TEXT, GZIP], gzip.compress(b"a") + gzip.compress(b"b")), True, "'ab'"),
    ("gzip of nothing", (202, [TEXT, GZIP], b""), True, "None"),
    ("truncated gzip", (200, [TEXT, GZIP], LONG[:-9]), True, FAILED + "the response ends within its comp"),
    ("truncated second gzip", (200, [TEXT, GZIP], LONG + LONG[:50]), True, "StepFailed"),
    ("cut deflate", (200, [TEXT, ("Content-Encoding", "deflate")], zlib.compress(b"a")[:-5]), True, FAILED),
    ("no gzip at all", (200, [JSON, GZIP], b'{"s": 1}'), False, FAILED + "the connection failed"),
    ("an unknown encoding", (200, [TEXT, ("Content-Encoding", "own")], b"abc"), True, "'abc'"),
    ("a wrong charset", (200, [("Content-Type", "text/plain; charset=utf-8")], b"caf\xe9"), True, "'caf\ufffd'"),
    ("a charset that is none", (200, [("Content-Type", "text/plain; charset=no-such")], "é".encode()), True, "'é'"),
    ("a charset that is no text", (200, [("Content-Type", "text/plain; charset=hex")], "é".encode()), True, "'é'"),
    ("a wrong charset of JSON", (200, json_in("ascii"), b'{"s": "\xc3\xa9"}'), False, "'é'"),
    ("a charset of JSON that is no text", (200, json_in("hex"), b'{"s": 1}'), False, "1"),
    ("a status of its own", (299, [JSON], b'{"s": "x"}'), False, "'x'"),
    ("a status too large", (999, [JSON], b'{"s": "x"}'), False, "StepFailed"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "body", "expected"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_odd_answers(wire: Wire, name: str, answer: Answer, body: bool, expected: str) -> None:
    wire.answer = lambda _: answer
    for timeout in (None, 60_000):
        module = module_of(body=bool(body), timeout=timeout)
        assert outcome(module, module.Client(api=wire.url)).startswith(expected), name


CUT = [
    (b"", "the connection failed"),
    (b"HTTP/1.1", "the connection failed"),
    (b"garbage\r\n\r\n", "the connection failed"),
    (b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"s": "x"}', "the connection failed"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"s\":\r\n", "the connection failed"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n", "the connection failed"),
    (b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n", "the connection failed"),
    (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n", "the connection failed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CUT)
def test_answers_that_end_too_early(wire: Wire, text: bytes, expected: str) -> None:
    wire.answer = lambda handler: handler.wfile.write(text) and None
    for timeout in (None, 60_000):
        module = module_of(timeout=timeout)
        found = outcome(module, module.Client(api=wire.url))
        assert found.startswith("StepFailed") and "(no response)" in found and expected in found


# Retry-After: what it says, and the wait that follows where the action says 7 seconds

NOW = 1_000_000_000
RETRY_AFTER: list[tuple[str | None, float]] = [
    (None, 7), ("0", 0), ("12", 12), (" 12 ", 12), ("007", 7), ("301", 300), ("9" * 30, 300), ("9" * 5000, 300),
    ("-5", 7), ("1.5", 7), ("1e3", 7), ("+3", 7), ("", 7), ("soon", 7), ("\xb2", 7), ("12, 13", 7), ("0x10", 7),
    (formatdate(NOW + 20, usegmt=True), 20), (formatdate(NOW - 20, usegmt=True), 0), (formatdate(NOW), 0),
    (formatdate(NOW + 9999, usegmt=True), 300), ("Sunday, 09-Sep-01 01:46:50 GMT", 10),
    ("Sun Sep  9 01:46:50 2001", 10), ("Sun, 09 Sep 2001 03:46:50 +0200", 10), ("Sun, 99 Foo 2001 99:99:99 GMT", 7),
    ("Mon, 01 Jan 99999 00:00:00 GMT", 7), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("31 Dec", 7),
]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_retry_after(wire: Wire, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The date of the server counts; where it sends none, that of this machine does. Times are in UTC."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        module = module_of(retry=7)
        found: list[tuple[str | None, float]] = []
        for asked, _ in RETRY_AFTER:
            waits: list[float] = []
            headers = [] if asked is None else [("Retry-After", asked)]
            script = iter([(503, headers, b""), (200, [JSON], b'{"s": "x"}')])
            session = requests.Session()
            session.mount("http://", Dated(lambda _, script=script: next(script)))
            module.run_flow(module.Client(api="http://a.test", session=session, sleep=waits.append))
            found.append((asked, sum(waits)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == RETRY_AFTER


# Redirects


@dataclass
class Seen:
    method: str
    url: str
    headers: dict[str, str]
    body: Any = None


class Scripted(BaseAdapter):
    """An adapter without a network: a function from requests to answers."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer, self.seen = answer, list[Seen]()

    def headers(self, pairs: Any) -> Any:
        return dict(pairs)

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        seen = Seen(request.method, request.url, {k.lower(): str(v) for k, v in request.headers.items()}, request.body)
        self.seen.append(seen)
        status, headers, content = self.answer(seen)
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response._content, response._content_consumed = content, True
        response.headers.update(self.headers(headers))
        return response

    def close(self) -> None:
        pass


class Dated(Scripted):
    def headers(self, pairs: Any) -> Any:
        return {"Date": formatdate(NOW, usegmt=True)} | dict(pairs)


HOME = "https://home.test"
SECRETS = ("t-secret", "h-secret", "q-secret", "c-secret", "s-header", "s-user", "s-param", "s-cookie")


def redirected(location: Any, method: str = "get", status: int = 302, **options: Any) -> tuple[str, list[Seen]]:
    """What comes of a request that is answered by a Location, or by one after the other, then by a value."""
    targets = iter([location] if isinstance(location, str) else location)

    def answer(_: Seen) -> Any:
        target = next(targets, None)
        return (200, [JSON], b'{"s": "there"}') if target is None else (status, [("Location", target)], b"")

    session = requests.Session()
    adapter = Scripted(answer)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["X-Session"] = "s-header"
    session.params = {"session": "s-param"}
    session.cookies.set("jar", "s-cookie", domain="home.test", path="/")
    session.cert = None
    module = module_of(method, security="token head query cookie", **options)
    keys = {"token": "t-secret", "head": "h-secret", "query": "q-secret", "cookie": "c-secret"}
    client = module.Client(api=HOME, session=session, **keys)
    inputs = [module.FlowInputs(file=b"x")] if method == "post" else []
    return outcome(module, client, *inputs), adapter.seen


def shown(seen: Seen) -> list[str]:
    return [secret for secret in SECRETS if secret in f"{seen.url} {seen.headers}"]


AWAY = [
    "https://other.test/y", "//other.test/y", "https://home.test:8443/y", "http://home.test/y", "HTTP://home.test/y",
    "https://home.test.other.test/", "https://sub.home.test/y", "https://home.test@other.test/y", "https://127.0.0.1/",
    "https://other.test\\@home.test/y", "https://home.test.:443/y",
]  # fmt: skip


@pytest.mark.parametrize("location", AWAY)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_of_the_caller_goes_to_another_origin(location: str, status: int) -> None:
    found, seen = redirected(location, status=status)
    assert len(shown(seen[0])) >= 6, "the first request has them"
    for request in seen[1:]:
        assert shown(request) == [] and "cookie" not in request.headers and "authorization" not in request.headers
    assert found == "'there'" or "a redirect cannot be followed" in found or "the connection failed" in found


@pytest.mark.parametrize(
    "location", ["/y", "y", "https://home.test/y", "https://HOME.test:443/y", "?b=1", "//home.test"]
)
def test_what_identifies_the_caller_stays_within_the_origin(location: str) -> None:
    found, seen = redirected(location)
    assert found == "'there'" and len(seen) == 2
    assert {*shown(seen[1])} >= {*SECRETS} - {"q-secret", "s-user"}, "a query key is part of the first URL only"


def test_the_authentication_of_a_session_stays_at_home() -> None:
    for location, expected in (("/y", True), ("https://other.test/y", False), (["https://other.test/", HOME], False)):
        session = requests.Session()
        session.auth = ("user", "s-user")
        targets = iter([location] if isinstance(location, str) else location)
        adapter = Scripted(
            lambda _, targets=targets: (302, [("Location", t)], b"") if (t := next(targets, "")) else (200, [], b"1")
        )
        session.mount("https://", adapter)
        module = module_of(body=True)
        assert outcome(module, module.Client(api=HOME, session=session)) == "1"
        assert "authorization" in adapter.seen[0].headers
        assert ["authorization" in seen.headers for seen in adapter.seen[1:]] == [expected] * (len(adapter.seen) - 1)


def test_home_after_another_origin_is_no_longer_home() -> None:
    found, seen = redirected(["https://other.test/a", f"{HOME}/b", "/c"])
    assert found == "'there'" and [shown(request) for request in seen[1:]] == [[], [], []]


@pytest.mark.parametrize("echo", ["t-secret", "h-secret", "q-secret", "c-secret", "t%2Dsecret"])
def test_a_location_that_echoes_a_secret_is_not_followed_away(echo: str) -> None:
    found, seen = redirected(f"https://other.test/?seen={echo}")
    if echo == "t%2Dsecret":
        echo = "t-secret"
    assert "a redirect would show a secret to another host" in found and len(seen) == 1 and echo not in found
    found, seen = redirected(f"/?seen={echo}")
    assert found == "'there'", "at home it is"


NOWHERE = [
    "",
    "ftp://home.test/",
    "file:///etc/passwd",
    "https://",
    "javascript:1",
    "http://[",
    "https://x:99999/",
    "a@b:",
]


@pytest.mark.parametrize("location", NOWHERE)
def test_redirects_to_nowhere(location: str) -> None:
    found, seen = redirected([location] * 40)
    assert found.startswith("StepFailed") and "(no response)" in found and "redirect" in found
    assert all(request.url.startswith(HOME) for request in seen)


def test_a_redirect_loop_ends() -> None:
    found, seen = redirected(itertools.cycle(["/a", "/x"]))
    assert "there are too many redirects" in found and len(seen) == 30


@pytest.mark.parametrize("method", ["post", "put", "delete"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_only_reading_is_redirected(method: str, status: int) -> None:
    found, seen = redirected("/y", method, status)
    assert found.startswith("StepFailed") and f"HTTP {status}" in found and len(seen) == 1


def test_head_is_redirected_and_stays_head() -> None:
    _, seen = redirected("/y", "head", 303)
    assert [request.method for request in seen] == ["HEAD", "HEAD"]


def test_a_location_in_utf_8() -> None:
    _, seen = redirected("/é".encode().decode("latin-1"))
    assert seen[1].url.startswith(f"{HOME}/%C3%A9")


# Slowness: the time of a step holds, whatever the server does


@dataclass
class Slow:
    """A server that sends a byte, and waits until it is told to go on, or for 20 ms."""

    start: bytes
    drop: bytes
    ended: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: Any) -> None:
        try:
            handler.wfile.write(self.start)
            for _ in range(500):
                handler.wfile.write(self.drop)
                time.sleep(0.02)
        except OSError:
            self.ended.set()


SLOW = [
    ("a status line byte by byte", b"", b"H"),
    ("headers byte by byte", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    ("header after header", b"HTTP/1.1 200 OK\r\n", b"A:\r\n"),
    ("a body byte by byte", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nContent-Type: application/json\r\n\r\n", b" "),
    ("a body without end", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b" "),
    ("chunk after chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ("answer after answer", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
]


class OwnAdapter(HTTPAdapter):
    """An adapter of a caller, which counts what it sends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.count = 0

    def send(self, *arguments: Any, **options: Any) -> Any:
        self.count += 1
        return super().send(*arguments, **options)


@pytest.mark.parametrize(("name", "start", "drop"), SLOW, ids=[row[0] for row in SLOW])
def test_the_time_of_a_step_holds(wire: Wire, name: str, start: bytes, drop: bytes) -> None:
    """The connection is cut: the server notices, long before it is done; no thread is left behind."""
    module = module_of(timeout=300)
    session = requests.Session()
    adapter = OwnAdapter(max_retries=Retry(5, status_forcelist=[503], allowed_methods=None, backoff_factor=0))
    session.mount("http://", adapter)
    wire.answer = slow = Slow(start, drop)
    with module.Client(api=wire.url, session=session) as client:
        found = outcome(module, client)
    assert found.startswith("StepFailed") and "no response in time" in found, name
    assert slow.ended.wait(30)
    assert len(wire.requests) == 1 and adapter.count == 1, "and nobody sent it again"
    for thread in limit_threads():
        thread.join(10)
    assert not limit_threads()
    wire.answer = lambda _: (200, [JSON], b'{"s": "x"}')
    assert outcome(module, client) == "'x'", "the session is as it was"


def test_a_body_is_not_sent_beyond_the_time_of_its_step(wire: Wire) -> None:
    """What is read slowly by the server is cut, too; the file is as it was, and nothing reads it any more."""

    class Endless:
        name, reads = "endless", 0

        def read(self, size: int) -> bytes:
            self.reads += 1
            time.sleep(0.02)
            return b"x"

    module, file = module_of("post", timeout=300), Endless()
    found = outcome(module, module.Client(api=wire.url), module.FlowInputs(file=file))
    assert "no response in time" in found
    reads = file.reads
    time.sleep(0.1)
    assert file.reads == reads


def test_a_body_that_the_server_does_not_read(wire: Wire) -> None:
    release = threading.Event()
    with running_wire() as deaf:
        server: Any = deaf.server
        server.process_request = lambda *_: release.wait(20)
        module = module_of("post", timeout=300)
        found = outcome(module, module.Client(api=deaf.url), module.FlowInputs(file=bytes(50_000_000)))
        release.set()
    assert "no response in time" in found


def test_a_saved_body_that_is_cut_is_not_there(wire: Wire, tmp_path: Path) -> None:
    wire.answer = Slow(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", b" ")
    module = module_of(body=True, timeout=300)
    target = tmp_path / "saved"
    found = outcome(module, module.Client(api=wire.url, save_body=lambda *_: str(target)))
    assert "no response in time" in found and not target.exists()


def test_a_connection_that_was_given_back_is_not_cut(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a step ends while another request has its connection, and even if the watch was never told."""
    module, other, session = module_of(timeout=200), module_of(), requests.Session()
    peers = []

    def answer(handler: Any) -> Answer:
        peers.append(handler.client_address)
        if len(peers) == 2:
            time.sleep(0.4)
        return 200, [JSON], b'{"s": "x"}'

    wire.answer = answer
    limits: list[Any] = []
    monkeypatch.setattr(module.Limit, "__exit__", lambda limit, *_: limits.append(limit))
    assert outcome(module, module.Client(api=wire.url, session=session)) == "'x'"
    assert outcome(other, other.Client(api=wire.url, session=session)) == "'x'"
    assert limits[0].is_over and len(set(peers)) == 1, "both had the same connection"
    limits[0]._done.set()


def test_a_step_without_a_timeout_has_no_thread(wire: Wire) -> None:
    counts: list[int] = []

    def answer(_: Any) -> Answer:
        counts.append(len(limit_threads()))
        return 200, [JSON], b'{"s": "x"}'

    wire.answer = answer
    for module in (module_of(), module_of(timeout=10_000)):
        assert outcome(module, module.Client(api=wire.url)) == "'x'"
    assert counts == [0, 1]


def limit_threads() -> list[threading.Thread]:
    """The threads that watch the time of a request."""
    owners = [(thread, getattr(getattr(thread, "_target", None), "__self__", None)) for thread in threading.enumerate()]
    return [thread for thread, owner in owners if type(owner).__name__ == "Limit"]
