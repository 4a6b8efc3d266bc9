"""The Components Object: what Reusable Objects and `$components` expressions name in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import Fix, Report, quoted, suggest
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.runtime import Components, parse_expression
from arazzoc.expressions.template import embedded_expressions
from arazzoc.source import Json

T = TypeVar("T")

MAX_DEPTH = 100
MAX_REFERENCES = 10_000


class ComponentFinder:
    """Finds the components of one document; in `parameters`, one that refers to itself has no value."""

    def __init__(self, document: model.Document, report: Report) -> None:
        self.components, self.report = document.components, report
        self.parameters: Mapping[str, model.Parameter] = _without_cycles(document.components.parameters, report)

    def parameter(self, item: model.Parameter | model.Reusable) -> model.Parameter | None:
        """Return the parameter itself, or the one that a Reusable Object names, with its `value` if it gives one."""
        if isinstance(item, model.Parameter):
            return item
        found = self._named(item, "parameters", self.parameters)
        if found is not None and item.has_value:
            found = replace(found, value=item.value, value_at=item.at / "value")
        return replace(found, at=item.at) if found is not None else None

    def action(self, item: model.Action | model.Reusable, kind: str) -> model.Action | None:
        """Return the action itself, or the one that a Reusable Object names, with its parameters found too."""
        if isinstance(item, model.Reusable):
            actions = self.components.success_actions if kind == "successActions" else self.components.failure_actions
            found = self._named(item, kind, actions)
            if found is None:
                return None
            item = found
        return replace(item, parameters=tuple(p for each in item.parameters if (p := self.parameter(each)) is not None))

    def _named(self, reusable: model.Reusable, kind: str, known: Mapping[str, T]) -> T | None:
        """Find what a Reusable Object names (Arazzo 1.1.0, Reusable Object)."""
        at, reference = reusable.at / "reference", reusable.reference
        if reference.startswith("#/components/") and len(pointer := reference.split("/")) == 4:
            reference = f"$components.{pointer[2]}.{pointer[3]}"
            what = f"{quoted(reusable.reference)} is a JSON Pointer, and a component is named by an expression"
            help, fix = f"write reference: {reference}", Fix(at, reference)
            self.report.add(rules.REF_FORM, reusable.at, what, help=help, fix=fix)
        try:
            expression = parse_expression(reference).expression
        except ExpressionError as error:
            self.report.add(rules.BAD_EXPRESSION, at.part(error.offset, error.length), error.message, help=error.help)
            return None
        if not isinstance(expression, Components) or expression.kind != kind:
            self.report.add(
                rules.UNKNOWN_COMPONENT,
                at,
                f"{quoted(reusable.reference)} does not name one of components.{kind}",
                help=f"write $components.{kind}.<name>",
            )
            return None
        if expression.name not in known:
            self.report.add(
                rules.UNKNOWN_COMPONENT,
                at,
                f"components.{kind} has no {quoted(expression.name)}",
                help=suggest(expression.name, known),
            )
            return None
        if reusable.has_value and kind != "parameters":
            self.report.add(
                rules.IGNORED,
                reusable.at / "value",
                "'value' has no effect here: only a reference to a parameter may have it",
            )
        return known[expression.name]


def _without_cycles(parameters: Mapping[str, model.Parameter], report: Report) -> Mapping[str, model.Parameter]:
    """Return the parameters; one whose value would contain itself, or grow beyond bounds, loses it."""
    references = {name: list(_references(parameter.value)) for name, parameter in parameters.items()}
    if not any(references.values()):
        return parameters
    graph = {name: [other for other, _ in found if other in parameters] for name, found in references.items()}
    order, refused = _in_order(graph, parameters, report)
    depths: dict[str, int] = {}
    counts: dict[str, int] = {}
    for name in order:
        inner = [] if name in refused else [(depth, other) for other, depth in references[name] if other in graph]
        depths[name] = max((depth + depths[other] for depth, other in inner), default=0)
        counts[name] = len(inner) + sum(counts[other] for _, other in inner)
        if depths[name] > MAX_DEPTH or counts[name] > MAX_REFERENCES:
            message = f"components.parameters.{name} expands to a value that is too deep or too large"
            report.add(rules.TOO_LARGE, parameters[name].value_at, message)
            refused.add(name)
            depths[name] = counts[name] = 0
    return {name: replace(p, value=None) if name in refused else p for name, p in parameters.items()}


def _in_order(
    graph: dict[str, list[str]], parameters: Mapping[str, model.Parameter], report: Report
) -> tuple[Iterable[str], set[str]]:
    """Sort the components, each after those that it names; report and return those that name themselves."""
    from graphlib import CycleError, TopologicalSorter

    places = {name: place for place, name in enumerate(parameters)}
    refused: set[str] = set()
    while True:
        try:
            return tuple(TopologicalSorter(graph).static_order()), refused
        except CycleError as error:
            cycle: list[str] = error.args[1][:0:-1]
            first = cycle.index(min(cycle, key=places.__getitem__))
            name, *others = cycle[first:] + cycle[:first]
            message = f"components.parameters.{name} refers to itself"
            if others:
                message += f", through {' and '.join(quoted(other) for other in others)}"
            report.add(
                rules.COMPONENT_CYCLE, parameters[name].value_at, message, help="give it a value without that reference"
            )
            refused.update(cycle)
            graph.update({member: [] for member in cycle})


def _references(value: Json, depth: int = 1) -> Iterator[tuple[str, int]]:
    """Yield the parameters that the expressions in a value name, each with its depth in the value."""
    if isinstance(value, str):
        yield from ((name, depth) for name in _names_in(value))
    elif isinstance(value, list):
        for item in value:
            yield from _references(item, depth + 1)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item, depth + 1)


def _names_in(text: str) -> Iterator[str]:
    if "$components." not in text:
        return
    try:
        found = [parse_expression(text).expression]
    except ExpressionError:
        found = [embedded.expression for embedded in embedded_expressions(text)]
    yield from (e.name for e in found if isinstance(e, Components) and e.kind == "parameters")
