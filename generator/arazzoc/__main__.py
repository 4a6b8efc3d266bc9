"""`python -m arazzoc`."""

from __future__ import annotations

from arazzoc.cli import run

run()
