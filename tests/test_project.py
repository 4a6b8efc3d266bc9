"""A project on its way: made, checked, changed, merged, renamed; with options, and with files that are named."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from arazzoc.project.quick import current_files
from building import workflow_of
from projects import arazzoc, change, files, flow, git, needs_git, shown, write_documents, write_project


def test_a_project_is_made_checked_and_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ("clients/orders.py", "clients/parcels.py", "clients/support.py")
    assert shown(capsys, "generate") == "".join(f"wrote {name}\n" for name in made)
    before = files(project)
    assert shown(capsys, "generate") == "".join(f"{name} is up to date\n" for name in made)
    assert shown(capsys, "generate", "-q") == shown(capsys, "generate", "--check") == ""
    assert files(project) == before and set(before) > {"arazzoc.lock", *made}
    lock = tomllib.loads((project / "arazzoc.lock").read_text())
    assert [module["output"] for module in lock["module"]] == list(made[:2])
    assert set(lock["module"][0]["read"]) == {"flows/orders.arazzo.yml", "flows/openapi.yml"}


@needs_git
def test_a_change_is_found_in_git_and_mended_by_the_command_that_is_named(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"])
    git(tmp_path, "init", "-q", "-b", "main")
    assert arazzoc(tmp_path, "generate").returncode == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    change(tmp_path, "orders", "Orders, changed")
    checked = arazzoc(tmp_path, "generate", "--check")
    assert checked.returncode == 1
    assert "clients/orders.py is stale" in checked.stderr and "arazzoc.lock is stale" in checked.stderr
    assert "-Orders, changed" not in checked.stdout and '+"""Orders, changed' in checked.stdout
    command = shlex.split(checked.stderr.rpartition("run: ")[2])
    assert command == ["arazzoc", "generate"]
    assert arazzoc(tmp_path, *command[1:]).returncode == 0
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0
    assert git(tmp_path, "status", "--porcelain").split() == [
        "M", "arazzoc.lock", "M", "clients/orders.py", "M", "flows/orders.arazzo.yml",
    ]  # fmt: skip


@needs_git
def test_two_branches_that_change_two_workflows_merge(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels", "returns"])
    git(tmp_path, "init", "-q", "-b", "main")
    assert arazzoc(tmp_path, "generate").returncode == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    for name in ("orders", "parcels"):
        git(tmp_path, "checkout", "-q", "-b", name, "main")
        change(tmp_path, name, f"{name}, changed")
        assert arazzoc(tmp_path, "generate").returncode == 0
        git(tmp_path, "commit", "-qam", name)
    git(tmp_path, "merge", "-q", "orders")
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


def test_a_module_with_another_name_takes_the_old_file_away(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "arazzoc.toml").read_text()
    shown(capsys, "generate")
    (project / "arazzoc.toml").write_text(before.replace('parcels.arazzo.yml"', 'parcels.arazzo.yml"\nname = "post"'))
    text = shown(capsys, "generate", "--check", status=1)
    assert "clients/post.py is missing" in text
    assert "clients/parcels.py is orphaned: no module makes it any more" in text
    assert "removed clients/parcels.py: no module makes it any more" in shown(capsys, "generate")
    assert sorted(p.name for p in (project / "clients").iterdir()) == ["orders.py", "post.py", "support.py"]
    (project / "arazzoc.toml").write_text(before)
    assert "wrote clients/parcels.py" in shown(capsys, "generate")
    assert not (project / "clients" / "post.py").exists()


def test_a_checkout_with_crlf(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    for path in project.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert shown(capsys, "generate", "--check") == ""


def test_from_a_folder_below(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "flows")
    assert "wrote ../clients/orders.py" in shown(capsys, "generate")
    assert "../clients/orders.py is up to date" in shown(capsys, "generate")


def test_one_module_of_many(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document of the configuration has its options there, and keeps the others in the lock file."""
    shown(capsys, "generate")
    for name in ("orders", "parcels"):
        change(project, name, f"{name}, changed")
    assert shown(capsys, "generate", "flows/orders.arazzo.yml").splitlines() == [
        "wrote clients/orders.py", "clients/support.py is up to date",
    ]  # fmt: skip
    assert "clients/parcels.py is stale" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate")
    assert shown(capsys, "generate", "--check") == ""


def test_globs_find_new_documents(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for pattern in ("flows/*.arazzo.yml", "flows", "**/*.arazzo.yml"):
        (project / "arazzoc.toml").write_text(f'output = "clients"\n[[module]]\ndocument = "{pattern}"\n')
        (project / "flows" / "new.arazzo.yml").unlink(missing_ok=True)
        shown(capsys, "generate")
        assert current_files(str(project)) is not None
        write_documents(project, ["orders", "parcels", "new"])
        assert current_files(str(project)) is None
        assert "wrote clients/new.py" in shown(capsys, "generate")
        (project / "flows" / "new.arazzo.yml").unlink()
        assert "removed clients/new.py" in shown(capsys, "generate")


def test_a_document_on_standard_input(tmp_path: Path) -> None:
    write_documents(tmp_path, [])
    (tmp_path / "openapi.yml").write_text((tmp_path / "flows" / "openapi.yml").read_text())
    done = arazzoc(tmp_path, "generate", "-", "-o", "-", given=json.dumps(flow("piped")))
    assert done.returncode == 0 and done.stdout.startswith("# @generated by arazzoc from standard input.")
    assert arazzoc(tmp_path, "generate", "-", given=json.dumps(flow("piped"))).returncode == 0
    assert (tmp_path / "workflow.py").is_file()
    assert "standard input:1:1" in arazzoc(tmp_path, "check", "-", given="[]").stderr


def test_a_source_that_some_documents_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_documents(tmp_path, ["orders"])
    other = flow("other")
    other["sourceDescriptions"][0] |= {"name": "elsewhere", "url": "nowhere.yml"}
    (tmp_path / "flows" / "other.arazzo.yml").write_text(json.dumps(other))
    monkeypatch.chdir(tmp_path)
    shown(capsys, "generate", "flows", "--source", "elsewhere=flows/openapi.yml", "-o", "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["orders.py", "other.py"]
    sources = ("--source", "elsewhere=flows/openapi.yml", "--source", "elsewher=x.yml")
    text = shown(capsys, "check", "flows", *sources, status=1)
    assert text.count("error[") == 1 and "did you mean 'elsewhere'?" in text


def test_a_package(tmp_path: Path) -> None:
    write_project(tmp_path, ["orders", "parcels"], 'output = "shop"\npackage = true\n')
    assert arazzoc(tmp_path, "generate").returncode == 0
    names = sorted(p.name for p in (tmp_path / "shop").iterdir())
    assert names == ["__init__.py", "orders.py", "parcels.py", "py.typed", "support.py"]
    code = "import shop; assert issubclass(shop.StepFailed, shop.WorkflowError); print(shop.orders.run_flow.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "run_flow\n", done.stderr
    for command in (["mypy", "--strict", "shop"], ["ruff", "check", "--isolated", "shop"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    assert arazzoc(tmp_path, "generate", "--check").returncode == 0


def test_a_module_that_fails_keeps_all_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    before = files(project / "clients")
    change(project, "orders", "changed")
    (project / "flows" / "parcels.arazzo.yml").write_text(json.dumps(workflow_of({"stepId": "x", "operationId": "no"})))
    assert "error[ARZ211]" in shown(capsys, "generate", status=2) and files(project / "clients") == before


def test_another_folder_leaves_the_project_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    before = files(project)
    shown(capsys, "generate", "-o", "preview")
    shown(capsys, "generate", "flows/orders.arazzo.yml", "-o", "preview")
    assert {name: data for name, data in files(project).items() if not name.startswith("preview")} == before
    write_documents(project, ["other"])
    assert "other.arazzo.yml is no module of" in shown(capsys, "generate", "flows/other.arazzo.yml", status=2)


XPATH = {"context": "$response.body", "condition": "/a = 1", "type": {"type": "xpath", "version": "xpath-31"}}


def test_what_modules_share_is_made_for_all_of_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = flow("parcels")
    document["workflows"][0]["steps"][0]["successCriteria"] = [XPATH]
    (project / "flows" / "parcels.arazzo.yml").write_text(json.dumps(document))
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f"package = true\n{text}\nline-length = 100\n")
    shown(capsys, "generate")
    before = files(project)
    change(project, "orders", "changed")
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    after = files(project)
    assert {name for name in after if after[name] != before.get(name)} == {
        "arazzoc.lock", "clients/orders.py", "flows/orders.arazzo.yml",
    }  # fmt: skip
    assert shown(capsys, "generate", "--check") == ""


def test_a_link_that_leads_elsewhere_is_a_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api = project / "flows" / "openapi.yml"
    api.rename(project / "v1.yml")
    (project / "v2.yml").write_text((project / "v1.yml").read_text().replace("getThing", "getOther"))
    api.symlink_to("../v1.yml")
    shown(capsys, "generate")
    api.unlink()
    api.symlink_to("../v2.yml")
    assert current_files(str(project)) is None and "ARZ211" in shown(capsys, "generate", status=2)


def test_two_modules_of_one_document(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / "arazzoc.toml").open("a") as file:
        file.write('\n[[module]]\ndocument = "flows/orders.arazzo.yml"\nname = "shop"\n')
    shown(capsys, "generate")
    change(project, "orders", "changed")
    told = shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert "wrote clients/orders.py" in told and "wrote clients/shop.py" in told


def test_a_bundle_in_a_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "arazzoc.toml").write_text(
        'line-length = 100\nunhandled = "continue"\nidempotency-key = true\nwith = ["many"]\n'
        + (project / "arazzoc.toml").read_text()
    )
    shown(capsys, "bundle", "flows/orders.arazzo.yml", "-o", "out")
    assert (project / "out" / "orders.arazzo.yml").is_file()


OPTIONS = [
    *(("--no-package",), ("--no-package", "--support", "other"), ("--no-strict",), ("--strict",)),
    *(("--line-length", "100"), ("--no-idempotency-key",), ("--with", "command"), ("--unhandled", "raise")),
]


@pytest.mark.parametrize("of", [(), ("flows/orders.arazzo.yml",)], ids=["all", "one"])
@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_an_option_of_one_run_is_gone_with_the_next(
    project: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], of: tuple[str, ...]
) -> None:
    """It is a difference where it changes an option of the configuration, and no file is removed that is imported."""
    text = 'output = "clients"\npackage = true\nidempotency-key = true\nunhandled = "continue"\n'
    modules = (project / "arazzoc.toml").read_text().partition("[[")[2]
    (project / "arazzoc.toml").write_text(f"{text}[[{modules}")
    shown(capsys, "generate")
    before = files(project)
    changes = options != ("--no-strict",)
    assert bool(shown(capsys, "generate", "--check", *of, *options, status=int(changes))) is changes
    shown(capsys, "generate", *of, *options)
    assert shown(capsys, "generate", "--check", *of, *options) == ""
    assert (files(project) != before) is changes
    for path in (project / "clients").glob("*.py"):
        for name in re.findall(r"^from \.(\w+) import", path.read_text(), re.M):
            assert path.with_name(f"{name}.py").is_file(), f"{path} imports {name}"
    assert (current_files(str(project)) is None) is changes
    shown(capsys, "generate")
    assert files(project) == before and current_files(str(project)) is not None


def test_an_option_is_the_same_from_every_folder(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "other.yml").write_text((project / "flows" / "openapi.yml").read_text())
    shown(capsys, "generate", "--source", "api=other.yml")
    assert "stale" in shown(capsys, "generate", "--check", status=1)
    monkeypatch.chdir(project / "flows")
    assert shown(capsys, "generate", "--check", "--source", "api=../other.yml") == ""


def test_what_may_be_read_is_not_what_is_made(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate", "--allow-remote")
    assert current_files(str(project)) is not None


@pytest.mark.parametrize("kind", ["package = true", 'support = "support"'])
def test_what_modules_share_is_that_of_those_that_are_left(
    project: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """A module that goes takes its part of the shared files with it, though no other module has changed."""
    whole = f'output = "clients"\n{kind}\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n'
    (project / "arazzoc.toml").write_text(whole)
    shown(capsys, "generate")
    before = files(project)
    document = flow("parcels")
    document["workflows"][0]["steps"][0]["successCriteria"] = [XPATH]
    (project / "flows" / "parcels.arazzo.yml").write_text(json.dumps(document))
    (project / "arazzoc.toml").write_text(f'{whole}[[module]]\ndocument = "flows/parcels.arazzo.yml"\n')
    shown(capsys, "generate", "--line-length", "100", "flows/parcels.arazzo.yml")
    after = files(project)
    assert after["clients/support.py"] != before["clients/support.py"]
    assert b"parcels" in after.get("clients/__init__.py", b"parcels")
    (project / "arazzoc.toml").write_text(whole)
    shown(capsys, "generate")
    assert {name: data for name, data in files(project).items() if "parcels" not in name} == {
        name: data for name, data in before.items() if "parcels" not in name
    }


@pytest.mark.parametrize("harm", ["removed", "changed", "kept"])
def test_a_table_of_a_shared_file_that_is_missing_is_noticed(
    project: Path, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    shown(capsys, "generate")
    lock, support = project / "arazzoc.lock", project / "clients" / "support.py"
    before, made = lock.read_text(), support.read_bytes()
    lock.write_text(before[: before.index("[[file]]")] + before[before.index("# The end") :])
    if harm == "removed":
        support.unlink()
    elif harm == "changed":
        support.write_bytes(made.replace(b"class", b"class ", 1))
    assert current_files(str(project)) is None
    assert "arazzoc.lock is stale" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate", *(["--force"] if harm == "changed" else []))
    assert lock.read_text() == before and support.read_bytes() == made


def test_a_rule_for_make_names_all_that_is_read(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration, too, whose options are those of the modules."""
    sources = ["arazzoc.toml", "flows/openapi.yml", "flows/orders.arazzo.yml", "flows/parcels.arazzo.yml"]
    for _ in range(2):
        shown(capsys, "generate", "--depfile", "all.d")
        rule = (project / "all.d").read_text().splitlines()[0]
        assert rule == f"clients/orders.py clients/parcels.py clients/support.py: {' '.join(sources)}"
    shown(capsys, "generate", "flows/orders.arazzo.yml", "-o", "out", "--depfile", "one.d")
    rule = (project / "one.d").read_text().splitlines()[0]
    assert rule.partition(": ")[2].split() == sources[:3]
    (project / "arazzoc.toml").unlink()
    shown(capsys, "generate", "flows/orders.arazzo.yml", "-o", "out", "--depfile", "one.d")
    assert "arazzoc.toml" not in (project / "one.d").read_text()


@pytest.mark.parametrize("wrong", ["lock", "configuration", "document"])
def test_a_bundle_says_what_is_wrong_and_nothing_else(
    project: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    text = (project / "arazzoc.toml").read_text()
    (project / "arazzoc.toml").write_text(f"allow-remote = true\n{text}")
    if wrong == "lock":
        (project / "arazzoc.lock").write_text("version = 99\n")
    elif wrong == "configuration":
        (project / "arazzoc.toml").write_text(f"outptu = 1\n{text}")
    document = "flows/none.arazzo.yml" if wrong == "document" else "flows/orders.arazzo.yml"
    told = shown(capsys, "bundle", document, "-o", "out", status=2)
    assert told.count("error") == 2 and "a bundle is of" not in told, told
    assert "a bundle is of" in shown(capsys, "bundle", "flows", "-o", "out", status=2) or wrong != "document"


def test_an_option_of_one_run_is_of_the_modules_that_it_names(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are as they are configured, and so is what all of them share."""
    shown(capsys, "generate")
    before = files(project)
    shown(capsys, "generate", "--line-length", "100", "flows/parcels.arazzo.yml")
    assert files(project)["clients/support.py"] == before["clients/support.py"]
    assert files(project)["clients/parcels.py"] != before["clients/parcels.py"]
