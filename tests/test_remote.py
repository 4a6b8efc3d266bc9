"""Sources on the network: asked for only where that is allowed, pinned, kept, and refused where they have changed."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import responses

from arazzoc.openapi.document import Refusal
from arazzoc.project import remote
from arazzoc.project.remote import download, file_name
from projects import API, arazzoc, files, flow, kill_after, shown


class Site:
    """A server whose answers tests set; it notes what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        self.conditions: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.credentials.append(self.headers.get("Authorization"))
                site.conditions.append(self.headers.get("If-None-Match"))
                status, headers, body = site.answers.get(self.path, (404, {}, b""))
                if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def publish(self, api: Any, etag: str = '"1"', path: str = "/api.json") -> None:
        self.answers[path] = (200, {"ETag": etag}, json.dumps(api).encode())


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def write_flow(folder: Path, name: str, url: str, source: str = "api") -> None:
    """A document whose source, called so, is at a URL."""
    document = flow(name)
    document["sourceDescriptions"][0] |= {"name": source, "url": url}
    (folder / f"{name}.arazzo.json").write_text(json.dumps(document, indent=1))


def add_flow(project: Path, name: str, url: str, source: str = "api") -> None:
    """One more module of a project."""
    write_flow(project, name, url, source)
    with (project / "arazzoc.toml").open("a") as file:
        file.write(f'\n[[module]]\ndocument = "{name}.arazzo.json"\n')


def pins(project: Path) -> dict[str, Any]:
    """The pins of the lock file by the last part of their URLs."""
    tree = tomllib.loads((project / "arazzoc.lock").read_text())
    return {pin["url"].rpartition("/")[2]: pin for pin in tree.get("remote", [])}


@pytest.fixture
def project(tmp_path: Path, site: Site) -> Path:
    site.publish(API)
    write_flow(tmp_path, "far", f"{site.url}/api.json")
    (tmp_path / "arazzoc.toml").write_text('allow-remote = true\n\n[[module]]\ndocument = "far.arazzo.json"\n')
    return tmp_path


def test_nothing_is_asked_unless_it_is_allowed(project: Path, site: Site) -> None:
    (project / "arazzoc.toml").unlink()
    done = arazzoc(project, "generate", "far.arazzo.json")
    assert done.returncode == 2 and site.asked == []
    assert (
        "= help: pass --allow-remote" in done.stderr
        and "= help: download it, and pass --source api=PATH" in done.stderr
    )
    assert arazzoc(project, "generate", "far.arazzo.json", "--allow-remote").returncode == 0
    assert arazzoc(project, "check", "far.arazzo.json", "--allow-remote").returncode == 0
    assert site.asked == ["/api.json"], "the copy is used"


def test_a_source_is_fetched_once_and_pinned(project: Path, site: Site) -> None:
    assert arazzoc(project, "generate").returncode == 0
    [copy] = (project / "arazzoc-remote").iterdir()
    assert json.loads(copy.read_bytes()) == API and copy.name.startswith("api-")
    assert arazzoc(project, "generate").returncode == arazzoc(project, "generate", "--check").returncode == 0
    assert arazzoc(project, "generate", "--force").returncode == 0
    assert site.asked == ["/api.json"]
    site.server.shutdown()
    assert arazzoc(project, "generate", "--force").returncode == 0, "the network is not needed any more"


def test_what_has_changed_is_refused_until_it_is_updated(project: Path, site: Site) -> None:
    assert arazzoc(project, "generate").returncode == 0
    changed = json.loads(json.dumps(API).replace("Test", "Changed"))
    site.publish(changed, '"2"')
    assert arazzoc(project, "generate", "--check").returncode == 0, "a copy that is there is as pinned"
    before = files(project)
    for path in (project / "arazzoc-remote").iterdir():
        path.unlink()
    done = arazzoc(project, "generate")
    assert done.returncode == 2 and "not what the lock file pins" in done.stderr and "arazzoc update api" in done.stderr
    done = arazzoc(project, "update", "api")
    assert done.returncode == 0 and "has changed" in done.stderr and "run: arazzoc generate" in done.stderr
    assert arazzoc(project, "generate", "--check").returncode == 1
    assert arazzoc(project, "generate").returncode == 0
    assert files(project)["arazzoc.lock"] != before["arazzoc.lock"]
    assert "is as it was" in arazzoc(project, "update").stderr
    assert "pins no source 'apj'; known: 'api'" in arazzoc(project, "update", "apj").stderr


def test_a_copy_that_was_changed(project: Path) -> None:
    assert arazzoc(project, "generate").returncode == 0
    [copy] = (project / "arazzoc-remote").iterdir()
    copy.write_text(copy.read_text() + " ")
    done = arazzoc(project, "generate")
    assert done.returncode == 2 and "is not what the lock file pins" in done.stderr and "restore it" in done.stderr


def test_a_pin_is_not_lost_with_a_damaged_lock(project: Path, site: Site) -> None:
    assert arazzoc(project, "generate").returncode == 0
    lock = project / "arazzoc.lock"
    whole = lock.read_text()
    lock.write_text(whole[: whole.index("[[remote]]")] + "[[")
    assert arazzoc(project, "generate").returncode == 0
    assert lock.read_text() == whole.replace('etag = "\\"1\\""', 'etag = ""')
    for path in (project / "arazzoc-remote").iterdir():
        path.unlink()
    lock.write_text(whole[: whole.index("[[remote]]")] + "[[")
    site.publish({**API, "x-changed": True})
    assert "damaged" in arazzoc(project, "generate").stderr


def redirect(target: str) -> Callable[[Site], None]:
    def set_up(site: Site) -> None:
        site.answers["/api.json"] = (302, {"Location": target.replace("SITE", site.url)}, b"")

    return set_up


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file:///etc/passwd", "only http and https are read"),
        ("ftp://host.test/x", "only http and https are read"),
        ("http://10.0.0.1/x", "a private address"),
        ("http://127.0.0.1:1/x", "a private address"),
        ("http://[::1]/x", "a private address"),
        ("http://localhost/x", "a private address"),
        ("http://169.254.169.254/latest", "a private address"),
        ("http://me:secret@1.1.1.1/", "a URL with a password"),
        ("SITE/api.json", "more than 5 redirects"),
    ],
)
def test_redirects_that_are_not_followed(site: Site, target: str, message: str) -> None:
    redirect(target)(site)
    found = download(f"{site.url}/api.json")
    assert isinstance(found, Refusal) and message in found.message and "secret" not in found.message.replace(target, "")


def test_a_redirect_within_an_origin(site: Site) -> None:
    redirect("/there.json")(site)
    site.answers["/there.json"] = (200, {}, b"{}")
    found = download(f"{site.url}/api.json")
    assert not isinstance(found, Refusal) and found.content == b"{}"


def test_a_redirect_that_gives_encryption_up() -> None:
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", status=302, headers={"Location": "http://api.test/x"})
        found = download("https://api.test/x")
    assert isinstance(found, Refusal) and "not encrypted" in found.message


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://user:secret@api.test/x", "a URL with a password"),
        ("http://127.0.0.1:9/x", "it cannot be read: ConnectionError"),
        ("http://[x/", "not a URL"),
    ],
)
def test_urls_that_are_not_asked(url: str, message: str) -> None:
    found = download(url)
    assert isinstance(found, Refusal) and message in found.message and "secret" not in found.message


def test_limits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.publish(API)
    monkeypatch.setattr(remote, "MAX_BYTES", 10)
    found = download(f"{site.url}/api.json")
    assert isinstance(found, Refusal) and "more than" in found.message
    monkeypatch.undo()
    monkeypatch.setattr(remote, "MAX_SECONDS", -1.0)
    found = download(f"{site.url}/api.json")
    assert isinstance(found, Refusal) and "more than" in found.message
    site.answers["/api.json"] = (503, {}, b"")
    found = download(f"{site.url}/api.json")
    assert isinstance(found, Refusal) and "503" in found.message


def test_names_of_copies() -> None:
    urls = [
        "https://a.test/../../etc/passwd",
        "https://a.test/",
        "https://a.test/x.yaml?y=1",
        "https://a.test/%2e%2e%2f",
    ]
    names = [file_name(url) for url in urls]
    assert len(set(names)) == len(urls)
    assert all(name[0].isalnum() and "/" not in name and name.endswith((".yml", ".yaml", ".json")) for name in names)


def test_what_is_no_document_is_not_kept(project: Path, site: Site) -> None:
    site.answers["/api.json"] = (200, {}, b"")
    assert arazzoc(project, "generate").returncode == 2 and not (project / "arazzoc-remote").exists()
    site.publish(API)
    assert arazzoc(project, "generate").returncode == 0


def test_a_check_keeps_no_copy(project: Path) -> None:
    before = files(project)
    assert arazzoc(project, "generate", "--check").returncode == 1 and files(project) == before


def test_a_server_that_trickles(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        connection = listener.accept()[0]
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(2000):
                connection.sendall(b"x")
                time.sleep(0.02)

    threading.Thread(target=trickle, daemon=True).start()
    monkeypatch.setattr(remote, "MAX_SECONDS", 0.3)
    began = time.monotonic()
    found = download(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert isinstance(found, Refusal) and "takes more than" in found.message
    assert time.monotonic() - began < 30, "not until the last byte"
    listener.close()


def test_a_redirect_that_is_no_url(site: Site) -> None:
    redirect("http://[::1")(site)
    found = download(f"{site.url}/api.json")
    assert isinstance(found, Refusal) and ("not a URL" in found.message or "cannot be read" in found.message)


def test_no_password_of_the_user_is_sent(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    site.publish(API)
    download(f"{site.url}/api.json")
    assert site.asked == ["/api.json"] and site.credentials == [None]


def test_a_bundle_of_a_remote_source(project: Path) -> None:
    assert arazzoc(project, "generate").returncode == 0
    for folder in ("one", "two"):
        (project / "arazzoc-remote").rename(project / "elsewhere") if folder == "two" else None
        assert arazzoc(project, "bundle", "far.arazzo.json", "-o", folder).returncode == 0
    assert files(project / "one") == files(project / "two")
    assert arazzoc(project, "generate", "one/far.arazzo.json", "-o", "out").returncode == 0
    assert (project / "out" / "far.py").read_text() == (project / "far.py").read_text()


def test_a_check_needs_no_copy_that_is_committed(project: Path, site: Site) -> None:
    assert arazzoc(project, "generate").returncode == 0
    shutil.rmtree(project / "arazzoc-remote")
    before = files(project)
    done = arazzoc(project, "generate", "--check")
    assert done.returncode == 0 and files(project) == before, done.stderr
    assert not (project / "arazzoc-remote").exists() and len(site.asked) == 2
    (project / "far.py").write_text((project / "far.py").read_text() + "# mine\n")
    assert arazzoc(project, "generate", "--check").returncode == 1 and arazzoc(project, "generate").returncode == 2
    assert not (project / "arazzoc-remote").exists()
    assert arazzoc(project, "generate", "--force").returncode == 0 and (project / "arazzoc-remote").exists()


@pytest.mark.parametrize("output", ["-", "out", "out/far.py"])
def test_a_copy_comes_with_its_pin_only(project: Path, output: str) -> None:
    """Where the lock file is left alone, so is the folder of copies."""
    assert arazzoc(project, "generate", "far.arazzo.json", "-o", output).returncode == 0
    assert not (project / "arazzoc-remote").exists() and not (project / "arazzoc.lock").exists()
    (project / "arazzoc.toml").unlink()
    done = arazzoc(project, "generate", "far.arazzo.json", "--allow-remote", "-o", output)
    assert done.returncode == 0
    is_kept = output != "-"
    assert (project / "arazzoc-remote").exists() is (project / "arazzoc.lock").exists() is is_kept


def test_a_run_that_is_killed_has_its_copy_with_its_pin(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], site: Site
) -> None:
    monkeypatch.chdir(project)
    kill_after(0, monkeypatch)
    assert not (project / "arazzoc-remote").exists()
    kill_after(1, monkeypatch)
    assert (project / "arazzoc-remote").exists() and "[[remote]]" in (project / "arazzoc.lock.next").read_text()
    asked = len(site.asked)
    shown(capsys, "generate")
    assert len(site.asked) == asked, "the copy is what that run has pinned"


def test_an_update_asks_whether_a_document_has_changed(project: Path, site: Site) -> None:
    assert arazzoc(project, "generate").returncode == 0
    assert "it is as it was" in arazzoc(project, "update").stderr
    assert site.conditions == [None, '"1"']
    shutil.rmtree(project / "arazzoc-remote")
    assert "it is as it was" in arazzoc(project, "update").stderr
    assert site.conditions[2:] == [None], "what is not there is asked for whole"
    assert len([*(project / "arazzoc-remote").iterdir()]) == 1


def test_an_update_of_one_source(project: Path, site: Site) -> None:
    site.publish(API, path="/second.json")
    add_flow(project, "second", f"{site.url}/second.json", "second")
    assert arazzoc(project, "generate").returncode == 0
    before = pins(project)
    for path in ("/api.json", "/second.json"):
        site.publish({**API, "x-changed": path}, '"2"', path)
    done = arazzoc(project, "update", "second")
    assert done.returncode == 0 and "second: it has changed" in done.stderr and "api" not in done.stderr.split(":")[0]
    after = pins(project)
    assert after["api.json"] == before["api.json"] and after["second.json"]["etag"] == '"2"'
    assert arazzoc(project, "update", before["api.json"]["url"]).returncode == 0
    assert pins(project)["api.json"]["etag"] == '"2"'


def test_two_sources_of_one_document(project: Path, site: Site) -> None:
    """They have one copy and one pin, which is known by both names; a fragment is no part of what is fetched."""
    add_flow(project, "second", f"{site.url}/api.json#/info", "second")
    assert arazzoc(project, "generate").returncode == 0
    assert site.asked == ["/api.json"] and len([*(project / "arazzoc-remote").iterdir()]) == 1
    assert {name: pin["source"] for name, pin in pins(project).items()} == {"api.json": "api, second"}
    for name in ("api", "second"):
        assert "it is as it was" in arazzoc(project, "update", name).stderr
    assert "pins no source 'third'" in arazzoc(project, "update", "third").stderr


def test_a_pin_that_no_module_needs(project: Path, site: Site) -> None:
    site.publish(API, path="/second.json")
    add_flow(project, "second", f"{site.url}/second.json")
    assert arazzoc(project, "generate").returncode == 0
    assert {*pins(project)} == {"api.json", "second.json"}
    write_flow(project, "second", f"{site.url}/api.json")
    assert arazzoc(project, "generate", "second.arazzo.json").returncode == 0
    assert len([*(project / "arazzoc-remote").iterdir()]) == 2, "a run over one module removes nothing"
    assert arazzoc(project, "generate", "--check").returncode == 1
    done = arazzoc(project, "generate")
    assert "removed arazzoc-remote/second-" in done.stderr and "no module reads it any more" in done.stderr
    assert {*pins(project)} == {"api.json"} and len([*(project / "arazzoc-remote").iterdir()]) == 1
    assert arazzoc(project, "generate", "--check").returncode == 0
