"""The verbs of the command line and their options, and what they print. Only this module, cli.py and watch.py print."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arazzoc import __version__
from arazzoc.status import EXIT_ERRORS, EXIT_FINDINGS, EXIT_FINE

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from arazzoc.project.build import Build, FileState, Outcome
    from arazzoc.project.watch import Ran
    from arazzoc.running import Run

BAR_FROM = 10
"""How many modules there are, at least, where a bar is shown."""


def parser() -> argparse.ArgumentParser:
    """The options of all verbs."""
    import argparse

    from arazzoc.arguments import document_options
    from arazzoc.checking import add_check
    from arazzoc.diffing import add_diff

    top = argparse.ArgumentParser(
        prog="arazzoc",
        allow_abbrev=False,
        description="Compile Arazzo workflows into standalone, typed Python modules.",
        epilog="exit status: 0 fine; 1 findings only; 2 wrong usage or documents that cannot be compiled; 3 a bug",
    )
    top.add_argument("--version", action="version", version=f"arazzoc {__version__}", help="show the version and exit")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    generate = verbs.add_parser(
        "generate", allow_abbrev=False, help="write one Python module per document, or all of a project"
    )
    document_options(generate, "generate")
    add = generate.add_argument
    add("--force", action="store_true", help="overwrite files that arazzoc did not write, or not as they are")
    add("--check", action="store_true", help="write nothing; exit 1 if a file is not up to date")
    add("--touch", action="store_true", help="set the time of files that are up to date, for make")
    add("--depfile", metavar="FILE", help="write what the modules were made from, as a rule for make")
    add("--diff", type=int, default=40, metavar="N", help="how many lines of differences --check shows (default: 40)")
    add("--explain-changes", action="store_true", help="tell what changed since git has the lock file, as diff does")
    add("--watch", action="store_true", help="generate again whenever a document is saved, until Ctrl-C")
    generate.set_defaults(verb=run_generate)
    add_check(verbs)
    bundle = verbs.add_parser("bundle", help="write a document with only those parts of its sources that it reaches")
    document_options(bundle, "check")
    bundle.add_argument("-o", "--output", required=True, metavar="DIR", help="the folder to write into")
    bundle.add_argument("--force", action="store_true", help="overwrite files that are there already")
    bundle.set_defaults(verb=run_bundle)
    init = verbs.add_parser("init", help="write a first configuration for the documents in this folder")
    init.set_defaults(verb=run_init)
    update = verbs.add_parser(
        "update", help="download the documents of remote sources again, and pin what they are now"
    )
    update.add_argument("names", nargs="*", metavar="NAME", help="which of them, by source or URL (default: all)")
    update.set_defaults(verb=run_update)
    add_diff(verbs)
    completion = verbs.add_parser("completion", help="print what completes commands in a shell (needs shtab)")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    completion.set_defaults(verb=run_completion)
    return top


def run_generate(options: argparse.Namespace) -> int:
    """`arazzoc generate`: all documents are compiled before the first file is written."""
    if options.watch:
        from arazzoc.project.watch import watch

        return watch(lambda: _generate(options))
    return _generate(options).status


def _generate(options: argparse.Namespace) -> Ran:
    """Generate once."""
    from arazzoc.output import project_lock
    from arazzoc.project.watch import Ran
    from arazzoc.running import Run

    def waits() -> None:
        if not options.quiet:
            print("waiting for another arazzoc, which writes into this project", file=sys.stderr)

    with project_lock(_folder_of_lock(options), waits):
        run = Run(options, "generate")  # what is configured may change while another one is waited for
        taken = run.documents() if options.watch else ()
        status, read = _build(run)
    return Ran(status, [*read, *run.read], taken, run.documents)


def _folder_of_lock(options: argparse.Namespace) -> Path | None:
    """The folder whose lock file a run may write; None where it leaves that alone."""
    from pathlib import Path

    from arazzoc.project.configuration import configuration_above

    found = configuration_above(Path.cwd())
    if options.check or (found is not None and options.output is not None):
        return None
    return found.parent if found is not None else Path.cwd() if options.allow_remote else None


def _build(run: Run) -> tuple[int, Sequence[Path]]:
    """Make what is not up to date; the exit status, and the files that modules were made from."""
    from arazzoc.project.build import Build, refuse_files_of_others
    from arazzoc.project.plan import files_of
    from arazzoc.render.bar import Bar

    options = run.options
    if not run.is_usable or run.report.has_errors or not run.allow_remote():
        run.print_report()
        return EXIT_ERRORS, ()
    output = str(run.values["output"])
    if run.values["support"] and (output == "-" or output.endswith(".py")):
        print("arazzoc: --support writes several files: give -o a folder", file=sys.stderr)
        return EXIT_ERRORS, ()
    if run.values["engine"] and output == "-":
        print("arazzoc: --engine writes several files: give -o a folder or FILE.py", file=sys.stderr)
        return EXIT_ERRORS, ()
    has_bar = sys.stderr.isatty() and len(run.modules) > BAR_FROM and not options.quiet
    bar = Bar(len(run.modules), sys.stderr) if has_bar else None
    build = Build(
        run.modules,
        run.report,
        run.library,
        run.configuration,
        remote=run.remote,
        every=run.every if run.configuration is not None else (),
        guarded=files_of(run.project) if run.project is not None and run.configuration is None else (),
        force=options.force,
        progress=(lambda module: bar.show(module.target.stem)) if bar is not None else lambda _: None,
    )
    outcome = build.compiled()
    run.report_sources(is_all=build.has_compiled_all)
    if bar is not None:
        bar.clear()
    if outcome is not None and not (options.check or options.force or run.values["output"] == "-"):
        refuse_files_of_others(outcome, run.report)
    run.print_report()
    if outcome is None or run.report.has_errors:
        return EXIT_ERRORS, ()
    if output == "-":
        sys.stdout.write("".join(file.text or "" for file in outcome.files))
        return EXIT_FINE, outcome.read
    if options.check:
        return _compare(run, outcome), outcome.read
    _write(run, build, outcome)
    return EXIT_FINE, outcome.read


def _write(run: Run, build: Build, outcome: Outcome) -> None:
    """Write what is not up to date, and say what was done."""
    from arazzoc.output import make_rule, write
    from arazzoc.paths import shown_path

    build.write(outcome)
    if run.remote is not None and run.project is None:
        run.remote.save()
    for file in outcome.files:
        shown = shown_path(file.path)
        if file.is_orphan:
            run.say(f"removed {shown}: {file.why_orphan}")
        elif file.state != "up to date":
            run.say(f"wrote {shown}")
        else:
            run.say(f"{shown} is up to date")
            if run.options.touch:
                file.path.touch()
    if run.options.explain_changes:
        from arazzoc.diffing import explained

        stale = [file.path for file in outcome.files if file.state in ("stale", "edited by hand")]
        documents = [made.module.document for made in build.made if made.module.target in stale]
        sys.stdout.write(explained(list(dict.fromkeys(documents)), run.given))
    if run.options.depfile is not None:
        from pathlib import Path

        targets = [shown_path(file.path) for file in outcome.files if not file.is_orphan]
        configured = [run.project.path] if run.project is not None else []
        read = sorted(map(shown_path, (*outcome.read, *configured)))
        write(Path(run.options.depfile), make_rule(targets, read))


def _compare(run: Run, outcome: Outcome) -> int:
    """Tell which files are not up to date, how they differ, and the command that mends it."""
    from arazzoc.paths import shown_path

    has_lock = outcome.lock is not None and not outcome.has_other_versions
    files = (*outcome.files, outcome.lock) if has_lock else outcome.files
    wrong = [file for file in files if file is not None and file.state != "up to date"]
    left: int = run.options.diff
    for file in wrong:
        tail = f": {file.why_orphan}, so it is removed" if file.is_orphan else ""
        print(f"{shown_path(file.path)} is {file.state}{tail}", file=sys.stderr)
        left -= _show_difference(file, left)
    if wrong:
        command = _command(run.options.given, force=any(file.is_refused for file in wrong))
        print(f"run: {command}", file=sys.stderr)
    return EXIT_FINDINGS if wrong else EXIT_FINE


def _show_difference(file: FileState, lines: int) -> int:
    """Print how a file differs from what it should be, in so many lines at most; how many there were."""
    from arazzoc.output import difference

    if lines <= 0 or file.text is None or not file.path.is_file() or file.path.suffix == ".lock":
        return 0
    found = difference(file.path, file.text, lines)
    print(*found, sep="\n", end="\n" if found else "")
    return len(found)


def _command(given: Sequence[str], *, force: bool) -> str:
    """The command line without what makes it a check."""
    import shlex

    kept: list[str] = []
    skips = False
    for argument in given:
        if not skips and not argument.startswith(("--check", "--diff")):
            kept.append(argument)
        skips = argument == "--diff"
    return shlex.join(["arazzoc", *kept, *(["--force"] if force and "--force" not in kept else [])])


def run_bundle(options: argparse.Namespace) -> int:
    """`arazzoc bundle`: nothing is written unless what is written compiles to the same module."""
    from pathlib import Path

    from arazzoc.bundle.files import bundle_file, compiles_to
    from arazzoc.output import in_the_way, staged, write
    from arazzoc.running import Run

    run, folder = Run(options, "check"), Path(options.output)
    if not run.is_usable or not run.allow_remote():
        run.print_report()
        return EXIT_ERRORS
    if len(run.modules) != 1 or "-" in options.files:
        run.print_report()
        print(f"arazzoc: a bundle is of the file of one document; here are {len(run.modules)}", file=sys.stderr)
        return EXIT_ERRORS
    module, library = run.modules[0], run.library()
    bundle = bundle_file(module.document, module.config, library)
    run.report_sources()
    run.print_report()
    if bundle is None or run.report.has_errors:
        return EXIT_ERRORS
    targets = [(folder / file.place, file) for file in bundle.files]
    checked = (in_the_way(folder, target, file.text, library.files, force=options.force) for target, file in targets)
    faults = [fault for fault in checked if fault]
    if not faults:
        with staged(folder, {file.place: file.text for file in bundle.files}) as stage:
            if not compiles_to(stage, bundle.files[0].place, bundle.module, module.config):
                faults.append(bundle.difference)
    for fault in faults:
        print(f"arazzoc: {fault}", file=sys.stderr)
    if faults:
        return EXIT_ERRORS
    for target, file in targets:
        write(target, file.text)
        how = "" if file.is_original else "; written anew, without its comments, for its text could not be cut"
        run.say(f"wrote {target}: {file.size:,} bytes, of {file.size_before:,}{how}")
    for name in bundle.unused:
        run.say(f"source {name} is not used, and is not in the bundle")
    return EXIT_FINE


def run_init(options: argparse.Namespace) -> int:
    """`arazzoc init`: a first configuration."""
    from pathlib import Path

    from arazzoc.project.init import initialised

    done = initialised(Path())
    print(done.message, file=sys.stderr)
    return EXIT_FINE if done.is_written else EXIT_ERRORS


def run_update(options: argparse.Namespace) -> int:
    """`arazzoc update`: pin what remote sources are now; the lock file is that of the project, or of this folder."""
    from pathlib import Path

    from arazzoc.diagnostics import Report, suggest
    from arazzoc.openapi.document import Refusal
    from arazzoc.output import project_lock
    from arazzoc.project.configuration import configuration_above
    from arazzoc.project.lock import RESTORE, read_lock
    from arazzoc.project.quick import LOCK
    from arazzoc.project.remote import Remote
    from arazzoc.render.text import render_report

    found = configuration_above(Path.cwd())
    folder = found.parent if found is not None else Path.cwd()
    with project_lock(folder, lambda: print("waiting for another arazzoc", file=sys.stderr)):
        report = Report()
        mend = "run: arazzoc generate, which makes all modules anew, and writes it again"
        lock = read_lock(folder / LOCK, report, mend if found is not None else RESTORE)
        sys.stderr.write(render_report(report))
        if lock is None:
            return EXIT_ERRORS
        remote = Remote(folder, lock)
        pins = [p for p in lock.pins.values() if not options.names or {p.url, *p.names} & {*options.names}]
        known = [name for pin in lock.pins.values() for name in (*pin.names, pin.url)]
        unknown = [name for name in options.names if name not in known]
        for name in unknown:
            print(f"arazzoc: the lock file pins no source {name!r}; {suggest(name, known)}", file=sys.stderr)
        done = [(pin.source or pin.url, remote.update(pin)) for pin in ([] if unknown else pins)]
        remote.save()
    for name, message in done:
        print(f"{name}: {message.message if isinstance(message, Refusal) else message}", file=sys.stderr)
    if remote.pins != lock.pins:
        print("run: arazzoc generate", file=sys.stderr)
    is_fine = not unknown and not any(isinstance(message, Refusal) for _, message in done)
    return EXIT_FINE if is_fine else EXIT_ERRORS


def run_completion(options: argparse.Namespace) -> int:
    """`arazzoc completion`: what a shell completes."""
    try:
        import shtab
    except ImportError:
        print("arazzoc: this needs shtab: pip install 'arazzoc[completion]'", file=sys.stderr)
        return EXIT_ERRORS
    print(shtab.complete(parser(), options.shell))
    return EXIT_FINE
