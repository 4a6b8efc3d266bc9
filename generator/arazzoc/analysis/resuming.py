"""What a run that is resumed can do again."""

from __future__ import annotations

from collections.abc import Iterable

from arazzoc import ir

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")
"""The methods of requests that can be sent again without effect (RFC 9110, section 9.2.1)."""


def gives_secret(outputs: Iterable[ir.Output]) -> bool:
    """Whether one of several outputs is secret."""
    return any(output.secret for output in outputs)


def is_safe(step: ir.Step) -> bool:
    """Whether a step can be run again without effect."""
    return isinstance(step.call, ir.HttpCall) and step.call.method in SAFE_METHODS
