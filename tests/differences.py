"""Pairs of documents that differ in one thing, and what compares them."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from arazzoc.config import Config
from arazzoc.diagnostics import Report, Span
from arazzoc.difference.compare import Compared, Side, compare
from arazzoc.difference.records import Change
from arazzoc.difference.wholeness import errors_of
from arazzoc.lower import lower
from arazzoc.pipeline import resolve_file
from arazzoc.render.changes_text import where
from arazzoc.sources import Library

Json: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Json, Json], Any]
"""Changes a document and its API in place."""


def side(document: Json, api: Json) -> Side:
    """A document and its API, compiled as far as they can be."""
    folder = Path(tempfile.mkdtemp())
    (folder / "flow.arazzo.json").write_text(json.dumps(document, indent=1))
    (folder / "openapi.json").write_text(json.dumps(api, indent=1))
    report = Report()
    library = Library(report)
    resolved = resolve_file(folder / "flow.arazzo.json", Config(), library)
    assert resolved is not None, [d.message for d in report.diagnostics]
    program = lower(resolved, Config(), report)
    return Side(resolved, program, not report.has_errors, errors=errors_of(report))


def compared(old: tuple[Json, Json], new: tuple[Json, Json]) -> Compared:
    """Compare two documents with their APIs."""
    return compare(side(*old), side(*new))


def edited(document: Json, api: Json, edit: Edit) -> tuple[Json, Json]:
    """Copies of both, changed."""
    other = copy.deepcopy(document), copy.deepcopy(api)
    edit(*other)
    return other


def shown(found: Compared) -> str:
    """All that a comparison says, in a form that is stable."""
    lines = [line for change in found.changes for line in (_first_line(change), f"    {_places(change)}")]
    stops = [name for name, resumes in found.resumes.items() if not resumes]
    lines.append(
        f"= {found.bump or 'no version'}; {'stops ' + ', '.join(stops) if stops else 'resumes'}"
        f"; {'generate' if found.is_stale else 'nothing to generate'}{'; broken' if found.is_broken else ''}"
    )
    return "\n".join(lines) + "\n"


def _first_line(change: Change) -> str:
    whom = "+".join(each.value for each in change.whom)
    return f"{change.severity.value} {change.id} ({whom}) {change.workflow}: {where(change)}{change.message}"


def _places(change: Change) -> str:
    spans = " -> ".join(_place(span) for span in (change.old, change.new))
    return f"{change.area} {change.subject}".strip() + f", {spans}" + (f", help: {change.help}" if change.help else "")


def _place(span: Span | None) -> str:
    return f"{Path(span.file).name}:{span.line}:{span.column}" if span is not None else "nowhere"
