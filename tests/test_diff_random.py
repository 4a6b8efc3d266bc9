"""What a diff says of random edits of random documents, against the modules and servers of both versions."""

from __future__ import annotations

import ast
import copy
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import arazzoc.emit.module as module_text
import diff_edits_api  # noqa: F401, for its edits
import diff_edits_document  # noqa: F401
import diff_edits_schemas  # noqa: F401
from arazzoc.diagnostics import Span
from arazzoc.difference.compare import Compared, Side, compare
from arazzoc.difference.kinds import KINDS, Severity, Whom
from arazzoc.difference.records import Change
from arazzoc.emit.module import Form, emit, emit_support
from building import SUPPORT, load
from diff_edits import EDITS
from diff_language import Draws, operations, random_document
from diff_server import Impossible, Random, Server, World, sample
from differences import Json, shown, side

EXAMPLES = int(os.environ.get("DIFF_EXAMPLES", "300"))
"""How many edits are tried; by hand, `DIFF_EXAMPLES=20000` (and -k diff_random)."""
WHOLE = Form(support=SUPPORT, extras=frozenset(("command",)))
"""A module whose inputs can be made from JSON."""
CHOSEN = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def without_black() -> Any:
    """Formatting takes most of the time, and says nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module_text, "formatted", lambda text, width: text)
        yield


class Example(NamedTuple):
    """Two versions of a document with its API, and the names of the edits between them."""

    old: tuple[Json, Json]
    new: tuple[Json, Json]
    edits: tuple[str, ...]


def random_example(d: Draws) -> Example:
    """A random document, and what one edit makes of it, now and then several."""
    old = random_document(d)
    new = copy.deepcopy(old)
    names: list[str] = []
    for _ in range(d.one((1, 1, 1, 2, 3))):
        name = d.one(sorted(EDITS)) if any(operations(new[1])) else "describe_flow"
        if EDITS[name](d, *new) is not False:
            names.append(name)
    return Example(old, new, tuple(names))


@st.composite
def examples(draw: st.DrawFn) -> Example:
    example = random_example(Draws(draw))
    assume(example.edits)
    return example


def test_there_are_enough_edits() -> None:
    assert len(EDITS) >= 40


@CHOSEN
@given(examples())
def test_records(example: Example) -> None:
    """Nothing differs from itself, what is undone is told by the mirrors, and no change of a module goes untold."""
    old, new, _ = example
    one, other = side(*old), side(*new)
    assume(one.is_whole)
    assert not compare(one, side(*old)).changes
    there, back = compare(one, other), compare(other, one)
    assert shown(there) == shown(compare(side(*old), side(*new)))
    assert mirrored(there.changes) == kept(back.changes)
    if not {"step-renamed", "workflow-renamed"} & {change.id for change in there.changes}:
        ways = steps_of(there.changes, swapped=True), steps_of(back.changes, swapped=False)
        # In each direction, a change is that of the steps that it touches, if there are any. What is sent, or required,
        # in one direction only touches those that send it, and in the other those that do not.
        kept_ways = (key for key in ways[0] if not key[0].startswith(("request-", "required-", "parameter-")))
        assert all(ways[0][key] <= ways[1][key] or ways[0][key] >= ways[1][key] for key in kept_ways)
    if not other.is_whole:
        return
    assert "module-changed" not in {change.id for change in there.changes}
    assert there.is_stale or code(one) == code(other)
    if all(change.kind.whom is Whom.DOCS for change in there.changes):
        assert code(one) == code(other)


def mirrored(changes: Sequence[Change]) -> list[Any]:
    return sorted((KINDS[c.id].mirror, place(c.new), place(c.old)) for c in changes)


def kept(changes: Sequence[Change]) -> list[Any]:
    return sorted((c.id, place(c.old), place(c.new)) for c in changes)


def steps_of(changes: Sequence[Change], *, swapped: bool) -> dict[Any, set[tuple[str, str]]]:
    """The steps of each change, by what is the same in both directions."""
    found: dict[Any, set[tuple[str, str]]] = {}
    for c in changes:
        key = (KINDS[c.id].mirror, place(c.new), place(c.old)) if swapped else (c.id, place(c.old), place(c.new))
        found.setdefault(key, set()).update(c.steps)
    return found


def place(span: Span | None) -> str:
    return f"{span.file.rpartition('/')[2]}:{span.line}:{span.column}" if span is not None else ""


def code(one: Side) -> str:
    """A module without its docstrings and comments."""
    text = emit(one.program, Form(support=SUPPORT)).text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
            ]
    return ast.dump(tree)


# By running


FOUND: Counter[str] = Counter()
"""What the runs told, of which some must be seen for the test to mean anything."""


@CHOSEN
@given(examples(), st.integers(0, 1 << 30), st.frozensets(st.integers(0, 4), max_size=2))
def test_what_is_harmless_is(example: Example, seed: int, fails: frozenset[int]) -> None:
    """The module of the old document has the same outcome with a server of either API, unless a record says more.

    What is no outcome of its own: a request that the old server refuses, too, may be accepted now; a value that the
    old server could have given as well is given by both; and failures that are described anew are not tried, because
    any server may fail. Whatever is not described may be refused, or left out of an answer.
    """
    old, new, names = example
    one, other = side(*old), side(*new)
    assume(one.is_whole)
    found = compare(one, other)
    told = is_told(found)
    module = load(emit(one.program, WHOLE).text, support())
    for number in range(3):
        try:
            world = World(old[1], new[1], seed + number, fails, varies=number > 0)
            servers = [Server(world, is_new=is_new) for is_new in (False, True)]
            outcomes = [run(module, old[0], server, seed + number) for server in servers]
        except Impossible:
            continue
        if servers[0].refusals:
            continue  # it may be accepted now
        if outcomes[0] != outcomes[1]:
            FOUND["differs"] += 1
            event("differs")
            assert told, (names, outcomes, shown(found))
        elif not told:
            FOUND["same"] += 1
            event("the same, and harmless")


def test_runs_tell_something() -> None:
    if not FOUND:
        pytest.skip("it is about the runs of the test before")
    assert min(FOUND["differs"], FOUND["same"]) * 50 >= EXAMPLES


def is_told(found: Compared) -> bool:
    return any(
        change.severity is not Severity.HARMLESS and {Whom.WIRE, Whom.FLOW} & {*change.whom} for change in found.changes
    )


def support() -> str:
    return emit_support(frozenset(), WHOLE)


def run(module: Any, document: Json, server: Server, seed: int) -> Any:
    """What a run of the first workflow requests, and how it ends."""
    flow = document["workflows"][0]
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    credentials = {"key": "k", "query": "k", "token": "t", "login": ("me", "word")}
    fields = module.Client.__dataclass_fields__
    chosen = {name: value for name, value in credentials.items() if name in fields}
    client = module.Client(session=server, sleep=sleep, clock=lambda: clock[0], max_steps=20, **chosen)
    runner = getattr(module, f"run_{flow['workflowId']}")
    kind = getattr(module, f"{flow['workflowId'].capitalize()}Inputs", None)
    try:
        given = [kind.from_dict(sample(flow["inputs"], Random(seed, 0), ("inputs",)))] if kind is not None else []
        outputs = runner(client, *given)
    except module.WorkflowError as error:
        return server.trace, f"{type(error).__name__}: {getattr(error, 'step', '')}"
    return server.trace, asdict(outputs) if outputs is not None else None
