"""Names that are nearly others: slips of the keyboard, and other ways to write words apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_slip(name: str, known: Iterable[str]) -> str | None:
    """The known name of which this is a slip: other letter case or separators, or a letter or two."""
    for other in known:
        if _plain(other) == _plain(name):
            return other
    for other in known:
        if len(other) > 3 and abs(len(name) - len(other)) < 3 and is_slip(name, other):
            return other
    return None


def _plain(name: str) -> str:
    """A name without its letter case and separators."""
    return re.sub(r"[\s_\-.]", "", name).casefold()


def is_slip(name: str, other: str) -> bool:
    """Whether a name differs from another by a letter or two, not by a number at its end."""
    if re.sub(r"\d+", "", name) == re.sub(r"\d+", "", other):
        return False
    one, two = _plain(name), _plain(other)
    same = sum(block.size for block in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks())
    longest, shortest = max(len(one), len(two)), min(len(one), len(two))
    common = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), shortest)
    if longest - same > 1 and common >= shortest - 1:
        return False  # another ending makes another name
    return longest - same <= (1 if longest < 8 else 2)
