"""A baseline: the findings that a project had on a day, so that only new ones are told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from arazzoc.diagnostics import Diagnostic, Report

FORMAT = 1
_FIELDS = ("code", "file", "pointer", "message")


class BaselineError(Exception):
    """A file that is no baseline; the text says why."""


def apply_baseline(path: Path, report: Report) -> str:
    """Leave out the findings that a baseline has, as often as it has them; where there is none, write one of all that
    there are, which are left out likewise. Lines do not count: what is written above a finding is no reason to tell it.

    Returns:
        What was done.

    Raises:
        BaselineError: the file is no baseline, or cannot be read or written.
    """
    try:
        if not path.exists():
            found: list[Any] = [dict(zip(_FIELDS, _key(d), strict=True)) for d in report.sorted()]
            text = json.dumps({"format": FORMAT, "findings": found}, ensure_ascii=False, indent=2)
            path.write_text(text + "\n", "utf-8")
            report.diagnostics = []
            return f"wrote {path}: {len(found)} finding{'s' if len(found) != 1 else ''}"
        known = _read(path)
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from None
    left: list[Diagnostic] = []
    for diagnostic in report.sorted():
        key = _key(diagnostic)
        if known[key] > 0:
            known[key] -= 1
        else:
            left.append(diagnostic)
    report.diagnostics = left
    gone = sum(known.values())
    is_are = "finding is" if gone == 1 else "findings are"
    return f"{gone} {is_are} not there any more: remove {path} to write it anew" if gone else ""


def _key(diagnostic: Diagnostic) -> tuple[str, ...]:
    return diagnostic.rule.code, diagnostic.span.file, diagnostic.span.pointer, diagnostic.message


def _read(path: Path) -> Counter[tuple[str, ...]]:
    try:
        tree: Any = json.loads(path.read_text("utf-8"))
        if tree["format"] != FORMAT:
            raise BaselineError(f"{path} is a baseline of another version of arazzoc: remove it to write it anew")
        return Counter(tuple(str(finding[name]) for name in _FIELDS) for finding in tree["findings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BaselineError(f"{path} is no baseline") from None
