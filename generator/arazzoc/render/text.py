"""Diagnostics for people: severity, code, message, position, source line with a marker, help."""

from __future__ import annotations

from collections import Counter

from arazzoc.diagnostics import Diagnostic, Report, Severity

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
"""The colours of the severities (ECMA-48, SGR)."""


def render_diagnostic(diagnostic: Diagnostic, *, colours: bool = False) -> str:
    """Render one diagnostic in the layout of rustc."""

    def painted(text: str, how: str) -> str:
        return f"\x1b[{how}m{text}\x1b[0m" if colours else text

    colour = f"1;{_COLOURS[diagnostic.severity]}"
    span = diagnostic.span
    gutter = " " * len(str(span.line))
    lines = [
        painted(f"{diagnostic.severity.value}[{diagnostic.rule.code}]", colour) + f": {diagnostic.message}",
        f"{gutter}--> {span.file}:{span.line}:{span.column}",
    ]
    if span.source_line.strip():
        shown, column, length = _window(span.source_line, span.column, span.length)
        lines += [
            f"{gutter} |",
            f"{span.line} | {shown}",
            f"{gutter} | {' ' * (column - 1)}{painted('^' * length, colour)}",
        ]
    for other in diagnostic.related:
        lines.append(f"{gutter} = {other.span.file}:{other.span.line}: {other.message}")
    if diagnostic.help:
        lines += [f"{gutter} = help: {line}" for line in diagnostic.help.split("\n")]
    return "\n".join(lines)


def _window(line: str, column: int, length: int, width: int = 110) -> tuple[str, int, int]:
    """Cut a long line to the part around the marker, with one column per character."""
    start = max(0, column - 40) if len(line) > width else 0
    shown = line[start : start + width]
    shown = "".join(c if c.isprintable() else " " for c in shown)
    return shown, column - start, max(1, min(length, width - (column - start) + 1))


SHOWN = 3
"""How many findings of one rule in one file are shown one by one."""


def render_report(report: Report, *, show_all: bool = False, counted: str = "", colours: bool = False) -> str:
    """Render the diagnostics, ordered by file and position, and their number; `counted` says what was checked.

    Of many of one rule in a file the first ones are shown, and the lines of the others, unless all are asked for.
    """
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in report.sorted():
        groups.setdefault((diagnostic.rule.code, diagnostic.span.file), []).append(diagnostic)
    parts: list[str] = []
    shown: Counter[tuple[str, str]] = Counter()
    for diagnostic in report.sorted():
        key = diagnostic.rule.code, diagnostic.span.file
        shown[key] += 1
        if show_all or shown[key] <= SHOWN or len(groups[key]) == SHOWN + 1:
            parts.append(render_diagnostic(diagnostic, colours=colours))
            if shown[key] == SHOWN and len(groups[key]) > SHOWN + 1 and not show_all:
                parts[-1] += _others(groups[key][SHOWN:])
    counts = _counts(report)
    if counted:
        parts.append(f"{counted}: {', '.join(counts) or 'no findings'}")
    elif serious := counts[: len(counts) - (report.count(Severity.NOTE) > 0)]:
        parts.append(" and ".join(serious))
    return "\n\n".join(parts) + "\n" if parts else ""


def _counts(report: Report) -> list[str]:
    """How many findings of each severity there are, in words."""
    numbers = [(report.count(severity), severity.value) for severity in Severity]
    return [f"{number} {word}{'s' if number != 1 else ''}" for number, word in numbers if number]


def _others(diagnostics: list[Diagnostic]) -> str:
    """A line about findings that are not shown."""
    lines = list(dict.fromkeys(str(d.span.line) for d in diagnostics))
    shown = ", ".join(lines[:12]) + (", …" if len(lines) > 12 else "")
    word = "line" if len(lines) == 1 else "lines"
    return f"\n = and {len(diagnostics)} more like this: {word} {shown} (--all shows them)"
