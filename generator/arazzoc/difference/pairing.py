"""What corresponds in two schemas: alternatives by their names, or else in order, and properties with another name."""

from __future__ import annotations

from arazzoc.diagnostics import quoted
from arazzoc.openapi.alike import alike
from arazzoc.openapi.alternatives import KINDS, Alternative, shape
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, facts_of, without, words_of
from arazzoc.openapi.type_names import component_name
from arazzoc.source import Json

MOST_RENAMES = 2_500
"""How many pairs of properties that went and came are looked at, at most."""


def paired(
    olds: list[Alternative], news: list[Alternative]
) -> tuple[list[tuple[Alternative, Alternative]], list[Alternative], list[Alternative]]:
    """Pair the alternatives of two schemas: by name where they have one, else in order; and those that are left."""
    if len(olds) == len(news) == 1:
        return [(olds[0], news[0])], [], []
    gone, added = list(olds), list(news)
    pairs: list[tuple[Alternative, Alternative]] = []
    for find in (_same_text, _same_name, _same_shape):
        for one in list(gone):
            other = next((other for other in added if find(one, other)), None)
            if other is not None:
                pairs.append((one, other))
                gone.remove(one)
                added.remove(other)
    return pairs, gone, added


def joined(schema: Node, found: list[Alternative]) -> list[Alternative]:
    """The alternatives of a schema, in which those that do nothing but list values are one: `oneOf` of constants says
    what an `enum` does.
    """
    facts = [(one, facts_of(one, schema.at)) for one in found]
    lists = [(one, each) for one, each in facts if each.values is not None and not each.says_more]
    if len(lists) < 2:
        return found
    values: list[Json] = []
    for _, each in lists:
        values += without(each.values or [], values)
    kinds: list[Json] = [kind for kind in KINDS if any(kind in each.kinds for _, each in lists)]
    whole = Node(schema.document, schema.at / "enum", {"type": kinds, "enum": values})
    rest = [one for one in found if all(one is not listing for listing, _ in lists)]
    return [(whole,), *rest]


def _same_text(one: Alternative, other: Alternative) -> bool:
    return len(one) == len(other) and all(map(alike, one, other))


def _same_name(one: Alternative, other: Alternative) -> bool:
    return component_name(one[-1]) == component_name(other[-1]) != ""


def _same_shape(one: Alternative, other: Alternative) -> bool:
    names = component_name(one[-1]), component_name(other[-1])
    return shape(one) == shape(other) and "" in names


def named(alternative: Alternative) -> str:
    name = component_name(alternative[-1])
    return quoted(name) if name else words_of(frozenset(shape(alternative)) - {"null"})


def discriminator(value: Json) -> Json:
    """A discriminator as OpenAPI 3 has it; in Swagger 2.0 it is a name."""
    return {"propertyName": value} if isinstance(value, str) else value


def renamed(old: Facts, new: Facts, gone: list[str], added: list[str]) -> list[tuple[str, str]]:
    """Properties that are the same but for their name, where there is one such pair only.

    Where very many came and went, the object is another one.
    """
    if len(gone) * len(added) > MOST_RENAMES:
        return []

    def fits(before: str, after: str) -> bool:
        same = (before in old.required) == (after in new.required)
        return same and alike(old.properties[before], new.properties[after], annotations=True)

    pairs = [(before, after) for before in gone for after in added if fits(before, after)]
    befores, afters = [before for before, _ in pairs], [after for _, after in pairs]
    return [(b, a) for b, a in pairs if befores.count(b) == 1 and afters.count(a) == 1]
