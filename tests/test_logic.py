"""Conditions among each other, and of statuses: what never holds, always holds, or is taken before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzoc.analysis import logic
from arazzoc.analysis.fold import fold
from building import compile_documents, workflow_of

READ: Any = {
    "type": "object",
    "properties": {
        "x": {"type": "string"},
        "n": {"type": "number"},
        "e": {"type": "string", "enum": ["a", "b", "c"]},
        "both": {"type": ["string", "integer"]},
        "list": {
            "type": "array",
            "items": {"type": "object", "properties": {"x": {"type": "string"}, "n": {"type": "number"}}},
        },
    },
}
BODY = "$response.body#"


def codes(folder: Path, step: Any) -> list[str]:
    responses = {
        status: {"description": "", "content": {"application/json": {"schema": READ}}} for status in ("200", "404")
    }
    paths = {"/a": {"get": {"operationId": "read", "responses": responses}}}
    api = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": paths}
    result = compile_documents(folder, workflow_of({"stepId": "s", "operationId": "read", **step}), api)
    return [code for code in result.codes if code != "ARZ213"]


def criterion(written: str) -> Any:
    if written.startswith("^"):
        return {"context": "$statusCode", "type": "regex", "condition": written}
    return {"condition": written}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("^2", []),
        ("^[24]", []),
        ("^3", ["ARZ517"]),
        ("^6", ["ARZ504"]),
        ("$statusCode > 600", ["ARZ504"]),
        ("$statusCode < 100", ["ARZ504"]),
        ("600 <= $statusCode", ["ARZ504"]),
        ("$statusCode != 700", ["ARZ503"]),
        ("$statusCode >= 100", []),  # so a response came
        ("$statusCode != null", []),
        ("$statusCode < 500 || $statusCode >= 600", []),
        ("$statusCode > 600 && $statusCode < 700", ["ARZ504"]),
    ],
)
def test_statuses_that_no_response_has(condition: str, expected: list[str], tmp_path: Path) -> None:
    assert codes(tmp_path, {"successCriteria": [criterion(condition)]}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{BODY}/x != 'a' || {BODY}/x != 'b'", ["ARZ503"]),
        (f"{BODY}/e != 'a' || {BODY}/e != 'b'", ["ARZ503"]),
        (f"{BODY}/x == 'a' || {BODY}/x != 'a'", ["ARZ503"]),
        (f"$statusCode == 200 && ({BODY}/x != 'a' || {BODY}/x != 'b')", ["ARZ503"]),
        ("$statusCode >= 200 || $statusCode < 300", ["ARZ503"]),
        (f"{BODY}/n > 5 || {BODY}/n < 10", []),  # neither, where it is missing
        (f"{BODY}/x != 'a' && {BODY}/x != 'b'", []),
        (f"{BODY}/x != 'a' || {BODY}/n != 5", []),
        ("$statusCode == 200 || $statusCode != 404", []),
    ],
)
def test_conditions_that_always_hold(condition: str, expected: list[str], tmp_path: Path) -> None:
    assert codes(tmp_path, {"successCriteria": [criterion(condition)]}) == expected


@pytest.mark.parametrize(
    ("field", "first", "second", "is_shadowed"),
    [
        ("onFailure", ["$statusCode >= 400"], ["$statusCode == 404"], True),
        ("onFailure", ["$statusCode == 404"], ["$statusCode >= 400"], False),
        ("onFailure", ["^4"], ["$statusCode == 404"], True),
        ("onFailure", ["$statusCode != 404"], ["$statusCode == 409"], True),
        ("onFailure", ["$statusCode != 404"], ["$statusCode != 409"], False),
        ("onFailure", ["$statusCode != 404"], [f"{BODY}/x == 'a'"], False),
        ("onSuccess", [f"{BODY}/n >= 5"], [f"{BODY}/n == 7"], True),
        ("onSuccess", [f"{BODY}/n >= 5"], [f"{BODY}/n > 4"], False),
        ("onSuccess", [f"{BODY}/n >= 4.3"], [f"{BODY}/n > 4.2"], False),
        ("onSuccess", [f"{BODY}/x == 'a'"], ["$statusCode == 200", f"{BODY}/x == 'a'"], True),
        ("onSuccess", ["$statusCode == 200", f"{BODY}/x == 'a'"], [f"{BODY}/x == 'a'"], False),
        ("onSuccess", [f"{BODY}/x == 'a' || {BODY}/x == 'b'"], [f"{BODY}/x == 'b'"], True),
        ("onSuccess", [f"{BODY}/x == 'b'"], [f"{BODY}/x == 'a' || {BODY}/x == 'b'"], False),
        ("onSuccess", [f"{BODY}/x != 'a'"], [f"{BODY}/x == 'b'"], True),
        ("onSuccess", [f"{BODY}/x != 'a'"], [f"{BODY}/x == 'A'"], False),  # letter case is ignored
        ("onSuccess", [f"{BODY}/x > 'a'"], [f"{BODY}/x > 'b'"], False),  # not looked at
        ("onSuccess", [], [f"{BODY}/x == 'b'"], True),
    ],
)
def test_actions_that_are_taken_before(
    field: str, first: list[str], second: list[str], is_shadowed: bool, tmp_path: Path
) -> None:
    both = (("one", first), ("two", second))
    actions = [
        {"name": name, "type": "end", **({"criteria": list(map(criterion, written))} if written else {})}
        for name, written in both
    ]
    assert codes(tmp_path, {field: actions}) == ["ARZ521"] * is_shadowed


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("x > 5", ["ARZ520"]),
        ("x == 5", ["ARZ520"]),
        ("x != 5", []),
        ("x == '5'", []),
        ("n > 'a'", ["ARZ504"]),
        ("n > '5'", []),
        ("both > 5", []),
        ("unknown > 5", ["ARZ306"]),
    ],
)
def test_texts_and_numbers_in_simple_conditions(condition: str, expected: list[str], tmp_path: Path) -> None:
    assert codes(tmp_path, {"successCriteria": [criterion(f"{BODY}/{condition}")]}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$.list[?@.x == 200]", ["ARZ504"]),
        ("$.list[?@.x > 200]", ["ARZ504"]),
        ("$.list[?@.x != 200]", ["ARZ503"]),
        ("$.list[?@.n == '200']", ["ARZ504"]),
        ("$.list[?@.x == '200' && @.n == 200]", []),
        ("$.list[?@.x == null]", []),
        ("$.list[?@.x != '']", []),
        ("$[?$.both == 5]", []),
        ("$[?$.x == 5]", ["ARZ504"]),
    ],
)
def test_texts_and_numbers_in_queries(condition: str, expected: list[str], tmp_path: Path) -> None:
    query = {"context": "$response.body", "type": "jsonpath", "condition": condition}
    assert codes(tmp_path, {"successCriteria": [query]}) == expected


def test_conditions_of_different_values_are_not_tried_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is tried grows as the conditions do, not as their square."""
    counts = list[int]()
    whole = fold

    def counted(condition: Any, known: Any) -> bool | None:
        counts[-1] += 1
        return whole(condition, known)

    monkeypatch.setattr(logic, "fold", counted)
    for size in (10, 40):
        counts.append(0)
        step = {"successCriteria": [criterion(f"{BODY}/m{number} == {number}") for number in range(size)]}
        assert set(codes(tmp_path, step)) == {"ARZ306"}
    assert 0 < counts[1] < 5 * counts[0]


def test_a_query_and_a_condition_of_one_member(tmp_path: Path) -> None:
    """What the query reads is the same value, though only the condition names it by a pointer."""
    query = {"context": "$response.body", "type": "jsonpath", "condition": "$[?$.e == 'b' && @.n > 1]"}
    found = [set(codes(tmp_path, {"successCriteria": [criterion(f"{BODY}/e == '{e}'"), query]})) for e in "ab"]
    assert found[0] - found[1] == {"ARZ522"} and not found[1] - found[0]
