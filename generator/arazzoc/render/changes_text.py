"""Changes for people: by document, workflow and whom they concern, the worst first, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from arazzoc.diagnostics import Span, quoted
from arazzoc.difference.records import Change
from arazzoc.difference.results import Difference, ordered, sentences, verdict

SHOWN = 3
"""How many changes of one kind are shown one by one, in one workflow."""


def render_changes(differences: Sequence[Difference], *, details: bool = False) -> str:
    """Render all changes; with `details` also their places, the reason, and what to do. Nothing where there is none."""
    lines: list[str] = []
    for difference in (d for d in differences if d.changes):
        lines.append(f"{difference.old} -> {difference.new}")
        for (workflow, whom), group in groupby(ordered(difference.changes), lambda c: (c.workflow, c.kind.whom)):
            lines += ["", f"{f'workflow {quoted(workflow)}' if workflow else 'document'}, {whom.title}:"]
            shown: Counter[tuple[str, str]] = Counter()
            for change in group:
                key = change.id, change.severity.value
                shown[key] += 1
                if details or shown[key] <= SHOWN:
                    lines.append(f"  {change.severity.value:8}  {where(change)}{change.message}  [{change.id}]")
                    lines += [f"      {line}" for line in _details(change)] if details else []
            more = {key: count - SHOWN for key, count in shown.items() if count > SHOWN and not details}
            lines += [f"  {key[1]:8}  and {count} more  [{key[0]}]  (-v shows them)" for key, count in more.items()]
        lines.append("")
    found = sentences(verdict(differences))
    return "\n".join([*lines, *found]) + "\n" if found else ""


def where(change: Change) -> str:
    """The steps of a change, as a message begins with them."""
    named = [step if workflow == change.workflow else f"{workflow}.{step}" for workflow, step in change.steps]
    if not named:
        return ""
    shown = ", ".join(map(quoted, named[:6])) + (f" and {len(named) - 6} more" if len(named) > 6 else "")
    return f"step{'s' if len(named) > 1 else ''} {shown}: "


def _details(change: Change) -> list[str]:
    places = [f"{word} {place(span)}" for word, span in (("old", change.old), ("new", change.new)) if span is not None]
    others = [whom.title for whom in change.whom if whom is not change.kind.whom]
    is_usual = change.severity.rank >= change.kind.severity.rank  # else something else makes it worse, as it says
    lines = [*places, *([f"why: {change.kind.reason}"] if is_usual else [])]
    lines += [f"it concerns {', '.join(others)}, too"] if others else []
    return [*lines, *([f"help: {change.help}"] if change.help else [])]


def place(span: Span) -> str:
    """A place, as editors and terminals know it."""
    return f"{span.file}:{span.line}:{span.column}"
