"""Dialects written in the specification's grammar, where there is a form that means the same."""

from __future__ import annotations

from collections.abc import Collection

from arazzoc.expressions import jsonpath as jp


def comparison_as_query(text: str, parsed: jp.Parsed, texts: Collection[jp.EmbeddedHole] = ()) -> str | None:
    """Write a bare comparison as a JSONPath query, `$[?…]`; None where that would mean something else.

    The filter runs on the children of `$`, so it agrees where a comparison that holds implies that there are some.
    """
    if isinstance(parsed.path, jp.Query) or not _implies_children(parsed.path):
        return None
    return f"$[?{as_rfc9535(text, parsed, texts).strip()}]"


def query_as_comparison(query: jp.Query) -> jp.Test | None:
    """The comparison that a query `$[?…]` is another form of, as `comparison_as_query` writes it; None for others."""
    match query:
        case jp.Query(root="$", segments=(jp.Segment(selectors=(jp.Filter(test=test),), descendant=False),)):
            return test if _implies_children(test) and not _has_current(test) else None
        case _:
            return None


def as_simple(path: jp.Query | jp.Test) -> str | None:
    """Write a comparison of `$`, or of `@` in a filter, as a simple condition on `{}`; None for what is more."""
    match path:
        case jp.Query(root="$", segments=(jp.Segment(selectors=(jp.Filter(test=test),), descendant=False),)):
            return as_simple(test)
        case jp.Compare(operator=operator, left=jp.Query(segments=()), right=jp.Constant(value=value)):
            if isinstance(value, str):
                shown = "'" + value.replace("'", "''") + "'"
                return f"{{}} {operator} {shown}" if not set(shown) & set("{}") else None
            return f"{{}} {operator} {'null' if value is None else str(value).lower()}"
        case _:
            return None


def _has_current(test: jp.Test) -> bool:
    """Whether a test looks at the current node, `@`."""
    match test:
        case jp.And(items=items) | jp.Or(items=items):
            return any(map(_has_current, items))
        case jp.Not(item=item):
            return _has_current(item)
        case jp.Compare(left=left, right=right):
            return any(isinstance(operand, jp.Query) and operand.root == "@" for operand in (left, right))
        case jp.Exists(query=query):
            return query.root == "@"
        case _:
            return True


def as_rfc9535(text: str, parsed: jp.Parsed, texts: Collection[jp.EmbeddedHole] = ()) -> str:
    """Write a query with braces around the expressions in it, quotes around those that are `texts`, and names with a
    hyphen in brackets.
    """
    quotes = dict.fromkeys(texts, '"')
    bare = ((h, quotes.get(h, "")) for h in parsed.holes if not h.braced)
    edits = [(h.offset, len(h.text), f"{quote}{{{h.text}}}{quote}") for h, quote in bare]
    for offset, length in parsed.hyphened:
        dots = 0 if text[offset - 2 : offset] == ".." else 1
        edits.append((offset - dots, length + dots, f"['{text[offset : offset + length]}']"))
    for offset, length, written in sorted(edits, reverse=True):
        text = f"{text[:offset]}{written}{text[offset + length :]}"
    return text


def _implies_children(test: jp.Test) -> bool:
    """Whether a test that holds implies that `$` has children, and means the same in a filter."""
    match test:
        case jp.And(items=items):
            return any(map(_implies_children, items)) and all(map(_is_plain, items))
        case jp.Or(items=items):
            return all(map(_implies_children, items))
        case jp.Compare(operator=operator, left=left, right=right):
            is_member = any(isinstance(o, jp.Query) and o.segments and o.root == "$" for o in (left, right))
            is_value = any(isinstance(o, jp.Constant | jp.Hole | jp.Text) for o in (left, right))
            return _is_plain(test) and operator != "!=" and is_member and is_value
        case jp.Exists(query=query):
            return query.root == "$" and bool(query.segments)
        case _:
            return False


def _is_plain(test: jp.Test) -> bool:
    """Whether a test means the same in a filter: without lengths, which only the dialect has."""
    match test:
        case jp.And(items=items) | jp.Or(items=items):
            return all(map(_is_plain, items))
        case jp.Not(item=item):
            return _is_plain(item)
        case jp.Compare(left=left, right=right):
            return not any(isinstance(operand, jp.Size | jp.Call) for operand in (left, right))
        case jp.Exists():
            return True
        case _:
            return False
