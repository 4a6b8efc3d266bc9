"""Ids with any characters, wherever they are read: the value arrives, or a finding says what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Result, api_of, compile_documents, workflow_of

VALUE = "v4lue"
ALWAYS = ("ARZ108", "ARZ242", "ARZ526")
"""What is told of such an id, of a pointer into text, and of a latest run: nothing of how it is read."""
NAMED = [
    *(
        "read it",
        "a.b",
        "a.outputs.b",
        "{x}",
        "it's",
        'say "x"',
        "\u00e9t\u00e9",
        "\u65e5\u672c",
        "a b.c d",
        "x#y",
        "$x",
        "a/b",
    ),
    *("a}b", "a{b", " lead", "trail ", "outputs", "a[0]", "a&b", "steps.a", "x == y", "(a)", "a|b", "{$steps", "a\tb"),
]
PLAIN = ["read it", "a.b", "\u00e9t\u00e9", "\u65e5\u672c", "a b.c d", "outputs", "steps.a", "a&b"]
"""Ids that can be read in every place."""


def sends(value: Any) -> dict[str, Any]:
    return {"operationId": "put", "requestBody": {"payload": {"got": value}}}


def holds(condition: str, **fields: Any) -> dict[str, Any]:
    return {"operationId": "put", "successCriteria": [{"condition": condition, **fields}]}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "an expression": lambda e: sends(e),
    "a text": lambda e: sends(f"<{{{e}}}>"),
    "a text payload": lambda e: {"operationId": "put", "requestBody": {"payload": f'{{"got": "{{{e}}}"}}'}},
    "a simple condition": lambda e: holds(f"{e} == '{VALUE}' && $statusCode == 200"),
    "a query": lambda e: holds(f"$[?@ == '{{{e}}}']", context="$response.body", type="jsonpath"),
    "a pattern": lambda e: holds(f"^{{{e}}}$", context="$response.body#/s", type="regex"),
    "a context": lambda e: holds(f"^{VALUE}$", context=e, type="regex"),
    "a selector": lambda e: sends({"context": e, "selector": "$", "type": "jsonpath"}),
}


def compiled(name: str, place: str, *, is_workflow: bool) -> Result:
    reads = "$steps.{}.outputs.v" if not is_workflow else "$workflows.{}.outputs.v"
    first = {"stepId": "inner" if is_workflow else name, "operationId": "get", "outputs": {"v": "$response.body#/s"}}
    last = {"stepId": "last", **PLACES[place](reads.format(name))}
    document = workflow_of(first, last, version="1.1.0")
    if is_workflow:
        call = {"stepId": "call", "workflowId": name}
        document["workflows"] = [
            {"workflowId": "flow", "steps": [call, last]},
            {"workflowId": name, "steps": [first], "outputs": {"v": "$steps.inner.outputs.v"}},
        ]
    api = api_of(("get", "/g", "get"), ("post", "/p", "put"))
    api["paths"]["/p"]["post"]["requestBody"] = {"content": {"application/json": {"schema": {}}}}
    with TemporaryDirectory() as folder:
        return compile_documents(Path(folder), document, api)


def arrives(module: Any) -> bool:
    """Whether the value is sent, or makes the condition hold."""
    with responses.RequestsMock() as server:
        server.get("https://api.test/g", json={"s": VALUE})
        server.post("https://api.test/p", json={"s": VALUE})
        try:
            module.run_flow(module.Client())
        except module.StepFailed:
            return False
        body: Any = server.calls[1].request.body
    return body is None or VALUE.encode() in body


def check(name: str, place: str, *, is_workflow: bool) -> list[str]:
    result = compiled(name, place, is_workflow=is_workflow)
    told = [code for code in result.codes if code not in ALWAYS]
    assert told or arrives(result.module), (name, place)
    return told


@pytest.mark.parametrize("is_workflow", [False, True])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMED)
def test_an_id_is_read_or_told_of(name: str, place: str, is_workflow: bool) -> None:
    told = check(name, place, is_workflow=is_workflow)
    assert not told or name not in PLAIN
    # A `$` makes the call an expression, and a quotation mark ends the JSON text: these are faults of their own.
    assert len(told) <= 1 or set(name) & set('$"')


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text("ab .{}$#/'\"&|=()[]\u00e9\\", min_size=1, max_size=6), st.sampled_from(list(PLACES)), st.booleans())
def test_any_id(name: str, place: str, is_workflow: bool) -> None:
    if name not in ("flow", "last", "inner", "call"):
        check(name, place, is_workflow=is_workflow)
