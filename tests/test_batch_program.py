"""`batch.py`, from a file to a table of answers, against the fake of the API."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import batch as program
from batch_program import KEY, PROGRAM, accounted, environment, rows, write_requests
from batch_requests import Rules
from batch_run import Job, locked
from batch_screen import Screen
from fake_batch_api import FakeBatchApi

FAST = ("--poll-interval", "0.01")
COUNT = 12


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_requests(tmp_path / "r.jsonl", COUNT)
    return tmp_path / "r.jsonl"


NAMES = [f"request-{number}" for number in range(1, COUNT + 1)]


def run(fake: FakeBatchApi, *arguments: object) -> int:
    """A command of the program against the fake."""
    return program.main([*map(str, arguments), "--base-url", fake.url, *FAST])


def started(command: list[str], fake: FakeBatchApi) -> subprocess.Popen[str]:
    """The program as a process of its own, which an interrupt reaches also where the tests run in the background."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command,
        env=environment(fake.url),
        text=True,
        stdout=pipe,
        stderr=pipe,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("final", "refuse_every", "status", "expected"),
    [
        ("completed", 0, 0, {"answered": 12}),
        ("completed", 4, 1, {"answered": 9, "refused": 3}),
        ("completed", 1, 1, {"refused": 12}),
        ("expired", 0, 1, {"answered": 6, "expired": 6}),
        ("expired", 3, 1, {"answered": 4, "refused": 2, "expired": 6}),
        ("cancelled", 0, 1, {"answered": 6, "missing": 6}),
        ("cancelled", 1, 1, {"refused": 6, "missing": 6}),
    ],
)
@pytest.mark.parametrize("no_file", [None, ""])
def test_every_request_is_accounted_for_once(
    source: Path,
    capsys: pytest.CaptureFixture[str],
    final: str,
    refuse_every: int,
    status: int,
    expected: dict[str, int],
    no_file: str | None,
) -> None:
    with FakeBatchApi(final, key=KEY, refuse_every=refuse_every, no_file=no_file) as fake:
        assert run(fake, "run", source) == status
    assert accounted(source.with_suffix(".batch"), NAMES) == expected
    summary = capsys.readouterr().out
    assert summary.startswith(f"batch_1 {final}: 12 requests, ")
    for outcome in ("answered", "refused", "expired", "cancelled", "missing"):
        assert f"{expected.get(outcome, 0)} {outcome}" in summary


@pytest.mark.parametrize(
    ("endpoint", "answers"),
    [
        ("chat", ["You said: hello", "You said: it hurts"]),
        ("responses", ["You said: hello", "You said: it hurts"]),
        ("embeddings", [[0.5, -0.25, 0], [0.5, -0.25, 0]]),
        ("moderations", [[], ["violence"]]),
    ],
)
def test_prompts_are_answered(tmp_path: Path, endpoint: str, answers: list[Any]) -> None:
    (tmp_path / "p.txt").write_text("hello\nit hurts\n")
    with FakeBatchApi(key=KEY) as fake:
        assert run(fake, "run", tmp_path / "p.txt", "--endpoint", endpoint, "--model", "m") == 0
    [(name, uploaded)] = fake.uploads
    assert (
        name == "requests.jsonl" and [json.loads(text)["body"]["model"] for text in uploaded.splitlines()] == ["m"] * 2
    )
    assert [row["answer"] for row in rows(tmp_path / "p.batch")] == answers
    assert [row["status_code"] for row in rows(tmp_path / "p.batch")] == [200, 200]


def test_a_refused_request_has_its_reason(source: Path) -> None:
    with FakeBatchApi("expired", refuse_every=2) as fake:
        run(fake, "run", source)
    row = {row["outcome"]: row for row in rows(source.with_suffix(".batch"))}
    assert (row["refused"]["status_code"], row["refused"]["error"]["message"]) == (400, "The request is invalid.")
    assert (row["expired"]["status_code"], row["expired"]["error"]["code"]) == (None, "batch_expired")
    assert row["answered"]["request"]["messages"][0]["content"] == "x"


@pytest.mark.parametrize(
    ("line", "change"),
    [
        (1, lambda text: b"\xef\xbb\xbf" + text),
        (1, lambda text: text.replace(b"\n", b"\r\n")),
        (2, lambda text: text.replace(b'"custom_id": "request-2", ', b"")),
        (3, lambda text: text.replace(b"request-3", b"request-1")),
        (2, lambda text: text.replace(b'"m"', b'"n"', 1)),
        (12, lambda text: text[: text.rindex(b"chat")] + text[text.rindex(b"chat") :].replace(b"chat", b"x")),
        (1, lambda text: text.replace(b"POST", b"GET", 1)),
        (13, lambda text: text + b"\n"),
        (50_001, lambda text: text),
    ],
)
def test_nothing_is_uploaded_of_a_file_with_a_fault(
    source: Path, capsys: pytest.CaptureFixture[str], line: int, change: Callable[[bytes], bytes]
) -> None:
    if line == 50_001:
        write_requests(source, line)
    source.write_bytes(change(source.read_bytes()))
    with FakeBatchApi() as fake:
        assert run(fake, "run", source) == 2
        assert fake.requests == []
    shown = capsys.readouterr()
    assert f"{source}, line {line}: " in shown.err and "nothing was uploaded" in shown.err and not shown.out
    assert not (source.with_suffix(".batch") / "state.json").exists()


def test_only_the_first_faults_are_shown(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_requests(source, 500)
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    with FakeBatchApi() as fake:
        assert run(fake, "run", source) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22 and lines[20] == "and 480 more"


def test_a_batch_that_fails_shows_its_faults(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that the API finds where the program found none."""
    monkeypatch.setattr(Rules, "_id_problems", lambda *_: ())
    source.write_bytes(source.read_bytes().replace(b"request-3", b"request-1"))
    with FakeBatchApi() as fake:
        assert run(fake, "run", source) == 3
    shown = capsys.readouterr().err
    assert "batch_1 failed" in shown
    assert "line 3: The custom_id of this line was used before. (duplicate_custom_id)" in shown


# Starting again


def test_a_second_start_uploads_nothing_twice(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBatchApi() as fake:
        assert run(fake, "run", source) == 0
        asked = list(fake.requests)
        first = capsys.readouterr().out
        assert run(fake, "run", source) == 0
        assert run(fake, "resume", source.with_suffix(".batch")) == 0
        assert fake.requests == asked
    assert capsys.readouterr().out == first * 2


def test_what_is_fetched_and_then_lost_is_fetched_again(source: Path) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi(refuse_every=2) as fake:
        run(fake, "run", source)
        for name in ("results.jsonl", "errors.jsonl"):
            (folder / name).unlink()
            assert run(fake, "resume", folder) == 1
            assert accounted(folder, NAMES) == {"answered": 6, "refused": 6}
        assert fake.requests.count("POST /v1/batches") == 1


def test_a_folder_holds_one_batch(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBatchApi() as fake:
        run(fake, "run", source)
        write_requests(source, 3)
        asked = list(fake.requests)
        assert run(fake, "run", source) == 2
        assert "holds a batch of other requests" in capsys.readouterr().err
        assert fake.requests == asked
        assert run(fake, "run", source, "--dir", source.parent / "other") == 0


def test_the_file_may_change_while_its_batch_runs(source: Path) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi() as fake:
        assert run(fake, "run", source, "--dry-run") == 0
        source.write_text("changed")
        assert fake.requests == []
        assert run(fake, "resume", folder) == 0
    assert accounted(folder, NAMES) == {"answered": COUNT}


def test_one_program_at_a_time(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi() as fake:
        run(fake, "run", source, "--dry-run")
        with locked(folder) as is_free:
            assert is_free
            assert run(fake, "resume", folder) == 2
        assert "another program runs" in capsys.readouterr().err
        assert fake.requests == []


class Killed(BaseException):
    """The process is gone."""


def test_a_batch_that_was_created_and_not_noted_is_found(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among many others: it is not created a second time, though nothing but the API knows of it."""
    folder, save = source.with_suffix(".batch"), Job.save

    def killed(job: Job) -> None:
        if job.batch_id is not None:
            raise Killed
        save(job)

    with FakeBatchApi() as fake:
        monkeypatch.setattr(Job, "save", killed)
        with pytest.raises(Killed):
            run(fake, "run", source)
        monkeypatch.setattr(Job, "save", save)
        for _ in range(150):
            fake.create({"Content-Type": "application/json"}, json.dumps(other_batch(fake)).encode())
        assert run(fake, "run", source) == 0
        assert [fake.requests.count(f"POST /v1/{name}") for name in ("files", "batches")] == [1, 1]
    assert json.loads((folder / "state.json").read_text())["run"]["start"]["batch_id"] == "batch_1"


def other_batch(fake: FakeBatchApi) -> dict[str, str]:
    """A batch of another file."""
    fake.uploads.append(("other.jsonl", b"{}"))
    file_id = f"file-{len(fake.uploads)}"
    return {"input_file_id": file_id, "endpoint": "/v1/embeddings", "completion_window": "24h"}


def test_an_interrupted_run_goes_on(source: Path) -> None:
    """A real interrupt of a real process, while it waits."""
    folder = source.with_suffix(".batch")
    with FakeBatchApi(None, key=KEY) as fake:
        command = [*PROGRAM, "run", str(source), "--poll-interval", "0.3"]
        with started(command, fake) as process:
            wait_for(lambda: len(fake.polled_at) >= 2)
            process.send_signal(signal.SIGINT)
            out, shown = process.communicate(timeout=20)
        assert process.returncode == 130 and not out
        assert "resume" in shown and "interrupted" in shown and "Traceback" not in shown
        fake.final = "completed"
        assert run(fake, "resume", folder) == 0
        assert [fake.requests.count(f"POST /v1/{name}") for name in ("files", "batches")] == [1, 1]
    assert accounted(folder, NAMES) == {"answered": COUNT}


# Cancelling


def test_a_batch_is_cancelled_while_it_runs(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By a second program; the first one fetches what was done."""
    folder = source.with_suffix(".batch")
    with FakeBatchApi(None, cancelling=4) as fake:
        command = [*PROGRAM, "run", str(source), "--poll-interval", "0.1"]
        with started(command, fake) as process:
            wait_for(lambda: len(fake.polled_at) >= 3)
            assert run(fake, "cancel", folder) == 0
            out, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    expected = "batch_1 cancelled: 12 requests, 6 answered, 0 refused, 0 expired, 0 cancelled, 6 missing; see "
    assert out == f"{expected}{folder / 'joined.jsonl'} and joined.csv\n"
    assert accounted(folder, NAMES) == {"answered": 6, "missing": 6}
    assert "the program that runs this batch" in capsys.readouterr().err


def test_what_was_done_is_fetched_by_cancel(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi(None, cancelling=3) as fake:
        interrupted(fake, source, monkeypatch)
        assert run(fake, "cancel", folder) == 1
        assert accounted(folder, NAMES) == {"answered": 6, "missing": 6}
        asked = list(fake.requests)
        assert asked.count("POST /v1/batches/batch_1/cancel") == 1
        assert run(fake, "cancel", folder) == 1, "it is cancelled already"
        assert fake.requests.count("POST /v1/batches/batch_1/cancel") == 1


def interrupted(fake: FakeBatchApi, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a batch until it is being finalized."""
    save = Job.save

    def stop(job: Job) -> None:
        save(job)
        if job.run.await_end is not None and job.run.await_end.status == "finalizing":
            raise KeyboardInterrupt

    monkeypatch.setattr(Job, "save", stop)
    assert run(fake, "run", source) == 130
    monkeypatch.setattr(Job, "save", save)


def test_a_batch_is_cancelled_by_its_id(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBatchApi(None) as fake:
        fake.create({"Content-Type": "application/json"}, json.dumps(other_batch(fake)).encode())
        assert run(fake, "cancel", "batch_1") == 0
        assert capsys.readouterr().out == "batch_1: cancelled\n"
        assert run(fake, "cancel", "batch_2") == 3
        assert "No batch found" in capsys.readouterr().err


# Looking


def test_status(source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi(None) as fake:
        run(fake, "run", source, "--dry-run")
        assert run(fake, "status", folder) == 0
        assert fake.requests == [] and capsys.readouterr().out.endswith("not created yet\n")
        interrupted(fake, source, monkeypatch)
        capsys.readouterr()
        for target in (folder, "batch_1"):
            assert run(fake, "status", target) == 0
            assert capsys.readouterr().out == "batch_1: finalizing, 6 of 12 done\n"


def test_all_batches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBatchApi(None) as fake:
        for _ in range(205):
            fake.create({"Content-Type": "application/json"}, json.dumps(other_batch(fake)).encode())
        assert run(fake, "list") == 0
        assert fake.requests == [
            f"GET /v1/batches?limit=100{after}" for after in ("", "&after=batch_106", "&after=batch_6")
        ]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [f"batch_{number}" for number in range(205, 0, -1)]
    assert lines[0].split() == ["batch_205", "validating", "/v1/embeddings", "0", "of", "0", "done"]


def test_the_line_of_a_terminal_is_rewritten() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, expected in ((Terminal(), "\r\033[Ka\r\033[Kb\nend\n"), (io.StringIO(), "a\nb\nend\n")):
        screen = Screen(stream)
        for text in ("a", "a", "b"):
            screen.show(text)
        screen.say("end")
        assert stream.getvalue() == expected


# Wrong usage, and secrets


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("none.txt", (), "there is no file"),
        ("r.jsonl", ("--system", "x"), "--system and --set do not change them"),
        ("r.jsonl", ("--set", "a=1"), "--system and --set do not change them"),
        ("p.txt", (), "by --endpoint and --model"),
        ("p.txt", ("--endpoint", "chat"), "by --endpoint and --model"),
        ("p.txt", ("--endpoint", "embeddings", "--model", "m", "--system", "x"), "--system does not go with"),
        ("p.json", (), "must end in .txt, .csv or .jsonl"),
    ],
)
def test_wrong_usage(
    source: Path, capsys: pytest.CaptureFixture[str], name: str, options: tuple[str, ...], message: str
) -> None:
    for other in ("p.txt", "p.json"):
        (source.parent / other).write_text("hello\n")
    with FakeBatchApi() as fake:
        assert run(fake, "run", source.parent / name, *options) == 2
        assert fake.requests == []
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ("--set", "messages=[]"),
        ("--set", "x"),
        ("--poll-interval", "0"),
        ("--base-url", "api.test"),
        ("--endpoint", "audio"),
    ],
)
def test_options_that_cannot_be_read(source: Path, options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as caught:
        program.main(["run", str(source), *options])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"run": {}}', '{"run": {"workflow": "whole-batch", "flow": "0"}}']
)
def test_a_state_that_is_damaged(source: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi() as fake:
        run(fake, "run", source, "--dry-run")
        (folder / "state.json").write_text(content)
        for command in (("run", source), ("resume", folder), ("status", folder), ("cancel", folder)):
            assert run(fake, *command) == 2
            assert "state.json" in capsys.readouterr().err
        assert run(fake, "resume", source.parent) == 2
        assert fake.requests == []


def test_a_key_is_needed(source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with FakeBatchApi() as fake:
        for command in (("run", source), ("resume", source.with_suffix(".batch")), ("list",), ("status", "batch_1")):
            assert run(fake, *command) == 2
            assert "set the environment variable OPENAI_API_KEY" in capsys.readouterr().err
        assert fake.requests == []


def test_an_api_that_cannot_be_reached(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeBatchApi() as fake:
        pass
    assert run(fake, "run", source) == 3
    shown = capsys.readouterr().err
    assert "go on with: batch.py resume" in shown and "Connection refused" in shown and "Traceback" not in shown


def test_the_key_is_shown_nowhere(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = source.with_suffix(".batch")
    with FakeBatchApi("expired", key=KEY, refuse_every=2) as fake:
        monkeypatch.setenv("OPENAI_API_KEY", KEY + "x")
        assert run(fake, "run", source) == 3
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert [run(fake, *command) for command in (("resume", folder), ("status", folder), ("list",))] == [1, 0, 0]
    shown = "".join(capsys.readouterr()) + "".join(path.read_text() for path in folder.iterdir())
    assert "HTTP 401" in shown and KEY not in shown
    assert (folder / "state.json").stat().st_mode & 0o077 == 0
