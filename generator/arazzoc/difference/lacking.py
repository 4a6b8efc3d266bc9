"""What one side lacks that the other has: sources that cannot be read, and operations that an API does not have."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from arazzoc import ir
from arazzoc.arazzo import model
from arazzoc.diagnostics import Span, quoted
from arazzoc.difference.making import Making
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.workflows import WorkflowSide
from arazzoc.openapi.operations import Operation, find_by_path
from arazzoc.resolve import Resolved, ResolvedStep
from arazzoc.source import Location
from arazzoc.sources import Sources
from arazzoc.targets import OperationTarget


class Side(Struct, frozen=True):
    """One version of a document, as far as it compiles: without `is_whole` it has `errors`."""

    resolved: Resolved
    program: ir.Program
    is_whole: bool = True
    making: Making = Making()
    errors: tuple[Span, ...] | None = None

    @property
    def unread(self) -> Mapping[str, Location]:
        """The sources that cannot be read, by their names."""
        return self.resolved.sources.unread


def broken(old: Side, new: Side, changes: Changes) -> None:
    """Record that a side does not compile: for each source that cannot be read, or else for all of it."""
    at = old.resolved.document.at, new.resolved.document.at
    for name in (name for name in new.unread if name not in old.unread):
        place = _source_at(name, old), new.unread[name]
        what = f"source {quoted(name)} cannot be read any more; steps that call it are not compared"
        changes.add("source-broken", Place(), "sources", what, *place, subject=name)
    for name in (name for name in old.unread if name not in new.unread):
        place = old.unread[name], _source_at(name, new)
        what = f"source {quoted(name)} can be read now; steps that call it are not compared"
        changes.add("source-mended", Place(), "sources", what, *place, subject=name)
    if old.is_whole and not (new.is_whole or new.unread):
        changes.add("document-broken", Place(), "document", "it does not compile any more", *at)
    elif new.is_whole and not (old.is_whole or old.unread):
        changes.add("document-mended", Place(), "document", "it compiles now", *at)


def _source_at(name: str, side: Side) -> Location:
    """The place of a source of the document, which a source of that is in."""
    sources = side.resolved.document.sources
    return next((s.at for s in sources if name == s.name or name.startswith(f"{s.name}.")), side.resolved.document.at)


def is_of_unread(workflow: str, side: Side) -> bool:
    """Whether a workflow is one of a source that a side cannot read."""
    return any(workflow.startswith(f"{name}.") for name in side.unread)


def lost_operations(sides: list[tuple[WorkflowSide, WorkflowSide]], changes: Changes) -> None:
    """Record operations that the API of one side does not have: their steps could not be compiled."""
    for one, other in sides:
        befores = {one.plain.step(step.step.step_id): step for step in one.resolved.steps}
        for step in other.resolved.steps:
            before = befores.get(step.step.step_id)
            if before is None or (before.target is None) == (step.target is None):
                continue
            is_gone = step.target is None
            gone, sources = (step.step, other) if is_gone else (before.step, one)
            if gone.workflow_id is not None or _may_be_in_unread(gone, sources.resolved.sources):
                continue  # it is a workflow that went, or nothing is known of it
            verb, what = ("removed", "is not in the API any more") if is_gone else ("added", "is in the API now")
            place, at = Place(other.flow.id, step.step.step_id), (before.step.at, step.step.at)
            named, name = _named(before.step), _named(step.step)
            if named != name:  # the API may be the same
                unknown = ", which is not in the API"
                what = f"it calls {quoted(name)} now{unknown if is_gone else ''}, and called {quoted(named)}"
                what += "" if is_gone else unknown
                changes.add("call-changed", place, "call", what, *at, touches=is_gone)
                continue
            both = (before, other) if is_gone else (step, one)
            known = _elsewhere(both[0], both[1].resolved.sources)
            found = _places(*both, known)  # one for all steps that call it
            at = at if found is None else found if is_gone else found[::-1]
            if known is not None and known.operation_id != name.rpartition(".")[2]:
                names = quoted(name.rpartition(".")[2]), quoted(known.operation_id)
                names = names if is_gone else (names[1], names[0])
                what = f"the operation {names[0]} is called {names[1]} now ({known.method} {known.path})"
                help = f"write {names[1]} in place of {names[0]}" if is_gone else ""
                changes.add("operation-renamed", place, "operation", what, *at, help=help, touches=is_gone)
                continue
            changes.add(f"operation-{verb}", place, "operation", f"{quoted(name)} {what}", *at)


def _named(step: model.Step) -> str:
    """What a step names to call it."""
    return step.operation_id or step.operation_path or step.workflow_id or ""


def _places(step: ResolvedStep, other: WorkflowSide, known: Operation | None) -> tuple[Location, Location] | None:
    """Where the operation of a step is, and where it is or would be in the API of the other side."""
    if not isinstance(step.target, OperationTarget):
        return None
    document = other.resolved.sources.loaded.get(step.target.source)
    place = document.root.at / "paths" if document is not None else other.resolved.document.at / "sourceDescriptions"
    return step.target.operation.node.at, known.node.at if known is not None else place


def _may_be_in_unread(step: model.Step, sources: Sources) -> bool:
    """Whether the operation that a step names may be in a source that cannot be read: one it names, or any."""
    written = step.operation_id or step.operation_path or ""
    own = (n.removeprefix(sources.prefix) for n in sources.unread if n.startswith(sources.prefix))
    unread = [name for name in own if name in sources.descriptions]
    named = [name for name in sources.descriptions if f"$sourceDescriptions.{name}." in written]
    return any(name in unread for name in named or sources.descriptions)


def _elsewhere(step: ResolvedStep, sources: Sources) -> Operation | None:
    """The operation of other sources that has the method and path of a step's."""
    if not isinstance(step.target, OperationTarget):
        return None
    wanted = step.target.operation
    document = sources.loaded.get(step.target.source)
    return find_by_path(document, wanted.path, wanted.method) if document is not None else None
