"""Workflows of other Arazzo documents, compiled into the same module; the document or `--source` names their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from building import api_of, compile_documents
from flow_language import call, flow, step
from flow_running import Scripted, document_of, scripted


def test_workflows_of_another_document(tmp_path: Path) -> None:
    """They are compiled into the same module, under the name of their source; their components stay their own."""
    (tmp_path / "more").mkdir()
    other = document_of(
        {"log-in": {**flow(step("x")), "inputs": {"type": "object", "properties": {"user": {"type": "string"}}}}}
    )
    other["sourceDescriptions"][0]["url"] = "../openapi.yml"
    other["components"] = {"parameters": {"p": {"name": "p", "in": "query", "value": "own"}}}
    other["workflows"][0]["steps"][0]["parameters"] = [{"reference": "$components.parameters.p"}]
    (tmp_path / "more" / "other.yml").write_text(json.dumps(other))
    document = document_of(
        {
            "flow": flow(
                {
                    "stepId": "a",
                    "workflowId": "$sourceDescriptions.shared.log-in",
                    "outputs": {"s": "$outputs.x"},
                    "parameters": [{"name": "user", "value": "ann"}],
                },
                step("b"),
                dependsOn=["$sourceDescriptions.shared.log-in"],
            )
        }
    )
    document["sourceDescriptions"].append({"name": "shared", "url": "more/other.yml", "type": "arazzo"})
    document["workflows"][0]["steps"][1]["operationId"] = "$sourceDescriptions.api.b"
    result = compile_documents(tmp_path, document, api_of(("get", "/x", "x"), ("get", "/b", "b")))
    assert result.codes == ["ARZ222"], result.messages
    module = result.module
    world = Scripted(scripted(["1", "2", "3"]))
    assert module.run_flow(module.Client(session=world)).a == "2"
    assert world.trace == ["x?p=own", "x?p=own", "b"]
    assert "run_shared_log_in" in module.__all__


def test_a_source_of_a_source_can_be_another_file(tmp_path: Path) -> None:
    """`--source outer.inner=PATH` replaces a source of the document which is the source `outer`."""
    other = document_of({"inner": flow(step("x"))})
    other["sourceDescriptions"] = [{"name": "far", "url": "https://example.com/api.yml"}]
    (tmp_path / "other.yml").write_text(json.dumps(other))
    calling = {"stepId": "a", "workflowId": "$sourceDescriptions.outer.inner", "outputs": {"s": "$outputs.x"}}
    document = document_of({"flow": flow(calling)})
    document["sourceDescriptions"] = [{"name": "outer", "url": "other.yml", "type": "arazzo"}]
    api = api_of(("get", "/x", "x"))
    refused = compile_documents(tmp_path, document, api)
    assert refused.codes == ["ARZ202"] and "--source outer.far=PATH" in refused.messages
    module = compile_documents(tmp_path, document, api, sources={"outer.far": tmp_path / "openapi.yml"}).module
    world = Scripted(scripted(["1"]))
    assert module.run_flow(module.Client(session=world)).a == "1"
    unknown = compile_documents(tmp_path, document, api, sources={"outer.near": tmp_path / "openapi.yml"})
    assert unknown.codes == ["ARZ202", "ARZ204"] and "--source outer.near=" in unknown.messages


def test_documents_that_name_each_other(tmp_path: Path) -> None:
    """A source may name the document that names it, and a document itself."""
    other = document_of({"inner": flow(call("x", "$sourceDescriptions.back.last"))})
    other["sourceDescriptions"].append({"name": "back", "url": "workflow.yml", "type": "arazzo"})
    (tmp_path / "other.yml").write_text(json.dumps(other))
    document = document_of(
        {"flow": flow(call("a", "$sourceDescriptions.other.inner")), "last": {"steps": [step("b")], "outputs": {}}}
    )
    document["sourceDescriptions"].append({"name": "other", "url": "other.yml", "type": "arazzo"})
    for where in (document["workflows"][0]["steps"][0], other["workflows"][0]["steps"][0]):
        where["outputs"] = {}
    document["workflows"][0]["outputs"] = other["workflows"][0]["outputs"] = {}
    (tmp_path / "other.yml").write_text(json.dumps(other))
    document["workflows"][1]["steps"][0]["operationId"] = "$sourceDescriptions.api.b"
    result = compile_documents(tmp_path, document, api_of(("get", "/b", "b")))
    module = result.module
    world = Scripted(scripted(["1"]))
    module.run_flow(module.Client(session=world))
    assert world.trace == ["b"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"name": "other", "url": "nowhere.yml", "type": "arazzo"}, "ARZ201"),
        ({"name": "other", "url": "https://example.com/a.yml", "type": "arazzo"}, "ARZ202"),
        ({"name": "other", "url": "openapi.yml", "type": "arazzo"}, "ARZ203"),
        ({"name": "other", "url": "broken.yml", "type": "arazzo"}, "ARZ003"),
    ],
)
def test_sources_of_workflows_that_cannot_be_read(tmp_path: Path, source: Any, code: str) -> None:
    (tmp_path / "broken.yml").write_text("a: [")
    document = document_of([{"stepId": "a", "workflowId": "$sourceDescriptions.other.w"}])
    document["sourceDescriptions"].append(source)
    assert code in compile_documents(tmp_path, document, api_of()).codes
