"""Many runs at once, of which those that wait take no thread."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.results import OutputsT

# Run-time support: many runs at once

InputsT = TypeVar("InputsT")
Runner: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class RunOutcome(Generic[InputsT, OutputsT]):
    """How one of many runs ended: `error` is None where it finished. Otherwise it is the
    exception that ended the run, which can be resumed from `state`.
    """

    inputs: InputsT
    outputs: OutputsT | None
    error: BaseException | None
    state: Any


def run_each(
    runners: Mapping[type, Runner],
    client: BaseClient,
    inputs_list: Iterable[InputsT],
    workers: int,
) -> Iterator[RunOutcome[InputsT, Any]]:
    """Run for each of the inputs the workflow of their type, by a few threads, and yield
    each outcome when it is known.
    """
    from concurrent import futures

    active = dict[futures.Future[Any], _Running[InputsT]]()
    waiting: list[tuple[float, int, _Running[InputsT]]] = []
    fresh, numbers, pause = map(_Running[InputsT], inputs_list), itertools.count(), 0.0
    with futures.ThreadPoolExecutor(workers) as pool:
        while True:
            while len(active) < workers:
                pause = waiting[0][0] - client.clock() if waiting else math.inf
                is_due = waiting and (pause <= 0 or client.cancel.is_set())
                run = heapq.heappop(waiting)[2] if is_due else next(fresh, None)
                if run is None:
                    break
                answer = pool.submit(run.advance, runners, client)
                active[answer] = run
            if not active and not waiting:
                return
            if not active:
                (client.sleep or client.cancel.wait)(pause)
                continue
            limit = pause if waiting and len(active) < workers else None
            for answer in futures.wait(active, limit, futures.FIRST_COMPLETED).done:
                run, error = active.pop(answer), answer.exception()
                if isinstance(error, _Waits):
                    due = client.clock() + error.args[0]
                    heapq.heappush(waiting, (due, next(numbers), run))
                else:
                    outputs = None if error else answer.result()
                    yield RunOutcome(run.inputs, outputs, error, run.state)


class _Waits(Exception):
    """A run has come to a wait of so many seconds."""


@dataclass(slots=True)
class _Running(Generic[InputsT]):
    """One of many runs, and its state."""

    inputs: InputsT
    state: Any = None
    client: Any = None

    def advance(self, runners: Mapping[type, Runner], client: BaseClient) -> Any:
        """Run to the end, and return the outputs; _Waits where it comes to a wait."""
        kinds = type(self.inputs).__mro__
        runner = next((runners[kind] for kind in kinds if kind in runners), None)
        if runner is None:
            raise TypeError(f"no workflow has inputs of the type {kinds[0].__name__}")

        def keep(state: Any) -> None:
            self.state = state
            if client.on_checkpoint is not None:
                client.on_checkpoint(state)

        def leave(seconds: float) -> None:
            raise _Waits(seconds)

        self.client = own = self.client or client.of_run()
        own.on_checkpoint, own.sleep = keep, leave
        own.blocking_sleep = client.sleep or client.cancel.wait
        return runner(own, self.inputs, self.state)
