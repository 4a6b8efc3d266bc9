"""Evaluation of compiled queries against the two RFC 9535 libraries, the query compiled beforehand in all three.

Each line is a ratio within this run: how many times longer the library takes.
"""

from __future__ import annotations

import ast
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "generator")]

from arazzoc.emit.jsonpath import JsonPathCode  # noqa: E402
from arazzoc.emit.support import splice  # noqa: E402
from arazzoc.expressions.jsonpath_parser import parse_query  # noqa: E402
from arazzoc.runtime.exchange import at  # noqa: E402

ITEMS = {"data": [{"id": f"i{n}", "status": "failed" if n % 10 == 0 else "completed"} for n in range(1000)]}
SMALL = {"a": {"status": "completed"}}
QUERIES: list[tuple[str, Any, int, float]] = [
    ("$[?@.status=='completed']", SMALL, 20_000, 10),
    ("$.data[?@.status=='failed'].id", ITEMS, 20, 10),
    ("$..id", ITEMS, 10, 5),
]


def generated(query: str) -> Callable[[Any], Any]:
    """The function that arazzoc makes of a query."""
    upper = f"def select(document): return {JsonPathCode('document').nodelist(parse_query(query).path)}"  # type: ignore[arg-type]
    support = splice(ast.parse(upper))
    namespace: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", *support.imports, support.code, upper]), namespace)
    return namespace["select"]  # type: ignore[no-any-return]


def best(function: Callable[[], Any], number: int) -> float:
    """Seconds per call, the best of five rounds."""
    return min(timeit.repeat(function, number=number, repeat=5)) / number


def main() -> None:
    import jsonpath
    import jsonpath_rfc9535

    for query, document, number, goal in QUERIES:
        ours, first, second = generated(query), jsonpath_rfc9535.compile(query), jsonpath.compile(query, strict=True)
        assert ours(document) == first.find(document).values() == second.findall(document)
        base = best(lambda f=ours, d=document: f(d), number)
        for name, function in (
            ("jsonpath-rfc9535", lambda q=first, d=document: q.find(d).values()),
            ("python-jsonpath", lambda q=second, d=document: q.findall(d)),
        ):
            ratio = best(function, max(1, number // 10)) / base
            print(f"{query}: {name} takes {ratio:.1f} times as long (goal: at least {goal:g})")
    for pointer in ("'a'", "'a', 'status'"):
        seconds = (
            min(timeit.repeat(f"at(value, {pointer})", globals={"at": at, "value": SMALL}, number=200_000)) / 200_000
        )
        print(f"at(value, {pointer}): {seconds * 1e9:.0f} ns (goal: under 150)")


if __name__ == "__main__":
    main()
