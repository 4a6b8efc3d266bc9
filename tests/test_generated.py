"""`generated/` is what the examples compile to, and every generated module satisfies the type checkers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arazzoc.config import ENGINES, Config, Extra
from building import SUPPORT, api_of, compile_documents, compile_path, workflow_of
from conftest import EXAMPLE, ROOT
from test_cases import compare

BATCH, LIFECYCLE = (EXAMPLE / f"{name}.arazzo.yml" for name in ("openai-batch-job", "batch-lifecycle"))
SHARED = Config(support="batch_support", engines=ENGINES)


def test_generated_is_fresh(update: bool) -> None:
    """`make generated`: the batch job by itself, the lifecycle with a support that others can share."""
    alone = compile_path(BATCH, is_formatted=True)
    shared = compile_path(LIFECYCLE, config=SHARED, is_formatted=True)
    texts = {"openai_batch_job": alone.text, "batch_lifecycle": shared.text, "batch_support": shared.support}
    texts |= {f"batch_lifecycle_{engine}": text for engine, text in shared.beside}
    assert {p.stem for p in (ROOT / "generated").glob("*.py")} <= texts.keys()
    for name, text in texts.items():
        compare(ROOT / "generated" / f"{name}.py", text, update)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All golden modules, each under the name of its case, and `generated/`: a package each."""
    folder = tmp_path_factory.mktemp("modules")
    shutil.copytree(ROOT / "generated", folder / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "cases").mkdir()
    shutil.copy(ROOT / "tests" / "cases" / f"{SUPPORT}.py", folder / "cases")
    for path in sorted((ROOT / "tests" / "cases").glob("*/expected.py")):
        shutil.copy(path, folder / "cases" / f"{path.parent.name.replace('-', '_')}.py")
    everything = frozenset[Extra](("command", "many"))
    for name, config in {"all": Config(extras=everything), "wide": Config(extras=everything, line_length=120)}.items():
        text = compile_path(LIFECYCLE, config=config, is_formatted=True).text
        (folder / f"{name}.py").write_text(str(text))
    for name, text in engine_texts(folder).items():
        (folder / "engines" / name).write_text(text)
    for package in ("generated", "cases", "engines"):
        (folder / package / "__init__.py").write_text("")
    return folder


def engine_texts(folder: Path) -> dict[str, str]:
    """Modules on engines whose workflows have inputs of all kinds, and odd names."""
    (folder / "engines").mkdir()
    token, name = {"type": "string", "format": "password"}, {"type": ["string", "null"]}
    kinds: dict[str, dict[str, object]] = {
        "main": {},
        "connect": {"token": token, "name": name, "state": {"type": "string"}, "done": {"type": "boolean"}},
        "class": {"token": {"type": "object", "properties": {"a": {}}, "format": "password"}, "key": token},
        "defaults": {"a": {"default": [1]}, "b": {"type": "integer", "default": 5}, "c": {"enum": ["x", "y"]}},
    }
    steps = [{"stepId": "get", "operationId": "get"}]
    document = workflow_of(*steps)
    document["workflows"] = []
    for key, properties in kinds.items():
        required = ["state", "c"] if key in ("connect", "defaults") else []
        inputs = {"type": "object", "properties": properties, "required": required}
        query = [{"name": n, "in": "query", "value": f"$inputs.{n}"} for n in properties]
        extra = {"inputs": inputs, "parameters": query} if properties else {}
        document["workflows"].append({"workflowId": key, "steps": steps, **extra})
    api = api_of(("get", "/things", "get"))
    config = {"engines": ENGINES, "support": SUPPORT}
    made = compile_documents(folder, document, api, is_formatted=True, **config)
    assert made.text is not None, made.messages
    texts = {f"workflow_{engine}.py": text for engine, text in made.beside}
    return {"workflow.py": made.text, f"{SUPPORT}.py": made.support, **texts}


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


def test_ruff(modules: Path) -> None:
    """With its default rules, and its formatter at the same width."""
    run("ruff", "check", "--isolated", ".", cwd=modules)
    run("ruff", "format", "--isolated", "--check", "--exclude", "wide.py", ".", cwd=modules)
    run("ruff", "format", "--isolated", "--check", "--line-length", "120", "wide.py", cwd=modules)


def test_black_has_nothing_to_change(modules: Path) -> None:
    run("black", "--check", "--quiet", "--exclude", "wide.py", ".", cwd=modules)
    run("black", "--check", "--quiet", "--line-length", "120", "wide.py", cwd=modules)


@pytest.mark.parametrize("width", [72, 88, 120])
def test_what_arazzoc_lays_out_keeps_to_the_width(width: int) -> None:
    """Comments, docstrings and messages; a name or a text of the document without blanks can be longer."""
    text = compile_path(LIFECYCLE, config=Config(line_length=width), is_formatted=True).text
    upper = str(text).partition("# Run-time support")[0]
    long = [line for line in upper.splitlines() if len(line) > width]
    assert not long
