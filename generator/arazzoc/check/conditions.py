"""Rules of conditions: those that are always true or false, and comparisons that can never hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.fold import fold
from arazzoc.analysis.selection import can_hold, has_no_parts, unknown_names
from arazzoc.analysis.values import static_type, tests
from arazzoc.arazzo import model
from arazzoc.check.comparing import can_be_ordered, can_equal, is_text_with_number, rewritten
from arazzoc.check.enums import enums_of
from arazzoc.check.queries import check_pattern, check_query
from arazzoc.check.responses import criteria_of, named_in
from arazzoc.diagnostics import Located, Report, Rule, quoted, suggest
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.rewrites import as_simple
from arazzoc.resolve import ResolvedStep


def check_conditions(step: ir.Step, resolved: ResolvedStep, table: t.TypeTable, report: Report) -> set[str]:
    """Report conditions of a step that decide nothing; return the values that they compare with in vain."""
    told: set[str] = set()
    for criterion, written in criteria_of(step, resolved):
        if isinstance(criterion.test, ir.Always):
            continue  # it could not be compiled, which is reported already
        told |= _check(criterion.test, written, step, resolved, table, report)
    return told


def _check(
    test: ir.Condition,
    written: model.Criterion,
    step: ir.Step,
    resolved: ResolvedStep,
    table: t.TypeTable,
    report: Report,
) -> set[str]:
    at, where = written.at / "condition", resolved.step.label
    outcome = fold(test, {})
    if outcome is not None:
        word = "true" if outcome else "false"
        report.add(rules.CONSTANT_CONDITION, at, f"{where}: this condition is always {word}")
        return set()
    told: set[str] = set()
    place: Located
    if isinstance(test, ir.JsonPathHolds) and not can_hold(test.path, static_type(test.context, {}, {}), table):
        type, place = static_type(test.context, {}, {}), at
        help: str | None = "compare the query with the schema of the response"
        simple = as_simple(test.path) if has_no_parts(type, table) else None
        if simple is not None and written.context is not None:
            help = f"remove context and type, and write condition: {simple.format(written.context)}"
        elif isinstance(test.path, jp.Query) and any(isinstance(x, jp.Filter) for x in test.path.segments[0].selectors):
            help = "this filter tests each child of $ as @; to test $ itself, write $ instead of @"
        elif (found := next(unknown_names(test.path, type, table), None)) is not None:
            place, help = named_in(at, found[0]), suggest(*found, noun="it has")
        report.add(
            rules.NEVER_HOLDS, place, f"{where}: according to the schema, this never selects anything", help=help
        )
        return told
    for single in tests(test):
        if isinstance(single, ir.JsonPathHolds):
            told |= check_query(single, written, where, table, report)
        if isinstance(single, ir.Matches):
            told |= check_pattern(single, written, where, table, report)
        if isinstance(single, ir.Truth):
            _check_bare(static_type(single.value, {}, {}), written, where, report)
    for compare, value, constant in _comparisons(test):
        type = static_type(value, {}, {})
        values = table.enum(t.required(type))
        if values is not None:
            _check_case(compare, constant, values, written, where, report)
            results = {fold(compare, {value: v}) for v in (*values, *((None,) if t.is_optional(type) else ()))}
            is_equality = compare.operator in ("==", "!=")
            if results == {compare.operator == "!="} and not _is_defence(compare, constant):
                told.add(str(constant.value))
                message = f"{where}: the schema allows no value {literal(constant)} here{_always(compare)}"
                if not is_equality:
                    message = f"{where}: no value that the schema allows is {compare.operator} {literal(constant)}"
                near = suggest(str(constant.value) if is_equality else "", map(str, values), noun="it allows")
                related = enums_of(value, step, resolved)
                report.add(_rule_of(compare), at, message, help=near, related=related)
        elif compare.operator in ("==", "!=") and not can_equal(type, constant.value, compare.rules):
            if not _is_defence(compare, constant):
                message = f"{where}: according to the schema, the value is never {literal(constant)}{_always(compare)}"
                place, help = rewritten(at, type, constant.value)
                report.add(_rule_of(compare), place, message, help=help)
        elif compare.operator not in ("==", "!=") and not can_be_ordered(type, constant.value, compare.rules):
            is_of_other = can_be_ordered(type, 0, compare.rules) or can_be_ordered(type, "", compare.rules)
            message = f"{where}: according to the schema, the value is neither a number nor text, so it has no order"
            help = "compare with == or !=, or read a part of it"
            if is_of_other:
                message = f"{where}: according to the schema, the value is never {compare.operator} {literal(constant)}"
                help = "compare with a value of the type in the schema"
            report.add(rules.NEVER_HOLDS, at, message, help=help)
        elif compare.rules == "simple" and compare.operator != "!=" and is_text_with_number(type, constant.value):
            message = f"{where}: according to the schema, the value is text; it is compared with {literal(constant)} as"
            message += " a number where it spells one, and else the condition does not hold"
            place, help = at, "compare with a value of the type in the schema"
            if compare.operator == "==":
                place, help = rewritten(at, type, constant.value)
            report.add(rules.TEXT_AS_NUMBER, place, message, help=help)
    return told


def _is_defence(compare: ir.Compare, constant: ir.Constant) -> bool:
    """Whether a comparison only makes sure that there is a value, whatever the schema says."""
    return compare.operator == "!=" and constant.value in (None, "")


def _always(compare: ir.Compare) -> str:
    return ", so this is always true" if compare.operator == "!=" else ""


def _rule_of(compare: ir.Compare) -> Rule:
    """The rule of a comparison that has the same outcome for all values of a schema."""
    return rules.CONSTANT_CONDITION if compare.operator == "!=" else rules.NEVER_HOLDS


def _check_bare(type: t.Type, written: model.Criterion, where: str, report: Report) -> None:
    """Explain what a bare value that is not a boolean means, which the specification leaves open (AMB-18)."""
    if not any(isinstance(item, t.Boolean | t.Literal | t.Anything) for item in t.alternatives(type)):
        message = f"{where}: this value is not a boolean; it counts as true unless it is null, missing, 0 or ''"
        report.add(rules.BARE_VALUE, written.at / "condition", message, help="compare it with a value")


def _check_case(
    compare: ir.Compare,
    constant: ir.Constant,
    values: Iterable[object],
    written: model.Criterion,
    where: str,
    report: Report,
) -> None:
    """Report that a simple condition ignores letter case (AMB-15) where the enum spells a value differently."""
    text = constant.value
    if compare.rules != "simple" or not isinstance(text, str):
        return
    alike = [v for v in values if isinstance(v, str) and v.casefold() == text.casefold()]
    if alike and alike != [text]:
        message = f"{where}: letter case is ignored: {quoted(text)} equals {', '.join(map(quoted, alike))}"
        one = f"write {quoted(alike[0])}, as the schema does"
        help = one if len(alike) == 1 else "use a criterion of type jsonpath, which respects letter case"
        at, shown = written.at / "condition", f"'{text}'"
        is_sure = written.condition.count(shown) == 1
        place = at.find(shown) if is_sure else at
        report.add(rules.LETTER_CASE, place, message, help=help)


def literal(constant: ir.Constant) -> str:
    """Write a constant as a condition does."""
    if isinstance(constant.value, str):
        return quoted(constant.value)
    return "null" if constant.value is None else str(constant.value).lower()


def _comparisons(test: ir.Condition) -> Iterator[tuple[ir.Compare, ir.Value, ir.Constant]]:
    """Yield the comparisons of a value with a constant that are part of a condition."""
    for single in tests(test):
        match single:
            case ir.Compare(left=left, right=ir.Constant() as constant):
                yield single, left, constant
            case ir.Compare(left=ir.Constant() as constant, right=right):
                yield single, right, constant
            case _:
                continue
