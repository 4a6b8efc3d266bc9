"""Modules as commands: options from the inputs, whatever they are called, and everything else out of their way."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from arazzoc.config import Config, Extra
from arazzoc.runtime.command import run_command
from building import SUPPORT, Result, api_of, compile_documents, workflow_of
from wire import Wire

COMMAND = frozenset[Extra]({"command"})
OWN = ("help", "state", "force-state", "poll-interval", "poll-timeout", "save")
CLASHES = (*OWN, "h", "api", "api_url", "run-state", "run-run-state", "client-api", "input-api", "command", "inputs")


def compiled(folder: Path, properties: dict[str, Any], *, source: str = "api", **fields: Any) -> Result:
    """A workflow that sends each of its inputs as a query parameter."""
    parameters = [{"name": name, "in": "query", "value": f"$inputs.{name}"} for name in properties]
    step = {"stepId": "send", "operationId": "send", "parameters": parameters}
    inputs = {"type": "object", "properties": properties, **fields}
    document = workflow_of(step, inputs=inputs, summary="Send 100% of it.")
    document["sourceDescriptions"][0]["name"] = source
    return compile_documents(folder, document, api_of(("get", "/x", "send")), extras=COMMAND)


def status(module: Any, arguments: list[str]) -> Any:
    """The exit status, also where argparse ends the process."""
    try:
        return module.main(arguments)
    except SystemExit as ended:
        return ended.code


def query_of(wire: Wire) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(wire.last.line).query, keep_blank_values=True))


@pytest.mark.parametrize("name", CLASHES)
def test_an_input_keeps_its_name(tmp_path: Path, wire: Wire, name: str) -> None:
    """An option of the command or of the client yields to it."""
    module = compiled(tmp_path, {name: {"type": "string"}}).module
    option = f"--{name.replace('_', '-')}"
    base = "--client-api" if name == "api" else "--api"
    assert module.main([option, "value", base, wire.url]) == 0
    assert query_of(wire) == {name: "value"}


def test_all_of_them_at_once(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    module = compiled(tmp_path, {name: {"type": "string"} for name in CLASHES}).module
    options = [part for name in CLASHES for part in (f"--{name.replace('_', '-')}", f"<{name}>")]
    assert module.main([*options, "--client-client-api", wire.url]) == 0
    assert query_of(wire) == {name: f"<{name}>" for name in CLASHES}
    with pytest.raises(SystemExit) as ended:
        module.main(["-h"])
    assert ended.value.code == 0 and "Send 100% of it." in capsys.readouterr().out


@pytest.mark.parametrize("source", ["help", "state", "poll", "saveBody", "pollInterval", "requests"])
def test_sources_that_are_called_like_options(tmp_path: Path, wire: Wire, source: str) -> None:
    module = compiled(tmp_path, {"a": {"type": "string"}}, source=source).module
    [name] = module.Client.__annotations__
    option = f"--{name.replace('_', '-')}"
    assert module.main(["--a", "1", option, wire.url]) == 0
    assert query_of(wire) == {"a": "1"}


def test_two_inputs_of_one_name(tmp_path: Path, wire: Wire) -> None:
    """Names that differ only in how they are written give two options."""
    module = compiled(tmp_path, {"user-id": {"type": "string"}, "userId": {"type": "string"}}).module
    assert module.main(["--user-id", "1", "--user-id-2", "2", "--api", wire.url]) == 0
    assert query_of(wire) == {"user-id": "1", "userId": "2"}


def test_values_by_their_types(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    properties = {
        "text": {"type": "string"},
        "kind": {"enum": ["a", "b"]},
        "count": {"type": "integer", "minimum": 2},
        "flag": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "limit": {"type": "number", "default": 1.5},
        "any": {},
        "class": {"type": "string"},
    }
    module = compiled(tmp_path, properties, required=["text", "count"]).module
    (tmp_path / "tags.json").write_text('["x", "y"]')
    options = ["--text", "@1", "--kind", "a", "--count", "3", "--flag", "true", "--any", "null", "--class", "c"]
    assert module.main([*options, "--tags", f"@{tmp_path}/tags.json", "--api", wire.url]) == 0
    sent = query_of(wire)
    assert sent == {"text": "@1", "kind": "a", "count": "3", "flag": "true", "tags": "y", "limit": "1.5", "class": "c"}
    capsys.readouterr()
    for wrong, said in (
        (["--count", "1"], "/count: must be at least 2"),
        (["--count", "x"], "--count: not JSON"),
        (["--count", '"3"'], "/count: must be integer"),
        (["--count", "3", "--kind", "c"], "/kind: must be one of ['a', 'b']"),
        (["--count", "3", "--tags", "@nowhere"], "--tags: not JSON"),
    ):
        assert status(module, ["--text", "t", *wrong, "--api", wire.url]) == 2
        assert said in capsys.readouterr().err
    assert len(wire.requests) == 1


def test_secrets_come_from_the_environment(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api = api_of(
        ("get", "/x", "send"),
        securitySchemes={
            "login": {"type": "http", "scheme": "basic"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
    )
    api["security"] = [{"login": [], "key": []}]
    step = {
        "stepId": "send",
        "operationId": "send",
        "parameters": [{"name": "token", "in": "query", "value": "$inputs.token"}],
    }
    inputs = {
        "type": "object",
        "required": ["token"],
        "properties": {"token": {"type": "string", "format": "password", "description": "The token."}},
    }
    module = compile_documents(tmp_path, workflow_of(step, inputs=inputs), api, extras=COMMAND).module
    assert status(module, ["--api", wire.url]) == 2
    assert "set the environment variable FLOW_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("FLOW_TOKEN", "s3cret")
    monkeypatch.setenv("FLOW_LOGIN", "ann:p4ss")
    monkeypatch.setenv("FLOW_KEY", "k3y")
    assert module.main(["--api", wire.url]) == 0
    assert wire.last.headers["Authorization"].startswith("Basic ") and wire.last.headers["X-Key"] == "k3y"
    shown = capsys.readouterr()
    assert not any(secret in shown.out + shown.err for secret in ("s3cret", "p4ss", "k3y"))
    monkeypatch.setenv("FLOW_LOGIN", "no-colon")
    assert status(module, ["--api", wire.url]) == 2
    assert "no-colon" not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        module.main(["--help"])
    assert "FLOW_TOKEN" in (text := capsys.readouterr().out) and "FLOW_LOGIN  USER:PASSWORD" in text


def test_several_workflows_are_commands(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    document = workflow_of({"stepId": "a", "operationId": "send"})
    names = ("flow", "placeOrder", "-x", "import", "日本")
    document["workflows"] = [{**document["workflows"][0], "workflowId": name, "summary": name} for name in names]
    module = compile_documents(tmp_path, document, api_of(("get", "/x", "send")), extras=COMMAND).module
    for name in ("flow", "place-order", "x", "import", "日本"):
        assert module.main([name, "--api", wire.url]) == 0
    with pytest.raises(SystemExit) as ended:
        module.main([])
    assert ended.value.code == 2
    with pytest.raises(SystemExit):
        module.main(["--help"])
    assert "place-order" in capsys.readouterr().out


def test_a_run_is_saved_and_resumed(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    module = compiled(tmp_path, {"a": {"type": "string"}}).module
    state = tmp_path / "state.json"
    assert module.main(["--api", wire.url, "--state", str(state)]) == 0
    assert state.stat().st_mode & 0o077 == 0 and json.loads(state.read_text())["next_step"] is None
    assert module.main(["--api", wire.url, "--state", str(state)]) == 0
    assert len(wire.requests) == 1, "the run is at its end"
    changed = {**json.loads(state.read_text()), "flow": "0", "next_step": "send"}
    for text, status, said in (
        (json.dumps(changed), 1, "of another version of flow"),
        ("[]", 1, "not a state"),
        ("{", 1, "not a state file"),
        ("{}", 1, "not a state of flow"),
    ):
        state.write_text(text)
        assert module.main(["--api", wire.url, "--state", str(state)]) == status
        assert said in capsys.readouterr().err
    state.write_text(json.dumps(changed))
    assert module.main(["--api", wire.url, "--state", str(state), "--force-state"]) == 0


def test_help_comes_from_the_docstrings_of_the_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the source cannot be read, the options are there without their texts."""
    text = compiled(tmp_path, {"a": {"type": "string", "description": "What 100% of it is."}}).text
    assert text is not None
    (tmp_path / "documented.py").write_text(text)
    sys.path.insert(0, str(tmp_path))
    try:
        import documented  # type: ignore[import-not-found]

        with pytest.raises(SystemExit):
            documented.main(["--help"])
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("documented", None)
    assert "What 100% of it is." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        compiled(tmp_path, {"a": {"type": "string", "description": "What 100% of it is."}}).module.main(["--help"])
    shown = capsys.readouterr().out
    assert "--a TEXT" in shown and "What 100%" not in shown


def test_a_reader_that_has_gone(tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C ends a run with status 130, and without a traceback."""
    module = compiled(tmp_path, {"a": {"type": "string"}}).module

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.BaseClient, "send", interrupted)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert module.main(["--api", wire.url]) == 130


def test_modules_have_no_extras_unasked(tmp_path: Path) -> None:
    """Neither the command nor run_many, nor what checks inputs."""
    document = workflow_of(
        {"stepId": "a", "operationId": "send"}, inputs={"type": "object", "properties": {"a": {"type": "string"}}}
    )
    api = api_of(("get", "/x", "send"))
    plain = compile_documents(tmp_path, document, api, support=SUPPORT).module
    assert not {"main", "run_many", "RunOutcome"} & set(vars(plain)) and not hasattr(plain.FlowInputs, "from_dict")
    every = Config(extras=frozenset({"command", "many"})).extras
    full = compile_documents(tmp_path, document, api, support=SUPPORT, extras=every).module
    assert {"main", "run_many", "RunOutcome"} <= set(vars(full)) and hasattr(full.FlowInputs, "from_dict")
    assert "main" not in full.__all__ and run_command is not full.main


@pytest.mark.parametrize(
    ("given", "name", "media"),
    [
        ("@{0}", "in.png", "application/octet-stream"),
        ("@{0};type=image/webp", "in.png", "image/webp"),
        ("@{0};filename=other.txt", "other.txt", "application/octet-stream"),
        ("@{0};filename=o.txt;type=text/csv", "o.txt", "text/csv"),
        ("plain text", "file", "application/octet-stream"),
    ],
)
def test_files_of_the_command_line(
    tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str], given: str, name: str, media: str
) -> None:
    module = uploading(tmp_path)
    path = tmp_path / "in.png"
    path.write_bytes(b"\xffdata")
    assert module.main(["--file", given.format(path), "--api", wire.url]) == 0
    head = f'filename="{name}"\r\nContent-Type: {media}\r\n\r\n'.encode()
    is_text = not given.startswith("@")
    assert head + (b"plain text" if is_text else b"\xffdata") + b"\r\n" in wire.last.body
    assert ("@PATH sends a file" in capsys.readouterr().err) is is_text


@pytest.mark.parametrize("given", ["@missing", "@missing;type=a/b", "@{0};colour=red", "@{0};type", "@"])
def test_files_that_are_not_there(tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str], given: str) -> None:
    module = uploading(tmp_path)
    path = tmp_path / "in.png"
    path.write_bytes(b"data")
    with pytest.raises(SystemExit) as left:
        module.main(["--file", given.format(path), "--api", wire.url])
    assert left.value.code == 2 and wire.requests == []
    assert "--file" in capsys.readouterr().err


def uploading(folder: Path) -> Any:
    """A command that uploads a file as a part."""
    api = api_of(("post", "/x", "send"))
    schema = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {"multipart/form-data": {"schema": schema}}}
    body = {"contentType": "multipart/form-data", "payload": {"file": "$inputs.file"}}
    inputs = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    document = workflow_of({"stepId": "send", "operationId": "send", "requestBody": body}, inputs=inputs)
    return compile_documents(folder, document, api, extras=frozenset({"command"})).module
