"""The quick way out of `arazzoc diff`: it says that both sides are the same only where nothing that is read differs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from arazzoc.difference.quick import are_same
from conftest import ROOT
from diff_documents import API, DOCUMENT
from projects import environment, git, needs_git


def write(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "flow.arazzo.json").write_text(json.dumps(DOCUMENT))
    (folder / "openapi.json").write_text(json.dumps(API))
    return folder


@pytest.fixture
def sides(tmp_path: Path) -> Path:
    """Folders `old` and `new` with the same files."""
    for name in ("old", "new"):
        write(tmp_path / name)
    return tmp_path


def test_the_same_files(sides: Path) -> None:
    assert are_same(str(sides), "old", "new") and are_same(str(sides), "old/flow.arazzo.json", "new/flow.arazzo.json")
    assert are_same(str(sides), "old", "old")


def append(name: str, text: str) -> Callable[[Path], object]:
    """A change of a file on the new side."""

    def edit(sides: Path) -> None:
        path = sides / name
        path.parent.mkdir(exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)

    return edit


def on_both(text: str) -> Callable[[Path], object]:
    """A file that both sides have."""

    def edit(sides: Path) -> None:
        for name in ("old", "new"):
            (sides / name / "more.yml").write_text(text)

    return edit


def linked(sides: Path) -> None:
    for name in ("old", "new"):
        (sides / name / "link.yml").symlink_to(sides / f"{name}.yml")


@pytest.mark.parametrize(
    "edit",
    [
        append("new/flow.arazzo.json", " "),
        append("new/openapi.json", " "),
        append("new/other.yml", "a: 1"),
        append("new/.hidden/schemas.yml", "a: 1"),
        append("new/node_modules/schemas.yml", "a: 1"),
        append("old/flow.arazzo.yml", "arazzo: 1"),
        append("arazzoc.toml", "strict = true"),
        append("arazzoc.lock", ""),
        append("new/arazzoc.lock", ""),
        append("pyproject.toml", "[tool.arazzoc]\nstrict = true"),
        on_both("a\0b"),
        linked,
    ],
)
def test_whatever_may_differ(sides: Path, edit: Callable[[Path], object]) -> None:
    edit(sides)
    assert not are_same(str(sides), "old", "new")


def test_folders_without_a_document(tmp_path: Path) -> None:
    """They are no sides, and that is to be said."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    assert not are_same(str(tmp_path), "old", "new")
    for name in ("old", "new"):
        (tmp_path / name / "notes.yml").write_text("a: 1")
    assert not are_same(str(tmp_path), "old", "new")


@pytest.mark.parametrize(
    "text",
    [
        '$ref: "../elsewhere.yml"',
        "$ref: ../elsewhere.yml",
        "{$ref: a/../../elsewhere.yml}",
        "$ref:\n  ../elsewhere.yml",
        '$ref: "%2e%2E/elsewhere.yml"',
        '$ref: "\\u002e\\u002e/elsewhere.yml"',
        '$ref: "\\x2e./elsewhere.yml"',
        '$ref: "..\\/elsewhere.yml"',
        '$ref: "..%2Felsewhere.yml"',
        '$ref: "..\\\n  /elsewhere.yml"',
        '$ref: ".\\t./elsewhere.yml"',
        '$ref: "\\t../elsewhere.yml"',
        '$ref: ".\\n\\n./elsewhere.yml"',
        '$ref: ".\t./elsewhere.yml"',
        '$ref: ". ./elsewhere.yml"',
        "$ref: |\n  .\n  ./elsewhere.yml",
        '$ref: "\\u0009../elsewhere.yml"',
        "$ref: &a ../elsewhere.yml",
        "- ../elsewhere.yml",
    ],
)
def test_what_leads_out(sides: Path, text: str) -> None:
    """It leads to the same file from folders that stand side by side, and from no others."""
    on_both(text)(sides)
    assert are_same(str(sides), "old", "new")
    (sides / "other").mkdir()
    (sides / "new").rename(sides / "other" / "new")
    assert not are_same(str(sides), "old", "other/new")
    (sides / "new").symlink_to(sides / "other" / "new")
    assert not are_same(str(sides), "old", "new")


def test_folders_apart(sides: Path) -> None:
    """Dots that are no segment of a path cost the quick way only where there are two."""
    on_both("description: a. b. /c ./d")(sides)
    (sides / "other").mkdir()
    (sides / "new").rename(sides / "other" / "new")
    assert are_same(str(sides), "old", "other/new")


def test_a_file_and_a_folder(sides: Path) -> None:
    assert not are_same(str(sides), "old", "new/flow.arazzo.json")
    assert not are_same(str(sides), "old", "nothing") and not are_same(str(sides), "old", None)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path / "p")
    project = tmp_path / "p"
    (project / "arazzoc.toml").write_text('output = "out"\n[[module]]\ndocument = "*.arazzo.json"\n')
    command = [sys.executable, "-m", "arazzoc", "generate", "-q"]
    subprocess.run(command, cwd=project, env=environment(), check=True)
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    return project


@needs_git
def test_a_project_as_in_a_revision(repository: Path) -> None:
    assert are_same(str(repository), "HEAD", None)
    assert not are_same(str(repository), "nothing", None) and not are_same(str(repository), "--output=x", None)
    (repository / "notes.txt").write_text("not of a workflow")
    assert are_same(str(repository), "HEAD", None)


def uncommitted(project: Path) -> None:
    git(project, "rm", "-q", "--cached", "openapi.json")


def committed(project: Path) -> None:
    (project / "openapi.json").write_text(json.dumps(API, indent=2))
    subprocess.run([sys.executable, "-m", "arazzoc", "generate", "-q"], cwd=project, env=environment(), check=True)


def one_more(project: Path) -> None:
    shutil.copy(project / "flow.arazzo.json", project / "more.arazzo.json")
    subprocess.run([sys.executable, "-m", "arazzoc", "generate", "-q"], cwd=project, env=environment(), check=True)


@needs_git
@pytest.mark.parametrize("edit", [append("openapi.json", " "), append("x.yml", "a"), uncommitted, committed, one_more])
def test_a_project_that_has_changed(repository: Path, edit: Callable[[Path], object]) -> None:
    edit(repository)
    is_of_nobody = (repository / "x.yml").exists()  # git does not know it, and no module is made from it
    assert are_same(str(repository), "HEAD", None) == is_of_nobody


@needs_git
@pytest.mark.parametrize("arguments", [("old", "new"), ("HEAD",)])
def test_nothing_is_loaded(sides: Path, repository: Path, arguments: tuple[str, ...]) -> None:
    code = "import sys; from arazzoc.cli import main; main(sys.argv[1:]); loaded = sys.modules; "
    code += "sys.exit(any(name in loaded for name in ('yaml', 'msgspec', 'jinja2', 'subprocess', 'arazzoc.commands')))"
    folder = sides if len(arguments) == 2 else repository
    if len(arguments) == 2:
        shutil.rmtree(repository)
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        [*command, "diff", *arguments], cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 0 and done.stdout == b"", done.stderr


def test_the_workflow_for_pull_requests() -> None:
    """It is YAML, and every `arazzoc` in it is a command that there is."""
    from arazzoc.commands import parser

    tree = yaml.safe_load((ROOT / "docs" / "github" / "diff.yml").read_text())
    runs = [step["run"] for step in tree["jobs"]["diff"]["steps"] if "run" in step]
    commands = [run.partition(" > ")[0].replace('"', "").split()[1:] for run in runs if run.startswith("arazzoc ")]
    assert len(commands) == 2
    for command in commands:
        assert parser().parse_args(command).old == "origin/$GITHUB_BASE_REF"
