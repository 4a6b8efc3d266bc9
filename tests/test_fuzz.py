"""Documents of which bytes or parts are wrong: `check`, `check --fix` and `generate` end with 0, 1 or 2, and soon.

FUZZ_DOCUMENTS sets how many there are (300), FUZZ_SEED from where on. The slowest is printed.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from building import api_of, compile_documents, workflow_of
from test_mutations import Mutator, in_folder, originals

DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
ROUNDS = 6

ODD_BYTES = [
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r",
    b"\t",
    b"\x1b[31m",
    b"\xe2\x80\xa8",
    b"&a ",
    b"*a",
]
ODD_BYTES += [
    b"- ",
    b"? ",
    b": ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"|",
    b">-\n",
    b"'",
    b'"',
    b"#",
    b"!!python/object:os.system ",
    b"---\n",
    b"<<: ",
]
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
WHOLE = [
    b"",
    b"\0" * 100,
    b"[" * 100_000,
    b"{a: " * 5_000,
    b"- " * 20_000,
    b"a: &a [*a]",
    BOMB.encode(),
    f"arazzo: 1.0.1\nx-a:\n{BOMB}".encode(),
    b'{"arazzo": ' + b"9" * 20_000 + b"}",
    b'{"arazzo": 1e999999999}',
    b'{"arazzo": "\\ud800", "info": {"title": "\\udc00"}}',
    "arazzo: 1.0.1\ninfo: {title: ä, version: '1'}\n".encode("utf-16"),
    "arazzo: 1.0.1\n".encode("utf-32"),
    b"\xef\xbb\xbfarazzo: 1.0.1\n",
    b"arazzo: 1.0.1\r\rinfo: {title: a, version: b}\r",
    b"%YAML 9.9\n---\narazzo: 1.0.1\n",
    b"arazzo: 0x7FFFFFFFFFFFFFFFFFFF\n",
    b"arazzo: 2001-13-45\n",
    b"arazzo: .nan\n? [a, {b: c}]\n: d\n",
]


def changed_bytes(data: bytes, draw: random.Random) -> bytes:
    """Bytes in which some are changed, left out, doubled or put in."""
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(5):
            case 0:
                data = data[:at] + draw.choice(ODD_BYTES) + data[at:]
            case 1:
                data = data[:at] + data[at + draw.randrange(40) :]
            case 2:
                data = data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
            case 3:
                data = data[:at] + data[at : at + draw.randrange(200)] + data[at:]
            case _:
                data = data[:at]
    return data


@pytest.mark.parametrize("number", range(ROUNDS))
def test_no_document_is_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    mutator = Mutator(SEED * ROUNDS + number)
    draw, pairs = mutator.random, originals()
    workflow, api = tmp_path / "workflow.yml", tmp_path / "openapi.yml"
    statuses: Counter[int] = Counter()
    slowest = 0.0
    for _ in range(DOCUMENTS // ROUNDS):
        one, other = draw.choice(pairs)
        texts = [json.dumps(in_folder(one), indent=1).encode(), json.dumps(other).encode()]
        which = int(draw.random() < 0.4)
        how = draw.random()
        if how < 0.1:
            texts[which] = draw.choice(WHOLE)
        elif how < 0.55:
            texts[which] = changed_bytes(texts[which], draw)
        else:
            texts[which] = json.dumps(mutator.mutated((one, other)[which])).encode()
        workflow.write_bytes(texts[0])
        api.write_bytes(texts[1])
        for arguments in (["check"], ["check", "--fix=all", "--dry-run"], ["generate", "-o", "out", "--force"]):
            began = time.process_time()
            status = main([arguments[0], "workflow.yml", *arguments[1:]])
            slowest = max(slowest, time.process_time() - began)
            statuses[status] += 1
            printed = capsys.readouterr()
            if status not in (0, 1, 2):
                folder = Path(os.environ.get("FUZZ_KEEP", str(tmp_path)))
                (folder / "found.workflow.yml").write_bytes(texts[0])
                (folder / "found.openapi.yml").write_bytes(texts[1])
                pytest.fail(f"{arguments} ends with {status}: {printed.err[-1500:]}")
    assert statuses[0] and statuses[1]
    print(f"seed {SEED * ROUNDS + number}: {dict(statuses)}, the slowest {slowest:.2f} s")


def test_a_step_that_the_flow_does_not_know(tmp_path: Path) -> None:
    """A step without an operation is not in the flow, also where others have one stepId twice."""
    lost = {"stepId": "lost", "operationId": "nothing", "outputs": {"v": "$response.body#/v"}}
    reads: dict[str, Any] = {"stepId": "read", "operationId": "get"}
    reads["parameters"] = [{"name": "q", "in": "query", "value": "$steps.lost.outputs.v"}]
    twice = {"stepId": "twice", "operationId": "get"}
    api = api_of(("get", "/x", "get"))
    api["paths"]["/x"]["get"]["parameters"] = [{"name": "q", "in": "query", "schema": {"type": "integer"}}]
    for steps in ([lost, reads], [twice, lost, twice, reads], [twice, twice, lost, reads], [lost, lost, reads, reads]):
        assert compile_documents(tmp_path, workflow_of(*steps), api).report.has_errors
