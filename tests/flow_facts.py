"""What the evaluator of the flow reads from a document without running it: order, dependencies, inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def dependencies(name: str, flows: Mapping[str, Any]) -> list[str]:
    """All that must be completed before, the innermost first."""
    found: list[str] = []
    for other in flows[name].get("dependsOn", []):
        found += [o for o in [*dependencies(other, flows), other] if o not in found]
    return found


def called(flow: Any) -> set[str]:
    """The workflows that steps and actions of a workflow run."""
    actions = [a for kind in ("success", "failure") for a in flow.get(f"{kind}Actions", [])]
    actions += [a for s in flow["steps"] for kind in ("Success", "Failure") for a in s.get(f"on{kind}", [])]
    return {c["workflowId"] for c in [*flow["steps"], *actions] if "workflowId" in c}


def needed_by(name: str, flows: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """The dependencies of a workflow and of those that it calls, but for what runs before a retry."""
    if name in seen:
        return set()
    found, flow = {*dependencies(name, flows)}, flows[name]
    actions = [a for s in flow["steps"] for kind in ("Success", "Failure") for a in s.get(f"on{kind}", [])]
    actions += [a for kind in ("success", "failure") for a in flow.get(f"{kind}Actions", [])]
    for call in (*flow["steps"], *(a for a in actions if a["type"] == "goto")):
        found |= needed_by(call["workflowId"], flows, seen | {name}) if "workflowId" in call else set()
    return found


def flows_inputs(flow: Any) -> set[str]:
    """The inputs that a workflow declares; where it declares none, those that it reads (AMB-67)."""
    declared = flow.get("inputs", {}).get("properties")
    return {*declared} if declared is not None else {*re.findall(r"\$inputs\.(\w+)", str(flow))}


def order(flow: Any) -> list[str]:
    """The steps in the order in which they run: as written, unless one needs a later one and no goto decides.

    Arazzo 1.1.0, Step Dependencies and Execution Order.
    """
    written = [s["stepId"] for s in flow["steps"]]
    kinds = [*flow.get("successActions", []), *flow.get("failureActions", [])]
    kinds += [a for s in flow["steps"] for a in (*s.get("onSuccess", []), *s.get("onFailure", []))]
    if not any(s.get("dependsOn") for s in flow["steps"]) or any("stepId" in a and a["type"] == "goto" for a in kinds):
        return written
    for with_outputs in (True, False):
        needed = {s["stepId"]: needs(s, flow["steps"], with_outputs) for s in flow["steps"]}
        made: list[str] = []
        while len(made) < len(written):
            ready = [n for n in written if n not in made and needed[n] <= {*made}]
            if not ready:
                break  # they need each other
            made.append(ready[0])
        else:
            return made
    return written


def needs(step: Any, steps: list[Any], with_outputs: bool) -> set[str]:
    """The steps that must come before; a step of another workflow stands for the one that calls that, if it is one."""
    found: set[str] = set()
    for needed in step.get("dependsOn", []):
        if not needed.startswith("$"):
            found.add(needed)
            continue
        callers = {s["stepId"] for s in steps if s.get("workflowId") == needed.split(".")[1]}
        found |= callers if len(callers) == 1 else set()
    found |= {*re.findall(r"\$steps\.(\w+)\.outputs", str(step))} if with_outputs else set()
    return found - {step["stepId"]}


def goes_back(flow: Any) -> bool:
    written = [s["stepId"] for s in flow["steps"]]
    for number, step in enumerate(flow["steps"]):
        for kind in ("Success", "Failure"):
            names = {a["name"] for a in step.get(f"on{kind}", [])}
            shared = [a for a in flow.get(f"{kind.lower()}Actions", []) if a["name"] not in names]
            for action in [*step.get(f"on{kind}", []), *shared]:
                if action["type"] == "goto" and "stepId" in action and written.index(action["stepId"]) <= number:
                    return True
    return False


def progresses(flow: Any, first: str, last: str, flows_by_id: Mapping[str, Any]) -> bool:
    """Whether a request of the loop is made from an output of the loop's round before (AMB-63)."""
    written = [s["stepId"] for s in flow["steps"]]
    for number in range(written.index(first), written.index(last) + 1):
        called = flow["steps"][number].get("workflowId")
        known = flows_inputs(flows_by_id[called]) if called else None
        parameters = [p for p in flow["steps"][number].get("parameters", []) if known is None or p["name"] in known]
        read = {name for p in parameters for name in re.findall(r"\$steps\.(\w+)\.outputs", str(p["value"]))}
        flows = {name for p in parameters for name in re.findall(r"\$workflows\.(\w+)\.outputs", str(p["value"]))}
        read |= {s["stepId"] for s in flow["steps"][number:] if s.get("workflowId") in flows}
        if any(written.index(name) >= number for name in read):
            return True
    return False
