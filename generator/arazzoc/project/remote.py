"""Documents of the network: fetched where the user allows it, pinned in the lock file, kept in a folder beside it."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from arazzoc.diagnostics import quoted
from arazzoc.openapi.document import Refusal
from arazzoc.output import sweep, write, write_bytes
from arazzoc.paths import shown_path
from arazzoc.project.lock import Lock, Pin, lock_text
from arazzoc.project.quick import FOLDER, LOCK, digest, digest_of

if TYPE_CHECKING:
    import requests

MAX_BYTES, MAX_SECONDS, MAX_REDIRECTS = 64_000_000, 60.0, 5
_SCHEMES = ("https", "http")
_REDIRECTS = (301, 302, 303, 307, 308)


class Fetched(NamedTuple):
    """What a server sent; the content is None where it has not changed since the ETag."""

    content: bytes | None
    etag: str


class Remote:
    """The remote documents of a project: a copy of each in a folder beside the lock file, which has its hash.

    A copy that is as pinned is used, and the network is not asked. What is not there is fetched; where it is not what
    was pinned, it is refused. What was fetched is written into the folder together with its pin, and never else.
    """

    def __init__(self, folder: Path, lock: Lock) -> None:
        self.folder, self.lock, self.pins = folder, lock, dict(lock.pins)
        self._new: dict[Path, bytes] = {}

    def fetch(self, name: str, url: str) -> tuple[Path, bytes | None] | Refusal:
        """Return the file that stands for the document at a URL, which is that of a source called `name`, and its
        content where it is not written yet.
        """
        url = urldefrag(url)[0]
        pin, path = self.pins.get(url), self.folder / FOLDER / file_name(url)
        new = self._new.get(path)
        held = digest(new) if new is not None else digest_of(path)
        if held and ((pin is not None and pin.sha256 == held) or (pin is None and held in self.lock.hashes)):
            self._pin(pin or Pin(url, self._name(path), held), name)
            return path, new
        if held and pin is not None:
            what = f"{shown_path(path)} is not what the lock file pins"
            return Refusal(what, f"restore it from git, or pin what it is now: arazzoc update {name}")
        if pin is None and self.lock.is_damaged:
            return Refusal("the lock file, which pins it, is damaged", "restore arazzoc.lock from git")
        fetched = download(url)
        if isinstance(fetched, Refusal):
            return fetched
        content = fetched.content or b""
        if pin is not None and pin.sha256 != digest(content):
            what = "what is there now is not what the lock file pins"
            return Refusal(what, f"pin what it is now, and look at what changes: arazzoc update {name}")
        self._new[path] = content
        self._pin(pin or Pin(url, self._name(path), digest(content), fetched.etag), name)
        return path, content

    def _pin(self, pin: Pin, name: str) -> None:
        self.pins[pin.url] = pin._replace(source=", ".join(sorted({*pin.names, name})))

    def update(self, pin: Pin) -> str | Refusal:
        """Fetch a document again, and pin what it is now; return what was done, as a message."""
        path = self.folder / FOLDER / file_name(pin.url)
        is_held = digest_of(path) == pin.sha256
        fetched = download(pin.url, pin.etag if is_held else "")
        if isinstance(fetched, Refusal):
            return fetched
        if fetched.content is None or digest(fetched.content) == pin.sha256:
            if fetched.content is not None and not is_held:
                self._new[path] = fetched.content
            return "it is as it was"
        self._new[path] = fetched.content
        self.pins[pin.url] = pin._replace(file=self._name(path), sha256=digest(fetched.content), etag=fetched.etag)
        return f"it has changed; it is in {shown_path(path)}"

    def write_copies(self) -> None:
        """Write what was fetched; the pins of it are written by whoever calls this."""
        for path, content in self._new.items():
            sweep(path)
            write_bytes(path, content)

    def save(self) -> None:
        """Write what was fetched, and the pins into the lock file, which keeps all else."""
        self.write_copies()
        path = self.folder / LOCK
        if self.pins != self.lock.pins:
            lock = self.lock
            write(path, lock_text(lock.modules.values(), lock.known_files.values(), self.pins.values(), lock.header))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def file_name(url: str) -> str:
    """How the copy of a document is called: like the last part of its URL, with the hash of all of it."""
    parts = urlsplit(url)
    last = re.sub(r"[^A-Za-z0-9.-]+", "-", parts.path.rpartition("/")[2]).strip("-.") or "source"
    stem, _, suffix = last.rpartition(".")
    known = suffix.lower() if suffix.lower() in ("json", "yaml", "yml") else "yml"
    return f"{(stem or suffix)[:60]}-{digest(url.encode())[:8]}.{known}"


def download(url: str, etag: str = "") -> Fetched | Refusal:
    """Fetch a document by http or https, within limits of size and time.

    A redirect is followed to a public address, or within one origin, and never from https to http.
    """
    try:
        import requests
        from urllib3.exceptions import HTTPError
    except ImportError:
        return Refusal("reading from the network needs requests", "pip install 'arazzoc[remote]'")
    deadline = time.monotonic() + MAX_SECONDS
    with requests.Session() as session:
        session.trust_env = False  # no password of ~/.netrc goes to the server of a document
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        for _ in range(MAX_REDIRECTS + 1):
            fault = _fault_of(url)
            if fault:
                return Refusal(fault)
            headers = {"Accept": "application/yaml, application/json, */*"} | ({"If-None-Match": etag} if etag else {})
            try:
                proxies = requests.utils.get_environ_proxies(url)
                response = session.get(
                    url, headers=headers, stream=True, allow_redirects=False, timeout=(10, 30), proxies=proxies
                )
                with response:
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        target = _joined(url, response.headers["location"])
                        fault = _redirect_fault(url, target)
                        if fault:
                            return Refusal(fault)
                        url = target
                        continue
                    if response.status_code == 304 and etag:
                        return Fetched(None, etag)
                    if response.status_code != 200:
                        return Refusal(f"the server answers with the status {response.status_code}")
                    content = bytearray()
                    for chunk in _chunks(response):
                        content += chunk
                        if len(content) > MAX_BYTES:
                            return Refusal(f"it has more than {MAX_BYTES // 1_000_000} MB")
                        if time.monotonic() > deadline:
                            return Refusal(f"it takes more than {MAX_SECONDS:g} s")
                    return Fetched(bytes(content), response.headers.get("etag", ""))
            except (requests.RequestException, HTTPError, ValueError) as error:
                return Refusal(f"it cannot be read: {type(error).__name__}")
    return Refusal(f"it leads through more than {MAX_REDIRECTS} redirects")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield a body as it comes: a server that sends a byte now and then must not hold a whole chunk up."""
    read: Any = getattr(response.raw, "read1", None)
    if read is None:  # urllib3 before 2
        yield from response.iter_content(256)
    while read is not None and (chunk := read(65536, decode_content=True)):
        yield chunk


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _fault_of(url: str) -> str:
    """Why a URL is not asked for; '' where it may be."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "this is not a URL"
    if parts.scheme not in _SCHEMES or not host:
        return "only http and https are read"
    if parts.username is not None or parts.password is not None:
        return "a URL with a password would put it into the lock file"
    return ""


def _redirect_fault(url: str, target: str) -> str:
    """Why a redirect is not followed; '' where it may be."""
    fault = _fault_of(target)
    if fault:
        return f"it redirects to {quoted(target)}: {fault}"
    old, new = urlsplit(url), urlsplit(target)
    if old.scheme == "https" and new.scheme == "http":
        return f"it redirects to {quoted(target)}, which is not encrypted"
    if (old.scheme, old.netloc) != (new.scheme, new.netloc) and _is_private(new.hostname or ""):
        return f"it redirects to {quoted(target)}, a private address"
    return ""


def _is_private(host: str) -> bool:
    """Whether a name leads to an address that is not a public one."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False  # nothing will be there to ask
    return not all(ipaddress.ip_address(str(item[4][0]).partition("%")[0]).is_global for item in found)
