"""The alternative that a value names in the member of a discriminator (OpenAPI 3.1.1, Discriminator Object)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from arazzoc import ir
from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.alternatives import Alternative, alternatives, listed, parts
from arazzoc.openapi.document import Node
from arazzoc.openapi.type_names import component_name


class Chosen(Struct, frozen=True):
    """What a value names: the alternatives that are meant, or none of the `known` names."""

    member: str
    name: str
    options: list[Alternative]
    known: tuple[str, ...]


def chosen(options: list[Alternative], value: ir.Value) -> Chosen | None:
    """What a value names by a discriminator that all alternatives have in common; None where that is not known."""
    owner = next((node for node in options[0] if _is_choice(node) and all(node in option for option in options)), None)
    member = owner.get("discriminator") if owner is not None else None
    text = member.text("propertyName") if member is not None else None
    name = _constant(value, text) if text else None
    if owner is None or member is None or text is None or name is None:
        return None
    mapping = {key: str(target) for key, target in (_fields(member.get("mapping"))).items()}
    branches = {node.key: node for word in ("oneOf", "anyOf") for node in parts(owner, word)}
    names = [[n for node in option if node.key in branches for n in _names(node, mapping)] for option in options]
    meant = [option for option, own in zip(options, names, strict=True) if name in own]
    if meant:
        return Chosen(text, name, meant, ())
    is_listed = any(name in _values(option, text) for option in options)
    is_mapped = all(set(own) & mapping.keys() for own in names)
    return Chosen(text, name, [], tuple(mapping)) if is_mapped and not is_listed else None


def _is_choice(node: Node) -> bool:
    return "discriminator" in node.fields and bool(node.fields.keys() & {"oneOf", "anyOf"})


def _constant(value: ir.Value, member: str) -> str | None:
    given: object = None
    if isinstance(value, ir.Constant) and isinstance(value.value, dict):
        given = value.value.get(member)
    elif isinstance(value, ir.Object):
        known = dict(value.members).get(member)
        given = known.value if isinstance(known, ir.Constant) else None
    return given if isinstance(given, str) and "{" not in given and "$" not in given else None


def _fields(node: Node | None) -> dict[str, object]:
    return dict(node.fields) if node is not None else {}


def _names(branch: Node, mapping: dict[str, str]) -> Iterable[str]:
    """The names of a branch: those of the mapping, and that of its schema."""
    name, pointer = component_name(branch), format_pointer(tuple(map(str, branch.at.pointer)))
    yield from (key for key, target in mapping.items() if target == name or target.partition("#")[2] == pointer)
    if name:
        yield name


def _values(option: Alternative, member: str) -> list[object]:
    """The values that an alternative lists for a member."""
    found = [schema for node in option for key, schema in node.members("properties") if key == member]
    return [v for schema in found for one in alternatives(schema) for node in one for v in listed(node) or ()]
