"""A process is killed at each step boundary, and another one goes on: same outputs, nothing done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from building import api_of, compile_documents, compile_path
from conftest import EXAMPLE
from fake_batch_api import FakeBatchApi
from flow_language import again, call, end, flow, over, step, sub, to
from flow_running import document_of
from wire import Wire

# Kills itself at the checkpoint whose number is given, once the state is in the file; nothing is cleaned up.
DRIVER = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
import module
left = int(sys.argv[2])

def keep(state):
    global left
    with open(sys.argv[3] + ".new", "w") as file:
        json.dump(state.to_dict(), file)
    os.replace(file.name, sys.argv[3])
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

settings = json.loads(sys.argv[4])
client = module.Client(**settings["client"], on_checkpoint=keep, sleep=lambda seconds: None)
inputs = [getattr(module, settings["inputs"])(**settings["data"])] if settings["inputs"] else []
state = None
if os.path.exists(sys.argv[3]):
    with open(sys.argv[3]) as file:
        state = getattr(module, settings["state"]).from_dict(json.load(file))
outputs = getattr(module, settings["runner"])(client, *inputs, state)
print(repr(outputs))
"""


def run(folder: Path, limit: int, state: Path, settings: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", DRIVER, str(folder), str(limit), str(state), json.dumps(settings)]
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)


def killed_everywhere(folder: Path, settings: Any, asked: Any) -> int:
    """Kill at each boundary in turn; the number of boundaries."""
    whole = run(folder, 0, folder / "whole.json", settings(0))
    assert whole.returncode == 0, whole.stderr
    expected = asked(0)
    for limit in range(1, 100):
        state = folder / f"state{limit}.json"
        first = run(folder, limit, state, settings(limit))
        if first.returncode == 0:
            return limit - 1
        assert first.returncode == -signal.SIGKILL, first.stderr
        second = run(folder, 0, state, settings(limit))
        assert (second.returncode, second.stdout) == (0, whole.stdout), second.stderr
        assert asked(limit) == expected, f"killed at {limit}"
    raise AssertionError("it never ends")


@pytest.mark.slow
def test_the_life_of_a_batch(tmp_path: Path) -> None:
    result = compile_path(EXAMPLE / "batch-lifecycle.arazzo.yml")
    assert result.text is not None
    (tmp_path / "module.py").write_text(result.text)
    servers: dict[int, FakeBatchApi] = {}

    def settings(number: int) -> dict[str, Any]:
        if number not in servers:
            servers[number] = FakeBatchApi()
            servers[number].__enter__()
        data = {
            "api_key": "sk-x",
            "requests": (EXAMPLE / "requests.jsonl").read_text(),
            "endpoint": "/v1/chat/completions",
        }
        return {
            "client": {"openai_api": servers[number].url},
            "runner": "run_whole_batch",
            "inputs": "WholeBatchInputs",
            "state": "WholeBatchState",
            "data": data,
        }

    try:
        assert killed_everywhere(tmp_path, settings, lambda n: servers[n].requests) == 8
    finally:
        for server in servers.values():
            server.__exit__(None, None, None)


# A dependency, a sub-workflow that polls and retries, a retry by way of a step, a workflow that the run goes over to.
NESTED = {
    "main": flow(
        step("first", [to("second")], [again(2, 1, stepId="repair")]),
        step("repair"),
        call("second", "inner"),
        step("third", [over("rest", "s=third")]),
        dependsOn=["before"],
    ),
    "before": sub(step("x")),
    "inner": sub(
        step("y"), step("poll", [end(on="s=done"), to("poll", "s=work")], [again(1, 1)]), s="$steps.y.outputs.s"
    ),
    "rest": sub(step("z"), s="$steps.z.outputs.s"),
}
# A linear one, whose second step is retried.
LINEAR = {"main": flow(step("a"), step("b", failure=[again(3)]), step("c"))}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flows", "script", "boundaries"),
    [
        (NESTED, {"first": [500, 500, "1"], "poll": ["work", 500, "work", "done"], "third": ["third"]}, 15),
        (LINEAR, {"b": [500, 500, "2"]}, 5),
    ],
    ids=["nested", "linear"],
)
def test_made_workflows(tmp_path: Path, wire: Wire, flows: Any, script: dict[str, list[Any]], boundaries: int) -> None:
    document = document_of(flows)
    names = dict.fromkeys(s["operationId"] for w in document["workflows"] for s in w["steps"] if "operationId" in s)
    result = compile_documents(tmp_path, document, api_of(*(("post", f"/{n}", n) for n in names)))
    assert result.text is not None, result.messages
    (tmp_path / "module.py").write_text(result.text)
    counted: dict[str, Counter[str]] = {}

    def answer(handler: Any) -> Any:
        _, number, name = handler.path.split("/")
        seen = counted.setdefault(number, Counter())
        answers = script.get(name, [name])
        said = answers[min(seen[name], len(answers) - 1)]
        seen[name] += 1
        return (
            (said if isinstance(said, int) else 200),
            [("Content-Type", "application/json")],
            json.dumps({"s": said}).encode(),
        )

    wire.answer = answer

    def settings(number: int) -> dict[str, Any]:
        return {"client": {"api": f"{wire.url}/{number}"}, "runner": "run_main", "inputs": "", "state": "MainState"}

    assert killed_everywhere(tmp_path, settings, lambda n: counted[str(n)]) == boundaries
