"""Changes as records, and what collects them for a pair of documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from arazzoc.diagnostics import Located, Span, printable
from arazzoc.difference.hiding import Hiding
from arazzoc.difference.kinds import KINDS, Kind, Severity, Whom


class Change(NamedTuple):
    """One change. `steps` are the steps that it touches, as (workflowId, stepId); without any, it is one of the
    `workflow`, or of all, where that is ''. `area` is the part that it is in, and `subject` what is in that: a name, or
    the JSON Pointer of a property, in which `*` is any element; `became` is its new name where it has another one.
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
    became: str = ""

    @property
    def id(self) -> str:
        return self.kind.id


class Place(NamedTuple):
    """Where changes are looked for: a workflow, '' for the whole document, and a step of it, '' for none."""

    workflow: str = ""
    step: str = ""


_VALUES = ("response-value", "handled-value", "unhandled-value")
"""What the change of a value in a response is called, but for its verb: the first where no flow branches on it."""


class Changes:
    """Collects the changes of one pair of documents: one cause is one record, however many steps it touches.

    `severities` are those that a configuration gives to kinds, and `hiding` knows what no message shows.
    """

    def __init__(self, severities: Mapping[str, Severity], hiding: Hiding | None = None) -> None:
        self.severities, self.hiding = severities, hiding or Hiding()
        self._found: dict[tuple[str, ...], Change] = {}
        self._touching: set[tuple[str, ...]] = set()

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
        became: str = "",
        touches: bool = True,
        whom: Collection[Whom] = (),
        help: str = "",
    ) -> None:
        """Record a change; one that does not touch what the workflow sends or reads is harmless.

        What changes at one place of an API is one change: steps that it does not touch do not count beside others.
        """
        kind = KINDS[id]
        severity = self.severities.get(id, kind.severity if touches else Severity.HARMLESS)
        spans = old.span() if old is not None else None, new.span() if new is not None else None
        steps = ((place.workflow, place.step),) if place.step else ()
        texts = area, printable(subject), printable(message)
        made = Change(
            kind, severity, _unique((kind.whom, *whom)), place.workflow, steps, *texts, *spans, help, printable(became)
        )
        key = _key(made)
        if made.steps:
            key = self._same_value(made) or key
        known = self._found.get(key)
        if known is None or (touches and key not in self._touching):
            self._found[key] = made
        elif touches or key not in self._touching:
            self._found[key] = _merged(known, made)
        if touches:
            self._touching.add(key)

    def _same_value(self, made: Change) -> tuple[str, ...] | None:
        """The key under which the same change of a response's value is known: what a flow branches on counts."""
        family, _, verb = made.id.rpartition("-")
        if family not in _VALUES:
            return None
        for key, known in self._found.items():
            other, _, its_verb = known.id.rpartition("-")
            if other not in _VALUES or its_verb != verb or (known.old, known.new) != (made.old, made.new):
                continue
            if family == _VALUES[0]:
                return key
            if other == _VALUES[0]:
                steps = known.steps if key in self._touching else ()
                del self._found[key]
                self._found[_key(made)] = made._replace(steps=(*made.steps, *steps))
                self._touching.add(_key(made))
                return _key(made)
        return None

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
        """The changes in the order in which they were found."""
        return tuple(self._found.values())


_OF_SCHEMAS = ("request-", "required-request-", "response-")


def _key(change: Change) -> tuple[str, ...]:
    """What is the same for one cause: at one place of an API the kind and the last name on the way to it, for a schema
    may be reached on several; else the message, too.
    """
    spans = _place_of(change.old), _place_of(change.new)
    if change.steps and None not in (change.old, change.new):
        is_property = "-property-" in change.id
        name = change.subject.rpartition("/")[2] if is_property else ""
        return (change.id, *spans, name if change.id.startswith(_OF_SCHEMAS) else change.message)
    return (change.id, *spans, change.workflow, change.message)


def _place_of(span: Span | None) -> str:
    return f"{span.file}:{span.line}:{span.column}" if span is not None else ""


def _merged(known: Change, made: Change) -> Change:
    """Two changes with one cause: the worse one, with the steps of both."""
    severity = min(known.severity, made.severity, key=lambda s: s.rank)
    whom, steps = _unique((*known.whom, *made.whom)), tuple(dict.fromkeys((*known.steps, *made.steps)))
    area = known.area if known.area == made.area else "responses" if known.area.startswith("response") else known.area
    return known._replace(severity=severity, whom=whom, steps=steps, area=area)


def _unique(whom: Iterable[Whom]) -> tuple[Whom, ...]:
    return tuple(dict.fromkeys(whom))
