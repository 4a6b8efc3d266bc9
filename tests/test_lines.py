"""Lines are broken as black breaks them: black itself is the judge."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import arazzoc.emit.module
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.emit.leaves import Unknown
from arazzoc.emit.lines import by_black, formatted, laid_out
from arazzoc.emit.quote import docstring, literal
from arazzoc.pipeline import generate_file
from arazzoc.sources import Library
from conftest import EXAMPLE
from test_cases import CASES

LONG = "a_name_that_is_long_enough_to_make_a_line_long"
STATEMENTS = {
    "short": "x = 1\n",
    "a call": f"call({LONG}, {LONG}, x)\n",
    "a call that does not fit on one line either": f"call({LONG}, {LONG}, {LONG}, [1, 2])\n",
    "a call within a call": f"outer_call(inner_call({LONG}, {LONG}), x)\n",
    "a display": f"x = [{LONG}, {LONG}]\n",
    "a display of one": f"x = [{LONG}_{LONG}]\n",
    "a dictionary": f'x = {{"key": {LONG}, "other": call({LONG})}}\n',
    "a tuple of one": f"x = ({LONG}_{LONG}_and_more,)\n",
    "a magic comma": "call(\n    a,\n    b,\n)\n",
    "no magic comma": "call(\n    a,\n    b\n)\n",
    "a union": f"x: {LONG} | {LONG} | None = None\n",
    "an annotation with brackets": f'x: Literal["{LONG}"] | None = "{LONG}"\n',
    "conditions": f"if {LONG} == 1 and {LONG} or not {LONG}:\n    pass\n",
    "one condition": f"if {LONG} == call({LONG}):\n    pass\n",
    "a condition that is broken in its call": f"if not called({LONG}, {LONG}, {LONG}):\n    pass\n",
    "parentheses that are not needed": "if (a):\n    x = (b)\n    return (c)\n",
    "parentheses that are": "x = (a, b)\nreturn_value = (y for y in z)\n",
    "a conditional expression": f"x = {LONG} if {LONG} else None\n",
    "one in a call": f"call(key={LONG} if {LONG} else None, other=1)\n",
    "one that is alone in a call": f"call({LONG} if {LONG} else None)\n",
    "one in another": f"call(x, {LONG} if a else {LONG} if b else c)\n",
    "a comprehension": f"x = [{LONG} for {LONG} in call(x) if {LONG}]\n",
    "a chain of calls": f"x = {LONG}.replace(a, b).{LONG}(c).rstrip()\n",
    "text that cannot be broken": f'x = "{LONG} {LONG}"\n',
    "text in a call": f'call("{LONG} {LONG} {LONG}")\n',
    "texts after each other": f'x = "{LONG}" "{LONG}" "{LONG}"\n',
    "sums": f'x = client.{LONG} + "/files/" + quote({LONG}, safe="") + "/content"\n',
    "signs": f"call(-{LONG}, *{LONG}, **{LONG}, key=-1)\n",
    "one parameter": f"def {LONG}(argument: {LONG}) -> None:\n    pass\n",
    "parameters": f"def call(client: Client, *, a: {LONG}, b: int = 1) -> StepResult[Outputs, None]:\n    pass\n",
    "a parameter with a union": f"def call(a: {LONG} | {LONG} | None = None, b: int = 1) -> None:\n    pass\n",
    "a name that is too long": f"def {LONG}_{LONG}(a: int, b: {LONG}) -> None:\n    pass\n",
    "a name and a type that are too long": f'def {LONG}_{LONG}(a: A) -> R[{LONG}, Literal["{LONG}"]]:\n    pass\n',
    "names that are too long": f"{LONG}_{LONG} = {LONG}_{LONG}_{LONG}({LONG}_{LONG}_{LONG})\n",
    "a type returned": f'def call(a: int) -> StepResult[Outputs, Literal["{LONG}", "{LONG}"]]:\n    pass\n',
    "an import": f"from typing import Any, {LONG}, {LONG}\n",
    "a target of several": f"state.{LONG}, state.{LONG} = x or y, None\n",
    "a subscript as target": f'x["{LONG}"]["{LONG}"] = call(y)\n',
    "a text for one target and an argument": f'x[call(a=1)] = "{LONG} {LONG} {LONG}"\n',
    "a sum that begins with brackets": f"x = [{LONG}] + call({LONG}, {LONG})[{LONG}]\n",
    "a case": f'match x:\n    case "{LONG}_{LONG}":\n        pass\n',
    "a case with a condition": f'match x:\n    case "a" if {LONG} and {LONG}_too:\n        pass\n',
    "a loop": f"for {LONG}, b in called({LONG}, {LONG}):\n    pass\n",
    "an error": f'raise Failed({LONG}, {{"a": {LONG}}})\n',
    "not in": f"if {LONG} not in {LONG} and {LONG} is not None:\n    pass\n",
    "an assignment with an operator": f"x += call({LONG}, {LONG})\n",
    "a docstring": f'def f():\n    """{LONG} {LONG} {LONG}"""\n',
    "a comment": f"# {LONG} {LONG} {LONG}\nx = 1\n",
    "text of wide letters": f'call("{"ä" * 30}", {LONG}, {LONG})\n',
    "spaces in brackets": "x = { a: b }\n",
}
"""A statement for each rule."""


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_statements(text: str) -> None:
    check(text)
    check("def f():\n    while True:\n" + "".join(f"        {line}\n" for line in text.splitlines()))


def check(text: str) -> None:
    """Blank lines are not compared: those of a module are the templates' business, and compared on whole modules."""
    found, expected = laid_out(text), by_black(text)
    assert [line for line in found.splitlines() if line] == [line for line in expected.splitlines() if line]


UNKNOWN = {
    "a comment in brackets": f"call(\n    {LONG},  # why\n    b\n)\n",
    "a lambda": f"call(lambda x: {LONG}, {LONG}, {LONG})\n",
    "text of several lines": 'x = """a\nb"""\n',
    "a chain of targets": f"x = {LONG} = {LONG} = call(y)\n",
    "a line that goes on": f"x = {LONG} + {LONG} + \\\n    {LONG}\n",
    "a power": f"x = {LONG} ** {LONG} ** {LONG}\n",
    "letters that may be wide": f'call("{"漢" * 41}")\n',
    "a method of a text": f'return "{LONG} {LONG} {LONG}".method\n',
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_black_is_asked_about_the_rest(text: str) -> None:
    with pytest.raises(Unknown):
        laid_out(text)
    assert formatted(text) == by_black(text)


def test_two_blank_lines_at_most() -> None:
    assert laid_out("x = 1\n\n\n\n\ny = 2\n\n\n") == "x = 1\n\n\ny = 2\n"


@pytest.mark.parametrize("text", ["", "\n", "\n\n\n", "# only this\n", "x = 1"])
def test_hardly_any_text(text: str) -> None:
    assert laid_out(text).strip("\n") == by_black(text).strip("\n")


names = st.sampled_from(
    ["x", "item", "client.api", "state.read_result", "inputs.an_input_with_a_long_name", LONG, f"{LONG}_{LONG}"]
)
texts = st.sampled_from(
    [
        '"a"',
        '"/things/"',
        '"a text, with (brackets) and: signs"',
        f'"{LONG}"',
        f'"{LONG} {LONG}"',
        'f"Bearer {api_key}"',
    ]
)
atoms = st.one_of(names, texts, st.sampled_from(["1", "0.5", "None", "True", "-1", "[]", "{}"]))


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions of others, as the emitter combines them; operands of operators stand in parentheses if they must."""
    few = st.lists(inner, min_size=1, max_size=4)
    operand = st.one_of(names, st.builds("{}({})".format, names, inner), st.builds("({} or {})".format, names, names))
    pairs = st.lists(st.tuples(texts, inner), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda f, a: f"{f}({', '.join(a)})", names, few),
        st.builds(lambda f, a: f"{f}({', '.join(a)},)", names, few),
        st.builds(lambda items: f"[{', '.join(items)},]", few),
        st.builds(lambda f, a, k, v: f"{f}({a}, {k}={v})", names, inner, st.sampled_from(["a", "key"]), inner),
        st.builds(lambda f, a, m: f"call({a}).{m}()", names, inner, st.sampled_from(["get", "rstrip"])),
        st.builds(lambda items: f"[{', '.join(items)}]", few),
        st.builds(lambda items: f"({', '.join(items)},)", few),
        st.builds(lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items) + "}", pairs),
        st.builds(lambda a, i: f"{a}[{i}]", names, inner),
        st.builds("{} + {}".format, operand, operand),
        st.builds("{} {} {}".format, operand, st.sampled_from(["==", "is not", "not in", "<"]), operand),
        st.builds(lambda op, items: op.join(items), st.sampled_from([" and ", " or "]), st.lists(operand, min_size=2)),
        st.builds("not {}".format, operand),
        st.builds(lambda e, s, c: f"[{e} for item in {s} if {c}]", operand, operand, operand),
        st.builds(lambda k, v, s: f"{{{k}: {v} for {LONG}, value in {s}}}", operand, operand, operand),
    )


def conditional(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Conditional expressions, where they need no parentheses."""
    either = st.builds("{} if {} else {}".format, inner, inner, inner)
    return st.one_of(
        either,
        st.builds("call({})".format, either),
        st.builds("call(x, key={}, other={})".format, either, inner),
        st.builds('{{"key": {}, "other": {}}}'.format, either, inner),
    )


expressions = st.recursive(atoms, compound, max_leaves=12)
values = st.one_of(expressions, conditional(expressions))
RETURNED = f'StepResult[{LONG}, Literal["a", "{LONG}", "b"]]'
types = st.sampled_from(
    ["int", "str | None", f"{LONG} | None", f'Literal["a", "{LONG}"]', "Mapping[str, Any]", RETURNED]
)
parameters = st.lists(st.builds("{}: {}".format, st.sampled_from(["a", "b_long_name"]), types), max_size=4)
statements = st.one_of(
    st.builds("{} = {}".format, names, values),
    st.builds("x: {} = {}".format, types, values),
    st.builds("return {}".format, values),
    st.builds("call({})".format, values),
    st.builds("raise Failed({}, {})".format, values, values),
    st.builds("if {}:\n    pass".format, expressions),
    st.builds("for item in {}:\n    pass".format, expressions),
    st.builds(
        lambda n, p, r: f"def {n}({', '.join(['client: Client', *p])}) -> {r}:\n    pass",
        st.sampled_from(["call", LONG, f"{LONG}_{LONG}"]),
        parameters,
        types,
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(statements, min_size=1, max_size=4), st.integers(0, 4))
def test_statements_made_at_random(made: list[str], depth: int) -> None:
    check_at_random(made, depth)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(statements, min_size=1, max_size=4), st.integers(0, 4))
def test_more_statements_made_at_random(made: list[str], depth: int) -> None:
    check_at_random(made, depth)


def check_at_random(made: list[str], depth: int) -> None:
    lines = [f"{'    ' * level}while True:" for level in range(depth)]
    lines += [f"{'    ' * depth}{line}" for statement in made for line in statement.splitlines()]
    check("\n".join(lines) + "\n")


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_literals_have_the_quotes_that_black_prefers(value: str) -> None:
    text = f"x = {literal(value)}\n"
    assert by_black(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text('"\\\n a'), st.sampled_from([0, 4]))
def test_docstrings_are_as_black_leaves_them(value: str, depth: int) -> None:
    code = docstring(value, depth)
    if code:
        text = re.sub(r"\n(?=[^\n])", "\n" + " " * depth, code)
        text = f"{text}\n\nx = 1\n" if depth == 0 else f"def f():\n    {text}\n    x = 1\n"
        assert by_black(text) == text


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is handed over to be laid out, from then on."""
    found: list[str] = []

    def kept(text: str) -> str:
        found.append(text)
        return text

    monkeypatch.setattr(arazzoc.emit.module, "formatted", kept)
    return found


@pytest.mark.slow
def test_every_case_and_example(heads: list[str]) -> None:
    for document in [*(p for case in CASES for p in case.glob("workflow.*")), *EXAMPLE.glob("*.arazzo.yml")]:
        generate_file(document, Config(), Library(Report()))
    assert len(heads) > 30
    check_heads(heads)


@pytest.mark.slow
def test_documents_of_the_corpus(heads: list[str], shared: Path) -> None:
    """Every thirtieth; all of them were compared by hand."""
    corpus = shared / "corpus"
    entries = [e for e in json.loads((corpus / "manifest.json").read_text()) if e["expect"] == "compile"]
    for entry in entries[::30]:
        sources = {name: corpus / file for name, file in entry["sources"].items() if file}
        generate_file(corpus / entry["document"], Config(sources), Library(Report()))
    assert len(heads) > 15
    check_heads(heads)


def check_heads(heads: list[str]) -> None:
    unknown = 0
    for text in dict.fromkeys(heads):
        try:
            found = laid_out(text)
        except Unknown:
            unknown += 1
        else:
            assert found == by_black(text)
    assert unknown <= 2, "black is to be asked rarely"
