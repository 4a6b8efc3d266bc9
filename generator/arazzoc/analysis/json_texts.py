"""Payloads that are JSON as text, with expressions in it: the values that they are the text of."""

from __future__ import annotations

import json
import re

from arazzoc import ir
from arazzoc.source import Json

_MARK = re.compile("[\ue000\ue002](\\d+)\ue001")


class BrokenText(Exception):
    """A text is not JSON; `offset` is where, as far as that is known."""

    def __init__(self, message: str, offset: int | None) -> None:
        super().__init__(message)
        self.offset = offset


def value_of_text(text: ir.Value) -> ir.Value | None:
    """The value that a JSON text with expressions in it is the text of; None where the text is no text.

    Raises:
        BrokenText: it is not JSON, whatever the values of its expressions are.
    """
    if isinstance(text, ir.Constant):
        text = ir.Text((str(text.value),))
    if not isinstance(text, ir.Text):
        return None
    written, is_quoted, holes = "", False, list[ir.Value]()
    for part in text.parts:
        if isinstance(part, str):
            for char in re.finditer(r"\\.|\"", part, re.S):
                is_quoted ^= char[0] == '"'
            written += part
            continue
        written += f"\ue002{len(holes)}\ue001" if is_quoted else f'"\ue000{len(holes)}\ue001"'
        holes.append(part)
    try:
        parsed: Json = json.loads(written, strict=False)
    except RecursionError:
        return None
    except ValueError as error:
        offset = error.pos if isinstance(error, json.JSONDecodeError) and not holes else None
        raise BrokenText(str(error).partition(":")[0], offset) from None
    return _value(parsed, holes)


def _value(value: Json, holes: list[ir.Value]) -> ir.Value:
    if isinstance(value, str):
        pieces = _MARK.split(value)
        if len(pieces) == 1:
            return ir.Constant(value)
        if len(pieces) == 3 and value[0] == "\ue000":
            return holes[int(pieces[1])]
        return ir.Text(tuple(holes[int(p)] if n % 2 else p for n, p in enumerate(pieces) if n % 2 or p))
    if isinstance(value, list):
        items = tuple(_value(item, holes) for item in value)
        return ir.Constant(value) if all(isinstance(i, ir.Constant) for i in items) else ir.List(items)
    if isinstance(value, dict):
        members = tuple((key, _value(item, holes)) for key, item in value.items())
        return ir.Constant(value) if all(isinstance(v, ir.Constant) for _, v in members) else ir.Object(members)
    return ir.Constant(value)
