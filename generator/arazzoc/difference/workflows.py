"""Two versions of a workflow, compared: its inputs and outputs, the order of its steps, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from arazzoc import ir
from arazzoc import types as t
from arazzoc.diagnostics import Span, quoted
from arazzoc.difference.callers import Callers
from arazzoc.difference.causes import cause_of_input
from arazzoc.difference.checks import Direction, checks, direction
from arazzoc.difference.kinds import KINDS, Whom
from arazzoc.difference.matching import moved, pairs, reordered
from arazzoc.difference.plain import Plain
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.types import relation
from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.alike import alike
from arazzoc.openapi.document import Node
from arazzoc.openapi.limits import limit_words
from arazzoc.resolve import ResolvedStep, ResolvedWorkflow
from arazzoc.source import Json, Location


class WorkflowSide(Struct, frozen=True):
    """A workflow as it is on one side: its flow, what its names lead to, and the types of the program."""

    flow: ir.Workflow
    resolved: ResolvedWorkflow
    types: t.TypeTable
    plain: Plain
    is_whole: bool
    callers: Callers
    flows: Mapping[str, ir.Workflow]
    """All workflows of the side."""
    errors: tuple[Span, ...] = ()
    """Where the errors of the side are."""

    def is_faulty(self, place: Location) -> bool:
        """Whether an error is in a place, so that nothing is known of what is there."""
        pointer, file = format_pointer(tuple(map(str, place.pointer))), place.span().file
        return any(error.file == file and f"{error.pointer}/".startswith(f"{pointer}/") for error in self.errors)

    @property
    def at(self) -> Location:
        return self.resolved.workflow.at

    def step_at(self, step: str) -> Location:
        """The place of a step."""
        return self.resolved_step(step).step.at

    def resolved_step(self, step: str) -> ResolvedStep:
        return next(found for found in self.resolved.steps if found.step.step_id == step)

    def input_at(self, name: str) -> Location:
        """The place of an input: the schema's, where it is among its properties."""
        schema = self.resolved.inputs
        known = schema.fields.get("properties") if schema is not None else None
        if schema is not None and isinstance(known, dict) and name in known:
            return schema.at / "properties" / name
        return schema.at if schema is not None else self.at


class WorkflowComparison:
    """Compares the parts of a workflow that are not of one step."""

    def __init__(self, old: WorkflowSide, new: WorkflowSide, changes: Changes) -> None:
        self.old, self.new, self.changes = old, new, changes
        self.place = Place(new.flow.id)

    def compare(self) -> None:
        """Record all that differs."""
        old, new = self.old.flow, self.new.flow
        if old.id != new.id:
            what = f"workflow {quoted(old.id)} is called {quoted(new.id)} now"
            self.changes.add("workflow-renamed", self.place, "workflow", what, self.old.at, self.new.at)
        for field in ("summary", "description"):
            documentation(self.changes, self.place, field, (old, self.old.at), (new, self.new.at))
        self._dependencies()
        self._inputs()
        self._steps()

    def _dependencies(self) -> None:
        was = [self.old.plain.other(name) for name in self.old.flow.depends_on]
        now = list(self.new.flow.depends_on)
        dependencies(self.changes, self.place, (was, self.old.at), (now, self.new.at), "workflow")

    def _steps(self) -> None:
        old, new = self.old.flow, self.new.flow
        renamed = self.old.plain.step
        befores = {renamed(step.id): step for step in old.steps}
        afters = {step.id: step for step in new.steps}
        for name, step in befores.items():
            if name not in afters and not self._is_unknown(self.new, step.id):
                what = f"step {quoted(step.id)} is not there any more"
                at = self.old.step_at(step.id)
                self.changes.add(
                    "step-removed", self.place, "steps", what, at, self.new.at / "steps", whom=(Whom.SOURCE,)
                )
        for name in afters:
            if name not in befores and not self._is_unknown(self.old, name):
                what = f"step {quoted(name)} is new"
                at = self.new.step_at(name)
                self.changes.add(
                    "step-added", self.place, "steps", what, self.old.at / "steps", at, whom=(Whom.SOURCE,)
                )
        both = [name for name in befores if name in afters]
        for name in moved(both, [name for name in afters if name in befores]):
            index = list(afters).index(name)
            where = f"after step {quoted(list(afters)[index - 1])}" if index else "first"
            place = Place(new.id, name)
            places = self.old.step_at(befores[name].id), self.new.step_at(name)
            self.changes.add("step-moved", place, "steps", f"it runs {where} now", *places)
        for name in both:
            if befores[name].id != name:
                what = f"step {quoted(befores[name].id)} is called {quoted(name)} now"
                places = self.old.step_at(befores[name].id), self.new.step_at(name)
                self.changes.add("step-renamed", Place(new.id, name), "steps", what, *places)

    def _is_unknown(self, side: WorkflowSide, name: str) -> bool:
        """Whether a step is there, but what it calls could not be found."""
        return any(found.step.step_id == name for found in side.resolved.steps)

    # Inputs

    def _inputs(self) -> None:
        old, new, before = self.old.flow, self.new.flow, self.old.plain
        if any(side.is_faulty(self._inputs_at(side)) for side in (self.old, self.new)):
            return
        befores = {before.input(old.id, item.name): item for item in old.inputs}
        afters = {item.name: item for item in new.inputs}
        for name, item in befores.items():
            if name not in afters:
                word = "required-" if item.required else ""
                what = f"the input {quoted(item.name)} is not there any more"
                self._add(
                    f"{word}input-removed", item.name, what, self.old.input_at(item.name), self._inputs_at(self.new)
                )
        for name, item in afters.items():
            if name not in befores:
                word = "required-" if item.required else ""
                what = f"the input {quoted(name)} is new{', and required' if word else ''}"
                self._add(f"{word}input-added", name, what, self._inputs_at(self.old), self.new.input_at(name))
        for one, other in pairs(old.inputs, new.inputs, lambda i: i.name, lambda name: before.input(old.id, name)):
            self._input(one, other)
        if reordered(befores, afters):
            self._reordered_inputs()
        if old.schema != new.schema:
            self._checks(old, new)

    def _reordered_inputs(self) -> None:
        message, at = "the inputs are in another order", (self._inputs_at(self.old), self._inputs_at(self.new))
        self.changes.add("order-changed", self.place, "inputs", message, *at, touches=False)

    def _inputs_at(self, side: WorkflowSide) -> Location:
        return side.resolved.inputs.at if side.resolved.inputs is not None else side.at

    def _input(self, one: ir.InputField, other: ir.InputField) -> None:
        at = self.old.input_at(one.name), self.new.input_at(other.name)
        name = f"the input {quoted(other.name)}"
        if one.name != other.name:
            what = f"the input {quoted(one.name)} is called {quoted(other.name)} now"
            was, now = (s.callers.input_name(s.flow.id, i.name) for s, i in ((self.old, one), (self.new, other)))
            self.changes.add("input-renamed", self.place, "inputs", what, *at, subject=other.name, touches=was != now)
        if one.required != other.required:
            became, what = (
                ("required", "is required now") if other.required else ("optional", "is not required any more")
            )
            self._add(f"input-became-{became}", other.name, f"{name} {what}", *at)
        if (one.has_default, one.default) != (other.has_default, other.default):
            has = one.has_default, other.has_default
            how = self.changes.hiding.default(other.name, one.default, other.default, was=has[0], now=has[1])
            self._add("input-default-changed", other.name, f"{name} {how}", *at)
        is_known = self.old.is_whole and self.new.is_whole  # what is a secret depends on the requests
        if is_known and one.secret != other.secret:
            became, what = ("secret", "is a secret now") if other.secret else ("public", "is no secret any more")
            self._add(f"input-became-{became}", other.name, f"{name} {what}", *at)
        types = t.required(one.type), t.required(other.type)
        if t.is_optional(one.type) == t.is_optional(other.type) or one.keeps_null != other.keeps_null:
            types = one.type, other.type
        types = self.old.callers.spelled(types[0]), self.new.callers.spelled(types[1])
        found = relation(types[0], self.old.types, types[1], self.new.types)
        if found != "same":
            hiding, table = self.changes.hiding, (self.old.types, self.new.types)
            words = [hiding.described(type, known, other.name) for type, known in zip(types, table, strict=True)]
            message = f"{name}: {became_other(*words)}"
            cause = cause_of_input(other.name, self.new.flow, self.changes) if self._is_declared_alike(*at) else None
            if cause is not None:
                severity = KINDS[f"input-type-{found}"].severity
                self.changes.update(cause, whom=(Whom.SOURCE,), severity=severity, message=message)
            else:
                self._add(f"input-type-{found}", other.name, message, *at)
        if one.description != other.description:
            self._add("documentation-changed", other.name, f"the description of {name} changed", *at)

    def _is_declared_alike(self, old: Location, new: Location) -> bool:
        """Whether the schemas of an input are the same: another type follows from what it is sent in."""
        inputs = self.old.resolved.inputs, self.new.resolved.inputs
        if inputs[0] is None or inputs[1] is None:
            return inputs[0] is inputs[1]
        one = Node(inputs[0].document, old, old.value).followed()
        other = Node(inputs[1].document, new, new.value).followed()
        return one is not None and other is not None and alike(one, other)

    def _checks(self, old: ir.Workflow, new: ir.Workflow) -> None:
        """Record what is checked of inputs, besides their types."""
        known = {self.old.plain.input(old.id, item.name) for item in old.inputs} & {item.name for item in new.inputs}
        befores = {self.old.plain.input(old.id, name): found for name, found in checks(old.schema).items()}
        for name, after in checks(new.schema).items():
            before = befores.get(name, {})
            if (name and name not in known) or before == after:
                continue
            at = (
                (self.old.input_at(name), self.new.input_at(name))
                if name
                else (self._inputs_at(self.old), self._inputs_at(self.new))
            )
            words = [word for word in dict.fromkeys((*before, *after)) if before.get(word) != after.get(word)]
            of = f"the input {quoted(name)}" if name else "the inputs"
            texts = "; ".join(self._limit(name, word, before, after) for word in words)
            self._limits(name, direction(before, after), f"{of}: {texts}", texts, at)

    def _limits(self, name: str, how: Direction, message: str, texts: str, at: tuple[Location, Location]) -> None:
        """Record other limits: with another type that has the same cause, or else where the module checks them."""
        types = {"loosened": "input-type-widened", "tightened": "input-type-narrowed"}
        wanted = types.get(how, "input-type-changed"), self.place.workflow, name
        for change in self.changes.all:
            if (change.id, change.workflow, change.subject) == wanted and change.area == "inputs":
                self.changes.update(change, whom=(), severity=change.severity, message=texts)
                return
        is_checked = any(side.callers.is_checked(side.flow.id) for side in (self.old, self.new))
        self._add(f"input-checks-{how}" if is_checked else "input-limits-changed", name, message, *at)

    def _limit(self, name: str, word: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
        values = before.get(word), after.get(word)
        return f"{word} changed" if self.changes.hiding.hides_limit(name, *values) else limit_words(word, before, after)

    def _add(self, id: str, name: str, message: str, old: Location, new: Location) -> None:
        self.changes.add(id, self.place, "inputs", message, old, new, subject=name)


def documentation(
    changes: Changes, place: Place, field: str, old: tuple[object, Location], new: tuple[object, Location]
) -> None:
    """Record another text of a field that goes into docstrings; the objects are given with their places."""
    before, after = (getattr(node, field) for node in (old[0], new[0]))
    if before != after:
        at = (old[1] / field if before else old[1]), (new[1] / field if after else new[1])
        changes.add("documentation-changed", place, "documentation", f"the {field} changed", *at)


def dependencies(
    changes: Changes, place: Place, old: tuple[list[str], Location], new: tuple[list[str], Location], what: str
) -> None:
    """Record what must have been done before, and need not any more, or the other way round."""
    for name in old[0]:
        if name not in new[0]:
            message = f"it does not depend on {what} {quoted(name)} any more"
            changes.add(
                "dependency-removed", place, "dependencies", message, old[1] / "dependsOn", new[1], subject=name
            )
    if reordered(old[0], new[0]):
        message, at = (
            f"the {what}s that it depends on are in another order",
            (old[1] / "dependsOn", new[1] / "dependsOn"),
        )
        is_done = what == "workflow"  # a step is only looked at
        changes.add("order-changed", place, "dependencies", message, *at, touches=is_done)
    for name in new[0]:
        if name not in old[0]:
            message = f"it depends on {what} {quoted(name)} now"
            changes.add("dependency-added", place, "dependencies", message, old[1], new[1] / "dependsOn", subject=name)


def became_other(before: str, after: str) -> str:
    """How a type became another one, in words."""
    return f"{before} became {after}" if before != after else f"the members of {after} changed"
