"""Which modules a run makes, from which documents, and where: by the configuration, or by files that are named."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from arazzoc import rules
from arazzoc.config import Config
from arazzoc.diagnostics import Report, Span, quoted
from arazzoc.emit.names import module_name
from arazzoc.paths import adapter_name, shown_path
from arazzoc.project.configuration import Configuration, Entry
from arazzoc.project.lock import Lock, read_lock
from arazzoc.project.options import Values, config_of, merged
from arazzoc.project.quick import LOCK, digest, expanded

PACKAGE_FILES = ("__init__.py", "py.typed")


class Module(NamedTuple):
    """A module that is to be made. `name` is the one that was asked for, '' for that of the document; `entry` what the
    lock file holds of the configuration, '' where the module is in none.
    """

    document: Path
    target: Path
    config: Config
    name: str = ""
    is_package: bool = False
    entry: str = ""
    at: Span = Span("")

    @property
    def adapters(self) -> list[Path]:
        """The modules that run it on engines."""
        return [self.target.with_name(adapter_name(self.target.stem, engine)) for engine in self.config.engines]


def documents(folder: Path, names: Sequence[str]) -> list[Path]:
    """The documents that files, folders and globs name, each once; a name that fits nothing stays, to be reported."""
    found = (Path(path) if os.path.isabs(path) else folder / path for n in names for path in _expanded(folder, n))
    return list(dict.fromkeys(found))


def _expanded(folder: Path, name: str) -> list[str]:
    return expanded(str(folder), name) or [name]


def configured_modules(configuration: Configuration, given: Values, report: Report) -> list[Module]:
    """The modules of a configuration; `given` are the options of the command line."""
    found: list[Module] = []
    for entry in configuration.entries:
        at = configuration.span(entry.line)
        paths = expanded(str(configuration.folder), entry.document)
        plain = merged(configuration.options, entry.options)
        values = merged(plain, given)
        if not paths:
            report.add(rules.CONFIGURATION, at, f"no document fits {quoted(entry.document)}")
        if len(paths) > 1 and (values["name"] or _is_file(values["output"])):
            what = f"{quoted(entry.document)} is {len(paths)} documents, which cannot all be one module"
            report.add(rules.CONFIGURATION, at, what, help="name a folder in 'output', and leave out 'name'")
        known = _entry_of(entry, plain, values, configuration.folder)
        found += [_module(configuration.folder / path, values)._replace(entry=known, at=at) for path in paths]
    return found


def files_of(configuration: Configuration) -> set[Path]:
    """The files of a project: those that it configures, and those that its lock file lists."""
    lock = read_lock(configuration.folder / LOCK, Report()) or Lock()
    found = {configuration.folder / name for name in lock.outputs}
    for module in configured_modules(configuration, {}, Report()):
        shared = [f"{module.config.support}.py", *PACKAGE_FILES] if module.config.support else []
        found |= {module.target, *module.adapters, *(module.target.with_name(name) for name in shared)}
    return {path.resolve() for path in found}


def _entry_of(entry: Entry, plain: Values, values: Values, root: Path) -> str:
    """What changes with whatever configures a module: its configuration, or, where the command line changes an option,
    all options, the same from whatever folder it is given.
    """
    configured, changed = (
        sorted((name, _plainly(value, root)) for name, value in each.items() if name not in _NOT_OF_A_MODULE)
        for each in (plain, values)
    )
    return entry.digest if configured == changed else digest(repr(changed).encode())[:16]


_NOT_OF_A_MODULE = ("allow_remote",)
"""What may be read is not what is made of it."""


def _plainly(value: Any, root: Path) -> str:
    """The value of an option; a path as seen from the project."""
    match value:
        case Path():
            return Path(os.path.relpath(value, root)).as_posix()
        case dict():
            return repr(sorted((key, _plainly(item, root)) for key, item in cast("dict[str, Any]", value).items()))
        case [*items]:
            return repr(sorted(_plainly(item, root) for item in items))
        case _:
            return repr(value or None)


def named_modules(paths: Sequence[Path], values: Values) -> list[Module]:
    """The modules of documents that the command line names."""
    return [_module(path, values) for path in paths]


def _module(document: Path, values: dict[str, Any] | Values) -> Module:
    output = Path(values["output"])
    name = values["name"] or module_name(document.name)[0]
    target = output if _is_file(output) else output / f"{name}.py"
    return Module(document, target, config_of(values), values["name"] or "", bool(values["package"]))


def _is_file(output: Path | str) -> bool:
    return str(output).endswith(".py")


def refuse_targets(
    targets: Sequence[tuple[Path, Span]], root: Path | None, ours: Collection[Path], report: Report
) -> None:
    """Report files that cannot be written: two in one place, one outside the project, a folder in its place, a twin.

    Files of `ours` are no twins: where they are not targets, they are removed.
    """
    seen: dict[str, Path] = {}
    for path, at in targets:
        shown = shown_path(path)
        folded = str(path.absolute()).casefold()
        other = seen.setdefault(folded, path)
        if other is not path:
            how = "" if other == path else ", which some systems do not tell apart"
            names = shown if other == path else f"{shown_path(other)} and {shown}"
            report.add(rules.OUTPUT, at, f"two modules would be written to {names}{how}", help="give one another name")
        elif root is not None and not path.resolve().is_relative_to(root.resolve()):
            what = f"{shown} is outside the project, which is {shown_path(root)}"
            what += f": {shown} leads to {path.resolve()}" if path.absolute().is_relative_to(root.absolute()) else ""
            report.add(rules.OUTPUT, at, what, help="write into a folder of the project")
        elif path.is_dir():
            report.add(rules.OUTPUT, at, f"{shown} is a folder", help="remove it, or write to another folder")
        elif (twin := _twin(path)) is not None and twin not in ours:
            what = f"{shown} and {shown_path(twin)} differ by letter case only, which some systems do not tell apart"
            report.add(rules.OUTPUT, at, what, help=f"rename or remove {shown_path(twin)}")


def _twin(path: Path) -> Path | None:
    """A file beside a path whose name differs from it by letter case only."""
    try:
        names = os.listdir(path.parent)
    except OSError:
        return None
    if path.name in names:
        return None
    return next((path.with_name(name) for name in names if name.casefold() == path.name.casefold()), None)
