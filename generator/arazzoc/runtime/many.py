"""Many runs at once, of which those that wait cost no thread."""

from __future__ import annotations

import copy
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from arazzoc.runtime.client import Client
from arazzoc.runtime.results import OutputsT

InputsT = TypeVar("InputsT")


@dataclass(frozen=True, slots=True)
class Ended(Generic[InputsT, OutputsT]):
    """How one of many runs ended.

    `error` is None where it finished. Otherwise its class tells failed, timed out,
    cancelled and unhandled runs apart, and the run can be resumed from `state`.
    """

    inputs: InputsT
    outputs: OutputsT | None
    error: BaseException | None
    state: Any


class Waits(Exception):
    """A run has come to a wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(slots=True)
class Running(Generic[InputsT]):
    """One of many runs, on its way: where it stands, and how long it waits there, -1 at
    its end.
    """

    inputs: InputsT
    state: Any = None
    wait: float = -1.0

    def advance(self, runner: Callable[..., Any], client: Client) -> Any:
        """Go on up to the next wait or to the end, which gives the outputs."""

        def keep(state: Any) -> None:
            self.state = state
            if client.on_checkpoint is not None:
                client.on_checkpoint(state)

        def leave(seconds: float) -> None:
            raise Waits(seconds)

        patient = copy.copy(client)
        patient.on_checkpoint, patient.sleep = keep, leave
        self.wait = -1.0
        try:
            return runner(patient, self.inputs, self.state)
        except Waits as waits:
            self.wait = waits.seconds


def run_each(
    runners: Mapping[type, Callable[..., Any]],
    client: Client,
    inputs_list: Iterable[InputsT],
    workers: int,
) -> Iterator[Ended[InputsT, Any]]:
    """Run for each of the inputs the workflow of their type, by a few threads, and yield
    each run as it ends.
    """
    from concurrent.futures import Future, ThreadPoolExecutor

    answers: SimpleQueue[tuple[Running[InputsT], Future[Any]]] = SimpleQueue()
    waiting: list[tuple[float, int, Running[InputsT]]] = []
    fresh, numbers, active = iter(inputs_list), itertools.count(), 0
    with ThreadPoolExecutor(workers) as pool:

        def start(run: Running[InputsT]) -> None:
            answer = pool.submit(run.advance, runners[type(run.inputs)], client)
            answer.add_done_callback(lambda done: answers.put((run, done)))

        while True:
            while active < workers:
                if waiting and (
                    waiting[0][0] <= client.clock() or client.cancel.is_set()
                ):
                    start(heapq.heappop(waiting)[2])
                elif (inputs := next(fresh, None)) is not None:
                    start(Running(inputs))
                else:
                    break
                active += 1
            if not active and not waiting:
                return
            pause = max(0.0, waiting[0][0] - client.clock()) if waiting else None
            if not active:
                client.sleep(pause or 0.0)
                continue
            try:
                run, answer = answers.get(timeout=pause if active < workers else None)
            except Empty:
                continue
            active -= 1
            if run.wait >= 0:
                heapq.heappush(waiting, (client.clock() + run.wait, next(numbers), run))
            else:
                error = answer.exception()
                yield Ended(
                    run.inputs, None if error else answer.result(), error, run.state
                )
