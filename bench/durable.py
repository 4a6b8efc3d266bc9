"""Polling runs on DBOS: the rate, the memory and the CPU of workers, what the death of one costs, and what is repeated.

python bench/durable.py [RUNS] [INTERVAL]

RUNS (1,000) batches, each polled every INTERVAL (10) seconds, by two workers on the PostgreSQL of BENCH_DATABASE
(otherwise SQLite). Prints ratios to the ideal rate, and CPU a poll beside that of run_many and of calls.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "examples" / "openai-batch" / "openai-batch-job.arazzo.yml"


class Api(ThreadingHTTPServer):
    """A batch API of which no batch ends before it is told to."""

    daemon_threads, request_queue_size = True, 1024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.uploads = self.created = 0
        self.ends = False
        self.polls: list[float] = []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed is no news."""

    def rate(self, since: float, until: float) -> float:
        with self.lock:
            return sum(since <= at < until for at in self.polls) / (until - since)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Api

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body: dict[str, Any] = {"id": "x", "status": "completed" if self.server.ends else "in_progress"}
        with self.server.lock:
            if self.command == "GET":
                self.server.polls.append(time.monotonic())
            elif self.path == "/files":
                self.server.uploads += 1
            else:
                self.server.created += 1
                body["id"] = f"batch-{self.server.created}"
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass


def worker(
    folder: str, database: str, url: str, name: str, first: int, last: int, interval: float, is_new: bool
) -> None:
    """Start the runs with these numbers, or take them up; wait for all, and print memory and CPU."""
    from dbos import DBOS, DBOSConfig, SetWorkflowID

    sys.path.insert(0, folder)
    module, adapter = (importlib.import_module(n) for n in ("openai_batch_job", "openai_batch_job_dbos"))
    adapter.connect(module.Client(openai_api=url, polling=module.Polling(interval=interval, backoff=1)), api_key="k")
    config = DBOSConfig(
        name="bench-durable",
        system_database_url=database,
        application_version=adapter.VERSION,
        executor_id=name,
        max_executor_threads=8,
        log_level="ERROR",
    )
    DBOS(config=config)
    DBOS.launch()
    print("launched", flush=True)

    async def main() -> None:
        for number in range(first, last) if is_new else ():
            with SetWorkflowID(f"run-{number}"):
                await DBOS.start_workflow_async(adapter.batch_job, batch_input_file=f"{folder}/requests", endpoint="/e")
        for number in range(first, last):
            await (await DBOS.retrieve_workflow_async(f"run-{number}")).get_result()

    asyncio.run(main())
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"MB": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}), flush=True)
    DBOS.destroy()


def started(
    folder: str, database: str, api: Api, name: str, span: range, interval: float, *, is_new: bool = True
) -> Any:
    given = [folder, database, api.url, name, str(span.start), str(span.stop), str(interval), "new" if is_new else ""]
    command = [sys.executable, __file__, "worker", *given]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def cpu_of(process: subprocess.Popen[str]) -> float:
    """The CPU seconds that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(process: subprocess.Popen[str]) -> float:
    line = next(x for x in Path(f"/proc/{process.pid}/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def steady(api: Api, runs: int, interval: float, limit: float) -> float:
    """Wait until the polls come at 95 % of the ideal rate over one interval; the seconds that this took."""
    begun = time.monotonic()
    while time.monotonic() - begun < limit:
        time.sleep(0.5)
        now = time.monotonic()
        if now - begun > interval and api.rate(now - interval, now) >= 0.95 * runs / interval:
            return now - begun
    return float("nan")


def plain_cpu(folder: str, api: Api, runs: int, interval: float) -> dict[str, float]:
    """CPU milliseconds a poll of run_many, and of calls of the step."""
    sys.path.insert(0, folder)
    module: Any = importlib.import_module("openai_batch_job")
    found: dict[str, float] = {}
    client = module.Client(openai_api=api.url, polling=module.Polling(interval=interval, backoff=1))
    threading.Timer(4 * interval, client.cancel.set).start()
    before, polls = time.process_time(), len(api.polls)
    inputs = (module.BatchJobInputs(api_key="k", batch_input_file=b"{}", endpoint="/e") for _ in range(runs))
    for _ in module.run_many(client, inputs, workers=8):
        pass
    found["run_many"] = 1000 * (time.process_time() - before) / (len(api.polls) - polls)
    other, before, count = module.Client(openai_api=api.url), time.process_time(), 2000
    for _ in range(count):
        module.poll_batch(other, api_key="k", batch_id="b")
    found["plain"] = 1000 * (time.process_time() - before) / count
    return found


def main(runs: int, interval: float, database: str) -> None:
    api = Api()
    with tempfile.TemporaryDirectory() as folder:
        options = ["--engine", "dbos", "--idempotency-key", "--with", "many"]
        command = [sys.executable, "-m", "arazzoc.cli", "generate", str(DOCUMENT), "-o", folder, *options]
        subprocess.run(command, check=True, capture_output=True)
        Path(folder, "requests").write_bytes(b"{}\n")
        half = runs // 2
        spans = {"a": range(half), "b": range(half, runs)}
        workers = {name: started(folder, database, api, name, span, interval) for name, span in spans.items()}
        print(f"{runs} runs begun and at the full rate after {steady(api, runs, interval, 600):.0f} s")
        begun, cpu, polls = time.monotonic(), {n: cpu_of(w) for n, w in workers.items()}, len(api.polls)
        time.sleep(3 * interval)
        rate = api.rate(begun, time.monotonic()) * interval / runs
        spent = 1000 * sum(cpu_of(w) - cpu[n] for n, w in workers.items()) / (len(api.polls) - polls)
        print(f"polls: {rate:.3f} of the ideal rate; {spent:.2f} ms of CPU a poll", flush=True)
        print("memory of a worker:", ", ".join(f"{megabytes(w):.0f} MB" for w in workers.values()), flush=True)
        workers["a"].kill()
        workers["a"].wait()
        begun = time.monotonic()
        workers["c"] = started(folder, database, api, "a", spans["a"], interval, is_new=False)
        workers["c"].stdout.readline()
        start = time.monotonic() - begun
        took = start + steady(api, runs, interval, 600)
        print(
            f"a worker was killed; another one is there after {start:.0f} s, the full rate after {took:.0f} s",
            flush=True,
        )
        print("memory of a worker:", ", ".join(f"{megabytes(workers[n]):.0f} MB" for n in ("b", "c")), flush=True)
        api.ends = True
        for name in ("b", "c"):
            output, _ = workers[name].communicate(timeout=600)
            print(f"worker {name}: {json.loads(output.splitlines()[-1])}")
        print(f"uploads: {api.uploads}, batches: {api.created}", flush=True)
        api.ends = False
        found = plain_cpu(folder, api, runs, interval)
        print("ms of CPU a poll:", ", ".join(f"{name} {ms:.2f}" for name, ms in {"dbos": spent, **found}.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        folder, database, url, name, first, last, interval, is_new = sys.argv[2:]
        worker(folder, database, url, name, int(first), int(last), float(interval), bool(is_new))
    else:
        given = [*sys.argv[1:], *["1000", "10"][len(sys.argv) - 1 :]]
        main(int(given[0]), float(given[1]), os.environ.get("BENCH_DATABASE", "sqlite:////tmp/bench_durable.sqlite"))
