"""One run of a workflow: its state, its pace, its checkpoints and its progress."""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import (
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    NoReturn,
    Self,
    TypeVar,
    cast,
    get_args,
    get_type_hints,
)

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.exchange import hidden_values
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
RunStateT = TypeVar("RunStateT", bound="WorkflowState")


class Run(Generic[ClientT]):
    """One run: it counts, waits, saves the state, and reports progress."""

    def __init__(
        self,
        client: ClientT,
        state: Any,
        outputs_so_far: Callable[[], Mapping[str, Any]] = dict[str, Any],
        inputs: Any = None,
    ) -> None:
        self.client, self.state = client.of_run(), state
        # a run that is resumed has not sent them, and a response may show them
        for holder in (client, inputs):
            self.client.secrets.update(hidden_texts(holder))
        self.outputs_so_far = outputs_so_far
        self.workflow: str = state.workflow
        self.counters: RunCounters = state.counters
        self._noted: StepResult[Any, Any] | None = None
        self._last: Progress | None = None
        self._left: str | None = None
        self._since = client.clock()
        if client.depth > client.max_depth:
            depth = f"{client.depth} levels deep"
            raise StepBudgetSpent(f"{self.workflow}: workflows run each other {depth}")
        state.use_client(self.client)
        self._stop_if_cancelled()
        if self.counters.pause > 0:
            self.pause(self.counters.pause_left(client.now()))
            self._since = client.clock()  # the wait was counted when it was planned

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
            outputs = self.state.step_outputs()
            self.client.on_progress(self._last._replace(outputs=outputs))

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
        if counters.waited + now - self._since + pause > polling.timeout:
            limit = f"{polling.timeout:g} s ({client.redacted(str(result.outputs))})"
            raise PollTimeout(f"{result}: still waiting after {limit}")
        counters.pause = pause
        counters.waits += 1

    def wait_if_asked(self, result: StepResult[Any, Any]) -> None:
        """Make the next checkpoint wait as long as the response asks, if it does."""
        if result.retry_after is not None:
            asked = min(result.retry_after, self.client.max_retry_after)
            self.counters.pause = asked

    def exhausted(self, limits: Mapping[str, int]) -> list[str]:
        """Return the actions that have no retry of the present step left."""
        counts = self.counters.retries.get(self.state.next_step, {})
        return [name for name, limit in limits.items() if counts.get(name, 0) >= limit]

    def retry(self, result: StepResult[Any, Any], action: str, after: float) -> None:
        """Make the next checkpoint wait `after` seconds, or as the response asks."""
        self.note(result)
        self._left = None
        self.counters.pause = after
        self.wait_if_asked(result)
        counts = self.counters.retries.setdefault(self.state.next_step, {})
        counts[action] = counts.get(action, 0) + 1

    def checkpoint(self) -> None:
        """Save the state, and then wait where that is due."""
        client, counters, step = self.client, self.counters, self._left
        if counters.again and step is not None:
            self.state.next_step, self._left = counters.again.pop(0), None
            return
        counters.steps += 1
        pause = counters.pause
        counters.paused_at = client.now() if pause > 0 else 0.0
        now = client.clock()
        counters.waited += now - self._since + pause
        self._since = now + pause
        if step is not None and (counters.retries or counters.keys):
            counters.retries.pop(step, None)  # the next visit has all retries again
            counters.keys.pop(step, None)
        self.save()
        last, self._last = self._last, None
        if last is not None and last.action is not None:
            status = last.status_code
            text = "no response" if status is None else f"HTTP {status}"
            text += f", attempt {last.attempt}, {last.action}"
            if pause > 0:
                text += f", waiting {pause:g} s"
                if client.on_progress is not None:
                    outputs = self.state.step_outputs()
                    client.on_progress(last._replace(wait=pause, outputs=outputs))
            logger.info("%s: %s", last.step, text)
        self._stop_if_cancelled()
        if self.state.next_step is None:
            return
        if counters.steps >= client.max_steps:
            raise StepBudgetSpent(
                f"{self.workflow}: {counters.steps} steps without end"
            )
        self.pause(pause)

    def go_on(self) -> None:
        """Go on with the step of a resumed run, when what precedes it has run again."""
        if self.counters.again == [self.state.next_step]:
            self.counters.again = []

    def save(self) -> None:
        """Hand the state to the client."""
        if self.client.on_checkpoint is not None:
            self.client.on_checkpoint(self.state)

    def pause(self, seconds: float) -> None:
        """Wait; a run that is taken one step at a time is left instead."""
        client = self.client
        if seconds > 0 and client.clock() + seconds > client.deadline:
            raise StepTimeout(f"{self.workflow}: the step that runs it timed out")
        if client.one_step and not self.counters.again:
            raise _Paused(seconds)
        if seconds > 0:
            (client.sleep or client.cancel.wait)(seconds)
            self._stop_if_cancelled()
            self.counters.pause = 0.0

    def _stop_if_cancelled(self) -> None:
        """Raise RunCancelled where the client asks for it, unless the run has ended."""
        if self.client.cancel.is_set() and (step := self.state.next_step) is not None:
            raise RunCancelled(f"{self.workflow}: cancelled before step {step}")


class Advance(NamedTuple, Generic[RunStateT, OutputsT]):
    """What came of one step of a run: `state` is where it stands now, `wait` how many
    seconds shall pass before the next one; `outputs` are None until the run has ended.
    """

    state: RunStateT
    wait: float
    outputs: OutputsT | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, as a state is."""
        outputs = None if self.outputs is None else self.state.json_of(self.outputs)
        return {"state": self.state.to_dict(), "wait": self.wait, "outputs": outputs}


class _Paused(Exception):
    """A run is left at a checkpoint, from which it goes on after so many seconds."""


def advance(
    runner: Callable[..., OutputsT],
    client: BaseClient,
    state: RunStateT,
    /,
    *inputs: Any,
    **results: Any,
) -> Advance[RunStateT, OutputsT]:
    """Take a run to its next checkpoint, and return what came of that."""
    own = copy.copy(client.of_run())
    own.one_step = True
    for run in state.with_inner_runs():
        run.counters.pause = 0.0
    try:
        return Advance(state, 0.0, runner(own, *inputs, state, **results))
    except _Paused as paused:
        return Advance(state, max(paused.args[0], 0.0), None)


@dataclass(slots=True, kw_only=True)
class RunCounters:
    """What a run has used of what is bounded: retries and idempotency keys by step, the
    step that is repeated, its waits and their seconds, and all steps taken. `pause` is
    how long it waits now, in seconds, `paused_at` since when, and `until` the end of its
    time, both as Unix time. `again` are the steps that a resumed run goes back to for
    their secrets, and the one with which it goes on then (None: it has ended).
    """

    steps: int = 0
    retries: dict[str, dict[str, int]] = field(default_factory=dict[str, Any])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    repeated: str = ""
    waits: int = 0
    waited: float = 0.0
    pause: float = 0.0
    paused_at: float = 0.0
    until: float = 0.0
    again: list[str | None] = field(default_factory=list[str | None])

    def pause_left(self, now: float) -> float:
        """How much is left of the present wait, whatever the clocks of two machines."""
        return min(self.pause, self.paused_at + self.pause - now)


@dataclass(slots=True, kw_only=True)
class WorkflowState:
    """Where a run stands, as plain values, so that another process can resume it.

    A workflow adds `next_step`, the outputs of each step, and the state of each
    workflow that it runs. `flow` is the fingerprint of its steps.
    """

    workflow: ClassVar[str]
    flow: ClassVar[str]

    counters: RunCounters = field(default_factory=RunCounters)

    def use_client(self, client: BaseClient) -> None:
        """Take from the client of a run what the state needs."""

    def with_inner_runs(self) -> Iterator[WorkflowState]:
        """This run, and those of the workflows that it runs."""
        yield self
        for member in fields(self):
            if isinstance(value := getattr(self, member.name), WorkflowState):
                yield from value.with_inner_runs()

    def wait_left(self, now: float) -> float:
        """How many seconds are left of its wait at a time of day, as Unix time."""
        return max(
            0.0, *(run.counters.pause_left(now) for run in self.with_inner_runs())
        )

    def step_outputs(self) -> dict[str, Any]:
        """Return the outputs of steps as JSON values, without those that are secret."""
        found = ((member.name, getattr(self, member.name)) for member in _stored(self))
        return {name: _saved(value) for name, value in found if _has_members(value)}

    def to_dict(self) -> dict[str, Any]:
        """Return this state as JSON values, without the outputs that are secret."""
        found = {m.name: self.json_of(getattr(self, m.name)) for m in _stored(self)}
        return {"workflow": self.workflow, "flow": self.flow, **found}

    def json_of(self, value: Any) -> Any:
        """Return what the state holds of a value, as a JSON value."""
        return _saved(value)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, force: bool = False) -> Self:
        """Return a state from what `to_dict` gave; StateInvalid where that is damaged,
        of another workflow, or of another version of it and `force` is not set.
        """
        return read_state(cls, data, force)


def read_state(cls: type[RunStateT], data: Mapping[str, Any], force: bool) -> RunStateT:
    """Return a state from what its `to_dict` gave."""
    if not hasattr(data, "keys"):
        raise StateInvalid(f"this is not a state of {cls.workflow}")
    names = [member.name for member in _stored(cls)]
    unknown = data.keys() - {"workflow", "flow", *names}
    if data.get("workflow") != cls.workflow or "next_step" not in data or unknown:
        raise StateInvalid(f"this is not a state of {cls.workflow}")
    if data.get("flow") != cls.flow and not force:
        reason = f"this state is of another version of {cls.workflow}"
        way = "force=True, or --force-state as a command, resumes it"
        raise StateInvalid(f"{reason}, whose steps were different; {way}")
    hints, values = types_of(cast("Any", cls)), dict[str, Any]()
    for name in (name for name in names if name in data):
        values[name] = restored(name, data[name], hints[name], force)
    return cls(**values)


types_of = lru_cache(maxsize=256)(get_type_hints)
"""The types of the members of a class, or of the arguments of a function."""


class SecretMissing(StateInvalid):
    """A saved state lacks an output that is secret."""


def _stored(state: Any) -> list[Any]:
    """The members of a state that are saved."""
    return [member for member in fields(state) if member.init]


def _saved(value: Any) -> Any:
    """A value as a JSON value, without the outputs that are secret."""
    if isinstance(value, WorkflowState):
        return value.to_dict()
    if isinstance(value, RunCounters):
        return asdict(value)
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode()}
    if value.__class__ is dict and list(value) in _ESCAPED:
        return {"$value": value}
    if not is_dataclass(value):
        return value
    members = ((o.name, getattr(value, o.name)) for o in fields(value) if o.repr)
    return {name: _saved(item) for name, item in members if item is not ...}


def hidden_members(value: Any) -> list[tuple[str, Any]]:
    """The secret members of outputs, inputs or a client."""
    if not _has_members(value):
        return []
    return [(o.name, getattr(value, o.name)) for o in fields(value) if not o.repr]


def _has_members(value: Any) -> bool:
    """Whether a value is one of outputs, inputs or a client, and not the run's own."""
    others = (type, WorkflowState, RunCounters)
    return is_dataclass(value) and not isinstance(value, others)


def hidden_texts(value: Any) -> Iterator[str]:
    """What no message may show of outputs, inputs or a client."""
    for _, item in hidden_members(value):
        secret = item[-1] if item.__class__ is tuple else item  # user and password
        if isinstance(secret, (str, bytes, int, float, dict, list)):
            yield from hidden_values(secret)


_ESCAPED = (["$base64"], ["$value"])
"""The members of what a state holds in place of a value that JSON has not."""


def _class_of(data: Any, kinds: Sequence[Any]) -> Any:
    """The class of a member: of outputs of several workflows, those that it names."""
    if data.__class__ is dict:
        for kind in filter(is_dataclass, kinds):
            names = {o.name for o in fields(kind)}
            if {o.name for o in fields(kind) if o.repr} <= data.keys() <= names:
                return kind
    return kinds[0]


_COUNTS: list[Any] = [int, dict, dict, str, int, *[(int, float)] * 4, list]
"""The types of a run's counters."""


def restored(name: str, data: Any, hint: Any, force: bool) -> Any:
    """A member of a state from a JSON value, by the type that the state declares."""
    kind: Any = _class_of(data, get_args(hint) or (hint,))
    if kind is bool:
        return data is True
    if kind is RunCounters:
        try:
            counters = RunCounters(**data)
            counts = [n for step in counters.retries.values() for n in step.values()]
            are_sound = all(map(isinstance, asdict(counters).values(), _COUNTS))
            if are_sound and {int} >= {*map(type, counts)} and counters.pause < 1e9:
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
        raise SecretMissing(f"{name}: secret outputs are not saved: {names}")
    if missing or data.keys() - {output.name for output in fields(kind)}:
        raise StateInvalid(f"{name} does not hold the outputs of that step")
    return kind(**{key: decoded(value) for key, value in data.items()})


def decoded(value: Any) -> Any:
    """An output as `_saved` was given it."""
    if value.__class__ is not dict or list(value) not in _ESCAPED:
        return value
    if "$value" in value:
        return value["$value"]
    try:
        return base64.b64decode(value["$base64"])
    except (TypeError, ValueError):
        raise StateInvalid("a value that should be base64 is not") from None
