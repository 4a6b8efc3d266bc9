"""The stages in order: file -> document -> resolved -> program -> text. Each is one function of another module."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc.arazzo.parse import parse_document
from arazzoc.config import Config
from arazzoc.paths import shown_path
from arazzoc.resolve import Resolved, resolve
from arazzoc.source import Location
from arazzoc.sources import Library, Sources

if TYPE_CHECKING:
    from arazzoc.emit.module import Form


class Compiled(Struct, frozen=True):
    """What an Arazzo document is compiled to. If the report has errors, the program lacks what they are about."""

    resolved: Resolved
    program: ir.Program


class OutputFile(Struct, frozen=True):
    """A file that is to be written: its name, its text, and the parts of the support that it needs; the fingerprints of
    its workflows' flows; `beside` are the texts of the modules that run it on engines.
    """

    name: str
    text: str
    parts: frozenset[str] = frozenset()
    flows: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def resolve_file(path: Path, config: Config, library: Library, *, with_sources: bool = True) -> Resolved | None:
    """Read and resolve an Arazzo document; None, with diagnostics, where there is no document."""
    from arazzoc.check.dependencies import check_dependencies
    from arazzoc.check.document import check_document

    report = library.report
    source = library.source(path, shown_path(path))
    document = parse_document(source, report) if source is not None else None
    if document is None:
        return None
    library.identify(path)
    sources = Sources(document, path, config.sources, library)
    resolved = resolve(document, sources, report, with_sources=with_sources)
    for each in resolved.documents:
        check_document(each, report)
    check_dependencies(resolved, report)
    return resolved


def compile_file(path: Path, config: Config, library: Library) -> ir.Program | None:
    """Compile an Arazzo document; None, with diagnostics, where it has errors."""
    compiled = compile_parts(path, config, library)
    return None if compiled is None or library.report.has_errors else compiled.program


def check_file(path: Path, config: Config, library: Library) -> Compiled | None:
    """Compile an Arazzo document as far as it can be for its diagnostics, with notes of what nothing uses."""
    from arazzoc.check.unused import check_unused
    from arazzoc.diagnostics import Severity

    compiled = compile_parts(path, config, library)
    if compiled is not None and not any(d.rule.severity is Severity.ERROR for d in library.report.diagnostics):
        check_unused(compiled.resolved, library.report)
    return compiled


def compile_parts(path: Path, config: Config, library: Library) -> Compiled | None:
    """Compile an Arazzo document as far as it can be, with diagnostics; None where there is no document."""
    from arazzoc.check.flow import check_flow
    from arazzoc.check.resuming import check_resuming
    from arazzoc.lower import lower

    report = library.report
    resolved = resolve_file(path, config, library)
    if resolved is None:
        return None
    program = lower(resolved, config, report)
    check_flow(program, resolved, report)
    check_resuming(program, resolved, config, report)
    return Compiled(resolved, program)


def generate_file(
    path: Path, config: Config, library: Library, name: str = "", *, target: str = ""
) -> OutputFile | None:
    """Compile an Arazzo document to a module, called like the document unless a name is given; None, with diagnostics,
    where it has errors. `target` is what its engines' modules import it as, where that is another name.
    """
    from arazzoc.emit.module import emit

    program = compile_file(path, config, library)
    if program is None:
        return None
    name = name or _module_name(path, library)
    written = emit(program, replace(_form(config), name=target or name))
    flows = tuple((workflow.id, ir.flow_fingerprint(workflow)[:16]) for workflow in program.workflows)
    return OutputFile(f"{name}.py", written.text, frozenset(written.parts), flows, written.beside)


def support_file(modules: Iterable[OutputFile], config: Config) -> OutputFile:
    """The module from which others take the run-time support."""
    from arazzoc.emit.module import emit_support

    needed = frozenset(part for module in modules for part in module.parts)
    return OutputFile(f"{config.support}.py", emit_support(needed, _form(config)))


def _form(config: Config) -> Form:
    from arazzoc.emit.module import Form

    return Form(config.line_length, frozenset(config.extras), config.support, engines=config.engines)


def _module_name(path: Path, library: Library) -> str:
    """The name of a module, with a note where it is not that of the document."""
    from arazzoc.emit.names import module_name

    name, fault = module_name(path.name)
    source = library.source(path, shown_path(path))
    if not fault or source is None:
        return name
    library.report.add(
        rules.MODULE_NAME,
        Location(source),
        fault,
        help=f"it is called {name}.py; -o FILE.py gives it a name of your own",
    )
    return name
