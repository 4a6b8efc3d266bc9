"""How far a run is, on one line of a terminal."""

from __future__ import annotations

from typing import TextIO

WIDTH = 24


class Bar:
    """A bar for so many things, which is drawn over itself on a terminal."""

    def __init__(self, number: int, terminal: TextIO) -> None:
        self.number, self.terminal, self.done = number, terminal, 0

    def show(self, name: str) -> None:
        """Draw the bar with one more thing, which is being done."""
        self.done += 1
        filled = WIDTH * self.done // self.number
        text = f"[{'#' * filled}{' ' * (WIDTH - filled)}] {self.done}/{self.number} {name}"
        self.terminal.write(f"\r\x1b[K{text[:78]}")
        self.terminal.flush()

    def clear(self) -> None:
        """Take the bar away."""
        self.terminal.write("\r\x1b[K")
