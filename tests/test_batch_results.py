"""How `batch.py` joins results and errors to requests, also where they are not what they should be."""

from __future__ import annotations

import csv
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from batch_program import accounted, rows, write_requests
from batch_requests import ENDPOINTS
from batch_results import Joined, answer_of, find_results, join, prompt_of


def result(custom_id: str, answer: str = "yes", **changes: Any) -> bytes:
    body = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
    response = {"status_code": 200, "request_id": "r", "body": body}
    found = {"id": "x", "custom_id": custom_id, "response": response, "error": None} | changes
    return json.dumps(found).encode() + b"\n"


def not_done(custom_id: str, code: str) -> bytes:
    return result(custom_id, response=None, error={"code": code, "message": "Not done."})


def joined(folder: Path, count: int, *files: bytes) -> Joined:
    write_requests(folder / "requests.jsonl", count)
    paths = [folder / f"file{number}" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    return join(folder / "requests.jsonl", find_results(paths), folder / "joined.jsonl", folder / "joined.csv")


NAMES = [f"request-{number}" for number in range(1, 7)]
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = NAMES


def test_each_outcome(tmp_path: Path) -> None:
    bad = {"status_code": 429, "body": {"error": {"code": "slow_down", "message": "Too many."}}}
    errors = [
        result(SECOND, response=bad),
        not_done(THIRD, "batch_expired"),
        not_done(FOURTH, "batch_cancelled"),
        not_done(FIFTH, "request_timeout"),
    ]
    found = joined(tmp_path, 6, result(FIRST), b"".join(errors))
    assert not found.notes
    expected = {"answered": 1, "refused": 2, "expired": 1, "cancelled": 1, "missing": 1}
    assert accounted(tmp_path, NAMES) == found.counts == expected
    with (tmp_path / "joined.csv").open(newline="") as file:
        table = [[row[name] for name in ("answer", "status_code", "error")] for row in csv.DictReader(file)]
    assert table == [
        ["yes", "200", ""],
        ["", "429", "slow_down: Too many."],
        ["", "", "batch_expired: Not done."],
        ["", "", "batch_cancelled: Not done."],
        ["", "", "request_timeout: Not done."],
        ["", "", ""],
    ]


@pytest.mark.parametrize("files", [0, 1, 2])
def test_without_any_result_all_is_missing(tmp_path: Path, files: int) -> None:
    assert joined(tmp_path, 6, *[b""] * files).counts == {"missing": 6}
    assert accounted(tmp_path, NAMES) == {"missing": 6}


def test_results_come_in_any_order(tmp_path: Path) -> None:
    joined(tmp_path, 6, b"".join(result(name, f"answer of {name}") for name in reversed(NAMES)))
    assert accounted(tmp_path, NAMES) == {"answered": 6}
    assert [row["answer"] for row in rows(tmp_path)] == [f"answer of {name}" for name in NAMES]


def test_an_answer_counts_more_than_an_error_and_the_first_more_than_the_second(tmp_path: Path) -> None:
    first = result(FIRST, "first") + result(FIRST, "second") + not_done(SECOND, "x")
    found = joined(tmp_path, 3, first, not_done(FIRST, "x") + result(SECOND, "late"))
    assert [row["answer"] for row in rows(tmp_path)] == ["first", "late", None]
    assert found.counts == {"answered": 2, "missing": 1}
    assert found.notes == [
        'file0, line 2: a second result of "request-1"',
        'file1, line 1: a second result of "request-1"',
        'file1, line 2: a second result of "request-2"',
    ]


def test_lines_that_belong_to_no_request_are_told(tmp_path: Path) -> None:
    content = b'{"custom_id": 5}\n[]\n\xff\n\n' + result("stranger") + result(FIRST)[:-20]
    found = joined(tmp_path, 1, content)
    assert found.counts == {"missing": 1}
    lines = [f"file0, line {number}: not the result of a request" for number in (1, 2, 3, 6)]
    assert found.notes == [*lines, 'a result of "stranger", which is none of the requests']


def test_half_a_character_and_odd_texts(tmp_path: Path) -> None:
    odd = 'half \ud83d, "quoted",\nnext line\u2028and \x00'
    joined(tmp_path, 1, result(FIRST, odd))
    assert rows(tmp_path)[0]["answer"] == odd
    assert accounted(tmp_path, [FIRST]) == {"answered": 1}
    assert (tmp_path / "joined.csv").read_bytes().decode("utf-8").count("\\ud83d") == 1


@pytest.mark.parametrize(
    "response", [7, [], {}, {"status_code": 200}, {"status_code": 200, "body": []}, {"status_code": 200, "body": {}}]
)
def test_a_response_of_an_unknown_shape(tmp_path: Path, response: Any) -> None:
    found = joined(tmp_path, 1, result(FIRST, response=response))
    is_answered = isinstance(response, dict) and "status_code" in response
    assert found.counts == {"answered" if is_answered else "refused": 1}
    assert rows(tmp_path)[0]["answer"] is None


CHAT, RESPONSES, EMBEDDINGS, MODERATIONS = ENDPOINTS.values()
SAID = {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]}


@pytest.mark.parametrize(
    ("url", "body", "answer"),
    [
        (CHAT, {"choices": [{"message": {"content": "x"}}]}, "x"),
        (CHAT, {"choices": [{"message": {"content": None, "refusal": "no"}}]}, "no"),
        (CHAT, {"choices": []}, None),
        (RESPONSES, {"output": [{"type": "reasoning"}, SAID]}, "ab"),
        (RESPONSES, {"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]}, "no"),
        (EMBEDDINGS, {"data": [{"embedding": [1, 2]}]}, [1, 2]),
        (EMBEDDINGS, {"data": [{"embedding": [1]}, {"embedding": [2]}]}, [[1], [2]]),
        (MODERATIONS, {"results": [{"categories": {"a": True, "b": False}}]}, ["a"]),
        (MODERATIONS, {"results": [{"categories": {"a": False}}, {"categories": {"a": True}}]}, [[], ["a"]]),
        ("/v1/completions", {"choices": [{"text": "x"}]}, None),
        (CHAT, None, None),
        (EMBEDDINGS, "text", None),
    ],
)
def test_the_answer_itself(url: str, body: Any, answer: Any) -> None:
    assert answer_of(url, body) == answer


@pytest.mark.parametrize(
    ("body", "prompt"),
    [
        ({"messages": [{"content": "a"}, {"content": "b"}]}, "b"),
        ({"messages": []}, None),
        ({"input": ["a", "b"]}, ["a", "b"]),
        ({"prompt": "a"}, "a"),
        ({}, None),
    ],
)
def test_the_prompt_itself(body: Any, prompt: Any) -> None:
    assert prompt_of(body) == prompt


def test_neither_requests_nor_results_are_held(tmp_path: Path) -> None:
    """What is held does not grow with the size of lines, only with their number."""
    peaks = []
    for size in (10, 10_000):
        joined(tmp_path, 500, b"".join(result(f"request-{number}", "x" * size) for number in range(1, 501)))
        tracemalloc.start()
        try:
            results = find_results([tmp_path / "file0"])
            join(tmp_path / "requests.jsonl", results, tmp_path / "joined.jsonl", tmp_path / "joined.csv")
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000
