"""What a parser of this package raises: a message and the place within the string."""

from __future__ import annotations


class ExpressionError(Exception):
    """A string that cannot be parsed; `offset` and `length` count characters of that string."""

    def __init__(self, message: str, offset: int = 0, length: int = 1, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.length, self.help = message, offset, length, help

    def shifted(self, offset: int) -> ExpressionError:
        """The same error, within a longer string in which this one begins at `offset`."""
        return ExpressionError(self.message, self.offset + offset, self.length, self.help)


class Unsupported(ExpressionError):
    """A string that is well formed but asks for something that arazzoc does not compile."""
