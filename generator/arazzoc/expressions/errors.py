"""The errors that the parsers of this package raise, with the position in the string."""

from __future__ import annotations


class ExpressionError(Exception):
    """A string cannot be parsed; `offset` and `length` count characters of that string."""

    def __init__(self, message: str, offset: int = 0, length: int = 1, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.length, self.help = message, offset, length, help

    def shifted(self, offset: int) -> ExpressionError:
        """Return the error for a longer string, in which the parsed one begins at `offset`."""
        return type(self)(self.message, self.offset + offset, self.length, self.help)


class Unsupported(ExpressionError):
    """A string is valid, but needs something that arazzoc does not support."""
