"""`arazzoc init`: a first configuration, from the documents that there are."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from arazzoc.diagnostics import Report
from arazzoc.output import write
from arazzoc.project.quick import CONFIGURATIONS, DOCUMENTS, find_configuration
from arazzoc.source import find_nearby, read


class Initialised(NamedTuple):
    """What was done, as a message."""

    is_written: bool
    message: str


def initialised(folder: Path) -> Initialised:
    """Write a configuration for the documents in a folder: into pyproject.toml if there is one, else arazzoc.toml."""
    known = find_configuration(str(folder.resolve()))
    if known and _is_configured(Path(known)):
        return Initialised(False, f"arazzoc: {os.path.relpath(known)} is a configuration already")
    documents = sorted(_documents(folder))
    if not documents:
        return Initialised(False, "arazzoc: there is no Arazzo document in this folder")
    project = folder / CONFIGURATIONS[1]
    path = project if project.is_file() else folder / CONFIGURATIONS[0]
    text = _configuration(folder, documents, "tool.arazzoc" if path == project else "")
    before = path.read_text("utf-8").rstrip("\n") + "\n\n" if path.is_file() else ""
    write(path, before + text)
    said = [f"wrote {path}: {len(documents)} document{'s' if len(documents) > 1 else ''}"]
    said += [f"  {document}" for document in documents]
    return Initialised(True, "\n".join([*said, "next: arazzoc generate, and commit the modules and arazzoc.lock"]))


def _is_configured(path: Path) -> bool:
    import tomllib

    try:
        tree: Any = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return True  # whatever it is, it is not written over
    return path.name == CONFIGURATIONS[0] or "arazzoc" in tree.get("tool", {})


def _documents(folder: Path) -> Iterator[str]:
    """The Arazzo documents below a folder, with slashes."""
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in ("node_modules", "__pycache__")]
        for name in files:
            path = Path(at, name)
            if name.lower().endswith(DOCUMENTS) or (path.suffix in _SUFFIXES and _begins_as_arazzo(path)):
                yield Path(os.path.relpath(path, folder)).as_posix()


_SUFFIXES = (".yml", ".yaml", ".json")


def _begins_as_arazzo(path: Path) -> bool:
    """Whether the first lines of a file have the field `arazzo`."""
    try:
        with path.open("rb") as file:
            return re.search(rb"""(?:^|[{,])\s*["']?arazzo["']?\s*:""", file.read(2000), re.M) is not None
    except OSError:
        return False


def _configuration(folder: Path, documents: list[str], prefix: str) -> str:
    """The text of a configuration: one module for each document, and the files of sources that are somewhere else."""
    sources = dict(pair for document in documents for pair in _sources_elsewhere(folder, folder / document))
    lines = [f"[{prefix}]"] if prefix else []
    lines += [f"output = {json.dumps(_output(folder))}"]
    if len(documents) > 1:
        lines.append('support = "support"')
    if sources:
        lines += ["", f"[{prefix}.sources]" if prefix else "[sources]"]
        lines += [f"{json.dumps(name)} = {json.dumps(file)}" for name, file in sources.items()]
    for document in documents:
        lines += ["", f"[[{prefix}.module]]" if prefix else "[[module]]", f"document = {json.dumps(document)}"]
    return "\n".join(lines) + "\n"


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
        if not isinstance(name, str) or not isinstance(url, str) or "\0" in url:
            continue
        parts = urlsplit(url)
        if parts.scheme or not os.path.isfile(document.parent / unquote(parts.path)):
            nearby = find_nearby(Path(unquote(parts.path)).name, document.parent)
            if len(nearby) == 1:
                yield name, Path(os.path.relpath(nearby[0], folder)).as_posix()
