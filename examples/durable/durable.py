"""Two batches on DBOS: their worker is killed while they are under way, and another one brings them to their end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BATCH = HERE.parent / "openai-batch"
sys.path.insert(0, str(BATCH))

from fake_batch_api import FakeBatchApi  # noqa: E402

KEYS = ("batch-of-monday", "batch-of-tuesday")


def show(text: str) -> None:
    print(text, flush=True)


def worker(folder: Path, url: str) -> subprocess.Popen[bytes]:
    database = f"sqlite:///{folder}/runs.sqlite"
    requests = str(BATCH / "requests.jsonl")
    command = [sys.executable, str(HERE / "worker.py"), str(folder), database, url, requests, *KEYS]
    return subprocess.Popen(command)


def main() -> int:
    with tempfile.TemporaryDirectory() as name, FakeBatchApi() as fake:
        folder = Path(name)
        document = os.path.relpath(BATCH / "openai-batch-job.arazzo.yml")
        options = ["--engine", "dbos", "--idempotency-key"]
        show(f"$ arazzoc generate {document} -o clients {' '.join(options)}")
        command = [sys.executable, "-m", "arazzoc.cli", "generate", document, "-o", name, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stderr)
            return done.returncode
        first = worker(folder, fake.url)
        while len({request for request in fake.requests if request.startswith("GET")}) < len(KEYS):
            if first.poll() is not None:
                return 1
            time.sleep(0.05)
        time.sleep(0.3)
        first.kill()
        first.wait()
        show(f"the worker was killed after {len(fake.requests)} requests: both batches are being polled")
        second = worker(folder, fake.url)
        if second.wait(60):
            return 1
        posts = {path: fake.requests.count(f"POST /v1/{path}") for path in ("files", "batches")}
        uploads, batches = posts.values()
        show(f"{len(fake.requests)} requests in all, among them {uploads} uploads and {batches} new batches")
        return 0 if set(posts.values()) == {len(KEYS)} else 1


if __name__ == "__main__":
    sys.exit(main())
