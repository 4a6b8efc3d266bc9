"""The credentials of an operation, compared: which must be sent, with which scopes, and which the client prefers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from arazzoc import ir
from arazzoc.diagnostics import quoted
from arazzoc.difference.callers import have_other_arguments
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.uses import StepSide
from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import Operation
from arazzoc.openapi.security import definition, requirements, scheme
from arazzoc.source import Location

_Credential: TypeAlias = tuple[str, str, str]
"""Its kind, its place, and its name there; of one that the client cannot send its type, and its name if that is all."""
_Need: TypeAlias = dict[_Credential, frozenset[str]]
"""Credentials that are sent together, with their scopes (OpenAPI 3.1.1, Security Requirement Object)."""
_Sets: TypeAlias = frozenset[frozenset[_Credential]]


class CredentialComparison:
    """Compares the credentials that two versions of what a step calls need."""

    def __init__(self, old: StepSide, new: StepSide, changes: Changes, place: Place) -> None:
        self.changes, self.place, self.calls = changes, place, (old.call, new.call)
        self.operations = old.operation, new.operation
        is_own = "security" in {*old.operation.node.fields, *new.operation.node.fields}
        owners = [o.node if is_own else o.document.root for o in self.operations]
        self.at: tuple[Location, Location] = _place(owners[0], "security"), _place(owners[1], "security")

    def compare(self) -> None:
        """Record all that differs."""
        before, after = map(_needs, self.operations)
        is_wider, is_narrower = _all_do(before, after), _all_do(after, before)
        is_same = is_wider and is_narrower  # what is not needed may be sent, and what the client takes differs
        was, now = _sets(before), _sets(after)
        if was == now:
            self._names()
            self._scopes(before, after, is_wider=is_wider, is_narrower=is_narrower)
            self._order()
            return
        if is_same:
            is_wider, is_narrower = was < now, was > now
        verb = "widened" if is_wider else "narrowed" if is_narrower else "changed"
        self._add(verb, f"{_credentials(before)} became {_credentials(after)}", touches=not is_same)

    def _add(self, verb: str, what: str, *, touches: bool = True) -> None:
        message = f"credentials: {what}"
        self.changes.add(f"security-{verb}", self.place, "security", message, *self.at, touches=touches)

    def _scopes(self, before: list[_Need], after: list[_Need], *, is_wider: bool, is_narrower: bool) -> None:
        """Record scopes that a token needs now, or needs no more."""
        if _with_scopes(before) == _with_scopes(after):
            return
        words: list[str] = []
        if len(before) == len(after) == len(_sets(before)):
            afters = {frozenset(need): need for need in after}
            for need in before:
                words += self._scope_words(need, afters[frozenset(need)])
        what = " and ".join(dict.fromkeys(words)) or f"{_credentials(before)} became {_credentials(after)}"
        verb = "changed" if is_wider == is_narrower else "widened" if is_wider else "narrowed"
        self._add(verb, what, touches=not (is_wider and is_narrower))

    def _scope_words(self, was: _Need, now: _Need) -> list[str]:
        found: list[str] = []
        names = {key: name for name, key in _keys(self.operations[1]).items()}
        for key in was:
            more, less = sorted(now[key] - was[key]), sorted(was[key] - now[key])
            words = [f"needs the scope {quoted(scope)} now" for scope in more]
            words += [f"does not need the scope {quoted(scope)} any more" for scope in less]
            found += [f"{quoted(names[key])} {' and '.join(words)}"] if words else []
        return found

    def _names(self) -> None:
        """Record security schemes with another name, after which the client's argument is called."""
        names = [
            {(s.kind, s.place, s.parameter): s.name for schemes in requirements(o) for s in schemes}
            for o in self.operations
        ]
        for key, was in names[0].items():
            now = names[1].get(key, was)
            if now != was:
                what = f"the security scheme {quoted(was)} is called {quoted(now)} now"
                old, new = (_place(o.document.root, "components") for o in self.operations)
                given: dict[str, Any] = {"subject": was, "became": now, "touches": have_other_arguments(was, now)}
                self.changes.add("credential-renamed", self.place, "security", what, old, new, **given)

    def _order(self) -> None:
        """Record alternatives in another order: the client sends the first of which it has all."""
        was, now = (
            list(dict.fromkeys(tuple((s.kind, s.place, s.parameter) for s in schemes) for schemes in requirements(o)))
            for o in self.operations
        )
        if was != now:
            touches = _order_of(self.calls[0]) != _order_of(self.calls[1])
            what = "the credentials are named in another order, of which the client sends the first that it has"
            self.changes.add("order-changed", self.place, "security", what, *self.at, touches=touches)


def _order_of(call: ir.HttpCall) -> list[frozenset[_Credential]]:
    return [frozenset((s.kind, s.place, s.parameter) for s in schemes) for schemes in call.security]


def _needs(operation: Operation) -> list[_Need]:
    """The alternatives of which one must be met; none needed is an empty one."""
    found: list[_Need] = []
    keys = _keys(operation)
    for requirement in _requirements(operation):
        need: _Need = {}
        for name, scopes in requirement.fields.items():
            given = frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset[str]()
            need[keys[name]] = need.get(keys[name], frozenset()) | given
        found.append(need)
    return found or [{}]


def _requirements(operation: Operation) -> Iterable[Node]:
    owner = operation.node if "security" in operation.node.fields else operation.document.root
    return owner.items("security")


def _keys(operation: Operation) -> dict[str, _Credential]:
    """What the security schemes of an operation are, by their names."""
    return {name: _key(operation.document.root, name) for need in _requirements(operation) for name in need.fields}


def _key(root: Node, name: str) -> _Credential:
    known = scheme(root, name)
    if known is not None:
        return known.kind, known.place, known.parameter
    node = definition(root, name)
    if node is None:
        return "a scheme that is not defined", "", name
    return " ".join(filter(None, (node.text("type"), node.text("scheme").lower()))), "", ""


def _sets(needs: list[_Need]) -> _Sets:
    return frozenset(map(frozenset, needs))


def _with_scopes(needs: list[_Need]) -> frozenset[frozenset[tuple[_Credential, frozenset[str]]]]:
    return frozenset(frozenset(need.items()) for need in needs)


def _all_do(one: list[_Need], other: list[_Need]) -> bool:
    """Whether whatever meets some alternatives meets others, too: it may hold more than these need."""
    return all(any(_is_met(need, held) for need in other) for held in one)


def _is_met(need: _Need, held: _Need) -> bool:
    return all(key in held and scopes <= held[key] for key, scopes in need.items())


def _credentials(alternatives: list[_Need]) -> str:
    shown = (" and ".join(sorted(map(_shown, one.items()))) or "none" for one in alternatives)
    return " or ".join(sorted(dict.fromkeys(shown)))


def _shown(item: tuple[_Credential, frozenset[str]]) -> str:
    (kind, place, name), scopes = item
    text = f"{kind} in the {place} {quoted(name)}" if place else f"{kind}, {quoted(name)}" if name else kind
    return text + (f" with {' and '.join(map(quoted, sorted(scopes)))}" if scopes else "")


def _place(node: Node, field: str) -> Location:
    """The place of a field, or of its owner where it is not there."""
    return node.at / field if field in node.fields else node.at
