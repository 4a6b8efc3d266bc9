"""Many runs by a command: a file of inputs, a folder of states, a line for each run that ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arazzoc.config import Config, Extra
from batch_job import KEY
from building import compile_path
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi

KEYS = ("", ".", "k2", "k3.json", "k4")
EVERYTHING = Config(extras=frozenset[Extra](("command", "many")))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "batch.py"
    path.write_text(str(compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=EVERYTHING).text))
    return path


def run(program: Path, fake: FakeBatchApi, *options: str, given: str | None = None, key: str = KEY) -> Any:
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {"BATCH_JOB_API_KEY": key}
    command = [sys.executable, str(program), "--openai-api", fake.url, "--poll-interval", "0.05", *options]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, input=given, timeout=60
    )


def lines_of(done: Any) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return {line.pop("key"): line for line in map(json.loads, done.stdout.splitlines())}


def test_a_line_is_a_run(program: Path, tmp_path: Path) -> None:
    """Options count for all lines; a line has inputs, or a key and inputs; what is wrong with one is told of it."""
    file = "@" + str(EXAMPLE / "requests.jsonl")
    inputs = {"batchInputFile": file}
    lines = [
        json.dumps(inputs),
        "",
        json.dumps({"key": "a/b \u2028ü", "inputs": inputs}, ensure_ascii=False),
        "{",
        json.dumps({"batchInputFile": "@/nowhere"}),
        json.dumps({"key": "a/b \u2028ü", "inputs": inputs}),
        json.dumps({"key": "own", "inputs": {"endpoint": 5, **inputs}}),
        json.dumps({"endpoint": "/v1/x"}),
    ]
    path = tmp_path / "inputs.jsonl"
    path.write_text("\n".join(lines))
    with FakeBatchApi(key=KEY) as fake:
        done = run(program, fake, "--many", str(path), "--endpoint", "/v1/chat/completions")
        assert len(fake.uploads) == 2
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.split("\n") if line]
    told = {line["key"]: line["outputs"]["batch_id"] for line in found if "outputs" in line}
    assert set(told) == {"1", "a/b \u2028ü"} and set(told.values()) == {"batch_1", "batch_2"}
    assert [line["key"] for line in found if "error" in line] == ["4", "5", "a/b \u2028ü", "own", "8"]
    errors = [line["error"] for line in found if "error" in line]
    assert "line 4: not an object of inputs in JSON" in errors and "line 6: the key is there twice" in errors
    assert len(errors) == 5 and any("endpoint" in e for e in errors) and any("no file /nowhere" in e for e in errors)
    assert KEY not in done.stdout + done.stderr and done.stderr == ""


def test_states_are_kept_and_taken_up(program: Path, tmp_path: Path) -> None:
    """After a crash, and when all has ended: nothing is sent twice."""
    lines = "".join(
        json.dumps({"key": KEYS[n], "inputs": {"batchInputFile": "@" + str(EXAMPLE / "requests.jsonl")}}) + "\n"
        for n in range(5)
    )
    states = tmp_path / "states"
    options = ["--many", "-", "--states", str(states), "--endpoint", "/v1/chat/completions", "--workers", "3"]
    with FakeBatchApi(final=None) as fake:
        environment = {**os.environ, "BATCH_JOB_API_KEY": KEY, "NO_PROXY": "*"}
        command = [sys.executable, str(program), "--openai-api", fake.url, "--poll-interval", "0.05", *options]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdin.write(lines)
        worker.stdin.close()
        while len([r for r in fake.requests if r.startswith("GET")]) < 20:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        worker.stdout.close()
        assert sorted(p.name for p in states.glob("*.json")) == sorted(f"{key}.json" for key in KEYS)
        assert not [p for p in states.iterdir() if KEY in p.read_text() or p.stat().st_mode & 0o077]
        fake.final = "completed"
        done = run(program, fake, *options, given=lines)
        assert done.returncode == 0, done.stderr
        assert set(lines_of(done)) == set(KEYS)
        assert (len(fake.uploads), len(fake.batches)) == (5, 5)
        before = len(fake.requests)
        assert lines_of(run(program, fake, *options, given=lines)) == lines_of(done) and len(fake.requests) == before


def test_a_terminal_sees_how_far_it_is(program: Path) -> None:
    """A line that counts, on a terminal only, where standard output has the results."""
    inputs = json.dumps({"batchInputFile": "@" + str(EXAMPLE / "requests.jsonl")}) + "\n"
    terminal, end = pty.openpty()
    with FakeBatchApi() as fake:
        command = [sys.executable, str(program), "--openai-api", fake.url, "--poll-interval", "0.05"]
        command += ["--many", "-", "--endpoint", "/v1/chat/completions"]
        environment = {**os.environ, "BATCH_JOB_API_KEY": KEY, "NO_PROXY": "*"}
        given = (inputs * 2 + "{\n").encode()
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=end, check=False, env=environment)
    os.close(end)
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert shown.split("\r")[1:3] == ["2 of 3 runs have ended, 1 failed", "3 of 3 runs have ended, 1 failed"]
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 3


def test_wrong_usage(program: Path, tmp_path: Path) -> None:
    with FakeBatchApi() as fake:
        done = run(program, fake, "--many", str(tmp_path / "nothing"))
        assert (done.returncode, done.stdout) == (1, "") and "cannot read" in done.stderr
        done = run(program, fake, "--endpoint", "/x")
        assert done.returncode == 2 and "--batch-input-file" in done.stderr, "without --many it is needed"
        (tmp_path / "file").write_text("")
        done = run(program, fake, "--many", "-", "--states", str(tmp_path / "file"), given="{}")
        assert (done.returncode, done.stdout) == (1, "") and "cannot make the folder" in done.stderr
        (tmp_path / "states").mkdir()
        (tmp_path / "states" / "a.json").write_text("[")
        done = run(program, fake, "--many", "-", "--states", str(tmp_path / "states"), given="{}")
        assert (done.returncode, done.stdout) == (1, "") and "not a state file" in done.stderr
    shown = subprocess.run([sys.executable, str(program), "--help"], capture_output=True, text=True, check=False).stdout
    assert all(option in shown for option in ("--many FILE", "--states DIR", "--workers N"))
