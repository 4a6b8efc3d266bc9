"""Which files of a folder are Arazzo documents: by their names, or by how they begin."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from arazzoc.project.quick import DOCUMENTS, files_below

_SUFFIXES = (".yml", ".yaml", ".json")
BEGINNING = 2000
"""How many bytes of a file are looked at."""


def documents_below(folder: Path) -> Iterator[str]:
    """The Arazzo documents below a folder, with slashes."""
    for file in files_below(str(folder)):
        path = Path(file)
        if is_document(path, _beginning):
            yield Path(os.path.relpath(path, folder)).as_posix()


def is_document(path: Path, beginning: Callable[[Path], bytes]) -> bool:
    """Whether a file is an Arazzo document: it is called so, or its first lines have the field `arazzo`."""
    if path.name.lower().endswith(DOCUMENTS):
        return True
    field = rb"""(?:^|[{,])\s*["']?arazzo["']?\s*:"""
    return path.suffix in _SUFFIXES and re.search(field, beginning(path)[:BEGINNING], re.M) is not None


def _beginning(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(BEGINNING)
    except OSError:
        return b""
