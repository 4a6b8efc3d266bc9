"""The stages in order: file -> document -> resolved -> program -> text. Each is one function of another module."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from arazzoc import ir, rules
from arazzoc.arazzo.parse import parse_document
from arazzoc.config import Config
from arazzoc.resolve import Resolved, resolve
from arazzoc.source import Location
from arazzoc.sources import Library, Sources, shown_path


class OutputFile(Struct, frozen=True):
    """A file that is to be written: its name and its text."""

    name: str
    text: str


def resolve_file(path: Path, config: Config, library: Library, *, with_sources: bool = True) -> Resolved | None:
    """Read and resolve an Arazzo document; None, with diagnostics, where there is no document."""
    from arazzoc.check.dependencies import check_dependencies
    from arazzoc.check.document import check_document

    report = library.report
    source = library.source(path, shown_path(path))
    document = parse_document(source, report) if source is not None else None
    if document is None:
        return None
    sources = Sources(document, path, config.sources, library)
    resolved = resolve(document, sources, report, with_sources=with_sources)
    for each in resolved.documents:
        check_document(each, report)
    check_dependencies(resolved, report)
    return resolved


def compile_file(path: Path, config: Config, library: Library) -> ir.Program | None:
    """Compile an Arazzo document; None, with diagnostics, where it has errors."""
    from arazzoc.check.flow import check_flow
    from arazzoc.lower import lower

    report = library.report
    resolved = resolve_file(path, config, library)
    if resolved is None:
        return None
    program = lower(resolved, config, report)
    check_flow(program, resolved, report)
    return None if report.has_errors else program


def generate_file(path: Path, config: Config, library: Library) -> OutputFile | None:
    """Compile an Arazzo document to a module; None, with diagnostics, where it has errors."""
    from arazzoc.emit.module import emit

    program = compile_file(path, config, library)
    if program is None:
        return None
    name = module_name(path, library)
    return OutputFile(f"{name}.py", emit(program, name))


def module_name(path: Path, library: Library) -> str:
    """The name of the module that a document compiles to: that of its file, in snake case.

    `openai-batch-job-workflow.yml` and `openai-batch-job.arazzo.yml` give `openai_batch_job`; `json.arazzo.yml` gives
    `json_workflow`, with a note, for a module `json` would be imported in place of that of the standard library.
    """
    from arazzoc.emit.names import module_fault, snake_case

    stem = re.sub(r"\.(ya?ml|json)$", "", path.name, flags=re.I)
    shorter = re.sub(r"[._-](arazzo|workflows?)$", "", stem, flags=re.I)
    name = snake_case(shorter or stem, "workflow").rstrip("_")
    fault, source = module_fault(name), library.source(path, shown_path(path))
    if not fault or source is None:
        return name
    library.report.add(
        rules.MODULE_NAME,
        Location(source),
        f"a module {name}.py {fault}",
        help=f"it is called {name}_workflow.py; -o FILE.py gives it a name of your own",
    )
    return f"{name}_workflow"
