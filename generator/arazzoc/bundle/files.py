"""The files of a bundle: the stage as a whole, and the check that they compile to the same module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from arazzoc.bundle.cut import cut
from arazzoc.bundle.marks import Marks
from arazzoc.bundle.places import places, reference, source_url
from arazzoc.bundle.reach import Part, Reach
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.pipeline import generate_file, resolve_file
from arazzoc.resolve import Resolved, ResolvedWorkflow
from arazzoc.source import Location, Pointer
from arazzoc.sources import Library, Sources
from arazzoc.targets import OperationTarget


class BundledFile(Struct, frozen=True):
    """A file of a bundle: its place in the folder, its text, the file that it is of, and how large that is.

    Without `is_original` the text could not be cut, and was written anew.
    """

    place: str
    text: str
    origin: Path
    size_before: int
    is_original: bool

    @property
    def size(self) -> int:
        return len(self.text.encode())


class Bundle(Struct, frozen=True):
    """The files of a bundle, the workflow first; the module that it compiles to; the sources that no step uses."""

    files: tuple[BundledFile, ...]
    module: str
    unused: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def difference(self) -> str:
        """Why the bundle compiles to another module."""
        fault = "a bundle of this document would compile to another module, and is not written"
        if not self.moved:
            return f"{fault}: please report this"
        return f"{fault}: {', '.join(self.moved)} must have another url, which the workflow reads as a value"


def bundle_file(path: Path, config: Config, library: Library) -> Bundle | None:
    """Bundle an Arazzo document; None, with diagnostics, where it does not compile."""
    output = generate_file(path, config, library)
    if output is None:
        return None
    again = Library(Report(), library.ref_folders, library.fetch, library.files)  # no finding is told twice
    resolved = resolve_file(path, config, again)
    assert resolved is not None
    reach = Reach(again)
    uses = list(_reached(resolved, reach))
    reach.follow()
    marks = _with_anchors(reach)
    root = reach.parts[path.resolve()]
    urls = {target: sources.descriptions[name].url for sources, name, target in uses if not sources.prefix}
    found = places(root, reach.parts, urls)
    changed = {key: _links(part, found) for key, part in reach.parts.items()}
    moved: list[str] = []
    for sources, name, target in uses:
        description = sources.descriptions[name]
        url = source_url(description.url, sources, target, found, again)
        if url != description.url:
            changed[sources.path.resolve()][(*description.at.pointer, "url")] = url
            moved.append(f"source {sources.prefix}{name}")
    files = [_file(part, marks.get(key), changed[key], found[key]) for key, part in reach.parts.items()]
    used = {(sources.prefix, name) for sources, name, _ in uses}
    names = [(s.prefix, name) for s in _sources(resolved.workflows) for name in s.descriptions]
    unused = tuple(prefix + name for prefix, name in names if (prefix, name) not in used)
    return Bundle(tuple(files), output.text, unused, tuple(moved))


def compiles_to(folder: Path, name: str, module: str, config: Config) -> bool:
    """Whether the workflow in a folder compiles to this module, by the same options but for those that name files."""
    own = replace(config, sources={}, ref_folders=())
    output = generate_file(folder / name, own, Library(Report(strict=config.strict)))
    return output is not None and output.text == module


def _sources(workflows: tuple[ResolvedWorkflow, ...]) -> list[Sources]:
    return list({workflow.sources.path.resolve(): workflow.sources for workflow in workflows}.values())


def _reached(resolved: Resolved, reach: Reach) -> Iterator[tuple[Sources, str, Path]]:
    """Reach all that the workflows name; yield the sources that were read, each with its name and its file."""
    for workflow in resolved.workflows:
        reach.arazzo(workflow.own)
        for step in workflow.steps:
            if isinstance(step.target, OperationTarget):
                reach.operation(step.target.operation)
    flows = {sources.path.resolve() for sources in _sources(resolved.workflows)}
    for sources in _sources(resolved.workflows):
        for name, document in sources.loaded.items():
            assert document.path is not None
            reach.document(document)
            yield sources, name, document.path.resolve()
        for name in sources.arazzo_names():
            path = sources.arazzo(name) if name not in sources.loaded else None
            if path is not None and path.resolve() in flows:
                yield sources, name, path.resolve()


def _with_anchors(reach: Reach) -> dict[Path, Marks]:
    """Keep what aliases stand for: the text is cut, and an alias needs its anchor, both of them whole."""
    marks: dict[Path, Marks] = {}
    while True:
        count = sum(len(part.kept) for part in reach.parts.values())
        for key, part in list(reach.parts.items()):
            if () in part.kept:
                continue
            if key not in marks:
                marks[key] = Marks(part.source)
            own = marks[key]
            for pointer in list(part.kept):
                alias = own.alias_on(pointer)
                if alias is not None:
                    reach.keep(part, alias)
            for alias, anchor in own.aliases.items():
                if part.keeps(alias):
                    reach.keep(part, anchor)
        reach.follow()
        if count == sum(len(part.kept) for part in reach.parts.values()):
            return marks


def _links(part: Part, found: Mapping[Path, str]) -> dict[Pointer, str]:
    """Return the references of a file to others that must change."""
    changed: dict[Pointer, str] = {}
    place = found[part.path.resolve()]
    for pointer, link in part.links.items():
        text = _text(part, pointer)
        new = reference(text, link.fragment, place, found[link.target])
        if new != text:
            changed[pointer] = new
    return changed


def _text(part: Part, pointer: Pointer) -> str:
    text = Location(part.source, pointer).value
    assert isinstance(text, str)
    return text


def _file(part: Part, marks: Marks | None, changed: Mapping[Pointer, str], place: str) -> BundledFile:
    tree = part.sliced()
    size = len(part.source.data)
    if tree is part.source.tree and not changed:
        return BundledFile(place, part.source.data.decode(), part.path, size, True)
    result = cut(part.source, marks or Marks(part.source), tree, changed)
    return BundledFile(place, result.text, part.path, size, result.is_original)
