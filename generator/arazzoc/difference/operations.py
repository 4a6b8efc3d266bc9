"""The operations behind one step, compared: what the API takes and gives, seen from what the step sends and reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

from arazzoc import ir
from arazzoc.analysis.fold import admitted_statuses, named_statuses
from arazzoc.diagnostics import Located, quoted
from arazzoc.difference.branches import branching, where_it_leads
from arazzoc.difference.credentials import CredentialComparison
from arazzoc.difference.kinds import Whom
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.schemas import Comparison, Path
from arazzoc.difference.uses import Reads, Sends, StepSide, argument_of, body_of, headers_of, reads_of
from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.alike import alike
from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import Operation, ParameterSpec, Server, ServerVariable, is_json, media_of
from arazzoc.openapi.secrecy import public_url
from arazzoc.source import Json, Location


class OperationComparison:
    """Compares what two versions of a step call."""

    def __init__(self, old: StepSide, new: StepSide, changes: Changes, place: Place) -> None:
        self.old, self.new, self.changes, self.place = old, new, changes, place
        self.was, self.now = old.operation, new.operation
        self.renamed: dict[tuple[str, str], tuple[str, str]] = {}
        self.reads = reads_of([new.step.success, new.step.outputs, new.step.on_success, new.step.on_failure])
        self.reads_before = reads_of([old.step.success, old.step.outputs, old.step.on_success, old.step.on_failure])

    def compare(self) -> None:
        """Record all that differs."""
        self._identity()
        CredentialComparison(self.old, self.new, self.changes, self.place).compare()
        self._parameters()
        self._body()
        self._responses()

    def add(self, id: str, area: str, message: str, old: Located, new: Located, *, touches: bool = True) -> None:
        self.changes.add(id, self.place, area, message, old, new, touches=touches)

    # The operation

    def _identity(self) -> None:
        was, now, old, new = self.was, self.now, self.was.node.at, self.now.node.at
        named = quoted(was.operation_id or f"{was.method} {was.path}")
        if was.operation_id != now.operation_id:
            self.add(
                "operation-renamed",
                "operation",
                f"the operation {named} is called {quoted(now.operation_id)} now",
                old,
                new,
                touches=False,
            )
        if was.method != now.method:
            self.add("method-changed", "operation", f"{was.method} {was.path} became {now.method} {now.path}", old, new)
        elif _template(was.path) != _template(now.path) or _are_swapped(was.path, now.path):
            touches = _moves(was, now) or _are_swapped(was.path, now.path)
            self.add("path-changed", "operation", f"{was.path} became {now.path}", old, new, touches=touches)
        self._server()
        if was.is_deprecated != now.is_deprecated:
            verb = "deprecated" if now.is_deprecated else "undeprecated"
            what = "is deprecated" if now.is_deprecated else "is not deprecated any more"
            self.add(f"operation-{verb}", "operation", f"the operation {named} {what}", old, new)

    def _server(self) -> None:
        """Record a server that is somewhere else, or has other variables."""
        was, now = self.was.server, self.now.server
        old, new = _servers_at(self.was), _servers_at(self.now)
        befores, afters = ({v.name: v for v in server.variables} for server in (was, now))
        renamed = _renamed_variable(was, now)
        if renamed is not None:
            one, other = renamed
            what = f"the server's variable {quoted(one)} is called {quoted(other)} now"
            self.changes.add(
                "server-variable-renamed", self.place, "servers", what, old, new, subject=one, became=other
            )
            befores[other] = befores.pop(one)
        elif was.url != now.url:
            urls = quoted(public_url(was.url)), quoted(public_url(now.url))
            what = f"the server is {urls[1]} now, and was {urls[0]}"
            if urls[0] == urls[1]:
                what = f"the server {urls[0]} has other credentials, or another query"
            touches = _moves(self.was, self.now) or was.is_absolute != now.is_absolute
            self.add("server-changed", "servers", what, old, new, touches=touches)
        for name in (name for name in befores if name not in afters):
            what = f"the server's variable {quoted(name)} is not there any more"
            self.changes.add("server-variable-removed", self.place, "servers", what, old, new, subject=name)
        for name in (name for name in afters if name not in befores):
            what = f"the server's variable {quoted(name)} is new"
            self.changes.add("server-variable-added", self.place, "servers", what, old, new, subject=name)
        for name in (name for name in befores if name in afters):
            words = [_variable(found[name]) for found in (befores, afters)]
            if words[0] != words[1]:
                what = f"the server's variable {quoted(name)} is {words[1]} now, and was {words[0]}"
                if self.changes.hiding.is_secret(name):
                    what = f"the server's variable {quoted(name)} has another default, or other values"
                defaults = befores[name].default, afters[name].default
                whom = (Whom.WIRE,) if defaults[0] != defaults[1] else ()
                self.changes.add(
                    "server-variable-changed", self.place, "servers", what, old, new, subject=name, whom=whom
                )

    # Parameters

    def _parameters(self) -> None:
        was, now = (
            {_by_name(*key): spec for key, spec in operation.parameters.items() if key[0] not in ("body", "formData")}
            for operation in (self.was, self.now)
        )
        gone = [key for key in was if key not in now]
        added = [key for key in now if key not in was]
        for key in list(gone):
            other = next((k for k in added if _is_same_parameter(key, was[key], k, now[k], was, now)), None)
            if other is not None:
                gone.remove(key)
                added.remove(other)
                self.renamed[key[0], was[key].name] = other[0], now[other].name
                moved = key[1] == other[1]
                what = f"is in the {other[0]} now" if moved else f"is called {quoted(now[other].name)} now"
                id = "parameter-moved" if moved else "parameter-renamed"
                used = self._argument(self.old, key) is not None or now[other].required
                used = used and (moved or key[0] != "path")  # a name in a path is not sent
                self.add(
                    id, "parameters", f"{_called(was[key])} {what}", was[key].node.at, now[other].node.at, touches=used
                )
        for key in gone:
            word = "required-" if was[key].required else ""
            what = f"{_called(was[key])} is not there any more"
            used = self._argument(self.old, key) is not None
            self.add(f"{word}parameter-removed", "parameters", what, was[key].node.at, self.now.node.at, touches=used)
        for key in added:
            word, spec = ("required-" if now[key].required else ""), now[key]
            what = f"{_called(now[key])} is new{', and required' if word else ''}"
            argument = self._argument(self.new, key)
            is_sent = argument is not None and Sends(argument.value, self.new.optional).used(()) == "always"
            self.add(f"{word}parameter-added", "parameters", what, self.was.node.at, spec.node.at, touches=not is_sent)
        for key in (key for key in was if key in now):
            self._parameter(key, was[key], now[key])

    def _argument(self, side: StepSide, key: tuple[str, str]) -> ir.Argument | None:
        return argument_of(side.call, *key)

    def _parameter(self, key: tuple[str, str], was: ParameterSpec, now: ParameterSpec) -> None:
        argument = self._argument(self.new, key)
        sends = Sends(argument.value if argument is not None else None, self.new.optional)
        old, new, name = was.node.at, now.node.at, _called(now)
        used = sends.used(())
        if was.name != now.name:
            what = f"{_called(was)} is called {quoted(now.name)} now"
            self.add("parameter-renamed", "parameters", what, old, new, touches=False)  # case does not count
        if was.required != now.required:
            verb = "required" if now.required else "optional"
            what = "is required now" if now.required else "is not required any more"
            self.add(f"parameter-became-{verb}", "parameters", f"{name} {what}", old, new, touches=used != "always")
        before, after = (spec.node.fields.get("deprecated") is True for spec in (was, now))
        if before != after:
            verb, what = ("deprecated", "is deprecated") if after else ("undeprecated", "is not deprecated any more")
            self.add(f"parameter-{verb}", "parameters", f"{name} {what}", old, new, touches=used != "never")
        styles = [
            (spec.style, spec.explode, spec.allow_reserved, media_of(spec.content_type or "")) for spec in (was, now)
        ]
        if styles[0] != styles[1]:
            what = f"{name} is written in another way: {_style(was)} became {_style(now)}"
            self.add("parameter-style-changed", "parameters", what, old, new, touches=used != "never")
        comparison = Comparison(self.changes, self.place, "request", "parameters", name, sends, key[1])
        comparison.compare(was.schema, now.schema, (old, new))

    # Bodies

    def _body(self) -> None:
        was, now = self.was.request_contents, self.now.request_contents
        old, new = _place(self.was.node, "requestBody"), _place(self.now.node, "requestBody")
        sent = body_of(self.new.call)
        if not was and not now:
            return
        if not was or not now:
            verb, operation = ("added", self.now) if now else ("removed", self.was)
            word = "required-" if operation.requires_body else ""
            what = f"the operation takes {'a' if now else 'no'} body{'' if now else ' any more'}"
            what += ", and requires it" if word and now else ""
            touches = (sent is None) if now else body_of(self.old.call) is not None
            self.add(f"{word}request-body-{verb}", "request body", what, old, new, touches=touches)
            return
        if self.was.requires_body != self.now.requires_body:
            verb = "required" if self.now.requires_body else "optional"
            what = "the body is required now" if self.now.requires_body else "the body is not required any more"
            self.add(f"request-body-became-{verb}", "request body", what, old, new, touches=sent is None)
        used = {media_of(side.call.body.content_type) for side in (self.old, self.new) if side.call.body is not None}
        befores, afters = ({media_of(name): name for name in found} for found in (was, now))
        gone, more = ([m for m in one if m not in other] for one, other in ((befores, afters), (afters, befores)))
        if len(gone) == len(more) == 1:
            what = f"{quoted(more[0])} is accepted in place of {quoted(gone[0])}"
            at = was[befores[gone[0]]].at, now[afters[more[0]]].at
            self.add("request-content-type-changed", "request body", what, *at, touches=gone[0] in used)
            return
        for media in gone:
            what = f"{quoted(media)} is not accepted any more"
            touches = media in used
            self.add("request-content-type-removed", "request body", what, was[befores[media]].at, new, touches=touches)
        for media in more:
            what = f"{quoted(media)} is accepted, too"
            self.add("request-content-type-added", "request body", what, old, now[afters[media]].at)
        for media in (media for media in befores if media in afters):
            one, other = was[befores[media]], now[afters[media]]
            sends = Sends(sent if media in used else None, self.new.optional)
            if self.was.encodings(befores[media]) != self.now.encodings(afters[media]):
                what = f"{quoted(media)}: its members are encoded in another way"
                self.add("encoding-changed", "request body", what, one.at, other.at, touches=media in used)
            name = "the request body" if len(befores) == 1 else f"the request body {quoted(media)}"
            comparison = Comparison(self.changes, self.place, "request", "request body", name, sends)
            comparison.compare(one.get("schema"), other.get("schema"), (one.at, other.at))

    # Responses

    def _responses(self) -> None:
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
        if not status.isdigit():
            return status[:1] not in ("4", "5")
        return int(status) in admitted if admitted is not None else status[:1] == "2"

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
            comparison = Comparison(self.changes, self.place, "response", place, label, uses, header)
            comparison.compare(
                befores[header].get("schema"), afters[header].get("schema"), (befores[header].at, afters[header].at)
            )
        contents = [{media_of(key): node for key, node in node.members("content")} for node in (was, now)]
        reads = self._reads(status)
        self._content_types(contents[0], contents[1], was, now, area, touches=bool(reads.paths))
        for media in (media for media in contents[0] if media in contents[1]):
            one, other = contents[0][media].get("schema"), contents[1][media].get("schema")
            if one is not None and other is not None and alike(one, other):
                continue
            label = name if is_json(media) else f"{name} {quoted(media)}"
            comparison = _ResponseComparison(self, area, label, reads, after)
            comparison.compare(one, other, (contents[0][media].at, contents[1][media].at))

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
            if admitted is not None:
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

    def __init__(self, owner: OperationComparison, area: str, what: str, reads: Reads, status: str) -> None:
        super().__init__(owner.changes, owner.place, "response", area, what, reads)
        self.owner, self.status = owner, status

    def branches(self, verb: str, path: Path, values: list[Json], at: tuple[Location, Location]) -> bool:
        side = self.owner.new if verb == "added" else self.owner.old
        found = branching(side.step, side.steps, path)
        if found is None:
            return False
        step, value = found
        by_end: dict[tuple[bool, str], list[Json]] = {}
        for item in values:
            fails = step is side.step and not self.owner.waits_for(side, self.status)
            by_end.setdefault(where_it_leads(step, value, item, fails=fails), []).append(item)
        where_at = f"at step {quoted(step.id)} " if step is not side.step else ""
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


def _template(path: str) -> str:
    """A path without the names in it."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _are_swapped(was: str, now: str) -> bool:
    """Whether a name stands at another place among those in a path: what is sent for it goes there."""
    befores, afters = (re.findall(r"\{([^{}]*)\}", path) for path in (was, now))
    return any(befores.index(name) != afters.index(name) for name in befores if name in afters)


def _moves(was: Operation, now: Operation) -> bool:
    """Whether requests go somewhere else, where callers choose nothing."""
    return _template(url(was)) != _template(url(now))


def url(operation: Operation) -> str:
    """Where an operation is, with the defaults of its server's variables."""
    found = operation.server.url
    for variable in operation.server.variables:
        found = found.replace(f"{{{variable.name}}}", variable.default)
    return found.rstrip("/") + operation.path


def _without(one: Mapping[str, Node], other: Mapping[str, Node]) -> list[str]:
    return [name for name in one if name not in other]


def _servers_at(operation: Operation) -> Location:
    """The place of the servers that count for an operation."""
    owners = (operation.node, operation.path_item, operation.document.root)
    return next((owner.at / "servers" for owner in owners if "servers" in owner.fields), operation.document.root.at)


def _renamed_variable(was: Server, now: Server) -> tuple[str, str] | None:
    """The old and the new name of a variable of a server, whose URL is the same but for that."""
    befores, afters = ({v.name for v in server.variables} for server in (was, now))
    gone, added = befores - afters, afters - befores
    if len(gone) != 1 or len(added) != 1:
        return None
    (one,), (other,) = gone, added
    is_same = was.url != now.url and was.url.replace(f"{{{one}}}", f"{{{other}}}") == now.url
    return (one, other) if is_same else None


def _variable(variable: ServerVariable) -> str:
    values = f", one of {', '.join(map(quoted, variable.values))}" if variable.values else ""
    return f"{quoted(variable.default)}{values}"


def _place(node: Node, field: str) -> Location:
    """The place of a field, or of its owner where it is not there."""
    return node.at / field if field in node.fields else node.at


def _by_name(location: str, name: str) -> tuple[str, str]:
    """How a parameter is found: the names of headers are the same in any case (RFC 9110, section 5.1)."""
    return location, name.lower() if location == "header" else name


def _called(spec: ParameterSpec) -> str:
    return f"the {spec.location} parameter {quoted(spec.name)}"


def _style(spec: ParameterSpec) -> str:
    if spec.content_type:
        return quoted(spec.content_type)
    words = [spec.style, *(["explode"] if spec.explode else []), *(["allowReserved"] if spec.allow_reserved else [])]
    return " ".join(words)


def _is_same_parameter(
    key: tuple[str, str],
    was: ParameterSpec,
    other: tuple[str, str],
    now: ParameterSpec,
    befores: dict[tuple[str, str], ParameterSpec],
    afters: dict[tuple[str, str], ParameterSpec],
) -> bool:
    """Whether a parameter moved, or was renamed: it is the only one of its kind on both sides."""
    if was.required != now.required and "path" not in (key[0], other[0]):
        return False
    if key[1] == other[1]:
        return True
    if key[0] != other[0]:
        return False

    def twins(specs: dict[tuple[str, str], ParameterSpec], others: dict[tuple[str, str], ParameterSpec]) -> int:
        return sum(
            k not in others and k[0] == key[0] and s.required == was.required and _are_alike(was, s)
            for k, s in specs.items()
        )

    return _are_alike(was, now) and twins(befores, afters) == twins(afters, befores) == 1


def _are_alike(one: ParameterSpec, other: ParameterSpec) -> bool:
    if one.schema is None or other.schema is None:
        return False
    return alike(one.schema, other.schema, annotations=True)
