"""A run of a verb that compiles: the modules that it is about, the files that it reads, and its findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from arazzoc import rules
from arazzoc.arguments import given_options
from arazzoc.diagnostics import Level, Report, Severity, Span
from arazzoc.levels import WrongRules, from_options, levels_of
from arazzoc.project.configuration import Configuration, configuration_above, read_configuration, report_sources
from arazzoc.project.lock import RESTORE, read_lock
from arazzoc.project.options import merged
from arazzoc.project.plan import Module, configured_modules, documents, named_modules
from arazzoc.project.quick import LOCK
from arazzoc.render.findings import render
from arazzoc.render.text import render_report

if TYPE_CHECKING:
    import argparse

    from arazzoc.project.remote import Remote
    from arazzoc.silencing import DocumentSilences
    from arazzoc.sources import Library


class Run:
    """What a verb works on: the modules that the command line and the configuration name, and the findings."""

    def __init__(self, options: argparse.Namespace, where: str) -> None:
        self.options, self.given, self.where = options, given_options(options, where), where
        self.silences: DocumentSilences | None = None
        self.report = Report()
        self.path = configuration_above(Path.cwd())
        self.project = read_configuration(self.path, self.report) if self.path is not None else None
        self.values = merged(self.project.options if self.project is not None else self.given, self.given)
        self.report.strict = bool(self.values["strict"])
        self.report.levels = self._levels()
        self.modules: list[Module] = []
        self.every: list[Module] = []
        self._library: Library | None = None
        self.remote: Remote | None = None
        self.is_usable = not self.report.has_errors and self._plan()

    @property
    def configuration(self) -> Configuration | None:
        """The configuration whose modules these are, with a lock file; None where they are written somewhere else."""
        return self.project if self.every and "output" not in self.given else None

    @property
    def stdin_name(self) -> str:
        """The file that standard input stands for, `-` where it stands for none."""
        return self.options.stdin_name or "-"

    @property
    def names(self) -> list[str]:
        """The documents that the command line names."""
        return [self.stdin_name if name == "-" else name for name in self.options.files]

    def _levels(self) -> Mapping[str, Level]:
        """The levels of rules, of the configuration and then of the command line."""
        options = self.options
        try:
            configured = levels_of(self.project.rules) if self.project is not None else {}
            return configured | from_options(options.error, options.ignore, options.only)
        except WrongRules as error:
            self.report.add(rules.CONFIGURATION, Span("command line"), str(error), help=error.help)
            return {}

    def _plan(self) -> bool:
        """Choose the modules: all of the configuration, or those that are named; whether there are any."""
        project, names = self.project, self.names
        self.every = configured_modules(project, self.given, self.report) if project is not None else []
        if not names:
            self.modules = self.every
            if not self.every and not self.report.has_errors:
                tail = f": {project.path} configures no module" if project is not None else ""
                print(f"arazzoc: name a document, or write a configuration: arazzoc init{tail}", file=sys.stderr)
            return bool(self.every)
        paths = documents(Path(), names)
        known: dict[Path, list[Module]] = {}
        for module in self.every:
            known.setdefault(module.document.resolve(), []).append(module)
        others = [path for path in paths if path.resolve() not in known]
        if project is not None and not self.report.has_errors:
            named = {path.resolve() for path in paths}
            plain = configured_modules(project, {}, Report())  # what is not named is as it is configured
            self.every = [m if m.document.resolve() in named else p for m, p in zip(self.every, plain, strict=True)]
        if self.where == "generate" and self.configuration is not None:
            for path in others:
                print(f"arazzoc: {path} is no module of {self.configuration.path}: add it, or give -o", file=sys.stderr)
            self.modules = [module for path in paths for module in known.get(path.resolve(), [])]
            return not others
        self.modules = [m for path in paths for m in known.get(path.resolve()) or named_modules([path], self.values)]
        self.every = []
        return True

    def allow_remote(self) -> bool:
        """Prepare for documents of the network, if they may be read; whether the lock file that pins them is fine."""
        if not self.values["allow_remote"]:
            return True
        from arazzoc.project.remote import Remote

        folder = self.project.folder if self.project is not None else Path.cwd()
        lock = read_lock(folder / LOCK, self.report, "" if self.project is not None else RESTORE)
        if lock is not None:
            self.remote = Remote(folder, lock)
        return lock is not None

    def library(self) -> Library:
        """The files of the run, which are opened once."""
        from arazzoc.silencing import DocumentSilences  # these load yaml, which is not needed where nothing is read
        from arazzoc.source import parse
        from arazzoc.sources import Library

        if self._library is None:
            self.report.silences = self.silences = DocumentSilences()
            fetch = self.remote.fetch if self.remote is not None else None
            self._library = Library(self.report, tuple(self.values["allow_refs"]), fetch)
            if "-" in self.options.files:
                text, name = sys.stdin.buffer.read(), self.stdin_name
                self._library.files[Path(name).resolve()] = parse(
                    text, name if name != "-" else "standard input", self.report
                )
        return self._library

    def report_sources(self, *, is_all: bool = False) -> None:
        """Report the names of `--source` that no document has, and of the configuration's sources if all were read."""
        if self._library is None:
            return
        self._library.report_overrides(self.given.get("sources", ()))
        if self.configuration is not None and is_all and not self.report.has_errors:
            report_sources(self.configuration, self._library.names, self.report)

    @property
    def read(self) -> list[Path]:
        """The files that were read or looked for, the configuration, and a lock file that may be what is wrong."""
        files = [*self._library.files, *self._library.missing] if self._library is not None else []
        if self.path is not None:
            files += [self.path, *([self.path.with_name(LOCK)] if self.report.has_errors else [])]
        return files

    def documents(self) -> set[Path]:
        """The documents that the command line names, or the configuration, as the folders are now."""
        if self.names or self.project is None:
            return {*documents(Path(), self.names)}
        return {*documents(self.project.folder, [entry.document for entry in self.project.entries])}

    def report_silences(self) -> None:
        """Report what documents silence without need."""
        if self._library is not None and self.silences is not None:
            known = (source for source in self._library.files.values() if source is not None)
            documents = [s for s in known if isinstance(s.tree, dict) and "arazzo" in s.tree]
            self.silences.report_unused(documents, self.report)

    def print_report(self, counted: str = "") -> None:
        """Print the findings; `counted` says what was checked, where that is to be said."""
        if self.options.quiet:
            self.report.diagnostics = [d for d in self.report.diagnostics if d.severity is Severity.ERROR]
            counted = counted if self.report.has_errors else ""
        form = self.options.format
        if form != "text":
            sys.stdout.write(render(form, self.report, counted))
            return
        text = render_report(self.report, show_all=self.options.show_all, counted=counted, colours=_has_colours())
        sys.stderr.write(text)

    def say(self, text: str) -> None:
        if not self.options.quiet:
            print(text, file=sys.stderr)


def _has_colours() -> bool:
    """Whether findings are printed to a terminal that shows colours (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
