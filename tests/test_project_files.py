"""The files of a project: what is in their way, what is kept, refused and removed, also after a kill and at once."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arazzoc.output import project_lock
from arazzoc.project.quick import current_files
from projects import arazzoc, change, environment, files, kill_after, shown, write_project

TIMES = int(os.environ.get("PROJECT_TIMES", "6"))
"""How often processes are killed, or run side by side; by hand, `PROJECT_TIMES=200`."""


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


def test_letter_case_of_our_own_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(text.replace('orders.arazzo.yml"', 'orders.arazzo.yml"\nname = "Orders"'))
    shown(capsys, "generate")
    assert sorted(p.name for p in (project / "clients").iterdir()) == ["Orders.py", "parcels.py", "support.py"]


def test_a_folder_under_two_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "src" / "clients").mkdir(parents=True)
    (project / "clients").symlink_to("src/clients")
    shown(capsys, "generate")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(text.replace('"clients"', '"src/clients"'))
    shown(capsys, "generate")
    assert sorted(p.name for p in (project / "src" / "clients").iterdir()) == ["orders.py", "parcels.py", "support.py"]


def test_empty_files_are_not_removed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clients").mkdir()
    (project / "clients" / "py.typed").write_text("")
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f"package = true\n{text}")
    shown(capsys, "generate")
    (project / "arazzoc.toml").write_text(text)
    shown(capsys, "generate")
    assert (project / "clients" / "py.typed").exists() and not (project / "clients" / "__init__.py").exists()


def test_what_others_left_beside_a_module_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module is written to a name of arazzoc's own; such names alone are swept, where a process was killed."""
    shown(capsys, "generate")
    swap, half = project / "clients" / ".orders.py.swp", project / "clients" / ".arazzoc-orders.py.x1y2"
    for path in (swap, half):
        path.write_text("half of it")
    change(project, "orders", "changed")
    shown(capsys, "generate")
    assert swap.exists() and not half.exists()


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


def killed(folder: Path, seconds: float) -> None:
    """Generate, and kill the process after so many seconds."""
    process = subprocess.Popen([sys.executable, "-m", "arazzoc", "generate", "-q"], cwd=folder, env=environment())
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


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
    configuration = (tmp_path / "arazzoc.toml").read_text()
    for attempt in range(TIMES):
        old = files(tmp_path / "clients")
        for name in names:
            change(tmp_path, name, f"{name}, {attempt}")
        killed(tmp_path, chance.uniform(0.3, 1.05) * lasts)
        if attempt % 3 == 1:  # another time, before it could mend; a module may have another name by then
            change(tmp_path, names[1], f"again, {attempt}")
            name = f"name{attempt}" if attempt % 2 else names[2]
            (tmp_path / "arazzoc.toml").write_text(f'{configuration}name = "{name}"\n')
            killed(tmp_path, chance.uniform(0.3, 1.05) * lasts)
            (tmp_path / "arazzoc.toml").write_text(configuration)
        held = {name: data for name, data in files(tmp_path / "clients").items() if not name.startswith(".")}
        if attempt % 2 or attempt % 3 == 1:
            change(tmp_path, names[0], f"meanwhile, {attempt}")
        done = arazzoc(tmp_path, "generate")
        assert done.returncode == 0, done.stderr
        new = files(tmp_path / "clients")
        assert sorted(new) == sorted(old)
        if not (attempt % 2 or attempt % 3 == 1):
            assert all(held[name] in (old[name], new[name]) for name in held)
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


@pytest.mark.parametrize("second", range(4))
@pytest.mark.parametrize("first", range(1, 6))
def test_two_kills_in_a_row(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, first: int, second: int
) -> None:
    """What the first one wrote is known after the second, though documents and names have changed meanwhile."""
    shown(capsys, "generate")
    configuration = (project / "arazzoc.toml").read_text()
    for title, name, writes in (("First", "post", first), ("Second", "mail", second)):
        for document in ("orders", "parcels"):
            change(project, document, title)
        (project / "arazzoc.toml").write_text(f'{configuration}name = "{name}"\n')
        kill_after(writes, monkeypatch)
    change(project, "orders", "Third")
    capsys.readouterr()
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    change(project, "orders", "Fourth")
    change(project, "parcels", "Fourth")
    (project / "arazzoc.toml").write_text(configuration)
    shown(capsys, "generate")
    assert {name for name in files(project) if not name.startswith("flows/")} == {
        "arazzoc.toml", "arazzoc.lock", "clients/orders.py", "clients/parcels.py", "clients/support.py",
    }  # fmt: skip
    assert shown(capsys, "generate", "--check") == "" and current_files(str(project)) is not None


def test_an_edit_between_two_kills_is_not_lost(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(capsys, "generate")
    for title in ("First", "Second"):
        change(project, "orders", title)
        kill_after(3, monkeypatch)
    module = project / "clients" / "orders.py"
    module.write_text(module.read_text() + "# mine\n")
    change(project, "orders", "Third")
    assert "orders.py was edited by hand" in shown(capsys, "generate", status=2)


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


EDITS = ["# mine\n", ""]
"""What is added to a generated file: by hand, or nothing."""


@pytest.mark.parametrize("lock", ["there", "removed", "damaged"])
@pytest.mark.parametrize("edit", EDITS, ids=["edited", "unedited"])
def test_another_output_is_not_that_of_the_project(
    project: Path, capsys: pytest.CaptureFixture[str], edit: str, lock: str
) -> None:
    """With -o the lock file is left alone, so files of which it tells are not overwritten behind its back."""
    shown(capsys, "generate")
    if lock != "there":
        (project / "arazzoc.lock").unlink()
    if lock == "damaged":
        (project / "arazzoc.lock").write_text("version = 1\n[[")
    for name in ("orders", "support"):
        module = project / "clients" / f"{name}.py"
        module.write_text(module.read_text() + edit)
    change(project, "orders", "changed")
    before = files(project)
    arguments = ("generate", "flows/orders.arazzo.yml", "-o", "clients")
    told = shown(capsys, *arguments, status=2)
    assert "clients/orders.py is a file of the project" in told and "leave out -o" in told
    assert ("clients/support.py is a file" in told) is bool(edit) and files(project) == before
    assert "clients/orders.py is a file of the project" in shown(capsys, *arguments, "--check", status=1)
    shown(capsys, *arguments, "--force")
    assert "# mine" not in (project / "clients" / "orders.py").read_text()


def test_another_output_is_written_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What no project knows of is overwritten, if arazzoc wrote it: in a project, and without one."""
    arguments = ("generate", "flows/orders.arazzo.yml", "-o", "out")
    for title in ("first", "second", "third"):
        change(project, "orders", title)
        assert "wrote out/orders.py" in shown(capsys, *arguments)
        if title == "second":
            (project / "arazzoc.toml").unlink()
    (project / "out" / "orders.py").write_text("x = 1\n")
    assert "not written by arazzoc" in shown(capsys, *arguments, status=2)


@pytest.mark.parametrize("lock", ["", None], ids=["empty", "missing"])
def test_no_edit_is_lost_with_the_lock(project: Path, capsys: pytest.CaptureFixture[str], lock: str | None) -> None:
    """A text that is not what is made, and of which nobody says that arazzoc wrote it, is refused."""
    shown(capsys, "generate")
    (project / "arazzoc.lock").unlink()
    if lock is not None:
        (project / "arazzoc.lock").write_text(lock)
    change(project, "orders", "changed")
    before = files(project)
    told = shown(capsys, "generate", status=2)
    assert "error[ARZ604]: clients/orders.py" in told and "--force overwrites it" in told and "parcels" not in told
    if lock is None:
        assert "clients/orders.py is not in the lock file" in told and "restore arazzoc.lock" in told
    assert files(project) == before
    assert "run: arazzoc generate --force" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate", "--force")
    assert shown(capsys, "generate", "--check") == ""


@pytest.mark.parametrize("edit", EDITS, ids=["edited", "unedited"])
def test_a_file_that_moves_to_a_new_name(project: Path, capsys: pytest.CaptureFixture[str], edit: str) -> None:
    shown(capsys, "generate")
    old, new = project / "clients" / "parcels.py", project / "clients" / "post.py"
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f'{text}name = "post"\n')
    old.rename(new)
    new.write_text(new.read_text() + edit)
    change(project, "parcels", "changed")
    if edit:
        told = shown(capsys, "generate", status=2)
        assert "clients/post.py is not in the lock file" in told and new.read_text().endswith(edit)
    else:
        assert "wrote clients/post.py" in shown(capsys, "generate")


def test_an_empty_file_is_nobodys_work(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clients").mkdir()
    (project / "clients" / "orders.py").write_text("")
    assert "wrote clients/orders.py" in shown(capsys, "generate")


def test_what_is_configured_is_read_once_it_is_its_turn(tmp_path: Path) -> None:
    """Another process may have changed it by then."""
    write_project(tmp_path, ["orders"])
    with project_lock(tmp_path, lambda: None):
        command = [sys.executable, "-m", "arazzoc", "generate"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None and "waiting for another arazzoc" in process.stderr.readline()
        write_project(tmp_path, ["parcels"], 'output = "other"\n')
    assert process.communicate()[1] == "wrote other/parcels.py\n"
