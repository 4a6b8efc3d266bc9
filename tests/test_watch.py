"""`generate --watch`, completion in shells, and the bar on a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from arazzoc.cli import main
from arazzoc.project.watch import watch
from projects import arazzoc, change, environment, write_project


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something holds: however slow the machine is, it will."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def test_a_save_generates_again(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"])
    module, told = tmp_path / "clients" / "orders.py", tmp_path.parent / f"{tmp_path.name}.txt"
    with told.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "arazzoc", "generate", "--watch"],
            cwd=tmp_path,
            env=environment(),
            stderr=file,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until(lambda: "watching 2 folders" in told.read_text(), "it watches")
        time.sleep(0.5)  # the watcher begins in a thread of its own

        def again(title: str) -> bool:
            change(tmp_path, "orders", title)
            return title in module.read_text()

        until(lambda: again("Saved once"), "the module is made again")
        held = module.read_bytes()
        (tmp_path / "flows" / "orders.arazzo.yml").write_text("[]")
        until(lambda: "error[ARZ101]" in told.read_text(), "the error is told")
        assert module.read_bytes() == held
        until(lambda: again("Saved twice"), "it goes on after an error")
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    assert status == 0 and "Traceback" not in told.read_text()


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

    def generate() -> tuple[int, list[Path]]:
        runs.append(document.read_text())
        if len(runs) == 4:
            raise KeyboardInterrupt
        time.sleep(0.02)  # file systems have coarse clocks
        document.write_text(f"saved {len(runs)}")
        return 0, [document]

    assert watch(generate) == 0
    assert runs == ["read", "saved 1", "saved 2", "saved 3"]
