"""What the compiler has to say: positions, severities, diagnostics, and the report that collects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple, Protocol


class Severity(Enum):
    """How much a diagnostic matters: an error keeps anything from being written."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Span(NamedTuple):
    """A place in a file: lines and columns count from 1, `length` is in characters of that line."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1
    source_line: str = ""
    pointer: str = ""


class Rule(NamedTuple):
    """One kind of diagnostic. Its code is stable and is never used again for anything else.

    `strict` is the severity under `--strict`, where a dialect that real documents use is not accepted.
    """

    code: str
    severity: Severity
    title: str
    strict: Severity | None = None


class Diagnostic(NamedTuple):
    """One finding about a user's document."""

    rule: Rule
    severity: Severity
    message: str
    span: Span
    help: str | None = None


class Located(Protocol):
    """Anything that knows where it stands: a location in a source, or a part of a string there."""

    def span(self) -> Span: ...


class Report:
    """Collects diagnostics while the stages go on, so that one run tells every problem."""

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.diagnostics: list[Diagnostic] = []

    def add(self, rule: Rule, place: Located | Span, message: str, *, help: str | None = None) -> None:
        """Record a finding; the same finding at the same place is recorded once."""
        span = place if isinstance(place, Span) else place.span()
        severity = rule.strict if self.strict and rule.strict else rule.severity
        diagnostic = Diagnostic(rule, severity, message, span, help)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def count(self, severity: Severity) -> int:
        return sum(d.severity is severity for d in self.diagnostics)

    def sorted(self) -> Iterator[Diagnostic]:
        """The findings by file and position, as a reader of the file would meet them."""
        return iter(
            sorted(
                self.diagnostics,
                key=lambda d: (d.span.file, d.span.line, d.span.column, d.rule.code, d.message),
            )
        )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be: the same but for case, or a few letters off."""
    names = list(known)
    for candidate in names:
        if candidate.casefold() == name.casefold():
            return candidate
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1, cutoff=0.7)
    return close[0] if close else None


def suggest(name: str, known: Iterable[str], *, noun: str = "known") -> str | None:
    """A help line: the nearest known name, or all of them when they are few."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {quoted(near)}?"
    if not names:
        return f"{noun}: none"
    listed = ", ".join(quoted(n) for n in names[:12])
    return f"{noun}: {listed}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def quoted(text: str, limit: int = 80) -> str:
    """Text of a document as it is shown in a message: on one line, without control characters, cut short."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return f"'{shown[: limit - 1]}…'" if len(shown) > limit else f"'{shown}'"
