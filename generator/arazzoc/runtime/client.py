"""The HTTP session and the policies that runs use."""

from __future__ import annotations

import copy
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from arazzoc.runtime.bodies import Body, Stream
from arazzoc.runtime.errors import RequestNotSent
from arazzoc.runtime.exchange import Exchange, is_json, log, media_type
from arazzoc.runtime.parameters import cookie_text, header_text, query_text
from arazzoc.runtime.results import Progress
from arazzoc.runtime.security import Credential, Token
from arazzoc.runtime.text import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How long to wait, in seconds, before a step is repeated, and for how long in all.

    The first wait lasts `interval`, each further one `backoff` times the last, at most
    `max_interval`, and up to `jitter` times itself more, by chance. A response that says
    Retry-After overrules that.
    """

    interval: float = 5.0
    backoff: float = 1.5
    max_interval: float = 60.0
    timeout: float = 24 * 3600.0
    jitter: float = 0.0


class Client:
    """The HTTP session and the policies that runs use.

    `timeout` is how long to wait, in seconds, for a connection and between two pieces
    of a response; `max_response` bounds a response's body, in bytes.
    `save_body` names a file, by workflow and step, to stream a body to which is no JSON:  # only: downloads
    such a body is then that name. Where it gives None, the body stays in memory.  # only: downloads
    `on_checkpoint` is called with the state after each step, so that a run can be
    resumed from there; `on_progress` is told what each step has come to, and of waits.
    `cancel`, when it is set, ends runs between steps and in waits by RunCancelled.
    `polling` paces the steps that are repeated, `step_polling` single ones by their ids;  # only: polling
    `max_steps` bounds a run.  # only: polling
    `max_depth` bounds how deep workflows call each other.  # only: recursion
    `max_retry_after` bounds what a response can ask for; waiting goes through `sleep`.  # only: waits
    `unhandled` says what to do where no action matches: raise UnhandledOutcome, or go on.  # only: must_match
    """

    def __init__(
        self,
        *,
        # each source
        base_url: str = "http://localhost",
        # end
        # each credential
        credential: Token | None = None,
        # end
        session: requests.Session | None = None,
        timeout: float = 60.0,
        max_response: int = 100_000_000,
        save_body: Callable[[str, str], str | None] | None = None,  # only: downloads
        on_checkpoint: Callable[[Any], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        unhandled: Literal["raise", "continue"] = "raise",  # only: must_match
        polling: Polling = Polling(),  # only: polling
        step_polling: Mapping[str, Polling] | None = None,  # only: polling
        max_depth: int = 20,  # only: recursion
        max_steps: int = 100_000,  # only: polling
        max_retry_after: float = 300.0,  # only: waits
        sleep: Callable[[float], object] | None = None,  # only: waits
        clock: Callable[[], float] = time.monotonic,  # only: clock
    ) -> None:
        # each source
        self.base_url = base_url.rstrip("/")
        # end
        # each credential
        self.credential = credential
        # end
        self.session = session or requests.Session()
        self.timeout, self.max_response = timeout, max_response
        self.on_checkpoint, self.on_progress = on_checkpoint, on_progress
        self.cancel = cancel or threading.Event()
        self.save_body = save_body  # only: downloads
        self.unhandled: Literal["raise", "continue"] = unhandled  # only: must_match
        # only: polling
        self.polling, self.max_steps = polling, max_steps
        self.step_polling = step_polling or {}
        # end
        self.depth, self.max_depth = 0, max_depth  # only: recursion
        self.sleep = sleep or self.cancel.wait  # only: waits
        self.max_retry_after = max_retry_after  # only: waits
        self.clock = clock  # only: clock
        # only: deadlines
        self.deadline: float | None = None
        self.sleep_here = self.sleep  # only: waits
        # end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    # only: deadlines
    def within(self, seconds: float) -> Self:
        """A client for what may take so many seconds in all, waits included."""
        hurried = copy.copy(self)
        hurried.deadline = self.clock() + seconds
        if self.deadline is not None:
            hurried.deadline = min(hurried.deadline, self.deadline)
        hurried.sleep = self.sleep_here  # only: waits
        return hurried

    # end

    def send(
        self,
        workflow: str,
        step: str,
        method: str,
        url: str,
        *,
        query: Mapping[str, Any] | None = None,  # only: query
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,  # only: cookies
        body: Body | None = None,  # only: body
        auth: Sequence[Credential | None] = (),  # only: security
        secrets: Sequence[Any] = (),  # only: secrets
        timeout: float | None = None,  # only: timeouts
    ) -> Exchange:
        """Send one request. A connection that fails gives an Exchange without response,
        never an exception.
        `timeout` bounds the whole exchange, in seconds.  # only: timeouts
        """
        # only: security
        given = [credential for credential in auth if credential is not None]
        # end
        url, sent = addressed(
            workflow,
            step,
            url,
            headers,
            query,  # only: query
            cookies,  # only: cookies
            given,  # only: security
        )
        # only: body
        if body is not None and not any(
            name.lower() == "content-type" for name in sent
        ):
            sent["Content-Type"] = body.content_type
        # end
        private: list[str] = []
        private += [text(secret) for secret in secrets if secret]  # only: secrets
        private += [credential.value for credential in given]  # only: security
        limit = self.timeout
        # only: deadlines
        if self.deadline is not None:
            left = max(0.001, self.deadline - self.clock())
            timeout = left if timeout is None else min(timeout, left)
        # end
        # only: timeouts
        until = None if timeout is None else time.monotonic() + timeout
        limit = limit if timeout is None else min(limit, timeout)
        # end
        try:
            with self.session.request(
                method,
                url,
                headers=sent,
                data=None if body is None else body.content,  # only: body
                timeout=limit,
                allow_redirects=method in ("GET", "HEAD"),
                auth=no_netrc,
                stream=True,
            ) as response:
                pieces = response.iter_content(65536)
                # only: timeouts
                if until is not None:
                    pieces = pieces_until(response, until)
                # end
                # only: downloads
                path = (
                    self.save_body(workflow, step)
                    if self.save_body and is_file(response)
                    else None
                )
                saved = None if path is None else saved_body(pieces, path)
                # end
                content = received(pieces, self.max_response)
                exchange = Exchange(
                    workflow, step, response, content, sent=sent, private=private
                )
                # only: downloads
                if saved is not None:
                    exchange.body = saved
                # end
        except ValueError as error:  # a header or URL that cannot be
            raise RequestNotSent(
                f"{workflow}, step {step}: the request cannot be made ({type(error).__name__})"
            ) from None
        except requests.RequestException as error:
            exchange = Exchange(
                workflow, step, problem=reason(error), sent=sent, private=private
            )
        # only: body
        finally:
            if body is not None and isinstance(body.content, Stream):
                body.content.close()
        # end
        if log.isEnabledFor(logging.INFO):
            answer = exchange.problem or exchange.status_code
            log.info(
                "%s: %s %s -> %s", step, method, place(url, exchange.hidden()), answer
            )
        return exchange


def addressed(
    workflow: str,
    step: str,
    url: str,
    headers: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,  # only: query
    cookies: Mapping[str, Any] | None = None,  # only: cookies
    given: Sequence[Credential] = (),  # only: security
) -> tuple[str, dict[str, str]]:
    """The URL of a request with its query, and the headers as they are sent."""
    if "/." in url and not {".", ".."}.isdisjoint(url.partition("?")[0].split("/")):
        raise RequestNotSent(
            f"{workflow}, step {step}: a part of the path is '.' or '..', which changes the path"
        )
    sent: dict[str, str] = {}
    for name, value in (headers or {}).items():
        if value is not None:
            sent[name] = header_text(value)
    # only: cookies
    if cookies and (cookie := cookie_text(cookies)):
        sent["Cookie"] = cookie
    # end
    # only: query
    if query and (written := query_text(query)):
        url += f"&{written}" if "?" in url else f"?{written}"
    # end
    # only: security
    for credential in given:
        pair = f"{quote(credential.name, safe='')}={quote(credential.value, safe='')}"
        if credential.place == "header":
            sent[credential.name] = credential.value
        elif credential.place == "cookie":
            sent["Cookie"] = f"{sent['Cookie']}; {pair}" if "Cookie" in sent else pair
        else:
            url += f"&{pair}" if "?" in url else f"?{pair}"
    # end
    return url, sent


class Unreadable(requests.RequestException):
    """A response that cannot be taken in."""


def received(pieces: Iterable[bytes], limit: int) -> bytes:
    """The body of a response of at most `limit` bytes."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise Unreadable(f"the response is larger than {limit} bytes")
        kept.append(piece)
    return b"".join(kept)


def pieces_until(response: requests.Response, until: float) -> Iterator[bytes]:
    """The body of a response piece by piece as it arrives; requests.Timeout when
    `until`, a time of time.monotonic, has come.
    """
    connection = getattr(response.raw, "connection", None)
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise requests.Timeout
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(left)
        try:
            piece = response.raw.read1(65536, decode_content=True)
        except (HTTPError, OSError) as error:
            kind = (
                requests.Timeout
                if isinstance(error, TimeoutError | ReadTimeoutError)
                else requests.ConnectionError
            )
            raise kind(error) from error
        if not piece:
            return
        yield piece


def is_file(response: requests.Response) -> bool:
    """Whether a response is a success whose body is no JSON."""
    return response.ok and not is_json(
        media_type(response.headers.get("Content-Type", ""))[0]
    )


def saved_body(pieces: Iterable[bytes], path: str) -> str:
    """Stream the body of a response to a file, which appears when it is complete."""
    unfinished = f"{path}.part"
    try:
        with open(unfinished, "wb") as file:
            file.writelines(pieces)
        os.replace(unfinished, path)
    except requests.RequestException:
        raise
    except OSError as error:
        raise Unreadable(f"cannot write {path}: {error.strerror}") from None
    return path


def no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from replacing the Authorization header by what ~/.netrc says."""
    return request


def place(url: str, hidden: Sequence[str]) -> str:
    """The path of a URL for the log, without query and secrets."""
    path = urlsplit(url).path
    for secret in hidden:
        path = path.replace(secret, "***")
    return path


def reason(error: BaseException) -> str:
    """Why there is no response, without the URL and headers that such errors quote."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, requests.Timeout):
        return "no response in time"
    root = error
    while (inner := root.__cause__ or root.__context__) is not None:
        root = inner
    problem = (
        root.strerror
        if isinstance(root, OSError) and root.strerror
        else type(root).__name__
    )
    return f"the connection failed ({problem})"
