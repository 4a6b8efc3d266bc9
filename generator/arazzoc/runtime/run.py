"""Pacing and checkpoints of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arazzoc.runtime.client import Client
from arazzoc.runtime.errors import PollTimeout, StepBudgetSpent, UnhandledOutcome
from arazzoc.runtime.exchange import log
from arazzoc.runtime.results import StepResult


class Run:
    """Pacing and checkpoints of one run."""

    def __init__(self, client: Client, workflow: str, state: Any) -> None:
        self.client, self.workflow, self.state = client, workflow, state
        self.pause = 0.0  # only: waits
        self.steps = 0  # only: polling
        self.repeated = ""  # only: polling
        self.waits = 0  # only: polling
        self.polling_since = 0.0  # only: polling

    # only: must_match
    def unhandled(self, result: StepResult[Any, Any], actions: Sequence[str]) -> None:
        """Raise UnhandledOutcome, unless the client is told to go on with the next
        step.
        """
        if self.client.unhandled == "raise":
            raise UnhandledOutcome(result, actions)
        log.warning("%s: no success action matches %s; going on", result.place, result.outputs)

    # end
    # only: polling
    def wait(self, result: StepResult[Any, Any]) -> None:
        """Let the next checkpoint wait: as long as the response asks, else by the
        polling policy.
        """
        client, polling = self.client, self.client.polling
        if self.repeated != result.step:
            self.repeated, self.waits, self.polling_since = result.step, 0, client.clock()
        pause = min(
            polling.interval * polling.backoff ** min(self.waits, 1000), max(polling.interval, polling.max_interval)
        )
        if result.retry_after is not None:
            pause = min(result.retry_after, client.max_retry_after)
        if client.clock() + pause - self.polling_since > polling.timeout:
            raise PollTimeout(f"{result.place}: still waiting after {polling.timeout:g} s ({result.outputs})")
        self.waits += 1
        log.info("%s: waiting %g s", result.step, pause)
        self.pause = pause

    # end
    # only: retries
    def spent(self, limits: Mapping[str, int]) -> list[str]:
        """The actions that have retried the present step as often as they may."""
        return [name for name, limit in limits.items() if self.state.retries.get(name, 0) >= limit]

    def retry(self, result: StepResult[Any, Any], action: str, after: float) -> None:
        """Let the next checkpoint wait: as long as the response asks, else `after` seconds."""
        self.state.retries[action] = self.state.retries.get(action, 0) + 1
        pause = after
        if result.retry_after is not None:
            pause = min(result.retry_after, self.client.max_retry_after)
        log.info("%s: %s, retrying in %g s (%s)", result.step, result.status, pause, action)
        self.pause = pause

    # end
    def checkpoint(self) -> None:
        """Hand the state to whoever keeps it, and only then wait where that is due."""
        if self.client.on_checkpoint is not None:
            self.client.on_checkpoint(self.state)
        # only: waits
        if self.pause > 0:
            pause, self.pause = self.pause, 0.0
            self.client.sleep(pause)
        # end
        # only: polling
        self.steps += 1
        if self.steps >= self.client.max_steps and self.state.next_step is not None:
            raise StepBudgetSpent(f"{self.workflow}: {self.steps} steps and no end in sight")
        # end
