"""Which documents that are on one side only are the same one, in another place or under another name."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any, cast

from msgspec import Struct

from arazzoc.source import Json


class Traits(Struct, frozen=True):
    """What tells a document: the modules that are made of it, and what is in it.

    One that `stays` is still there on the other side, but no module is made of it.
    """

    modules: tuple[str, ...] = ()
    tree: Json = None
    stays: bool = False


def moved(gone: Mapping[str, Traits], added: Mapping[str, Traits]) -> dict[str, str]:
    """The new names of documents that are called otherwise now: each the only one that is alike, in both directions.

    The module counts first, which others import; then the name but for its ending, and what is in them.
    """
    found: dict[str, str] = {}
    for trait in (_module, _stem, _content, _name_and_workflows):
        befores = _by(trait, {name: each for name, each in gone.items() if name not in found})
        afters = _by(trait, {name: each for name, each in added.items() if name not in found.values()})
        found |= {name: afters[key] for key, name in befores.items() if key in afters}
    return found


def _by(trait: Callable[[str, Traits], Hashable], documents: Mapping[str, Traits]) -> dict[Hashable, str]:
    """The documents by a trait that no other one has."""
    keys = {name: trait(name, each) for name, each in documents.items() if not each.stays or trait is _module}
    counts = Counter(keys.values())
    return {key: name for name, key in keys.items() if key and counts[key] == 1}


def _module(name: str, traits: Traits) -> Hashable:
    return traits.modules


def _stem(name: str, traits: Traits) -> str:
    return re.sub(r"\.(ya?ml|json)$", "", name, flags=re.I)


def _content(name: str, traits: Traits) -> Hashable:
    """All but its sources, whose urls change when it moves."""
    tree: Any = traits.tree
    if not isinstance(tree, dict):
        return ""
    members = cast("dict[str, Any]", tree)
    return json.dumps({key: value for key, value in members.items() if key != "sourceDescriptions"}, default=str)


def _name_and_workflows(name: str, traits: Traits) -> Hashable:
    """The name of the file, and those of its workflows: it is in another folder."""
    tree: Any = traits.tree
    document = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
    found: Any = document.get("workflows") or ()
    ids = sorted(str(cast("dict[str, Any]", each).get("workflowId")) for each in found if isinstance(each, dict))
    return (posixpath.basename(_stem(name, traits)), *ids) if ids else ""
