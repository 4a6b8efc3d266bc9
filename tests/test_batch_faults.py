"""The batch job where something goes wrong: servers and networks that misbehave, and secrets that must not show."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from arazzoc.runtime.exchange import Exchange
from batch_job import KEY, Clock, client_of, compiled_job, inputs_of
from fake_batch_api import FakeBatchApi


@pytest.fixture(scope="module", params=["standalone", "shared"])
def batch(request: pytest.FixtureRequest) -> Any:
    return compiled_job(request.param).module


# Servers that misbehave


class Script:
    """A server that gives one raw answer to everything; None drops the connection."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer, self.count = answer, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.count += 1
                connection.settimeout(2)
                data = b""
                while b"--\r\n" not in data[-8:] and len(data) < 1_000_000 and (more := connection.recv(65536)):
                    data += more
                if self.answer is not None:
                    connection.sendall(self.answer)

    def __enter__(self) -> Script:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


def answer(status: str, body: bytes, content_type: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (answer("401 Unauthorized", b'{"error": "no"}'), "StepFailed", r"\$statusCode == 200 .*HTTP 401.*no"),
        (answer("500 Oops", b"<h1>broken</h1>", "text/html"), "StepFailed", r"HTTP 500.*<h1>broken</h1>"),
        (answer("200 OK", b"<h1>hi</h1>", "text/html"), "OutputMissing", r"no /id \(HTTP 200\).*<h1>hi</h1>"),
        (answer("200 OK", b"<h1>hi</h1>"), "OutputMissing", r"no /id"),
        (answer("200 OK", b""), "OutputMissing", r"the response is empty"),
        (answer("200 OK", b"[]"), "OutputMissing", r"no /id"),
        (answer("200 OK", b'"id"'), "OutputMissing", r"no /id"),
        (answer("200 OK", b"[" * 100_000), "OutputMissing", r"no /id"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "StepFailed", r"no response.*connection failed"),
        (b"\x00\x01garbage\r\n\r\n", "StepFailed", r"no response.*connection failed"),
        (None, "StepFailed", r"no response.*connection failed"),
    ],
)
def test_errors_are_our_own(batch: Any, reply: bytes | None, error: str, message: str) -> None:
    with Script(reply) as server:
        client = batch.Client(openai_api=server.url, timeout=5)
        with pytest.raises(batch.WorkflowError, match=message) as caught:
            batch.run_batch_job(client, inputs_of(batch))
        assert type(caught.value).__name__ == error
        assert "batch-job, step uploadInput" in str(caught.value)
        assert KEY not in str(caught.value)
        assert server.count == 1, "nothing is retried that nobody asked for"
        assert caught.value.__cause__ is None and (
            caught.value.__context__ is None or caught.value.__suppress_context__
        )


def test_a_closed_port(batch: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = batch.Client(openai_api=f"http://127.0.0.1:{port}")
    with pytest.raises(batch.StepFailed, match=r"no response.*Connection refused"):
        batch.run_batch_job(client, inputs_of(batch))


def test_a_server_that_is_too_slow(batch: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = batch.Client(openai_api=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2)
        with pytest.raises(batch.StepFailed, match="no response in time"):
            batch.run_batch_job(client, inputs_of(batch))


def test_a_file_that_is_not_there(batch: Any, tmp_path: Path) -> None:
    with FakeBatchApi() as fake:
        with pytest.raises(batch.RequestNotSent, match=r"cannot read .*nothing.jsonl: No such file"):
            batch.run_batch_job(client_of(batch, fake), inputs_of(batch, tmp_path / "nothing.jsonl"))
        assert fake.requests == []


class Redirecting(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(307)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def redirecting() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_upload_is_not_sent_elsewhere(batch: Any, redirecting: str) -> None:
    with pytest.raises(batch.StepFailed, match="HTTP 307"):
        batch.run_batch_job(batch.Client(openai_api=redirecting), inputs_of(batch))


def test_netrc_does_not_replace_the_key(batch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with FakeBatchApi(key=KEY) as fake:
        assert batch.run_batch_job(client_of(batch, fake), inputs_of(batch)).batch_id == "batch_1"


def test_retry_after_overrules_the_wait(batch: Any) -> None:
    clock = Clock()
    client = batch.Client(sleep=clock.sleep, clock=clock)
    run = batch.Run(client, batch.BatchJobState())
    for asked, waited in ((7.0, 7.0), (0.0, 0.0), (9999.0, 300.0), (None, 60.0)):
        run.wait(batch.StepResult("batch-job", "pollBatch", 200, retry_after=asked))
        run.counters.waits = 100
        run.checkpoint()
        assert (clock.waits[-1] if waited else 0.0) == waited


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 GMT"}, 30.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "٣"}, None),
        ({}, None),
    ],
)
def test_retry_after_forms(headers: dict[str, str], seconds: float | None) -> None:
    import requests

    response = requests.Response()
    response.status_code = 200
    response._content = b"{}"
    response.headers.update(headers)
    exchange = Exchange("w", "s", response=response)
    assert exchange.retry_after() == seconds


# Secrets


def test_the_key_is_shown_nowhere(batch: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shown: list[str] = []
    inputs = inputs_of(batch)
    shown.append(repr(inputs))
    state_file = tmp_path / "state.json"
    echoing = answer("401 Unauthorized", json.dumps({"error": f"bad key {KEY} in Bearer {KEY}"}).encode())
    for server in (Script(echoing), FakeBatchApi("failed", key=KEY), FakeBatchApi(key=KEY), Script(None)):
        with server:
            clock = Clock()
            client = batch.Client(
                openai_api=server.url,
                sleep=clock.sleep,
                clock=clock,
                on_checkpoint=lambda state: state_file.write_text(json.dumps(state.to_dict())),
            )
            try:
                shown.append(repr(batch.run_batch_job(client, inputs)))
            except batch.WorkflowError as error:
                shown += [str(error), repr(error)]
                result = getattr(error, "result", None)
                shown.append(repr(result))
                if result is not None:
                    shown.append(str(pickle.dumps(result)))
    shown += [state_file.read_text(), caplog.text]
    assert len(shown) > 8 and "uploadInput" in caplog.text
    assert not [text for text in shown if KEY in text or "0123456789" in text]
