"""Paths, as messages show them."""

from __future__ import annotations

import os
from pathlib import Path


def shown_path(path: Path) -> str:
    """Write a path as a user in the current directory would: relative and normalised, unless it is far away."""
    normal = os.path.normpath(path)
    if os.path.isabs(normal):
        relative = os.path.relpath(normal)
        return relative if relative.count("..") < 3 else normal
    return normal
