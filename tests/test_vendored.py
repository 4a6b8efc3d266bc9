"""`examples/vendored`, the project of a user: its own tests and checks pass, and its clients are fresh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from arazzoc.cli import main
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.pipeline import generate_file, support_file
from arazzoc.sources import Library
from conftest import ROOT
from test_cases import compare

PROJECT = ROOT / "examples" / "vendored"
DOCUMENTS = sorted((PROJECT / "documents").glob("*.arazzo.yml"))


def run(*command: str, cwd: Path = PROJECT) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_clients_are_fresh(update: bool) -> None:
    """`make generated`: a module per document, and one support for both."""
    config = Config(support="support")
    library = Library(Report())
    modules = [file for path in DOCUMENTS if (file := generate_file(path, config, library)) is not None]
    files = {file.name: file.text for file in (*modules, support_file(modules, config))}
    clients = PROJECT / "clients"
    assert {path.name for path in clients.glob("*.py")} == {"__init__.py", *files}
    for name, text in files.items():
        compare(clients / name, text, update)


def test_its_lock_file_is_fresh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As its user would ask; where it is not, `make generated` mends it."""
    monkeypatch.chdir(PROJECT)
    assert main(["generate", "--check"]) == 0, capsys.readouterr()


def test_its_tests_pass() -> None:
    run("pytest", "-q", "-p", "no:cacheprovider")


def test_ruff() -> None:
    """With the default rules; the generated clients are not excluded."""
    run("ruff", "check", "--isolated", ".")
    run("ruff", "format", "--isolated", "--check", ".")


def test_its_own_settings_are_the_defaults() -> None:
    """What the checks of this repository say of it is what its user would see."""
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


@pytest.mark.slow
def test_mypy_strict() -> None:
    run("mypy", "--no-incremental")


@pytest.mark.slow
def test_pyright_strict() -> None:
    run("pyright", "--pythonpath", sys.executable)
