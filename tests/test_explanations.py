"""The explanations of rules: each is complete, and its examples are what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arazzoc import rules
from arazzoc.cli import main
from arazzoc.config import Config
from arazzoc.diagnostics import Report, Severity
from arazzoc.explanations import PLACES, explanations, page_of_rules
from arazzoc.pipeline import check_file
from arazzoc.silencing import DocumentSilences
from arazzoc.sources import Library
from conftest import ROOT
from explained import DOCUMENT, texts
from test_cases import compare

CODES = [rule.code for rule in rules.RULES]


def test_each_rule_is_explained() -> None:
    assert sorted(explanations()) == sorted(CODES)


def test_the_decisions_are_there() -> None:
    known = re.findall(r"^### (AMB-\d+):", (ROOT / "docs" / "decisions.md").read_text("utf-8"), re.M)
    assert {n for e in explanations().values() for n in re.findall(r"AMB-\d+", e.section)} <= set(known)


def found(folder: Path, place: str, example: str) -> list[tuple[str, bool]]:
    """The rules of the findings of an example, and whether each is more than a note."""
    folder.mkdir()
    for name, text in texts(place, example).items():
        (folder / name).write_text(text)
    silences = DocumentSilences()
    report = Report(silences=silences, levels={rule.code: rule.severity for rule in rules.RULES if rule.is_off})
    library = Library(report)
    check_file(folder / "flow.arazzo.yml", Config(), library)
    source = library.source(folder / "flow.arazzo.yml", "flow.arazzo.yml")
    silences.report_unused([source] if source is not None else [], report)
    return [(d.rule.code, d.severity is not Severity.NOTE) for d in report.diagnostics]


@pytest.mark.parametrize("code", sorted(explanations()))
def test_examples(code: str, tmp_path: Path) -> None:
    """The bad one breaks the rule, and no other but in notes; the good one breaks none, but in notes of others."""
    known = explanations()[code]
    assert known.why.endswith(".") and known.mend.endswith(".") and known.why != known.mend
    assert bool(known.bad) == bool(known.good) == bool(known.place)
    assert known.place in PLACES
    if known.place:
        bad, good = found(tmp_path / "bad", known.place, known.bad), found(tmp_path / "good", known.place, known.good)
        assert {c for c, counts in bad if counts} <= {code}, bad
        own = sum(c == code for c, _ in bad)
        assert own == 1, bad
        assert not {c for c, counts in good if counts or c == code}, good


def test_the_page_of_rules(update: bool) -> None:
    page = ROOT / "docs" / "rules.md"
    head, mark, _ = page.read_text("utf-8").partition("<!-- made from the table in rules.py -->\n")
    assert f"```yaml\n{DOCUMENT}```" in head
    compare(page, f"{head}{mark}\n{page_of_rules()}", update)


@pytest.mark.parametrize("command", [["check", "--explain", "ARZ502"], ["explain", "unhandled-values"]])
def test_a_rule_on_a_terminal(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 0
    text = capsys.readouterr().out
    assert text.startswith("ARZ502 unhandled-values (warning): ") and "\nBad in the step follow:\n\n    " in text


def test_a_group_and_what_is_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "ARZ5"]) == 0 and capsys.readouterr().out.count("\nTo mend it: ") > 10
    assert main(["explain", "ARZ999"]) == 2 and "there is no rule 'ARZ999'" in capsys.readouterr().err
