"""One batch in a folder of its own: its files, its state, and the run that brings it to its end."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generated.batch_lifecycle import (
    AwaitEndOutputs,
    Batch,
    CancelBatchInputs,
    Client,
    CreateBatchOutputs,
    Polling,
    StateInvalid,
    WholeBatchInputs,
    WholeBatchOutputs,
    WholeBatchState,
    await_end,
    next_page,
    run_cancel_batch,
    run_whole_batch,
)

from batch_requests import Requests
from batch_results import Joined, find_results, join

if sys.platform != "win32":
    import fcntl


class JobInvalid(Exception):
    """A folder that does not hold a batch, or not the one that is asked for."""


@dataclass
class Job:
    """A batch: what it is made of, where it stands, and where its files are."""

    folder: Path
    requests: Requests
    base_url: str
    started: float = field(default_factory=time.time)
    run: WholeBatchState = field(default_factory=WholeBatchState)

    def path(self, name: str) -> Path:
        """Return a file of the folder."""
        return self.folder / name

    def save(self) -> None:
        """Write where the batch stands in one go, so that a kill at any moment leaves a state."""
        data = {
            "requests": asdict(self.requests),
            "base_url": self.base_url,
            "started": self.started,
            "run": self.run.to_dict(),
        }
        unfinished = self.path("state.json.part")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path("state.json"))

    @property
    def batch_id(self) -> str | None:
        """The batch, once it is known to be created."""
        inner = self.run.start_run
        created = self.run.start or (inner.create_batch if inner is not None else None)
        return created.batch_id if created is not None else None

    @property
    def has_ended(self) -> bool:
        """Whether all is fetched."""
        return self.run.next_step is None


def load(folder: Path) -> Job | None:
    """Return the batch of a folder, or None where there is none yet.

    Raises:
        JobInvalid: the state is damaged, or of another version of the workflow.
    """
    path = folder / "state.json"
    try:
        data = json.loads(path.read_bytes())
        run = WholeBatchState.from_dict(data["run"])
        return Job(folder, Requests(**data["requests"]), str(data["base_url"]), float(data["started"]), run)
    except FileNotFoundError:
        return None
    except StateInvalid as error:
        raise JobInvalid(f"{path}: {error}") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise JobInvalid(f"{path}: not the state of a batch ({type(error).__name__})") from None


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Keep other processes from running the batch of a folder; False where one does so already."""
    with (folder / ".lock").open("w") as file:
        is_free = True
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                is_free = False
        yield is_free


# Running


def client_for(base_url: str, interval: float) -> Client:
    """Return a client that looks at batches every so many seconds, and less often later.

    A batch ends by itself within little more than a day, so neither time nor steps need a limit.
    """
    pace = Polling(interval=interval, max_interval=max(60.0, interval), timeout=math.inf)
    return Client(openai_api=base_url, timeout=300, max_steps=sys.maxsize, polling=pace)


def run_to_end(job: Job, client: Client, key: str, note: Callable[[str], None]) -> WholeBatchOutputs:
    """Bring a batch from where it stands to its end, and fetch what it leaves; `note` is told how it stands.

    Raises:
        WorkflowError: it cannot go on now. The state is saved, so that the run can be resumed.
    """
    paths = {"fetchResults": job.path("results.jsonl"), "fetchErrors": job.path("errors.jsonl")}

    def keep(_: Any) -> None:
        job.save()
        note(standing(job))

    client.on_checkpoint = keep
    client.save_body = lambda workflow, step: str(paths[step]) if step in paths else None
    find_created(job, client, key)
    if job.run.fetch_results is not None and not paths["fetchResults"].exists():
        job.run.next_step = "fetchResults"
    elif job.run.fetch_errors is not None and not paths["fetchErrors"].exists():
        job.run.next_step = "fetchErrors"
    note(standing(job))
    inputs = WholeBatchInputs(api_key=key, requests=job.path("requests.jsonl"), endpoint=job.requests.url)
    return run_whole_batch(client, inputs, job.run)


def find_created(job: Job, client: Client, key: str) -> None:
    """Find the batch of a run that ended after it had asked for it, and before it knew that it has it.

    Such a batch works, and costs, and must not be created a second time. No other one has the file that was uploaded.
    """
    inner = job.run.start_run
    if inner is None or inner.next_step != "createBatch" or inner.upload_input is None:
        return
    for batch in all_batches(client, key):
        if batch["created_at"] < job.started - 24 * 3600:  # batches are listed by age; clocks may differ
            return
        if batch["input_file_id"] == inner.upload_input.file_id:
            inner.create_batch, inner.next_step = CreateBatchOutputs(batch_id=batch["id"]), None
            job.save()
            return


def cancel_batch(client: Client, key: str, batch_id: str, note: Callable[[str], None]) -> str:
    """Cancel a batch unless it has ended, wait until it is cancelled (up to ten minutes), and return its status."""
    outputs = await_end(client, api_key=key, batch_id=batch_id).require()
    if outputs.status in ("completed", "failed", "expired", "cancelled"):
        return f"{outputs.status} already"
    note(f"{batch_id}: cancelling")
    ended = run_cancel_batch(client, CancelBatchInputs(api_key=key, batch_id=batch_id))
    return ended.status or ended.asked


def all_batches(client: Client, key: str) -> Iterator[Batch]:
    """Yield all batches of the account, the newest first; a page is read when it is needed."""
    last: str | None = None
    while True:
        page = next_page(client, api_key=key, limit=100, last=last)
        outputs = page.require()
        yield from outputs.batches
        last = outputs.last
        if page.action != "more" or not last:
            return


def standing(job: Job) -> str:
    """Return how a batch stands, as one line."""
    inner, run = job.run.start_run, job.run
    if run.await_end is not None:
        return f"{job.batch_id}: {progress(run.await_end)}"
    if job.batch_id is not None:
        return f"{job.batch_id}: created"
    if inner is not None and inner.upload_input is not None:
        return f"uploaded as {inner.upload_input.file_id}"
    return f"uploading {job.requests.count:,} requests"


def progress(outputs: AwaitEndOutputs) -> str:
    """Return the status of a batch, and how many of its requests are done."""
    counts = outputs.counts
    if not counts or not counts["total"]:
        return outputs.status
    done, failed = f"{counts['completed']:,} of {counts['total']:,} done", counts["failed"]
    return f"{outputs.status}, {done}, {failed:,} failed" if failed else f"{outputs.status}, {done}"


def joined(job: Job) -> Joined:
    """Join what a batch left to its requests, as joined.jsonl and joined.csv.

    Raises:
        JobInvalid: a file was not saved.
    """
    fetched = {"results.jsonl": job.run.fetch_results, "errors.jsonl": job.run.fetch_errors}
    paths = [job.path(name) for name, outputs in fetched.items() if outputs is not None]
    for path in paths:
        if not path.exists():
            raise JobInvalid(f"{path} is not there: the API declared its content as JSON, not as a file")
    results = find_results(paths)
    return join(job.path("requests.jsonl"), results, job.path("joined.jsonl"), job.path("joined.csv"))
