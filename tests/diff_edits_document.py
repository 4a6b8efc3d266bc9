"""Random edits of a document, and orders."""

from __future__ import annotations

import copy
from typing import Any

from diff_documents import rename, replace_text
from diff_edits import edit, flow_of, operation_of, schemas_of, set_required, step_of, steps_of
from diff_language import Draws, Flow, constant, operations
from differences import Json


def _input(d: Draws, document: Json) -> tuple[Json, str] | None:
    found = [(f["inputs"], n) for f in document["workflows"] for n in f.get("inputs", {}).get("properties", {})]
    return d.one(found) if found else None


@edit
def add_input(d: Draws, document: Json, api: Json) -> Any:
    inputs = flow_of(d, document).setdefault("inputs", {"type": "object", "properties": {}})
    inputs["properties"]["new"] = d.one(({"type": "string"}, {"type": "integer", "default": 1}))
    if d.chance():
        inputs["required"] = [*inputs.get("required", ()), "new"]


@edit
def require_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    required = inputs.get("required", [])
    set_required(inputs, [n for n in required if n != name] if name in required else [*required, name])
    return None


@edit
def change_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    known = inputs["properties"][name]
    changes: list[Json] = [{"description": "A text."}, {"format": "password"}, {"default": constant(known)}]
    changes += [{"type": d.one(("string", "integer", "number"))}, {"maxLength": 5}, {"minimum": 1}]
    return known.update(d.one(changes))


@edit
def rename_input(d: Draws, document: Json, api: Json) -> Any:
    found = _input(d, document)
    if found is None:
        return False
    inputs, name = found
    rename(inputs["properties"], name, "other")
    set_required(inputs, ["other" if n == name else n for n in inputs.get("required", ())])
    owner = next(flow for flow in document["workflows"] if flow.get("inputs") is inputs)
    replace_text(owner["steps"], f"$inputs.{name}", "$inputs.other")
    return None


@edit
def add_output(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    known = [f"$steps.{s['stepId']}.outputs.{name}" for s in flow["steps"] for name in s.get("outputs", {})]
    return flow.setdefault("outputs", {}).update(new=d.one(known)) if known else False


def _outputs(d: Draws, document: Json) -> Json | None:
    found = [owner["outputs"] for owner in document["workflows"] if owner.get("outputs")]
    return d.one(found) if found else None


@edit
def remove_output(d: Draws, document: Json, api: Json) -> Any:
    outputs = _outputs(d, document)
    return outputs.pop(d.one(list(outputs))) and None if outputs is not None else False


@edit
def rename_output(d: Draws, document: Json, api: Json) -> Any:
    outputs = _outputs(d, document)
    return rename(outputs, d.one(list(outputs)), "other") if outputs is not None else False


@edit
def add_step_output(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    if "operationId" not in step:
        return False
    text = d.one(("$statusCode", "$response.body", "$response.header.X-Next", "$url"))
    return step.setdefault("outputs", {}).update(new=text)


@edit
def change_step_output(d: Draws, document: Json, api: Json) -> Any:
    found = [s for s in steps_of(document) if s.get("outputs") and "operationId" in s]
    if not found:
        return False
    outputs = d.one(found)["outputs"]
    outputs[d.one(list(outputs))] = d.one(("$statusCode", "$response.body", "$response.body#/a"))
    return None


@edit
def rename_step_output(d: Draws, document: Json, api: Json) -> Any:
    found = [s for s in steps_of(document) if s.get("outputs") and "operationId" in s]
    if not found:
        return False
    step = d.one(found)
    name = d.one(list(step["outputs"]))
    rename(step["outputs"], name, "other")
    flow = next(flow for flow in document["workflows"] if step in flow["steps"])
    replace_text(flow, f"$steps.{step['stepId']}.outputs.{name}", f"$steps.{step['stepId']}.outputs.other")
    return None


@edit
def add_step(d: Draws, document: Json, api: Json) -> Any:
    flow, maker = flow_of(d, document), Flow(d, api, "extra")
    made = maker.call(9)
    if maker.inputs:
        return False
    return flow["steps"].insert(d.number(0, len(flow["steps"])), made)


@edit
def remove_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    if len(flow["steps"]) < 2:
        return False
    return flow["steps"].remove(d.one(flow["steps"]))


@edit
def rename_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    step = d.one(flow["steps"])
    name, step["stepId"] = step["stepId"], "other"
    replace_text(flow, f"$steps.{name}.", "$steps.other.")
    for action in (a for s in flow["steps"] for key in ("onSuccess", "onFailure") for a in s.get(key, ())):
        if action.get("stepId") == name:
            action["stepId"] = "other"


@edit
def move_step(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    if len(flow["steps"]) < 2:
        return False
    return flow["steps"].insert(d.number(0, 1), flow["steps"].pop())


@edit
def another_operation(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    return step.update(operationId=operation_of(d, api)["operationId"]) if "operationId" in step else False


def _given(d: Draws, document: Json) -> list[Json] | None:
    found = [step["parameters"] for step in steps_of(document) if step.get("parameters")]
    return d.one(found) if found else None


@edit
def change_argument(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return d.one(found).update(value=d.one(("uuu", "x", 7, True))) if found is not None else False


@edit
def remove_argument(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return found.remove(d.one(found)) if found is not None else False


@edit
def reorder_arguments(d: Draws, document: Json, api: Json) -> Any:
    found = _given(d, document)
    return found.reverse() if found is not None else False


def _payload(d: Draws, document: Json) -> Json | None:
    payloads = [step["requestBody"]["payload"] for step in steps_of(document) if "requestBody" in step]
    found = [payload for payload in payloads if isinstance(payload, dict)]
    return d.one(found) if found else None


@edit
def send_more(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    return payload.update({d.one(("a", "b", "more")): d.one(("ttt", 4, True, None))}) if payload is not None else False


@edit
def send_less(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    return payload.pop(d.one(list(payload))) and None if payload else False


@edit
def send_in_another_order(d: Draws, document: Json, api: Json) -> Any:
    payload = _payload(d, document)
    if not payload or len(payload) < 2:
        return False
    members = list(reversed(payload.items()))
    payload.clear()
    return payload.update(members)


@edit
def change_criteria(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    criteria = [{"condition": d.one(("$statusCode == 200", "$statusCode < 400", "$statusCode<300"))}]
    if step.get("successCriteria") and d.chance():
        return step.pop("successCriteria") and None
    step["successCriteria"] = [*(step.get("successCriteria", ()) if d.chance() else ()), *criteria]
    return None


def _actions(d: Draws, document: Json) -> list[Json] | None:
    found = [step[key] for step in steps_of(document) for key in ("onSuccess", "onFailure") if step.get(key)]
    return d.one(found) if found else None


@edit
def add_action(d: Draws, document: Json, api: Json) -> Any:
    key = d.one(("onSuccess", "onFailure"))
    action: Json = {"name": "new", "type": "end"}
    if d.chance():
        action["criteria"] = [{"condition": "$statusCode == 404"}]
    step = step_of(d, document)
    step[key] = [*step.get(key, ()), action] if d.chance() else [action, *step.get(key, ())]


@edit
def remove_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None or len(found) < 2:
        return False
    return found.remove(d.one(found))


@edit
def rename_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    return d.one(found).update(name="other") if found is not None else False


@edit
def reorder_actions(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    return found.reverse() if found is not None and len(found) > 1 else False


@edit
def change_action(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None:
        return False
    action = d.one(found)
    if action["type"] == "retry":
        return action.update(d.one(({"retryLimit": 4}, {"retryAfter": 5})))
    action.pop("stepId", None)
    return action.update(type="end")


@edit
def change_action_criteria(d: Draws, document: Json, api: Json) -> Any:
    found = _actions(d, document)
    if found is None:
        return False
    action = d.one(found)
    if action.get("criteria") and d.chance():
        del action["criteria"]
        return None
    return action.update(criteria=[{"condition": d.one(("$statusCode == 200", "$statusCode<300"))}])


@edit
def change_timeout(d: Draws, document: Json, api: Json) -> Any:
    step = step_of(d, document)
    return step.update(timeout=5000) if "operationId" in step else False


@edit
def depend(d: Draws, document: Json, api: Json) -> Any:
    flow = document["workflows"][0]
    if flow.pop("dependsOn", None) is not None:
        return None
    if d.chance() and len(document["workflows"]) > 1:
        flow["dependsOn"] = [document["workflows"][1]["workflowId"]]
        return None
    names = [step["stepId"] for step in flow["steps"]]
    return flow["steps"][-1].update(dependsOn=[d.one(names[:-1])]) if len(names) > 1 else False


@edit
def describe_flow(d: Draws, document: Json, api: Json) -> Any:
    owner = d.one((document["info"], flow_of(d, document), step_of(d, document)))
    owner["description"] = "A text."


@edit
def rename_workflow(d: Draws, document: Json, api: Json) -> Any:
    flow = flow_of(d, document)
    name, flow["workflowId"] = flow["workflowId"], "renamed"
    for step in steps_of(document):
        if step.get("workflowId") == name:
            step["workflowId"] = "renamed"
    for other in document["workflows"]:
        if name in other.get("dependsOn", ()):
            other["dependsOn"] = ["renamed"]


@edit
def add_workflow(d: Draws, document: Json, api: Json) -> Any:
    document["workflows"].append({**copy.deepcopy(document["workflows"][-1]), "workflowId": "twin"})


@edit
def remove_workflow(d: Draws, document: Json, api: Json) -> Any:
    if len(document["workflows"]) < 2:
        return False
    return document["workflows"].pop() and None


@edit
def reorder(d: Draws, document: Json, api: Json) -> Any:
    """Members and items of which the order means little."""
    found: list[Any] = [document["workflows"], api["paths"], api["components"]["schemas"]]
    for flow in document["workflows"]:
        found += [flow.get("inputs", {}).get("properties"), flow.get("outputs"), flow.get("dependsOn")]
    for step in steps_of(document):
        found += [step.get("outputs"), step.get("successCriteria"), step.get("parameters")]
    for _, _, operation in operations(api):
        found += [operation["responses"], operation.get("security"), operation.get("parameters")]
    found += [owner[key].get(word) for owner, key in schemas_of(api) for word in ("oneOf", "allOf", "enum", "required")]
    found += [owner[key].get("type") for owner, key in schemas_of(api) if isinstance(owner[key].get("type"), list)]
    found = [value for value in found if value and len(value) > 1]
    if not found:
        return False
    value = d.one(found)
    if isinstance(value, list):
        return value.reverse()
    members = list(reversed(value.items()))
    value.clear()
    return value.update(members)
