"""The way out where there is nothing to do: what it reads of a configuration, and where it gives up."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arazzoc.project.quick import current_files, split_configuration
from projects import change, shown, write_documents

PYPROJECT = '[project]\nname = "p"\n\n[tool.arazzoc]\noutput = "out"\n\n[[tool.arazzoc.module]]\ndocument = "flows"\n'


def spellings(text: str) -> list[str]:
    """The words between bars: `~` is the end of a line in them, `@` U+2028, and QQQ three quotes."""
    found = text.replace("~", "\n").replace("@", "\u2028").replace("QQQ", '"""').split(" |")
    return [word.strip(" ") for word in found]


HEADERS = spellings(
    "[tool.arazzoc] |[[tool.arazzoc.module]] |[tool.arazzoc.sources] |[tool.arazzoc.module.sources] |[[module]]"
    " |[sources] |[module.sources] |[tool.other] |[project] |[tool] |[arazzoc] |[tool.arazzoc.tool.arazzoc]"
    " |[diff] |[tool.arazzoc.diff]"
    """ |["tool".arazzoc] |[['tool'.arazzoc.module]] |[tool."]#".arazzoc] |[project.arazzoc] |[[tool]] |[] |[[a.b]]"""
    ' |[ tool . "arazzoc" ] |[module] |[tool.arazzoc.module] |[[tool.arazzoc]]'
)
KEYS = spellings(
    """output |document |x |a-b |"quoted" |'single' |3 |a.b |"a.b" |"a=b" |"" |tool |"tool" |tool.arazzoc |sources"""
    """ |module |tool.arazzoc.output |"a=#[" |"\\"=#[" |é |'é' |'a"=#['"""
)
VALUES = spellings(
    r"""'text' |"text" |"a # b" |"[tool.arazzoc]" |"a\\b" |"a\"b" |'a\b' |"" |1 |007 |88 |1_0 |+1 |1.5 |true |nan |[]"""
    """ |["a"] |["a", "b"] |["a",] |["a]b"] |["a,b"] |[1] |["a", # x~"b"] |[~"a",~] |[~["tool.arazzoc"],~["b"]]"""
    r""" |{a = 1} |{a = ["x",~"y"]} |QQQ~[tool.arazzoc]~output = "no"~QQQ |'''~[[module]]~''' |QQQa\QQQ~QQQ"""
    """ |QQQx"QQQ |'''a''' |[[~], [~["]"]]] # [ |'''~'~''~''' |[QQQ~]~QQQ] |2020-01-01 |"@x = 1" |"a@[module]" """
)
TAILS = st.sampled_from(["", "", "", " # why", " # [", ' # """', " \t", "\r"])
LINES = st.one_of(
    st.sampled_from(HEADERS[:8]),
    st.builds(str.__add__, st.sampled_from(HEADERS), TAILS),
    st.builds("{} = {}{}".format, st.sampled_from(KEYS), st.sampled_from(VALUES), TAILS),
    st.builds("{} = {}".format, st.sampled_from(KEYS[:6]), st.sampled_from(VALUES[:4])),
    st.sampled_from(["", "# [tool.arazzoc]", "  # x", "<<<<<<< HEAD", "=======", ">>>>>>> other"]),
)
TEXTS = st.lists(
    LINES, max_size=8, unique_by=lambda line: line if line.startswith("[[") else line.partition("=")[0]
).map("\n".join)


def of_toml(text: str, prefix: str) -> Any:
    tree: Any = tomllib.loads(text)
    for key in prefix.split(".")[:-1]:
        tree = tree.get(key, {})
    return tree


@settings(max_examples=2000)
@given(TEXTS, st.sampled_from(["", "tool.arazzoc."]))
@example('[tool.arazzoc]\noutput = 1\n["tool"."arazzoc"]', "tool.arazzoc.")
@example('[[module]]\nsources = ["x"]\n[module.sources]\na = "b"', "")
def test_what_is_read_is_what_toml_says(text: str, prefix: str) -> None:
    read = split_configuration(text, prefix)
    if read is None:
        return
    try:
        expected = of_toml(text, prefix)
    except tomllib.TOMLDecodeError:
        return  # whoever reads it will say so
    general, modules = read
    if "diff" not in general:
        expected.pop("diff", None)  # it makes no module another one
    assert {**general, **({"module": modules} if modules else {})} == expected


@pytest.mark.parametrize(
    "others",
    [
        '[tool.x]\ninclude = [\n  "a",\n  ["b"], # [tool.arazzoc]\n]\n',
        "[tool.black]\nextend-exclude = '''\n/(\n  [a]/[tool.arazzoc]\n)/\n'''\n",
        '[project.scripts]\n"a.b" = "c:d"\n[tool.mypy]\nx = {a = [1], b = "}"}\ny = "\\\\["\nz = ["\\"]", "\\\\"]\n',
        '[project.entry-points."pytest11"]\nx = "y"\n',
    ],
)
def test_tables_of_others_do_not_matter(project: Path, capsys: pytest.CaptureFixture[str], others: str) -> None:
    (project / "arazzoc.toml").unlink()
    for text in (PYPROJECT + others, others + PYPROJECT):
        (project / "pyproject.toml").write_text(text)
        shown(capsys, "generate")
        assert current_files(str(project)) is not None


@pytest.mark.parametrize(
    "text",
    [
        PYPROJECT.replace("[tool.arazzoc]", '["tool"."arazzoc"]'),
        PYPROJECT.replace("[[tool.arazzoc.module]]", "[['tool'.arazzoc.module]]"),
        PYPROJECT.replace("[tool.arazzoc]", "[tool]").replace("output =", "arazzoc.output ="),
        PYPROJECT.replace("[project]", '"\\u0074ool".x = 1\n[project]'),
        PYPROJECT.replace('name = "p"', '<<<<<<< HEAD\nname = "p"\n=======\nname = "q"\n>>>>>>> other'),
        PYPROJECT.replace('output = "out"', 'output = """out"""'),
        PYPROJECT.replace('output = "out"', 'output = "out"\nsources.api = "flows/openapi.yml"'),
        PYPROJECT.replace('output = "out"', 'output = "out"\nsources = {api = "flows/openapi.yml"}'),
    ],
)
def test_what_is_not_plain_is_left_to_those_who_read_toml(text: str) -> None:
    assert split_configuration(text, "tool.arazzoc.") is None


def test_a_document_with_an_absolute_path(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(text.replace('"flows/', f'"{project}/flows/'))
    shown(capsys, "generate")
    assert current_files(str(project)) is not None
    change(project, "orders", "changed")
    assert current_files(str(project)) is None


@pytest.mark.parametrize("name", ["a\u2028b", "a\x85b", "a b", "a'b", "\U0001f600"])
def test_names_of_documents(project: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    write_documents(project, [name])
    document = f'document = "flows/{name}.arazzo.yml"\n'
    (project / "arazzoc.toml").write_text(f'output = "clients"\n[[module]]\n{document}name = "one"\n')
    shown(capsys, "generate")
    assert current_files(str(project)) is not None
    (project / "arazzoc.toml").write_text(f'output = "clients"\n[[module]]\n{document}nam = "one"\n')
    assert "arazzoc.toml:4:" in shown(capsys, "generate", status=2), "the line is that of an editor"


def conflicted(block: str, field: str) -> Callable[[str], str]:
    """A change of the lock file: what git leaves where both sides changed a field of a block."""

    def change_it(text: str) -> str:
        at = text.index(f"\n{field} = ", text.index(block)) + 1
        line = text[at : text.index("\n", at) + 1]
        return f"{text[:at]}<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> other\n{text[at + len(line) :]}"

    return change_it


REMOTE = (
    '[[remote]]\nurl = "http://a.test/x"\nfile = "flows/openapi.yml"\nsha256 = "0"\netag = "\\"1\\""\nsource = "a"\n\n'
)


@pytest.mark.parametrize(
    "change_it",
    [
        conflicted("[[remote]]", "etag"),
        conflicted("[[remote]]", "sha256"),
        conflicted("[[file]]", "made_from"),
        lambda text: text.replace('file = "flows/openapi.yml"', 'file = "flows/none.yml"'),
        lambda text: text.replace('entry = "', 'entry = "" # "'),
        lambda text: text.replace("[[file]]\n", '[[file]]\noutput = "clients/support.py"\n'),
        lambda text: text[: text.index("[[file]]")] + text[text.index("[[remote]]") :],
        lambda text: text.replace('shared = "support.py"', 'shared = ""'),
    ],
)
def test_a_lock_that_is_not_as_it_was_written(
    project: Path, capsys: pytest.CaptureFixture[str], change_it: Callable[[str], str]
) -> None:
    shown(capsys, "generate")
    lock = project / "arazzoc.lock"
    text = lock.read_text().replace("# The end", f"{REMOTE}# The end")
    lock.write_text(text)
    assert current_files(str(project)) is not None
    lock.write_text(change_it(text))
    assert lock.read_text() != text and current_files(str(project)) is None
