"""The command `arazzoc`: its exit statuses, and the way out where there is nothing to do.

Nothing is imported here that `generate` can do without where there is nothing to do: typing alone takes as long as
Python needs to start.
"""

from __future__ import annotations

import gc
import os
import sys

from arazzoc.status import EXIT_BUG, EXIT_ERRORS, EXIT_FINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def run() -> None:
    """The command `arazzoc`: a process that compiles and ends, and leaves freeing its memory to the system.

    Walking the trees of large documents, in the garbage collector and when the interpreter ends, takes a quarter of
    the time of such a process.
    """
    gc.disable()
    try:
        status = main()
    except SystemExit as end:  # argparse: --help, --version, wrong usage
        status = end.code if isinstance(end.code, int) else EXIT_FINE
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    sys.stderr.flush()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run arazzoc; returns the exit status: 0 fine, 1 findings only, 2 wrong usage or documents, 3 a bug."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if _is_nothing_to_do(given):
            return EXIT_FINE
        _write_any_text()
        from arazzoc.commands import parser

        options = parser().parse_args(given)
        options.given = given
        status: int = options.verb(options)
        sys.stdout.flush()
    except BrokenPipeError:
        return EXIT_FINE
    except OSError as error:
        print(f"arazzoc: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return EXIT_ERRORS
    except Exception as error:
        import traceback

        traceback.print_exc()
        print(f"arazzoc: this is a bug of arazzoc, please report it: {error!r}", file=sys.stderr)
        return EXIT_BUG
    return status


def _write_any_text() -> None:
    """Write documents and modules as UTF-8 wherever they go; a terminal shows what it has no characters for escaped."""
    if sys.stdout is sys.__stdout__ and sys.__stdout__ is not None:
        if sys.__stdout__.isatty():
            sys.__stdout__.reconfigure(errors="backslashreplace")
        else:
            sys.__stdout__.reconfigure(encoding="utf-8")


def _is_nothing_to_do(arguments: Sequence[str]) -> bool:
    """Whether nothing is to be done, without loading anything: `generate`, or `generate --check`, finds all modules up
    to date, or `diff` finds both sides the same.
    """
    if arguments[:1] == ["diff"] and len(arguments) in (2, 3) and not any(a[:1] == "-" for a in arguments):
        from arazzoc.difference.quick import are_same

        return are_same(os.getcwd(), arguments[1], arguments[2] if len(arguments) == 3 else None)
    if arguments[:1] != ["generate"] or not {*arguments[1:]} <= {"--check", "-q", "--quiet"}:
        return False
    from arazzoc.project.quick import current_files

    files = current_files(os.getcwd())
    if files is not None and len(arguments) == 1:
        sys.stderr.write("".join(f"{os.path.relpath(file)} is up to date\n" for file in files))
    return files is not None


if __name__ == "__main__":
    run()
