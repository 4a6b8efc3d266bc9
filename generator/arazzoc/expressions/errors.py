"""The errors that the parsers of this package raise, with the position in the string."""

from __future__ import annotations


class ExpressionError(Exception):
    """A string cannot be parsed; `offset` and `length` count characters of that string. A help that `is_whole` is to be
    written in place of the whole expression that these are a part of.
    """

    def __init__(
        self, message: str, offset: int = 0, length: int = 1, help: str | None = None, *, is_whole: bool = False
    ) -> None:
        super().__init__(message)
        self.message, self.offset, self.length, self.help, self.is_whole = message, offset, length, help, is_whole

    def shifted(self, offset: int) -> ExpressionError:
        """Return the error for a longer string, in which the parsed one begins at `offset`."""
        return type(self)(self.message, self.offset + offset, self.length, self.help, is_whole=self.is_whole)


class Unsupported(ExpressionError):
    """A string is valid, but needs something that arazzoc does not support."""
