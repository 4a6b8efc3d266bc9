"""What tests of `arazzoc diff` need: the sides as plain values, and documents in a repository."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from arazzoc.difference.sides import Document, Pair, SideError, pairs
from building import api_of
from projects import git

ORDERS, PARCELS = "flows/orders.arazzo.yml", "flows/parcels.arazzo.yml"
OTHER_API = api_of(("get", "/others/{id}", "getThing"))


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")


def sides(old: str, new: str | None = None, **options: Any) -> list[Pair]:
    return pairs(old, new, **{"sources": {}, "old_sources": {}, **options})


def names(found: list[Pair]) -> list[tuple[str, str, str]]:
    return [(p.name, p.old.shown if p.old else "-", p.new.shown if p.new else "-") for p in found]


def refusal(old: str, new: str | None = None, **options: Any) -> str:
    with pytest.raises(SideError) as caught:
        sides(old, new, **options)
    text = str(caught.value)
    assert "\n" not in text and tempfile.gettempdir() + "/arazzoc" not in text
    return text


def found(document: Document | None) -> list[str]:
    """The findings, with their places; none of them names the temporary folder."""
    assert document is not None
    told = [f"{d.span.file}: {d.message} [{d.help}]" for d in document.report.sorted()]
    assert not any("arazzoc-diff" in line for line in told), told
    return told


def paths_of(document: Document | None) -> list[str]:
    """The paths of the operations that a document calls."""
    assert document is not None and document.program is not None, found(document)
    return ["".join(str(part) for part in call.path[:1]) for w in document.program.workflows for call in w.http_calls]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
