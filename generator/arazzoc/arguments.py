"""The options of documents, from the table in project/options.py, as argparse wants them: added, read, and given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from arazzoc.project.options import WrongValue, checked_name, checked_width, options_of

FORMATS = ("text", "json", "github", "sarif")


def source_option(text: str) -> tuple[str, Path]:
    """`NAME=PATH` of `--source`."""
    name, equals, path = text.partition("=")
    if not name or not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH")
    return name, Path(path)


def support_option(text: str) -> str:
    """The name of a module."""
    try:
        return checked_name(text)
    except WrongValue as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not {error}") from None


def width_option(text: str) -> int:
    """The width of lines."""
    try:
        return checked_width(int(text) if text.isdecimal() else 0)
    except WrongValue as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not {error}") from None


def document_options(verb: argparse.ArgumentParser, where: str) -> None:
    """The documents, and the options of the table in project/options.py."""
    text = "an Arazzo document, YAML or JSON; a folder of documents called *.arazzo.yml, .yaml or .json; a glob; or -"
    verb.add_argument("files", nargs="*", metavar="FILE", help=f"{text} (default: all of the configuration)")
    for option in options_of(where).values():
        help = f"{option.help} (default: {option.default})" if option.default else option.help
        settings: dict[str, Any] = {"dest": option.name, "help": help}
        match option.kind:
            case "flag":
                settings["action"] = argparse.BooleanOptionalAction
            case "choice":
                settings["choices"] = option.choices
            case "choices":
                settings |= {"action": "append", "choices": option.choices}
            case "sources":
                settings |= {"action": "append", "type": source_option, "metavar": option.metavar}
            case "paths":
                settings |= {"action": "append", "metavar": option.metavar}
            case "name":
                settings |= {"type": support_option, "metavar": "NAME"}
            case "number":
                settings |= {"type": width_option, "metavar": option.metavar}
            case "path":
                settings["metavar"] = option.metavar
        verb.add_argument(*option.flags, **settings)
    add = verb.add_argument
    add("--stdin-name", metavar="FILE", help="the file that - stands for: its name, its folder and its configuration")
    add("--format", choices=FORMATS, default="text", help="how findings are told (default: text)")
    for flag, text in (
        ("--error", "make these errors: rules by code or name, or groups such as ARZ5, divided by commas"),
        ("--ignore", "leave these out, likewise"),
        ("--only", "leave out all others that are no errors"),
    ):
        add(flag, action="append", default=[], metavar="RULE", help=text)
    add("--all", dest="show_all", action="store_true", help="show each finding, however many are alike")
    add("-q", "--quiet", action="store_true", help="print only what is wrong")


def given_options(options: argparse.Namespace, where: str) -> dict[str, Any]:
    """The options of the table that the command line gives."""
    found = {
        o.name: getattr(options, o.name) for o in options_of(where).values() if getattr(options, o.name) is not None
    }
    if "sources" in found:
        found["sources"] = dict(found["sources"])
    if "allow_refs" in found:
        found["allow_refs"] = tuple(map(Path, found["allow_refs"]))
    return found
