"""Changes as workflow commands of GitHub Actions: annotations at the lines of the new side."""

from __future__ import annotations

from collections.abc import Sequence

from arazzoc.difference.records import Change
from arazzoc.difference.results import Difference, ordered, sentences, verdict
from arazzoc.render.changes_text import where
from arazzoc.render.github import field_text, message_text

_LEVELS = {"breaking": "error", "notable": "warning", "harmless": "notice"}


def render_github(differences: Sequence[Difference]) -> str:
    """Render all changes as annotations, and the verdict as plain lines."""
    lines = [_annotation(change) for d in differences for change in ordered(d.changes)]
    lines += map(message_text, sentences(verdict(differences)))
    return "".join(f"{line}\n" for line in lines)


def _annotation(change: Change) -> str:
    fields: dict[str, str] = {}
    if change.new is not None:
        fields = {"file": change.new.file, "line": str(change.new.line), "col": str(change.new.column)}
    fields["title"] = f"{change.id} ({change.severity.value})"
    shown = ",".join(f"{name}={field_text(value)}" for name, value in fields.items())
    return f"::{_LEVELS[change.severity.value]} {shown}::{message_text(where(change) + change.message)}"
