"""Two versions of a workflow, compared: its inputs and outputs, the order of its steps, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from arazzoc import ir
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.diagnostics import quoted
from arazzoc.difference.causes import cause_of, cause_of_input
from arazzoc.difference.checks import checks, direction
from arazzoc.difference.kinds import KINDS, Severity, Whom
from arazzoc.difference.matching import moved, pairs, reordered
from arazzoc.difference.plain import Plain
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.types import relation
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

    def __init__(
        self, old: WorkflowSide, new: WorkflowSide, changes: Changes, flows: Mapping[str, ir.Workflow]
    ) -> None:
        self.old, self.new, self.changes, self.flows = old, new, changes, flows
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
        outputs = OutputComparison(self.old, self.new, self.changes, self.place, self.flows)
        outputs.compare(old.outputs, new.outputs, self.old.resolved.workflow, self.new.resolved.workflow)

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
            self._add(
                "input-renamed", other.name, f"the input {quoted(one.name)} is called {quoted(other.name)} now", *at
            )
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
            texts = [self._limit(name, word, before, after) for word in words]
            self._add(f"input-checks-{direction(before, after)}", name, f"{of}: {'; '.join(texts)}", *at)

    def _limit(self, name: str, word: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
        values = before.get(word), after.get(word)
        return f"{word} changed" if self.changes.hiding.hides_limit(name, *values) else limit_words(word, before, after)

    def _add(self, id: str, name: str, message: str, old: Location, new: Location) -> None:
        self.changes.add(id, self.place, "inputs", message, old, new, subject=name)


class OutputComparison:
    """Compares the outputs of a workflow, or of a step."""

    def __init__(
        self,
        old: WorkflowSide,
        new: WorkflowSide,
        changes: Changes,
        place: Place,
        flows: Mapping[str, ir.Workflow],
    ) -> None:
        self.old, self.new, self.changes, self.place, self.flows = old, new, changes, place, flows

    def compare(
        self,
        olds: tuple[ir.Output, ...],
        news: tuple[ir.Output, ...],
        before: model.Workflow | model.Step,
        after: model.Workflow | model.Step,
        steps: tuple[ir.Step, ir.Step] | None = None,
    ) -> None:
        """Record how the outputs of two objects differ, which are given as the documents have them."""
        old_step, new_step = steps or (None, None)

        def renamed(name: str) -> str:
            return self.old.plain.output(self.old.flow.id, old_step.id if old_step is not None else "", name)

        befores, afters = {renamed(o.name): o for o in olds}, {o.name: o for o in news}
        for name, output in befores.items():
            if name not in afters:
                what = f"the output {quoted(output.name)} is not there any more"
                self._add("output-removed", output.name, what, before.at / "outputs" / output.name, after.at)
        for name in afters:
            if name not in befores:
                self._add(
                    "output-added", name, f"the output {quoted(name)} is new", before.at, after.at / "outputs" / name
                )
        if reordered(befores, afters):
            message, at = "the outputs are in another order", (before.at / "outputs", after.at / "outputs")
            self.changes.add("order-changed", self.place, "outputs", message, *at, touches=False)
        for one, other in ((befores[name], afters[name]) for name in afters if name in befores):
            at = before.at / "outputs" / one.name, after.at / "outputs" / other.name
            name = f"the output {quoted(other.name)}"
            if one.name != other.name:
                self._add(
                    "output-renamed",
                    other.name,
                    f"the output {quoted(one.name)} is called {quoted(other.name)} now",
                    *at,
                )
            is_same = self.old.plain.of(one.value, old_step) == self.new.plain.of(other.value, new_step)
            if not is_same:
                was, now = (output_text(found.outputs.get(o.name)) for found, o in ((before, one), (after, other)))
                if was == now and not (self.old.is_whole and self.new.is_whole):
                    continue  # what it reads is not there on one side, and that has been recorded
                what = f"{name} is {now} now, and was {was}" if was != now else f"{name} is another value"
                if any(isinstance(o.value, ir.Constant) for o in (one, other)) and self.changes.hiding.is_secret(
                    other.name
                ):
                    what = f"{name} is another value"
                self._add("output-value-changed", other.name, what, *at)
            if one.secret != other.secret:
                verb, what = ("secret", "is a secret now") if other.secret else ("public", "is no secret any more")
                self._add(f"output-became-{verb}", other.name, f"{name} {what}", *at)
            self._type(name, one, other, at, old_step, is_same=is_same)

    def _type(
        self,
        name: str,
        one: ir.Output,
        other: ir.Output,
        at: tuple[Location, Location],
        step: ir.Step | None,
        *,
        is_same: bool,
    ) -> None:
        """Record another type of an output, unless that of what it is made from has been recorded."""
        if not (self.old.is_whole and self.new.is_whole):
            return  # the types that come from what is not there are not known
        found = relation(one.type, self.old.types, other.type, self.new.types)
        if found == "same":
            return
        hiding, tables = self.changes.hiding, (self.old.types, self.new.types)
        both = zip((one, other), tables, strict=True)
        became = became_other(*(hiding.described(o.type, table, o.name, o.value) for o, table in both))
        names = self.old.plain.names
        cause = cause_of(one.value, step, self.old.flow, self.flows, names, self.changes, found) if is_same else None
        if cause is not None:
            severity = Severity.HARMLESS if found == "narrowed" else Severity.BREAKING
            of = f" of workflow {quoted(self.new.flow.id)}" if cause.workflow != self.new.flow.id else ""
            message = f"{name}{of}: {became}" if step is None else ""
            self.changes.update(cause, whom=(Whom.SOURCE,), severity=severity, message=message)
            return
        self._add(f"output-type-{found}", other.name, f"{name}: {became}", *at)

    def _add(self, id: str, name: str, message: str, old: Location, new: Location) -> None:
        self.changes.add(id, self.place, "outputs", message, old, new, subject=name)


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


def output_text(output: model.Output) -> str:
    """An output, as its document has it."""
    if isinstance(output, model.Selector):
        return quoted(f"{output.context} {output.selector}")
    return quoted(output) if output is not None else "nothing"


def became_other(before: str, after: str) -> str:
    """How a type became another one, in words."""
    return f"{before} became {after}" if before != after else f"the members of {after} changed"
