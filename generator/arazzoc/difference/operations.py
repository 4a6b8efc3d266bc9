"""The operations behind one step, compared: what the API takes and gives, seen from what the step sends and reads."""

from __future__ import annotations

import re
from typing import Any

from arazzoc import ir
from arazzoc.diagnostics import Located, quoted
from arazzoc.difference.callers import have_other_arguments
from arazzoc.difference.credentials import CredentialComparison
from arazzoc.difference.kinds import Whom
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.responses import ResponsesComparison
from arazzoc.difference.schemas import Comparison
from arazzoc.difference.texts import body_sent, form_of
from arazzoc.difference.uses import Sends, StepSide, argument_of, body_of
from arazzoc.openapi.alike import alike
from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import EncodingSpec, Operation, ParameterSpec, Server, ServerVariable, media_of
from arazzoc.openapi.secrecy import public_url
from arazzoc.source import Location


class OperationComparison:
    """Compares what two versions of a step call."""

    def __init__(self, old: StepSide, new: StepSide, changes: Changes, place: Place) -> None:
        self.old, self.new, self.changes, self.place = old, new, changes, place
        self.was, self.now = old.operation, new.operation
        self.renamed: dict[tuple[str, str], tuple[str, str]] = {}

    def compare(self) -> None:
        """Record all that differs."""
        self._identity()
        CredentialComparison(self.old, self.new, self.changes, self.place).compare()
        self._parameters()
        self._body()
        ResponsesComparison(self.old, self.new, self.changes, self.place).compare()

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
            at = was.path_item.at, now.path_item.at  # of all its operations
            self.add("path-changed", "operation", f"{was.path} became {now.path}", *at, touches=touches)
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
            given: dict[str, Any] = {"subject": one, "became": other, "touches": have_other_arguments(one, other)}
            self.changes.add("server-variable-renamed", self.place, "servers", what, old, new, **given)
            befores[other] = befores.pop(one)
        gone, added = ([n for n in one if n not in other] for one, other in ((befores, afters), (afters, befores)))
        is_new = was.is_absolute != now.is_absolute or _moves(self.was, self.now)
        if renamed is None and was.url != now.url and (is_new or not (gone or added)):
            urls = quoted(public_url(was.url)), quoted(public_url(now.url))
            what = f"the server is {urls[1]} now, and was {urls[0]}"
            if urls[0] == urls[1]:
                what = f"the server {urls[0]} has other credentials, or another query"
            self.add("server-changed", "servers", what, old, new, touches=is_new)
            gone = added = []  # another server has other variables
        for name in gone:
            what = f"the server's variable {quoted(name)} is not there any more"
            self.changes.add("server-variable-removed", self.place, "servers", what, old, new, subject=name)
        for name in added:
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
            at = was[key].node.at, _owner_of(was[key], self.was, self.now)
            self.add(f"{word}parameter-removed", "parameters", what, *at, touches=used)
        for key in added:
            word, spec = ("required-" if now[key].required else ""), now[key]
            what = f"{_called(now[key])} is new{', and required' if word else ''}"
            argument = self._argument(self.new, key)
            is_sent = argument is not None and Sends(argument.value, self.new.optional).used(()) == "always"
            at = _owner_of(spec, self.now, self.was), spec.node.at
            self.add(f"{word}parameter-added", "parameters", what, *at, touches=not is_sent)
        for key in (key for key in was if key in now):
            self._parameter(key, was[key], now[key])

    def _argument(self, side: StepSide, key: tuple[str, str]) -> ir.Argument | None:
        return argument_of(side.call, *key)

    def _parameter(self, key: tuple[str, str], was: ParameterSpec, now: ParameterSpec) -> None:
        argument = self._argument(self.new, key)
        sends = _sent_as(argument, key[0], self.new.optional)
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
        sent, form = body_sent(self.new.call)
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
            sends = Sends(sent, self.new.optional, form) if media in used else Sends(None)
            if _are_encoded_otherwise(
                self.was.encodings(befores[media]), self.now.encodings(afters[media]), one, other
            ):
                what = f"{quoted(media)}: its members are encoded in another way"
                self.add("encoding-changed", "request body", what, one.at, other.at, touches=media in used)
            elif media in used:
                self._announced(one, other)
            name = "the request body" if len(befores) == 1 else f"the request body {quoted(media)}"
            comparison = Comparison(self.changes, self.place, "request", "request body", name, sends)
            comparison.compare_contents(media, one, other)

    def _announced(self, old: Node, new: Node) -> None:
        """Record parts that are announced in another way because their schemas name a media type, or no longer do, and
        say the same of the bytes (`format: binary` of OpenAPI 3.0).
        """
        sides = self.old, self.new
        befores, afters = (
            {e.name: e for e in body.encodings} if isinstance(body := side.call.body, ir.MultipartBody) else {}
            for side in sides
        )
        for name in dict.fromkeys((*befores, *afters)):
            if befores.get(name) != afters.get(name) and all(_sends_part(side.call, name) for side in sides):
                types = [found[name].content_type if name in found else "" for found in (befores, afters)]
                was, now = (quoted(type) if type else "what its file's name says" for type in types)
                what = f"the part {quoted(name)} is announced as {now} now, and was as {was}"
                self.add("encoding-changed", "request body", what, old.at, new.at, touches=all(types))


def _sends_part(call: ir.HttpCall, name: str) -> bool:
    """Whether a part may be sent: one that came or went is a change of the payload."""
    body = call.body
    return isinstance(body, ir.MultipartBody) and (body.whole is not None or any(p.name == name for p in body.parts))


def _sent_as(argument: ir.Argument | None, location: str, optional: frozenset[str]) -> Sends:
    """What an argument sends; a query string is a form."""
    value = argument.value if argument is not None else None
    if value is not None and location == "querystring":
        value = form_of(value) or value
    return Sends(value, optional)


def _are_encoded_otherwise(was: list[EncodingSpec], now: list[EncodingSpec], *contents: Node) -> bool:
    """Whether members are encoded in another way; in Swagger 2.0 that follows from types, which are compared."""
    if all("swagger" not in content.document.root.fields for content in contents):
        return was != now
    befores, afters = ({spec.name: spec for spec in found} for found in (was, now))
    return any(befores[name] != afters[name] for name in befores if name in afters)


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


def _owner_of(spec: ParameterSpec, side: Operation, other: Operation) -> Location:
    """Where a parameter of one side would be on the other one: in the path item, where it is one of all operations."""
    is_own = any(node.key == spec.node.key for node in side.node.items("parameters"))
    return (other.node if is_own else other.path_item).at


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
