"""Findings as SARIF 2.1.0, the OASIS format that code scanning reads."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from arazzoc import __version__, rules
from arazzoc.diagnostics import Diagnostic, Report, Rule, Severity, Span
from arazzoc.source import Json

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render_sarif(report: Report) -> str:
    """Render the findings of a run, ordered by file and position (SARIF 2.1.0, sections 3.14, 3.27)."""
    found = list(report.sorted())
    used = [rule for rule in rules.RULES if any(d.rule.code == rule.code for d in found)]
    driver: Json = {"name": "arazzoc", "version": __version__, "rules": [_rule(rule) for rule in used]}
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, used) for diagnostic in found],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "name": rules.name_of(rule),
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": not rule.is_off},
    }


def _result(diagnostic: Diagnostic, used: list[Rule]) -> Json:
    help = diagnostic.help.split("\n") if diagnostic.help else []
    result: dict[str, Json] = {
        "ruleId": diagnostic.rule.code,
        "ruleIndex": next(n for n, rule in enumerate(used) if rule.code == diagnostic.rule.code),
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": "\n".join([diagnostic.message, *(f"help: {line}" for line in help)])},
        "locations": [_location(diagnostic.span)],
    }
    if diagnostic.related:
        related: list[Json] = [{**_location(o.span), "message": {"text": o.message}} for o in diagnostic.related]
        result["relatedLocations"] = related
    return result


def _location(span: Span) -> dict[str, Json]:
    region: Json = {"startLine": span.line, "startColumn": span.column, "endColumn": span.column + span.length}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": region}}


def _uri(file: str) -> str:
    """A path as a reference relative to the working folder, or as a URI where it is absolute (RFC 3986)."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
