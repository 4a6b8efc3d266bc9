"""Help lines that say what is to be written: who follows one has mended the fault, and has no other."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import responses
import yaml

from arazzoc.config import Config
from arazzoc.diagnostics import Diagnostic, Report, Severity
from arazzoc.pipeline import compile_parts
from arazzoc.sources import Library
from breaks import BREAKS
from building import api_of, compile_documents, workflow_of
from clean_workflows import API, clean_workflow
from conftest import SHARED
from helps import followed

NOTES = ("ARZ230", "ARZ501")
"""What is told of sound documents, too."""
SHARED_MISTAKES = SHARED / "mistakes"


def found(path: Path, text: str) -> list[Diagnostic]:
    path.write_text(text)
    report = Report()
    compile_parts(path, Config(), Library(report))
    return [d for d in report.sorted() if d.rule.code not in NOTES]


def keys(diagnostics: list[Diagnostic]) -> set[tuple[str, str]]:
    return {(d.rule.code, d.message) for d in diagnostics}


def check_help(path: Path, text: str, is_other_right: bool = False) -> bool:
    """Follow the first help of a document, if it says all; whether it did."""
    before = found(path, text)
    changed = followed(before[0], text) if before else None
    if changed is None:
        return False
    after = found(path, changed)
    first = before[0]
    assert (first.rule.code, first.message) not in keys(after), f"{first.message}: {first.help}\n{changed}"
    others = {d.message for d in after if d.severity is not Severity.NOTE} - {d.message for d in before}
    assert is_other_right or not others, f"{first.message}: {first.help}: {others}"
    return True


CONDITIONS = {
    "statusCode == 200": "$statusCode == 200",
    "state == 'sent'": "$response.body#/state == 'sent'",
    "$statusCode in [200, 201]": "$statusCode == 200 || $statusCode == 201",
    "$statusCode in (200, 201) && $method == 'GET'": "($statusCode == 200 || $statusCode == 201) && $method == 'GET'",
    "$response.body#/state not in ['lost', sent]": "$response.body#/state != 'lost' && $response.body#/state != 'sent'",
    "$response.body#/id exists": "$response.body#/id != null",
    "$response.body#/price is null": "$response.body#/price == null",
    "$response.body#/id is not null": "$response.body#/id != null",
    "$statusCode >= 200 && < 300": "$statusCode >= 200 && $statusCode < 300",
    "$statusCode >= 200 & $statusCode < 300": "$statusCode >= 200 && $statusCode < 300",
    "$statusCode >= 200 and $statusCode < 300": "$statusCode >= 200 && $statusCode < 300",
    "$statusCode => 200": "$statusCode >= 200",
    "$statusCode = 200": "$statusCode == 200",
    "$statusCode == 2xx": "$statusCode >= 200 && $statusCode < 300",
    "$statusCode != 5XX": "$statusCode < 500 || $statusCode >= 600",
    "$response.body#/state == `sent`": "$response.body#/state == 'sent'",
    "$response.body#/state == sent": "$response.body#/state == 'sent'",
    "$response.body#/state == 'sent": "$response.body#/state == 'sent'",
    "$response.body#/state != None": "$response.body#/state != null",
    "status == 200": "$statusCode == 200",
    "$statusCode is 200": "$statusCode == 200",
    "$statusCode is not 500": "$statusCode != 500",
    "$response.body#/state equals 'sent'": "$response.body#/state == 'sent'",
    "$response.body#/state does not equal 'lost'": "$response.body#/state != 'lost'",
    "$statusCode is less than 300 && $statusCode == 200": "$statusCode < 300 && $statusCode == 200",
    "$statusCode at least 200": "$statusCode >= 200",
    "$statusCode gte 200": "$statusCode >= 200",
    "$statusCode == 200 && not $method == 'PUT'": "$statusCode == 200 && ! $method == 'PUT'",
    "$response.body/state == 'sent'": "$response.body#/state == 'sent'",
}


@pytest.mark.parametrize("written", CONDITIONS)
def test_conditions_of_other_languages(written: str, tmp_path: Path) -> None:
    (tmp_path / "openapi.yml").write_text(json.dumps(API))
    steps: list[Any] = [{"stepId": "look", "operationId": "getParcel"}]
    steps[0]["parameters"] = [{"name": "parcelId", "in": "path", "value": "a"}]
    steps[0]["successCriteria"] = [{"condition": "<>"}]
    document = clean_workflow(0) | {"workflows": [{"workflowId": "w", "steps": steps}]}
    text = yaml.safe_dump(document, sort_keys=False, width=1000)
    broken = text.replace("condition: <>", f"condition: {written}")
    first = found(tmp_path / "flow.arazzo.yml", broken)[0]
    assert followed(first, broken) == text.replace("condition: <>", f"condition: {CONDITIONS[written]}"), first
    assert check_help(tmp_path / "flow.arazzo.yml", broken)


WORDS = {
    *("parameter_left_out", "property_left_out", "property_of_another_type", "criteria_lost"),
    *("steps_swapped", "step_left_out"),
}
"""Breaks of which the helps leave something to the author."""


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_helps_of_breaks(name: str, tmp_path: Path) -> None:
    """Whatever is broken in a sound workflow: the first help, if it says all, mends it, or leads to the next fault."""
    (tmp_path / "openapi.yml").write_text(json.dumps(API))
    rng, number = random.Random(name), 0
    for seed in range(12):
        document = copy.deepcopy(clean_workflow(seed))
        if BREAKS[name](rng, document):
            text = yaml.safe_dump(document, sort_keys=False, width=1000)
            is_other = name == "operator_of_another_language"  # what the author meant is not known
            number += check_help(tmp_path / "flow.arazzo.yml", text, is_other_right=is_other)
    assert (number > 0) == (name not in WORDS)


@pytest.mark.skipif(not SHARED_MISTAKES.exists(), reason="needs ../shared/mistakes")
def test_mistakes_of_authors(tmp_path: Path) -> None:
    """What is due is told, at the line of the mistake; one mistake is one finding; sound documents have no warning."""
    for file in SHARED_MISTAKES.glob("*.yaml"):
        if ".arazzo." not in file.name:
            shutil.copy(file, tmp_path)
    silent, several, wrong = [], [], []
    number = 0
    for name, item in json.loads((SHARED_MISTAKES / "expected.json").read_text()).items():
        text = (SHARED_MISTAKES / f"{name}.arazzo.yaml").read_text()
        told = found(tmp_path / "doc.arazzo.yaml", text)
        warned = [d for d in told if d.severity is not Severity.NOTE]
        if item["expect"] == "fine":
            wrong += [name] if warned else []
            continue
        silent += [] if told else [name]
        several += [name] if len(warned) > 1 else []
        is_other = name in ("dependsOn-string", "source-unused")
        number += check_help(tmp_path / "doc.arazzo.yaml", text, is_other_right=is_other)
    assert not silent and not wrong and len(several) <= 4, (silent, wrong, several)
    assert number >= 60, "so many helps say all that is to be written"


PART: Any = {"type": "object", "properties": {"key": {"type": "string"}, "size": {"type": "integer"}}}
SENT: Any = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "part": PART,
        "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "thing": {"oneOf": [{**PART, "required": ["key"]}, {"type": "array", "items": {"type": "string"}}]},
    },
}


QUERY = {"context": "$response.body", "type": "jsonpath"}


def stepping(folder: Path, step: Any) -> tuple[Path, str]:
    """A document with a step that sends and reads, in its folder."""
    content = {"content": {"application/json": {"schema": SENT}}}
    operation = {"operationId": "send", "requestBody": content, "responses": {"200": {"description": "", **content}}}
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"post": operation}}}
    (folder / "openapi.yml").write_text(json.dumps(api | {"servers": [{"url": "https://a.test"}]}))
    steps = [{"stepId": "s", "operationId": "send", **step}]
    document = clean_workflow(0) | {"arazzo": "1.1.0", "workflows": [{"workflowId": "w", "steps": steps}]}
    return folder / "flow.arazzo.yml", yaml.safe_dump(document, sort_keys=False, width=1000)


def payload_of(payload: Any) -> Any:
    return {"requestBody": {"contentType": "application/json", "payload": payload}}


def selecting(selector: str) -> Any:
    return {"outputs": {"a": {"context": "$response.body", "selector": selector, "type": "jsonpointer"}}}


def matching(condition: str) -> Any:
    return {"successCriteria": [{"context": "$response.body#/name", "type": "regex", "condition": condition}]}


@pytest.mark.parametrize(
    ("step", "help"),
    [
        (payload_of('{"name": 5}'), 'write "5"'),
        (payload_of({"name": 5}), "write '5'"),
        (payload_of({"tags": "a"}), 'write ["a"]'),
        (payload_of({"either": True}), "write 'true'"),
        ({"outputs": {"a": "$response.body#/tags/-"}}, "write $response.body#/tags/0 for the first item"),
        (selecting("tags/0"), "write /tags/0"),
        (selecting("$.tags[0]"), "write /tags/0"),
        (selecting("#/part/key"), "write /part/key"),
        (selecting("part.key"), "write /part/key"),
        (selecting("$response.body#/part/key"), "write /part/key"),
        (matching("(?i)sent"), "write [sS][eE][nN][tT]"),
        (matching("/[a-c]x/i"), "write [a-cA-C][xX]"),
        (matching("(?s)x.b"), r"write x(?:.|[\n\r\u2028\u2029])b"),
        (matching("/sent/"), "write sent"),
        ({"successCriteria": [{"condition": "$response.body#/name == 5"}]}, "write '5'"),
        ({"successCriteria": [{**QUERY, "condition": "$[?$.name == 5]"}]}, "write '5'"),
        ({"successCriteria": [{**QUERY, "condition": "$[?$.part.size != '5']"}]}, "write 5"),
    ],
)
def test_helps_that_mend(step: Any, help: str, tmp_path: Path) -> None:
    path, text = stepping(tmp_path, step)
    assert [d.help for d in found(path, text)] == [help]
    assert check_help(path, text)


@pytest.mark.parametrize(
    ("step", "help"),
    [
        (payload_of('{"tags": [5]}'), None),  # the place is not known so well
        (payload_of({"part": ["a"]}), None),
        (payload_of({"part": [{"key": "a"}, {"key": "b"}]}), None),
        (payload_of({"part": [{"key": "a"}, {"size": 1}]}), "write its members without '-' before them"),
        (payload_of({"tags": {"key": "a"}}), None),
        (matching(r"(?i)\u0041"), None),
        (matching("(?m)^a$"), None),
    ],
)
def test_helps_that_would_not_mend(step: Any, help: str | None, tmp_path: Path) -> None:
    assert [d.help for d in found(*stepping(tmp_path, step))] == [help]


@pytest.mark.parametrize("condition", ["$[?@ == 200]", "$ == 200", "$[?$ == 200]"])
def test_a_query_of_a_status(condition: str, tmp_path: Path) -> None:
    criterion = {"context": "$statusCode", "type": "jsonpath", "condition": condition}
    helps = [d.help for d in found(*stepping(tmp_path, {"successCriteria": [criterion]}))]
    assert helps == ["remove context and type, and write condition: $statusCode == 200"]


def test_the_alternative_that_fits_best_is_shown(tmp_path: Path) -> None:
    first = found(*stepping(tmp_path, payload_of({"thing": {"size": "a"}})))[0]
    assert [r.message for r in first.related] == ["of 2 alternatives, this is the one that fits best"]
    assert not found(*stepping(tmp_path, payload_of({"either": True})))[0].related


@pytest.mark.parametrize(
    "condition",
    [
        *("the status code is 200", "status is 200", "response is successful", "typeof $response.body#/state == 'x'"),
        *(
            "$response.body#/state not contains 'x'",
            "$response.body#/state is not empty",
            "$statusCode between 1 and 2",
        ),
        *("state is sent", "colour == 'red'", "$response.body#/state has 'x' && true"),
    ],
)
def test_prose_is_not_rewritten(condition: str, tmp_path: Path) -> None:
    """Where one word cannot be put right alone, no help says what to write; there is one finding."""
    step = {"stepId": "look", "operationId": "get", "successCriteria": [{"condition": condition}]}
    (tmp_path / "openapi.yml").write_text(json.dumps(api_of(("get", "/x", "get"))))
    findings = found(tmp_path / "flow.yml", json.dumps(workflow_of(step)))
    assert len(findings) == 1 and not (findings[0].help or "").startswith(("write", "if it is text")), findings[0].help


TEXTS = ["", "sent", "present", "a.b", "axb", "a.b.c", "(", "[x]", "/", "a|b", "b", "\\", "^", "$"]
TESTS: dict[str, Callable[[str, str], bool]] = {
    "$response.body#/s contains '{}'": lambda text, part: part in text,
    "contains($response.body#/s, '{}')": lambda text, part: part in text,
    "$response.body#/s.includes('{}')": lambda text, part: part in text,
    "$response.body#/s startsWith '{}'": lambda text, part: text.startswith(part),
    "$response.body#/s.startsWith('{}')": lambda text, part: text.startswith(part),
    'ends_with($response.body#/s, "{}")': lambda text, part: text.endswith(part),
    "$response.body#/l contains '{}'": lambda text, part: part == text,
    "$response.body#/l.includes('{}')": lambda text, part: part == text,
}


@pytest.mark.parametrize("part", TEXTS[1:])
@pytest.mark.parametrize("written", TESTS)
def test_tests_of_texts_and_lists(written: str, part: str, tmp_path: Path) -> None:
    """What the help says is a criterion without a fault, which holds where the condition would in its language."""
    schema = {
        "type": "object",
        "properties": {"s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}}},
    }
    step: dict[str, Any] = {"stepId": "look", "operationId": "get"}
    step["successCriteria"] = [{"condition": written.format(part)}]
    api = api_of(("get", "/x", "get"), schema=schema)
    first = compile_documents(tmp_path, workflow_of(step), api).report.diagnostics
    assert len(first) == 1
    if first[0].help is None or not first[0].help.startswith("write"):
        assert "#/l" in written and set(part) & set("$\\")
        return
    step["successCriteria"] = [yaml.safe_load(first[0].help.removeprefix("write "))]
    result = compile_documents(tmp_path, workflow_of(step), api)
    assert result.codes == []
    for text in TEXTS:
        with responses.RequestsMock() as server:
            server.get("https://api.test/x", json={"s": text, "l": ["other", text]})
            unmet = result.module.look(result.module.Client()).unmet
        assert (unmet is None) is TESTS[written](text, part), (text, first[0].help)
