"""The project that a side is of: its configuration and its lock file, as that side's tree has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from msgspec.structs import replace

from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.difference.making import Made, Making
from arazzoc.difference.revisions import SideError, Snapshots, Tree
from arazzoc.openapi.document import Refusal
from arazzoc.paths import shown_path
from arazzoc.project.configuration import Configuration, configuration_above, read_configuration
from arazzoc.project.lock import Lock, read_lock
from arazzoc.project.options import Values, config_of, merged
from arazzoc.project.plan import configured_modules
from arazzoc.project.quick import CONFIGURATIONS, DOCUMENTS, LOCK, digest
from arazzoc.sources import Library


class Project:
    """The configurations and lock files of one side; `given` are the options of the command line."""

    def __init__(self, disk: Snapshots, tree: Tree | None, given: Values) -> None:
        self.disk, self.tree, self.given = disk, tree, given
        self._configurations: dict[Path, Configuration | None] = {}
        self._modules: dict[Path, dict[Path, Config]] = {}
        self._made: dict[Path, list[tuple[Path, Made]]] = {}
        self._locks: dict[Path, Lock | None] = {}

    def modules(self, folder: Path) -> dict[Path, Config]:
        """The documents that the configuration of a folder names; nothing where there is none."""
        configuration = self._configuration(folder)
        return self._documents(configuration) if configuration is not None else {}

    def config(self, document: Path) -> Config:
        """The options of a document: those of its module, or those of all modules of the configuration above it.

        For a document that is none of its modules (a bundle of one, say) a configured source is that whose url leads
        nowhere else.
        """
        configuration = self._configuration(document.parent)
        if configuration is None:
            return config_of(merged(self.given))
        modules = self._documents(configuration)
        key = document.resolve()
        own = next((config for path, config in modules.items() if path.resolve() == key), None)
        if own is not None:
            return own
        config = config_of(merged(configuration.options, self.given))
        if configuration.entries:
            given = self.given["sources"]
            there = self._found(document)
            kept = {name: path for name, path in config.sources.items() if name in given or name not in there}
            config = replace(config, sources=kept)
        return config

    def making(self, document: Path, config: Config) -> Making:
        """The modules that are made of a document; those of no configuration are not known."""
        configuration = self._configuration(document.parent)
        if configuration is None:
            return Making(config)
        self._documents(configuration)
        key = document.resolve()
        found = (made for path, made in self._made[configuration.path] if path.resolve() == key)
        return Making(config, tuple(found), str(configuration.path), is_configured=True)

    def _found(self, document: Path) -> set[str]:
        """The names of the sources of a document whose urls lead to files."""
        source = Library(Report(), disk=self.disk).source(document, shown_path(document))
        tree = source.tree if source is not None else None
        found = tree.get("sourceDescriptions") if isinstance(tree, dict) else None
        names: set[str] = set()
        for each in found if isinstance(found, list) else ():
            name, url = (each.get("name"), each.get("url")) if isinstance(each, dict) else (None, None)
            if isinstance(name, str) and isinstance(url, str):
                parts = urlsplit(url)
                if not parts.netloc and self.disk.has(document.parent / unquote(parts.path), document):
                    names.add(name)
        return names

    def _configuration(self, folder: Path) -> Configuration | None:
        """The configuration of a folder, if its side has one."""
        folder = Path(os.path.normpath(Path.cwd() / folder))
        if folder not in self._configurations:
            self._configurations[folder] = self._read(folder)
        return self._configurations[folder]

    def _read(self, folder: Path) -> Configuration | None:
        if self.tree is not None:
            for above in self._above(folder):
                for name in CONFIGURATIONS:
                    self.tree.has(above / name)
        path = configuration_above(folder)
        if path is None or (self.tree is not None and not path.is_relative_to(self.tree.root)):
            return None
        report = Report()
        configuration = read_configuration(path, report)
        if configuration is None:
            fault = next(report.sorted())
            raise SideError(f"{fault.span.file}:{fault.span.line}: {fault.message}")
        return configuration

    def _above(self, folder: Path) -> list[Path]:
        """A folder and those that it is in, within the tree of this side."""
        folders = [folder, *folder.parents]
        return [each for each in folders if self.tree is None or each.is_relative_to(self.tree.root)]

    def _documents(self, configuration: Configuration) -> dict[Path, Config]:
        if configuration.path not in self._modules:
            if self.tree is not None:
                for entry in configuration.entries:
                    _put(self.tree, configuration.folder, entry.document)
            found: dict[Path, Config] = {}
            made = self._made[configuration.path] = []
            for module in configured_modules(configuration, self.given, Report()):
                document = module.document
                if self.tree.find(document) if self.tree is not None else self.disk.has(document, document):
                    found.setdefault(module.document, module.config)
                    target = os.path.relpath(configuration.folder / module.target, configuration.folder)
                    shown = Path(target).as_posix()
                    made.append((module.document, Made(shown, module.config, module.is_package, module.at)))
            self._modules[configuration.path] = found
        return self._modules[configuration.path]

    def pinned(self, document: Path) -> Callable[[str, str], tuple[Path, bytes | None] | Refusal]:
        """What finds the copies of documents of the network: those that the lock file of this side pins."""

        def fetch(name: str, url: str) -> tuple[Path, bytes | None] | Refusal:
            folder = Path(os.path.normpath(Path.cwd() / document)).parent
            at = next((each for each in self._above(folder) if self.disk.has(each / LOCK, each / LOCK)), None)
            committed = ", and commit arazzoc.lock and arazzoc-remote" if self.tree is not None else ""
            help = f"pin it: arazzoc generate --allow-remote{committed}\ndownload it, and pass --source {name}=PATH"
            if at is None:
                return Refusal("it is not pinned, for there is no arazzoc.lock", help)
            lock = self._lock(at)
            shown = shown_path(at / LOCK)
            if lock is None:
                return Refusal(f"{shown}, which may pin it, cannot be read", help)
            pin = lock.pins.get(urldefrag(url)[0])
            if pin is None:
                return Refusal(f"{shown} does not pin it", help)
            path = at / pin.file
            if os.path.isabs(pin.file) or ".." in Path(pin.file).parts or not self.disk.has(path, at / LOCK):
                return Refusal(f"{shown} pins it, but {shown_path(path)} is not there", help)
            if digest(path.read_bytes()) != pin.sha256:
                return Refusal(f"{shown_path(path)} is not what {shown} pins", help)
            return path, None

        return fetch

    def _lock(self, folder: Path) -> Lock | None:
        if folder not in self._locks:
            self._locks[folder] = read_lock(folder / LOCK, Report())
        return self._locks[folder]


def _put(tree: Tree, folder: Path, name: str) -> None:
    """Put the files into the folder of a tree that a file, folder or glob of a configuration names."""
    path = folder / name
    parts = Path(name).parts
    if tree.is_folder(path):
        for file in tree.below(path):
            if file.name.lower().endswith(DOCUMENTS):
                tree.has(file, is_read=False)
    elif not tree.has(path, is_read=False):
        plain = next((at for at, part in enumerate(parts) if any(char in part for char in "*?[")), len(parts))
        for file in tree.below(folder.joinpath(*parts[: min(plain, len(parts) - 1)]), skipped=()):
            if fnmatch(file.name, parts[-1]):
                tree.has(file, is_read=False)
