"""`generate --watch`: generate again whenever a file that was read is saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from arazzoc.project.quick import DOCUMENTS


def watch(generate: Callable[[], tuple[int, list[Path]]]) -> int:
    """Generate, then again whenever a file that was read, or a document beside one, changes, until it is interrupted.

    A run with errors leaves the files as they are, and says why. `generate` gives the exit status, and the files to
    watch. The exit status is that of the last run, or 0 where the user ended it.
    """
    try:
        from watchfiles import watch as changes
    except ImportError:
        print("arazzoc: this needs watchfiles: pip install 'arazzoc[watch]'", file=sys.stderr)
        return 2
    status, files = 0, list[Path]()
    try:
        while True:
            status, read = generate()
            files = [*{name: None for path in read for name in (path.absolute(), path.resolve())}] or files
            folders = sorted({path.parent for path in files if path.parent.is_dir()})
            if not folders:
                return status
            print(f"watching {len(folders)} folders; Ctrl-C ends it", file=sys.stderr)
            wanted = {str(path) for path in files}
            for found in changes(*folders, recursive=False):
                if any(path in wanted or path.endswith(DOCUMENTS) for _, path in found):
                    break
            else:
                return status
    except KeyboardInterrupt:
        return 0
