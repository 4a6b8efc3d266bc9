"""Pacing, checkpoints and progress of one run."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from arazzoc.runtime.client import Client
from arazzoc.runtime.errors import (
    PollTimeout,
    RequestNotSent,
    RunCancelled,
    StepBudgetSpent,
    StepTimeout,
    UnhandledOutcome,
    WorkflowError,
)
from arazzoc.runtime.exchange import log
from arazzoc.runtime.results import OutputsT, Progress, StepResult

P = ParamSpec("P")


@dataclass(slots=True, kw_only=True)
class Pace:
    """What a run has done of what is bounded: a part of its state."""

    steps: int = 0
    # only: retries
    retries: dict[str, dict[str, int]] = field(
        default_factory=dict[str, dict[str, int]]
    )
    # end
    keys: dict[str, str] = field(default_factory=dict[str, str])  # only: keys
    repeated: str = ""  # only: polling
    waits: int = 0  # only: polling
    waited: float = 0.0  # only: polling


class Run:
    """Pacing, checkpoints and progress of one run."""

    def __init__(self, client: Client, workflow: str, state: Any) -> None:
        self.client, self.workflow, self.state = client, workflow, state
        self.last: Progress | None = None
        self.pause = 0.0  # only: waits
        self.pace: Pace = getattr(state, "pace", None) or Pace()  # only: pace
        self.since = client.clock()  # only: polling
        # only: recursion
        if client.depth > client.max_depth:
            raise StepBudgetSpent(
                f"{workflow}: workflows call each other {client.depth} levels deep"
            )
        # end
        if client.cancel.is_set():
            self.stop()

    def require(self, result: StepResult[OutputsT, Any]) -> OutputsT:
        """The outputs of a step that has been run; StepFailed where it failed."""
        if result.action is not None or self.client.on_progress is not None:
            self.note(result)
        return result.require()

    def check(self, result: StepResult[Any, Any]) -> None:
        """Raise StepFailed unless a step that has been run succeeded."""
        if result.action is not None or self.client.on_progress is not None:
            self.note(result)
        result.check()

    def failed(self, result: StepResult[Any, Any]) -> bool:
        """Whether a step that has been run failed."""
        self.note(result)
        return result.unmet is not None

    def note(self, result: StepResult[Any, Any]) -> None:
        """Tell of a step that has been run."""
        attempt = 1
        # only: retries
        attempt += sum(self.pace.retries.get(self.state.next_step, {}).values())
        # end
        # only: polling
        attempt += self.pace.waits if self.pace.repeated == result.step else 0
        # end
        self.last = Progress(
            result.workflow,
            result.step,
            attempt,
            result.status_code,
            result.action,
            0.0,
        )
        if self.client.on_progress is not None:
            self.client.on_progress(self.last)

    # only: must_match
    def unhandled(self, result: StepResult[Any, Any], actions: Sequence[str]) -> None:
        """Raise UnhandledOutcome, unless the client is told to go on with the next
        step.
        """
        if self.client.unhandled == "raise":
            raise UnhandledOutcome(result, actions)
        log.warning(
            "%s: no success action matches %s; going on", result.place, result.outputs
        )

    # end
    # only: polling
    def wait(self, result: StepResult[Any, Any]) -> None:
        """Let the next checkpoint wait: as long as the response asks, else by the
        polling policy.
        """
        client, pace, now = self.client, self.pace, self.client.clock()
        polling = client.step_polling.get(result.step, client.polling)
        if pace.repeated != result.step:
            pace.repeated, pace.waits, pace.waited = result.step, 0, 0.0
            self.since = now
        pause = min(
            polling.interval * polling.backoff ** min(pace.waits, 1000),
            max(polling.interval, polling.max_interval),
        )
        if polling.jitter:
            pause *= 1 + random.uniform(0, polling.jitter)
        if result.retry_after is not None:
            pause = min(result.retry_after, client.max_retry_after)
        pace.waited += now - self.since + pause
        self.since = now + pause
        if pace.waited > polling.timeout:
            raise PollTimeout(
                f"{result.place}: still waiting after {polling.timeout:g} s ({result.outputs})"
            )
        self.pause = pause
        pace.waits += 1

    # end
    # only: retries
    def spent(self, limits: Mapping[str, int]) -> list[str]:
        """The actions that have retried the present step as often as they may."""
        counts = self.pace.retries.get(self.state.next_step, {})
        return [name for name, limit in limits.items() if counts.get(name, 0) >= limit]

    def retry(self, result: StepResult[Any, Any], action: str, after: float) -> None:
        """Let the next checkpoint wait: as long as the response asks, else `after` seconds."""
        self.pause = after
        if result.retry_after is not None:
            self.pause = min(result.retry_after, self.client.max_retry_after)
        counts = self.pace.retries.setdefault(self.state.next_step, {})
        counts[action] = counts.get(action, 0) + 1

    # end
    # only: pace
    def leave(self) -> None:
        """Leave the present step: its next visit has all retries again."""
        self.pace.retries.pop(self.state.next_step, None)  # only: retries
        self.pace.keys.pop(self.state.next_step, None)  # only: keys

    # end
    # only: keys
    def key(self) -> str:
        """The idempotency key of the present step: the same for all its attempts, and saved
        before the first one.
        """
        step = self.state.next_step
        if step not in self.pace.keys:
            self.pace.keys[step] = str(uuid.uuid4())
            if self.client.on_checkpoint is not None:
                self.client.on_checkpoint(self.state)
        return self.pace.keys[step]

    # end
    # only: vias
    def gave_up(self, result: StepResult[Any, Any]) -> None:
        """Note that a step which runs before a retry has failed: the retry goes on all the
        same.
        """
        log.warning(
            "%s: %s does not hold (%s)%s",
            result.place,
            result.unmet,
            result.status,
            result.excerpt,
        )

    def beforehand(
        self, runner: Callable[P, Any], *arguments: P.args, **options: P.kwargs
    ) -> None:
        """Run a workflow before a retry; if it fails, the retry goes on all the same."""
        try:
            runner(*arguments, **options)
        except (RunCancelled, StepBudgetSpent):
            raise
        except WorkflowError as error:
            log.warning("%s", error)

    # end
    # only: needs
    def needs(self, steps: Mapping[str, bool]) -> None:
        """Refuse to go on before these steps have succeeded."""
        for step, is_done in steps.items():
            if not is_done:
                raise RequestNotSent(
                    f"{self.workflow}, step {self.state.next_step}: it needs {step}, which is not done"
                )

    # end
    # only: nested
    @property
    def inner(self) -> Client:
        """The client for a workflow that runs within this one: its checkpoints are this
        run's.
        """
        inner = copy.copy(self.client)
        inner.depth += 1  # only: recursion

        keep = self.client.on_checkpoint
        if keep is not None:

            def save(_: Any) -> None:
                keep(self.state)

            inner.on_checkpoint = save
        return inner

    # end
    def tell(self, progress: Progress) -> None:
        """Log what a step has come to, and tell of the wait that follows."""
        code = progress.status_code
        said = "no response" if code is None else f"HTTP {code}"
        said += f", attempt {progress.attempt}, {progress.action}"
        # only: waits
        if self.pause > 0:
            said += f", waiting {self.pause:g} s"
            if self.client.on_progress is not None:
                self.client.on_progress(progress._replace(wait=self.pause))
        # end
        log.info("%s: %s", progress.step, said)

    def stop(self) -> None:
        """Raise RunCancelled, unless the run is at its end."""
        if self.state.next_step is not None:
            raise RunCancelled(
                f"{self.workflow}: cancelled before step {self.state.next_step}"
            )

    def checkpoint(self) -> None:
        """Save the state, and only then wait where that is due."""
        if self.client.on_checkpoint is not None:
            self.client.on_checkpoint(self.state)
        last, self.last = self.last, None
        if last is not None and last.action is not None:
            self.tell(last)
        # only: waits
        if self.pause > 0:
            pause, self.pause = self.pause, 0.0
            # only: deadlines
            if (
                self.client.deadline is not None
                and self.client.clock() + pause > self.client.deadline
            ):
                raise StepTimeout(
                    f"{self.workflow}: the time of the step that calls it is over"
                )
            # end
            self.client.sleep(pause)
        # end
        if self.client.cancel.is_set():
            self.stop()
        # only: polling
        self.pace.steps += 1
        if (
            self.pace.steps >= self.client.max_steps
            and self.state.next_step is not None
        ):
            raise StepBudgetSpent(
                f"{self.workflow}: {self.pace.steps} steps and no end in sight"
            )
        # end
