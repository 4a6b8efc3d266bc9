"""One request and its response: what is sent, what comes back, and credentials."""

from __future__ import annotations

import base64
import html
import json
import math
import re
import socket
import threading
import time
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_tz
from functools import lru_cache
from typing import Any, Literal, cast
from urllib.parse import quote, quote_plus

import requests
from requests.adapters import HTTPAdapter

from arazzoc.runtime.results import OutputMissing, OutputsT, StepResult, logger
from arazzoc.runtime.values import (
    at,
    flat,
    flattened,
    json_of,
    pointer_text,
    url_text,
)

# Run-time support: requests and responses


@dataclass(slots=True, repr=False)
class Exchange:
    """One request of a step and its response, or `problem`: why there is none.

    `status_code` is 0 where no response came. `body` is the body of the response: JSON
    parsed, text as str, anything else as bytes, None where it is empty. `sent` are the
    headers of the request, `secrets` the values that no message may show.
    """

    workflow: str
    step: str
    status_code: int = 0
    body: Any = None
    problem: str = ""
    error: Exception | None = None
    content: bytes = b""
    response: requests.Response | None = None
    sent: dict[str, str] = field(default_factory=dict[str, str])
    secrets: set[str] = field(default_factory=set[str])

    def __str__(self) -> str:
        return f"{self.workflow}, step {self.step}"

    @property
    def status_or_none(self) -> int | None:
        """The status of the response, or None where none came."""
        return self.status_code or None

    @property
    def is_2xx(self) -> bool:
        """Whether a response came, with a status from 200 to 299."""
        return 200 <= self.status_code < 300

    @property
    def url(self) -> str | None:
        """The URL of the request as it was sent."""
        return None if self.response is None else self.response.request.url

    def header(self, name: str) -> str | None:
        """Return a header of the response, by its name in any letter case."""
        return None if self.response is None else self.response.headers.get(name)

    def request_header(self, name: str) -> str | None:
        """Return a header of the request as it was sent."""
        sent: Any = {} if self.response is None else self.response.request.headers
        value = sent.get(name)
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def at(self, *pointer: str | int) -> Any:
        """Return the value at a JSON Pointer (RFC 6901) in the body, or None."""
        return at(self.body, *pointer)

    def required(self, *pointer: str | int, when: tuple[int, ...] = ()) -> Any:
        """Return the value at a JSON Pointer in the body; OutputMissing if null.

        If `when` has statuses, a response with another one may lack it: then None.
        """
        value = at(self.body, *pointer)
        if value is None and (not when or self.status_code in when):
            missing = f"{pointer_text(*pointer)} (HTTP {self.status_code})"
            reason = f"the response body has no {missing}: {self.detail()}"
            raise OutputMissing(f"{self}: {reason}")
        return value

    def succeeded(
        self, outputs: OutputsT, action: str | None = None
    ) -> StepResult[OutputsT, Any]:
        """Return the result of a step whose success criteria hold."""
        status, asked = self.status_or_none, self.retry_after()
        name, step = self.workflow, self.step
        return StepResult(name, step, status, outputs, action, None, "", asked)

    def failed(
        self, unmet: str, action: str | None = None, outputs: Any = None
    ) -> StepResult[Any, Any]:
        """Return the result of a step of which the criterion `unmet` does not hold."""
        result, detail = self.succeeded(outputs, action), self.detail()
        return result._replace(unmet=unmet, detail=detail, error=self.error)

    def detail(self) -> str:
        """Return the first part of the response on one line, or why there is none."""
        if self.response is None:
            return self.problem
        longest = max(map(len, tuple(self.secrets)), default=0) * 6
        text = self.content[: 4000 + longest].decode("utf-8", "replace")
        text = " ".join(redacted(text, self.secrets)[:4000].split())
        return text[:300] or "the response is empty"

    def retry_after(self) -> float | None:
        """Return what Retry-After asks for, in seconds (RFC 9110, section 10.2.3)."""
        asked = self.header("Retry-After")
        if asked is None:
            return None
        if asked.strip().isascii() and asked.strip().isdigit():
            return float(asked)
        until = _seconds(asked)
        now = _seconds(self.header("Date") or "")
        return None if until is None else max(0.0, until - (now or time.time()))


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, also where they are escaped for a URL, JSON, HTML or
    Python, or are the user and password of a Basic credential (RFC 7617).
    """
    forms = set(secrets)
    for secret in tuple(forms):
        if secret.startswith("Basic "):
            with suppress(ValueError):
                pair = base64.b64decode(secret[6:] + "==").decode("utf-8", "replace")
                forms |= {secret[6:], pair, pair.partition(":")[2]}
        forms.add(secret.removeprefix("Bearer "))
    for write in _ESCAPES:
        forms |= set(map(write, forms))
    for form in sorted(forms - {""}, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


_ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: repr(text)[1:-1],
    lambda text: text.replace("/", "\\/"),
    html.escape,
    lambda text: html.escape(text, quote=False),
    quote,
    lambda text: quote(text, safe=""),
    quote_plus,
    lambda text: re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text),
)


class BrokenContent(requests.RequestException):
    """Content of a request or response that cannot be read or written."""


class Limit:
    """The time of a request: once it is over, the connection is cut, whatever is being
    sent or awaited. Only a request whose time is limited has a thread to watch it.
    """

    def __init__(self, until: float) -> None:
        self._until, self._done = until, threading.Event()
        self._lock = threading.Lock()
        self._connection: Any = None
        self._socket: Any = None

    def __enter__(self) -> None:
        if self._until != math.inf:
            threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._done.set()

    @property
    def left(self) -> float:
        """How many seconds are left, always more than none."""
        return max(0.001, self._until - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._until

    def _watch(self) -> None:
        """Cut the connection when the time is over, until the request is given up."""
        while not self._done.wait(0.05 if self.is_over else self.left):
            with self._lock, suppress(OSError, TypeError, AttributeError):
                if self.is_over:
                    sock: Any = self._socket or self._connection.sock
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def bound(self, session: Any) -> None:
        """Let a session send by connections that are cut when the time is over."""
        if self._until == math.inf or not isinstance(session, requests.Session):
            return
        own: Any = session
        adapter_of = own.get_adapter

        def bound(choose: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *args, **kwargs: self._bound_pool(choose(*args, **kwargs))

        def get_adapter(url: str) -> Any:
            adapter = adapter_of(url)
            if not isinstance(adapter, HTTPAdapter):
                return adapter
            names = [name for name in _POOL_METHODS if hasattr(adapter, name)]
            methods = {name: bound(getattr(adapter, name)) for name in names}
            return _with_methods(adapter, **methods)

        own.get_adapter = get_adapter

    def _bound_pool(self, pool: Any) -> Any:
        """A pool of connections that tells which one the request has."""

        def take(timeout: Any = None) -> Any:
            if self.is_over:
                raise requests.Timeout
            connection = pool._get_conn(timeout or self.left)
            answer_of = connection.getresponse

            def getresponse() -> Any:
                self._socket = connection.sock  # a response may take it over
                return answer_of()

            connection.getresponse = getresponse
            self._connection = connection
            return connection

        def give_back(connection: Any) -> None:
            with self._lock:
                self._connection = self._socket = None
            if connection is not None:
                del connection.getresponse
            pool._put_conn(connection)

        return _with_methods(pool, _get_conn=take, _put_conn=give_back)


# how the versions of requests ask an adapter for connections
_POOL_METHODS = ("get_connection_with_tls_context", "get_connection")


def _with_methods(shared: Any, **methods: Callable[..., Any]) -> Any:
    """An object with the state of another, and some methods of its own."""
    kind = shared.__class__
    static = {name: staticmethod(method) for name, method in methods.items()}
    own: Any = object.__new__(type(kind.__name__, (kind,), static))
    own.__dict__ = shared.__dict__
    return own


def whole_pieces(response: requests.Response, limit: Limit) -> Iterator[bytes]:
    """Yield the pieces of a body; an error where it is not whole, or the time is over."""
    for piece in response.iter_content(65536):
        if limit.is_over:
            break
        yield piece
    if limit.is_over:
        raise requests.Timeout
    if _is_cut(getattr(response, "raw", None)):
        raise BrokenContent("the response ends within its compressed content")


def _is_cut(raw: Any) -> bool:
    """Whether compressed content ended too early, of which urllib3 says nothing."""
    decoder = getattr(raw, "_decoder", None)
    has_ended = getattr(getattr(decoder, "_obj", None), "eof", True)
    is_padded = getattr(decoder, "_state", 0) == 2  # it ignores what follows
    return not (has_ended or is_padded) and raw.tell() > 0


def describe_error(error: BaseException) -> str:
    """Return why no response came, without what such errors quote of the request."""
    root: BaseException | None = error
    while root is not None:
        error = root
        if isinstance(error, BrokenContent):
            return str(error)
        if isinstance(error, requests.Timeout):
            return "no response in time"
        root = error.__cause__ or error.__context__
    reason = getattr(error, "strerror", None) or type(error).__name__
    return f"the connection failed ({reason})"


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request, its media type, and what to call once it is sent."""

    content: Any = field(repr=False)
    content_type: str
    close: Callable[[], None] | None = None


def json_body(value: Any, content_type: str = "application/json") -> Body:
    """Return a JSON body (RFC 8259)."""
    return Body(json_of(value).encode(), content_type)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential and where a request carries it; its value is never shown."""

    place: Literal["header", "query", "cookie"]
    name: str
    value: str = field(repr=False)


def query_pairs(name: str, value: Any, safe: str = "") -> Iterable[str]:
    """Return the pairs of a parameter in the style form, exploded: lists repeat the
    name, objects give their members, None is left out (OpenAPI 3.1.1, Style Values).
    A parameter in another style is a function that gives its pairs for a name.
    """
    if callable(value):
        return cast("Iterable[str]", value(name))
    is_object = value.__class__ is dict
    members: Iterable[tuple[str, Any]] = value.items() if is_object else [(name, value)]
    pairs = (pair for key, item in members for pair in flattened(key, item))
    return [f"{url_text(key)}={url_text(text, safe)}" for key, text in pairs]


def header_text(value: Any) -> str:
    """Return a header in the style simple: lists and objects joined by commas."""
    return ",".join(flat(value, ","))


def _seconds(date: str) -> float | None:
    """The time of an HTTP date in seconds, in UTC where it says no zone, or None."""
    try:
        parts: Any = parsedate_tz(date)
        return timegm(parts) - (parts[9] or 0)
    except (TypeError, ValueError, OverflowError):
        return None


def parse_body(content: bytes, content_type: str) -> Any:
    """Return a body by its type: JSON, text, else bytes; None where it is empty."""
    if not content:
        return None
    media, charset = media_type(content_type)
    if is_json(media):
        try:
            is_utf = charset.lower().startswith(("utf", "us-ascii"))
            return json.loads(content if is_utf else content.decode(charset))
        except (ValueError, RecursionError, LookupError):
            logger.warning("a response is declared as JSON, and cannot be parsed")
            return content.decode("utf-8", "replace")
    if not media.startswith("text/") and not media.endswith(("/xml", "+xml")):
        return content
    try:
        return content.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def media_type(content_type: str) -> tuple[str, str]:
    """The media type of a Content-Type header, and its charset."""
    media, _, parameters = content_type.partition(";")
    charset = (
        parameters.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    )
    return media.strip().lower(), charset or "utf-8"


def is_json(media: str) -> bool:
    """Whether a media type is JSON (RFC 6839), or unknown."""
    return media in ("", "application/json", "text/json") or media.endswith("+json")
