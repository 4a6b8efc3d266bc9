"""Pairs of documents that differ in one thing: what is said of them in both directions, in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzoc.difference.kinds import KINDS
from conftest import ROOT
from diff_documents import API, DOCUMENT
from diff_pairs import BASES, PAIRS
from diff_pairs_api import BASES as API_BASES
from diff_pairs_api import PAIRS as API_PAIRS
from diff_pairs_callers import BASES as CALLER_BASES
from diff_pairs_callers import PAIRS as CALLER_PAIRS
from diff_pairs_calls import BASES as CALL_BASES
from diff_pairs_calls import PAIRS as CALL_PAIRS
from diff_pairs_causes import BASES as CAUSE_BASES
from diff_pairs_causes import PAIRS as CAUSE_PAIRS
from diff_pairs_lacking import BASES as LACKING_BASES
from diff_pairs_lacking import PAIRS as LACKING_PAIRS
from diff_pairs_limits import BASES as LIMIT_BASES
from diff_pairs_limits import PAIRS as LIMIT_PAIRS
from diff_pairs_schemas import BASES as SCHEMA_BASES
from diff_pairs_schemas import PAIRS as SCHEMA_PAIRS
from diff_pairs_texts import BASES as TEXT_BASES
from diff_pairs_texts import PAIRS as TEXT_PAIRS
from diff_pairs_ways import BASES as WAY_BASES
from diff_pairs_ways import PAIRS as WAY_PAIRS
from differences import compared, edited, shown
from test_cases import compare

FOLDER = ROOT / "tests" / "changes"
AREAS = {**PAIRS, **SCHEMA_PAIRS, **CALL_PAIRS, **CAUSE_PAIRS, **LACKING_PAIRS, **TEXT_PAIRS, **LIMIT_PAIRS}
AREAS |= API_PAIRS | CALLER_PAIRS | WAY_PAIRS
BEFORE = {**BASES, **SCHEMA_BASES, **CALL_BASES, **CAUSE_BASES, **LACKING_BASES, **TEXT_BASES, **LIMIT_BASES}
BEFORE |= API_BASES | CALLER_BASES | WAY_BASES


@pytest.mark.parametrize("area", AREAS)
def test_pairs(area: str, update: bool) -> None:
    """Each edit alone, then undone: in both directions the records are each other's mirrors."""
    parts: list[str] = []
    for name, edit in AREAS[area].items():
        old = edited(DOCUMENT, API, BEFORE.get(name, lambda d, a: None))
        new = edited(*old, edit)
        there, back = compared(old, new), compared(new, old)
        parts.append(f"## {name}\n{shown(there)}-- back\n{shown(back)}")
        assert sorted(KINDS[c.id].mirror for c in there.changes) == sorted(c.id for c in back.changes), name
        assert {(c.old, c.new) for c in there.changes} or not back.changes
    compare(FOLDER / f"{area}.txt", "\n".join(parts), update)


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, AREAS.values())) >= 80


def test_every_kind_has_its_mirror() -> None:
    for kind in KINDS.values():
        assert KINDS[kind.mirror].mirror == kind.id, kind.id
        for one, other in (("added", "removed"), ("widened", "narrowed"), ("loosened", "tightened")):
            if kind.id.endswith(one):
                assert kind.mirror == kind.id.removesuffix(one) + other


def test_every_kind_is_in_a_pair() -> None:
    text = "".join(path.read_text() for path in Path(FOLDER).glob("*.txt"))
    missing = {id for id in KINDS if f" {id} (" not in text}
    others = {"document-added", "document-removed", "module-changed", "client-argument-changed"}  # see test_diff.py
    others |= {"required-client-argument-added", "required-client-argument-removed"}
    others |= {
        "module-moved",
        "module-part-added",
        "module-part-removed",
        "unhandled-changed",
    }
    others |= {"output-type-widened", "output-type-narrowed", "output-type-changed"}  # they follow from other changes
    assert missing == {*others, "idempotency-key-added", "idempotency-key-removed"}
