"""What the tests of `batch.py` share: requests, a call of the program, and what it has to have written."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conftest import EXAMPLE

KEY = "sk-very-secret-0123456789"
PROGRAM = [sys.executable, str(EXAMPLE / "batch.py")]


def write_requests(path: Path, count: int, text: str = "x") -> list[str]:
    """Write a file of requests; the custom_id of each."""
    names = [f"request-{number}" for number in range(1, count + 1)]
    message = {"role": "user", "content": text}
    body = {"model": "m", "messages": [message]}
    with path.open("w") as file:
        for name in names:
            request = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            file.write(json.dumps(request) + "\n")
    return names


def environment(url: str, key: str | None = KEY) -> dict[str, str]:
    """The environment for the program as a process of its own: no proxies, this API, this key."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k != "OPENAI_API_KEY"}
    return {**kept, "OPENAI_BASE_URL": url, **({} if key is None else {"OPENAI_API_KEY": key})}


def rows(folder: Path) -> list[dict[str, Any]]:
    """What is joined, line by line."""
    with (folder / "joined.jsonl").open() as file:
        return [json.loads(line) for line in file]


def accounted(folder: Path, names: Iterable[str]) -> Counter[str]:
    """How many requests have which outcome, once it is sure that each of them is there once, in both forms."""
    found = rows(folder)
    assert [row["custom_id"] for row in found] == list(names)
    with (folder / "joined.csv").open(newline="") as file:
        table = [(row["custom_id"], row["outcome"]) for row in csv.DictReader(file)]
    assert table == [(row["custom_id"], row["outcome"]) for row in found]
    for row in found:
        assert (row["answer"] is not None) is (row["outcome"] == "answered")
    return Counter(row["outcome"] for row in found)
