"""The rules of the flow, evaluated slowly and simply from the document: written for the tests, apart from the compiler.

It knows nothing of generated code. A run is a list of what happens (the step that is requested, or the seconds that
are waited) and what comes of it. Conditions are those that tests/flow_language.py writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flow_facts import called, dependencies, flows_inputs, goes_back, needed_by, order, progresses

Document = Mapping[str, Any]


@dataclass
class Answer:
    """What the scripted server says; a status of None is a connection that fails."""

    status: int | None = 200
    body: Any = None
    retry_after: float | None = None


class Stop(Exception):
    """The run ends: the name of the error, the step, and the outputs where an action ended it (AMB-08)."""

    def __init__(self, error: str, step: str = "", outputs: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{error}:{step}{shown(outputs or {}, ' ')}" if step else error)
        self.error, self.outputs = error, outputs or {}


@dataclass
class Ran:
    """One run of a workflow, as the workflow that started it sees it: also the runs of others that it knows, the
    latest ones, and the latest with its own inputs.
    """

    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] | None = None
    latest: dict[str, Any] = field(default_factory=dict[str, Any])
    own: dict[str, Any] = field(default_factory=dict[str, Any])

    def after(self, before: Ran | None) -> Ran:
        """This run, with the outputs of the one before where it has none."""
        return Ran(self.inputs, before.outputs if self.outputs is None and before else self.outputs)


def shown(outputs: Mapping[str, Any], prefix: str = "") -> str:
    """Outputs as rows spell them; the prefix only before any."""
    text = " ".join(f"{k}:{v}" for k, v in sorted(outputs.items()) if v is not None)
    return f"{prefix}{text}" if text else ""


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
    world = World(iter(answers), policy, any(goes_back(w) for w in flows.values()))
    try:
        outputs = run(next(iter(flows)), {}, flows, world, 0, {})
    except Stop as stop:
        return world.trace, str(stop)
    return world.trace, shown(outputs)


def run(
    name: str,
    inputs: dict[str, Any],
    flows: Mapping[str, Any],
    world: World,
    depth: int,
    done: dict[str, Ran],
    ran: Ran | None = None,
) -> dict[str, Any]:
    """The outputs of a workflow; `done` holds the workflows that are completed, `ran` is told what happens."""
    ran = ran or Ran()
    if depth > world.policy.max_depth:
        raise Stop("StepBudgetSpent")
    flow = flows[name]
    defaults = {k: v["default"] for k, v in flow.get("inputs", {}).get("properties", {}).items() if "default" in v}
    inputs = ran.inputs = {**defaults, **inputs}
    ran.latest |= done
    ran.own |= done
    this = _Flow(flow, inputs, flows, world, depth, ran)
    for other in dependencies(name, flows):
        if other not in done:
            known = flows[other].get("inputs", {}).get("properties", {})
            given, inner = {k: v for k, v in inputs.items() if k in known}, Ran()
            completed = {key: ran.own[key] for key in dependencies(other, flows)}
            ran.latest[other] = ran.own[other] = inner
            inner.outputs = run(other, given, flows, world, depth + 1, completed, inner)
            this.move("the first step")
    ran.outputs = this.outputs()
    return ran.outputs


class _Flow:
    """One run of one workflow."""

    def __init__(self, flow: Any, inputs: Any, flows: Mapping[str, Any], world: World, depth: int, ran: Ran) -> None:
        self.flow, self.inputs, self.flows, self.world, self.depth = flow, inputs, flows, world, depth
        self.has_run: dict[str, Ran] = ran.latest
        self.own: dict[str, Ran] = ran.own
        self.steps = {s["stepId"]: s for s in flow["steps"]}
        self.order = order(flow)
        self.values: dict[str, dict[str, Any]] = {}
        self.succeeded: set[str] = set()
        self.count, self.current = 0, ""
        self.taken: Answer | None = None
        self.repeating, self.repeats, self.since = "", 0, 0.0

    def outputs(self) -> dict[str, Any]:
        current: str | None = self.order[0]
        while current is not None:
            current = self.visit(current)
            if isinstance(current, dict):
                return current
        return self.final()

    def final(self) -> dict[str, Any]:
        """The outputs, as far as they are known."""
        self.current = ""
        return {k: self.value(v, None, {}) for k, v in self.flow.get("outputs", {}).items()}

    def visit(self, name: str) -> Any:
        """Run a step until it is left: the step that follows, None for the end, or the outputs of another workflow."""
        spent: dict[str, int] = {}
        while True:
            step = self.steps[name]
            for needed in step.get("dependsOn", []):
                workflow = needed.split(".")[1] if needed.startswith("$") else ""
                is_met = needed in self.succeeded or (workflow and self.latest(workflow).outputs is not None)
                if not is_met:
                    raise Stop("RequestNotSent")
            self.taken = None
            answer, own, is_fine = self.attempt(step)
            self.taken = answer  # which the parameters of actions can read
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
                if not is_fine and ("stepId" in action or "workflowId" in action):
                    self.values[name] = own
                self.move(name, self.asked(answer, action.get("retryAfter", 0)))
                self.before_retry(action)
                continue
            if not is_fine:
                self.values[name] = own
                if action["type"] == "end":
                    raise Stop("StepFailed", name, self.final())
            if action["type"] == "end":
                return self.move(None)
            if "workflowId" in action:
                self.move(name)
                given = self.given(action.get("parameters", []))
                self.check(action["workflowId"], given)
                done = self.completed(action["workflowId"], action.get("parameters", []))
                return run(action["workflowId"], given, self.flows, self.world, self.depth + 1, done)
            target = action["stepId"]
            is_back = self.order.index(target) <= self.order.index(name)
            if is_back and progresses(self.flow, target, name, self.flows):
                return self.move(target, self.asked(answer, 0))
            return self.move(target, self.pause(name, answer) if is_back else 0)

    def attempt(self, step: Any) -> tuple[Answer, dict[str, Any], bool]:
        """One request, or one run of another workflow: the answer, the step's outputs, and whether it succeeded."""
        called: dict[str, Any] | None = None
        self.current = step["stepId"]
        if "workflowId" in step:
            parameters, so_far = [*self.flow.get("parameters", []), *step.get("parameters", [])], dict[str, Any]()
            called = self.run_other(step["workflowId"], parameters, so_far)
            answer, is_there = Answer(None, so_far if called is None else called), called is not None
        else:
            parameters = [*(p for p in self.flow.get("parameters", []) if "in" in p), *step.get("parameters", [])]
            given = {p["name"]: self.value(p["value"], None, {}) for p in parameters}
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

    def given(self, parameters: list[Any]) -> dict[str, Any]:
        """The inputs that parameters give: null only where an input that is null gives it (AMB-69)."""
        values = {p["name"]: (p["value"], self.value(p["value"], self.taken, {})) for p in parameters}
        return {
            name: value
            for name, (text, value) in values.items()
            if value is not None or (str(text).startswith("$inputs.") and str(text).split(".")[1] in self.inputs)
        }

    def completed(self, workflow: str, parameters: list[Any]) -> dict[str, Ran]:
        """The dependencies that a called workflow need not run: it would give them the same inputs (AMB-36)."""
        needed = needed_by(workflow, self.flows)
        return {
            key: ran
            for key, ran in self.own.items()
            if ran.outputs is not None
            and key in needed
            and self.tracks(key)
            and self.agrees(workflow, parameters, key)
            and (key in dependencies(workflow, self.flows) or key not in called(self.flows[workflow]))
        }

    def tracks(self, key: str) -> bool:
        """Whether a run of a dependency by a called workflow counts here: where it is called here, only that does."""
        return key in dependencies(self.flow["workflowId"], self.flows) or key not in called(self.flow)

    def agrees(self, workflow: str, parameters: list[Any], other: str) -> bool:
        """Whether a call hands on the inputs that another workflow takes by name."""
        own, known = flows_inputs(self.flow), flows_inputs(self.flows[workflow])
        required = self.flows[other].get("inputs", {}).get("required", [])
        given = {p["name"]: p["value"] for p in parameters}
        for name in flows_inputs(self.flows[other]):
            if name in known and (name not in own or given.get(name) != f"$inputs.{name}"):
                return False
            if name in own and name not in known and name not in required:
                return False
        return True

    def run_other(
        self,
        workflow: str,
        parameters: list[Any],
        so_far: dict[str, Any] | None = None,
        *,
        renews: bool = False,
    ) -> dict[str, Any] | None:
        """Run a workflow, and know it and the dependencies that it has run from then on (AMB-62, AMB-68).

        None where it fails: its inputs are those of the latest run, its outputs those of the latest that had any, and
        `so_far` gets what an action ended it with. It runs all its dependencies where it `renews` them.
        """
        done = {} if renews else self.completed(workflow, parameters)
        ran, known = Ran(), flows_inputs(self.flows[workflow])
        given = {k: v for k, v in self.given(parameters).items() if k in known}
        self.check(workflow, given)
        try:
            run(workflow, given, self.flows, self.world, self.depth + 1, done, ran)
        except Stop as stop:
            if stop.error == "StepBudgetSpent":
                raise
            (so_far if so_far is not None else {}).update(stop.outputs)
        self.has_run[workflow] = ran.after(self.has_run.get(workflow))
        if self.agrees(workflow, parameters, workflow):
            self.own[workflow] = ran.after(self.own.get(workflow))
        for key in ran.latest:
            if key != workflow and self.tracks(key):
                if ran.latest[key] is not done.get(key):
                    self.has_run[key] = ran.latest[key].after(self.has_run.get(key))
                if key in ran.own and self.agrees(workflow, parameters, key):
                    self.own[key] = ran.own[key].after(self.own.get(key))
        return ran.outputs

    def check(self, workflow: str, given: Mapping[str, Any]) -> None:
        """Stop where a workflow lacks an input that it requires: one that it reads without declaring any (AMB-67)."""
        flow = self.flows[workflow]
        needed = flow["inputs"].get("required", []) if "inputs" in flow else flows_inputs(flow)
        if any(name not in given for name in needed):
            raise Stop("RequestNotSent")

    def latest(self, workflow: str) -> Ran:
        return self.has_run.get(workflow) or Ran()

    def before_retry(self, action: Any) -> None:
        """What an action runs before the retry; its failure does not matter."""
        if "workflowId" in action:
            try:
                self.check(action["workflowId"], self.given(action.get("parameters", [])))
            except Stop:
                pass
            else:
                self.run_other(action["workflowId"], action.get("parameters", []), renews=True)
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
            ran = self.latest(parts[1])
            is_called = answer is not None and self.steps[self.current].get("workflowId") == parts[1]
            outputs = answer.body if is_called and answer is not None else ran.outputs
            return ((outputs or {}) if parts[2] == "outputs" else ran.inputs).get(parts[3])
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
