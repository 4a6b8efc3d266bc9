"""Loading and generating, whole processes side by side, as ratios of medians within one run.

The OpenAPI document is the one of shared/seed, where that folder is present, else one of the same size that is made
here. `events` pulls libyaml's events and does nothing with them, `safe` calls `yaml.load(..., CSafeLoader)`.

On the same 2.8 MB document (2026-11-25, whole processes): arazzoc generates the batch workflow in 0.50 s and 56 MB, the
median of seven runs. openapi-python-client 0.29.1 generates its client in 13 times the time and twice the memory,
datamodel-code-generator 0.89.0 its models in 23 times the time and 5 times the memory, each the mean of two runs.

What a cold generate is made of: importing black and formatting with it, nearly half; pulling the events and building
the tree, a quarter; importing yaml, msgspec, jinja2 and arazzoc, a sixth; the rest is compiling the templates and
arazzoc's own work. `generate` of a module that is up to date costs the same: that it is, only its text shows.
"""

from __future__ import annotations

import compileall
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = Path(os.environ.get("ARAZZOC_SHARED", ROOT.parent / "shared")) / "seed"

EVENTS = """
import sys
from yaml._yaml import CParser
from yaml.events import StreamEndEvent
next_event = CParser(open(sys.argv[1], encoding="utf-8").read()).get_event
while next_event().__class__ is not StreamEndEvent: pass
"""
SAFE = """
import sys, yaml
yaml.load(open(sys.argv[1], encoding="utf-8").read(), yaml.CSafeLoader)
"""
# It ends as arazzoc's own process does: without taking the tree apart again.
LOAD = """
import os, sys
from pathlib import Path
from arazzoc.diagnostics import Report
from arazzoc.source import read
source = read(Path(sys.argv[1]), "document", Report())
os._exit(0)
"""
ARAZZOC = [sys.executable, "-c", "from arazzoc.cli import run; run()"]


def made_api(operations: int) -> str:
    """An OpenAPI document; some 2,400 operations make 2.8 MB."""
    lines = ["openapi: 3.1.0", "info: {title: Made, version: '1'}", "servers: [{url: 'https://made.test'}]", "paths:"]
    for number in range(operations):
        lines.append(f"  /things/{number}/{{id}}:\n    get:\n      operationId: get{number}")
        lines.append("      description: >-\n" + "        What it does, in a sentence or two of plain text.\n" * 12)
        lines.append("      parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}")
        lines.append("      responses:\n        '200':\n          description: ok\n          content:")
        lines.append("            application/json:\n              schema:\n                type: object")
        lines.append(
            "                properties:\n                  id: {type: string}\n                  n: {type: number}"
        )
    return "\n".join(lines) + "\n"


def made_workflow(steps: int, operations: int) -> str:
    """A linear workflow, each step passing what the one before it gave."""
    lines = ["arazzo: 1.0.1", "info: {title: Made, version: '1'}", "sourceDescriptions: [{name: api, url: api.yml}]"]
    lines.append("workflows:\n  - workflowId: made\n    steps:")
    for number in range(steps):
        value = f"$steps.s{number - 1}.outputs.id" if number else "first"
        lines.append(f"      - stepId: s{number}\n        operationId: get{number % operations}")
        lines.append(f"        parameters: [{{name: id, in: path, value: '{value}'}}]")
        lines.append("        outputs: {id: $response.body#/id}")
    return "\n".join(lines) + "\n"


def seconds_and_kilobytes(command: list[str]) -> tuple[float, int]:
    """The CPU seconds of a process, which a busy machine changes little, and the most memory that it holds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def measured(commands: dict[str, list[str]], rounds: int = 7) -> dict[str, tuple[float, float]]:
    """The medians of each command's time and memory, the commands taking turns."""
    runs: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(seconds_and_kilobytes(command))
    return {
        name: (statistics.median(r[0] for r in found), statistics.median(r[1] for r in found))
        for name, found in runs.items()
    }


def show(what: str, ratio: float, goal: float) -> None:
    print(f"{what}: {ratio:.2f} (goal: at most {goal}){'' if ratio <= goal else ', not met'}")


def main() -> None:
    # An installed package has its bytecode, whatever PYTHONDONTWRITEBYTECODE says here.
    compileall.compile_dir(ROOT / "generator", quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = SEED / "openapi" / "openai-openapi-master.yml"
        workflow = SEED / "arazzo" / "openai-batch-job-workflow.yml"
        source = ["--source", f"openaiApi={document}"]
        if not document.exists():
            document, workflow, source = folder / "api.yml", folder / "made.yml", []
            document.write_text(made_api(2400))
            workflow.write_text(made_workflow(4, 2400))
        python = [sys.executable, "-c"]
        generate = [*ARAZZOC, "generate", str(workflow), *source, "-o", "-"]
        found = measured(
            {
                "pass": [*python, "pass"],
                "events": [*python, EVENTS, str(document)],
                "safe": [*python, SAFE, str(document)],
                "load": [*python, LOAD, str(document)],
                "generate": generate,
                "help": [*ARAZZOC, "--help"],
            }
        )
        time_of = {key: value[0] for key, value in found.items()}
        memory_of = {key: value[1] for key, value in found.items()}
        show("loading, times a process that pulls the events", time_of["load"] / time_of["events"], 1.4)
        show("cold generate, times a process that pulls the events", time_of["generate"] / time_of["events"], 4.0)
        show("memory of loading, times a CSafeLoader process", memory_of["load"] / memory_of["safe"], 1.0)
        show("memory of generate, times a CSafeLoader process", memory_of["generate"] / memory_of["safe"], 1.0)
        show("--help, times `python -c pass`", time_of["help"] / time_of["pass"], 3.0)
        (folder / "api.yml").write_text(made_api(100))
        sizes = (10, 100, 1000)
        for size in sizes:
            (folder / f"s{size}.yml").write_text(made_workflow(size, 100))
        growth = measured({str(n): [*ARAZZOC, "generate", str(folder / f"s{n}.yml"), "-o", "-"] for n in sizes})
        ten, hundred, thousand = (growth[str(n)][0] for n in sizes)
        show("a step from 100 to 1,000, times a step from 10 to 100", (thousand - hundred) / 10 / (hundred - ten), 1.15)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
