"""The files of a revision of git as a side of `arazzoc diff`, and what git hands over itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arazzoc.difference.revisions import Git, SideError, Snapshots, split_name
from arazzoc.emit.module import Form, emit
from conftest import ROOT
from diffing import ORDERS, OTHER_API, PARCELS, commit, found, names, paths_of, sides, write
from projects import API, change, environment, files, flow, git, needs_git

pytestmark = needs_git

# The files of a revision


def test_ranges_are_those_of_git(repository: Path) -> None:
    """Two dots compare both ends; three begin at the commit that both have come from. An end left out is HEAD."""
    base = git(repository, "rev-parse", "HEAD").strip()[:10]
    git(repository, "checkout", "-qb", "topic")
    change(repository, "orders", "Sell")
    commit(repository)
    for text, old, new in (
        ("main..topic", "main", "topic"),
        ("main..", "main", "HEAD"),
        ("..main", "HEAD", "main"),
        ("main...topic", base, "topic"),
        ("topic...", git(repository, "rev-parse", "HEAD").strip()[:10], "HEAD"),
    ):
        assert names(sides(text))[0] == (ORDERS, f"{old}:{ORDERS}", f"{new}:{ORDERS}"), text
    git(repository, "checkout", "-q", "--orphan", "apart")
    commit(repository)
    with pytest.raises(SideError, match=r"'main\.\.\.apart' is a range, and its ends have no commit in common"):
        sides("main...apart")


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
