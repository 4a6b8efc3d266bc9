"""Changes as Markdown, for a comment on a pull request: a table, the details folded, and the verdict.

Every text of a document stands in a code span, or escaped: it can neither mention anybody nor bring markup of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from arazzoc.difference.records import Change
from arazzoc.difference.results import Difference, ordered, sentences, verdict
from arazzoc.render.changes_text import place, where

_SIGNS = {"breaking": "🔴", "notable": "🟡", "harmless": "⚪"}
LONGEST = 60_000
"""In characters: hosts refuse a comment that is longer than 65,536."""


def render_markdown(differences: Sequence[Difference]) -> str:
    """Render all changes; one line that says so where there is none."""
    found = verdict(differences)
    lines = ["### What changes in the workflows", ""]
    if not any(difference.changes for difference in differences):
        if found.unread:
            return "\n".join([*lines, *map(_text, sentences(found)), ""])
        return "\n".join([*lines, "Nothing that the workflows send, read or do has changed.", ""])
    for difference in (d for d in differences if d.changes):
        lines += [
            f"**{_text(difference.old)} → {_text(difference.new)}**",
            "",
            "| | workflow | whom | change |",
            "|---|---|---|---|",
        ]
        for change in ordered(difference.changes):
            cells = (_text(change.workflow), change.kind.whom.title, f"{_text(where(change) + change.message)}")
            lines.append(f"| {_SIGNS[change.severity.value]} {change.severity.value} | {' | '.join(cells)} |")
        lines += ["", "<details><summary>Details</summary>", ""]
        for change in ordered(difference.changes):
            lines += _details(change)
        lines += ["", "</details>", ""]
    end = ["**Verdict**", "", *(f"- {_text(sentence)}" for sentence in sentences(found)), ""]
    return _cut(lines, LONGEST - len("\n".join(end))) + "\n".join(end)


def _details(change: Change) -> list[str]:
    places = [f"{word} {_text(place(span))}" for word, span in (("old", change.old), ("new", change.new)) if span]
    help = f"; {_text(change.help)}" if change.help else ""
    said = f"{_text(where(change) + change.message)}. {_text(change.kind.reason)}{help}"
    return [f"- `{change.id}`: {said} ({', '.join(places)})"]


def _cut(lines: list[str], longest: int) -> str:
    """The lines as one text; what would be too long is left out, and said so."""
    text = "\n".join(lines) + "\n"
    if len(text) <= longest:
        return text
    kept = text[: longest - 200].rpartition("\n")[0]
    opened = kept.count("<details>") - kept.count("</details>")
    tail = "\n\n</details>" * opened
    return f"{kept}{tail}\n\nThere is more: run `arazzoc diff`.\n\n"


def _text(text: str) -> str:
    """A text in which nothing is markup, a mention or a link."""
    found = re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text)
    found = found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found = found.replace("@", "@\u200b").replace("://", ":\u200b//")
    return re.sub(r"(?i)\b(www|gh)(?=[.-])", "\\1\u200b", found)
