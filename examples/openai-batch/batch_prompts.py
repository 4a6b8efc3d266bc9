"""Prompts, as text, CSV or JSONL, and the requests that they become."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch_requests import BOM, ENDPOINTS, MAX_BYTES, Line, Unreadable, encoding_problem, parsed, shown


@dataclass(frozen=True)
class Task:
    """What to do with prompts: the endpoint, the model, instructions, and more members for each body."""

    url: str
    model: str
    system: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def request(self, custom_id: str, prompt: str) -> bytes:
        """Return the line for a prompt."""
        body: dict[str, Any] = {"model": self.model}
        if self.url == ENDPOINTS["chat"]:
            first = [{"role": "system", "content": self.system}] if self.system else []
            body["messages"] = [*first, {"role": "user", "content": prompt}]
        else:
            body["input"] = prompt
            if self.system:
                body["instructions"] = self.system
        body |= self.members
        line = {"custom_id": custom_id, "method": "POST", "url": self.url, "body": body}
        # Half a surrogate pair has no UTF-8; what replaces it is its escape in JSON.
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def holds_prompts(path: Path) -> bool:
    """Return whether a file holds prompts; a .jsonl file does if its first line has a member `prompt`."""
    if path.suffix.lower() != ".jsonl":
        return True
    with path.open("rb") as file:
        try:
            first = json.loads(file.readline(MAX_BYTES).removeprefix(BOM))
        except (ValueError, RecursionError):
            return False
    return isinstance(first, dict) and "prompt" in first


def prompt_lines(path: Path, task: Task, column: str) -> Iterator[Line]:
    """Yield the request for each prompt of a text, CSV or JSONL file."""
    kind = path.suffix.lower()
    if kind == ".csv":
        prompts = _csv_prompts(path, column)
    elif kind == ".jsonl":
        prompts = _jsonl_prompts(path)
    else:
        prompts = _text_prompts(path)
    for number, custom_id, prompt in prompts:
        if isinstance(prompt, Unreadable):
            yield number, prompt
        elif not isinstance(prompt, str) or not prompt.strip():
            yield number, Unreadable("there is no prompt")
        elif not isinstance(custom_id, str) or not custom_id:
            yield number, Unreadable("custom_id must be a text that is not empty")
        else:
            yield number, task.request(custom_id, prompt)


Prompt = tuple[int, Any, Any]
"""The number of a line, the custom_id, and the prompt or why there is none."""


def _texts(path: Path) -> Iterator[str]:
    """The lines of a text with their ends, without the byte order mark that editors write."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            yield (line if number else line.removeprefix(BOM)).decode("utf-8")


def _text_prompts(path: Path) -> Iterator[Prompt]:
    """A prompt a line; empty lines are between them."""
    number = 0
    try:
        for number, line in enumerate(_texts(path), 1):
            if line.strip():
                yield number, f"line-{number}", line.strip()
    except UnicodeDecodeError as error:
        yield number + 1, None, Unreadable(encoding_problem(error))


def _csv_prompts(path: Path, column: str) -> Iterator[Prompt]:
    """A prompt a row, in the column of that name; a column `custom_id` is taken, too."""
    csv.field_size_limit(MAX_BYTES)
    rows = csv.reader(_texts(path), strict=True)
    start = 1  # of the row: one with line breaks in it has several lines
    try:
        header = next(rows, [])
        if column not in header:
            known = f"its columns are {', '.join(header)}" if header else "the file is empty"
            yield 1, None, Unreadable(f"there is no column {shown(column)}: {known}")
            return
        start = rows.line_num + 1
        for row in rows:
            cells = dict(zip(header, row, strict=False))
            if row and len(row) != len(header):
                yield start, None, Unreadable(f"the row has {len(row)} cells, and the header {len(header)}")
            elif row:
                yield start, cells.get("custom_id", f"line-{start}"), cells[column]
            start = rows.line_num + 1
    except UnicodeDecodeError as error:
        yield rows.line_num + 1, None, Unreadable(encoding_problem(error))
    except csv.Error as error:
        yield start, None, Unreadable(f"the row that starts here is not CSV: {error}")


def _jsonl_prompts(path: Path) -> Iterator[Prompt]:
    """An object a line, with `prompt` and perhaps `custom_id`."""
    number = 0
    try:
        for number, line in enumerate(_texts(path), 1):
            found = parsed(line)
            if isinstance(found, Unreadable):
                yield number, None, found
            else:
                yield number, found.get("custom_id", f"line-{number}"), found.get("prompt")
    except UnicodeDecodeError as error:
        yield number + 1, None, Unreadable(encoding_problem(error))
