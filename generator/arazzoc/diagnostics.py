"""Diagnostics: positions, severities, rules, and the report that collects the findings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple, Protocol, TypeAlias


class Severity(Enum):
    """How serious a diagnostic is: if there is an error, no file is written."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


Level: TypeAlias = Severity | None
"""What a rule is set to: None where it is not applied."""


class Span(NamedTuple):
    """A range in a file: lines and columns count from 1, `length` counts characters of that line."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1
    source_line: str = ""
    pointer: str = ""


class Rule(NamedTuple):
    """One kind of diagnostic. Its code is stable and is never reused.

    `strict` is the severity with `--strict`, which refuses the dialects of real documents. A rule that `is_off` is only
    applied where it is asked for. Where one that `hides` has a finding, part of the document is not read.
    """

    code: str
    severity: Severity
    title: str
    strict: Severity | None = None
    is_off: bool = False
    hides: bool = False


class Fix(NamedTuple):
    """A rewrite of a document: the text that is to be at a place, a whole string, a part of one, or a key. A guess is
    what the author most likely meant, in place of one of several `names` there.
    """

    at: Located
    text: str
    names: tuple[str, ...] = ()

    @property
    def is_guess(self) -> bool:
        return bool(self.names)


class Related(NamedTuple):
    """Another place that a finding is about, and what is there."""

    span: Span
    message: str


class Diagnostic(NamedTuple):
    """One finding in a user's document; each line of `help` is a way to mend it."""

    rule: Rule
    severity: Severity
    message: str
    span: Span
    help: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


class Located(Protocol):
    """Anything that has a position: a location in a source, or a part of a string there."""

    def span(self) -> Span: ...


class Silences(Protocol):
    """Knows where documents say that rules are not applied."""

    def holds(self, rule: Rule, at: Located | Span) -> bool: ...


class Report:
    """Collects the diagnostics of all stages, so that one run reports every problem.

    `levels` are those of rules that are not at their own, by their codes; `silences` knows where documents say that a
    rule is not applied.
    """

    def __init__(
        self, strict: bool = False, levels: Mapping[str, Level] | None = None, silences: Silences | None = None
    ) -> None:
        self.strict, self.levels, self.silences = strict, levels or {}, silences
        self.diagnostics: list[Diagnostic] = []
        self._known: set[tuple[object, ...]] = set()

    def add(
        self,
        rule: Rule,
        at: Located | Span,
        message: str,
        *,
        help: str | None = None,
        related: Iterable[tuple[Located, str]] = (),
        fix: Fix | None = None,
    ) -> None:
        """Record a finding, unless the same one is recorded already, or its rule is not applied there."""
        severity = self.levels.get(rule.code, None if rule.is_off else rule.severity)
        can_be_silenced = rule.severity is not Severity.ERROR
        if self.strict and rule.strict:
            severity, can_be_silenced = rule.strict, False
        is_silenced = can_be_silenced and self.silences is not None and self.silences.holds(rule, at)
        if severity is None or is_silenced:
            return
        span = at if isinstance(at, Span) else at.span()
        others = tuple(Related(place.span(), printable(text)) for place, text in related)
        if fix is None and isinstance(help, Suggestion) and not isinstance(at, Span):
            fix = Fix(at, help.near, (help.name,))
        help = "\n".join(printable(line) for line in help.split("\n")) if help else help
        diagnostic = Diagnostic(rule, severity, printable(message), span, help, others, fix)
        key = rule.code, diagnostic.message, span[:4]  # what an alias repeats reads the same
        if key not in self._known:
            self._known.add(key)
            self.diagnostics.append(diagnostic)

    def tells(self, at: Located) -> bool:
        """Whether something is told already of what stands at a place, other than a note."""
        span = at.span()
        end = span.column + span.length
        others = (d.span for d in self.diagnostics if d.severity is not Severity.NOTE and d.span.line == span.line)
        return any(o.file == span.file and span.column <= o.column < end for o in others)

    def is_misread(self, at: Located) -> bool:
        """Whether it is told already that a value, or something in it, has not the shape that it must have, or names
        what is not there. What it would have said is then not known, and not told to be missing.
        """
        faults = [d.span for d in self.diagnostics if d.rule.hides]
        span = at.span() if faults else None
        return span is not None and any(
            fault.file == span.file and f"{fault.pointer}/".startswith(f"{span.pointer}/") for fault in faults
        )

    def has(self, rule: Rule, at: Located) -> bool:
        """Whether a rule has a finding of a member of an object."""
        found = [d.span for d in self.diagnostics if d.rule.code == rule.code]
        span = at.span() if found else None
        return span is not None and any(
            one.file == span.file and one.pointer.rpartition("/")[0] == span.pointer for one in found
        )

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def count(self, severity: Severity) -> int:
        return sum(d.severity is severity for d in self.diagnostics)

    def sorted(self) -> Iterator[Diagnostic]:
        """The findings, ordered by file and position."""
        return iter(
            sorted(
                self.diagnostics,
                key=lambda d: (d.span.file, d.span.line, d.span.column, d.rule.code, d.message),
            )
        )


class Suggestion(str):
    """A help line that says what was most likely meant: `near`, in place of `name`."""

    name: str
    near: str


def did_you_mean(name: str, near: str) -> Suggestion:
    """Write a help line for a name that is nearly right."""
    found = Suggestion(f"did you mean {quoted(near)}?")
    found.name, found.near = name, near
    return found


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that `name` most likely means: it differs in letter case or in a few letters."""
    names = list(known)
    for candidate in names:
        if candidate.casefold() == name.casefold():
            return candidate
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1, cutoff=0.7)
    return close[0] if close else None


def suggest(name: str, known: Iterable[str], *, noun: str = "known") -> str | None:
    """Write a help line: the nearest known name, or else the first known names."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near is not None:
        return did_you_mean(name, near)
    if not names:
        return f"{noun}: none"
    listed = ", ".join(quoted(n) for n in names[:12])
    return f"{noun}: {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def printable(text: str) -> str:
    """Return text on one line, without what a terminal would obey or could not show."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def quoted(text: str, limit: int = 80) -> str:
    """Quote text of a document for a message: on one line, without control characters, shortened to `limit`."""
    shown = printable(text)
    return f"'{shown[: limit - 1]}…'" if len(shown) > limit else f"'{shown}'"
