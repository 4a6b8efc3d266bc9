"""The client: the HTTP session and the policies of runs."""

from __future__ import annotations

import copy
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote, urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar, get_cookie_header
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from arazzoc.runtime.exchange import (
    Body,
    BrokenContent,
    Credential,
    Exchange,
    Limit,
    describe_error,
    header_text,
    is_json,
    media_type,
    parse_body,
    query_pairs,
    redacted,
    whole_pieces,
)
from arazzoc.runtime.results import Progress, RequestNotSent, logger
from arazzoc.runtime.values import text_of

# Run-time support: the client

_REDIRECTS = (301, 302, 303, 307, 308)
_HIDDEN = ("authorization", "proxy-authorization", "cookie")


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

    session: requests.Session = field(default_factory=lambda: _OwnSession())
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
    secrets: set[str] = field(default_factory=set[str], init=False, repr=False)
    is_of_run: bool = field(default=False, init=False)
    depth: int = field(default=0, init=False)
    deadline: float = field(default=math.inf, init=False)
    blocking_sleep: Callable[[float], object] | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session was given by the caller."""
        if isinstance(self.session, _OwnSession):
            self.session.close()

    def of_run(self) -> Self:
        """Return a client for one run, with cookies of its own; itself within a run."""
        if self.is_of_run:
            return self
        own = copy.copy(self)
        own.is_of_run, own.secrets = True, set[str]()
        own.session = _session_with(
            self.session, _copied(getattr(self.session, "cookies", ()))
        )
        return own

    def redacted(self, text: str) -> str:
        """Return a text without the secrets and credentials that were sent."""
        return redacted(text, self.secrets)

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
        accept: str = "application/json, */*;q=0.1",
        redirects: bool = True,
    ) -> Exchange:
        """Send one request, and read the response; without one where that fails.

        `secrets` are values that no message may show, besides credentials. `timeout`
        bounds the whole exchange, in seconds. `redirects` are followed by GET and HEAD.
        RequestNotSent: the request cannot be built.
        """
        sent: dict[str, str] = {}
        exchange = Exchange(workflow, step, sent=sent, secrets=self.secrets)
        if self.deadline != math.inf:
            timeout = min(timeout, max(0.001, self.deadline - self.clock()))
        limit = Limit(time.monotonic() + timeout)
        try:
            self.secrets.update(text_of(secret) for secret in secrets if secret)
            url = _prepare_request(exchange, url, headers, query, cookies, auth)
            named = {name.lower(): value for name, value in sent.items()}
            self.secrets.update(*map(_hidden_parts, map(named.get, _HIDDEN)))
            if body is not None and "content-type" not in named:
                sent["Content-Type"] = body.content_type
            if "accept" not in named:
                sent["Accept"] = accept
            content = None if body is None else body.content
            follows = redirects and method in ("GET", "HEAD")
            with limit:
                response = self._respond(method, url, sent, content, limit, follows)
                request: Any = getattr(response, "request", None)
                shown = {**getattr(request, "headers", {})}
                self.secrets.update(
                    *(_hidden_parts(shown.get(n.title())) for n in _HIDDEN)
                )
                with response:
                    self._receive(exchange, response, limit)
        except ValueError as error:
            # such as characters that a header or URL cannot hold
            reason = f"cannot build the request ({type(error).__name__})"
            raise RequestNotSent(f"{exchange}: {reason}") from None
        except (requests.RequestException, HTTPError) as error:
            late = limit.is_over and not isinstance(error, BrokenContent)
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
        method: str,
        url: str,
        sent: dict[str, str],
        content: Any,
        limit: Limit,
        follows: bool,
    ) -> requests.Response:
        """Send a request, and follow redirects. What could identify the caller (headers,
        cookies, and what the session adds) stays at the origin of the first URL.
        """
        own: Any = self.session
        session = _session_with(own, getattr(own, "cookies", None))
        limit.bound(session)
        headers, first, is_at_home = sent, url, True
        for _ in range(30 if follows else 1):
            try:
                response: requests.Response = session.request(
                    method,
                    url,
                    headers=_with_cookies(session, url, headers),
                    data=content,
                    timeout=min(self.timeout, limit.left),
                    allow_redirects=False,
                    auth=_authentication(session, headers),
                    stream=True,
                )
            except ValueError:
                if url is first:
                    raise
                raise BrokenContent("a redirect cannot be followed") from None
            target = response.headers.get("Location")
            if not follows or target is None or response.status_code not in _REDIRECTS:
                return response
            response.close()
            url = _target(url, target)
            if _origin(url) == _origin(first) and is_at_home:
                continue
            if any(self.redacted(text) != text for text in (url, unquote(url))):
                raise BrokenContent("a redirect would show a secret to another host")
            if is_at_home:
                is_at_home = False
                headers = {"Accept": sent["Accept"]}
                session = _stranger(own)
                limit.bound(session)
        raise BrokenContent("there are too many redirects")

    def _receive(
        self, exchange: Exchange, response: requests.Response, limit: Limit
    ) -> None:
        """Read the body of a response into memory, or stream it to a file."""
        pieces = whole_pieces(response, limit)
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
                    raise BrokenContent(
                        f"the response exceeds {self.max_response} bytes"
                    )
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
            name = "Cookie" if name.lower() == "cookie" else name
            sent[name] = value if value.__class__ is str else header_text(value)
    written, crumbs = list[str](), list[str]()
    for name, value in (query or {}).items():
        written += query_pairs(name, value)
    for name, value in (cookies or {}).items():
        crumbs += query_pairs(name, value)
    for credential in auth:
        if credential is None:
            continue
        exchange.secrets.add(credential.value)
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


class _OwnSession(requests.Session):
    """A session that the client has made, and closes."""


def _session_with(session: Any, cookies: Any) -> Any:
    """A session with the connections of another, that leaves redirects to the client."""
    if not isinstance(session, requests.Session):
        return session
    own: Any = object.__new__(type(session))
    own.__dict__.update(session.__dict__, cookies=cookies)
    own.get_redirect_target = _no_target
    return own


def _stranger(session: Any) -> requests.Session:
    """A session that shares with another one only how hosts are reached."""
    plain = requests.Session()
    for name in ("adapters", "proxies", "verify", "trust_env"):
        setattr(plain, name, getattr(session, name, getattr(plain, name)))
    return plain


def _no_target(response: requests.Response) -> None:
    """No redirect that requests would follow."""


def _copied(cookies: Iterable[Any]) -> RequestsCookieJar:
    """The cookies of a session, for a run of its own."""
    jar = RequestsCookieJar()
    add: Callable[[Any], object] = jar.set_cookie
    for cookie in cookies:
        add(copy.copy(cookie))
    return jar


def _target(url: str, location: str) -> str:
    """The URL that a redirect leads to; BrokenContent where that is none of HTTP."""
    with suppress(ValueError):
        location = location.encode("latin-1").decode("utf-8", "replace")
        target = urljoin(url, location)
        _, host, port = _origin(target)
        if host and port:
            return target
    raise BrokenContent("a redirect cannot be followed")


def _origin(url: str) -> tuple[str | None, str | None, int | None]:
    """The origin of a URL (RFC 6454), as it will be requested, with a port where its
    scheme is that of HTTP.
    """
    parts = parse_url(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme or "")
    return parts.scheme, parts.host, port


def _hidden_parts(header: str | None) -> list[str]:
    """The parts of a header with credentials or cookies that no message may show."""
    words = (header or "").split()
    values = [crumb.partition("=")[2].rstrip(";") for crumb in words if "=" in crumb]
    plain = [text for value in values for text in (value, unquote(value))]
    return [header or "", *words[1:], *(text for text in plain if len(text) > 2)]


def _with_cookies(session: Any, url: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers, and the session's cookies where requests would leave them out."""
    jar: Any = getattr(session, "cookies", None)
    if "Cookie" not in headers or not jar:
        return headers
    names = {crumb.partition("=")[0].strip() for crumb in headers["Cookie"].split(";")}
    request = requests.Request("GET", url).prepare()
    kept: str = get_cookie_header(jar, request) or ""
    crumbs = [
        crumb
        for crumb in kept.split("; ")
        if crumb.partition("=")[0] not in {*names, ""}
    ]
    return headers | {"Cookie": "; ".join([*crumbs, headers["Cookie"]])}


def _authentication(session: Any, headers: Mapping[str, str]) -> Any:
    """What requests adds to a request: what the session says, but nothing of ~/.netrc,
    and nothing where the step has a header of its own.
    """
    has_own = any(name.lower() == "authorization" for name in headers)
    has_auth = getattr(session, "auth", None) is not None
    return None if has_auth and not has_own else _add_nothing


def _add_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that is none."""
    return request


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
        raise BrokenContent(f"cannot write {path}: {error.strerror}") from None
