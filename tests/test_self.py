"""`$self`: the identity of a document, and the base of its references (AMB-70)."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzoc.cli import main
from arazzoc.sources import base_uri, beside

API = """
openapi: 3.1.0
info: {title: A, version: "1"}
servers: [{url: https://api.test}]
paths: {/a: {get: {operationId: a, responses: {"200": {description: ok}}}}}
"""


def document(url: str, self_uri: str = "", *, kind: str = "openapi", step: str = "operationId: a") -> str:
    own = f"$self: {self_uri}\n" if self_uri else ""
    return (
        f'arazzo: 1.1.0\n{own}info: {{title: T, version: "1"}}\n'
        f"sourceDescriptions: [{{name: api, url: {url}, type: {kind}}}]\n"
        f"workflows: [{{workflowId: w, steps: [{{stepId: s, {step}}}], outputs: {{u: $self}}}}]\n"
    )


def generate(folder: Path, *names: str) -> int:
    return main(["generate", *(str(folder / name) for name in names), "-o", str(folder / "out")])


@pytest.mark.parametrize(
    ("self_uri", "url", "place"),
    [
        ("", "./api.yaml", "api.yaml"),
        ("sub/x.arazzo.yaml", "../api.yaml", "api.yaml"),
        ("sub/x.arazzo.yaml", "api.yaml", "sub/api.yaml"),
        ("no/such/x.arazzo.yaml", "../../api.yaml", "api.yaml"),
        ("x.arazzo.yaml", "api.yaml", "api.yaml"),
        ("https://x.test/flows/x.arazzo.yaml", "./api.yaml", "api.yaml"),
        ("https://x.test/flows/x.arazzo.yaml", "specs/api.yaml", "specs/api.yaml"),
        ("https://x.test/flows/x.arazzo.yaml", "/flows/specs/api.yaml", "specs/api.yaml"),
        ("urn:flows:x", "./api.yaml", "api.yaml"),
    ],
)
def test_self_is_the_base(tmp_path: Path, self_uri: str, url: str, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(API)
    (tmp_path / "x.arazzo.yaml").write_text(document(url, self_uri))
    assert generate(tmp_path, "x.arazzo.yaml") == 0
    assert str(tmp_path) not in (tmp_path / "out" / "x.py").read_text(), "no path of this machine"


@pytest.mark.parametrize("self_uri", ["https://x.test/b.arazzo.yaml", "elsewhere/b.arazzo.yaml", "urn:flows:b"])
def test_a_document_is_found_by_its_self(tmp_path: Path, self_uri: str) -> None:
    """Also where no file of that name exists; the order on the command line does not matter."""
    (tmp_path / "api.yaml").write_text(API)
    url = "../api.yaml" if self_uri.startswith("else") else "./api.yaml"
    (tmp_path / "inner.yaml").write_text(document(url, self_uri))
    step = "workflowId: $sourceDescriptions.api.w"
    (tmp_path / "outer.yaml").write_text(document(self_uri, kind="arazzo", step=step))
    assert generate(tmp_path, "outer.yaml", "inner.yaml") == 0
    assert generate(tmp_path, "outer.yaml") == 2, "nobody has said where it is"


def test_a_source_can_be_the_document_itself(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(API)
    own = document(
        "https://x.test/x.yaml", "https://x.test/x.yaml", kind="arazzo", step="operationId: $sourceDescriptions.a.a"
    )
    own = own.replace("type: arazzo}", "type: arazzo}, {name: a, url: api.yaml, type: openapi}")
    more = "{workflowId: v, steps: [{stepId: t, workflowId: $sourceDescriptions.api.w}]}"
    (tmp_path / "x.yaml").write_text(own.replace("workflows: [", f"workflows: [{more}, "))
    assert generate(tmp_path, "x.yaml") == 0
    assert (tmp_path / "out" / "x.py").read_text().count("def run_w(") == 1


def test_what_is_on_the_network_stays_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A url that names a host is not one beside the document."""
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "x.yaml").write_text(document("https://x.test/api.yaml", "https://x.test/x.yaml"))
    assert generate(tmp_path, "x.yaml") == 2
    assert "does not read from the network" in capsys.readouterr().err


def test_the_base_of_a_document() -> None:
    """RFC 3986, section 5.2."""
    path = Path("/flows/x.yaml")
    assert base_uri(path, None) == "file:///flows/x.yaml"
    assert base_uri(path, "sub/y.yaml#here") == "file:///flows/sub/y.yaml"
    assert base_uri(path, "https://x.test/y.yaml") == "https://x.test/y.yaml"
    assert beside(None, "../a.yaml") == "../a.yaml"
    assert beside("https://x.test/f/x.yaml", "/specs/a.yaml") == "../specs/a.yaml"
