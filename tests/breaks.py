"""The ways in which an author breaks a sound workflow; each changes a document at one place."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Place: TypeAlias = "tuple[Any, str | int]"
"""A container and the key of what is broken in it."""
Break: TypeAlias = "Callable[[random.Random, Any], bool]"
"""Breaks a document, and says whether it could."""

BREAKS: dict[str, Break] = {}


def a_break(broken: Break) -> Break:
    BREAKS[broken.__name__] = broken
    return broken


def strings(tree: Any) -> Iterator[Place]:
    """The places of all strings."""
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        if isinstance(item, str):
            yield tree, key
        yield from strings(item)


def members(tree: Any, *names: str) -> Iterator[Any]:
    """All values that have one of these names."""
    if isinstance(tree, dict):
        yield from (item for name, item in tree.items() if name in names)
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from members(item, *names)


def steps(document: Any) -> list[Any]:
    return [step for workflow in document["workflows"] for step in workflow["steps"]]


def typo(rng: random.Random, word: str) -> str:
    """The word with one letter missing, doubled or swapped with the next."""
    at = rng.randrange(len(word))
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    changed = rng.choice([word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], swapped])
    return changed if changed not in (word, "") else word + word[-1]


def replaced(rng: random.Random, document: Any, pattern: str, write: Callable[[re.Match[str]], str]) -> bool:
    """Replace what a pattern finds in one of the strings."""
    found = [(*place, match) for place in strings(document) for match in re.finditer(pattern, place[0][place[1]])]
    if not found:
        return False
    owner, key, match = rng.choice(found)
    text = owner[key]
    owner[key] = text[: match.start()] + write(match) + text[match.end() :]
    return True


def misspelt(rng: random.Random, document: Any, pattern: str) -> bool:
    """Misspell the first group of a pattern."""
    return replaced(rng, document, pattern, lambda m: m[0].replace(m[1], typo(rng, m[1]), 1))


def at_one(rng: random.Random, found: list[Any], change: Callable[[Any], object]) -> bool:
    """Change one of what is found; whether there is one."""
    if found:
        change(rng.choice(found))
    return bool(found)


def parameters(document: Any) -> list[tuple[Any, Any]]:
    """The lists of parameters, each with one of its parameters."""
    return [(each, item) for each in members(document, "parameters") for item in each]


def payload_members(document: Any) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    for payload in members(document, "payload"):
        found += [(payload, name) for name in payload]
        found += [(item, name) for item in payload.values() if isinstance(item, dict) for name in item]
    return found


@a_break
def operation_misspelt(rng: random.Random, document: Any) -> bool:
    step = rng.choice([step for step in steps(document) if "operationId" in step])
    step["operationId"] = typo(rng, step["operationId"])
    return True


@a_break
def parameter_misspelt(rng: random.Random, document: Any) -> bool:
    found = [item for _, item in parameters(document)]
    return at_one(rng, found, lambda item: item.update(name=typo(rng, item["name"])))


@a_break
def parameter_left_out(rng: random.Random, document: Any) -> bool:
    return at_one(rng, parameters(document), lambda found: found[0].remove(found[1]))


@a_break
def parameter_elsewhere(rng: random.Random, document: Any) -> bool:
    found = [item for _, item in parameters(document) if "in" in item]
    places = ("path", "query", "header", "cookie", "body")
    return at_one(rng, found, lambda item: item.update({"in": rng.choice([w for w in places if w != item["in"]])}))


@a_break
def parameter_of_another_value(rng: random.Random, document: Any) -> bool:
    def other(value: Any) -> Any:
        return rng.choice([f"{value}?", value.upper(), 7]) if isinstance(value, str) else "many"

    found = [item for _, item in parameters(document) if not str(item["value"]).startswith("$")]
    return at_one(rng, found, lambda item: item.update(value=other(item["value"])))


@a_break
def property_misspelt(rng: random.Random, document: Any) -> bool:
    return at_one(rng, payload_members(document), lambda m: m[0].update({typo(rng, m[1]): m[0].pop(m[1])}))


@a_break
def property_left_out(rng: random.Random, document: Any) -> bool:
    return at_one(rng, payload_members(document), lambda member: member[0].pop(member[1]))


@a_break
def property_of_another_type(rng: random.Random, document: Any) -> bool:
    def other(value: Any) -> Any:
        return rng.choice([[value], {"value": value}, True])

    return at_one(rng, payload_members(document), lambda m: m[0].update({m[1]: other(m[0][m[1]])}))


@a_break
def property_of_another_value(rng: random.Random, document: Any) -> bool:
    def other(value: str) -> str:
        return value.replace("-", rng.choice(["/", "."])) if "-" in value else typo(rng, value)

    places = [(o, n) for o, n in payload_members(document) if isinstance(o[n], str) and not o[n].startswith("$")]
    return at_one(rng, places, lambda m: m[0].update({m[1]: other(m[0][m[1]])}))


@a_break
def content_type_of_another_kind(rng: random.Random, document: Any) -> bool:
    kinds = ["application/xml", "text/plain", "application/x-www-form-urlencoded"]
    return at_one(rng, list(members(document, "requestBody")), lambda body: body.update(contentType=rng.choice(kinds)))


@a_break
def output_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"\$steps\.\w+\.outputs\.(\w+)")


@a_break
def step_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"\$steps\.(\w+)\.outputs")


@a_break
def input_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"\$inputs\.(\w+)")


@a_break
def dollar_lost(rng: random.Random, document: Any) -> bool:
    return replaced(rng, document, r"\$(?=inputs|steps|response|request|statusCode|outputs)", lambda _: "")


@a_break
def other_braces(rng: random.Random, document: Any) -> bool:
    def write(match: re.Match[str]) -> str:
        return rng.choice(["{{%s}}", "${%s}", "<%s>", "{%s}"]) % match[1]

    return replaced(rng, document, r"^\$((?:inputs|steps)\.\S+)$", write)


@a_break
def root_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"\$(inputs|steps|response|request|statusCode|outputs)\b")


@a_break
def pointer_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"#/(?:\w+/)*([A-Za-z]+)")


@a_break
def pointer_sign_lost(rng: random.Random, document: Any) -> bool:
    return replaced(rng, document, r"(?<=body)#/", lambda _: rng.choice(["#", "/", ".", ""]))


@a_break
def status_of_another_value(rng: random.Random, document: Any) -> bool:
    return replaced(rng, document, r"(?<=\$statusCode == )\d+", lambda m: rng.choice(["2xx", "299", "20", f"'{m[0]}"]))


@a_break
def literal_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"== '(\w+)'")


@a_break
def pattern_misspelt(rng: random.Random, document: Any) -> bool:
    return misspelt(rng, document, r"(?<=[(|])([a-z]+)(?=[|)])")


@a_break
def operator_of_another_language(rng: random.Random, document: Any) -> bool:
    words = {"==": ["=", "===", "<>", "is"], "!=": ["<>", "!=="], "||": ["or", "|", ","], "&&": ["and", "&"]}
    return replaced(rng, document, r"==|!=|\|\||&&", lambda m: rng.choice(words[m[0]]))


@a_break
def quotes_lost(rng: random.Random, document: Any) -> bool:
    return replaced(rng, document, r"'(\w+)'", lambda m: rng.choice([m[1], f"`{m[1]}`", f"'{m[1]}"]))


@a_break
def target_misspelt(rng: random.Random, document: Any) -> bool:
    found = [(action, "stepId") for action in actions(document) if "stepId" in action]
    found += [(step, "workflowId") for step in steps(document) if "workflowId" in step]
    return at_one(rng, found, lambda target: target[0].update({target[1]: typo(rng, target[0][target[1]])}))


def actions(document: Any) -> list[Any]:
    return [action for each in members(document, "onSuccess", "onFailure") for action in each]


@a_break
def criteria_lost(rng: random.Random, document: Any) -> bool:
    """An action without criteria leaves no case to those after it."""
    return at_one(rng, actions(document), lambda action: action.pop("criteria"))


@a_break
def action_of_another_type(rng: random.Random, document: Any) -> bool:
    def other(type: str) -> str:
        return rng.choice([typo(rng, type), "continue", "stop"])

    return at_one(rng, actions(document), lambda action: action.update(type=other(action["type"])))


@a_break
def retry_of_another_value(rng: random.Random, document: Any) -> bool:
    def other(value: Any) -> Any:
        return rng.choice([str(value), -1, "5s", "$inputs.limit", None])

    found = [(a, key) for a in actions(document) if a["type"] == "retry" for key in ("retryAfter", "retryLimit")]
    return at_one(rng, found, lambda each: each[0].update({each[1]: other(each[0][each[1]])}))


@a_break
def field_misspelt(rng: random.Random, document: Any) -> bool:
    owners = [*steps(document), *document["workflows"], *actions(document), *(item for _, item in parameters(document))]
    owner = rng.choice([*owners, *(c for each in members(document, "successCriteria", "criteria") for c in each)])
    name = rng.choice(list(owner))
    owner[typo(rng, name)] = owner.pop(name)
    return True


def lists_of_steps(document: Any) -> list[Any]:
    return [workflow["steps"] for workflow in document["workflows"] if len(workflow["steps"]) > 1]


@a_break
def steps_swapped(rng: random.Random, document: Any) -> bool:
    def swap(found: Any) -> None:
        at = rng.randrange(len(found) - 1)
        found[at], found[at + 1] = found[at + 1], found[at]

    return at_one(rng, lists_of_steps(document), swap)


@a_break
def step_left_out(rng: random.Random, document: Any) -> bool:
    return at_one(rng, lists_of_steps(document), lambda found: found.pop(rng.randrange(len(found))))
