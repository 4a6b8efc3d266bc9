"""How requests reach hosts: sessions, cookies, redirects, and what goes wrong on the way."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar, get_cookie_header
from requests.utils import get_auth_from_url
from urllib3.util import parse_url

from arazzoc.runtime.results import OutputMissing

# Run-time support: transport


class BrokenContent(requests.RequestException):
    """Content of a request or response that cannot be read or written."""


class NoLimit:
    """The time of requests that is not limited; see limits."""

    @property
    def left(self) -> float:
        """How many seconds are left, always more than none."""
        return math.inf

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return False

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def adapter(self, adapter: Any) -> Any:
        """Return the adapter by which a session sends."""
        return adapter


class OwnSession(requests.Session):
    """A session that the client has made, and closes. It keeps the connections of many
    threads.
    """

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=256))


def session_with(session: Any, cookies: Any, limit: NoLimit) -> Any:
    """Return a session with the state of another, but cookies and a limit of its own."""
    if not isinstance(session, requests.Session):
        return session
    kind: Any = getattr(session, "wrapped_kind", session.__class__)
    own = object.__new__(_kind_of(kind))
    own.__dict__ = session.__dict__
    own.jar, own.limit = cookies, limit
    return own


@lru_cache(maxsize=16)
def _kind_of(kind: Any) -> Any:
    """A kind of session that leaves redirects to the client, and shares its state: what
    its methods keep of tokens, for example, is there for the next run.
    """

    def get_adapter(self: Any, url: str) -> Any:
        return self.limit.adapter(kind.get_adapter(self, url))

    def get_redirect_target(self: Any, response: Any) -> None:
        return None

    def prepare_request(self: Any, request: Any) -> Any:
        if request.auth is None and self.auth is None and has_no_auth:
            login = get_auth_from_url(request.url)
            request.auth = login if any(login) else _add_nothing  # never ~/.netrc
        return kind.prepare_request(self, request)

    def set_cookies(self: Any, jar: Any) -> None:
        self.jar = jar

    has_no_auth = kind.prepare_request is requests.Session.prepare_request
    own = (get_adapter, get_redirect_target, prepare_request)
    members: dict[str, Any] = {method.__name__: method for method in own}
    members["cookies"] = property(lambda self: self.jar, set_cookies)
    members |= {"__slots__": ("jar", "limit"), "wrapped_kind": kind}
    return type(kind.__name__, (kind,), members)


def stranger(session: Any, limit: NoLimit) -> Any:
    """Return a session that shares with another one only how hosts are reached."""
    plain = requests.Session()
    for name in ("adapters", "proxies", "verify", "trust_env"):
        setattr(plain, name, getattr(session, name, getattr(plain, name)))
    return session_with(plain, RequestsCookieJar(), limit)


def cookies_of(session: Any) -> RequestsCookieJar:
    """Return a copy of a session's cookies, for a run of its own."""
    jar = RequestsCookieJar()
    add: Any = jar.set_cookie
    for cookie in getattr(session, "cookies", ()):
        add(copy.copy(cookie))
    return jar


def options_for(session: Any, url: str, sent: dict[str, str]) -> dict[str, Any]:
    """Return what a request needs where requests would choose otherwise: the session's
    cookies beside those of the step, the session's parameters and authentication only
    where the step has none of its own.
    """
    options: dict[str, Any] = {"headers": sent}
    jar: Any = getattr(session, "cookies", None)
    if jar and "Cookie" in sent:
        request = requests.Request("GET", url).prepare()
        crumbs = f"{get_cookie_header(jar, request) or ''}; {sent['Cookie']}".split(
            "; "
        )
        by_name = {crumb.partition("=")[0]: crumb for crumb in crumbs if crumb}
        options["headers"] = sent | {"Cookie": "; ".join(by_name.values())}
    if isinstance(getattr(session, "params", None), dict) and session.params:
        names = [name for name, _ in parse_qsl(urlsplit(url).query, True)]
        options["params"] = dict.fromkeys(names)
    if "Authorization" in sent:
        options["auth"] = _add_nothing
    return options


def _add_nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An authentication that is none."""
    return request


def redirect_target(response: requests.Response, url: str) -> str | None:
    """Return where a response redirects to; BrokenContent where that is no URL of HTTP."""
    location = response.headers.get("Location")
    if location is None or response.status_code not in (301, 302, 303, 307, 308):
        return None
    with suppress(ValueError):
        location = location.encode("latin-1").decode("utf-8", "replace")
        target = urljoin(url, location)
        _, host, port = origin(target)
        if host and port:
            return target
    raise BrokenContent("a redirect cannot be followed")


def origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Return the origin of a URL (RFC 6454), as it will be requested, with a port where
    its scheme is that of HTTP.
    """
    parts = parse_url(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme or "")
    return parts.scheme, parts.host, port


def whole_pieces(response: requests.Response, limit: NoLimit) -> Iterator[bytes]:
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


def write_all(pieces: Iterable[bytes], path: str, owner: str) -> None:
    """Stream the body of a response to a file, which appears when it is complete;
    OutputMissing where it cannot be written.
    """
    unfinished = f"{path}.part"
    try:
        with open(unfinished, "wb") as file:
            file.writelines(pieces)
        os.replace(unfinished, path)
    except OSError as error:
        if isinstance(error, requests.RequestException):
            raise
        reason = f"cannot write the response to {path}: {error.strerror}"
        raise OutputMissing(f"{owner}: {reason}") from None


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
