"""Results and errors: what step functions return, and what runs raise."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar, cast

# Run-time support: results and errors

OutputsT = TypeVar("OutputsT")
ActionT = TypeVar("ActionT")
StateT = TypeVar("StateT")

logger = logging.getLogger(__name__)


class StepResult(NamedTuple, Generic[OutputsT, ActionT]):
    """What came of one step, as plain values.

    `unmet` is the success criterion that does not hold, as the workflow spells it, or
    None where the step succeeded. `action` names the action whose criteria hold.
    `status_code` is None where no response came. `detail` is the first part of the
    response, without secrets. `retry_after` is what the response asks for, in seconds.
    `error` is what ended the workflow that the step calls, `given` and `returned` are
    the inputs and outputs of that.
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
    given: Any = None
    returned: Any = None

    def require(self) -> OutputsT:
        """Return the outputs of a step that succeeded; otherwise raise StepFailed."""
        if self.unmet is not None:
            raise StepFailed(self)
        return cast("OutputsT", self.outputs)

    def __str__(self) -> str:
        """Workflow, step and, where the step failed, the reason: for messages."""
        name = f"{self.workflow}, step {self.step}"
        if self.error is not None:
            return f"{name}: {self.error}"
        if self.unmet is None:
            return name
        excerpt = f": {self.detail}" if self.detail else ""
        return f"{name}: {self.unmet} does not hold ({self.answer}){excerpt}"

    @property
    def answer(self) -> str:
        """The status of the response, for messages."""
        return f"HTTP {self.status_code}" if self.status_code else "no response"


class Progress(NamedTuple):
    """How far a run has come.

    `attempt` counts from 1 over the retries and repeats of the step; `wait` is how many
    seconds the run waits now, 0 where the step has just been run. `outputs` are those of
    the steps before that are not secret, as in the state; `key` tells many runs apart.
    """

    workflow: str
    step: str
    attempt: int
    status_code: int | None
    action: str | None
    wait: float
    outputs: Mapping[str, Any] = MappingProxyType({})
    key: str = ""


class WorkflowError(Exception):
    """Base of everything that a run raises.

    WorkflowError
    +-- InputsInvalid      the inputs do not match their JSON Schema
    +-- RequestNotSent     a request cannot be built, so nothing was sent
    +-- StepFailed         a success criterion does not hold, or no response came
    +-- OutputMissing      a response lacks a value that its schema requires
    +-- UnhandledOutcome   no success action matches where the workflow branches
    +-- PollTimeout        the polling deadline has passed
    +-- StepTimeout        the timeout of the step that calls the workflow has passed
    +-- StepBudgetSpent    the run has taken more steps than the client allows
    +-- RunCancelled       the client was told to stop
    +-- StateInvalid       a saved state does not fit this workflow

    Pickled, an error keeps no inputs and outputs, for they can hold secrets.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        members = dict(vars(self))
        if "result" in members:
            nothing = dict.fromkeys(("outputs", "given", "returned"))
            members["result"] = members["result"]._replace(**nothing)
        if "outputs" in members:
            members["outputs"] = {}
        return Exception.__new__, (type(self), *self.args), members


class InputsInvalid(WorkflowError):
    """The inputs do not match their JSON Schema; `problems` lists every mismatch."""

    def __init__(self, workflow: str, problems: Sequence[str]) -> None:
        super().__init__(f"{workflow}: invalid inputs: {'; '.join(problems)}")
        self.problems = problems


class RequestNotSent(WorkflowError): ...


class StepFailed(WorkflowError):
    """A success criterion does not hold, or no response came.

    `outputs` are those of the workflow, as far as they are known.
    """

    def __init__(
        self, result: StepResult[Any, Any], outputs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(str(result))
        self.result, self.outputs = result, outputs or {}
        self.__cause__ = result.error


class OutputMissing(WorkflowError): ...


class UnhandledOutcome(WorkflowError):
    """A step succeeded, and the workflow names no action for what it returned."""

    def __init__(
        self, result: StepResult[Any, Any], reason: str, actions: Sequence[str]
    ) -> None:
        super().__init__("; ".join([f"{result}: {reason}", *actions]))
        self.result = result


class PollTimeout(WorkflowError): ...


class StepTimeout(WorkflowError): ...


class StepBudgetSpent(WorkflowError): ...


class RunCancelled(WorkflowError): ...


class StateInvalid(WorkflowError): ...
