"""Whether a step wants to see redirects, so that they are not followed (AMB-66)."""

from __future__ import annotations

from collections.abc import Iterable

from arazzoc import ir
from arazzoc.analysis.values import condition_values, parts_of, tests


def looks_at_redirects(step: ir.Step) -> bool:
    """Whether criteria, actions or outputs of a step look at a 3xx status or at the header Location."""
    edges = (*step.on_success, *step.on_failure)
    criteria = (*step.success, *(criterion for edge in edges for criterion in edge.when))
    conditions = [test for criterion in criteria for test in tests(criterion.test)]
    values = [value for criterion in criteria for value in condition_values(criterion.test)]
    values += [output.value for output in step.outputs]
    return _reads_location(values) or any(map(_names_redirect, conditions))


def _reads_location(values: Iterable[ir.Value]) -> bool:
    parts = (part for value in values for part in parts_of(value))
    return any(isinstance(part, ir.ResponseHeader) and part.name.lower() == "location" for part in parts)


def _names_redirect(test: ir.Condition) -> bool:
    """Whether a comparison is one of the status with 3xx; 300 can be a bound of 2xx."""
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
