"""The document and the API in which the examples of rules stand."""

from __future__ import annotations

import copy
from typing import Any

import yaml

API: Any = yaml.safe_load("""\
openapi: 3.1.0
info: {title: Parcels, version: "1"}
servers: [{url: https://parcels.test}]
paths:
  /parcels:
    get:
      operationId: listParcels
      parameters: [{name: open, in: query, schema: {type: boolean}}]
      responses:
        "200":
          description: Fine.
          content:
            application/json:
              schema:
                type: object
                required: [parcels]
                properties:
                  parcels: {type: array, items: {$ref: "#/components/schemas/Parcel"}}
                  complete: {type: boolean}
    post:
      operationId: addParcel
      parameters:
      - {name: mode, in: query, schema: {type: string, enum: [fast, cheap]}}
      - {name: Idempotency-Key, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [weight]
              additionalProperties: false
              properties:
                weight: {type: number, minimum: 0}
                to: {type: string}
      responses:
        "201":
          description: Added.
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
  /parcels/{id}:
    get:
      operationId: getParcel
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: part, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
      responses:
        "200":
          description: Fine.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
        "404": {description: There is none.}
  /notes:
    get:
      operationId: listNotes
      responses: {"200": {description: Fine., content: {application/xml: {schema: {type: string}}}}}
    post:
      operationId: addNote
      requestBody: {content: {text/plain: {schema: {type: string}}, text/markdown: {schema: {type: string}}}}
      responses: {"201": {description: Added.}}
  /old:
    get: {operationId: getOld, deprecated: true, responses: {"200": {description: Fine.}}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Parcel:
      type: object
      required: [id, state]
      properties:
        id: {type: string}
        state: {type: string, enum: [packed, delivered, lost]}
        weight: {type: number}
        due-date: {type: string, format: date}
""")
DOCUMENT = """\
arazzo: 1.1.0
info: {title: Send, version: "1"}
sourceDescriptions:
- {name: parcels, url: openapi.yml, type: openapi}
workflows:
- workflowId: send
  inputs:
    type: object
    required: [weight]
    properties: {weight: {type: number}, to: {type: string}}
  steps:
  - stepId: add
    operationId: addParcel
    requestBody: {contentType: application/json, payload: {weight: $inputs.weight, to: $inputs.to}}
    outputs: {id: $response.body#/id}
  - stepId: follow
    operationId: getParcel
    parameters:
    - {name: id, in: path, value: $steps.add.outputs.id}
    outputs: {state: $response.body#/state}
  outputs: {state: $steps.follow.outputs.state}
"""
OTHER: Any = yaml.safe_load("""\
openapi: 3.1.0
info: {title: Places, version: "1"}
servers: [{url: https://places.test}]
paths: {/places: {get: {operationId: listPlaces, responses: {"200": {description: Fine.}}}}}
""")


def texts(place: str, example: str) -> dict[str, str]:
    """The files of the document with an example in its place, by their names: members that an example gives stand
    beside those there are, or replace them.
    """
    document: Any = yaml.safe_load(DOCUMENT)
    api = copy.deepcopy(API)
    workflow = document["workflows"][0]
    parts: dict[str, Any] = {
        "follow": workflow["steps"][1],
        "add": workflow["steps"][0],
        "workflow": workflow,
        "document": document,
        "operation": api["paths"]["/parcels/{id}"]["get"],
    }
    if place == "steps":
        workflow["steps"] = yaml.safe_load(example)
        del workflow["outputs"]
    elif place == "second":
        document["workflows"].append(yaml.safe_load(example))
    elif place in parts:
        parts[place] |= yaml.safe_load(example)
    trees = {"flow.arazzo.yml": document, "openapi.yml": api, "places.yml": OTHER}
    files = {name: yaml.safe_dump(tree, sort_keys=False) for name, tree in trees.items()}
    if place in {"end", "text"}:
        files["flow.arazzo.yml"] = (files["flow.arazzo.yml"] if place == "end" else "") + example
    return files
