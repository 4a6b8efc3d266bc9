"""Where the files of a bundle are put, and what references to them say then.

A file in the folder of the workflow, or below, keeps its place. The others keep their places to each other: the folder
of an API outside is put where the url of its source leads, if that is a place in the bundle, else beside the workflow,
under its own name.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from arazzoc.bundle.reach import Part
from arazzoc.sources import Library, Sources, base_uri, beside


def places(root: Part, parts: Mapping[Path, Part], urls: Mapping[Path, str]) -> dict[Path, str]:
    """Return the place of each file, relative to that of the workflow; `urls` lead to sources."""
    found: dict[Path, str] = {}
    folders: dict[Path, str] = {}
    home = Path(os.path.abspath(root.path)).parent
    for key, part in parts.items():
        path = Path(os.path.abspath(part.path))
        if path.is_relative_to(home):
            found[key] = path.relative_to(home).as_posix()
    for key, url in urls.items():
        place = _led(url)
        folder = parts[key].document.folder
        if folder is None or folder != key.parent or key in found or folder in folders or place is None:
            continue
        if place.casefold() not in (p.casefold() for p in found.values()):
            found[key], folders[folder] = place, posixpath.dirname(place)
    for key, part in parts.items():
        if key in found:
            continue
        folder = part.document.folder
        if folder is None or not key.is_relative_to(folder):
            folder = key.parent
        if folder not in folders:
            used = [place.partition("/")[0] for place in found.values()] + list(folders.values())
            folders[folder] = _free(folder.name or "sources", used)
        place = posixpath.join(folders[folder], key.relative_to(folder).as_posix())
        found[key] = _free(place, found.values())
    _keep_below(parts, found)
    return found


def _keep_below(parts: Mapping[Path, Part], found: dict[Path, str]) -> None:
    """Put documents at the top whose references lead out of their folder, which is not allowed otherwise."""
    for key, part in parts.items():
        top = posixpath.dirname(found[key])
        if top and part.document.folder == key.parent:
            group = [other for other, each in parts.items() if each.document.folder == key.parent]
            if any(not found[other].startswith(f"{top}/") for other in group):
                del found[key]
                found[key] = _free(key.name, found.values())


def _free(place: str, used: Iterable[str]) -> str:
    """Return a place, with a number if another file has it, whatever the case of its letters."""
    taken = {other.casefold() for other in used}
    stem, suffix = posixpath.splitext(place)
    numbered = (f"{stem}-{number}{suffix}" for number in range(2, len(taken) + 3))
    return next(name for name in (place, *numbered) if name.casefold() not in taken)


def _led(url: str) -> str | None:
    """Return the place in the bundle to which a url leads; None if it leads elsewhere."""
    parts = urlsplit(url)
    place = posixpath.normpath(unquote(parts.path))
    inside = parts.path and not (parts.scheme or parts.netloc or place.startswith(("/", "..", "\\")))
    return place if inside and place != "." else None


def reference(text: str, fragment: str, origin: str, target: str) -> str:
    """Return a reference between files at these places: as it is, if it leads there."""
    path = unquote(urlsplit(text.partition("#")[0]).path)
    if posixpath.normpath(posixpath.join(posixpath.dirname(origin), path)) == target:
        return text
    return _relative(target, posixpath.dirname(origin)) + fragment


def source_url(url: str, sources: Sources, target: Path, found: Mapping[Path, str], library: Library) -> str:
    """Return the url of a source description: as it is, if it leads to the file (Arazzo 1.1.0, Base URI)."""
    place, own = found[sources.path.resolve()], sources.document.self_uri
    known = library.identities.get(urljoin(base_uri(sources.path, own), url))
    if known is not None and known.resolve() == target and urlsplit(urljoin(own or "", url)).scheme:
        return url
    folder = posixpath.dirname(place)
    parts = urlsplit(beside(own, url))
    here = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
    if not (parts.scheme or parts.netloc or parts.path.startswith("/")) and here == found[target]:
        return url
    base = urlsplit(own or "")
    if own is not None and not (base.scheme or base.netloc):
        folder = posixpath.join(folder, posixpath.dirname(base.path))
    return _relative(found[target], folder)


def _relative(target: str, folder: str) -> str:
    return quote(posixpath.relpath(target, folder or "."), safe="/~!$&'()*+,;=@")
