"""A generated linear workflow of 200 steps against the same 200 calls written by hand with requests.Session.

On the wire both talk to the same local server, in another process, and what counts is the CPU time of the client.
Against a stubbed session what counts is what a step costs beside the call. Dispatch is measured alone: the runner of
a workflow whose step functions do nothing, with 10 and with 1,000 steps.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from load import show

ROOT = Path(__file__).resolve().parent.parent
STEPS = 200
SERVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b'{"id": "next", "n": 1}'
        head = "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
        self.wfile.write(head.encode() + body)
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def generated(steps: int) -> Any:
    """The module of a linear workflow in which each step passes on what the one before it gave."""
    sys.path.insert(0, str(ROOT / "generator"))
    from load import made_api, made_workflow

    from arazzoc.config import Config
    from arazzoc.diagnostics import Report
    from arazzoc.pipeline import generate_file
    from arazzoc.sources import Library

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "api.yml").write_text(made_api(steps))
        (Path(name) / "made.yml").write_text(made_workflow(steps, steps))
        output = generate_file(Path(name) / "made.yml", Config(), Library(Report()))
    assert output is not None
    module = types.ModuleType("made")
    sys.modules["made"] = module
    exec(compile(output.text, "made.py", "exec"), module.__dict__)
    return module


def by_hand(session: Any, base: str) -> str:
    """The same calls as a person would write them: status checked, body parsed, the id passed on."""
    id = "first"
    for number in range(STEPS):
        response = session.request("GET", f"{base}/things/{number}/{quote(id, safe='')}", timeout=60)
        if not 200 <= response.status_code < 300:
            raise RuntimeError(f"step {number}: HTTP {response.status_code}")
        id = response.json()["id"]
    return id


class Stub:
    """A session that has answered before it is asked."""

    def __init__(self) -> None:
        self.response = Answer()

    def request(self, *_: Any, **__: Any) -> Any:
        return self.response

    def close(self) -> None:
        pass


class Answer:
    status_code, ok, headers, content = 200, True, {"Content-Type": "application/json"}, b'{"id": "next", "n": 1}'

    def json(self) -> Any:
        return json.loads(self.content)

    def iter_content(self, _: int) -> tuple[bytes, ...]:
        return (self.content,)

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def cpu(function: Callable[[], Any]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """The median CPU seconds of each, the two taking turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        found[0].append(cpu(ours))
        found[1].append(cpu(theirs))
    return statistics.median(found[0]), statistics.median(found[1])


def dispatch(steps: int) -> float:
    """CPU seconds of a step whose function does nothing: the runner alone."""
    module = generated(steps)
    result = module.StepResult("made", "s", 200, None)
    outputs: dict[str, Any] = {}
    for number in range(steps):
        kind = getattr(module, f"S{number}Outputs")
        outputs[f"s_{number}"] = module.StepResult("made", "s", 200, kind(id="x"))
        module.__dict__[f"s_{number}"] = lambda client, *, r=outputs[f"s_{number}"], **_: r
    assert result.unmet is None
    client = module.Client(session=Stub())
    repeats = max(1, 5000 // steps)
    return min(cpu(lambda: [module.run_made(client) for _ in range(repeats)]) for _ in range(5)) / steps / repeats


def main() -> None:
    module = generated(STEPS)
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        session, other = requests.Session(), requests.Session()
        client = module.Client(api=base, session=session)
        ours, theirs = paired(lambda: module.run_made(client), lambda: by_hand(other, base), 15)
        show("CPU of a generated step on the wire, times one written by hand", ours / theirs, 1.05)
    finally:
        server.kill()
        server.wait()
    stub = Stub()
    client = module.Client(api="https://x.test", session=stub)
    rounds = [(cpu(lambda: module.run_made(client)), cpu(lambda: by_hand(stub, "https://x.test"))) for _ in range(201)]
    ours, theirs = (min(times) for times in zip(*rounds, strict=True))  # what a busy machine adds is no cost of a step
    show("microseconds that a generated step adds against a stubbed session", (ours - theirs) / STEPS * 1e6, 5.0)
    few, many = dispatch(10), dispatch(1000)
    show("dispatch of a step among 1,000, times one among 10", many / few, 1.5)


if __name__ == "__main__":
    main()
