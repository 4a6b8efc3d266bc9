"""The parameters of actions read what the step has got (AMB-38); a case and rows of the flow run what they send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from building import Result, api_of, compile_documents, workflow_of
from flow_language import call, flow, over, step, sub, text_inputs

ASKED = sub(step("x", parameters=[{"name": "q", "in": "query", "value": "$inputs.i"}]), inputs=text_inputs("i"))


def compiled(folder: Path, first: dict[str, Any]) -> tuple[Result, list[str]]:
    document = workflow_of(version="1.1.0")
    flows = {"flow": flow(first), "w": ASKED, "v": sub(step("y"), s="$steps.y.outputs.s")}
    document["workflows"] = [{"workflowId": name, **fields} for name, fields in flows.items()]
    result = compile_documents(folder, document, api_of(*(("get", f"/{n}", n) for n in "axy")))
    return result, [code for code in result.codes if code != "ARZ222"]


@pytest.mark.parametrize("value", ["$statusCode", "$response.body#/s", "$response.header.ETag", "$url", "see {$url}"])
def test_a_call_has_no_response(tmp_path: Path, value: str) -> None:
    """A step that calls a workflow has outputs of that, and no response, for actions as for criteria (AMB-33)."""
    result, codes = compiled(tmp_path, call("a", "v", [over("w", i=value)]))
    assert codes == ["ARZ406"]
    assert "a step that calls a workflow has no request or response of its own" in result.messages
    assert compiled(tmp_path, call("a", "v", [over("w", i="$outputs.s")]))[1] == []


def test_what_is_kept_hides_no_output(tmp_path: Path) -> None:
    """An output that the document itself calls so stays what it is."""
    named = {"$response.body#/s": "$response.body#/t"}
    first = step("a", [over("w", i="$response.body#/s")], outputs=named)
    module = compiled(tmp_path, first)[0].module
    fields = module.AOutputs.__dataclass_fields__
    assert list(fields) == ["response_body_s", "response_body_s_2"]


def test_one_place_is_kept_once(tmp_path: Path) -> None:
    """Actions that read one place of one kind of response share what is kept; it is no output that others can read."""
    actions = [over("w", "s=x", i="$response.body#/s"), {**over("w", i="{$response.body#/s}"), "name": "else"}]
    module = compiled(tmp_path, step("a", actions, outputs={}))[0].module
    assert list(module.AOutputs.__dataclass_fields__) == ["response_body_s"]
    first = step("a", [*actions], outputs={}, parameters=[{"name": "q", "in": "query", "value": "$steps.a.outputs.z"}])
    assert "ARZ303" in compiled(tmp_path, first)[1]
