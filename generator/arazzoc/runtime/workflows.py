"""Workflows that steps run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from arazzoc.runtime.exchange import Exchange
from arazzoc.runtime.results import (
    ActionT,
    OutputsT,
    RequestNotSent,
    RunCancelled,
    StepBudgetSpent,
    StepFailed,
    StepResult,
    WorkflowError,
    logger,
)
from arazzoc.runtime.run import ClientT, Run

# Run-time support: runs within a run

ArgumentsT = ParamSpec("ArgumentsT")
InnerT = TypeVar("InnerT")


@dataclass(slots=True, repr=False)
class InnerRun(Exchange, Generic[InnerT]):
    """The run of a workflow by a step, where others send a request: its inputs, and its
    outputs or the error that ended it.
    """

    result: InnerT | None = None
    inputs: Any = None

    @property
    def outputs(self) -> InnerT:
        """The outputs of the workflow; where it failed, its error is raised."""
        if self.result is None:
            raise self.error or RequestNotSent(f"step {self.step} has no outputs")
        return self.result

    def output(self, field: str, name: str = "") -> Any:
        """Return an output, or None; after a failure, what is known of it."""
        if isinstance(self.error, StepFailed):
            return self.error.outputs.get(name or field)
        return getattr(self.result, field, None)

    def succeeded(
        self, outputs: OutputsT, action: str | None = None
    ) -> StepResult[OutputsT, Any]:
        """Return the result of the step, with what the workflow was given and returned."""
        result = Exchange.succeeded(self, outputs, action)
        return result._replace(given=self.inputs, returned=self.result)


def run_inner(
    workflow: str,
    step: str,
    runner: Callable[ArgumentsT, InnerT],
    *arguments: ArgumentsT.args,
    **options: ArgumentsT.kwargs,
) -> InnerRun[InnerT]:
    """Run a workflow for a step; if it fails, so does the step."""
    inner = InnerRun[InnerT](workflow, step)
    inner.inputs = arguments[1] if len(arguments) > 2 else None  # client, inputs, state
    try:
        inner.result = runner(*arguments, **options)
    except (RunCancelled, StepBudgetSpent):
        raise
    except WorkflowError as error:
        inner.error = error
    return inner


def try_step(
    workflow: str, step: str, function: Callable[[], StepResult[OutputsT, ActionT]]
) -> StepResult[OutputsT, ActionT]:
    """Run a step before another one is retried; an error in it is its failure."""
    inner = run_inner(workflow, step, function)
    return inner.result or inner.failed("the request")


def run_before_retry(
    runner: Callable[ArgumentsT, InnerT],
    *arguments: ArgumentsT.args,
    **options: ArgumentsT.kwargs,
) -> InnerT | None:
    """Run a workflow before a step is retried, or make its inputs, and return what comes
    of it; a failure is logged, no more.
    """
    inner = run_inner("", "", runner, *arguments, **options)
    if inner.error is not None:
        logger.warning("%s", inner.error)
    return inner.result


def ignore_failure(result: StepResult[Any, Any]) -> None:
    """Log the failure of a step that runs before another one is retried."""
    logger.warning("%s", result)


def inner_client(run: Run[ClientT]) -> ClientT:
    """Return the client for a workflow within a run, whose checkpoints are the run's."""
    inner, save = copy.copy(run.client), run.client.on_checkpoint
    inner.depth += 1
    inner.one_step = inner.one_step and not run.counters.again
    if save is not None:
        inner.on_checkpoint = lambda _: save(run.state)
    return inner


def require_steps(run: Run[Any], steps: Mapping[str, bool]) -> None:
    """Raise RequestNotSent unless the steps that the present one depends on succeeded."""
    for step, has_succeeded in steps.items():
        if not has_succeeded:
            name, reason = run.state.next_step, f"depends on {step}, which has not"
            raise RequestNotSent(f"{run.workflow}, step {name}: it {reason} succeeded")
