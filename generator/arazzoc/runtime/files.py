"""Bodies with files in them: multipart, and files that are sent as they are."""

from __future__ import annotations

import io
import mimetypes
import os
import sys
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from fnmatch import fnmatchcase
from typing import Any, BinaryIO, TypeAlias
from weakref import WeakKeyDictionary, ref

from arazzoc.runtime.exchange import Body
from arazzoc.runtime.results import RequestNotSent
from arazzoc.runtime.transport import BrokenContent
from arazzoc.runtime.values import text_of, utf8

# Run-time support: files and multipart bodies

Content: TypeAlias = bytes | str | os.PathLike[str] | BinaryIO | Iterable[bytes]
FileContent: TypeAlias = Content | tuple[str, Content] | tuple[str, Content, str]
"""What is sent: text or bytes, a path, an open file or generator that is streamed; or a
file name and one of these, and perhaps its media type.

Whatever is sent again is sent whole: an open file from where it was first read. What
cannot be rewound, such as a pipe, is sent once; after that the step is not sent.
"""


def file_body(content: Any, content_type: str) -> Body:
    """Return a body that is sent as it is: text, bytes, or a file that is streamed."""
    _, content, own_type = _named(content, "")
    if not _is_streamed(content):
        data = content if isinstance(content, bytes) else utf8(text_of(content))
        return Body(data, own_type or content_type)
    stream = _Stream([content])
    return Body(
        b"" if stream.is_empty else stream, own_type or content_type, stream.close
    )


def multipart_body(
    fields: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    content_type: str = "multipart/form-data",
    part_headers: Mapping[str, Mapping[str, str]] | None = None,
) -> Body:
    """Return a multipart body (RFC 7578): fields as text, objects as JSON, files streamed
    with a file name. A list gives a part for each item, None gives none.

    A part's media type may be a list or have wildcards (OpenAPI 3.1.1, Encoding Object):
    the one that the file name suggests is sent, or else the first.
    """
    boundary = uuid.uuid4().hex
    pieces: list[Any] = []
    parts: list[tuple[str, Any, str, str]] = []
    parts += [(name, item, "", "") for name, item in _each(fields)]
    for name, item in _each(files):
        file_name, content, own_type = _named(item, name)
        parts.append((name, content, file_name, own_type))
    for name, item, file_name, own_type in parts:
        disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        headers: dict[str, str] = {}
        if file_name:
            disposition += f'; filename="{_quoted(file_name)}"'
            headers["Content-Type"] = "application/octet-stream"
        elif item.__class__ is dict:
            headers["Content-Type"] = "application/json"
        headers |= (part_headers or {}).get(name, {})
        if "Content-Type" in headers:
            choices = headers["Content-Type"].split(",")
            headers["Content-Type"] = own_type or _media_type(choices, file_name)
        lines = [f"{header}: {value}" for header, value in headers.items()]
        pieces.append("\r\n".join([f"--{boundary}", disposition, *lines, "", ""]))
        is_raw = bool(file_name) or isinstance(item, bytes)
        pieces += [item if is_raw else text_of(item), "\r\n"]
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


def _named(content: Any, default: str) -> tuple[str, Any, str]:
    """The file name, the content and the media type of what is sent as a file."""
    if content.__class__ is tuple:
        name, content, *rest = content
        return str(name) or default, content, str(rest[0]) if rest else ""
    is_path = not isinstance(content, str | bytes) and hasattr(content, "__fspath__")
    path: Any = str(content) if is_path else getattr(content, "name", "")
    name = os.path.basename(path) if isinstance(path, str) else ""
    return name or default, content, ""


def _media_type(choices: Sequence[str], file_name: str) -> str:
    """The one of several media types, some with wildcards, that a part is sent as."""
    likely = mimetypes.guess_type(file_name)[0] if file_name else "text/plain"
    likely = likely or "application/octet-stream"
    whole = [choice.strip() for choice in choices if "*" not in choice]
    is_allowed = any(fnmatchcase(likely, choice.strip()) for choice in choices)
    return likely if is_allowed or not whole else whole[0]


def _is_streamed(content: Any) -> bool:
    """Whether content is read piece by piece: a path, an open file, or an iterable."""
    signs = ("__fspath__", "read", "__iter__")
    is_json = isinstance(content, bytes | str | dict | list)
    return not is_json and any(hasattr(content, sign) for sign in signs)


class _Stream:
    """Pieces of bytes and files read one after the other, in constant memory. Its length
    is 0 where that is not known: then it is sent in chunks.
    """

    def __init__(self, contents: Iterable[Any]) -> None:
        self._opened = ExitStack()
        self._pieces: list[_Piece] = []
        try:
            for content in contents:
                self._pieces.append(_Piece(self._open(content), self))
        except RequestNotSent:
            self.close()
            raise
        sizes = [piece.size for piece in self._pieces]
        self._size = 0 if None in sizes else sum(size or 0 for size in sizes)
        self._left, self._position = list(self._pieces), 0

    def _open(self, content: Any) -> Any:
        """A binary file or iterable of the content; files opened here are closed here."""
        if getattr(content, "closed", False) is True:
            raise RequestNotSent("a file that should be sent is closed")
        if isinstance(content, io.StringIO):
            content = content.getvalue()[content.tell() :]
        if isinstance(content, str | bytes):
            return io.BytesIO(content if isinstance(content, bytes) else utf8(content))
        if not hasattr(content, "__fspath__"):
            if not hasattr(content, "buffer"):
                return content
            with suppress(OSError, ValueError):
                content.seek(content.tell())  # its buffer has read ahead
            return content.buffer
        try:
            return self._opened.enter_context(open(content, "rb"))
        except OSError as error:
            reason = f"cannot read {os.fspath(content)}: {error.strerror}"
            raise RequestNotSent(reason) from None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return all(piece.size == 0 for piece in self._pieces)

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True  # requests drops a body that is false

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(65536):
            yield data

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; all that are left where no size is given."""
        if size < 0:
            return b"".join(self)
        while self._left:
            if data := self._left[0].read(size):
                self._position += len(data)
                return data
            self._left.pop(0)
        return b""

    def tell(self) -> int:
        """How many bytes have been read; an error where they cannot be read again."""
        if not all(piece.is_seekable for piece in self._pieces):
            raise BrokenContent("the body cannot be sent again")
        return self._position

    def seek(self, position: int) -> int:
        """Go back to the start, before the body is sent again."""
        if position or not all(piece.is_seekable for piece in self._pieces):
            raise BrokenContent("the body cannot be sent again")
        for piece in self._pieces:
            piece.rewind()
        self._left, self._position = list(self._pieces), 0
        return 0

    def close(self) -> None:
        """Leave files that were given as they were, and close those opened here."""
        for piece in self._pieces:
            piece.release()
        self._opened.close()


_owners = WeakKeyDictionary[Any, Callable[[], _Stream | None]]()
"""The stream that reads a file or generator, so that no other one does meanwhile."""

_owners_lock = threading.Lock()


def _nobody() -> None:
    """The owner of what has been read and cannot be rewound."""


class _Piece:
    """What is left of a file, or the items of an iterable; its size, if that is known."""

    def __init__(self, content: Any, stream: _Stream) -> None:
        self.content, self.size = content, None
        self._items: Iterator[bytes] | None = None
        self._start, self._left, self._has_begun = 0, sys.maxsize, False
        is_file = hasattr(content, "read")
        self.is_seekable = not is_file and iter(content) is not content
        if self.is_seekable:
            return
        is_first = self._claim(stream)
        with suppress(OSError, AttributeError, ValueError):
            self._start = content.tell()
            content.seek(0, os.SEEK_END)
            self.size = self._left = content.tell() - self._start
            content.seek(self._start)
            self.is_seekable = True
        if not (is_first or self.is_seekable):
            raise RequestNotSent(f"{self} cannot be sent twice in one request")

    def _claim(self, stream: _Stream) -> bool:
        """Let no other stream read the content; RequestNotSent where one has, or does.
        Return whether this stream has not claimed it before.
        """
        with _owners_lock:
            try:
                owner = _owners.get(self.content)
                reader = stream if owner is None else owner()
                if owner is None or (reader is None and owner is not _nobody):
                    _owners[self.content] = ref(stream)
            except TypeError:
                reason = "cannot be told apart from others: pass a generator or a file"
                raise RequestNotSent(f"{self} {reason}") from None
        if owner is _nobody:
            raise RequestNotSent(f"{self} has been read, and cannot be rewound")
        if reader not in (None, stream):
            raise RequestNotSent(f"{self} is being sent by another request")
        return reader is None or owner is None

    def __str__(self) -> str:
        name = getattr(self.content, "name", "")
        kind = type(self.content).__name__
        return name if isinstance(name, str) and name else f"the content ({kind})"

    def read(self, size: int) -> bytes:
        """The next bytes; BrokenContent if they cannot be read."""
        if not self._has_begun:
            self.rewind()
        try:
            if self._items is not None:
                items = (item for item in self._items if item not in (b"", ""))
                data: Any = next(items, b"")
            else:
                data = self.content.read(min(size, self._left))
            is_text = isinstance(data, str)
            piece = data.encode() if is_text else bytes(memoryview(data))
        except Exception as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise BrokenContent(f"cannot read {self} ({reason})") from error
        self._left -= len(piece)
        if not piece and self.size and self._left:
            raise BrokenContent(f"{self} became shorter while it was sent")
        return piece

    def rewind(self) -> None:
        """Begin to read, or to read again."""
        if not hasattr(self.content, "read"):
            self._items = iter(self.content)
        elif self.is_seekable:
            self.content.seek(self._start)
            self._left = self.size or 0
        if not self.is_seekable:
            _owners[self.content] = _nobody
        self._has_begun = True

    def release(self) -> None:
        """Leave the content as it was, for the next one that reads it."""
        if hasattr(self.content, "read") and self.is_seekable:
            with suppress(OSError, ValueError):
                self.content.seek(self._start)
        if self.is_seekable or not self._has_begun:
            with suppress(TypeError):
                _owners.pop(self.content, None)
