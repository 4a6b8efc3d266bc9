"""The outputs of two versions of a workflow or of a step, compared: their names, values and types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from arazzoc import ir
from arazzoc import types as t
from arazzoc.arazzo import model
from arazzoc.diagnostics import quoted
from arazzoc.difference.causes import cause_of
from arazzoc.difference.flow_causes import Flows, Owned, cause_in_flow, chain
from arazzoc.difference.kinds import Severity, Whom
from arazzoc.difference.matching import reordered
from arazzoc.difference.records import Change, Changes, Place
from arazzoc.difference.steps import StepComparison
from arazzoc.difference.types import relation
from arazzoc.difference.workflows import WorkflowSide, became_other
from arazzoc.source import Location


class Both(NamedTuple):
    """An output that is on both sides, where it stands, and whether it has the same value."""

    old: ir.Output
    new: ir.Output
    at: tuple[Location, Location]
    is_same: bool


class OutputComparison:
    """Compares the outputs of a workflow, or of a step."""

    def __init__(
        self, old: WorkflowSide, new: WorkflowSide, changes: Changes, flows: Flows, step: StepComparison | None = None
    ) -> None:
        self.old, self.new, self.changes, self.flows = old, new, changes, flows
        self.place = step.place if step is not None else Place(new.flow.id)
        self.steps = (step.old, step.new) if step is not None else (None, None)
        self.models: tuple[model.Workflow | model.Step, ...] = old.resolved.workflow, new.resolved.workflow
        if step is not None:
            self.models = step.resolved[0].step, step.resolved[1].step
        self.both: list[Both] = []
        """The outputs that are on both sides."""

    def compare(self) -> None:
        """Record how the outputs differ besides their types."""
        old_step, new_step = self.steps
        before, after = self.models
        olds, news = (
            step.outputs if step is not None else side.flow.outputs
            for side, step in zip((self.old, self.new), self.steps, strict=True)
        )

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
                what = f"the output {quoted(one.name)} is called {quoted(other.name)} now"
                self._add("output-renamed", other.name, what, *at, touches=self._name(0, one) != self._name(1, other))
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
            self.both.append(Both(one, other, at, is_same))

    def _name(self, number: int, output: ir.Output) -> str:
        """The name by which callers read an output of one side."""
        side, step = (self.old, self.new)[number], self.steps[number]
        return side.callers.output_name(side.flow.id, step.id if step is not None else "", output.name)

    def owned(self, both: Both) -> list[Owned]:
        """An output as it is on both sides, with what it is one of."""
        return [
            (side.flow, step, output)
            for side, step, output in zip((self.old, self.new), self.steps, (both.old, both.new), strict=True)
        ]

    def compare_type(self, both: Both) -> None:
        """Record another type of an output: with the change that it follows from, which has been recorded."""
        if not (self.old.is_whole and self.new.is_whole):
            return  # the types that come from what is not there are not known
        one, other, at, is_same = both
        sides, tables = (self.old, self.new), (self.old.types, self.new.types)
        owned = self.owned(both)
        types = [side.callers.output(*each) for side, each in zip(sides, owned, strict=True)]
        found = relation(types[0], tables[0], types[1], tables[1])
        if found == "same":
            return
        described = self.changes.hiding.described
        words = zip(types, tables, (one, other), strict=True)
        became = became_other(*(described(type, table, o.name, o.value) for type, table, o in words))
        step, names = self.steps[0], self.old.plain.names
        cause: Change | None = None
        if is_same and relation(one.type, tables[0], other.type, tables[1]) != "same":
            cause = cause_of(one.value, step, self.old.flow, self.flows[0], names, self.changes, found)
        if cause is None:
            bare = relation(t.required(types[0]), tables[0], t.required(types[1]), tables[1])
            cause = cause_in_flow(owned, self.flows, names, self.changes, is_of_null=bare == "same")
        name = f"the output {quoted(other.name)}"
        if cause is not None:
            severity = Severity.HARMLESS if found == "narrowed" else Severity.BREAKING
            of = f" of workflow {quoted(self.new.flow.id)}" if cause.workflow != self.new.flow.id else ""
            is_own = (cause.area, cause.subject, cause.workflow, cause.steps) == self._own(other.name)
            message = f"its type: {became}" if is_own else f"{name}{of}: {became}" if step is None else ""
            self.changes.update(cause, whom=(Whom.SOURCE,), severity=severity, message=message)
            return
        self._add(f"output-type-{found}", other.name, f"{name}: {became}", *at)

    def _own(self, name: str) -> tuple[object, ...]:
        """What the changes of an output itself have."""
        steps = ((self.place.workflow, self.place.step),) if self.place.step else ()
        return "outputs", name, self.place.workflow, steps

    def _add(self, id: str, name: str, message: str, old: Location, new: Location, *, touches: bool = True) -> None:
        self.changes.add(id, self.place, "outputs", message, old, new, subject=name, touches=touches)


def compare_types(found: Iterable[OutputComparison]) -> None:
    """Record other types of outputs, when all else is recorded: those first that others are made from."""
    each = [(comparison, both) for comparison in found for both in comparison.both]
    each.sort(key=lambda pair: len(chain(pair[0].owned(pair[1])[1], pair[0].flows[1])))
    for comparison, both in each:
        comparison.compare_type(both)


def output_text(output: model.Output) -> str:
    """An output, as its document has it."""
    if isinstance(output, model.Selector):
        return quoted(f"{output.context} {output.selector}")
    return quoted(output) if output is not None else "nothing"
