"""Fixtures of all tests, and `pytest --update`, which rewrites the golden files that differ."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from wire import Wire, running_wire

# A busy machine is no bug: nothing here is judged by how long an example takes. The examples are the same in each run,
# so that a test fails by a change only; who asks for more of them gets others.
ASKED = any(name in os.environ for name in ("DIFF_EXAMPLES", "FLOW_EXAMPLES"))
settings.register_profile("arazzoc", deadline=None, derandomize=not ASKED)
settings.load_profile("arazzoc")

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("ARAZZOC_SHARED", ROOT.parent / "shared"))
EXAMPLE = ROOT / "examples" / "openai-batch"

sys.path.insert(0, str(EXAMPLE))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite golden files that differ, and fail this run")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update") and os.environ.get("CI"):
        raise pytest.UsageError("--update is refused where CI is set: golden files are accepted by a person")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with specifications, suites and the corpus; it is present in our CI and in no checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: this test needs the shared suites or documents")
    return SHARED


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A local server that remembers what reached it."""
    with running_wire() as found:
        yield found


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy, no credentials and no colours from the machine that the tests run on."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    yield


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two modules, in the working folder."""
    from projects import write_project

    write_project(tmp_path, ["orders", "parcels"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(project: Path) -> Path:
    """The project in a repository, and in the working folder."""
    from projects import git

    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "all")
    return project
