"""Two versions of a step, compared: its call, what makes it succeed, its actions and its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from arazzoc import ir
from arazzoc.arazzo import model
from arazzoc.diagnostics import Located, quoted
from arazzoc.difference.matching import moved, reordered, with_same_value
from arazzoc.difference.nodes import structs
from arazzoc.difference.operations import OperationComparison
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.uses import StepSide, arguments, body_of
from arazzoc.difference.workflows import WorkflowSide, dependencies, documentation
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_pointer
from arazzoc.openapi.limits import shown_value
from arazzoc.openapi.operations import Operation, media_of
from arazzoc.resolve import ResolvedStep
from arazzoc.source import Location
from arazzoc.targets import OperationTarget


class StepComparison:
    """Compares one step; `workflows` are the sides of its workflow."""

    def __init__(
        self, workflows: tuple[WorkflowSide, WorkflowSide], old: ir.Step, new: ir.Step, changes: Changes
    ) -> None:
        self.sides, self.old, self.new, self.changes = workflows, old, new, changes
        self.place = Place(workflows[1].flow.id, new.id)
        self.before, self.after = (side.plain for side in workflows)
        self.renamed: dict[tuple[str, str], tuple[str, str]] = {}
        self.resolved = workflows[0].resolved_step(old.id), workflows[1].resolved_step(new.id)

    @property
    def at(self) -> tuple[Location, Location]:
        """The places of the step."""
        return self.resolved[0].step.at, self.resolved[1].step.at

    def add(self, id: str, area: str, message: str, old: Located, new: Located, subject: str = "") -> None:
        self.changes.add(id, self.place, area, message, old, new, subject=subject)

    def _is_lost(self, was: object, now: object) -> bool:
        """Whether what is written the same only differs because what it reads is not there on one side."""
        return was == now and not all(side.is_whole for side in self.sides)

    def reordered(self, area: str, message: str, old: Located, new: Located, subject: str = "") -> None:
        """Record another order that has no effect."""
        self.changes.add("order-changed", self.place, area, message, old, new, subject=subject, touches=False)

    # What is called

    def compare_call(self) -> None:
        """Record how what the step calls differs, and what it passes."""
        old, new = self.old.call, self.new.call
        operations = [_operation(found) for found in self.resolved]
        is_same = True
        if isinstance(old, ir.HttpCall) and isinstance(new, ir.HttpCall):
            was, now = operations
            is_same = was is not None and now is not None and _is_same(was, now)
            is_same = is_same and self.before.names.sources.get(old.source, old.source) == new.source
            if is_same and was is not None and now is not None:
                given = zip((self.old, self.new), (was, now), (old, new), self.sides, strict=True)
                sides = [StepSide(s, o, c, _optional(w.flow), w.flow, w.flows) for s, o, c, w in given]
                comparison = OperationComparison(sides[0], sides[1], self.changes, self.place)
                comparison.compare()
                self.renamed = comparison.renamed
        elif isinstance(old, ir.WorkflowCall) and isinstance(new, ir.WorkflowCall):
            is_same = self.before.other(old.workflow) == new.workflow
        else:
            is_same = False
        if not is_same:
            words = [_called(call, operation) for call, operation in zip((old, new), operations, strict=True)]
            if words[0] == words[1]:
                words = [f"{word} of {quoted(_source(call))}" for word, call in zip(words, (old, new), strict=True)]
            self.add("call-changed", "call", f"it calls {words[1]} now, and called {words[0]}", *self.at)
            return
        self._arguments(old, new, operations)
        if isinstance(old, ir.HttpCall) and isinstance(new, ir.HttpCall):
            self._body(old, new)

    def _arguments(self, old: ir.Call, new: ir.Call, operations: Sequence[Operation | None]) -> None:
        renamed = self.before.input
        afters = {(where, a.name): a for where, a in arguments(new)}
        befores: dict[tuple[str, str], ir.Argument] = {}
        own: dict[tuple[str, str], tuple[str, str]] = {}  # what has a new name in the API, or as an input
        for where, argument in arguments(old):
            key = where, renamed(old.workflow, argument.name) if isinstance(old, ir.WorkflowCall) else argument.name
            key = self.renamed[key] if self.renamed.get(key) in afters else key
            befores[key], own[key] = argument, (where, argument.name)
        values = [
            {key: plain.of(a.value, step) for key, a in found.items()}
            for plain, found, step in ((self.before, befores, self.old), (self.after, afters, self.new))
        ]
        gone = [key for key in befores if key not in afters]
        added = [key for key in afters if key not in befores]
        for key in list(gone):  # what follows the API, where a parameter has gone and another has come
            twin = next((k for k in added if values[0][key] == values[1][k] and _follows(key, k, operations)), None)
            if twin is not None:
                gone.remove(key)
                added.remove(twin)
        for key in (own[key] for key in gone):
            what = f"{_argument(key)} is not passed any more"
            self.add("argument-removed", "arguments", what, self._parameter_at(0, key), self._owner_of(0, key), key[1])
        for key in added:
            text = self._parameter_text(1, key)
            what = f"{_argument(key)} is passed" + (f": {text}" if text != "another value" else "")
            self.add("argument-added", "arguments", what, self._owner_of(1, key), self._parameter_at(1, key), key[1])
        if any(reordered(*([k for k in found if k[0] == w] for found in (befores, afters))) for w in _ORDERED):
            at = self.at[0] / "parameters", self.at[1] / "parameters"
            self.reordered("arguments", "the arguments are passed in another order", *at)
        for key in (key for key in befores if key in afters):
            given = self._parameter(0, own[key]), self._parameter(1, key)
            is_lost = None not in given and self._is_lost(*(p and p.value for p in given))
            if values[0][key] != values[1][key] and not is_lost:
                texts = self._parameter_text(0, own[key]), self._parameter_text(1, key)
                what = f"{_argument(key)} is {texts[1]} now, and was {texts[0]}"
                if "another value" in texts:
                    what = f"{_argument(key)} is another value"
                at = self._parameter_at(0, own[key]), self._parameter_at(1, key)
                self.add("argument-changed", "arguments", what, *at, key[1])

    def _parameter(self, side: int, key: tuple[str, str]) -> model.Parameter | None:
        found = self.resolved[side].parameters
        return next((p for p in found if (p.location or "", p.name) == key), None)

    def _parameter_at(self, side: int, key: tuple[str, str]) -> Location:
        found = self._parameter(side, key)
        return found.value_at if found is not None else self.at[side]

    def _owner_of(self, side: int, key: tuple[str, str]) -> Location:
        """The place on the other side where an argument would be: in the step, or in its workflow as on this one."""
        found = self._parameter(side, key)
        own = self.resolved[side].step.parameters
        is_own = found is None or found in own or any(isinstance(p, model.Reusable) for p in own)
        return self.at[1 - side] if is_own else self.sides[1 - side].at

    def _parameter_text(self, side: int, key: tuple[str, str]) -> str:
        found = self._parameter(side, key)
        call = (self.old, self.new)[side].call
        value = next((a.value for where, a in arguments(call) if (where, a.name) == key), None)
        is_hidden = key[0] == "cookie" or self.changes.hiding.hides(
            key[1:], value, found.value if found is not None else None
        )
        if found is None or is_hidden or self._is_secret(side, structs(value)):
            return "another value"
        return shown_value(found.value)

    def _body(self, old: ir.HttpCall, new: ir.HttpCall) -> None:
        places = [found.step.request_body for found in self.resolved]
        at = tuple(body.at if body is not None else step for body, step in zip(places, self.at, strict=True))
        was, now = body_of(old), body_of(new)
        if old.body is not None and new.body is not None:
            kinds = media_of(old.body.content_type), media_of(new.body.content_type)
            if kinds[0] != kinds[1]:
                what = f"the body is sent as {quoted(kinds[1])}, and was as {quoted(kinds[0])}"
                self.add("content-type-changed", "payload", what, at[0], at[1])
        if was is None or now is None:
            if was is not None or now is not None:
                verb, what = ("removed", "no body is sent any more") if now is None else ("added", "a body is sent")
                self.add(f"payload-{verb}", "payload", what, at[0], at[1])
            return
        self._payload(was, now, (), (at[0], at[1]))

    def _payload(self, was: ir.Value, now: ir.Value, path: tuple[str, ...], owners: tuple[Location, Location]) -> None:
        """Record what differs of a payload, member by member; what has no place of its own is in its owner."""
        if self.before.of(was, self.old) == self.after.of(now, self.new):
            return
        befores, afters = _members(was), _members(now)
        name = quoted(format_pointer(path)) if path else "the payload"
        sent = [self._sent_at(side, path) for side in (0, 1)]
        at = sent[0] or owners[0], sent[1] or owners[1]
        if befores is None or afters is None:
            texts = [self._sent_text(side, path) for side in (0, 1)]
            if texts[0] and self._is_lost(*texts):
                return
            is_shown = "" not in texts and texts[0] != texts[1] and not self._hides(path, was, now)
            what = f"{name} is {texts[1]} now, and was {texts[0]}" if is_shown else f"{name} is another value"
            self.add("payload-changed", "payload", what, *at, format_pointer(path))
            return
        gone = [token for token in befores if token not in afters]
        added = [token for token in afters if token not in befores]
        renamed = {c.subject for c in self.changes.all if c.id == "request-property-renamed" and self.place in c.steps}
        for token in list(gone):
            value = self.before.of(befores[token], self.old)
            twin = next((t for t in added if self.after.of(afters[t], self.new) == value), None)
            if twin is not None and format_pointer((*path, token)) in renamed:
                gone.remove(token)
                added.remove(twin)
        for token in gone:
            pointer, place = format_pointer((*path, token)), self._sent_at(0, (*path, token)) or at[0]
            self.add("payload-removed", "payload", f"{quoted(pointer)} is not sent any more", place, at[1], pointer)
        for token in added:
            pointer, place = format_pointer((*path, token)), self._sent_at(1, (*path, token)) or at[1]
            text = "" if self._hides((*path, token), afters[token]) else self._sent_text(1, (*path, token))
            what = f"{quoted(pointer)} is sent" + (f": {text}" if text else "")
            self.add("payload-added", "payload", what, at[0], place, pointer)
        if reordered(befores, afters):
            of = name if path else "the payload"
            self.reordered("payload", f"the members of {of} are sent in another order", *at, format_pointer(path))
        for token in (token for token in befores if token in afters):
            self._payload(befores[token], afters[token], (*path, token), at)

    def _sent_at(self, side: int, path: tuple[str, ...]) -> Location | None:
        """The place of what is sent at a path of the body: in its payload, or in the last replacement of that part."""
        body = self.resolved[side].step.request_body
        if body is None:
            return None
        found = _below(body.at / "payload", path)
        for replacement in body.replacements:
            target = _target(replacement)
            if target is not None and path[: len(target)] == target:
                found = _below(replacement.at / "value", path[len(target) :])
        return found

    def _sent_text(self, side: int, path: tuple[str, ...]) -> str:
        """What is sent at a path of the body, as the document has it; '' where that is not all of it."""
        place, body = self._sent_at(side, path), self.resolved[side].step.request_body
        targets = [_target(replacement) for replacement in body.replacements] if body is not None else []
        is_all = all((target is not None and target[: len(path)] != path) or target == path for target in targets)
        return shown_value(place.value) if place is not None and is_all else ""

    def _hides(self, path: tuple[str, ...], *values: ir.Value) -> bool:
        """Whether values that are sent at a path of the body must not be shown: one is a secret, or holds one."""
        nodes = [node for value in values for node in structs(value)]
        return self.changes.hiding.hides(path or ("",), *values) or any(self._is_secret(side, nodes) for side in (0, 1))

    def _is_secret(self, side: int, nodes: Iterable[object]) -> bool:
        """Whether one of the values is a secret of the flow."""
        call = (self.old, self.new)[side].call
        return isinstance(call, ir.HttpCall) and any(node in call.secrets for node in nodes)

    # Success and actions

    def compare_rest(self) -> None:
        """Record how the step differs besides its call."""
        old, new = self.old, self.new
        at = self.at
        documentation(self.changes, self.place, "description", (old, at[0]), (new, at[1]))
        self._criteria()
        for kind in ("on_success", "on_failure"):
            self._actions(kind)
        if old.timeout != new.timeout:
            what = f"the timeout is {_seconds(new.timeout)} now, and was {_seconds(old.timeout)}"
            self.add("timeout-changed", "timeout", what, at[0] / "timeout", at[1] / "timeout")
        needed = [self.before.step(name) for name in old.depends_on]
        dependencies(self.changes, self.place, (needed, at[0]), (list(new.depends_on), at[1]), "step")
        awaited = [self.before.other(name) for name in old.awaits]
        dependencies(self.changes, self.place, (awaited, at[0]), (list(new.awaits), at[1]), "workflow")

    def _criteria(self) -> None:
        befores = [self.before.of(c.test, self.old) for c in self.old.success]
        afters = [self.after.of(c.test, self.new) for c in self.new.success]
        lost = [c.text for c in self.old.success if any(self._is_lost(c.text, o.text) for o in self.new.success)]
        gone = [n for n, c in enumerate(self.old.success) if befores[n] not in afters and c.text not in lost]
        added = [n for n, c in enumerate(self.new.success) if afters[n] not in befores and c.text not in lost]
        at = [place / "successCriteria" for place in self.at]
        texts = [[self._text(c) for c in step.success] for step in (self.old, self.new)]
        for one, other in zip(gone, added, strict=False):
            what = f"the criterion {texts[0][one]} became {texts[1][other]}"
            self.add("criterion-changed", "success criteria", what, at[0] / one, at[1] / other)
        for one in gone[len(added) :]:
            what = f"the criterion {texts[0][one]} is not there any more"
            self.add("criterion-removed", "success criteria", what, at[0] / one, self.at[1])
        for other in added[len(gone) :]:
            what = f"the criterion {texts[1][other]} is new"
            self.add("criterion-added", "success criteria", what, self.at[0], at[1] / other)
        if reordered(befores, afters):
            self.reordered("success criteria", "the criteria are in another order", at[0], at[1])
        for number, test in enumerate(befores):
            if test in afters:
                other = afters.index(test)
                if self.old.success[number].text != self.new.success[other].text:
                    what = f"the criterion {texts[0][number]} is written {texts[1][other]}"
                    self.add("criterion-reworded", "success criteria", what, at[0] / number, at[1] / other)

    def _text(self, criterion: ir.Criterion) -> str:
        """A criterion, unless a secret may be in it: then what it compares with is not shown."""
        return "of a secret" if self.changes.hiding.tests(criterion.test) else quoted(criterion.text)

    def _actions(self, kind: str) -> None:
        olds: tuple[ir.Edge, ...] = getattr(self.old, kind)
        news: tuple[ir.Edge, ...] = getattr(self.new, kind)
        befores, afters = {edge.name: edge for edge in olds}, {edge.name: edge for edge in news}
        gone = [name for name in befores if name not in afters]
        added = [name for name in afters if name not in befores]
        same = [name for name in befores if name in afters]
        area = "success actions" if kind == "on_success" else "failure actions"
        names = {name: name for name in same}
        plain = [self._plain(0, befores[name]) for name in gone], [self._plain(1, afters[name]) for name in added]
        twins = with_same_value(gone, added, *plain)
        for name, twin in twins:
            gone.remove(name)
            added.remove(twin)
            names[name] = twin
            what = f"action {quoted(name)} is called {quoted(twin)} now"
            self.add("action-renamed", area, what, self._action_at(0, kind, name), self._action_at(1, kind, twin), twin)
        for name in gone:
            what = f"action {quoted(name)} is not there any more"
            self.add(
                "action-removed", area, what, self._action_at(0, kind, name), self._action_owner(1, kind, name), name
            )
        for name in added:
            what = f"action {quoted(name)} is new: {_then(afters[name].then)}"
            self.add(
                "action-added", area, what, self._action_owner(0, kind, name), self._action_at(1, kind, name), name
            )
        kept = [names[name] for name in befores if name in names]
        for name in moved(kept, [name for name in afters if name in kept]):
            index = list(afters).index(name)
            where = f"after {quoted(list(afters)[index - 1])}" if index else "first"
            at = self._action_at(0, kind, next(n for n in names if names[n] == name)), self._action_at(1, kind, name)
            self.add("action-moved", area, f"action {quoted(name)} is looked at {where} now", *at, name)
        for name in (name for name in same if name in names):
            self._action(area, kind, befores[name], afters[name])

    def _plain(self, side: int, edge: ir.Edge) -> object:
        plain, step = ((self.before, self.old), (self.after, self.new))[side]
        return plain.of(edge.when, step), plain.of(edge.then, step)

    def _action(self, area: str, kind: str, one: ir.Edge, other: ir.Edge) -> None:
        at = self._action_at(0, kind, one.name), self._action_at(1, kind, other.name)
        if any(side.is_faulty(place) for side, place in zip(self.sides, at, strict=True)):
            return
        name = f"action {quoted(one.name)}"
        (when, then), (now_when, now_then) = (
            (self.before.of(one.when, self.old), self.before.of(one.then, self.old)),
            (self.after.of(other.when, self.new), self.after.of(other.then, self.new)),
        )
        texts = [[c.text for c in edge.when] for edge in (one, other)]
        words = [" and ".join(map(self._text, edge.when)) or "no criteria" for edge in (one, other)]
        if self._is_lost(*texts):
            pass
        elif when != now_when:
            self.add("action-criteria-changed", area, f"{name}: {words[0]} became {words[1]}", *at, one.name)
        elif texts[0] != texts[1]:
            self.add("criterion-reworded", area, f"{name}: {words[0]} is written {words[1]}", *at, one.name)
        if then == now_then or self._is_lost(*(self._written(side, kind, one.name) for side in (0, 1))):
            return
        if isinstance(one.then, ir.Retry) and isinstance(other.then, ir.Retry):
            for what, before, after in (
                ("limit", one.then.limit, other.then.limit),
                ("delay", one.then.after, other.then.after),
            ):
                if before != after:
                    verb = "raised" if after > before else "lowered"
                    unit = " s" if what == "delay" else ""
                    message = f"{name}: its {what} is {after:g}{unit} now, and was {before:g}{unit}"
                    self.add(f"retry-{what}-{verb}", area, message, *at, one.name)
            if then[3:] == now_then[3:]:
                return
        what = f"{name}: {_then(one.then)} became {_then(other.then)}"
        self.add("action-changed", area, what, *at, one.name)

    def _written(self, side: int, kind: str, name: str) -> object:
        """What an action does, as the document has it."""
        found: tuple[model.Action, ...] = getattr(self.resolved[side], kind)
        for action in (action for action in found if action.name == name):
            return action.type, action.step_id, action.workflow_id, action.retry_after, action.retry_limit
        return None

    def _action_owner(self, side: int, kind: str, name: str) -> Location:
        """The place where an action of the other side would be: in the step, or in its workflow as there."""
        own: tuple[model.Action | model.Reusable, ...] = getattr(self.resolved[1 - side].step, kind)
        is_own = any(isinstance(action, model.Reusable) or action.name == name for action in own)
        return self.at[side] if is_own else self.sides[side].at

    def _action_at(self, side: int, kind: str, name: str) -> Location:
        found: tuple[model.Action, ...] = getattr(self.resolved[side], kind)
        return next((action.at for action in found if action.name == name), self.at[side])


_ORDERED = ("", "query", "header", "cookie")
"""Where the order of arguments is that of the document."""


def _operation(resolved: ResolvedStep) -> Operation | None:
    return resolved.target.operation if isinstance(resolved.target, OperationTarget) else None


def _is_same(was: Operation, now: Operation) -> bool:
    """Whether two operations are versions of one: by name, or by what is asked for."""
    if was.operation_id and was.operation_id == now.operation_id:
        return True
    return (was.method, was.path) == (now.method, now.path)


def _optional(workflow: ir.Workflow) -> frozenset[str]:
    return frozenset(item.name for item in workflow.inputs if item.may_be_absent)


def _called(call: ir.Call, operation: Operation | None) -> str:
    if isinstance(call, ir.WorkflowCall):
        return f"workflow {quoted(call.workflow)}"
    return f"{operation.method} {operation.path}" if operation is not None else "an operation"


def _source(call: ir.Call) -> str:
    return call.source if isinstance(call, ir.HttpCall) else ""


def _argument(key: tuple[str, str]) -> str:
    return f"the {key[0]} parameter {quoted(key[1])}" if key[0] else f"the input {quoted(key[1])}"


def _follows(old: tuple[str, str], new: tuple[str, str], operations: Sequence[Operation | None]) -> bool:
    """Whether an argument has another name or place because the parameter of the API has."""
    was, now = (operation.parameters if operation is not None else {} for operation in operations)
    return old in was and old not in now and new in now and new not in was


def _members(value: ir.Value) -> Mapping[str, ir.Value] | None:
    match value:
        case ir.Object(members=members):
            return dict(members)
        case ir.Constant(value=dict() as known):
            return {name: ir.Constant(item) for name, item in known.items()}
        case _:
            return None


def _target(replacement: model.Replacement) -> tuple[str, ...] | None:
    """The part of the payload that is replaced; None where that is not known."""
    if replacement.selector_type is not None and replacement.selector_type.type != "jsonpointer":
        return None
    try:
        return parse_pointer(replacement.target)
    except ExpressionError:
        return None


def _below(place: Location, path: Iterable[str]) -> Location | None:
    """The place at a path below another one; None where nothing is."""
    for token in path:
        owner = place.value
        if not isinstance(owner, dict) or token not in owner:
            return None
        place /= token
    return place


def _then(then: ir.Then) -> str:
    match then:
        case ir.Goto(step=step):
            return f"go to step {quoted(step)}"
        case ir.End():
            return "end"
        case ir.Run(call=call):
            return f"go to workflow {quoted(call.workflow)}"
        case ir.Retry(after=after, limit=limit, before_retry=first):
            before = first.workflow if isinstance(first, ir.WorkflowCall) else first
            return f"retry {limit} times, {after:g} s later" + (f", after {quoted(before)}" if before else "")


def _seconds(timeout: float | None) -> str:
    return f"{timeout:g} s" if timeout is not None else "that of the client"
