"""States with outputs that are secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, NamedTuple, Self, cast

from arazzoc.runtime.client import BaseClient
from arazzoc.runtime.results import StateInvalid
from arazzoc.runtime.run import (
    SecretMissing,
    WorkflowState,
    decoded,
    hidden_members,
    hidden_texts,
    read_state,
    restored,
    types_of,
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
            except Exception as error:  # ciphers have errors of their own
                raise StateInvalid("a secret of the state is damaged") from error

        self._change_hidden(opened)
        for member in fields(self):
            client.secrets.update(hidden_texts(getattr(self, member.name)))

    def json_of(self, value: Any) -> Any:
        """Return what the state holds of a value, as a JSON value; secrets are sealed."""
        saved: Any = WorkflowState.json_of(self, value)
        for name, item in hidden_members(value):
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
        steps, hints = list[str](), types_of(cast("Any", cls))
        again = dict(cls.rerun_steps)
        for name in (*cls.rerun, *again):
            try:
                restored(name, kept.get(name), hints[name], force)
            except SecretMissing:
                del kept[name]
                steps += [again[name]] if name in again else []
        state: Any = read_state(cls, kept, force)
        # a run that went back may have been left on the way: the last step is its goal
        rest: list[Any] = [state.next_step, *state.counters.again]
        goal = rest.pop()
        if len(kept) < len(data) or rest:
            restored("next_step", goal, hints["next_step"], force)
            rest = [other for other in (*steps, *rest) if other != goal]
            steps = [step for step in again.values() if step in rest]
            state.next_step, *state.counters.again = *steps, goal
            state.counters.again = state.counters.again or [goal]
        cls._change_hidden(state, _sealed)
        return cast("Self", state)

    def _change_hidden(self, change: Callable[[Any], Any]) -> None:
        """Replace the secrets by what is made of them."""
        for member in fields(self):
            value: Any = getattr(self, member.name)
            if hidden := hidden_members(value):
                changed = {name: change(item) for name, item in hidden}
                setattr(self, member.name, replace(value, **changed))


class _Sealed(NamedTuple):
    """A secret as it was saved: its JSON text, sealed, in base64."""

    text: str


def _sealed(value: Any) -> Any:
    """A secret as a state holds it, if it was saved sealed."""
    is_sealed = value.__class__ is dict and list(value) == ["$sealed"]
    return _Sealed(value["$sealed"]) if is_sealed else value
