"""Runs that are taken one step at a time, and what outlives a process: states, pauses and errors."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

from batch_job import KEY, Clock, client_of, compiled_job, inputs_of
from building import again, api_of, compile_documents, workflow_of
from fake_batch_api import FakeBatchApi
from wire import Wire

JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module", params=["standalone", "shared"])
def batch(request: pytest.FixtureRequest) -> Any:
    return compiled_job(request.param).module


def test_a_batch_one_step_at_a_time(batch: Any) -> None:
    with FakeBatchApi() as fake:
        client, inputs, state, waits = client_of(batch, fake), inputs_of(batch), None, list[float]()
        while (step := batch.advance_batch_job(client, inputs, state)).outputs is None:
            assert len(fake.requests) == len(waits) + 1
            waits.append(step.wait)
            state = again(step.state)
        assert step.outputs == batch.BatchJobOutputs(batch_id="batch_1", output_file_id=step.outputs.output_file_id)
        assert waits == [0, 0, 5, 7.5, 11.25, 0] and step.wait == 0 and step.state.next_step is None
        assert client.clock.waits == [], "it leaves the waiting to the caller"


def test_what_is_left_of_a_wait_is_waited(batch: Any) -> None:
    """Another process, whose clock may be behind or ahead, waits what was left; at most all of it."""
    for now, left in [(1002.0, 3.0), (1009.0, 0.0), (0.0, 5.0)]:
        with FakeBatchApi() as fake:
            client, inputs, state = client_of(batch, fake), inputs_of(batch), batch.BatchJobState()
            client.now = lambda: 1000.0
            for _ in range(3):
                state = batch.advance_batch_job(client, inputs, state).state
            assert state.wait_left(now) == left
            clock = Clock()
            other = client_of(batch, fake, clock, now=lambda now=now: now)
            assert batch.run_batch_job(other, inputs, again(state)).batch_id == "batch_1"
            assert clock.waits == [wait for wait in (left, 7.5, 11.25) if wait]


@pytest.mark.parametrize("pause", [float("nan"), float("inf"), 1e12, "5", None])
def test_a_damaged_pause(batch: Any, pause: Any) -> None:
    data = batch.BatchJobState().to_dict()
    data["counters"]["pause"] = pause
    with pytest.raises(batch.StateInvalid, match="damaged"):
        batch.BatchJobState.from_dict(data)


def test_a_state_of_before_resumes(batch: Any) -> None:
    """Counters that are newer than a state are those of a run that begins."""
    data = batch.BatchJobState().to_dict()
    data["counters"] = {"steps": 3, "retries": {}, "keys": {}, "repeated": "", "waits": 0, "waited": 0.0}
    assert batch.BatchJobState.from_dict(data).counters.steps == 3


@pytest.mark.parametrize("way", ["run", "advance", "many"])
def test_steps_count_over_waits(way: str) -> None:
    module = compiled_job("standalone").module if way != "many" else many_job().module
    with FakeBatchApi(final=None) as fake:
        clock = Clock()
        client, inputs = client_of(module, fake, clock, max_steps=20), inputs_of(module)
        with pytest.raises(module.StepBudgetSpent):
            if way == "run":
                module.run_batch_job(client, inputs)
            elif way == "advance":
                state = None
                while True:
                    state = again(module.advance_batch_job(client, inputs, state).state)
            else:
                (outcome,) = module.run_many(client, [inputs])
                raise outcome.error
        assert len(fake.requests) == 20


def many_job() -> Any:
    from arazzoc.config import Config
    from building import compile_path
    from conftest import EXAMPLE

    return compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=Config(extras=frozenset({"many"})))


def test_errors_survive_pickling(batch: Any) -> None:
    """Each class, with its message and what it tells of the step, but without inputs and outputs."""
    result = batch.StepResult("w", "s", 500, outputs={"key": KEY}, unmet="$statusCode == 200", given=KEY, returned=KEY)
    inner = batch.StepFailed(result._replace(step="inner"), {"key": KEY})
    errors = {
        batch.InputsInvalid: batch.InputsInvalid("w", ["a is missing"]),
        batch.StepFailed: batch.StepFailed(result._replace(error=inner), {"key": KEY}),
        batch.UnhandledOutcome: batch.UnhandledOutcome(result, "nothing matches", ["a needs b"]),
    }
    for kind in every(batch.WorkflowError):
        error = errors.get(kind) or kind("why")
        for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(copied) is kind and str(copied) == str(error) and copied.args == error.args
            assert getattr(copied, "problems", None) == getattr(error, "problems", None)
            if hasattr(error, "result"):
                assert (copied.result.step, copied.result.status_code) == ("s", 500)
        assert KEY.encode() not in pickle.dumps(error)


def every(kind: Any) -> list[Any]:
    return [kind, *(below for one in kind.__subclasses__() for below in every(one))]


# Secret outputs


def test_an_idempotency_key_is_stored_before_its_request(wire: Wire, tmp_path: Path) -> None:
    """So that a process that dies with the request in flight leaves the key to the one that sends it again."""
    document = workflow_of({"stepId": "add", "operationId": "add"})
    module = compile_documents(tmp_path, document, api_of(("post", "/x", "add")), idempotency_key=True).module
    client = module.Client(api=wire.url)
    first = module.advance_flow(client)
    assert (wire.requests, first.wait, first.outputs) == ([], 0, None)
    for _ in range(2):
        module.advance_flow(client, again(first.state))
    sent = [request.headers["Idempotency-Key"] for request in wire.requests]
    assert sent == [first.state.counters.keys["add"]] * 2
