"""Two versions of a document, compared: what changed, and what that asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from arazzoc import ir
from arazzoc.diagnostics import quoted
from arazzoc.difference.callers import Callers, have_other_arguments
from arazzoc.difference.flow_causes import Flows
from arazzoc.difference.hiding import Hiding
from arazzoc.difference.kinds import KINDS, Severity, Whom
from arazzoc.difference.lacking import Side, broken, is_of_unread, lost_operations
from arazzoc.difference.making import compare_modules, compare_options
from arazzoc.difference.matching import matched, pairs, reordered
from arazzoc.difference.modules import ClientArgument, Steps, client_arguments, likeness
from arazzoc.difference.outputs import OutputComparison, compare_types
from arazzoc.difference.plain import Names, Plain
from arazzoc.difference.records import Change, Changes, Place
from arazzoc.difference.steps import StepComparison
from arazzoc.difference.types import classes, relation, reordered_types
from arazzoc.difference.wholeness import named_in, whole_workflows
from arazzoc.difference.workflows import WorkflowComparison, WorkflowSide, documentation

__all__ = ["Compared", "Side", "compare"]


class Compared(Struct, frozen=True):
    """The changes of a document, and what they ask for: `bump` is that of the vendored package's version.

    `resumes` says of each workflow of both sides whether saved runs can be resumed. `is_stale` says whether the module
    must be generated anew, and `is_broken` that the new side does not compile.
    """

    changes: tuple[Change, ...]
    bump: str
    resumes: Mapping[str, bool]
    is_stale: bool
    is_broken: bool = False


def compare(old: Side, new: Side, severities: Mapping[str, Severity] | None = None) -> Compared:
    """Compare two versions of a document; `severities` are those that a configuration gives to kinds, by their ids."""
    changes = Changes(severities or {}, Hiding(*((side.resolved, side.program) for side in (old, new))))
    found = matched(old.program, new.program)
    names = found.names
    models = [{w.key: w for w in side.resolved.workflows} for side in (old, new)]
    flows: Flows = _by_id(old.program), _by_id(new.program)
    callers = [_callers(side, (old, new)) for side in (old, new)]
    whole = [whole_workflows(s.resolved, s.program, () if s.is_whole else s.errors) for s in (old, new)]
    sides = [
        (
            WorkflowSide(
                one,
                models[0][one.id],
                old.program.types,
                Plain(one.id, names),
                one.id in whole[0],
                callers[0],
                flows[0],
                old.errors or (),
            ),
            WorkflowSide(
                other,
                models[1][other.id],
                new.program.types,
                Plain(other.id),
                other.id in whole[1],
                callers[1],
                flows[1],
                new.errors or (),
            ),
        )
        for one, other in found.workflows
    ]
    steps = [
        StepComparison(pair, one, other, changes)
        for pair in sides
        for one, other in pairs(pair[0].flow.steps, pair[1].flow.steps, lambda s: s.id, pair[0].plain.step)
    ]
    remade = compare_modules(old.making, new.making, changes)
    _document(old, new, changes)
    for step in steps:
        step.compare_call()
    _workflows(old, new, {w.id for w, _ in found.workflows}, {w.id for _, w in found.workflows}, changes)
    if reordered(
        (names.workflows.get(w.id, w.id) for w in old.program.workflows), (w.id for w in new.program.workflows)
    ):
        at = old.resolved.document.at / "workflows", new.resolved.document.at / "workflows"
        changes.add("order-changed", Place(), "workflows", "the workflows are in another order", *at, touches=False)
    both = ((step.place.workflow, step.old, step.new) for step in steps)
    compare_options(old.making, new.making, both, changes, (old.resolved.document.at, new.resolved.document.at))
    outputs: list[OutputComparison] = []
    for pair in sides:
        WorkflowComparison(*pair, changes).compare()
        outputs.append(OutputComparison(*pair, changes, flows))
        for step in (step for step in steps if step.sides is pair):
            step.compare_rest()
            outputs.append(OutputComparison(*pair, changes, flows, step))
    for each in outputs:
        each.compare()
    compare_types(outputs)
    lost_operations(sides, changes)
    _classes(sides, old, new, changes)
    broken(old, new, changes)
    if not (old.is_whole and new.is_whole):
        lost = {w.id: False for w in old.program.workflows} if not new.is_whole else {}
        return Compared(changes.all, _bump(changes.all), lost, is_stale=True, is_broken=not new.is_whole)
    _sources(names, old, new, changes)
    _client(names, old, new, changes)
    resumes = _state(found.workflows, old, new, changes)
    flows_kept = {one.id for one, _ in found.workflows}
    alike = likeness(*callers)
    resumes |= {w.id: False for w in old.program.workflows if w.id not in flows_kept}
    if alike == "different" and all(change.kind.whom is Whom.DOCS for change in changes.all):
        at = old.resolved.document.at, new.resolved.document.at
        changes.add("module-changed", Place(), "module", "the module differs", *at)
    return Compared(changes.all, _bump(changes.all), resumes, is_stale=remade or alike != "same")


def _by_id(program: ir.Program) -> Mapping[str, ir.Workflow]:
    return {workflow.id: workflow for workflow in program.workflows}


def _callers(side: Side, both: Sequence[Side]) -> Callers:
    """What callers see of a side's module, with all that any module of both sides has, where there are both."""
    extras = frozenset(extra for each in both for made in each.making.modules for extra in made.config.extras)
    return Callers(side.program, extras, is_whole=all(each.is_whole for each in both))


def _document(old: Side, new: Side, changes: Changes) -> None:
    was, now = old.resolved.document, new.resolved.document
    for field in ("title", "summary", "description"):
        at = was.at / "info", now.at / "info"
        documentation(changes, Place(), field, (old.program, at[0]), (new.program, at[1]))


def _workflows(old: Side, new: Side, befores: set[str], afters: set[str], changes: Changes) -> None:
    for workflow in old.resolved.workflows:
        if workflow.key not in befores and not is_of_unread(workflow.key, new):
            what = f"workflow {quoted(workflow.key)} is not there any more"
            at = workflow.workflow.at, new.resolved.document.at
            changes.add("workflow-removed", Place(workflow.key), "workflow", what, *at, whom=(Whom.STATE,))
    for workflow in new.resolved.workflows:
        if workflow.key not in afters and not is_of_unread(workflow.key, old):
            what = f"workflow {quoted(workflow.key)} is new"
            at = old.resolved.document.at, workflow.workflow.at
            changes.add("workflow-added", Place(workflow.key), "workflow", what, *at)


def _classes(sides: list[tuple[WorkflowSide, WorkflowSide]], old: Side, new: Side, changes: Changes) -> None:
    """Record classes of outputs that have another name, each once."""
    at = old.resolved.document.at, new.resolved.document.at
    for one, other in sides:
        renamed = one.plain.output
        befores = {renamed(one.flow.id, "", o.name): o.type for o in one.flow.outputs}
        afters = {output.name: output.type for output in other.flow.outputs}
        for step, after in pairs(one.flow.steps, other.flow.steps, lambda s: s.id, one.plain.step):
            befores |= {f"{after.id}.{renamed(one.flow.id, step.id, o.name)}": o.type for o in step.outputs}
            afters |= {f"{after.id}.{output.name}": output.type for output in after.outputs}
        for key in (key for key in befores if key in afters):
            types = befores[key], afters[key]
            if relation(types[0], one.types, types[1], other.types) == "same":
                both = classes(types[0], one.types, types[1], other.types)
                pairs_of = ((one.callers.class_name(a), other.callers.class_name(b)) for a, b in both)
                for was, now in (pair for pair in pairs_of if pair[0] != pair[1] and "" not in pair):
                    what = f"the class of {quoted(was)} is that of {quoted(now)} now"
                    changes.add("type-renamed", Place(), "types", what, *at, subject=was, became=now)
        befores |= {f"inputs.{one.plain.input(one.flow.id, i.name)}": i.type for i in one.flow.inputs}
        afters |= {f"inputs.{item.name}": item.type for item in other.flow.inputs}
        for key in (key for key in befores if key in afters):
            types = befores[key], afters[key]
            is_same = relation(types[0], one.types, types[1], other.types) == "same"
            for name in reordered_types(types[0], one.types, types[1], other.types) if is_same else ():
                what = f"the parts of the type {quoted(name or key)} are in another order"
                changes.add("order-changed", Place(), "types", what, *at, subject=name or key, touches=False)


def _client(names: Names, old: Side, new: Side, changes: Changes) -> None:
    """Record arguments of the client that callers pass, or must pass, unless their cause is recorded."""
    befores, afters = client_arguments(old.program), client_arguments(new.program)
    at = old.resolved.document.at, new.resolved.document.at
    for name in dict.fromkeys((*befores, *afters)):
        was, now = befores.get(name), afters.get(name)
        argument = was or now
        is_same = was is not None and now is not None and was.is_required == now.is_required
        if is_same or argument is None:
            continue
        id = "client-argument-changed"
        what = "is required now" if now is not None and now.is_required else "is not required any more"
        if was is None or now is None:
            verb, what = ("added", "is new") if was is None else ("removed", "is not there any more")
            id = f"{'required-' if argument.is_required else ''}client-argument-{verb}"
        is_harmless = was is not None and now is not None and not now.is_required
        severity = Severity.HARMLESS if is_harmless else KINDS[id].severity
        message = f"the client's argument {quoted(name)} {what}"
        steps = now.steps if now is not None else frozenset[tuple[str, str]]()
        steps |= {_new_name(names, place) for place in was.steps} if was is not None else frozenset()
        cause, is_told = _cause_of_argument(argument, steps, changes, has_other_sources=bool(names.sources))
        if cause is None:
            changes.add(id, Place(), "client", message, *at, subject=name, touches=not is_harmless)
        else:
            changes.update(cause, whom=(Whom.SOURCE,), severity=severity, message="" if is_told else message)


def _new_name(names: Names, step: tuple[str, str]) -> tuple[str, str]:
    """A step of the old side with its workflow, as the new one calls them."""
    return names.workflows.get(step[0], step[0]), names.steps.get(step, step[1])


def _cause_of_argument(
    argument: ClientArgument, steps: Steps, changes: Changes, *, has_other_sources: bool
) -> tuple[Change | None, bool]:
    """The recorded change that an argument of the client follows from, and whether that says so by itself.

    It is one of a step that needs the argument: of the very variable or security scheme, or else of what has them.
    """
    found = [c for c in changes.all if c.area == argument.area and not steps.isdisjoint(c.steps)]
    own = next((c for c in found if argument.subject and argument.subject in (c.subject, c.became)), None)
    if own is not None:
        return own, argument.area == "servers"
    if argument.area == "servers" and has_other_sources:
        return next(c for c in changes.all if c.id == "source-renamed"), True
    if not found and argument.area == "servers":  # it is called after the operation
        found = [c for c in changes.all if c.id == "operation-renamed" and not steps.isdisjoint(c.steps)]
    return next((c for c in found if not c.subject), None), False


def _sources(names: Names, old: Side, new: Side, changes: Changes) -> None:
    """Record sources with another name: the client has an argument for each."""
    at = old.resolved.document.at / "sourceDescriptions", new.resolved.document.at / "sourceDescriptions"
    for was, now in names.sources.items():
        what = f"source {quoted(was)} is called {quoted(now)} now"
        touches = have_other_arguments(was, now)
        changes.add("source-renamed", Place(), "sources", what, *at, subject=was, became=now, touches=touches)


# What the changes ask for


def _state(found: list[tuple[ir.Workflow, ir.Workflow]], old: Side, new: Side, changes: Changes) -> dict[str, bool]:
    """Say of each workflow whether saved runs can be resumed, and by which changes they cannot."""
    resumes: dict[str, bool] = {}
    for one, other in found:
        resumes[other.id] = ir.flow_fingerprint(one) == ir.flow_fingerprint(other)
        if resumes[other.id]:
            continue
        own = [c for c in changes.all if c.kind.whom is not Whom.DOCS and _is_of(c, other.id)]
        own = own or [c for c in changes.all if c.id == "source-renamed"]
        causes = [c for c in own if c.kind.whom is Whom.FLOW or _OF_FLOW.search(c.id)]
        # The names of the workflows that it runs, of their inputs and outputs, are in it, too.
        causes = causes or [c for c in changes.all if c.workflow in named_in(other) and _OF_CALLED.search(c.id)] or own
        causes = causes or changes.claimed(other.id)
        for change in causes:
            changes.update(change, whom=(Whom.STATE,), severity=change.severity)
        if not causes:
            at = next(w.workflow.at for w in old.resolved.workflows if w.key == one.id)
            new_at = next(w.workflow.at for w in new.resolved.workflows if w.key == other.id)
            what = "the flow differs"
            changes.add("module-changed", Place(other.id), "workflow", what, at, new_at, whom=(Whom.STATE,))
    return resumes


_OF_FLOW = re.compile(
    r"^(step|input|output|workflow|path|method|security|credential|parameter|content-type|encoding|idempotency)-"
)


_OF_CALLED = re.compile(r"^(required-)?(workflow|input|output)-")


def _is_of(change: Change, workflow: str) -> bool:
    return change.workflow == workflow or any(owner == workflow for owner, _ in change.steps)


def _bump(changes: tuple[Change, ...]) -> str:
    """The part of the version that changes, '' where nothing does (Semantic Versioning 2.0.0)."""
    source = [c for c in changes if Whom.SOURCE in c.whom]
    if any(c.severity is Severity.BREAKING for c in source):
        return "major"
    if source or any(Whom.FLOW in c.whom and c.severity is not Severity.HARMLESS for c in changes):
        return "minor"
    return "patch" if changes else ""
