"""`check --fix`: what it writes, what it leaves as it is, and that the flow is the same afterwards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from arazzoc.cli import main
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.ir import flow_fingerprint
from arazzoc.pipeline import compile_file
from arazzoc.sources import Library

API = """\
openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: https://api.test}]
paths:
  /things:
    get:
      operationId: list
      responses: {"200": {description: Fine., content: {application/json: {schema: {}}}}}
    post:
      operationId: add
      parameters: [{name: mode, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {}}}}
      responses: {"200": {description: Fine., content: {application/json: {schema: {}}}}}
"""
FLOW = """\
# Things are added, and listed.
arazzo: 1.0.1
info: {title: Things, version: "1"}
sourceDescriptions:
- {name: things, url: openapi.yml, type: openapi}   # the one source
workflows:
- workflowId: flow
  inputs: {type: object, properties: {key: {type: string}, box: {type: object}}}
  steps:
  - stepId: add
    operationId: add
    parameters:
    - name: mode
      in: query
      value: %(value)s
    requestBody:
      contentType: application/json
      payload: {a: 1}
    successCriteria:
    - condition: %(simple)s
      x-why: that is fine     # in short
    - context: $response.body
      type: %(type)s
      condition: %(condition)s
    outputs:
      id: %(output)s   # the first
      'rest': "$response.body#/rest"
  - stepId: next
    operationId: list
"""
PLAIN = {
    "value": "$inputs.key",
    "simple": "$statusCode == 200",
    "type": "jsonpath",
    "condition": "$[?$.a == 1]",
    "output": "$response.body#/id",
}
FIXES = [
    ("value", "Bearer $inputs.key", "Bearer {$inputs.key}"),
    ("value", "'it''s $inputs.key'", "'it''s {$inputs.key}'"),
    ("value", '"\\u0041 $inputs.key"', '"\\u0041 {$inputs.key}"'),
    ("value", '"a \\"$inputs.key\\""', '"a \\"{$inputs.key}\\""'),
    ("value", "$inputs.key and $inputs.key", "'{$inputs.key} and {$inputs.key}'"),
    ("value", "$inputs.box.in.side", '"$inputs.box#/in/side"'),
    ("value", "x {$inputs.box.in}", '"x {$inputs.box#/in}"'),
    ("value", '"\\u00e9 $inputs.key \\u00e8 $inputs.key"', '"\\u00e9 {$inputs.key} \\u00e8 {$inputs.key}"'),
    ("simple", '"$response.body#/\\u00e9 == \\"x\\""', "\"$response.body#/\\u00e9 == 'x'\""),
    ("condition", '"$.\\u00e9 == $inputs.key"', '"$[?$.\\u00e9 == \\"{$inputs.key}\\"]"'),
    ("condition", "$[?$.a == $inputs.key && $.b-c == 1]", "'$[?$.a == \"{$inputs.key}\" && $[''b-c''] == 1]'"),
    ("simple", '$response.body#/a == "x"', "$response.body#/a == 'x'"),
    ("simple", "'$response.body#/a == \"it''s\"'", "'$response.body#/a == ''it''''s'''"),
    ("simple", '"$response.body#/a == \\"x\\""', "\"$response.body#/a == 'x'\""),
    ("condition", "$.a == 1", "$[?$.a == 1]"),
    ("condition", '$.a == "x" && $.b == "y"', '$[?$.a == "x" && $.b == "y"]'),
    ("condition", "$.a == $inputs.key", '$[?$.a == "{$inputs.key}"]'),
    ("output", "$.id", "$response.body#/id"),
    ("output", '"$.id"', '"$response.body#/id"'),
]


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "openapi.yml").write_text(API)
    path = folder / "flow.arazzo.yml"
    path.write_text(FLOW % {**PLAIN, **texts})
    return path


def flows(path: Path) -> list[str]:
    report = Report()
    program = compile_file(path, Config(), Library(report))
    assert program is not None, [d.message for d in report.diagnostics]
    return [flow_fingerprint(workflow) for workflow in program.workflows]


@pytest.mark.parametrize(("place", "text", "wanted"), FIXES)
def test_what_is_certain(tmp_path: Path, place: str, text: str, wanted: str) -> None:
    """In every style of scalar: comments, order and all else stay, the flow is the same, and once is enough."""
    path = write(tmp_path, **{place: text})
    before = path.read_text()
    known = flows(path)
    assert main(["check", str(path), "--fix", "-q"]) == 0
    after = path.read_text()
    assert yaml.safe_load(after) == yaml.safe_load(FLOW % {**PLAIN, place: wanted})
    line = next(n for n, part in enumerate(FLOW.split("\n")) if f"%({place})s" in part)
    lines = before.split("\n"), after.split("\n")
    assert [part for n, part in enumerate(lines[0]) if n != line] == [p for n, p in enumerate(lines[1]) if n != line]
    assert lines[0][line].endswith("   # the first") == lines[1][line].endswith("   # the first")
    assert flows(path) == known
    assert main(["check", str(path), "--fix", "-q"]) == 0 and path.read_text() == after


@pytest.mark.parametrize(("place", "text", "wanted"), FIXES)
def test_in_json(tmp_path: Path, place: str, text: str, wanted: str) -> None:
    path = write(tmp_path, **{place: text})
    tree = yaml.safe_load(path.read_text())
    path = tmp_path / "flow.arazzo.json"
    path.write_text(json.dumps(tree, indent=3))
    assert main(["check", str(path), "--fix", "-q"]) == 0
    wanted_tree = yaml.safe_load(FLOW % {**PLAIN, place: wanted})
    assert json.loads(path.read_text()) == wanted_tree
    assert path.read_text() == json.dumps(wanted_tree, indent=3)


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    """Blocks, anchors, carriage returns, a byte order mark, and letters of any script stay as they are."""
    path = write(tmp_path, value="&key Bearer $inputs.key", simple='>-\n        $response.body#/ä\n        == "x"')
    text = path.read_text().replace("# the one source", "# die eine Quelle: ünïcödé 🐍")
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    path.write_bytes(data)
    assert main(["check", str(path), "--fix", "-q"]) == 0
    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# Things") and b"&key Bearer {$inputs.key}" in after
    assert after.count(b"\r\n") == after.count(b"\n") and "🐍".encode() in after
    assert after.replace(b"{$inputs.key}", b"$inputs.key").replace(b"'x'", b'"x"') == data


def test_what_an_alias_stands_for(tmp_path: Path) -> None:
    """It is written once, at its anchor, and all aliases mean the same."""
    path = write(tmp_path, value="&key Bearer $inputs.key")
    more = "    parameters:\n    - {name: mode, in: query, value: *key}\n"
    path.write_text(path.read_text().replace("operationId: list\n", "operationId: list\n" + more))
    known = flows(path)
    assert main(["check", str(path), "--fix", "-q"]) == 0
    assert path.read_text().count("{$inputs.key}") == 1 and "*key" in path.read_text() and flows(path) == known


def test_a_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, value="Bearer $inputs.key")
    before = path.read_bytes()
    assert main(["check", str(path), "--fix", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert path.read_bytes() == before
    assert "-      value: Bearer $inputs.key" in printed.out
    assert re.search(r"^\+ .*\{\$inputs\.key\}", printed.out, re.MULTILINE) and "1 fix possible" in printed.err


NEAR = [
    ("workflowId: flow", "workflowid: flow"),
    ("operationId: list", "operationId: lst"),
    ("value: $inputs.key", "value: $inputs.keyy"),
    ("successCriteria:", "succesCriteria:"),
    ("type: jsonpath", "type: jsonpaht"),
]


@pytest.mark.parametrize(("right", "wrong"), NEAR)
def test_names_that_are_nearly_right(tmp_path: Path, right: str, wrong: str) -> None:
    """They are a guess, which is made only with --fix=all."""
    path = write(tmp_path)
    fine = path.read_text()
    path.write_text(fine.replace(right, wrong))
    main(["check", str(path), "--fix", "-q"])
    assert path.read_text() == fine.replace(right, wrong)
    main(["check", str(path), "--fix=all", "-q"])
    assert path.read_text() == fine


def test_what_has_no_right_rewrite_stays(tmp_path: Path) -> None:
    path = write(tmp_path, condition="$.a != 1", output="$..id")
    before = path.read_bytes()
    assert main(["check", str(path), "--fix=all", "-q"]) == 0 and path.read_bytes() == before


def test_standard_input_and_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.yml"), "--fix"]) == 1
    (tmp_path / "flow.arazzo.yml").write_text("a: [")
    assert main(["check", str(tmp_path / "flow.arazzo.yml"), "--fix=all"]) == 1
    assert (tmp_path / "flow.arazzo.yml").read_text() == "a: ["
