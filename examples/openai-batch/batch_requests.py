"""The file of requests of a batch, and the rules for it.

A file is read line by line, and what is checked is written to a file of our own as it is read: so what was checked is
what is uploaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
MAX_EMBEDDED = 50_000
"""How many inputs a batch of embeddings can have; a request can have several."""

ENDPOINTS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "embeddings": "/v1/embeddings",
    "moderations": "/v1/moderations",
}
BATCH_URLS = (*ENDPOINTS.values(), "/v1/completions", "/v1/images/generations", "/v1/images/edits", "/v1/videos")
BOM = b"\xef\xbb\xbf"


class Fault(NamedTuple):
    """What is wrong with a line of a file; lines count from 1."""

    line: int
    problem: str


class FileInvalid(Exception):
    """A file that is no batch, with its faults."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        super().__init__(f"{path}: {len(faults)} faults")
        self.path, self.faults = path, faults


class Unreadable(NamedTuple):
    """Why no request could be made of a line."""

    problem: str


Line = tuple[int, bytes | Unreadable]
"""The number of a line in the file that the user gave, and the request that it is, or becomes."""


@dataclass(frozen=True)
class Requests:
    """What a file of requests holds; `digest` is the SHA-256 of it."""

    count: int
    url: str
    model: str | None
    digest: str


def given_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a file of requests as they are."""
    with path.open("rb") as file:
        # No line is longer than a file can be, so one without line breaks fills no memory.
        yield from enumerate(iter(lambda: file.readline(MAX_BYTES + 1), b""), 1)


def write_checked(source: Path, lines: Iterable[Line], target: Path, rules: Rules) -> Requests:
    """Write requests to a file as long as they keep the rules, and return what it holds.

    Raises:
        FileInvalid: with every fault up to the limits of a file; what was written is of no use then.
    """
    faults: list[Fault] = []
    digest = hashlib.sha256()
    count = size = 0
    with target.open("wb") as file:
        for number, content in lines:
            if isinstance(content, Unreadable):
                faults.append(Fault(number, content.problem))
                continue
            count, size = count + 1, size + len(content)
            if count > MAX_REQUESTS or size > MAX_BYTES:
                limit = f"{MAX_REQUESTS:,} requests" if count > MAX_REQUESTS else f"{MAX_BYTES // 10**6} MB"
                faults.append(Fault(number, f"here the file exceeds {limit}, which is the limit"))
                break
            faults += [Fault(number, problem) for problem in rules.problems(number, content)]
            digest.update(content)
            file.write(content)
    if not count and not faults:
        faults.append(Fault(1, "the file holds no request"))
    if faults:
        raise FileInvalid(source, faults)
    return Requests(count, rules.url, rules.model, digest.hexdigest())


class Rules:
    """The rules for the lines of one file, which are given in their order.

    `url` and `model` are those of the first line, unless they are asked for.
    """

    def __init__(self, url: str = "", model: str | None = None) -> None:
        self.url, self.model = url, model
        self._url_from = self._model_from = "asked for"
        self._seen: dict[str, int] = {}
        self._embedded = 0

    def problems(self, number: int, line: bytes) -> Iterator[str]:
        """Yield what is wrong with a line."""
        if number == 1 and line.startswith(BOM):
            yield "the file starts with a byte order mark; write UTF-8 without one"
            line = line.removeprefix(BOM)
        if line.endswith((b"\r\n", b"\r")):
            yield "the line ends with CR LF; write LF"
        try:
            request = parsed(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            request = Unreadable(encoding_problem(error))
        if isinstance(request, Unreadable):
            yield request.problem
            return
        yield from self._id_problems(number, request)
        if request.get("method") != "POST":
            yield _wrong(request, "method", 'must be "POST"')
        yield from self._url_problems(number, request)
        body = request.get("body")
        if isinstance(body, dict):
            yield from self._body_problems(number, body)
        else:
            yield _wrong(request, "body", "must be an object")

    def _id_problems(self, number: int, request: dict[str, Any]) -> Iterator[str]:
        custom_id = request.get("custom_id")
        if not isinstance(custom_id, str) or not custom_id:
            yield _wrong(request, "custom_id", "must be a text that is not empty")
        elif not _is_encodable(custom_id):
            yield "custom_id has half a surrogate pair, which is no character"
        elif custom_id in self._seen:
            yield f"custom_id {shown(custom_id)} is that of line {self._seen[custom_id]}, too"
        else:
            self._seen[custom_id] = number

    def _url_problems(self, number: int, request: dict[str, Any]) -> Iterator[str]:
        url = request.get("url")
        if not self.url and isinstance(url, str) and url in BATCH_URLS:
            self.url, self._url_from = url, f"that of line {number}"
        elif not self.url:
            yield _wrong(request, "url", f"must be one of {', '.join(BATCH_URLS)}")
        elif url != self.url:
            yield _wrong(request, "url", f"must be {shown(self.url)}, {self._url_from}: a file has one endpoint")

    def _body_problems(self, number: int, body: dict[str, Any]) -> Iterator[str]:
        model = body.get("model")
        if self.model is None and isinstance(model, str) and model:
            self.model, self._model_from = model, f"that of line {number}"
        elif self.model is None:
            if model is not None or self.url != ENDPOINTS["moderations"]:  # which have a default
                yield _wrong(body, "model", "must be a text that is not empty")
        elif model != self.model:
            yield _wrong(body, "model", f"must be {shown(self.model)}, {self._model_from}: a file has one model")
        if self.url == ENDPOINTS["embeddings"]:
            given = body.get("input")
            before = self._embedded
            is_several = isinstance(given, list) and bool(given) and isinstance(given[0], str | list)
            self._embedded += len(given) if isinstance(given, list) and is_several else 1
            if before <= MAX_EMBEDDED < self._embedded:
                yield f"here the inputs exceed {MAX_EMBEDDED:,}, which is the limit for embeddings"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def parsed(line: str) -> dict[str, Any] | Unreadable:
    """Return the object that a line holds, or why there is none."""
    if not line.strip():
        return Unreadable("the line is empty")
    try:
        value = json.loads(line, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Unreadable(f"not JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return Unreadable(f"not JSON: {error}")
    return value if isinstance(value, dict) else Unreadable("the line is not an object")


def encoding_problem(error: UnicodeDecodeError) -> str:
    """Return what to say of a line that is not UTF-8."""
    return f"the line is not UTF-8 (byte {error.object[error.start]:#04x})"


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(members: dict[str, Any], name: str, wanted: str) -> str:
    """What is wrong with a member: that there is none, or what it is."""
    if name not in members:
        return f"there is no {name}: it {wanted}"
    return f"{name} {wanted}; it is {shown(members[name])}"


def shown(value: Any) -> str:
    """Return a value for a message, on one line and not too long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
