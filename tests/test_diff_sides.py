"""The two sides of `arazzoc diff`: what OLD and NEW may name, their configuration, and what cannot be read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arazzoc.bundle.files import bundle_file
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.project.lock import Pin, lock_text
from arazzoc.project.quick import digest
from arazzoc.sources import Library
from building import workflow_of
from diffing import ORDERS, OTHER_API, PARCELS, commit, found, names, paths_of, refusal, sides, write
from projects import API, change, flow, git, needs_git, write_project

pytestmark = needs_git

# What OLD and NEW name


def test_what_may_be_named(repository: Path) -> None:
    change(repository, "orders", "changed")
    both = [("orders.arazzo.yml", "HEAD:" + ORDERS, ORDERS), ("parcels.arazzo.yml", "HEAD:" + PARCELS, PARCELS)]
    whole = [(path, f"HEAD:{path}", path) for path in (ORDERS, PARCELS)]
    assert names(sides("HEAD")) == whole
    assert names(sides("HEAD:flows")) == names(sides("HEAD", "flows")) == names(sides("HEAD:./flows/")) == both
    for old, new in (("HEAD:" + ORDERS, None), ("HEAD:" + ORDERS, ORDERS), ("HEAD", ORDERS), ("HEAD:flows", ORDERS)):
        assert names(sides(old, new)) == both[:1]
    assert names(sides(ORDERS, PARCELS)) == [("parcels.arazzo.yml", ORDERS, PARCELS)]
    assert names(sides(ORDERS, "HEAD")) == [("orders.arazzo.yml", ORDERS, "HEAD:" + ORDERS)]
    assert names(sides("flows", "HEAD:" + PARCELS)) == [("parcels.arazzo.yml", PARCELS, "HEAD:" + PARCELS)]
    assert names(sides(":", "HEAD")) == [(path, f":{path}", f"HEAD:{path}") for path in (ORDERS, PARCELS)]
    assert names(sides("main@{0}:flows", "HEAD^{tree}:flows"))[0][1:] == (
        f"main@{{0}}:{ORDERS}",
        f"HEAD^{{tree}}:{ORDERS}",
    )
    assert [p.old.program.title for p in sides("HEAD") if p.old and p.old.program] == ["orders", "parcels"]
    assert [p.new.program.title for p in sides("HEAD") if p.new and p.new.program] == ["changed", "parcels"]


def test_a_path_comes_before_a_revision_of_that_name(repository: Path) -> None:
    git(repository, "branch", "flows")
    write(repository / "HEAD:flows", flow("odd"))
    assert names(sides("flows", "flows"))[0][1:] == (ORDERS, ORDERS)
    assert names(sides("HEAD:flows", ORDERS)) == [("orders.arazzo.yml", "HEAD:flows", ORDERS)]


def test_the_working_folder_counts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "flows")
    assert names(sides("HEAD:./orders.arazzo.yml")) == [("orders.arazzo.yml", "HEAD:" + ORDERS, "orders.arazzo.yml")]
    assert names(sides("HEAD:" + ORDERS)) == [("orders.arazzo.yml", "HEAD:" + ORDERS, "orders.arazzo.yml")]
    assert names(sides("HEAD:../flows"))[1] == ("parcels.arazzo.yml", "HEAD:" + PARCELS, "parcels.arazzo.yml")
    assert names(sides("HEAD"))[0] == ("orders.arazzo.yml", "HEAD:" + ORDERS, "orders.arazzo.yml")
    expected = "there is no HEAD:orders.arazzo.yml; did you mean HEAD:./orders.arazzo.yml? and no ../orders.arazzo.yml"
    assert refusal("HEAD:orders.arazzo.yml") == expected


def test_documents_are_added_and_removed(repository: Path) -> None:
    (repository / ORDERS).unlink()
    write(repository / "flows" / "new.arazzo.yml", flow("new"))
    removed = ("orders.arazzo.yml", "HEAD:" + ORDERS, "-")
    assert names(sides("HEAD:flows"))[0] == ("new.arazzo.yml", "-", "flows/new.arazzo.yml")
    assert names(sides("HEAD:flows"))[1] == removed
    assert names(sides("HEAD:" + ORDERS)) == names(sides("HEAD", ORDERS)) == [removed]
    assert names(sides("HEAD", "flows/new.arazzo.yml")) == [("new.arazzo.yml", "-", "flows/new.arazzo.yml")]
    commit(repository)
    assert names(sides("HEAD~1:" + ORDERS, "HEAD:" + ORDERS)) == [("orders.arazzo.yml", "HEAD~1:" + ORDERS, "-")]
    assert refusal("HEAD:" + ORDERS, PARCELS) == "there is no HEAD:" + ORDERS


def test_documents_of_folders_are_found_as_init_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("old", "new"):
        write(tmp_path / folder / "a.yml", flow("a"))
        write(tmp_path / folder / "in" / "b.arazzo.json", flow("b"))
        write(tmp_path / folder / "openapi.yml", API)
        write(tmp_path / folder / "in" / "openapi.yml", API)
        write(tmp_path / folder / ".hidden" / "c.arazzo.yml", flow("c"))
        write(tmp_path / folder / "node_modules" / "d.arazzo.yml", flow("d"))
    both = ["a.yml", "in/b.arazzo.json"]
    assert names(sides("old", "new")) == [(name, f"old/{name}", f"new/{name}") for name in both]
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    assert [name for name, *_ in names(sides("HEAD:old", "new"))] == both
    assert [name for name, *_ in names(sides("HEAD"))] == [f"{f}/{name}" for f in ("new", "old") for name in both]
    assert names(sides("old/in", f"new/{both[1]}")) == [("b.arazzo.json", f"old/{both[1]}", f"new/{both[1]}")]
    assert names(sides("new/a.yml", "old/in")) == [("b.arazzo.json", "new/a.yml", "old/in/b.arazzo.json")]
    (tmp_path / "new" / "x.yml").write_text((tmp_path / "new" / "a.yml").read_text())
    assert (
        refusal("new/x.yml", "old")
        == "there are 2 documents in old, and none of them is called x.yml: name one of them"
    )


def test_a_bundle_is_a_folder_with_its_own_sources(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also within a project that configures another file for that source."""
    write(repository / "specs" / "api.yml", OTHER_API)
    bundle = bundle_file(Path(ORDERS), Config(), Library(Report()))
    assert bundle is not None
    for file in bundle.files:
        write(repository / "bundled" / file.place, file.text)
    text = (repository / "arazzoc.toml").read_text()
    (repository / "arazzoc.toml").write_text(f'{text}\n[sources]\napi = "specs/api.yml"\n')
    (pair,) = sides("bundled", ORDERS)
    assert paths_of(pair.old) == ["/things/"] and paths_of(pair.new) == ["/others/"]


# The configuration of each side


def test_each_side_has_its_own_configuration(repository: Path) -> None:
    write(repository / "flows" / "v2.yml", OTHER_API)
    text = (repository / "arazzoc.toml").read_text()
    (repository / "arazzoc.toml").write_text(f'idempotency-key = true\n{text}[module.sources]\napi = "flows/v2.yml"\n')
    orders, parcels = sides("HEAD")
    assert paths_of(orders.new) == paths_of(parcels.old) == ["/things/"]
    assert paths_of(parcels.new) == ["/others/"]
    commit(repository)
    (repository / "flows" / "v2.yml").unlink()
    assert paths_of(sides("HEAD")[1].old) == paths_of(sides(":")[1].old) == ["/others/"]
    assert "no file flows/v2.yml" in found(sides("HEAD")[1].new)[0]


def test_options_of_a_configuration_change_the_program(repository: Path) -> None:
    step = {"stepId": "add", "operationId": "addThing"}
    write(repository / ORDERS, workflow_of(step))
    commit(repository)
    text = (repository / "arazzoc.toml").read_text()
    (repository / "arazzoc.toml").write_text(f"idempotency-key = true\nstrict = true\n{text}")
    (pair,) = sides("HEAD", ORDERS)
    assert pair.old is not None and pair.new is not None and pair.old.program and pair.new.program
    assert pair.old.program.workflows != pair.new.program.workflows
    assert pair.new.report.strict and not pair.old.report.strict
    (pair,) = sides("HEAD", ORDERS, options={"strict": True, "idempotency_key": True})
    assert pair.old is not None and pair.old.report.strict and pair.old.program
    assert pair.new is not None and pair.new.program and pair.old.program.workflows == pair.new.program.workflows


def test_the_documents_of_a_revision_are_those_of_its_configuration(repository: Path) -> None:
    write(repository / "flows" / "draft.arazzo.yml", flow("draft"))
    assert [name for name, *_ in names(sides("HEAD"))] == [ORDERS, PARCELS]
    commit(repository)
    whole = (repository / "arazzoc.toml").read_text()
    (repository / "arazzoc.toml").write_text('[[module]]\ndocument = "flows/*.arazzo.yml"\n')
    assert names(sides("HEAD"))[0] == ("flows/draft.arazzo.yml", "-", "flows/draft.arazzo.yml")
    commit(repository)
    assert [name for name, *_ in names(sides("HEAD", "HEAD"))] == ["flows/draft.arazzo.yml", ORDERS, PARCELS]
    (repository / "arazzoc.toml").write_text('[[module]]\ndocument = "flows"\n')
    commit(repository)
    assert [name for name, *_ in names(sides("HEAD", "HEAD"))] == ["flows/draft.arazzo.yml", ORDERS, PARCELS]
    (repository / "arazzoc.toml").unlink()
    commit(repository)
    assert len(sides("HEAD", "HEAD")) == 3
    (repository / "arazzoc.toml").write_text(whole)  # the first configuration removes no document
    assert [name for name, *_ in names(sides("HEAD"))] == [ORDERS, PARCELS]
    (repository / "arazzoc.toml").unlink()
    write(repository / "build" / "draft.arazzo.yml", flow("draft"))
    assert len(sides("HEAD")) == 4
    (repository / ".gitignore").write_text("build/\n")
    assert len(sides("HEAD")) == 3
    (repository / "flows" / "draft.yml").write_text((repository / "flows" / "draft.arazzo.yml").read_text())
    commit(repository)
    write(repository / "flows" / "draft.yml", {"openapi": "3.1.0"})  # it is no Arazzo document any more
    assert ("flows/draft.yml", "HEAD:flows/draft.yml", "-") in names(sides("HEAD"))
    (repository / "arazzoc.toml").write_text("output = 1\n")
    assert refusal("HEAD") == "arazzoc.toml:1: the value of 'output' is not a path"
    commit(repository)
    assert refusal("HEAD", "flows") == "HEAD:arazzoc.toml:1: the value of 'output' is not a path"


def test_the_configuration_above_the_temporary_folder_is_none_of_a_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "arazzoc.toml").write_text("strict = true\n")
    write_project(tmp_path / "p", ["orders"])
    (tmp_path / "p" / "arazzoc.toml").unlink()
    monkeypatch.chdir(tmp_path / "p")
    git(tmp_path / "p", "init", "-q")
    commit(tmp_path / "p")
    (pair,) = sides("HEAD")
    assert pair.old is not None and not pair.old.report.strict


# Sources that are named


def test_a_source_that_is_named_is_that_of_the_revision(repository: Path) -> None:
    """What `generate --source` would make in a checkout; --old-source names one file, of whatever revision."""
    given: Mapping[str, Path] = {"api": Path("specs/api.yml")}
    write(repository / "specs" / "api.yml", API)
    assert paths_of(sides("HEAD", ORDERS, sources=given)[0].old) == ["/things/"]  # the only one that there is
    commit(repository)
    write(repository / "specs" / "api.yml", OTHER_API)
    (pair,) = sides("HEAD", ORDERS, sources=given)
    assert paths_of(pair.old) == ["/things/"] and paths_of(pair.new) == ["/others/"]
    (pair,) = sides("HEAD", ORDERS, sources=given, old_sources=given)
    assert paths_of(pair.old) == paths_of(pair.new) == ["/others/"]
    (pair,) = sides(ORDERS, ORDERS, old_sources={"api": Path("HEAD:specs/api.yml")}, sources=given)
    assert paths_of(pair.old) == ["/things/"] and paths_of(pair.new) == ["/others/"]
    (pair,) = sides(ORDERS, ORDERS, sources={"api": Path("specs/none.yml")})
    assert "no file specs/none.yml (given by --source)" in found(pair.old)[0]
    assert "no document has a source 'apy'; there are: 'api'" in refusal("HEAD", sources={"apy": Path("specs/api.yml")})
    (repository / PARCELS).write_text("arazzo: [")  # what its sources are is not known
    assert len(sides("HEAD", PARCELS, sources={"apy": Path("specs/api.yml")})) == 1
    assert refusal("HEAD", ORDERS, old_sources={"x": Path("specs/api.yml")}).startswith("--old-source x=…: no document")
    assert refusal("HEAD", old_sources={"api": Path("HEAD:none.yml")}) == "there is no file HEAD:none.yml"


def test_remote_sources_are_the_copies_that_each_side_pins(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", never)
    url = "https://api.test/openapi.yml"
    document = flow("orders")
    document["sourceDescriptions"][0]["url"] = url
    write(repository / ORDERS, document)
    commit(repository)
    (line,) = found(sides("HEAD", ORDERS)[0].old)
    assert line.startswith(f"HEAD:{ORDERS}: source 'api' is at '{url}': it is not pinned, for there is no arazzoc.lock")
    assert "arazzoc generate --allow-remote, and commit arazzoc.lock" in line and "--source api=PATH" in line

    def pin(api: Any) -> None:
        text = json.dumps(api)
        write(repository / "arazzoc-remote" / "api.yml", text)
        pins = [Pin(url, "arazzoc-remote/api.yml", digest(text.encode()), "", "api")]
        (repository / "arazzoc.lock").write_text(lock_text([], [], pins))

    pin(API)
    commit(repository)
    pin(OTHER_API)
    (pair,) = sides("HEAD", ORDERS)
    assert paths_of(pair.old) == ["/things/"] and paths_of(pair.new) == ["/others/"]
    write(repository / "arazzoc-remote" / "api.yml", API | {"info": {"title": "x", "version": "2"}})
    assert "arazzoc-remote/api.yml is not what arazzoc.lock pins" in found(sides("HEAD", ORDERS)[0].new)[0]
    (repository / "arazzoc-remote" / "api.yml").unlink()
    assert "arazzoc.lock pins it, but arazzoc-remote/api.yml is not there" in found(sides("HEAD", ORDERS)[0].new)[0]
    (repository / "arazzoc.lock").write_text(lock_text([], [], [Pin(url, "../up.yml", digest(b"{}"))]))
    assert "pins it, but" in found(sides("HEAD", ORDERS)[0].new)[0]
    (repository / "arazzoc.lock").write_text(lock_text([], [], []))
    assert "arazzoc.lock does not pin it" in found(sides("HEAD", ORDERS)[0].new)[0]


# What cannot be read


def test_bad_names_are_one_line_each(repository: Path) -> None:
    (repository / "empty").mkdir()
    (repository / "logo.yml").write_bytes(b"\x89PNG\0\0")
    (repository / "dangling").symlink_to("nowhere")
    commit(repository)
    expected = {
        ("none",): "there is no file 'none', and git knows no revision 'none'",
        ("none:flows",): "there is no file 'none:flows', and git knows no revision 'none'",
        ("HEAD~9",): "there is no file 'HEAD~9', and git knows no revision 'HEAD~9'",
        ("--all",): "there is no file '--all', and git knows no revision '--all'",
        ("a\nb",): "there is no file 'a\\nb', and git knows no revision 'a\\nb'",
        ("",): "an empty name is no file and no revision",
        ("x blob", "flows"): "there is no file 'x blob', and git knows no revision 'x blob'",
        ("main..none",): "'main..none' is a range, and git knows no revision 'none'",
        ("none...HEAD",): "'none...HEAD' is a range, and git knows no revision 'none'",
        ("--all...HEAD",): "'--all...HEAD' is a range, and git knows no revision '--all'",
        (
            *("main...HEAD", "flows"),
        ): "there is no file 'main...HEAD', and 'main...HEAD' is a range, which stands alone: arazzoc diff main...HEAD",
        ("HEAD:../flows",): "HEAD:../flows: this path is outside the repository",
        ("HEAD:a/../../x",): "HEAD:a/../../x: this path is outside the repository",
        ("HEAD:/etc/passwd",): "HEAD:/etc/passwd: write the path relative to the top of the repository",
        ("HEAD:none.yml",): "there is no HEAD:none.yml and no none.yml",
        ("HEAD:none.yml", "HEAD~1:none.yml"): "there is no HEAD:none.yml and no HEAD~1:none.yml",
        ("HEAD:none.yml", ORDERS): "there is no HEAD:none.yml",
        ("HEAD:logo.yml", ORDERS): "HEAD:logo.yml is a binary file, or its text is not encoded in UTF-8",
        ("logo.yml", ORDERS): "logo.yml is a binary file, or its text is not encoded in UTF-8",
        ("dangling", ORDERS): "cannot read dangling: No such file or directory",
        ("empty", "flows"): "there is no Arazzo document in empty",
        ("empty", "empty"): "there is no Arazzo document in empty",
        ("flows",): "flows is compared with nothing: name both sides, or a revision: arazzoc diff HEAD flows",
        (ORDERS,): f"{ORDERS} is compared with nothing: name both sides, or a revision: arazzoc diff HEAD {ORDERS}",
        (ORDERS, "none.yml"): "there is no file 'none.yml', and git knows no revision 'none.yml'",
        ("HEAD", "none.yml"): "there is no file 'none.yml', and git knows no revision 'none.yml'",
    }
    assert {given: refusal(*given) for given in expected} == expected


def test_without_git_files_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, ["orders"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    start = "there is no file 'HEAD', and no revision of that name: "
    assert refusal("HEAD") == f"{start}not a git repository (or any of the parent directories): .git"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal("HEAD") == f"{start}git is not installed, and revisions are read through it"
    assert names(sides(ORDERS, "flows")) == [("orders.arazzo.yml", ORDERS, ORDERS)]


def test_a_bare_repository_has_revisions_only(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(repository, "orders", "second")
    commit(repository)
    bare = tmp_path_factory.mktemp("bare") / "b.git"
    git(repository, "clone", "-q", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    assert names(sides("HEAD~1", "HEAD"))[0] == (ORDERS, f"HEAD~1:{ORDERS}", f"HEAD:{ORDERS}")
    assert names(sides(f"HEAD~1:{ORDERS}", f"HEAD:{ORDERS}"))[0][0] == "orders.arazzo.yml"
    assert refusal("HEAD") == "this repository has no working tree: name what HEAD is compared with"
    assert refusal("HEAD:none", "HEAD~1:none") == "there is no HEAD:none and no HEAD~1:none"


def test_a_clone_that_lacks_something_says_so(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(repository, "orders", "second")
    commit(repository)
    git(repository, "config", "uploadpack.allowFilter", "true")
    folder = tmp_path_factory.mktemp("clones")
    git(folder, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    monkeypatch.chdir(folder / "shallow")
    tail = "git knows no revision 'HEAD~1' (this clone is shallow: git fetch --unshallow)"
    assert refusal("HEAD~1") == f"there is no file 'HEAD~1', and {tail}"
    git(folder, "clone", "-q", "--filter=blob:none", repository.as_uri(), "partial")
    monkeypatch.chdir(folder / "partial")
    assert names(sides("HEAD"))[0][1] == "HEAD:" + ORDERS
    text = refusal("HEAD~1")
    assert text.startswith(("git cat-file has ended", "this clone lacks")), text
