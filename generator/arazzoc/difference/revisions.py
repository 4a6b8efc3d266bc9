"""The files of a revision of git: read through one process of `git cat-file`, each when it is looked at.

Nothing is checked out, and nothing is written into the repository: a file that is read is put into a temporary folder,
which stands for the top of the revision's tree, so that paths lead from file to file as they do on a disk.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from arazzoc.diagnostics import Report, printable, quoted
from arazzoc.paths import forget_folder, name_folder
from arazzoc.source import Entry, Source, find_nearby, parse, read
from arazzoc.sources import Disk

INDEX = ""
"""The revision of `:PATH`, which is the index; `:2` is that of `:2:PATH`, where a conflict has that side."""

_FOLDER, _LINK, _SUBMODULE, _CONFLICT = b"40000", b"120000", b"160000", b"conflict"
_STAGES = (":1", ":2", ":3")
_MAX_LINKS = 40
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_SETTINGS = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # what a partial clone lacks is not fetched
    "GIT_ALLOW_PROTOCOL": "none",  # the same, before git 2.45
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def _environment() -> dict[str, str]:
    return {**os.environ, **_SETTINGS}


class SideError(Exception):
    """Why a side cannot be read, in one line."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class Item(NamedTuple):
    """What a folder of a revision holds under a name."""

    mode: bytes
    object: str

    @property
    def is_folder(self) -> bool:
        return self.mode == _FOLDER


class Found(NamedTuple):
    """Where a path leads in a tree: links are followed; `folders` and `links` are those on the way."""

    parts: tuple[str, ...]
    item: Item
    folders: tuple[tuple[str, ...], ...]
    links: Mapping[tuple[str, ...], str]


class Git:
    """The repository around a folder; `top` is its working folder, None where it is bare, `prefix` the way down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        said = self.run("rev-parse", "--is-inside-work-tree", "--show-prefix", "--show-cdup").decode().split("\n")
        is_inside = said[0] == "true"
        self.prefix = said[1].rstrip("/") if is_inside else ""
        self.top = Path(os.path.normpath(folder / said[2])) if is_inside else None
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        self._listings: dict[str, dict[str, Item]] = {}

    def run(self, *arguments: str) -> bytes:
        """What a command of git prints.

        Raises:
            SideError: git is not installed, or refuses.
        """
        try:
            command = ["git", *_SAFE, *arguments]
            done = subprocess.run(command, cwd=self.folder, env=_environment(), capture_output=True, check=False)
        except FileNotFoundError:
            raise SideError("git is not installed, and revisions are read through it") from None
        if done.returncode:
            raise SideError(_first_line(done.stderr))
        return done.stdout

    def ask(self, name: str) -> tuple[str, bytes] | None:
        """The id and the content of an object; None where git knows none of that name."""
        if "\n" in name or "\0" in name:
            return None
        if self._process is None:
            self._process = subprocess.Popen(
                ["git", *_SAFE, "cat-file", "--batch"],
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None and answers is not None
        try:
            given.write(os.fsencode(name) + b"\n")
            given.flush()
        except OSError:
            raise self._ended() from None
        words = answers.readline().split()
        if not words:
            raise self._ended()
        if len(words) != 3 or not words[2].isdigit():  # it is missing, or ambiguous
            return None
        size = int(words[2])
        content = answers.read(size + 1)
        if len(content) <= size:
            raise self._ended()
        return words[0].decode(), content[:size]

    def _ended(self) -> SideError:
        self._errors.seek(0)
        return SideError(f"git cat-file has ended: {_first_line(self._errors.read())}")

    def listing(self, folder: str) -> dict[str, Item]:
        """What the folder holds whose object that is."""
        if folder not in self._listings:
            answer = self.ask(folder)
            self._listings[folder] = dict(_items(answer[1], len(folder) // 2)) if answer is not None else {}
        return self._listings[folder]

    def tree_of(self, revision: str) -> str | None:
        """The tree of a revision, or of the index; None where git knows no such revision."""
        if revision in (INDEX, *_STAGES):
            return self._index(revision.removeprefix(":") or "0")
        if revision.startswith("-"):
            return None
        answer = self.ask(f"{revision}^{{tree}}")
        return answer[0] if answer is not None else None

    def _index(self, stage: str) -> str:
        """The tree of the index, whose folders are no objects. Of a file with a conflict it has that stage: 1 is what
        both sides had, 2 is ours, 3 theirs; for 0, which has none of these, it says that there is a conflict.
        """
        whole = f"index {stage}"
        if whole in self._listings:
            return whole
        self._listings[whole] = {}
        if self.top is None:
            return whole
        for entry in self.run("-C", str(self.top), "ls-files", "-s", "-z").split(b"\0")[:-1]:
            about, _, name = entry.partition(b"\t")
            mode, object_id, own = about.decode().split(" ")
            *folders, last = os.fsdecode(name).split("/")
            if own not in ("0", stage) and stage != "0":
                continue
            at = whole
            for folder in folders:
                inner = f"{at}/{folder}"
                if inner not in self._listings:
                    self._listings[inner] = {}
                    self._listings[at][folder] = Item(_FOLDER, inner)
                at = inner
            self._listings[at][last] = Item(mode.encode() if own in ("0", stage) else _CONFLICT, object_id)
        return whole

    def ignored(self, names: Iterable[str]) -> set[str]:
        """Which of these files of the working folder git ignores."""
        given = b"\0".join(map(os.fsencode, names))
        command = ["git", *_SAFE, "check-ignore", "-z", "--stdin"]
        done = subprocess.run(
            command, cwd=self.folder, env=_environment(), input=given, capture_output=True, check=False
        )
        return set(map(os.fsdecode, done.stdout.split(b"\0")[:-1]))

    @property
    def is_shallow(self) -> bool:
        return self.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def close(self) -> None:
        """End the process of git."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process.wait()
        self._errors.close()


def _items(tree: bytes, width: int) -> Iterator[tuple[str, Item]]:
    """The entries of a tree object, whose ids have so many bytes."""
    at = 0
    while at < len(tree):
        space, end = tree.index(b" ", at), tree.index(b"\0", at)
        name = os.fsdecode(tree[space + 1 : end])
        if name not in (".", "..") and "/" not in name:
            yield name, Item(tree[at:space], tree[end + 1 : end + 1 + width].hex())
        at = end + 1 + width


def _first_line(said: bytes) -> str:
    lines = os.fsdecode(said).strip().splitlines()
    return re.sub(r"^(fatal|error): ", "", lines[0]) if lines else "git does not say why"


class Tree:
    """The files of one revision. `root` is the folder that stands for its top."""

    def __init__(self, git: Git, revision: str, folder: str, outer: Path) -> None:
        self.git, self.revision, self.folder, self.outer = git, revision, folder, outer
        # As deep as the repository, so that a path which leaves it by `..` does not leave the temporary folder.
        place = git.top or git.folder
        self.root = outer.joinpath(*place.parts[1:])
        self.current = self.root / git.prefix
        self._filled: set[tuple[str, ...]] = set()
        name_folder(outer, self.root, f"{revision}:")

    def find(self, path: Path) -> Found | None:
        """Where a path leads, over the links on its way; None where it leads to nothing, or out of the tree."""
        if not path.is_relative_to(self.root):
            return None
        done: list[Item] = [Item(_FOLDER, self.folder)]
        names: list[str] = []
        folders: list[tuple[str, ...]] = [()]
        links: dict[tuple[str, ...], str] = {}
        pending, hops = deque(path.relative_to(self.root).parts), 0
        while pending:
            name = pending.popleft()
            if not done[-1].is_folder or (name == ".." and not names):
                return None
            if name in ("", "."):
                continue
            if name == "..":
                done.pop()
                names.pop()
                continue
            item = self.git.listing(done[-1].object).get(name)
            if item is None or item.mode == _SUBMODULE:
                return None
            if item.mode == _LINK:
                answer = self.git.ask(item.object)
                target = os.fsdecode(answer[1]) if answer is not None else "/"
                hops += 1
                if target.startswith("/") or not target or "\0" in target or hops > _MAX_LINKS:
                    return None
                links[(*names, name)] = target
                pending.extendleft(reversed(target.split("/")))
                continue
            names.append(name)
            done.append(item)
            if item.is_folder:
                folders.append(tuple(names))
        return Found(tuple(names), done[-1], tuple(folders), links)

    def is_of_submodule(self, path: Path) -> bool:
        """Whether a path leads into a submodule, whose files are those of another repository."""
        folder = self.folder
        for name in path.relative_to(self.root).parts:
            item = self.git.listing(folder).get(name)
            if item is None or not item.is_folder:
                return item is not None and item.mode == _SUBMODULE
            folder = item.object
        return False

    def has(self, path: Path, *, is_read: bool = True) -> bool:
        """Whether there is a file; if so, it is put into the folder, with the links that lead to it.

        One that is not to be read may have a conflict.
        """
        found = self.find(path)
        if found is None or found.item.is_folder:
            return False
        target = self.root.joinpath(*found.parts)
        for folder in found.folders:
            self.root.joinpath(*folder).mkdir(parents=True, exist_ok=True)
        for link, to in found.links.items():
            if link not in self._filled:
                self.root.joinpath(*link).symlink_to(to)
                self._filled.add(link)
        if found.parts not in self._filled:
            target.write_bytes(b"" if found.item.mode == _CONFLICT and not is_read else self.content(found))
            self._filled.update({found.parts} if is_read else ())
        return True

    def content(self, found: Found) -> bytes:
        if found.item.mode == _CONFLICT:
            name = "/".join(found.parts)
            raise SideError(f":{name} has a conflict: resolve it, or name one of its sides, :2:{name} or :3:{name}")
        return self._object(found.item)

    def _object(self, item: Item) -> bytes:
        answer = self.git.ask(item.object)
        if answer is None:
            raise SideError(f"this clone lacks the object {item.object[:12]} of {self.revision or 'the index'}")
        return answer[1]

    def is_folder(self, path: Path) -> bool:
        found = self.find(path)
        return found is not None and found.item.is_folder

    def beginning(self, path: Path) -> bytes:
        """The content of a file, which is not put into the folder."""
        found = self.find(path)
        return self._object(found.item) if found is not None and not found.item.is_folder else b""

    def entries(self, folder: Path) -> list[Entry]:
        """What a folder holds, sorted; nothing where there is none."""
        found = self.find(folder)
        if found is None or not found.item.is_folder:
            return []
        items = sorted(self.git.listing(found.item.object).items())
        return [Entry(folder / name, self._is_file(folder / name, item), item.is_folder) for name, item in items]

    def _is_file(self, path: Path, item: Item) -> bool:
        """Whether an entry is a file, or a link that leads to one."""
        if item.mode != _LINK:
            return not item.is_folder and item.mode != _SUBMODULE
        target = self.find(path)
        return target is not None and not target.item.is_folder

    def below(self, folder: Path, skipped: tuple[str, ...] = ("node_modules", "__pycache__")) -> Iterator[Path]:
        """The files in a folder and below, but for folders that are hidden or hold what others made."""
        for path, is_file, is_folder in self.entries(folder):
            if is_file:
                yield path
            elif is_folder and path.name[0] != "." and path.name not in skipped:
                yield from self.below(path, skipped)

    def counterpart(self, path: Path) -> Path | None:
        """What a path of the working folder is in this tree; None where it is outside of the repository."""
        if self.git.top is None:
            return None
        for absolute in (os.path.abspath(path), os.path.realpath(path)):
            if Path(absolute).is_relative_to(self.git.top):
                return self.root / Path(absolute).relative_to(self.git.top)
        return None


class Snapshots(Disk):
    """The disk of a comparison: the real files, and those of revisions, which a path of their trees leads to.

    What has the same bytes is parsed once. The temporary folder is removed when nothing needs it any more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trees: dict[str, Tree] = {}
        self._known: dict[tuple[bytes, bool], Source] = {}
        self._git: Git | None = None

    @property
    def git(self) -> Git:
        """The repository around the working folder.

        Raises:
            SideError: there is none.
        """
        if self._git is None:
            self._git = Git(self.folder)
            self._base = Path(os.path.realpath(tempfile.mkdtemp(prefix="arazzoc-diff-")))
            weakref.finalize(self, _remove, self._git, self._base)
        return self._git

    def tree(self, revision: str) -> Tree | None:
        """The tree of a revision; None where git knows no such revision."""
        if revision not in self.trees:
            folder = self.git.tree_of(revision)
            if folder is None:
                return None
            self.trees[revision] = Tree(self.git, revision, folder, self._base / str(len(self.trees)))
        return self.trees[revision]

    def ends_of(self, text: str) -> tuple[str, str] | None:
        """The revisions that a range compares, as `git diff` reads it: A and B of `A..B`, and of `A...B` the commit
        that both have come from, and B. None where it is no range of commits.

        Raises:
            SideError: one of its ends does not exist, or they have no commit in common.
        """
        found = _RANGE.fullmatch(text)
        try:
            if found is None or self.git.tree_of(text) is not None:
                return None
        except SideError:
            return None
        ends = [found[1] or "HEAD", found[3] or "HEAD"]
        ids: list[str] = []
        for end in ends:
            commit = None if end.startswith("-") else self.git.ask(f"{end}^{{commit}}")
            if commit is None:
                raise SideError(f"{quoted(text)} is a range, and {unknown_revision(self.git, end)}")
            ids.append(commit[0])
        if found[2] == "...":
            try:
                ends[0] = self.git.run("merge-base", *ids).decode().strip()[:10]
            except SideError:
                raise SideError(f"{quoted(text)} is a range, and its ends have no commit in common") from None
        return ends[0], ends[1]

    def tree_at(self, path: Path) -> Tree | None:
        """The tree that a path is in."""
        return next((tree for tree in self.trees.values() if path.is_relative_to(tree.root)), None)

    def has(self, path: Path, origin: Path) -> bool:
        """Whether there is a file. A file of a revision names files of that revision only."""
        tree = self.tree_at(origin)
        return tree.has(path) if tree is not None else super().has(path, origin)

    def nearby(self, name: str, folder: Path) -> list[Path]:
        tree = self.tree_at(folder)
        return super().nearby(name, folder) if tree is None else find_nearby(name, folder, entries=tree.entries)

    def read(self, path: Path, shown: str, report: Report) -> Source | None:
        self.has(path, path)
        try:
            data = path.read_bytes()
        except OSError:
            return read(path, shown, report)
        return self.parsed(data, shown, report)

    def parsed(self, data: bytes, shown: str, report: Report) -> Source | None:
        """Parse the bytes of a document, if no file had the same."""
        key = (data, shown.endswith(".json"))
        known = self._known.get(key)
        if known is not None:
            return Source(shown, known.data, known.tree, is_json=known.is_json)
        source = parse(data, shown, report)
        if source is not None:
            self._known[key] = source
        return source


def _remove(git: Git, base: Path) -> None:
    git.close()
    for folder in base.iterdir():
        forget_folder(folder)
    shutil.rmtree(base, ignore_errors=True)


def split_name(text: str) -> tuple[str, str] | None:
    """The revision and the path of `REV:PATH`: what is before and after the first colon that is in no braces.

    Of `:2:PATH`, which git has for the sides of a conflict, the revision is `:2`.
    """
    stage = text[:2]
    if text[2:3] == ":" and (stage in _STAGES or stage == ":0"):
        return stage if stage in _STAGES else INDEX, text[3:]
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == ":" and depth == 0:
            return text[:at], text[at + 1 :]
    return None


_RANGE = re.compile(r"([^:]*?)(\.\.\.?)([^./:][^:]*|)")


def unknown_revision(git: Git, revision: str) -> str:
    """Say that git does not know a revision, with what may help."""
    found = _RANGE.fullmatch(revision)
    if found and all(not end.startswith("-") and git.tree_of(end or "HEAD") for end in (found[1], found[3])):
        return f"{quoted(revision)} is a range, which stands alone: arazzoc diff {revision}"
    tail = " (this clone is shallow: git fetch --unshallow)" if git.is_shallow else ""
    return f"git knows no revision {quoted(revision)}{tail}"
