"""Rules of single comparisons, queries and patterns, by the types of what they read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.selection import always_selects, parts_of_tests, unknown_names
from arazzoc.analysis.values import static_type
from arazzoc.arazzo import model
from arazzoc.check.comparing import can_be_ordered, can_equal, rewritten
from arazzoc.diagnostics import Located, Report, nearest, quoted, suggest
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.regex import finds
from arazzoc.source import Json


def check_query(
    test: ir.JsonPathHolds, written: model.Criterion, where: str, table: t.TypeTable, report: Report
) -> set[str]:
    """Report what a query of a condition can never select; return the values that it compares with in vain."""
    at, root = written.at / "condition", static_type(test.context, {}, {})
    path, told = test.path, set[str]()
    if isinstance(path, jp.Query) and not any(isinstance(x, jp.Filter) for s in path.segments for x in s.selectors):
        _check_existence(path, root, written, where, table, report)
        return told
    for query, compare, types in parts_of_tests(path, root, table):
        shown = _shown(query)
        place: Located = at.find(shown)
        if not types:
            if query.segments and root != t.ANYTHING:
                message = f"{where}: the schema has nothing at {quoted(shown)}"
                name, names = next(
                    (found for found in unknown_names(path, root, table) if found[0] == _last(query)), ("", ())
                )
                help = suggest(name, names, noun="it has") if names else None
                report.add(rules.UNKNOWN_PROPERTY, place, message, help=help)
            continue
        values = [v for item in types if (found := table.enum(item)) is not None for v in found]
        others = [o for o in (compare.left, compare.right) if isinstance(o, jp.Constant)] if compare is not None else []
        if compare is None or len(others) != 1:
            continue
        constant = others[0].value
        if any(table.enum(item) is None and item != t.NULL for item in types):
            if _is_of_other_type(compare.operator, types, constant):
                told.add(str(constant))
                is_true = compare.operator == "!="
                operator = "" if compare.operator in ("==", "!=") else f"{compare.operator} "
                message = f"{where}: according to the schema, {quoted(shown)} is never {operator}{_written(constant)}"
                message += ", so this is always true" if is_true else ""
                rule = rules.CONSTANT_CONDITION if is_true else rules.NEVER_HOLDS
                help = "compare with a value of the type in the schema"
                if compare.operator in ("==", "!="):
                    place, help = rewritten(at, t.union(types), constant)
                report.add(rule, place, message, help=help)
            continue
        if compare.operator in ("==", "!=") and constant not in (None, "") and constant not in values:
            told.add(str(constant))
            is_true = compare.operator == "!="
            message = f"{where}: the schema allows no value {quoted(str(constant))} here"
            message += ", so this is always true" if is_true else ""
            rule = rules.CONSTANT_CONDITION if is_true else rules.NEVER_HOLDS
            help = suggest(str(constant), map(str, values), noun="it allows")
            report.add(rule, at.find(str(constant)), message, help=help)
    return told


def _is_of_other_type(operator: ir.Operator, types: tuple[t.Type, ...], constant: Json) -> bool:
    """Whether no value of some types compares with a constant so; that there is a value is no matter of its type."""
    if constant is None or (operator == "!=" and constant == ""):
        return False
    if operator in ("==", "!="):
        return not any(can_equal(item, constant, "jsonpath") for item in types)
    return not any(can_be_ordered(item, constant, "jsonpath") for item in types)


def _written(constant: Json) -> str:
    return quoted(constant) if isinstance(constant, str) else str(constant).lower()


def _check_existence(
    query: jp.Query, root: t.Type, written: model.Criterion, where: str, table: t.TypeTable, report: Report
) -> None:
    """Report a query without a filter that selects something in any case, or that is meant to test a boolean."""
    at = written.at / "condition"
    if always_selects(query, root, table):
        message = f"{where}: this is always true: it only tests that {quoted(_shown(query))} is there"
        help = (
            f"compare the value: write $[?{_shown(query)} == 'value']" if query.segments else "write $[?…] with a test"
        )
        report.add(rules.CONSTANT_CONDITION, at, message, help=help)
        return
    found = list(parts_of_tests(jp.Exists(query), root, table))
    if query.is_singular and query.segments and found and found[0][2]:
        kinds = [item for item in found[0][2] if item != t.NULL]
        if kinds == [t.Boolean()]:
            message = f"{where}: this tests that {quoted(_shown(query))} is there, not that it is true"
            report.add(rules.EXISTS_ONLY, at, message, help=f"write $[?{_shown(query)} == true]")


def check_pattern(
    test: ir.Matches, written: model.Criterion, where: str, table: t.TypeTable, report: Report
) -> set[str]:
    """Report a pattern, or an alternative of one, that matches no member of the enum that it tests; return those."""
    values = table.enum(t.required(static_type(test.context, {}, {})))
    told = set[str]()
    if values is None or not all(isinstance(part, str) for part in test.pattern):
        return told
    texts, at = [str(v) for v in values], written.at / "condition"
    pattern = "".join(map(str, test.pattern))
    if all(finds(pattern, text) is False for text in texts):
        told |= {*_words(pattern), re.sub(r"\W", "", pattern)}
        word = next((word for word in _words(pattern) if nearest(word, texts)), "")
        message = f"{where}: the pattern matches none of the values that the schema allows"
        report.add(rules.NEVER_HOLDS, at, message, help=suggest(word, texts, noun="it allows"))
        return told
    for word in _words(pattern):
        if not any(word in text for text in texts):
            told.add(word)
            message = f"{where}: the schema allows no value that {quoted(word)} of this pattern matches"
            report.add(rules.NEVER_HOLDS, at.find(word), message, help=suggest(word, texts, noun="it allows"))
    return told


def _words(pattern: str) -> Iterator[str]:
    """The alternatives of a pattern that are plain words."""
    inner = re.fullmatch(r"\^?\(?(?:\?:)?([^()\[\]\\.*+?{}]*)\)?(?:\$|\\Z)?", pattern)
    for word in inner[1].split("|") if inner is not None else ():
        plain = word.strip("^$")
        if plain:
            yield plain


def _shown(query: jp.Query) -> str:
    text: str = query.root
    for segment in query.segments:
        for selector in segment.selectors:
            match selector:
                case jp.Name(name=name):
                    text += f".{name}" if re.fullmatch(r"\w+", name) else f"['{name}']"
                case jp.Index(index=index):
                    text += f"[{index}]"
                case _:
                    text += "[*]"
    return text


def _last(query: jp.Query) -> str:
    selector = query.segments[-1].selectors[-1]
    return selector.name if isinstance(selector, jp.Name) else ""
