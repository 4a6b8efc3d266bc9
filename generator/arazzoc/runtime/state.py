"""States of runs as plain values, so that another process can resume them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from arazzoc.runtime.errors import StateInvalid

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
    return {"$base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def unstored(value: Any) -> Any:
    """The value that `storable` was given."""
    is_binary = value.__class__ is dict and list(value) == ["$base64"]
    return base64.b64decode(value["$base64"]) if is_binary else value


def restored(make: Callable[..., T], data: Any, step: str) -> T | None:
    """Outputs from a dict; StateInvalid where it does not hold what the step gives."""
    if data is None:
        return None
    if data.__class__ is not dict:
        raise StateInvalid(f"the outputs of step {step} are not an object")
    try:
        data = {name: unstored(value) for name, value in data.items()}  # only: binary
        return make(**data)
    except (TypeError, ValueError):
        raise StateInvalid(
            f"the outputs of step {step} do not fit (secret ones are never stored, and cannot be resumed from)"
        ) from None


def restored_retries(data: Any) -> dict[str, int]:
    """How often each action has retried, from a dict."""
    counts: dict[str, Any] = dict(data) if data.__class__ is dict else {}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def check_state(data: Mapping[str, Any], workflow: str, flow: str, steps: tuple[str, ...]) -> None:
    """Refuse what is not a state of this very workflow."""
    if data.get("workflow") != workflow:
        raise StateInvalid(f"this is no state of {workflow}")
    if data.get("flow") != flow:
        raise StateInvalid(f"this state belongs to another version of {workflow}: its steps have changed since")
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


def load_state(path: str, restore: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Read a state from a file; None where there is none yet."""
    try:
        with open(path, encoding="utf-8") as file:
            data: Any = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StateInvalid(f"{path}: not a state file ({type(error).__name__})") from None
    if data.__class__ is not dict:
        raise StateInvalid(f"{path}: not a state file")
    return restore(data)
