"""Diagnostics for people: severity, code, message, position, source line with a marker, help."""

from __future__ import annotations

from collections import Counter

from arazzoc.diagnostics import Diagnostic, Report, Severity


def render_diagnostic(diagnostic: Diagnostic) -> str:
    """Render one diagnostic in the layout of rustc."""
    span = diagnostic.span
    gutter = " " * len(str(span.line))
    lines = [
        f"{diagnostic.severity.value}[{diagnostic.rule.code}]: {diagnostic.message}",
        f"{gutter}--> {span.file}:{span.line}:{span.column}",
    ]
    if span.source_line.strip():
        shown, column, length = _window(span.source_line, span.column, span.length)
        lines += [
            f"{gutter} |",
            f"{span.line} | {shown}",
            f"{gutter} | {' ' * (column - 1)}{'^' * length}",
        ]
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


def render_report(report: Report, *, show_all: bool = False) -> str:
    """Render the diagnostics, ordered by file and position, and their number.

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
            parts.append(render_diagnostic(diagnostic))
            if shown[key] == SHOWN and len(groups[key]) > SHOWN + 1 and not show_all:
                parts[-1] += _others(groups[key][SHOWN:])
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    counts = [f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    if counts:
        parts.append(" and ".join(counts))
    return "\n\n".join(parts) + "\n" if parts else ""


def _others(diagnostics: list[Diagnostic]) -> str:
    """A line about findings that are not shown."""
    lines = list(dict.fromkeys(str(d.span.line) for d in diagnostics))
    shown = ", ".join(lines[:12]) + (", …" if len(lines) > 12 else "")
    word = "line" if len(lines) == 1 else "lines"
    return f"\n = and {len(diagnostics)} more like this: {word} {shown} (--all shows them)"
