"""The options: one table, from which the command line, its help, the configuration and its reference page are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from arazzoc.config import Config

Kind: TypeAlias = Literal["path", "paths", "name", "flag", "number", "choice", "choices", "sources"]
Values: TypeAlias = Mapping[str, Any]


class Option(NamedTuple):
    """One option: its key in a configuration, and its flags on the command line, where they are not `--key` alone.

    `where` names the verbs that have it, and `project` and `module` where the tables of a configuration do.
    """

    key: str
    kind: Kind
    help: str
    default: Any = None
    metavar: str = ""
    given_flags: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    where: tuple[str, ...] = ("generate", "project", "module")

    @property
    def name(self) -> str:
        """The name among the values of options."""
        return self.key.replace("-", "_")

    @property
    def flags(self) -> tuple[str, ...]:
        return self.given_flags or (f"--{self.key}",)


ALL = ("generate", "check", "project", "module")
WIDTHS = range(60, 321)
"""In less than 60 columns, code is broken after every word."""

OPTIONS: tuple[Option, ...] = (
    Option("output", "path", "where to write: a folder, or a file of Python", ".", "DIR|FILE.py|-", ("-o", "--output")),
    Option("support", "name", "write the run-time support into a module NAME beside the others, which import from it"),
    Option("package", "flag", "make a package of the folder: __init__.py, py.typed, and the support as one module"),
    Option("with", "choices", "add a command line, or run_many, to each module", (), choices=("command", "many")),
    Option(
        "engine",
        "choices",
        "write a module beside it that runs it on DBOS or Temporal",
        (),
        choices=("dbos", "temporal"),
    ),
    Option(
        "sources",
        "sources",
        "the file of a source description, in place of its url",
        given_flags=("--source",),
        metavar="NAME=PATH",
        where=ALL,
    ),
    Option(
        "allow-refs",
        "paths",
        "a folder that $refs may lead into, besides that of the OpenAPI document",
        (),
        "DIR",
        where=ALL,
    ),
    Option(
        "allow-remote",
        "flag",
        "download the documents of sources that are on the network, and pin them in arazzoc.lock",
        where=("generate", "check", "project"),
    ),
    Option("strict", "flag", "refuse the dialects that are accepted with a warning", where=ALL),
    Option(
        "unhandled",
        "choice",
        "what a run does where a polling step ends in a state that no action names",
        "raise",
        choices=("raise", "continue"),
    ),
    Option(
        "idempotency-key",
        "flag",
        "send the header Idempotency-Key with POST and PATCH requests, the same over all attempts of a step",
    ),
    Option("line-length", "number", "the width of lines", 88, "N"),
    Option("document", "path", "the document, a folder of documents, or a glob", where=("module",)),
    Option("name", "name", "the name of the module", where=("module",)),
)
BY_NAME = {option.name: option for option in OPTIONS}


def options_of(where: str) -> dict[str, Option]:
    """The options that a verb or a table of a configuration has, by their keys."""
    return {option.key: option for option in OPTIONS if where in option.where}


class WrongValue(ValueError):
    """A value that an option cannot have; the text says what it is not."""


def value_of(option: Option, given: Any, folder: Path) -> Any:
    """The value of an option in a configuration; paths are relative to its folder.

    Raises:
        WrongValue: the option has no such value.
    """
    match option.kind, given:
        case "flag", bool():
            return given
        case "path", str() if _is_path(given):
            return given if option.key == "document" else folder / given
        case "name", str():
            return checked_name(given)
        case ("number", int()) if not isinstance(given, bool):
            return checked_width(given)
        case ("choice", str()) if given in option.choices:
            return given
        case ("choices", [*items]) if all(item in option.choices for item in items):
            return tuple(dict.fromkeys(items))
        case "paths", [*items] if all(map(_is_path, items)):
            return tuple(folder / str(item) for item in items)
        case "sources", {**members} if all(map(_is_path, members.values())):
            return {str(name): folder / str(item) for name, item in members.items()}
        case _:
            raise WrongValue(_expected(option))


def _is_path(given: object) -> bool:
    return isinstance(given, str) and given != "" and "\0" not in given


def _expected(option: Option) -> str:
    """What the value of an option is, as a message says it."""
    quoted = [f'"{choice}"' for choice in option.choices]
    return {
        "flag": "true or false",
        "path": "a path",
        "name": "the name of a module",
        "number": f"a number from {WIDTHS[0]} to {WIDTHS[-1]}",
        "choice": " or ".join(quoted),
        "choices": f"an array of {' and '.join(quoted)}",
        "paths": "an array of paths",
        "sources": "a table: the name of each source, and its file",
    }[option.kind]


def checked_name(text: str) -> str:
    """The name of a module.

    Raises:
        WrongValue: no module can or should be called so.
    """
    from arazzoc.emit.names import module_fault

    if not text.isidentifier() or text.startswith("__"):
        raise WrongValue("the name of a module")
    if fault := module_fault(text):
        raise WrongValue(f"the name of a module that can be used: {text}.py {fault}")
    return text


def checked_width(number: int) -> int:
    if number not in WIDTHS:
        raise WrongValue(_expected(BY_NAME["line_length"]))
    return number


def merged(*values: Values) -> dict[str, Any]:
    """Options, the later ones before the earlier; sources add to each other."""
    found: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    for given in values:
        sources: dict[str, Path] = {**(found.get("sources") or {}), **(given.get("sources") or {})}
        found |= {name: value for name, value in given.items() if value is not None} | {"sources": sources}
    if found["package"] and not found["support"]:
        found["support"] = "support"
    return found


def config_of(values: Values) -> Config:
    """What the stages are told."""
    from arazzoc.config import Config

    return Config(
        sources=values["sources"] or {},
        strict=bool(values["strict"]),
        unhandled=values["unhandled"],
        ref_folders=tuple(values["allow_refs"]),
        idempotency_key=bool(values["idempotency_key"]),
        support=values["support"] or "",
        extras=frozenset(values["with"]),
        engines=tuple(sorted(values["engine"])),
        line_length=values["line_length"],
    )


def reference() -> Sequence[str]:
    """The rows of the table of options in docs/configuration.md."""
    rows = ["| key | command line | value | what it does |", "|---|---|---|---|"]
    for option in OPTIONS:
        flags = ", ".join(f"`{flag}`" for flag in option.flags) if "generate" in option.where else ""
        default = option.default if option.default not in (None, (), False) else ""
        about = f"{option.help}{f' (default: `{default}`)' if default else ''}"
        about += "; only of a module" if option.where == ("module",) else ""
        rows.append(f"| `{option.key}` | {flags} | {_expected(option)} | {about} |")
    return rows
