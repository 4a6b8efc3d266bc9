"""The client: the HTTP session and the policies of runs."""

from __future__ import annotations

import copy
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from arazzoc.runtime.exchange import (
    Body,
    Credential,
    Exchange,
    header_text,
    is_json,
    media_type,
    parse_body,
    query_pairs,
)
from arazzoc.runtime.results import Progress, RequestNotSent, logger
from arazzoc.runtime.values import text_of

# Run-time support: the client


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How long to wait before a step is repeated, and for how long in all, in seconds.

    The first wait lasts `interval`, each further one `backoff` times the last, at most
    `max_interval`; a random part of up to `jitter` times the wait is added to it. A
    Retry-After header of the response takes precedence.
    """

    interval: float = 5.0
    backoff: float = 1.5
    max_interval: float = 60.0
    timeout: float = 24 * 3600.0
    jitter: float = 0.0


@dataclass(kw_only=True, eq=False)
class BaseClient:
    """The HTTP session and the policies of runs. A module adds its servers to it.

    `timeout` is how long to wait, in seconds, for a connection and between two pieces
    of a response. `max_response` bounds the body of a response, in bytes,
    `max_retry_after` the wait that a response can ask for, in seconds, `max_steps` the
    steps of a run, and `max_depth` how deep workflows run each other.
    `unhandled` is what to do where a workflow names no action for the outcome of a
    polling step: raise UnhandledOutcome, or continue with the next step.
    `polling` paces the steps that are repeated, `step_polling` single ones by stepId.
    `save_body` takes workflow and step, and returns the file to which the body of a
    response that is not JSON is streamed (the output is its name), or None.
    `on_checkpoint` is called with the state after each step: a run can be resumed from
    it. `on_progress` is called after each step and before each wait.
    `cancel`, once set, ends runs by RunCancelled, between steps and during waits.
    `sleep` replaces waiting for `cancel`, and `clock` time.monotonic.
    """

    session: requests.Session = field(default_factory=requests.Session)
    timeout: float = 60.0
    max_response: int = 100_000_000
    max_retry_after: float = 300.0
    max_steps: int = 100_000
    max_depth: int = 20
    unhandled: Literal["raise", "continue"] = "raise"
    polling: Polling = Polling()
    step_polling: Mapping[str, Polling] = field(default_factory=dict[str, Polling])
    save_body: Callable[[str, str], str | None] | None = None
    on_checkpoint: Callable[[Any], None] | None = None
    on_progress: Callable[[Progress], None] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    sleep: Callable[[float], object] | None = None
    clock: Callable[[], float] = time.monotonic
    depth: int = field(default=0, init=False)
    deadline: float = field(default=math.inf, init=False)
    blocking_sleep: Callable[[float], object] | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def within(self, seconds: float) -> Self:
        """Return a client whose requests and waits together may take so long."""
        limited = copy.copy(self)
        limited.deadline = min(self.clock() + seconds, self.deadline)
        limited.sleep = self.blocking_sleep or self.sleep
        return limited

    def send(
        self,
        workflow: str,
        step: str,
        method: str,
        url: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Body | None = None,
        auth: Sequence[Credential | None] = (),
        secrets: Sequence[Any] = (),
        timeout: float = math.inf,
    ) -> Exchange:
        """Send one request, and read the response; without one where that fails.

        `secrets` are values that no message may show, besides credentials. `timeout`
        bounds the whole exchange, in seconds. RequestNotSent: it cannot be built.
        """
        sent: dict[str, str] = {}
        exchange = Exchange(workflow, step, sent=sent, secrets=[])
        if self.deadline != math.inf:
            timeout = min(timeout, max(0.001, self.deadline - self.clock()))
        limit, until = min(timeout, self.timeout), time.monotonic() + timeout
        try:
            url = _prepare_request(exchange, url, headers, query, cookies, auth)
            if body is not None and not any(n.lower() == "content-type" for n in sent):
                sent["Content-Type"] = body.content_type
            exchange.secrets += [text_of(secret) for secret in secrets if secret]
            with self.session.request(
                method,
                url,
                headers=sent,
                data=None if body is None else body.content,
                timeout=limit,
                allow_redirects=method in ("GET", "HEAD"),
                auth=_ignore_netrc,
                stream=True,
            ) as response:
                self._receive(exchange, response, until)
        except ValueError as error:
            # such as characters that a header or URL cannot hold
            reason = f"cannot build the request ({type(error).__name__})"
            raise RequestNotSent(f"{exchange}: {reason}") from None
        except requests.RequestException as error:
            exchange.problem = _describe_error(error)
        finally:
            if body is not None and body.close is not None:
                body.close()
        if logger.isEnabledFor(logging.INFO):
            answer = exchange.problem or exchange.status_code
            path = exchange.redacted(urlsplit(url).path)
            logger.info("%s: %s %s -> %s", step, method, path, answer)
        return exchange

    def _receive(
        self, exchange: Exchange, response: requests.Response, until: float
    ) -> None:
        """Read the body of a response into memory, or stream it to a file."""
        pieces = response.iter_content(65536)
        if until != math.inf:
            pieces = pieces_until(response, until)
        media = response.headers.get("Content-Type", "")
        path = None
        if self.save_body and response.ok and not is_json(media_type(media)[0]):
            path = self.save_body(exchange.workflow, exchange.step)
        if path is not None:
            _write_all(pieces, path)
            exchange.body = path
        else:
            kept, size = list[bytes](), 0
            for piece in pieces:
                kept.append(piece)
                size += len(piece)
                if size > self.max_response:
                    raise _Unreadable(f"the response exceeds {self.max_response} bytes")
            exchange.content = content = b"".join(kept)
            exchange.body = parse_body(content, media)
        exchange.response, exchange.status_code = response, response.status_code


def _prepare_request(
    exchange: Exchange,
    url: str,
    headers: Mapping[str, Any] | None,
    query: Mapping[str, Any] | None,
    cookies: Mapping[str, Any] | None,
    auth: Sequence[Credential | None],
) -> str:
    """Return the URL with its query; enter the headers and secrets of the exchange."""
    if "/." in url and not {".", ".."}.isdisjoint(url.partition("?")[0].split("/")):
        reason = "'.' or '..' as a part of the path changes it"
        raise RequestNotSent(f"{exchange}: {reason}")
    sent = exchange.sent
    for name, value in (headers or {}).items():
        if value is not None:
            sent[name] = value if value.__class__ is str else header_text(value)
    written, crumbs = list[str](), list[str]()
    for name, value in (query or {}).items():
        written += query_pairs(name, value)
    for name, value in (cookies or {}).items():
        crumbs += (p.replace("%2C", ",") for p in query_pairs(name, value))
    for credential in auth:
        if credential is None:
            continue
        exchange.secrets.append(credential.value)
        if credential.place == "header":
            sent[credential.name] = credential.value
        else:
            pairs = written if credential.place == "query" else crumbs
            pairs += query_pairs(credential.name, credential.value)
    if crumbs:
        own = [sent["Cookie"]] if "Cookie" in sent else []
        sent["Cookie"] = "; ".join(own + crumbs)
    if written:
        url += ("&" if "?" in url else "?") + "&".join(written)
    return url


def _ignore_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from replacing the Authorization header by one from ~/.netrc."""
    return request


class _Unreadable(requests.RequestException):
    """A response that cannot be taken in."""


def _write_all(pieces: Iterable[bytes], path: str) -> None:
    """Stream the body of a response to a file, which appears when it is complete."""
    unfinished = f"{path}.part"
    try:
        with open(unfinished, "wb") as file:
            file.writelines(pieces)
        os.replace(unfinished, path)
    except OSError as error:
        if isinstance(error, requests.RequestException):
            raise
        raise _Unreadable(f"cannot write {path}: {error.strerror}") from None


def pieces_until(response: requests.Response, until: float) -> Iterator[bytes]:
    """Yield the body of a response as it arrives; requests.Timeout at `until`."""
    connection = getattr(response.raw, "connection", None)
    while (left := until - time.monotonic()) > 0:
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(left)
        try:
            piece = response.raw.read1(65536, decode_content=True)
        except (HTTPError, OSError) as error:
            timed_out = isinstance(error, TimeoutError | ReadTimeoutError)
            kind = requests.Timeout if timed_out else requests.ConnectionError
            raise kind(error) from error
        if not piece:
            return
        yield piece
    raise requests.Timeout


def _describe_error(error: BaseException) -> str:
    """Why no response came, without the URL and headers that such errors quote."""
    if isinstance(error, _Unreadable):
        return str(error)
    if isinstance(error, requests.Timeout):
        return "no response in time"
    root = error
    while (inner := root.__cause__ or root.__context__) is not None:
        root = inner
    reason = getattr(root, "strerror", None) or type(root).__name__
    return f"the connection failed ({reason})"
