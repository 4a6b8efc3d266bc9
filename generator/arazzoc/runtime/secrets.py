"""States with outputs that are secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self, cast, get_type_hints

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.results import StateInvalid
from arazzoc.runtime.run import (
    RunCounters,
    SecretMissing,
    WorkflowState,
    decoded,
    read_state,
    restored,
)

# Run-time support: secrets in states


@dataclass(slots=True, kw_only=True)
class SealedState(WorkflowState):
    """A state with secrets, which it holds as `seal` of the client gives them.

    Without that it does not hold them: a resumed run gets them anew, from dependencies,
    whose fields `rerun` names, and from steps that change nothing: `rerun_steps` has the
    field of each, and the step.
    """

    rerun: ClassVar[tuple[str, ...]] = ()
    rerun_steps: ClassVar[tuple[tuple[str, str], ...]] = ()

    sealing: Callable[[bytes], bytes] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def use_client(self, client: BaseClient) -> None:
        """Unseal what was saved sealed; StateInvalid where the client cannot."""
        self.sealing, unseal = client.seal, client.unseal

        def opened(value: Any) -> Any:
            if not isinstance(value, _Sealed):
                return value
            if unseal is None:
                raise StateInvalid("the client cannot unseal the secrets of the state")
            try:
                return decoded(json.loads(unseal(base64.b64decode(value.text))))
            except (TypeError, ValueError):
                raise StateInvalid("a secret of the state is damaged") from None

        self._change_hidden(opened)

    def json_of(self, value: Any) -> Any:
        """Return what the state holds of a value, as a JSON value; secrets are sealed."""
        saved: Any = WorkflowState.json_of(self, value)
        for name, item in _hidden(value):
            if isinstance(item, _Sealed):
                saved[name] = {"$sealed": item.text}
            elif self.sealing is not None and item is not ...:
                text = json.dumps(WorkflowState.json_of(self, item))
                sealed = base64.b64encode(self.sealing(text.encode()))
                saved[name] = {"$sealed": sealed.decode()}
        return saved

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, force: bool = False) -> Self:
        """Return a state from what `to_dict` gave, to go on where its secrets are."""
        kept = dict(data) if hasattr(data, "keys") else dict[str, Any]()
        steps, hints = list[str](), get_type_hints(cls)
        step, again = kept.get("next_step"), dict(cls.rerun_steps)
        for name in cls.rerun if step is None else (*cls.rerun, *again):
            try:
                restored(name, kept.get(name), hints[name], force)
            except SecretMissing:
                del kept[name]
                steps += [again[name]] if name in again else []
        state: Any = read_state(cls, kept, force)
        if len(kept) < len(data) and step is not None:
            steps = [*(other for other in steps if other != step), step]
            state.next_step, *state.counters.again = steps
            state.counters.again = state.counters.again or steps
        cls._change_hidden(state, _sealed)
        return cast("Self", state)

    def _change_hidden(self, change: Callable[[Any], Any]) -> None:
        """Replace the secrets by what is made of them."""
        for member in fields(self):
            value: Any = getattr(self, member.name)
            if hidden := _hidden(value):
                changed = {name: change(item) for name, item in hidden}
                setattr(self, member.name, replace(value, **changed))


class _Sealed(NamedTuple):
    """A secret as it was saved: its JSON text, sealed, in base64."""

    text: str


def _sealed(value: Any) -> Any:
    """A secret as a state holds it, if it was saved sealed."""
    is_sealed = value.__class__ is dict and list(value) == ["$sealed"]
    return _Sealed(value["$sealed"]) if is_sealed else value


def _hidden(value: Any) -> list[tuple[str, Any]]:
    """The secret members of outputs or inputs."""
    if not is_dataclass(value) or isinstance(value, (type, WorkflowState, RunCounters)):
        return []
    return [(o.name, getattr(value, o.name)) for o in fields(value) if not o.repr]
