"""The operation that a step names: by operationId, plain or qualified, or by operationPath."""

from __future__ import annotations

import re

from msgspec import Struct

from arazzoc import rules
from arazzoc.arazzo import model
from arazzoc.diagnostics import Fix, Report, quoted, suggest
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import parse_fragment
from arazzoc.expressions.runtime import SourceDescriptions, parse_expression
from arazzoc.openapi.document import OpenApi
from arazzoc.openapi.methods import METHODS
from arazzoc.openapi.operations import Operation, find_by_id, find_by_path, operation_ids, operations
from arazzoc.source import Location
from arazzoc.sources import Sources


class OperationTarget(Struct, frozen=True):
    """The operation that a step calls, and the source that it belongs to."""

    source: str
    operation: Operation


class OperationFinder:
    """Finds the operations that the steps of one Arazzo document name."""

    def __init__(self, sources: Sources, report: Report) -> None:
        self.sources, self.report = sources, report

    def by_id(self, step: model.Step, operation_id: str) -> OperationTarget | None:
        """Find an operation by operationId, plain or qualified (Arazzo 1.1.0, Step Object; AMB-41)."""
        at = step.at / "operationId"
        names = self.sources.openapi_names()
        if operation_id.startswith("$"):
            qualified = self.qualified(operation_id, at, names)
            return self.in_source(step, qualified[0], qualified[1], at) if qualified else None
        if len(names) == 1:
            return self.in_source(step, names[0], operation_id, at)
        dotted = [n for n in names if operation_id.startswith(n + ".")]
        documents = {n: d for n in names if (d := self.sources.openapi(n)) is not None}
        found = [(n, o) for n, d in documents.items() for o in find_by_id(d, operation_id)]
        if not found and dotted and dotted[0] in documents:
            operation_id = operation_id[len(dotted[0]) + 1 :]
            found = [(dotted[0], o) for o in find_by_id(documents[dotted[0]], operation_id)]
        if not found:
            if len(documents) == len(names):
                ids = [i for d in documents.values() for i in operation_ids(d)]
                self.unknown_operation(step, operation_id, " or ".join(names) or "any source", ids, at)
            return None
        if len({n for n, _ in found}) > 1:
            sources = " and ".join(dict.fromkeys(n for n, _ in found))
            self.report.add(
                rules.AMBIGUOUS_OPERATION,
                at,
                f"{step.label}: operation {quoted(operation_id)} is in sources {sources}",
                help=f"write $sourceDescriptions.{found[0][0]}.{operation_id}",
            )
            return None
        written = f"$sourceDescriptions.{found[0][0]}.{operation_id}"
        message = f"{step.label}: the operationId {quoted(operation_id)} does not name its source"
        self.report.add(rules.UNQUALIFIED_OPERATION, at, message, help=f"write {written}", fix=Fix(at, written))
        return self.target_in(*found[0])

    def qualified(
        self,
        text: str,
        at: Location,
        names: list[str],
        kind: str = "OpenAPI",
        what: str = "operation",
        id: str = "<operationId>",
    ) -> tuple[str, str] | None:
        """Parse `$sourceDescriptions.<name>.<id>`: return the source's name and the id."""
        try:
            expression = parse_expression(text).expression
        except ExpressionError as error:
            if kind == "Arazzo" and text.startswith("$workflows."):
                what, help = f"{quoted(text)} does not name a workflow", f"write {text.removeprefix('$workflows.')}"
                self.report.add(rules.BAD_EXPRESSION, at, what, help=help)
                return None
            self.report.add(rules.BAD_EXPRESSION, at.part(error.offset, error.length), error.message, help=error.help)
            return None
        if not isinstance(expression, SourceDescriptions):
            self.report.add(
                rules.BAD_EXPRESSION,
                at,
                f"{quoted(text)} does not name a {what}",
                help=f"write $sourceDescriptions.<name>.{id}",
            )
            return None
        if expression.source not in names:
            self.report.add(
                rules.UNKNOWN_SOURCE,
                at,
                f"there is no {kind} source {quoted(expression.source)}",
                help=suggest(expression.source, names, noun="the sources"),
            )
            return None
        return expression.source, expression.reference

    def in_source(self, step: model.Step, name: str, operation_id: str, at: Location) -> OperationTarget | None:
        document = self.sources.openapi(name)
        if document is None:
            return None
        found = find_by_id(document, operation_id)
        if not found and operation_id.startswith(name + "."):
            found = find_by_id(document, operation_id[len(name) + 1 :])
        if not found:
            self.unknown_operation(step, operation_id, document.source.path, operation_ids(document), at)
            return None
        return self.target_in(name, found[0])

    def target_in(self, name: str, operation: Operation) -> OperationTarget:
        return OperationTarget(self.sources.program_name(name, operation.document), operation)

    def unknown_operation(self, step: model.Step, name: str, where: str, known: list[str], at: Location) -> None:
        self.report.add(
            rules.UNKNOWN_OPERATION,
            at,
            f"{step.label}: operation {quoted(name)} is not in {where}",
            help=suggest(name, known, noun="its operations"),
        )

    def by_path(self, step: model.Step, text: str) -> OperationTarget | None:
        """Find an operation by operationPath (Arazzo 1.1.0, Step Object; AMB-42)."""
        at = step.at / "operationPath"
        reference, hash_sign, pointer = text.partition("#")
        match = re.fullmatch(r"(\{)?\$sourceDescriptions\.([A-Za-z0-9_\-]+)(\.url)?(\})?", reference)
        names = self.sources.openapi_names()
        name = (
            match[2]
            if match
            else reference
            if reference in names
            else names[0]
            if not reference and len(names) == 1
            else None
        )
        if name is None or not hash_sign:
            self.report.add(
                rules.OPERATION_PATH,
                at,
                f"{step.label}: {quoted(text)} is not an operationPath",
                help="write {$sourceDescriptions.<name>.url}#/paths/~1path/get",
            )
            return None
        if name not in names:
            self.report.add(
                rules.UNKNOWN_SOURCE,
                at,
                f"there is no OpenAPI source {quoted(name)}",
                help=suggest(name, names, noun="the sources"),
            )
            return None
        if match is None or not (match[1] and match[3] and match[4]):
            written = f"{{$sourceDescriptions.{name}.url}}#{pointer}"
            message = f"{step.label}: the operationPath does not name its source in the specified form"
            self.report.add(rules.OPERATION_PATH_FORM, at, message, help=f"write {written}", fix=Fix(at, written))
        document = self.sources.openapi(name)
        return self.at_pointer(step, name, document, pointer, at) if document is not None else None

    def at_pointer(
        self, step: model.Step, name: str, document: OpenApi, pointer: str, at: Location
    ) -> OperationTarget | None:
        where = step.label
        try:
            tokens = parse_fragment(pointer)
        except ExpressionError as error:
            self.report.add(rules.OPERATION_PATH, at, f"{where}: {error.message}", help=error.help)
            return None
        if len(tokens) < 2 or tokens[0] != "paths" or len(tokens) > 3:
            self.report.add(
                rules.OPERATION_PATH,
                at,
                f"{where}: the operationPath does not point at an operation",
                help="write …#/paths/~1path/get, with ~1 for each '/' in the path",
            )
            return None
        path = tokens[1]
        at_path = [o.method.lower() for o in operations(document) if o.path == path]
        if len(tokens) == 2 or tokens[2].lower() not in METHODS:
            listed = f"; operations at {path}: {', '.join(at_path)}" if at_path else ""
            self.report.add(rules.OPERATION_PATH, at, f"{where}: the operationPath does not end in a method{listed}")
            return None
        operation = find_by_path(document, path, tokens[2])
        if operation is None:
            paths = list(dict.fromkeys(o.path for o in operations(document)))
            help = f"operations at {path}: {', '.join(at_path)}" if at_path else suggest(path, paths, noun="its paths")
            self.report.add(
                rules.UNKNOWN_OPERATION,
                at,
                f"{where}: {document.source.path} has no operation {tokens[2]} {path}",
                help=help,
            )
            return None
        return self.target_in(name, operation)
