"""What the program shows while a batch runs: on the standard error, so that results can be piped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TextIO

from generated.batch_lifecycle import BatchErrors

MOST_SHOWN = 20
"""How many faults or notes are shown."""


class Screen:
    """One line that tells how the batch stands: rewritten on a terminal, else printed where it changes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.last = stream, ""

    def show(self, text: str) -> None:
        """Show how the batch stands."""
        if text == self.last:
            return
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", file=self.stream, flush=True)
        else:
            print(text, file=self.stream, flush=True)
        self.last = text

    def say(self, text: str) -> None:
        """Print a line that stays, below the one that is rewritten."""
        if self.last and self.stream.isatty():
            print(file=self.stream)
        self.last = ""
        print(text, file=self.stream, flush=True)

    def say_some(self, lines: Sequence[str]) -> None:
        """Print the first of many lines, and how many more there are."""
        for line in lines[:MOST_SHOWN]:
            self.say(line)
        if len(lines) > MOST_SHOWN:
            self.say(f"and {len(lines) - MOST_SHOWN:,} more")

    def say_problems(self, problems: BatchErrors | None) -> None:
        """Print why a batch failed."""
        lines: list[str] = []
        for problem in (problems or {}).get("data") or []:
            place = f"line {problem['line']}: " if problem.get("line") else ""
            lines.append(f"{place}{problem.get('message') or ''} ({problem.get('code')})")
        self.say_some(lines)
