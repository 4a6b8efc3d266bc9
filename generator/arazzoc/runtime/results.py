"""What a step function returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

OutputsT = TypeVar("OutputsT")
ActionT = TypeVar("ActionT")


@dataclass(frozen=True, slots=True)
class StepResult(Generic[OutputsT, ActionT]):
    """How one step went: plain values only.

    `unmet` is the success criterion that does not hold, as the workflow spells it; it
    is None where the step succeeded. `action` names the action whose criteria hold.
    `status_code` is None where no response came.
    `retry_after` is what the response asked for, in seconds. `error` is what ended the
    workflow that the step calls.
    """

    workflow: str
    step: str
    status_code: int | None
    outputs: OutputsT | None = None
    action: ActionT | None = None
    unmet: str | None = None
    detail: str = ""
    retry_after: float | None = None
    error: Exception | None = None

    def check(self) -> None:
        """Raise StepFailed unless the step succeeded."""
        from arazzoc.runtime.errors import StepFailed

        if self.unmet is not None:
            raise StepFailed(self)

    def require(self) -> OutputsT:
        """The outputs of a step that succeeded, or StepFailed."""
        from arazzoc.runtime.errors import StepFailed

        if self.unmet is not None or self.outputs is None:
            raise StepFailed(self)
        return self.outputs

    @property
    def place(self) -> str:
        """Workflow and step, for messages."""
        return f"{self.workflow}, step {self.step}"

    @property
    def status(self) -> str:
        """The status, for messages."""
        return "no response" if self.status_code is None else f"HTTP {self.status_code}"

    @property
    def problem(self) -> str:
        """Why the step failed, for messages."""
        if self.error is not None:
            return str(self.error)
        return f"{self.unmet} does not hold ({self.status}){self.excerpt}"

    @property
    def excerpt(self) -> str:
        """The first part of the response, or why there is none, for messages."""
        return f": {self.detail}" if self.detail else ""


class Progress(NamedTuple):
    """What a step of a run has come to.

    `attempt` counts from 1 over the retries and repeats of the step; `wait` is how many
    seconds the run waits now, 0 where the step has just answered.
    """

    workflow: str
    step: str
    attempt: int
    status_code: int | None
    action: str | None
    wait: float
