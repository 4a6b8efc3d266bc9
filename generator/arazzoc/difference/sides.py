"""The two sides of a comparison: which documents they have, and what each of them is compiled to.

A side is what `arazzoc generate` would make of it there: of a revision, in a checkout of that revision.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from arazzoc import ir
from arazzoc.config import Config
from arazzoc.diagnostics import Report, quoted, suggest
from arazzoc.difference.making import Made, Making
from arazzoc.difference.moves import Traits, moved
from arazzoc.difference.project import Project
from arazzoc.difference.revisions import SideError, Snapshots, Tree, split_name, unknown_revision
from arazzoc.emit.names import module_name
from arazzoc.paths import shown_path
from arazzoc.pipeline import compile_parts
from arazzoc.project.finding import documents_below, is_document
from arazzoc.project.options import Values
from arazzoc.resolve import Resolved
from arazzoc.sources import Library

__all__ = ["Document", "Pair", "SideError", "git_external", "pairs"]


class Document(Struct, frozen=True):
    """One Arazzo document of one side, compiled as far as it can be.

    `shown` is how messages call it: a path, or REV:PATH. Without `resolved` it is no Arazzo document, or not to be
    read. Where `report` has errors, `program` lacks what they are about.
    """

    shown: str
    resolved: Resolved | None
    program: ir.Program | None
    report: Report
    making: Making = Making()


class Pair(Struct, frozen=True):
    """A document of both sides; None where one has it not. `name` is its path in the folder, or that of its file.

    One that `stays` is a file on both sides, but is configured on one.
    """

    name: str
    old: Document | None
    new: Document | None
    stays: bool = False


class Place(Struct, frozen=True):
    """What OLD or NEW names: of a revision, with its tree; `all` are the documents of a project.

    What is `absent` has a path that the other side may have. `text` is the one of a file, where it is read already.
    """

    label: str
    kind: Literal["file", "folder", "absent", "all"]
    path: Path
    tree: Tree | None = None
    text: bytes | None = None

    def has(self, disk: Snapshots, name: str) -> bool:
        """Whether a file is in this folder."""
        return disk.has(self.path / name, self.path)


class Found(Struct, frozen=True):
    """A document of a side; `config` where it was found as that of a module; `text` where it is read already.

    `folder` is all that it is one of, where that has no configuration.
    """

    path: Path
    config: Config | None = None
    text: bytes | None = None
    shown: str = ""
    folder: Path | None = None


def pairs(
    old: str,
    new: str | None,
    *,
    sources: Mapping[str, Path],
    old_sources: Mapping[str, Path],
    ref_folders: tuple[Path, ...] = (),
    options: Values | None = None,
) -> list[Pair]:
    """Read and compile both sides; without `new`, it is what `old` is in the working tree.

    The options, as a configuration has them, come before those of the configuration of each side, as do the `sources`.
    A file that they name is the one of that side's revision, if that has it; one of `old_sources` is as it is named.

    Raises:
        SideError: a side cannot be read.
    """
    disk = Snapshots(Path.cwd())
    if new is None and ".." in old and not os.path.lexists(old):
        old, new = disk.ends_of(old) or (old, None)
    places = _places(disk, old, new)
    known: dict[str, None] = {}
    sides = [
        _Side(disk, place.tree, sources, own, ref_folders, options or {}, known)
        for place, own in zip(places, (old_sources, {}), strict=True)
    ]
    has_revision = any(place.tree is not None for place in places)
    first, second = (
        side.documents(place, has_revision=has_revision) for side, place in zip(sides, places, strict=True)
    )
    names, stays = _paired(places, first, second), set[str]()
    if places[0].kind == places[1].kind == "all":
        skipped = _unconfigured(disk, places, first, second)
        names = [(name, before, after) for name, before, after in names if name not in skipped]
        stays = {n for n, before, after in names if not (before and after) and all(p.has(disk, n) for p in places)}
    gone = {before: sides[0].traits(first[before], before in stays) for _, before, after in names if not after}
    added = {after: sides[1].traits(second[after], after in stays) for _, before, after in names if not before}
    names = _with_moves(names, moved(gone, added) if gone and added else {})
    for side, found in zip(sides, (first, second), strict=True):
        side.identify(each.path for each in found.values())
    result = [
        Pair(name, sides[0].compiled(first.get(before)), sides[1].compiled(second.get(after)), stays=name in stays)
        for name, before, after in names
    ]
    if all(each.resolved is not None for pair in result for each in (pair.old, pair.new) if each is not None):
        _check_names("--source", sources, known)
        _check_names("--old-source", old_sources, known)
    return result


def git_external(
    path: str, old_file: str, old_hex: str, old_mode: str, new_file: str, new_hex: str, new_mode: str, *more: str
) -> list[Pair]:
    """The sides that git hands to `diff.arazzo.command`: their texts, and the ids of these, zeros where there is none.

    The sources of a text are those of the revision that has it at this path: HEAD, or the index, or the working tree.

    Raises:
        SideError: a side cannot be read.
    """
    disk = Snapshots(Path.cwd())
    new_path = more[0] if more else path  # git says so where a file has another name
    old = _handed_over(disk, path, old_file, old_hex, old_mode)
    return [Pair(new_path, old, _handed_over(disk, new_path, new_file, new_hex, new_mode))]


def _handed_over(disk: Snapshots, path: str, file: str, object_id: str, mode: str) -> Document | None:
    if file == os.devnull or mode in (".", "120000", "160000"):
        return None
    text = _text(Path(file), path)
    for revision in ("HEAD", "") if object_id.strip("0") else ():
        tree = disk.tree(revision)
        found = tree.find(tree.root / path) if tree is not None else None
        if tree is not None and found is not None and found.item.object == object_id:
            return _Side(disk, tree).compiled(Found(tree.root / path, text=text))
    shown = f"blob {object_id[:7]} of {path}" if object_id.strip("0") else path
    return _Side(disk, None).compiled(Found(Path(path), text=text, shown=shown))


def _check_names(option: str, given: Iterable[str], known: Mapping[str, None]) -> None:
    """Refuse names that no document of either side has among its sources."""
    for name in given:
        if name not in known:
            help = suggest(name, known, noun="there are")
            raise SideError(f"{option} {name}=…: no document has a source {quoted(name)}{f'; {help}' if help else ''}")


# What OLD and NEW name


def _places(disk: Snapshots, old: str, new: str | None) -> tuple[Place, Place]:
    """What both name; a revision alone is all of it, or, beside a path, the same path."""
    first = _place(disk, old)
    if new is None:
        second = _of_working_tree(disk, first)
    else:
        gone = Place(new, "absent", Path(new))
        try:
            second = _place(disk, new)
        except SideError:
            is_there = os.path.lexists(new)
            if is_there or first.kind != "all" or _same_path(first, gone).kind not in ("file", "folder"):
                raise
            second = gone
    first, second = _same_path(first, second), _same_path(second, first)
    missing = [place for place in (first, second) if place.kind == "absent"]
    if len(missing) == 2 or (missing and not _are_same(first, second)):
        raise SideError(f"there is no {' and no '.join(dict.fromkeys(map(_nothing_at, missing)))}")
    return first, second


def _place(disk: Snapshots, text: str) -> Place:
    """What exists as a path is a path; else what has a colon after a revision is of that revision; else a revision."""
    path = Path(text)
    if os.path.lexists(text) and not _is_of_git(path):
        if path.is_dir():
            return Place(text, "folder", path)
        return Place(text, "file", path, text=_text(path, text))
    if not text:
        raise SideError("an empty name is no file and no revision")
    try:
        split = split_name(text)
        tree = disk.tree(split[0] if split else text)
    except SideError as error:
        raise SideError(f"there is no file {quoted(text)}, and no revision of that name: {error}") from None
    if tree is None:
        what = unknown_revision(disk.git, split[0] if split else text)
        raise SideError(f"there is no file {quoted(text)}, and {what}")
    if split is None or text == ":":
        return Place(text if split is None else "the index", "all", tree.current, tree)
    return _in_tree(tree, _inner(tree, text, split[1]))


def _is_of_git(path: Path) -> bool:
    """Whether a path is a file of git's own, such as HEAD in the folder of a bare repository."""
    folder = path.parent
    return path.is_file() and (folder / "HEAD").is_file() and all((folder / n).is_dir() for n in ("objects", "refs"))


def _inner(tree: Tree, text: str, path: str) -> Path:
    """The path of REV:PATH in the tree: from its top, or with `./` or `../` from the working folder."""
    if path.startswith("/"):
        raise SideError(f"{text}: write the path relative to the top of the repository")
    is_relative = path in (".", "..") or path.startswith(("./", "../"))
    normal = posixpath.normpath(posixpath.join(tree.git.prefix if is_relative else "", path))
    if normal == ".." or normal.startswith("../") or "\0" in path:
        raise SideError(f"{text}: this path is outside the repository")
    return tree.root / normal


def _in_tree(tree: Tree, path: Path) -> Place:
    """What a path of a revision is."""
    label, found = shown_path(path), tree.find(path)
    if found is None and tree.is_of_submodule(path):
        raise SideError(f"{label} is in a submodule, which is a repository of its own: compare it there")
    if found is None:
        return Place(label, "absent", path, tree)
    if found.item.is_folder:
        return Place(label, "folder", path, tree)
    return Place(label, "file", path, tree, _checked(tree.content(found), label))


def _text(path: Path, label: str) -> bytes:
    try:
        return _checked(path.read_bytes(), label)
    except OSError as error:
        raise SideError(f"cannot read {label}: {error.strerror or type(error).__name__}") from None


def _checked(data: bytes, label: str) -> bytes:
    """The content of a file that is text; git looks as far for a NUL."""
    if b"\0" in data[:8000]:
        raise SideError(f"{label} is a binary file, or its text is not encoded in UTF-8")
    return data


def _of_working_tree(disk: Snapshots, old: Place) -> Place:
    """What a place of a revision is in the working tree."""
    if old.tree is None:
        shown = shown_path(old.path)
        raise SideError(f"{shown} is compared with nothing: name both sides, or a revision: arazzoc diff HEAD {shown}")
    top = old.tree.git.top
    if top is None:
        raise SideError(f"this repository has no working tree: name what {old.label} is compared with")
    if old.kind == "all":
        return Place("the working tree", "all", disk.folder)
    path = Path(os.path.relpath(top / old.path.relative_to(old.tree.root)))
    if not os.path.lexists(path):
        return Place("the working tree", "absent", path)
    return _place(disk, str(path))


def _same_path(place: Place, other: Place) -> Place:
    """A revision alone, beside a path in its repository: that path."""
    if place.kind != "all" or place.tree is None or other.kind == "all":
        return place
    tree = place.tree
    path = tree.counterpart(other.path) if other.tree is None else tree.root / other.path.relative_to(other.tree.root)
    if path is None:
        return place
    return _in_tree(tree, path)


def _are_same(first: Place, second: Place) -> bool:
    """Whether two places are one path, of two revisions or of one and the working tree."""
    tree = first.tree or second.tree
    if tree is None or tree.git.top is None:
        return tree is not None and _path_in_tree(first) == _path_in_tree(second)
    paths = [
        each.path.relative_to(each.tree.root)
        if each.tree is not None
        else Path(os.path.relpath(os.path.abspath(each.path), tree.git.top))
        for each in (first, second)
    ]
    return paths[0] == paths[1]


def _path_in_tree(place: Place) -> Path | None:
    return place.path.relative_to(place.tree.root) if place.tree is not None else None


def _nothing_at(place: Place) -> str:
    """A path that leads to nothing, with what may have been meant."""
    shown = shown_path(place.path)
    if place.tree is None:
        return shown
    here = place.tree.current / place.path.relative_to(place.tree.root)
    is_here = here != place.path and place.tree.find(here) is not None
    revision = place.tree.revision
    inner = here.relative_to(place.tree.current).as_posix()
    hint = f"; did you mean {revision}:./{inner}?" if is_here else ""
    return f"{shown}{hint}"


# Which documents are pairs


def _paired(
    places: tuple[Place, Place], old: Mapping[str, Found], new: Mapping[str, Found]
) -> list[tuple[str, str, str]]:
    """The name of each pair, and those by which the sides know it, '' where one has it not."""
    first, second = places
    empty = [place for place, found in zip(places, (old, new), strict=True) if not found and place.kind != "absent"]
    if (not old and not new) or any(place.tree is None and place.kind == "folder" for place in empty):
        told = " nor in ".join(dict.fromkeys(_where(place) for place in empty or places))
        raise SideError(f"there is no Arazzo document in {told}")
    if len(old) == len(new) == 1:
        (before,), (after,) = old, new
        return [(after, before, after)]
    if "file" in (first.kind, second.kind) and old and new:
        is_old = first.kind == "file"
        (name,) = old if is_old else new
        other = _like(name, new if is_old else old, second if is_old else first)
        return [(other, name, other) if is_old else (name, other, name)]
    return [(name, name if name in old else "", name if name in new else "") for name in sorted({*old, *new})]


def _with_moves(names: list[tuple[str, str, str]], moves: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The pairs, in which documents are with their new names."""
    came = {now: was for was, now in moves.items()}
    return [
        (name, before or came.get(after, ""), after) for name, before, after in names if after or before not in moves
    ]


def _where(place: Place) -> str:
    return shown_path(place.path) if place.kind != "all" or place.tree is not None else place.label


def _like(name: str, documents: Mapping[str, Found], folder: Place) -> str:
    """The document of a folder that is called like a file."""
    alike = [other for other in documents if posixpath.basename(other) == name]
    if name in alike or len(alike) == 1:
        return name if name in alike else alike[0]
    what = f"{len(alike) or 'none'} of them {'are' if len(alike) > 1 else 'is'} called {name}"
    raise SideError(f"there are {len(documents)} documents in {_where(folder)}, and {what}: name one of them")


def _unconfigured(
    disk: Snapshots, places: tuple[Place, Place], old: Mapping[str, Found], new: Mapping[str, Found]
) -> set[str]:
    """The documents that were found on a side without configuration only, and are not told to be added or removed.

    The other side has them, but configures them not: a first configuration removes no document. Or git ignores them.
    """
    skipped: set[str] = set()
    for found, others, place in ((old, new, places[1]), (new, old, places[0])):
        lone = [name for name, each in found.items() if name not in others and each.config is None]
        if any(each.config is not None for each in others.values()):
            skipped.update(name for name in lone if disk.has(place.path / name, place.path))
        if lone and found is new and places[1].tree is None:
            skipped |= disk.git.ignored(lone)
    return skipped


class _Side:
    """Finds and compiles the documents of one side. `known` gets the names of all sources."""

    def __init__(
        self,
        disk: Snapshots,
        tree: Tree | None,
        sources: Mapping[str, Path] | None = None,
        old_sources: Mapping[str, Path] | None = None,
        ref_folders: tuple[Path, ...] = (),
        options: Values | None = None,
        known: dict[str, None] | None = None,
    ) -> None:
        self.disk, self.tree = disk, tree
        self.known = known if known is not None else {}
        self.identities: dict[str, Path] = {}
        own = {name: self._own(path) for name, path in (sources or {}).items()}
        own |= {name: self._named(path) for name, path in (old_sources or {}).items()}
        folders = tuple(self._folder(path) for path in ref_folders)
        given = {**(options or {}), "sources": own, **({"allow_refs": folders} if folders else {})}
        self.project = Project(disk, tree, given)

    def _own(self, path: Path) -> Path:
        """A file that was named for both sides: that of this side's revision, if that has it."""
        inner = self.tree.counterpart(path) if self.tree is not None else None
        return inner if inner is not None and self.disk.has(inner, inner) else self._named(path)

    def _named(self, path: Path) -> Path:
        """A file that was named: it is there, or it is of a revision."""
        split = split_name(str(path))
        if split is None or os.path.lexists(path):
            return path
        place = _place(self.disk, str(path))
        if place.kind != "file":
            raise SideError(f"there is no file {path}")
        return place.path

    def _folder(self, path: Path) -> Path:
        inner = self.tree.counterpart(path) if self.tree is not None else None
        return inner if inner is not None else path

    def documents(self, place: Place, *, has_revision: bool) -> dict[str, Found]:
        """The documents of a place, by their names in it. Beside a revision, those of submodules do not count, as it
        has none of their files.
        """
        if place.kind == "absent":
            return {}
        if place.kind == "file":
            return {place.path.name: Found(place.path, text=place.text)}
        if place.kind == "all":
            modules = self.project.modules(place.path)
            if modules:
                return {_relative(path, place.path): Found(path, config) for path, config in modules.items()}
        folder = place.path if place.kind == "all" else None
        if place.tree is None:
            names = (n for n in documents_below(place.path) if not (has_revision and _is_of_submodule(place.path, n)))
            return {name: Found(place.path / name, folder=folder) for name in sorted(names)}
        found = (path for path in place.tree.below(place.path) if is_document(path, place.tree.beginning))
        return {_relative(path, place.path): Found(path, folder=folder) for path in found if place.tree.has(path)}

    def identify(self, paths: Iterable[Path]) -> None:
        """Know the documents by their `$self`, so that each can be a source of the others."""
        library = Library(Report(), disk=self.disk)
        for path in (several := list(paths)):
            if len(several) > 1:
                library.identify(path)
        self.identities = library.identities

    def traits(self, found: Found, stays: bool) -> Traits:
        """What tells a document that the other side has not."""
        source = Library(Report(), disk=self.disk).source(found.path, shown_path(found.path))
        making = self.making(found, found.config or Config())
        modules = tuple(module.target for module in making.modules) if making.is_configured else ()
        return Traits(modules, source.tree if source is not None else None, stays)

    def making(self, found: Found, config: Config) -> Making:
        """The modules that are made of a document; without a configuration, that with its name where all is made."""
        made = self.project.making(found.path, config)
        if made.is_configured or found.folder is None:
            return made
        module = Made(f"{module_name(found.path.name)[0]}.py", config)
        return Making(config, (module,), str(found.folder))

    def compiled(self, found: Found | None) -> Document | None:
        """Compile a document as far as it can be."""
        if found is None:
            return None
        path = found.path
        shown = found.shown or shown_path(path)
        if self.tree is not None:
            self.tree.has(path)
        config = found.config or self.project.config(path)
        report = Report(strict=config.strict)
        library = Library(report, config.ref_folders, self.project.pinned(path), disk=self.disk)
        library.identities.update(self.identities)
        if found.text is not None:
            library.files[path.resolve()] = self.disk.parsed(found.text, shown, report)
        compiled = compile_parts(path, config, library)
        self.known.update(library.names)
        if compiled is None:
            return Document(shown, None, None, report, self.making(found, config))
        # What a module says about its document is the same, whatever revision that is of.
        program = replace(compiled.program, file=path.name)
        return Document(shown, compiled.resolved, program, report, self.making(found, config))


def _is_of_submodule(folder: Path, name: str) -> bool:
    """Whether a file below a folder is one of another repository below that."""
    inner = Path(name).parents[:-1]
    return any(os.path.lexists(folder / each / ".git") for each in inner)


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
