"""Workflows as a command: inputs and client arguments as options, outputs as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import Field, asdict, fields
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from arazzoc.runtime.client import BaseClient, Polling
from arazzoc.runtime.results import InputsInvalid, StateInvalid, WorkflowError, logger
from arazzoc.runtime.values import present, text_of

# Run-time support: the command


def run_command(
    client: type[BaseClient],
    runners: Sequence[Callable[..., Any]],
    arguments: Sequence[str] | None = None,
    many: Callable[..., int] | None = None,
) -> int:
    """Run one of the workflows with the options of the command line, print its outputs
    as JSON, and return the exit status. `many` runs it for each line of a file.

    It is 0, or 1 where the run failed, 2 for wrong usage, 130 where it was interrupted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    is_many = many is not None and any(a.split("=")[0] == "--many" for a in given)
    are_several = len(runners) > 1
    parser = argparse.ArgumentParser(add_help=are_several, allow_abbrev=False)
    choice: Any = None
    if are_several:
        choice = parser.add_subparsers(required=True, metavar="WORKFLOW")
    for runner in runners:
        name = runner.__name__.removeprefix("run_").strip("_")
        summary = " ".join((runner.__doc__ or "").partition("\n\n")[0].split())
        known: dict[str, Any] = {"help": summary.replace("%", "%%"), "add_help": False}
        own = (
            choice.add_parser(name.replace("_", "-"), **known)
            if are_several
            else parser
        )
        own.allow_abbrev, own.description = False, summary
        own.formatter_class = argparse.RawDescriptionHelpFormatter
        command = _Command(runner, client, own, name.upper(), many, is_many)
        own.set_defaults(command=command)
    options = vars(parser.parse_args(arguments))
    chosen: _Command = options["command"]
    return chosen.run(options)


class _Command:
    """One workflow as a command. An option belongs to an input, to an argument of the
    client, or to the run itself, which leave the names of inputs alone. Secrets are no
    options: they come from the environment.
    """

    def __init__(
        self,
        runner: Any,
        client: Any,
        parser: argparse.ArgumentParser,
        prefix: str,
        many: Any,
        is_many: bool,
    ) -> None:
        hints = get_type_hints(runner)
        self.many, self.is_many = many, is_many
        self.runner, self.client, self.parser = runner, client, parser
        self.inputs: Any = hints.get("inputs")
        self.state: Any = get_args(hints["state"])[0]
        self.prefix, self.taken = prefix, {"-h"}
        self.secrets: dict[str, Callable[[], Any]] = {}
        if self.inputs is not None:
            self._add_fields("input", self.inputs, fields(self.inputs))
        self._add_fields("client", client, fields(client)[len(fields(BaseClient)) :])
        add = partial(self._add, "run")
        seconds: dict[str, Any] = {"type": float, "metavar": "SECONDS"}
        pairs: dict[str, Any] = {"type": partial(_pair, "="), "metavar": "STEP=PATH"}
        text = "first wait before a step is repeated"
        add("poll-interval", text, dest="polling interval", **seconds)
        text = "how long to repeat a step"
        add("poll-timeout", text, dest="polling timeout", **seconds)
        text = "stream the body of a response to a file"
        add("save", text, dest="save", action="append", default=[], **pairs)
        text = "save the run here after each step, and resume it from here"
        add("state", text, dest="state", metavar="FILE")
        if many is not None and self.inputs is not None:
            text = (
                "run for each line of this file: inputs, or a key and inputs, as JSON"
            )
            add("many", text, dest="many", metavar="FILE")
            text = "save the runs here after each step, and resume them from here"
            add("states", text, dest="states", metavar="DIR")
            text = "how many requests are made at once"
            add("workers", text, dest="workers", type=int, default=8, metavar="N")
        text = "resume from a state of another version of the workflow"
        add("force-state", text, dest="force", action="store_true")
        add("help", "show this help message and exit", "-h", action="help")

    def _add_fields(self, owner: str, kind: Any, members: Iterable[Field[Any]]) -> None:
        """Add an option for each field, or a line of the help where it is secret."""
        hints = get_type_hints(kind)
        texts = _field_docstrings(kind)
        for member in members:
            hint = hints[member.name]
            text = texts.get(member.name, "")
            dest = f"{owner} {member.metadata.get('name', member.name)}"
            form, is_required = form_of(hint), member.default is member.default_factory
            is_required = is_required and not (self.is_many and owner == "input")
            if not member.repr:
                form = "USER:PASSWORD" if form == "USER:PASSWORD" else "TEXT"
                variable = f"{self.prefix}_{member.name.strip('_').upper()}"
                self.secrets[dest] = partial(self._secret, variable, form, is_required)
                epilog = self.parser.epilog or "Secrets come from the environment:"
                self.parser.epilog = f"{epilog}\n  {variable}  {form}  {text}".rstrip()
                continue
            settings: dict[str, Any] = {"type": READERS[form], "metavar": form}
            if get_origin(hint) is Literal:
                settings = {"type": READERS[form], "choices": get_args(hint)}
            if not (is_required or member.default in (None, ..., dataclasses.MISSING)):
                text = f"{text} (default: {member.default})"
            option = member.name.strip("_").replace("_", "-")
            self._add(owner, option, text, dest=dest, required=is_required, **settings)

    def _add(
        self, owner: str, name: str, text: str, *more: str, **settings: Any
    ) -> None:
        """Add an option; a name that is taken already gets the owner's before it."""
        flag = f"--{name}"
        while flag in self.taken:
            flag = f"--{owner}-{flag[2:]}"
        self.taken.add(flag)
        settings["help"] = text.replace("%", "%%")
        self.parser.add_argument(flag, *more, **settings)

    def run(self, options: dict[str, Any]) -> int:
        """Run the workflow and print its outputs, or what is wrong."""
        show = logging.StreamHandler(sys.stderr)
        logger.addHandler(show)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            result = self._start(options)
            if self.is_many:
                return int(result)
            show_text = partial(text_of, errors="replace")
            outputs = asdict(result)
            print(json.dumps(outputs, indent=2, ensure_ascii=False, default=show_text))
            return 0
        except InputsInvalid as error:
            status, problems = 2, error.problems
        except WorkflowError as error:
            status, problems = 1, [" ".join(str(error).split())]
        except KeyboardInterrupt:
            status, problems = 130, ["interrupted"]
        finally:
            logger.removeHandler(show)
        for problem in problems:
            print(f"error: {problem}", file=sys.stderr)
        return status

    def _start(self, options: dict[str, Any]) -> Any:
        """Run the workflow, from the saved state if there is one; or many, and return
        the exit status.
        """
        options |= {dest: read() for dest, read in self.secrets.items()}
        given: dict[str, dict[str, Any]] = {"client": {}, "polling": {}, "input": {}}
        for dest, value in present(options).items():
            owner, _, name = dest.partition(" ")
            if name:
                given[owner][name] = value
        paths, path = dict[str, str](options["save"]), options["state"]

        def save_body(_: str, step: str) -> str | None:
            return paths.get(step)

        client = self.client(
            **given["client"],
            polling=Polling(**given["polling"]),
            save_body=save_body,
            on_checkpoint=partial(save_state, path) if path else None,
        )
        if self.is_many:
            kinds, inputs, force = (
                (self.inputs, self.state),
                given["input"],
                options["force"],
            )
            places = options["many"], options["states"], options["workers"]
            return self.many(client, kinds, inputs, *places, force)
        state = load_state(path, self.state, options["force"]) if path else None
        if self.inputs is None:
            return self.runner(client, state=state)
        return self.runner(client, self.inputs.from_dict(given["input"]), state=state)

    def _secret(self, variable: str, form: str, is_required: bool) -> Any:
        """The value of a variable of the environment, or None."""
        given = os.environ.get(variable)
        if not given and is_required:
            self.parser.error(f"set the environment variable {variable}")
        try:
            return READERS[form](given) if given else None
        except argparse.ArgumentTypeError as error:
            self.parser.error(f"{variable}: {error}")


def _field_docstrings(kind: type) -> dict[str, str]:
    """The docstrings below the fields of a dataclass, where its source can be read."""
    import ast
    import inspect
    import textwrap
    from itertools import pairwise

    try:
        tree: Any = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return {}
    return {
        ast.unparse(one.target): " ".join(ast.literal_eval(other.value).split())
        for one, other in pairwise(tree.body[0].body)
        if isinstance(one, ast.AnnAssign) and isinstance(other, ast.Expr)
    }


def form_of(hint: Any) -> str:
    """How an option, or a variable of the environment, spells a value of a type."""
    is_union = get_origin(hint) in (Union, UnionType)
    kinds: set[Any] = set(get_args(hint) if is_union else [hint]) - {NoneType}
    if bytes in kinds:
        return "TEXT|@FILE"
    if any(get_origin(kind) is tuple for kind in kinds):
        return "USER:PASSWORD"
    are_texts = (k is str or {type(v) for v in get_args(k)} == {str} for k in kinds)
    return "TEXT" if all(are_texts) else "JSON"


def _json(given: str) -> Any:
    """Read JSON; @PATH names a file that holds it."""
    try:
        is_file = given.startswith("@")
        return json.loads(Path(given[1:]).read_bytes() if is_file else given)
    except (OSError, ValueError) as error:
        reason = f"not JSON ({type(error).__name__})"
        raise argparse.ArgumentTypeError(reason) from None


def _text_or_file(given: str) -> Any:
    """Read a text, or a file: @PATH, with ;type=MEDIA-TYPE and ;filename=NAME after it."""
    if not given.startswith("@"):
        print("note: this text itself is sent; @PATH sends a file", file=sys.stderr)
        return given
    path, *settings = given[1:].split(";")
    known = dict(_pair("=", setting) for setting in settings)
    if not Path(path).is_file() or known.keys() - {"type", "filename"}:
        raise argparse.ArgumentTypeError(f"no file {given[1:]}")
    content = known.get("filename", Path(path).name), Path(path)
    return (*content, known["type"]) if "type" in known else content


def _pair(separator: str, given: str) -> tuple[str, str]:
    """Read two texts with a separator between them."""
    first, found, second = given.partition(separator)
    if not found:
        raise argparse.ArgumentTypeError(f"there is no {separator} in it")
    return first, second


READERS: dict[str, Callable[[str], Any]] = {
    "TEXT": str,
    "TEXT|@FILE": _text_or_file,
    "JSON": _json,
    "USER:PASSWORD": partial(_pair, ":"),
}


def save_state(path: str, state: Any) -> None:
    """Write a state to a file in one go, readable by its owner only."""
    unfinished = f"{path}.tmp"
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(state.to_dict(), file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise StateInvalid(f"cannot write {path}: {error.strerror}") from None


def load_state(path: str, kind: Any, force: bool) -> Any:
    """Read a state from a file; None where there is no file yet."""
    try:
        return kind.from_dict(json.loads(Path(path).read_bytes()), force=force)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        reason = f"not a state file ({type(error).__name__})"
        raise StateInvalid(f"{path}: {reason}") from None
