"""The verb `diff`: its options, both sides read and compared, and what it prints. Like commands.py, it may print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from arazzoc.status import EXIT_ERRORS, EXIT_FINDINGS, EXIT_FINE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from arazzoc.difference.kinds import Severity
    from arazzoc.difference.results import Difference, Skipped
    from arazzoc.difference.sides import Document, Pair

FORMATS = ("text", "json", "markdown", "github")


def add_diff(verbs: Any) -> None:
    """Add the verb to those of the command line."""
    import argparse

    from arazzoc.arguments import source_option
    from arazzoc.difference.kinds import FAIL_ON

    text = "tell what changed between two versions of workflows and of their APIs, and whom it breaks"
    diff: argparse.ArgumentParser = verbs.add_parser(
        "diff",
        allow_abbrev=False,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog="exit status: 0 nothing as bad as --fail-on; 1 something is; 2 a side or source is unreadable; 3 a bug",
    )
    add = diff.add_argument
    side = "a document, a folder of documents, a bundle, a revision of git, or REV:PATH"
    add("old", nargs="?", metavar="OLD", help=f"the old side: {side}")
    add("new", nargs="?", metavar="NEW", help="the new side, likewise (default: OLD in the working tree)")
    for flag, which in (("--source", "on both sides"), ("--old-source", "on the old side")):
        about = f"the file of a source description, in place of its url, {which}"
        add(flag, action="append", default=[], type=source_option, metavar="NAME=PATH", help=about)
    add("--format", choices=FORMATS, default="text", help="how it is told (default: text)")
    add("--fail-on", choices=FAIL_ON, help="the severity from which the exit status is 1 (default: breaking)")
    add("-v", "--verbose", action="store_true", help="show places, reasons and what to do, too")
    about = "what git passes to diff.arazzo.command, whose exit status is 0 in any case"
    add("--git", nargs=argparse.REMAINDER, metavar="ARGUMENT", help=about)
    diff.set_defaults(verb=run_diff)


def run_diff(options: argparse.Namespace) -> int:
    """`arazzoc diff`: nothing is printed where nothing has changed."""
    from arazzoc.difference.results import told_once
    from arazzoc.difference.sides import SideError, git_external, pairs

    if (options.old is None) == (options.git is None):
        print("arazzoc: name a side: arazzoc diff OLD [NEW]", file=sys.stderr)
        return EXIT_ERRORS
    configured = _configured()
    if configured is None:
        return EXIT_ERRORS if options.git is None else EXIT_FINE
    severities, limit = configured
    try:
        if options.git is not None:
            found = git_external(*options.git) if len(options.git) >= _OF_GIT else []
        else:
            given = [dict[str, Any](sources) for sources in (options.source, options.old_source)]
            found = pairs(options.old, options.new, sources=given[0], old_sources=given[1])
        differences = told_once([difference(pair, severities) for pair in found])
    except SideError as error:
        print(f"arazzoc: {error}", file=sys.stderr)
        return EXIT_ERRORS if options.git is None else EXIT_FINE
    for report in _faults(found):
        sys.stderr.write(report)
    sys.stdout.write(rendered(differences, options.format, details=options.verbose))
    if options.git is not None:
        return EXIT_FINE
    if any(map(_is_unread, found)):
        return EXIT_ERRORS
    return EXIT_FINDINGS if _is_reached(differences, options.fail_on or limit) else EXIT_FINE


def _is_unread(pair: Pair) -> bool:
    """Whether a side or a source of it could not be read, or neither compiles, so that too little is compared."""
    sides = [document for document in (pair.old, pair.new) if document is not None]
    broken = [document for document in sides if document.report.has_errors]
    is_unread = any(document.resolved is None or document.resolved.sources.unread for document in sides)
    return is_unread or len(broken) == 2


_OF_GIT = 7
"""How many arguments git passes; a path alone is one with a conflict."""


def _configured() -> tuple[Mapping[str, Severity], str] | None:
    """The severities of kinds that a configuration gives, and from which one the exit status is 1; None, with
    findings on standard error, where it is wrong.
    """
    from pathlib import Path

    from arazzoc.diagnostics import Report
    from arazzoc.difference.kinds import FAIL_ON, Severity
    from arazzoc.project.configuration import configuration_above, read_configuration
    from arazzoc.render.text import render_report

    path, report = configuration_above(Path.cwd()), Report()
    configuration = read_configuration(path, report) if path is not None else None
    if path is not None and configuration is None:
        sys.stderr.write(render_report(report))
        return None
    given: Mapping[str, str] = configuration.diff if configuration is not None else {}
    severities = {kind: Severity(value) for kind, value in given.items() if kind != "fail-on"}
    return severities, given.get("fail-on", FAIL_ON[0])


def _faults(found: Iterable[Pair]) -> Iterable[str]:
    """What is wrong with documents that do not compile."""
    from arazzoc.render.text import render_report

    for pair in found:
        for document in (pair.old, pair.new):
            if document is not None and document.report.has_errors:
                yield f"{document.shown} does not compile:\n\n{render_report(document.report)}\n"


def difference(pair: Pair, severities: Mapping[str, Severity]) -> Difference:
    """Compare the two versions of a document, of which one may be missing."""
    from arazzoc.difference.compare import Side, compare
    from arazzoc.difference.records import Changes, Place
    from arazzoc.difference.results import Difference
    from arazzoc.difference.wholeness import errors_of

    old, new = (document.shown if document is not None else "nothing" for document in (pair.old, pair.new))
    if pair.old is None or pair.new is None:
        changes = Changes(severities)
        verb, what = ("added", "is new") if pair.old is None else ("removed", "is not there any more")
        if pair.stays:
            what = f"is {'configured now' if pair.old is None else 'not configured any more'}"
        changes.add(f"document-{verb}", Place(), "document", f"the document {what}", _at(pair.old), _at(pair.new))
        gone = pair.old.program.workflows if pair.old is not None and pair.old.program is not None else ()
        bump, stops = "minor" if pair.old is None else "major", tuple(workflow.id for workflow in gone)
        return Difference(pair.name, old, new, changes.all, bump, stops, is_stale=pair.old is None)
    sides = [
        Side(
            document.resolved,
            document.program,
            not document.report.has_errors,
            document.making,
            errors_of(document.report),
        )
        for document in (pair.old, pair.new)
        if document.resolved is not None and document.program is not None
    ]
    skipped = _skipped(pair)
    if len(sides) < 2:
        return Difference(pair.name, old, new, (), is_unread=True, skipped=skipped)
    found = compare(sides[0], sides[1], severities)
    stops = tuple(name for name, resumes in found.resumes.items() if not resumes)
    return Difference(
        *(pair.name, old, new, found.changes, found.bump, stops),
        is_stale=found.is_stale,
        is_broken=found.is_broken,
        is_unread=_is_unread(pair),
        skipped=skipped,
    )


def _skipped(pair: Pair) -> tuple[Skipped, ...]:
    """What is not compared, or not all of it, because a side cannot be read or does not compile."""
    from arazzoc.difference.results import Skipped
    from arazzoc.difference.wholeness import errors_of, whole_workflows

    found: list[Skipped] = []
    documents: tuple[tuple[Literal["old", "new"], Document | None], ...] = (("old", pair.old), ("new", pair.new))
    for side, document in documents:
        if document is None or not document.report.has_errors:
            continue
        if document.resolved is None or document.program is None:
            found.append(Skipped(side, "document"))
            continue
        found += [Skipped(side, "source", name) for name in document.resolved.sources.unread]
        whole = whole_workflows(document.resolved, document.program, errors_of(document.report))
        found += [Skipped(side, "workflow", w.key) for w in document.resolved.workflows if w.key not in whole]
    return tuple(found)


def _at(document: Document | None) -> Any:
    return document.resolved.document.at if document is not None and document.resolved is not None else None


def rendered(differences: Sequence[Difference], form: str, *, details: bool = False) -> str:
    """What was found, in one of the formats."""
    if form == "json":
        from arazzoc.render.changes_json import render_json

        return render_json(differences)
    if form == "markdown":
        from arazzoc.render.changes_markdown import render_markdown

        return render_markdown(differences)
    if form == "github":
        from arazzoc.render.changes_github import render_github

        return render_github(differences)
    from arazzoc.render.changes_text import render_changes

    return render_changes(differences, details=details)


def _is_reached(differences: Sequence[Difference], limit: str) -> bool:
    from arazzoc.difference.kinds import Severity

    if limit == "never":
        return False
    worst = {"breaking": Severity.BREAKING, "notable": Severity.NOTABLE, "any": Severity.HARMLESS}[limit]
    return any(change.severity.rank <= worst.rank for found in differences for change in found.changes)


def explained(documents: Sequence[Path], given: Mapping[str, Any]) -> str:
    """What changed in documents since the commit that has the lock file, by which their modules were made; `given` are
    the options of the command line.
    """
    from pathlib import Path

    from msgspec.structs import replace

    from arazzoc.difference.revisions import Git
    from arazzoc.difference.sides import SideError, pairs
    from arazzoc.project.configuration import configuration_above
    from arazzoc.project.quick import LOCK

    path = configuration_above(Path.cwd())
    configured = _configured()
    parts: list[str] = []
    for document in documents:
        try:
            git = Git(path.parent if path is not None else Path.cwd())
            revision = git.run("log", "-1", "--format=%h", "--", LOCK).decode().strip() or "HEAD"
            options = {name: value for name, value in given.items() if name not in ("sources", "allow_refs", "output")}
            found = pairs(revision, str(document), sources=given.get("sources", {}), old_sources={}, options=options)
            told = [difference(pair, configured[0] if configured else {}) for pair in found]
            parts.append(rendered([replace(each, is_stale=False) for each in told], "text"))  # it is written already
        except SideError as error:
            print(f"arazzoc: what changed in {document} is not known: {error}", file=sys.stderr)
    return "\n".join(part for part in parts if part)
