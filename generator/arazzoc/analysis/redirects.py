"""Whether a step wants to see redirects, so that they are not followed (AMB-66)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from arazzoc import ir
from arazzoc.analysis.values import condition_values, parts_of, tests


def looks_at_redirects(step: ir.Step) -> bool:
    """Whether criteria, actions or outputs of a step look at a 3xx status or at the header Location."""
    edges = (*step.on_success, *step.on_failure)
    criteria = (*step.success, *(criterion for edge in edges for criterion in edge.when))
    own: dict[ir.Value, ir.Value] = {ir.OwnOutput(o.name): o.value for o in step.outputs}
    conditions = [_resolved(test, own) for criterion in criteria for test in tests(criterion.test)]
    values = [value for criterion in criteria for value in condition_values(criterion.test)]
    values += [output.value for output in step.outputs]
    return _reads_location(values) or any(map(_names_redirect, conditions))


def _resolved(test: ir.Condition, own: Mapping[ir.Value, ir.Value]) -> ir.Condition:
    """A test with the values of the step's own outputs in place of these."""
    match test:
        case ir.Compare(left=left, right=right):
            return replace(test, left=own.get(left, left), right=own.get(right, right))
        case ir.Matches(context=context):
            return replace(test, context=own.get(context, context))
        case _:
            return test


def _reads_location(values: Iterable[ir.Value]) -> bool:
    parts = (part for value in values for part in parts_of(value))
    return any(isinstance(part, ir.ResponseHeader) and part.name.lower() == "location" for part in parts)


def _matches_redirect(pattern: tuple[str | ir.Value, ...]) -> bool:
    """Whether a pattern matches a status of 3xx, and not each status; one with values in it can match any."""
    if not all(isinstance(part, str) for part in pattern):
        return True
    found = re.compile("".join(map(str, pattern)))
    return any(found.search(str(s)) for s in range(300, 400)) and not all(found.search(str(s)) for s in range(100, 600))


def _names_redirect(test: ir.Condition) -> bool:
    """Whether a comparison is one of the status with 3xx; 300 can be a bound of 2xx."""
    if isinstance(test, ir.Matches):
        return isinstance(test.context, ir.StatusCode) and _matches_redirect(test.pattern)
    if not isinstance(test, ir.Compare):
        return False
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    for value, other, operator in (
        (test.left, test.right, test.operator),
        (test.right, test.left, turned.get(test.operator, test.operator)),
    ):
        if isinstance(value, ir.StatusCode) and isinstance(other, ir.Constant):
            status = other.value
            if isinstance(status, str) and status.isdigit():
                status = int(status)
            if isinstance(status, int | float) and 300 <= status < 400:
                return not (status == 300 and operator == "<")
    return False
