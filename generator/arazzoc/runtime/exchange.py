"""One request of a step and its response."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

import requests

from arazzoc.runtime.errors import OutputMissing
from arazzoc.runtime.results import OutputsT, StepResult

T = TypeVar("T")

log: Final = logging.getLogger(__name__)


class Exchange:
    """One request of a step and its response, or the reason why there is none."""

    __slots__ = (
        "body",
        "content",
        "private",
        "problem",
        "response",
        "sent",
        "status_code",
        "step",
        "workflow",
    )

    def __init__(
        self,
        workflow: str,
        step: str,
        response: requests.Response | None = None,
        content: bytes = b"",
        problem: str = "",
        sent: Mapping[str, str] | None = None,
        private: Collection[str] = (),
    ) -> None:
        self.workflow, self.step, self.response = workflow, step, response
        self.content, self.problem = content, problem
        self.sent, self.private = sent or {}, private
        self.status_code = None if response is None else response.status_code
        self.body: Any = (
            None
            if response is None
            else parsed_body(content, response.headers.get("Content-Type", ""))
        )

    @property
    def is_2xx(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def url(self) -> str | None:
        """The URL of the request as sent."""
        return None if self.response is None else self.response.request.url

    def header(self, name: str) -> str | None:
        """A header of the response; its name's letter case does not matter."""
        return None if self.response is None else self.response.headers.get(name)

    def request_header(self, name: str) -> str | None:
        """A header of the request as sent."""
        value = (
            None if self.response is None else self.response.request.headers.get(name)
        )
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def at(self, *pointer: str | int) -> Any:
        """The value at a JSON Pointer (RFC 6901) in the response body, or None."""
        return at(self.body, *pointer)

    def required(self, *pointer: str | int) -> Any:
        """The value at a JSON Pointer in the response body, which its schema promises."""
        value = at(self.body, *pointer)
        if value is None:
            missing = "/" + "/".join(str(token) for token in pointer)
            raise OutputMissing(
                f"{self.workflow}, step {self.step}: the response body has no {missing}"
                f" (HTTP {self.status_code}): {self.detail()}"
            )
        return value

    def succeeded(
        self, outputs: OutputsT, action: str | None = None
    ) -> StepResult[OutputsT, Any]:
        """The result of a step whose criteria hold."""
        return StepResult(
            self.workflow,
            self.step,
            self.status_code,
            outputs,
            action,
            retry_after=self.retry_after(),
        )

    def failed(
        self,
        unmet: str,
        action: str | None = None,
        outputs: Any = None,  # only: failed_outputs
    ) -> StepResult[Any, Any]:
        """The result of a step of which a criterion does not hold."""
        return StepResult(
            self.workflow,
            self.step,
            self.status_code,
            outputs,  # only: failed_outputs
            action=action,
            unmet=unmet,
            detail=self.detail(),
            retry_after=self.retry_after(),
        )

    def detail(self) -> str:
        """The first part of the response on one line, without secrets; or why there is
        none.
        """
        if self.response is None:
            return self.problem
        text = " ".join(self.content[:4000].decode("utf-8", "replace").split())
        for secret in self.hidden():
            text = text.replace(secret, "***")
        return text[:300] or "the response is empty"

    def hidden(self) -> list[str]:
        """What must not be shown of the request: its secrets, and the values of the headers
        that carry credentials.
        """
        hidden = list(self.private)
        for name, value in self.sent.items():
            if name.lower() in ("authorization", "proxy-authorization", "cookie"):
                hidden += [value, *(word for word in value.split() if len(word) > 5)]
        return hidden

    def retry_after(self) -> float | None:
        """What the header Retry-After asks for, in seconds (RFC 9110, section 10.2.3)."""
        said = (
            None if self.response is None else self.response.headers.get("Retry-After")
        )
        if said is None:
            return None
        value = said.strip()
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            until = parsedate_to_datetime(value).timestamp()
        except (TypeError, ValueError, OverflowError):
            return None
        try:
            now = parsedate_to_datetime(self.header("Date") or "").timestamp()
        except (TypeError, ValueError, OverflowError):
            now = time.time()
        return max(0.0, until - now)


def parsed_body(content: bytes, content_type: str) -> Any:
    """The body by its content type: JSON parsed, text as str, anything else as bytes;
    None where it is empty.
    """
    if not content:
        return None
    media, charset = media_type(content_type)
    if is_json(media):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            log.warning("the response claims to be JSON and is not")
            return content.decode("utf-8", "replace")
    if media.startswith("text/") or media.endswith(("/xml", "+xml")):
        try:
            return content.decode(charset, "replace")
        except LookupError:
            return content.decode("utf-8", "replace")
    return content


@lru_cache(maxsize=64)
def media_type(content_type: str) -> tuple[str, str]:
    """The media type of a Content-Type header, and its charset."""
    media, _, parameters = content_type.partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'")
    return media.strip().lower(), charset or "utf-8"


def is_json(media: str) -> bool:
    """Whether a media type is JSON (RFC 6839), or not said."""
    return media in ("", "application/json", "text/json") or media.endswith("+json")


def at(value: Any, *pointer: str | int) -> Any:
    """The value at a JSON Pointer (RFC 6901), or None.

    A token that can be an index is a number here.
    """
    for token in pointer:
        if value.__class__ is dict and token in value:
            value = value[token]
        elif value.__class__ is dict:
            value = value.get(str(token))
        elif value.__class__ is list and isinstance(token, int) and token < len(value):
            value = value[token]
        else:
            return None
    return value


def done(outputs: T | None, owner: str) -> T:
    """The outputs of a step or workflow that must have run before."""
    from arazzoc.runtime.errors import RequestNotSent

    if outputs is None:
        raise RequestNotSent(f"{owner} has not run, and its outputs are needed")
    return outputs


def given(value: T | None, expression: str) -> T:
    """A value that a request cannot do without."""
    from arazzoc.runtime.errors import RequestNotSent

    if value is None:
        raise RequestNotSent(f"{expression} has no value, and a request needs it")
    return value
