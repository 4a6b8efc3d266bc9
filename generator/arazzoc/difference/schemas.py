"""Two schemas of one thing, compared member by member: what is accepted or sent now that was not, or is not any more.

A schema is taken apart as `openapi.alternatives` does; the alternatives of both are paired by their names, or else by
their order. A path is made of property names, and of `*` for elements and for members of any name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Literal, Protocol, TypeAlias

from arazzoc.diagnostics import quoted
from arazzoc.difference.binary import is_any_bytes, is_binary, is_of_bytes
from arazzoc.difference.pairing import discriminator, joined, named, paired, renamed
from arazzoc.difference.places import places_of, way_of
from arazzoc.difference.records import Changes, Place
from arazzoc.difference.unseen import unseen
from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.alike import alike, equal, full_key
from arazzoc.openapi.alternatives import (
    admits_null,
    says_nothing,
)
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import (
    Facts,
    apart,
    common,
    facts_of,
    lists_at,
    noted,
    without,
    words_of,
)
from arazzoc.openapi.fits import accepts, is_exclusive, is_like, overlap, takes_null
from arazzoc.openapi.limits import OF_TEXTS, Relation, limits_of, of_kinds, shown_value
from arazzoc.source import Json, Location

Path: TypeAlias = tuple[str, ...]
Used: TypeAlias = Literal["always", "maybe", "never"]


class Use(Protocol):
    """What a workflow sends or reads of a value."""

    def used(self, path: Path) -> Used:
        """Whether the workflow sends or reads what is at a path."""
        ...

    def constants(self, path: Path) -> list[Json] | None:
        """The values that may be sent there, where all of them are known."""
        ...

    def members(self, path: Path) -> frozenset[str] | None:
        """The names of all members that it sends or reads there, where they are known."""
        ...

    def state(self, path: Path) -> Hashable:
        """All that it sends or reads there: where that is the same, so is what it makes of a difference."""
        ...


class Nothing:
    """The use of what is not sent or read."""

    def used(self, path: Path) -> Used:
        return "never"

    def constants(self, path: Path) -> list[Json] | None:
        return None

    def members(self, path: Path) -> frozenset[str] | None:
        return frozenset()

    def state(self, path: Path) -> Hashable:
        return None


_Pair: TypeAlias = tuple[Node | None, Node | None, Path, Use, tuple[Location, Location]]
"""Two schemas with the path to them, the use of what is there, and the objects that have them."""


class Comparison:
    """Compares what is sent in requests, or comes in responses, and records what differs.

    `direction` is the first word of the kinds, request or response; `what` names the whole in messages, and `name` is
    that of a parameter or header.
    """

    def __init__(
        self, changes: Changes, place: Place, direction: str, area: str, what: str, use: Use, name: str = ""
    ) -> None:
        self.changes, self.place, self.direction, self.area, self.what, self.use = (
            *(changes, place, direction, area),
            *(what, use),
        )
        self.name, self.is_xml = name, False
        self._schemas: tuple[Node, ...] = ()
        self._way = ""
        self._common: list[Location] = []
        self._told: list[tuple[str, Json]] = []
        self._seen: set[tuple[str, str, str, Hashable]] = set()
        self._found: list[_Pair] = []
        self._records = 0
        """How many changes are recorded of the pair that is looked at."""

    def compare_contents(self, media: str, old: Node, new: Node) -> None:
        """Record how the schemas of two Media Type Objects differ, or of two headers that have such ones; elements of a
        sequence have one of their own (OpenAPI 3.2.0, Media Type Object).
        """
        self.is_xml = media.endswith(("/xml", "+xml"))
        at, schemas = (old.at, new.at), (old.get("schema"), new.get("schema"))
        if not (is_of_bytes(media) and all(map(is_any_bytes, schemas))):
            self.compare(*schemas, at)
        items = old.get("itemSchema"), new.get("itemSchema")
        if items != (None, None):
            self.compare(*items, at, ("*",))

    def compare(self, old: Node | None, new: Node | None, owners: tuple[Location, Location], path: Path = ()) -> None:
        """Record how the schemas of two owners differ; where there is none, any value is accepted."""
        pending: deque[_Pair] = deque([(old, new, path, self.use, owners)])
        while pending:  # and not one within another: schemas may be nested deeply, and the shortest path is told
            self._found = []
            one, other, path, self.use, owners = pending.popleft()
            self._compare(one, other, path, owners)
            pending += self._found

    def _compare(self, old: Node | None, new: Node | None, path: Path, owners: tuple[Location, Location]) -> None:
        if old is None or new is None:
            present = old or new
            if present is None or (not path and not present.fields and present.value is not False):
                return
            old, new = (node or Node(present.document, at, {}) for node, at in zip((old, new), owners, strict=True))
        if alike(old, new, xml=self.is_xml):
            return
        # Where the ways to a schema lead to another one, each is a cause.
        self._way = way_of(owners[1], path) if old.at.pointer != new.at.pointer else ""
        key = full_key(old), full_key(new), self._way, self.use.state(path)
        if key in self._seen:
            return
        self._seen.add(key)
        self._schemas = old, new
        types: list[tuple[Relation, str]] = []
        limits: dict[str, tuple[Relation, str]] = {}
        at = places_of(old, new)
        self._told = []
        self._records = 0
        olds, news = apart(old), apart(new)
        if len(olds) != len(news):
            olds, news = joined(old, olds), joined(new, news)
        self._null(old, new, bool(olds and news), types)
        pairs, gone, added = paired(olds, news)
        types.extend(("narrowed", f"{named(one)} is no alternative any more") for one in gone if news)
        types.extend(("widened", f"{named(one)} is a new alternative") for one in added if olds)
        if bool(olds) != bool(news):
            of = " but null" if admits_null(old) and admits_null(new) else ""
            what = f"a value{of} is allowed now" if news else f"no value{of} is allowed any more"
            types.append(("widened" if news else "narrowed", what))
        is_one = len(olds) == len(news) == 1  # else what an alternative has is at its own place
        places = [at if is_one else (one[-1].at, other[-1].at) for one, other in pairs]
        facts = [(facts_of(one, a), facts_of(other, b)) for (one, other), (a, b) in zip(pairs, places, strict=True)]
        self._common = [*common(olds), *common(news)]
        use, is_used = self.use, [any(self._is_sent_as(one, path) for one in pair) for pair in facts]
        for (before, after), may_be in zip(facts, is_used, strict=True):
            self.use = use if may_be or not any(is_used) else Nothing()
            self._alternative(before, after, path, types, limits)
        self.use = use
        _alone(old, new, limits) if len(pairs) > 1 else None
        idle = {word for word in limits if all(self._is_idle(word, *pair, path) for pair in facts)}
        # What a limit says of values is a part of the type of what is read.
        is_response = self.direction == "response"
        of_values = [w for w, found in limits.items() if is_response and w in _OF_VALUES and found[0] == "changed"]
        is_read = bool(types) or not idle.issuperset(of_values)
        types += [limits.pop(word) for word in of_values]
        is_open = any(before.is_open or after.is_open for before, after in facts)
        self._tell(
            *("type", ("widened", "narrowed", "changed"), types, path, new, places_of(old, new, _OF_TYPES)),
            is_known=not OF_TEXTS & limits.keys(),  # whether a constant has a format is not looked at
            deep=is_open,
            touches=is_read,
        )
        words_at: dict[tuple[Location, Location], list[str]] = {}
        for word in limits:
            words_at.setdefault(places_of(old, new, {word}), []).append(word)
        for where, words in words_at.items():
            found = [limits[word] for word in words]
            self._tell(
                *("limit", ("loosened", "tightened", "changed"), found, path, new, where),
                touches=not idle.issuperset(words),
                is_known=OF_TEXTS.isdisjoint(words),
            )
        self._annotations(old, new, path)
        if not self._records and all(
            one is other or (one and other and alike(one, other, xml=self.is_xml)) for one, other, *_ in self._found
        ):
            self._unseen(old, new, facts, path, at)

    def _unseen(
        self, old: Node, new: Node, facts: list[tuple[Facts, Facts]], path: Path, at: tuple[Location, Location]
    ) -> None:
        """Record that schemas are not the same, of which nothing else was found: none is passed over in silence."""
        what = unseen(old, new, facts)
        if what:
            self._tell("type", ("widened", "narrowed", "changed"), [("changed", what)], path, new, at, deep=True)

    def _is_idle(self, word: str, old: Facts, new: Facts, path: Path) -> bool:
        """Whether a limit is only one of members of which none is sent or read."""
        if word in ("additionalProperties", "unevaluatedProperties"):
            return not self._uses_others(old, new, path)
        names = self.use.members(path)
        if word != "patternProperties" or names is None:
            return False
        patterns = (pattern for facts in (old, new) for pattern in facts.patterns)
        return all(is_like(pattern, name) is False for pattern in patterns for name in names)

    def _is_sent_as(self, alternative: Facts, path: Path) -> bool:
        """Whether what is sent at a path may be of an alternative: it has all members that this requires."""
        names = self.use.members(path) if self.direction == "request" and self.use.used(path) != "never" else None
        needed = {n for n in alternative.required if n in alternative.properties}
        needed = {n for n in needed if not self._is_skipped(alternative.properties[n])}
        return names is None or needed <= names

    def _null(self, old: Node, new: Node, have_values: bool, types: list[tuple[Relation, str]]) -> None:
        test = admits_null if self.direction == "response" else takes_null  # some send null where an enum lacks it
        before, after = (test(node) and not is_binary(node) for node in (old, new))
        if have_values and before != after and not (says_nothing(old) or says_nothing(new)):
            types.append(("widened", "it can be null now") if after else ("narrowed", "it cannot be null any more"))

    def _alternative(
        self,
        old: Facts,
        new: Facts,
        path: Path,
        types: list[tuple[Relation, str]],
        limits: dict[str, tuple[Relation, str]],
    ) -> None:
        if old.kinds != new.kinds:
            relation: Relation = (
                "widened" if old.kinds < new.kinds else "narrowed" if old.kinds > new.kinds else "changed"
            )
            types.append((relation, f"{words_of(old.kinds)} became {words_of(new.kinds)}"))
            if old.is_open or new.is_open:
                return  # all that one side says goes, or comes, with that
        both = old.kinds & new.kinds  # what a side says of other types comes or goes with these
        if both:
            self._values(old, new, path, types)
        for word, how, text in limits_of(of_kinds(old.limits, both), of_kinds(new.limits, both)):
            values = (facts.limits[word].value for facts in (old, new) if word in facts.limits)
            if self.changes.hiding.hides_limit(self._last(path), *values):
                text = f"{word} changed"
            told = limits[word][1] if word in limits else text
            if told == text:
                limits[word] = how, text
            else:  # the alternatives do not agree
                limits[word] = "changed", f"{told}; {text}"
        self._properties(old, new, path)
        if "array" in old.kinds & new.kinds:
            count = max(len(old.first), len(new.first))
            items = [(old.item(n), new.item(n), (*path, str(n))) for n in range(count)]
            items.append((old.rest, new.rest, (*path, f"{count or ''}*")))
            self._found += [(*item, self.use, (old.at, new.at)) for item in items]
        if "object" in old.kinds & new.kinds and not old.is_closed and not new.is_closed:
            use = self.use if self._uses_others(old, new, path) else Nothing()
            self._found.append((old.others, new.others, (*path, "*"), use, (old.at, new.at)))

    def _uses_others(self, old: Facts, new: Facts, path: Path) -> bool:
        """Whether members are sent or read that one of the sides does not declare, where it says what others are."""
        names = self.use.members(path)
        declared = [facts.declared for facts in (old, new) if facts.declared is not None]
        return names is None or any(not names <= found for found in declared)

    def listed(self, path: Path, values: list[Json]) -> str:
        """The values of the schemas that are compared, unless they are passwords."""
        return self.changes.hiding.listed(values, self._last(path), *self._schemas)

    def _last(self, path: Path) -> str:
        """The name of what is at a path."""
        return next((name for name in reversed(path) if not name.endswith("*") and not name.isdecimal()), self.name)

    def _values(self, old: Facts, new: Facts, path: Path, types: list[tuple[Relation, str]]) -> None:
        """Record listed values that came or went."""
        if old.values is None or new.values is None:
            if old.values is not None:
                types.append(("widened", f"it was one of {self.listed(path, old.values)}, and can be anything now"))
            elif new.values is not None:
                types.append(("narrowed", f"it is one of {self.listed(path, new.values)} now"))
            return
        added, gone = without(new.values, old.values), without(old.values, new.values)
        at = lists_at(old, new)
        for verb, both in (("added", added), ("removed", gone)):
            values = without(both, [value for told, value in self._told if told == verb])
            self._told += [(verb, value) for value in values]
            if values and self.direction == "response" and self.branches(verb, path, values, at):
                self._records += 1
                continue
            if values:
                known = self.use.constants(path)
                is_sent = known is None or bool(len(without(known, values)) < len(known))
                self._add(
                    f"value-{verb}",
                    path,
                    f"can be {self.listed(path, values)} now"
                    if verb == "added"
                    else f"cannot be {self.listed(path, values)} any more",
                    *at,
                    touches=self.use.used(path) != "never" and is_sent,
                )

    def branches(self, verb: str, path: Path, values: list[Json], at: tuple[Location, Location]) -> bool:
        """Whether the flow branches on what is at a path, and the change of its values is recorded so."""
        return False

    def _properties(self, old: Facts, new: Facts, path: Path) -> None:
        gone = [name for name in old.properties if name not in new.properties]
        added = [name for name in new.properties if name not in old.properties]
        if not ("object" in old.kinds and "object" in new.kinds):
            return
        for before, after in renamed(old, new, gone, added):
            gone.remove(before)
            added.remove(after)
            one, other = old.properties[before], new.properties[after]
            what = f"is called {quoted(format_pointer((*path, after)))} now"
            used = any(self.use.used((*path, name)) != "never" for name in (before, after))
            used = used or (after in new.required and self.direction == "request")
            self._add(
                "property-renamed",
                (*path, before),
                what,
                one.at,
                other.at,
                became=(*path, after),
                touches=used,
                owner=new.at,
            )
        for name in gone:
            self._property("removed", "is not there any more", name, path, old, new)
        for name in added:
            self._property("added", "is new", name, path, old, new)
        for name in (name for name in old.properties if name in new.properties):
            inner, one, other = (*path, name), old.properties[name], new.properties[name]
            if (name in old.required) != (name in new.required):
                became = "required" if name in new.required else "optional"
                touches = self.use.used(inner) != ("always" if self.direction != "response" else "never")
                touches = touches and self._is_sent(path) and not self._is_skipped(other)
                what = "is required now" if became == "required" else "is not required any more"
                own = self._owners(name, old, new, (new if became == "required" else old).demands)
                at = (one.at, other.at) if own == (old.at, new.at) else own
                self._add(f"property-became-{became}", inner, what, *at, touches=touches, owner=own[1])
            self._found.append((one, other, inner, self.use, (old.at, new.at)))
        for name in sorted(old.required ^ new.required):
            if name not in old.properties and name not in new.properties and self.direction == "request":
                verb, what = (
                    ("added", "is required now") if name in new.required else ("removed", "is not required any more")
                )
                touches = self.use.used((*path, name)) != "always" and self._is_sent(path)
                id = f"required-request-property-{verb}"
                at = self._owners(name, old, new, (new if verb == "added" else old).demands)
                self._add(id, (*path, name), what, *at, touches=touches, is_whole=True, owner=at[1])

    def _owners(self, name: str, old: Facts, new: Facts, said: dict[str, Location]) -> tuple[Location, Location]:
        """The objects that have a member, or would: the whole schemas, where those say it of all alternatives."""
        is_common = any(said[name] is at for at in self._common)
        return (self._schemas[0].at, self._schemas[1].at) if is_common else (old.at, new.at)

    def _property(self, verb: str, what: str, name: str, path: Path, old: Facts, new: Facts) -> None:
        """Record a property that came or went."""
        owner, inner = old if verb == "removed" else new, (*path, name)
        node, at = owner.properties[name], self._owners(name, old, new, owner.owners)
        is_required = name in owner.required and self.direction != "response" and not self._is_skipped(node)
        used = self.use.used(inner)
        touches = used != "always" and self._is_sent(path) if is_required and verb == "added" else used != "never"
        word = "required " if is_required else ""
        self._add(
            f"{word.strip()}{'-' if word else ''}{self.direction}-property-{verb}",
            inner,
            f"{what}{', and required' if word and verb == 'added' else ''}",
            *((node.at, at[1]) if verb == "removed" else (at[0], node.at)),
            touches=touches,
            is_whole=True,
            owner=at[0 if verb == "removed" else 1],
        )

    def _is_skipped(self, node: Node) -> bool:
        """Whether a property is not sent in that direction (OpenAPI 3.1.1, Schema Object)."""
        return True in noted(node, "writeOnly" if self.direction == "response" else "readOnly")

    def _is_sent(self, path: Path) -> bool:
        """Whether there is something at a path that can lack a member."""
        return self.use.used(path) != "never"

    def _annotations(self, old: Node, new: Node, path: Path) -> None:
        """Record what a schema says that is no assertion, but matters."""
        used = self.use.used(path)
        was, now = (True in noted(node, "deprecated") for node in (old, new))
        if path and was != now:
            verb, what = ("deprecated", "is deprecated") if now else ("undeprecated", "is not deprecated any more")
            self._add(f"property-{verb}", path, what, *places_of(old, new, {"deprecated"}), touches=used != "never")
        word, where = ("writeOnly", "sent") if self.direction == "response" else ("readOnly", "taken")
        was, now = (True in noted(node, word) for node in (old, new))
        if path and was != now:
            verb = "removed" if now else "added"
            what = (
                f"is {word} now, and is not {where} any more" if now else f"is not {word} any more, and is {where} now"
            )
            self._add(f"property-{verb}", path, what, *places_of(old, new, {word}), touches=used != "never")
        defaults = [noted(node, "default")[:1] for node in (old, new)]
        if self.direction != "response" and not equal(*defaults):
            has = [bool(found) for found in defaults]
            values = [found[0] if found else None for found in defaults]
            hiding = self.changes.hiding
            what = hiding.default(self._last(path), *values, was=has[0], now=has[1], schemas=(old, new))
            self._add("default-changed", path, what, *places_of(old, new, {"default"}), touches=used != "always")
        if self.is_xml:
            words = [noted(node, "xml")[:1] for node in (old, new)]
            shown = [shown_value(found[0]) if found else "nothing" for found in words]
            texts: list[tuple[Relation, str]] = [("changed", f"xml {shown[0]} became {shown[1]}")]
            verbs, at = ("widened", "narrowed", "changed"), places_of(old, new, {"xml"})
            self._tell("type", verbs, [] if equal(*words) else texts, path, new, at, is_known=False)
        mappings = [list(map(discriminator, noted(node, "discriminator")[:1])) for node in (old, new)]
        if not equal(*mappings):
            what = "says in another way which alternative a value is"
            touches = self.direction == "response" and used != "never"
            self._add("discriminator-changed", path, what, *places_of(old, new, {"discriminator"}), touches=touches)

    def _tell(
        self,
        what: str,
        verbs: tuple[str, str, str],
        found: list[tuple[Relation, str]],
        path: Path,
        new: Node,
        at: tuple[Location, Location],
        *,
        touches: bool = True,
        is_known: bool = True,
        deep: bool = False,
    ) -> None:
        """Record all that differs at one path as one change; with `is_known`, what constants make of it is known, and
        with `deep`, what is in them is not compared elsewhere.
        """
        found = list(dict.fromkeys(found))
        if not found:
            return
        relations = {relation for relation, _ in found}
        relation = relations.pop() if len(relations) == 1 else "changed"
        verb = verbs[("widened", "narrowed", "changed").index(relation)]
        known = self.use.constants(path)
        still = is_known and known is not None and all(accepts(new, value, deep=deep) for value in known)
        touches = touches and self.use.used(path) != "never" and not still
        self._add(f"{what}-{verb}", path, "; ".join(text for _, text in found), *at, touches=touches, colon=True)

    def _add(
        self,
        id: str,
        path: Path,
        what: str,
        old: Location,
        new: Location,
        *,
        touches: bool,
        became: Path = (),
        is_whole: bool = False,
        colon: bool = False,
        owner: Location | None = None,
    ) -> None:
        """Record a change; `owner` is the object that has what is at the path, where the change is its own."""
        name = f"{self.what}: {quoted(format_pointer(path))}" if path else self.what
        message = f"{name}: {what}" if colon else f"{name} {what}"
        full = id if is_whole else f"{self.direction}-{id}"
        self._records += 1
        self.changes.add(
            full,
            self.place,
            self.area,
            message,
            old,
            new,
            subject=format_pointer(path),
            became=format_pointer(became),
            touches=touches,
            way=way_of(owner, path) if owner is not None else self._way,
        )


_OF_VALUES = frozenset(("patternProperties", "dependentSchemas", "then", "else", "$dynamicRef"))
"""Limits that say what is in a value, too: those of a response change its type."""
_OF_TYPES = frozenset(("type", "enum", "const", "nullable", "x-nullable", "allOf", "anyOf", "oneOf"))


def _alone(old: Node, new: Node, limits: dict[str, tuple[Relation, str]]) -> None:
    """Whether a value may match one alternative only, where it may match several (`anyOf` and `oneOf`)."""
    was, now = is_exclusive(old), is_exclusive(new)
    if now and not was and overlap(apart(new), new):
        limits["oneOf"] = "narrowed", "only one of the alternatives may match now"
    elif was and not now and overlap(apart(old), old):
        limits["oneOf"] = "widened", "more than one of the alternatives may match now"
