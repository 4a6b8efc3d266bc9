"""What two schemas differ in that is not compared part by part: too much, or behind other parts."""

from __future__ import annotations

from arazzoc.openapi.alike import alike, is_word_alike
from arazzoc.openapi.alternatives import is_cut
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, said_beside

_COMPOSED = ("allOf", "oneOf", "anyOf")


def unseen(old: Node, new: Node, pairs: list[tuple[Facts, Facts]]) -> str:
    """What two schemas that are not alike may differ in, besides all that their alternatives in pairs have; '' for
    nothing.
    """
    if is_cut(old) or is_cut(new):
        words = [word for word in _COMPOSED if _differ(word, old, new)]
        return f"{' and '.join(words) or 'it'} changed, and has too many alternatives to compare each"
    for one, other in pairs:
        if len(one.hidden) != len(other.hidden) or not all(map(alike, one.hidden, other.hidden)):
            return "what is said twice of its parts changed"
    return ""


def _differ(word: str, old: Node, new: Node) -> bool:
    befores, afters = ([node for node in (*said_beside(n), n) if word in node.fields] for n in (old, new))
    return len(befores) != len(afters) or not all(
        is_word_alike(word, one, other) for one, other in zip(befores, afters, strict=True)
    )
