"""A workflow that a step calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from arazzoc.runtime.errors import (
    RequestNotSent,
    RunCancelled,
    StepBudgetSpent,
    WorkflowError,
)
from arazzoc.runtime.results import OutputsT, StepResult

T = TypeVar("T")
P = ParamSpec("P")
CalledT = TypeVar("CalledT")


class Called(Generic[CalledT]):
    """A workflow that a step has called: its outputs, or the error that ended it."""

    def __init__(
        self,
        workflow: str,
        step: str,
        outputs: CalledT | None,
        error: WorkflowError | None,
    ) -> None:
        self.workflow, self.step = workflow, step
        self.found, self.error = outputs, error

    @property
    def outputs(self) -> CalledT:
        """The outputs of the workflow, where it has finished."""
        if self.found is None:
            raise self.error or RequestNotSent(
                f"{self.workflow}, step {self.step}: there are no outputs"
            )
        return self.found

    def output(self, name: str) -> Any:
        """An output of the workflow, or None."""
        return getattr(self.found, name, None)

    def succeeded(
        self, outputs: OutputsT, action: str | None = None
    ) -> StepResult[OutputsT, Any]:
        """The result of a step whose criteria hold."""
        return StepResult(self.workflow, self.step, None, outputs, action)

    def failed(
        self, unmet: str, action: str | None = None, outputs: Any = None
    ) -> StepResult[Any, Any]:
        """The result of a step of which a criterion does not hold."""
        return StepResult(
            self.workflow,
            self.step,
            None,
            outputs,
            action,
            unmet=unmet,
            error=self.error,
        )


def call(
    workflow: str,
    step: str,
    runner: Callable[P, CalledT],
    *arguments: P.args,
    **options: P.kwargs,
) -> Called[CalledT]:
    """Run a workflow for a step; a run that fails fails the step."""
    try:
        return Called(workflow, step, runner(*arguments, **options), None)
    except (RunCancelled, StepBudgetSpent):
        raise
    except WorkflowError as error:
        return Called(workflow, step, None, error)


def own_outputs(outputs: Any, kind: type[T], workflow: str) -> T:
    """The outputs of a workflow that others depend on, unless it has gone over to another
    one.
    """
    if not isinstance(outputs, kind):
        raise RequestNotSent(
            f"{workflow} has gone over to another workflow, and its outputs are needed"
        )
    return outputs
