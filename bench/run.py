"""All benchmarks, one after the other: ratios within one run, never seconds."""

from __future__ import annotations

import runpy
from pathlib import Path

for script in sorted(Path(__file__).resolve().parent.glob("*.py")):
    if script.name not in ("run.py", "durable.py"):  # that one takes minutes, and needs PostgreSQL
        runpy.run_path(str(script), run_name="__main__")
