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
    command = [sys.executable, "-m", "arazzoc", "generate", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GenerateFailed(f"arazzoc generate fails:\n{done.stderr.rstrip()}")
    return [Path(os.path.relpath(file, folder)).as_posix() for file in _locked_files(folder)]


def _locked_files(folder: Path) -> list[Path]:
    """The files that the lock file of a project lists."""
    from arazzoc.diagnostics import Report
    from arazzoc.project.configuration import configuration_above
    from arazzoc.project.lock import read_lock
    from arazzoc.project.quick import LOCK

    configuration = configuration_above(folder)
    root = configuration.parent if configuration is not None else folder
    lock = read_lock(root / LOCK, Report())
    return [root / output for output in lock.outputs] if lock is not None else []
