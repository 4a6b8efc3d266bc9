"""The file of requests that `batch.py` makes or checks: each fault with its line, and the same as the API finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import batch_requests
from batch_prompts import Task, holds_prompts, prompt_lines
from batch_requests import ENDPOINTS, FileInvalid, Requests, Rules, given_lines, write_checked
from fake_batch_rules import faults_of

CHAT = ENDPOINTS["chat"]


def request(custom_id: Any = "a", **changes: Any) -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body} | changes


def line(*without: str, **changes: Any) -> bytes:
    found = {name: value for name, value in request(**changes).items() if name not in without}
    return json.dumps(found).encode() + b"\n"


def checked(folder: Path, content: bytes, **rules: Any) -> Requests:
    source = folder / "given.jsonl"
    source.write_bytes(content)
    return write_checked(source, given_lines(source), folder / "written.jsonl", Rules(**rules))


def faults(folder: Path, content: bytes, **rules: Any) -> list[tuple[int, str]]:
    try:
        checked(folder, content, **rules)
    except FileInvalid as error:
        return [(fault.line, fault.problem) for fault in error.faults]
    return []


A, B, C = (line(custom_id=name) for name in "abc")
OTHER_MODEL = line(custom_id="b", body={"model": "n"})


@pytest.mark.parametrize(
    ("content", "number", "message"),
    [
        (b"\xef\xbb\xbf" + A + B, 1, "byte order mark"),
        (A + B.replace(b"\n", b"\r\n") + C, 2, "CR LF"),
        (A + B[:-1] + b"\r", 2, "CR LF"),
        (A + line("custom_id"), 2, "there is no custom_id"),
        (A + line(custom_id=""), 2, 'custom_id must be a text that is not empty; it is ""'),
        (A + line(custom_id=7), 2, "custom_id must be a text that is not empty; it is 7"),
        (A + line(custom_id="\ud83d"), 2, "half a surrogate pair"),
        (A + B + line(custom_id="a"), 3, 'custom_id "a" is that of line 1, too'),
        (A + OTHER_MODEL, 2, 'model must be "m", that of line 1: a file has one model; it is "n"'),
        (A + line(custom_id="b", body={}), 2, "there is no model"),
        (line(body={"model": 5}), 1, "model must be a text"),
        (A + line(custom_id="b", url=ENDPOINTS["embeddings"]), 2, "that of line 1: a file has one endpoint"),
        (line(url="/v1/nothing"), 1, "url must be one of /v1/chat/completions, "),
        (line("url"), 1, "there is no url"),
        (A + line(custom_id="b", method="GET"), 2, 'method must be "POST"; it is "GET"'),
        (line("method"), 1, 'there is no method: it must be "POST"'),
        (line("body"), 1, "there is no body: it must be an object"),
        (line(body=[1]), 1, "body must be an object; it is [1]"),
        (A + B + b"\n", 3, "the line is empty"),
        (A + b"  \n" + B, 2, "the line is empty"),
        (A + b'{"custom_id": }\n', 2, "not JSON: Expecting value at column 15"),
        (A + B[:30], 2, "not JSON"),
        (A + b"[]\n", 2, "the line is not an object"),
        (A + B.replace(b'"x"', b"NaN"), 2, "NaN is no number of JSON"),
        (A + b"[" * 100_000, 2, "not JSON"),
        (A + b'{"custom_id": "\xe9"}\n', 2, "not UTF-8 (byte 0xe9)"),
        ("\ufeff{}".encode("utf-16-le"), 1, "not UTF-8 (byte 0xff)"),
        (b"", 1, "the file holds no request"),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path: Path, content: bytes, number: int, message: str) -> None:
    found = faults(tmp_path, content)
    assert [n for n, _ in found] == [number], found
    assert message in found[0][1]


def test_every_fault_of_a_file_is_told(tmp_path: Path) -> None:
    content = line("custom_id", "method") + A + B.replace(b"\n", b"\r\n") + A + b"\n"
    assert [n for n, _ in faults(tmp_path, content)] == [1, 1, 3, 4, 5]


def test_a_file_of_fifty_thousand_lines_is_a_batch_and_one_more_is_not(tmp_path: Path) -> None:
    lines = [b'{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n']
    content = b"".join(lines[0] % number for number in range(50_000))
    assert checked(tmp_path, content).count == 50_000
    [(number, message)] = faults(tmp_path, content + lines[0] % 50_000)
    assert number == 50_001 and "50,000 requests" in message


def test_a_file_that_is_too_large_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_requests, "MAX_BYTES", len(A + B))
    assert checked(tmp_path, A + B).count == 2
    [(number, message)] = faults(tmp_path, A + B + C)
    assert number == 3 and "exceeds 0 MB" in message


@pytest.mark.parametrize(("sizes", "number"), [([50_000], None), ([49_999, 1], None), ([49_999, 2, 5], 2)])
def test_the_inputs_of_embeddings_are_counted(tmp_path: Path, sizes: list[int], number: int | None) -> None:
    bodies = [{"model": "m", "input": ["x"] * size} for size in sizes]
    content = b"".join(line(custom_id=str(n), url="/v1/embeddings", body=body) for n, body in enumerate(bodies))
    assert [n for n, _ in faults(tmp_path, content)] == ([] if number is None else [number])


def test_tokens_of_an_embedding_are_one_input(tmp_path: Path) -> None:
    assert not faults(tmp_path, line(url="/v1/embeddings", body={"model": "m", "input": [1] * 60_000}))


def test_moderations_have_a_model_by_default(tmp_path: Path) -> None:
    names = [line(custom_id=name, url="/v1/moderations", body={"input": "x"}) for name in "ab"]
    assert checked(tmp_path, b"".join(names)).model is None


def test_endpoint_and_model_can_be_asked_for(tmp_path: Path) -> None:
    assert not faults(tmp_path, A, url=CHAT, model="m")
    [(_, message)] = faults(tmp_path, A, url="/v1/responses")
    assert 'url must be "/v1/responses", asked for' in message
    [(_, message)] = faults(tmp_path, A, model="n")
    assert 'model must be "n", asked for' in message


def test_what_is_checked_is_what_is_written(tmp_path: Path) -> None:
    content = A + B[:-1]
    found = checked(tmp_path, content)
    assert (found.count, found.url, found.model) == (2, CHAT, "m")
    assert (tmp_path / "written.jsonl").read_bytes() == content


# The judge

CHANGES: list[Callable[[bytes], bytes]] = [
    lambda text: text,
    lambda text: text,
    lambda text: text,
    lambda text: text.replace(b"POST", b"GET"),
    lambda text: text.replace(b"chat/completions", b"responses"),
    lambda text: text.replace(b'"m"', b'"n"'),
    lambda text: text.replace(b"custom_id", b"name"),
    lambda text: text.replace(b"body", b"data"),
    lambda text: text.replace(b"\n", b"\r\n"),
    lambda text: text[:-5] + b"\n",
    lambda text: b"\n",
    lambda text: b"[]\n",
    lambda text: text.replace(b'"x"', b"Infinity"),
    lambda text: text.replace(b'"x"', b'"\xff"'),
    lambda text: text.replace(b'"x"', b'"\xc3\xa9"'),
]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(CHANGES)), min_size=1, max_size=8))
def test_the_api_finds_fault_with_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, Callable[[bytes], bytes]]]
) -> None:
    content = b"".join(change(line(custom_id=name)) for name, change in parts)
    ours = {n for n, _ in faults(tmp_path_factory.mktemp("x"), content, url=CHAT)}
    theirs = {fault["line"] for fault in faults_of(content, CHAT)}
    assert ours == theirs


def test_the_api_takes_fifty_thousand_requests() -> None:
    text = b'{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}'
    lines = [text % number for number in range(50_001)]
    assert not faults_of(b"\n".join(lines[:-1]), "/v1/embeddings")
    [fault] = faults_of(b"\n".join(lines), "/v1/embeddings")
    assert (fault["line"], fault["code"]) == (50_001, "too_many_tasks")


def test_the_api_takes_no_byte_order_mark() -> None:
    assert [fault["line"] for fault in faults_of(b"\xef\xbb\xbf" + A + B, CHAT)] == [1]


# Prompts


def made(folder: Path, name: str, content: bytes, column: str = "prompt", **task: Any) -> list[dict[str, Any]]:
    source, target = folder / name, folder / "written.jsonl"
    source.write_bytes(content)
    assert holds_prompts(source)
    settings: dict[str, Any] = {"url": CHAT, "model": "m"} | task
    write_checked(source, prompt_lines(source, Task(**settings), column), target, Rules(settings["url"], "m"))
    return [json.loads(text) for text in target.read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("p.txt", "one\n\n  zwei ü  \r\nthree", {"line-1": "one", "line-3": "zwei ü", "line-4": "three"}),
        ("p.txt", "\ufeffone\u2028more\n", {"line-1": "one\u2028more"}),
        ("p.csv", 'prompt\n"a, ""b""\nc"\n\nd\n', {"line-2": 'a, "b"\nc', "line-5": "d"}),
        ("p.CSV", "\ufeffcustom_id,prompt,note\r\nx,one,1\r\ny,two,2\r\n", {"x": "one", "y": "two"}),
        (
            "p.jsonl",
            '{"prompt": "one"}\n{"prompt": "\\ud83d two", "custom_id": "x"}',
            {"line-1": "one", "x": "\ud83d two"},
        ),
    ],
)
def test_prompts_become_requests(tmp_path: Path, name: str, content: str, expected: dict[str, str]) -> None:
    found = made(tmp_path, name, content.encode())
    assert {r["custom_id"]: r["body"]["messages"][-1]["content"] for r in found} == expected
    assert {(r["method"], r["url"], r["body"]["model"]) for r in found} == {("POST", CHAT, "m")}


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("chat", {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "x"}]}),
        ("responses", {"input": "x", "instructions": "S"}),
    ],
)
def test_what_is_done_with_a_prompt(tmp_path: Path, endpoint: str, body: dict[str, Any]) -> None:
    [found] = made(tmp_path, "p.txt", b"x", url=ENDPOINTS[endpoint], system="S", members={"temperature": 0})
    assert found["body"] == {"model": "m", "temperature": 0, **body}


@pytest.mark.parametrize("endpoint", ["embeddings", "moderations"])
def test_texts_to_look_at(tmp_path: Path, endpoint: str) -> None:
    [found] = made(tmp_path, "p.txt", b"x", url=ENDPOINTS[endpoint])
    assert found["body"] == {"model": "m", "input": "x"}


@pytest.mark.parametrize(
    ("name", "content", "number", "message"),
    [
        ("p.txt", b"one\n\xff\n", 2, "not UTF-8"),
        ("p.txt", b"\n \n", 1, "no request"),
        ("p.csv", b"", 1, "the file is empty"),
        ("p.csv", b"text,more\nx,y\n", 1, 'no column "prompt": its columns are text, more'),
        ("p.csv", b"prompt,n\none,1\ntwo, and more,2\n", 3, "the row has 3 cells, and the header 2"),
        ("p.csv", b"prompt,n\none,1\n ,2\n", 3, "there is no prompt"),
        ("p.csv", b'prompt\none\n"two\nthree\nfour\n', 3, "the row that starts here is not CSV"),
        ("p.csv", b"prompt\none\n\xff\n", 3, "not UTF-8"),
        ("p.csv", b"prompt,custom_id\none,\n", 2, "custom_id must be a text"),
        ("p.csv", b'prompt,custom_id\n"o\nne",x\ntwo,x\n', 4, 'custom_id "x" is that of line 2, too'),
        ("p.jsonl", b'{"prompt": "a"}\n{"prompt": 1}\n', 2, "there is no prompt"),
        ("p.jsonl", b'{"prompt": "a"}\n{"prompt": "a", "custom_id": 1}\n', 2, "custom_id must be a text"),
        ("p.jsonl", b'{"prompt": "a"}\n\n', 2, "the line is empty"),
        ("p.jsonl", b'{"prompt": "a"}\n"b"\n', 2, "not an object"),
        ("p.jsonl", b'{"prompt": "a"}\n\xff', 2, "not UTF-8"),
    ],
)
def test_faults_of_prompts_have_their_own_lines(
    tmp_path: Path, name: str, content: bytes, number: int, message: str
) -> None:
    with pytest.raises(FileInvalid) as caught:
        made(tmp_path, name, content)
    [fault] = caught.value.faults
    assert fault.line == number and message in fault.problem
