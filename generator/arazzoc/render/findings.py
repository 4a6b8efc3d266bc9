"""Findings in the formats that programs read."""

from __future__ import annotations

from arazzoc.diagnostics import Report


def render(form: str, report: Report, counted: str) -> str:
    """The findings of a run in a format other than text; `counted` says what was checked, where that is known."""
    match form:
        case "json":
            from arazzoc.render.findings_json import render_json

            return render_json(report, counted)
        case "sarif":
            from arazzoc.render.findings_sarif import render_sarif

            return render_sarif(report)
        case _:
            from arazzoc.render.findings_github import render_github

            return render_github(report)
