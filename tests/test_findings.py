"""Findings as they are told: their levels, what is silenced, what is known already, and the formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from arazzoc import rules
from arazzoc.cli import main
from arazzoc.diagnostics import Report, Severity, Span
from arazzoc.levels import WrongRules, from_options, levels_of, rules_of
from arazzoc.render.text import render_report
from conftest import ROOT
from diff_documents import API, DOCUMENT, buy, step, thing
from differences import Edit, edited
from projects import environment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def unhandled(document: Any, api: Any) -> None:
    """A status for which there is no action (ARZ502), twice a condition that is always true (ARZ503)."""
    thing(api)["properties"]["status"]["enum"].append("lost")
    for number in (0, 2):
        step(document, number)["successCriteria"] = [{"condition": "1 == 1"}]


def write(folder: Path, edit: Edit = unhandled, name: str = "flow.arazzo.yml") -> None:
    document, api = edited(DOCUMENT, API, edit)
    (folder / name).write_text(yaml.safe_dump(document, sort_keys=False))
    (folder / "openapi.json").write_text(json.dumps(api))


def check(*arguments: str, name: str = "flow.arazzo.yml") -> int:
    return main(["check", name, *arguments])


def found(capsys: pytest.CaptureFixture[str], *arguments: str, name: str = "flow.arazzo.yml") -> dict[str, list[str]]:
    """The findings of a check: the severities of each rule."""
    check(*arguments, "--format", "json", name=name)
    codes: dict[str, list[str]] = {}
    for finding in json.loads(capsys.readouterr().out)["findings"]:
        codes.setdefault(finding["code"], []).append(finding["severity"])
    return codes


def test_what_a_name_means() -> None:
    """A code, in any letter case, a name, and a group."""
    assert [rule.code for rule in rules_of("ARZ502")] == ["ARZ502"] == [rule.code for rule in rules_of("arz502")]
    assert [rule.code for rule in rules_of("unhandled-values")] == ["ARZ502"]
    group = [rule.code for rule in rules_of("ARZ5")]
    assert len(group) > 10 and all(code.startswith("ARZ5") for code in group)
    for text in ("", "ARZ", "ARZ999", "unhandled", "X"):
        with pytest.raises(WrongRules):
            rules_of(text)


def test_a_rule_counts_before_its_groups() -> None:
    levels = levels_of({"ARZ502": "off", "ARZ50": "error", "ARZ5": "note"})
    assert levels["ARZ502"] is None and levels["ARZ503"] is Severity.ERROR and levels["ARZ510"] is Severity.NOTE
    assert levels_of({"ARZ5": "note", "ARZ50": "error", "ARZ502": "off"}) == levels


def test_what_nothing_can_be_compiled_with_stays_an_error() -> None:
    with pytest.raises(WrongRules, match="ARZ211 is an error"):
        levels_of({"ARZ211": "warning"})
    assert "ARZ211" not in levels_of({"ARZ2": "off"}) and "ARZ211" not in from_options([], [], ["ARZ502"])
    assert levels_of({"ARZ211": "error"}) == {"ARZ211": Severity.ERROR}


def test_levels_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder)
    plain = found(capsys)
    assert plain["ARZ502"] == ["warning"] and plain["ARZ503"] == ["warning", "warning"]
    assert found(capsys, "--error", "ARZ502") == {**plain, "ARZ502": ["error"]}
    assert "ARZ503" not in found(capsys, "--ignore", "constant-condition,ARZ1")
    assert set(found(capsys, "--only", "ARZ503", "--only", "ARZ502")) == {"ARZ502", "ARZ503"}
    assert check("--error", "ARZ502") == 1 and check("--ignore", "ARZ502") == 0
    assert main(["generate", "flow.arazzo.yml", "-o", "out", "--error", "ARZ502"]) == 2
    assert not Path("out").exists()
    assert check("--ignore", "ARZ999") != 0 and "there is no rule 'ARZ999'" in capsys.readouterr().err


def test_levels_of_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line counts before it."""
    write(folder)
    config = 'output = "out"\n[rules]\nARZ502 = "error"\nconstant-condition = "off"\n[[module]]\ndocument = "*.yml"\n'
    (folder / "arazzoc.toml").write_text(config)
    assert found(capsys)["ARZ502"] == ["error"] and "ARZ503" not in found(capsys)
    assert found(capsys, "--ignore", "ARZ502").get("ARZ502") is None
    (folder / "arazzoc.toml").write_text(config.replace('"off"', '"quiet"').replace("ARZ502", "ARZ211"))
    assert check() != 0
    text = capsys.readouterr().err
    assert "arazzoc.toml:4" in text and "is not error, warning, note or off" in text


def test_levels_do_not_cost_the_quick_way(folder: Path) -> None:
    """A level that changes makes a module anew, and one that does not is known from the configuration's bytes."""
    from arazzoc.project.quick import current_files

    write(folder)
    config = 'output = "out"\n[rules]\nARZ502 = "note"\n[[module]]\ndocument = "*.yml"\n'
    (folder / "arazzoc.toml").write_text(config)
    assert main(["generate", "-q"]) == 0 and current_files(str(folder)) is not None
    (folder / "arazzoc.toml").write_text(config.replace("note", "error"))
    assert current_files(str(folder)) is None and main(["generate", "-q"]) == 2


@pytest.mark.parametrize("owner", ["the step", "the workflow", "the document", "the criterion"])
def test_a_document_silences(folder: Path, capsys: pytest.CaptureFixture[str], owner: str) -> None:
    """At an object, and whatever is in it: of two findings, one where one step says so, and both where all is meant."""

    def edit(document: Any, api: Any) -> None:
        unhandled(document, api)
        first = step(document, 0)
        owners = {"the step": first, "the workflow": buy(document), "the document": document}
        owners["the criterion"] = first["successCriteria"][0]
        owners[owner]["x-arazzoc-ignore"] = ["constant-condition"]

    write(folder, edit)
    left = found(capsys)
    assert len(left.get("ARZ503", [])) == (1 if owner in ("the step", "the criterion") else 0) and "ARZ112" not in left
    assert found(capsys, "--error", "ARZ503").get("ARZ503", []) == ["error"] * len(left.get("ARZ503", []))
    assert "ARZ112" not in found(capsys, "--ignore", "ARZ503"), "a rule that is off in this run is needed in others"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["ARZ505"], "there is no finding of 'ARZ505' here"),
        (["ARZ999"], "there is no rule 'ARZ999'"),
        ("ARZ503", "is a list of rules"),
        ([1], "is a list of rules"),
        ({"ARZ503": True}, "is a list of rules"),
    ],
)
def test_what_silences_nothing_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], value: Any, message: str
) -> None:
    def edit(document: Any, api: Any) -> None:
        unhandled(document, api)
        step(document, 0)["x-arazzoc-ignore"] = value

    write(folder, edit)
    check()
    text = capsys.readouterr().err
    assert "warning[ARZ112]" in text and message in text and "always true" in text


def test_errors_are_not_silenced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor are dialects where --strict asks for them."""

    def edit(document: Any, api: Any) -> None:
        document["x-arazzoc-ignore"] = ["ARZ211", "ARZ454"]
        step(document, 0)["successCriteria"] = [{"condition": '$response.body#/id != "x"'}]

    write(folder, edit)
    assert "ARZ454" not in found(capsys) and found(capsys, "--strict")["ARZ454"] == ["error"]
    write(folder, lambda d, a: (d.update({"x-arazzoc-ignore": ["ARZ211"]}), step(d, 0).update(operationId="none")))
    assert found(capsys)["ARZ211"] == ["error"]


def test_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in it is not told, wherever its line is now; what is new, or there once more, is."""
    write(folder)
    assert check("--baseline", "known.json") == 0 and "wrote known.json: " in capsys.readouterr().err
    assert found(capsys, "--baseline", "known.json") == {}
    path = folder / "flow.arazzo.yml"
    path.write_text("# a comment\n\n" + path.read_text())
    assert found(capsys, "--baseline", "known.json") == {}

    def more(document: Any, api: Any) -> None:
        unhandled(document, api)
        step(document, 0)["successCriteria"].append({"condition": "2 == 2"})

    write(folder, more)
    assert found(capsys, "--baseline", "known.json") == {"ARZ503": ["warning"]}
    write(folder, lambda d, a: None)
    check("--baseline", "known.json")
    assert "are not there any more" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": 9, "findings": []}', "[" * 100_000, "\0"])
def test_what_is_no_baseline(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write(folder)
    (folder / "known.json").write_text(text)
    assert check("--baseline", "known.json") == 2 and "baseline" in capsys.readouterr().err
    assert (folder / "known.json").read_text() == text
    assert check("--baseline", ".") == 2 and check("--baseline", "none/known.json") == 2


@pytest.mark.parametrize("arguments", [(), ("--error", "ARZ5"), ("--only", "ARZ999"), ("none.yml",)])
def test_json(folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """It is as its schema says, whatever happens, and places are those of the text."""
    write(folder)
    check(*arguments, "--format", "json")
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, json.loads((ROOT / "docs/findings.schema.json").read_text("utf-8")))
    assert printed["findings"]
    lines = (folder / "flow.arazzo.yml").read_text().split("\n")
    for finding in printed["findings"]:
        if finding["code"] == "ARZ503":
            start = finding["column"] - 1
            assert lines[finding["line"] - 1][start : start + finding["length"]] == "1 == 1"


def test_github(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder)
    check("--format", "github", "--error", "ARZ502", "--ignore", "ARZ501")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("::error file=flow.arazzo.yml,line=") and "title=ARZ502" in line for line in lines)
    assert sum(line.startswith("::warning ") for line in lines) == 2 and all(line.startswith("::") for line in lines)


SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {"driver": {"required": ["name"], "properties": {"name": {"type": "string"}}}},
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "region": {
                                                        "additionalProperties": {"type": "integer", "minimum": 1}
                                                    }
                                                },
                                            }
                                        },
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What SARIF 2.1.0 requires of the objects that are written (sections 3.13, 3.14, 3.18, 3.19, 3.27 to 3.30)."""


def test_sarif(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a b").mkdir()
    write(folder / "a b", name="flöw.arazzo.yml")
    check("--format", "sarif", name="a b/flöw.arazzo.yml")
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, SARIF)
    run = printed["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place["uri"] == "a%20b/fl%C3%B6w.arazzo.yml"


def test_what_was_checked_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where all is well, and where nothing could be read."""
    write(folder)
    check("--ignore", "ARZ1,ARZ2,ARZ3,ARZ4,ARZ5")
    assert capsys.readouterr().err == "1 document, 2 workflows, 4 steps: no findings\n"
    check("--only", "ARZ503", "--error", "ARZ502")
    assert capsys.readouterr().err.endswith("\n1 document, 2 workflows, 4 steps: 1 error, 2 warnings\n")
    (folder / "flow.arazzo.yml").write_text("")
    check()
    assert capsys.readouterr().err.endswith("\n1 document, 0 workflows, 0 steps: 1 error\n")


def test_standard_input_stands_for_a_file(folder: Path) -> None:
    """Its sources are beside that file, not in the working folder; its name is in the findings."""
    (folder / "flows").mkdir()
    write(folder / "flows")
    text = (folder / "flows" / "flow.arazzo.yml").read_bytes()
    (folder / "flows" / "flow.arazzo.yml").unlink()
    command = [sys.executable, "-m", "arazzoc", "check", "-", "--stdin-name", "flows/flow.arazzo.yml"]
    done = subprocess.run(
        [*command, "--format", "json"], cwd=folder, env=environment(), input=text, capture_output=True, check=False
    )
    printed = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == b""
    assert {f["file"] for f in printed["findings"]} == {"flows/flow.arazzo.yml"} and len(printed["findings"]) >= 3


def test_colours() -> None:
    """Only where they are asked for, and with them no other text."""
    report = Report()
    report.add(rules.UNHANDLED_VALUES, Span("a.yml", 1, 1, 3, "abc"), "what", help="how")
    plain, coloured = render_report(report), render_report(report, colours=True)
    assert "\x1b" not in plain and "\x1b[1;33mwarning[ARZ502]\x1b[0m" in coloured
    for code in ("\x1b[1;33m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


@pytest.mark.parametrize(
    ("variables", "has_colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_on_a_terminal(folder: Path, variables: dict[str, str], has_colours: bool) -> None:
    pty = pytest.importorskip("pty")
    write(folder)
    main_end, other_end = pty.openpty()
    known = {k: v for k, v in environment().items() if k not in ("NO_COLOR", "TERM")} | {"TERM": "xterm"} | variables
    command = [sys.executable, "-m", "arazzoc", "check", "flow.arazzo.yml"]
    subprocess.run(command, cwd=folder, env=known, stderr=other_end, check=False)
    os.close(other_end)
    text = os.read(main_end, 100_000)
    os.close(main_end)
    assert (b"\x1b[" in text) == has_colours and b"ARZ502" in text
