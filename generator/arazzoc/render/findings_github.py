"""Findings as workflow commands of GitHub Actions: annotations at their lines."""

from __future__ import annotations

from arazzoc.diagnostics import Diagnostic, Report, Severity
from arazzoc.render.github import field_text, message_text
from arazzoc.rules import name_of

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(report: Report) -> str:
    """Render the findings, ordered by file and position."""
    return "".join(f"{_annotation(diagnostic)}\n" for diagnostic in report.sorted())


def _annotation(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    fields = {
        "file": span.file,
        "line": str(span.line),
        "col": str(span.column),
        "endColumn": str(span.column + span.length),
        "title": f"{diagnostic.rule.code} {name_of(diagnostic.rule)}",
    }
    shown = ",".join(f"{name}={field_text(value)}" for name, value in fields.items())
    others = [f"{o.span.file}:{o.span.line}: {o.message}" for o in diagnostic.related]
    text = "\n".join(
        [diagnostic.message, *others, *(f"help: {diagnostic.help}".split("\n") if diagnostic.help else ())]
    )
    return f"::{_LEVELS[diagnostic.severity]} {shown}::{message_text(text)}"
