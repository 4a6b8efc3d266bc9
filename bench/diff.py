"""`diff` of a large API: against one cold `generate`, and with nothing changed against `python -c pass`.

Ratios of medians within one run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = Path(os.environ.get("ARAZZOC_SHARED", ROOT.parent / "shared")) / "seed"
EXAMPLE = ROOT / "examples" / "openai-batch"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
ARAZZOC = [sys.executable, "-c", "from arazzoc.cli import run; run()"]
DOCUMENT = EXAMPLE / "openai-batch-job.arazzo.yml"


def seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
    assert not done.stdout or "generate" in command, done.stdout
    return time.perf_counter() - began


def medians(commands: dict[str, list[str]], folder: Path, times: int) -> dict[str, float]:
    found: dict[str, list[float]] = {key: [] for key in commands}
    for _ in range(times):
        for key, command in commands.items():
            found[key].append(seconds(command, folder))
    return {key: statistics.median(each) for key, each in found.items()}


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=bench", "-c", "user.email=bench@bench.invalid"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def main() -> None:
    large = SEED / "openapi" / "openai-openapi-master.yml"
    api = large if large.exists() else EXAMPLE / "openai-batch.openapi.yml"
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for side in ("old", "same", "new"):
            (top / side).mkdir()
            text = DOCUMENT.read_text("utf-8").replace("openai-batch.openapi.yml", "openapi.yml")
            (top / side / "job.arazzo.yml").write_text(text, "utf-8")
            shutil.copy(api, top / side / "openapi.yml")
        changed = top / "new" / "openapi.yml"
        changed.write_text(
            changed.read_text("utf-8").replace("operationId: listModels", "operationId: models"), "utf-8"
        )
        source = ["--source", "openaiApi=new/openapi.yml"]
        commands = {
            "generate": [*ARAZZOC, "generate", "new/job.arazzo.yml", *source, "-o", "out", "--force"],
            "diff": [*ARAZZOC, "diff", "old", "new"],
        }
        found = medians(commands, top, 7)
        print(f"diff of what is not reached: {found['diff'] / found['generate']:.2f} times a cold generate (goal: 2.2)")
        (top / "new" / "arazzoc.toml").write_text('output = "out"\n[[module]]\ndocument = "job.arazzo.yml"\n')
        subprocess.run([*ARAZZOC, "generate", "-q"], cwd=top / "new", check=True, env=ENVIRONMENT)
        git(top / "new", "init", "-q")
        git(top / "new", "add", "-A")
        git(top / "new", "commit", "-qm", "first")
        base = medians({"pass": [sys.executable, "-c", "pass"], "diff": [*ARAZZOC, "diff", "old", "same"]}, top, 15)
        print(f"folders that are the same: {base['diff'] / base['pass']:.2f} times `python -c pass` (goal: 3)")
        base = medians({"pass": [sys.executable, "-c", "pass"], "diff": [*ARAZZOC, "diff", "HEAD"]}, top / "new", 15)
        print(f"a project as in HEAD: {base['diff'] / base['pass']:.2f} times `python -c pass` (goal: 3)")


if __name__ == "__main__":
    main()
