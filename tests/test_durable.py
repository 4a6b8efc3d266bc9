"""Runs on DBOS and Temporal, for real: workers are killed, and others take over."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pickle
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from building import compile_documents
from conftest import ROOT
from wire import Wire

JSON = [("Content-Type", "application/json")]
TOKEN = "token-of-the-caller-0123456789"
WORKER = Path(__file__).with_name("durable_worker.py")
pytestmark = pytest.mark.slow


def operation(name: str, **members: str) -> dict[str, Any]:
    schema = {"type": "object", "required": list(members), "properties": {m: {"type": t} for m, t in members.items()}}
    return {
        "operationId": name,
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}},
    }


API = {
    "openapi": "3.0.3",
    "info": {"title": "Jobs", "version": "1"},
    "servers": [{"url": "http://127.0.0.1"}],
    "paths": {
        "/files": {"post": operation("upload", id="string")},
        "/jobs": {"post": operation("create", id="string")},
        "/state": {"get": operation("look", state="string")},
        "/result": {"get": operation("fetch", text="string")},
    },
}

AUTH = {"in": "header", "name": "Authorization", "value": "Bearer {$inputs.token}"}
OK = [{"condition": "$statusCode == 200"}]
WORKFLOW = {
    "arazzo": "1.0.1",
    "info": {"title": "Jobs", "version": "1"},
    "sourceDescriptions": [{"name": "api", "url": "openapi.yml", "type": "openapi"}],
    "workflows": [
        {
            "workflowId": "job",
            "inputs": {
                "type": "object",
                "required": ["token", "name"],
                "properties": {"token": {"type": "string"}, "name": {"type": "string"}},
            },
            "parameters": [AUTH],
            "steps": [
                {"stepId": "upload", "operationId": "upload", "successCriteria": OK},
                {
                    "stepId": "create",
                    "operationId": "create",
                    "successCriteria": OK,
                    "onFailure": [{"name": "again", "type": "retry", "retryAfter": 1, "retryLimit": 5}],
                    "outputs": {"id": "$response.body#/id"},
                },
                {
                    "stepId": "follow",
                    "workflowId": "ended",
                    "parameters": [{"name": "token", "value": "$inputs.token"}],
                },
                {
                    "stepId": "fetch",
                    "operationId": "fetch",
                    "successCriteria": OK,
                    "outputs": {"text": "$response.body#/text"},
                },
            ],
            "outputs": {"id": "$steps.create.outputs.id", "text": "$steps.fetch.outputs.text"},
        },
        {
            "workflowId": "ended",
            "inputs": {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}},
            "parameters": [AUTH],
            "steps": [
                {
                    "stepId": "look",
                    "operationId": "look",
                    "successCriteria": OK,
                    "onSuccess": [
                        {
                            "name": "done",
                            "type": "end",
                            "criteria": [{"condition": "$response.body#/state == 'done'"}],
                        },
                        {"name": "more", "type": "goto", "stepId": "look"},
                    ],
                }
            ],
        },
    ],
}


class Server:
    """The API: a job is done after so many looks, and `busy` is how often a create is answered 503 first."""

    def __init__(self, wire: Wire, busy: int = 0, open_for: int = 2) -> None:
        self.wire, self.busy, self.open_for, self.looks = wire, busy, open_for, 0
        self.hold, self.is_held = "", False
        wire.answer = self.answer

    def answer(self, handler: Any) -> Any:
        path = handler.path
        if path == self.hold:
            self.hold, self.is_held = "", True
            time.sleep(3)
            return None
        if path == "/jobs" and self.busy:
            self.busy -= 1
            return 503, JSON, b"{}"
        if path == "/state":
            self.looks += 1
        state = "done" if self.looks > self.open_for else "open"
        return 200, JSON, json.dumps({"id": "job-1", "state": state, "text": "fine"}).encode()

    @property
    def counts(self) -> Counter[str]:
        return Counter(request.line for request in self.wire.requests)

    def keys(self, path: str) -> set[str]:
        return {r.headers["Idempotency-Key"] for r in self.wire.requests if r.line == path}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server on a socket; the test is skipped where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = Path(shutil.which("initdb") or "") if shutil.which("initdb") else (found[-1] if found else None)
    if found:
        program = found[-1]
    if program is None:
        pytest.skip("PostgreSQL is not installed")
    owner: Any = {}
    folder = Path("/tmp") / f"arazzoc-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        if "postgres" not in names:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        owner = {"user": "postgres", "group": "postgres"}
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **owner}
    subprocess.run([program, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"], check=True, **quiet)
    options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen([program.with_name("postgres"), "-D", data, *options], **quiet)
    try:
        for _ in range(100):
            if (folder / ".s.PGSQL.5432").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        yield f"postgresql+psycopg://postgres@/NAME?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def temporal() -> Iterator[str]:
    """The address of Temporal's server for tests."""
    program = Path(sys.executable).with_name("temporal-test-server")
    if not program.exists():
        pytest.skip("temporal-test-server is not installed")
    port = free_port()
    server = subprocess.Popen([program, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture(params=["sqlite", "postgres", "temporal"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """An engine, and where its data is."""
    if request.param == "sqlite":
        return {"engine": "dbos", "at": f"sqlite:///{tmp_path}/runs.sqlite"}
    if request.param == "postgres":
        pytest.importorskip("psycopg")
        at = str(request.getfixturevalue("postgres")).replace("NAME", f"test_{tmp_path.name[-20:].lower()}")
        return {"engine": "dbos", "at": at}
    return {"engine": "temporal", "at": request.getfixturevalue("temporal")}


def generated(folder: Path, *, has_keys: bool) -> Path:
    pytest.importorskip("dbos")
    pytest.importorskip("temporalio")
    made = compile_documents(folder, WORKFLOW, API, engines=("dbos", "temporal"), idempotency_key=has_keys)
    assert made.text is not None, made.messages
    (folder / "flow.py").write_text(made.text)
    for name, text in made.beside:
        (folder / f"flow_{name}.py").write_text(text.replace("workflow import", "flow import"))
    return folder


class Workers:
    """The workers of one test."""

    def __init__(self, wire: Wire, folder: Path, engine: dict[str, Any]) -> None:
        self.settings = {
            **engine,
            "folder": str(folder),
            "api": wire.url,
            "interval": 1.0,
            "step_timeout": 4.0,
            "secrets": {"token": TOKEN},
            "arguments": {"name": "Jöb"},
            "start": [],
            "ends": ["run-" + folder.name],
        }
        self.errors = folder / "errors.txt"

    def start(self, *, first: bool = False, **others: Any) -> subprocess.Popen[str]:
        settings = {**self.settings, **({"start": self.settings["ends"]} if first else {}), **others}
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        with self.errors.open("a") as errors:
            return subprocess.Popen(
                [sys.executable, str(WORKER), json.dumps(settings)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
            )

    def result(self, worker: subprocess.Popen[str]) -> Any:
        output, _ = worker.communicate(timeout=200)
        assert worker.returncode == 0, self.errors.read_text()
        return json.loads(output.splitlines()[-1])[self.settings["ends"][0]]


def until(holds: Any, worker: subprocess.Popen[str], workers: Workers) -> None:
    for _ in range(3000):
        if holds():
            return
        assert worker.poll() is None, workers.errors.read_text()
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


POINTS: dict[str, tuple[Callable[[Server], bool], str, float]] = {
    "waiting, in a workflow that a step runs": (lambda s: s.counts["/state"] == 1, "", 0.4),
    "in a retry's wait": (lambda s: s.counts["/jobs"] == 1, "", 0.4),
    "between steps": (lambda s: s.is_held, "/state", 0.0),
    "in flight": (lambda s: s.is_held, "/jobs", 0.0),
}


@pytest.mark.parametrize("has_keys", [False, True], ids=["without a key", "with a key"])
@pytest.mark.parametrize("point", POINTS)
def test_a_worker_is_killed(point: str, has_keys: bool, engine: dict[str, Any], wire: Wire, tmp_path: Path) -> None:
    """Nothing is sent twice but what was in flight, and that with the same key where there are keys."""
    workers = Workers(wire, generated(tmp_path, has_keys=has_keys), engine)
    server = Server(wire, busy=1 if point == "in a retry's wait" else 0)
    is_there, server.hold, pause = POINTS[point]
    worker = workers.start(first=True)
    until(lambda: is_there(server), worker, workers)
    time.sleep(pause)
    worker.kill()
    worker.wait()
    assert workers.result(workers.start()) == {"id": "job-1", "text": "fine"}
    expected = {"/files": 1, "/jobs": 1, "/result": 1}
    if point in ("in a retry's wait", "in flight"):
        expected["/jobs"] = 2
    assert {path: server.counts[path] for path in expected} == expected
    if has_keys:
        assert len(server.keys("/jobs")) == 1 and len(server.keys("/files")) == 1 and None not in server.keys("/jobs")


def test_more_steps_than_a_leg(engine: dict[str, Any], wire: Wire, tmp_path: Path) -> None:
    """A long run goes on in another workflow or history, which is taken over too."""
    workers = Workers(wire, generated(tmp_path, has_keys=True), engine)
    workers.settings["interval"] = 0.01
    server = Server(wire, open_for=130)
    worker = workers.start(first=True)
    until(lambda: server.counts["/state"] > 108, worker, workers)
    worker.kill()
    worker.wait()
    assert workers.result(workers.start())["text"] == "fine"
    assert [server.counts[path] for path in ("/files", "/jobs", "/result")] == [1, 1, 1]
    assert server.counts["/state"] in (131, 132), "none but the look that was in flight is repeated"


def test_another_version_leaves_a_run_alone(wire: Wire, tmp_path: Path) -> None:
    """A worker of another flow does not touch it, one of the same finishes it."""
    workers = Workers(wire, generated(tmp_path, has_keys=False), {"engine": "dbos", "at": f"sqlite:///{tmp_path}/r.db"})
    server = Server(wire)
    worker = workers.start(first=True)
    until(lambda: server.counts["/state"] == 1, worker, workers)
    worker.kill()
    worker.wait()
    before = len(wire.requests)
    other = workers.start(version="0000000000000000")
    with pytest.raises(subprocess.TimeoutExpired):
        other.wait(8)
    other.kill()
    other.wait()
    assert len(wire.requests) == before
    assert workers.result(workers.start())["text"] == "fine"


def readings(data: bytes, depth: int = 3) -> Iterator[bytes]:
    """Data as it is, and what stands in it in base64 or as the hexadecimal digits of a dump, however deep."""
    yield data
    if depth:
        for found in re.findall(rb"X'((?:[0-9a-fA-F]{2})+)'", data):
            yield from readings(bytes.fromhex(found.decode()), depth - 1)
        for found in re.findall(rb"[A-Za-z0-9+/_-]{16,}={0,2}", data):
            with contextlib.suppress(ValueError):
                padded = found.rstrip(b"=") + b"=" * (-len(found.rstrip(b"=")) % 4)
                yield from readings(base64.b64decode(padded, altchars=b"-_"), depth - 1)


def shows(data: bytes, secret: str) -> bool:
    """Whether data holds a text, in any of the ways in which engines store values: pickles hold texts as they are."""
    spelled = [secret.encode(form) for form in ("utf-8", "utf-16-le")]
    return any(each in reading for reading in readings(data) for each in spelled)


def test_no_secret_is_stored(wire: Wire, tmp_path: Path) -> None:
    """Neither by a run that ends well nor by one that fails with the secret in the answer; but a control is found."""
    at = tmp_path / "runs.sqlite"
    workers = Workers(wire, generated(tmp_path, has_keys=True), {"engine": "dbos", "at": f"sqlite:///{at}"})
    Server(wire)
    workers.result(workers.start(first=True))
    wire.answer = lambda _: (500, JSON, json.dumps({"error": f"Bearer {TOKEN} is not known"}).encode())
    failing = workers.start(start=["failing"], ends=["failing"])
    assert failing.wait(60) == 1
    with sqlite3.connect(at) as database:
        stored = "\n".join(database.iterdump()).encode()
    assert b"job-1" in stored and b"HTTP 500" in stored, "the runs are there"
    assert not shows(stored, TOKEN)
    for control in (base64.b64encode(TOKEN.encode()), pickle.dumps({"token": TOKEN})):
        with sqlite3.connect(at) as database:
            database.execute("CREATE TABLE IF NOT EXISTS control (value BLOB)")
            database.execute("INSERT INTO control VALUES (?)", [base64.b64encode(control)])
            assert shows("\n".join(database.iterdump()).encode(), TOKEN)
            database.execute("DELETE FROM control")


def test_no_secret_is_in_a_history(temporal: str, wire: Wire, tmp_path: Path) -> None:
    import asyncio

    from temporalio.client import Client

    async def history(key: str) -> bytes:
        client = await Client.connect(temporal)
        found: Any = await client.get_workflow_handle(key).fetch_history()
        return str(found.to_json()).encode()

    workers = Workers(wire, generated(tmp_path, has_keys=True), {"engine": "temporal", "at": temporal})
    Server(wire)
    workers.result(workers.start(first=True))
    wire.answer = lambda _: (500, JSON, json.dumps({"error": f"Bearer {TOKEN} is not known"}).encode())
    failing = workers.start(start=["failing"], ends=["failing"])
    assert failing.wait(60) == 1
    well, ill = asyncio.run(history(workers.settings["ends"][0])), asyncio.run(history("failing"))
    assert shows(well, "job-1") and shows(ill, "HTTP 500"), "the runs are there"
    assert not shows(well, TOKEN) and not shows(ill, TOKEN)


def test_the_example() -> None:
    """`make durable`."""
    pytest.importorskip("dbos")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    command = [sys.executable, str(ROOT / "examples" / "durable" / "durable.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("output_file_id") == 2 and "2 uploads and 2 new batches" in done.stdout
    assert "sk-demo" not in done.stdout + done.stderr
