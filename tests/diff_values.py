"""Inputs for the workflows of diff_language."""

from __future__ import annotations

from typing import Any

from diff_server import Random, sample
from differences import Json


def inputs_for(flow: Json, seed: int) -> dict[str, Any]:
    """Inputs that the workflow's schema admits."""
    found: dict[str, Any] = sample(flow["inputs"], Random(seed, 0), ("inputs",))
    return found
