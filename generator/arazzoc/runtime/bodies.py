"""Request bodies: each kind made ready to be sent."""

from __future__ import annotations

import io
import json
import os
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import urlencode

from arazzoc.runtime.errors import RequestNotSent
from arazzoc.runtime.parameters import Styled, pairs
from arazzoc.runtime.text import text

FileContent: TypeAlias = bytes | str | os.PathLike[str] | BinaryIO


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent as the body of a request, and how it is announced."""

    content: Any
    content_type: str


def json_body(value: Any, content_type: str = "application/json") -> Body:
    """A JSON body (RFC 8259)."""
    return Body(
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), content_type
    )


def form_body(
    members: Mapping[str, Any] | None,
    content_type: str = "application/x-www-form-urlencoded",
) -> Body:
    """A form body: lists repeat their name, objects put their keys in brackets, null is
    left out.
    """
    return Body(urlencode(list(form_pairs(as_object(members)))).encode(), content_type)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a property of a form is written (OpenAPI 3.1.1, Encoding Object): in a style, or
    else as text, which is JSON for lists and objects.
    """

    style: str = ""
    explode: bool = False
    reserved: bool = False


def encoded_form_body(
    members: Mapping[str, Any] | None,
    encoding: Mapping[str, Encoding],
    content_type: str = "application/x-www-form-urlencoded",
) -> Body:
    """A form body of which some properties are written in a way of their own."""
    written: list[str] = []
    for name, value in as_object(members).items():
        chosen = encoding.get(name)
        if chosen is None:
            written.append(urlencode(list(form_pairs({name: value}))))
        elif chosen.style:
            written += pairs(
                name, Styled(value, chosen.style, chosen.explode, chosen.reserved)
            )
        elif value is not None:
            written.append(urlencode({name: text(value)}))
    return Body("&".join(pair for pair in written if pair).encode(), content_type)


def as_object(members: Any) -> Mapping[str, Any]:
    """The members of an object; RequestNotSent for anything else."""
    if members.__class__ is not dict:
        raise RequestNotSent("the body must be an object, and is none")
    return members


def form_pairs(
    members: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """The pairs of a form, nested values flattened."""
    for key, value in members.items():
        name = f"{prefix}[{key}]" if prefix else key
        if value.__class__ is dict:
            yield from form_pairs(value, name)
        elif value.__class__ is list:
            for item in value:
                yield from (
                    form_pairs(item, name)
                    if item.__class__ is dict
                    else [(name, text(item))]
                )
        elif value is not None:
            yield name, text(value)


def raw_body(content: Any, content_type: str) -> Body:
    """A body that is sent as it stands: text, bytes, or a file that is streamed."""
    if isinstance(content, str):
        return Body(content.encode(), content_type)
    if isinstance(content, bytes):
        return Body(content, content_type)
    if isinstance(content, os.PathLike) or hasattr(content, "read"):
        return Body(Stream([content]), content_type)
    return Body(text(content).encode(), content_type)


def multipart_body(
    fields: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    content_type: str = "multipart/form-data",
    part_headers: Mapping[str, Mapping[str, str]] | None = None,  # only: part_headers
) -> Body:
    """A multipart body (RFC 7578): fields as text, objects as JSON, files streamed with
    a filename. A list gives a part for each item.
    """
    boundary = uuid.uuid4().hex
    pieces: list[FileContent] = []
    for name, item in listed(fields or {}):
        headers = {"Content-Type": "application/json"} if item.__class__ is dict else {}
        headers.update((part_headers or {}).get(name, {}))  # only: part_headers
        pieces.append(
            part_header(boundary, name, None, headers) + text(item).encode() + b"\r\n"
        )
    for name, content in listed(files or {}):
        headers = {"Content-Type": "application/octet-stream"}
        headers.update((part_headers or {}).get(name, {}))  # only: part_headers
        pieces.append(part_header(boundary, name, file_name(content, name), headers))
        pieces.append(content.encode() if isinstance(content, str) else content)
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return Body(Stream(pieces), f"{content_type}; boundary={boundary}")


def listed(members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members, lists item by item, null left out."""
    for name, value in members.items():
        for item in value if value.__class__ is list else [value]:
            if item is not None:
                yield name, item


def split_parts(
    members: Any, files: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members of an object that are fields, and those that are files."""
    fields = {
        name: value for name, value in as_object(members).items() if name not in files
    }
    return fields, {name: value for name, value in members.items() if name in files}


def part_header(
    boundary: str, name: str, filename: str | None, headers: Mapping[str, str]
) -> bytes:
    """The header of one part; quotes and line breaks in names are percent-encoded as
    browsers do.
    """
    lines = [
        f"--{boundary}",
        f'Content-Disposition: form-data; name="{quoted_name(name)}"',
    ]
    if filename is not None:
        lines[1] += f'; filename="{quoted_name(filename)}"'
    lines += [f"{header}: {value}" for header, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def quoted_name(name: str) -> str:
    """A name that can stand in quotes in a part's header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def file_name(content: FileContent, default: str) -> str:
    """The name under which a file is sent: that of the path or open file, else the
    default.
    """
    path = (
        content if isinstance(content, os.PathLike) else getattr(content, "name", None)
    )
    return (
        os.path.basename(os.fspath(path))
        if isinstance(path, str | os.PathLike) and path
        else default
    )


class Stream:
    """Pieces of bytes and files read one after the other, in constant memory."""

    def __init__(self, pieces: list[FileContent]) -> None:
        self.opened = ExitStack()
        self.readers = [self.reader(piece) for piece in pieces]
        self.sizes = [remaining(reader) for reader in self.readers]

    def reader(self, piece: FileContent) -> BinaryIO:
        """A binary file to read the piece from; those opened here are closed here."""
        if isinstance(piece, bytes):
            return io.BytesIO(piece)
        if isinstance(piece, str):
            return io.BytesIO(piece.encode())
        if isinstance(piece, os.PathLike):
            try:
                return self.opened.enter_context(open(piece, "rb"))
            except OSError as error:
                raise RequestNotSent(
                    f"cannot read {os.fspath(piece)}: {error.strerror}"
                ) from None
        return piece

    def __len__(self) -> int:
        """The size in bytes; 0 where a piece does not know its own, so that it is sent
        in chunks.
        """
        sizes = [size for size in self.sizes if size is not None]
        return sum(sizes) if len(sizes) == len(self.sizes) else 0

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(65536):
            yield data

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; all that are left where no size is given."""
        if size < 0:
            return b"".join(reader.read() for reader in self.readers)
        while self.readers:
            data = self.readers[0].read(size)
            if data:
                return data
            self.readers.pop(0)
        return b""

    def close(self) -> None:
        """Close the files that were opened here."""
        self.opened.close()


def remaining(reader: BinaryIO) -> int | None:
    """How many bytes are left to read; None where the file cannot tell."""
    try:
        position = reader.tell()
        end = reader.seek(0, os.SEEK_END)
        reader.seek(position)
    except (OSError, AttributeError, ValueError):
        return None
    return end - position


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
