"""Source descriptions to documents: their files are found, read once per run, and their kinds recognised."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from arazzoc import rules
from arazzoc.arazzo.model import Document, SourceDescription
from arazzoc.diagnostics import Report, quoted, suggest
from arazzoc.expressions.runtime import ROOTS, root_of
from arazzoc.openapi.document import OpenApi, Refusal
from arazzoc.paths import shown_path
from arazzoc.source import Json, Location, Source, find_nearby, parse, read


class Disk:
    """Where the files of a run are. What is in no folder, such as a revision of git, is read in another way."""

    def has(self, path: Path, origin: Path) -> bool:
        """Whether there is a file, which the file `origin` names; a file that the user names is its own origin."""
        return os.path.isfile(path)  # whatever is wrong with the name

    def nearby(self, name: str, folder: Path) -> list[Path]:
        return find_nearby(name, folder)

    def read(self, path: Path, shown: str, report: Report) -> Source | None:
        return read(path, shown, report)


DISK = Disk()


class Library(Struct):
    """The files of one run; each is read once, even if several documents name it.

    A `$ref` may name files in the folder of the document that it is in, and in `ref_folders`. `fetch` gives the file
    that stands for the document of a source at a URL, if the network may be asked, and its content where it is not
    written yet. `used` are the files that were looked at, on the `disk`.
    `names` are those of all sources; `overrides` those of `--source`, with the document that lacks it, None where one
    has it. `missing` are the files that were looked for, and are not there.
    """

    report: Report
    ref_folders: tuple[Path, ...] = ()
    fetch: Callable[[str, str], tuple[Path, bytes | None] | Refusal] | None = None
    files: dict[Path, Source | None] = field(default_factory=dict[Path, "Source | None"])
    documents: dict[Path, OpenApi] = field(default_factory=dict[Path, OpenApi])
    identities: dict[str, Path] = field(default_factory=dict[str, Path])
    names: dict[str, None] = field(default_factory=dict[str, None])
    overrides: dict[str, Location | None] = field(default_factory=dict[str, "Location | None"])
    used: dict[Path, None] = field(default_factory=dict[Path, None])
    missing: dict[Path, None] = field(default_factory=dict[Path, None])
    disk: Disk = DISK

    def for_module(self, ref_folders: tuple[Path, ...]) -> Library:
        """Return a library that reads no file again, and knows which files one module was made from."""
        return replace(self, ref_folders=ref_folders, documents={}, used={})

    def content(self, path: Path) -> bytes | None:
        """The bytes of a file as they were read; None where they could not be."""
        source = self.files.get(path.resolve())
        return source.data if source is not None else None

    def identify(self, path: Path) -> None:
        """Know an Arazzo document by its `$self`, so that sources can name it so (Arazzo 1.1.0, Identity)."""
        source = self.source(path, shown_path(path))
        text = source.tree.get("$self") if source is not None and isinstance(source.tree, dict) else None
        if isinstance(text, str):
            self.identities.setdefault(base_uri(path, text), path)

    def source(self, path: Path, shown: str) -> Source | None:
        key = path.resolve()
        self.used[Path(os.path.abspath(path))] = None  # a link that leads elsewhere is another file
        if key not in self.files:
            self.files[key] = self.disk.read(path, shown, self.report)
        return self.files[key]

    def fetched(self, name: str, url: str) -> Path | Refusal | None:
        """The file that stands for a document of the network; None where that may not be asked."""
        found = self.fetch(name, url) if self.fetch is not None else None
        if found is None or isinstance(found, Refusal):
            return found
        path, content = found
        if content is not None and path.resolve() not in self.files:
            self.files[path.resolve()] = parse(content, shown_path(path), self.report)
        return path

    def report_overrides(self, names: Iterable[str]) -> None:
        """Report the names of `--source` that no document has."""
        for name in names:
            at = self.overrides.get(name)
            if at is not None:
                message = f"--source {name}=…: no document has a source {quoted(name)}"
                help = suggest(name, self.names, noun="there are")
                self.report.add(rules.UNKNOWN_SOURCE, at, message, help=help)

    def openapi(self, path: Path, folder: Path | None = None) -> OpenApi | None:
        """Return the document in a file; its references may not leave `folder`, by default the one it is in."""
        key = path.resolve()
        self.used[Path(os.path.abspath(path))] = None
        if key not in self.documents:
            source = self.source(path, shown_path(path))
            if source is None:
                return None
            if document_kind(source.tree) == "swagger":
                from arazzoc.openapi.swagger import upgraded

                source = upgraded(source)
            self.documents[key] = OpenApi(source, self.report, path, folder or key.parent, self)
        return self.documents[key]

    def referenced(self, origin: OpenApi, file: str) -> OpenApi | Refusal:
        """Return the document that a `$ref` of `origin` names, if it may be read."""
        assert origin.path is not None and origin.folder is not None
        path = origin.path.parent / unquote(urlsplit(file).path)
        is_there = self.disk.has(path, origin.path)
        try:
            target = path.resolve()
        except (ValueError, OSError):  # no name: a NUL, half of a surrogate pair, too long
            return Refusal(f"{quoted(file)} is not the name of a file")
        if not any(target.is_relative_to(folder.resolve()) for folder in (origin.folder, *self.ref_folders)):
            outside = f"{quoted(file)} is outside {shown_path(origin.folder)} and is not read"
            return Refusal(outside, f"pass --allow-refs {shown_path(target.parent)}", is_there=True)
        if not is_there:
            self.missing[path] = None
            return Refusal(f"{quoted(file)} not found (looked at {shown_path(path)})")
        return self.openapi(path, origin.folder) or Refusal(f"{quoted(file)} cannot be read", is_there=True)


class Sources:
    """The source descriptions of one Arazzo document; a file is read when a step first needs it.

    `prefix` is '' for the document that is compiled. A document that is its source `name` has the prefix `name.`, so
    that `--source name.source=PATH` overrides the sources of that document. `unread` are the sources that were needed,
    and have no document that can be read, with their prefixes; those of documents that are sources are among them.
    """

    def __init__(self, document: Document, path: Path, overrides: Mapping[str, Path], library: Library) -> None:
        self.document, self.path, self.overrides, self.library = document, path, overrides, library
        self.prefix = ""
        self.descriptions = {d.name: d for d in document.sources}
        self._loaded: dict[str, OpenApi | None] = {}
        self._program_names: dict[OpenApi, str] = {}
        self.unread: dict[str, Location] = {}

    def inner(self, name: str, document: Document, path: Path) -> Sources:
        """Return the sources of an Arazzo document that is itself a source."""
        overrides = {k.removeprefix(f"{name}."): v for k, v in self.overrides.items() if k.startswith(f"{name}.")}
        inner = Sources(document, path, overrides, self.library)
        inner.prefix, inner._program_names = f"{self.prefix}{name}.", self._program_names
        inner.unread = self.unread
        return inner

    @property
    def loaded(self) -> dict[str, OpenApi]:
        """The OpenAPI documents that were read, by the names of their sources."""
        return {name: document for name, document in self._loaded.items() if document is not None}

    def openapi_names(self) -> list[str]:
        """The names of the sources that can have operations, in document order."""
        likely = [d.name for d in self.document.sources if d.type not in ("arazzo", "asyncapi")]
        return list(dict.fromkeys(likely or [d.name for d in self.document.sources]))

    def arazzo_names(self) -> list[str]:
        """The names of the sources that can have workflows, in document order."""
        return [d.name for d in self.document.sources if d.type in ("arazzo", None)]

    def program_name(self, name: str, document: OpenApi) -> str:
        """Return the name of a source in the program: the first name under which its document was read."""
        known = self._program_names.setdefault(document, self.prefix + name)
        return known if self.prefix else name

    def arazzo(self, name: str) -> Path | None:
        """Return the file of a source that is an Arazzo document; None, with a diagnostic, if there is none."""
        description = self.descriptions[name]
        path = self._locate(description)
        source = self.library.source(path, shown_path(path)) if path is not None else None
        if path is None or source is None:
            return None
        kind = document_kind(source.tree)
        if kind != "arazzo":
            self.library.report.add(
                rules.SOURCE_KIND,
                description.at / "url",
                f"source {quoted(name)}: {shown_path(path)} is {_KINDS.get(kind, 'an OpenAPI document')}",
                help="name an Arazzo document: only these have workflows",
            )
            return None
        return path

    def openapi(self, name: str) -> OpenApi | None:
        """Return the OpenAPI document of that name; None, with one diagnostic, if there is none."""
        if name not in self._loaded:
            self._loaded[name] = self._load(self.descriptions[name])
            if self._loaded[name] is None:
                self.lacks(name)
        return self._loaded[name]

    def lacks(self, name: str) -> None:
        """Note that the document of a source cannot be read."""
        self.unread.setdefault(self.prefix + name, self.descriptions[name].at)

    def _load(self, description: SourceDescription) -> OpenApi | None:
        path = self._locate(description)
        if path is None:
            return None
        document = self.library.openapi(path)
        if document is None:
            return None
        kind = document_kind(document.source.tree)
        if kind not in ("openapi", "swagger"):
            self.library.report.add(
                rules.SOURCE_KIND,
                description.at / "url",
                f"source {quoted(description.name)}: {shown_path(path)} is {_KINDS[kind]}",
                help="name an OpenAPI document: only these have operations",
            )
            return None
        if description.type not in (None, "openapi"):
            self.library.report.add(
                rules.SOURCE_MISMATCH,
                description.at / "type",
                f"source {quoted(description.name)} is declared as {description.type} but is an OpenAPI document",
                help="write openapi",
            )
        return document

    def _locate(self, description: SourceDescription) -> Path | None:
        """Find the file of a source description (Arazzo 1.1.0, Establishing the Base URI)."""
        report, name, url = self.library.report, description.name, description.url
        at = description.at / "url"
        if name in self.overrides:
            path = self.overrides[name]
            if not self.library.disk.has(path, path):
                self.library.missing[path] = None
                shown_name = shown_path(path) if path.is_absolute() else path
                report.add(
                    rules.SOURCE_NOT_FOUND, at, f"source {quoted(name)}: no file {shown_name} (given by --source)"
                )
                return None
            return path
        known = self.library.identities.get(urljoin(base_uri(self.path, self.document.self_uri), url))
        if known is not None:
            return known
        parts = urlsplit(beside(self.document.self_uri, url))
        if parts.netloc or parts.scheme not in ("", "file"):
            fetched = self.library.fetched(name, parts.geturl())
            if isinstance(fetched, Path):
                return fetched
            if fetched is None:
                option = f"--source {self.prefix}{name}=PATH"
                ways = (
                    "pass --allow-remote: it is downloaded, and pinned in arazzoc.lock",
                    f"download it, and pass {option}",
                )
                fetched = Refusal("arazzoc does not read from the network", "\n".join(ways))
            what = f"source {quoted(name)} is at {quoted(url)}: {fetched.message}"
            report.add(rules.SOURCE_REMOTE, at, what, help=fetched.help)
            return None
        if parts.scheme == "file" or unquote(parts.path).startswith(("/", "\\")):
            report.add(
                rules.SOURCE_REMOTE,
                at,
                f"source {quoted(name)} is at {quoted(url)}: arazzoc does not read from absolute paths",
                help=f"pass --source {self.prefix}{name}=PATH",
            )
            return None
        path = self.path.parent / unquote(parts.path)
        if self.document.self_uri:
            path = Path(os.path.normpath(path))  # the folders of `$self` need not exist
        if self.library.disk.has(path, self.path):
            return path
        self.library.missing[path] = None
        found = self.library.disk.nearby(path.name, self.path.parent)
        shown = [shown_path(f) for f in found]
        tail = f"; found {', '.join(shown)}" if shown else ""
        help = f"pass --source {self.prefix}{name}={shown[0] if shown else 'PATH'}"
        if "\\" in url and self.library.disk.has(self.path.parent / url.replace("\\", "/"), self.path):
            help = f"write {url.replace(chr(92), '/')}"
        elif root_of(url) in ROOTS:
            help = "a url cannot be an expression"
        report.add(
            rules.SOURCE_NOT_FOUND,
            at,
            f"source {quoted(name)}: {quoted(url)} not found (looked at {shown_path(path)}){tail}",
            help=help,
        )
        return None

    def check_overrides(self) -> None:
        """Note which `--source` options name sources that the document has."""
        self.library.names.update((f"{self.prefix}{name}", None) for name in self.descriptions)
        for name in self.overrides:
            full = f"{self.prefix}{name}"
            if name in self.descriptions:
                self.library.overrides[full] = None
            elif name.partition(".")[0] not in self.arazzo_names():  # else that document knows
                self.library.overrides.setdefault(full, self.document.at / "sourceDescriptions")


def base_uri(path: Path, self_uri: str | None) -> str:
    """Return the identity of a document and the base of its references: `$self`, resolved against its place (AMB-70).

    Arazzo 1.1.0, Establishing the Base URI.
    """
    return urldefrag(urljoin(path.resolve().as_uri(), self_uri or ""))[0]


def beside(self_uri: str | None, url: str) -> str:
    """Return a reference as seen from the place of the document that makes it, whose base is its `$self` (AMB-70).

    Where that is on the network, a relative reference leads to the same place beside the document.
    """
    own, parts = urlsplit(self_uri or ""), urlsplit(url)
    if self_uri is None or parts.scheme or parts.netloc or own.scheme not in ("", "http", "https"):
        return url
    folder = posixpath.dirname(own.path)
    if own.netloc:
        target = urlsplit(urljoin(self_uri, url)).path
        return posixpath.relpath(target, folder or "/")
    return url if parts.path.startswith("/") else posixpath.join(folder, url)


_KINDS = {
    "arazzo": "an Arazzo document",
    "asyncapi": "an AsyncAPI document",
    "other": "not an OpenAPI document: it has no field 'openapi'",
}


def document_kind(tree: Json) -> str:
    """Return the kind of a document: openapi, swagger, arazzo, asyncapi or other."""
    if isinstance(tree, dict):
        for kind in ("openapi", "swagger", "arazzo", "asyncapi"):
            if kind in tree:
                return kind
    return "other"
