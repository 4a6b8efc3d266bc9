"""Failure actions that several steps share: one function chooses among them for all."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from arazzoc import ir
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.values import condition_values, parts_of, static_type
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.uses import Uses
from arazzoc.emit.values import Expressions, Spellings, action_views
from arazzoc.emit.views import FailuresView

SHARED_FROM = 3
"""As many steps with the same failure actions have one function for them."""

_OWN_VALUES = ir.Input | ir.StepOutput | ir.OwnOutput | ir.WorkflowOutput | ir.WorkflowInput | ir.CalledOutput


class Shared(Struct, frozen=True):
    """What a step function writes where it shares its failure actions: the names of the function and of its type."""

    function: str
    type: str
    has_retries: bool

    @property
    def call(self) -> Code:
        return Code(f"{self.function}(exchange{', exhausted' if self.has_retries else ''})")


class SharedFailures:
    """Finds the failure actions that several steps of a program share."""

    def __init__(self, program: ir.Program, module: ModuleNames, uses: Uses) -> None:
        self.module, self.uses = module, uses
        self.shared: dict[str, Shared] = {}
        self.edges: dict[str, tuple[ir.Edge, ...]] = {}
        counts: dict[str, int] = {}
        for step in (step for workflow in program.workflows for step in workflow.steps):
            key = _key(step)
            counts[key] = counts.get(key, 0) + 1
            self.edges[key] = step.on_failure
        for key, count in counts.items():
            if key and count >= SHARED_FROM:
                retries = any(isinstance(edge.then, ir.Retry) for edge in self.edges[key])
                function, type = module.names.add("failure_action"), module.names.add("FailureAction")
                self.shared[key] = Shared(function, type, retries)

    def of(self, step: ir.Step) -> Shared | None:
        """The function for the failure actions of a step, if others have the same."""
        return self.shared.get(_key(step))

    def views(self) -> Iterator[FailuresView]:
        """The functions."""
        for key, shared in self.shared.items():
            edges = self.edges[key]
            spellings = Spellings(
                {}, lambda value: static_type(value, {}, {}), lambda value: False, lambda value: False, Code
            )
            names = ", ".join(literal(name) for name in dict.fromkeys(edge.name for edge in edges))
            text = "Choose the failure action of a step whose success criteria do not hold."
            exhausted = [Code(f"exhausted: {self.uses.name('Collection')}[str]")] if shared.has_retries else []
            yield FailuresView(
                function=Code(shared.function),
                type=Code(shared.type),
                definition=Code(f"{self.uses.name('TypeAlias')} = {self.uses.name('Literal')}[{names}]"),
                parameters=(Code(f"exchange: {self.uses.name('Exchange')}"), *exhausted),
                docstring=docstring(text, self.module.width),
                actions=action_views(edges, Expressions(spellings, self.uses), has_response=False),
                otherwise=last_resort(edges, has_response=False) is None,
            )


def _key(step: ir.Step) -> str:
    """What two steps with the same choice of a failure action have in common; '' where the choice is a step's own."""
    if not step.on_failure or not isinstance(step.call, ir.HttpCall):
        return ""
    values = [v for edge in step.on_failure for criterion in edge.when for v in condition_values(criterion.test)]
    for part in (part for value in values for part in parts_of(value)):
        if isinstance(part, _OWN_VALUES):
            return ""
    edges = [(e.name, [c.test for c in e.when], isinstance(e.then, ir.Retry)) for e in step.on_failure]
    return repr(edges)
