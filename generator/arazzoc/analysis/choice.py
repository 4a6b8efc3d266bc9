"""Which actions of a step can be chosen: the criteria of some leave no case to those that follow."""

from __future__ import annotations

from arazzoc import ir

_OPPOSITES: dict[ir.Operator, ir.Operator] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def last_resort(edges: tuple[ir.Edge, ...], *, has_response: bool = True) -> ir.Edge | None:
    """The first action that is taken whenever none before it is; None where a case can be left over.

    It has no criteria, or its criterion is the opposite of an earlier action's. `has_response` says that a response
    came, so that its status is a number.
    """
    refused: list[ir.Condition] = []
    for edge in edges:
        if isinstance(edge.then, ir.Retry):
            continue  # it is not taken when its limit is reached
        if not edge.when:
            return edge
        if len(edge.when) == 1:
            test = edge.when[0].test
            if any(are_opposites(test, other, has_response=has_response) for other in refused):
                return edge
            refused.append(test)
    return None


def are_opposites(one: ir.Condition, other: ir.Condition, *, has_response: bool) -> bool:
    """Whether exactly one of two conditions holds, whatever their values are.

    An ordering is false both ways where a value is missing, so that only those of the status of a response are.
    """
    match one, other:
        case ir.Negation(item=item), _ if item == other:
            return True
        case _, ir.Negation(item=item) if item == one:
            return True
        case ir.Compare(), ir.Compare():
            same = (one.left, one.right, one.rules) == (other.left, other.right, other.rules)
            if not same or other.operator != _OPPOSITES[one.operator]:
                return False
            return one.operator in ("==", "!=") or (has_response and _is_status_and_number(one))
        case _:
            return False


def _is_status_and_number(compare: ir.Compare) -> bool:
    sides = (compare.left, compare.right)
    numbers = [s for s in sides if isinstance(s, ir.Constant) and isinstance(s.value, int | float)]
    return len(numbers) == 1 and ir.StatusCode() in sides
