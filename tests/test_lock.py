"""The lock file: what it notices, what damages it, and what it says of versions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from arazzoc.diagnostics import Report
from arazzoc.project.lock import Pin, read_lock
from arazzoc.project.quick import current_files
from arazzoc.project.remote import Remote
from projects import arazzoc, change, environment, files, shown


def conflicted(text: str) -> str:
    """As git leaves it, where both sides changed the hash of one module."""
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("sha256"))
    other = f'sha256 = "{"0" * 64}"\n'
    lines[at : at + 1] = ["<<<<<<< HEAD\n", lines[at], "=======\n", other, ">>>>>>> other\n"]
    return "".join(lines)


DAMAGES: list[Callable[[str], str]] = [
    conflicted,
    lambda text: text[: len(text) // 2],
    lambda text: text[:-1] + "[[",
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lock_that_is_damaged_is_mended(
    project: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[str], str]
) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    whole = lock.read_text()
    lock.write_text(damage(whole))
    assert "ARZ603" in shown(capsys, "generate", "--check", status=1) and lock.read_text() != whole
    assert "warning[ARZ603]" in shown(capsys, "generate") and lock.read_text() == whole
    lock.write_text(damage(whole))
    module = project / "clients" / "orders.py"
    module.write_text(module.read_text() + "# mine\n")
    assert "edited by hand" in shown(capsys, "generate", status=2), "what a person wrote is not lost by it"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_over_one_module_mends_a_damaged_lock_whole(
    project: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[str], str]
) -> None:
    (project / "arazzoc.toml").write_text(
        (project / "arazzoc.toml").read_text().replace("support =", "package = true #")
    )
    shown(capsys, "generate")
    before, lock = files(project), project / "arazzoc.lock"
    lock.write_text(damage(lock.read_text()))
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert files(project) == before


@pytest.mark.parametrize("arguments", [("update",), ("update", "api"), ("check",), ("bundle", "-o", "out")])
def test_what_does_not_make_all_modules_leaves_a_damaged_lock(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    shown(capsys, "generate")
    text = conflicted((project / "arazzoc.lock").read_text())
    (project / "arazzoc.lock").write_text(text)
    if arguments[0] == "update":
        told = shown(capsys, *arguments, status=2)
        assert "error[ARZ602]: the lock file is damaged" in told and "run: arazzoc generate" in told
    else:
        shown(capsys, *arguments, "flows/orders.arazzo.yml", "--allow-remote")
    assert (project / "arazzoc.lock").read_text() == text


@pytest.mark.parametrize(
    "arguments", [("generate", "flows/orders.arazzo.yml", "--allow-remote", "-o", "out"), ("update",)]
)
def test_a_damaged_lock_without_a_configuration(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """No run makes all that it pins, so none writes it again."""
    (project / "arazzoc.toml").unlink()
    (project / "arazzoc.lock").write_text("version = 1\n[[remote]]\n")
    told = shown(capsys, *arguments, status=2)
    assert "error[ARZ602]: the lock file is damaged" in told and "restore it from git, or remove it" in told
    assert (project / "arazzoc.lock").read_text() == "version = 1\n[[remote]]\n" and not (project / "out").exists()


def test_an_update_after_an_interrupted_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    before = (project / "arazzoc.lock").read_text()
    (project / "arazzoc.lock.next").write_text(before.replace("orders.py", "other.py"))
    lock = read_lock(project / "arazzoc.lock", Report())
    assert lock is not None and "clients/other.py" in lock.outputs
    remote = Remote(project, lock)
    remote.pins["http://a.test/x"] = Pin("http://a.test/x", "arazzoc-remote/x.yml", "0" * 64)
    remote.save()
    after = (project / "arazzoc.lock").read_text()
    assert after.replace(after[after.index("[[remote]]") : after.index("# The end")], "") == before


def test_an_empty_lock_and_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    whole = lock.read_text()
    for text in ("", None):
        lock.unlink()
        if text is not None:
            lock.write_text(text)
        assert "arazzoc.lock is" in shown(capsys, "generate", "--check", status=1)
        shown(capsys, "generate")
        assert lock.read_text() == whole


@pytest.mark.parametrize(
    ("text", "message"), [("version = 2\n", "this arazzoc knows version 1"), ("\udcff", "cannot be read")]
)
def test_a_lock_that_is_not_ours(project: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    lock = project / "arazzoc.lock"
    lock.write_bytes(text.encode(errors="surrogateescape"))
    for arguments in (("generate",), ("generate", "--check"), ("generate", "--force")):
        assert message in shown(capsys, *arguments, status=2)
    assert lock.read_bytes() == text.encode(errors="surrogateescape") and not (project / "clients").exists()


@pytest.mark.parametrize("edit", [b"# mine\n", b"# caf\xe9\n"])
def test_no_cut_of_the_lock_loses_an_edit(project: Path, capsys: pytest.CaptureFixture[str], edit: bytes) -> None:
    (project / "arazzoc.toml").write_text(
        (project / "arazzoc.toml").read_text().replace("support =", "package = true #")
    )
    shown(capsys, "generate")
    lock = (project / "arazzoc.lock").read_text()
    module = project / "clients" / "parcels.py"
    module.write_bytes(module.read_bytes() + edit)
    lines = lock.splitlines(keepends=True)
    for number in range(len(lines) + 1):
        (project / "arazzoc.lock").write_text("".join(lines[:number]))
        assert "parcels.py was edited by hand" in shown(capsys, "generate", status=2), number
    assert module.read_bytes().endswith(edit)


def test_a_merge_that_leaves_conflicts_in_a_module(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    module, lock = project / "clients" / "orders.py", project / "arazzoc.lock"
    ours, locked = module.read_text(), lock.read_text()
    change(project, "orders", "theirs")
    shown(capsys, "generate")
    both = f"<<<<<<< HEAD\n{ours}=======\n{module.read_text()}>>>>>>> other\n"
    module.write_text(both)
    lock.write_text(f"<<<<<<< HEAD\n{locked}=======\n{lock.read_text()}>>>>>>> other\n")
    change(project, "orders", "merged")
    assert "wrote clients/orders.py" in shown(capsys, "generate")
    module.write_text(both.replace("import", "import  # mine\nimport", 1).replace("theirs", "mine"))
    assert "edited by hand" in shown(capsys, "generate", status=2)


def test_versions_are_those_of_all_modules(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run over one module does not say that the others were made by this version, too."""
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    lock.write_text(lock.read_text().replace('arazzoc = "', 'arazzoc = "0.'))
    change(project, "orders", "changed")
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert 'arazzoc = "0.0' in lock.read_text() and current_files(str(project)) is None
    shown(capsys, "generate")
    assert current_files(str(project)) is not None


@pytest.mark.parametrize("library", ["arazzoc", "black"])
def test_another_version_that_makes_the_same(project: Path, capsys: pytest.CaptureFixture[str], library: str) -> None:
    """A check asks whether files are up to date; only generate writes the versions down."""
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    whole = lock.read_text()
    lock.write_text(whole.replace(f'{library} = "', f'{library} = "0.'))
    assert shown(capsys, "generate", "--check") == ""
    shown(capsys, "generate")
    assert lock.read_text() == whole


def test_a_byte_order_mark_is_no_difference(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api = project / "flows" / "openapi.yml"
    api.write_bytes(b"\xef\xbb\xbf" + api.read_bytes())
    shown(capsys, "generate")
    assert current_files(str(project)) is not None


def test_a_lock_that_names_a_device(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    lock.write_text(lock.read_text().replace('"flows/openapi.yml"', '"../../../../../../../../dev/zero"'))
    assert current_files(str(project)) is None
    shown(capsys, "generate")


def test_a_change_after_the_document_was_read(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock file has the hash of what a module was made from."""
    from arazzoc import pipeline

    compiled = pipeline.generate_file

    def then_saved(*arguments: Any, **options: Any) -> Any:
        found = compiled(*arguments, **options)
        change(project, "orders", "saved meanwhile")
        return found

    monkeypatch.setattr(pipeline, "generate_file", then_saved)
    shown(capsys, "generate")
    monkeypatch.undo()
    monkeypatch.chdir(project)
    assert current_files(str(project)) is None
    assert "orders.py is stale" in shown(capsys, "generate", "--check", status=1)


@pytest.mark.parametrize(
    "change_it",
    [
        lambda p: p("flows/openapi.yml", "getThing", "getThing "),
        lambda p: p("flows/orders.arazzo.yml", "orders", "other"),
        lambda p: p("clients/orders.py", "Do not", "Please do"),
        lambda p: p("clients/support.py", "Do not", "Please do"),
        lambda p: p("arazzoc.toml", "clients", "other"),
        lambda p: p("arazzoc.toml", "[[module]]", "[[module]]\nstrict = true"),
        lambda p: p("arazzoc.toml", 'output = "clients"', 'output = "clients"\nline-length = 100'),
        lambda p: p("arazzoc.lock", 'arazzoc = "', 'arazzoc = "9'),
        lambda p: p("arazzoc.lock", 'black = "', 'black = "9'),
    ],
)
def test_whatever_matters_is_noticed(
    project: Path, capsys: pytest.CaptureFixture[str], change_it: Callable[[Callable[[str, str, str], Any]], Any]
) -> None:
    shown(capsys, "generate")
    assert current_files(str(project)) is not None

    def replaced(name: str, old: str, new: str) -> None:
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new, 1))

    change_it(replaced)
    assert current_files(str(project)) is None


@pytest.mark.parametrize("arguments", [(), ("-q",), ("--check",), ("--touch",), ("flows/orders.arazzo.yml",)])
def test_nothing_to_do_loads_nothing(project: Path, arguments: tuple[str, ...]) -> None:
    assert arazzoc(project, "generate").returncode == 0
    code = "import sys, arazzoc.cli as c; s = c.main(sys.argv[1:]);"
    code += "print(s, [m for m in ('yaml', 'jinja2', 'black', 'jsonschema', 'requests') if m in sys.modules])"
    command = [sys.executable, "-c", code, "generate", *arguments]
    done = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "0 []\n"


def test_nothing_to_do_reads_configuration_lock_and_what_they_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["generate"]) == 0
    opened: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and watching and str(arguments[0]).startswith(str(project)):
            opened.append(os.path.relpath(str(arguments[0]), project))

    watching = True
    sys.addaudithook(hook)
    assert main(["generate", "--check"]) == 0
    watching = False
    sources = {"flows/openapi.yml", "flows/orders.arazzo.yml", "flows/parcels.arazzo.yml"}
    outputs = {"clients/orders.py", "clients/parcels.py", "clients/support.py"}
    assert set(opened) == {"arazzoc.toml", "arazzoc.lock", *sources, *outputs}
