"""Whether a value that a step sends fits a schema, as far as both are known: constants by what they are, expressions by
their static types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from msgspec import Struct, field
from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.check.enums import enum_place
from arazzoc.check.limits import broken_limit, wrong_format
from arazzoc.diagnostics import Located, Report, Rule, Suggestion, did_you_mean, quoted, suggest
from arazzoc.openapi.alike import equal
from arazzoc.openapi.alternatives import KINDS, Alternative, alternatives, kind_of, kinds, says_nothing
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, facts_of, listed_values, words_of
from arazzoc.openapi.fits import accepts
from arazzoc.openapi.limits import shown_value
from arazzoc.source import Json, Location

MAX_DEPTH = 20
_LIST, _OBJECT = frozenset(("array",)), frozenset(("object",))
_OPEN_WORDS = ("patternProperties", "if", "then", "else", "dependentSchemas", "$dynamicRef", "$recursiveRef", "not")
_MEANT = frozenset("${")


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
        is_valid = isinstance(value, ir.Constant) and not self.is_text and accepts(schema, value.value, deep=True)
        best: list[Fault] | None = None
        chosen: Alternative | None = None
        wanted: list[Facts] = []
        options = [a for a in alternatives(schema) if kinds(a) != ("null",)]
        takes_null = len(options) < len(alternatives(schema))
        if (value == ir.Constant(None) and takes_null) or not options:
            return []
        for option in options:
            found = self.of_alternative(value, option, schema, at, name, depth)
            slips = [fault for fault in found if fault.is_format or isinstance(fault.help, Suggestion)]
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
        if self.is_text and self.reads_as_text(value, found, facts):
            return None
        if isinstance(value, ir.Constant) and isinstance(value.value, float) and value.value.is_integer():
            return None if "integer" in wanted else self._wrong(found, facts, at, what, depth, value)
        return self._wrong(found, facts, at, what, depth, value)

    def _wrong(
        self, found: frozenset[str], facts: Facts, at: Location, what: str, depth: int, value: ir.Value
    ) -> Fault:
        wanted, limits, help = facts.kinds, _plain_limits(facts), None
        if isinstance(value, ir.Constant) and isinstance(value.value, int | float) and "string" in wanted:
            text = _as_text(value.value)
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
        message = f"{what} is {_articled(found)}, and the schema wants {_articled(wanted)}"
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

    def reads_as_text(self, value: ir.Value, found: frozenset[str], facts: Facts) -> bool:
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
                return kinds_of_type(self.type_of(value), self.table)

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
        owner = f"{quoted(name)}" if name else "the body"
        missing = [] if self.is_partial else [n for n in facts.required if self._must_have(n, given, facts)]
        unknown = list(self._unknown(given, facts, option))
        for key in unknown:
            near = nearest_slip(key, missing) or nearest_slip(key, [n for n in facts.properties if n not in given])
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

    def _must_have(self, name: str, given: dict[str, ir.Value], facts: Facts) -> bool:
        if name in given:
            return False
        schema = facts.properties.get(name)
        if schema is None:
            return True
        words = {word for alternative in alternatives(schema) for node in alternative for word in node.fields}
        fields = [node.fields for alternative in alternatives(schema) for node in alternative]
        return "default" not in words and not any(f.get("readOnly") is True for f in fields)

    def _unknown(self, given: Iterable[str], facts: Facts, option: Alternative) -> Iterator[str]:
        if not facts.properties and not _is_closed(facts, option):
            return
        words = {word for schema in option for word in schema.fields}
        is_open = any(schema.fields.get("additionalProperties", False) is not False for schema in option)
        if words & set(_OPEN_WORDS) or is_open:
            return
        yield from (name for name in given if name not in facts.properties)

    def _other(self, key: str, facts: Facts) -> Node | None:
        return facts.others if facts.declared is None or key not in facts.declared else None

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
        if broken is not None:
            faults.append(Fault(rules.SENT_LIMIT, at, f"{quoted(name) if name else 'the list'} {broken}"))
        return faults

    # Values

    def of_constant(self, value: Json, facts: Facts, at: Location, what: str) -> list[Fault]:
        if self.is_text and isinstance(value, str) and value == "":
            return []
        if self.is_text and facts.kinds == _LIST:
            return []
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
            shown = text_as_value(_as_text(value), facts.kinds)
            value = value if shown is None else shown
        broken = broken_limit(value, limits)
        if broken is not None:
            return [Fault(rules.SENT_LIMIT, at, f"{what} {broken}")]
        other = wrong_format(value, limits)
        return [Fault(rules.SENT_LIMIT, at, f"{what} {other}", is_format=True)] if other is not None else []

    def _same(self, value: Json, other: Json) -> bool:
        if self.is_text and isinstance(value, str | int | float) and isinstance(other, str | int | float):
            return _as_text(value) == _as_text(other)
        if isinstance(value, str) and isinstance(other, int | float):
            return value == _as_text(other)  # the quotes in the enum were forgotten
        if isinstance(value, int | float) and isinstance(other, int | float):
            return value == other and isinstance(value, bool) == isinstance(other, bool)
        return equal(value, other)

    def of_expression(self, value: ir.Value, facts: Facts, at: Location, what: str) -> list[Fault]:
        """Compare what an expression can be with the listed values."""
        values = self.table.enum(t.required(self.type_of(value)))
        if facts.values is None or values is None or any(self._same(v, o) for v in values for o in facts.values):
            return []
        message = f"{what} is one of {listed_values(list(values))}, none of which the schema lists"
        return [Fault(rules.SENT_VALUE, at, message, f"it has: {listed_values(facts.values)}")]


def kinds_of_type(type: t.Type, table: t.TypeTable) -> frozenset[str] | None:
    """The JSON types of the values of a static type, without null; None where nothing is known."""
    found: set[str] = set()
    for item in t.alternatives(t.required(type)):
        match item:
            case t.String():
                found.add("string")
            case t.Integer():
                found.add("integer")
            case t.Number():
                found |= {"number", "integer"}
            case t.Boolean():
                found.add("boolean")
            case t.Array():
                found.add("array")
            case t.Mapping():
                found.add("object")
            case t.Null():
                continue
            case t.Literal(values=values):
                found |= {kind_of(v) for v in values}
            case t.Named():
                enum = table.enum(item)
                found |= {kind_of(v) for v in enum} if enum is not None else _OBJECT
            case _:
                return None
    return frozenset(found - {"null"}) or None


def _named(name: str) -> str:
    return f"the value of {quoted(name)}" if name else "the value"


def text_as_value(text: str, wanted: frozenset[str]) -> Json:
    """What a text reads as where one of these types is wanted; None where it reads as none of them."""
    if "string" in wanted:
        return text
    if "boolean" in wanted and text in ("true", "false"):
        return text == "true"
    if "integer" in wanted and re.fullmatch(r"[-+]?\d+", text):
        return int(text) if len(text) < 1000 else None
    if "number" in wanted and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", text):
        return float(text)
    return None


_BINARY = "application/octet-stream"


def _plain_limits(facts: Facts) -> dict[str, Json]:
    """The limits of an alternative, but for those that are several."""
    return {word: limit.value for word, limit in facts.limits.items() if not isinstance(limit.value, list)}


def _words_at(schema: Location) -> Collection[str]:
    return schema.value if isinstance(schema.value, dict) else ()


def _as_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_told(value: ir.Value, at: Location) -> bool:
    """Whether a value stands for what could not be compiled, or is text that was meant as an expression."""
    if not isinstance(value, ir.Constant):
        return False
    if value.value is None and at.value is not None:
        return isinstance(at.value, str)
    return isinstance(value.value, str) and not _MEANT.isdisjoint(value.value)


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


def nearest_slip(name: str, known: Iterable[str]) -> str | None:
    """The known name of which this is a slip: other letter case or separators, or a letter or two."""
    for other in known:
        if _plain(other) == _plain(name):
            return other
    for other in known:
        if len(other) > 3 and abs(len(name) - len(other)) < 3 and is_slip(name, other):
            return other
    return None


def _plain(name: str) -> str:
    """A name without its letter case and separators."""
    return re.sub(r"[\s_\-.]", "", name).casefold()


def is_slip(name: str, other: str) -> bool:
    """Whether a name differs from another by a letter or two, not by a number at its end."""
    if re.sub(r"\d+", "", name) == re.sub(r"\d+", "", other):
        return False
    one, two = _plain(name), _plain(other)
    same = sum(block.size for block in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks())
    longest, shortest = max(len(one), len(two)), min(len(one), len(two))
    common = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), shortest)
    if longest - same > 1 and common >= shortest - 1:
        return False  # another ending makes another name
    return longest - same <= (1 if longest < 8 else 2)


def _articled(found: frozenset[str]) -> str:
    words = {"null": "null", "boolean": "true or false", "array": "a list", "object": "an object"}
    if found >= set(KINDS) - {"null"}:
        return "anything"
    shown = [kind for kind in KINDS if kind in found and not (kind == "integer" and "number" in found)]
    texts = {"string": "a string", "integer": "a whole number", "number": "a number", **words}
    return " or ".join(texts[kind] for kind in shown) or words_of(found)
