"""Compile the example, run what came out against a local stand-in for the API, and show it all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fake_batch_api import FakeBatchApi

HERE = Path(__file__).resolve().parent
ENDPOINT = "/v1/chat/completions"


def show(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, FakeBatchApi() as fake:
        document = os.path.relpath(HERE / "openai-batch-job.arazzo.yml")
        show(f"$ arazzoc generate {document} -o {folder}")
        compiled = subprocess.run(
            [sys.executable, "-m", "arazzoc.cli", "generate", document, "-o", folder], check=False
        )
        if compiled.returncode != 0:
            return compiled.returncode
        module = Path(folder) / "openai_batch_job.py"
        requests_file = os.path.relpath(HERE / "requests.jsonl")
        options = ["--batch-input-file", f"@{requests_file}", "--endpoint", ENDPOINT]
        show(f"\n$ python openai_batch_job.py {' '.join(options)} --openai-api {fake.url} --poll-interval 0.5")
        ran = subprocess.run(
            [sys.executable, str(module), *options, "--openai-api", fake.url, "--poll-interval", "0.5"],
            env={**os.environ, "BATCH_JOB_API_KEY": "sk-demo-not-a-real-key"},
            check=False,
        )
        if ran.returncode != 0:
            return ran.returncode
    show("\nFor the real API:")
    show(f"$ BATCH_JOB_API_KEY=$OPENAI_API_KEY python generated/openai_batch_job.py {' '.join(options)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
