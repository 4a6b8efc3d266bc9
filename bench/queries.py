"""Evaluation of compiled queries against the two RFC 9535 libraries, the query compiled beforehand in all three.

Each line is a ratio within this run: how many times longer the library takes.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "generator"), str(ROOT / "tests")]

from arazzoc.emit.jsonpath import JsonPathCode  # noqa: E402
from arazzoc.emit.uses import Uses  # noqa: E402
from arazzoc.expressions import jsonpath as jp  # noqa: E402
from arazzoc.expressions.jsonpath_parser import parse_query  # noqa: E402
from arazzoc.runtime.values import at  # noqa: E402
from building import run_with_support  # noqa: E402

ITEMS = {"data": [{"id": f"i{n}", "status": "failed" if n % 10 == 0 else "completed"} for n in range(1000)]}
SMALL = {"a": {"status": "completed"}}
QUERIES: list[tuple[str, Any, int, float]] = [
    ("$[?@.status=='completed']", SMALL, 20_000, 10),
    ("$.data[?@.status=='failed'].id", ITEMS, 20, 10),
    ("$..id", ITEMS, 10, 5),
]


def generated(query: str) -> Callable[[Any], list[Any]]:
    """The function that arazzoc makes of a query."""
    parsed = parse_query(query).path
    assert isinstance(parsed, jp.Query)
    uses = Uses()
    upper = f"def select(document): return {JsonPathCode('document', uses).nodelist(parsed)}"
    select: Callable[[Any], list[Any]] = run_with_support(upper, uses)["select"]
    return select


def best(function: Callable[[], object], number: int) -> float:
    """Seconds per call, the best of five rounds."""
    return min(timeit.repeat(function, number=number, repeat=5)) / number


def main() -> None:
    import jsonpath
    import jsonpath_rfc9535

    for query, document, number, goal in QUERIES:
        ours, first, second = generated(query), jsonpath_rfc9535.compile(query), jsonpath.compile(query, strict=True)
        assert ours(document) == first.find(document).values() == second.findall(document)
        base = best(partial(ours, document), number)
        for name, function in (
            ("jsonpath-rfc9535", lambda q=first, d=document: q.find(d).values()),
            ("python-jsonpath", partial(second.findall, document)),
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
