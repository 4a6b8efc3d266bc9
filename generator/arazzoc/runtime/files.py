"""Bodies with files in them: multipart, and files that are sent as they are."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, TypeAlias

from arazzoc.runtime.exchange import Body
from arazzoc.runtime.results import RequestNotSent
from arazzoc.runtime.values import text_of

# Run-time support: files and multipart bodies

FileContent: TypeAlias = bytes | str | os.PathLike[str] | BinaryIO


def file_body(content: Any, content_type: str) -> Body:
    """Return a body that is sent as it is: text, bytes, or a file that is streamed."""
    if isinstance(content, os.PathLike) or hasattr(content, "read"):
        stream = _Stream([content])
        return Body(stream, content_type, stream.close)
    data = content if isinstance(content, bytes) else text_of(content).encode()
    return Body(data, content_type)


def multipart_body(
    fields: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    content_type: str = "multipart/form-data",
    part_headers: Mapping[str, Mapping[str, str]] | None = None,
) -> Body:
    """Return a multipart body (RFC 7578): fields as text, objects as JSON, files streamed
    with a file name. A list gives a part for each item, None gives none.
    """
    boundary = uuid.uuid4().hex
    pieces: list[FileContent] = []
    parts = [(name, item, "") for name, item in _each(fields)]
    parts += [(name, item, _file_name(item, name)) for name, item in _each(files)]
    for name, item, file_name in parts:
        disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        headers: dict[str, str] = {}
        if file_name:
            disposition += f'; filename="{_quoted(file_name)}"'
            headers["Content-Type"] = "application/octet-stream"
        elif item.__class__ is dict:
            headers["Content-Type"] = "application/json"
        headers |= (part_headers or {}).get(name, {})
        lines = [f"{header}: {value}" for header, value in headers.items()]
        pieces.append("\r\n".join([f"--{boundary}", disposition, *lines, "", ""]))
        pieces += [item if file_name else text_of(item), "\r\n"]
    stream = _Stream([*pieces, f"--{boundary}--\r\n"])
    return Body(stream, f"{content_type}; boundary={boundary}", stream.close)


def split_parts(
    members: Any, files: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members of an object that are fields, and those that are files.

    Raises:
        RequestNotSent: the value is not an object.
    """
    if members.__class__ is not dict:
        raise RequestNotSent("the request body must be an object")
    chosen: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    for name, value in members.items():
        chosen[name in files][name] = value
    return chosen


def joined_items(value: Any, separator: str) -> Any:
    """Return a list as text, its items joined; anything else as it is."""
    if value.__class__ is not list:
        return value
    return separator.join(text_of(item) for item in value)


def _each(members: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """The members, lists item by item, None left out."""
    for name, value in (members or {}).items():
        for item in value if value.__class__ is list else [value]:
            if item is not None:
                yield name, item


def _quoted(name: str) -> str:
    """A name between quotes: these and line breaks percent-encoded, as browsers do."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file_name(content: FileContent, default: str) -> str:
    """The name of the path or of the open file, else the default."""
    path: Any = getattr(content, "name", "")
    if isinstance(content, os.PathLike):
        path = os.fspath(content)
    return (os.path.basename(path) if isinstance(path, str) else "") or default


class _Stream:
    """Pieces of bytes and files read one after the other, in constant memory."""

    def __init__(self, pieces: list[FileContent]) -> None:
        self._opened = ExitStack()
        self._readers = [self._reader(piece) for piece in pieces]
        try:
            self._size = sum(map(_remaining, self._readers))
        except (OSError, AttributeError, ValueError):
            self._size = 0  # the body is sent in chunks

    def _reader(self, piece: FileContent) -> BinaryIO:
        """A binary file to read the piece from; those opened here are closed here."""
        if isinstance(piece, str | bytes):
            return io.BytesIO(piece if isinstance(piece, bytes) else piece.encode())
        if not isinstance(piece, os.PathLike):
            return piece
        try:
            return self._opened.enter_context(open(piece, "rb"))
        except OSError as error:
            reason = f"cannot read {os.fspath(piece)}: {error.strerror}"
            raise RequestNotSent(reason) from None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(65536):
            yield data

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; all that are left where no size is given."""
        if size < 0:
            return b"".join(reader.read() for reader in self._readers)
        while self._readers:
            if data := self._readers[0].read(size):
                return data
            self._readers.pop(0)
        return b""

    def close(self) -> None:
        """Close the files that were opened here."""
        self._opened.close()


def _remaining(reader: BinaryIO) -> int:
    """How many bytes are left to read; an error where the file cannot tell."""
    position = reader.tell()
    end = reader.seek(0, os.SEEK_END)
    reader.seek(position)
    return end - position
