"""JSONPath: generated code against the compliance suite, our own table, and a slow evaluator written for the tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzoc import types as t
from arazzoc.analysis.selection import can_hold
from arazzoc.emit.jsonpath import JsonPathCode
from arazzoc.emit.uses import Uses
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.jsonpath_parser import parse_comparison, parse_query
from building import run_with_support


def compiled(text: str) -> Callable[[Any], list[Any]]:
    """The function that generated code is for a query."""
    return compiled_all([text])[0]


def compiled_all(texts: list[str]) -> list[Callable[[Any], list[Any]]]:
    lines, uses = [], Uses()
    for number, text in enumerate(texts):
        query = parse_query(text).path
        assert isinstance(query, jp.Query)
        lines.append(f"def query_{number}(document): return {JsonPathCode('document', uses).nodelist(query)}")
    namespace = run_with_support("\n".join(lines), uses)
    return [namespace[f"query_{number}"] for number in range(len(texts))]


def typed(value: Any) -> Any:
    """The value with its types, so that true is not 1."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return (type(value).__name__ if not isinstance(value, float) or value % 1 else "int", value)


STORE = {
    "items": [
        {"id": "a", "price": 8, "tags": ["x", "y"], "sold": True},
        {"id": "b", "price": 12.5, "tags": [], "note": None},
        {"id": "c", "price": 8, "tags": ["x"], "sold": False},
    ],
    "name": "shop",
    "count": 3,
    "0": "zero",
    "empty": {},
}

TABLE: list[tuple[str, list[Any] | None]] = [
    ("$", [STORE]),
    ("$.name", ["shop"]),
    ("$['name']", ["shop"]),
    ('$["name", "count"]', ["shop", 3]),
    ("$.nothing", []),
    ("$['0']", ["zero"]),
    ("$[0]", []),
    ("$.items[0].id", ["a"]),
    ("$.items[-1].id", ["c"]),
    ("$.items[3]", []),
    ("$.items[0:2].id", ["a", "b"]),
    ("$.items[::-1].id", ["c", "b", "a"]),
    ("$.items[::0]", []),
    ("$.items[*].price", [8, 12.5, 8]),
    ("$..id", ["a", "b", "c"]),
    ("$..tags[0]", ["x", "x"]),
    ("$.items[?@.price > 10].id", ["b"]),
    ("$.items[?@.price <= 8].id", ["a", "c"]),
    ("$.items[?@.id == 'a' || @.id == 'c'].id", ["a", "c"]),
    ("$.items[?@.tags[0] == 'x' && !@.note].id", ["a", "c"]),
    ("$.items[?@.note].id", ["b"]),
    ("$.items[?@.note == null].id", ["b"]),
    ("$.items[?@.sold == true].id", ["a"]),
    ("$.items[?@.sold != true].id", ["b", "c"]),
    ("$.items[?@.price == $.items[0].price].id", ["a", "c"]),
    ("$.items[?@.missing == @.gone].id", ["a", "b", "c"]),
    ("$.items[?length(@.tags) > 1].id", ["a"]),
    ("$.items[?count(@.tags[*]) == 0].id", ["b"]),
    ("$.items[?match(@.id, '[ab]')].id", ["a", "b"]),
    ("$.items[?search(@.id, 'b')].id", ["b"]),
    ("$.items[?value(@..id) == 'c'].id", ["c"]),
    ("$.items[?match(@.id, @.tags[0])].id", []),
    ("$[?@ == 'shop']", ["shop"]),
    ("$[?@[0]].id", []),
    ("$.items[?@.tags == ['x']]", None),
    ("$.items[0, 0].id", ["a", "a"]),
    ("$.empty.*", []),
    ("$..[?@ == 'y']", ["y"]),
]


@pytest.mark.parametrize(("query", "expected"), TABLE, ids=[q for q, _ in TABLE])
def test_our_own_table(query: str, expected: list[Any] | None) -> None:
    if expected is None:
        with pytest.raises(ExpressionError):
            parse_query(query)
    else:
        assert typed(compiled(query)(STORE)) == typed(expected)


@pytest.mark.parametrize(
    ("query", "offset"),
    [
        ("", 0),
        ("name", 0),
        ("$.", 1),
        ("$.1a", 2),
        ("$ ", 1),
        ("$[", 1),
        ("$[a]", 2),
        ("$['a", 2),
        ("$[01]", 3),
        ("$[9007199254740992]", 2),
        ("$['\\x']", 3),
        ("$[?@.a = 1]", 7),
        ("$[?@.a == 1", 10),
        ("$[?@.* == 1]", 3),
        ("$[?'a']", 3),
        ("$[?length(@.*) == 1]", 10),
        ("$[?length(@.a)]", 3),
        ("$[?match(@.a, 'x') == true]", 3),
        ("$[?count(1) == 1]", 9),
        ("$[?nothing(@)]", 3),
        ("$[(@.length-1)]", 2),
        ("$" + "[?(" * 60, 0),
    ],
)
def test_errors_point_at_the_character(query: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_query(query)
    assert caught.value.offset == offset or len(query) > 100


# The compliance suite


@pytest.fixture(scope="module")
def suite(shared: Path) -> list[dict[str, Any]]:
    cases = json.loads((shared / "suites" / "jsonpath-cts" / "cts.json").read_text("utf-8"))["tests"]
    assert len(cases) == 703
    return list(cases)


def test_the_compliance_suite(suite: list[dict[str, Any]]) -> None:
    valid = [case for case in suite if not case.get("invalid_selector")]
    functions = compiled_all([case["selector"] for case in valid])
    wrong = []
    for case, function in zip(valid, functions, strict=True):
        found = typed(function(case["document"]))
        accepted = [case["result"]] if "result" in case else case["results"]
        if found not in [typed(result) for result in accepted]:
            wrong.append((case["selector"], found))
    for case in suite:
        if case.get("invalid_selector"):
            try:
                parse_query(case["selector"])
            except ExpressionError:
                continue
            wrong.append((case["selector"], "accepted"))
    assert not wrong
    assert len(valid) == 456


# A slow evaluator, for the tests only: it walks the parsed query and shares no code with what is generated.

NOTHING = object()


def slow(query: jp.Query, root: Any, current: Any) -> list[Any]:
    found = [root if query.root == "$" else current]
    for segment in query.segments:
        holders = [d for node in found for d in slow_descendants(node)] if segment.descendant else found
        found = [child for holder in holders for s in segment.selectors for child in slow_select(s, holder, root)]
    return found


def slow_descendants(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return [node, *(d for child in inner for d in slow_descendants(child))]


def slow_select(selector: jp.Selector, node: Any, root: Any) -> list[Any]:
    match selector:
        case jp.Name(name=name):
            return [node[name]] if isinstance(node, dict) and name in node else []
        case jp.Index(index=index):
            size = len(node) if isinstance(node, list) else 0
            place = index + size if index < 0 else index
            return [node[place]] if isinstance(node, list) and 0 <= place < size else []
        case jp.Wildcard():
            return list(node.values()) if isinstance(node, dict) else list(node) if isinstance(node, list) else []
        case jp.Slice(start=start, stop=stop, step=step):
            if not isinstance(node, list) or step == 0:
                return []
            return [node[i] for i in range(*slice(start, stop, step).indices(len(node)))]
        case jp.Chosen():
            raise AssertionError("without expressions there is none: see test_embedded_queries")
        case jp.Filter(test=test):
            return [child for child in slow_select(jp.Wildcard(), node, root) if slow_test(test, root, child)]


def slow_test(test: jp.Test, root: Any, current: Any) -> bool:
    match test:
        case jp.Or(items=items):
            return any(slow_test(item, root, current) for item in items)
        case jp.And(items=items):
            return all(slow_test(item, root, current) for item in items)
        case jp.Not(item=item):
            return not slow_test(item, root, current)
        case jp.Exists(query=query):
            return len(slow(query, root, current)) > 0
        case jp.Holds(call=call):
            return bool(slow_value(call, root, current))
        case jp.Compare(operator=operator, left=left, right=right):
            a, b = slow_value(left, root, current), slow_value(right, root, current)
            ordered = (isinstance(a, str) and isinstance(b, str)) or (slow_number(a) and slow_number(b))
            return {
                "==": slow_equal(a, b),
                "!=": not slow_equal(a, b),
                "<": ordered and a < b,
                ">": ordered and a > b,
                "<=": slow_equal(a, b) or (ordered and a <= b),
                ">=": slow_equal(a, b) or (ordered and a >= b),
            }[operator]


def slow_number(value: Any) -> bool:
    return type(value) in (int, float)


def slow_equal(a: Any, b: Any) -> bool:
    if a is NOTHING or b is NOTHING:
        return a is b
    if slow_number(a) and slow_number(b):
        return bool(a == b)
    return type(a) is type(b) and typed(a) == typed(b)


def slow_value(value: jp.Comparable, root: Any, current: Any) -> Any:
    match value:
        case jp.Constant(value=constant):
            return constant
        case jp.Query():
            found = slow(value, root, current)
            return found[0] if found else NOTHING
        case jp.Call(function="length", arguments=(argument,)):
            inner = slow_value(argument, root, current)
            return len(inner) if isinstance(inner, str | list | dict) else NOTHING
        case jp.Call(function="count", arguments=(jp.Query() as query,)):
            return len(slow(query, root, current))
        case jp.Call(function="value", arguments=(jp.Query() as query,)):
            found = slow(query, root, current)
            return found[0] if len(found) == 1 else NOTHING
        case jp.Call(function=function, arguments=(argument, pattern)):
            subject, regex = slow_value(argument, root, current), slow_value(pattern, root, current)
            if not isinstance(subject, str) or not isinstance(regex, str):
                return False
            search = re.fullmatch if function == "match" else re.search
            return search(regex, subject) is not None
    raise AssertionError(value)


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["a", "b", "ab", "", 1.0, 0.5])
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
SINGULAR = st.lists(st.builds(lambda n: f".{n}", NAMES) | st.builds(lambda i: f"[{i}]", st.integers(-2, 2)), max_size=2)
CONSTANTS = SCALARS.map(lambda value: json.dumps(value))


def operands(path: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        path
        | CONSTANTS
        | path.map(lambda p: f"length({p})")
        | path.map(lambda p: f"count({p}.*)")
        | path.map(lambda p: f"value({p}..a)")
    )


PATHS = st.builds(lambda root, steps: root + "".join(steps), st.sampled_from("@$"), SINGULAR)
COMPARISONS = st.builds(
    lambda a, o, b: f"{a} {o} {b}",
    operands(PATHS),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    operands(PATHS),
)
BASIC = (
    COMPARISONS
    | PATHS
    | PATHS.map(lambda p: f"{p}.*")
    | PATHS.map(lambda p: f"!{p}")
    | PATHS.map(lambda p: f"match({p}, 'a.*')")
    | PATHS.map(lambda p: f"search({p}, {p})")
)
TESTS = st.recursive(
    BASIC,
    lambda inner: (
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from(["&&", "||"]), inner)
        | inner.map(lambda a: f"!({a})")
    ),
    max_leaves=4,
)
SELECTORS = (
    NAMES.map(lambda n: f"'{n}'")
    | st.integers(-2, 2).map(str)
    | st.just("*")
    | st.builds(
        lambda a, b, c: f"{a}:{b}:{c}",
        st.sampled_from(["", "0", "-1", "1"]),
        st.sampled_from(["", "2", "-1"]),
        st.sampled_from(["1", "-1", "2", "0"]),
    )
    | TESTS.map(lambda t: f"?{t}")
)
SEGMENTS = st.builds(
    lambda dots, items: f"{dots}[{', '.join(items)}]",
    st.sampled_from(["", "", ".."]),
    st.lists(SELECTORS, min_size=1, max_size=2),
)
QUERIES = st.lists(SEGMENTS, max_size=3).map(lambda segments: "$" + "".join(segments))


@settings(max_examples=300, deadline=None)
@given(QUERIES, DOCUMENTS)
def test_generated_code_agrees_with_the_slow_evaluator(text: str, document: Any) -> None:
    query = parse_query(text).path
    assert isinstance(query, jp.Query)
    assert typed(compiled(text)(document)) == typed(slow(query, document, document))


@settings(max_examples=200, deadline=None)
@given(TESTS, DOCUMENTS)
def test_the_comparison_dialect_agrees_with_the_slow_evaluator(text: str, document: Any) -> None:
    test = parse_comparison(text).path
    assert not isinstance(test, jp.Query)
    uses = Uses()
    upper = f"def holds(document): return bool({JsonPathCode('document', uses).test(test)})"
    namespace = run_with_support(upper, uses)
    assert namespace["holds"](document) is slow_test(test, document, document)


def type_of(value: Any, table: t.TypeTable) -> t.Type:
    """The narrowest type of a value."""
    if isinstance(value, dict):
        key = f"r{len(table.definitions)}"
        table.definitions[key] = None
        fields = tuple(t.RecordField(name, type_of(item, table), True) for name, item in value.items())
        table.definitions[key] = t.Record(key, key, fields)
        return t.Named(key)
    if isinstance(value, list):
        return t.Array(t.union(type_of(item, table) for item in value) if value else t.NULL)
    kinds: dict[type, t.Type] = {
        str: t.STRING,
        bool: t.Boolean(),
        int: t.INTEGER,
        float: t.Number(),
        type(None): t.NULL,
    }
    return kinds[type(value)]


@settings(max_examples=300, deadline=None)
@given(QUERIES, TESTS, DOCUMENTS)
def test_what_selects_something_can_by_its_type(query_text: str, test_text: str, document: Any) -> None:
    query, test = parse_query(query_text).path, parse_comparison(test_text).path
    assert isinstance(query, jp.Query) and not isinstance(test, jp.Query)
    table = t.TypeTable()
    root = type_of(document, table)
    assert can_hold(query, root, table) or not slow(query, document, document)
    assert can_hold(test, root, table) or not slow_test(test, document, document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$[?count(@.pets) > 0]", False),  # the example of Arazzo 1.1.0, on an object
        ("$[?count($.pets) > 0]", True),
        ("$[?@.state == 'sold']", False),
        ("$[?@.state != 'sold']", True),
        ("$[?@.name]", False),
        ("$.pets[?@.name]", True),
        ("$.pets[?@.name && @.nothing]", False),
        ("$.pets[?@.name || @.nothing]", True),
        ("$.pets[?!@.nothing]", True),
        ("$.pets[?@.nothing == $.nothing]", True),
        ("$.pets[?length(@.nothing) >= 0]", False),
        ("$.pets[?match(@.nothing, 'a')]", False),
        ("$.state.length", False),
        ("$.state[0]", False),
        ("$.pets.name", False),
        ("$.pets[*].name", True),
        ("$..nothing", True),
        ("$.anything.at.all", True),
        ("$.counts.any", True),
        ("$.counts[0]", False),
        ("$.pets[?count(@.nothing) == 0]", True),
        ("$.pets[?count(@.nothing) == 1]", False),
        ("$.counts.any.more", False),
    ],
)
def test_what_can_be_selected_by_type(text: str, expected: bool) -> None:
    table = t.TypeTable()
    pet = t.Record("pet", "Pet", (t.RecordField("name", t.optional(t.STRING), False),))
    table.definitions["pet"] = pet
    members: dict[str, t.Type] = {"pets": t.Array(t.Named("pet")), "state": t.STRING}
    open_members: dict[str, t.Type] = {"counts": t.Mapping(t.INTEGER), "anything": t.ANYTHING}
    members |= {name: type for name, type in open_members.items() if name in text}
    fields = [t.RecordField(name, type, True) for name, type in members.items()]
    table.definitions["root"] = t.Record("root", "Root", tuple(fields))
    assert can_hold(parse_query(text).path, t.Named("root"), table) is expected


@given(st.text())
def test_the_parser_raises_nothing_else(text: str) -> None:
    for parse in (parse_query, parse_comparison):
        try:
            parse(text)
        except ExpressionError as error:
            assert 0 <= error.offset <= len(text)
