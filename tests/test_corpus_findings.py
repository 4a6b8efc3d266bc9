"""What is told of public documents: a table of the findings of each rule (`pytest -rP` prints it)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from arazzoc.config import Config
from arazzoc.diagnostics import Report, Severity
from arazzoc.pipeline import check_file
from arazzoc.sources import Library
from conftest import SHARED

CORPUS = SHARED / "corpus"


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared/corpus")
def test_findings_of_public_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that compile have few findings: three in the median, of which two are warnings."""
    monkeypatch.chdir(CORPUS)
    findings, documents = Counter[str](), Counter[str]()
    numbers: list[tuple[int, int]] = []
    for entry in json.loads(Path("manifest.json").read_text()):
        report = Report()
        sources = {name: CORPUS / path for name, path in entry["sources"].items() if path}
        check_file(CORPUS / entry["document"], Config(sources), Library(report, ()))
        told = list(report.diagnostics)
        if report.has_errors:
            continue
        findings.update(d.rule.code for d in told)
        documents.update({d.rule.code for d in told})
        numbers.append((len(told), sum(d.severity is Severity.WARNING for d in told)))
    for code in sorted(findings):
        print(f"{code} {findings[code]:5} in {documents[code]:3} documents")
    assert median(all for all, _ in numbers) <= 3 and median(warnings for _, warnings in numbers) <= 2
