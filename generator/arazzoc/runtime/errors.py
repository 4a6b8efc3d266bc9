"""Everything that a run raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    +-- StepTimeout        the time of the step that calls the workflow is over
    +-- StepBudgetSpent    the run has taken more steps than the client allows
    +-- RunCancelled       the client has been told to stop
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
    far it got, `outputs` holds those of the workflow as far as they are known, where an
    action has ended it.
    """

    def __init__(
        self, result: StepResult[Any, Any], outputs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{result.place}: {result.problem}")
        self.result, self.outputs = result, outputs or {}
        self.__cause__ = result.error


class OutputMissing(WorkflowError):
    """A response lacks what its schema promises."""


class UnhandledOutcome(WorkflowError):
    """A step succeeded in a state for which the workflow names no action."""

    def __init__(self, result: StepResult[Any, Any], actions: Sequence[str]) -> None:
        super().__init__(
            f"{result.place}: no success action matches {result.outputs} ({result.status}); "
            + "; ".join(actions)
        )
        self.result = result


class PollTimeout(WorkflowError):
    """The polling deadline has passed."""


class StepTimeout(WorkflowError):
    """The time of the step that calls the workflow is over."""


class StepBudgetSpent(WorkflowError):
    """The run has taken more steps than the client allows."""


class RunCancelled(WorkflowError):
    """The client has been told to stop."""


class StateInvalid(WorkflowError):
    """A saved state does not fit this workflow."""


class SecretMissing(StateInvalid):
    """A saved state lacks an output that is secret, and so is never stored."""
