"""What `arazzoc diff` says of states of files and repositories: sources that cannot be read, moves, conflicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzoc.difference.kinds import KINDS
from diffing import ORDERS, PARCELS, commit, names, refusal, sides
from projects import change, flow, git, needs_git, shown, write_project

pytestmark = needs_git

# Sources that cannot be read


def test_a_source_that_cannot_be_read_is_no_empty_api(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is claimed of operations, and the status is that of a side that cannot be read, in both directions."""
    api = repository / "flows" / "openapi.yml"
    for broken in (api.unlink, lambda: api.write_text("openapi: [")):
        broken()
        text = shown(capsys, "diff", "HEAD", ORDERS, status=2)
        assert "breaking  source 'api' cannot be read any more; steps that call it are not compared" in text
        assert "operation-" not in text and "document-broken" not in text and "1 breaking" in text
        text = shown(capsys, "diff", ORDERS, "HEAD", status=2)
        assert "harmless  source 'api' can be read now; steps that call it are not compared" in text
        assert "operation-" not in text and "document-mended" not in text


def test_a_source_in_a_submodule_is_not_read(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a revision, documents of a submodule are on neither side."""
    other = write_project(tmp_path_factory.mktemp("other"), ["parcels"])
    git(other, "init", "-q")
    commit(other)
    (repository / "arazzoc.toml").unlink()
    (repository / PARCELS).unlink()
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "api")
    text = (repository / ORDERS).read_text().replace("openapi.yml", "../api/flows/openapi.yml")
    (repository / ORDERS).write_text(text)
    commit(repository)
    assert [name for name, *_ in names(sides("HEAD"))] == [ORDERS]
    assert [name for name, *_ in names(sides("HEAD:", "."))] == [ORDERS]
    assert [name for name, *_ in names(sides("api", "api/flows"))] == [Path(PARCELS).name]
    assert "source 'api' can be read now" in shown(capsys, "diff", "HEAD", status=2)
    assert refusal("HEAD", "api/flows") == (
        "HEAD:api/flows is in a submodule, which is a repository of its own: compare it there"
    )


# What is there, and cannot be read


def test_what_cannot_be_read_is_not_removed(repository: Path) -> None:
    """Whether it is named alone, beside a revision, or as a path of one."""
    (repository / ORDERS).write_bytes(b"a\0b")
    for given in (("HEAD", ORDERS), ("HEAD:" + ORDERS, ORDERS), ("HEAD:" + ORDERS,), (ORDERS, "HEAD")):
        assert refusal(*given) == f"{ORDERS} is a binary file, or its text is not encoded in UTF-8"
    (repository / ORDERS).unlink()
    assert names(sides("HEAD", ORDERS)) == [(Path(ORDERS).name, "HEAD:" + ORDERS, "-")]
    (repository / ORDERS).symlink_to("nowhere")
    assert refusal("HEAD", ORDERS) == f"cannot read {ORDERS}: No such file or directory"


def test_a_conflict_is_no_removal(repository: Path) -> None:
    """The index has no file of that name, but one for each side; each is the index where there is no conflict."""
    git(repository, "checkout", "-q", "-b", "other")
    change(repository, "orders", "theirs")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    change(repository, "orders", "ours")
    commit(repository)
    with pytest.raises(AssertionError):
        git(repository, "merge", "-q", "other")
    expected = f":{ORDERS} has a conflict: resolve it, or name one of its sides, :2:{ORDERS} or :3:{ORDERS}"
    for given in (("HEAD", ":"), (":", "HEAD"), (":" + ORDERS, ORDERS), (":flows", "flows"), (f":0:{ORDERS}", ORDERS)):
        assert refusal(*given) == expected
    (pair,) = sides(f":2:{ORDERS}", f":3:{ORDERS}")
    titles = [side.program.title for side in (pair.old, pair.new) if side is not None and side.program is not None]
    assert titles == ["ours", "theirs"] and pair.old is not None and pair.old.shown == f":2:{ORDERS}"
    assert [name for name, *_ in names(sides(f"HEAD:{PARCELS}", f":{PARCELS}"))] == [Path(PARCELS).name]
    assert [name for name, *_ in names(sides(":1:flows", ":2:flows"))] == [Path(ORDERS).name, Path(PARCELS).name]
    assert refusal(":4:" + ORDERS, ORDERS) == f"there is no :4:{ORDERS}"
    git(repository, "checkout", "-q", "--ours", ORDERS)
    assert len(sides("HEAD", ORDERS)) == len(sides("HEAD:" + PARCELS)) == 1


# Modules, as they are configured

CONFIGURATION = 'output = "clients"\n{}\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n{}\n'
PARCELS_TOO = '[[module]]\ndocument = "flows/parcels.arazzo.yml"\n'


def told(*given: str) -> list[tuple[str, str]]:
    """The ids of what is told, and the messages, with the steps."""
    from arazzoc.difference.results import told_once
    from arazzoc.diffing import difference
    from arazzoc.render.changes_text import where

    found = told_once([difference(pair, {}) for pair in sides(*given)])
    return [(change.id, where(change) + change.message) for each in found for change in each.changes]


def configure(repository: Path, general: str = "", module: str = "", more: str = PARCELS_TOO) -> None:
    (repository / "arazzoc.toml").write_text(CONFIGURATION.format(general, module) + more)


ORDERS_MODULE, PARCELS_MODULE = "clients/orders.py", "clients/parcels.py"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            ("", ""),
            ("", 'name = "buys"'),
            [f"module-moved: the module '{ORDERS_MODULE}' is 'clients/buys.py'"],
        ),
        (("", ""), ("", 'output = "x/y.py"'), [f"module-moved: the module '{ORDERS_MODULE}' is 'x/y.py'"]),
        (("", ""), ("", 'with = ["command"]'), [f"module-part-added: the command line of '{ORDERS_MODULE}'"]),
        (
            ("", ""),
            ('with = ["many"]', ""),
            [f"module-part-added: 'run_many' of '{name}'" for name in (ORDERS_MODULE, PARCELS_MODULE)],
        ),
        (("", ""), ("", 'engine = ["dbos"]'), ["module-part-added: the module 'clients/orders_dbos.py'"]),
        (("", ""), ('support = "support"', ""), ["module-part-added: the module 'clients/support.py'"]),
        (
            ('support = "support"', ""),
            ("package = true", ""),
            ["module-part-added: the package 'clients'"],
        ),
        (
            ('support = "support"', ""),
            ('support = "base"', ""),
            ["module-moved: the module 'clients/support.py' is 'clients/base.py'"],
        ),
        (("", ""), ("line-length = 100", ""), []),
    ],
)
def test_what_a_configuration_makes(
    repository: Path, old: tuple[str, str], new: tuple[str, str], expected: list[str]
) -> None:
    """Names that can be imported or run: what goes breaks, what comes does not; what modules share is told once."""
    configure(repository, *old)
    commit(repository)
    configure(repository, *new)
    there, back = told("HEAD"), told(".", "HEAD")
    assert [f"{id}: {text}".removesuffix(" now").removesuffix(" is new") for id, text in there] == expected
    assert [KINDS[id].mirror for id, _ in there] == [id for id, _ in back]
    assert all(each in there for each in told("HEAD", ORDERS)) and told(ORDERS, PARCELS) == told(PARCELS, ORDERS)
    assert not any(id.startswith("module-") for id, _ in told(ORDERS, PARCELS))


def test_options_that_change_runs(repository: Path) -> None:
    document = flow("orders")
    steps: list[Any] = document["workflows"][0]["steps"]
    steps.append({"stepId": "add_it", "operationId": "addThing"})
    again = {"name": "again", "type": "goto", "stepId": "get_it", "criteria": [{"condition": "$statusCode == 202"}]}
    ready = {"name": "ready", "type": "goto", "stepId": "add_it", "criteria": [{"condition": "$statusCode == 200"}]}
    steps[0]["onSuccess"] = [again, ready]
    (repository / ORDERS).write_text(json.dumps(document))
    configure(repository)
    commit(repository)
    configure(repository, "idempotency-key = true")
    assert told("HEAD") == [("idempotency-key-added", "step 'add_it': the header Idempotency-Key is sent now")]
    assert [id for id, _ in told(".", "HEAD")] == ["idempotency-key-removed"]
    configure(repository, 'unhandled = "continue"')
    assert told("HEAD") == [("unhandled-changed", "step 'get_it': where no action names the state, it continues now")]
    assert [id for id, _ in told(".", "HEAD")] == ["unhandled-changed"]


def test_a_document_that_moves_is_one_change(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether its module moves with it or not, and however many documents there are."""
    configure(repository)
    commit(repository)
    (repository / ORDERS).rename(repository / "flows" / "buys.arazzo.yml")
    configure(repository, more="")
    text = (repository / "arazzoc.toml").read_text().replace("orders", "buys")
    for more in (PARCELS_TOO, ""):
        (repository / "arazzoc.toml").write_text(text + more)
        moved = [("module-moved", f"the module '{ORDERS_MODULE}' is 'clients/buys.py' now")]
        assert told("HEAD")[:1] == moved and len(told("HEAD")) == (1 if more else 2)
        assert "module-moved" in [id for id, _ in told(".", "HEAD")]
        (repository / "arazzoc.toml").write_text(text + 'name = "orders"\n' + more)
        assert len(told("HEAD")) == (0 if more else 1)
    (repository / "arazzoc.toml").unlink()
    commit(repository)
    (repository / "flows" / "buys.arazzo.yml").rename(repository / "flows" / "sells.arazzo.yml")
    assert told("HEAD") == [("module-moved", "the module 'buys.py' is 'sells.py' now")]
    for name in ("sells", "parcels"):  # the ending alone is another one
        (repository / "flows" / f"{name}.arazzo.yml").rename(repository / "flows" / f"{name}.arazzo.json")
    assert told("HEAD") == [("module-moved", "the module 'buys.py' is 'sells.py' now")]
    assert [names_ for names_, *_ in names(sides("HEAD"))] == ["flows/parcels.arazzo.json", "flows/sells.arazzo.json"]


def test_a_document_that_is_not_configured_any_more_is_still_there(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository)
    commit(repository)
    configure(repository, more="")
    text = shown(capsys, "diff", "HEAD", status=1)
    assert "the document is not configured any more  [document-removed]" in text
    assert "generate again: nothing" in text  # of what is gone, nothing is made
    commit(repository)
    assert "the document is configured now  [document-added]" in shown(capsys, "diff", "HEAD", "HEAD~1")
    (repository / PARCELS).unlink()
    assert "the document is not there any more" in shown(capsys, "diff", "HEAD~1", status=1)


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_what_is_not_compared_is_not_unchanged(repository: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Where neither side compiles, every format says so."""
    for title in ("one", "two"):
        document = flow(title)
        document["workflows"][0]["steps"][0]["operationId"] = "none"
        (repository / ORDERS).write_text(json.dumps(document))
        commit(repository)
        capsys.readouterr()
    text = shown(capsys, "diff", "HEAD~1", "HEAD", "--format", form, status=2)
    assert f"not compared, or not all of it: {ORDERS}" in text and "Nothing that" not in text
