"""`generate --watch`: generate again whenever a file that was read is saved."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from arazzoc.project.quick import DOCUMENTS


def watch(generate: Callable[[], tuple[int, list[Path]]]) -> int:
    """Generate, then again whenever a file that was read, or a document beside one, changes, until it is interrupted.

    A run with errors leaves the files as they are, and says why. `generate` gives the exit status, and the files to
    watch. The exit status is that of the last run, or 0 where the user ended it.
    """
    try:
        from watchfiles import Change
        from watchfiles import watch as changes
    except ImportError:
        print("arazzoc: this needs watchfiles: pip install 'arazzoc[watch]'", file=sys.stderr)
        return 2
    status, stamps = 0, dict[Path, int]()
    try:
        while True:
            before, began = {path: _stamp(path) for path in stamps}, time.time_ns()
            status, read = generate()
            files = {name: None for path in read for name in (path.absolute(), path.resolve())} or stamps
            stamps = {path: before[path] if path in before else _stamp(path, began) for path in files}
            folders = sorted({path.parent for path in files if path.parent.is_dir()})
            if not folders:
                return status
            print(f"watching {len(folders)} folders; Ctrl-C ends it", file=sys.stderr)
            # What was saved while the modules were made is in no event: stamps tell it, at the latest at the timeout.
            for found in changes(*folders, recursive=False, debounce=400, rust_timeout=500, yield_on_timeout=True):
                has_new = any(kind == Change.added and path.endswith(DOCUMENTS) for kind, path in found)
                if has_new or any(_stamp(path) != stamp for path, stamp in stamps.items()):
                    break
            else:
                return status
    except KeyboardInterrupt:
        return 0


def _stamp(path: Path, since: int = 0) -> int:
    """What changes when a file is saved; -1 where it is not there, or was saved since a time."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return -1
    return -1 if 0 < since < stamp else stamp
