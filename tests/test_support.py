"""The run-time support: parts that are fixed texts, and modules that hold a part whole or not at all."""

from __future__ import annotations

import ast
import builtins
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import arazzoc.emit.module as module_text
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.emit.names import snake_case
from arazzoc.emit.naming import choose_names
from arazzoc.emit.support import CORE, PARTS, client_names, import_lines, library, names_of_class
from arazzoc.emit.uses import Uses
from arazzoc.pipeline import compile_file
from arazzoc.sources import Library
from building import SUPPORT, api_of, compile_documents, compile_path, load, workflow_of
from conftest import EXAMPLE, ROOT
from test_cases import CASES
from wire import Wire

COMPILED = [case for case in CASES if (case / "expected.py").exists()]
DOCUMENTS = [*(next(case.glob("workflow.*")) for case in COMPILED), *sorted(EXAMPLE.glob("*.arazzo.yml"))]


def alone(part: str) -> str:
    """A part with all that it needs."""
    parts = library().closure([part])
    imports = [line for lines in import_lines(library().imports(parts)) for line in (*lines, "")]
    head = "\n".join(["from __future__ import annotations", "", *imports, ""])
    return module_text.formatted(f"{head}\n\n{library().text(parts)}", 88)


def test_parts_are_the_files_after_their_imports() -> None:
    for name in PARTS:
        source = (ROOT / "generator" / "arazzoc" / "runtime" / f"{name}.py").read_text("utf-8")
        assert source.endswith("\n" + library().parts[name].text), name
        assert "arazzoc" not in library().parts[name].text
        assert library().parts[name].text.startswith("# Run-time support: ")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.parent.name if p.stem == "workflow" else p.name)
def test_modules_hold_whole_parts(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text per part: no module has another one, and every name that it uses is in a part that it holds."""
    monkeypatch.chdir(document.parent)
    text = compile_path(Path(document.name), config=Config(extras=frozenset({"command", "many"}))).text
    assert text is not None
    held = [name for name in PARTS if library().parts[name].text in text]
    assert set(CORE) <= set(held)
    assert library().text(held) in text
    assert text.count("# Run-time support: ") == len(held)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.parent.name if p.stem == "workflow" else p.name)
def test_what_is_recorded_is_what_is_written(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The imports of a module with shared support are the names that it reads, no more and no less."""
    monkeypatch.chdir(document.parent)
    result = compile_path(Path(document.name), config=Config(support=SUPPORT))
    assert result.text is not None
    tree = ast.parse(result.text)
    imported = {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom | ast.Import) for a in n.names}
    exported = next(ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign))
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | set(exported)
    assert imported - {"annotations"} <= read
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    defined |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    defined |= {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    assert read - own - defined - imported <= set(vars(builtins))


@pytest.mark.slow
def test_names_of_the_support_are_those_that_its_modules_have() -> None:
    for name in PARTS:
        namespace: dict[str, Any] = {"__name__": f"part_{name}"}
        sys.modules.setdefault(f"part_{name}", sys.modules[__name__])
        before = alone(name)
        exec(compile(before, f"{name}.py", "exec"), namespace)
        missing = [public for public in library().parts[name].defined if public not in namespace]
        assert not missing, name


def test_private_names_are_private() -> None:
    """What one part takes from another has no underscore, and neither has what generated code takes."""
    for name in PARTS:
        tree = ast.parse((ROOT / "generator" / "arazzoc" / "runtime" / f"{name}.py").read_text("utf-8"))
        taken = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names]
        assert not [t for t in taken if t.startswith("_")], name
    names = [public for part in PARTS for public in library().parts[part].defined]
    assert len(names) == len(set(names)), "no name hides another"


@pytest.mark.parametrize("name", sorted(client_names() - {"self"}))
def test_sources_and_credentials_that_are_called_like_the_client(tmp_path: Path, wire: Wire, name: str) -> None:
    """Whatever the client has, or will have, a source of that name gets another argument."""
    document = workflow_of({"stepId": "a", "operationId": "a"})
    document["sourceDescriptions"][0]["name"] = name
    api = api_of(("get", "/a", "a"), securitySchemes={name: {"type": "http", "scheme": "bearer"}})
    api["security"] = [{name: []}]
    module = compile_documents(tmp_path, document, api).module
    known = library().parts["client"].text
    own = [field for field in module.Client.__dataclass_fields__ if f"    {field}: " not in known]
    assert len(own) == 2
    module.run_flow(module.Client(**{own[0]: wire.url, own[1]: "secret"}))
    assert wire.last.headers["Authorization"] == "Bearer secret"


def test_a_name_that_the_client_gets_later_is_avoided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read from the text of the support, not from a list that somebody has to keep."""
    (tmp_path / "workflow.yml").write_text(
        json.dumps(
            {
                **workflow_of({"stepId": "a", "operationId": "a"}),
                "sourceDescriptions": [{"name": "userAgent", "url": "openapi.yml"}],
            }
        )
    )
    (tmp_path / "openapi.yml").write_text(json.dumps(api_of(("get", "/a", "a"))))
    program = compile_file(tmp_path / "workflow.yml", Config(), Library(Report()))
    assert program is not None
    [before] = choose_names(program, 88).sources.values()
    text = library().parts["client"].text.replace("    max_steps: int", "    user_agent: str = ''\n    max_steps: int")
    monkeypatch.setattr("arazzoc.emit.naming.client_names", lambda: names_of_class(text, "BaseClient"))
    [after] = choose_names(program, 88).sources.values()
    assert (before.argument, after.argument) == ("user_agent", "user_agent_url")


def test_inputs_that_are_called_like_the_support(tmp_path: Path) -> None:
    names = sorted(n for part in PARTS for n in library().parts[part].defined if snake_case(n) == n)
    step = {
        "stepId": "a",
        "operationId": "a",
        "parameters": [{"name": n, "in": "query", "value": f"$inputs.{n}"} for n in names],
    }
    document = workflow_of(step, inputs={"type": "object", "properties": {n: {} for n in names}})
    module = compile_documents(tmp_path, document, api_of(("get", "/a", "a"))).module
    assert len(module.FlowInputs.__dataclass_fields__) == len(names)


def test_shared_support_gives_the_same_classes(tmp_path: Path) -> None:
    """Two modules with one support: one `except WorkflowError` is enough."""
    config = Config(support=SUPPORT)
    first = compile_path(EXAMPLE / "openai-batch-job.arazzo.yml", config=config)
    second = compile_path(EXAMPLE / "batch-lifecycle.arazzo.yml", config=config)
    one, other = load(str(first.text), first.support), load(str(second.text), second.support)
    for name in (*module_text.ERRORS, "Polling", "Progress", "StepResult"):
        assert getattr(one, name) is getattr(other, name)
    assert one.Client is not other.Client and one.Client.__base__ is other.Client.__base__


def checked(folder: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command, "."], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_support_is_small_enough_to_be_read_at_once() -> None:
    lines = {name: part.text.count("\n") for name, part in library().parts.items()}
    assert sum(lines[name] for name in CORE) <= 1443, lines  # to be 900; never more than it is
    assert sum(lines.values()) <= 3411, lines  # to be 2,000; never more than it is


@pytest.mark.slow
def test_the_support_is_formatted_at_every_width(tmp_path: Path) -> None:
    """Black, which writes it, and ruff, by which others check it, agree; at narrower widths they need not."""
    for width in (79, 80, 88, 90, 95, 99, 100, 110, 120, 140, 160, 200):
        text = module_text.emit_support(frozenset(PARTS), module_text.Form(width=width))
        (tmp_path / "support.py").write_text(text)
        checked(tmp_path, "ruff", "format", "--isolated", "--check", "--quiet", "--line-length", str(width))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    for name in PARTS:
        (folder / f"{name}_alone.py").write_text(alone(name))
    return folder


@pytest.mark.slow
def test_every_part_satisfies_mypy(parts: Path) -> None:
    checked(parts, "mypy", "--strict", "--no-incremental")


@pytest.mark.slow
def test_every_part_satisfies_pyright(parts: Path) -> None:
    (parts / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    checked(parts, "pyright", "--pythonpath", sys.executable)


@pytest.mark.slow
def test_every_part_satisfies_ruff(parts: Path) -> None:
    checked(parts, "ruff", "check", "--isolated")
    checked(parts, "ruff", "format", "--isolated", "--check", "--quiet")


def test_unknown_names_are_bugs() -> None:
    with pytest.raises(KeyError):
        Uses().name("no_such_name")
