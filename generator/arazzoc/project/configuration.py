"""The configuration: `[tool.arazzoc]` of pyproject.toml, or arazzoc.toml, to options; every fault with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from arazzoc import rules
from arazzoc.diagnostics import Report, Span, quoted, suggest
from arazzoc.project.options import Values, WrongValue, options_of, value_of
from arazzoc.project.quick import CONFIGURATIONS, entry_digest, find_configuration, table_prefix


class Entry(NamedTuple):
    """One `[[tool.arazzoc.module]]`: its documents as they are written, its options, its line; `digest` changes with
    whatever configures it.
    """

    document: str
    options: Values
    line: int
    digest: str


class Configuration(NamedTuple):
    """What a file configures: the options of all modules, and the modules; of `arazzoc diff`, the severities of kinds,
    and under `fail-on` that from which it fails; and the levels of rules and groups of rules.
    """

    path: Path
    text: str
    options: Values
    entries: tuple[Entry, ...]
    diff: Mapping[str, str] = {}
    rules: Mapping[str, object] = {}

    @property
    def folder(self) -> Path:
        return self.path.parent

    def span(self, line: int) -> Span:
        return span_in(self.text, self.path, line)


def span_in(text: str, path: Path, line: int) -> Span:
    """A line of a file, as a place for a finding."""
    from arazzoc.paths import shown_path

    lines = text.split("\n")
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    column = len(shown) - len(shown.lstrip()) + 1
    return Span(shown_path(path), line, column, max(1, len(shown.strip())), shown)


def toml_string(text: str) -> str:
    """A basic string of TOML, which JSON's are, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def configuration_above(folder: Path) -> Path | None:
    """The file that configures arazzoc, in a folder or in one above it: one that is not TOML, too, to be reported."""
    import tomllib

    path = Path(find_configuration(str(folder)))
    while path.name:
        try:
            tree: Any = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except (OSError, ValueError):
            return path
        tool: Any = tree.get("tool", {})
        if path.name == CONFIGURATIONS[0] or (tool.__class__ is dict and "arazzoc" in tool):
            return path
        if path.parent == path.parent.parent:
            break
        path = Path(find_configuration(str(path.parent.parent)))
    return None


def read_configuration(path: Path, report: Report) -> Configuration | None:
    """Read a configuration; None, with diagnostics, where something in it is wrong."""
    import tomllib

    from arazzoc.paths import shown_path

    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not encoded in UTF-8"
        report.add(rules.CONFIGURATION, Span(shown_path(path)), f"cannot read {shown_path(path)}: {reason}")
        return None
    try:
        tree: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
        message, line = (found[1], int(found[2])) if found else (str(error), 1)
        report.add(rules.CONFIGURATION, span_in(text, path, line), f"this is not TOML: {message}")
        return None
    return _Reader(path, text, report).configuration(tree)


def report_sources(configuration: Configuration, names: Collection[str], report: Report) -> None:
    """Report the files of sources that are configured for all documents, and that none of them has."""
    lines = configuration.text.split("\n")
    for name in configuration.options.get("sources") or ():
        if name not in names:
            found = (n for n, line in enumerate(lines, 1) if line.strip().lstrip("\"'").startswith(name))
            what = f"no document has a source {quoted(name)}"
            at = configuration.span(next(found, 1))
            report.add(rules.CONFIGURATION, at, what, help=suggest(name, names, noun="there are"))


class _Reader:
    def __init__(self, path: Path, text: str, report: Report) -> None:
        self.path, self.text, self.report = path, text, report
        self.prefix = table_prefix(str(path))
        self.has_faults = False

    def configuration(self, tree: Any) -> Configuration | None:
        for key in self.prefix.split(".")[:-1]:
            tree = tree.get(key, {}) if tree.__class__ is dict else None
        if not isinstance(tree, dict):
            self.fault(f"{self.prefix[:-1]} is not a table", 1)
            return None
        given = dict(cast("dict[str, Any]", tree))
        modules: Any = given.pop("module", [])
        diff = self.diff(given.pop("diff", {}))
        levels = self.rules(given.get("rules", {}))
        options = {
            "output": self.path.parent,
            **self.options({k: v for k, v in given.items() if k != "rules"}, "project", 0),
        }
        entries: list[Entry] = []
        if modules.__class__ is not list or not all(module.__class__ is dict for module in modules):
            self.fault(f"'module' is an array of tables: write [[{self.prefix}module]]", self.line_of("module", 0))
            return None
        lines = self.module_lines()
        for number, module in enumerate(modules):
            line = lines[number] if number < len(lines) else 1
            found = self.options(module, "module", line)
            document = found.pop("document", None)
            if isinstance(document, str):
                entries.append(Entry(document, found, line, entry_digest(given, module)))
            elif "document" not in module:
                self.fault("the module has no 'document'", line, 'add document = "FILE.arazzo.yml"')
        if self.has_faults:
            return None
        return Configuration(self.path, self.text, options, tuple(entries), diff, levels)

    def diff(self, given: Any) -> dict[str, str]:
        """The table `diff`: the severity of each kind of change that has another one here, and `fail-on`."""
        if not given:
            return {}
        from arazzoc.difference.kinds import FAIL_ON, KINDS, Severity

        if given.__class__ is not dict:
            self.fault("'diff' is a table: the severity of each kind of change", self.line_of("diff", 0))
            return {}
        for key, value in given.items():
            known = FAIL_ON if key == "fail-on" else [severity.value for severity in Severity]
            if key not in KINDS and key != "fail-on":
                help = suggest(key, [*KINDS, "fail-on"], noun="docs/changes.md lists them")
                self.fault(f"there is no kind of change {quoted(key)}", self.line_of(key, 0), help)
            elif value not in known:
                words = f"{', '.join(known[:-1])} or {known[-1]}"
                self.fault(f"the value of {quoted(key)} is not {words}", self.line_of(key, 0))
        return given

    def rules(self, given: Any) -> dict[str, object]:
        """The table `rules`: the level of each rule, or group of rules, that has another one here."""
        from arazzoc.levels import WrongRules, levels_of

        if given.__class__ is not dict:
            self.fault("'rules' is a table: the level of each rule", self.line_of("rules", 0))
            return {}
        for key, value in given.items():
            try:
                levels_of({key: value})
            except WrongRules as error:
                self.fault(str(error), self.line_of(key, 0), error.help)
        return given

    def options(self, given: Mapping[str, Any], where: str, start: int) -> dict[str, Any]:
        """The options of a table; a fault for each key that there is not, and for each wrong value."""
        known = options_of(where)
        found: dict[str, Any] = {}
        for key, value in given.items():
            line = self.line_of(key, start)
            if key not in known:
                what = f"there is no option {quoted(key)}"
                if key in options_of("module" if where == "project" else "project"):
                    what = f"{quoted(key)} is not an option of {'all modules' if where == 'project' else 'one module'}"
                self.fault(what, line, suggest(key, known, noun="there are"))
                continue
            try:
                found[known[key].name] = value_of(known[key], value, self.path.parent)
            except WrongValue as error:
                self.fault(f"the value of {quoted(key)} is not {error}", line)
        return found

    def fault(self, message: str, line: int, help: str | None = None) -> None:
        self.has_faults = True
        self.report.add(rules.CONFIGURATION, span_in(self.text, self.path, line), message, help=help)

    def module_lines(self) -> list[int]:
        header = re.compile(rf"\s*\[\[\s*{re.escape(self.prefix)}module\s*\]\]")
        return [number for number, line in enumerate(self.text.split("\n"), 1) if header.match(line)]

    def line_of(self, key: str, start: int) -> int:
        """The line of a key, or of a table that is called so, from a line on; tomllib tells none."""
        own = self.prefix[:-1]
        written = re.compile(
            rf"""\s*(["']?{re.escape(key)}["']?\s*[.=]|\[\[?\s*{re.escape(self.prefix)}(module\.)?{re.escape(key)}\b)"""
        )
        is_own = bool(start) or not own
        for number, line in enumerate(self.text.split("\n"), 1):
            if number < start:
                continue
            if not start and line.lstrip().startswith("["):
                is_own = line.strip().strip("[] \t").startswith(own) if own else True
            if is_own and written.match(line):
                return number
        return start or 1
