"""Many runs at once, of which those that wait take no thread."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.results import OutputsT, Progress, StateT
from arazzoc.runtime.run import WorkflowState, types_of

# Run-time support: many runs at once

InputsT = TypeVar("InputsT")
ManyInputs: TypeAlias = Mapping[str, InputsT] | Iterable[InputsT | tuple[str, InputsT]]
"""Inputs by the keys of their runs, or pairs of both; or inputs alone, whose keys are
their numbers.
"""


@dataclass(frozen=True, slots=True)
class RunOutcome(Generic[InputsT, OutputsT, StateT]):
    """How one of many runs ended: `error` is None where it finished. Otherwise it is the
    exception that ended the run, which can be resumed from `state`.
    """

    key: str
    inputs: InputsT
    outputs: OutputsT | None
    error: BaseException | None
    state: StateT | None


def run_each(
    advances: Mapping[type, Callable[..., Any]],
    client: BaseClient,
    inputs: ManyInputs[Any],
    workers: int,
    states: Mapping[str, Any] | None,
    on_checkpoint: Callable[[str, Any], None] | None,
) -> Iterator[RunOutcome[Any, Any, Any]]:
    """Run for each of the inputs the workflow of their type, by a few threads, and yield
    each outcome when it is known.
    """
    from concurrent import futures

    active = dict[futures.Future[Any], _Running]()
    waiting: list[tuple[float, int, _Running]] = []
    numbers, pause, keys = itertools.count(), 0.0, set[str]()
    fresh, saved = _with_keys(inputs), states or {}
    with futures.ThreadPoolExecutor(workers) as pool:
        while True:
            while len(active) < workers:
                pause = waiting[0][0] - client.clock() if waiting else math.inf
                if waiting and (pause <= 0 or client.cancel.is_set()):
                    run = heapq.heappop(waiting)[2]
                elif (item := next(fresh, None)) is None:
                    break
                else:
                    is_twice = item[0] in keys
                    keys.add(item[0])
                    state = None if is_twice else saved.get(item[0])
                    run = _Running(*item, state, is_twice)
                    is_state = isinstance(run.state, WorkflowState)
                    left = run.state.wait_left(client.now()) if is_state else 0.0
                    if left > 0 and not client.cancel.is_set():
                        due = client.clock() + left
                        heapq.heappush(waiting, (due, next(numbers), run))
                        continue
                active[pool.submit(run.go_on, advances, client, on_checkpoint)] = run
            if not active and not waiting:
                return
            if not active:
                (client.sleep or client.cancel.wait)(pause)
                continue
            limit = pause if waiting and len(active) < workers else None
            for answer in futures.wait(active, limit, futures.FIRST_COMPLETED).done:
                run, error = active.pop(answer), answer.exception()
                wait, outputs = (0.0, None) if error else answer.result()
                if error is None and outputs is None:
                    due = client.clock() + wait
                    heapq.heappush(waiting, (due, next(numbers), run))
                else:
                    yield RunOutcome(run.key, run.inputs, outputs, error, run.state)


def _with_keys(given: Any) -> Iterator[tuple[str, Any]]:
    """The inputs of runs with their keys."""
    if isinstance(given, Mapping):
        yield from cast("Mapping[str, Any]", given).items()
        return
    for number, item in enumerate(given):
        is_pair = item.__class__ is tuple and len(item) == 2
        has_key = is_pair and isinstance(item[0], str)
        yield item if has_key else (str(number), item)


@dataclass(slots=True)
class _Running:
    """One of many runs: its state, and its client while that has cookies."""

    key: str
    inputs: Any
    state: Any = None
    is_twice: bool = False
    client: Any = None

    def go_on(
        self,
        advances: Mapping[type, Callable[..., Any]],
        client: BaseClient,
        on_checkpoint: Callable[[str, Any], None] | None,
    ) -> tuple[float, Any]:
        """Run until it has to wait or has ended: the seconds, and the outputs."""
        kinds = type(self.inputs).__mro__
        advance = next((advances[kind] for kind in kinds if kind in advances), None)
        if self.is_twice:
            raise ValueError(f"run {self.key}: another run has this key")
        if advance is None:
            known = " or ".join(kind.__name__ for kind in advances)
            raise TypeError(f"run {self.key}: {kinds[0].__name__} is not {known}")
        if not isinstance(self.state, types_of(advance)["state"]):
            what = f"{type(self.state).__name__} is not a state of its workflow"
            raise TypeError(f"run {self.key}: {what}")

        def keep(state: Any) -> None:
            self.state = state
            if client.on_checkpoint is not None:
                client.on_checkpoint(state)
            if on_checkpoint is not None:
                on_checkpoint(self.key, state)

        own = self.client or client.of_run()
        own.on_checkpoint = keep
        if client.on_progress is not None:
            own.on_progress = partial(_with_key, self.key, client.on_progress)
        wait, outputs = 0.0, None
        while not wait and outputs is None:
            self.state, wait, outputs = advance(own, self.inputs, self.state)
        # a client takes more memory than a state: it is kept for its cookies only
        self.client = own if len(getattr(own.session, "cookies", ())) else None
        return wait, outputs


def _with_key(key: str, report: Callable[[Progress], None], progress: Progress) -> None:
    """Report the progress of one of many runs."""
    report(progress._replace(key=key))
