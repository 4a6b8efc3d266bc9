"""What came of each request of a batch: results and errors, joined to the requests by custom_id.

Neither requests nor results are held in memory, only where each result is: 50,000 of them are a few megabytes.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from batch_requests import ENDPOINTS

OUTCOMES = ("answered", "refused", "expired", "cancelled", "missing")
"""Answered by the endpoint; refused by it, or failed; not executed, since the batch expired, or was cancelled; or
missing from both files."""

NOT_EXECUTED = {"batch_expired": "expired", "batch_cancelled": "cancelled"}
COLUMNS = ("custom_id", "outcome", "prompt", "answer", "status_code", "error")


class Place(NamedTuple):
    """Where the result of a request is: which file, and which bytes of it."""

    outcome: str
    file: int
    offset: int


@dataclass
class Results:
    """The results of a batch: where each is, and what lines are of no use."""

    paths: list[Path]
    places: dict[str, Place] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Joined:
    """How many requests have each outcome, and what is odd about the results."""

    counts: Counter[str]
    notes: list[str]


def find_results(paths: Iterable[Path]) -> Results:
    """Return where each result is in the output and the error file of a batch."""
    results = Results(list(paths))
    for number, path in enumerate(results.paths):
        with path.open("rb") as file:
            offset = 0
            for count, line in enumerate(file, 1):
                if problem := _enter(results, line, number, offset):
                    results.notes.append(f"{path.name}, line {count}: {problem}")
                offset += len(line)
    return results


def _enter(results: Results, line: bytes, file: int, offset: int) -> str:
    """Note where a result is; what is wrong with the line, or an empty text."""
    if not line.strip():
        return ""
    result = _object(line)
    custom_id = result.get("custom_id")
    if not isinstance(custom_id, str):
        return "not the result of a request"
    place = Place(_outcome(result), file, offset)
    known = results.places.get(custom_id)
    if known is None or (place.outcome == "answered" != known.outcome):
        results.places[custom_id] = place
    return "" if known is None else f"a second result of {json.dumps(custom_id)}"


def _object(line: bytes) -> dict[str, Any]:
    """The object that a line holds; an empty one where it holds none, as where it was cut off."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _outcome(result: dict[str, Any]) -> str:
    """What came of a request. The line of one that was not executed has no response."""
    response, error = result.get("response"), result.get("error")
    if isinstance(response, dict) and response.get("status_code") == 200 and not error:
        return "answered"
    code = error.get("code") if isinstance(error, dict) else None
    return NOT_EXECUTED.get(code, "refused") if isinstance(code, str) else "refused"


# Joining


def join(requests: Path, results: Results, jsonl: Path, table: Path) -> Joined:
    """Write what came of each request to a JSONL and a CSV file, in the order of the requests.

    Each file appears when it is complete.
    """
    counts, left = Counter[str](), dict(results.places)
    with ExitStack() as stack:
        opened = [stack.enter_context(path.open("rb")) for path in results.paths]
        lines = stack.enter_context(_part(jsonl).open("wb"))
        # An answer may have half a surrogate pair, which has no UTF-8: it is written as in JSON.
        cells = stack.enter_context(_part(table).open("w", encoding="utf-8", errors="backslashreplace", newline=""))
        rows = csv.DictWriter(cells, COLUMNS)
        rows.writeheader()
        for request in _objects(requests):
            place = left.pop(request["custom_id"], None)
            row = _joined(request, place, opened)
            counts[row["outcome"]] += 1
            lines.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            rows.writerow(_cells(request, row))
    for path in (jsonl, table):
        os.replace(_part(path), path)
    notes = results.notes + [f"a result of {json.dumps(name)}, which is none of the requests" for name in left]
    return Joined(counts, notes)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(json.loads, file)


def _joined(request: dict[str, Any], place: Place | None, opened: Sequence[BinaryIO]) -> dict[str, Any]:
    """A request with what came of it."""
    outcome, response, error = "missing", None, None
    if place is not None:
        file = opened[place.file]
        file.seek(place.offset)
        result = _object(file.readline())
        outcome, response, error = place.outcome, result.get("response"), result.get("error")
    response = response if isinstance(response, dict) else {}
    body = response.get("body")
    return {
        "custom_id": request["custom_id"],
        "outcome": outcome,
        "status_code": response.get("status_code"),
        "answer": answer_of(request["url"], body) if outcome == "answered" else None,
        "error": error or (body.get("error") if isinstance(body, dict) and outcome == "refused" else None),
        "request": request["body"],
        "response": body,
    }


def _cells(request: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The cells of the table for a request."""
    error = row["error"]
    if isinstance(error, dict):
        parts = [str(error[name]) for name in ("code", "message") if error.get(name)]
        error = ": ".join(parts)
    cells = {name: row[name] for name in ("custom_id", "outcome", "status_code")}
    return {**cells, "prompt": _cell(prompt_of(request["body"])), "answer": _cell(row["answer"]), "error": error}


def _cell(value: Any) -> Any:
    """A value as the text of a cell: a text as it is, everything else as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def prompt_of(body: dict[str, Any]) -> Any:
    """Return what a request asks: the last message, or the input."""
    messages = body.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], dict):
        return messages[-1].get("content")
    return body.get("input", body.get("prompt"))


def answer_of(url: str, body: Any) -> Any:
    """Return the answer itself: the text, the vector or vectors, or what is flagged; None in an unknown shape."""
    try:
        if url == ENDPOINTS["chat"]:
            message = body["choices"][0]["message"]
            return message["content"] or message.get("refusal")
        if url == ENDPOINTS["responses"]:
            parts = [part for item in body["output"] if item["type"] == "message" for part in item["content"]]
            return "".join(part.get("text") or part.get("refusal") or "" for part in parts)
        if url == ENDPOINTS["embeddings"]:
            vectors = [item["embedding"] for item in body["data"]]
            return vectors[0] if len(vectors) == 1 else vectors
        if url == ENDPOINTS["moderations"]:
            flagged = [[name for name, holds in r["categories"].items() if holds] for r in body["results"]]
            return flagged[0] if len(flagged) == 1 else flagged
    except (LookupError, TypeError, AttributeError):
        pass
    return None
