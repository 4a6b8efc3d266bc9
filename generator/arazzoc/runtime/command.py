"""A workflow as a command: options to inputs, progress to standard error, outputs to
standard output.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from arazzoc.runtime.bodies import FileContent
from arazzoc.runtime.errors import InputsInvalid, WorkflowError
from arazzoc.runtime.exchange import log
from arazzoc.runtime.state import save_state
from arazzoc.runtime.text import text


class WrongUsage(Exception):
    """An option or an environment variable is missing or cannot be read."""


def run_command(
    start: Callable[[Callable[[Any], None] | None], Any], state_file: str | None
) -> int:
    """Run a workflow, print its outputs as JSON, and give the exit status: 0, 1 where
    it failed, 2 for wrong usage.
    """
    show = logging.StreamHandler(sys.stderr)
    show.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(show)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        outputs = start(
            None if state_file is None else lambda state: save_state(state_file, state)
        )
    except WrongUsage as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    # only: inputs
    except InputsInvalid as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return 2
    # end
    except WorkflowError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    finally:
        log.removeHandler(show)
    print(json.dumps(asdict(outputs), indent=2, ensure_ascii=False, default=text))
    return 0


def secret_option(variable: str) -> str:
    """A secret, which comes from the environment and never from the command line."""
    value = os.environ.get(variable, "")
    if not value:
        raise WrongUsage(f"set the environment variable {variable}")
    return value


def optional_secret_option(variable: str) -> str | None:
    """A secret that may be absent."""
    return os.environ.get(variable) or None


def basic_option(variable: str) -> tuple[str, str] | None:
    """User name and password from the environment, written USER:PASSWORD."""
    user, colon, password = os.environ.get(variable, "").partition(":")
    return (user, password) if colon else None


def file_option(value: str | None) -> FileContent | None:
    """The content of a file input: @PATH names a file, anything else is the content
    itself.
    """
    if value is not None and value.startswith("@"):
        path = Path(value[1:])
        if not path.is_file():
            raise WrongUsage(f"no file {path}")
        return path
    return value


def json_option(value: str | None, option: str) -> Any:
    """An input that is no text, written as JSON; @PATH names a file that holds it."""
    if value is None:
        return None
    try:
        return json.loads(
            Path(value[1:]).read_bytes() if value.startswith("@") else value
        )
    except (OSError, ValueError) as error:
        raise WrongUsage(f"{option}: not JSON ({type(error).__name__})") from None


def save_option(values: list[str]) -> Callable[[str, str], str | None]:
    """Which step's body goes to which file, from options written STEP=PATH."""
    paths: dict[str, str] = {}
    for value in values:
        step, equals, path = value.partition("=")
        if not step or not equals or not path:
            raise WrongUsage(f"--save {value}: write STEP=PATH")
        paths[step] = path
    return lambda workflow, step: paths.get(step)
