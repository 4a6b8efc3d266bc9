"""What `arazzoc diff` says of states of files and repositories: sources that cannot be read, moves, conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffing import ORDERS, PARCELS, commit, names, sides
from projects import git, needs_git, shown, write_project

pytestmark = needs_git

# Sources that cannot be read


def test_a_source_that_cannot_be_read_is_no_empty_api(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is claimed of operations, and the status is that of a side that cannot be read, in both directions."""
    api = repository / "flows" / "openapi.yml"
    for broken in (api.unlink, lambda: api.write_text("openapi: [")):
        broken()
        text = shown(capsys, "diff", "HEAD", ORDERS, status=2)
        assert "breaking  source 'api' cannot be read any more; steps that call it are not compared" in text
        assert "operation-" not in text and "document-broken" not in text and "1 breaking" in text
        text = shown(capsys, "diff", ORDERS, "HEAD", status=2)
        assert "harmless  source 'api' can be read now; steps that call it are not compared" in text
        assert "operation-" not in text and "document-mended" not in text


def test_a_source_in_a_submodule_is_not_read(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a revision, documents of a submodule are on neither side."""
    other = write_project(tmp_path_factory.mktemp("other"), ["parcels"])
    git(other, "init", "-q")
    commit(other)
    (repository / "arazzoc.toml").unlink()
    (repository / PARCELS).unlink()
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "api")
    text = (repository / ORDERS).read_text().replace("openapi.yml", "../api/flows/openapi.yml")
    (repository / ORDERS).write_text(text)
    commit(repository)
    assert [name for name, *_ in names(sides("HEAD"))] == [ORDERS]
    assert [name for name, *_ in names(sides("HEAD:", "."))] == [ORDERS]
    assert [name for name, *_ in names(sides("api", "api/flows"))] == [Path(PARCELS).name]
    assert "source 'api' can be read now" in shown(capsys, "diff", "HEAD", status=2)
