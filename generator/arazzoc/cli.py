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
    generate.add_argument(
        "--support",
        type=support_option,
        metavar="NAME",
        help="write the run-time support into a module NAME beside the others, which import from it",
    )
    generate.add_argument(
        "--with",
        dest="extras",
        action="append",
        default=[],
        choices=("command", "many"),  # config.EXTRAS: msgspec is not loaded for --help
        help="add a command line, or run_many, to each module",
    )
    generate.add_argument(
        "--line-length",
        type=width_option,
        default=88,
        metavar="N",
        help="the width of lines (default: 88)",
    )
    generate.add_argument("--force", action="store_true", help="overwrite files that arazzoc did not write")
    generate.add_argument("--check", action="store_true", help="write nothing; exit 1 if a module is not up to date")
    generate.add_argument("--touch", action="store_true", help="set the time of files that are up to date, for make")
    generate.add_argument(
        "--depfile", type=Path, metavar="FILE", help="write what the modules were made from, as a rule for make"
    )
    generate.add_argument(
        "--diff", type=int, default=40, metavar="N", help="how many lines of differences --check shows (default: 40)"
    )
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
    bundle = verbs.add_parser("bundle", help="write a document with only those parts of its sources that it reaches")
    _document_options(bundle)
    bundle.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="the folder to write into")
    bundle.add_argument("--force", action="store_true", help="overwrite files that are there already")
    bundle.set_defaults(verb=run_bundle)
    return top


def _document_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="an Arazzo document, YAML or JSON; a folder of documents called *.arazzo.yml, .yaml or .json; or a glob",
    )
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
    verb.add_argument("--all", dest="show_all", action="store_true", help="show each finding, however many are alike")
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


def support_option(text: str) -> str:
    """The name of a module."""
    from arazzoc.emit.names import module_fault

    if not text.isidentifier() or text.startswith("__"):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a module")
    if fault := module_fault(text):
        raise argparse.ArgumentTypeError(f"a module {text}.py {fault}")
    return text


def width_option(text: str) -> int:
    """The width of lines; in less than 60 columns, code is broken after every word."""
    if not text.isdecimal() or not 60 <= int(text) <= 320:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 60 to 320")
    return int(text)


def documents(arguments: Sequence[str]) -> list[Path]:
    """The documents that files, folders and globs name, each once; a name that fits nothing stays, to be reported."""
    found: dict[Path, None] = {}
    for text in arguments:
        path = Path(text)
        if path.is_dir():
            inside = [p for p in path.rglob("*.arazzo.*") if p.suffix in (".yml", ".yaml", ".json")]
            found |= dict.fromkeys(sorted(inside) or [path])
        elif not path.exists() and any(char in text for char in "*?["):
            import glob

            found |= dict.fromkeys([Path(name) for name in sorted(glob.glob(text, recursive=True))] or [path])
        else:
            found[path] = None
    return list(found)


def run_generate(options: argparse.Namespace) -> int:
    """`arazzoc generate`: all documents are compiled before the first file is written."""
    from arazzoc.config import Config
    from arazzoc.diagnostics import Report
    from arazzoc.pipeline import generate_file, support_file
    from arazzoc.sources import Library

    if options.support and (options.output == "-" or options.output.endswith(".py")):
        print("arazzoc: --support writes several files: give -o a folder", file=sys.stderr)
        return EXIT_ERRORS
    config = Config(
        dict(options.source),
        options.strict,
        options.unhandled,
        tuple(options.allow_refs),
        options.idempotency_key,
        options.support or "",
        frozenset(options.extras),
        options.line_length,
    )
    report = Report(strict=options.strict)
    library = Library(report, config.ref_folders)
    paths = documents(options.files)
    for path in paths:
        library.identify(path)
    files = [file for path in paths if (file := generate_file(path, config, library)) is not None]
    if config.support and not report.has_errors:
        files.append(support_file(files, config))
    _print_report(report, options)
    if report.has_errors:
        return EXIT_ERRORS
    if options.output == "-":
        sys.stdout.write("".join(file.text for file in files))
        return EXIT_FINE
    folder = Path(options.output)
    targets = [(folder if options.output.endswith(".py") else folder / file.name, file.text) for file in files]
    for number, (target, _) in enumerate(targets):
        if any(str(target).casefold() == str(other).casefold() for other, _ in targets[:number]):
            print(f"arazzoc: two modules would be written to {target}", file=sys.stderr)
            return EXIT_ERRORS
    status = _write_or_compare(targets, options)
    if options.depfile is not None and status == EXIT_FINE and not options.check:
        from arazzoc.output import make_rule, write
        from arazzoc.sources import shown_path

        read = sorted(shown_path(path) for path, source in library.files.items() if source is not None)
        write(options.depfile, make_rule([str(target) for target, _ in targets], read))
    return status


def _write_or_compare(targets: list[tuple[Path, str]], options: argparse.Namespace) -> int:
    """Write all files, or with `--check` tell which are not up to date."""
    from arazzoc.output import difference, is_current, is_ours, write

    foreign = [target for target, _ in targets if not options.check and not options.force and not is_ours(target)]
    for target in foreign:
        print(f"arazzoc: {target} was not written by arazzoc; --force overwrites it", file=sys.stderr)
    if foreign:
        return EXIT_ERRORS
    stale, left = False, options.diff
    for target, text in targets:
        if is_current(target, text):
            if not options.check:
                print(f"{target} is up to date", file=sys.stderr)
                if options.touch:
                    target.touch()
        elif options.check:
            state = "is not up to date" if target.is_file() else "is missing"
            print(f"{target} {state}; run the same command without --check", file=sys.stderr)
            lines = difference(target, text, left) if left > 0 and target.is_file() else []
            print(*lines, sep="\n", end="\n" if lines else "")
            stale, left = True, left - len(lines)
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
    paths = documents(options.files)
    for path in paths:
        library.identify(path)
    for path in paths:
        if options.no_sources:
            resolve_file(path, config, library, with_sources=False)
        else:
            compile_file(path, config, library)
    _print_report(report, options)
    return EXIT_FINDINGS if report.has_errors else EXIT_FINE


def run_bundle(options: argparse.Namespace) -> int:
    """`arazzoc bundle`: nothing is written unless what is written compiles to the same module."""
    from arazzoc.bundle.files import bundle_file, compiles_to
    from arazzoc.config import Config
    from arazzoc.diagnostics import Report
    from arazzoc.output import in_the_way, staged, write
    from arazzoc.sources import Library

    paths, folder = documents(options.files), options.output
    if len(paths) != 1:
        print(f"arazzoc: a bundle is of one document; here are {len(paths)}", file=sys.stderr)
        return EXIT_ERRORS
    config = Config(dict(options.source), options.strict, ref_folders=tuple(options.allow_refs))
    report = Report(strict=options.strict)
    library = Library(report, config.ref_folders)
    bundle = bundle_file(paths[0], config, library)
    _print_report(report, options)
    if bundle is None:
        return EXIT_ERRORS
    targets = [(folder / file.place, file) for file in bundle.files]
    checked = (in_the_way(folder, target, file.text, library.files, force=options.force) for target, file in targets)
    faults = [fault for fault in checked if fault]
    if not faults:
        with staged(folder, {file.place: file.text for file in bundle.files}) as stage:
            if not compiles_to(stage, bundle.files[0].place, bundle.module, config):
                faults.append(bundle.difference)
    for fault in faults:
        print(f"arazzoc: {fault}", file=sys.stderr)
    if faults:
        return EXIT_ERRORS
    for target, file in targets:
        write(target, file.text)
        how = "" if file.is_original else "; written anew, without its comments, for its text could not be cut"
        print(f"wrote {target}: {file.size:,} bytes, of {file.size_before:,}{how}", file=sys.stderr)
    for name in bundle.unused:
        print(f"source {name} is not used, and is not in the bundle", file=sys.stderr)
    return EXIT_FINE


def _print_report(report: object, options: argparse.Namespace) -> None:
    from arazzoc.diagnostics import Report
    from arazzoc.render.text import render_report

    assert isinstance(report, Report)
    sys.stderr.write(render_report(report, show_all=options.show_all))


if __name__ == "__main__":
    run()
