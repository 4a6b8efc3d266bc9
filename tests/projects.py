"""Projects that tests make: small documents, a configuration, and arazzoc as a process."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from arazzoc.output import write
from arazzoc.project import build
from building import api_of, workflow_of
from conftest import ROOT

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
API = api_of(("get", "/things/{id}", "getThing"), ("post", "/things", "addThing"))


def flow(name: str, **fields: Any) -> dict[str, Any]:
    """A document whose workflow asks for one thing."""
    step = {
        "stepId": "get_it",
        "operationId": "getThing",
        "parameters": [{"name": "id", "in": "path", "value": "$inputs.id"}],
        "outputs": {"name": "$response.body#/name"},
    }
    inputs = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    document = workflow_of(step, inputs=inputs, outputs={"name": "$steps.get_it.outputs.name"}, **fields)
    document["info"]["title"] = name
    return document


def write_documents(folder: Path, names: Sequence[str]) -> None:
    """Documents in `flows`, and the API that all of them use."""
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "flows" / "openapi.yml").write_text(json.dumps(API, indent=1))
    for name in names:
        (folder / "flows" / f"{name}.arazzo.yml").write_text(json.dumps(flow(name), indent=1))


def write_project(
    folder: Path, names: Sequence[str], general: str = 'output = "clients"\nsupport = "support"\n'
) -> Path:
    """A project with a module for each name."""
    write_documents(folder, names)
    modules = "".join(f'\n[[module]]\ndocument = "flows/{name}.arazzo.yml"\n' for name in names)
    (folder / "arazzoc.toml").write_text(general + modules)
    return folder


def change(folder: Path, name: str, title: str) -> None:
    """Change the title of a document, which is in the module's docstring."""
    (folder / "flows" / f"{name}.arazzo.yml").write_text(json.dumps(flow(title), indent=1))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "generator")}


def arazzoc(folder: Path, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run arazzoc in a folder, as a process."""
    command = [sys.executable, "-m", "arazzoc", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False, input=given, timeout=120
    )


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as somebody whose settings are none."""
    settings = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/"]
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(list(arguments)) == status
    captured = capsys.readouterr()
    return captured.err + captured.out


class Killed(BaseException):
    """As if the process had been killed."""


def kill_after(writes: int, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Generate in this process, which ends after so many files were written."""
    left = [writes]

    def counted(path: Path, text: str) -> None:
        if left[0] == 0:
            path.with_name(f".arazzoc-{path.name}.abcd1234").write_text(text[: len(text) // 2])
            raise Killed
        left[0] -= 1
        write(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(build, "write", counted)
        with contextlib.suppress(Killed):
            main(["generate", *arguments])
