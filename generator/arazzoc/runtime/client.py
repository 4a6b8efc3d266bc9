"""The client: the HTTP session and the policies of runs."""

from __future__ import annotations

import copy
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from arazzoc.runtime.exchange import (
    Body,
    Credential,
    Exchange,
    header_text,
    hidden_in,
    hidden_values,
    is_json,
    media_type,
    parse_body,
    query_pairs,
    redacted,
)
from arazzoc.runtime.results import Progress, RequestNotSent, logger
from arazzoc.runtime.transport import (
    BrokenContent,
    NoLimit,
    OwnSession,
    cookies_of,
    describe_error,
    options_for,
    origin,
    redirect_target,
    session_with,
    stranger,
    whole_pieces,
    write_all,
)

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
    it. `seal` and `unseal` encrypt and decrypt the outputs in it that are secret, such
    as those of cryptography's Fernet; without them it does not hold these outputs.
    `on_progress` is called after each step and before each wait.
    `cancel`, once set, ends runs by RunCancelled, between steps and during waits.
    `sleep` replaces waiting for `cancel`, `clock` time.monotonic, and `now` time.time,
    by which a run that is resumed waits what is left of its wait.
    """

    session: requests.Session = field(default_factory=lambda: OwnSession())
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
    seal: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    unseal: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    on_progress: Callable[[Progress], None] | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    sleep: Callable[[float], object] | None = None
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    secrets: set[str] = field(default_factory=set[str], init=False, repr=False)
    is_of_run: bool = field(default=False, init=False)
    depth: int = field(default=0, init=False)
    deadline: float = field(default=math.inf, init=False)
    limit: NoLimit = field(default_factory=lambda: NoLimit(), init=False, repr=False)
    one_step: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session was given by the caller."""
        if isinstance(self.session, OwnSession):
            self.session.close()

    def of_run(self) -> Self:
        """Return a client for one run, with cookies of its own; itself within a run."""
        if self.is_of_run:
            return self
        own = copy.copy(self)
        own.is_of_run, own.secrets = True, set[str]()
        own.session = session_with(self.session, cookies_of(self.session), self.limit)
        return own

    def redacted(self, text: str) -> str:
        """Return a text without the secrets and credentials that were sent."""
        return redacted(text, self.secrets)

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
        gives_secret: bool = False,
        accept: str = "application/json, */*;q=0.1",
        redirects: bool = True,
    ) -> Exchange:
        """Send one request, and read the response; without one where that fails.

        `secrets` are values that no message may show, besides credentials, nor what a
        response has where it `gives_secret`. `redirects` are followed by GET and HEAD.
        RequestNotSent: the request cannot be built.
        """
        exchange = Exchange(workflow, step, secrets=self.secrets)
        exchange.gives_secret = gives_secret
        try:
            self.secrets.update(*map(hidden_values, secrets))
            sent = _headers(headers or {}, body, accept)
            url = _with_parameters(exchange, url, sent, query, cookies, auth)
            follows = redirects and method in ("GET", "HEAD")
            content = None if body is None else body.content
            with self.limit:
                response = self._respond(exchange, method, url, sent, content, follows)
                with response:
                    self._receive(exchange, response)
        except (requests.RequestException, HTTPError) as error:
            late = self.limit.is_over and not isinstance(error, BrokenContent)
            exchange.problem = describe_error(requests.Timeout() if late else error)
        finally:
            if body is not None and body.close is not None:
                body.close()
        if logger.isEnabledFor(logging.INFO):
            answer = exchange.problem or exchange.status_code
            path = self.redacted(urlsplit(url).path)
            logger.info("%s: %s %s -> %s", step, method, path, answer)
        return exchange

    def _respond(
        self,
        exchange: Exchange,
        method: str,
        url: str,
        sent: dict[str, str],
        content: Any,
        follows: bool,
    ) -> requests.Response:
        """Send a request, and follow redirects. What could identify the caller (headers,
        cookies, and what the session adds) stays at the origin of the first URL.
        """
        session: Any = self.session
        if not self.is_of_run:
            cookies = getattr(session, "cookies", None)
            session = session_with(session, cookies, self.limit)
        home, is_at_home = url, True
        for _ in range(30):
            try:
                response: requests.Response = session.request(
                    method,
                    url,
                    data=content,
                    timeout=min(self.timeout, self.limit.left),
                    allow_redirects=False,
                    stream=True,
                    **options_for(session, url, sent),
                )
            except ValueError as error:
                # such as characters that a header or URL cannot hold
                if url is not home:
                    raise BrokenContent("a redirect cannot be followed") from None
                reason = f"cannot build the request ({type(error).__name__})"
                raise RequestNotSent(f"{exchange}: {reason}") from None
            self._note_secrets(getattr(response, "request", None))
            target = redirect_target(response, url) if follows else None
            if target is None:
                return response
            response.close()
            url = target
            if is_at_home and origin(url) == origin(home):
                continue
            if any(self.redacted(text) != text for text in (url, unquote(url))):
                raise BrokenContent("a redirect would show a secret to another host")
            if is_at_home:
                is_at_home, sent = False, {"Accept": sent["Accept"]}
                session = stranger(self.session, self.limit)
        raise BrokenContent("there are too many redirects")

    def _note_secrets(self, request: requests.PreparedRequest | None) -> None:
        """Note what no message may show of a request, the session's additions too."""
        sent: Any = {} if request is None else request.headers
        for name, value in sent.items():
            if _SECRET_NAME.search(name):
                self.secrets.update(hidden_in(header_text(value)))
        url = (request and request.url) or ""
        if "?" in url:
            pairs = parse_qsl(urlsplit(url).query)
            self.secrets.update(v for name, v in pairs if _SECRET_NAME.search(name))

    def _receive(self, exchange: Exchange, response: requests.Response) -> None:
        """Read the body of a response into memory, or stream it to a file."""
        pieces = whole_pieces(response, self.limit)
        media = response.headers.get("Content-Type", "")
        path = None
        if self.save_body and response.ok and not is_json(media_type(media)[0]):
            path = self.save_body(exchange.workflow, exchange.step)
        if path is not None:
            write_all(pieces, path, str(exchange))
            exchange.body = path
        else:
            kept, size = list[bytes](), 0
            for piece in pieces:
                kept.append(piece)
                size += len(piece)
                if size > self.max_response:
                    reason = f"the response exceeds {self.max_response} bytes"
                    raise BrokenContent(reason)
            exchange.content = content = b"".join(kept)
            exchange.body = parse_body(content, media)
        exchange.response, exchange.status_code = response, response.status_code


_SECRET_NAME = re.compile(
    r"\bauth\b|authori[sz]ation|cookie|token|secret|passw|api-?_?key|credential|signature",
    re.IGNORECASE,
)
"""What the names of headers and parameters that hold a secret have in them."""

_SPELLED = {
    name.lower(): name for name in ("Accept", "Authorization", "Content-Type", "Cookie")
}


def _headers(
    given: Mapping[str, Any], body: Body | None, accept: str
) -> dict[str, str]:
    """The headers of a request as text: those given, and those of its body."""
    sent: dict[str, str] = {}
    for name, value in given.items():
        if value is not None:
            text = value if value.__class__ is str else header_text(value)
            sent[_SPELLED.get(name.lower(), name)] = text
    if body is not None:
        media = sent.setdefault("Content-Type", body.content_type)
        boundary = body.content_type.partition("boundary=")[2]
        if boundary and not media.endswith(boundary):
            sent["Content-Type"] = f"{media.partition(';')[0]}; boundary={boundary}"
    sent.setdefault("Accept", accept)
    return sent


def _with_parameters(
    exchange: Exchange,
    url: str,
    sent: dict[str, str],
    query: Mapping[str, Any] | None,
    cookies: Mapping[str, Any] | None,
    auth: Sequence[Credential | None],
) -> str:
    """The URL with its query; cookies and credentials are added to the headers."""
    if "/." in url and not {".", ".."}.isdisjoint(url.partition("?")[0].split("/")):
        reason = "'.' or '..' as a part of the path changes it"
        raise RequestNotSent(f"{exchange}: {reason}")
    pairs = [
        p for name, value in (query or {}).items() for p in query_pairs(name, value)
    ]
    crumbs = [sent["Cookie"]] if "Cookie" in sent else []
    for name, value in (cookies or {}).items():
        crumbs += query_pairs(name, value)
    for credential in auth:
        if credential is None:
            continue
        exchange.secrets.add(credential.value)
        if credential.place == "header":
            sent[credential.name] = credential.value
        else:
            chosen = pairs if credential.place == "query" else crumbs
            chosen += query_pairs(credential.name, credential.value)
    if crumbs:
        sent["Cookie"] = "; ".join(crumbs)
    for name in ("Authorization", "Cookie"):
        if name in sent:
            exchange.secrets.update(hidden_in(sent[name]))
    if pairs:
        url += ("&" if "?" in url else "?") + "&".join(pairs)
    return url
