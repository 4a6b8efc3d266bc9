"""A project: its configuration, its lock file, and what is written, kept, refused and removed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from arazzoc.project.quick import current_files
from building import workflow_of
from conftest import ROOT
from projects import arazzoc, change, environment, files, flow, needs_git, write_documents, write_project

TIMES = int(os.environ.get("PROJECT_TIMES", "6"))
"""How often processes are killed, or run side by side; by hand, `PROJECT_TIMES=200`."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two modules, in the working folder."""
    write_project(tmp_path, ["orders", "parcels"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(list(arguments)) == status
    captured = capsys.readouterr()
    return captured.err + captured.out


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/"]
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# The life of a project


def test_a_project_is_made_checked_and_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ("clients/orders.py", "clients/parcels.py", "clients/support.py")
    assert shown(capsys, "generate") == "".join(f"wrote {name}\n" for name in made)
    before = files(project)
    assert shown(capsys, "generate") == "".join(f"{name} is up to date\n" for name in made)
    assert shown(capsys, "generate", "-q") == shown(capsys, "generate", "--check") == ""
    assert files(project) == before and set(before) > {"arazzoc.lock", *made}
    lock = tomllib.loads((project / "arazzoc.lock").read_text())
    assert [module["output"] for module in lock["module"]] == list(made[:2])
    assert set(lock["module"][0]["read"]) == {"flows/orders.arazzo.yml", "flows/openapi.yml"}


@needs_git
def test_a_change_is_found_in_git_and_mended_by_the_command_that_is_named(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"])
    git(tmp_path, "init", "-q", "-b", "main")
    assert arazzoc(tmp_path, "generate").returncode == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    change(tmp_path, "orders", "Orders, changed")
    checked = arazzoc(tmp_path, "generate", "--check")
    assert checked.returncode == 1
    assert "clients/orders.py is stale" in checked.stderr and "arazzoc.lock is stale" in checked.stderr
    assert "-Orders, changed" not in checked.stdout and '+"""Orders, changed' in checked.stdout
    command = shlex.split(checked.stderr.rpartition("run: ")[2])
    assert command == ["arazzoc", "generate"]
    assert arazzoc(tmp_path, *command[1:]).returncode == 0
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0
    assert git(tmp_path, "status", "--porcelain").split() == [
        "M", "arazzoc.lock", "M", "clients/orders.py", "M", "flows/orders.arazzo.yml",
    ]  # fmt: skip


@needs_git
def test_two_branches_that_change_two_workflows_merge(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels", "returns"])
    git(tmp_path, "init", "-q", "-b", "main")
    assert arazzoc(tmp_path, "generate").returncode == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    for name in ("orders", "parcels"):
        git(tmp_path, "checkout", "-q", "-b", name, "main")
        change(tmp_path, name, f"{name}, changed")
        assert arazzoc(tmp_path, "generate").returncode == 0
        git(tmp_path, "commit", "-qam", name)
    git(tmp_path, "merge", "-q", "orders")
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


def test_a_module_with_another_name_takes_the_old_file_away(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "arazzoc.toml").read_text()
    shown(capsys, "generate")
    (project / "arazzoc.toml").write_text(before.replace('parcels.arazzo.yml"', 'parcels.arazzo.yml"\nname = "post"'))
    text = shown(capsys, "generate", "--check", status=1)
    assert "clients/post.py is missing" in text
    assert "clients/parcels.py is orphaned: no module makes it any more" in text
    assert "removed clients/parcels.py, which no module makes any more" in shown(capsys, "generate")
    assert sorted(p.name for p in (project / "clients").iterdir()) == ["orders.py", "post.py", "support.py"]
    (project / "arazzoc.toml").write_text(before)
    assert "wrote clients/parcels.py" in shown(capsys, "generate")
    assert not (project / "clients" / "post.py").exists()


def test_only_files_of_the_lock_are_removed(project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shown(capsys, "generate")
    mine, outside = project / "clients" / "mine.py", tmp_path.parent / f"{tmp_path.name}_outside.py"
    for path in (mine, outside):
        path.write_text("# @generated by arazzoc from elsewhere. Do not edit.\n")
    lock = project / "arazzoc.lock"
    other = lock.read_text().replace("clients/support.py", f"../{outside.name}")
    lock.write_text(other)
    (project / "arazzoc.toml").write_text('output = "clients"\n\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n')
    shown(capsys, "generate")
    assert mine.exists() and outside.exists() and not (project / "clients" / "parcels.py").exists()


def test_a_file_that_is_edited_by_hand(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    module = project / "clients" / "orders.py"
    generated = module.read_text()
    module.write_text(generated + "\n# mine\n")
    before = files(project)
    for _ in range(2):
        text = shown(capsys, "generate", status=2)
        assert "error[ARZ604]: clients/orders.py was edited by hand" in text and "--force overwrites it" in text
        change(project, "parcels", "changed meanwhile")
    assert files(project) | {"flows/parcels.arazzo.yml": b""} == before | {"flows/parcels.arazzo.yml": b""}
    text = shown(capsys, "generate", "--check", status=1)
    assert (
        "clients/orders.py is edited by hand" in text and "-# mine" in text and "run: arazzoc generate --force" in text
    )
    shown(capsys, "generate", "--force")
    assert module.read_text() == generated and shown(capsys, "generate", "--check") == ""


def test_an_orphan_that_is_edited_by_hand_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    orphan = project / "clients" / "parcels.py"
    orphan.write_text(orphan.read_text() + "# mine\n")
    (project / "arazzoc.toml").write_text('output = "clients"\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n')
    assert "--force removes it" in shown(capsys, "generate", status=2) and orphan.exists()
    shown(capsys, "generate", "--force")
    assert not orphan.exists()


def test_a_checkout_with_crlf(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    for path in project.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert shown(capsys, "generate", "--check") == ""


def test_from_a_folder_below(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "flows")
    assert "wrote ../clients/orders.py" in shown(capsys, "generate")
    assert "../clients/orders.py is up to date" in shown(capsys, "generate")


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


def test_one_module_of_many(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document of the configuration has its options there, and keeps the others in the lock file."""
    shown(capsys, "generate")
    for name in ("orders", "parcels"):
        change(project, name, f"{name}, changed")
    assert shown(capsys, "generate", "flows/orders.arazzo.yml").splitlines() == [
        "wrote clients/orders.py", "clients/support.py is up to date",
    ]  # fmt: skip
    assert "clients/parcels.py is stale" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate")
    assert shown(capsys, "generate", "--check") == ""


def test_globs_find_new_documents(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for pattern in ("flows/*.arazzo.yml", "flows", "**/*.arazzo.yml"):
        (project / "arazzoc.toml").write_text(f'output = "clients"\n[[module]]\ndocument = "{pattern}"\n')
        (project / "flows" / "new.arazzo.yml").unlink(missing_ok=True)
        shown(capsys, "generate")
        assert current_files(str(project)) is not None
        write_documents(project, ["orders", "parcels", "new"])
        assert current_files(str(project)) is None
        assert "wrote clients/new.py" in shown(capsys, "generate")
        (project / "flows" / "new.arazzo.yml").unlink()
        assert "removed clients/new.py" in shown(capsys, "generate")


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


def test_the_configuration_in_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_documents(tmp_path, ["orders"])
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "p"\n\n[tool.arazzoc]\noutput = "src"\nwith = ["many"]\n\n[tool.other]\nx = 1\n\n'
        '[[tool.arazzoc.module]]\ndocument = "flows/orders.arazzo.yml"\nname = "shop"\n\n'
        '[tool.arazzoc.module.sources]\napi = "flows/openapi.yml"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert main(["generate"]) == 0 and current_files(str(tmp_path)) is not None
    assert "def run_many" in (tmp_path / "src" / "shop.py").read_text()
    text = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(text.replace("x = 1", "x = 2"))
    assert current_files(str(tmp_path)) is not None, "tables of others do not matter"
    (tmp_path / "pyproject.toml").write_text(text.replace("flows/openapi.yml", "flows/../flows/openapi.yml"))
    assert current_files(str(tmp_path)) is None


def test_the_page_of_options_is_made_from_the_table() -> None:
    from arazzoc.project.options import reference

    page = (ROOT / "docs" / "configuration.md").read_text()
    assert "\n".join(["-->", *reference(), "<!-- end"]) in page


# The first configuration


@pytest.mark.parametrize("has_project", [True, False])
def test_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], has_project: bool
) -> None:
    write_documents(tmp_path, ["orders", "parcels"])
    (tmp_path / "flows" / "parcels.arazzo.yml").rename(tmp_path / "flows" / "parcels.yml")
    (tmp_path / "flows" / "openapi.yml").rename(tmp_path / "openapi.yml")
    (tmp_path / "flows" / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    name = "pyproject.toml" if has_project else "arazzoc.toml"
    if has_project:
        (tmp_path / name).write_text('[project]\nname = "p"')
    text = shown(capsys, "init")
    assert f"wrote {name}: 2 documents" in text and "  flows/orders.arazzo.yml\n" in text
    assert "wrote clients/orders.py" in shown(capsys, "generate")
    assert current_files(str(tmp_path)) is not None
    assert f"{name} is a configuration already" in shown(capsys, "init", status=2)


def test_init_without_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no Arazzo document" in shown(capsys, "init", status=2) and list(tmp_path.iterdir()) == []
    assert "arazzoc init" in shown(capsys, "generate", status=2)


# What is wrong with a configuration

GENERAL = 'output = "clients"\n'
MODULE = '[[module]]\ndocument = "flows/orders.arazzo.yml"\n'


@pytest.mark.parametrize(
    ("text", "line", "message", "help"),
    [
        ('outptu = "x"\n' + MODULE, 1, "there is no option 'outptu'", "did you mean 'output'?"),
        (GENERAL + MODULE + "strickt = true\n", 4, "there is no option 'strickt'", "did you mean 'strict'?"),
        (GENERAL + "document = 1\n" + MODULE, 2, "'document' is not an option of all modules", ""),
        (GENERAL + MODULE + "allow-remote = true\n", 4, "'allow-remote' is not an option of one module", ""),
        ("strict = 1\n" + MODULE, 1, "the value of 'strict' is not true or false", ""),
        ("line-length = 12\n" + MODULE, 1, "is not a number from 60 to 320", ""),
        ('with = ["all"]\n' + MODULE, 1, 'is not an array of "command" and "many"', ""),
        ('support = "json"\n' + MODULE, 1, "json.py would shadow", ""),
        ('sources = "x"\n' + MODULE, 1, "is not a table", ""),
        ('unhandled = "stop"\n' + MODULE, 1, 'is not "raise" or "continue"', ""),
        (GENERAL + "[[module]]\n", 2, "the module has no 'document'", "add document"),
        (GENERAL + '[module]\ndocument = "x"\n', 2, "is an array of tables: write [[module]]", ""),
        (GENERAL + '[[module]]\ndocument = "flows/*.yaml"\n', 2, "no document fits 'flows/*.yaml'", ""),
        (GENERAL + '[[module]]\ndocument = "flows"\nname = "one"\n', 2, "is 2 documents", "leave out 'name'"),
        (GENERAL + '[sources]\napy = "flows/openapi.yml"\n' + MODULE, 3, "no document has a source 'apy'", "'api'"),
        (GENERAL + MODULE + MODULE, 4, "two modules would be written to clients/orders.py", "another name"),
        (GENERAL + MODULE + MODULE + 'name = "Orders"\n', 4, "do not tell apart", ""),
        (GENERAL + 'support = "orders"\n' + MODULE, 3, "two modules would be written to clients/orders.py", ""),
        ('output = "../other"\n' + MODULE, 2, "is outside the project", "a folder of the project"),
        ('output = "/tmp"\n' + MODULE, 2, "is outside the project", ""),
        ("output = [\n" + MODULE, 2, "this is not TOML", ""),
        ('output = "x"\noutput = "y"\n' + MODULE, 2, "this is not TOML", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_configuration(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, message: str, help: str
) -> None:
    (project / "arazzoc.toml").write_text(text)
    before = files(project)
    told = shown(capsys, "generate", status=2)
    assert message in told and help in told and f"arazzoc.toml:{line}:" in told, told
    assert told.count("error[") == 1 and files(project) == before


def test_a_configuration_that_cannot_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "arazzoc.toml").write_bytes(b"output = '\xff'\n")
    assert "not encoded in UTF-8" in shown(capsys, "generate", status=2)


# What is wrong with a lock file


def conflicted(text: str) -> str:
    """As git leaves it, where both sides changed the hash of one module."""
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("sha256"))
    other = f'sha256 = "{"0" * 64}"\n'
    lines[at : at + 1] = ["<<<<<<< HEAD\n", lines[at], "=======\n", other, ">>>>>>> other\n"]
    return "".join(lines)


@pytest.mark.parametrize("damage", [conflicted, lambda text: text[: len(text) // 2], lambda text: text[:-1] + "[["])
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


# Files that are in the way


def test_a_link_out_of_the_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = project.parent / f"{project.name}-outside"
    outside.mkdir()
    (project / "clients").symlink_to(outside)
    assert "is outside the project" in shown(capsys, "generate", status=2) and list(outside.iterdir()) == []
    (project / "clients").unlink()
    (project / "clients").mkdir()
    (outside / "victim.py").write_text("")
    (project / "clients" / "orders.py").symlink_to(outside / "victim.py")
    assert "is outside the project" in shown(capsys, "generate", status=2)
    assert (outside / "victim.py").read_text() == ""


def test_a_folder_in_place_of_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clients" / "support.py").mkdir(parents=True)
    assert "clients/support.py is a folder" in shown(capsys, "generate", status=2)
    (project / "clients" / "support.py").rmdir()
    (project / "clients").rmdir()
    (project / "clients").write_text("")
    assert "clients" in shown(capsys, "generate", status=2)


def test_a_file_that_differs_by_letter_case(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clients").mkdir()
    (project / "clients" / "Orders.py").write_text("x = 1\n")
    assert "clients/Orders.py differ by letter case only" in shown(capsys, "generate", status=2)


def test_a_disk_that_is_full(project: Path) -> None:
    """Files may not grow beyond a size: the old ones stay, and the next run mends."""
    assert arazzoc(project, "generate").returncode == 0
    old = files(project / "clients")
    change(project, "orders", "Orders " * 400)
    limit = len((project / "clients" / "parcels.py").read_bytes()) + 1000
    code = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
    code += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.dont_write_bytecode = True;"
    code += "from arazzoc.cli import main; sys.exit(main(['generate']))"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "File too large" in done.stderr, done.stderr
    assert files(project / "clients") == old
    assert arazzoc(project, "generate").returncode == arazzoc(project, "generate", "--check").returncode == 0


def test_processes_side_by_side(tmp_path: Path) -> None:
    names = [f"flow{number}" for number in range(10)]
    write_project(tmp_path, names)
    assert arazzoc(tmp_path, "generate").returncode == 0
    for attempt in range(max(1, TIMES // 4)):
        for name in names:
            change(tmp_path, name, f"{name}, {attempt}")
        command = [sys.executable, "-m", "arazzoc", "generate"]
        both = [
            subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) for _ in "ab"
        ]
        told = [process.communicate()[1] for process in both]
        assert [process.returncode for process in both] == [0, 0], told
        assert arazzoc(tmp_path, "generate", "--check").returncode == 0
        assert not list(tmp_path.rglob(".*.py.*")) and not (tmp_path / "arazzoc.lock.next").exists()


def test_a_process_that_is_killed(tmp_path: Path) -> None:
    """Every file is old or new, never half; and the next run mends, whatever has changed meanwhile."""
    names = [f"flow{number}" for number in range(3)]
    write_project(tmp_path, names)
    assert arazzoc(tmp_path, "generate").returncode == 0
    chance = random.Random(7)
    began = time.perf_counter()
    for name in names:
        change(tmp_path, name, "first")
    assert arazzoc(tmp_path, "generate").returncode == 0
    lasts = time.perf_counter() - began
    for attempt in range(TIMES):
        old = files(tmp_path / "clients")
        for name in names:
            change(tmp_path, name, f"{name}, {attempt}")
        command = [sys.executable, "-m", "arazzoc", "generate", "-q"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.3, 1.05) * lasts)
        process.send_signal(signal.SIGKILL)
        process.wait()
        held = {name: data for name, data in files(tmp_path / "clients").items() if not name.startswith(".")}
        if attempt % 2:
            change(tmp_path, names[0], f"meanwhile, {attempt}")
            done = arazzoc(tmp_path, "generate")
            assert done.returncode == 0, done.stderr
            continue
        done = arazzoc(tmp_path, "generate")
        assert done.returncode == 0, done.stderr
        new = files(tmp_path / "clients")
        assert all(held[name] in (old[name], new[name]) for name in held)
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


# The command line without a configuration


def test_a_document_on_standard_input(tmp_path: Path) -> None:
    write_documents(tmp_path, [])
    (tmp_path / "openapi.yml").write_text((tmp_path / "flows" / "openapi.yml").read_text())
    done = arazzoc(tmp_path, "generate", "-", "-o", "-", given=json.dumps(flow("piped")))
    assert done.returncode == 0 and done.stdout.startswith("# @generated by arazzoc from standard input.")
    assert arazzoc(tmp_path, "generate", "-", given=json.dumps(flow("piped"))).returncode == 0
    assert (tmp_path / "workflow.py").is_file()
    assert "standard input:1:1" in arazzoc(tmp_path, "check", "-", given="[]").stderr


def test_a_source_that_some_documents_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path, ["orders"])
    other = flow("other")
    other["sourceDescriptions"][0] |= {"name": "elsewhere", "url": "nowhere.yml"}
    (tmp_path / "flows" / "other.arazzo.yml").write_text(json.dumps(other))
    monkeypatch.chdir(tmp_path)
    shown(capsys, "generate", "flows", "--source", "elsewhere=flows/openapi.yml", "-o", "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["orders.py", "other.py"]
    sources = ("--source", "elsewhere=flows/openapi.yml", "--source", "elsewher=x.yml")
    text = shown(capsys, "check", "flows", *sources, status=1)
    assert text.count("error[") == 1 and "did you mean 'elsewhere'?" in text


def test_a_package(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"], 'output = "shop"\npackage = true\n')
    assert arazzoc(tmp_path, "generate").returncode == 0
    names = sorted(p.name for p in (tmp_path / "shop").iterdir())
    assert names == ["__init__.py", "orders.py", "parcels.py", "py.typed", "support.py"]
    code = "import shop; assert issubclass(shop.StepFailed, shop.WorkflowError); print(shop.orders.run_flow.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "run_flow\n", done.stderr
    for command in (["mypy", "--strict", "shop"], ["ruff", "check", "--isolated", "shop"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


def test_a_module_that_fails_keeps_all_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    before = files(project / "clients")
    change(project, "orders", "changed")
    (project / "flows" / "parcels.arazzo.yml").write_text(json.dumps(workflow_of({"stepId": "x", "operationId": "no"})))
    assert "error[ARZ211]" in shown(capsys, "generate", status=2) and files(project / "clients") == before


# What a review found


def test_another_folder_leaves_the_project_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    before = files(project)
    shown(capsys, "generate", "-o", "preview")
    shown(capsys, "generate", "flows/orders.arazzo.yml", "-o", "preview")
    assert {name: data for name, data in files(project).items() if not name.startswith("preview")} == before
    write_documents(project, ["other"])
    assert "other.arazzo.yml is no module of" in shown(capsys, "generate", "flows/other.arazzo.yml", status=2)


def test_a_folder_under_two_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "clients").mkdir(parents=True)
    (project / "clients").symlink_to("src/clients")
    shown(capsys, "generate")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(text.replace('"clients"', '"src/clients"'))
    shown(capsys, "generate")
    assert sorted(p.name for p in (project / "src" / "clients").iterdir()) == ["orders.py", "parcels.py", "support.py"]


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


def test_empty_files_are_not_removed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clients").mkdir()
    (project / "clients" / "py.typed").write_text("")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f"package = true\n{text}")
    shown(capsys, "generate")
    (project / "arazzoc.toml").write_text(text)
    shown(capsys, "generate")
    assert (project / "clients" / "py.typed").exists() and not (project / "clients" / "__init__.py").exists()


XPATH = {"context": "$response.body", "condition": "/a = 1", "type": {"type": "xpath", "version": "xpath-31"}}


def test_what_modules_share_is_made_for_all_of_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = flow("parcels")
    document["workflows"][0]["steps"][0]["successCriteria"] = [XPATH]
    (project / "flows" / "parcels.arazzo.yml").write_text(json.dumps(document))
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f"package = true\n{text}\nline-length = 100\n")
    shown(capsys, "generate")
    before = files(project)
    change(project, "orders", "changed")
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    after = files(project)
    assert {name for name in after if after[name] != before.get(name)} == {
        "arazzoc.lock", "clients/orders.py", "flows/orders.arazzo.yml",
    }  # fmt: skip
    assert shown(capsys, "generate", "--check") == ""


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


def test_a_link_that_leads_elsewhere_is_a_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api = project / "flows" / "openapi.yml"
    api.rename(project / "v1.yml")
    (project / "v2.yml").write_text((project / "v1.yml").read_text().replace("getThing", "getOther"))
    api.symlink_to("../v1.yml")
    shown(capsys, "generate")
    api.unlink()
    api.symlink_to("../v2.yml")
    assert current_files(str(project)) is None and "ARZ211" in shown(capsys, "generate", status=2)


SPELLINGS = [
    'tool.arazzoc.output = "out"\ntool.arazzoc.line-length = 88\n[[tool.arazzoc.module]]\nDOCUMENT',
    '[tool.arazzoc]\noutput = "out"\nline-length = 88 # wide\n[[tool.arazzoc.module]]\nDOCUMENT',
    '[tool."arazzoc"]\noutput = "out"\nline-length = 88\n[[tool."arazzoc".module]]\nDOCUMENT',
    '[tool]\narazzoc = {output = "out", line-length = 88, module = [{DOCUMENT}]}\n',
    '[ tool . arazzoc ]\noutput = "out"\nline-length = 88\n[[ tool.arazzoc . module ]]\nDOCUMENT',
    '[tool.arazzoc]\noutput = "out"\nwith = [\n"many",\n]\n"line-length" = 88\n[[tool.arazzoc.module]]\nDOCUMENT',
    '\ufeff[tool.arazzoc]\r\noutput = "out"\r\nline-length = 88\r\n[[tool.arazzoc.module]]\r\nDOCUMENT',
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_toml(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (project / "arazzoc.toml").unlink()
    text = text.replace("DOCUMENT", 'document = "./flows/orders.arazzo.yml"')
    path = project / "pyproject.toml"
    path.write_bytes(text.encode())
    shown(capsys, "generate")
    assert shown(capsys, "generate", "--check") == ""
    if text.startswith('[tool.arazzoc]\noutput = "out"\nline'):
        assert current_files(str(project)) is not None, "what is plain is found at once"
    path.write_bytes(text.replace("88", "60").encode())
    assert "orders.py is stale" in shown(capsys, "generate", "--check", status=1)
    assert "is a configuration already" in shown(capsys, "init", status=2)


def test_two_modules_of_one_document(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / "arazzoc.toml").open("a") as file:
        file.write('\n[[module]]\ndocument = "flows/orders.arazzo.yml"\nname = "shop"\n')
    shown(capsys, "generate")
    change(project, "orders", "changed")
    told = shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert "wrote clients/orders.py" in told and "wrote clients/shop.py" in told


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


def test_a_run_that_was_killed_after_a_new_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    before = (project / "arazzoc.toml").read_text(), lock.read_text()
    (project / "arazzoc.toml").write_text(
        before[0].replace('parcels.arazzo.yml"', 'parcels.arazzo.yml"\nname = "post"')
    )
    shown(capsys, "generate")
    (project / "arazzoc.lock.next").write_text(lock.read_text())  # as if it had been killed before the last step
    (project / "clients" / ".post.py.abcd1234").write_text("half")
    lock.write_text(before[1])
    (project / "arazzoc.toml").write_text(before[0])
    assert "removed clients/post.py" in shown(capsys, "generate")
    assert sorted(p.name for p in (project / "clients").glob("*.py")) == ["orders.py", "parcels.py", "support.py"]
    assert not (project / "arazzoc.lock.next").exists()


@pytest.mark.parametrize("key", ["output", "document"])
def test_names_that_no_file_can_have(project: Path, capsys: pytest.CaptureFixture[str], key: str) -> None:
    text = f'{GENERAL}[[module]]\ndocument = "flows/orders.arazzo.yml"\n'
    (project / "arazzoc.toml").write_text(text.replace(f'{key} = "', f'{key} = "\\u0000'))
    assert "is not a path" in shown(capsys, "generate", status=2)


def test_a_lock_that_names_a_device(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    lock.write_text(lock.read_text().replace('"flows/openapi.yml"', '"../../../../../../../../dev/zero"'))
    assert current_files(str(project)) is None
    shown(capsys, "generate")


def test_letter_case_of_our_own_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(text.replace('orders.arazzo.yml"', 'orders.arazzo.yml"\nname = "Orders"'))
    shown(capsys, "generate")
    assert sorted(p.name for p in (project / "clients").iterdir()) == ["Orders.py", "parcels.py", "support.py"]


def test_options_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["generate", "--chec"])


def test_init_gives_each_module_its_sources_and_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path / "a", ["orders"])
    write_documents(tmp_path / "b", ["orders", "support"])
    other = flow("other")
    other["sourceDescriptions"][0]["url"] = "x/far.yml"
    (tmp_path / "b" / "flows" / "orders.arazzo.yml").write_text(json.dumps(other))
    (tmp_path / "b" / "flows" / "openapi.yml").rename(tmp_path / "b" / "far.yml")
    (tmp_path / "b" / "flows" / "openapi.yml").write_text((tmp_path / "b" / "far.yml").read_text())
    (tmp_path / "pyproject.toml").write_bytes(b"[project]\r\nname = 'p'\r\n")
    monkeypatch.chdir(tmp_path)
    shown(capsys, "init")
    assert b"\n" not in (tmp_path / "pyproject.toml").read_bytes().replace(b"\r\n", b"")
    tree = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["arazzoc"]
    assert "sources" not in tree
    assert [module.get("sources") for module in tree["module"]] == [None, {"api": "b/far.yml"}, None]
    shown(capsys, "generate")
    names = sorted(p.name for p in (tmp_path / "clients").iterdir())
    assert names == ["flows_orders.py", "flows_support.py", "orders.py", "support.py"]


def test_a_bundle_in_a_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "arazzoc.toml").write_text(
        'line-length = 100\nunhandled = "continue"\nidempotency-key = true\nwith = ["many"]\n'
        + (project / "arazzoc.toml").read_text()
    )
    shown(capsys, "bundle", "flows/orders.arazzo.yml", "-o", "out")
    assert (project / "out" / "orders.arazzo.yml").is_file()


def test_what_others_left_beside_a_module_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module is written to a name of arazzoc's own; such names alone are swept, where a process was killed."""
    shown(capsys, "generate")
    swap, half = project / "clients" / ".orders.py.swp", project / "clients" / ".arazzoc-orders.py.x1y2"
    for path in (swap, half):
        path.write_text("half of it")
    change(project, "orders", "changed")
    shown(capsys, "generate")
    assert swap.exists() and not half.exists()


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
