"""`arazzoc init`: a first configuration, from the documents that there are."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from arazzoc.diagnostics import Report
from arazzoc.emit.names import module_name, snake_case
from arazzoc.output import write_bytes
from arazzoc.project.configuration import configuration_above, toml_string
from arazzoc.project.finding import documents_below
from arazzoc.project.quick import CONFIGURATIONS
from arazzoc.source import find_nearby, read


class Initialised(NamedTuple):
    """What was done, as a message."""

    is_written: bool
    message: str


def initialised(folder: Path) -> Initialised:
    """Write a configuration for the documents in a folder: into pyproject.toml if there is one, else arazzoc.toml."""
    known = configuration_above(folder.resolve())
    if known is not None:
        return Initialised(False, f"arazzoc: {os.path.relpath(known)} is a configuration already, or is not TOML")
    found = sorted(documents_below(folder))
    documents = [document for document in found if _is_text(document)]
    if not documents:
        return Initialised(False, "arazzoc: there is no Arazzo document in this folder")
    path, project = folder / CONFIGURATIONS[0], folder / CONFIGURATIONS[1]
    text = _configuration(folder, documents, "")
    if project.is_file():
        before = project.read_bytes()
        if not _is_toml(before):
            return Initialised(False, f"arazzoc: {project} is not TOML: mend it, and run arazzoc init again")
        added = _added(before, _configuration(folder, documents, "tool.arazzoc"))
        if _is_toml(added):  # where the table `tool` is written in braces, it takes no more
            path, text = project, added.decode()
    write_bytes(path, text.encode())
    said = [f"wrote {path}: {len(documents)} document{'s' if len(documents) > 1 else ''}"]
    said += [f"  {document}" for document in documents]
    odd = [os.fsencode(document).decode(errors="replace") for document in found if document not in documents]
    said += [f"left out, for its name is not UTF-8: {document}" for document in odd]
    return Initialised(True, "\n".join([*said, "next: arazzoc generate, and commit the modules and arazzoc.lock"]))


def _is_text(name: str) -> bool:
    """Whether a name can stand in a file: it has no half of a surrogate pair, nor a byte that is not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _added(before: bytes, text: str) -> bytes:
    """A file with a text after it, with the line ends that it has."""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    return (before.rstrip() + 2 * end if before.strip() else b"") + text.encode().replace(b"\n", end)


def _is_toml(content: bytes) -> bool:
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def _configuration(folder: Path, documents: list[str], prefix: str) -> str:
    """The text of a configuration: one module for each document, and the files of sources that are somewhere else."""
    lines = [f"[{prefix}]"] if prefix else []
    lines += [f"output = {toml_string(_output(folder))}"]
    if len(documents) > 1:
        lines.append('support = "support"')
    names = {"support"}
    for document in documents:
        lines += ["", f"[[{prefix}.module]]" if prefix else "[[module]]", f"document = {toml_string(document)}"]
        name = module_name(Path(document).name)[0]
        if name in names:
            name = _other_name(name, Path(document), names)
            lines.append(f"name = {toml_string(name)}")
        names.add(name)
        sources = dict(_sources_elsewhere(folder, folder / document))
        if sources:
            lines += ["", f"[{prefix}.module.sources]" if prefix else "[module.sources]"]
            lines += [f"{toml_string(source)} = {toml_string(file)}" for source, file in sources.items()]
    return "\n".join(lines) + "\n"


def _other_name(name: str, document: Path, taken: set[str]) -> str:
    """A name for a module where that of its document is taken: with its folder before it, or a number after it."""
    folder = snake_case(document.parent.name, "flows")
    found = (f"{folder}_{name}", *(f"{folder}_{name}_{number}" for number in range(2, 1000)))
    return next(other for other in found if other not in taken)


def _output(folder: Path) -> str:
    """Where the modules go: a folder `clients`, in the package of the project if it has one."""
    packages = sorted(path.parent for path in (folder / "src").glob("*/__init__.py"))
    return f"{packages[0].relative_to(folder).as_posix()}/clients" if len(packages) == 1 else "clients"


def _sources_elsewhere(folder: Path, document: Path) -> Iterator[tuple[str, str]]:
    """The sources of a document whose url leads nowhere, but whose file is nearby, under that name."""
    source = read(document, str(document), Report())
    tree = source.tree if source is not None else None
    found = tree.get("sourceDescriptions") if isinstance(tree, dict) else None
    for description in found if isinstance(found, list) else ():
        name, url = (description.get("name"), description.get("url")) if isinstance(description, dict) else (None, None)
        if not isinstance(name, str) or not _is_text(name) or not isinstance(url, str) or "\0" in url:
            continue
        parts = urlsplit(url)
        if parts.scheme or not os.path.isfile(document.parent / unquote(parts.path)):
            nearby = find_nearby(Path(unquote(parts.path)).name, document.parent)
            if len(nearby) == 1:
                yield name, Path(os.path.relpath(nearby[0], folder)).as_posix()
