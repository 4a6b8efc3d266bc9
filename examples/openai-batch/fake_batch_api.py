"""A local fake of the part of the OpenAI API that a batch job uses: standard library only.

Run it by itself (`python fake_batch_api.py --port 8000`) or within a test (`with FakeBatchApi() as fake: fake.url`).
Every read of a batch takes it one status further: validating, in_progress, finalizing, and then the final one; after
it has been cancelled: cancelling for a while, and then cancelled. A file that breaks a rule is taken, and its batch
fails, with the line of each fault. Results come in an order of their own. A request whose body names no model ends in
the error file. A batch that expires or is cancelled half-way leaves the results of its first half; one that expires
says so in the error file for each of the others.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from fake_batch_rules import ENDPOINTS, MAX_BYTES, answer_line, expired_line, faults_of, is_refused

WORKING = ("validating", "in_progress", "finalizing")
FINAL = ("completed", "failed", "expired", "cancelled")


class Refused(Exception):
    """A request that the API does not take: status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class FakeBatchApi:
    """The server, and all that was asked of it.

    `final` is the status in which batches end, None that they never do. `busy` is how many requests are answered
    429 with `Retry-After: retry_after` before the others are served. `key`, if given, is the only one accepted.
    Of each batch, every request of which the number is a multiple of `refuse_every` is refused. A batch is
    `cancelling` for so many reads, and `no_file` is the id of a file that is not there: None, or the empty text.
    """

    def __init__(
        self,
        final: str | None = "completed",
        *,
        busy: int = 0,
        retry_after: str = "1",
        key: str | None = None,
        refuse_every: int = 0,
        cancelling: int = 1,
        no_file: str | None = None,
        port: int = 0,
    ) -> None:
        self.final, self.busy, self.retry_after, self.key = final, busy, retry_after, key
        self.refuse_every, self.cancelling, self.no_file = refuse_every, cancelling, no_file
        self.requests: list[str] = []
        self.uploads: list[tuple[str, bytes]] = []
        self.batches: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.polled_at: list[float] = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"api": self})
        self.server = _Server(("127.0.0.1", port), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # The API

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> dict[str, Any] | bytes:
        """The answer to a request; raises Refused."""
        self.requests.append(f"{method} {path}")
        scheme, _, key = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key or "$" in key or (self.key is not None and key != self.key):
            raise Refused(401, "Incorrect API key provided.")
        if self.busy > 0:
            self.busy -= 1
            raise Refused(429, "Rate limit reached.")
        if (method, path) == ("POST", "/v1/files"):
            return self.upload(headers, body)
        if (method, path) == ("POST", "/v1/batches"):
            return self.create(headers, body)
        place, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
        parts = place.removeprefix("/v1/").split("/")
        match method, parts:
            case "GET", ["batches"]:
                return self.page(query)
            case "GET", ["batches", batch_id]:
                return self.read(batch_id)
            case "POST", ["batches", batch_id, "cancel"]:
                return self.cancel(batch_id)
            case "GET", ["files", file_id, "content"]:
                return self.content(file_id)
        raise Refused(404, f"Unknown request URL: {method} {path}.")

    def upload(self, headers: Any, body: bytes) -> dict[str, Any]:
        """Store a file; it must be a multipart part with a filename. What is in it is looked at by the batch."""
        parts = _parts(headers.get("Content-Type", ""), body)
        (file, content), (_, purpose) = parts.get("file", (None, b"")), parts.get("purpose", (None, b""))
        if file is None or not file.get_filename():
            raise Refused(400, "'file' must be a part with a filename.")
        if purpose != b"batch":
            raise Refused(400, "'purpose' must be 'batch'.")
        if not content:
            raise Refused(400, "File is empty.")
        if len(content) > MAX_BYTES:
            raise Refused(413, "File is too large for a batch.")
        self.uploads.append((str(file.get_filename()), content))
        return {
            "id": f"file-{len(self.uploads)}",
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": file.get_filename(),
            "purpose": "batch",
        }

    def create(self, headers: Any, body: bytes) -> dict[str, Any]:
        """Create a batch from an uploaded file."""
        if headers.get("Content-Type") != "application/json":
            raise Refused(400, "The body must be application/json.")
        wanted = json.loads(body)
        known = [f"file-{number + 1}" for number in range(len(self.uploads))]
        if wanted.get("input_file_id") not in known:
            raise Refused(400, "No such file.")
        if wanted.get("completion_window") != "24h" or wanted.get("endpoint") not in ENDPOINTS:
            raise Refused(400, "'endpoint' or 'completion_window' is invalid.")
        batch: dict[str, Any] = {
            "id": f"batch_{len(self.batches) + 1}",
            "object": "batch",
            "endpoint": wanted["endpoint"],
            "errors": None,
            "input_file_id": wanted["input_file_id"],
            "completion_window": "24h",
            "status": "validating",
            "output_file_id": self.no_file,
            "error_file_id": self.no_file,
            "created_at": int(time.time()),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "reads": 0,
        }
        self.batches[str(batch["id"])] = batch
        return shown(batch)

    def read(self, batch_id: str) -> dict[str, Any]:
        """Read a batch, which moves one status further each time."""
        batch = self.found(batch_id)
        self.polled_at.append(time.monotonic())
        reads = batch["reads"]
        batch["reads"] = reads + 1
        if batch["status"] in FINAL:
            return shown(batch)
        if batch["status"] == "cancelling":
            if reads >= self.cancelling:
                self.finish(batch, "cancelled")
        elif reads < len(WORKING):
            batch["status"] = WORKING[reads]
            if batch["status"] == "in_progress":
                self.validate(batch)
        elif self.final is not None:
            self.finish(batch, self.final)
        return shown(batch)

    def content_of(self, batch: dict[str, Any]) -> bytes:
        """The file of requests of a batch."""
        return self.uploads[int(batch["input_file_id"].removeprefix("file-")) - 1][1]

    def validate(self, batch: dict[str, Any]) -> None:
        """Begin with the requests of a batch, or let it fail because of them."""
        content = self.content_of(batch)
        faults = faults_of(content, batch["endpoint"])
        if faults:
            batch["status"], batch["errors"] = "failed", {"object": "list", "data": faults}
            return
        total = content.count(b"\n") + (not content.endswith(b"\n"))
        batch["request_counts"] = {"total": total, "completed": (total + 1) // 2, "failed": 0}

    def found(self, batch_id: str) -> dict[str, Any]:
        batch = self.batches.get(batch_id)
        if batch is None:
            raise Refused(404, f"No batch found with id '{batch_id}'.")
        return batch

    def finish(self, batch: dict[str, Any], status: str) -> None:
        """End a batch, and write the files that it leaves."""
        batch["status"] = status
        total = batch["request_counts"]["total"]  # 0 where it was cancelled before it began
        done = {"completed": total, "expired": (total + 1) // 2, "cancelled": (total + 1) // 2}.get(status, 0)
        files: dict[str, list[str]] = {"output": [], "error": []}
        for number, line in enumerate(self.content_of(batch).split(b"\n")[:total], 1):
            request = json.loads(line)
            if number <= done:
                refused = is_refused(request, number, self.refuse_every)
                kind, found = "error" if refused else "output", answer_line(request, number, refused=refused)
            elif status == "expired":
                kind, found = "error", expired_line(request, number)
            else:
                continue
            files[kind].append(json.dumps(found, ensure_ascii=False) + "\n")
        counts = {kind: len(lines) for kind, lines in files.items()}
        batch["request_counts"] |= {"completed": counts["output"], "failed": counts["error"]}
        place = list(self.batches).index(batch["id"]) + 1
        for kind, lines in files.items():
            random.Random(place).shuffle(lines)
            if lines:
                file_id = f"file-{kind}" if place == 1 else f"file-{kind}-{place}"
                batch[f"{kind}_file_id"] = file_id
                self.files[file_id] = "".join(lines).encode()

    def cancel(self, batch_id: str) -> dict[str, Any]:
        """Cancel a batch: that takes some reads."""
        batch = self.found(batch_id)
        if batch["status"] in FINAL:
            raise Refused(409, f"Cannot cancel a batch with status '{batch['status']}'.")
        batch["status"], batch["reads"] = "cancelling", 0
        return shown(batch)

    def page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """A page of batches, the newest first."""
        newest = list(reversed(self.batches))
        limit = int(query.get("limit", ["20"])[0])
        after = query.get("after", [None])[0]
        if not 1 <= limit <= 100 or (after is not None and after not in newest):
            raise Refused(400, "'limit' or 'after' is invalid.")
        start = newest.index(after) + 1 if after is not None else 0
        ids = newest[start : start + limit]
        return {
            "object": "list",
            "data": [shown(self.batches[batch_id]) for batch_id in ids],
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
            "has_more": start + limit < len(newest),
        }

    def content(self, file_id: str) -> bytes:
        """The bytes of a file."""
        if file_id not in self.files:
            raise Refused(404, f"No such file: {file_id}.")
        return self.files[file_id]


def _parts(content_type: str, body: bytes) -> dict[str, tuple[EmailMessage, bytes]]:
    """The parts of a multipart body by their names: the headers and the content of each."""
    head = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode(), policy=policy.HTTP)
    boundary = head.get_param("boundary")
    if head.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Refused(400, "The upload must be multipart/form-data.")
    parts = {}
    for piece in (b"\r\n" + body).split(f"\r\n--{boundary}".encode())[1:-1]:
        lines, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = message_from_bytes(lines + b"\r\n\r\n", policy=policy.HTTP)
        parts[str(part.get_param("name", header="content-disposition"))] = (part, content)
    return parts


def shown(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch as the API shows it."""
    return {name: value for name, value in batch.items() if name != "reads"}


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    """Connections that wait to be taken up: many clients may come at once."""


class _Handler(BaseHTTPRequestHandler):
    api: ClassVar[FakeBatchApi]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.api.lock:
                answer = self.api.answer(self.command, self.path, self.headers, body)
            self.reply(200, answer)
        except Refused as error:
            self.reply(
                error.status, {"error": {"message": error.message, "type": "invalid_request_error", "code": None}}
            )

    def reply(self, status: int, answer: dict[str, Any] | bytes) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/jsonl" if isinstance(answer, bytes) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", self.api.retry_after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--final", choices=FINAL, default="completed", help="the status in which batches end")
    parser.add_argument("--never", action="store_true", help="let batches never end")
    parser.add_argument("--refuse-every", type=int, default=0, metavar="N", help="refuse every Nth request of a batch")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="answer the first N requests with 429")
    options = parser.parse_args()
    final = None if options.never else options.final
    with FakeBatchApi(final, busy=options.busy, refuse_every=options.refuse_every, port=options.port) as fake:
        print(fake.url, flush=True)
        fake.thread.join()


if __name__ == "__main__":
    main()
