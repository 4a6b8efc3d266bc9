"""The documents in docs: what the code cites is there."""

from __future__ import annotations

import re

from conftest import ROOT


def test_every_decision_that_is_cited_is_explained() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    headings = re.findall(r"^### (AMB-\d+): \S", text, re.M)
    files = [p for folder in ("generator", "tests") for p in (ROOT / folder).rglob("*.py") if "cases" not in p.parts]
    cited: set[str] = set()
    for path in files:
        for first, last in re.findall(r"AMB-(\d+)(?: to AMB-(\d+))?", path.read_text("utf-8")):
            cited |= {f"AMB-{n:02}" for n in range(int(first), int(last or first) + 1)}
    assert cited - set(headings) == set()
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"AMB-\d+", text)) == set(headings), "a reference leads to a heading"


def test_every_rule_that_is_cited_exists() -> None:
    from arazzoc.rules import RULES

    codes = {rule.code for rule in RULES}
    for path in (ROOT / "docs").rglob("*.md"):
        assert set(re.findall(r"ARZ\d+", path.read_text("utf-8"))) <= codes, path.name
