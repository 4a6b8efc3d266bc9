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
    post:
      operationId: addParcel
      parameters:
      - {name: mode, in: query, schema: {type: string, enum: [fast, cheap]}}
      - {name: old, in: query, deprecated: true, schema: {type: string}}
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
                day: {type: string, format: date}
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
  /parcels/{id}/label:
    get:
      operationId: getLabel
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: Fine., content: {application/pdf: {schema: {type: string, format: binary}}}}}
  /old:
    get: {operationId: getOld, deprecated: true, responses: {"200": {description: Fine.}}}
components:
  schemas:
    Parcel:
      type: object
      required: [id, state]
      properties:
        id: {type: string}
        state: {type: string, enum: [packed, delivered, lost]}
        weight: {type: number}
        tags: {type: array, items: {type: string}}
""")
DOCUMENT: Any = yaml.safe_load("""\
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
""")
PLACES = {
    "follow": "the second step",
    "add": "the first step",
    "steps": "all steps",
    "workflow": "the workflow",
    "workflows": "all workflows",
    "inputs": "the schema of the inputs",
    "document": "members of the document, besides those that it has",
    "text": "the whole text",
}


def texts(place: str, example: str) -> tuple[str, str]:
    """The texts of the document with an example in its place, and of its API."""
    api = yaml.safe_dump(API, sort_keys=False)
    if place == "text":
        return example, api
    document, part = copy.deepcopy(DOCUMENT), yaml.safe_load(example)
    workflow = document["workflows"][0]
    match place:
        case "follow":
            workflow["steps"][1] = part
            if "outputs" not in part:
                del workflow["outputs"]
        case "add":
            workflow["steps"][0] = part
        case "steps" | "inputs":
            workflow[place] = part
            if place == "steps":
                del workflow["outputs"]
        case "workflow":
            document["workflows"][0] = part
        case "workflows":
            document["workflows"] = part
        case "document":
            document |= part
        case _:
            raise ValueError(place)
    return yaml.safe_dump(document, sort_keys=False), api
