"""Everything that a run raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arazzoc.runtime.results import StepResult


class WorkflowError(Exception):
    """Base of all that a run raises.

    WorkflowError
    +-- InputsInvalid      the inputs do not fit their JSON Schema
    +-- RequestNotSent     a value that a request needs cannot be had
    +-- StepFailed         a step's success criteria do not hold, or no response came
    +-- OutputMissing      a response lacks what its schema promises
    +-- UnhandledOutcome   no success action matches where the workflow branches
    +-- PollTimeout        the polling deadline has passed
    +-- StepBudgetSpent    the run has taken more steps than the client allows
    +-- StateInvalid       a saved state does not fit this workflow
    """


class InputsInvalid(WorkflowError):
    """The inputs do not fit their JSON Schema; `problems` names each place."""

    def __init__(self, workflow: str, problems: Sequence[str]) -> None:
        super().__init__(f"{workflow}: the inputs do not fit: " + "; ".join(problems))
        self.problems = problems


class RequestNotSent(WorkflowError):
    """A value that a request needs cannot be had, so that the request was not sent."""


class StepFailed(WorkflowError):
    """A step's success criteria do not hold, or no response came; `result` tells how
    far it got.
    """

    def __init__(self, result: StepResult[Any, Any]) -> None:
        super().__init__(f"{result.place}: {result.unmet} does not hold ({result.status}){result.excerpt}")
        self.result = result


class OutputMissing(WorkflowError):
    """A response lacks what its schema promises."""


class UnhandledOutcome(WorkflowError):
    """A step succeeded in a state for which the workflow names no action."""

    def __init__(self, result: StepResult[Any, Any], actions: Sequence[str]) -> None:
        super().__init__(
            f"{result.place}: no success action matches {result.outputs} ({result.status}); " + "; ".join(actions)
        )
        self.result = result


class PollTimeout(WorkflowError):
    """The polling deadline has passed."""


class StepBudgetSpent(WorkflowError):
    """The run has taken more steps than the client allows."""


class StateInvalid(WorkflowError):
    """A saved state does not fit this workflow."""
