"""One request and its response: what is sent, what comes back, and credentials."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal, cast
from urllib.parse import quote, quote_plus

import requests

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
    """The time of an HTTP date in seconds, or None."""
    try:
        return parsedate_to_datetime(date).timestamp()
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
    except LookupError:
        return content.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def media_type(content_type: str) -> tuple[str, str]:
    """The media type of a Content-Type header, and its charset."""
    media, _, parameters = content_type.partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'")
    return media.strip().lower(), charset or "utf-8"


def is_json(media: str) -> bool:
    """Whether a media type is JSON (RFC 6839), or unknown."""
    return media in ("", "application/json", "text/json") or media.endswith("+json")
