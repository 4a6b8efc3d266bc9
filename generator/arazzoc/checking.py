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
    check.set_defaults(verb=run_check)


def run_check(options: argparse.Namespace) -> int:
    """`arazzoc check`: everything but writing. The last line says what was checked, also where all is well."""
    from pathlib import Path

    from arazzoc.baseline import BaselineError, apply_baseline
    from arazzoc.running import Run

    run = Run(options, "check")
    if not run.is_usable or not run.allow_remote():
        run.print_report()
        return EXIT_FINDINGS if run.report.has_errors else EXIT_ERRORS
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


def _checked(run: Run, *, with_sources: bool) -> list[Resolved | None]:
    """Compile all documents, as far as they can be."""
    from arazzoc.pipeline import compile_parts, resolve_file

    library = run.library()
    for module in run.modules:
        library.identify(module.document)
    found: list[Resolved | None] = []
    for module in run.modules:
        inner = library.for_module(module.config.ref_folders)
        if with_sources:
            compiled = compile_parts(module.document, module.config, inner)
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
