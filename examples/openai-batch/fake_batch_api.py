"""A local stand-in for the part of the OpenAI API that a batch job uses: standard library only.

Run it by itself (`python fake_batch_api.py --port 8000`) or within a test (`with FakeBatchApi() as fake: fake.url`).
Every read of a batch takes it one status further: validating, in_progress, finalizing, and then the final one.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

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
    """

    def __init__(
        self,
        final: str | None = "completed",
        *,
        busy: int = 0,
        retry_after: str = "1",
        key: str | None = None,
        port: int = 0,
    ) -> None:
        self.final, self.busy, self.retry_after, self.key = final, busy, retry_after, key
        self.requests: list[str] = []
        self.uploads: list[tuple[str, bytes]] = []
        self.batches: dict[str, dict[str, Any]] = {}
        self.polled_at: list[float] = []
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"api": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
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

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> dict[str, Any]:
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
        if method == "GET" and path.startswith("/v1/batches/"):
            return self.read(path.removeprefix("/v1/batches/"))
        raise Refused(404, f"Unknown request URL: {method} {path}.")

    def upload(self, headers: Any, body: bytes) -> dict[str, Any]:
        """Store a file; it must be a multipart part with a filename, and JSON Lines."""
        content_type = headers.get("Content-Type", "")
        message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=policy.HTTP)
        if message.get_content_type() != "multipart/form-data":
            raise Refused(400, "The upload must be multipart/form-data.")
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        file, purpose = parts.get("file"), parts.get("purpose")
        if file is None or not file.get_filename():
            raise Refused(400, "'file' must be a part with a filename.")
        if purpose is None or purpose.get_payload(decode=True) != b"batch":
            raise Refused(400, "'purpose' must be 'batch'.")
        content = file.get_payload(decode=True)
        for number, line in enumerate(content.splitlines(), 1):
            try:
                request = json.loads(line)
                missing = {"custom_id", "method", "url", "body"} - request.keys()
            except (ValueError, AttributeError):
                raise Refused(400, f"Line {number} of the file is not a JSON object.") from None
            if missing:
                raise Refused(400, f"Line {number} of the file lacks {sorted(missing)[0]}.")
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
        if wanted.get("completion_window") != "24h" or not str(wanted.get("endpoint")).startswith("/v1/"):
            raise Refused(400, "'endpoint' or 'completion_window' is invalid.")
        batch = {
            "id": f"batch_{len(self.batches) + 1}",
            "object": "batch",
            "endpoint": wanted["endpoint"],
            "errors": None,
            "input_file_id": wanted["input_file_id"],
            "completion_window": "24h",
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": int(time.time()),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "reads": 0,
        }
        self.batches[str(batch["id"])] = batch
        return {name: value for name, value in batch.items() if name != "reads"}

    def read(self, batch_id: str) -> dict[str, Any]:
        """Read a batch, which moves one status further each time."""
        batch = self.batches.get(batch_id)
        if batch is None:
            raise Refused(404, f"No batch found with id '{batch_id}'.")
        self.polled_at.append(time.monotonic())
        reads = batch["reads"]
        batch["reads"] = reads + 1
        if reads < len(WORKING):
            batch["status"] = WORKING[reads]
        elif self.final is not None:
            batch["status"] = self.final
            if self.final in ("completed", "expired"):
                batch["output_file_id"] = "file-output"
        return {name: value for name, value in batch.items() if name != "reads"}


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

    def reply(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
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
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="answer the first N requests with 429")
    options = parser.parse_args()
    with FakeBatchApi(None if options.never else options.final, busy=options.busy, port=options.port) as fake:
        print(fake.url, flush=True)
        fake.thread.join()


if __name__ == "__main__":
    main()
