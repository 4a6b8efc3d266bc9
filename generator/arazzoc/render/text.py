"""Diagnostics for people: severity, code, message, position, source line with a marker, help."""

from __future__ import annotations

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
        lines.append(f"{gutter} = help: {diagnostic.help}")
    return "\n".join(lines)


def _window(line: str, column: int, length: int, width: int = 110) -> tuple[str, int, int]:
    """Cut a long line to the part around the marker, with one column per character."""
    start = max(0, column - 40) if len(line) > width else 0
    shown = line[start : start + width]
    shown = "".join(c if c.isprintable() else " " for c in shown)
    return shown, column - start, max(1, min(length, width - (column - start) + 1))


def render_report(report: Report) -> str:
    """Render all diagnostics, ordered by file and position, and their number."""
    parts = [render_diagnostic(d) for d in report.sorted()]
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    counts = [f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    if counts:
        parts.append(" and ".join(counts))
    return "\n\n".join(parts) + "\n" if parts else ""
