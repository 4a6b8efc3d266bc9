"""The rules of the flow, evaluated slowly and simply from the document: written for the tests, apart from the compiler.

It knows nothing of generated code. A run is a list of what happens (the step that is requested, or the seconds that
are waited) and what comes of it. Conditions are those that tests/flow_language.py writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass
class Answer:
    """What the scripted server says; a status of None is a connection that fails."""

    status: int | None = 200
    body: Any = None
    retry_after: float | None = None


class Stop(Exception):
    """The run ends without outputs: the name of the error, and the step."""

    def __init__(self, error: str, step: str = "") -> None:
        super().__init__(f"{error}:{step}" if step else error)
        self.error = error


@dataclass
class Policy:
    """What the client allows."""

    interval: float = 5.0
    backoff: float = 1.5
    max_interval: float = 60.0
    timeout: float = 86400.0
    max_steps: int = 100_000
    max_retry_after: float = 300.0
    max_depth: int = 20
    unhandled: str = "raise"


@dataclass
class World:
    """The script, and what has happened so far."""

    answers: Iterator[Answer]
    policy: Policy
    is_bounded: bool
    trace: list[Any] = field(default_factory=list)
    now: float = 0.0

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            self.trace.append(seconds)
            self.now += seconds


def evaluate(document: Document, answers: list[Answer], policy: Policy) -> tuple[list[Any], str]:
    """Run the first workflow: the trace, and its outputs or error as text."""
    flows = {w["workflowId"]: w for w in document["workflows"]}
    world = World(iter(answers), policy, any(_goes_back(w) for w in flows.values()))
    try:
        outputs = run(next(iter(flows)), {}, flows, world, 0, {})
    except Stop as stop:
        return world.trace, str(stop)
    return world.trace, " ".join(f"{k}:{v}" for k, v in sorted(outputs.items()) if v is not None)


def run(
    name: str, inputs: dict[str, Any], flows: Mapping[str, Any], world: World, depth: int, done: dict[str, Any]
) -> dict[str, Any]:
    """The outputs of a workflow; `done` holds those of workflows that are completed."""
    if depth > world.policy.max_depth:
        raise Stop("StepBudgetSpent")
    flow = flows[name]
    defaults = {k: v["default"] for k, v in flow.get("inputs", {}).get("properties", {}).items() if "default" in v}
    inputs = {**defaults, **inputs}
    for other in _dependencies(name, flows):
        if other not in done:
            known = flows[other].get("inputs", {}).get("properties", {})
            done[other] = run(other, {k: v for k, v in inputs.items() if k in known}, flows, world, depth + 1, done)
    this = _Flow(flow, inputs, flows, world, depth, done)
    if flow.get("dependsOn"):
        this.move("the first step")
    return this.outputs()


def _dependencies(name: str, flows: Mapping[str, Any]) -> list[str]:
    """All that must be completed before, the innermost first."""
    found: list[str] = []
    for other in flows[name].get("dependsOn", []):
        found += [o for o in [*_dependencies(other, flows), other] if o not in found]
    return found


class _Flow:
    """One run of one workflow."""

    def __init__(
        self, flow: Any, inputs: Any, flows: Mapping[str, Any], world: World, depth: int, done: dict[str, Any]
    ) -> None:
        self.flow, self.inputs, self.flows, self.world, self.depth, self.done = flow, inputs, flows, world, depth, done
        self.steps = {s["stepId"]: s for s in flow["steps"]}
        self.order = list(self.steps)
        self.values: dict[str, dict[str, Any]] = {}
        self.succeeded: set[str] = set()
        self.count, self.current = 0, ""
        self.repeating, self.repeats, self.since = "", 0, 0.0

    def outputs(self) -> dict[str, Any]:
        current: str | None = self.order[0]
        while current is not None:
            current = self.visit(current)
            if isinstance(current, dict):
                return current
        return {k: self.value(v, None, {}) for k, v in self.flow.get("outputs", {}).items()}

    def visit(self, name: str) -> Any:
        """Run a step until it is left: the step that follows, None for the end, or the outputs of another workflow."""
        spent: dict[str, int] = {}
        while True:
            step = self.steps[name]
            for needed in step.get("dependsOn", []):
                if needed not in self.succeeded:
                    raise Stop("RequestNotSent")
            answer, own, is_fine = self.attempt(step)
            action = self.choose(step, is_fine, answer, own, spent)
            if is_fine:
                self.values[name] = own
                self.succeeded.add(name)
            if action is None:
                if not is_fine:
                    raise Stop("StepFailed", name)
                if self.is_stuck(step):
                    raise Stop("UnhandledOutcome", name)
                return self.move(self.following(name))
            if action["type"] == "retry":
                key = f"{action['name']} {is_fine}"
                spent[key] = spent.get(key, 0) + 1
                self.move(name, self.asked(answer, action.get("retryAfter", 0)))
                self.before_retry(action)
                continue
            if not is_fine:
                if action["type"] == "end":
                    raise Stop("StepFailed", name)
                self.values[name] = own
            if action["type"] == "end":
                return self.move(None)
            if "workflowId" in action:
                self.move(name)
                given = {p["name"]: self.value(p["value"], answer, own) for p in action.get("parameters", [])}
                return run(action["workflowId"], given, self.flows, self.world, self.depth + 1, {})
            target = action["stepId"]
            is_back = self.order.index(target) <= self.order.index(name)
            if is_back and _progresses(self.flow, target, name):
                return self.move(target, self.asked(answer, 0))
            return self.move(target, self.pause(name, answer) if is_back else 0)

    def attempt(self, step: Any) -> tuple[Answer, dict[str, Any], bool]:
        """One request, or one run of another workflow: the answer, the step's outputs, and whether it succeeded."""
        called: dict[str, Any] | None = None
        self.current = step["stepId"]
        if "workflowId" in step:
            given = {p["name"]: self.value(p["value"], None, {}) for p in step.get("parameters", [])}
            try:
                called = run(step["workflowId"], given, self.flows, self.world, self.depth + 1, {})
            except Stop as stop:
                if stop.error == "StepBudgetSpent":
                    raise
            answer, is_there = Answer(None, called), called is not None
        else:
            given = {p["name"]: self.value(p["value"], None, {}) for p in step.get("parameters", [])}
            query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
            self.world.trace.append(step["operationId"] + (f"?{query}" if query else ""))
            answer = next(self.world.answers)
            is_there = answer.status is not None
        own = {k: self.value(v, answer, {}) for k, v in step.get("outputs", {}).items()}
        criteria = step.get("successCriteria")
        if not is_there:
            return answer, own, False
        if criteria is None:
            return answer, own, called is not None or 200 <= (answer.status or 0) < 300
        return answer, own, all(self.holds(c["condition"], answer, own) for c in criteria)

    def choose(self, step: Any, is_fine: bool, answer: Answer, own: dict[str, Any], spent: dict[str, int]) -> Any:
        """The first action whose criteria hold and that has a retry left."""
        for action in self.actions(step, "Success" if is_fine else "Failure"):
            limit = action.get("retryLimit", 1)
            if action["type"] == "retry" and spent.get(f"{action['name']} {is_fine}", 0) >= limit:
                continue
            if all(self.holds(c["condition"], answer, own) for c in action.get("criteria", [])):
                return action
        return None

    def actions(self, step: Any, kind: str) -> list[Any]:
        own = step.get(f"on{kind}", [])
        names = {a["name"] for a in own}
        return [*own, *(a for a in self.flow.get(f"{kind.lower()}Actions", []) if a["name"] not in names)]

    def before_retry(self, action: Any) -> None:
        """What an action runs before the retry; its failure does not matter."""
        if "workflowId" in action:
            given = {p["name"]: self.value(p["value"], None, {}) for p in action.get("parameters", [])}
            try:
                run(action["workflowId"], given, self.flows, self.world, self.depth + 1, {})
            except Stop as stop:
                if stop.error == "StepBudgetSpent":
                    raise
            self.move("again")
        elif "stepId" in action:
            name, spent = action["stepId"], dict[str, int]()
            step = self.steps[name]
            while True:
                answer, own, is_fine = self.attempt(step)
                if is_fine:
                    self.values[name] = own
                    self.succeeded.add(name)
                chosen = self.choose(step, is_fine, answer, own, spent)
                if chosen is None or chosen["type"] != "retry":
                    break
                key = f"{chosen['name']} {is_fine}"
                spent[key] = spent.get(key, 0) + 1
                self.move(name, self.asked(answer, chosen.get("retryAfter", 0)))
            self.move("again")

    def asked(self, answer: Answer, otherwise: float) -> float:
        return otherwise if answer.retry_after is None else min(answer.retry_after, self.world.policy.max_retry_after)

    def pause(self, name: str, answer: Answer) -> float:
        """How long a repeat waits."""
        policy = self.world.policy
        if self.repeating != name:
            self.repeating, self.repeats, self.since = name, 0, self.world.now
        seconds = min(policy.interval * policy.backoff**self.repeats, max(policy.interval, policy.max_interval))
        if answer.retry_after is not None:  # the interval is the least that is waited
            seconds = max(self.asked(answer, 0), self.world.policy.interval)
        if self.world.now + seconds - self.since > policy.timeout:  # whatever the time was spent on
            raise Stop("PollTimeout")
        self.repeats += 1
        return seconds

    def move(self, target: str | None, seconds: float = 0) -> str | None:
        self.count += 1
        if self.world.is_bounded and self.count >= self.world.policy.max_steps and target is not None:
            raise Stop("StepBudgetSpent")
        self.world.wait(seconds)
        return target

    def following(self, name: str) -> str | None:
        position = self.order.index(name) + 1
        return self.order[position] if position < len(self.order) else None

    def is_stuck(self, step: Any) -> bool:
        """Whether a success that no action takes is an outcome that nobody has thought of (AMB-07)."""
        actions = self.actions(step, "Success")
        here = self.order.index(step["stepId"])
        loops = [a for a in actions if "stepId" in a and a["type"] == "goto" and self.order.index(a["stepId"]) <= here]
        exits = [a for a in actions if a not in loops and a["type"] != "retry"]
        is_open = not any(not a.get("criteria") and a["type"] != "retry" for a in actions)
        return bool(loops and exits and is_open and self.world.policy.unhandled == "raise")

    # Values and conditions

    def value(self, text: Any, answer: Answer | None, own: dict[str, Any]) -> Any:
        if not isinstance(text, str) or not text.startswith("$"):
            return text
        parts = text.split(".")
        if text == "$statusCode":
            return answer.status if answer else None
        if text.startswith("$response.body#/"):
            body = answer.body if answer and answer.status is not None else None
            return body.get(text.partition("#/")[2]) if isinstance(body, dict) else None
        if parts[0] == "$inputs":
            return self.inputs.get(parts[1])
        if parts[0] == "$outputs":
            return (answer.body or {}).get(parts[1]) if answer else None
        if parts[0] == "$workflows":
            return self.done[parts[1]].get(parts[3])
        values = own if parts[1] == self.current and own else self.values.get(parts[1], {})
        return values.get(parts[3])

    def holds(self, condition: str, answer: Answer, own: dict[str, Any]) -> bool:
        found = re.fullmatch(r"(\S+) (==|!=|<|>=) (.+)", condition)
        assert found is not None, condition
        left, operator, text = self.value(found[1], answer, own), found[2], found[3]
        right: Any = None if text == "null" else text[1:-1] if text.startswith("'") else int(text)
        if operator in ("<", ">="):
            return left is not None and (left < right) is (operator == "<")
        return (left == right) is (operator == "==")


def _goes_back(flow: Any) -> bool:
    order = [s["stepId"] for s in flow["steps"]]
    for number, step in enumerate(flow["steps"]):
        for kind in ("Success", "Failure"):
            names = {a["name"] for a in step.get(f"on{kind}", [])}
            shared = [a for a in flow.get(f"{kind.lower()}Actions", []) if a["name"] not in names]
            for action in [*step.get(f"on{kind}", []), *shared]:
                if action["type"] == "goto" and "stepId" in action and order.index(action["stepId"]) <= number:
                    return True
    return False


def _progresses(flow: Any, first: str, last: str) -> bool:
    """Whether a request of the loop is made from an output of the loop's round before (AMB-63)."""
    order = [s["stepId"] for s in flow["steps"]]
    for number in range(order.index(first), order.index(last) + 1):
        parameters = flow["steps"][number].get("parameters", [])
        read = {name for p in parameters for name in re.findall(r"\$steps\.(\w+)\.outputs", str(p["value"]))}
        if any(order.index(name) >= number for name in read):
            return True
    return False
