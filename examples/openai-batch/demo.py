"""Compile the example, run what came out against a local fake of the API, and show it all."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fake_batch_api import FakeBatchApi

HERE = Path(__file__).resolve().parent
ENDPOINT = "/v1/chat/completions"


def show(text: str) -> None:
    print(text, flush=True)


def compiled(name: str, folder: str, *options: str) -> int:
    document = os.path.relpath(HERE / name)
    show(f"$ arazzoc generate {document} -o {folder} {' '.join(options)}".rstrip())
    command = [sys.executable, "-m", "arazzoc.cli", "generate", document, "-o", folder, *options]
    return subprocess.run(command, check=False).returncode


def lifecycle(folder: str) -> None:
    """Run the second example as a module, and show its steps in a table."""
    spec = importlib.util.spec_from_file_location("batch_lifecycle", Path(folder) / "batch_lifecycle.py")
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    rows: dict[tuple[str, str], list[Any]] = {}
    waited: dict[tuple[str, str], float] = {}

    def note(progress: Any) -> None:
        key = progress.workflow, progress.step
        waited[key] = waited.get(key, 0.0) + progress.wait
        if not progress.wait:
            rows.setdefault(key, []).append(progress)

    with FakeBatchApi("expired") as fake:
        paths = {"fetchResults": f"{folder}/results.jsonl", "fetchErrors": f"{folder}/errors.jsonl"}
        client = module.Client(
            openai_api=fake.url,
            on_progress=note,
            polling=module.Polling(interval=0.1),
            step_polling={"nextPage": module.Polling(interval=0)},
            save_body=lambda workflow, step: paths.get(step),
        )
        inputs = module.LifecycleInputs(
            api_key="sk-demo-not-a-real-key", requests=HERE / "requests.jsonl", endpoint=ENDPOINT
        )
        outputs = module.run_lifecycle(client, inputs)
    show(f"{'workflow':<14}{'step':<16}{'times':>5}  {'waited':>6}  {'status':<7}last action")
    for (workflow, step), seen in rows.items():
        last = seen[-1]
        status = str(last.status_code or "")
        wait = f"{waited[workflow, step]:.1f} s" if waited[workflow, step] else ""
        show(f"{workflow:<14}{step:<16}{len(seen):>5}  {wait:>6}  {status:<7}{last.action or ''}".rstrip())
    lines = len(Path(outputs.results).read_text().splitlines())
    show(f"the first batch: {outputs.first_status}, {lines} results saved; the second: {outputs.second_status}")


def program() -> int:
    """Run the program that is built on the second example; one of four requests is refused."""
    prompts, batch = os.path.relpath(HERE / "prompts.csv"), os.path.relpath(HERE / "batch.py")
    with tempfile.TemporaryDirectory() as folder, FakeBatchApi(refuse_every=4) as fake:
        command = [batch, "run", prompts, "--endpoint", "chat", "--model", "gpt-4o-mini", "--dir", folder]
        show(f"$ OPENAI_BASE_URL={fake.url} python {' '.join(command)}")
        environment = {"OPENAI_BASE_URL": fake.url, "OPENAI_API_KEY": "sk-demo-not-a-real-key"}
        command = [sys.executable, *command, "--poll-interval", "0.1"]
        done = subprocess.run(command, env={**os.environ, **environment}, check=False)
        are_joined = (Path(folder) / "joined.csv").is_file()
    return 0 if done.returncode == 1 and are_joined else 3


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, FakeBatchApi() as fake:
        if status := compiled("openai-batch-job.arazzo.yml", folder, "--with", "command"):
            return status
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
        show("")
        if status := compiled("batch-lifecycle.arazzo.yml", folder):
            return status
        show("\n$ python -c 'import batch_lifecycle; batch_lifecycle.run_lifecycle(...)'")
        lifecycle(folder)
    show("\nThe first one with the real API:")
    show("$ arazzoc generate examples/openai-batch/openai-batch-job.arazzo.yml -o clients --with command")
    show(f"$ BATCH_JOB_API_KEY=$OPENAI_API_KEY python clients/openai_batch_job.py {' '.join(options)}")
    show("\nThe second one as a program:")
    return program()


if __name__ == "__main__":
    sys.exit(main())
