"""What the hooks of all build tools do: generate the modules of a project, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class GenerateFailed(Exception):
    """The modules of a project cannot be generated; the text says why."""


def generate_project(folder: Path) -> list[str]:
    """Generate the modules of a project; return their files, and those that they share, relative to the folder.

    Raises:
        GenerateFailed: a document, the configuration or the lock file is wrong, or a file was edited by hand.
    """
    from arazzoc.project.quick import current_files

    command = [sys.executable, "-m", "arazzoc", "generate", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GenerateFailed(f"arazzoc generate fails:\n{done.stderr.rstrip()}")
    files = current_files(str(folder))
    if files is None:
        files = _locked_files(folder)
    return [os.path.relpath(file, folder).replace(os.sep, "/") for file in files]


def _locked_files(folder: Path) -> list[str]:
    """The files of a lock file that only a reader of TOML can read."""
    from arazzoc.diagnostics import Report
    from arazzoc.project.lock import read_lock
    from arazzoc.project.quick import LOCK, find_configuration

    root = Path(find_configuration(str(folder))).parent
    lock = read_lock(root / LOCK, Report())
    return [str(root / output) for output in lock.outputs] if lock is not None else []
