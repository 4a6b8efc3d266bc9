"""A run of `generate`: what is not up to date is made, compared or written, and the lock file tells what was."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from arazzoc import rules
from arazzoc.diagnostics import Report, Span
from arazzoc.output import is_ours, remove, sides_of_a_merge, sweep, text_in, write
from arazzoc.paths import shown_path
from arazzoc.project.configuration import Configuration
from arazzoc.project.lock import Lock, LockedFile, LockedModule, lock_text, read_lock, unfinished_text, without_versions
from arazzoc.project.plan import PACKAGE_FILES, Module, refuse_targets
from arazzoc.project.quick import FOLDER, LOCK, NEXT_LOCK, digest, digest_of

if TYPE_CHECKING:
    from arazzoc.pipeline import OutputFile
    from arazzoc.project.remote import Remote
    from arazzoc.sources import Library

Refused: TypeAlias = Literal[
    "edited by hand", "not written by arazzoc", "not in the lock file", "a file of the project"
]
"""The states in which only --force overwrites or removes a file."""
State: TypeAlias = Literal["up to date", "stale", "missing", "orphaned"] | Refused


class FileState(NamedTuple):
    """A file of a run: how it is, and the text that it should have: None for an orphan, which should not be there, and
    for what is up to date and was not made again.
    """

    path: Path
    state: State
    text: str | None = None
    is_orphan: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether only --force may overwrite or remove it."""
        return self.state in get_args(Refused)

    @property
    def why_orphan(self) -> str:
        """Why an orphan should not be there."""
        return f"no module {'reads' if self.path.parent.name == FOLDER else 'makes'} it any more"


class Outcome(NamedTuple):
    """What a run has found: its files, the lock file, if there is one, and the documents that all was made from.

    `has_other_versions` says that the lock file differs in the versions of arazzoc and black only, with which the files
    are the same.
    """

    files: tuple[FileState, ...]
    lock: FileState | None
    read: tuple[Path, ...]
    has_other_versions: bool = False


class _Made(NamedTuple):
    """A module, the file that it compiled to, None where that is up to date, and what was read, with its hashes."""

    module: Module
    file: OutputFile | None
    read: dict[Path, str]


class _Group(NamedTuple):
    """The modules of one folder that share files, and the names of these."""

    folder: Path
    names: tuple[str, ...]
    modules: tuple[Module, ...]

    @property
    def stems(self) -> list[str]:
        return sorted(module.target.stem for module in self.modules)


class Build:
    """One run over modules; with a configuration, its lock file is read and brought up to date.

    `library` is called where a document must be read: opening it takes longer than all else. `progress` is called with
    each module before it is compiled. `every` are all modules of the configuration, if these are only some of them:
    files of still others that the lock file lists are orphans, and what modules share is made for all. `guarded` are
    files that belong to a project whose lock file this run leaves alone.
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
        guarded: Collection[Path] = (),
        force: bool = False,
        progress: Callable[[Module], None] = lambda _: None,
    ) -> None:
        self.modules, self.report, self.open_library, self.configuration = modules, report, library, configuration
        self.every, self.is_whole = every or modules, len(every) <= len(modules)
        self.guarded, self.force, self.progress = guarded, force, progress
        self.root = configuration.folder if configuration is not None else None
        self.lock, self.remote = Lock(), remote
        self.made: list[_Made] = []
        self.shared: tuple[FileState, ...] = ()
        self._digests: dict[Path, str] = {}

    # What is to be done

    def compiled(self) -> Outcome | None:
        """Compile what is not up to date, and compare it with the files; None, with diagnostics, where it fails."""
        if self.root is not None:
            lock = self.remote.lock if self.remote is not None else read_lock(self.root / LOCK, self.report)
            if lock is None:
                return None
            self.lock = lock
            if lock.is_damaged:  # it does not tell enough of the others
                self.modules, self.is_whole = self.every, True
        shared = [(group.folder / name, group.modules[0].at) for group in self._groups() for name in group.names]
        ours = [self.root / name for name in self.lock.outputs] if self.root is not None else []
        targets = [(target, m.at) for m in self.modules for target in (m.target, *m.adapters)]
        refuse_targets([*targets, *shared], self.root, ours, self.report)
        if self.report.has_errors:
            return None
        needed = {module.target for module in self.modules if self._needs(module)}
        for module in self.every if needed else ():
            self.open_library().identify(module.document)
        self.made = [self._compiled(m) if m.target in needed else self._kept(m) for m in self.modules]
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
        if not all(self._is_locked(path, module.entry) for path in module.adapters):
            return True
        hashes = {**locked.read, locked.output: locked.sha256}
        return any(self._digest(self.root / name) != expected for name, expected in hashes.items())

    def _digest(self, path: Path) -> str:
        """The hash of a file as this run found it; many modules are made from one API."""
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        return self._digests[path]

    def _compiled(self, module: Module) -> _Made:
        from arazzoc.pipeline import generate_file

        self.progress(module)
        own = self.open_library().for_module(module.config.ref_folders)
        file = generate_file(module.document, module.config, own, module.name, target=module.target.stem)
        # Of what was read, not of what is there by now.
        read = {path: digest(data) for path in own.used if (data := own.content(path)) is not None}
        return _Made(module, file, read)

    def _kept(self, module: Module) -> _Made:
        root = self.root or Path()
        read = self.lock.modules[self._name(module.target)].read
        return _Made(module, None, {root / name: known for name, known in read.items()})

    def _outcome(self) -> Outcome:
        self.shared = tuple(self._shared_states())
        files = (*self._module_states(), *self.shared, *self._orphans())
        read = tuple(dict.fromkeys(path for made in self.made for path in made.read))
        if self.root is None:
            return Outcome(files, None, read)
        path, text = self.root / LOCK, self._lock_text()
        held = text_in(path)
        state: State = "up to date" if held == text else "missing" if held is None else "stale"
        has_other_versions = state == "stale" and without_versions(held or "") == without_versions(text)
        return Outcome(files, FileState(path, state, text), read, has_other_versions)

    def _module_states(self) -> Iterable[FileState]:
        for made in self.made:
            targets = (made.module.target, *made.module.adapters)
            if made.file is None:
                yield from (FileState(target, "up to date") for target in targets)
            else:
                texts = (made.file.text, *(text for _, text in made.file.beside))
                yield from (self._state(target, text) for target, text in zip(targets, texts, strict=True))

    def _shared_states(self) -> Iterable[FileState]:
        """The files that modules of one folder share: their support, and what makes a package of them."""
        for group in self._groups():
            made_from = self._made_from(group)
            is_kept = self.lock.is_current and not self.force
            if is_kept and all(self._is_locked(group.folder / name, known) for name, known in made_from.items()):
                yield from (FileState(group.folder / name, "up to date") for name in made_from)
                continue
            for file in shared_files(group, self._parts(group)):
                yield self._state(group.folder / file.name, file.text)

    def _made_from(self, group: _Group) -> dict[str, str]:
        """For each file that modules share what changes with that which it is made from."""
        config = group.modules[0].config
        of_package = {"__init__.py": (config.support, group.stems, config.line_length), "py.typed": ()}
        support = (sorted(self._parts(group)), config.line_length)
        return {name: digest(repr(of_package.get(name, support)).encode())[:16] for name in group.names}

    def _groups(self) -> Iterable[_Group]:
        """The modules that share files."""
        groups: dict[tuple[Path, str], list[Module]] = {}
        chosen = {module.target for module in self.modules}
        for module in self.every:
            is_there = module.target in chosen or self._name(module.target) in self.lock.modules
            if module.config.support and is_there:
                groups.setdefault((module.target.parent, module.config.support), []).append(module)
        for (folder, support), group in groups.items():
            if any(module.target in chosen for module in group):
                names = (f"{support}.py", *(PACKAGE_FILES if any(m.is_package for m in group) else ()))
                yield _Group(folder, names, tuple(group))

    def _is_locked(self, path: Path, made_from: str) -> bool:
        """Whether a file that modules share is as the lock file has it, and was made from the same."""
        locked = self.lock.files.get(self._name(path))
        return locked is not None and locked.sha256 != "" and locked[1:] == (digest_of(path), made_from)

    def _parts(self, group: _Group) -> frozenset[str]:
        """The parts of the support that are there if a module needs them: one that was compiled, or is in the lock."""
        made = {made.module.target: made.file for made in self.made}
        found: set[str] = set()
        for module in group.modules:
            file = made.get(module.target)
            found |= file.parts & own_parts() if file else {*self.lock.modules[self._name(module.target)].parts.split()}
        return frozenset(found)

    def _state(self, path: Path, text: str) -> FileState:
        held = text_in(path)
        if held == text:
            return FileState(path, "up to date", text)
        if not os.path.lexists(path):
            return FileState(path, "missing", text)
        is_listed = self._name(path) in self.lock.outputs
        if not is_listed and not is_ours(path):
            return FileState(path, "not written by arazzoc", text)
        if path.resolve() in self.guarded:
            return FileState(path, "a file of the project", text)
        is_empty = not is_listed and path.stat().st_size == 0
        if self.root is None or is_empty or not self._is_edited(path):
            return FileState(path, "stale", text)
        return FileState(path, "edited by hand" if is_listed or self.lock.is_damaged else "not in the lock file", text)

    def _is_edited(self, path: Path) -> bool:
        """Whether a file holds a text of which the lock file does not say that arazzoc wrote it, here or elsewhere.

        Where a merge left conflicts in it, both sides may be texts that arazzoc wrote.
        """
        known = self.lock.hashes
        texts = [path.read_bytes(), *sides_of_a_merge(path.read_bytes())]
        return not any(digest(text) in known for text in texts)

    def _orphans(self) -> Iterable[FileState]:
        """The files that the lock file lists, and no module makes any more."""
        if self.root is None or not self.is_whole:
            return
        own = (path for made in self.made for path in (made.module.target, *made.module.adapters))
        targets = [*own, *(file.path for file in self.shared)]
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
            yield FileState(path, "edited by hand" if self._is_edited(path) else "orphaned", is_orphan=True)
        read = {self._name(path) for made in self.made for path in made.read}
        for pin in self.lock.pins.values():
            path = self.root / pin.file
            if pin.file not in read and pin.file == f"{FOLDER}/{path.name}" and digest_of(path) == pin.sha256:
                yield FileState(path, "orphaned", is_orphan=True)

    def _name(self, path: Path) -> str:
        """A path as the lock file has it: relative to the project."""
        return Path(os.path.relpath(path, self.root or Path())).as_posix()

    # What is done

    def _lock_text(self) -> str:
        """The text of the lock file; modules that this run does not make stay in it."""
        modules = {} if self.is_whole else dict(self.lock.modules)
        files = {} if self.is_whole else self.lock.known_files
        groups = list(self._groups())
        names = {module.target: group.names for group in groups for module in group.modules}
        adapters = {made.module.target: [path.name for path in made.module.adapters] for made in self.made}
        shared = {m.target: " ".join(sorted([*names.get(m.target, ()), *adapters[m.target]])) for m, *_ in self.made}
        for made in self.made:
            name = self._name(made.module.target)
            files |= self._locked_adapters(made)
            if made.file is None:
                modules[name] = self.lock.modules[name]._replace(shared=shared.get(made.module.target, ""))
                continue
            modules[name] = LockedModule(
                name,
                digest(made.file.text.encode()),
                self._name(made.module.document),
                made.module.entry,
                " ".join(sorted(made.file.parts & own_parts())),
                {self._name(path): known for path, known in made.read.items()},
                dict(made.file.flows),
                shared.get(made.module.target, ""),
            )
        made_from = {group.folder / name: of for group in groups for name, of in self._made_from(group).items()}
        for file in self.shared:
            name = self._name(file.path)
            known = digest(file.text.encode()) if file.text is not None else self.lock.outputs[name]
            files[name] = LockedFile(name, known, made_from[file.path])
        read = {name for module in modules.values() for name in module.read}
        pins = self.remote.pins if self.remote is not None else self.lock.pins
        used = [pin for pin in pins.values() if pin.file in read or not self.is_whole]
        return lock_text(modules.values(), files.values(), used, "" if self.is_whole else self.lock.header)

    def _locked_adapters(self, made: _Made) -> dict[str, LockedFile]:
        """What the lock file says of the modules that run one on engines."""
        names = [self._name(path) for path in made.module.adapters]
        if made.file is None:
            hashes = [self.lock.outputs[name] for name in names]
        else:
            hashes = [digest(text.encode()) for _, text in made.file.beside]
        return {name: LockedFile(name, known, made.module.entry) for name, known in zip(names, hashes, strict=True)}

    def write(self, outcome: Outcome) -> None:
        """Write what is not up to date, remove orphans, and bring the lock file up to date.

        The new lock file is there, under another name, before the first file is touched: an interrupted run leaves it,
        and the next ones know by it what arazzoc itself has written, until one of them has made all modules.
        """
        pending = [file for file in outcome.files if file.state != "up to date"]
        lock = outcome.lock if pending or (outcome.lock and outcome.lock.state != "up to date") else None
        if lock is not None:
            sweep(lock.path)
            write(lock.path.with_name(NEXT_LOCK), unfinished_text(lock.text or "", self.lock.interrupted))
        if self.remote is not None and outcome.lock is not None:
            self.remote.write_copies()
        for file in pending:
            if lock is not None:
                sweep(file.path)
            if file.is_orphan:
                remove(file.path)
            else:
                write(file.path, file.text or "")
        if lock is not None:
            write(lock.path, lock.text or "")
        if outcome.lock is not None and (self.is_whole or not self.lock.interrupted):
            for path in self._unfinished(outcome):
                sweep(path)
            remove(outcome.lock.path.with_name(NEXT_LOCK))

    def _unfinished(self, outcome: Outcome) -> Iterable[Path]:
        """The files of the project that a run may have been writing when it was interrupted."""
        if self.lock.interrupted and self.root is not None:
            known = (self.root / name for name in self.lock.outputs)
            inside = (path for path in known if path.resolve().is_relative_to(self.root.resolve()))
            yield from dict.fromkeys((*(file.path for file in outcome.files), *inside))


def own_parts() -> frozenset[str]:
    """The parts of the support that need another library, and are in it only where a module needs them."""
    from arazzoc.emit.support import OWN_DEPENDENCIES

    return frozenset(OWN_DEPENDENCIES)


def shared_files(group: _Group, parts: frozenset[str]) -> list[OutputFile]:
    """The files that modules of one folder share, with these parts of the support that need another library."""
    from arazzoc.pipeline import OutputFile, support_file

    config = group.modules[0].config
    files = [support_file([OutputFile("", "", parts)], config)]
    if len(group.names) > 1:
        from arazzoc.emit.package import emit_package

        texts = (emit_package(group.stems, config.support, config.line_length), "")
        files += [OutputFile(name, text) for name, text in zip(PACKAGE_FILES, texts, strict=True)]
    return files


def refuse_files_of_others(outcome: Outcome, report: Report) -> None:
    """Report the files that arazzoc did not write as they are: only --force overwrites or removes them."""
    for file in outcome.files:
        shown = shown_path(file.path)
        if file.state == "not in the lock file":
            what = f"{shown} is not in the lock file, so nobody knows whether it was edited by hand"
            help = f"restore {LOCK} from git, if it was there; --force overwrites it"
            report.add(rules.OUTPUT, Span(shown), what, help=help)
        elif file.state == "a file of the project":
            what = f"{shown} is a file of the project, whose lock file is left alone where -o is given"
            report.add(rules.OUTPUT, Span(shown), what, help="leave out -o; --force overwrites it all the same")
        elif file.is_refused:
            what = f"{shown} was {file.state}" + (f", and {file.why_orphan}" if file.is_orphan else "")
            report.add(
                rules.OUTPUT, Span(shown), what, help=f"--force {'removes' if file.is_orphan else 'overwrites'} it"
            )
