"""A run of `generate`: what is not up to date is made, compared or written, and the lock file tells what was."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from arazzoc import rules
from arazzoc.diagnostics import Report, Span
from arazzoc.output import is_ours, text_in, write
from arazzoc.paths import shown_path
from arazzoc.project.configuration import Configuration
from arazzoc.project.lock import Lock, LockedFile, LockedModule, file_digest, lock_text, read_lock
from arazzoc.project.plan import Module, refuse_targets
from arazzoc.project.quick import LOCK, NEXT_LOCK, digest

if TYPE_CHECKING:
    from arazzoc.pipeline import OutputFile
    from arazzoc.project.remote import Remote
    from arazzoc.sources import Library

State: TypeAlias = Literal["up to date", "stale", "edited by hand", "missing", "orphaned", "not written by arazzoc"]


PACKAGE_FILES = ("__init__.py", "py.typed")


class FileState(NamedTuple):
    """A file of a run: how it is, and the text that it should have, None where it should not be there."""

    path: Path
    state: State
    text: str | None = None


class Outcome(NamedTuple):
    """What a run has found, or written: its files, and the documents that they were made from."""

    files: tuple[FileState, ...] = ()
    read: tuple[Path, ...] = ()


class _Made(NamedTuple):
    """A module, the file that it compiled to, None where that is up to date, and what was read for it."""

    module: Module
    file: OutputFile | None
    read: tuple[Path, ...]


class Build:
    """One run over modules; with a configuration, its lock file is read and brought up to date.

    `library` is called where a document must be read: opening it takes longer than all else. `progress` is called with
    each module before it is compiled. `every` are all modules of the configuration, if these are only some of them:
    files of still others that the lock file lists are orphans, and what modules share is made for all.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        report: Report,
        library: Callable[[], Library],
        configuration: Configuration | None = None,
        *,
        remote: Remote | None = None,
        every: Sequence[Module] = (),
        force: bool = False,
        progress: Callable[[Module], None] = lambda _: None,
    ) -> None:
        self.modules, self.report, self.open_library, self.configuration = modules, report, library, configuration
        self.every, self.is_whole = every or modules, len(every) <= len(modules)
        self.force, self.progress = force, progress
        self.root = configuration.folder if configuration is not None else None
        self.lock, self.remote = Lock(), remote
        self.made: list[_Made] = []
        self.shared: tuple[FileState, ...] = ()

    # What is to be done

    def compiled(self) -> Outcome | None:
        """Compile what is not up to date, and compare it with the files; None, with diagnostics, where it fails."""
        if self.root is not None:
            lock = read_lock(self.root / LOCK, self.report)
            if lock is None:
                return None
            self.lock = lock
            if self.remote is not None:
                self.remote.use(lock)
        shared = [(path, group[0].at) for paths, group in self._groups() for path in paths]
        ours = [self.root / name for name in self.lock.outputs] if self.root is not None else []
        refuse_targets([*((m.target, m.at) for m in self.modules), *shared], self.root, ours, self.report)
        if self.report.has_errors:
            return None
        for module in self.modules:
            if self._needs(module):
                break
        else:
            self.made = [self._kept(module) for module in self.modules]
            return self._outcome()
        library = self.open_library()
        for module in self.every:
            library.identify(module.document)
        self.made = [self._compiled(m, library) if self._needs(m) else self._kept(m) for m in self.modules]
        return None if self.report.has_errors else self._outcome()

    @property
    def has_compiled_all(self) -> bool:
        """Whether this run compiled all modules of the configuration."""
        return self.is_whole and all(made.file is not None for made in self.made)

    def _needs(self, module: Module) -> bool:
        """Whether a module is to be compiled: for it, or what it was made from, is not as the lock file has it."""
        locked = self.lock.modules.get(self._name(module.target))
        if self.force or locked is None or not self.lock.is_current or not module.entry or self.root is None:
            return True
        if (locked.entry, locked.document) != (module.entry, self._name(module.document)):
            return True
        hashes = {**locked.read, locked.output: locked.sha256}
        return any(file_digest(self.root / name) != expected for name, expected in hashes.items())

    def _compiled(self, module: Module, library: Library) -> _Made:
        from arazzoc.pipeline import generate_file

        self.progress(module)
        own = library.for_module(module.config.ref_folders)
        file = generate_file(module.document, module.config, own, module.name)
        return _Made(module, file, tuple(own.used))

    def _kept(self, module: Module) -> _Made:
        root = self.root or Path()
        read = self.lock.modules[self._name(module.target)].read
        return _Made(module, None, tuple(root / name for name in read))

    def _outcome(self) -> Outcome:
        self.shared = tuple(self._shared_states())
        files = [*self._module_states(), *self.shared, *self._orphans()]
        return Outcome(tuple(files), tuple(dict.fromkeys(path for made in self.made for path in made.read)))

    def _module_states(self) -> Iterable[FileState]:
        for made in self.made:
            target = made.module.target
            yield self._state(target, made.file.text) if made.file else FileState(target, "up to date")

    def _shared_states(self) -> Iterable[FileState]:
        """The files that modules of one folder share: their support, and what makes a package of them."""
        made = {made.module.target: made.file for made in self.made}
        for paths, group in self._groups():
            if not any(made.get(module.target) for module in group) and all(map(self._is_locked, paths)):
                yield from (FileState(path, "up to date") for path in paths)
                continue
            files = shared_files([(module, self._parts(module, made.get(module.target))) for module in group])
            yield from (self._state(path, file.text) for path, file in zip(paths, files, strict=True))

    def _groups(self) -> Iterable[tuple[list[Path], list[Module]]]:
        """The modules that share files, with the paths of these."""
        groups: dict[tuple[Path, str], list[Module]] = {}
        chosen = {module.target for module in self.modules}
        for module in self.every:
            is_there = module.target in chosen or self._name(module.target) in self.lock.modules
            if module.config.support and is_there:
                groups.setdefault((module.target.parent, module.config.support), []).append(module)
        for (folder, support), group in groups.items():
            if not any(module.target in chosen for module in group):
                continue
            names = [f"{support}.py", *(PACKAGE_FILES if any(m.is_package for m in group) else ())]
            yield [folder / name for name in names], group

    def _is_locked(self, path: Path) -> bool:
        return file_digest(path) in {self.lock.outputs.get(self._name(path), "")} - {""}

    def _parts(self, module: Module, file: OutputFile | None) -> frozenset[str]:
        """The parts of the support that a module needs: as it was compiled, or else as the lock file has them."""
        return file.parts if file else frozenset(self.lock.modules[self._name(module.target)].parts.split())

    def _state(self, path: Path, text: str) -> FileState:
        held = text_in(path)
        if held == text:
            return FileState(path, "up to date", text)
        if not os.path.lexists(path):
            return FileState(path, "missing", text)
        if self._name(path) not in self.lock.outputs and not is_ours(path):
            return FileState(path, "not written by arazzoc", text)
        return FileState(path, "edited by hand" if self._is_edited(path) else "stale", text)

    def _is_edited(self, path: Path) -> bool:
        """Whether a file of the lock file holds a text that arazzoc did not write.

        Where a merge left conflicts in it, both sides may be texts that arazzoc wrote.
        """
        locked = self.lock.outputs.get(self._name(path))
        if locked is None and not self.lock.is_damaged:
            return False
        known = {locked or "", *self.lock.hashes} - {""}
        texts = [path.read_bytes(), *sides_of_a_merge(path.read_bytes())]
        return not any(digest(text) in known for text in texts)

    def _orphans(self) -> Iterable[FileState]:
        """The files that the lock file lists, and no module makes any more."""
        if self.root is None or not self.is_whole:
            return
        targets = [*(made.module.target for made in self.made), *(file.path for file in self.shared)]
        resolved = {target.resolve() for target in targets}
        inside = self.root.resolve()
        for name in self.lock.outputs:
            path = self.root / name
            if path.resolve() in resolved or not path.resolve().is_relative_to(inside) or path.is_symlink():
                continue
            if not path.is_file() or path.stat().st_size == 0 or not is_ours(path):
                continue  # an empty file may be anybody's
            if any(target.exists() and path.samefile(target) for target in targets):
                continue  # the name differs by letter case only, and the system does not tell it apart
            yield FileState(path, "edited by hand" if self._is_edited(path) else "orphaned")

    def _name(self, path: Path) -> str:
        """A path as the lock file has it: relative to the project."""
        return Path(os.path.relpath(path, self.root or Path())).as_posix()

    # What is done

    @property
    def lock_state(self) -> FileState | None:
        """How the lock file is; None without a configuration."""
        if self.root is None:
            return None
        path, text = self.root / LOCK, self._lock_text()
        held = text_in(path)
        state: State = "up to date" if held == text else "stale" if held is not None else "missing"
        return FileState(path, state, text)

    @property
    def is_lock_of_other_versions(self) -> bool:
        """Whether the lock file differs in versions of arazzoc and black only, with which the files are the same."""
        if self.root is None:
            return False
        held = text_in(self.root / LOCK) or ""
        return "version = " in held and without_versions(held) == without_versions(self._lock_text())

    def _lock_text(self) -> str:
        """The text of the lock file; modules that this run does not make stay in it."""
        modules = {} if self.is_whole else dict(self.lock.modules)
        files = {} if self.is_whole else dict(self.lock.files)
        for made in self.made:
            name = self._name(made.module.target)
            if made.file is None:
                modules[name] = self.lock.modules[name]
                continue
            modules[name] = LockedModule(
                name,
                digest(made.file.text.encode()),
                self._name(made.module.document),
                made.module.entry,
                " ".join(sorted(made.file.parts & own_parts())),
                {self._name(path): file_digest(path) for path in made.read},
                dict(made.file.flows),
            )
        for file in self.shared:
            name = self._name(file.path)
            known = digest(file.text.encode()) if file.text is not None else self.lock.outputs[name]
            files[name] = LockedFile(name, known)
        read = {name for module in modules.values() for name in module.read}
        pins = self.remote.pins if self.remote is not None else self.lock.pins
        used = [pin for pin in pins.values() if pin.file in read]
        return lock_text(modules.values(), files.values(), used, "" if self.is_whole else self.lock.header)

    def write(self, outcome: Outcome) -> None:
        """Write what is not up to date, remove orphans, and bring the lock file up to date.

        The new lock file is there, under another name, before the first file is touched: an interrupted run leaves it,
        and the next one knows by it what arazzoc itself has written.
        """
        lock = self.lock_state
        pending = [file for file in outcome.files if file.state != "up to date"]
        if lock is not None and lock.text is not None and (pending or lock.state != "up to date"):
            write(lock.path.with_name(NEXT_LOCK), lock.text)
        for file in pending:
            if file.text is not None:
                for left in file.path.parent.glob(f".{glob.escape(file.path.name)}.*"):
                    left.unlink(missing_ok=True)  # by a run that was killed while it wrote
                write(file.path, file.text)
            else:
                file.path.unlink(missing_ok=True)
        if lock is not None and (pending or lock.state != "up to date"):
            os.replace(lock.path.with_name(NEXT_LOCK), lock.path)
        elif lock is not None:
            lock.path.with_name(NEXT_LOCK).unlink(missing_ok=True)


def sides_of_a_merge(content: bytes) -> list[bytes]:
    """Both sides of a file in which git left conflicts; none where there are no conflicts."""
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    chosen: tuple[int, ...] = (0, 1)
    for line in content.replace(b"\r\n", b"\n").splitlines(keepends=True):
        marker = line[:7]
        if marker == b"<<<<<<<":
            chosen = (0,)
        elif marker == b"|||||||":
            chosen = ()
        elif marker == b"=======" and line.strip() == marker and len(chosen) < 2:
            chosen = (1,)
        elif marker == b">>>>>>>":
            chosen = (0, 1)
        else:
            for side in chosen:
                sides[side].append(line)
    return [b"".join(side) for side in sides] if b"<<<<<<<" in content else []


def without_versions(text: str) -> str:
    """The text of a lock file without the lines that name versions of arazzoc and black."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(('arazzoc = "', 'black = "')))


def own_parts() -> frozenset[str]:
    """The parts of the support that need another library, and are in it only where a module needs them."""
    from arazzoc.emit.support import OWN_DEPENDENCIES

    return frozenset(OWN_DEPENDENCIES)


def shared_files(modules: Sequence[tuple[Module, frozenset[str]]]) -> list[OutputFile]:
    """The files that modules of one folder share; each comes with the parts of the support that it needs."""
    from arazzoc.pipeline import OutputFile, support_file

    first = modules[0][0]
    files = [support_file([OutputFile("", "", parts) for _, parts in modules], first.config)]
    if any(module.is_package for module, _ in modules):
        from arazzoc.emit.package import emit_package

        names = [module.target.stem for module, _ in modules]
        texts = (emit_package(names, first.config.support, first.config.line_length), "")
        files += [OutputFile(name, text) for name, text in zip(PACKAGE_FILES, texts, strict=True)]
    return files


def refuse_files_of_others(outcome: Outcome, report: Report) -> None:
    """Report the files that arazzoc did not write as they are: only --force overwrites or removes them."""
    for file in outcome.files:
        if file.state in ("edited by hand", "not written by arazzoc"):
            shown = shown_path(file.path)
            is_wanted = file.text is not None
            what = f"{shown} was {file.state}" + ("" if is_wanted else ", and no module makes it any more")
            report.add(rules.OUTPUT, Span(shown), what, help=f"--force {'overwrites' if is_wanted else 'removes'} it")
