"""`x-arazzoc-ignore`: rules that are not applied to an object, and to what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from arazzoc import rules
from arazzoc.diagnostics import Located, Report, Rule, Span, quoted
from arazzoc.levels import WrongRules, rules_of
from arazzoc.source import Json, KeyLocation, Location, PartLocation, Pointer, Source

KEY = "x-arazzoc-ignore"


class DocumentSilences:
    """What the documents of a run silence, and what of that was of use."""

    def __init__(self) -> None:
        self.used: set[tuple[Source, Pointer, str]] = set()

    def holds(self, rule: Rule, at: Located | Span) -> bool:
        """Whether an object that a place is in says that a rule is not applied there."""
        if not isinstance(at, Location | KeyLocation | PartLocation):
            return False
        node = at if isinstance(at, Location) else at.member if isinstance(at, KeyLocation) else at.string
        value, found = node.source.tree, False
        for depth in range(len(node.pointer) + 1):
            named = value.get(KEY) if isinstance(value, dict) else None
            if named is not None and rule.code in _codes(named):
                self.used.add((node.source, node.pointer[:depth], rule.code))
                found = True
            value = _child(value, node.pointer[depth]) if depth < len(node.pointer) else None
        return found

    def report_unused(self, sources: Iterable[Source], report: Report) -> None:
        """Report rules that are ignored without need, or that there are not, in the documents of a run; where something
        has errors, what else there is is not known.
        """
        is_known = not report.has_errors
        for place in (place for source in sources for place in _places(source)):
            self._check(place, report, is_known=is_known)

    def _check(self, at: Location, report: Report, *, is_known: bool) -> None:
        value = at.value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            report.add(rules.UNUSED_IGNORE, at, f"{KEY} is a list of rules, such as [ARZ502]")
            return
        for number, item in enumerate(map(str, value)):
            try:
                codes = {rule.code for rule in rules_of(item)}
            except WrongRules as error:
                report.add(rules.UNUSED_IGNORE, at / number, str(error), help=error.help)
                continue
            if is_known and not any((at.source, at.pointer[:-1], code) in self.used for code in codes):
                what = f"there is no finding of {quoted(item)} here that could be ignored"
                report.add(rules.UNUSED_IGNORE, at / number, what, help="remove it")


def _codes(named: Json) -> set[str]:
    """The codes of the rules that a list names."""
    found: set[str] = set()
    for item in named if isinstance(named, list) else ():
        with suppress(WrongRules):
            found |= {rule.code for rule in rules_of(item)} if isinstance(item, str) else set()
    return found


def _child(value: Json, token: str | int) -> Json:
    if isinstance(value, dict):
        return value.get(str(token))
    return value[token] if isinstance(value, list) and isinstance(token, int) and token < len(value) else None


def _places(source: Source) -> Iterable[Location]:
    """The places of the extension in a document."""
    pending: list[tuple[Json, Location]] = [(source.tree, source.root)]
    while pending:
        value, at = pending.pop()
        if isinstance(value, dict):
            if KEY in value:
                yield at / KEY
            pending += [(inner, at / key) for key, inner in value.items() if isinstance(inner, dict | list)]
        elif isinstance(value, list):
            pending += [(inner, at / number) for number, inner in enumerate(value) if isinstance(inner, dict | list)]
