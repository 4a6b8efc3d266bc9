"""Idempotency keys: one for all attempts of a step, also after the run is resumed."""

from __future__ import annotations

import uuid
from typing import Any

from arazzoc.runtime.run import Run

# Run-time support: idempotency keys


def idempotency_key_of(run: Run[Any]) -> str:
    """Return the key of this visit to a step; a new one is a checkpoint of its own, so
    that it is saved before the first attempt.
    """
    step, keys = run.state.next_step, run.counters.keys
    if step not in keys:
        keys[step] = str(uuid.uuid4())
        run.save()
        run.pause(0.0)
    return keys[step]
