"""Whether both sides of `arazzoc diff` are the same, found from bytes alone.

Like project/quick.py it is the first thing that the command does, and imports next to nothing: neither yaml nor
subprocess. It says so only where nothing that a compilation could read differs; all else is left to those who read,
but for one thing: whether two sides with the same bytes compile is not asked.
"""

from __future__ import annotations

import os

from arazzoc.project.quick import CONFIGURATIONS, LOCK, current_files, find_configuration, locked_files

MOST_FILES = 200


def are_same(folder: str, old: str, new: str | None) -> bool:
    """Whether both sides are known to be the same; `folder` is the working folder."""
    if new is None:
        return not os.path.lexists(os.path.join(folder, old)) and _is_unchanged_since(folder, old)
    paths = [os.path.normpath(os.path.join(folder, side)) for side in (old, new)]
    return all(map(os.path.exists, paths)) and _have_same_files(paths)


def _is_unchanged_since(folder: str, revision: str) -> bool:
    """Whether a project is as in a revision: its modules are those of its documents, and git knows no change of these
    nor of anything else that could be a document.
    """
    if revision.startswith(("-", ":")) or ":" in revision or current_files(folder) is None:
        return False
    root = os.path.dirname(find_configuration(folder))
    read = locked_files(root)
    if root != folder or not read or any(os.path.isabs(name) or name.startswith("../") for name in read):
        return False
    patterns = [LOCK, *CONFIGURATIONS, *("*.yml", "*.yaml", "*.json", "*.YML", "*.YAML", "*.JSON"), *read]
    compared = ["diff", "--quiet", "--no-ext-diff", "--no-textconv", "--ignore-submodules", revision, "--", *patterns]
    return _git(folder, ["ls-files", "--error-unmatch", "--", LOCK, *read]) == 0 == _git(folder, compared)


def _git(folder: str, arguments: list[str]) -> int:
    """The exit status of git, which writes nothing."""
    if not hasattr(os, "posix_spawnp"):
        return -1
    command = ["git", "-C", folder, "-c", "core.fsmonitor=false", *arguments]
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "0"}
    try:
        process = os.posix_spawnp("git", command, environment, file_actions=quiet)
    except OSError:
        return -1
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _have_same_files(paths: list[str]) -> bool:
    """Whether two files, or two folders, are the same with all that is beside them, and lead to no other files."""
    are_files = [os.path.isfile(path) for path in paths]
    tops = [os.path.dirname(path) if is_file else path for path, is_file in zip(paths, are_files, strict=True)]
    if are_files[0] != are_files[1] or any(_is_configured(top) for top in tops):
        return False
    names: list[list[str]] = []
    for top in tops:
        found = _names_below(top)
        if found is None:
            return False
        names.append(found)
    if names[0] != names[1]:
        return False
    if not names[0]:
        return False
    is_document, may_leave = False, _lead_to_the_same(tops)
    for name in names[0]:
        contents = [_content(os.path.join(top, name)) for top in tops]
        if contents[0] is None or contents[0] != contents[1]:
            return False
        if not may_leave and _may_lead_out(contents[0]):
            return False
        is_document = is_document or b"arazzo" in contents[0]
        if b"\0" in contents[0]:
            return False
    return is_document and (not are_files[0] or _content(paths[0]) == _content(paths[1]))


def _lead_to_the_same(tops: list[str]) -> bool:
    """Whether paths that leave two folders lead to the same files: both stand in one folder, linked or not."""
    above = {os.path.dirname(top) for top in tops}, {os.path.dirname(os.path.realpath(top)) for top in tops}
    return all(len(found) == 1 for found in above)


_BLANKS = bytes(range(33)) + b"\x7f"
"""Blanks and control characters: URLs are read without some of them, wherever they stand (urllib.parse)."""


def _may_lead_out(content: bytes) -> bool:
    """Whether there can be a path that leaves its folder: two dots, or an escape that can stand for them."""
    return b"%" in content or b"\\" in content or b".." in content.translate(None, _BLANKS)


def _is_configured(top: str) -> bool:
    """Whether a configuration or a lock file may say how a folder is read."""
    if find_configuration(top):
        return True
    while not os.path.exists(os.path.join(top, LOCK)):
        above = os.path.dirname(top)
        if above == top:
            return False
        top = above
    return True


def _names_below(top: str) -> list[str] | None:
    """The files below a folder, hidden ones, too; None where there are too many, or one is a link."""
    found: list[str] = []
    for at, folders, files in os.walk(top):
        inside = [os.path.join(at, name) for name in (*folders, *files)]
        if len(found) + len(inside) > MOST_FILES or any(map(os.path.islink, inside)):
            return None
        found += [os.path.relpath(os.path.join(at, name), top) for name in files]
    return sorted(found)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
