"""`generate --watch`: generate again whenever what it is made from changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple


class Ran(NamedTuple):
    """A run: its exit status, the files that it read or looked for, the documents that it took, and what tells which
    it would take now.
    """

    status: int
    files: Sequence[Path]
    taken: Collection[Path] = ()
    documents: Callable[[], Collection[Path]] = tuple


def watch(generate: Callable[[], Ran]) -> int:
    """Generate, then again whenever a file that was read or looked for changes, or there are other documents to take,
    until it is interrupted.

    A run with errors leaves the files as they are, and says why; what was read before is watched on. The exit status is
    that of the last run, or 0 where the user ended it.
    """
    try:
        from watchfiles import watch as changes
    except ImportError:
        print("arazzoc: this needs watchfiles: pip install 'arazzoc[watch]'", file=sys.stderr)
        return 2
    stamps = dict[Path, int]()
    try:
        while True:
            before, began = {path: _stamp(path) for path in stamps}, time.time_ns()
            ran = generate()
            files = {name: None for path in ran.files for name in (path.absolute(), path.resolve())}
            if ran.status:
                files |= dict.fromkeys(stamps)
            stamps = {path: before[path] if path in before else _stamp(path, began) for path in files}
            documents = _Documents({*ran.taken}, ran.documents)
            folders = sorted({path.parent for path in files if path.parent.is_dir()})
            if not folders:
                return ran.status
            print(f"watching {len(folders)} folders; Ctrl-C ends it", file=sys.stderr)
            # What was saved while the modules were made is in no event: stamps tell it, at the latest at the timeout.
            try:
                for _ in changes(*folders, recursive=False, debounce=400, rust_timeout=500, yield_on_timeout=True):
                    if any(_stamp(path) != stamp for path, stamp in stamps.items()) or documents.are_others():
                        break
                else:
                    return ran.status
            except FileNotFoundError:  # a folder has gone since it was looked at
                continue
    except KeyboardInterrupt:
        return 0


class _Documents:
    """The documents of a run, looked for again now and then: folders and globs may name others by then.

    That may mean to walk through a large tree, so it takes a twentieth of the time at most.
    """

    def __init__(self, taken: set[Path], found: Callable[[], Collection[Path]]) -> None:
        self.taken, self.found, self.due = taken, found, 0.0

    def are_others(self) -> bool:
        began = time.monotonic()
        if began < self.due:
            return False
        found = {*self.found()}
        ended = time.monotonic()
        self.due = ended + 20 * (ended - began)
        return found != self.taken


def _stamp(path: Path, since: int = 0) -> int:
    """What changes when a file is saved; -1 where it is not there, or was saved since a time."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return -1
    return -1 if 0 < since < stamp else stamp
