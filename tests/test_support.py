"""Splicing: a module gets the run-time support that it reaches, whatever features it has."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from arazzoc.emit.features import FEATURES, with_implied
from arazzoc.emit.lines import by_black
from arazzoc.emit.quote import Code
from arazzoc.emit.support import (
    MODULES,
    ClientParts,
    CredentialName,
    SourceName,
    runtime_text,
    splice,
    support_names,
    top_level,
)

PARTS = ClientParts(
    (SourceName("first_api", "https://one.test"), SourceName("second_api", None)),
    (CredentialName("token", "bearer"), CredentialName("login", "basic")),
)
CALLS = {
    "keys": ("Run.key", "Run.leave"),
    "vias": ("Run.gave_up", "Run.beforehand"),
    "needs": ("Run.needs",),
    "nested": ("Run.inner", "call", "own_outputs"),
    "deadlines": ("Client.within",),
    "timeouts": ("Client.send",),
}

ALL_CALLS = ", ".join(name for names in CALLS.values() for name in names)


def module_of(upper: str, features: frozenset[str] = frozenset()) -> str:
    support = splice(ast.parse(upper), features, PARTS)
    return "\n".join([*sorted(support.imports), support.code])


def test_only_what_is_named_is_taken() -> None:
    text = module_of("value = at({}, 'a')")
    assert "def at(" in text
    assert "class " not in text and "import" not in text.replace("from typing import Any", "")


def test_methods_that_nothing_calls_are_left_out() -> None:
    text = module_of("client: Client\nexchange = client.send()\nexchange.failed('x')")
    assert "def failed(" in text and "def detail(" in text and "def __enter__(" in text
    assert "def required(" not in text and "def succeeded(" not in text


def test_each_source_is_an_argument() -> None:
    text = module_of("Client")
    assert 'first_api: str = "https://one.test"' in text
    assert "second_api: str," in text
    assert "token: Token | None = None" in text and "login: tuple[str, str] | None = None" in text
    assert "base_url" not in text and "localhost" not in text


def test_no_word_of_the_compiler_reaches_a_module() -> None:
    text = module_of("Client, Run, run_command, multipart_body", frozenset(FEATURES))
    assert "arazzoc" not in text and "# only" not in text and "# each" not in text and "# end" not in text


def test_statements_are_told_apart_as_the_parser_does() -> None:
    for module in MODULES:
        text = runtime_text(module)
        found = [(name, ast.dump(node)) for name, part in top_level(text) for node in ast.parse(part).body]
        assert found == [(defined(node), ast.dump(node)) for node in ast.parse(text).body[1:]], module


def defined(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.Import() | ast.ImportFrom():
            return ""
        case _:
            raise AssertionError(ast.dump(node))


def test_every_mark_names_a_feature() -> None:
    for module in MODULES:
        for line in runtime_text(module).splitlines():
            if "# only:" in line:
                assert line.rpartition("# only: ")[2] in FEATURES, line


@pytest.mark.slow
def test_every_choice_of_features_satisfies_mypy(tmp_path: Path) -> None:
    upper = "Client.send, Run.wait, Exchange, StepFailed, json_body, multipart_body"
    all_but_one = ([f for f in FEATURES if f != left_out] for left_out in FEATURES)
    choices = [(), FEATURES, *((f,) for f in FEATURES), *all_but_one]
    for number, chosen in enumerate(choices):
        features = with_implied(chosen)
        wanted = upper if "polling" in features else upper.replace("Run.wait", "Run")
        wanted = wanted if "body" in features else wanted.replace(", json_body, multipart_body", "")
        if "retries" in features:
            wanted += ", Run.retry, Run.spent"
        if "must_match" in features:
            wanted += ", UnhandledOutcome, Run.unhandled"
        if "waits" in features:
            wanted += ", run_each"
        for feature, names in CALLS.items():
            wanted += "".join(f", {name}" for name in names if feature in features)
        text = Code("from __future__ import annotations\n" + module_of(wanted, features))
        (tmp_path / f"module_{number}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("left_out", ["", *FEATURES])
def test_black_changes_nothing_of_the_support(left_out: str) -> None:
    """Whatever lines are taken out, what is left is as black writes it."""
    features = with_implied(f for f in FEATURES if f != left_out)
    names = f"{ALL_CALLS}, Run.wait, Run.retry, Run.spent, Run.unhandled, run_each, run_command, json_body"
    code = splice(ast.parse(names), features, PARTS).code + "\n"
    assert by_black(code) == code


def test_long_names_of_the_client_break_lines() -> None:
    name = "an_api_whose_name_is_so_long_that_lines_which_name_it_twice_have_to_be_broken"
    parts = ClientParts(
        (SourceName(name, "https://one.test/with/a/long/path"),), (CredentialName(f"{name}_key", "bearer"),)
    )
    code = splice(ast.parse("Client"), frozenset(), parts).code + "\n"
    assert name in code and by_black(code) == code


def test_the_names_of_the_support_are_those_that_its_syntax_trees_define() -> None:
    defined: set[str] = set()
    for module in MODULES:
        for node in ast.parse(runtime_text(module)).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                defined.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                defined.update(t.id for t in targets if isinstance(t, ast.Name))
    assert defined <= support_names()
    assert all(name.isidentifier() for name in support_names())
