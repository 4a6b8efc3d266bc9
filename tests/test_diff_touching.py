"""Severities of one's own, and what a workflow neither sends nor reads."""

from __future__ import annotations

from arazzoc.difference.compare import compare
from arazzoc.difference.kinds import Severity
from diff_documents import API, DOCUMENT, post
from differences import Json, edited, side


def test_a_severity_of_ones_own_is_for_what_touches_a_workflow() -> None:
    """What is neither sent nor read stays harmless."""

    def edit(document: Json, api: Json) -> None:
        post(api)["parameters"].pop()  # which no step sends

    old, new = side(DOCUMENT, API), side(*edited(DOCUMENT, API, edit))
    found = compare(old, new, {"parameter-removed": Severity.BREAKING})
    assert [(c.id, c.severity) for c in found.changes] == [("parameter-removed", Severity.HARMLESS)]
