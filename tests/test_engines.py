"""The modules for engines as files: written, listed in the lock, compared, and removed with their module."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projects import arazzoc, flow, shown, write_documents

FILES = ("orders.py", "orders_dbos.py", "orders_temporal.py")


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one module, on two engines."""
    write_documents(tmp_path, ["orders"])
    (tmp_path / "arazzoc.toml").write_text(
        'output = "clients"\nengine = ["temporal", "dbos"]\n\n[[module]]\ndocument = "flows/orders.arazzo.yml"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clients(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "clients").glob("*.py"))


def test_a_project_with_engines(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    assert clients(engines) == sorted(FILES)
    lock = (engines / "arazzoc.lock").read_text()
    assert all(f'output = "clients/{name}"' in lock for name in FILES)
    assert "up to date" in shown(capsys, "generate") and "wrote" not in shown(capsys, "generate")
    shown(capsys, "generate", "--check")
    texts = {name: (engines / "clients" / name).read_bytes() for name in FILES}
    shown(capsys, "generate", "--force")
    assert texts == {name: (engines / "clients" / name).read_bytes() for name in FILES}, "equal inputs, equal bytes"


@pytest.mark.parametrize("name", FILES)
def test_each_is_compared(engines: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """One that is missing is made anew, one that was edited is not overwritten."""
    shown(capsys, "generate")
    path = engines / "clients" / name
    text = path.read_text()
    path.unlink()
    assert f"{name} is missing" in shown(capsys, "generate", "--check", status=1)
    shown(capsys, "generate")
    assert path.read_text() == text
    path.write_text(text + "# mine\n")
    assert f"{name} is edited by hand" in shown(capsys, "generate", "--check", status=1)
    assert "edited by hand" in shown(capsys, "generate", status=2) and "# mine" in path.read_text()
    shown(capsys, "generate", "--force")
    assert path.read_text() == text


def test_they_go_with_the_option(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(capsys, "generate")
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text().replace('"temporal", ', ""))
    assert "orders_temporal.py is orphaned" in shown(capsys, "generate", "--check", status=1)
    assert "removed clients/orders_temporal.py" in shown(capsys, "generate")
    assert clients(engines) == ["orders.py", "orders_dbos.py"]
    shown(capsys, "generate", "--check")
    config.write_text(config.read_text().replace('engine = ["dbos"]\n', ""))
    shown(capsys, "generate")
    assert clients(engines) == ["orders.py"]


def test_one_of_two_modules(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run over one module leaves the others' files, and what the lock says of them."""
    write_documents(engines, ["orders", "parcels"])
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text() + '\n[[module]]\ndocument = "flows/parcels.arazzo.yml"\n')
    shown(capsys, "generate")
    (engines / "flows" / "orders.arazzo.yml").write_text(json.dumps(flow("Others")))
    shown(capsys, "generate", "flows/orders.arazzo.yml")
    assert "Others, on DBOS" in (engines / "clients" / "orders_dbos.py").read_text()
    shown(capsys, "generate", "--check")


def test_two_files_in_one_place(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_documents(engines, ["orders", "orders_dbos"])
    config = engines / "arazzoc.toml"
    config.write_text(config.read_text() + '\n[[module]]\ndocument = "flows/orders_dbos.arazzo.yml"\n')
    assert "two modules would be written to clients/orders_dbos.py" in shown(capsys, "generate", status=2)


def test_where_it_cannot_be_written(engines: Path) -> None:
    document = "flows/orders.arazzo.yml"
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "-o", "-")
    assert (done.returncode, done.stdout) == (2, "") and "--engine writes several files" in done.stderr
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "-o", "made.py")
    assert done.returncode == 0 and "from made import" in (engines / "made_dbos.py").read_text()
    done = arazzoc(engines, "generate", document, "--engine", "dbos", "--support", "base", "-o", "lib")
    assert done.returncode == 0 and "from .orders import" in (engines / "lib" / "orders_dbos.py").read_text()
    assert arazzoc(engines, "generate", document, "--engine", "celery").returncode == 2
