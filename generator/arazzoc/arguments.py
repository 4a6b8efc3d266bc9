"""The values of options, as argparse wants them read: a wrong one is a message of its own."""

from __future__ import annotations

import argparse
from pathlib import Path

from arazzoc.project.options import WrongValue, checked_name, checked_width


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
