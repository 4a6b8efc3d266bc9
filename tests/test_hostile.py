"""Documents are written by strangers: whatever stands in their strings, nothing of it runs, and all of it arrives."""

from __future__ import annotations

import ast
import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arazzoc.emit.names import snake_case
from arazzoc.emit.naming import attribute_name, reserved_names
from building import api_of, compile_documents, json_sent, load, workflow_of
from conftest import ROOT

MARKER = "PWNED_BY_A_DOCUMENT"
NASTY = (
    '"""',
    "'''",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "{}",
    "{0}",
    "%s",
    "%",
    "${x}",
    "{% raw %}",
    "{{ 1 }}",
    '"',
    "'",
    "#",
    "é",
    "\u202e",
    "\x85",
    "\u2028",
    "😀",
    "\x7f",
    f'"); raise SystemExit("{MARKER}") #',
    f"\n__import__('sys').modules.update({MARKER}=1)\n",
    f"{{__import__('os').environ.update({MARKER}='1')}}",
    "*/",
    "]]>",
    "<!--",
    "\\N{BULLET}",
    "\\x41",
    "rf'",
)
texts = st.lists(
    st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6), max_size=5
)
hostile = texts.map("".join)
names = hostile.filter(lambda text: text.strip() != "")


def document_of(t: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    workflow = {
        "arazzo": "1.0.1",
        "info": {"title": t[0], "summary": t[1], "description": t[2], "version": t[3]},
        "sourceDescriptions": [{"name": "api", "url": "openapi.yml"}],
        "workflows": [
            {
                "workflowId": "w" + t[4],
                "summary": t[5],
                "description": t[6],
                "inputs": {
                    "type": "object",
                    "description": t[7],
                    "required": ["plain"],
                    "properties": {
                        "plain": {"type": "string", "description": t[8]},
                        "chosen": {"enum": ["a" + t[9], "b" + t[10]], "default": "a" + t[9]},
                    },
                },
                "steps": [
                    {
                        "stepId": "s" + t[11],
                        "description": t[12],
                        "operationId": "o" + t[13],
                        "parameters": [{"name": "q" + t[14], "in": "query", "value": "v" + t[15]}],
                        "requestBody": {"payload": {"k" + t[16]: "x" + t[17], "in": "$inputs.plain"}},
                        "successCriteria": [
                            {"condition": "$statusCode == 200 || $url == '" + t[18].replace("'", "''") + "'"}
                        ],
                        "outputs": {"out" + t[19]: "$response.body#/a"},
                        "onSuccess": [
                            {
                                "name": "n" + t[20],
                                "type": "end",
                                "criteria": [{"condition": "$response.body#/a != '" + t[21].replace("'", "''") + "'"}],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    openapi = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": {
            "/things": {
                "post": {
                    "operationId": "o" + t[13],
                    "parameters": [{"name": "q" + t[14], "in": "query", "schema": {"type": "string"}}],
                    "requestBody": {"content": {"application/json": {}}},
                    "responses": {
                        "200": {
                            "description": "",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "title": t[22],
                                        "type": "object",
                                        "properties": {"a": {"enum": ["e" + t[22], "f" + t[23]]}},
                                    }
                                }
                            },
                        }
                    },
                }
            }
        },
    }
    return workflow, openapi


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(hostile, min_size=24, max_size=24))
def test_hostile_strings(t: list[str]) -> None:
    workflow, openapi = document_of(t)
    with tempfile.TemporaryDirectory() as folder:
        result = compile_documents(Path(folder), workflow, openapi)
    assert result.text is not None, result.messages
    tree = ast.parse(result.text)
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not calls & {"exec", "eval", "__import__", "compile"}
    module = result.module
    assert not any(name.startswith(MARKER) for name in vars(module))
    runner = next(v for k, v in vars(module).items() if k.startswith("run_w"))
    inputs = next(v for k, v in vars(module).items() if k.startswith("W") and k.endswith("Inputs"))
    with responses.RequestsMock() as server:
        server.post("https://api.test/things", json={"a": "x"})
        runner(module.Client(), inputs(plain=t[17]))
        request = server.calls[0].request
        assert json_sent(request) == {"k" + t[16]: "x" + t[17], "in": t[17]}
        assert parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True) == [("q" + t[14], "v" + t[15])]


def test_inputs_and_members_that_are_called_like_the_support() -> None:
    names = sorted(name for name in reserved_names() if name == snake_case(name))
    step = {
        "stepId": "send",
        "operationId": "send",
        "parameters": [{"name": "q", "in": "query", "value": " ".join(f"{{$inputs.{n}}}" for n in names)}],
        "requestBody": {"payload": {n: f"$inputs.{n}" for n in names}},
        "successCriteria": [{"condition": f"$response.body#/{n} == 'V'"} for n in names]
        + [
            {"context": "$response.body", "condition": f"$[?@ == '{{$inputs.{n}}}']", "type": "jsonpath"} for n in names
        ],
    }
    api = api_of(("post", "/x", "send"))
    api["paths"]["/x"]["post"]["requestBody"] = {"content": {"application/json": {}}}
    # With defaults, fields are names in the body of the class, and a secret is a call of `field` after them.
    fields = {n: {"type": "string", "default": "w"} for n in names} | {"zz": {"type": "string", "format": "password"}}
    inputs = {"type": "object", "properties": fields}
    with tempfile.TemporaryDirectory() as folder:
        module = compile_documents(Path(folder), workflow_of(step, inputs=inputs), api).module
    with responses.RequestsMock() as server:
        server.post("https://api.test/x", json=dict.fromkeys(names, "v"))
        module.run_flow(module.Client(), module.FlowInputs(**{attribute_name(n): "v" for n in names}))
        assert json_sent(server.calls[0].request) == dict.fromkeys(names, "v")


@pytest.mark.parametrize("name", ["field", "classmethod", "property", "session", "self"])
def test_sources_that_are_called_like_what_a_class_calls(tmp_path: Path, name: str) -> None:
    """The client has an argument for the server of a source, and after it one for each credential."""
    document = workflow_of({"stepId": "get", "operationId": "getThings"})
    document["sourceDescriptions"][0]["name"] = name
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key"}
    api = api_of(("get", "/things", "getThings"), securitySchemes={name: scheme, "key": scheme | {"name": "X-Other"}})
    api["security"] = [{name: [], "key": []}]
    module = compile_documents(tmp_path, document, api).module
    with responses.RequestsMock() as server:
        server.get("https://api.test/things", json={})
        module.run_flow(module.Client(key="k"))
        assert server.calls[0].request.headers["X-Other"] == "k"


DIRECTIVES = [
    ("mypy", "ignore-errors"),
    ("pyright", "basic"),
    ("fmt", "off"),
    ("type", "ignore"),
    ("ruff", "noqa"),
    ("isort", "skip_file"),
    ("noqa", ""),
]


@pytest.mark.parametrize(("name", "order"), DIRECTIVES)
def test_names_give_no_directive_to_a_tool(tmp_path: Path, name: str, order: str) -> None:
    """Comments begin with names and summaries of the document, and tools take orders from some comments."""
    document = workflow_of({"stepId": "get", "operationId": "getThings"})
    document["workflows"].append(document["workflows"][0] | {"workflowId": "other"})  # one alone gets no heading
    document["workflows"][0] |= {"workflowId": name, "summary": order}
    text = compile_documents(tmp_path, document, api_of(("get", "/things", "getThings"))).text
    assert text is not None
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    assert any(line.startswith(f"# '{name}'") for line in comments)
    assert not any(re.match(rf"#\s*{name}\s*(?::|$)", line) for line in comments)


def test_a_document_that_holds_what_arazzoc_writes(tmp_path: Path) -> None:
    """No line of a module, of the support or of a template is a mark by which arazzoc finds its way in a module."""
    document = workflow_of({"stepId": "get", "operationId": "getThings", "outputs": {"a": "$response.body"}})
    api = api_of(("get", "/things", "getThings"))
    module = compile_documents(tmp_path, document, api).text
    assert module is not None
    templates = (path.read_text() for path in sorted((ROOT / "templates").glob("*.j2")))
    for number, text in enumerate((module, *templates)):
        document["workflows"][0]["description"] = document["info"]["description"] = text
        document["workflows"][0]["steps"][0]["description"] = text
        (tmp_path / str(number)).mkdir()
        again = compile_documents(tmp_path / str(number), document, api)
        assert again.text is not None and ast.parse(again.text).body
        assert [n for n in dir(again.module) if n[0] != "_"] == [n for n in dir(load(module)) if n[0] != "_"]
