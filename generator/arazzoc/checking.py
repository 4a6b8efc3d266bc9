"""The verb `check`: its options, and what it prints. Like commands.py, it may print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from arazzoc.status import EXIT_ERRORS, EXIT_FINDINGS, EXIT_FINE

if TYPE_CHECKING:
    import argparse

    from arazzoc.resolve import Resolved
    from arazzoc.running import Run


def add_check(verbs: Any) -> None:
    """Add the verb to those of the command line."""
    from arazzoc.arguments import document_options

    check: argparse.ArgumentParser = verbs.add_parser("check", help="diagnose only; nothing is written")
    document_options(check, "check")
    add = check.add_argument
    add("--no-sources", action="store_true", help="open no source: check the documents by themselves")
    add("--baseline", metavar="FILE", help="tell only what is not in FILE; where there is none, write all to it")
    about = "write what is certain into the documents: rewrites that give the same module"
    add("--fix", action="store_const", const="certain", help=about)
    add("--fix=all", dest="fix", action="store_const", const="all", help="also names that are nearly right")
    add("--dry-run", action="store_true", help="with --fix: show the difference, and write nothing")
    add("--explain", metavar="RULE", help="say what a rule is for, and check nothing")
    check.set_defaults(verb=run_check)
    explain: argparse.ArgumentParser = verbs.add_parser("explain", help="say what a rule is for, with examples")
    explain.add_argument("explain", metavar="RULE", help="its code or name, or a group such as ARZ5")
    explain.set_defaults(verb=run_explain)


def run_explain(options: argparse.Namespace) -> int:
    """`arazzoc explain`: the rules that a code, a name or a group names."""
    from arazzoc.explanations import explained
    from arazzoc.levels import WrongRules, rules_of

    try:
        found = rules_of(options.explain)
    except WrongRules as error:
        print(f"arazzoc: {error}" + (f"; {error.help}" if error.help else ""), file=sys.stderr)
        return EXIT_ERRORS
    sys.stdout.write("\n".join(map(explained, found)))
    return EXIT_FINE


def run_check(options: argparse.Namespace) -> int:
    """`arazzoc check`: everything but writing. The last line says what was checked, also where all is well."""
    from pathlib import Path

    from arazzoc.baseline import BaselineError, apply_baseline
    from arazzoc.running import Run

    if options.explain is not None:
        return run_explain(options)
    run = Run(options, "check")
    if not run.is_usable or not run.allow_remote():
        run.print_report()
        return EXIT_FINDINGS if run.report.has_errors else EXIT_ERRORS
    if options.fix is not None and "-" in options.files:
        print("arazzoc: standard input cannot be fixed", file=sys.stderr)
        return EXIT_ERRORS
    if options.fix is not None:
        _fix(run, takes_guesses=options.fix == "all", writes=not options.dry_run)
        run = Run(options, "check")
        run.allow_remote()
    checked = [found for found in _checked(run, with_sources=not options.no_sources) if found is not None]
    run.report_sources()
    if not options.no_sources:
        run.report_silences()
    told = ""
    if options.baseline is not None:
        try:
            told = apply_baseline(Path(options.baseline), run.report)
        except BaselineError as error:
            print(f"arazzoc: {error}", file=sys.stderr)
            return EXIT_ERRORS
    run.print_report(counted=_counted(len(run.modules), checked))
    if told:
        run.say(told)
    return EXIT_FINDINGS if run.report.has_errors else EXIT_FINE


def _fix(run: Run, *, takes_guesses: bool, writes: bool) -> None:
    """Write the fixes of all documents, or show them."""
    from arazzoc.fixing import fix_document, outcome_of
    from arazzoc.output import difference, write_bytes
    from arazzoc.paths import shown_path

    library = run.library()
    for module in run.modules:
        library.identify(module.document)
        source = library.source(module.document, shown_path(module.document))
        if source is None:
            continue
        inner = library.for_module(module.config.ref_folders)
        fixed = fix_document(source, outcome_of(module, inner, run.report), takes_guesses=takes_guesses)
        library.files[module.document.resolve()] = fixed.source
        if not fixed.count:
            continue
        many = f"{fixed.count} fix{'es' if fixed.count != 1 else ''}"
        if writes:
            before = module.document.read_bytes()
            write_bytes(module.document, before[: len(before) - len(source.data)] + fixed.source.data)
            run.say(f"{shown_path(module.document)}: {many} written")
        else:
            print(*difference(module.document, fixed.source.text, sys.maxsize), sep="\n")
            run.say(f"{shown_path(module.document)}: {many} possible")


def _checked(run: Run, *, with_sources: bool) -> list[Resolved | None]:
    """Compile all documents, as far as they can be."""
    from arazzoc.pipeline import check_file, resolve_file

    library = run.library()
    for module in run.modules:
        library.identify(module.document)
    found: list[Resolved | None] = []
    for module in run.modules:
        inner = library.for_module(module.config.ref_folders)
        if with_sources:
            compiled = check_file(module.document, module.config, inner)
            found.append(compiled.resolved if compiled is not None else None)
        else:
            found.append(resolve_file(module.document, module.config, inner, with_sources=False))
    return found


def _counted(documents: int, checked: list[Resolved]) -> str:
    """What was checked, in words."""
    workflows = sum(len(resolved.document.workflows) for resolved in checked)
    steps = sum(len(workflow.steps) for resolved in checked for workflow in resolved.document.workflows)
    counts = (documents, "document"), (workflows, "workflow"), (steps, "step")
    return ", ".join(f"{number} {word}{'s' if number != 1 else ''}" for number, word in counts)
