"""Changes as records, and what collects them for a pair of documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from arazzoc.diagnostics import Located, Span, printable
from arazzoc.difference.kinds import KINDS, Kind, Severity, Whom


class Change(NamedTuple):
    """One change. `steps` are the steps that it touches, as (workflowId, stepId); without any, it is one of the
    `workflow`, or of all, where that is ''. `area` is the part that it is in, and `subject` what is in that: a name, or
    the JSON Pointer of a property, in which `*` is any element.
    """

    kind: Kind
    severity: Severity
    whom: tuple[Whom, ...]
    workflow: str
    steps: tuple[tuple[str, str], ...]
    area: str
    subject: str
    message: str
    old: Span | None
    new: Span | None
    help: str = ""

    @property
    def id(self) -> str:
        return self.kind.id


_BRANCHED = ("handled-value-added", "handled-value-removed")


class Place(NamedTuple):
    """Where changes are looked for: a workflow, '' for the whole document, and a step of it, '' for none."""

    workflow: str = ""
    step: str = ""


class Changes:
    """Collects the changes of one pair of documents: one that touches several steps is one record.

    `severities` are those that a configuration gives to kinds.
    """

    def __init__(self, severities: Mapping[str, Severity]) -> None:
        self.severities = severities
        self._found: dict[tuple[str, str, str, Span | None, Span | None], Change] = {}

    def add(
        self,
        id: str,
        place: Place,
        area: str,
        message: str,
        old: Located | None = None,
        new: Located | None = None,
        *,
        subject: str = "",
        touches: bool = True,
        whom: Collection[Whom] = (),
        help: str = "",
    ) -> None:
        """Record a change; one that does not touch what the workflow sends or reads is harmless."""
        kind = KINDS[id]
        severity = self.severities.get(id, kind.severity if touches else Severity.HARMLESS)
        spans = old.span() if old is not None else None, new.span() if new is not None else None
        steps = ((place.workflow, place.step),) if place.step else ()
        concerned = _unique((kind.whom, *whom))
        text = printable(message), *spans, help
        made = Change(kind, severity, concerned, place.workflow, steps, area, printable(subject), *text)
        key = (id, "" if steps and None not in spans else place.workflow, made.message, *spans)
        self._found[key] = _merged(self._found[key], made) if key in self._found else made

    def update(self, change: Change, *, whom: Iterable[Whom], severity: Severity, message: str = "") -> None:
        """Add whom a change concerns, and what it means for them."""
        for key, known in self._found.items():
            if known is change:
                worst = min(known.severity, severity, key=lambda s: s.rank)
                worst = self.severities.get(known.id, worst)
                tail = f"; {printable(message)}" if message else ""
                self._found[key] = known._replace(
                    whom=_unique((*known.whom, *whom)), severity=worst, message=known.message + tail
                )
                return

    @property
    def all(self) -> tuple[Change, ...]:
        """The changes in the order in which they were found.

        Where one step does not read a value that another one branches on, only the latter counts.
        """
        branched = {(c.subject, c.old, c.new) for c in self._found.values() if c.id.endswith(_BRANCHED)}
        return tuple(
            c
            for c in self._found.values()
            if not (c.id.startswith("response-value-") and (c.subject, c.old, c.new) in branched)
        )


def _merged(known: Change, made: Change) -> Change:
    severity = min(known.severity, made.severity, key=lambda s: s.rank)
    whom, steps = _unique((*known.whom, *made.whom)), tuple(dict.fromkeys((*known.steps, *made.steps)))
    return known._replace(severity=severity, whom=whom, steps=steps)


def _unique(whom: Iterable[Whom]) -> tuple[Whom, ...]:
    return tuple(dict.fromkeys(whom))
