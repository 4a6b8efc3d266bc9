"""Documents as others write them: what is sound there, and one mistake beside it, which has one finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from building import compile_documents, workflow_of

TEXT: Any = {"type": "string"}
CARD: Any = {"type": "object", "required": ["kind", "number"], "properties": {"kind": TEXT, "number": TEXT}}
IBAN: Any = {"type": "object", "required": ["kind", "iban"], "properties": {"kind": TEXT, "iban": TEXT}}
PAYMENT: Any = {
    "oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Iban"}],
    "discriminator": {"propertyName": "kind", "mapping": {"card": "#/components/schemas/Card", "iban": "Iban"}},
}
ANIMAL: Any = {"type": "object", "properties": {"kind": TEXT}, "discriminator": {"propertyName": "kind"}}
CAT: Any = {"allOf": [{"$ref": "#/components/schemas/Animal"}, {"type": "object", "properties": {"lives": TEXT}}]}
ITEM: Any = {"type": "object", "properties": {"sku": TEXT, "count": {"type": "integer"}}}
ANSWER: Any = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": ITEM},
        "open": {"type": "object", "properties": {"id": TEXT}, "additionalProperties": True},
        "animal": {"allOf": [{"$ref": "#/components/schemas/Animal"}], "nullable": True},
        "cat": {"$ref": "#/components/schemas/Cat"},
        "done": {"type": "boolean"},
        "state": {"type": "string", "enum": ["failed", "sent"]},
    },
}
SENT: Any = {
    "type": "object",
    "properties": {
        "method": PAYMENT,
        "listed": {"type": "string", "enum": ["a", None]},
        "labels": {
            "type": "object",
            "patternProperties": {"^x-": TEXT},
            "additionalProperties": {"type": "integer"},
        },
        "title": TEXT,
    },
}
SCHEMAS: Any = {"Card": CARD, "Iban": IBAN, "Animal": ANIMAL, "Cat": CAT}


def json_body(schema: Any) -> Any:
    return {"content": {"application/json": {"schema": schema}}}


def told(folder: Path, step: Any, *, responses: Any = None, inputs: Any = None, components: Any = None) -> list[Any]:
    """What is found about a step, without notes."""
    answers = {"200": {"description": "", **json_body(ANSWER)}} if responses is None else responses
    operation = {"operationId": "send", "requestBody": json_body(SENT), "responses": answers}
    read = {"operationId": "read", "responses": {"200": {"description": "", **json_body(ANSWER)}}}
    api = {
        "openapi": "3.1.0",
        "info": {"title": "a", "version": "1"},
        "paths": {"/a": {"post": operation, "get": read}},
        "components": {"schemas": SCHEMAS},
    }
    steps = [{"stepId": "send", "operationId": "send", "requestBody": {"payload": {}}, **step}]
    document: Any = workflow_of(*steps, **({"inputs": inputs} if inputs else {}))
    report = compile_documents(folder, document | (components or {}), api).report
    return [d for d in report.sorted() if d.severity.value != "note" and d.rule.code != "ARZ213"]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"method": {"kind": "card", "number": "1"}}, []),
        ({"method": {"kind": "iban", "iban": "1"}}, []),
        ({"method": {"kind": "Card", "number": "1"}}, []),  # the name of the schema
        ({"method": {"kind": "card", "nunber": "1"}}, [("ARZ232", "did you mean 'number'?")]),
        ({"method": {"kind": "card", "number": 1}}, [("ARZ234", "write '1'")]),
        ({"method": {"kind": "iban", "number": "1"}}, [("ARZ233", "add iban")]),
        ({"method": {"kind": "cards", "number": "1"}}, [("ARZ235", "did you mean 'card'?")]),
        ({"method": {"number": "1"}}, [("ARZ233", "add kind")]),
        ({"listed": None}, []),
        ({"labels": {"x-a": "text", "n": 1}}, []),
        ({"labels": {"x-a": "text", "n": "text"}}, [("ARZ234", None)]),
    ],
)
def test_payloads(payload: Any, expected: Any, tmp_path: Path) -> None:
    found = told(tmp_path, {"requestBody": {"payload": payload}})
    assert [(d.rule.code, d.help) for d in found] == expected


def test_replacements_of_what_is_nearly_there(tmp_path: Path) -> None:
    for target, expected in (("/title", []), ("/titel", ["did you mean 'title'?"]), ("/other", [])):
        body = {"payload": {"title": "a"}, "replacements": [{"target": target, "value": "b"}]}
        assert [d.help for d in told(tmp_path, {"requestBody": body})] == expected


QUERY: Any = {"context": "$response.body", "type": "jsonpath"}


@pytest.mark.parametrize(
    ("query", "help"),
    [
        ("$.open.more", None),
        ("$.open[?$.open.more == 'x']", None),
        ("$.animal.lives", None),
        ("$.cat.livez", "did you mean 'lives'?"),
        ("$.items[?@.count > 0]", None),
        ("$.items[?@.cuont > 0]", "did you mean 'count'?"),
        ("$.itmes[?@.count > 0]", "did you mean 'items'?"),
        ("$.items[?@.count > 0 && @.size != 0]", "it has: 'sku', 'count'"),
        ("$.items[?(@.count = 0)]", "write == in place of ="),
    ],
)
def test_queries(query: str, help: str | None, tmp_path: Path) -> None:
    found = told(tmp_path, {"successCriteria": [QUERY | {"condition": query}]})
    assert [d.help for d in found] == ([help] if help else [])


@pytest.mark.parametrize(
    ("pointer", "help"),
    [
        ("/animal/lives", None),
        ("/open/more/deep", None),
        ("/items/0/sku", None),
        ("/items[0]/sku", "write $response.body#/items/0/sku"),
        ("/items[0].sku", "write $response.body#/items/0/sku"),
        ("/items.0.sku", "write $response.body#/items/0/sku"),
        ("/items/[0]/sku", "write $response.body#/items/0/sku"),
        ("/items/*/sku", "write $response.body#/items/0/sku for the first item"),
        ("/items/-1/sku", "write $response.body#/items/0/sku for the first item"),
        ("/items/first", "write $response.body#/items/0 for the first item"),
        ("/items/sku", "write $response.body#/items/0/sku for the first item"),
    ],
)
def test_pointers(pointer: str, help: str | None, tmp_path: Path) -> None:
    found = told(tmp_path, {"outputs": {"a": f"$response.body#{pointer}"}})
    assert [d.help for d in found] == ([help] if help else [])


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"type": "regexp", "context": "$response.body#/state", "condition": "^sent$"}, ["did you mean 'regex'?"]),
        ({"context": "$response.body#/state", "condition": "^sent$"}, ["add type: regex"]),
        ({"context": "$response.body", "condition": "$.items[?@.count > 0]"}, ["add type: jsonpath"]),
        ({"type": "regex", "contxt": "$response.body#/state", "condition": "^sent$"}, ["did you mean 'context'?"]),
        ({"condition": "$response.body#/done == 'true'"}, ["write true"]),
        ({"condition": "($statusCode = 200)"}, ["write == in place of ="]),
    ],
)
def test_one_mistake_in_a_criterion(criterion: Any, expected: list[str], tmp_path: Path) -> None:
    assert [d.help for d in told(tmp_path, {"successCriteria": [criterion]})] == expected


def test_a_pattern_with_a_slip_is_one_finding(tmp_path: Path) -> None:
    pattern = {"type": "regex", "context": "$response.body#/state", "condition": "^fial(ed)?$"}
    criteria: list[Any] = [[pattern], [{"condition": "$response.body#/state == 'sent'"}]]
    actions = [
        {"name": "stop", "type": "end", "criteria": criteria[0]},
        {"name": "again", "type": "goto", "stepId": "send", "criteria": criteria[1]},
    ]
    assert [d.rule.code for d in told(tmp_path, {"onSuccess": actions})] == ["ARZ504"]


def test_a_goto_that_was_meant_to_be_a_retry(tmp_path: Path) -> None:
    action = {"name": "again", "type": "goto", "retryAfter": 1, "retryLimit": 2}
    assert [d.help for d in told(tmp_path, {"onFailure": [action]})] == ["write type: retry"]


def test_successes_that_are_not_declared(tmp_path: Path) -> None:
    """Only where an operation declares how it succeeds, another status is told."""
    step = {"successCriteria": [{"condition": "$statusCode == 200"}]}
    assert told(tmp_path, step, responses={"404": {"description": ""}}) == []
    assert [d.rule.code for d in told(tmp_path, step, responses={"201": {"description": ""}})] == ["ARZ517"]


@pytest.mark.parametrize("wrong", ["one", "1", 1.5])
def test_defaults_of_inputs(wrong: Any, tmp_path: Path) -> None:
    for default, expected in ((wrong, ["ARZ234"]), (1, []), (None, [])):
        inputs = {"type": "object", "properties": {"n": {"type": "integer", "default": default}}}
        found = told(tmp_path, {"requestBody": {"payload": {"title": "a {$inputs.n}"}}}, inputs=inputs)
        assert [d.rule.code for d in found] == expected


def test_inputs_that_refer_to_nothing_require_nothing(tmp_path: Path) -> None:
    document: Any = workflow_of({"stepId": "call", "workflowId": "called"})
    sub = {"stepId": "send", "operationId": "one", "requestBody": {"payload": {"a": "$inputs.a"}}}
    document["workflows"].append(
        {"workflowId": "called", "inputs": {"$ref": "#/components/inputs/gone"}, "steps": [sub]}
    )
    api = {
        "openapi": "3.1.0",
        "info": {"title": "a", "version": "1"},
        "paths": {"/a": {"post": {"operationId": "one"}}},
    }
    assert [d.rule.code for d in compile_documents(tmp_path, document, api).report.sorted()].count("ARZ225") == 0


def test_the_body_of_swagger_is_no_parameter(tmp_path: Path) -> None:
    body = {"name": "pet", "in": "body", "required": True, "schema": {"type": "object"}}
    form = {"name": "file", "in": "formData", "type": "file", "required": True}
    for parameter, media in ((body, "application/json"), (form, "multipart/form-data")):
        operation = {"operationId": "one", "parameters": [parameter], "responses": {"200": {"description": ""}}}
        api = {
            "swagger": "2.0",
            "info": {"title": "a", "version": "1"},
            "host": "a.example",
            "consumes": [media],
            "paths": {"/a": {"post": operation}},
        }
        for body_of, expected in (({"requestBody": {"payload": {"file": "a"}}}, []), ({}, ["ARZ228"])):
            step = {"stepId": "send", "operationId": "one", **body_of}
            assert compile_documents(tmp_path, workflow_of(step), api).codes == expected


def test_a_file_of_which_nothing_is_said(tmp_path: Path) -> None:
    """A response to GET with 200 has a body (RFC 9110, section 15.3.1), but nothing of what is in it is known."""
    api = {
        "openapi": "3.0.3",
        "info": {"title": "a", "version": "1"},
        "paths": {
            "/file": {"get": {"operationId": "one", "responses": {"200": {"description": "the file"}}}},
            **{f"/{n}": {"get": {"responses": {"200": {"description": "", **json_body(ANSWER)}}}} for n in range(4)},
        },
    }
    for output, expected in (("$response.body", []), ("$response.body#/id", ["ARZ519"])):
        step = {"stepId": "send", "operationId": "one", "outputs": {"a": output}}
        codes = compile_documents(tmp_path, workflow_of(step), api).codes
        assert [code for code in codes if code not in ("ARZ525",)] == expected


@pytest.mark.parametrize("written", ["order-$inputs.key", "order$inputs.key-1", "order {$inputs.key"])
def test_expressions_within_words(written: str, tmp_path: Path) -> None:
    inputs = {"type": "object", "properties": {"key": TEXT}}
    found = told(tmp_path, {"requestBody": {"payload": {"title": written}}}, inputs=inputs)
    assert [(d.rule.code, d.help) for d in found] == [("ARZ455", "write {$inputs.key}")]
