"""Sound workflows of all kinds, made from parts at random: nothing is to be told of them but notes."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
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
      parameters:
      - {name: state, in: query, schema: {$ref: "#/components/schemas/State"}}
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}
      - {name: X-Trace, in: header, schema: {type: string, pattern: "^[a-z]+$"}}
      responses:
        "200":
          description: Fine.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Parcel"}}}}
        "429": {description: Too many.}
    post:
      operationId: addParcel
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/NewParcel"}}}
      responses:
        "201":
          description: Added.
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
        "400": {description: Wrong.}
  /parcels/{parcelId}:
    parameters: [{name: parcelId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getParcel
      responses:
        "200":
          description: Fine.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
        "404": {description: There is none.}
        "503": {description: Later.}
    put:
      operationId: changeParcel
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/NewParcel"}}}
      responses:
        "200":
          description: Fine.
          content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}
        "404": {description: There is none.}
  /parcels/{parcelId}/label:
    get:
      operationId: getLabel
      parameters:
      - {name: parcelId, in: path, required: true, schema: {type: string}}
      - {name: size, in: query, required: true, schema: {type: string, enum: [small, large]}}
      responses: {"200": {description: Fine., content: {application/pdf: {schema: {type: string, format: binary}}}}}
  /photos:
    post:
      operationId: addPhoto
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, purpose]
              additionalProperties: false
              properties:
                file: {type: string, format: binary}
                purpose: {type: string, enum: [proof, claim]}
      responses:
        "201":
          description: Added.
          content:
            application/json:
              schema: {type: object, required: [photoId], properties: {photoId: {type: string}}}
components:
  schemas:
    State: {type: string, enum: [packed, sent, delivered, lost]}
    NewParcel:
      type: object
      required: [kind, weight, address]
      additionalProperties: false
      properties:
        kind: {type: string, enum: [letter, box]}
        weight: {type: number, minimum: 0, maximum: 70}
        day: {type: string, format: date}
        address:
          type: object
          required: [street, town]
          additionalProperties: false
          properties: {street: {type: string}, town: {type: string}, code: {type: string, pattern: "^[0-9]{5}$"}}
    Parcel:
      type: object
      required: [id, state, weight, events]
      additionalProperties: false
      properties:
        id: {type: string}
        state: {$ref: "#/components/schemas/State"}
        weight: {type: number}
        price: {type: [number, "null"]}
        events:
          type: array
          items:
            type: object
            required: [at, place]
            additionalProperties: false
            properties: {at: {type: string, format: date-time}, place: {type: string}}
""")

INPUTS: Any = {
    "type": "object",
    "required": ["street", "town", "weight", "parcelId", "photo"],
    "properties": {
        "street": {"type": "string"},
        "town": {"type": "string"},
        "weight": {"type": "number"},
        "parcelId": {"type": "string"},
        "photo": {"type": "string", "format": "binary"},
    },
}


class Maker:
    """Makes workflows, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps: list[Any] = []
        self.inputs: set[str] = set()
        self.outputs: dict[str, str] = {}
        self.parcel = ""
        """The expression of a parcel's id that a step before has found."""

    def document(self) -> Any:
        parts: list[Callable[[], None]] = [self.list_, self.add, self.change, self.label, self.photo, self.look]
        self.random.shuffle(parts)
        for part in parts[: self.random.randint(1, 4)]:
            part()
        if self.random.random() < 0.7:
            self.poll()
        workflow: Any = {"workflowId": "deliver", "steps": self.steps, "outputs": self.outputs}
        workflows = [workflow]
        if self.random.random() < 0.4:
            workflows.append(self.caller())
        workflow["inputs"] = self.declared()
        if not self.inputs:
            del workflow["inputs"]
        return {
            "arazzo": self.random.choice(["1.0.1", "1.1.0"]),
            "info": {"title": "Deliver", "version": "1"},
            "sourceDescriptions": [{"name": "parcels", "url": "openapi.yml", "type": "openapi"}],
            "workflows": workflows,
        }

    def declared(self) -> Any:
        inputs = copy.deepcopy(INPUTS)
        inputs["required"] = [name for name in inputs["required"] if name in self.inputs]
        inputs["properties"] = {name: s for name, s in inputs["properties"].items() if name in self.inputs}
        return inputs

    def caller(self) -> Any:
        """A workflow that calls the other one."""
        parameters = [{"name": name, "value": f"$inputs.{name}"} for name in sorted(self.inputs)]
        name = self.random.choice(sorted(self.outputs))
        step: Any = {"stepId": "all", "workflowId": "deliver", "parameters": parameters}
        step["outputs"] = {"found": f"$outputs.{name}"}
        if not parameters:
            del step["parameters"]
        made: Any = {"workflowId": "deliverAll", "steps": [step], "outputs": {"found": "$steps.all.outputs.found"}}
        if self.inputs:
            made["inputs"] = self.declared()
        return made

    def input(self, name: str) -> str:
        self.inputs.add(name)
        return f"$inputs.{name}"

    def id(self) -> Any:
        return {"name": "parcelId", "in": "path", "value": self.parcel or self.input("parcelId")}

    def step(self, id: str, operation: str, status: int, **fields: Any) -> Any:
        criteria = [{"condition": f"$statusCode == {status}"}]
        made = {"stepId": id, "operationId": operation, **fields, "successCriteria": criteria}
        self.steps.append(made)
        return made

    def gives(self, step: Any, name: str, expression: str) -> None:
        step.setdefault("outputs", {})[name] = expression
        self.outputs[f"{step['stepId']}_{name}"] = f"$steps.{step['stepId']}.outputs.{name}"

    # Parts

    def list_(self) -> None:
        parameters = [{"name": "limit", "in": "query", "value": 5}, {"name": "state", "in": "query", "value": "sent"}]
        if self.random.random() < 0.5:
            parameters.append({"name": "X-Trace", "in": "header", "value": "abc"})
        step = self.step("list", "listParcels", 200, parameters=parameters)
        self.gives(step, "first", "$response.body#/0/id")
        if self.random.random() < 0.5:
            step["onFailure"] = [
                {"name": "later", "type": "retry", "retryAfter": 2, "retryLimit": 3}
                | {"criteria": [{"condition": "$statusCode == 429"}]}
            ]

    def body(self) -> Any:
        address = {"street": self.input("street"), "town": self.input("town"), "code": "12345"}
        payload = {"kind": "box", "weight": self.input("weight"), "day": "2026-01-31", "address": address}
        return {"contentType": "application/json", "payload": payload}

    def add(self) -> None:
        step = self.step("add", "addParcel", 201, requestBody=self.body())
        self.gives(step, "id", "$response.body#/id")
        self.gives(step, "where", "$response.header.Location")
        self.parcel = "$steps.add.outputs.id"

    def change(self) -> None:
        step = self.step("change", "changeParcel", 200, parameters=[self.id()], requestBody=self.body())
        step["successCriteria"].append({"condition": "$response.body#/weight <= 70"})
        self.gives(step, "state", "$response.body#/state")
        self.gives(step, "sent", "$request.body#/kind")

    def label(self) -> None:
        parameters = [self.id(), {"name": "size", "in": "query", "value": "small"}]
        step = self.step("label", "getLabel", 200, parameters=parameters)
        self.gives(step, "file", "$response.body")

    def photo(self) -> None:
        body = {
            "contentType": "multipart/form-data",
            "payload": {"file": self.input("photo"), "purpose": "proof"},
        }
        step = self.step("photo", "addPhoto", 201, requestBody=body)
        self.gives(step, "photo", "$response.body#/photoId")

    def look(self) -> None:
        step = self.step("look", "getParcel", 200, parameters=[self.id()])
        kind = self.random.choice(["simple", "regex", "jsonpath"])
        criterion: Any = {"condition": "$response.body#/state != 'lost'"}
        if kind == "regex":
            criterion = {"context": "$response.body#/state", "type": "regex"}
            criterion["condition"] = "^(packed|sent|delivered)$"
        if kind == "jsonpath":
            criterion = {"context": "$response.body", "type": "jsonpath", "condition": "$[?$.state == 'sent']"}
            criterion["condition"] = "$.events[?@.place == 'Town Hall']"
        step["successCriteria"].append(criterion)
        self.gives(step, "place", "$response.body#/events/0/place")

    def poll(self) -> None:
        step = self.step("poll", "getParcel", 200, parameters=[self.id()])
        waits: Any = {"condition": "$response.body#/state == 'packed' || $response.body#/state == 'sent'"}
        kind = self.random.choice(["simple", "regex", "jsonpath"])
        if kind == "regex":
            waits = {"context": "$response.body#/state", "type": "regex", "condition": "^(packed|sent)$"}
        if kind == "jsonpath":
            query = "$[?$.state == 'packed' || $.state == 'sent']"
            waits = {"context": "$response.body", "type": "jsonpath", "condition": query}
        step["onSuccess"] = [
            {"name": "there", "type": "end", "criteria": [{"condition": "$response.body#/state == 'delivered'"}]},
            {"name": "gone", "type": "end", "criteria": [{"condition": "$response.body#/state == 'lost'"}]},
            {"name": "wait", "type": "goto", "stepId": "poll", "criteria": [waits]},
        ]
        step["onFailure"] = [
            {"name": "later", "type": "retry", "retryAfter": 1, "retryLimit": 4}
            | {"criteria": [{"condition": "$statusCode >= 500 && $statusCode < 600"}]}
        ]
        self.gives(step, "state", "$response.body#/state")
        self.gives(step, "price", "$response.body#/price")


def clean_workflow(seed: int) -> Any:
    """A sound workflow, the same one for the same seed."""
    maker = Maker(seed)
    document = maker.document()
    document["workflows"][0]["outputs"] = maker.outputs
    return document
