"""The documents: what they cite exists, and what they quote is what the compiler and the generated modules say."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import Struct

import arazzoc.emit.module as module_text
import batch
from arazzoc import commands
from arazzoc.config import EXTRAS, Config
from arazzoc.diagnostics import Report
from arazzoc.emit.calls import Calls
from arazzoc.emit.naming import choose_names
from arazzoc.emit.types import TypeNames
from arazzoc.emit.uses import Uses
from arazzoc.pipeline import compile_file, resolve_file
from arazzoc.render.text import render_report
from arazzoc.sources import Library
from building import compile_path
from conftest import EXAMPLE, ROOT

BATCH = EXAMPLE / "openai-batch-job.arazzo.yml"
README, ARCHITECTURE = ROOT / "README.md", ROOT / "docs" / "architecture.md"
PAGES = [README, ARCHITECTURE, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "decisions.md"]
PAGES += sorted((ROOT / "examples").glob("*/README.md"))


def blocks(page: Path, language: str = "python") -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def quoted_lines(page: Path) -> list[str]:
    """The lines that are indented by four blanks, outside fenced blocks and lists."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    return re.findall(r"^    (.+)", text, re.M)


def test_every_decision_that_is_cited_is_explained() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    headings = re.findall(r"^### (AMB-\d+): \S", text, re.M)
    files = [p for folder in ("generator", "tests") for p in (ROOT / folder).rglob("*.py") if "cases" not in p.parts]
    cited: set[str] = set()
    for path in files:
        for first, last in re.findall(r"AMB-(\d+)(?: to AMB-(\d+))?", path.read_text("utf-8")):
            cited |= {f"AMB-{n:02}" for n in range(int(first), int(last or first) + 1)}
    assert cited - set(headings) == set()
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"AMB-\d+", text)) == set(headings), "a reference leads to a heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_rule_that_is_cited_exists(page: Path) -> None:
    from arazzoc.rules import RULES

    assert set(re.findall(r"ARZ\d+", page.read_text("utf-8"))) <= {rule.code for rule in RULES}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_that_is_linked_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Names in backquotes with a folder of the compiler, of its tests or of the templates, and bare file names."""
    names = re.findall(r"`((?:[\w-]+/)*[\w.-]+\.(?:py|j2|md|yml|toml))`", page.read_text("utf-8"))
    known = {str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if ".venv" not in p.parts and p.is_file()}
    made_up = {
        "NAME.py",
        "support.py",
        "clients/NAME.py",
        "json.arazzo.yml",
        "json_workflow.py",
        "openapi.yml",
        "workflow.yml",
    }
    missing = {n for n in names if not any(k == n or k.endswith(f"/{n}") for k in known)}
    assert missing <= made_up


# Generated code


@pytest.mark.parametrize("page", [README, ARCHITECTURE], ids=lambda p: p.name)
def test_generated_code_that_is_quoted_is_in_a_generated_module(page: Path) -> None:
    generated = [path.read_text("utf-8") for path in (ROOT / "generated").glob("*.py")]
    code = [block for block in blocks(page) if not block.startswith(("from ", "# "))]
    assert code
    for block in code:
        assert any(block in text for text in generated), block


def test_the_program_in_the_readme_uses_what_the_module_exports() -> None:
    [program] = [block for block in blocks(README) if block.startswith("from ")]
    module = compile_path(BATCH, config=Config(extras=frozenset({"many"}))).module
    tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert {alias.name for alias in node.names} <= set(module.__all__)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[0].isupper():
            fields = getattr(getattr(module, node.func.id, None), "__dataclass_fields__", None)
            assert fields is None or {word.arg for word in node.keywords} <= set(fields)


def test_what_the_readme_names_is_there() -> None:
    module = compile_path(BATCH, config=Config(extras=frozenset({"many"}))).module
    text = README.read_text("utf-8")
    options = set(re.findall(r"`Client\((\w+)=", text))
    assert options and options <= set(module.Client.__dataclass_fields__)
    for name in ("WorkflowError", "Polling", "BatchJobState", "run_many", "poll_batch"):
        assert re.search(rf"`{name}\b", text) and hasattr(module, name)
    for name in ("step_polling", "sleep", "clock"):
        assert f"`{name}`" in text and name in module.Client.__dataclass_fields__


# The command line


def known_options() -> set[str]:
    """The options of all verbs, and those of the program among the examples."""
    pending, found = [commands.parser(), batch.parser()], set[str]()
    while pending:
        for action in pending.pop()._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                pending += action.choices.values()
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_option_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    of_modules = {"--state", "--force-state", "--help", "--poll-interval", "--poll-timeout", "--save"}
    of_pytest = {"--update"}
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert options <= known_options() | of_modules | of_pytest
    for extra in re.findall(r"--with ([a-z]+)", text):
        assert extra in EXTRAS


@pytest.mark.parametrize("page", [README, *sorted((ROOT / "examples").glob("*/README.md"))], ids=lambda p: str(p))
def test_commands_that_are_shown_can_be_read(page: Path) -> None:
    shown = [line.partition("  #")[0].strip() for line in quoted_lines(page) if re.match(r"(\$ )?arazzoc ", line)]
    assert shown
    for line in shown:
        commands.parser().parse_args(line.removeprefix("$ ").split()[1:])


# Diagnostics and the demo


@lru_cache(maxsize=1)
def findings() -> str:
    report = Report()
    compile_file(BATCH, Config(), Library(report))
    return render_report(report)


@pytest.mark.parametrize("page", [README, ARCHITECTURE], ids=lambda p: p.name)
def test_diagnostics_that_are_quoted_are_those_of_the_compiler(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lines = [line for line in quoted_lines(page) if line.startswith(("warning[", "error[", "note[", "  --> "))]
    assert lines
    assert "\n".join(lines) in findings()


@pytest.mark.slow
def test_what_the_readme_shows_of_the_demo_is_what_it_prints() -> None:
    command = [sys.executable, str(EXAMPLE / "demo.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = quoted_lines(README)
    first, brace, last = (lines.index(line) for line in ("uploadInput: POST /v1/files -> 200", "{", "}"))
    assert "\n".join(lines[first:brace]) + "\n" in done.stderr
    assert "\n".join(lines[brace : last + 1]) + "\n" in done.stdout


@pytest.mark.slow
def test_the_last_ten_lines_of_the_demo_show_the_program() -> None:
    command = [sys.executable, str(EXAMPLE / "demo.py")]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    last = done.stdout.splitlines()[-10:]
    assert "python examples/openai-batch/batch.py run examples/openai-batch/prompts.csv --endpoint chat" in last[0]
    assert last[-1].startswith("batch_1 completed: 4 requests, 3 answered, 1 refused, 0 expired, ")


def test_the_program_in_the_readme_can_be_called_so() -> None:
    [line] = [line for line in quoted_lines(README) if "batch.py " in line]
    batch.parser().parse_args(line.partition("batch.py ")[2].split())


# One step on its way


class Recorded(NamedTuple):
    """An object as a page shows it: its class, and the fields that are mentioned."""

    kind: str
    fields: Mapping[str, Any]


def recorded(node: ast.expr) -> Any:
    """Read an expression of calls with keyword arguments, tuples and constants."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return Recorded(node.func.id, {str(word.arg): recorded(word.value) for word in node.keywords})
    if isinstance(node, ast.Tuple):
        return tuple(recorded(item) for item in node.elts)
    return ast.literal_eval(node)


def differences(shown: Any, real: Any, place: str) -> list[str]:
    """Where an object is not what a page shows of it; fields that the page leaves out do not count."""
    if isinstance(shown, Recorded):
        if type(real).__name__ != shown.kind:
            return [f"{place}: {type(real).__name__}, not {shown.kind}"]
        return [
            d
            for name, value in shown.fields.items()
            for d in differences(value, getattr(real, name), f"{place}.{name}")
        ]
    if isinstance(shown, tuple):
        if not isinstance(real, tuple) or len(shown) != len(real):
            return [f"{place}: {real!r}"]
        return [
            d
            for number, pair in enumerate(zip(shown, real, strict=True))
            for d in differences(*pair, f"{place}[{number}]")
        ]
    return [] if shown == real else [f"{place}: {real!r}, not {shown!r}"]


def stages() -> dict[str, object]:
    """What each stage makes of the step pollBatch."""
    resolved = resolve_file(BATCH, Config(), Library(Report()))
    program = compile_file(BATCH, Config(), Library(Report()))
    assert resolved is not None and program is not None
    names, uses = choose_names(program, module_text.WIDTH), Uses()
    types, calls = TypeNames(program.types, names.names, uses), Calls(program, names, uses)
    view = module_text._module_view(program, names, module_text.Form(), types, calls)
    step = resolved.workflows[0].steps[2]
    return {
        "the model": step.step,
        "resolved": step,
        "the IR": program.workflows[0].steps[2],
        "the view": view.workflows[0].steps[2],
    }


def test_what_the_architecture_shows_of_each_stage_is_true() -> None:
    shown = {block.partition("\n")[0].removeprefix("# "): block for block in blocks(ARCHITECTURE) if block[0] == "#"}
    real = stages()
    assert shown.keys() == real.keys()
    for name, block in shown.items():
        expression = ast.parse(block.strip()).body[0]
        assert isinstance(expression, ast.Expr) and isinstance(real[name], Struct)
        assert differences(recorded(expression.value), real[name], name) == []


def test_yaml_that_the_architecture_quotes_is_in_the_document() -> None:
    text = BATCH.read_text("utf-8")
    assert all(block in text for block in blocks(ARCHITECTURE, "yaml"))


def test_the_architecture_lists_all_modules_of_the_emitter_and_all_parts() -> None:
    from arazzoc.emit.support import PARTS

    text = ARCHITECTURE.read_text("utf-8")
    emit = {p.name for p in (ROOT / "generator" / "arazzoc" / "emit").glob("*.py")} - {"__init__.py"}
    assert not [name for name in emit if f"`{name}`" not in text]
    assert not [name for name in PARTS if f"`{name}`" not in text]


def test_no_file_holds_the_marks_of_a_merge() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in (".md", ".py", ".toml", ".yml", ".txt") and path.is_file():
            lines = path.read_bytes().splitlines()
            assert not any(line.startswith((b"<" * 7 + b" ", b">" * 7 + b" ")) for line in lines), name
