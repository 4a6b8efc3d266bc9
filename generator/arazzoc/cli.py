"""The command line: verbs, exit statuses, printing. Nothing else prints."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

EXIT_FINE, EXIT_FINDINGS, EXIT_ERRORS, EXIT_BUG = 0, 1, 2, 3


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
    sys.stderr.flush()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run arazzoc; returns the exit status: 0 fine, 1 findings only, 2 wrong usage or documents, 3 a bug."""
    options = parser().parse_args(arguments)
    try:
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


def parser() -> argparse.ArgumentParser:
    """The options of all verbs."""
    top = argparse.ArgumentParser(
        prog="arazzoc",
        description="Compile Arazzo workflows into standalone, typed Python modules.",
        epilog="exit status: 0 fine; 1 findings only; 2 wrong usage or documents that cannot be compiled; 3 a bug",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    generate = verbs.add_parser("generate", help="write one Python module per document")
    _document_options(generate)
    generate.add_argument(
        "-o", "--output", default=".", metavar="DIR|FILE.py|-", help="where to write (default: the current folder)"
    )
    generate.add_argument("--check", action="store_true", help="write nothing; exit 1 if a module is not up to date")
    generate.add_argument(
        "--unhandled",
        choices=("raise", "continue"),
        default="raise",
        help="what a run does where a polling step ends in a state that no action names (default: raise)",
    )
    generate.add_argument(
        "--idempotency-key",
        action="store_true",
        help="send the header Idempotency-Key with POST and PATCH requests, the same over all attempts of a step",
    )
    generate.set_defaults(verb=run_generate)
    check = verbs.add_parser("check", help="diagnose only; nothing is written")
    _document_options(check)
    check.add_argument("--no-sources", action="store_true", help="open no source: check the documents by themselves")
    check.set_defaults(verb=run_check)
    return top


def _document_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an Arazzo document, YAML or JSON")
    verb.add_argument(
        "--source",
        action="append",
        default=[],
        type=source_option,
        metavar="NAME=PATH",
        help="the file of a source description, in place of its url",
    )
    verb.add_argument(
        "--allow-refs",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="a folder that $refs may lead into, besides that of the OpenAPI document",
    )
    verb.add_argument("--strict", action="store_true", help="refuse the dialects that are accepted with a warning")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs more than all other options together."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"arazzoc {version('arazzoc')}")
        except PackageNotFoundError:
            print("arazzoc (not installed)")
        parser.exit()


def source_option(text: str) -> tuple[str, Path]:
    """`NAME=PATH` of `--source`."""
    name, equals, path = text.partition("=")
    if not name or not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH")
    return name, Path(path)


def run_generate(options: argparse.Namespace) -> int:
    """`arazzoc generate`: all documents are compiled before the first file is written."""
    from arazzoc.config import Config
    from arazzoc.diagnostics import Report
    from arazzoc.output import is_current, write
    from arazzoc.pipeline import generate_file
    from arazzoc.sources import Library

    config = Config(
        dict(options.source),
        options.strict,
        options.unhandled,
        tuple(options.allow_refs),
        options.idempotency_key,
    )
    report = Report(strict=options.strict)
    library = Library(report, config.ref_folders)
    outputs: dict[Path, str] = {}
    for path in options.files:
        output = generate_file(path, config, library)
        if output is None:
            continue
        target = Path(options.output) if options.output.endswith(".py") else Path(options.output) / output.name
        if target in outputs and options.output != "-":
            _print_report(report)
            print(f"arazzoc: two documents would be written to {target}", file=sys.stderr)
            return EXIT_ERRORS
        outputs[target] = output.text
    _print_report(report)
    if report.has_errors:
        return EXIT_ERRORS
    stale = False
    for target, text in outputs.items():
        if options.output == "-":
            sys.stdout.write(text)
        elif options.check:
            if not is_current(target, text):
                print(f"{target} is not up to date; run the same command without --check", file=sys.stderr)
                stale = True
        elif is_current(target, text):
            print(f"{target} is up to date", file=sys.stderr)
        else:
            write(target, text)
            print(f"wrote {target}", file=sys.stderr)
    return EXIT_FINDINGS if stale else EXIT_FINE


def run_check(options: argparse.Namespace) -> int:
    """`arazzoc check`: everything but writing."""
    from arazzoc.config import Config
    from arazzoc.diagnostics import Report
    from arazzoc.pipeline import compile_file, resolve_file
    from arazzoc.sources import Library

    config = Config(dict(options.source), options.strict, ref_folders=tuple(options.allow_refs))
    report = Report(strict=options.strict)
    library = Library(report, config.ref_folders)
    for path in options.files:
        if options.no_sources:
            resolve_file(path, config, library, with_sources=False)
        else:
            compile_file(path, config, library)
    _print_report(report)
    return EXIT_FINDINGS if report.has_errors else EXIT_FINE


def _print_report(report: object) -> None:
    from arazzoc.diagnostics import Report
    from arazzoc.render.text import render_report

    assert isinstance(report, Report)
    sys.stderr.write(render_report(report))


if __name__ == "__main__":
    run()
