"""The responses of what a step calls, compared: statuses, headers and bodies, seen from what the step reads."""

from __future__ import annotations

from collections.abc import Mapping

from arazzoc.analysis.fold import admitted_statuses, named_statuses
from arazzoc.diagnostics import Located, quoted
from arazzoc.difference.branches import branching, where_it_leads
from arazzoc.difference.kinds import Whom
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.schemas import Comparison, Path
from arazzoc.difference.uses import Reads, StepSide, headers_of, reads_of
from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import SUCCESSES, is_json, media_of
from arazzoc.source import Json, Location


class ResponsesComparison:
    """Compares the responses of what two versions of a step call."""

    def __init__(self, old: StepSide, new: StepSide, changes: Changes, place: Place) -> None:
        self.old, self.new, self.changes, self.place = old, new, changes, place
        self.was, self.now = old.operation, new.operation

    def add(self, id: str, area: str, message: str, old: Located, new: Located, *, touches: bool = True) -> None:
        self.changes.add(id, self.place, area, message, old, new, touches=touches)

    def compare(self) -> None:
        """Record all that differs."""
        was, now = (
            {key.lower(): node for key, node in op.responses.items() if not key.startswith("x-")}
            for op in (self.was, self.now)
        )
        old, new = (node / "responses" for node in (self.was.node.at, self.now.node.at))
        gone = [status for status in was if status not in now]
        added = [status for status in now if status not in was]
        pairs = [(status, status) for status in was if status in now]
        for status in list(gone):
            same = [s for s in added if s[:1] == status[:1] and status[:1].isdigit()]
            if len(same) == 1 and sum(s[:1] == status[:1] for s in gone) == 1:
                gone.remove(status)
                added.remove(same[0])
                pairs.append((status, same[0]))
                what = f"the response {status} has the status {same[0]} now"
                touches = self.waits_for(self.new, status) and not self.waits_for(self.new, same[0])
                touches = touches or (self.waits_for(self.old, status) and not self.waits_for(self.old, same[0]))
                touches = touches or any(s.isdigit() and int(s) in self._branched_statuses() for s in (status, same[0]))
                self.add("response-status-moved", "responses", what, was[status].at, now[same[0]].at, touches=touches)
        if len(gone) == len(added) == 1 and "default" in (*gone, *added):
            (before,), (after,) = gone, added
            what = f"the response {before} is the default one now, for all other statuses"
            what = f"the default response is for the status {after} only now" if before == "default" else what
            # All that came may come, and is described; of the default, other statuses are not any more.
            touches = before == "default" and any(
                str(status) not in now and f"{str(status)[0]}xx" not in now and str(status) != after
                for status in self._named_statuses()
            )
            self.add("response-status-moved", "responses", what, was[before].at, now[after].at, touches=touches)
            pairs.append((before, after))
            gone, added = [], []
        for status in gone:
            touches = status[:1] == "2" or self._is_named(status)
            what = f"the response {status} is not described any more"
            self.add("response-status-removed", "responses", what, was[status].at, new, touches=touches)
        for status in added:
            touches = status[:1] == "2" or self._is_named(status)
            what = f"the response {status} is new"
            self.add("response-status-added", "responses", what, old, now[status].at, touches=touches)
        for before, after in pairs:
            self._response(before, after, was[before], now[after])

    def _branched_statuses(self) -> frozenset[int]:
        """The statuses that criteria of the step's actions name, before or now."""
        edges = [e for s in (self.old.step, self.new.step) for e in (*s.on_success, *s.on_failure)]
        return named_statuses([criterion for edge in edges for criterion in edge.when])

    def _is_named(self, status: str) -> bool:
        """Whether a criterion of the step names a status."""
        return status.isdigit() and int(status) in self._named_statuses()

    def _named_statuses(self) -> frozenset[int]:
        """The statuses that criteria of the step name, before or now."""
        return named_statuses([*self.old.step.success, *self.new.step.success]) | self._branched_statuses()

    def waits_for(self, side: StepSide, status: str) -> bool:
        """Whether a status is one of those with which the step succeeds."""
        admitted = admitted_statuses(list(side.step.success))
        if status == "default":
            return self._waits_for_others(side)
        if not status.isdigit():
            return status[:1] not in ("4", "5")
        return int(status) in admitted if admitted is not None else status[:1] == "2"

    def _waits_for_others(self, side: StepSide) -> bool:
        """Whether the step may succeed with a status of which only the default response is."""
        criteria = list(side.step.success)
        admitted = admitted_statuses(criteria)
        default = next((node for key, node in side.operation.responses.items() if key.lower() == "default"), None)
        found = side.operation.answers(admitted or SUCCESSES, named_statuses(criteria))
        return (bool(criteria) and admitted is None) or any(node is default for _, node in found if node is not None)

    def _response(self, status: str, after: str, was: Node, now: Node) -> None:
        name, area = "the response", f"response {after}"
        headers = [dict(node.members("headers")) for node in (was, now)]
        read = [
            headers_of([s.step.success, s.step.outputs, s.step.on_success, s.step.on_failure])
            for s in (self.old, self.new)
        ]
        befores, afters = ({key.lower(): node for key, node in found.items()} for found in headers)
        for header in _without(befores, afters):
            what = f"{name}: the header {quoted(header)} is not described any more"
            touches = header in read[0] | read[1]
            self.add("response-header-removed", area, what, befores[header].at, now.at, touches=touches)
        for header in _without(afters, befores):
            what = f"{name}: the header {quoted(header)} is new"
            self.add("response-header-added", area, what, was.at, afters[header].at)
        for header in (header for header in befores if header in afters):
            uses = Reads(((),)) if header in read[0] | read[1] else Reads(())
            label, place = f"the response header {quoted(header)}", f"headers of {area}"
            self._header(area, label, befores[header], afters[header], is_read=bool(uses.paths))
            comparison = Comparison(self.changes, self.place, "response", place, label, uses, header)
            was_header, now_header = (_with_schema(found[header]) for found in (befores, afters))
            comparison.compare_contents("", was_header, now_header)
        contents = [{media_of(key): node for key, node in node.members("content")} for node in (was, now)]
        reads = self._reads(status)
        self._content_types(contents[0], contents[1], was, now, area, touches=bool(reads.paths))
        for media in (media for media in contents[0] if media in contents[1]):
            label = name if is_json(media) else f"{name} {quoted(media)}"
            comparison = _ResponseComparison(self, area, label, reads, after)
            comparison.compare_contents(media, contents[0][media], contents[1][media])

    def _header(self, area: str, name: str, was: Node, now: Node, *, is_read: bool) -> None:
        """Record what is said of a header besides its schema."""
        required, deprecated = ([n.fields.get(word) is True for n in (was, now)] for word in ("required", "deprecated"))
        if required[0] != required[1]:
            became, what = ("required", "always comes now") if required[1] else ("optional", "may be absent now")
            self.add(f"response-header-became-{became}", area, f"{name} {what}", was.at, now.at, touches=is_read)
        if deprecated[0] != deprecated[1]:
            verb, what = (
                ("deprecated", "is deprecated") if deprecated[1] else ("undeprecated", "is not deprecated any more")
            )
            self.add(f"response-header-{verb}", area, f"{name} {what}", was.at, now.at, touches=is_read)

    def _content_types(
        self, was: dict[str, Node], now: dict[str, Node], old: Node, new: Node, area: str, *, touches: bool
    ) -> None:
        """Record types of a response that came, went, or were replaced."""
        gone, added = _without(was, now), _without(now, was)
        if len(gone) == len(added) == 1:
            what = f"the response is {quoted(added[0])} now, and was {quoted(gone[0])}"
            at = was[gone[0]].at, now[added[0]].at
            self.add("response-content-type-changed", area, what, *at, touches=touches)
            return
        for media in gone:
            what = f"the response is not {quoted(media)} any more"
            is_other = touches and len(gone) == len(was)
            self.add("response-content-type-removed", area, what, was[media].at, new.at, touches=is_other)
        for media in added:
            what = f"the response can be {quoted(media)} now"
            self.add("response-content-type-added", area, what, old.at, now[media].at, touches=touches)

    def _reads(self, status: str) -> Reads:
        """What is read of a response with that status, before or now."""
        parts: list[object] = []
        for side in (self.old, self.new):
            step = side.step
            admitted = admitted_statuses(list(step.success))
            may_succeed = status[:1] not in ("4", "5")
            if status == "default":
                may_succeed = self._waits_for_others(side)
            elif admitted is not None:
                may_succeed = any(_is_of(number, status) for number in admitted)
            parts += [step.success] if may_succeed or admitted is None else []
            parts += [step.outputs, step.on_success] if may_succeed else []
            parts.append(step.on_failure)
        return reads_of(parts)


def _is_of(status: int, key: str) -> bool:
    """Whether a status is one of those of a response: 200 is of 200, of 2xx and of default."""
    return key in (str(status), "default") or (key[1:].lower() == "xx" and str(status)[0] == key[0])


class _ResponseComparison(Comparison):
    """Compares response bodies: of values that the flow branches on, it tells where they lead."""

    def __init__(self, owner: ResponsesComparison, area: str, what: str, reads: Reads, status: str) -> None:
        super().__init__(owner.changes, owner.place, "response", area, what, reads)
        self.owner, self.status = owner, status

    def branches(self, verb: str, path: Path, values: list[Json], at: tuple[Location, Location]) -> bool:
        side = self.owner.new if verb == "added" else self.owner.old
        found = branching(side.step, side.workflow, side.flows, path)
        if found is None:
            return False
        flow, step, value = found
        by_end: dict[tuple[bool, str], list[Json]] = {}
        for item in values:
            fails = step is side.step and not self.owner.waits_for(side, self.status)
            by_end.setdefault(where_it_leads(step, value, item, fails=fails), []).append(item)
        of = f" of workflow {quoted(flow.id)}" if flow.id != side.workflow.id else ""
        where_at = f"at step {quoted(step.id)}{of} " if step is not side.step else ""
        for (is_handled, where), items in by_end.items():
            shown = self.listed(path, items)
            can = "can be" if verb == "added" else "cannot be"
            when = "now" if verb == "added" else "any more"
            what = f"{self.what}: {quoted(format_pointer(path))} {can} {shown} {when}: {where_at}{where}"
            id = f"{'handled' if is_handled else 'unhandled'}-value-{verb}"
            self.owner.changes.add(
                id,
                self.owner.place,
                self.area,
                what,
                *at,
                subject=format_pointer(path),
                whom=(Whom.WIRE,),
                help="add an action for it" if verb == "added" and not is_handled else "",
            )
        return True


def _with_schema(header: Node) -> Node:
    """A header, or its content, whichever has the schema (OpenAPI 3.1.1, Header Object)."""
    contents = [node for _, node in header.members("content")]
    return contents[0] if contents and "schema" not in header.fields else header


def _without(one: Mapping[str, Node], other: Mapping[str, Node]) -> list[str]:
    return [name for name in one if name not in other]
