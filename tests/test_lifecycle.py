"""The second example: several workflows over one API, each by itself and called by another."""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from arazzoc.config import Config
from batch_job import KEY, Clock
from building import SUPPORT, compile_path
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi

LINES = (EXAMPLE / "requests.jsonl").read_bytes()
WITHOUT_MODEL = b'{"custom_id": "bad", "method": "POST", "url": "/v1/chat/completions", "body": {}}\n'
ENDPOINT, ID = "/v1/chat/completions", "batch_1"


@pytest.fixture(scope="module", params=["standalone", "shared"])
def batches(request: pytest.FixtureRequest) -> Any:
    config = Config(support=SUPPORT if request.param == "shared" else "", extras=frozenset({"many"}))
    result = compile_path(EXAMPLE / "batch-lifecycle.arazzo.yml", config=config)
    assert set(result.codes) == {"ARZ501"}, result.messages
    return result.module


def client_of(batches: Any, fake: FakeBatchApi, **options: Any) -> Any:
    clock = Clock()
    return batches.Client(openai_api=fake.url, **{"sleep": clock.sleep, "clock": clock, **options})


def whole(batches: Any, content: bytes = LINES) -> Any:
    return batches.WholeBatchInputs(api_key=KEY, requests=content, endpoint=ENDPOINT)


def ids(content: bytes | None) -> list[str]:
    """The requests that lines belong to; the API gives them in an order of its own."""
    return sorted(json.loads(line)["custom_id"] for line in (content or b"").splitlines())


CAPITALS = ["capital-1", "capital-2", "capital-3"]


@pytest.mark.parametrize("no_file", [None, ""])
@pytest.mark.parametrize(
    ("final", "content", "results", "errors", "action"),
    [
        ("completed", LINES, CAPITALS, [], "leavesResults"),
        ("completed", LINES + WITHOUT_MODEL, CAPITALS, ["bad"], "leavesResults"),
        ("completed", WITHOUT_MODEL, [], ["bad"], "leavesErrorsOnly"),
        ("expired", LINES, CAPITALS[:2], CAPITALS[2:], "leavesResults"),
        ("expired", WITHOUT_MODEL, [], ["bad"], "leavesErrorsOnly"),
        ("cancelled", LINES, CAPITALS[:2], [], "leavesResults"),
        ("failed", LINES, [], [], "leavesNothing"),
    ],
)
def test_each_outcome_has_an_action(
    batches: Any, final: str, content: bytes, results: list[str], errors: list[str], action: str, no_file: str | None
) -> None:
    """Whatever is there is fetched, and nothing else: neither null nor an empty text is the id of a file."""
    seen: list[Any] = []
    with FakeBatchApi(final, key=KEY, no_file=no_file) as fake:
        outputs = batches.run_whole_batch(client_of(batches, fake, on_progress=seen.append), whole(batches, content))
    assert (outputs.status, ids(outputs.results), ids(outputs.errors)) == (final, results, errors)
    assert [p.action for p in seen if p.step == "awaitEnd"][-1] == action
    downloads = [request for request in fake.requests if request.endswith("/content")]
    expected = [name for name, found in (("file-output", results), ("file-error", errors)) if found]
    assert downloads == [f"GET /v1/files/{name}/content" for name in expected]


@pytest.mark.parametrize("no_file", [None, ""])
def test_a_batch_that_is_cancelled_before_it_begins_leaves_no_file(batches: Any, no_file: str | None) -> None:
    with FakeBatchApi(None, no_file=no_file) as fake:
        stop = client_of(
            batches, fake, on_progress=lambda p: p.step == "awaitEnd" and p.attempt == 1 and fake.cancel(ID)
        )
        outputs = batches.run_whole_batch(stop, whole(batches))
    assert (outputs.status, outputs.results, outputs.errors) == ("cancelled", None, None)
    assert not [request for request in fake.requests if "/files/" in request]


def test_a_batch_that_fails_tells_why(batches: Any) -> None:
    with FakeBatchApi() as fake:
        outputs = batches.run_whole_batch(client_of(batches, fake), whole(batches, LINES + LINES))
    assert (outputs.status, outputs.results, outputs.errors) == ("failed", None, None)
    assert [(p["line"], p["code"]) for p in outputs.problems["data"]] == [(n, "duplicate_custom_id") for n in (4, 5, 6)]


def test_an_api_that_is_busy_is_asked_again(batches: Any) -> None:
    """Where reading is all that the step does; what creates something is sent once."""
    clock = Clock()
    with FakeBatchApi(retry_after="40") as fake:

        def trouble(progress: Any) -> None:
            if progress.step == "awaitEnd" and progress.attempt == 2 and not progress.wait:
                fake.busy = 3

        client = client_of(batches, fake, sleep=clock.sleep, clock=clock, on_progress=trouble)
        assert batches.run_whole_batch(client, whole(batches)).status == "completed"
        assert clock.waits.count(40) == 3
        fake.busy = 1
        with pytest.raises(batches.StepFailed, match=r"uploadInput: .*HTTP 429"):
            batches.run_whole_batch(client, whole(batches))


def test_files_are_streamed_to_paths_on_request(batches: Any, tmp_path: Path) -> None:
    paths = {step: str(tmp_path / f"{step}.jsonl") for step in ("fetchResults", "fetchErrors")}
    with FakeBatchApi() as fake:
        client = client_of(batches, fake, save_body=lambda workflow, step: paths.get(step))
        outputs = batches.run_whole_batch(client, whole(batches, LINES + WITHOUT_MODEL))
    assert (outputs.results, outputs.errors) == (paths["fetchResults"], paths["fetchErrors"])
    assert ids(Path(outputs.results).read_bytes()) == CAPITALS
    assert ids(Path(outputs.errors).read_bytes()) == ["bad"]


def test_a_batch_is_cancelled(batches: Any) -> None:
    with FakeBatchApi(None) as fake:
        client = client_of(batches, fake)
        started = batches.run_start_batch(
            client, batches.StartBatchInputs(api_key=KEY, requests=LINES, endpoint=ENDPOINT)
        )
        inputs = batches.CancelBatchInputs(api_key=KEY, batch_id=started.batch_id)
        assert batches.run_cancel_batch(client, inputs).status == "cancelled"
        with pytest.raises(batches.StepFailed, match="HTTP 409"):
            batches.run_cancel_batch(client, inputs)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_batches_are_listed_page_by_page(batches: Any, count: int) -> None:
    with FakeBatchApi(None) as fake:
        client = client_of(batches, fake)
        for _ in range(count):
            batches.run_start_batch(client, batches.StartBatchInputs(api_key=KEY, requests=LINES, endpoint=ENDPOINT))
        fake.requests.clear()
        seen: list[Any] = []
        outputs = batches.run_list_batches(
            client_of(batches, fake, on_checkpoint=lambda s: seen.extend(b["id"] for b in s.next_page.batches)),
            batches.ListBatchesInputs(api_key=KEY, limit=2),
        )
        assert seen == [f"batch_{n}" for n in range(count, 0, -1)]
        assert [b["id"] for b in outputs.last_page] == seen[-(count % 2 or 2) :]
        assert fake.requests[0] == "GET /v1/batches?limit=2"
        assert len(fake.requests) == max(1, -(-count // 2))


def test_the_whole_life(batches: Any, caplog: pytest.LogCaptureFixture) -> None:
    saved: list[str] = []
    with FakeBatchApi(key=KEY) as fake, caplog.at_level(logging.DEBUG):
        client = client_of(batches, fake, on_checkpoint=lambda s: saved.append(json.dumps(s.to_dict())))
        inputs = batches.LifecycleInputs(api_key=KEY, requests=LINES, endpoint=ENDPOINT)
        outputs = batches.run_lifecycle(client, inputs)
    assert (outputs.first_status, outputs.second_status) == ("completed", "cancelled")
    assert ids(outputs.results) == CAPITALS
    assert KEY not in "".join(saved) + caplog.text
    assert {json.loads(text)["workflow"] for text in saved} == {"lifecycle"}


class Killed(BaseException):
    """The process is gone."""


def test_it_resumes_at_every_boundary(batches: Any) -> None:
    """Within the workflows that it calls too, and without doing anything twice."""

    def run(fake: FakeBatchApi, limit: int, text: str | None) -> tuple[str | None, Any]:
        kept = text

        def keep(state: Any) -> None:
            nonlocal kept, limit
            kept, limit = json.dumps(state.to_dict()), limit - 1
            if limit == 0:
                raise Killed

        inputs = batches.LifecycleInputs(api_key=KEY, requests=LINES, endpoint=ENDPOINT)
        state = batches.LifecycleState.from_dict(json.loads(text)) if text else None
        try:
            return kept, batches.run_lifecycle(client_of(batches, fake, on_checkpoint=keep), inputs, state)
        except Killed:
            return kept, None

    with FakeBatchApi() as fake:
        _, expected = run(fake, 0, None)
        asked = list(fake.requests)
    for limit in itertools.count(1):
        with FakeBatchApi() as fake:
            text, outputs = run(fake, limit, None)
            if outputs is not None:
                break
            _, outputs = run(fake, 0, text)
            assert outputs == expected and fake.requests == asked, limit
    assert limit > 15


# Many runs


def test_two_hundred_runs_in_threads(batches: Any) -> None:
    """One client serves them all; each polls its own batch."""
    with FakeBatchApi() as fake:
        session = requests.Session()
        session.mount("http://", HTTPAdapter(pool_maxsize=200))
        policy = batches.Polling(interval=0.001, backoff=1)
        client = batches.Client(openai_api=fake.url, polling=policy, session=session)
        outputs: list[Any] = []
        threads = [
            threading.Thread(target=lambda: outputs.append(batches.run_whole_batch(client, whole(batches))))
            for _ in range(200)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({o.batch_id for o in outputs}) == 200 and {o.status for o in outputs} == {"completed"}
        assert len(fake.requests) == 200 * (1 + 1 + 4 + 1)


def test_many_runs_by_a_few_threads(batches: Any) -> None:
    """Results come as runs end; the failure of one touches no other."""
    started = threading.active_count()
    with FakeBatchApi() as fake:
        client = batches.Client(openai_api=fake.url, polling=batches.Polling(interval=0.05, backoff=1))
        inputs = [whole(batches, b"" if n % 10 == 3 else LINES) for n in range(40)]
        ended = []
        for run in batches.run_many(client, inputs, workers=3):
            ended.append(run)
            assert threading.active_count() - started < 20, "workers, and what serves them, but no thread a run"
        assert len(ended) == 40 and {id(r.inputs) for r in ended} == {id(i) for i in inputs}
        failed = [r for r in ended if r.error is not None]
        assert len(failed) == 4 and all(isinstance(r.error, batches.StepFailed) for r in failed)
        assert {r.outputs.status for r in ended if r.error is None} == {"completed"}
        assert [r.error is None for r in ended].index(False) < 12, "those that fail are not kept back"
        resumed = batches.run_whole_batch(client, whole(batches), failed[0].state)
        assert resumed.status == "completed"


class Stub:
    """A session that answers at once: a batch is in progress until it has been asked for `reads` times."""

    def __init__(self, reads: int) -> None:
        self.reads, self.asked, self.count = reads, dict[str, int](), itertools.count(1)

    def request(self, method: str, url: str, **_: Any) -> Any:
        if url.endswith("/content"):
            return Answer(b'{"custom_id": "x"}\n', "application/jsonl")
        number = next(self.count)
        if method == "POST":
            body: Any = {"id": f"id_{number}", "status": "validating"}
        else:
            self.asked[url] = self.asked.get(url, 0) + 1
            is_done = self.asked[url] >= self.reads
            body = {"id": url, "status": "completed" if is_done else "in_progress", "output_file_id": "f"}
        return Answer(json.dumps(body).encode(), "application/json")

    def close(self) -> None:
        pass


class Answer:
    ok, status_code = True, 200

    def __init__(self, content: bytes, kind: str) -> None:
        self.content, self.headers = content, {"Content-Type": kind}

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def iter_content(self, _: int) -> list[bytes]:
        return [self.content]


@pytest.mark.slow
def test_five_thousand_waiting_runs(batches: Any) -> None:
    """A run that waits costs its state, not a thread."""
    stub, clock = Stub(3), Clock()
    counted: list[int] = []
    threads = threading.active_count()

    def sleep(seconds: float) -> None:
        if not counted:  # the first time that nothing is to be done: all runs wait
            counted.extend([tracemalloc.get_traced_memory()[0], threading.active_count() - threads])
        clock.sleep(seconds)

    client = batches.Client(openai_api="https://x.test", session=stub, sleep=sleep, clock=clock)
    shared = whole(batches)
    tracemalloc.start()
    try:
        ended = list(batches.run_many(client, (shared for _ in range(5000)), workers=4))
    finally:
        tracemalloc.stop()
    assert len(ended) == 5000 and {r.error for r in ended} == {None}
    assert set(stub.asked.values()) == {3}
    memory, workers = counted
    assert workers <= 4 and memory / 5000 < 3000, f"{memory / 5000:.0f} bytes a run"


def test_many_runs_are_cancelled(batches: Any) -> None:
    stop = threading.Event()
    client = batches.Client(openai_api="https://x.test", session=Stub(10**9), cancel=stop)
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    ended = list(batches.run_many(client, [whole(batches)] * 50, workers=4))
    assert time.monotonic() - begun < 4, "waits of five seconds are cut short"
    assert len(ended) == 50 and all(isinstance(r.error, batches.RunCancelled) for r in ended)


def test_a_wait_is_cancelled(batches: Any) -> None:
    stop = threading.Event()
    client = batches.Client(openai_api="https://x.test", session=Stub(10**9), cancel=stop)
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(batches.RunCancelled, match="whole-batch: cancelled before step awaitEnd"):
        batches.run_whole_batch(client, whole(batches))
    assert time.monotonic() - begun < 4


def test_ten_thousand_polls_in_constant_memory(batches: Any) -> None:
    stub, clock = Stub(10_000), Clock()
    policy = batches.Polling(interval=1, backoff=1, timeout=1e9)
    waits: list[int] = []

    def sleep(seconds: float) -> None:
        clock.now += seconds
        if len(waits) < 2 and stub.asked and next(iter(stub.asked.values())) in (1000, 9999):
            waits.append(tracemalloc.get_traced_memory()[0])

    client = batches.Client(openai_api="https://x.test", session=stub, sleep=sleep, clock=clock, polling=policy)
    tracemalloc.start()
    try:
        assert batches.run_whole_batch(client, whole(batches)).status == "completed"
    finally:
        tracemalloc.stop()
    assert waits[1] - waits[0] < 200_000  # nine thousand polls that leave an object each would be more
