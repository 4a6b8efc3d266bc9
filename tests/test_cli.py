"""The command line: exit statuses, what is written and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arazzoc.cli import main
from arazzoc.diagnostics import Report
from arazzoc.output import write
from arazzoc.source import Source, read
from building import api_of, workflow_of
from conftest import EXAMPLE, ROOT

DOCUMENT = EXAMPLE / "openai-batch-job.arazzo.yml"


def test_generate_writes_one_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path / "new" / "folder")]) == 0
    (written,) = (tmp_path / "new" / "folder").iterdir()
    assert written.name == "openai_batch_job.py"
    assert written.read_text() == (ROOT / "generated" / "openai_batch_job.py").read_text()
    assert "7 warnings" in capsys.readouterr().err


def test_generate_to_a_file_and_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path / "client.py")]) == 0
    assert main(["generate", str(DOCUMENT), "-o", "-"]) == 0
    assert capsys.readouterr().out == (tmp_path / "client.py").read_text()


def test_check_tells_whether_a_module_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", str(DOCUMENT), "-o", str(tmp_path)]
    assert main([*arguments, "--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    module = tmp_path / "openai_batch_job.py"
    module.write_text(module.read_text() + "# edited\n")
    assert main([*arguments, "--check"]) == 1
    assert f"run: arazzoc generate {DOCUMENT} -o {tmp_path}\n" in capsys.readouterr().err


def test_one_bad_document_keeps_all_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("[]")
    assert main(["generate", str(DOCUMENT), str(tmp_path / "bad.yml"), "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(tmp_path / "nothing.yml")]) == 2
    shown = capsys.readouterr().err
    assert "error[ARZ001]: cannot read" in shown and "No such file or directory" in shown


@pytest.mark.parametrize(
    ("document", "module", "fault"),
    [
        ("json.arazzo.yml", "json_workflow", "would shadow the module json of the standard library"),
        ("Typing-workflow.yaml", "typing_workflow", "would shadow the module typing of the standard library"),
        ("cgi.yml", "cgi_workflow", "would shadow the module cgi of the standard library"),
        ("requests.yml", "requests_workflow", "would shadow the library requests"),
        ("urllib3.yml", "urllib3_workflow", "would shadow the library urllib3"),
        ("elementpath.yml", "elementpath_workflow", "would shadow the library elementpath"),
        ("dbos.arazzo.yml", "dbos_workflow", "would shadow the library dbos"),
        ("class.yml", "class_workflow", "could not be imported: class is a keyword"),
        ("match.arazzo.yml", "match_workflow", "would be called like the keyword match"),
        ("list.yml", "list_workflow", "would shadow the builtin list"),
        ("print.yml", "print_workflow", "would shadow the builtin print"),
        ("requests-job.yml", "requests_job", ""),
        ("None.yml", "none", ""),
        ("workflows.yml", "workflows", ""),
    ],
)
def test_no_module_shadows_another(
    tmp_path: Path, document: str, module: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / document).write_text(DOCUMENT.read_text().replace("openai-batch.openapi.yml", "openapi.yml"))
    (tmp_path / "openapi.yml").write_text((EXAMPLE / "openai-batch.openapi.yml").read_text())
    assert main(["generate", str(tmp_path / document), "-o", str(tmp_path / "out")]) == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == [f"{module}.py"]
    shown = capsys.readouterr().err
    assert (f".py {fault}\n" in shown) if fault else ("ARZ110" not in shown)


def test_two_documents_of_one_name(tmp_path: Path) -> None:
    other = tmp_path / DOCUMENT.name
    other.write_text(DOCUMENT.read_text())
    source = ["--source", f"openaiApi={EXAMPLE / 'openai-batch.openapi.yml'}"]
    assert main(["generate", str(DOCUMENT), str(other), *source, "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
    assert main(["generate", str(DOCUMENT), str(DOCUMENT), "-o", str(tmp_path / "out")]) == 0, "one document, twice"


@pytest.mark.parametrize("source", ["openaiApi", "=x", "openaiApi="])
def test_wrong_usage(source: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["generate", str(DOCUMENT), "--source", source])
    assert caught.value.code == 2


def test_a_source_that_the_document_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DOCUMENT), "--source", "openaiAPI=x.yml"]) == 1
    assert "did you mean 'openaiApi'?" in capsys.readouterr().err


def test_check_without_sources(tmp_path: Path) -> None:
    text = DOCUMENT.read_text().replace("openai-batch.openapi.yml", "nowhere.yml")
    (tmp_path / "workflow.yml").write_text(text)
    assert main(["check", str(tmp_path / "workflow.yml"), "--no-sources"]) == 0
    assert main(["check", str(tmp_path / "workflow.yml")]) == 1


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "module.py"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["module.py"] and path.read_text() == "old"


def test_from_a_bare_checkout() -> None:
    command = [sys.executable, str(ROOT / "generator"), "check", str(DOCUMENT)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def process(*arguments: object, stdout: Any = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """arazzoc as a process of its own."""
    command = [sys.executable, str(ROOT / "generator"), *map(str, arguments)]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def test_the_process_ends_as_main_says() -> None:
    """It skips the interpreter's own end, and must lose no output and no status by that."""
    shown = process("--help")
    assert shown.returncode == 0 and "generate" in shown.stdout
    wrong = process("generate")
    assert wrong.returncode == 2 and "name a document" in wrong.stderr
    written = process("generate", DOCUMENT, "-o", "-")
    assert written.returncode == 0 and "7 warnings" in written.stderr
    assert written.stdout == (ROOT / "generated" / "openai_batch_job.py").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output() -> None:
    with open("/dev/full", "w") as full:
        done = process("generate", DOCUMENT, "-o", "-", stdout=full)
    assert done.returncode == 2 and "No space left on device" in done.stderr and "Traceback" not in done.stderr


def test_a_reader_that_has_gone_away() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = process("generate", DOCUMENT, "-o", "-", stdout=writing)
    os.close(writing)
    assert done.returncode == 0 and "Error" not in done.stderr


def test_documents_are_read_once_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many workflows name them; and what is written for one knows nothing of the others."""
    (tmp_path / "api.yml").write_text(json.dumps(api_of(("get", "/things", "getThings"))))
    for name, source in (("first", "api"), ("second", "other")):
        document = workflow_of({"stepId": "get", "operationId": "getThings"})
        document["sourceDescriptions"] = [{"name": source, "url": "api.yml"}]
        (tmp_path / f"{name}.yml").write_text(json.dumps(document))
    files = [str(tmp_path / "first.yml"), str(tmp_path / "second.yml")]
    alone = []
    for file in files:
        assert main(["generate", file, "-o", "-"]) == 0
        alone.append(capsys.readouterr().out)
    opened: list[str] = []

    def counted(path: Path, shown: str, report: Report) -> Source | None:
        opened.append(path.name)
        return read(path, shown, report)

    monkeypatch.setattr("arazzoc.sources.read", counted)
    assert main(["generate", *files, "-o", str(tmp_path / "out")]) == 0
    assert sorted(opened) == ["api.yml", "first.yml", "second.yml"]
    assert [(tmp_path / "out" / f"{name}.py").read_text() for name in ("first", "second")] == alone
    assert "api: str" in alone[0] and "other: str" in alone[1]


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, arazzoc.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in ('yaml', 'black', 'jinja2', 'jsonschema', 'msgspec') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_generate_imports_no_library_that_it_can_do_without(tmp_path: Path) -> None:
    """jsonschema takes longer to import than reading a document does."""
    code = f"import sys, arazzoc.cli as c\nc.main(['generate', {str(DOCUMENT)!r}, '-o', {str(tmp_path)!r}])\n"
    code += "print([m for m in ('jsonschema', 'requests') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("url", ["/etc/passwd", "file:///etc/passwd", "//host/share", "https://host/x.yml"])
def test_no_file_is_read_that_the_user_did_not_name(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DOCUMENT.read_text().replace("openai-batch.openapi.yml", url)
    (tmp_path / "workflow.yml").write_text(text)
    assert main(["check", str(tmp_path / "workflow.yml")]) == 1
    shown = capsys.readouterr().err
    assert "error[ARZ202]" in shown and "pass --source openaiApi=PATH" in shown and "root:" not in shown


# Output


def test_shared_support_is_written_beside_the_modules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [str(DOCUMENT), str(EXAMPLE / "batch-lifecycle.arazzo.yml")]
    arguments = ["generate", *documents, "-o", str(tmp_path), "--support", "common"]
    assert main(arguments) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"batch_lifecycle.py", "common.py", "openai_batch_job.py"}
    assert "from .common import (" in (tmp_path / "openai_batch_job.py").read_text()
    assert "class BaseClient" not in (tmp_path / "openai_batch_job.py").read_text()
    support = (tmp_path / "common.py").read_text()
    assert main(arguments) == 0 and "common.py is up to date" in capsys.readouterr().err
    assert main([*arguments, "--check"]) == 0
    (tmp_path / "common.py").write_text(support + "\n")
    assert main([*arguments, "--check"]) == 1


def test_the_support_is_the_same_for_one_module_and_for_many(tmp_path: Path) -> None:
    """A workflow more changes nothing in it."""
    lifecycle = str(EXAMPLE / "batch-lifecycle.arazzo.yml")
    for name, documents in (("one", [str(DOCUMENT)]), ("two", [str(DOCUMENT), lifecycle])):
        assert main(["generate", *documents, "-o", str(tmp_path / name), "--support", "common"]) == 0
    assert (tmp_path / "one" / "common.py").read_bytes() == (tmp_path / "two" / "common.py").read_bytes()


@pytest.mark.parametrize("name", ["json", "class", "requests", "Urllib3", "print", "match"])
def test_a_support_that_hides_another_module(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--support", name])
    assert ended.value.code == 2 and f"{name}.py" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "a-b", "a.b", "../up", "1st", "__init__"])
def test_a_support_that_is_no_module(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--support", name])
    assert ended.value.code == 2 and "is not the name of a module" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["-", "client.py"])
def test_a_support_needs_a_folder(tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = output if output == "-" else str(tmp_path / output)
    assert main(["generate", str(DOCUMENT), "-o", target, "--support", "common"]) == 2
    assert "give -o a folder" in capsys.readouterr().err


def test_a_support_that_is_called_like_a_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--support", "OpenAI_batch_job"]) == 2
    assert "two modules would be written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-o main.py` never overwrites what arazzoc did not write."""
    target = tmp_path / "main.py"
    target.write_text("print('mine')\n")
    arguments = ["generate", str(DOCUMENT), "-o", str(target)]
    assert main(arguments) == 2
    assert target.read_text() == "print('mine')\n"
    shown = capsys.readouterr().err
    assert "main.py was not written by arazzoc" in shown and "--force overwrites it" in shown
    assert main([*arguments, "--check"]) == 1
    assert main([*arguments, "--force"]) == 0
    assert target.read_text().startswith("# @generated by arazzoc from openai-batch-job.arazzo.yml. Do not edit.\n")
    assert main(arguments) == 0, "what arazzoc wrote it may write again"


def test_one_file_of_somebody_else_keeps_all_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "common.py").write_text("mine = 1\n")
    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--support", "common"]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["common.py"]
    (tmp_path / "common.py").write_text("")
    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--support", "common"]) == 0


@pytest.mark.parametrize("width", [60, 100, 120])
def test_lines_have_the_width_that_is_asked_for(tmp_path: Path, width: int) -> None:
    import black

    assert main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--line-length", str(width)]) == 0
    text = (tmp_path / "openai_batch_job.py").read_text()
    assert black.format_str(text, mode=black.Mode(line_length=width)) == text


@pytest.mark.parametrize("width", ["0", "20", "x", "-5", "10000"])
def test_widths_that_make_no_sense(tmp_path: Path, width: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["generate", str(DOCUMENT), "-o", str(tmp_path), "--line-length", width])
    assert ended.value.code == 2 and "--line-length" in capsys.readouterr().err


def test_a_check_shows_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", str(DOCUMENT), "-o", str(tmp_path)]
    assert main([*arguments, "--check"]) == 1
    assert "is missing" in (told := capsys.readouterr()).err and told.out == ""
    main(arguments)
    module = tmp_path / "openai_batch_job.py"
    text = module.read_text()
    module.write_bytes(text.replace("\n", "\r\n").encode())
    assert main([*arguments, "--check"]) == 0, "the line ends of a checkout are no difference"
    module.write_text(text.replace("def upload_input", "def upload"))
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 1
    assert "\n-def upload(\n+def upload_input(\n" in capsys.readouterr().out
    module.write_text(text.replace("e", "3"))
    assert main([*arguments, "--check", "--diff", "5"]) == 1
    assert len((shown := capsys.readouterr().out).splitlines()) == 6 and "more lines (--diff shows more)" in shown
    assert main([*arguments, "--check", "--diff", "0"]) == 1
    assert capsys.readouterr().out == ""
    module.write_bytes(b"\xff")
    assert main([*arguments, "--check"]) == 1


def test_folders_and_globs_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flows = tmp_path / "flows" / "inner"
    flows.mkdir(parents=True)
    for name in ("b.arazzo.json", "a.arazzo.yml", "inner/c.arazzo.yaml", "other.json"):
        document = workflow_of({"stepId": "s", "operationId": "a"})
        document["sourceDescriptions"][0]["url"] = f"{'../' * name.count('/')}../openapi.yml"
        (tmp_path / "flows" / name).write_text(json.dumps(document))
    (tmp_path / "openapi.yml").write_text(json.dumps(api_of(("get", "/a", "a"))))
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "flows", "-o", "one"]) == 0
    assert main(["generate", "flows/**/*.arazzo.*", "flows/a.arazzo.yml", "-o", "two"]) == 0
    for folder in ("one", "two"):
        assert sorted(path.name for path in Path(folder).iterdir()) == ["a.py", "b.py", "c.py"]
    Path("empty").mkdir()
    assert main(["generate", "empty", "-o", "three"]) == 2
    assert main(["generate", "no*.yml", "-o", "three"]) == 2


def test_python_m_arazzoc(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "arazzoc", "check", str(DOCUMENT)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "generator", check=False)
    assert done.returncode == 0 and "7 warnings" in done.stderr


def test_make_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module is made again after a change of whatever it was made from, and only then; with names that make minds."""
    monkeypatch.chdir(tmp_path)
    Path("my flows").mkdir()
    Path("my flows/a.arazzo.json").write_text(json.dumps(workflow_of({"stepId": "s", "operationId": "a"})))
    Path("my flows/openapi.yml").write_text(json.dumps(api_of(("get", "/a", "a"))))
    command = f"{sys.executable} -m arazzoc generate 'my flows/a.arazzo.json' -o out --touch --depfile a.d"
    Path("Makefile").write_text(f"out/a.py:\n\t@echo made\n\t@{command}\n-include a.d\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "generator")}

    def made() -> bool:
        done = subprocess.run(["make", "out/a.py"], capture_output=True, text=True, check=True, env=environment)
        return "made" in done.stdout

    assert made() and not made()
    for name in ("my flows/openapi.yml", "my flows/a.arazzo.json"):
        later = Path("out/a.py").stat().st_mtime + 5
        os.utime(name, (later, later))
        os.utime("out/a.py", (later - 5, later - 5))
        assert made(), name
        os.utime(name, (0, 0))
        assert not made(), "the time is set though the text is the same"
