"""What `arazzoc diff` says of states of files and repositories: sources that cannot be read, moves, conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffing import ORDERS, PARCELS, commit, names, refusal, sides
from projects import change, git, needs_git, shown, write_project

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
    assert refusal("HEAD", "api/flows") == (
        "HEAD:api/flows is in a submodule, which is a repository of its own: compare it there"
    )


# What is there, and cannot be read


def test_what_cannot_be_read_is_not_removed(repository: Path) -> None:
    """Whether it is named alone, beside a revision, or as a path of one."""
    (repository / ORDERS).write_bytes(b"a\0b")
    for given in (("HEAD", ORDERS), ("HEAD:" + ORDERS, ORDERS), ("HEAD:" + ORDERS,), (ORDERS, "HEAD")):
        assert refusal(*given) == f"{ORDERS} is a binary file, or its text is not encoded in UTF-8"
    (repository / ORDERS).unlink()
    assert names(sides("HEAD", ORDERS)) == [(Path(ORDERS).name, "HEAD:" + ORDERS, "-")]
    (repository / ORDERS).symlink_to("nowhere")
    assert refusal("HEAD", ORDERS) == f"cannot read {ORDERS}: No such file or directory"


def test_a_conflict_is_no_removal(repository: Path) -> None:
    """The index has no file of that name, but one for each side; each is the index where there is no conflict."""
    git(repository, "checkout", "-q", "-b", "other")
    change(repository, "orders", "theirs")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    change(repository, "orders", "ours")
    commit(repository)
    with pytest.raises(AssertionError):
        git(repository, "merge", "-q", "other")
    expected = f":{ORDERS} has a conflict: resolve it, or name one of its sides, :2:{ORDERS} or :3:{ORDERS}"
    for given in (("HEAD", ":"), (":", "HEAD"), (":" + ORDERS, ORDERS), (":flows", "flows"), (f":0:{ORDERS}", ORDERS)):
        assert refusal(*given) == expected
    (pair,) = sides(f":2:{ORDERS}", f":3:{ORDERS}")
    titles = [side.program.title for side in (pair.old, pair.new) if side is not None and side.program is not None]
    assert titles == ["ours", "theirs"] and pair.old is not None and pair.old.shown == f":2:{ORDERS}"
    assert [name for name, *_ in names(sides(f"HEAD:{PARCELS}", f":{PARCELS}"))] == [Path(PARCELS).name]
    assert [name for name, *_ in names(sides(":1:flows", ":2:flows"))] == [Path(ORDERS).name, Path(PARCELS).name]
    assert refusal(":4:" + ORDERS, ORDERS) == f"there is no :4:{ORDERS}"
    git(repository, "checkout", "-q", "--ours", ORDERS)
    assert len(sides("HEAD", ORDERS)) == len(sides("HEAD:" + PARCELS)) == 1
