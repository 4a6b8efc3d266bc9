"""Many runs from the command line: one for each line of a file."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote, unquote

from arazzoc.runtime.command import READERS, form_of, load_state, save_state
from arazzoc.runtime.results import StateInvalid, WorkflowError, logger
from arazzoc.runtime.values import text_of

# Run-time support: many runs by a command


def run_lines(
    run_many: Callable[..., Iterator[Any]],
    client: Any,
    kinds: tuple[Any, Any],
    given: dict[str, Any],
    path: str,
    folder: str | None,
    workers: int,
    force: bool,
) -> int:
    """Run a workflow for each line of a file (JSON Lines), print a line of JSON for each
    run that ends, and return the exit status.

    A line is an object of inputs, which count before those `given`; or it has these as
    `inputs`, and the run's `key`. The states of the runs are in `folder`.
    """
    logger.setLevel(logging.WARNING)
    items, states = dict[str, Any](), dict[str, Any]()
    keep: Callable[[str, Any], None] | None = None
    if folder is not None:
        try:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot make the folder {folder}: {error.strerror}"
            raise StateInvalid(reason) from None
        for file in sorted(Path(folder).glob("*.json")):
            key = unquote(file.name.removesuffix(".json"))
            states[key] = load_state(str(file), kinds[1], force)
        keep = partial(_keep, folder)
    failed = done = 0
    # other characters that end lines elsewhere may stand in a string of JSON
    for number, line in enumerate(_text_of(path).split("\n"), 1):
        key = str(number)
        try:
            if line.strip():
                key, data = _item_of(line, key)
                if key in items:
                    raise StateInvalid(f"line {number}: the key is there twice")
                items[key] = _inputs_of(data, kinds[0], given)
        except (WorkflowError, argparse.ArgumentTypeError) as error:
            failed += 1
            _tell(key, None, error)
    total = len(items) + failed
    done = failed
    for run in run_many(client, items, workers, states=states, on_checkpoint=keep):
        done, failed = done + 1, failed + (run.error is not None)
        _tell(run.key, run.outputs, run.error)
        if sys.stderr.isatty():
            line = f"\r{done} of {total} runs have ended, {failed} failed"
            end = "\n" if done == total else ""
            print(line, end=end, file=sys.stderr, flush=True)
    return 1 if failed else 0


def _tell(key: str, outputs: Any, error: BaseException | None) -> None:
    """Print how a run has ended, as a line of JSON."""
    told: dict[str, Any] = {"key": key}
    if error is None:
        told["outputs"] = asdict(outputs)
    else:
        told["error"] = " ".join(str(error).split()) or type(error).__name__
    show_text = partial(text_of, errors="replace")
    print(json.dumps(told, ensure_ascii=False, default=show_text), flush=True)


def _text_of(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise StateInvalid(f"cannot read {path}: {type(error).__name__}") from None


def _item_of(line: str, key: str) -> tuple[str, dict[str, Any]]:
    """The key of a line, which has that one unless it names its own, and its inputs."""
    try:
        data: Any = json.loads(line)
    except ValueError:
        data = None
    if data.__class__ is dict and data.keys() == {"key", "inputs"}:
        key, data = str(data["key"]), data["inputs"]
    if data.__class__ is not dict:
        raise StateInvalid(f"line {key}: not an object of inputs in JSON")
    return key, data


def _inputs_of(data: dict[str, Any], kind: Any, given: dict[str, Any]) -> Any:
    """The inputs of a line, and of the command where it has none."""
    values, hints = {**given, **data}, get_type_hints(kind)
    for member in fields(kind):
        name = member.metadata.get("name", member.name)
        form, value = form_of(hints[member.name]), data.get(name)
        if form == "TEXT|@FILE" and isinstance(value, str):
            values[name] = READERS[form](value)
    return kind.from_dict(values)


def _keep(folder: str, key: str, state: Any) -> None:
    """Write the state of a run to its file."""
    save_state(str(Path(folder, f"{quote(key, safe='')}.json")), state)
