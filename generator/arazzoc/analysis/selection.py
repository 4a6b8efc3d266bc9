"""Whether a JSONPath query can select anything from a value of a known type (RFC 9535)."""

from __future__ import annotations

from collections.abc import Iterable

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

    def children(self, node: t.Type, selector: jp.Selector) -> Iterable[t.Type]:
        """Return the types of the children that a selector may select."""
        named, others = self.members(node)
        match selector:
            case jp.Name(name=name):
                return (named[name],) if name in named else others if isinstance(node, t.Mapping) else ()
            case jp.Index() | jp.Slice():
                return others if isinstance(node, t.Array) else ()
            case jp.Wildcard():
                return (*named.values(), *others)
            case jp.Filter(test=test):
                return [c for c in _single((*named.values(), *others)) if self.outcome(test, c) is not False]

    def members(self, node: t.Type) -> tuple[dict[str, t.Type], tuple[t.Type, ...]]:
        """Return the types of the members by name, and those of array elements or of members of any name."""
        definition = self.table.definitions.get(node.key) if isinstance(node, t.Named) else None
        if definition is not None and not isinstance(definition, t.Enum):
            return {field.name: field.type for field in definition.fields}, ()
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
