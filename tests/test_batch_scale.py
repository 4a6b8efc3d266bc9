"""`batch.py` on many requests, killed wherever it writes, and on large files in little memory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import batch as program
from batch_program import KEY, accounted, environment, write_requests
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi

COUNT = 10_000


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "r.jsonl"
    write_requests(path, COUNT)
    return path


NAMES = [f"request-{number}" for number in range(1, COUNT + 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("final", "status", "expected"),
    [
        ("completed", 1, {"answered": 9_000, "refused": 1_000}),
        ("expired", 1, {"answered": 4_500, "refused": 500, "expired": 5_000}),
        ("cancelled", 1, {"answered": 4_500, "refused": 500, "missing": 5_000}),
    ],
)
def test_ten_thousand_requests(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, final: str, status: int, expected: dict[str, int]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeBatchApi(final, refuse_every=10) as fake:
        options = ["--dir", str(tmp_path / "x"), "--base-url", fake.url, "--poll-interval", "0.01"]
        assert program.main(["run", str(source), *options]) == status
    assert accounted(tmp_path / "x", NAMES) == expected


# Kills its process before, or right after, a file takes its name for the nth time: everything that lasts is written so.
DRIVER = """
import os, signal, sys
left, when, replace = int(sys.argv[1]), sys.argv[2], os.replace
sys.path.insert(0, sys.argv[3])

def counted(source, target):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

os.replace = counted
import batch
sys.exit(batch.main(sys.argv[4:]))
"""


def driven(fake: FakeBatchApi, left: int, when: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", DRIVER, str(left), when, str(EXAMPLE), *map(str, arguments)]
    command += ["--poll-interval", "0.01"]
    return subprocess.run(command, env=environment(fake.url), capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_wherever_it_writes(source: Path, tmp_path: Path, when: str) -> None:
    """Another start of the same command goes on: all is accounted for, and no batch is created twice."""
    for left in range(1, 100):
        folder = tmp_path / str(left)
        with FakeBatchApi("expired", key=KEY, refuse_every=10) as fake:
            first = driven(fake, left, when, "run", source, "--dir", folder)
            if first.returncode != -signal.SIGKILL:
                break
            second = driven(fake, 0, "", "run", source, "--dir", folder)
            assert second.returncode == 1, second.stderr
            assert accounted(folder, NAMES) == {"answered": 4_500, "refused": 500, "expired": 5_000}
            assert fake.requests.count("POST /v1/batches") == 1, f"killed {when} {left}"
            # Of an upload that was not noted nothing is known, and it costs nothing.
            assert fake.requests.count("POST /v1/files") == (2 if (when, left) == ("before", 3) else 1)
    assert first.returncode == 1 and left > 14
    assert accounted(folder, NAMES)["answered"] == 4_500


MEASURED = """
import sys
sys.path.insert(0, sys.argv[1])
import batch
status = batch.main(sys.argv[2:])
with open("/proc/self/status") as file:
    print(next(line.split()[1] for line in file if line.startswith("VmHWM")))
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_a_file_of_150_megabytes_in_less_than_100(tmp_path: Path) -> None:
    """Checked, uploaded, downloaded (as much again) and joined."""
    source, folder = tmp_path / "r.jsonl", tmp_path / "r.batch"
    names = write_requests(source, 15_000, "x" * 10_000)
    assert source.stat().st_size > 150_000_000
    with FakeBatchApi() as fake:
        command = [sys.executable, "-c", MEASURED, str(EXAMPLE), "run", str(source), "--poll-interval", "0.01"]
        done = subprocess.run(command, env=environment(fake.url), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert len(fake.uploads[0][1]) == source.stat().st_size
    assert (folder / "results.jsonl").stat().st_size > 150_000_000
    with (folder / "joined.jsonl").open() as file:
        assert [json.loads(line)["custom_id"] for line in file] == names
    peak = int(done.stdout.splitlines()[-1]) / 1024
    assert peak < 100, f"{peak:.0f} MB"
