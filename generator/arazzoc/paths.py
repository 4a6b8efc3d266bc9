"""Paths, as messages show them."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDERS: dict[str, tuple[str, str]] = {}


def name_folder(outer: Path, folder: Path, prefix: str) -> None:
    """Show what is in `folder` by a prefix and its path there, until `forget_folder`.

    So the files of a revision, which are in a temporary folder, are shown as git names them. `outer` is where one comes
    that leaves the folder by `..`.
    """
    _FOLDERS[f"{outer}{os.sep}"] = (str(folder), prefix)


def forget_folder(outer: Path) -> None:
    _FOLDERS.pop(f"{outer}{os.sep}", None)


def shown_path(path: Path) -> str:
    """Write a path as a user in the current directory would: relative and normalised, unless it is far away."""
    normal = os.path.normpath(path)
    for outer, (folder, prefix) in _FOLDERS.items():
        if normal.startswith(outer):
            inner = os.path.relpath(normal, folder).replace(os.sep, "/")
            return prefix if inner == "." else prefix + inner
    if os.path.isabs(normal):
        relative = os.path.relpath(normal)
        return relative if relative.count("..") < 3 else normal
    return normal


def adapter_name(stem: str, engine: str) -> str:
    """The file of a module that runs another one on an engine."""
    return f"{stem}_{engine}.py"
