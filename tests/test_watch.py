"""`generate --watch`, completion in shells, and the bar on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arazzoc.cli import main
from arazzoc.project.watch import Ran, watch
from projects import arazzoc, change, environment, flow, write_documents, write_project


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something holds: however slow the machine is, it will."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[Callable[[], str]]:
    """`generate --watch` in a folder, which gives what it has told; Ctrl-C ends it."""
    told = folder.parent / f"{folder.name}.txt"
    with told.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "arazzoc", "generate", "--watch"],
            cwd=folder,
            env=environment(),
            stderr=file,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until(lambda: " folders; Ctrl-C" in told.read_text(), "it watches")
        yield told.read_text
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    assert status == 0 and "Traceback" not in told.read_text()


def test_a_save_generates_again(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"])
    module = tmp_path / "clients" / "orders.py"
    with watching(tmp_path) as told:
        assert "watching 2 folders" in told()

        def again(title: str) -> bool:
            change(tmp_path, "orders", title)
            return title in module.read_text()

        until(lambda: again("Saved once"), "the module is made again")
        held = module.read_bytes()
        (tmp_path / "flows" / "orders.arazzo.yml").write_text("[]")
        until(lambda: "error[ARZ101]" in told(), "the error is told")
        assert module.read_bytes() == held
        until(lambda: again("Saved twice"), "it goes on after an error")


def test_a_source_that_comes_back_is_noticed(tmp_path: Path) -> None:
    """Whether it was there before or not, and with its folder."""
    write_project(tmp_path, ["orders"])
    document, far = json.dumps(flow("orders")), tmp_path / "flows" / "far"
    (tmp_path / "flows" / "orders.arazzo.yml").write_text(document.replace("openapi.yml", "far/openapi.yml"))
    (tmp_path / "flows" / "openapi.yml").rename(tmp_path / "kept.yml")
    with watching(tmp_path) as told:
        for number in (1, 2):
            until(lambda count=number: told().count("not found") >= count, "it is missed")  # type: ignore[misc]
            far.mkdir()
            api = (tmp_path / "kept.yml").read_text().replace("Test", f"Test {number}")
            (far / "openapi.yml").write_text(api)
            until(lambda count=number: told().count("orders.py") >= count, "it is back")  # type: ignore[misc]
            shutil.rmtree(far)


def test_a_document_in_a_new_folder_is_noticed(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders"])
    (tmp_path / "arazzoc.toml").write_text('output = "clients"\n[[module]]\ndocument = "**/*.arazzo.yml"\n')
    with watching(tmp_path):
        write_documents(tmp_path / "more" / "deep", ["parcels"])
        until((tmp_path / "clients" / "parcels.py").is_file, "the new one is made")
        shutil.rmtree(tmp_path / "more")
        until(lambda: not (tmp_path / "clients" / "parcels.py").exists(), "it goes")


@pytest.mark.parametrize("wrong", ["arazzoc.toml", "arazzoc.lock"])
def test_a_wrong_beginning_is_waited_for(tmp_path: Path, wrong: str) -> None:
    write_project(tmp_path, ["orders"])
    text = (tmp_path / "arazzoc.toml").read_text()
    (tmp_path / wrong).write_text("output = [\n" if wrong == "arazzoc.toml" else "version = 99\n")
    with watching(tmp_path) as told:
        assert "error[" in told()
        (tmp_path / wrong).write_text(text if wrong == "arazzoc.toml" else "")
        until((tmp_path / "clients" / "orders.py").is_file, "it is mended")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    assert "arazzoc" in printed and "idempotency-key" in printed


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    write_project(tmp_path, [f"flow{number}" for number in range(12)])
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "arazzoc", "generate"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(ours)
    assert process.wait(60) == 0
    assert b"12/12 flow11" in shown and b"wrote clients/flow9.py" in shown
    assert b"12/12" not in arazzoc(tmp_path, "generate", "--force").stderr.encode(), "only on a terminal"


def test_what_is_saved_while_modules_are_made_is_not_missed(tmp_path: Path) -> None:
    document = tmp_path / "a.arazzo.yml"
    document.write_text("read")
    runs: list[str] = []

    def generate() -> Ran:
        runs.append(document.read_text())
        if len(runs) == 4:
            raise KeyboardInterrupt
        time.sleep(0.02)  # file systems have coarse clocks
        document.write_text(f"saved {len(runs)}")
        return Ran(0, [document])

    assert watch(generate) == 0
    assert runs == ["read", "saved 1", "saved 2", "saved 3"]


def test_a_folder_that_goes_before_it_is_watched_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is looked at again, and generated from."""
    import watchfiles

    faults = [FileNotFoundError("no such folder")]

    def changes(*folders: Path, **options: object) -> Iterator[set[object]]:
        if faults:
            raise faults.pop()
        return iter(())

    monkeypatch.setattr(watchfiles, "watch", changes)
    runs: list[int] = []

    def generate() -> Ran:
        runs.append(len(runs))
        return Ran(len(runs), [tmp_path / "document.yml"])

    assert watch(generate) == 2 and runs == [0, 1]
