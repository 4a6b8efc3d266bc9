"""`generated/` is what the examples compile to, and every generated module satisfies the type checkers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from building import compile_path
from conftest import EXAMPLE, ROOT
from test_cases import compare

DOCUMENTS = sorted(EXAMPLE.glob("*.arazzo.yml"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_generated_is_fresh(document: Path, update: bool) -> None:
    name = document.name.removesuffix(".arazzo.yml").replace("-", "_")
    compare(ROOT / "generated" / f"{name}.py", compile_path(document).text, update)


def test_generated_holds_nothing_else() -> None:
    names = {d.name.removesuffix(".arazzo.yml").replace("-", "_") + ".py" for d in DOCUMENTS}
    assert {p.name for p in (ROOT / "generated").glob("*.py")} == names


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All golden modules in one folder, each under the name of its case."""
    folder = tmp_path_factory.mktemp("modules")
    for path in sorted((ROOT / "tests" / "cases").glob("*/expected.py")):
        shutil.copy(path, folder / f"{path.parent.name.replace('-', '_')}.py")
    for path in sorted((ROOT / "generated").glob("*.py")):
        shutil.copy(path, folder / path.name)
    return folder


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_mypy_strict(modules: Path) -> None:
    run("mypy", "--strict", "--no-incremental", ".", cwd=modules)


@pytest.mark.slow
def test_pyright_strict(modules: Path) -> None:
    (modules / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    run("pyright", "--pythonpath", sys.executable, ".", cwd=modules)


@pytest.mark.slow
def test_ruff(modules: Path) -> None:
    run("ruff", "check", "--isolated", "--ignore", "N818", ".", cwd=modules)


def test_black_has_nothing_to_change(modules: Path) -> None:
    run("black", "--check", "--quiet", ".", cwd=modules)
