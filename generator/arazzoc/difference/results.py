"""What a run of `arazzoc diff` has found, and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from arazzoc.difference.kinds import Severity
from arazzoc.difference.records import Change

BUMPS = ("", "patch", "minor", "major")


class Skipped(NamedTuple):
    """What a side lacks, so that it is not compared, or not all of it: all of the side, one of its sources, or a
    workflow with errors.
    """

    side: Literal["old", "new"]
    what: Literal["document", "source", "workflow"]
    name: str = ""


class Difference(Struct, frozen=True):
    """The changes of one document. `old` and `new` are what its versions are called; the rest is as in Compared."""

    name: str
    old: str
    new: str
    changes: tuple[Change, ...]
    bump: str = ""
    stops: tuple[str, ...] = ()
    """The workflows whose saved runs cannot be resumed."""
    is_stale: bool = False
    is_broken: bool = False
    is_unread: bool = False
    """A side, or a source of it, cannot be read, or neither compiles: too little is compared."""
    skipped: tuple[Skipped, ...] = ()


def told_once(differences: Iterable[Difference]) -> list[Difference]:
    """Differences in which a change of what several modules share, as the support, is that of the first one."""
    known: set[tuple[str, str]] = set()
    found: list[Difference] = []
    for each in differences:
        kept = tuple(c for c in each.changes if c.area != "module" or (c.id, c.message) not in known)
        known.update((change.id, change.message) for change in kept)
        found.append(replace(each, changes=kept))
    return found


class Verdict(Struct, frozen=True):
    """What all changes together ask for: the part of the version, the workflows whose runs stop, the stale modules."""

    bump: str
    stops: tuple[str, ...]
    stale: tuple[str, ...]
    broken: tuple[str, ...]
    counts: tuple[tuple[Severity, int], ...]
    unread: tuple[str, ...] = ()


def verdict(differences: Sequence[Difference]) -> Verdict:
    """Sum up what was found."""
    changes = [change for difference in differences for change in difference.changes]
    counts = tuple((severity, sum(c.severity is severity for c in changes)) for severity in Severity)
    several = len(differences) > 1
    return Verdict(
        max((d.bump for d in differences), key=BUMPS.index, default=""),
        tuple(f"{d.name}: {stop}" if several else stop for d in differences for stop in d.stops),
        tuple(d.name for d in differences if d.is_stale and not d.is_broken),
        tuple(d.name for d in differences if d.is_broken),
        counts,
        tuple(d.name for d in differences if d.is_unread),
    )


def ordered(changes: Iterable[Change]) -> list[Change]:
    """Changes as they are shown: by workflow, those of the whole document first; by whom they concern; worst first."""
    return sorted(changes, key=lambda c: (c.workflow, c.kind.whom.rank, c.severity.rank))


def sentences(found: Verdict) -> list[str]:
    """The verdict in words, a line for each part of it."""
    unread = [f"not compared, or not all of it: {', '.join(found.unread)}"] if found.unread else []
    if not any(count for _, count in found.counts):
        return unread
    lines = [*unread, ", ".join(f"{count} {severity.value}" for severity, count in found.counts if count)]
    if found.broken:
        lines.append(f"does not compile: {', '.join(found.broken)}")
    lines.append(f"version: {found.bump or 'none'}")
    stops = ", ".join(found.stops)
    lines.append(f"saved runs cannot be resumed: {stops}" if stops else "saved runs can be resumed")
    lines.append(f"generate again: {', '.join(found.stale) or 'nothing'}")
    return lines
