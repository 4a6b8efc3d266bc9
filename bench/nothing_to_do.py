"""`generate` and `generate --check` with nothing to do, against `python -c pass`: ratios of medians within one run.

One module of the seed's size (2.8 MB of OpenAPI, where shared/seed is present), and 200 small modules.
"""

from __future__ import annotations

import json
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
MANY = 200


def seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - began


def project(folder: Path, documents: list[Path], api: Path, source: str) -> None:
    lines = ['output = "clients"', 'support = "support"', "[sources]", f"{source} = {json.dumps(api.name)}"]
    shutil.copy(api, folder)
    for document in documents:
        lines += ["[[module]]", f"document = {json.dumps(document.name)}"]
        if not (folder / document.name).exists():
            shutil.copy(document, folder)
    (folder / "arazzoc.toml").write_text("\n".join(lines) + "\n")
    subprocess.run([*ARAZZOC, "generate", "-q"], cwd=folder, check=True, env=ENVIRONMENT)


def measured(name: str, folder: Path, modules: int) -> None:
    commands = {
        "pass": [sys.executable, "-c", "pass"],
        "generate": [*ARAZZOC, "generate"],
        "--check": [*ARAZZOC, "generate", "--check"],
    }
    times: dict[str, list[float]] = {key: [] for key in commands}
    for _ in range(15):
        for key, command in commands.items():
            times[key].append(seconds(command, folder))
    base = statistics.median(times["pass"])
    for key in ("generate", "--check"):
        ratio = statistics.median(times[key]) / base
        each = f", {ratio / modules:.3f} a module" if modules > 1 else ""
        print(f"{name}: {key} with nothing to do is {ratio:.2f} times `python -c pass`{each} (goal: 2.5)")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        one = Path(name) / "one"
        one.mkdir()
        large = SEED / "openapi" / "openai-openapi-master.yml"
        api = large if large.exists() else EXAMPLE / "openai-batch.openapi.yml"
        project(one, [EXAMPLE / "openai-batch-job.arazzo.yml"], api, "openaiApi")
        measured("one module", one, 1)
        many = Path(name) / "many"
        many.mkdir()
        text = (EXAMPLE / "openai-batch-job.arazzo.yml").read_text("utf-8")
        documents = [many / f"flow{number}.arazzo.yml" for number in range(MANY)]
        for document in documents:
            document.write_text(text, "utf-8")
        project(many, documents, EXAMPLE / "openai-batch.openapi.yml", "openaiApi")
        measured(f"{MANY} modules", many, MANY)


if __name__ == "__main__":
    main()
