"""How serious each rule is in a run: by its table, the configuration and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from arazzoc import rules
from arazzoc.diagnostics import Level, Rule, Severity, suggest

OFF = "off"
LEVELS = (*(severity.value for severity in Severity), OFF)
"""What a rule can be set to."""
SHORTEST_GROUP = len("ARZ1")
Levels: TypeAlias = Mapping[str, Level]


class WrongRules(ValueError):
    """Rules that there are not, or that cannot be set so; `help` says which there are."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


def rules_of(text: str) -> list[Rule]:
    """The rules that a code names, a name, or a group: all whose codes begin so.

    Raises:
        WrongRules: there are none.
    """
    if text in rules.BY_NAME:
        return [rules.BY_NAME[text]]
    code = text.upper()
    found = [rule for rule in rules.RULES if rule.code == code]
    if not found and len(code) >= SHORTEST_GROUP:
        found = [rule for rule in rules.RULES if rule.code.startswith(code)]
    if not found:
        known = [*rules.BY_NAME, *(rule.code for rule in rules.RULES)]
        raise WrongRules(f"there is no rule {text!r}", suggest(text, known, noun="docs/rules.md lists them"))
    return found


def levels_of(given: Mapping[str, object]) -> dict[str, Level]:
    """The level of each rule, by its code, from those of rules and groups: a rule counts before the groups that it is
    in, and a longer group before a shorter one.

    Raises:
        WrongRules: there is no such rule, or no such level, or the rule is an error and can be nothing else.
    """
    found: dict[str, Level] = {}
    for text in sorted(given, key=lambda text: (len(rules_of(text)) == 1, len(text))):
        value, chosen = given[text], rules_of(text)
        if value not in LEVELS:
            raise WrongRules(f"the level of {text!r} is not {', '.join(LEVELS[:-1])} or {LEVELS[-1]}")
        level = None if value == OFF else Severity(value)
        found |= {rule.code: level for rule in chosen if can_be(rule, level)}
        if len(chosen) == 1 and not can_be(chosen[0], level):
            raise WrongRules(f"{chosen[0].code} is an error: without what it asks for nothing can be compiled")
    return found


def can_be(rule: Rule, level: Level) -> bool:
    """Whether a rule may be set so: what nothing can be compiled with stays an error."""
    return rule.severity is not Severity.ERROR or level is Severity.ERROR


def from_options(errors: Iterable[str], ignored: Iterable[str], only: Iterable[str]) -> dict[str, Level]:
    """The levels that `--error`, `--ignore` and `--only` give: rules and groups, divided by commas.

    Raises:
        WrongRules: there is no such rule.
    """
    found: dict[str, Level] = {}
    kept = {rule.code for text in _parts(only) for rule in rules_of(text)}
    if kept:
        found |= {rule.code: None for rule in rules.RULES if rule.code not in kept and can_be(rule, None)}
        found |= {rule.code: rule.severity for rule in rules.RULES if rule.code in kept and rule.is_off}
    found |= levels_of(dict.fromkeys(_parts(ignored), OFF))
    return found | levels_of(dict.fromkeys(_parts(errors), Severity.ERROR.value))


def _parts(texts: Iterable[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]
