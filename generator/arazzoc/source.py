"""Text to tree: YAML 1.2 and JSON files are read into plain dicts, lists and scalars.

The tree holds no positions. A `Location` (source and JSON Pointer) identifies a node, and the table that turns it
into a line and column (positions.py) is built when the first diagnostic asks for one: a run without diagnostics
does not pay for positions.
"""

from __future__ import annotations

import codecs
import gc
import os
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from arazzoc import rules
from arazzoc.diagnostics import Report, Rule, Span
from arazzoc.yaml_events import yaml_events

if TYPE_CHECKING:
    from arazzoc.positions import Positions

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Pointer: TypeAlias = tuple[str | int, ...]

LARGE, FEW = 200_000, 3
MANY_FILES = 10_000
MAX_DEPTH = 200
MAX_ALIASED_NODES = 1_000_000
KEEP_ONE = "keep one of the two"
REMOVE_TAG = "remove the tag: JSON has no such type"
QUOTE_KEY = "write the key as a string"
JSON_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


class Source:
    """A file that was read: its tree, and the positions of its nodes in the text."""

    def __init__(self, path: str, data: bytes, tree: Json, *, is_json: bool) -> None:
        self.path = path
        self.data = data
        self.tree = tree
        self.is_json = is_json
        self._positions: Positions | None = None
        self._looks = 0

    @property
    def root(self) -> Location:
        return Location(self, ())

    @property
    def text(self) -> str:
        """The text, decoded on demand: decoded text may take four times the memory of the bytes."""
        return self.data.decode("utf-8-sig")

    def positions_to(self, pointer: Pointer) -> Positions:
        """The positions of the nodes on the way to one. As a rule few nodes of a large text are asked for, so its whole
        table, which is slow to build, is left for later.
        """
        if self._positions is not None or self.is_json or len(self.data) < LARGE or self._looks == FEW:
            return self.positions
        from arazzoc.positions import yaml_positions

        self._looks += 1
        return yaml_positions(self.path, self.text, pointer)

    @property
    def positions(self) -> Positions:
        """The positions of all nodes."""
        if self._positions is None:
            from arazzoc.positions import json_positions, yaml_positions

            build = json_positions if self.is_json else yaml_positions
            self._positions = build(self.path, self.text)
        return self._positions


class Location(NamedTuple):
    """A node of a source, identified by the unescaped reference tokens of its JSON Pointer (RFC 6901)."""

    source: Source
    pointer: Pointer = ()

    def __truediv__(self, token: str | int) -> Location:
        return Location(self.source, (*self.pointer, token))

    def span(self) -> Span:
        return self.source.positions_to(self.pointer).value(self.pointer)

    @property
    def value(self) -> Json:
        """The value there; None where nothing is."""
        value: Json = self.source.tree
        for token in self.pointer:
            if isinstance(value, dict):
                value = value.get(str(token))
            else:
                value = value[token] if isinstance(value, list) and isinstance(token, int) else None
        return value

    def texts(self) -> Iterator[tuple[str, Location]]:
        """Yield the strings in the value there, each with its place."""
        pending: list[tuple[Json, Location]] = [(self.value, self)]
        while pending:
            item, place = pending.pop(0)
            if isinstance(item, str):
                yield item, place
            elif isinstance(item, list):
                pending += [(inner, place / index) for index, inner in enumerate(item)]
            elif isinstance(item, dict):
                pending += [(inner, place / key) for key, inner in item.items()]

    @property
    def key(self) -> KeyLocation:
        return KeyLocation(self)

    def find(self, text: str) -> Location | PartLocation:
        """Return the location of a text in this string, or of the whole where it is not written there like that."""
        value = self.value
        start = value.find(text) if isinstance(value, str) and text else -1
        return self.part(start, len(text)) if start >= 0 else self

    def part(self, offset: int, length: int = 1) -> PartLocation:
        """Return the location of some characters of this string."""
        return PartLocation(self, offset, length)


class KeyLocation(NamedTuple):
    """The key of a member (not its value)."""

    member: Location

    def span(self) -> Span:
        return self.member.source.positions_to(self.member.pointer).key(self.member.pointer)


class PartLocation(NamedTuple):
    """Some characters of a string value; quotes, escapes and folded lines of the text are taken into account."""

    string: Location
    offset: int
    length: int

    def span(self) -> Span:
        text = self.string.value
        if not isinstance(text, str):
            return self.string.span()  # a field that is missing
        positions = self.string.source.positions_to(self.string.pointer)
        return positions.part(self.string.pointer, text, self.offset, self.length)


class Refused(Exception):
    """A text is not a document; the caller turns this into a diagnostic."""

    def __init__(self, rule: Rule, message: str, line: int, column: int, help: str | None = None) -> None:
        super().__init__(message)
        self.rule, self.message, self.line, self.column, self.help = rule, message, line, column, help


def read(path: Path, shown: str, report: Report) -> Source | None:
    """Read a YAML or JSON file. Return None, with a diagnostic, if it cannot be read or parsed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        report.add(rules.UNREADABLE, Span(shown), f"cannot read {shown}: {reason}")
        return None
    return parse(data, shown, report)


def parse(data: bytes, shown: str, report: Report) -> Source | None:
    """Parse the bytes of a YAML or JSON document. Return None, with a diagnostic, if they are not one."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.add(
            rules.NOT_UTF8,
            Span(shown, line),
            f"byte {error.start} of the file is not UTF-8",
            help="save the file as UTF-8",
        )
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    is_json = data.lstrip()[:1] in (b"{", b"[")
    try:
        with garbage_collector_off():
            if is_json:
                try:
                    return Source(shown, data, json_tree(data.decode()), is_json=True)
                except Refused as error:
                    # `{` also opens a YAML flow mapping, but a file named *.json must be JSON.
                    if shown.endswith(".json") or error.rule is not rules.SYNTAX:
                        raise
            return Source(shown, data, yaml_tree(data), is_json=False)
    except Refused as error:
        lines = data.decode().splitlines()
        source_line = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
        span = Span(shown, error.line, error.column, 1, source_line)
        report.add(error.rule, span, error.message, help=error.help)
        return None


@contextmanager
def garbage_collector_off() -> Generator[None, None, None]:
    """Turn the garbage collector off: it would walk the growing tree, which holds no cycles, again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# JSON


def json_tree(text: str) -> Json:
    """Build the tree of a JSON text (RFC 8259).

    Raises:
        Refused: the text is not JSON, has a duplicate member, or is nested too deeply.
    """
    import json

    twice: list[str] = []

    def members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        result = dict(pairs)
        if len(result) != len(pairs):
            seen = Counter(name for name, _ in pairs)
            twice.append(next(name for name in result if seen[name] > 1))
        return result

    def constant(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        tree: Json = json.loads(text, object_pairs_hook=members, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise Refused(rules.SYNTAX, f"not JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise Refused(rules.TOO_LARGE, "the document is nested too deeply", 1, 1) from None
    except ValueError as error:
        raise Refused(rules.SYNTAX, f"not JSON: {str(error)[:60]}", 1, 1) from None
    if twice:
        from arazzoc.positions import json_positions

        line, column = json_positions("", text, duplicate=twice[0]).duplicate
        raise Refused(rules.DUPLICATE_KEY, f"the object has the member {twice[0]!r} twice", line, column, KEEP_ONE)
    if depth(tree) > MAX_DEPTH:
        raise Refused(rules.TOO_LARGE, f"the document is nested more than {MAX_DEPTH} levels deep", 1, 1)
    return tree


def depth(tree: Json) -> int:
    """Return how deeply the tree is nested."""
    level, nodes = 0, [tree]
    while nodes:
        children: list[Json] = []
        for node in nodes:
            if isinstance(node, dict):
                children.extend(node.values())
            elif isinstance(node, list):
                children.extend(node)
        level, nodes = level + 1, children
    return level


# YAML

# YAML 1.2, section 10.3.2, Core Schema (AMB-53): `yes`, `010`, `1:30` and dates are not special.
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)"
    r"|0o(?P<oct>[0-7]+)"
    r"|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MAY_BE_NUMBER = frozenset("+-.0123456789")


def scalar(text: str) -> Json:
    """Return the value of a plain scalar under the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BE_NUMBER:
        return text
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > 4000:
        return text
    if match["int"]:
        return int(text)
    if match["oct"]:
        return int(match["oct"], 8)
    if match["hex"]:
        return int(match["hex"], 16)
    return float(text)


def yaml_tree(text: str | bytes) -> Json:
    """Build the tree of a YAML 1.2 text.

    Raises:
        Refused: the text is not YAML, or is something that JSON cannot express.
    """
    try:
        return _build(yaml_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "not YAML"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        whole = text if isinstance(text, str) else text.decode()
        here = whole.splitlines()[line - 1 : line]
        is_tab = bool(here) and here[0][column - 1 : column] == "\t"
        help = _YAML_HELPS.get(problem)
        help = "indent with spaces: YAML does not allow tabs here" if is_tab else help
        raise Refused(rules.SYNTAX, f"not YAML: {problem}", line, column, help) from None
    except yaml.YAMLError as error:
        raise Refused(rules.SYNTAX, f"not YAML: {error}".splitlines()[0], 1, 1) from None


_YAML_HELPS = {
    "mapping values are not allowed in this context": "write a text that has ': ' in it in quotes",
    "did not find expected key": "indent this line as those beside it are",
    "did not find expected '-' indicator": "indent this line as those beside it are",
    "found character that cannot start any token": "write a text that begins with this character in quotes",
}


def _build(next_event: Callable[[], Any]) -> Json:
    """Build the tree from parser events, in one loop without recursion.

    Keys are kept as they are spelled (`200:` is the key "200"): JSON has only string keys.
    """
    next_event()  # the stream starts
    event = next_event()  # the document starts, if there is one
    if type(event).__name__ == "StreamEndEvent":
        raise Refused(rules.EMPTY, "the file is empty", 1, 1, "write an Arazzo or OpenAPI document")
    root: list[Json] = []
    container: Any = root
    in_mapping = False
    key: str | None = None
    stack: list[tuple[Any, bool, str | None, str | None, int]] = []
    anchors: dict[str, tuple[Json, int]] = {}
    open_anchors: set[str] = set()
    scalars: dict[str, Json] = {}
    nodes = 0

    while True:
        event = next_event()
        kind = event.__class__
        value: Any
        if kind is ScalarEvent:
            value = event.value
            if in_mapping and key is None:
                if value in container:
                    raise _refused(rules.DUPLICATE_KEY, event, f"the mapping has the key {value!r} twice", KEEP_ONE)
                key = value
                if event.anchor:
                    anchors[event.anchor] = (value, 1)
                continue
            nodes += 1
            if event.implicit[0]:
                try:
                    value = scalars[value]
                except KeyError:
                    value = scalars[value] = scalar(value)
            elif event.tag is not None:
                value = _tagged(event, value)
            if event.anchor:
                anchors[event.anchor] = (value, 1)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if in_mapping and key is None:
                raise _refused(rules.SYNTAX, event, "this key is not a string", QUOTE_KEY)
            if event.tag is not None and event.tag not in JSON_TAGS:
                raise _refused(rules.TAG, event, f"the tag {event.tag} is not allowed", REMOVE_TAG)
            stack.append((container, in_mapping, key, event.anchor, nodes))
            if len(stack) > MAX_DEPTH:
                raise _refused(rules.TOO_LARGE, event, f"the document is nested more than {MAX_DEPTH} levels deep")
            if event.anchor:
                open_anchors.add(event.anchor)
            nodes += 1
            in_mapping, key = kind is MappingStartEvent, None
            container = {} if in_mapping else []
            continue
        elif isinstance(event, CollectionEndEvent):
            value = container
            container, in_mapping, key, anchor, start = stack.pop()
            if anchor:
                anchors[anchor] = (value, nodes - start)
                open_anchors.discard(anchor)
        elif kind is AliasEvent:
            if event.anchor in open_anchors:
                raise _refused(rules.TOO_LARGE, event, f"the alias *{event.anchor} is inside the node that it names")
            if event.anchor not in anchors:
                raise _refused(rules.SYNTAX, event, f"not YAML: no anchor &{event.anchor} precedes this alias")
            value, size = anchors[event.anchor]
            nodes += size
            if nodes > MAX_ALIASED_NODES:
                raise _refused(rules.TOO_LARGE, event, "the aliases expand to more than a million nodes")
            if in_mapping and key is None:
                if not isinstance(value, str):
                    raise _refused(rules.SYNTAX, event, "this key is not a string", QUOTE_KEY)
                key = value
                continue
        else:  # the document ends
            break
        if in_mapping:
            container[key] = value
            key = None
        else:
            container.append(value)

    following = next_event()
    if type(following).__name__ != "StreamEndEvent":
        raise _refused(rules.SYNTAX, following, "a second YAML document begins here", "keep one document per file")
    return root[0]


def _tagged(event: Any, value: str) -> Json:
    """Return the value of a scalar with an explicit tag, such as `!!str 5`; quoted scalars have the tag `!`."""
    if event.tag in ("!", "tag:yaml.org,2002:str"):
        return value
    if event.tag not in JSON_TAGS:
        raise _refused(rules.TAG, event, f"the tag {event.tag} is not allowed", REMOVE_TAG)
    return scalar(value)


def _refused(rule: Rule, event: Any, message: str, help: str | None = None) -> Refused:
    mark = event.start_mark
    return Refused(rule, message, mark.line + 1, mark.column + 1, help)


# Files nearby


class Entry(NamedTuple):
    """What a folder holds: a file, or a folder that can be gone into."""

    path: Path
    is_file: bool
    is_folder: bool


def entries_of(folder: Path) -> list[Entry]:
    """What a folder holds, sorted, and of a very large one a part of it; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            names = sorted(islice(found, MANY_FILES), key=lambda entry: entry.name)
            # a link that leads nowhere is an error for the entry, and none for os.path
            kinds = [(e.path, os.path.isfile(e) if e.is_symlink() else e.is_file(), e) for e in names]
            return [Entry(Path(path), is_file, e.is_dir(follow_symlinks=False)) for path, is_file, e in kinds]
    except OSError:
        return []


def find_nearby(
    name: str, folder: Path, limit: int = 3, entries: Callable[[Path], list[Entry]] = entries_of
) -> list[Path]:
    """Find files of that name in the folders around `folder`, to suggest in a help line; not among too many files."""
    found: list[Path] = []
    pending = [folder.resolve(), folder.resolve().parent]
    seen, visited, count = set(pending), 0, 0
    while pending and visited < 500 and count < MANY_FILES and len(found) < limit:
        visited += 1
        for path, is_file, is_folder in entries(pending.pop(0)):
            count += 1
            if path.name == name and is_file:
                found.append(path)
            elif is_folder and path not in seen and path.name[0] != "." and path.name != "node_modules":
                seen.add(path)
                pending.append(path)
    return found[:limit]
