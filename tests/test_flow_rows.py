"""The rules of the flow: the table of flow_rows.py, run by generated modules and by an evaluator of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flow_language import Row, call, end, flow, step, sub, to
from flow_rows import ROWS
from flow_running import Scripted, compiled, document_of, run_evaluator, run_module, scripted


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(row: Row) -> None:
    document = document_of(row.flows)
    result = compiled(document)
    found = run_module(result.module, document["workflows"][0]["workflowId"], scripted(row.answers), row.options)
    assert found == (row.trace, row.outcome)
    assert run_evaluator(document, scripted(row.answers), row.options) == (row.trace, row.outcome)


class Saved(NamedTuple):
    """A state that a run has saved, and how far it was: requests made, and the length of its trace."""

    state: Any
    requests: int
    length: int


def saved_states(module: Any, row: Row, name: str) -> list[Saved]:
    """The states that the run of a row saves, as JSON leaves them."""
    found: list[Saved] = []

    def keep(state: Any, world: Scripted) -> None:
        asked = sum(isinstance(event, str) for event in world.trace)
        found.append(Saved(json.loads(json.dumps(state.to_dict())), asked, len(world.trace)))

    run_module(module, name, scripted(row.answers), row.options, keep=keep)
    return found


@pytest.mark.parametrize("row", [r for r in ROWS if not r.options], ids=[r.name for r in ROWS if not r.options])
def test_row_resumed(row: Row) -> None:
    """From each state that a run saves, another one does the rest, with the wait that was due first."""
    document = document_of(row.flows)
    module, name = compiled(document).module, document["workflows"][0]["workflowId"]
    kind = getattr(module, f"{name.capitalize()}State")
    for saved in saved_states(module, row, name):
        rest = scripted(row.answers)[saved.requests :]
        trace, outcome = run_module(module, name, rest, {}, kind.from_dict(saved.state))
        assert (trace, outcome) == (row.trace[saved.length :], row.outcome)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row_stepwise(row: Row) -> None:
    """One step at a time, each by another process."""
    document = document_of(row.flows)
    name, answers = document["workflows"][0]["workflowId"], scripted(row.answers)
    found = run_module(compiled(document).module, name, answers, row.options, is_stepwise=True)
    assert found == (row.trace, row.outcome)


def test_there_are_many_rows() -> None:
    assert len(ROWS) >= 290 and len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.slow
def test_modules_of_rows_are_typed(tmp_path: Path) -> None:
    """mypy --strict, for every fifth row."""
    for number, row in enumerate(ROWS[::5]):
        text = compiled(document_of(row.flows)).text
        assert text is not None
        (tmp_path / f"row_{number}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_time_of_a_step_goes_on_in_another_process() -> None:
    """A workflow that a step runs has as long as the step has (Arazzo 1.1.0, Step Object), however it is driven."""
    polls = step("a", success=[end(on="s=done"), to("a")])
    document = document_of({"flow": flow(call("c", "w", timeout=13_000)), "w": sub(polls, s="$steps.a.outputs.s")})
    module = compiled(document).module
    for is_stepwise in (False, True):
        answers = scripted(["work"] * 9)
        trace, outcome = run_module(module, "flow", answers, {"backoff": 1}, is_stepwise=is_stepwise)
        assert (trace, outcome) == (["a", 5, "a", 5, "a"], "StepFailed:c")
