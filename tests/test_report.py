"""The report: many findings of one rule are grouped, unless all are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzoc import cli, rules
from arazzoc.diagnostics import Report, Span
from arazzoc.render.text import render_report
from building import api_of, workflow_of


def report_of(*counts: tuple[str, int]) -> Report:
    report = Report()
    for file, count in counts:
        for line in range(1, count + 1):
            report.add(rules.UNKNOWN_INPUT, Span(file, line), f"no input {line}")
    return report


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (3, 3), (4, 4), (5, 3), (40, 3)])
def test_many_of_one_rule_are_grouped(count: int, shown: int) -> None:
    text = render_report(report_of(("a.yml", count)))
    assert text.count("error[ARZ304]") == shown
    assert (f"and {count - 3} more like this: lines 4, 5" in text) is (shown < count)
    assert text.endswith(f"\n\n{count} error{'s' if count > 1 else ''}\n"), "all are counted"
    assert render_report(report_of(("a.yml", count)), show_all=True).count("error[ARZ304]") == count


def test_each_file_and_rule_has_its_own_group() -> None:
    report = report_of(("a.yml", 5), ("b.yml", 2))
    report.add(rules.UNKNOWN_STEP, Span("a.yml", 3), "no step")
    text = render_report(report)
    assert text.count("error[ARZ304]") == 5 and text.count("error[ARZ301]") == 1
    assert text.index("no step") < text.index("and 2 more like this") or text.index("no input 3") < text.index(
        "no step"
    )


@pytest.mark.parametrize("is_all", [False, True])
def test_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any, is_all: bool) -> None:
    import json

    monkeypatch.chdir(tmp_path)
    parameters = [{"name": f"p{n}", "in": "query", "value": f"$inputs.no{n}"} for n in range(8)]
    step = {"stepId": "s", "operationId": "a", "parameters": parameters}
    Path("workflow.yml").write_text(json.dumps(workflow_of(step, inputs={"type": "object", "properties": {"x": {}}})))
    Path("openapi.yml").write_text(json.dumps(api_of(("get", "/a", "a"))))
    assert cli.main(["check", "workflow.yml", *(["--all"] if is_all else [])]) == 1
    text = capsys.readouterr().err
    assert text.count("error[ARZ304]") == (8 if is_all else 3)
    assert ("--all shows them" in text) is not is_all
