"""What each rule is for: why it matters, how to mend what it finds, and a bad and a good example."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from textwrap import fill
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from arazzoc import rules
from arazzoc.diagnostics import Rule

WIDTH = 100
"""The width of text on a terminal."""
PLACES = {
    "": "",
    "follow": " in the step follow",
    "add": " in the step add",
    "steps": " as the steps",
    "workflow": " in the workflow",
    "second": " as a second workflow",
    "document": " in the document",
    "operation": " in the operation getParcel of the OpenAPI document",
    "end": " at the end of the document",
    "text": " as the whole document",
}
"""Where an example stands in the document that docs/rules.md shows, by the name of the place."""


class Explanation(Struct, frozen=True, forbid_unknown_fields=True):
    """What there is to say of a rule beside its title; `section` is that of the specification.

    The examples are texts of a document, of which `place` is one of PLACES; '' where there are none, because
    what the rule finds is not in the text of a document.
    """

    why: str
    mend: str
    section: str = ""
    place: str = ""
    bad: str = ""
    good: str = ""


@cache
def explanations() -> dict[str, Explanation]:
    """The explanations of all rules, by their codes."""
    found: dict[str, Explanation] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yml"):
            tree: Any = yaml.safe_load(file.read_text("utf-8"))
            found |= msgspec.convert(tree, dict[str, Explanation])
    return found


def explained(rule: Rule) -> str:
    """A rule in plain text, for a terminal."""
    known = explanations()[rule.code]
    level = rule.severity.value + (", off unless it is set" if rule.is_off else "")
    level += f", {rule.strict.value} with --strict" if rule.strict else ""
    parts = [f"{rule.code} {rules.name_of(rule)} ({level}): {rule.title}", known.why, f"To mend it: {known.mend}"]
    parts += [f"See {known.section}."] if known.section else []
    parts = [fill(part, WIDTH, break_long_words=False, break_on_hyphens=False) for part in parts]
    for word, example in (("Bad", known.bad), ("Good", known.good)):
        if example:
            parts.append(
                f"{word}{PLACES[known.place]}:\n\n"
                + "".join(f"    {line}\n" for line in example.rstrip().split("\n")).rstrip()
            )
    return "\n\n".join(parts) + "\n"


def page_of_rules() -> str:
    """The rules as the part of docs/rules.md that is made from the table."""
    sections: list[str] = []
    group = ""
    for rule in sorted(rules.RULES, key=lambda rule: rule.code):
        if rule.code[:4] != group:
            group = rule.code[:4]
            sections.append(f"## {rules.GROUPS[group]} ({group}xx)")
        sections.append(_section(rule, explanations()[rule.code]))
    return "\n\n".join(sections) + "\n"


def _section(rule: Rule, known: Explanation) -> str:
    level = rule.severity.value.capitalize() + ("; off unless it is set" if rule.is_off else "")
    level += f"; {rule.strict.value} with `--strict`" if rule.strict else ""
    lines = [
        f"### {rule.code}: {rules.name_of(rule)}",
        f"{level}: {rule.title}.",
        known.why,
        f"**To mend it:** {known.mend}",
    ]
    lines += [f"*{known.section}*"] if known.section else []
    for word, example in (("Bad", known.bad), ("Good", known.good)):
        lines += [f"{word}{PLACES[known.place]}:\n\n```yaml\n{example.rstrip()}\n```"] if example else []
    return "\n\n".join(lines)
