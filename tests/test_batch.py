"""The main job: the batch workflow, compiled and run against a server that behaves like the real one."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from batch_job import KEY, LINES, Clock, client_of, compiled_job, inputs_of
from building import Result, compile_path, load
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi


@pytest.fixture(scope="module", params=["standalone", "shared"])
def batch(request: pytest.FixtureRequest) -> Any:
    return compiled_job(request.param).module


@pytest.fixture(scope="module", params=["standalone", "shared"])
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The workflow as a command: a file, and a module of a package."""
    folder = tmp_path_factory.mktemp("command") / "clients"
    shared = ["--support", "support"] if request.param == "shared" else []
    document = str(EXAMPLE / "openai-batch-job.arazzo.yml")
    assert main(["generate", document, "-o", str(folder), "--with", "command", *shared]) == 0
    if not shared:
        return [sys.executable, str(folder / "openai_batch_job.py")]
    code = f"import sys, runpy; sys.path.insert(0, {str(folder.parent)!r}); "
    code += "runpy.run_module('clients.openai_batch_job', run_name='__main__', alter_sys=True)"
    return [sys.executable, "-c", code]


def test_seven_requests(batch: Any) -> None:
    clock = Clock()
    with FakeBatchApi(key=KEY) as fake:
        outputs = batch.run_batch_job(client_of(batch, fake, clock), inputs_of(batch))
    assert fake.requests == [
        "POST /v1/files",
        "POST /v1/batches",
        *["GET /v1/batches/batch_1"] * 5,
    ]
    assert outputs == batch.BatchJobOutputs(batch_id="batch_1", output_file_id="file-output")
    assert clock.waits == [5.0, 7.5, 11.25]


@pytest.mark.parametrize("kind", ["bytes", "str", "path", "open file", "unnamed file"])
def test_the_upload_is_a_file_part(batch: Any, kind: str, tmp_path: Path) -> None:
    path = tmp_path / 'ünï"code.jsonl'
    path.write_bytes(LINES)
    with FakeBatchApi() as fake, path.open("rb") as file:
        content = {
            "bytes": LINES,
            "str": LINES.decode(),
            "path": path,
            "open file": file,
            "unnamed file": io.BytesIO(LINES),
        }[kind]
        result = batch.upload_input(client_of(batch, fake), api_key=KEY, batch_input_file=content)
        assert result.outputs == batch.UploadInputOutputs(input_file_id="file-1")
    (filename, uploaded) = fake.uploads[0]
    assert uploaded == LINES
    assert filename == ("ünï%22code.jsonl" if kind in ("path", "open file") else "file")


def test_a_step_is_callable_by_itself(batch: Any) -> None:
    with FakeBatchApi() as fake:
        client = client_of(batch, fake)
        batch.upload_input(client, api_key=KEY, batch_input_file=LINES)
        created = batch.create_batch(client, api_key=KEY, input_file_id="file-1", endpoint="/v1/chat/completions")
        polled = batch.poll_batch(client, api_key=KEY, batch_id=created.require().batch_id)
        assert polled.action == "batchProcessing"
        assert polled.outputs == batch.PollBatchOutputs(status="validating")
        assert polled.status_code == 200


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
def test_a_status_that_nothing_handles(batch: Any, status: str) -> None:
    with FakeBatchApi(status) as fake:
        with pytest.raises(batch.UnhandledOutcome) as caught:
            batch.run_batch_job(client_of(batch, fake), inputs_of(batch))
        message = str(caught.value)
        assert "batch-job" in message and "pollBatch" in message and status in message
        assert '$.status == "completed"' in message
        assert '$.status == "validating" || $.status == "in_progress" || $.status == "finalizing"' in message
        assert len(fake.requests) == 6
        outputs = batch.run_batch_job(client_of(batch, fake, unhandled="continue"), inputs_of(batch))
        assert outputs.output_file_id == (None if status == "failed" else "file-output-2")


def test_a_module_that_is_generated_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    document = str(EXAMPLE / "openai-batch-job.arazzo.yml")
    assert main(["generate", document, "-o", str(folder), "--unhandled", "continue"]) == 0
    text = (folder / "openai_batch_job.py").read_text()
    assert "run.unhandled(" not in text
    module = load(text)
    with FakeBatchApi("expired") as fake:
        assert module.run_batch_job(client_of(module, fake), inputs_of(module)).output_file_id == "file-output"


def test_polling_ends_at_the_deadline(batch: Any) -> None:
    clock = Clock()
    polling = batch.Polling(interval=10, backoff=1, timeout=100)
    with FakeBatchApi(None) as fake, pytest.raises(batch.PollTimeout, match=r"batch-job, step pollBatch.*100 s"):
        batch.run_batch_job(client_of(batch, fake, clock, polling=polling), inputs_of(batch))
    assert clock.waits == [10.0] * 10
    assert len(fake.polled_at) == 11


def test_never_more_than_one_poll_per_interval(batch: Any) -> None:
    polling = batch.Polling(interval=0.05, backoff=1, timeout=0.6)
    with FakeBatchApi(None) as fake, pytest.raises(batch.PollTimeout):
        batch.run_batch_job(batch.Client(openai_api=fake.url, polling=polling), inputs_of(batch))
    gaps = [b - a for a, b in zip(fake.polled_at, fake.polled_at[1:], strict=False)]
    assert gaps and min(gaps) >= 0.05


def test_the_step_budget(batch: Any) -> None:
    with (
        FakeBatchApi(None) as fake,
        pytest.raises(batch.StepBudgetSpent, match="20 steps without end"),
    ):
        batch.run_batch_job(client_of(batch, fake, max_steps=20), inputs_of(batch))
    assert len(fake.requests) == 20


# Runs that stop and go on


def test_a_run_goes_on_in_another_process(command: list[str], tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    command = [
        *(*command, "--batch-input-file", f"@{EXAMPLE / 'requests.jsonl'}"),
        *("--endpoint", "/v1/chat/completions", "--state", str(state_file), "--poll-interval", "0.2"),
    ]
    environment = {**os.environ, "BATCH_JOB_API_KEY": KEY}
    with FakeBatchApi(None, key=KEY) as fake:
        command += ["--openai-api", fake.url]
        first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: len(fake.polled_at) >= 1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        state = json.loads(state_file.read_text())
        assert state["next_step"] == "pollBatch"
        assert state_file.stat().st_mode & 0o077 == 0
        fake.final = "completed"
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(second.stdout) == {"batch_id": "batch_1", "output_file_id": "file-output"}
    assert fake.requests.count("POST /v1/files") == 1
    assert fake.requests.count("POST /v1/batches") == 1
    assert KEY not in state_file.read_text() + second.stdout + second.stderr


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_resumes_at_every_step(batch: Any) -> None:
    saved: list[str] = []
    with FakeBatchApi() as fake:
        client = client_of(batch, fake, on_checkpoint=lambda state: saved.append(json.dumps(state.to_dict())))
        outputs = batch.run_batch_job(client, inputs_of(batch))
        assert len(saved) == 7
        for number, text in enumerate(saved):
            before = len(fake.requests)
            state = batch.BatchJobState.from_dict(json.loads(text))
            resumed = batch.run_batch_job(client_of(batch, fake), inputs_of(batch), state)
            assert resumed.output_file_id == ("file-output-2" if number == 0 else outputs.output_file_id)
            again = fake.requests[before:]
            assert "POST /v1/files" not in again, "the upload was done before the first checkpoint"
            assert again.count("POST /v1/batches") == (1 if number == 0 else 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"workflow": "other"}, "not a state of batch-job"),
        ({"flow": "0"}, "another version"),
        ({"next_step": "nowhere"}, "next_step cannot be 'nowhere'"),
        ({"create_batch": [1]}, "not an object"),
        ({"create_batch": {"x": 1}}, "create_batch does not hold"),
    ],
)
def test_a_state_that_does_not_fit(batch: Any, change: dict[str, Any], message: str) -> None:
    data = {**batch.BatchJobState().to_dict(), **change}
    with pytest.raises(batch.StateInvalid, match=message):
        batch.BatchJobState.from_dict(data)


# The module as a command


def run_module(command: list[str], *arguments: str, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "BATCH_JOB_API_KEY"}
    if key is not None:
        environment["BATCH_JOB_API_KEY"] = key
    return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)


OPTIONS = ("--batch-input-file", f"@{EXAMPLE / 'requests.jsonl'}", "--endpoint", "/v1/chat/completions")


def test_help(command: list[str]) -> None:
    done = run_module(command, "--help", key=None)
    assert done.returncode == 0
    for word in ("--batch-input-file", "--endpoint", "--openai-api", "--state", "BATCH_JOB_API_KEY"):
        assert word in done.stdout
    assert "--api-key" not in done.stdout


def test_command_line_outcomes(command: list[str], tmp_path: Path) -> None:
    with FakeBatchApi("failed", key=KEY) as fake:
        failed = run_module(command, *OPTIONS, "--openai-api", fake.url, "--poll-interval", "0.01")
    assert failed.returncode == 1 and failed.stdout == ""
    last = failed.stderr.splitlines()[-1]
    assert (
        last.startswith("error: batch-job, step pollBatch: no success action matches")
        and "Traceback" not in failed.stderr
    )
    no_key = run_module(command, *OPTIONS, key=None)
    assert no_key.returncode == 2 and no_key.stderr.endswith("error: set the environment variable BATCH_JOB_API_KEY\n")
    no_file = run_module(command, "--batch-input-file", f"@{tmp_path}/none", "--endpoint", "x")
    assert no_file.returncode == 2 and "no file" in no_file.stderr
    bad_state = tmp_path / "state.json"
    bad_state.write_text("[]")
    refused = run_module(command, *OPTIONS, "--state", str(bad_state))
    assert refused.returncode == 1 and "not a state" in refused.stderr
    assert run_module(command).returncode == 2
    with FakeBatchApi(key=KEY) as fake:
        unwritable = run_module(
            command, *OPTIONS, "--openai-api", fake.url, "--state", f"{tmp_path}/no/such/folder/state.json"
        )
    assert unwritable.returncode == 1 and "Traceback" not in unwritable.stderr
    assert unwritable.stderr.splitlines()[-1].startswith("error: cannot write")


# The published document


@pytest.fixture(scope="module")
def published(shared: Path) -> Result:
    document = shared / "seed" / "arazzo" / "openai-batch-job-workflow.yml"
    return compile_path(document, openaiApi=shared / "seed" / "openapi" / "openai-openapi-master.yml")


def test_the_published_document_warns(published: Result) -> None:
    assert published.codes == ["ARZ451"] * 4 + ["ARZ452"] * 2 + ["ARZ501", "ARZ502"]
    assert "failed, expired, cancelling, cancelled" in published.messages
    lines = [d.span.line for d in published.report.sorted() if d.rule.code in ("ARZ451", "ARZ452")]
    assert lines == [45, 61, 81, 95, 102, 110]


def test_the_published_document_runs(published: Result) -> None:
    module = published.module
    with FakeBatchApi(key=KEY) as fake:
        outputs = module.run_batch_job(client_of(module, fake), inputs_of(module))
    assert len(fake.requests) == 7 and outputs.output_file_id == "file-output"


def test_the_published_document_is_refused_when_strict(shared: Path, tmp_path: Path) -> None:
    seed = shared / "seed"
    arguments = ["generate", str(seed / "arazzo" / "openai-batch-job-workflow.yml"), "-o", str(tmp_path)]
    arguments += ["--source", f"openaiApi={seed / 'openapi' / 'openai-openapi-master.yml'}"]
    assert main([*arguments, "--strict"]) == 2
    assert list(tmp_path.iterdir()) == []
    assert main(arguments) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["openai_batch_job.py"]
