"""What a type is called whose schema has no name of its own.

A type says what it is, by the first of these that there is:

1. A schema among the components bears their name: `Batch`.
2. That of a property is called after its owner and the property, `Batch errors`; words that would stand twice side
   by side stand once: `Message messageId` is `Message Id`.
3. That of items is called after one of what the property holds: `Shop batches` gives `Shop batch`. Where there is no
   singular (`data`), or no property, it is an `item`.
4. Those of a choice (`oneOf`, `anyOf`) are told apart by the first of these that only one of them has: the title; the
   component; the constant of a property that has another one in each (`type: file` gives `Block File`); the name in the
   discriminator's mapping; a property that only this one requires, or else has (`Block With message`); and only then
   an ordinal. Where only one of the alternatives needs a name, nothing needs to be told apart.

The names are still text with spaces: `arazzoc.emit.names` spells and shortens them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from arazzoc.expressions.pointer import format_pointer
from arazzoc.openapi.alternatives import Alternative
from arazzoc.openapi.document import Node
from arazzoc.source import Json

LONGEST_TITLE = 4
"""In words: a longer title is a sentence, and no name."""
_WORD = re.compile(r"[^\W_A-Z]+|[A-Z]+(?![^\W_A-Z])|[A-Z][^\W_A-Z]*")
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "indices": "index",
    "movies": "movie",
    "cookies": "cookie",
    "caches": "cache",
}
_NO_PLURAL = frozenset(("series", "species", "news", "alias", "canvas"))
_SINGULARS = (
    (re.compile(r"(?<=..)ies$"), "y"),
    (re.compile(r"(?<=ss)es$|(?<=[^aeo]us)es$|(?<=x)es$|(?<=zz)es$|(?<=ch)es$|(?<=sh)es$"), ""),
    (re.compile(r"(?<![sui])s$"), ""),
)


def component_name(schema: Node) -> str:
    """The name of a schema among the components; empty for one inline."""
    pointer = schema.at.pointer
    return str(pointer[-1]) if len(pointer) > 1 and pointer[-2] in ("schemas", "definitions", "$defs") else ""


def of_property(owner: str, name: str) -> str:
    """The name of what a property of an owner holds."""
    before, after = _words(owner), _words(name)
    for count in range(min(len(before), len(after) - 1), 0, -1):
        if before[-count:] == after[:count]:
            start = list(_WORD.finditer(name))[count - 1].end()
            return f"{owner} {name[start:].strip(' _-')}"
    return f"{owner} {name}"


def of_item(name: str) -> str:
    """The name of one of the items of a list that has this name."""
    found = list(_WORD.finditer(name))
    start = found[-1].start() if found else 0
    last = singular(name[start:])
    return f"{name[:start]}{last}" if last else f"{name} item"


def singular(word: str) -> str:
    """The singular of a plural; empty where the word is none, or its singular is not plain."""
    small = word.casefold()
    if small in _IRREGULAR:
        return _IRREGULAR[small].capitalize() if word[0].isupper() else _IRREGULAR[small]
    if small in _NO_PLURAL:
        return ""
    for pattern, ending in _SINGULARS:
        result = pattern.sub(ending, word)
        if result != word:
            return result if re.search("[aeiouyAEIOUY]", result) and len(result) > 1 else ""
    return ""


def of_alternatives(name: str, schema: Node, choices: list[Alternative]) -> list[str]:
    """The names of the alternatives of a schema, itself called `name`."""
    common = set[str]().union(*map(_keys, choices)).intersection(*map(_keys, choices))
    own = [tuple(node for node in choice if node.key not in common) for choice in choices]
    unnamed = [i for i, choice in enumerate(choices) if _needs_name(choice, own[i])]
    names = [name] * len(choices)
    if len(unnamed) < 2:
        return names
    nodes = [own[i] for i in unnamed]
    spelled = (_titles(nodes), _components(nodes), _constants(nodes), _mapped(schema, nodes), _properties(nodes))
    for position, index in enumerate(unnamed):
        told = next((words[position] for words in spelled if _is_alone(words, position)), "")
        if told:
            names[index] = name if _words(told) == _words(name) else of_property(name, told)
        elif position:
            names[index] = f"{name} {_ORDINALS[position - 1] if position <= len(_ORDINALS) else position + 1}"
    return names


def _is_alone(words: list[str], position: int) -> bool:
    same = [word for word in words if _words(word) == _words(words[position])]
    return bool(_words(words[position])) and len(same) == 1


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _keys(choice: Alternative) -> set[str]:
    return {node.key for node in choice}


def _needs_name(choice: Alternative, own: Alternative) -> bool:
    """Whether a type of the alternative is named after the schema: not so where it is a component, or plain."""
    if len(own) == 1 and component_name(own[0]) and sum("properties" in node.fields for node in choice) < 2:
        return False
    return any(
        node.fields.keys() & {"properties", "items", "additionalProperties"} or len(_list(node, "enum")) > 1
        for node in own
    )


def _titles(choices: list[Alternative]) -> list[str]:
    titles = [_first(node.text("title") for node in nodes) for nodes in choices]
    return [title if len(_words(title)) <= LONGEST_TITLE else "" for title in titles]


def _components(choices: list[Alternative]) -> list[str]:
    return [_first(component_name(node) for node in nodes) for nodes in choices]


def _constants(choices: list[Alternative]) -> list[str]:
    """The values of the first property that has one value in each alternative, another in each."""
    constants = [_constants_of(nodes) for nodes in choices]
    for name in constants[0]:
        values = [found.get(name, "") for found in constants]
        if all(values) and len(set(values)) == len(values):
            return values
    return [""] * len(choices)


def _constants_of(nodes: Alternative) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        for name, schema in node.members("properties"):
            values = [schema.fields["const"]] if "const" in schema.fields else _list(schema, "enum")
            if len(values) == 1 and isinstance(values[0], str | int):
                found[name] = f"{name} {values[0]}" if isinstance(values[0], int) else values[0]
    return found


def _mapped(schema: Node, choices: list[Alternative]) -> list[str]:
    """The names that the discriminator gives to the alternatives."""
    mapping = schema.get("discriminator", "mapping")
    names: dict[str, str] = {}
    for name, target in mapping.fields.items() if mapping is not None else ():
        names.setdefault(str(target).partition("#")[2], name)
    return [
        _first(names.get(format_pointer(tuple(map(str, node.at.pointer))), "") for node in nodes) for nodes in choices
    ]


def _properties(choices: list[Alternative]) -> list[str]:
    """A property that no other alternative requires, or else has."""
    told = [""] * len(choices)
    for of in (_required, _known):
        names = [of(nodes) for nodes in choices]
        for i, own in enumerate(names):
            others = {name for j, other in enumerate(names) if j != i for name in other}
            alone = _first(name for name in own if name not in others)
            told[i] = told[i] or (f"with {alone}" if alone else "")
    return told


def _required(nodes: Alternative) -> list[str]:
    return [name for node in nodes for name in _list(node, "required") if isinstance(name, str)]


def _known(nodes: Alternative) -> list[str]:
    return [name for node in nodes for name, _ in node.members("properties")]


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _list(node: Node, name: str) -> list[Json]:
    value = node.fields.get(name)
    return value if isinstance(value, list) else []
