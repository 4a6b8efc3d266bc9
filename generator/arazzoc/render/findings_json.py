"""Findings as JSON, as docs/findings.schema.json describes it."""

from __future__ import annotations

import json

from arazzoc.diagnostics import Diagnostic, Report, Severity, Span
from arazzoc.rules import name_of
from arazzoc.source import Json

FORMAT = 1


def render_json(report: Report, counted: str) -> str:
    """Render the findings of a run, ordered by file and position."""
    found: Json = {
        "format": FORMAT,
        "findings": [_finding(diagnostic) for diagnostic in report.sorted()],
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "checked": counted or None,
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _finding(diagnostic: Diagnostic) -> Json:
    return {
        "code": diagnostic.rule.code,
        "name": name_of(diagnostic.rule),
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": [*diagnostic.help.split("\n")] if diagnostic.help else [],
        **_place(diagnostic.span),
        "related": [{"message": other.message, **_place(other.span)} for other in diagnostic.related],
    }


def _place(span: Span) -> dict[str, Json]:
    return {"file": span.file, "line": span.line, "column": span.column, "length": span.length, "pointer": span.pointer}
