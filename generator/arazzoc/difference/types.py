"""Two static types compared: which of them has all values of the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from arazzoc import types as t
from arazzoc.diagnostics import quoted

Relation: TypeAlias = Literal["same", "widened", "narrowed", "changed"]


def relation(old: t.Type, olds: t.TypeTable, new: t.Type, news: t.TypeTable) -> Relation:
    """How a type became another one, by their values."""
    still, before = _fits(old, olds, new, news, set()), _fits(new, news, old, olds, set())
    if still:
        return "same" if before else "widened"
    return "narrowed" if before else "changed"


def _fits(one: t.Type, ones: t.TypeTable, other: t.Type, others: t.TypeTable, seen: set[tuple[str, str]]) -> bool:
    """Whether every value of one type is a value of the other."""
    if other == t.ANYTHING or one == t.ANYTHING:
        return other == t.ANYTHING
    values = ones.enum(one)
    if values is not None:
        listed = {(v.__class__, v) for item in t.alternatives(other) for v in others.enum(item) or ()}
        return all((value.__class__, value) in listed or _has(other, others, value) for value in values)
    if isinstance(one, t.Union):
        return all(_fits(item, ones, other, others, seen) for item in one.items)
    if isinstance(other, t.Union):
        return any(_fits(one, ones, item, others, seen) for item in other.items)
    if others.enum(other) is not None:
        return False
    match one, other:
        case t.Array(item=a), t.Array(item=b):
            return _fits(a, ones, b, others, seen)
        case t.Mapping(value=a), t.Mapping(value=b):
            return _fits(a, ones, b, others, seen)
        case t.Named(key=key), t.Mapping(value=b):
            return all(_fits(field.type, ones, b, others, seen) for field in _fields(ones, key).values())
        case t.Named(key=a_key), t.Named(key=b_key):
            if (a_key, b_key) in seen:
                return True
            seen.add((a_key, b_key))
            return _record_fits(_fields(ones, a_key), ones, _fields(others, b_key), others, seen)
        case t.Integer(), t.Number():
            return True
        case t.String() | t.Bytes(), t.FileContent():
            return True
        case _:
            return one == other


def _record_fits(
    one: dict[str, t.RecordField],
    ones: t.TypeTable,
    other: dict[str, t.RecordField],
    others: t.TypeTable,
    seen: set[tuple[str, str]],
) -> bool:
    for name, field in other.items():
        own = one.get(name)
        if own is None or (field.required and not own.required) or not _fits(own.type, ones, field.type, others, seen):
            return False
    return True


def _has(type: t.Type, table: t.TypeTable, value: t.Scalar) -> bool:
    return any(table.admits(item, value) for item in t.alternatives(type))


def _fields(table: t.TypeTable, key: str) -> dict[str, t.RecordField]:
    definition = table.definitions.get(key)
    return {field.name: field for field in definition.fields} if isinstance(definition, t.Record) else {}


def reordered_types(old: t.Type, olds: t.TypeTable, new: t.Type, news: t.TypeTable) -> list[str]:
    """What two types with the same values list in another order: classes by their names, '' for the type itself."""
    found = [""] if _order(old) != _order(new) else []
    for one, other in classes(old, olds, new, news):
        match one, other:
            case t.Enum(values=a), t.Enum(values=b) if a != b:
                found.append(other.name)
            case t.Record(fields=a), t.Record(fields=b):
                members = [[(field.name, _order(field.type)) for field in fields] for fields in (a, b)]
                found += [other.name] if members[0] != members[1] else []
            case _:
                pass
    return found


def classes(old: t.Type, olds: t.TypeTable, new: t.Type, news: t.TypeTable) -> list[tuple[t.Definition, t.Definition]]:
    """The classes of two types that have the same values, in pairs."""
    found: dict[tuple[str, str], tuple[t.Definition, t.Definition]] = {}
    pending = [(old, new)]
    while pending:
        pair = pending.pop(0)
        match pair:
            case t.Array(item=a), t.Array(item=b):
                pending.append((a, b))
            case t.Mapping(value=a), t.Mapping(value=b):
                pending.append((a, b))
            case t.Union(items=a), _:
                others = t.alternatives(pair[1])
                same = ((one, next((o for o in others if relation(one, olds, o, news) == "same"), None)) for one in a)
                pending += [(one, other) for one, other in same if other is not None]
            case t.Named(key=a), t.Named(key=b) if (a, b) not in found:
                one, other = olds.definitions.get(a), news.definitions.get(b)
                if one is not None and other is not None:
                    found[a, b] = one, other
                    fields = _fields(news, b)
                    pending += [(f.type, fields[n].type) for n, f in _fields(olds, a).items() if n in fields]
            case _:
                pass
    return list(found.values())


def _order(type: t.Type) -> str:
    """A type as text in which the order shows; which class is meant does not."""
    match type:
        case t.Union(items=items):
            return " | ".join(map(_order, items))
        case t.Array(item=item) | t.Mapping(value=item):
            return f"{type.__class__.__name__} of {_order(item)}"
        case t.Named():
            return "a class"
        case _:
            return repr(type)


_WORDS: dict[t.Type, str] = {
    t.ANYTHING: "anything",
    t.NULL: "null",
    t.Boolean(): "a boolean",
    t.INTEGER: "an integer",
    t.Number(): "a number",
    t.STRING: "a string",
    t.Bytes(): "bytes",
    t.FileContent(): "a file",
}


def described(type: t.Type, table: t.TypeTable, *, shows_values: bool = True) -> str:
    """A type in words."""
    values = table.enum(type)
    if values is not None and not shows_values:
        return f"one of {len(values)} values"
    if values is not None:
        shown = ", ".join(quoted(value) if isinstance(value, str) else str(value).lower() for value in values[:8])
        return f"one of {shown}" + (f" and {len(values) - 8} more" if len(values) > 8 else "")
    return " or ".join(_parts(type, table, shows_values))


def _parts(type: t.Type, table: t.TypeTable, shows_values: bool) -> Iterator[str]:
    match type:
        case t.Union(items=items):
            yield from (described(item, table, shows_values=shows_values) for item in items)
        case t.Array(item=item):
            yield f"a list of {described(item, table, shows_values=shows_values)}"
        case t.Mapping(value=value):
            yield f"an object of {described(value, table, shows_values=shows_values)}"
        case t.Named(key=key):
            definition = table.definitions.get(key)
            yield f"an object {quoted(definition.name)}" if definition is not None else "an object"
        case _:
            yield _WORDS.get(type, "anything")
