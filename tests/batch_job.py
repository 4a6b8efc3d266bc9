"""What the tests of the batch job share: the module, its client and inputs, and a clock that nobody waits for."""

from __future__ import annotations

from typing import Any

from arazzoc.config import Config, Extra
from building import SUPPORT, Result, compile_path
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi

KEY = "sk-very-secret-0123456789"
LINES = (EXAMPLE / "requests.jsonl").read_bytes()
COMMAND = frozenset[Extra]({"command"})


def compiled_job(form: str) -> Result:
    """The batch workflow with its own support ("standalone"), or with one that other modules can share ("shared")."""
    config = Config(support=SUPPORT if form == "shared" else "", extras=COMMAND)
    return compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=config)


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def client_of(batch: Any, fake: FakeBatchApi, clock: Clock | None = None, **options: Any) -> Any:
    clock = clock or Clock()
    return batch.Client(openai_api=fake.url, sleep=clock.sleep, clock=clock, **options)


def inputs_of(batch: Any, content: Any = LINES) -> Any:
    return batch.BatchJobInputs(api_key=KEY, batch_input_file=content, endpoint="/v1/chat/completions")
