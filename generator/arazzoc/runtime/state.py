"""States of runs as plain values, so that another process can resume them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from arazzoc.runtime.errors import SecretMissing, StateInvalid
from arazzoc.runtime.run import Pace

T = TypeVar("T")


def plain(outputs: Any) -> dict[str, Any] | None:
    """Outputs as a dict, without those that are secret."""
    if outputs is None:
        return None
    values: dict[str, Any] = {}
    for output in fields(outputs):
        if output.repr:
            values[output.name] = getattr(outputs, output.name)
            values[output.name] = storable(values[output.name])  # only: binary
    return values


def storable(value: Any) -> Any:
    """A value that JSON can hold: bytes are spelled in base64."""
    return (
        {"$base64": base64.b64encode(value).decode()}
        if isinstance(value, bytes)
        else value
    )


def unstored(value: Any) -> Any:
    """The value that `storable` was given."""
    if value.__class__ is not dict or list(value) != ["$base64"]:
        return value
    try:
        return base64.b64decode(value["$base64"])
    except (TypeError, ValueError):
        raise StateInvalid("what should be base64 in the state is none") from None


def restored(make: Callable[..., T], data: Any, owner: str) -> T | None:
    """Outputs from a dict; StateInvalid where it does not hold what the step gives."""
    if data is None:
        return None
    if data.__class__ is not dict:
        raise StateInvalid(f"the outputs of {owner} are not an object")
    data = {name: unstored(value) for name, value in data.items()}  # only: binary
    try:
        return make(**data)
    except TypeError:
        pass
    kind: Any = make
    missing = [output for output in fields(kind) if output.name not in data]
    if missing and not any(output.repr for output in missing):
        names = ", ".join(output.name for output in missing)
        raise SecretMissing(
            f"the outputs of {owner} are secret and so not stored: {names}"
        )
    raise StateInvalid(f"the outputs of {owner} do not fit")


def maybe_restored(make: Callable[..., T], data: Any, owner: str) -> T | None:
    """Outputs of a workflow that others depend on, from a dict; None where some are secret
    and so not in it: the workflow is run again.
    """
    try:
        return restored(make, data, owner)
    except SecretMissing:
        return None


def restored_pace(data: Any) -> Pace:
    """The pace of a run from a dict; StateInvalid where it is none."""
    pace = Pace()
    if data is None:
        return pace
    if data.__class__ is not dict:
        raise StateInvalid("the pace of the run is not an object")
    members: dict[str, Any] = dict(data)
    for name, value in members.items():
        if type(getattr(pace, name, None)) is not type(value):
            raise StateInvalid(f"the pace of the run does not fit: {name}")
        setattr(pace, name, value)
    # only: retries
    counts: list[Any] = list(pace.retries.values())
    if not all(
        c.__class__ is dict and set(map(type, c.values())) <= {int} for c in counts
    ):
        raise StateInvalid("the pace of the run does not fit: retries")
    # end
    return pace


def restored_state(restore: Callable[..., T], data: Any, force: bool) -> T | None:
    """The state of a workflow that runs within another one, from a dict."""
    if data is None:
        return None
    if data.__class__ is not dict:
        raise StateInvalid("the state of a workflow within this one is not an object")
    return restore(data, force=force)


def maybe_restored_state(restore: Callable[..., T], data: Any, force: bool) -> T | None:
    """The state of a workflow that this one depends on, from a dict; None where something
    secret is not in it: the workflow is run again.
    """
    try:
        return restored_state(restore, data, force)
    except SecretMissing:
        return None


def check_state(
    data: Mapping[str, Any],
    workflow: str,
    flow: str,
    steps: Collection[str],
    force: bool,
) -> None:
    """Refuse what is not a state of this very workflow."""
    if data.get("workflow") != workflow:
        raise StateInvalid(f"this is no state of {workflow}")
    if data.get("flow") != flow and not force:
        raise StateInvalid(
            f"this state belongs to another version of {workflow}: its steps have changed since"
            " (force=True, on the command line --force-state, goes on all the same)"
        )
    if data.get("next_step") is not None and data.get("next_step") not in steps:
        raise StateInvalid(f"{workflow} has no step {data.get('next_step')!r}")


def save_state(path: str, state: Any) -> None:
    """Write a state to a file in one go, readable by its owner only."""
    unfinished = f"{path}.tmp"
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(state.to_dict(), file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise StateInvalid(f"cannot write {path}: {error.strerror}") from None


def load_state(path: str, restore: Callable[..., T], force: bool) -> T | None:
    """Read a state from a file; None where there is none yet."""
    try:
        with open(path, encoding="utf-8") as file:
            data: Any = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StateInvalid(
            f"{path}: not a state file ({type(error).__name__})"
        ) from None
    if data.__class__ is not dict:
        raise StateInvalid(f"{path}: not a state file")
    return restore(data, force=force)
