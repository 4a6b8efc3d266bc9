"""Whether a JSONPath query can select anything from a value of a known type (RFC 9535)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arazzoc import types as t
from arazzoc.analysis.fold import all_of, compare, inverse
from arazzoc.expressions import jsonpath as jp
from arazzoc.runtime.jsonpath import MISSING

_UNKNOWN = object()


def can_hold(path: jp.Query | jp.Test, root: t.Type, table: t.TypeTable) -> bool:
    """Whether a query can select anything from a value of that type, or a test can hold for one.

    An object is assumed to have only the members that its schema declares (AMB-03).
    """
    types = _Types(root, table)
    return bool(types.selected(path, (root,)) if isinstance(path, jp.Query) else types.outcome(path, root) is not False)


def parts_of_tests(
    path: jp.Query | jp.Test, root: t.Type, table: t.TypeTable
) -> Iterator[tuple[jp.Query, jp.Compare | None, tuple[t.Type, ...]]]:
    """Yield the queries in the tests of a path, each with its comparison and the types of what it may select."""
    types = _Types(root, table)
    if not isinstance(path, jp.Query):
        yield from types.parts(path, root)
        return
    current: tuple[t.Type, ...] = _single((root,))
    for segment in path.segments:
        if segment.descendant or t.ANYTHING in current:
            return
        for selector in segment.selectors:
            if isinstance(selector, jp.Filter):
                children = _single(c for node in current for c in types.children(node, jp.Wildcard()))
                for child in children if len(children) == 1 else (t.union(children),) if children else ():
                    yield from types.parts(selector.test, child)
        current = _single(c for node in current for s in segment.selectors for c in types.children(node, s))


def unknown_names(path: jp.Query | jp.Test, root: t.Type, table: t.TypeTable) -> Iterator[tuple[str, list[str]]]:
    """Yield the names in a path and in its tests that no schema has there, each with those that are."""
    types = _Types(root, table)
    if isinstance(path, jp.Query):
        yield from types.unknown(path, root)
        return
    for query, _, _ in types.parts(path, root):
        yield from types.unknown(query, root)


def always_selects(query: jp.Query, root: t.Type, table: t.TypeTable) -> bool:
    """Whether a query of names selects something in every value of a type, as far as its schema says."""
    types, current = _Types(root, table), root
    for segment in query.segments:
        definition = table.definitions.get(current.key) if isinstance(current, t.Named) else None
        selector = segment.selectors[0]
        if segment.descendant or len(segment.selectors) > 1 or not isinstance(definition, t.Record):
            return False
        fields = {field.name: field for field in definition.fields}
        if not isinstance(selector, jp.Name) or selector.name not in fields or not fields[selector.name].required:
            return False
        current = fields[selector.name].type
    return types.root != t.ANYTHING or not query.segments


def has_no_parts(type: t.Type, table: t.TypeTable) -> bool:
    """Whether a value of a type is neither an object nor a list."""
    plain = (t.String, t.Integer, t.Number, t.Boolean, t.Literal, t.Null)
    return all(isinstance(item, plain) or table.enum(item) is not None for item in t.alternatives(type))


class _Types:
    """Evaluates queries on types in place of nodes: each segment leads from types to those of the children."""

    def __init__(self, root: t.Type, table: t.TypeTable) -> None:
        self.root, self.table = root, table

    def selected(self, query: jp.Query, current: tuple[t.Type, ...]) -> tuple[t.Type, ...]:
        """Return the types of what a query may select; nothing is known after a descendant segment."""
        found = _single(current if query.root == "@" else (self.root,))
        for segment in query.segments:
            if segment.descendant or t.ANYTHING in found:
                return (t.ANYTHING,)
            found = _single(c for node in found for s in segment.selectors for c in self.children(node, s))
        return found

    def unknown(self, query: jp.Query, current: t.Type) -> Iterator[tuple[str, list[str]]]:
        """Yield the names in a query that select nothing, as `unknown_names` does."""
        found = _single((current if query.root == "@" else self.root,))
        for segment in query.segments:
            if segment.descendant or t.ANYTHING in found:
                return
            for selector in segment.selectors:
                if isinstance(selector, jp.Filter):
                    inner = t.union(c for node in found for c in self.children(node, jp.Wildcard()))
                    for part, _, _ in self.parts(selector.test, inner):
                        yield from self.unknown(part, inner)
                names = [name for node in found for name in self.members(node)[0]]
                is_there = any(list(self.children(node, selector)) for node in found)
                if isinstance(selector, jp.Name) and names and not is_there:
                    yield selector.name, names
            found = _single(c for node in found for s in segment.selectors for c in self.children(node, s))

    def children(self, node: t.Type, selector: jp.Selector) -> Iterable[t.Type]:
        """Return the types of the children that a selector may select."""
        named, others = self.members(node)
        match selector:
            case jp.Name(name=name):
                return (named[name],) if name in named else () if isinstance(node, t.Array) else others
            case jp.Chosen(key=jp.Text()):
                return () if isinstance(node, t.Array) else (*named.values(), *others)
            case jp.Index() | jp.Slice() | jp.Chosen():
                return others if isinstance(node, t.Array) else ()
            case jp.Wildcard():
                return (*named.values(), *others)
            case jp.Filter(test=test):
                return [c for c in _single((*named.values(), *others)) if self.outcome(test, c) is not False]

    def members(self, node: t.Type) -> tuple[dict[str, t.Type], tuple[t.Type, ...]]:
        """Return the types of the members by name, and those of array elements or of members of any name."""
        definition = self.table.definitions.get(node.key) if isinstance(node, t.Named) else None
        if definition is not None and not isinstance(definition, t.Enum):
            others = (t.ANYTHING,) if definition.key in self.table.open_records else ()
            return {field.name: field.type for field in definition.fields}, others
        if isinstance(node, t.Array):
            return {}, (node.item,)
        return {}, (node.value,) if isinstance(node, t.Mapping) else ()

    def outcome(self, test: jp.Test, current: t.Type) -> bool | None:
        """Evaluate a test for a node of that type; None if the result depends on the node."""
        match test:
            case jp.Exists(query=query):
                return None if self.selected(query, (current,)) else False
            case jp.Compare(operator=operator, left=left, right=right):
                values = self.value(left, current), self.value(right, current)
                return None if _UNKNOWN in values else compare(operator, *values, "jsonpath")
            case jp.Holds(call=call):
                known = [self.value(argument, current) for argument in call.arguments]
                return False if MISSING in known else None
            case jp.Not(item=item):
                return inverse(self.outcome(item, current))
            case jp.And(items=items):
                return all_of(self.outcome(item, current) for item in items)
            case jp.Or(items=items):
                return inverse(all_of(inverse(self.outcome(item, current)) for item in items))

    def parts(self, test: jp.Test, current: t.Type) -> Iterator[tuple[jp.Query, jp.Compare | None, tuple[t.Type, ...]]]:
        """Yield the queries in a test, as `parts_of_tests` does."""
        match test:
            case jp.Exists(query=query):
                yield query, None, self.selected(query, (current,))
            case jp.Compare(left=left, right=right):
                for operand in (left, right):
                    if isinstance(operand, jp.Query):
                        yield operand, test, self.selected(operand, (current,))
            case jp.Not(item=item):
                yield from self.parts(item, current)
            case jp.And(items=items) | jp.Or(items=items):
                for item in items:
                    yield from self.parts(item, current)
            case _:
                return

    def value(self, comparable: jp.Comparable, current: t.Type) -> object:
        """Return the value of an operand: known, MISSING, or _UNKNOWN."""
        match comparable:
            case jp.Constant(value=value):
                return value
            case jp.Query() as query:
                return _UNKNOWN if self.selected(query, (current,)) else MISSING
            case jp.Call(function="count", arguments=(jp.Query() as query,)):
                return _UNKNOWN if self.selected(query, (current,)) else 0
            case jp.Call(function="length" | "value", arguments=(jp.Query() as query,)):
                return _UNKNOWN if self.selected(query, (current,)) else MISSING
            case _:
                return _UNKNOWN


def _single(types: Iterable[t.Type]) -> tuple[t.Type, ...]:
    """Return the types, with each union replaced by its members."""
    return tuple(dict.fromkeys(item for type in types for item in t.alternatives(type)))
