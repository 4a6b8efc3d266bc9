"""One run of a workflow: its state, its pace, its checkpoints and its progress."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import (
    Any,
    ClassVar,
    Generic,
    NoReturn,
    Self,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.results import (
    OutputsT,
    PollTimeout,
    Progress,
    RunCancelled,
    StateInvalid,
    StepBudgetSpent,
    StepFailed,
    StepResult,
    StepTimeout,
    UnhandledOutcome,
    logger,
)

# Run-time support: runs

ClientT = TypeVar("ClientT", bound=BaseClient)


class Run(Generic[ClientT]):
    """One run: it counts, waits, saves the state, and reports progress."""

    def __init__(
        self,
        client: ClientT,
        state: Any,
        outputs_so_far: Callable[[], Mapping[str, Any]] = dict[str, Any],
    ) -> None:
        self.client, self.state = client.of_run(), state
        self.outputs_so_far = outputs_so_far
        self.workflow: str = state.workflow
        self.counters: RunCounters = state.counters
        self._noted: StepResult[Any, Any] | None = None
        self._last: Progress | None = None
        self._left: str | None = None
        self._pause = 0.0
        self._since = client.clock()
        if client.depth > client.max_depth:
            depth = f"{client.depth} levels deep"
            raise StepBudgetSpent(f"{self.workflow}: workflows run each other {depth}")
        self._stop_if_cancelled()

    def require(self, result: StepResult[OutputsT, Any]) -> OutputsT:
        """Return the outputs of a step that has been run; StepFailed if it failed."""
        self.note(result)
        if result.unmet is not None:
            self.fail(result)
        return cast("OutputsT", result.outputs)

    def failed(self, result: StepResult[Any, Any]) -> bool:
        """Return whether a step that has been run failed."""
        self.note(result)
        return result.unmet is not None

    def fail(self, result: StepResult[Any, Any]) -> NoReturn:
        """Raise StepFailed with the outputs of the workflow that are known so far."""
        raise StepFailed(result, self.outputs_so_far())

    def note(self, result: StepResult[Any, Any]) -> None:
        """Report a step that has been run, once."""
        if result is self._noted:
            return
        self._noted, self._left = result, self.state.next_step
        if result.action is None and self.client.on_progress is None:
            return
        counters = self.counters
        attempt = 1 + sum(counters.retries.get(self.state.next_step, {}).values())
        if counters.repeated == result.step:
            attempt += counters.waits
        self._last = Progress(*result[:2], attempt, result[2], result.action, 0.0)
        if self.client.on_progress is not None:
            self.client.on_progress(self._last)

    def unhandled(self, result: StepResult[Any, Any], actions: Sequence[str]) -> None:
        """Raise UnhandledOutcome, unless the client continues with the next step."""
        wanted = f"no success action matches {result.outputs} ({result.answer})"
        if self.client.unhandled == "raise":
            raise UnhandledOutcome(result, self.client.redacted(wanted), actions)
        logger.warning("%s: %s", result, self.client.redacted(wanted))

    def wait(self, result: StepResult[Any, Any]) -> None:
        """Make the next checkpoint wait by the polling policy, or as the response asks;
        PollTimeout where that would end after the deadline of the policy.
        """
        client, counters, now = self.client, self.counters, self.client.clock()
        polling = client.step_polling.get(result.step, client.polling)
        if counters.repeated != result.step:
            counters.repeated, counters.waits, counters.waited = result.step, 0, 0.0
            self._since = now
        longest = max(polling.interval, polling.max_interval)
        try:
            pause = min(polling.interval * polling.backoff**counters.waits, longest)
        except OverflowError:
            pause = longest
        pause *= 1 + random.uniform(0, polling.jitter)
        if result.retry_after is not None:
            asked = min(result.retry_after, client.max_retry_after)
            pause = max(asked, polling.interval)
        counters.waited += now - self._since + pause
        self._since = now + pause
        if counters.waited > polling.timeout:
            limit = f"{polling.timeout:g} s ({client.redacted(str(result.outputs))})"
            raise PollTimeout(f"{result}: still waiting after {limit}")
        self._pause = pause
        counters.waits += 1

    def wait_if_asked(self, result: StepResult[Any, Any]) -> None:
        """Make the next checkpoint wait as long as the response asks, if it does."""
        if result.retry_after is not None:
            self._pause = min(result.retry_after, self.client.max_retry_after)

    def exhausted(self, limits: Mapping[str, int]) -> list[str]:
        """Return the actions that have no retry of the present step left."""
        counts = self.counters.retries.get(self.state.next_step, {})
        return [name for name, limit in limits.items() if counts.get(name, 0) >= limit]

    def retry(self, result: StepResult[Any, Any], action: str, after: float) -> None:
        """Make the next checkpoint wait `after` seconds, or as the response asks."""
        self.note(result)
        self._left = None
        self._pause = after
        self.wait_if_asked(result)
        counts = self.counters.retries.setdefault(self.state.next_step, {})
        counts[action] = counts.get(action, 0) + 1

    def checkpoint(self) -> None:
        """Save the state, and then wait where that is due."""
        client, counters, step = self.client, self.counters, self._left
        counters.steps += 1
        if step is not None and (counters.retries or counters.keys):
            counters.retries.pop(step, None)  # the next visit has all retries again
            counters.keys.pop(step, None)
        if client.on_checkpoint is not None:
            client.on_checkpoint(self.state)
        last, self._last = self._last, None
        if last is not None and last.action is not None:
            status = last.status_code
            text = "no response" if status is None else f"HTTP {status}"
            text += f", attempt {last.attempt}, {last.action}"
            if self._pause > 0:
                text += f", waiting {self._pause:g} s"
                if client.on_progress is not None:
                    client.on_progress(last._replace(wait=self._pause))
            logger.info("%s: %s", last.step, text)
        self._stop_if_cancelled()
        if counters.steps >= client.max_steps and self.state.next_step is not None:
            raise StepBudgetSpent(
                f"{self.workflow}: {counters.steps} steps without end"
            )
        if self._pause > 0:
            pause, self._pause = self._pause, 0.0
            if client.clock() + pause > client.deadline:
                raise StepTimeout(f"{self.workflow}: the step that runs it timed out")
            (client.sleep or client.cancel.wait)(pause)
            self._stop_if_cancelled()

    def _stop_if_cancelled(self) -> None:
        """Raise RunCancelled where the client asks for it, unless the run has ended."""
        if self.client.cancel.is_set() and (step := self.state.next_step) is not None:
            raise RunCancelled(f"{self.workflow}: cancelled before step {step}")


@dataclass(slots=True, kw_only=True)
class RunCounters:
    """What a run has used of what is bounded: retries and idempotency keys by step, the
    step that is repeated, its waits and their seconds, and all steps taken.
    """

    steps: int = 0
    retries: dict[str, dict[str, int]] = field(default_factory=dict[str, Any])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    repeated: str = ""
    waits: int = 0
    waited: float = 0.0


@dataclass(slots=True, kw_only=True)
class WorkflowState:
    """Where a run stands, as plain values, so that another process can resume it.

    A workflow adds `next_step`, the outputs of each step, and the state of each
    workflow that it runs. `flow` is the fingerprint of its steps. `rerun` names the
    fields of what is run again where it was not saved because it is secret.
    """

    workflow: ClassVar[str]
    flow: ClassVar[str]
    rerun: ClassVar[tuple[str, ...]] = ()

    counters: RunCounters = field(default_factory=RunCounters)

    def to_dict(self) -> dict[str, Any]:
        """Return this state as JSON values, without the outputs that are secret."""
        saved: dict[str, Any] = {"workflow": self.workflow, "flow": self.flow}
        for member in fields(self):
            saved[member.name] = _saved(getattr(self, member.name))
        return saved

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, force: bool = False) -> Self:
        """Return a state from what `to_dict` gave; StateInvalid where that is damaged,
        of another workflow, or of another version of it and `force` is not set.
        """
        if not hasattr(data, "keys"):
            raise StateInvalid(f"this is not a state of {cls.workflow}")
        unknown = data.keys() - {"workflow", "flow", *(m.name for m in fields(cls))}
        if data.get("workflow") != cls.workflow or "next_step" not in data or unknown:
            raise StateInvalid(f"this is not a state of {cls.workflow}")
        if data.get("flow") != cls.flow and not force:
            reason = f"this state is of another version of {cls.workflow}"
            way = "force=True, or --force-state as a command, resumes it"
            raise StateInvalid(f"{reason}, whose steps were different; {way}")
        hints, values = get_type_hints(cls), dict[str, Any]()
        for name in (member.name for member in fields(cls) if member.name in data):
            try:
                values[name] = _restored(name, data[name], hints[name], force)
            except _SecretMissing:
                if name not in cls.rerun:
                    raise
        return cls(**values)


class _SecretMissing(StateInvalid):
    """A saved state lacks an output that is secret, and so is never saved."""


def _saved(value: Any) -> Any:
    """A value as a JSON value, without the outputs that are secret."""
    if isinstance(value, WorkflowState):
        return value.to_dict()
    if isinstance(value, RunCounters):
        return asdict(value)
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    if value.__class__ is dict and list(value) in (["$base64"], ["$value"]):
        return {"$value": value}
    if not is_dataclass(value):
        return value
    members = ((o.name, getattr(value, o.name)) for o in fields(value) if o.repr)
    return {name: _saved(item) for name, item in members if item is not ...}


def _class_of(data: Any, kinds: Sequence[Any]) -> Any:
    """The class of a member: of outputs of several workflows, those that it names."""
    if data.__class__ is dict:
        for kind in filter(is_dataclass, kinds):
            if data.keys() == {o.name for o in fields(kind) if o.repr}:
                return kind
    return kinds[0]


def _restored(name: str, data: Any, hint: Any, force: bool) -> Any:
    """A member of a state from a JSON value, by the type that the state declares."""
    kind: Any = _class_of(data, get_args(hint) or (hint,))
    if kind is bool:
        return data is True
    if kind is RunCounters:
        try:
            counters = RunCounters(**data)
            counts = [n for step in counters.retries.values() for n in step.values()]
            kinds: list[Any] = [type(value) for value in asdict(counters).values()]
            if kinds == [int, dict, dict, str, int, float] and {int} >= {
                *map(type, counts)
            }:
                return counters
        except (TypeError, AttributeError):
            pass
        raise StateInvalid("the counters of the run are damaged")
    if data is None:
        return None
    if choices := get_args(kind):
        if data not in choices:
            raise StateInvalid(f"{name} cannot be {data!r}")
        return data
    if data.__class__ is not dict:
        raise StateInvalid(f"{name} is not an object")
    if issubclass(kind, WorkflowState):
        return kind.from_dict(data, force=force)
    absent = {output.name for output in fields(kind) if output.default is ...}
    missing = [o for o in fields(kind) if o.name not in data and o.name not in absent]
    if missing and not any(output.repr for output in missing):
        names = ", ".join(output.name for output in missing)
        raise _SecretMissing(f"{name}: secret outputs are not saved: {names}")
    if missing or data.keys() - {output.name for output in fields(kind)}:
        raise StateInvalid(f"{name} does not hold the outputs of that step")
    return kind(**{key: _decoded(value) for key, value in data.items()})


def _decoded(value: Any) -> Any:
    """An output as `_saved` was given it."""
    if value.__class__ is not dict or list(value) not in (["$base64"], ["$value"]):
        return value
    if "$value" in value:
        return value["$value"]
    try:
        return base64.b64decode(value["$base64"])
    except (TypeError, ValueError):
        raise StateInvalid("a value that should be base64 is not") from None
