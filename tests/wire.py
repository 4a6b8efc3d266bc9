"""A local server that remembers what reached it, byte for byte, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Request:
    """A request as it came in."""

    method: str
    line: str
    headers: Any
    body: bytes


class Wire:
    """The server, the requests so far, and the function that answers them (None: 200 without a body)."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Any], Answer | None] | None = None
        self.keeps_bodies = True
        self.received = 0
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                body = b"".join(self.pieces())
                wire.requests.append(Request(self.command, self.path, self.headers, body))
                answer = wire.answer(self) if wire.answer is not None else (200, [], b"")
                if answer is None:  # the connection is cut
                    self.close_connection = True
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                if not any(name == "Content-Length" for name, _ in headers):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def pieces(self) -> Iterator[bytes]:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        yield from self.kept(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    yield from self.kept(int(self.headers.get("Content-Length") or 0))

            def kept(self, size: int) -> Iterator[bytes]:
                while size > 0 and (piece := self.rfile.read(min(size, 1 << 20))):
                    size -= len(piece)
                    wire.received += len(piece)
                    if wire.keeps_bodies:
                        yield piece

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_QUERY = handle_one  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that goes away is no news; its traceback would use `ast` in a second thread."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def last(self) -> Request:
        return self.requests[-1]


@contextmanager
def running_wire() -> Iterator[Wire]:
    wire = Wire()
    thread = threading.Thread(target=wire.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.server.shutdown()
        wire.server.server_close()
        thread.join()
