"""The modules for engines as files: written, listed in the lock, compared, and removed with their module."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from building import api_of, compile_documents, workflow_of
from projects import arazzoc, flow, shown, write_documents
from wire import Wire

FILES = ("orders.py", "orders_dbos.py", "orders_temporal.py")


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one module, on two engines."""
    write_documents(tmp_path, ["orders"])
    (tmp_path / "arazzoc.toml").write_text(
        'output = "clients"\nengine = ["temporal", "dbos"]\n\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clients(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "clients").glob("*.py"))


def test_a_project_with_engines(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    assert clients(engines) == sorted(FILES)
    lock = (engines / "arazzoc.lock").read_text()
    assert all(f'output = "clients/{name}"' in lock for name in FILES)
    assert "up to date" in shown(capsys, "generate") and "wrote" not in shown(capsys, "generate")
    shown(capsys, "generate", "--check")
    texts = {name: (engines / "clients" / name).read_bytes() for name in FILES}
    shown(capsys, "generate", "--force")
    assert texts == {name: (engines / "clients" / name).read_bytes() for name in FILES}, "equal inputs, equal bytes"


@pytest.mark.parametrize("name", FILES)
def test_each_is_compared(engines: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """One that is missing is made anew, one that was edited is not overwritten."""
    shown(capsys, "generate")
    path = engines / "clients" / name
    text = path.read_text()
    path.unlink()
    assert f"{name} is missing" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate")
    assert path.read_text() == text
    path.write_text(text + "# mine\n")
    assert f"{name} is edited by hand" in shown(capsys, "generate", "--check", status=1)
    assert "edited by hand" in shown(capsys, "generate", status=2) and "# mine" in path.read_text()
    shown(capsys, "generate", "--force")
    assert path.read_text() == text


def test_they_go_with_the_option(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text().replace('"temporal", ', ""))
    assert "orders_temporal.py is orphaned" in shown(capsys, "generate", "--check", status=1)
    assert "removed clients/orders_temporal.py" in shown(capsys, "generate")
    assert clients(engines) == ["orders.py", "orders_dbos.py"]
    shown(capsys, "generate", "--check")
    config.write_text(config.read_text().replace('engine = ["dbos"]\n', ""))
    shown(capsys, "generate")
    assert clients(engines) == ["orders.py"]


def test_one_of_two_modules(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run over one module leaves the others' files, and what the lock says of them."""
    write_documents(engines, ["orders", "parcels"])
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text() + '\n[[module]]\ndocument = "flows/parcels.arazzo.yml"\n')
    shown(capsys, "generate")
    (engines / "flows" / "orders.arazzo.yml").write_text(json.dumps(flow("Others")))
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert "Others, on DBOS" in (engines / "clients" / "orders_dbos.py").read_text()
    shown(capsys, "generate", "--check")


def test_two_files_in_one_place(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_documents(engines, ["orders", "orders_dbos"])
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text() + '\n[[module]]\ndocument = "flows/orders_dbos.arazzo.yml"\n')
    assert "two modules would be written to clients/orders_dbos.py" in shown(capsys, "generate", status=2)


def test_where_it_cannot_be_written(engines: Path) -> None:
    document = "flows/orders.arazzo.yml"
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "-o", "-")
    assert (done.returncode, done.stdout) == (2, "") and "--engine writes several files" in done.stderr
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "-o", "made.py")
    assert done.returncode == 0 and "from made import" in (engines / "made_dbos.py").read_text()
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "--support", "base", "-o", "lib")
    assert done.returncode == 0 and "from .orders import" in (engines / "lib" / "orders_dbos.py").read_text()
    assert arazzoc(engines, "generate", document, "--engine", "celery").returncode == 2


NAMES = (
    *(
        "arguments",
        "run to end",
        "connection",
        "connected",
        "client",
        "connect",
        "done",
        "leg",
        "go on",
        "STEPS",
        "JSON",
    ),
    *("asyncio", "time", "state", "step", "self", "cls", "workflow", "activity", "Path", "Any", "Values", "failing"),
    *(
        "with_paths",
        "token",
        "timedelta",
        "contextmanager",
        "worker",
        "step_of_leg",
        "DBOS",
        "WORKFLOWS",
        "name",
        "print",
        "id",
    ),
)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workflows and inputs that are called like what the templates call."""
    folder = tmp_path_factory.mktemp("named")
    properties: dict[str, Any] = {name: {"type": "string"} for name in NAMES}
    properties |= {"file": {"type": "string", "format": "binary"}, "token": {"type": "string", "format": "password"}}
    properties |= {f"{name} secret": {"type": "string", "format": "password"} for name in ("client", "self", "cls")}
    secrets = ("connection", "activities", "client", "self", "state", "leg")
    properties |= {name: {"type": "string", "format": "password"} for name in secrets}
    value = " ".join(f"{{$inputs.{name}}}" for name in properties if name != "file")
    step = {"stepId": "send", "operationId": "send", "parameters": [{"in": "query", "name": "q", "value": value}]}
    inputs = {"type": "object", "required": ["arguments", "file"], "properties": properties}
    document = workflow_of(step | {"requestBody": {"contentType": "image/png", "payload": "$inputs.file"}})
    flow = document["workflows"][0] | {"inputs": inputs}
    document["workflows"] = [flow | {"workflowId": name} for name in NAMES]
    api = api_of(("post", "/x", "send"))
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {"image/png": {}}}
    made = compile_documents(
        folder, document, api, engines=("dbos", "temporal"), idempotency_key=True, is_formatted=True
    )
    assert made.text is not None, made.messages
    (folder / "workflow.py").write_text(made.text)
    for name, text in made.beside:
        (folder / f"workflow_{name}.py").write_text(text)
    return folder


WAITS = """
import asyncio, sys, time, types
from unittest.mock import patch

waits = []
now = time.time()
stored = [  # a long pause that is over, one of which half a minute is left, and the end
    {"state": {"next_step": "s"}, "wait": 500.0, "until": now - 100, "outputs": None},
    {"state": {"next_step": "s"}, "wait": 500.0, "until": now + 30, "outputs": None},
    {"state": {"next_step": None}, "wait": 0.0, "until": now, "outputs": {}},
]

async def run_step_async(options, step, *arguments):
    return stored.pop(0)

async def sleep(seconds):
    waits.append(max(round(seconds), 0))

class DBOS:
    workflow = staticmethod(lambda **_: lambda function: function)
    run_step_async = staticmethod(run_step_async)

dbos = sys.modules["dbos"] = types.ModuleType("dbos")
dbos.DBOS, dbos.WorkflowSerializationFormat = DBOS, types.SimpleNamespace(PORTABLE=1)
import orders_dbos as m
with patch.object(asyncio, "sleep", sleep):
    asyncio.run(m.run_to_end(next(iter(m.STEPS)), {}, {"next_step": "s"}))
print(waits)
"""


def test_a_restart_on_dbos_waits_what_is_left(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps that are stored are not waited for again; of the last pause, what is left."""
    shown(capsys, "generate")
    command = [sys.executable, "-c", WAITS]
    done = subprocess.run(command, cwd=engines / "clients", capture_output=True, text=True, check=False)
    assert done.stdout == "[0, 0, 30]\n", done.stderr


@pytest.mark.parametrize("engine", ["dbos", "temporal"])
def test_names_like_those_of_the_template(named: Path, engine: str) -> None:
    pytest.importorskip({"temporal": "temporalio"}.get(engine, engine))
    program = f"import workflow_{engine} as m; print([n for n in m.__all__ if not hasattr(m, n)], len(set(m.__all__)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=named, capture_output=True, text=True, check=False)
    count = len(NAMES) * {"dbos": 1, "temporal": 2}[engine] + {"dbos": 3, "temporal": 4}[engine]
    assert done.stdout == f"[] {count}\n" and "Duplicate" not in done.stderr, done.stderr


@pytest.mark.parametrize("engine", ["dbos", "temporal"])
def test_what_a_workflow_is_given(engine: str, tmp_path: Path, wire: Wire) -> None:
    """What is not given is absent or has its default, a secret too; names of inputs are kept, whatever they hide."""
    pytest.importorskip({"temporal": "temporalio"}.get(engine, engine))
    text, secret = {"type": "string"}, {"type": "string", "format": "password"}
    properties: dict[str, Any] = {
        "run to end": text,
        "list": {"type": "array", "items": text, "default": ["a"]},
        "state": secret,
        "null": {"type": ["string", "null"]},
        "token": secret,
        "secret": secret | {"default": "s"},
        "secret null": {"type": ["string", "null"], "format": "password"},
        "connection": secret,
    }
    step = {"stepId": "send", "operationId": "send"}
    body = {"contentType": "application/json", "payload": {name: f"$inputs.{name}" for name in properties}}
    document = workflow_of(step | {"requestBody": body})
    inputs = {"type": "object", "required": ["run to end", "token", "connection"], "properties": properties}
    document["workflows"] = [
        document["workflows"][0] | {"workflowId": "token", "inputs": inputs},
        document["workflows"][0] | {"workflowId": "other", "inputs": inputs | {"required": ["state", "run to end"]}},
    ]
    api = api_of(("post", "/x", "send"))
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {"application/json": {}}}
    made = compile_documents(tmp_path, document, api, engines=(engine,))
    assert made.text is not None, made.messages
    (tmp_path / "workflow.py").write_text(made.text)
    (tmp_path / f"workflow_{engine}.py").write_text(made.beside[0][1])
    call = {"dbos": "m.STEPS['token'](*given)", "temporal": "known[0](*given)"}[engine]
    program = f"""
import workflow, workflow_{engine} as m
known = m.connect(workflow.Client(api={wire.url!r}), token="t", connection_2="c", state="z")
given = [{{"run_to_end": "r"}}, workflow.TokenState().to_dict()]
print({call}["outputs"])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "{}\n", done.stderr
    expected = {"run to end": "r", "list": ["a"], "state": "z", "token": "t", "secret": "s", "connection": "c"}
    assert json.loads(wire.last.body) == expected


def version_of(folder: Path, document: dict[str, Any]) -> str:
    made = compile_documents(folder, document, api_of(("post", "/x", "send")), engines=("dbos",))
    assert made.text is not None, made.messages
    found = re.search(r"VERSION: Final = (\S+)", made.beside[0][1])
    assert found is not None
    return found[1]


def test_versions(tmp_path: Path) -> None:
    """A version tells of all by which a run under way, with the arguments that are stored, cannot go on."""
    step = {"stepId": "send", "operationId": "send"}

    def called(*steps: dict[str, Any]) -> str:
        (tmp_path / "other.arazzo.yml").write_text(json.dumps(workflow_of(*steps)))
        document = workflow_of({"stepId": "run", "workflowId": "$sourceDescriptions.other.flow"})
        document["sourceDescriptions"].append({"name": "other", "url": "other.arazzo.yml", "type": "arazzo"})
        return version_of(tmp_path, document)

    assert called(step) == called(step) != called(step, step | {"stepId": "again"})

    def of(*names: str, **members: str) -> str:
        inputs = {"type": "object", "properties": {"key": {"type": "string", **members}}}
        query = {"parameters": [{"in": "query", "name": "q", "value": "$inputs.key"}]}
        flow = workflow_of(step | query, inputs=inputs)["workflows"][0]
        return version_of(tmp_path, workflow_of(step) | {"workflows": [flow | {"workflowId": name} for name in names]})

    assert of("one") == "OneState.flow" and of("one", format="password") != of("one")
    assert of("one", "two") == of("two", "one", description="text") != of("one", "two", format="password")


def test_two_modules_in_one_process(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Engines know workflows, legs and activities by their names, which are those of a module's own."""
    pytest.importorskip("dbos")
    write_documents(engines, ["orders", "parcels"])
    (engines / "arazzoc.toml").write_text(
        'output = "clients"\nengine = ["temporal", "dbos"]\n\n[[module]]\ndocument = "flows/*.arazzo.yml"\n'
    )
    shown(capsys, "generate")
    program = """
import orders_dbos, parcels_dbos
try:
    orders_dbos.connection.client
except RuntimeError as error:
    assert "connect() was not called" in str(error)
else:
    raise AssertionError
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=engines / "clients", capture_output=True, check=True)
    assert b"Duplicate" not in done.stderr
    texts = [(engines / "clients" / f"{name}_temporal.py").read_text() for name in ("orders", "parcels")]
    names = [set(re.findall(r"defn\(name=(.*)\)", text)) for text in texts]
    assert len(names[0]) == len(names[1]) > 0 and not names[0] & names[1]


@pytest.mark.parametrize(
    ("value", "is_startable"),
    [("$steps.enter.outputs.token", False), ("Bearer {$steps.enter.outputs.token}", False), ("$inputs.token", True)],
)
def test_a_secret_of_the_callers_run(value: str, *, is_startable: bool, tmp_path: Path) -> None:
    """A workflow that is given one by its caller is not started by itself: no worker has it."""
    secret = {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}}
    header = {"in": "header", "name": "Authorization", "value": "$inputs.token"}
    enter = {
        "stepId": "enter",
        "operationId": "enter",
        "parameters": [header],
        "outputs": {"token": "$response.body#/t"},
    }
    call = {"stepId": "call", "workflowId": "inner", "parameters": [{"name": "token", "value": value}]}
    inner = {"stepId": "look", "operationId": "enter", "parameters": [header]}
    document = workflow_of(enter, call, inputs=secret)
    document["workflows"].append({"workflowId": "inner", "inputs": secret, "steps": [inner]})
    made = compile_documents(tmp_path, document, api_of(("get", "/x", "enter")), engines=("dbos", "temporal"))
    for name, text in made.beside:
        assert ("inner" in text) == is_startable, name


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_types_of_modules_for_engines(named: Path, checker: str) -> None:
    pytest.importorskip("temporalio")
    (named / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    files = ["workflow_dbos.py", "workflow_temporal.py"]
    options = {"mypy": ["--strict", *files], "pyright": ["--pythonpath", sys.executable, *files]}[checker]
    command = [sys.executable, "-m", checker, *options]
    done = subprocess.run(command, cwd=named, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
