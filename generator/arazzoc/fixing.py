"""`--fix`: findings with one right rewrite, written into the text of their document; all else in it stays as it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from arazzoc.bundle.marks import Marks
from arazzoc.diagnostics import Diagnostic, Fix, Report, Severity
from arazzoc.ir import flow_fingerprint
from arazzoc.pipeline import compile_file
from arazzoc.positions import aligned
from arazzoc.project.plan import Module
from arazzoc.silencing import DocumentSilences
from arazzoc.source import Json, KeyLocation, Location, PartLocation, Pointer, Source, parse
from arazzoc.sources import Library

MOST_ROUNDS = 10
"""A fix may make another one possible: so often, at most, are documents looked at anew."""


class Outcome(Struct, frozen=True):
    """What a compilation gave: the fingerprints of the flows, none where there are errors, and the findings."""

    flows: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def keys(self) -> list[tuple[str, str]]:
        return [_about(diagnostic) for diagnostic in self.diagnostics]


def _about(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.rule.code, diagnostic.message


Compile: TypeAlias = Callable[[Source], Outcome]
"""Compiles a document, which stands for the file that it was read from."""


def outcome_of(module: Module, library: Library, report: Report) -> Compile:
    """What compiles a document in place of that of a module, with the other files as they are."""

    def compile(source: Source) -> Outcome:
        own = Report(report.strict, report.levels, DocumentSilences())
        files = {**library.files, module.document.resolve(): source}
        compiled = compile_file(module.document, module.config, replace(library, report=own, files=files, documents={}))
        flows = tuple(map(flow_fingerprint, compiled.workflows)) if compiled is not None else ()
        return Outcome(flows, tuple(own.sorted()))

    return compile


class Fixed(Struct, frozen=True):
    """A document with its fixes: the new source, and how many there are."""

    source: Source
    count: int


def fix_document(source: Source, compile: Compile, *, takes_guesses: bool = False) -> Fixed:
    """Fix what can be fixed in a document. A fix is made only if the document compiles to the same flow afterwards, or,
    where it does not compile, if its finding is gone and no other came. With `takes_guesses`, names that are nearly
    right are fixed, too.
    """
    refused: set[tuple[Pointer, str]] = set()
    count = 0
    outcome = compile(source)
    for _ in range(MOST_ROUNDS):
        fixes = [f for f in _fixes(source, outcome.diagnostics, takes_guesses=takes_guesses) if _key(f) not in refused]
        if not fixes:
            break
        together = _tried(source, fixes, outcome, compile)
        if together is not None:
            source, outcome, count = *together, count + len(fixes)
            continue
        for fix in fixes[:1]:  # one by one: others may be in other places then
            alone = _tried(source, [fix], outcome, compile)
            if alone is None:
                refused.add(_key(fix))
            else:
                source, outcome, count = *alone, count + 1
    return Fixed(source, count)


def _key(fix: Fix) -> tuple[Pointer, str]:
    return _node(fix).pointer, fix.text


def _node(fix: Fix) -> Location:
    match fix.at:
        case PartLocation(string=string):
            return string
        case KeyLocation(member=member):
            return member
        case Location():
            return fix.at
        case _:
            raise TypeError(fix.at)


def _fixes(source: Source, diagnostics: Iterable[Diagnostic], *, takes_guesses: bool) -> list[Fix]:
    """The fixes of a document, at most one of each string: that of all of it before those of parts."""
    found: dict[Pointer, Fix] = {}
    known = (d.fix for d in diagnostics if d.fix is not None and (takes_guesses or not d.fix.is_guess))
    for fix in known:
        node = _node(fix)
        if node.source is source and (node.pointer not in found or fix.at is node):
            found[node.pointer] = fix
    return list(found.values())


def _tried(source: Source, fixes: list[Fix], before: Outcome, compile: Compile) -> tuple[Source, Outcome] | None:
    """The document with some fixes, if that is right."""
    changed = _changed(source, fixes)
    if changed is None:
        return None
    after = compile(changed)
    if after.flows != before.flows:
        is_mended = not before.flows and any(f.is_guess for f in fixes)
        if not is_mended:
            return None
    left = Counter(before.keys)
    left.subtract(after.keys)
    came = {key for key, number in left.items() if number < 0}
    if not before.flows:  # what could not be looked at before may have findings of its own
        came &= {_about(d) for d in after.diagnostics if d.severity is Severity.ERROR}
    return (changed, after) if not came and any(number > 0 for number in left.values()) else None


def _changed(source: Source, fixes: list[Fix]) -> Source | None:
    """The document with the fixes in its text; None where one cannot be written there."""
    marks = Marks(source)
    ordered = sorted(fixes, key=lambda fix: _start(marks, fix), reverse=True)
    for fix in ordered:
        written = next(_written(source, marks, fix), None)
        if written is None:
            return None
        source = written
    return source


def _start(marks: Marks, fix: Fix) -> int:
    span = marks.span(_node(fix).pointer)
    return span.start if span is not None else -1


def _written(source: Source, marks: Marks, fix: Fix) -> Iterator[Source]:
    """The document with one fix, in all the ways of writing it that give the tree that is meant."""
    node = _node(fix)
    span = marks.span(node.pointer)
    if span is None or span.alias:
        return
    text = source.text
    if isinstance(fix.at, KeyLocation):
        start, end, old, new = span.key, span.key_end, str(node.pointer[-1]), fix.text
        wanted = _with_key(source.tree, node.pointer, new)
    else:
        value = Location(source, node.pointer).value
        if not isinstance(value, str):
            return
        start, end, old, new = span.start, span.end, value, _new_value(fix, value)
        start += len(_PROPERTIES.findall(text[start:end])[0])
        wanted = source.tree
        for pointer in _same_places(marks, node.pointer):
            wanted = _with_value(wanted, pointer, new)
    raw, is_key = text[start:end], isinstance(fix.at, KeyLocation)
    tail = "" if is_key else raw[len(raw.rstrip()) :]
    for spelling in _spellings(raw.removesuffix(tail), old, new):
        data = f"{text[:start]}{spelling}{tail}{text[end:]}".encode()
        found = parse(data, source.path, Report())
        if found is not None and found.is_json == source.is_json and _is_same(found.tree, wanted):
            yield found


_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
"""The anchor and the tag of a node (YAML 1.2.2, section 6.9)."""


def _same_places(marks: Marks, pointer: Pointer) -> Iterator[Pointer]:
    """The pointers of a value, those through aliases included."""
    yield pointer
    for alias, anchor in marks.aliases.items():
        if pointer[: len(anchor)] == anchor:
            yield (*alias, *pointer[len(anchor) :])


def _new_value(fix: Fix, value: str) -> str:
    """A string with a fix in it. What stands in braces still does."""
    start, end = 0, len(value)
    if isinstance(fix.at, PartLocation):
        start, end = fix.at.offset, fix.at.offset + fix.at.length
    part, text = value[start:end], fix.text
    name = next((name for name in fix.names if part.count(name) == 1), "")
    if name:
        text = part.replace(name, text)
    elif part[:1] == "{" and part[-1:] == "}" and text[:1] == "$":
        text = f"{{{text}}}"
    return value[:start] + text + value[end:]


def _spellings(raw: str, old: str, new: str) -> Iterator[str]:
    """Ways to write a string in place of a scalar, the one that is most like it first."""
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    edited = _edited(raw, old, new, quote)
    if edited is not None:
        yield edited
    if quote or "\n" not in new:
        yield quote + _escaped(new, quote) + quote
    yield json.dumps(new, ensure_ascii=False)


def _edited(raw: str, old: str, new: str, quote: str) -> str | None:
    """A scalar in which only what differs is written anew; escapes stand as they are. None where that is unclear."""
    written, done = "", 0
    for word, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word == "equal":
            continue
        start, end = aligned(raw, old, i), aligned(raw, old, j)
        if start is None or end is None:
            return None
        if word == "insert" and i == len(old) and quote:
            start = end = len(raw) - 1
        written, done = written + raw[done:start] + _escaped(new[k:m], quote), end
    return written + raw[done:]


def _escaped(text: str, quote: str) -> str:
    if quote == '"':
        return json.dumps(text, ensure_ascii=False)[1:-1]
    return text.replace("'", "''") if quote == "'" else text


def _with_value(tree: Json, pointer: Pointer, new: Json) -> Json:
    """A tree with another value at a pointer."""
    if not pointer:
        return new
    token, rest = pointer[0], pointer[1:]
    if isinstance(tree, dict):
        return {key: _with_value(value, rest, new) if key == token else value for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_value(value, rest, new) if number == token else value for number, value in enumerate(tree)]
    return tree


def _with_key(tree: Json, pointer: Pointer, new: str) -> Json:
    """A tree in which a member has another name."""
    token, rest = pointer[0], pointer[1:]
    if isinstance(tree, dict):
        items = (
            (new, value) if key == token and not rest else (key, _with_key(value, rest, new) if key == token else value)
            for key, value in tree.items()
        )
        return dict(items)
    if isinstance(tree, list):
        return [_with_key(value, rest, new) if number == token else value for number, value in enumerate(tree)]
    return tree


def _is_same(one: Json, other: Json) -> bool:
    """Whether two trees are the same, in their order, too."""
    return json.dumps(one) == json.dumps(other)
