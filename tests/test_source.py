"""Reading: YAML 1.2 scalars, duplicate keys, bounds, and positions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from arazzoc.diagnostics import Report
from arazzoc.positions import Positions, yaml_positions
from arazzoc.source import FEW, LARGE, Entry, Location, Source, entries_of, find_nearby, parse


def read(text: str | bytes, name: str = "file.yml") -> tuple[Source | None, Report]:
    report = Report()
    return parse(text.encode() if isinstance(text, str) else text, name, report), report


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("2024-05-29", "2024-05-29"),
        ("12e03", 12000.0),
        ("1_000", "1_000"),
        ("+1", 1),
        ("-.5", -0.5),
        ("1.", 1.0),
        (".", "."),
        ("-", ["-"]),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("TRUE", True),
        ("'true'", "true"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        (".inf", float("inf")),
        ("0b1", "0b1"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars_of_yaml_1_2(text: str, value: Any) -> None:
    source, report = read(f"k: {text}\n" if text != "-" else "k: ['-']\n")
    assert source is not None, report
    assert source.tree == {"k": value}
    found: Any = source.tree["k"]
    assert type(found) is type(value)


def test_keys_keep_their_spelling() -> None:
    source, _ = read("200: a\nyes: b\n1.0: c\nnull: d\n")
    assert source is not None and source.tree == {"200": "a", "yes": "b", "1.0": "c", "null": "d"}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "ARZ004", 1, 1),
        ("# only a comment\n", "ARZ004", 1, 1),
        ("a: 1\nb: 2\na: 3\n", "ARZ005", 3, 1),
        ('{"a": 1, "b": {"c": 1,\n "c": 2}}', "ARZ005", 2, 2),
        ("a:\n\t- b\n", "ARZ003", 2, 1),
        ("a: [1\n", "ARZ003", 2, 1),
        ("a: !!python/object:os.system x\n", "ARZ006", 1, 4),
        ("a: !local x\n", "ARZ006", 1, 4),
        ("a: !!set {x}\n", "ARZ006", 1, 4),
        ("? [a]\n: b\n", "ARZ003", 1, 3),
        ("a: 1\n---\nb: 2\n", "ARZ003", 2, 1),
        ("a: *nothing\n", "ARZ003", 1, 4),
        ("a: &x [*x]\n", "ARZ007", 1, 8),
        ("[" * 300 + "]" * 300, "ARZ007", 1, 1),
        ("a: " + "[" * 300 + "]" * 300, "ARZ007", 1, 203),
        ('{"a": NaN}', "ARZ003", 1, 1),
    ],
)
def test_what_is_refused(text: str, code: str, line: int, column: int) -> None:
    source, report = read(text, "file.json" if text.startswith("{") else "file.yml")
    assert source is None
    (found,) = report.diagnostics
    assert (found.rule.code, found.span.line, found.span.column) == (code, line, column)


def test_alias_bombs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    source, report = read("\n".join(lines))
    assert source is None and report.diagnostics[0].rule.code == "ARZ007"


def test_bytes_that_are_not_utf8() -> None:
    assert read(b"a: \xff\xfe\n")[1].diagnostics[0].rule.code == "ARZ002"
    source, _ = read(b"\xef\xbb\xbfa: 1\n")
    assert source is not None and source.tree == {"a": 1}


YAML = """\
a:
  b: plain text
  "c d": 'it''s quoted'
  e: "esc\\taped \\u00e9nd"
  f: >-
    folded text that
    goes on
  g: |
    literal
    lines
  h: [1, {i: 2}]
anchor: &x {k: v}
alias: *x
"""


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        ((), 1, 1),
        (("a", "b"), 2, 6),
        (("a", "c d"), 3, 10),
        (("a", "h", 1, "i"), 11, 14),
        (("alias", "k"), 12, 16),
        (("a", "nothing", "there"), 2, 3),
    ],
)
def test_positions_of_values(pointer: tuple[str | int, ...], line: int, column: int) -> None:
    source, _ = read(YAML)
    assert source is not None
    span = Location(source, pointer).span()
    assert (span.line, span.column) == (line, column)


@pytest.mark.parametrize(
    ("key", "part", "line", "column"),
    [
        ("b", "text", 2, 12),
        ("c d", "quoted", 3, 17),
        ("e", "énd", 4, 17),
        ("f", "goes", 7, 5),
        ("g", "lines", 10, 5),
    ],
)
def test_positions_inside_strings(key: str, part: str, line: int, column: int) -> None:
    source, _ = read(YAML)
    assert source is not None
    tree: Any = source.tree
    value = tree["a"][key]
    span = Location(source, ("a", key)).part(value.index(part), len(part)).span()
    assert (span.line, span.column) == (line, column)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON.filter(lambda value: isinstance(value, dict | list)))
def test_json_reads_as_json(value: Any) -> None:
    text = json.dumps(value, indent=1)
    source, report = read(text, "file.json")
    assert source is not None, report
    assert source.tree == value
    check_positions(source, value, ())


def check_positions(source: Source, value: Any, pointer: tuple[str | int, ...]) -> None:
    span = Location(source, pointer).span()
    rest = source.text[source.positions.lines[span.line - 1] + span.column - 1 :]
    found, _ = json.JSONDecoder().raw_decode(rest)
    assert found == value
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        check_positions(source, item, (*pointer, key))


YAML_VALUES = st.recursive(
    st.none() | st.integers() | st.text("ab#: -\n'\"é"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab~/ ", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.data())
def test_positions_on_the_way_to_a_node_are_those_of_all(data: st.DataObject) -> None:
    """A large text is read as far as one node, by the same rules; aliases and pointers to nothing included."""
    shared = data.draw(YAML_VALUES)
    value = data.draw(YAML_VALUES)
    text = yaml.safe_dump({"a": shared, "b": [value, shared], "c": {"a": value}}, allow_unicode=True)
    pointer: list[str | int] = []
    here: Any = yaml.safe_load(text)
    while isinstance(here, dict | list) and data.draw(st.booleans()):
        token: Any = data.draw(st.sampled_from([*(here if isinstance(here, dict) else range(len(here))), "z", 9]))
        pointer.append(token)
        is_there = token in here if isinstance(here, dict) else isinstance(token, int) and token < len(here)
        here = here[token] if is_there else None
    way = tuple(pointer)
    some, whole = yaml_positions("x.yml", text, way), yaml_positions("x.yml", text)
    assert some.value(way) == whole.value(way) and some.key(way) == whole.key(way)


def test_a_way_through_an_alias() -> None:
    """Its anchor was passed by, so all is read."""
    text = "a: &a {k: [1, 2]}\nb: *a\n"
    way = ("b", "k", 1)
    assert yaml_positions("x.yml", text, way).value(way) == yaml_positions("x.yml", text).value(way)


def test_a_large_text_is_read_whole_after_a_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = read("\n".join(f"key{number}: {{a: [1, 2]}}" for number in range(20_000)))
    assert source is not None and len(source.data) > LARGE
    ways = list[Any]()

    def noted(file: str, text: str, way: Any = None) -> Positions:
        ways.append(way)
        return yaml_positions(file, text, way)

    monkeypatch.setattr("arazzoc.positions.yaml_positions", noted)
    for number in range(FEW + 2):
        span = Location(source, (f"key{number}", "a", 1)).span()
        assert (span.line, span.column) == (number + 1, len(f"key{number}: {{a: [1, ") + 1)
    assert ways == [*((f"key{number}", "a", 1) for number in range(FEW)), None]


def test_what_follows_a_member_that_is_twice_may_be_no_json() -> None:
    """The fault of the text comes first: without it, nothing is known of the objects."""
    texts = {'{"a": 1, "a": 2}': "ARZ005", '{"a": 1, "a": 2}}': "ARZ003", '[{"a": 1, "a": 2}, ]': "ARZ003"}
    for text, code in texts.items():
        report = Report()
        assert parse(text.encode(), "x.json", report) is None
        assert [d.rule.code for d in report.diagnostics] == [code], text


def test_files_nearby_are_looked_for_once_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "flows"
    for name in ("flows/a/api.yml", "other/api.yml", ".git/api.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (here / "loop").symlink_to("loop")
    asked = list[Path]()

    def entries(folder: Path) -> list[Entry]:
        asked.append(folder)
        return entries_of(folder)

    assert find_nearby("api.yml", here, entries=entries) == [here / "a" / "api.yml", tmp_path / "other" / "api.yml"]
    assert len(asked) == len(set(asked)) == 4
    monkeypatch.setattr("arazzoc.source.MANY_FILES", 2)
    asked.clear()
    find_nearby("api.yml", here, entries=entries)
    assert asked == [here]
    assert len(entries_of(tmp_path)) == 2
