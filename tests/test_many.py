"""Many runs at once: their keys, their states, and what is told of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from arazzoc.config import Config
from batch_job import KEY, Clock, client_of, inputs_of
from building import compile_path
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi

MANY = Config(extras=frozenset({"many"}))


@pytest.fixture(scope="module")
def batch() -> Any:
    return compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=MANY).module


@pytest.mark.parametrize("form", ["mapping", "pairs", "alone"])
def test_keys(batch: Any, form: str) -> None:
    inputs: Any = {name: inputs_of(batch) for name in ("a", "b", "ü/../c")}
    names = set(inputs)
    if form == "pairs":
        inputs = iter(inputs.items())
    elif form == "alone":
        inputs, names = list(inputs.values()), {"0", "1", "2"}
    saved = dict[str, list[Any]]()
    told = list[Any]()
    with FakeBatchApi() as fake:
        client = client_of(batch, fake, on_progress=told.append)
        found = {
            run.key: run
            for run in batch.run_many(
                client, inputs, 3, on_checkpoint=lambda key, state: saved.setdefault(key, []).append(state.next_step)
            )
        }
    assert set(found) == names == set(saved) == {progress.key for progress in told}
    assert all(
        run.error is None and run.outputs.output_file_id and run.state.next_step is None for run in found.values()
    )
    assert saved["a" if form != "alone" else "0"][0] == "createBatch"


def test_progress_tells_outputs_that_are_not_secret(batch: Any) -> None:
    told = list[Any]()
    with FakeBatchApi() as fake:
        (run,) = batch.run_many(client_of(batch, fake, on_progress=told.append), {"a": inputs_of(batch)})
    assert told[0].outputs == {} and told[1].outputs == {"upload_input": {"input_file_id": "file-1"}}
    assert told[-1].outputs["create_batch"]["batch_id"] == run.outputs.batch_id
    assert KEY not in repr(told)


def test_states_are_resumed(batch: Any) -> None:
    """Nothing is done twice, also of a run that has ended; what is left of a wait is waited."""
    states = dict[str, str]()
    with FakeBatchApi() as fake:
        clock = Clock()
        inputs = {name: inputs_of(batch) for name in "abcd"}

        def keep(key: str, state: Any) -> None:
            states[key] = json.dumps(state.to_dict())
            if sum("pollBatch" in text for text in states.values()) == 4:
                client.cancel.set()

        client = client_of(batch, fake, clock)
        ended = list(batch.run_many(client, inputs, 1, on_checkpoint=keep))
        assert {type(run.error) for run in ended} == {batch.RunCancelled}
        resumed = {key: batch.BatchJobState.from_dict(json.loads(text)) for key, text in states.items()}
        again = client_of(batch, fake, Clock())
        found = list(batch.run_many(again, inputs, 3, states=resumed))
        assert [run.error for run in found] == [None] * 4
        assert (fake.requests.count("POST /v1/files"), fake.requests.count("POST /v1/batches")) == (4, 4)
        before = len(fake.requests)
        (ended_run,) = batch.run_many(again, {"a": inputs["a"]}, states={"a": found[0].state})
        assert ended_run.outputs == found[0].outputs and len(fake.requests) == before


def test_a_wait_that_is_left_keeps_no_worker(batch: Any) -> None:
    """A run that has to wait lets one begin that has not."""
    state = batch.BatchJobState(
        next_step="pollBatch", create_batch=batch.CreateBatchOutputs(batch_id="b", status="failed")
    )
    state.counters.pause, state.counters.paused_at = 100.0, 1000.0
    with FakeBatchApi() as fake:
        clock = Clock()
        client = client_of(batch, fake, clock, now=lambda: 1040.0)
        runs = list(
            batch.run_many(client, {"old": inputs_of(batch), "new": inputs_of(batch)}, 1, states={"old": state})
        )
    assert [run.key for run in runs] == ["new", "old"]
    assert type(runs[1].error).__name__ == "StepFailed" and clock.now == pytest.approx(60.0)


@pytest.mark.parametrize("wrong", [{"api_key": "x"}, None, 5, ("a", "b", "c"), ("a", {"b": 1}), ([], 1)])
def test_a_wrong_element(batch: Any, wrong: Any) -> None:
    """It is told with its key, and the others run."""
    with FakeBatchApi() as fake:
        first, second = sorted(
            batch.run_many(client_of(batch, fake), [wrong, ("z", inputs_of(batch))]), key=lambda r: r.key
        )
    assert second.error is None and isinstance(first.error, TypeError)
    assert "is not BatchJobInputs" in str(first.error) and f"run {first.key}:" in str(first.error)


def test_a_wrong_state(batch: Any) -> None:
    """It is told with its key, and the others run."""
    inputs = {name: inputs_of(batch) for name in "abcd"}
    states: Any = {"a": 5, "b": {"next_step": "pollBatch"}, "c": batch.WorkflowState()}
    with FakeBatchApi() as fake:
        found = {run.key: run for run in batch.run_many(client_of(batch, fake), inputs, states=states)}
    assert found.pop("d").error is None
    for key, run in found.items():
        assert isinstance(run.error, TypeError) and f"run {key}: {type(states[key]).__name__} is not" in str(run.error)


def test_the_pool_fits_the_workers(batch: Any, recwarn: pytest.WarningsRecorder) -> None:
    """Each worker keeps its connection: none is thrown away, and none is opened twice."""
    with FakeBatchApi() as fake:
        opened = set[int]()
        lock, serve = threading.Lock(), fake.server.process_request

        def counted(request: Any, address: Any) -> None:
            with lock:
                opened.add(address[1])
            serve(request, address)

        fake.server.process_request = counted  # type: ignore[method-assign, assignment]
        runs = list(batch.run_many(client_of(batch, fake), [inputs_of(batch) for _ in range(60)], workers=20))
    assert len(runs) == 60 and len(opened) <= 20


USER = """
from batch import lifecycle as m

client = m.Client()
for run in m.run_many(client, [m.StartBatchInputs(api_key="k", requests=b"", endpoint="e")]):
    one: m.StartBatchOutputs | None = run.outputs
    state: m.StartBatchState | None = run.state
def keep(key: str, state: m.LifecycleState) -> None: ...
pairs = {"a": m.LifecycleInputs(api_key="k", requests=b"", endpoint="e")}
for other in m.run_many(client, pairs, states={"a": m.LifecycleState()}, on_checkpoint=keep):
    two: m.LifecycleOutputs | None = other.outputs
step = m.advance_lifecycle(client, pairs["a"])
three: m.LifecycleOutputs | None = step.outputs
four: m.LifecycleState = step.state
five: int = step.outputs  # wrong
"""


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_results_are_typed_by_workflow(checker: str, tmp_path: Path) -> None:
    made = compile_path(
        EXAMPLE / "batch-lifecycle.arazzo.yml", config=Config(extras=frozenset({"many"}), support="support")
    )
    (tmp_path / "batch").mkdir()
    for name, text in {"__init__": "", "lifecycle": made.text, "support": made.support}.items():
        (tmp_path / "batch" / f"{name}.py").write_text(str(text))
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    options = {"mypy": ["--strict", "user.py"], "pyright": ["--pythonpath", sys.executable, "user.py"]}[checker]
    command = [sys.executable, "-m", checker, *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout.count("error:") == 1 and "int" in done.stdout, done.stdout


class Api:
    """A session that answers without a network; a batch ends when it is told to."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.status = "in_progress"

    def request(self, method: str, url: str, **_: Any) -> requests.Response:
        self.asked[kind := f"{method} {url.split('/')[4]}"] += 1
        response = requests.Response()
        response.status_code = 200
        body = {"id": f"{kind} {self.asked[kind]}", "status": self.status}
        response.raw = io.BytesIO(json.dumps(body).encode())
        response.headers["Content-Type"] = "application/json"
        return response

    def close(self) -> None: ...


@pytest.mark.slow
def test_five_thousand_runs_are_killed_and_resumed(batch: Any) -> None:
    """No request is repeated, and a run that waits takes less than 2 kB."""
    inputs = {str(n): batch.BatchJobInputs(api_key=KEY, batch_input_file=b"{}", endpoint="/e") for n in range(5000)}
    api, states, memory = Api(), dict[str, Any](), list[int]()
    clock = Clock()

    def sleep(seconds: float) -> None:  # the first time that nothing is to be done: all runs wait
        if not memory:
            memory.append(tracemalloc.get_traced_memory()[0])
            client.cancel.set()

    client = batch.Client(openai_api="https://x.test/v1", session=api, sleep=sleep, clock=clock)
    tracemalloc.start()
    try:
        runs = list(batch.run_many(client, inputs, workers=4))
    finally:
        tracemalloc.stop()
    assert {type(run.error) for run in runs} == {batch.RunCancelled}
    assert memory[0] / 5000 < 2048, f"{memory[0] / 5000:.0f} bytes a run"
    for run in runs:
        states[run.key] = batch.BatchJobState.from_dict(json.loads(json.dumps(run.state.to_dict())))
    api.status = "completed"
    other = batch.Client(openai_api="https://x.test/v1", session=api, sleep=clock.sleep, clock=clock)
    ended = list(batch.run_many(other, inputs, workers=4, states=states))
    assert len(ended) == 5000 and {run.error for run in ended} == {None}
    assert api.asked == {"POST files": 5000, "POST batches": 5000, "GET batches": 15000}


def test_a_key_that_is_there_twice(batch: Any) -> None:
    """Two runs would write one state: the second one is told, and sends nothing."""
    with FakeBatchApi() as fake:
        pairs = [("a", inputs_of(batch)), ("a", inputs_of(batch)), ("b", inputs_of(batch))]
        runs = list(batch.run_many(client_of(batch, fake), pairs))
    failed = [run for run in runs if run.error is not None]
    assert [str(run.error) for run in failed] == ["run a: another run has this key"] and len(fake.uploads) == 2


def test_a_wait_that_was_cut_short_is_waited_again(batch: Any) -> None:
    """A run that is cancelled while it waits, and resumed from what it had in memory, does not go on early."""
    with FakeBatchApi() as fake:
        clock = Clock()
        client = client_of(batch, fake, clock, now=lambda: 1000.0)
        client.sleep = lambda _: client.cancel.set()
        state = batch.BatchJobState()
        with pytest.raises(batch.RunCancelled):
            batch.run_batch_job(client, inputs_of(batch), state)
        assert state.wait_left(1002.0) == 3
        other = client_of(batch, fake, clock, now=lambda: 1002.0)
        batch.run_batch_job(other, inputs_of(batch), state)
        assert clock.waits[0] == 3
