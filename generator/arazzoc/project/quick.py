"""Whether a project has anything to generate, found from its configuration, its lock file and hashes alone.

It is the first thing that `arazzoc generate` does, and the last where the answer is no. So it imports next to nothing:
tomllib, re, typing or pathlib would take longer than all that it does. Both files are read as text, line by line: the
lock file is in the form that arazzoc writes, and of the configuration only its own tables and the documents of each
module are looked at. Whatever is in another form is left to those who read TOML (configuration.py, lock.py).
"""

from __future__ import annotations

import os
import sys

from arazzoc import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Table: TypeAlias = dict[str, Any]

LOCK, NEXT_LOCK = "arazzoc.lock", "arazzoc.lock.next"
LOCK_VERSION = 1
FOLDER = "arazzoc-remote"
"""Where documents of the network are kept."""
CONFIGURATIONS = ("arazzoc.toml", "pyproject.toml")
DOCUMENTS = (".arazzo.yml", ".arazzo.yaml", ".arazzo.json")
"""How Arazzo documents are called where a folder is named."""


def digest(data: bytes) -> str:
    """The SHA-256 of a file, in which line ends of a checkout (CRLF), and a byte order mark, are no difference."""
    import hashlib

    return hashlib.sha256(data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")).hexdigest()


def digest_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file; '' where there is none."""
    try:
        if not os.path.isfile(path):  # neither a folder nor a device
            return ""
        with open(path, "rb") as file:
            return digest(file.read())
    except (OSError, ValueError):
        return ""


def find_configuration(folder: str) -> str:
    """The file that may configure arazzoc, in a folder or in one above it; '' where there is none.

    A pyproject.toml with the word in it may do so.
    """
    while True:
        for name in CONFIGURATIONS:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and (name == CONFIGURATIONS[0] or _mentions_arazzoc(path)):
                return path
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _mentions_arazzoc(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"arazzoc" in file.read()
    except OSError:
        return False


def split_configuration(text: str, prefix: str) -> tuple[Table, list[Table]] | None:
    """What configures all modules, and each module, of a configuration in plain spelling; None where it is in another.

    Plain are tables that are headed as the documentation heads them, with bare keys, and values on one line: strings
    without escapes, true, false, whole numbers, arrays of strings. `prefix` is that of the names of arazzoc's tables.
    Of tables of others it is found only where they end. What is read so is what TOML says, if it is TOML at all.
    """
    general: Table = {}
    modules: list[Table] = []
    found: Table | None = None if prefix else general
    is_root, has_general, has_diff = bool(prefix), False, False
    depth, quote = 0, ""
    for line in text.split("\n"):
        line = line.strip(" \t\r")
        if depth or quote:  # a value of others goes on
            left = _left_open(line, depth, quote)
            if left is None:
                return None
            depth, quote = left
        elif not line or line[0] == "#":
            continue
        elif line[0] == "[":
            name = _table_name(line, prefix)
            is_root, found = False, None
            if name is None:
                return None
            if name == "[module]":
                found = {}
                modules.append(found)
            elif name == "module.sources" and modules and "sources" not in modules[-1]:
                found = modules[-1]["sources"] = {}
            elif name == "diff" and not has_diff:
                found, has_diff = {}, True  # it makes no module another one
            elif name in ("sources", "rules") and name not in general:
                found = general[name] = {}
            elif name == "." and prefix and not has_general:
                found, has_general = general, True
            elif name:
                return None
        elif found is not None:
            key, equals, text_of_value = line.partition("=")
            value = _plain_value(text_of_value.strip(" \t"))
            key = key.strip(" \t")
            key = key[1:-1] if len(key) > 2 and key[0] == key[-1] == '"' else key
            if not equals or value is None or key in found or not _is_bare(key):
                return None
            found[key] = value
        else:
            key, equals, value_of_others = line.partition("=")
            first = key.partition(".")[0].strip(" \t")
            if not equals or not first or not (first[0].isalnum() or first[0] in "_-\"'"):
                return None
            if "\\" in key or key.count('"') % 2 or key.count("'") % 2:  # the sign may be within quotes
                return None
            if is_root and (first == "tool" or not _is_bare(first)):
                return None
            if any(mark in value_of_others for mark in ("[", "{", '"""', "'''")):
                left = _left_open(value_of_others, 0, "")
                if left is None:
                    return None
                depth, quote = left
    return general, modules


def _is_bare(key: str) -> bool:
    """Whether a key of TOML is written without quotes."""
    return key.isascii() and key.replace("-", "a").replace("_", "a").isalnum()


def _table_name(line: str, prefix: str) -> str | None:
    """The name of one of arazzoc's tables without the prefix, '.' for the prefix itself, in brackets if it is one of an
    array; '' for a table of others; None where it is not certain whose it is.
    """
    is_array = line.startswith("[[")
    inside, closed, after = line[1 + is_array :].partition("]]" if is_array else "]")
    parts = [part.strip(" \t") for part in inside.split(".")]
    if not closed or after.strip(" \t")[:1] not in ("", "#"):
        return None
    for part, own in zip(parts, prefix.split("."), strict=False):
        if own and not _is_bare(part):
            return None
        if own and part != own:
            return ""
    if not prefix:
        parts = ["", "", *parts]
    name = ".".join(parts[2:]) or ("." if len(parts) == 2 else "")
    return None if not name else f"[{name}]" if is_array else name


def _left_open(text: str, depth: int, quote: str) -> tuple[int, str] | None:
    """How many brackets are open after a line, and the quotes of a string that goes on; None if it is not certain."""
    at = 0
    while True:
        if quote:
            at = _end_of_string(text, at, quote)
            if at < 0:
                return depth, quote
            at += len(quote)
            if text[at : at + 1] == quote[0]:
                return None
            quote = ""
        while at < len(text) and text[at] not in "\"'#[]{}":
            at += 1
        char = text[at : at + 1]
        if char in ("", "#"):
            return depth, ""
        if char in ('"', "'"):
            if text.startswith(char * 3, at):
                quote = char * 3
                at += 3
                continue
            at = _end_of_string(text, at + 1, char)
            if at < 0:
                return None
        else:
            depth += 1 if char in "[{" else -1
            if depth < 0:
                return None
        at += 1


def _end_of_string(text: str, at: int, quote: str) -> int:
    """Where the quotes are that end a string; -1 where they are not in this line."""
    while True:
        end = text.find(quote, at)
        if end < 0 or quote[0] == "'" or (end - len(text[:end].rstrip("\\"))) % 2 == 0:
            return end
        at = end + 1


def _plain_value(text: str) -> object:
    """The value of a key, where it is written plainly; None where it is not."""
    if text[:1] == "[":
        inside, closed, after = text[1:].partition("]")
        *items, last = [item.strip(" \t") for item in inside.split(",")]
        values = [_plain_value(item) for item in (*items, *([last] if last else []))]
        if not closed or after.strip(" \t")[:1] not in ("", "#") or not all(isinstance(item, str) for item in values):
            return None
        return values
    if text[:1] in ('"', "'"):
        inside, closed, after = text[1:].partition(text[0])
        is_plain = closed and inside and "\\" not in inside and after.strip(" \t")[:1] in ("", "#")
        return inside if is_plain else None
    word = text.partition("#")[0].strip(" \t")
    if word in ("true", "false"):
        return word == "true"
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 and word == str(int(word)) else None


def table_prefix(path: str) -> str:
    """What the names of arazzoc's tables begin with in a configuration file."""
    return "" if os.path.basename(path) == CONFIGURATIONS[0] else "tool.arazzoc."


def entry_digest(general: Table, module: Table) -> str:
    """What changes with whatever configures a module: all modules' options, and its own, as TOML has them."""
    return digest(repr((_ordered(general), _ordered(module))).encode())[:16]


def _ordered(value: Any) -> object:
    if value.__class__ is dict:
        return sorted((key, _ordered(item)) for key, item in value.items())
    return [_ordered(item) for item in value] if value.__class__ is list else value


def files_below(folder: str) -> list[str]:
    """The files in a folder and below, but for folders that are hidden or hold what others made: a virtual environment
    (PEP 405), for example.
    """
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files and at != folder:
            folders.clear()
            continue
        folders[:] = [inner for inner in folders if inner[0] != "." and inner not in ("node_modules", "__pycache__")]
        found += [os.path.join(at, file) for file in files]
    return found


def expanded(folder: str, name: str) -> list[str]:
    """The documents that a file, folder or glob names, relative to a folder and sorted; a file need not exist."""
    path = os.path.join(folder, name)
    if os.path.isdir(path):
        found = [file for file in files_below(path) if file.lower().endswith(DOCUMENTS)]
    elif any(char in name for char in "*?[") and not os.path.exists(path):
        import glob

        found = glob.glob(path, recursive=True)
    else:
        return [os.path.normpath(name).replace(os.sep, "/")]
    return sorted(os.path.relpath(file, folder).replace(os.sep, "/") for file in found)


def installed_black() -> str:
    """The version of black, from the name of the folder that describes its installation; '' where there is none."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.startswith("black-") and name.endswith(".dist-info"):
                return name[len("black-") : -len(".dist-info")]
    return ""


END = "# The end: what comes before it is whole.\n"
"""The last line of a lock file, by which one that is cut off is known."""


def header() -> str:
    """The first lines of a lock file: by whom, and with what, the files were written."""
    return (
        "# Written by arazzoc, which needs it: commit it, and do not edit it.\n"
        "# Where a merge leaves a conflict in it, `arazzoc generate` writes it anew.\n"
        f'version = {LOCK_VERSION}\narazzoc = "{__version__}"\nblack = "{installed_black()}"\n'
    )


def current_files(folder: str) -> list[str] | None:
    """The files of a project, if none of them needs anything; None where that is not known.

    The folder is one of the project: its configuration is looked for from there upwards.
    """
    path = find_configuration(folder)
    root = os.path.dirname(path)
    if not path or os.path.exists(os.path.join(root, NEXT_LOCK)):
        return None
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        with open(os.path.join(root, LOCK), encoding="utf-8") as file:
            lock = file.read()
    except (OSError, ValueError):
        return None
    if not lock.startswith(header()) or not lock.endswith(END):
        return None
    blocks = _blocks(lock[len(header()) :])
    tables = split_configuration(text, table_prefix(path))
    if blocks is None or tables is None or not _documents_are_those(root, blocks, *tables):
        return None
    known: dict[str, str] = {}
    for block in blocks:
        for name, expected in block.hashes.items():
            if name not in known:
                known[name] = digest_of(os.path.join(root, name))
            if known[name] != expected:
                return None
    return [os.path.join(root, block.fields["output"]) for block in blocks if block.table != "[[remote]]"]


def locked_files(root: str) -> list[str]:
    """The files that a lock file names, relative to it; none where it is not one of today."""
    try:
        with open(os.path.join(root, LOCK), encoding="utf-8") as file:
            lock = file.read()
    except (OSError, ValueError):
        return []
    blocks = _blocks(lock[len(header()) :]) if lock.startswith(header()) else None
    return list({name: None for block in blocks or () for name in block.hashes})


class _Block:
    """A table of a lock file: its fields, and the hashes of the files that it names."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.fields: dict[str, str] = {}
        self.hashes: dict[str, str] = {}


def _blocks(text: str) -> list[_Block] | None:
    """The tables of a lock file; None where a line has another form than those that arazzoc writes."""
    blocks: list[_Block] = []
    held: dict[str, str] = {}
    for line in text.split("\n"):
        if line in ("[[module]]", "[[file]]", "[[remote]]"):
            blocks.append(_Block(line))
            held = blocks[-1].fields
        elif line in ("[module.read]", "[module.flows]") and blocks and blocks[-1].table == "[[module]]":
            held = blocks[-1].hashes if line == "[module.read]" else {}
        elif line and f"{line}\n" != END:
            key, equals, value = line.partition(" = ")
            inner = value[1:-1]
            if not equals or len(value) < 2 or value[0] != '"' or value[-1] != '"' or not blocks or key in held:
                return None
            if ("\\" in line or '"' in inner) and key != "etag":
                return None
            held[key.strip('"')] = inner
    for block in blocks:
        if block.table != "[[remote]]":
            if "output" not in block.fields or "sha256" not in block.fields:
                return None
            block.hashes[block.fields["output"]] = block.fields["sha256"]
    return blocks


def _documents_are_those(root: str, blocks: list[_Block], general: Table, modules: list[Table]) -> bool:
    """Whether the modules of the lock file are those of the configuration, with the same options."""
    found: dict[tuple[str, str], None] = {}
    for module in modules:
        if not isinstance(module.get("document"), str):
            return False
        entry = entry_digest(general, module)
        for document in expanded(root, module["document"]):
            found[entry, os.path.relpath(document, root) if os.path.isabs(document) else document] = None
    shared: dict[str, None] = {}
    files: dict[str, None] = {}
    locked: dict[tuple[str, str], None] = {}
    for block in blocks:
        fields = block.fields
        if block.table == "[[remote]]":
            if not any(fields.get("file") in other.hashes for other in blocks):
                return False
        elif block.table == "[[module]]":
            locked[fields.get("entry", ""), fields.get("document", "")] = None
            folder = os.path.dirname(fields["output"])
            shared |= dict.fromkeys(os.path.join(folder, name) for name in fields.get("shared", "").split())
        else:
            files[fields["output"]] = None
    return bool(modules) and locked == found and shared == files
