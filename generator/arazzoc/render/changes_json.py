"""Changes as JSON, in the form of docs/changes.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from arazzoc.diagnostics import Span
from arazzoc.difference.records import Change
from arazzoc.difference.results import Difference, ordered, verdict

FORMAT = 1
"""The version of the form: it changes where a reader of the old form would be wrong."""


def render_json(differences: Sequence[Difference]) -> str:
    """Render all changes, and the verdict."""
    found = verdict(differences)
    tree = {
        "format": FORMAT,
        "documents": [_difference(difference) for difference in differences],
        "verdict": {
            "counts": {severity.value: count for severity, count in found.counts},
            "bump": found.bump or None,
            "cannotResume": list(found.stops),
            "regenerate": list(found.stale),
            "broken": list(found.broken),
            "unread": list(found.unread),
        },
    }
    return json.dumps(tree, indent=2) + "\n"


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "name": difference.name,
        "old": difference.old,
        "new": difference.new,
        "notCompared": [{"side": s.side, "what": s.what, "name": s.name or None} for s in difference.skipped],
        "changes": [_change(change) for change in ordered(difference.changes)],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "severity": change.severity.value,
        "whom": [whom.value for whom in change.whom],
        "workflow": change.workflow or None,
        "steps": [{"workflow": workflow, "step": step} for workflow, step in change.steps],
        "area": change.area,
        "subject": change.subject or None,
        "became": change.became or None,
        "message": change.message,
        "reason": change.kind.reason,
        "help": change.help or None,
        "old": _place(change.old),
        "new": _place(change.new),
    }


def _place(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {"file": span.file, "line": span.line, "column": span.column}
