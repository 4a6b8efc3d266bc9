"""What a run is asked to do, from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import Struct, field


def _no_sources() -> Mapping[str, Path]:
    return MappingProxyType({})


Extra: TypeAlias = Literal["command", "many"]
EXTRAS: tuple[Extra, ...] = ("command", "many")
Engine: TypeAlias = Literal["dbos", "temporal"]
ENGINES: tuple[Engine, ...] = ("dbos", "temporal")


class Config(Struct, frozen=True):
    """Options that change what is generated.

    `sources` maps source names to files; `unhandled` says what a run does where a polling step ends in a state
    that no action names; `strict` refuses the dialects that are accepted otherwise; `ref_folders` are folders that a
    `$ref` may lead into, besides that of the document it is in. With `idempotency_key`, POST and PATCH requests carry
    the header Idempotency-Key. `support` names the module that holds the run-time support for all, '' where each module
    holds its own; `extras` are what modules have besides steps and runners, `engines` what they have modules beside
    them for; `line_length` is the width of their lines.
    """

    sources: Mapping[str, Path] = field(default_factory=_no_sources)
    strict: bool = False
    unhandled: Literal["raise", "continue"] = "raise"
    ref_folders: tuple[Path, ...] = ()
    idempotency_key: bool = False
    support: str = ""
    extras: frozenset[Extra] = frozenset()
    engines: tuple[Engine, ...] = ()
    line_length: int = 88
