"""`generate --watch`: generate again whenever a file that was read is saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def watch(generate: Callable[[], tuple[int, list[Path]]]) -> int:
    """Generate, then again whenever one of the files that were read changes, until the user interrupts it.

    A run with errors leaves the files as they are, and says why. `generate` gives the exit status, and the files to
    watch. The exit status is that of the last run.
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
            files = [path.resolve() for path in read] or files
            folders = sorted({path.parent for path in files})
            if not folders:
                return status
            print(f"watching {len(files)} files; Ctrl-C ends it", file=sys.stderr)
            wanted = {str(path) for path in files}
            for found in changes(*folders, recursive=False):
                if any(path in wanted for _, path in found):
                    break
            else:
                return status
    except KeyboardInterrupt:
        return status
