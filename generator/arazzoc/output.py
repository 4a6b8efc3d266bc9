"""Files written, or compared with what is there: one path for both."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def is_current(path: Path, text: str) -> bool:
    """Whether the file holds exactly this text."""
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def write(path: Path, text: str) -> None:
    """Write a file in one go: to a temporary name, then renamed; nothing is left behind by a failure.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(text.encode())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
