"""Each rewrite that a help line offers is applied: it compiles in strict mode, and means the same on random values."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Result, api_of, compile_documents, workflow_of

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
INPUTS: dict[str, Any] = {"type": "object", "properties": {"k": {}, "a.b": {}}}
DIALECTS = ("ARZ451", "ARZ452", "ARZ453", "ARZ454", "ARZ455", "ARZ459")


def compiled(place: str, text: str, **options: Any) -> Result:
    """A step that has the text in one of the places where people write dialects."""
    step: dict[str, Any] = {"stepId": "s", "operationId": "a", "outputs": {"o": "$response.body"}}
    last: dict[str, Any] = {"stepId": "t", "operationId": "b"}
    outputs: dict[str, Any] = {"o": "$steps.s.outputs.o"}
    if place in ("jsonpath", "regex"):
        criterion = {"context": "$response.body", "condition": text, "type": place}
        step["onSuccess"] = [{"name": "e", "type": "end", "criteria": [criterion]}]
    elif place == "simple":
        step["onSuccess"] = [{"name": "e", "type": "end", "criteria": [{"condition": text}]}]
    elif place == "output":
        step["outputs"]["x"] = text
        outputs["x"] = "$steps.s.outputs.x"
    else:
        last["requestBody"] = {"payload": {"x": text}}
    api = api_of(("get", "/a", "a"), ("post", "/b", "b"))
    with TemporaryDirectory() as folder:
        return compile_documents(Path(folder), workflow_of(step, last, inputs=INPUTS, outputs=outputs), api, **options)


@lru_cache(maxsize=512)
def both(place: str, text: str) -> tuple[Any, Any] | None:
    """The module of a text, and that of the rewrite that its findings offer; None where they offer none."""
    result = compiled(place, text)
    assert result.text is not None, result.messages
    rewritten = text
    offered = [d for d in result.report.sorted() if d.rule.code in DIALECTS]
    for finding in offered:
        help = (finding.help or "").removeprefix("write ")
        if finding.help is None or not finding.help.startswith("write "):
            return None
        if finding.rule.code in ("ARZ452", "ARZ453", "ARZ459"):
            rewritten = help
        elif finding.rule.code == "ARZ454":
            start = text.index('"')
            rewritten = text[:start] + help + text[text.rindex('"') + 1 :]
        elif help.strip("{}") not in rewritten:
            rewritten = help
        elif help not in rewritten:
            rewritten = rewritten.replace(help.strip("{}"), help)
    if not offered:
        return None
    strict = compiled(place, rewritten, strict=True)
    assert strict.text is not None, (rewritten, strict.messages)
    assert not [c for c in strict.codes if c in DIALECTS], (rewritten, strict.messages)
    return result.module, strict.module


def outcome(module: Any, body: Any, k: Any) -> Any:
    """What a run sends and returns."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.get("https://api.test/a", json=body)
        server.post("https://api.test/b", json={})
        try:
            given = {} if k is None else {"k": k}
            found = repr(module.run_flow(module.Client(), module.FlowInputs(**given)))
        except module.WorkflowError as error:
            found = type(error).__name__
        return found, [
            json.loads(str(c.request.body, "utf-8")) for c in server.calls if isinstance(c.request.body, bytes)
        ]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from(["", "x", "X", "1", "it's", "/"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "length", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = st.one_of(VALUES, st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3))
PATH = st.sampled_from(["$.a", "$.b", "$.a.b", "$.a[0]", "$", "$.a.length", "$.length", "$.a[*]", "$..b", "$.a[?@.b]"])
LITERAL = st.sampled_from(["1", "0", '"x"', "'1'", "null", "true", "false", "$inputs.k", "{$inputs.k}", '"$inputs.k"'])
COMPARISON = st.builds(
    lambda left, operator, right: f"{left} {operator} {right}",
    PATH,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.one_of(LITERAL, PATH),
)
TESTS = st.recursive(
    st.one_of(COMPARISON, COMPARISON, PATH),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(" ".join), inner.map(lambda t: f"!({t})")
    ),
    max_leaves=3,
)


@settings(QUICK, max_examples=400)
@given(TESTS, BODIES, SCALARS)
def test_comparisons_as_queries(text: str, body: Any, k: Any) -> None:
    result = compiled("jsonpath", text)
    modules = both("jsonpath", text) if result.text is not None else None
    if modules is not None:
        assert outcome(modules[0], body, k) == outcome(modules[1], body, k)


@pytest.mark.parametrize(
    "text",
    ['$.a == "x"', "$.a > 1 && $.b", "$.a.b == 1 || $.b == 'x'", "$.a[0] == true", "$.a == null", "$.a == $inputs.k"],
)
def test_a_rewrite_is_offered_where_it_is_right(text: str) -> None:
    assert both("jsonpath", text) is not None


@pytest.mark.parametrize("text", ["$.a != 'x'", "!($.a)", "$.a.length > 0", "$.a == $.b", "$.a || !$.b", "$ == 1"])
def test_no_rewrite_is_offered_where_there_is_none(text: str) -> None:
    result = compiled("jsonpath", text)
    assert "ARZ452" in result.codes and both("jsonpath", text) is None


NAMES = st.sampled_from([".a", ".b", "[0]", "['a']", "['a/b']", "['~']", '["c d"]', ".length", ".a-b", ".0"])
ACCESSORS = st.lists(NAMES, min_size=1, max_size=3).map("".join)


@QUICK
@given(st.sampled_from(["$response.body", "$steps.s.outputs.o", "$inputs.k"]), ACCESSORS, BODIES, VALUES)
def test_navigation_by_dots(root: str, accessors: str, body: Any, k: Any) -> None:
    place = "output" if root == "$response.body" else "payload"
    text = root + accessors
    result = compiled(place, text)
    if result.text is None:
        return
    modules = both(place, text)
    assert (modules is None) == accessors.endswith(".length")
    if modules is not None:
        assert outcome(modules[0], body, k) == outcome(modules[1], body, k)


@QUICK
@given(st.text("ab'\\/{}$ é", max_size=6), BODIES)
def test_single_quotes(text: str, body: Any) -> None:
    written = json.dumps(text, ensure_ascii=False)
    modules = both("simple", f"$response.body#/a == {written}")
    assert modules is not None
    assert outcome(modules[0], body, None) == outcome(modules[1], body, None)
    assert outcome(modules[0], {"a": text}, None) == outcome(modules[1], {"a": text}, None)


@QUICK
@given(st.text("x:, '\"{}é", max_size=8), st.text("x:, '\"{}é", max_size=8), VALUES)
def test_braces(before: str, after: str, k: Any) -> None:
    for expression in ("$inputs.k", "$steps.s.outputs.o"):
        text = f"{before}{expression} {after}"
        result = compiled("payload", text)
        if "ARZ451" not in result.codes or result.text is None:
            continue
        modules = both("payload", text)
        if modules is not None:
            assert outcome(modules[0], k, k) == outcome(modules[1], k, k)


@QUICK
@given(st.text("ab.*+?^$|()[]\\/", min_size=1, max_size=6), SCALARS)
def test_slashes_around_patterns(pattern: str, body: Any) -> None:
    result = compiled("regex", f"/{pattern}/")
    if result.text is None or "ARZ459" not in result.codes:
        return
    modules = both("regex", f"/{pattern}/")
    assert modules is not None
    assert outcome(modules[0], body, None) == outcome(modules[1], body, None)


def test_short_outputs() -> None:
    modules = both("payload", "$steps.s.o")
    assert modules is not None
    assert outcome(modules[0], {"a": [1]}, None) == outcome(modules[1], {"a": [1]}, None)
