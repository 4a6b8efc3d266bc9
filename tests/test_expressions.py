"""Runtime expressions, pointers, templates, regular expressions: parsing, and the outside suites."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzoc.emit.values import pointer_arguments
from arazzoc.expressions import runtime as rt
from arazzoc.expressions.errors import ExpressionError, Unsupported
from arazzoc.expressions.pointer import format_pointer, parse_fragment, parse_pointer
from arazzoc.expressions.regex import translate_ecma, translate_iregexp
from arazzoc.expressions.runtime import parse_expression
from arazzoc.expressions.template import embedded_expressions
from arazzoc.runtime.values import at


@pytest.mark.parametrize(
    ("text", "expression", "rewrite"),
    [
        ("$url", rt.Url(), None),
        ("$self", rt.SelfUri(), None),
        ("$response.body#/a~1b/0", rt.Body("response", ("a/b", "0")), None),
        ("$response.header.X-Y", rt.Header("response", "X-Y"), None),
        ("$response.headers.X-Y", rt.Header("response", "X-Y"), "$response.header.X-Y"),
        ("$response.body.data[0].id", rt.Body("response", ("data", "0", "id")), "$response.body#/data/0/id"),
        ("$response.body['a b']", rt.Body("response", ("a b",)), "$response.body#/a b"),
        ("$response.body#name", rt.Body("response", ("name",)), "$response.body#/name"),
        ("$inputs.a.b#/c", rt.Inputs("a.b", ("c",)), None),
        ("$inputs.page[size]", rt.Inputs("page[size]", ()), None),
        ("$steps.s.outputs.o#/x", rt.Steps("s", "o", ("x",)), None),
        ("$workflows.w.inputs.i", rt.Workflows("w", "inputs", "i", ()), None),
        ("$sourceDescriptions.s.get/x.y", rt.SourceDescriptions("s", "get/x.y"), None),
        ("$components.parameters.p", rt.Components("parameters", "p"), None),
        ("$request.query.", rt.Query("request", ""), None),
    ],
)
def test_expressions(text: str, expression: rt.Expression, rewrite: str | None) -> None:
    assert parse_expression(text) == rt.Parsed(expression, rewrite)


@pytest.mark.parametrize(
    ("text", "offset", "word"),
    [
        ("$faker.name", 0, "does not start an Arazzo expression"),
        ("$STATUSCODE", 0, "does not start an Arazzo expression"),
        ("$statusCode.x", 11, "nothing may follow"),
        ("$inputs.", 7, "followed by"),
        ("$steps.a.output", 7, "does not name an output"),
        ("$steps.a.inputs.c", 7, "does not name an output"),
        ("$steps.a.input.c", 7, "does not name an output"),
        ("$response.bdy", 0, "not a part of a response"),
        ("$response.body#/a~2", 17, "'~'"),
        ("$response.body.list[n].id", 19, "'[n]' is not an index"),
        ("$components.inputs.x", 12, "not a kind of component"),
        ("$inputs.{x}", 8, "is not allowed"),
    ],
)
def test_errors_point_at_the_character(text: str, offset: int, word: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(word)) as caught:
        parse_expression(text)
    assert caught.value.offset == offset


def test_the_runtime_expression_suite(shared: Path) -> None:
    suite = json.loads((shared / "suites" / "arazzo-runtime-expression" / "cases.json").read_text("utf-8"))
    for text in suite["valid"]:
        assert parse_expression(text).rewrite is None
    for text in suite["invalid"]:
        with pytest.raises(ExpressionError):
            parse_expression(text)
    for text, expected in suite["extract"]:
        assert [e.text for e in embedded_expressions(text)] == expected


@given(st.text())
def test_parsing_raises_nothing_else(text: str) -> None:
    for candidate in (text, "$inputs." + text, "$response.body" + text, "$steps.a.outputs." + text):
        try:
            parse_expression(candidate)
        except ExpressionError as error:
            assert 0 <= error.offset <= len(candidate)


# JSON Pointer


def resolved(pointer: tuple[str, ...], document: object) -> object:
    """What generated code gives for a pointer."""
    return eval(f"at(document, {pointer_arguments(pointer)})", {"at": at, "document": document})  # our own code


def test_the_pointer_suite(shared: Path) -> None:
    suite = json.loads((shared / "suites" / "json-pointer" / "rfc6901.json").read_text("utf-8"))
    document = suite["document"]
    assert len(suite["pointers"]) + len(suite["fragments"]) == 24
    for text, expected in suite["pointers"]:
        assert resolved(parse_pointer(text), document) == expected
    for text, expected in suite["fragments"]:
        assert resolved(parse_fragment(text[1:]), document) == expected


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("", {"a": [10, {"0": "x"}], "0": "zero", "01": "one", "t": "text"}),
        ("/a/0", 10),
        ("/a/1/0", "x"),
        ("/0", "zero"),
        ("/01", "one"),
        ("/a/01", None),
        ("/a/-", None),
        ("/a/-1", None),
        ("/a/1e0", None),
        ("/a/2", None),
        ("/t/0", None),
        ("/t/length", None),
        ("/nothing/at/all", None),
        ("/a/99999999999999999999", None),
    ],
)
def test_pointers(pointer: str, expected: object) -> None:
    document = {"a": [10, {"0": "x"}], "0": "zero", "01": "one", "t": "text"}
    assert resolved(parse_pointer(pointer), document) == expected


@given(st.lists(st.text()))
def test_pointers_round_trip(tokens: list[str]) -> None:
    assert parse_pointer(format_pointer(tuple(tokens))) == tuple(tokens)


# Regular expressions


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"^2\d{2}$", ["200", "299"], ["2000", "20x", "200\n", "2٣٣"]),
        (r"^\w+$", ["a_1"], ["é", ""]),
        (r"^(?<year>\d{4})-\k<year>$", ["2024-2024"], ["2024-2025"]),
        (r"^a.c$", ["abc"], ["a\nc", "a\u2028c"]),
        (r"^\s$", ["\u00a0", "\ufeff", " "], ["\u200b", "x"]),
        (r"^\p{Lu}\P{L}$", ["A1", "Ä!"], ["a1", "AA"]),
        (r"^[\p{Lu}\d]+$", ["AÄ1"], ["a"]),
        (r"^\cJ\x41\u0042\u{43}$", ["\nABC"], ["ABC"]),
        (r"^a\/b\-c$", ["a/b-c"], ["ab-c"]),
        (r"^[^]$", ["\n", "x"], [""]),
        (r"x{", ["x{"], ["x"]),
        (r"^(?:a|b)(?=c)c(?!d)", ["acx", "bc"], ["acd", "c"]),
        (r"(?<=a)b", ["ab"], ["cb"]),
        (r"^[a&&b]$", ["a", "&"], ["c"]),
        (r"\bend\b", ["the end."], ["bend", "ending"]),
        (r"^(a)\1$", ["aa"], ["ab"]),
        (r"^a{2,3}$", ["aa", "aaa"], ["a"]),
        ("", ["", "x"], []),
    ],
)
def test_ecma_patterns(pattern: str, matching: list[str], other: list[str]) -> None:
    translated = re.compile(translate_ecma(pattern))
    assert [t for t in matching if not translated.search(t)] == []
    assert [t for t in other if translated.search(t)] == []


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "a**", "*a", "(?<1>a)", r"\p{Nope}", r"a\8b", "a++", "\\", r"\z", "[b-a]", "a{3,2}"]
)
def test_patterns_that_are_not_valid(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        translate_ecma(pattern)


@pytest.mark.parametrize("pattern", ["(?i:a)", r"[\D]"])
def test_patterns_that_are_not_supported(pattern: str) -> None:
    with pytest.raises(Unsupported):
        translate_ecma(pattern)


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("a.c", ["abc"], ["a\nc", "abcd"]),
        ("[a-c]+", ["abc"], ["d", ""]),
        ("[^a]", ["b"], ["a"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        ("[a&&b]+", ["a&b"], ["c"]),
        (r"\p{Lu}\P{Lu}", ["Ab"], ["ab", "AB"]),
        (r"[\p{Nd}x]", ["5", "x"], ["y"]),
        (r"\.\n", [".\n"], ["a\n"]),
        ("(a|b){2,3}", ["ab", "aba"], ["a", "abab"]),
        ("^a$", ["a"], ["a\n"]),
        ("", [""], ["a"]),
    ],
)
def test_iregexps(pattern: str, matching: list[str], other: list[str]) -> None:
    translated = re.compile(translate_iregexp(pattern))
    assert [t for t in matching if not translated.fullmatch(t)] == []
    assert [t for t in other if translated.fullmatch(t)] == []


@pytest.mark.parametrize(
    "pattern",
    ["{", "a{", "}", "]", "[", "[]", "[^]", "(", "(?:a)", "a**", "a{2}+", "a{2}?", "*a", r"\d", r"\w", r"\p{X}", "\\"],
)
def test_patterns_that_are_not_iregexps(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        translate_iregexp(pattern)


@given(st.text("ab()[]{}*+?|\\^$.-dpLu<>:=!k1,", max_size=12))
def test_translation_raises_nothing_else(pattern: str) -> None:
    for translate in (translate_ecma, translate_iregexp):
        with contextlib.suppress(ExpressionError):
            re.compile(translate(pattern))
