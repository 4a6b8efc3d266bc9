"""Import time of generated/openai_batch_job.py, a standalone module, against `import requests` alone.

The median ratio of paired runs, each a new process; the module has its bytecode, as in a program that runs twice.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import time
from pathlib import Path

from load import show

GENERATED = Path(__file__).resolve().parent.parent / "generated"


def seconds(statement: str) -> float:
    """How long a new process takes to run the statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], cwd=GENERATED, check=True)
    return time.perf_counter() - start


def ratio(rounds: int = 15) -> float:
    """The median of the ratios of neighbouring runs, process start taken off both."""
    ratios: list[float] = []
    for _ in range(rounds):
        nothing, alone, module = (seconds(s) for s in ("pass", "import requests", "import openai_batch_job"))
        ratios.append((module - nothing) / (alone - nothing))
    return statistics.median(ratios)


if __name__ == "__main__":
    compileall.compile_dir(GENERATED, quiet=1)  # whatever PYTHONDONTWRITEBYTECODE says
    show("import of the generated module, times `import requests`", ratio(), 1.3)
