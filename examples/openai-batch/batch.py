"""Run a batch of requests at the OpenAI API, from prompts to a table of answers.

    batch.py run prompts.csv --endpoint chat --model gpt-4o-mini

makes a file of requests from the prompts, checks it, and runs the batch in the folder prompts.batch: the state
(state.json), what was sent (requests.jsonl), what came back (results.jsonl, errors.jsonl), and both together
(joined.jsonl, joined.csv). Whatever ends the program, the same command again, or `resume`, goes on where it was.

The API key comes from the environment variable OPENAI_API_KEY, and is neither shown nor saved.

Exit status: 0 every request is answered, or what was asked for is done; 1 the batch has ended, and some requests are
not answered; 2 wrong usage, or a file or folder that cannot be used, and nothing was sent; 3 the batch failed, or the
API cannot be reached or refuses; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).resolve().parents[2]))  # where the folder `generated` is

from generated.batch_lifecycle import Client, WorkflowError, await_end

from batch_prompts import Task, holds_prompts, prompt_lines
from batch_requests import ENDPOINTS, FileInvalid, Requests, Rules, given_lines, write_checked
from batch_results import OUTCOMES
from batch_run import (
    Job,
    JobInvalid,
    all_batches,
    cancel_batch,
    client_for,
    find_created,
    joined,
    load,
    locked,
    progress,
    run_to_end,
)
from batch_screen import Screen

OPENAI = "https://api.openai.com/v1"

# Commands


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Make or check the file of requests, and run the batch; or go on with it where it was begun before."""
    source: Path = options.file
    folder: Path = options.dir or source.with_suffix(".batch")
    if not source.is_file():
        raise JobInvalid(f"there is no file {source}")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder) as is_free:
        _require_free(folder, is_free)
        job, made = load(folder), folder / "requests.jsonl.part"
        try:
            requests = _write_requests(options, source, made)
            if job is not None and job.requests.digest != requests.digest:
                reason = f"{folder} holds a batch of other requests; choose another folder with --dir"
                raise JobInvalid(f"{reason}, or go on with: {_command('resume', folder)}")
            if job is None:
                os.replace(made, folder / "requests.jsonl")
                job = Job(folder, requests, options.base_url or _default_url())
                job.save()
        finally:
            made.unlink(missing_ok=True)
        of = f" of {requests.model}" if requests.model else ""
        screen.say(f"{source.name}: {requests.count:,} requests for {requests.url}{of}")
        if options.dry_run:
            screen.say(
                f"nothing is sent; see {folder / 'requests.jsonl'}, and send it by: {_command('resume', folder)}"
            )
            return 0
        return _finish(job, options, screen)


def resume(options: argparse.Namespace, screen: Screen) -> int:
    """Go on with a batch where it was."""
    with _opened(options.folder) as (job, is_free):
        _require_free(options.folder, is_free)
        return _finish(job, options, screen)


def status(options: argparse.Namespace, screen: Screen) -> int:
    """Ask once how a batch stands."""
    batch_id, base_url = options.target, None
    if Path(options.target).is_dir():
        job = _require_job(Path(options.target))
        batch_id, base_url = job.batch_id, job.base_url
    if batch_id is None:
        print(f"{options.target}: the batch is not created yet")
        return 0
    with _client(options, base_url) as client:
        outputs = await_end(client, api_key=_key(), batch_id=batch_id).require()
    print(f"{batch_id}: {progress(outputs)}")
    screen.say_problems(outputs.problems)
    return 0


def cancel(options: argparse.Namespace, screen: Screen) -> int:
    """Cancel a batch, and wait until it is cancelled; of a folder, fetch what was done until then."""
    folder, key = Path(options.target), _key()
    if not folder.is_dir():
        with _client(options, None) as client:
            ended = cancel_batch(client, key, options.target, screen.show)
            print(f"{options.target}: {ended}")
        return 0
    with _opened(folder) as (job, is_free), _client(options, job.base_url) as client:
        if is_free:
            find_created(job, client, key)
        if job.batch_id is None:
            raise JobInvalid(f"{folder}: the batch is not created yet")
        screen.say(f"{job.batch_id}: {cancel_batch(client, key, job.batch_id, screen.show)}")
        if is_free:
            return _finish(job, options, screen)
        screen.say("the program that runs this batch fetches what was done")
        return 0


def list_batches(options: argparse.Namespace, screen: Screen) -> int:
    """List the batches of the account, the newest first."""
    with _client(options, None) as client:
        for batch in all_batches(client, _key()):
            counts = batch.get("request_counts") or {"completed": 0, "total": 0}
            done = f"{counts['completed']:,} of {counts['total']:,} done"
            print(f"{batch['id']}  {batch['status']:<11}  {batch['endpoint']:<22}  {done}")
    return 0


# Parts of them


def _write_requests(options: argparse.Namespace, source: Path, target: Path) -> Requests:
    """Write the requests that a file holds, or that become of its prompts."""
    if source.suffix.lower() not in (".txt", ".csv", ".jsonl"):
        raise JobInvalid(f"{source}: the name must end in .txt, .csv or .jsonl")
    url = ENDPOINTS[options.endpoint] if options.endpoint else ""
    if not holds_prompts(source):
        if options.system or options.set:
            raise JobInvalid(f"{source} holds requests, not prompts: --system and --set do not change them")
        return write_checked(source, given_lines(source), target, Rules(url, options.model))
    if not url or not options.model:
        raise JobInvalid(f"{source} holds prompts: say what to do with them, by --endpoint and --model")
    if options.system and options.endpoint not in ("chat", "responses"):
        raise JobInvalid(f"--system does not go with --endpoint {options.endpoint}")
    task = Task(url, options.model, options.system, dict(options.set))
    return write_checked(source, prompt_lines(source, task, options.column), target, Rules(url, options.model))


def _finish(job: Job, options: argparse.Namespace, screen: Screen) -> int:
    """Bring a batch to its end, join what it leaves to the requests, and say what came of them."""
    key = _key()
    with _client(options, job.base_url) as client:
        try:
            outputs = run_to_end(job, client, key, screen.show)
        except (WorkflowError, KeyboardInterrupt):
            screen.say(f"go on with: {_command('resume', job.folder)}")
            raise
    if outputs.status == "failed":
        screen.say(f"{outputs.batch_id} failed before it began")
        screen.say_problems(outputs.problems)
        return 3
    found = joined(job)
    screen.say_some([f"note: {note}" for note in found.notes])
    counts = ", ".join(f"{found.counts[outcome]:,} {outcome}" for outcome in OUTCOMES)
    where = f"see {job.path('joined.jsonl')} and joined.csv"
    print(f"{outputs.batch_id} {outputs.status}: {job.requests.count:,} requests, {counts}; {where}", flush=True)
    return 0 if found.counts["answered"] == job.requests.count else 1


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Job, bool]]:
    """The batch of a folder, and whether no other program runs it."""
    _require_job(folder)
    with locked(folder) as is_free:
        yield _require_job(folder), is_free


def _require_job(folder: Path) -> Job:
    job = load(folder) if folder.is_dir() else None
    if job is None:
        raise JobInvalid(f"{folder} is not the folder of a batch: it has no state.json")
    return job


def _require_free(folder: Path, is_free: bool) -> None:
    if not is_free:
        raise JobInvalid(f"another program runs the batch of {folder}")


def _client(options: argparse.Namespace, base_url: str | None) -> Client:
    return client_for(options.base_url or base_url or _default_url(), options.poll_interval)


def _default_url() -> str:
    return os.environ.get("OPENAI_BASE_URL") or OPENAI


def _key() -> str:
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        raise JobInvalid("set the environment variable OPENAI_API_KEY")
    return key


def _command(verb: str, folder: Path) -> str:
    return shlex.join(["batch.py", verb, str(folder)])


# The command line


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    about, _, more = (__doc__ or "").partition("\n\n")
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser("batch.py", description=about, epilog=more, formatter_class=raw, allow_abbrev=False)
    verbs = found.add_subparsers(required=True, metavar="COMMAND")
    own = _verb(verbs, "run", run)
    own.add_argument("file", type=Path, help="prompts (.txt, .csv, .jsonl), or requests (.jsonl)")
    own.add_argument("--endpoint", choices=list(ENDPOINTS), help="what to do with the prompts")
    own.add_argument("--model", help="by which model")
    own.add_argument("--system", metavar="TEXT", help="instructions that go before each prompt")
    text = "a member of each request's body, such as temperature=0; several are possible"
    own.add_argument("--set", type=_member, action="append", default=[], metavar="NAME=JSON", help=text)
    own.add_argument("--column", default="prompt", help="the column of a .csv file that has the prompts (prompt)")
    own.add_argument("--dir", type=Path, help="the folder for the batch (the name of the file, with .batch)")
    own.add_argument("--dry-run", action="store_true", help="make and check the file of requests, and send nothing")
    own = _verb(verbs, "resume", resume)
    own.add_argument("folder", type=Path, help="the folder of the batch")
    for verb, function in (("status", status), ("cancel", cancel)):
        own = _verb(verbs, verb, function)
        own.add_argument("target", metavar="FOLDER|ID", help="the folder of a batch, or its id")
    _verb(verbs, "list", list_batches)
    return found


def _verb(verbs: Any, name: str, function: Any) -> argparse.ArgumentParser:
    """Add a command with the options that all have."""
    own: argparse.ArgumentParser = verbs.add_parser(name, help=function.__doc__, allow_abbrev=False)
    own.description = function.__doc__
    own.set_defaults(function=function)
    own.add_argument("--base-url", type=_url, help=f"where the API is (OPENAI_BASE_URL, else {OPENAI})")
    text = "seconds before the second look at a batch; later ones come at longer intervals (10)"
    own.add_argument("--poll-interval", type=_seconds, default=10.0, metavar="SECONDS", help=text)
    return own


def _member(given: str) -> tuple[str, Any]:
    """Read a member of a body; what is not JSON is a text."""
    name, found, value = given.partition("=")
    if not found or name in ("", "model", "messages", "input"):
        raise argparse.ArgumentTypeError(f"not NAME=JSON, or a name that is taken: {given}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _seconds(given: str) -> float:
    """Read a time to wait."""
    if not 0 < (seconds := float(given)) < 1e6:
        raise argparse.ArgumentTypeError(f"not a time to wait: {given}")
    return seconds


def _url(given: str) -> str:
    """Read a base URL."""
    if urlsplit(given).scheme not in ("http", "https"):
        raise argparse.ArgumentTypeError(f"no URL of http or https: {given}")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status."""
    options, screen = parser().parse_args(arguments), Screen(sys.stderr)
    try:
        outcome: int = options.function(options, screen)
        return outcome
    except FileInvalid as error:
        screen.say_some([f"{error.path}, line {fault.line}: {fault.problem}" for fault in error.faults])
        screen.say("error: the file cannot be a batch, and nothing was uploaded")
        return 2
    except JobInvalid as error:
        screen.say(f"error: {error}")
        return 2
    except WorkflowError as error:
        screen.say(f"error: {' '.join(str(error).split())}")
        return 3
    except OSError as error:
        screen.say(f"error: {error}")
        return 3
    except KeyboardInterrupt:
        screen.say("interrupted; what was begun at the API goes on there")
        return 130


if __name__ == "__main__":
    sys.exit(main())
