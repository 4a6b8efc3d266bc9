"""The two sides of `arazzoc diff`: what OLD and NEW may name, and how a revision of git is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from arazzoc.bundle.files import bundle_file
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.difference.revisions import Git, Snapshots, split_name
from arazzoc.difference.sides import Document, Pair, SideError, pairs
from arazzoc.emit.module import Form, emit
from arazzoc.project.lock import Pin, lock_text
from arazzoc.project.quick import digest
from arazzoc.sources import Library
from building import api_of, workflow_of
from conftest import ROOT
from projects import API, change, environment, files, flow, git, needs_git, write_project

pytestmark = needs_git

ORDERS, PARCELS = "flows/orders.arazzo.yml", "flows/parcels.arazzo.yml"
OTHER_API = api_of(("get", "/others/{id}", "getThing"))


@pytest.fixture
def repository(project: Path) -> Path:
    """The project in a repository, and in the working folder."""
    git(project, "init", "-q", "-b", "main")
    commit(project)
    return project


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")


def sides(old: str, new: str | None = None, **options: Any) -> list[Pair]:
    return pairs(old, new, **{"sources": {}, "old_sources": {}, **options})


def names(found: list[Pair]) -> list[tuple[str, str, str]]:
    return [(p.name, p.old.shown if p.old else "-", p.new.shown if p.new else "-") for p in found]


def refusal(old: str, new: str | None = None, **options: Any) -> str:
    with pytest.raises(SideError) as caught:
        sides(old, new, **options)
    text = str(caught.value)
    assert "\n" not in text and tempfile.gettempdir() + "/arazzoc" not in text
    return text


def found(document: Document | None) -> list[str]:
    """The findings, with their places; none of them names the temporary folder."""
    assert document is not None
    told = [f"{d.span.file}: {d.message} [{d.help}]" for d in document.report.sorted()]
    assert not any("arazzoc-diff" in line for line in told), told
    return told


def paths_of(document: Document | None) -> list[str]:
    """The paths of the operations that a document calls."""
    assert document is not None and document.program is not None, found(document)
    return ["".join(str(part) for part in call.path[:1]) for w in document.program.workflows for call in w.http_calls]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))


def text_of(path: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(path).read_text())
    return loaded


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
    assert refusal("HEAD", old_sources={"x": Path("specs/api.yml")}).startswith("--old-source x=…: no document")
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


# The files of a revision


def test_references_lead_to_files_of_the_same_revision(repository: Path) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    api = json.loads(json.dumps(API))
    content = {"application/json": {"schema": {"$ref": "./parts/thing%20one.yml#/Thing"}}}
    api["paths"]["/things/{id}"]["get"]["responses"] = {"200": {"description": "", "content": content}}
    write(repository / "flows" / "openapi.yml", api)
    write(repository / "flows" / "parts" / "thing one.yml", {"Thing": schema})
    commit(repository)
    write(repository / "flows" / "parts" / "thing one.yml", {"Thing": schema | {"required": []}})
    (pair,) = sides("HEAD", ORDERS)
    assert found(pair.old) == found(pair.new) == []
    assert pair.old is not None and pair.new is not None and pair.old.program and pair.new.program
    assert pair.old.program.workflows != pair.new.program.workflows
    (repository / "flows" / "parts" / "thing one.yml").unlink()
    assert len(found(sides("HEAD", ORDERS)[0].new)) == 1


def test_references_lead_into_folders_that_are_allowed_in_the_revision(repository: Path) -> None:
    api = json.loads(json.dumps(API))
    api["paths"]["/things/{id}"]["get"]["parameters"] = [{"$ref": "../common/parts.yml#/id"}]
    write(repository / "flows" / "openapi.yml", api)
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    write(repository / "common" / "parts.yml", {"id": parameter})
    commit(repository)
    assert "--allow-refs HEAD:common" in found(sides("HEAD", ORDERS)[0].old)[0]
    (pair,) = sides("HEAD", ORDERS, ref_folders=(Path("common"),))
    assert found(pair.old) == found(pair.new) == []
    text = (repository / "arazzoc.toml").read_text()
    (repository / "arazzoc.toml").write_text(f'allow-refs = ["common"]\n{text}')
    commit(repository)
    write(repository / "common" / "parts.yml", {})
    (pair,) = sides("HEAD", ORDERS)
    assert found(pair.old) == [] and len(found(pair.new)) == 1


def test_links_are_followed_within_the_revision(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "api.yml"
    write(outside, API)
    (repository / "flows" / "openapi.yml").rename(repository / "real.yml")
    (repository / "specs").symlink_to("flows")
    (repository / "flows" / "openapi.yml").symlink_to("../specs/../real.yml")
    (repository / "linked.arazzo.yml").symlink_to("specs/orders.arazzo.yml")
    (repository / "openapi.yml").symlink_to("specs/openapi.yml")
    commit(repository)
    assert paths_of(sides("HEAD:" + ORDERS)[0].old) == ["/things/"]
    assert names(sides("HEAD:specs/orders.arazzo.yml"))[0][1] == "HEAD:specs/orders.arazzo.yml"
    assert paths_of(sides("HEAD:linked.arazzo.yml")[0].old) == ["/things/"]
    assert [name for name, *_ in names(sides("HEAD:", "."))] == [ORDERS, PARCELS, "linked.arazzo.yml"]
    for target in (
        str(outside),
        "../../" * 20 + str(outside)[1:],
        "openapi.yml",
        "none.yml",
        "../.git/config",
        "a/" * 9,
    ):
        (repository / "flows" / "openapi.yml").unlink()
        (repository / "flows" / "openapi.yml").symlink_to(target)
        git(repository, "add", "-A")
        (line,) = found(sides(":" + ORDERS)[0].old)
        assert "'openapi.yml' not found (looked at :flows/openapi.yml)" in line


def test_a_document_of_a_revision_names_no_file_outside_of_it(repository: Path) -> None:
    """Not by `..` either, with `$self` or without, in a reference or as a pinned file."""
    write(repository.parent / "secret.yml", API)
    for self_uri in ({}, {"$self": "a/b"}):
        for url in ("../../secret.yml", "../" * 30 + str(repository.parent / "secret.yml")[1:]):
            document = flow("orders") | self_uri
            document["sourceDescriptions"][0]["url"] = url
            write(repository / ORDERS, document)
            git(repository, "add", "-A")
            (pair,) = sides(":" + ORDERS)
            assert "not found (looked at " in found(pair.old)[0]
    api = json.loads(json.dumps(API))
    api["paths"]["/things/{id}"]["get"]["parameters"] = [{"$ref": "../../secret.yml#/x"}]
    write(repository / "flows" / "openapi.yml", api)
    git(repository, "add", "-A")
    (line,) = found(sides(":" + PARCELS)[0].old)
    assert "'../../secret.yml' is outside :flows and is not read" in line


def test_what_is_near_is_named_as_git_names_it(repository: Path) -> None:
    (repository / "specs").mkdir()
    (repository / "flows" / "openapi.yml").rename(repository / "specs" / "openapi.yml")
    commit(repository)
    (line,) = found(sides("HEAD:" + ORDERS)[0].old)
    assert line == (
        f"HEAD:{ORDERS}: source 'api': 'openapi.yml' not found (looked at HEAD:flows/openapi.yml); "
        "found HEAD:specs/openapi.yml [pass --source api=HEAD:specs/openapi.yml]"
    )
    (pair,) = sides("HEAD:" + ORDERS, sources={"api": Path("HEAD:specs/openapi.yml")})
    assert paths_of(pair.old) == paths_of(pair.new) == ["/things/"]


def test_submodules_are_not_read(repository: Path) -> None:
    git(repository, "clone", "-q", ".", "inner")
    document = flow("orders")
    document["sourceDescriptions"][0]["url"] = "../inner/flows/openapi.yml"
    write(repository / ORDERS, document)
    commit(repository)
    (pair,) = sides("HEAD:" + ORDERS)
    assert paths_of(pair.new) == ["/things/"] and "not found" in found(pair.old)[0]


def test_odd_names_of_files_are_read(repository: Path) -> None:
    for name in ("ümlaut é", "a\nb", 'quo"te', "-x", "tab\t"):
        document = flow(name)
        document["sourceDescriptions"][0]["url"] = "../flows/openapi.yml"
        write(repository / "odd" / f"{name}.arazzo.yml", document)
    commit(repository)
    found_pairs = sides("HEAD:odd")
    assert len(found_pairs) == 5 and all(pair.old and pair.new for pair in found_pairs)
    assert all(paths_of(pair.old) == ["/things/"] for pair in found_pairs)
    assert names(sides("HEAD:odd/-x.arazzo.yml"))[0][2] == "odd/-x.arazzo.yml"


def test_nothing_is_written_and_nothing_runs(repository: Path) -> None:
    """No filter, textconv, hook or monitor of the repository, and no lock: not a byte of it changes."""
    trap = repository / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\ncat\n")
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text("*.yml filter=trap diff=trap\n")
    commit(repository)
    for key in ("filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "core.fsmonitor", "core.pager"):
        git(repository, "config", key, str(trap))
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (repository / ".git" / "hooks" / hook).write_text(trap.read_text())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    before = files(repository)
    times = {name: (repository / name).stat().st_mtime_ns for name in before}
    assert len(sides("HEAD")) == len(sides(":")) == 2 and not (repository / "sprung").exists()
    assert files(repository) == before and times == {name: (repository / name).stat().st_mtime_ns for name in before}


TEMPORARY = """
import pathlib, sys, tempfile
from arazzoc.difference.sides import pairs
kept = pairs("HEAD", None, sources={}, old_sources={})
print(*sorted(path.name for path in pathlib.Path(tempfile.gettempdir()).rglob("*") if path.is_file()))
sys.exit(pairs("HEAD:none", None, sources={}, old_sources={}))
"""


def test_the_temporary_folder_holds_what_is_read_until_the_end(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tmp")
    command = [sys.executable, "-W", "error", "-c", TEMPORARY]
    own = {**environment(), "TMPDIR": str(folder)}
    done = subprocess.run(command, cwd=repository, env=own, capture_output=True, text=True, check=False)
    assert done.stdout == "arazzoc.toml openapi.yml orders.arazzo.yml parcels.arazzo.yml\n"
    assert done.stderr.splitlines()[-1].endswith("SideError: there is no HEAD:none and no none")
    assert "Warning" not in done.stderr and not list(folder.iterdir())


def test_what_is_equal_is_parsed_once(repository: Path) -> None:
    (pair,) = sides("HEAD", ORDERS)
    assert pair.old is not None and pair.new is not None and pair.old.resolved and pair.new.resolved
    assert pair.old.program is not None and pair.new.program is not None
    assert pair.old.program.workflows == pair.new.program.workflows and pair.old.program.file == pair.new.program.file
    old, new = (side.sources.loaded["api"].source for side in (pair.old.resolved, pair.new.resolved))
    assert old.tree is new.tree and (old.path, new.path) == ("HEAD:flows/openapi.yml", "flows/openapi.yml")


# Sides with errors


def test_a_side_with_errors_is_compiled_as_far_as_it_can_be(repository: Path) -> None:
    document = flow("orders")
    steps = document["workflows"][0]["steps"]
    steps.append({"stepId": "lost", "operationId": "getThings", "outputs": {"x": "$steps.none.outputs.x"}})
    write(repository / ORDERS, document)
    (pair,) = sides("HEAD", ORDERS)
    assert pair.new is not None and pair.new.report.has_errors and pair.new.program is not None
    assert [step.id for step in pair.new.program.workflows[0].steps] == ["get_it"]
    (repository / ORDERS).write_text("arazzo: [")
    (pair,) = sides("HEAD", ORDERS)
    assert pair.new is not None and pair.new.report.has_errors
    assert pair.new.resolved is None and pair.new.program is None
    (repository / ORDERS).write_bytes(b"arazzo: \xff")
    assert "byte 8 of the file is not UTF-8" in found(sides("HEAD")[0].new)[0]
    git(repository, "add", "-A")
    assert found(sides(":", "HEAD")[0].old)[0].startswith(f":{ORDERS}: byte 8")


def test_a_revision_says_what_its_files_say_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All golden cases, with their faults: the same findings and the same programs."""
    shutil.copytree(ROOT / "tests" / "cases", tmp_path / "cases")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    together = sides("HEAD:cases")
    assert len(together) > 60
    for pair in together:
        assert pair.old is not None and pair.new is not None
        committed = ", and commit arazzoc.lock and arazzoc-remote"
        assert [line.replace("HEAD:", "").replace(committed, "") for line in found(pair.old)] == found(pair.new)
        assert (pair.old.program is None) == (pair.new.program is None)
        if pair.old.program is not None and pair.new.program is not None:
            # The keys of types have the paths of their documents.
            assert repr(pair.old.program.workflows).replace("HEAD:", "") == repr(pair.new.program.workflows)
            if not pair.new.report.has_errors:
                assert emit(pair.old.program, Form()).text == emit(pair.new.program, Form()).text


# What git hands over


EXTERNAL = """
import sys
from arazzoc.difference.sides import git_external
for pair in git_external(*sys.argv[1:]):
    for side in (pair.old, pair.new):
        calls = [call for w in side.program.workflows for call in w.http_calls] if side else []
        print(pair.name, *((side.shown, side.program.title, [call.path[0] for call in calls]) if side else "-"))
"""


def external(folder: Path, *arguments: str) -> list[str]:
    """What the sides are when git calls arazzoc for the documents that differ."""
    (folder / ".git" / "external").write_text(f"#!{sys.executable}{EXTERNAL}")
    (folder / ".git" / "external").chmod(0o755)
    (folder / ".git" / "info" / "attributes").write_text("*.arazzo.yml diff=arazzo\n")
    command = ["git", "-c", f"diff.arazzo.command={folder}/.git/external", *arguments, "--", "*.arazzo.yml"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def test_git_hands_the_sides_over(repository: Path) -> None:
    things, others = "['/things/']", "['/others/']"
    change(repository, "orders", "second")
    write(repository / "flows" / "openapi.yml", OTHER_API)
    assert external(repository, "diff") == [
        f"{ORDERS} HEAD:{ORDERS} orders {things}",
        f"{ORDERS} {ORDERS} second {others}",
    ]
    git(repository, "add", "-A")
    assert external(repository, "diff", "--cached") == [
        f"{ORDERS} HEAD:{ORDERS} orders {things}",
        f"{ORDERS} :{ORDERS} second {others}",
    ]
    commit(repository)
    assert external(repository, "diff", "HEAD~1", "HEAD")[1] == f"{ORDERS} HEAD:{ORDERS} second {others}"
    blob = git(repository, "rev-parse", "HEAD~1:" + ORDERS)[:7]
    assert external(repository, "diff", "HEAD~1", "HEAD")[0] == f"{ORDERS} blob {blob} of {ORDERS} orders {others}"
    (repository / PARCELS).unlink()
    assert external(repository, "diff") == [f"{PARCELS} HEAD:{PARCELS} parcels {others}", f"{PARCELS} -"]
    assert external(repository / "flows" / "..", "-C", "flows", "diff", "-R")[0] == f"{PARCELS} -"
    git(repository, "mv", ORDERS, "flows/renamed.arazzo.yml")
    change(repository, "renamed", "third")
    git(repository, "add", "-A")
    assert external(repository, "diff", "-M", "--cached")[-1].startswith("flows/")


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
        (
            "main..HEAD",
        ): "there is no file 'main..HEAD', and 'main..HEAD' is a range: name both ends, arazzoc diff main HEAD",
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


def test_the_first_colon_outside_of_braces_parts_a_name() -> None:
    assert split_name("HEAD:a:b") == ("HEAD", "a:b")
    assert split_name("HEAD@{12:30}:a") == ("HEAD@{12:30}", "a")
    assert split_name("HEAD^{/fix: it}") is None
    assert split_name(":a") == ("", "a") and split_name("v1") is None


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_trees_are_read_whatever_the_hash(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q", "-b", "main", f"--object-format={kind}")
    write(tmp_path / "a" / "b.yml", "x")
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    disk = Snapshots(tmp_path)
    tree = disk.tree("main")
    assert tree is not None and [path.name for path in tree.below(tree.root)] == ["b.yml"]
    assert tree.has(tree.root / "a" / ".." / "a" / "b.yml") and not tree.has(tree.root / "a" / "b.yml" / ".." / "b.yml")
    assert not tree.has(tree.root / "a") and not tree.has(tree.root / ".." / "x") and not tree.has(Path(os.devnull))
    assert isinstance(disk.git, Git) and disk.git.top == tmp_path
