"""One request and its response: what is sent, what comes back, and credentials."""

from __future__ import annotations

import base64
import json
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_tz
from functools import lru_cache
from html.entities import codepoint2name
from typing import Any, Literal, cast
from urllib.parse import unquote

import requests

from arazzoc.runtime.results import OutputMissing, OutputsT, StepResult, logger
from arazzoc.runtime.values import (
    at,
    flat,
    flattened,
    json_of,
    pointer_text,
    text_of,
    url_text,
)

# Run-time support: requests and responses


@dataclass(slots=True, repr=False)
class Exchange:
    """One request of a step and its response, or `problem`: why there is none.

    `status_code` is 0 where no response came. `body` is the body of the response: JSON
    parsed, text as str, anything else as bytes, None where it is empty. `secrets` are
    the values that no message may show, and `gives_secret` is whether outputs are such.
    """

    workflow: str
    step: str
    status_code: int = 0
    body: Any = None
    problem: str = ""
    error: Exception | None = None
    content: bytes = b""
    response: requests.Response | None = None
    secrets: set[str] = field(default_factory=set[str])
    gives_secret: bool = False

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
        if self.gives_secret and self.response.ok:
            return "the response is not shown: it may hold a secret"
        longest = max(map(len, tuple(self.secrets)), default=0) * 12
        _, charset = media_type(self.header("Content-Type") or "")
        text = _in_charset(self.content[: 4000 + longest], charset)
        text = " ".join(redacted(text, tuple(self.secrets))[:4000].split())
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
    """Return a text without secrets, however their characters are escaped."""
    for secret in sorted(set(secrets) - {""}, key=len, reverse=True):
        text = _pattern(secret).sub("***", text)
    return text


@lru_cache(maxsize=256)
def _pattern(secret: str) -> re.Pattern[str]:
    """What finds a secret as it is, and as a URL, JSON, HTML or a program spells it."""
    return re.compile("".join(map(_spellings, secret)), re.IGNORECASE)


def _spellings(character: str) -> str:
    """A pattern for one character in all its spellings."""
    code = ord(character)
    encoded = character.encode("utf-16-be", "surrogatepass")
    units = [int.from_bytes(encoded[i : i + 2]) for i in range(0, len(encoded), 2)]
    found = {character, f"\\{character}", *("+" if character == " " else "")}
    found.add("".join(f"%{b:02x}" for b in character.encode("utf-8", "replace")))
    found.add("".join(f"\\u{unit:04x}" for unit in units))
    found |= {repr(character)[1:-1], json.dumps(character)[1:-1], f"\\x{code:02x}"}
    found |= {f"&{codepoint2name.get(code, 'apos')};", f"&#{code};", f"&#x{code:x};"}
    return f"(?:{'|'.join(map(re.escape, sorted(found, key=len, reverse=True)))})"


def hidden_values(value: Any) -> Iterator[str]:
    """Yield the texts in a secret value, whatever it consists of."""
    if value.__class__ in (dict, list):
        for item in value.values() if value.__class__ is dict else value:
            yield from hidden_values(item)
    if value is not None and not isinstance(value, bool):
        yield text_of(value, "replace")


def hidden_in(header: str) -> Iterator[str]:
    """Yield what no message may show of a header with credentials or cookies: user and
    password of a Basic credential (RFC 7617) among them.
    """
    scheme, _, rest = header.partition(" ")
    yield from (header, rest)
    if scheme.lower() == "basic":
        with suppress(ValueError):
            pair = base64.b64decode(f"{rest}==").decode("utf-8", "replace")
            yield from (pair, pair.partition(":")[2])
    for crumb in header.split("; "):
        value = crumb.partition("=")[2]
        yield from (text for text in (value, unquote(value)) if len(text) > 2)


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
        text: str | bytes = content
        if not charset.startswith("utf"):
            with suppress(LookupError, UnicodeError):
                text = content.decode(charset)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            logger.warning("a response is declared as JSON, and cannot be parsed")
            return _in_charset(content, "utf-8")
    if media.startswith("text/") or media.endswith(("/xml", "+xml")):
        return _in_charset(content, charset)
    return content


def _in_charset(content: bytes, charset: str) -> str:
    """A text in its charset, or in UTF-8 where that cannot decode it."""
    try:
        return content.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def media_type(content_type: str) -> tuple[str, str]:
    """The media type of a Content-Type header, and its charset."""
    media, _, parameters = content_type.partition(";")
    charset = parameters.lower().partition("charset=")[2].partition(";")[0]
    charset = charset.strip(" \"'")
    return media.strip().lower(), charset or "utf-8"


def is_json(media: str) -> bool:
    """Whether a media type is JSON (RFC 6839), or unknown."""
    return media in ("", "application/json", "text/json") or media.endswith("+json")
