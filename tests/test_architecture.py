"""How the modules of the compiler depend on each other, read from their import statements."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import arazzoc

PACKAGE = Path(arazzoc.__file__).parent


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(path): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("runtime", "emit")
}


def imports(name: str) -> set[str]:
    """The modules of the compiler that a module imports, those that it imports inside functions included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, f"{name}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in FILES else node.module)
    return {module for module in found if module.startswith("arazzoc")}


IMPORTS = {name: imports(name) for name in FILES}


def test_no_modules_import_each_other() -> None:
    graph = {name: {module for module in found if module in FILES} for name, found in IMPORTS.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("stage", "forbidden"),
    [
        ("ir", ("openapi", "arazzo", "resolve", "lower", "check", "emit", "analysis")),
        ("openapi", ("arazzo", "resolve", "lower", "ir", "emit", "check", "analysis")),
        ("expressions", ("openapi", "arazzo", "resolve", "lower", "ir", "emit", "check", "analysis")),
        ("arazzo", ("openapi", "resolve", "lower", "ir", "emit", "check", "analysis")),
        ("resolve", ("lower", "ir", "emit", "check", "analysis")),
        ("analysis", ("openapi", "arazzo", "resolve", "lower", "check", "emit")),
        ("check", ("lower", "emit")),
        ("lower", ("check", "emit", "bundle")),
        ("pipeline", ("bundle", "difference")),
        ("bundle", ("lower", "check", "emit", "analysis", "ir", "difference")),
    ],
)
def test_a_stage_does_not_import_later_ones(stage: str, forbidden: tuple[str, ...]) -> None:
    for name, found in IMPORTS.items():
        if name.split(".")[1:2] == [stage]:
            wrong = [module for module in found if module.split(".")[1:2] and module.split(".")[1] in forbidden]
            assert not wrong, f"{name} imports {', '.join(wrong)}"
