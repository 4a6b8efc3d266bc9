"""The configuration of a project: how it may be written, what is wrong with it, and the first one."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from arazzoc.cli import main
from arazzoc.project.quick import current_files
from conftest import ROOT
from projects import files, flow, shown, write_documents


def test_the_configuration_in_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_documents(tmp_path, ["orders"])
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "p"\n\n[tool.arazzoc]\noutput = "src"\nwith = ["many"]\n\n[tool.other]\nx = 1\n\n'
        '[[tool.arazzoc.module]]\ndocument = "flows/orders.arazzo.yml"\nname = "shop"\n\n'
        '[tool.arazzoc.module.sources]\napi = "flows/openapi.yml"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert main(["generate"]) == 0 and current_files(str(tmp_path)) is not None
    assert "def run_many" in (tmp_path / "src" / "shop.py").read_text()
    text = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(text.replace("x = 1", "x = 2"))
    assert current_files(str(tmp_path)) is not None, "tables of others do not matter"
    (tmp_path / "pyproject.toml").write_text(text.replace("flows/openapi.yml", "flows/../flows/openapi.yml"))
    assert current_files(str(tmp_path)) is None


def test_the_page_of_options_is_made_from_the_table() -> None:
    from arazzoc.project.options import reference

    page = (ROOT / "docs" / "configuration.md").read_text()
    assert "\n".join(["-->", *reference(), "<!-- end"]) in page


SPELLINGS = [
    'tool.arazzoc.output = "out"\ntool.arazzoc.line-length = 88\n[[tool.arazzoc.module]]\nDOCUMENT',
    '[tool.arazzoc]\noutput = "out"\nline-length = 88 # wide\n[[tool.arazzoc.module]]\nDOCUMENT',
    '[tool."arazzoc"]\noutput = "out"\nline-length = 88\n[[tool."arazzoc".module]]\nDOCUMENT',
    '[tool]\narazzoc = {output = "out", line-length = 88, module = [{DOCUMENT}]}\n',
    '[ tool . arazzoc ]\noutput = "out"\nline-length = 88\n[[ tool.arazzoc . module ]]\nDOCUMENT',
    '[tool.arazzoc]\noutput = "out"\nwith = [\n"many",\n]\n"line-length" = 88\n[[tool.arazzoc.module]]\nDOCUMENT',
    '\ufeff[tool.arazzoc]\r\noutput = "out"\r\nline-length = 88\r\n[[tool.arazzoc.module]]\r\nDOCUMENT',
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_toml(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (project / "arazzoc.toml").unlink()
    text = text.replace("DOCUMENT", 'document = "./flows/orders.arazzo.yml"')
    path = project / "pyproject.toml"
    path.write_bytes(text.encode())
    shown(capsys, "generate")
    assert shown(capsys, "generate", "--check") == ""
    if text.startswith('[tool.arazzoc]\noutput = "out"\nline'):
        assert current_files(str(project)) is not None, "what is plain is found at once"
    path.write_bytes(text.replace("88", "60").encode())
    assert "orders.py is stale" in shown(capsys, "generate", "--check", status=1)
    assert "is a configuration already" in shown(capsys, "init", status=2)


GENERAL = 'output = "clients"\n'

MODULE = '[[module]]\ndocument = "flows/orders.arazzo.yml"\n'


@pytest.mark.parametrize(
    ("text", "line", "message", "help"),
    [
        ('outptu = "x"\n' + MODULE, 1, "there is no option 'outptu'", "did you mean 'output'?"),
        (GENERAL + MODULE + "strickt = true\n", 4, "there is no option 'strickt'", "did you mean 'strict'?"),
        (GENERAL + "document = 1\n" + MODULE, 2, "'document' is not an option of all modules", ""),
        (GENERAL + MODULE + "allow-remote = true\n", 4, "'allow-remote' is not an option of one module", ""),
        ("strict = 1\n" + MODULE, 1, "the value of 'strict' is not true or false", ""),
        ("line-length = 12\n" + MODULE, 1, "is not a number from 60 to 320", ""),
        ('with = ["all"]\n' + MODULE, 1, 'is not an array of "command" and "many"', ""),
        ('support = "json"\n' + MODULE, 1, "json.py would shadow", ""),
        ('sources = "x"\n' + MODULE, 1, "is not a table", ""),
        ('unhandled = "stop"\n' + MODULE, 1, 'is not "raise" or "continue"', ""),
        (GENERAL + "[[module]]\n", 2, "the module has no 'document'", "add document"),
        (GENERAL + '[module]\ndocument = "x"\n', 2, "is an array of tables: write [[module]]", ""),
        (GENERAL + '[[module]]\ndocument = "flows/*.yaml"\n', 2, "no document fits 'flows/*.yaml'", ""),
        (GENERAL + '[[module]]\ndocument = "flows"\nname = "one"\n', 2, "is 2 documents", "leave out 'name'"),
        (GENERAL + '[sources]\napy = "flows/openapi.yml"\n' + MODULE, 3, "no document has a source 'apy'", "'api'"),
        (GENERAL + MODULE + MODULE, 4, "two modules would be written to clients/orders.py", "another name"),
        (GENERAL + MODULE + MODULE + 'name = "Orders"\n', 4, "do not tell apart", ""),
        (GENERAL + 'support = "orders"\n' + MODULE, 3, "two modules would be written to clients/orders.py", ""),
        ('output = "../other"\n' + MODULE, 2, "is outside the project", "a folder of the project"),
        ('output = "/tmp"\n' + MODULE, 2, "is outside the project", ""),
        ("output = [\n" + MODULE, 2, "this is not TOML", ""),
        ('output = "x"\noutput = "y"\n' + MODULE, 2, "this is not TOML", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_configuration(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, message: str, help: str
) -> None:
    (project / "arazzoc.toml").write_text(text)
    before = files(project)
    told = shown(capsys, "generate", status=2)
    assert message in told and help in told and f"arazzoc.toml:{line}:" in told, told
    assert told.count("error[") == 1 and files(project) == before


def test_a_configuration_that_cannot_be_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "arazzoc.toml").write_bytes(b"output = '\xff'\n")
    assert "not encoded in UTF-8" in shown(capsys, "generate", status=2)


@pytest.mark.parametrize("key", ["output", "document"])
def test_names_that_no_file_can_have(project: Path, capsys: pytest.CaptureFixture[str], key: str) -> None:
    text = f'{GENERAL}[[module]]\ndocument = "flows/orders.arazzo.yml"\n'
    (project / "arazzoc.toml").write_text(text.replace(f'{key} = "', f'{key} = "\\u0000'))
    assert "is not a path" in shown(capsys, "generate", status=2)


def test_options_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["generate", "--chec"])


@pytest.mark.parametrize("has_project", [True, False])
def test_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], has_project: bool
) -> None:
    write_documents(tmp_path, ["orders", "parcels"])
    (tmp_path / "flows" / "parcels.arazzo.yml").rename(tmp_path / "flows" / "parcels.yml")
    (tmp_path / "flows" / "openapi.yml").rename(tmp_path / "openapi.yml")
    (tmp_path / "flows" / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    name = "pyproject.toml" if has_project else "arazzoc.toml"
    if has_project:
        (tmp_path / name).write_text('[project]\nname = "p"')
    text = shown(capsys, "init")
    assert f"wrote {name}: 2 documents" in text and "  flows/orders.arazzo.yml\n" in text
    assert "wrote clients/orders.py" in shown(capsys, "generate")
    assert current_files(str(tmp_path)) is not None
    assert f"{name} is a configuration already" in shown(capsys, "init", status=2)


def test_init_without_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no Arazzo document" in shown(capsys, "init", status=2) and list(tmp_path.iterdir()) == []
    assert "arazzoc init" in shown(capsys, "generate", status=2)


def test_init_gives_each_module_its_sources_and_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path / "a", ["orders"])
    write_documents(tmp_path / "b", ["orders", "support"])
    other = flow("other")
    other["sourceDescriptions"][0]["url"] = "x/far.yml"
    (tmp_path / "b" / "flows" / "orders.arazzo.yml").write_text(json.dumps(other))
    (tmp_path / "b" / "flows" / "openapi.yml").rename(tmp_path / "b" / "far.yml")
    (tmp_path / "b" / "flows" / "openapi.yml").write_text((tmp_path / "b" / "far.yml").read_text())
    (tmp_path / "pyproject.toml").write_bytes(b"[project]\r\nname = 'p'\r\n")
    monkeypatch.chdir(tmp_path)
    shown(capsys, "init")
    assert b"\n" not in (tmp_path / "pyproject.toml").read_bytes().replace(b"\r\n", b"")
    tree = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["arazzoc"]
    assert "sources" not in tree
    assert [module.get("sources") for module in tree["module"]] == [None, {"api": "b/far.yml"}, None]
    shown(capsys, "generate")
    names = sorted(p.name for p in (tmp_path / "clients").iterdir())
    assert names == ["flows_orders.py", "flows_support.py", "orders.py", "support.py"]


@pytest.mark.parametrize("name", ["\U0001f600", "é\u2028", "a'b", 'a"b', "a\\b", "del\x7f", "tab\t", "[x]", "a#b"])
@pytest.mark.parametrize("has_project", [True, False])
def test_init_writes_every_name_as_toml_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, has_project: bool
) -> None:
    folder = tmp_path / name
    write_documents(folder, ["orders", name])
    (folder / "flows" / "openapi.yml").rename(folder / "openapi.yml")
    if has_project:
        (tmp_path / "pyproject.toml").write_text("[tool.x]\ny = 1\n")
    monkeypatch.chdir(tmp_path)
    shown(capsys, "init")
    shown(capsys, "generate")
    assert len([*(tmp_path / "clients").iterdir()]) == 3


def test_init_leaves_out_what_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path, ["orders"])
    odd = os.fsencode(tmp_path / "flows") + b"/\xff.arazzo.yml"
    try:
        Path(os.fsdecode(odd)).write_text("arazzo: 1.0.1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    monkeypatch.chdir(tmp_path)
    assert "not UTF-8: flows/\ufffd.arazzo.yml" in shown(capsys, "init")
    shown(capsys, "generate")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tool = {x = {y = 1}}\n", "arazzoc.toml"),
        ("tool.x.y = 1\n", "pyproject.toml"),
        ("[tool]\nx = {y = 1}\n", "pyproject.toml"),
        ("\ufeff[tool.x]\ny = 1", "pyproject.toml"),
        ("[tool.x\n", ""),
        ("x = 1\nx = 2\n", ""),
    ],
)
def test_init_breaks_no_pyproject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, path: str
) -> None:
    write_documents(tmp_path, ["orders"])
    project = tmp_path / "pyproject.toml"
    project.write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    told = shown(capsys, "init", status=0 if path else 2)
    if path:
        assert f"wrote {path}: 1 document" in told
        shown(capsys, "generate")
        tomllib.loads(project.read_text("utf-8-sig"))
    else:
        assert "pyproject.toml is not TOML: mend it" in told and not (tmp_path / "arazzoc.toml").exists()
    assert project.read_bytes().startswith(text.encode()) and (path or project.read_bytes() == text.encode())


def test_documents_of_a_virtual_environment_are_those_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path, ["orders"])
    write_documents(tmp_path / "env" / "lib" / "package", ["other"])
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    monkeypatch.chdir(tmp_path)
    assert "wrote arazzoc.toml: 1 document\n" in shown(capsys, "init")
    (tmp_path / "arazzoc.toml").write_text('output = "clients"\n[[module]]\ndocument = "."\n')
    assert shown(capsys, "generate") == "wrote clients/orders.py\n"


def test_init_and_generate_call_a_module_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path, ["json", "json_workflow"])
    monkeypatch.chdir(tmp_path)
    shown(capsys, "init")
    shown(capsys, "generate")
    assert len([*(tmp_path / "clients").iterdir()]) == 3
