"""Golden cases: each folder of tests/cases is a workflow with the module, or the diagnostics, that it compiles to."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from arazzoc.config import ENGINES, Config
from arazzoc.emit.support import PARTS
from arazzoc.explanations import explanations
from arazzoc.pipeline import OutputFile, support_file
from arazzoc.render.text import render_report
from arazzoc.rules import RULES
from building import SUPPORT, compile_path, load
from conftest import ROOT

CASES = sorted(p for p in (ROOT / "tests" / "cases").iterdir() if p.is_dir())


def compare(path: Path, text: str | None, update: bool) -> None:
    """The golden file must hold exactly this text; None means that it must not exist."""
    there = path.read_text("utf-8") if path.exists() else None
    if there == text:
        return
    if update:
        if text is None:
            path.unlink()
        else:
            path.write_text(text, "utf-8")
        pytest.fail(f"{path.name} of {path.parent.name} was rewritten: read the change before you commit it")
    assert there == text, f"{path} differs; run pytest --update and read the change"


def test_the_support_of_the_cases(update: bool) -> None:
    """The support is a golden once: what the modules of all cases import from."""
    text = support_file([OutputFile("module.py", "", frozenset(PARTS))], Config(support=SUPPORT)).text
    compare(ROOT / "tests" / "cases" / f"{SUPPORT}.py", text, update)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_case(case: Path, update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    documents = sorted(p.name for p in case.glob("workflow.*"))
    assert len(documents) == 1, f"{case.name} needs one workflow file"
    engines = ENGINES if (case / "engines").exists() else ()
    config = Config(support="" if (case / "standalone").exists() else SUPPORT, engines=engines)
    strict = (case / "strict").exists()
    result = compile_path(Path(documents[0]), strict=strict, config=config, is_formatted=True)
    compare(case / "expected.txt", render_report(result.report, show_all=True) or None, update)
    if (case / "expected.py").exists() or not result.report.diagnostics:
        compare(case / "expected.py", result.text, update)
    elif result.text is not None:
        load(result.text, result.support)
    for engine, text in result.beside:
        compare(case / f"expected_{engine}.py", text, update)
    again = compile_path(Path(documents[0]), strict=strict, config=config, is_formatted=True)
    assert (again.text, again.beside) == (result.text, result.beside), "two equal inputs give equal bytes"
    if (case / "run.py").exists():
        assert result.text is not None
        runpy.run_path(str(case / "run.py"), {"module": load(result.text, result.support)})


def test_no_expectation_is_an_orphan() -> None:
    for case in CASES:
        names = {p.name for p in case.iterdir() if p.name != "__pycache__"}
        allowed = {"openapi.yml", "openapi.json", "expected.py", "expected.txt", "run.py", "strict", "standalone"}
        allowed |= {"engines", *(f"expected_{engine}.py" for engine in ENGINES)}
        extra = {n for n in names - allowed if not n.startswith("workflow.")}
        assert not extra, f"{case.name}: {extra}"
        assert names & {"expected.py", "expected.txt"}, f"{case.name} expects nothing"


def test_every_rule_has_a_case() -> None:
    shown: Any = "\n".join(p.read_text("utf-8") for p in (ROOT / "tests" / "cases").glob("*/expected.txt"))
    missing = [rule.code for rule in RULES if f"[{rule.code}]" not in shown]
    explained = {code for code, known in explanations().items() if known.bad}  # each with a sound example beside it
    elsewhere = ["ARZ001", "ARZ110", "ARZ601", "ARZ602", "ARZ603", "ARZ604"]
    others = [code for code in missing if code not in explained]
    assert others == elsewhere, "a case is one document called workflow: see test_cli, test_lock"


def test_the_codes_of_rules_are_unique() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
