"""The parts of an OpenAPI document that are kept in a bundle, and how their text is cut from that of the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from arazzoc.bundle.cut import cut
from arazzoc.bundle.marks import Marks
from arazzoc.diagnostics import Report
from arazzoc.source import Pointer, parse
from building import workflow_of
from bundling import OK, answering, api, bundled, calling, tree

# The text

COMMENTED = """\
# The API of pets.

openapi: 3.1.0
info: {title: Pets, version: '1'}   # a title
externalDocs:
  url: https://docs.test

# Where it is.
servers:
- url: https://api.test
paths:
  # Nobody calls this.
  # Really.
  /old:
    get: {operationId: old, responses: {'200': {description: ok}}}

  # All pets.
  /pets:
    # The shared parameter.
    parameters:
    - {name: limit, in: query, schema: {type: integer}}  # how many
    post:
      operationId: addPet
      description: |
        text
        # no comment
      responses: {'201': {description: made}}
      # of post
    get:
      operationId: pets   # called
      responses:
        200:
          description: ok
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
    # of delete
    delete:
      operationId: noPets
      responses: {'204': {description: gone}}
components:
  schemas:
    # Not reached.
    Owner: {type: object}
    # What is kept.
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: string}

        name:   {type: string}   # aligned

    Toy:
      type: object
  parameters:
    Limit: {name: limit, in: query}
# the end
"""

SLICED = """\
# The API of pets.

openapi: 3.1.0
info: {title: Pets, version: '1'}   # a title
# Where it is.
servers:
- url: https://api.test
paths:
  # All pets.
  /pets:
    # The shared parameter.
    parameters:
    - {name: limit, in: query, schema: {type: integer}}  # how many
    get:
      operationId: pets   # called
      responses:
        200:
          description: ok
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Pet'}
components:
  schemas:
    # What is kept.
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: string}

        name:   {type: string}   # aligned

"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_comments_blanks_and_order_of_what_is_kept_stay(tmp_path: Path, line_end: str) -> None:
    files = bundled(tmp_path, {"workflow.yml": calling("pets"), "openapi.yml": COMMENTED.replace("\n", line_end)})
    assert files["openapi.yml"].decode() == SLICED.replace("\n", line_end)
    assert files["workflow.yml"] == (tmp_path / "in" / "workflow.yml").read_bytes()


@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_cut_by_characters(tmp_path: Path, indent: int | None) -> None:
    document = api(
        {
            "/a": {"get": answering({}, "zero"), "post": answering({"$ref": "#/components/schemas/B"})},
            "/b": {"get": answering({}, "two")},
        },
        components={"schemas": {name: {"type": "object", "title": name} for name in "ABC"}},
        tags=[{"name": "x"}],
    )
    files = bundled(tmp_path, {"workflow.yml": calling("one"), "openapi.yml": json.dumps(document, indent=indent)})
    del document["tags"], document["paths"]["/b"], document["paths"]["/a"]["get"]
    document["components"]["schemas"] = {"B": {"type": "object", "title": "B"}}
    assert files["openapi.yml"].decode() == json.dumps(document, indent=indent)


def test_an_api_of_which_no_operation_is_called_has_no_paths(tmp_path: Path) -> None:
    other = (
        "openapi: 3.0.3\ninfo: {title: Other, version: '1'}\npaths: # many\n  /x:\n    get: {}\n  /y:\n    get: {}\n"
    )
    workflow = calling("one")
    workflow["sourceDescriptions"].append({"name": "other", "url": "other.yml", "type": "openapi"})
    workflow["workflows"][0]["steps"][0]["operationId"] = "one"  # looked for in both
    files = bundled(
        tmp_path,
        {"workflow.yml": workflow, "openapi.yml": api({"/a": {"get": answering({})}}), "other.yml": other},
    )
    assert files["other.yml"].decode().endswith("paths: {} # many\n")


def test_a_source_that_no_step_uses_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = calling("$sourceDescriptions.api.one")
    workflow["sourceDescriptions"].append({"name": "other", "url": "https://other.test/api.yml", "type": "openapi"})
    files = bundled(tmp_path, {"workflow.yml": workflow, "openapi.yml": api({"/a": {"get": answering({})}})})
    assert files.keys() == {"workflow.yml", "openapi.yml"}
    assert "source other is not used" in capsys.readouterr().err


ANCHORS = """\
openapi: 3.1.0
info: &info {title: Anchors, version: '1'}
x-common:
  unused: 1
  errors: &errors
    '404': {description: none}
    '200': &ok {description: ok, content: {application/json: {schema: &pet {$ref: '#/components/schemas/Pet'}}}}
servers: [{url: 'https://api.test'}]
paths:
  /a: &a
    get: {operationId: one, responses: *errors}
    post: {operationId: two, responses: {'200': *ok}}
  /b: *a
  /c:
    get: {operationId: three, responses: *errors}
components:
  schemas:
    Pet: {type: object, properties: {x: {type: string}}}
    Other: {type: object}
"""


@pytest.mark.parametrize("called", ["three", "two", "one"])
def test_what_an_alias_stands_for_is_kept(tmp_path: Path, called: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = bundled(tmp_path, {"workflow.yml": calling(called), "openapi.yml": ANCHORS})
    found = tree(files)
    assert found["components"]["schemas"].keys() == {"Pet"}
    assert ("/c" in found["paths"]) == (called == "three")
    assert "unused" not in found["x-common"]
    assert "written anew" not in capsys.readouterr().err


def test_an_operation_behind_an_alias_is_kept_with_its_path_item(tmp_path: Path) -> None:
    workflow = workflow_of({"stepId": "s", "operationPath": "{$sourceDescriptions.api.url}#/paths/~1b/get"})
    found = tree(bundled(tmp_path, {"workflow.yml": workflow, "openapi.yml": ANCHORS}))
    assert found["paths"].keys() == {"/a", "/b"} and found["paths"]["/a"].keys() == {"get", "post"}


def test_keys_after_a_question_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = """\
openapi: 3.0.3
info: {title: Long keys, version: '1'}
servers: [{url: 'https://api.test'}]
paths:
  # Not called.
  ? /b
  : get: {operationId: two, responses: {}}
  # Called.
  ? "/a"
  : get: {operationId: one, responses: {'200': {description: ok}}}   # a comment
    post: {operationId: three, responses: {}}
  ? /c
  : get: {operationId: four, responses: {}}
"""
    files = bundled(tmp_path, {"workflow.yml": calling("one"), "openapi.yml": document})
    lines = document.splitlines(keepends=True)
    assert files["openapi.yml"].decode() == "".join(lines[:4] + lines[7:10])
    assert "written anew" not in capsys.readouterr().err


def test_a_text_that_cannot_be_cut_is_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = """\
openapi: 3.0.3
info: {title: Odd, version: 1e3}
servers: [{url: 'https://api.test'}]
paths:
  ? /a
  : post: {operationId: two, responses: {}}
    get: {operationId: one, responses: {'200': {description: "1e3"}}}   # a comment
"""
    files = bundled(tmp_path, {"workflow.yml": calling("one"), "openapi.yml": document})
    assert "written anew, without its comments" in capsys.readouterr().err
    assert tree(files)["paths"] == {"/a": {"get": {"operationId": "one", "responses": {"200": {"description": "1e3"}}}}}


# What is reached


def schemas(*names: str, **others: Any) -> dict[str, Any]:
    return {"schemas": {**{name: {"type": "object"} for name in names}, **others}}


REACHED: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "a reference into a sibling operation keeps it whole",
        api(
            {
                "/y": {"get": answering({}, parameters=[{"$ref": "#/paths/~1x/get/parameters/1"}])},
                "/x": {
                    "parameters": [{"name": "z", "in": "query"}],
                    "get": answering({}, "two", parameters=[{"name": n, "in": "query"} for n in "ab"]),
                    "put": answering({}, "three"),
                },
                "/z": {"get": answering({}, "four")},
            }
        ),
        ["/paths/~1x/get/responses", "/paths/~1x/parameters/0", "!/paths/~1x/put", "!/paths/~1z"],
    ),
    (
        "a reference into a schema keeps it whole",
        api(
            {"/y": {"get": answering({"$ref": "#/components/schemas/A/properties/a"})}},
            components=schemas("C", A={"required": ["a"], "properties": {"a": {}, "b": {"$ref": "#/$defs/D"}}})
            | {"x": 1},
            **{"$defs": {"D": {"type": "string"}, "E": {}}},
        ),
        ["/components/schemas/A/required", "/$defs/D/type", "!/components/schemas/C", "!/$defs/E", "!/components/x"],
    ),
    (
        "credentials that operations ask for, and all API keys, by which secrets are known",
        api(
            {"/y": {"get": answering({}, security=[{"own": []}])}},
            security=[{"all": []}],
            components={
                "securitySchemes": {
                    "own": {"type": "http", "scheme": "bearer"},
                    "all": {"type": "http", "scheme": "basic"},
                    "no": {"type": "http", "scheme": "basic"},
                    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                }
            },
        ),
        [
            *("/components/securitySchemes/own", "/components/securitySchemes/all", "/components/securitySchemes/key"),
            "!/components/securitySchemes/no",
        ],
    ),
    (
        "the schemas of a discriminator, by name and by reference",
        api(
            {"/y": {"get": answering({"$ref": "#/components/schemas/Pet"})}},
            components=schemas(
                *("Cat", "Dog", "Cow"),
                Pet={
                    "type": "object",
                    "discriminator": {
                        "propertyName": "kind",
                        "mapping": {"cat": "Cat", "dog": "#/components/schemas/Dog"},
                    },
                },
            ),
        ),
        ["/components/schemas/Cat", "/components/schemas/Dog", "!/components/schemas/Cow"],
    ),
    (
        "anchors, ids and dynamic references",
        api(
            {"/y": {"get": answering({"allOf": [{"$ref": "#a"}, {"$ref": "https://ids.test/b"}]})}},
            components=schemas(
                A={"$anchor": "a", "properties": {"x": {"$dynamicRef": "#d"}}},
                B={"$id": "https://ids.test/b", "$defs": {"D": {"type": "string"}}, "allOf": [{"$ref": "#/$defs/D"}]},
                C={"$anchor": "c"},
                D={"$dynamicAnchor": "d"},
            ),
        ),
        ["/components/schemas/A", "/components/schemas/B", "/components/schemas/D", "!/components/schemas/C"],
    ),
    (
        "the operation of a link, and the schemas of a callback",
        api(
            {
                "/y": {
                    "get": answering(
                        {},
                        callbacks={"c": {"{$url}": {"post": {"requestBody": {"content": {"a/b": {"schema": {}}}}}}}},
                    )
                },
                "/x": {"get": answering({}, "two"), "put": answering({}, "three")},
            },
        ),
        ["/paths/~1y/get/callbacks/c", "!/paths/~1x"],
    ),
    (
        "the first server, where the document has none",
        api(
            {
                "/x": {"get": answering({}, "two", servers=[{"url": "https://first.test"}])},
                "/y": {"get": answering({})},
                "/z": {"get": answering({}, "three", servers=[{"url": "https://second.test"}])},
            },
            servers=[],
        ),
        ["/paths/~1x/get/servers/0", "!/paths/~1z"],
    ),
    (
        "a path item elsewhere, without its other operations",
        api(
            {"/y": {"$ref": "#/components/pathItems/Y"}},
            components={
                "pathItems": {
                    "Y": {
                        "get": answering({}),
                        "put": answering({}, "two"),
                        "parameters": [{"name": "z", "in": "query"}],
                    },
                    "Z": {},
                }
            },
        ),
        [
            *("/components/pathItems/Y/get", "/components/pathItems/Y/parameters"),
            *("!/components/pathItems/Y/put", "!/components/pathItems/Z"),
        ],
    ),
    (
        "definitions, parameters, responses and credentials of Swagger 2.0",
        {
            "swagger": "2.0",
            "info": {"title": "Old", "version": "1"},
            "host": "api.test",
            "basePath": "/v1",
            "schemes": ["https"],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "paths": {
                "/y": {
                    "post": {
                        "operationId": "one",
                        "parameters": [{"$ref": "#/parameters/Body"}],
                        "responses": {"200": {"$ref": "#/responses/Ok"}},
                        "security": [{"key": []}],
                    },
                    "get": {"operationId": "two", "responses": OK},
                },
            },
            "parameters": {"Body": {"name": "b", "in": "body", "schema": {"$ref": "#/definitions/A"}}, "No": {}},
            "responses": {"Ok": {"description": "ok", "schema": {"$ref": "#/definitions/B"}}, "No": {}},
            "definitions": {"A": {"type": "object"}, "B": {"type": "object"}, "C": {"type": "object"}},
            "securityDefinitions": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "no": {"type": "basic"},
            },
        },
        [
            *("/parameters/Body", "/responses/Ok", "/definitions/A", "/definitions/B", "/securityDefinitions/key"),
            *("/host", "/basePath", "/schemes", "/consumes", "/produces", "!/paths/~1y/get"),
            *("!/parameters/No", "!/responses/No", "!/definitions/C", "!/securityDefinitions/no"),
        ],
    ),
]


def is_there(document: Any, pointer: str) -> bool:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/")
        key: Any = int(name) if isinstance(document, list) else name
        if key >= len(document) if isinstance(document, list) else key not in document:
            return False
        document = document[key]
    return True


@pytest.mark.parametrize(("document", "pointers"), [row[1:] for row in REACHED], ids=[row[0] for row in REACHED])
@pytest.mark.parametrize("style", ["json", "block"])
def test_what_is_reached(tmp_path: Path, document: dict[str, Any], pointers: list[str], style: str) -> None:
    text = json.dumps(document) if style == "json" else yaml.safe_dump(document, sort_keys=False)
    found = tree(bundled(tmp_path, {"workflow.yml": calling("one"), "openapi.yml": text}))
    assert [p for p in pointers if is_there(found, p.lstrip("!")) == p.startswith("!")] == []


def test_a_link_leads_to_an_operation(tmp_path: Path) -> None:
    operation = answering({})
    operation["responses"]["200"]["links"] = {
        "next": {"operationId": "two"},
        "last": {"operationRef": "#/paths/~1z/get"},
    }
    paths = {"/y": {"get": operation}, "/x": {"get": answering({}, "two"), "put": answering({}, "three")}}
    paths |= {"/z": {"get": answering({}, "four")}, "/w": {"get": answering({}, "five")}}
    found = tree(bundled(tmp_path, {"workflow.yml": calling("one"), "openapi.yml": api(paths)}))
    assert {path: list(item) for path, item in found["paths"].items()} == {"/y": ["get"], "/x": ["get"], "/z": ["get"]}


# Any text

WORDS = st.text("ab#:'\"- \n\\é1", max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-9, 99) | WORDS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.sampled_from(["a", "b c", "200"]), inner),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b", "c", "x y", "200", "~", "#k"]), TREES, min_size=1, max_size=5)
STYLES: dict[str, Any] = {
    "json": lambda tree: json.dumps(tree, indent=2),
    "block": lambda tree: yaml.safe_dump(tree, sort_keys=False),
    "flow": lambda tree: "# a comment\n" + yaml.safe_dump(tree, sort_keys=False, default_flow_style=True),
    "mixed": lambda tree: yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, allow_unicode=True),
}


def some_of(data: st.DataObject, value: Any) -> Any:
    """A part of a value as bundles make them: some members of its objects, with all or some of what is in them."""
    if not isinstance(value, dict) or data.draw(st.booleans()):
        return value
    kept = [name for name in value if data.draw(st.booleans())]
    return {name: some_of(data, value[name]) for name in kept}


@settings(max_examples=150)
@given(document=DOCUMENTS, style=st.sampled_from(sorted(STYLES)), data=st.data())
def test_any_part_of_any_document_is_cut_from_its_text(document: Any, style: str, data: st.DataObject) -> None:
    source = parse(STYLES[style](document).encode(), "a.yml", Report())
    assert source is not None and isinstance(source.tree, dict)
    names = [name for name in source.tree if data.draw(st.booleans())] or list(source.tree)[:1]
    part = {name: some_of(data, source.tree[name]) for name in names}
    texts: dict[Pointer, str] = {(name,): "to/other.yml#/x y" for name in names if isinstance(part[name], str)}
    done = cut(source, Marks(source), part, texts)
    read = parse(done.text.encode(), "a.yml", Report())
    assert read is not None
    assert json.dumps(read.tree) == json.dumps(part | {str(pointer[0]): text for pointer, text in texts.items()})
    event(f"{style} is_original={done.is_original}")
