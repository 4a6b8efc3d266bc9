"""The lock file: what each generated file was made from, as TOML in a fixed order, one table for each module.

What changes together stands together, and between two tables there are lines that do not change, so that git merges
two branches which change two workflows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from arazzoc import rules
from arazzoc.diagnostics import Report
from arazzoc.project.configuration import span_in, toml_string
from arazzoc.project.quick import END, LOCK_VERSION, NEXT_LOCK, header


class LockedModule(NamedTuple):
    """One module: its file and the hash of it, its document, what configured it, and the hashes of what was read.

    `parts` are the parts of the support that need another library; `flows` the fingerprints of the workflows; `shared`
    are the names of the files beside it that it shares with other modules.
    """

    output: str
    sha256: str
    document: str
    entry: str
    parts: str
    read: Mapping[str, str]
    flows: Mapping[str, str]
    shared: str = ""


class LockedFile(NamedTuple):
    """A file that belongs to several modules: their support, `__init__.py`, `py.typed`. `made_from` changes with what
    it is made from.
    """

    output: str
    sha256: str
    made_from: str = ""


class Pin(NamedTuple):
    """A document of the network: where it is kept, relative to the lock file, its hash, the ETag that came with it, and
    how the sources are called that have it, with commas between them.
    """

    url: str
    file: str
    sha256: str
    etag: str = ""
    source: str = ""

    @property
    def names(self) -> list[str]:
        return self.source.split(", ") if self.source else []


class Lock(NamedTuple):
    """What a lock file says. `hashes` are those of all texts that arazzoc wrote, or was about to write, when it was
    interrupted; `interrupted` is what it left then; `header` are its first lines, which name versions, and `is_current`
    says that they are those of today.
    """

    modules: Mapping[str, LockedModule] = {}
    files: Mapping[str, LockedFile] = {}
    pins: Mapping[str, Pin] = {}
    hashes: frozenset[str] = frozenset()
    header: str = ""
    is_damaged: bool = False
    interrupted: str = ""

    @property
    def is_current(self) -> bool:
        return self.header == header()

    @property
    def outputs(self) -> dict[str, str]:
        """The hash of each file that arazzoc wrote."""
        modules = {module.output: module.sha256 for module in self.modules.values()}
        return modules | {file.output: file.sha256 for file in self.files.values()}

    @property
    def known_files(self) -> dict[str, LockedFile]:
        """The files that modules share, without those that an interrupted run was about to write."""
        return {name: file for name, file in self.files.items() if file.sha256}


def lock_text(
    modules: Iterable[LockedModule], files: Iterable[LockedFile], pins: Iterable[Pin], first: str = ""
) -> str:
    """The text of a lock file; `first` are its first lines where they are not those of today."""
    blocks = [first or header()]
    for module in sorted(modules):
        lines = ["[[module]]", *_fields(module._replace(read={}, flows={}))]
        lines += ["[module.read]", *_members(module.read), "[module.flows]", *_members(module.flows)]
        blocks.append("\n".join(lines) + "\n")
    blocks += ["\n".join(["[[file]]", *_fields(file)]) + "\n" for file in sorted(files)]
    blocks += ["\n".join(["[[remote]]", *_fields(pin)]) + "\n" for pin in sorted(pins)]
    return "\n".join([*blocks, END])


def unfinished_text(text: str, interrupted: str) -> str:
    """What stands beside a lock file until all files are written: its new text, and whatever runs that were interrupted
    before may have written.
    """
    names = sorted(_outputs(interrupted).keys() - _outputs(text).keys())
    hashes = sorted({*_HASH.findall(interrupted)} - {*_HASH.findall(text)})
    return text + "".join([f"output = {toml_string(name)}\n" for name in names] + [f"# {known}\n" for known in hashes])


def _fields(record: LockedModule | LockedFile | Pin) -> list[str]:
    return [f"{key} = {toml_string(value)}" for key, value in record._asdict().items() if isinstance(value, str)]


def _members(found: Mapping[str, str]) -> list[str]:
    return [f"{toml_string(key)} = {toml_string(value)}" for key, value in sorted(found.items())]


def without_versions(text: str) -> str:
    """The text of a lock file without the lines that name versions of arazzoc and black."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(('arazzoc = "', 'black = "')))


_MARKER = re.compile(r"(<{7}|>{7}|\|{7}|={7})( |$)")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


RESTORE = "restore it from git, or remove it: sources on the network are then pinned as they are now"
"""How a lock file without a configuration is mended."""


def read_lock(path: Path, report: Report, refusal: str = "") -> Lock | None:
    """Read a lock file, and what an interrupted run was about to write; None, with a diagnostic, where it is not one.

    Of a damaged file (a merge with conflicts, or one that is cut off) the tables that are whole count, and all hashes,
    so that files which arazzoc wrote are known. Nothing is lost where all modules are made, and it is written anew; a
    run that cannot do so refuses it, and says by `refusal` what to do.
    """
    interrupted = _interrupted(path)
    try:
        text = path.read_bytes().decode().replace("\r\n", "\n")
    except FileNotFoundError:
        hashes = frozenset(_HASH.findall(interrupted))
        return Lock(files=_outputs(interrupted), hashes=hashes, interrupted=interrupted)
    except (OSError, UnicodeDecodeError):
        report.add(
            rules.LOCK, span_in("", path, 1), "the lock file cannot be read", help=f"restore {path.name} from git"
        )
        return None
    versions = [int(number) for number in re.findall(r"^version = (\d{1,9})$", text, re.M)]
    if any(version > LOCK_VERSION for version in versions):
        line = text[: text.index(f"version = {max(versions)}")].count("\n") + 1
        what = f"the lock file has version {max(versions)}; this arazzoc knows version {LOCK_VERSION}"
        report.add(rules.LOCK, span_in(text, path, line), what, help="install a newer arazzoc")
        return None
    hashes = frozenset(_HASH.findall(text + interrupted))
    tables, fault = _tables(text)
    records = [(name, _record(_KINDS[name], table)) for name, table in tables if name in _KINDS]
    if not fault and (not text.endswith(END) or len(records) < len(tables) or any(r is None for _, r in records)):
        fault = text.count("\n") + 1
    if fault:
        rule, message = rules.LOCK if refusal else rules.LOCK_MENDED, "the lock file is damaged (a merge, perhaps)"
        help = refusal or "arazzoc generate makes all modules anew, and writes it again: commit it then"
        report.add(rule, span_in(text, path, fault), message, help=help)
        if refusal:
            return None
    modules, files, pins = ({str(r[0]): r for name, r in records if name == word and r} for word in _KINDS)
    files = {**_outputs(interrupted), **(_outputs(text) if fault else {}), **files}
    files = {name: file for name, file in files.items() if name not in modules}
    first = re.split(r"^\[\[|^# The end", text, maxsplit=1, flags=re.M)[0][:-1] if not fault else ""
    return Lock(modules, files, pins, hashes, first, bool(fault), interrupted)


_KINDS: Mapping[str, Any] = {"module": LockedModule, "file": LockedFile, "remote": Pin}


def _interrupted(path: Path) -> str:
    """The lock file that an interrupted run was about to write."""
    try:
        return path.with_name(NEXT_LOCK).read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ""


def _outputs(text: str) -> dict[str, LockedFile]:
    """The files that the text of a lock file names, whatever else is in it; which text they have is not known."""
    found: dict[str, LockedFile] = {}
    for written in re.findall(r'^output = ("(?:[^"\\\n]|\\.)*")$', text, re.M):
        with suppress(ValueError):
            name = str(json.loads(written))
            found[name] = LockedFile(name, "")
    return found


def _tables(text: str) -> tuple[list[tuple[str, Any]], int]:
    """The tables of a lock file, and the line of the first fault, 0 where there is none."""
    import tomllib

    try:
        tree: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.split("\n")
        marked = next((number for number, line in enumerate(lines, 1) if _MARKER.match(line)), 0)
        found = re.search(r"at line (\d+)", str(error))
        fault = marked or (int(found[1]) if found else len(lines))
        whole = "\n".join(line for line in lines if not _MARKER.match(line))
        tables: list[tuple[str, Any]] = []
        for block in re.split(r"^(?=\[\[)", whole, flags=re.M)[1:]:
            try:
                tree = tomllib.loads(block)
            except tomllib.TOMLDecodeError:
                continue
            tables += [(name, table) for name, several in tree.items() for table in several]
        return tables, fault
    is_whole = isinstance(tree.get("version"), int)
    named: list[tuple[str, Any]] = [(name, several) for name, several in tree.items() if several.__class__ is list]
    return [(name, table) for name, several in named for table in several], 0 if is_whole else 1


def _record(kind: Any, table: Any) -> Any:
    """A table as a record; None where it is not one."""
    if table.__class__ is not dict:
        return None
    values: dict[str, Any] = {name: table.get(name, kind._field_defaults.get(name)) for name in kind._fields}
    for name, value in values.items():
        if name in ("read", "flows"):
            if value.__class__ is not dict or not all(item.__class__ is str for item in value.values()):
                return None
        elif not isinstance(value, str):
            return None
    return kind(**values)
