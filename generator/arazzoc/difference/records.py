"""Changes as records, and what collects them for a pair of documents."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from arazzoc.diagnostics import Located, Span, printable
from arazzoc.difference.hiding import Hiding
from arazzoc.difference.kinds import KINDS, Kind, Severity, Whom
from arazzoc.source import Location


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
    ways: tuple[tuple[tuple[str, str], str, str], ...] = ()
    """The steps with what the subject is in each, and became: a schema may be reached on several ways."""

    def subjects(self, step: tuple[str, str]) -> list[str]:
        """What the subject is in a step, under its old names and its new ones."""
        found = [name for place, was, now in self.ways if place == step for name in (was, now or was)]
        return list(dict.fromkeys(found or (self.subject, self.became or self.subject)))

    @property
    def id(self) -> str:
        return self.kind.id


class Place(NamedTuple):
    """Where changes are looked for: a workflow, '' for the whole document, and a step of it, '' for none."""

    workflow: str = ""
    step: str = ""


_VALUES = ("response-value", "handled-value", "unhandled-value")
"""What the change of a value in a response is called, but for its verb: the first where no flow branches on it."""


class _Values(Struct):
    """The change of the values at one place: the records of where they lead, and of steps that branch on none."""

    handled: dict[tuple[str, ...], None] = field(default_factory=dict[tuple[str, ...], None])
    plain: dict[tuple[str, ...], None] = field(default_factory=dict[tuple[str, ...], None])
    steps: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    """The steps of records that were given to others."""
    ways: dict[tuple[tuple[str, str], str, str], None] = field(
        default_factory=dict[tuple[tuple[str, str], str, str], None]
    )


class Changes:
    """Collects the changes of one pair of documents: one cause is one record, however many steps it touches.

    `severities` are those that a configuration gives to kinds, and `hiding` knows what no message shows.
    """

    def __init__(self, severities: Mapping[str, Severity], hiding: Hiding | None = None) -> None:
        self.severities, self.hiding = severities, hiding or Hiding()
        self._found: dict[tuple[str, ...], Change] = {}
        self._touching: set[tuple[str, ...]] = set()
        self._beside: dict[tuple[str, ...], dict[tuple[str, str], None]] = {}
        """The steps that a change does not touch, where it touches others."""
        self._values: dict[tuple[str, Span | None, Span | None], _Values] = {}

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
        way: str = "",
    ) -> None:
        """Record a change; one that does not touch what the workflow sends or reads is harmless.

        What changes at one place of an API is one change: steps that it does not touch do not count beside others.
        `way` identifies the last part of the way to a schema, where that is the cause.
        """
        kind = KINDS[id]
        severity = kind.severity if touches else Severity.HARMLESS
        if touches or id == "order-changed":  # what is neither sent nor read is harmless, whatever is configured
            severity = self.severities.get(id, severity)
        spans = old.span() if old is not None else None, new.span() if new is not None else None
        steps = ((place.workflow, place.step),) if place.step else ()
        texts = area, printable(subject), printable(message)
        known_as = texts[1], printable(became)
        ways = tuple((step, *known_as) for step in steps)
        made = Change(
            *(kind, severity, _unique((kind.whom, *whom)), place.workflow, steps, *texts, *spans, help),
            *(known_as[1], ways),
        )
        # What is made from several places, as the body is of Swagger 2.0, has one for all its parts.
        parts = ["/".join(map(str, at.pointer)) if isinstance(at, Location) else "" for at in (old, new)]
        key = _key(made, way, parts)
        self._put(key, made, touches=touches)
        if made.steps:
            self._same_value(key, made)

    def _put(self, key: tuple[str, ...], made: Change, *, touches: bool) -> None:
        known = self._found.get(key)
        untouched = made if not touches else known if key not in self._touching else None
        if untouched is not None:
            self._beside.setdefault(key, {}).update(dict.fromkeys(untouched.steps))
        if known is None or (touches and key not in self._touching):
            self._found[key] = made
        elif touches or key not in self._touching:
            self._found[key] = _merged(known, made)
        if touches:
            self._touching.add(key)

    def _same_value(self, key: tuple[str, ...], made: Change) -> None:
        """Give steps that do not branch on a value to the records that say where it leads in others."""
        family, _, verb = made.id.rpartition("-")
        if family not in _VALUES:
            return
        known = self._values.setdefault((verb, made.old, made.new), _Values())
        (known.plain if family == _VALUES[0] else known.handled)[key] = None
        for plain in known.plain if known.handled else ():
            gone = self._found.pop(plain)
            known.steps.update(dict.fromkeys(gone.steps if plain in self._touching else ()))
            known.ways.update(dict.fromkeys(gone.ways))
            self._touching.discard(plain)
        known.plain = {} if known.handled else known.plain
        for other in known.handled:
            found = self._found[other]
            steps, ways = ((*found.steps, *known.steps), (*found.ways, *known.ways))
            self._found[other] = found._replace(steps=tuple(dict.fromkeys(steps)), ways=tuple(dict.fromkeys(ways)))

    def claimed(self, workflow: str) -> list[Change]:
        """The changes beside which steps of a workflow do not count; from here on they do, as its flow follows them."""
        found: list[Change] = []
        for key, steps in self._beside.items():
            own = [step for step in steps if step[0] == workflow]
            if own and key in self._found:
                known = self._found[key]
                self._found[key] = known._replace(steps=tuple(dict.fromkeys((*known.steps, *own))))
                found.append(self._found[key])
        return found

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


_OF_SCHEMAS = re.compile(r"(required-)?(request|response)-(property|type|limit|value|default|discriminator)-")


def _key(change: Change, way: str, parts: list[str]) -> tuple[str, ...]:
    """What is the same for one cause. For a schema that is the kind, and the place in the API: it may be reached on
    several ways. Where those are the cause, they count; for all else the message does.
    """
    spans = _place_of(change.old), _place_of(change.new)
    if not change.steps or None in (change.old, change.new):
        return (change.id, *spans, change.workflow, change.message)
    return (change.id, *spans, *([way, *parts] if _OF_SCHEMAS.match(change.id) else [change.message]))


def _place_of(span: Span | None) -> str:
    return f"{span.file}:{span.line}:{span.column}" if span is not None else ""


def _merged(known: Change, made: Change) -> Change:
    """Two changes with one cause: the worse one, with the steps of both."""
    severity = min(known.severity, made.severity, key=lambda s: s.rank)
    whom, steps = _unique((*known.whom, *made.whom)), tuple(dict.fromkeys((*known.steps, *made.steps)))
    area = known.area if known.area == made.area else "responses" if known.area.startswith("response") else known.area
    ways = tuple(dict.fromkeys((*known.ways, *made.ways)))
    return known._replace(severity=severity, whom=whom, steps=steps, area=area, ways=ways)


def _unique(whom: Iterable[Whom]) -> tuple[Whom, ...]:
    return tuple(dict.fromkeys(whom))
