"""Whether a value that a step sends fits a schema, as far as both are known: constants by what they are, expressions by
their static types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.check import discriminators
from arazzoc.check.enums import enum_place
from arazzoc.check.kinds import articled, as_text, kinds_of_type, text_as_value
from arazzoc.check.limits import broken_limit, wrong_format
from arazzoc.check.slips import nearest_slip
from arazzoc.check.typed import must_be_sent, part_of_type, typed_fault
from arazzoc.diagnostics import Located, Report, Rule, Suggestion, did_you_mean, nearest, quoted, suggest
from arazzoc.openapi.alike import equal
from arazzoc.openapi.alternatives import Alternative, admits_null, alternatives, kind_of, kinds, says_nothing
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, facts_of, listed_values
from arazzoc.openapi.fits import accepts, is_like
from arazzoc.openapi.limits import shown_value
from arazzoc.source import Json, Location

MAX_DEPTH = 20
_LIST, _OBJECT = frozenset(("array",)), frozenset(("object",))
_OPEN_WORDS = ("patternProperties", "if", "then", "else", "dependentSchemas", "$dynamicRef", "$recursiveRef", "not")
_MEANT = re.compile(r"\{|\$(?![\d\s.,]|$)")


class Fault(Struct, frozen=True):
    """Why a value does not fit: `weight` says how far it is from fitting."""

    rule: Rule
    at: Located
    message: str
    help: str | None = None
    weight: int = 1
    token: str = ""
    """The name of the member that it is about."""
    related: tuple[tuple[Located, str], ...] = ()
    """Other places that it is about: the list of the values that fit."""
    wanted: Facts | None = None
    """What the schema wants, where the value is of another type."""
    is_format: bool = False
    """Whether only the format of a text is wrong, which validators do not look at."""
    is_named: bool = False
    """Whether it is of the alternative that a discriminator names, which validators do not look at, either."""


def report_faults(faults: Iterable[Fault], where: str, report: Report) -> None:
    """Report faults of values, but for those of which something is told already."""
    for fault in faults:
        is_of_value = fault.rule in (rules.SENT_TYPE, rules.SENT_VALUE, rules.SENT_LIMIT)
        if not is_of_value or not report.tells(fault.at):
            report.add(fault.rule, fault.at, f"{where}: {fault.message}", help=fault.help, related=fault.related)


class Fitting(Struct, frozen=True):
    """Compares values with schemas.

    `type_of` gives the static types of expressions, and `may_be_absent` tells inputs that are left out. With `is_text`
    values are written as text, in a form or a URL, where a number and its digits are the same.
    """

    table: t.TypeTable
    type_of: Callable[[ir.Value], t.Type]
    may_be_absent: Callable[[ir.Value], bool]
    is_text: bool = False
    whole: str = "the body"
    """What the whole value is."""
    is_json: bool = False
    """Whether the document is JSON as text."""
    is_partial: bool = False
    """Whether what is missing may be added later."""
    moved: Mapping[Location, Location] = field(default_factory=dict[Location, Location])
    """Where the values of replacements are written, by the places in the payload that they replace."""

    def faults(self, value: ir.Value, schema: Node, at: Location, name: str = "", depth: int = 0) -> list[Fault]:
        """What is wrong with a value by its schema: the faults of the alternative that it fits best; none where it fits
        one of them.
        """
        if depth > MAX_DEPTH or _is_told(value, at):
            return []
        best: list[Fault] | None = None
        chosen: Alternative | None = None
        wanted: list[Facts] = []
        options = [a for a in alternatives(schema) if kinds(a) != ("null",)]
        if (value == ir.Constant(None) and admits_null(schema)) or not options:
            return []
        named = discriminators.chosen(options, value)
        if named is not None and not named.options:
            return [self._unnamed(named, at)]
        options = options if named is None else named.options
        is_valid = isinstance(value, ir.Constant) and not self.is_text and accepts(schema, value.value, deep=True)
        for option in options:
            found = self.of_alternative(value, option, schema, at, name, depth)
            found = [replace(fault, is_named=True) for fault in found] if named is not None else found
            slips = [
                fault for fault in found if fault.is_format or fault.is_named or isinstance(fault.help, Suggestion)
            ]
            if is_valid and len(slips) < len(found):
                continue  # another alternative is the one that it fits
            if not found:
                return []
            wanted += [fault.wanted for fault in found if fault.wanted is not None and fault.at == at]
            if best is None or _weight(found) < _weight(best):
                best, chosen = found, option
        if best is None or len(options) == 1 or chosen is None:
            return best or []
        if len(wanted) == len(options):
            facts = replace(wanted[0], kinds=frozenset[str]().union(*(f.kinds for f in wanted)))
            return [self._wrong(self.kinds_of(value) or frozenset(), facts, at, _named(name), depth, value)]
        known = {node.key for option in options if option is not chosen for node in option}
        own = next((node for node in chosen if node.key not in known), None)
        first = best[0]
        if own is None or first.related:
            return [first]
        shown = f"of {len(options)} alternatives, this is the one that fits best"
        return [replace(first, related=((own.at.key if own.at.pointer else own.at, shown),))]

    def _unnamed(self, named: discriminators.Chosen, at: Location) -> Fault:
        near = nearest_slip(named.name, named.known)
        help = did_you_mean(named.name, near) if near else f"it has: {', '.join(map(quoted, named.known))}"
        message = f"the value of {quoted(named.member)} is {quoted(named.name)}, which the discriminator does not map"
        return Fault(rules.SENT_VALUE, self.member(at, named.member), message, help, 50, named.member, is_named=True)

    def of_alternative(
        self, value: ir.Value, option: Alternative, schema: Node, at: Location, name: str, depth: int
    ) -> list[Fault]:
        facts = facts_of(option, schema.at)
        if not facts.kinds:
            return []
        what = _named(name)
        wrong = self.wrong_kind(value, facts, at, what, depth)
        if wrong is not None:
            return [wrong]
        match value:
            case ir.Constant(value=dict() as known):
                members: dict[str, ir.Value] = {key: ir.Constant(item) for key, item in known.items()}
                return self.of_object(members, facts, option, at, name, depth)
            case ir.Object(members=pairs):
                return self.of_object(dict(pairs), facts, option, at, name, depth)
            case ir.Constant(value=list() as listed):
                return self.of_list([ir.Constant(item) for item in listed], facts, at, name, depth)
            case ir.List(items=items):
                return self.of_list(list(items), facts, at, name, depth)
            case ir.Constant(value=constant):
                return self.of_constant(constant, facts, at, what)
            case _:
                return self.of_expression(value, facts, at, what)

    # Types

    def wrong_kind(self, value: ir.Value, facts: Facts, at: Location, what: str, depth: int) -> Fault | None:
        found = self.kinds_of(value)
        wanted = facts.kinds
        if found is None or found & wanted or ("integer" in found and "number" in wanted):
            return None
        if "number" in found and "integer" in wanted and not isinstance(value, ir.Constant):
            return None  # it may be a whole one
        if self.is_text and self.readsas_text(value, found, facts):
            return None
        if isinstance(value, ir.Constant) and isinstance(value.value, float) and value.value.is_integer():
            return None if "integer" in wanted else self._wrong(found, facts, at, what, depth, value)
        return self._wrong(found, facts, at, what, depth, value)

    def _wrong(
        self, found: frozenset[str], facts: Facts, at: Location, what: str, depth: int, value: ir.Value
    ) -> Fault:
        wanted, limits, help = facts.kinds, _plain_limits(facts), None
        if isinstance(value, ir.Constant) and isinstance(value.value, int | float) and "string" in wanted:
            text = as_text(value.value)
            if broken_limit(text, limits) is None and wrong_format(text, limits) is None:
                help = f'write "{text}"' if self.is_json else f"write {quoted(text)}"
        elif found == _LIST and wanted == _OBJECT:
            help = self._help_of_list(value, facts)
        elif "array" in wanted and not self.is_text:
            item = facts.item(0)
            is_fit = item is None or says_nothing(item) or not self.faults(value, item, at, "", depth + 1)
            if is_fit and found == _OBJECT:
                help = "write '- ' before it, so that it is an item of a list"
            elif is_fit and isinstance(value, ir.Constant) and re.fullmatch(r"\w+", str(value.value)):
                help = f"write [{json.dumps(value.value)}]"
        message = f"{what} is {articled(found)}, and the schema wants {articled(wanted)}"
        return Fault(rules.SENT_TYPE, at, message, help, 1000 if depth == 0 else 100, wanted=facts)

    def _help_of_list(self, value: ir.Value, facts: Facts) -> str | None:
        """How to write a list as an object: one of which the items are its members."""
        items = value.items if isinstance(value, ir.List) else ()
        if isinstance(value, ir.Constant) and isinstance(value.value, list):
            items = tuple(map(ir.Constant, value.value))
        names: list[str] = []
        for item in items:
            if isinstance(item, ir.Object):
                names += [name for name, _ in item.members]
            elif isinstance(item, ir.Constant) and isinstance(item.value, dict):
                names += item.value
            else:
                return None
        is_one = names and len(set(names)) == len(names) and facts.required <= set(names)
        is_known = all(name in facts.properties for name in names) or not facts.properties
        return "write its members without '-' before them" if is_one and is_known else None

    def readsas_text(self, value: ir.Value, found: frozenset[str], facts: Facts) -> bool:
        """Whether a value that is sent as text reads as one of the wanted types."""
        scalars = frozenset(("string", "integer", "number", "boolean"))
        if not found <= scalars:
            return False
        if "array" in facts.kinds:
            return True  # a list of one item, or of several with commas
        if "object" in facts.kinds and "string" in found:
            return not isinstance(value, ir.Constant) or str(value.value).lstrip().startswith("{")  # JSON as text
        if not facts.kinds & scalars:
            return False
        if (
            isinstance(value, ir.Constant)
            and "string" not in found
            and _plain_limits(facts).get("contentMediaType") == _BINARY
        ):
            return False
        if not isinstance(value, ir.Constant) or not isinstance(value.value, str):
            return "string" in facts.kinds or not isinstance(value, ir.Constant)
        return text_as_value(value.value, facts.kinds) is not None

    def kinds_of(self, value: ir.Value) -> frozenset[str] | None:
        """The JSON types that a value can have, without null; None where nothing is known."""
        match value:
            case ir.Constant(value=constant):
                return frozenset((kind_of(constant),))
            case ir.Object():
                return frozenset(("object",))
            case ir.List():
                return frozenset(("array",))
            case ir.Text() | ir.Form():
                return frozenset(("string",))
            case _:
                return kinds_of_type(self.type_at(value), self.table)

    def type_at(self, value: ir.Value) -> t.Type:
        """The static type of a value, or of a part of one."""
        type = self.type_of(value)
        if isinstance(value, ir.AtPointer) and type == t.ANYTHING and value.pointer:
            return part_of_type(self.type_at(value.base), value.pointer, self.table)
        return type

    # Objects and lists

    def member(self, at: Location, token: str | int) -> Location:
        """Where a member or an element of a value is written."""
        return self.moved.get(at / token, at / token)

    def key(self, at: Location, name: str) -> Located:
        """Where the name of a member is written."""
        if isinstance(at.value, dict) and name in at.value:
            return (at / name).key
        value = self.moved.get(at / name)
        return Location(value.source, value.pointer[:-1]) / "target" if value is not None else at

    def of_object(
        self, given: dict[str, ir.Value], facts: Facts, option: Alternative, at: Location, name: str, depth: int
    ) -> list[Fault]:
        faults: list[Fault] = []
        owner = quoted(name) if name else self.whole
        missing = [] if self.is_partial else [n for n in facts.required if n not in given and must_be_sent(n, facts)]
        unknown = list(self._unknown(given, facts, option))
        for key in unknown:
            near = nearest_slip(key, missing) or self._renamed(given[key], key, missing, facts, at)
            is_replaced = at / key in self.moved
            near = near or nearest_slip(key, [n for n in facts.properties if is_replaced or n not in given])
            if near is not None and near in missing:
                missing.remove(near)
            if near is None and not _is_closed(facts, option):
                continue
            help = did_you_mean(key, near) if near else suggest(key, facts.properties, noun="it has")
            message = f"the schema of {owner} has no property {quoted(key)}"
            faults.append(Fault(rules.SENT_PROPERTY, self.key(at, key), message, help, 3, key))
        if missing:
            order = [n for n in facts.properties if n in missing] + sorted(
                n for n in missing if n not in facts.properties
            )
            listed = " and ".join(map(quoted, order))
            are = "are required, and are" if len(order) > 1 else "is required, and is"
            message = f"{listed} of {owner} {are} not given"
            faults.append(Fault(rules.LACKS_PROPERTY, at, message, f"add {', '.join(order)}", 2 * len(order)))
        faults += self._of_names(given, facts, at, owner)
        for key, value in given.items():
            schema = facts.properties.get(key) or (None if key in unknown else self._other(key, facts))
            if schema is None or says_nothing(schema):
                continue
            inner = self.faults(value, schema, self.member(at, key), key, depth + 1)
            faults += [
                replace(f, weight=f.weight + 50 * _is_discriminator(schema), token=f.token or key) for f in inner
            ]
            if key in facts.required and not inner and self.may_be_absent(value) and not self.is_partial:
                what = f"{quoted(key)} of {owner} is required, and left out where that input is not given"
                faults.append(Fault(rules.OPTIONAL_INPUT, self.member(at, key), what, "require the input", 0))
        return faults

    def _renamed(self, value: ir.Value, key: str, missing: list[str], facts: Facts, at: Location) -> str | None:
        """The missing member whose name is like that of one that is not known, where the value would fit it."""
        near = nearest(key, missing)
        schema = facts.properties.get(near) if near is not None else None
        return near if schema is None or not self.faults(value, schema, self.member(at, key), key, 1) else None

    def _of_names(self, given: dict[str, ir.Value], facts: Facts, at: Location, owner: str) -> list[Fault]:
        """What is wrong with which members an object has, and with how many; what is not written may be left out."""
        limits = _plain_limits(facts)
        certain = [
            key for key, value in given.items() if isinstance(value, ir.Constant | ir.Text | ir.Object | ir.List)
        ]
        for word, names in (("minProperties", list(given)), ("maxProperties", certain)):
            if word in limits and not (word == "minProperties" and self.is_partial):
                broken = broken_limit(dict.fromkeys(names), {word: limits[word]})
                if broken is not None:
                    return [Fault(rules.SENT_LIMIT, at, f"{owner} {broken}")]
        needs = limits.get("dependentRequired")
        for key, others in needs.items() if isinstance(needs, dict) and not self.is_partial else ():
            lacks = [o for o in others if isinstance(o, str) and o not in given] if isinstance(others, list) else []
            if key in certain and lacks:
                listed = " and ".join(map(quoted, lacks))
                message = f"{owner} has {quoted(key)}, with which {listed} must be given, too"
                return [Fault(rules.LACKS_PROPERTY, at, message, f"add {', '.join(lacks)}", 2)]
        return []

    def _unknown(self, given: Iterable[str], facts: Facts, option: Alternative) -> Iterator[str]:
        if not facts.properties and not _is_closed(facts, option):
            return
        words = {word for schema in option for word in schema.fields}
        is_open = any(schema.fields.get("additionalProperties", False) is not False for schema in option)
        if words & set(_OPEN_WORDS) or is_open:
            return
        yield from (name for name in given if name not in facts.properties)

    def _other(self, key: str, facts: Facts) -> Node | None:
        is_other = facts.declared is None or key not in facts.declared
        return facts.others if is_other and all(is_like(p, key) is False for p in facts.patterns) else None

    def of_list(self, items: list[ir.Value], facts: Facts, at: Location, name: str, depth: int) -> list[Fault]:
        faults: list[Fault] = []
        for index, item in enumerate(items):
            schema = facts.item(index)
            if schema is not None and not says_nothing(schema):
                shown = f"{name}[{index}]" if name else f"[{index}]"
                faults += self.faults(item, schema, self.member(at, index), shown, depth + 1)
        limits: dict[str, Json] = {
            word: limit for word, limit in _plain_limits(facts).items() if word in ("minItems", "maxItems")
        }
        broken = broken_limit(list[Json]([None] * len(items)), limits)
        owner = quoted(name) if name else "the list"
        if broken is not None:
            faults.append(Fault(rules.SENT_LIMIT, at, f"{owner} {broken}"))
        if _plain_limits(facts).get("uniqueItems") is True:
            for number, item in enumerate(items):
                if any(_are_equal(item, other) for other in items[:number]):
                    message = f"the items of {owner} must be different, and an earlier one is the same"
                    faults.append(Fault(rules.SENT_LIMIT, self.member(at, number), message))
                    break
        return faults

    # Values

    def of_constant(self, value: Json, facts: Facts, at: Location, what: str) -> list[Fault]:
        if self.is_text and isinstance(value, str) and value == "":
            return []
        if self.is_text and facts.kinds == _LIST:
            return self._of_listed_text(as_text(value), facts, at, what)
        if facts.values is not None and not any(self._same(value, other) for other in facts.values):
            texts = [v for v in facts.values if isinstance(v, str)]
            near = nearest_slip(value, texts) if isinstance(value, str) else None
            help = did_you_mean(str(value), near) if near else f"it has: {listed_values(facts.values)}"
            message = f"{what} is {shown_value(value)}, which the schema does not list"
            weight = 50 if len(facts.values) == 1 else 5
            lists = tuple(enum_place(place) for place, _ in facts.lists if "enum" in _words_at(place))
            return [Fault(rules.SENT_VALUE, at, message, help, weight, related=lists)]
        limits = _plain_limits(facts)
        if self.is_text:
            shown = text_as_value(as_text(value), facts.kinds)
            value = value if shown is None else shown
        broken = broken_limit(value, limits)
        if broken is not None:
            return [Fault(rules.SENT_LIMIT, at, f"{what} {broken}")]
        other = wrong_format(value, limits)
        return [Fault(rules.SENT_LIMIT, at, f"{what} {other}", is_format=True)] if other is not None else []

    def _of_listed_text(self, text: str, facts: Facts, at: Location, what: str) -> list[Fault]:
        """What is wrong with a text that is a list: of one item, or of several that something stands between."""
        item = facts.item(0)
        if item is None or says_nothing(item) or facts.first or not self.faults(ir.Constant(text), item, at):
            return []
        for word in re.split(r"[,|\s]+", text):
            found = [f for f in self.faults(ir.Constant(word), item, at) if f.rule == rules.SENT_VALUE]
            if found:
                return [replace(found[0], message=found[0].message.replace("the value", f"an item of {what}", 1))]
        return []

    def _same(self, value: Json, other: Json) -> bool:
        if self.is_text and isinstance(value, str | int | float) and isinstance(other, str | int | float):
            return as_text(value) == as_text(other)
        if isinstance(value, str) and isinstance(other, int | float):
            return value == as_text(other)  # the quotes in the enum were forgotten
        if isinstance(value, int | float) and isinstance(other, int | float):
            return value == other and isinstance(value, bool) == isinstance(other, bool)
        return equal(value, other)

    def of_expression(self, value: ir.Value, facts: Facts, at: Location, what: str) -> list[Fault]:
        """Compare what an expression can be with the listed values, and with what is said of its parts."""
        type = self.type_at(value)
        values = self.table.enum(t.required(type))
        if facts.values is None or values is None or any(self._same(v, o) for v in values for o in facts.values):
            fault = None if self.is_text or self.is_partial else typed_fault(type, facts, what, self.table)
            return [Fault(fault[0], at, fault[1], None, 2)] if fault is not None else []
        message = f"{what} is one of {listed_values(list(values))}, none of which the schema lists"
        return [Fault(rules.SENT_VALUE, at, message, f"it has: {listed_values(facts.values)}")]


def _named(name: str) -> str:
    return f"the value of {quoted(name)}" if name else "the value"


_BINARY = "application/octet-stream"


def _plain_limits(facts: Facts) -> dict[str, Json]:
    """The limits of an alternative, but for those that are several."""
    return {word: limit.value for word, limit in facts.limits.items() if not isinstance(limit.value, list)}


def _words_at(schema: Location) -> Collection[str]:
    return schema.value if isinstance(schema.value, dict) else ()


def _is_told(value: ir.Value, at: Location) -> bool:
    """Whether a value stands for what could not be compiled, or is text that was meant as an expression."""
    if not isinstance(value, ir.Constant):
        return False
    if value.value is None and at.value is not None:
        return isinstance(at.value, str)
    return isinstance(value.value, str) and _MEANT.search(value.value) is not None


def _are_equal(one: ir.Value, other: ir.Value) -> bool:
    if isinstance(one, ir.Constant) and isinstance(other, ir.Constant):
        return equal(one.value, other.value)
    return one == other and isinstance(one, ir.Input | ir.StepOutput | ir.AtPointer)


def _weight(faults: list[Fault]) -> int:
    return sum(fault.weight for fault in faults)


def _is_discriminator(schema: Node) -> bool:
    options = alternatives(schema)
    return len(options) == 1 and any("const" in node.fields or len(_enum(node)) == 1 for node in options[0])


def _enum(node: Node) -> list[Json]:
    values = node.fields.get("enum")
    return values if isinstance(values, list) else []


def _is_closed(facts: Facts, option: Alternative) -> bool:
    return facts.is_closed or any(schema.fields.get("unevaluatedProperties") is False for schema in option)
