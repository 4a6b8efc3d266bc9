"""What the tests build: documents compiled in a folder of their own, and modules imported from text."""

from __future__ import annotations

import itertools
import json
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.pipeline import generate_file
from arazzoc.sources import Library

_numbers = itertools.count()


@dataclass
class Result:
    """What compiling a document gave."""

    text: str | None
    report: Report = field(default_factory=Report)

    @property
    def codes(self) -> list[str]:
        return sorted(d.rule.code for d in self.report.diagnostics)

    @property
    def messages(self) -> str:
        return "\n".join(f"{d.message} | {d.help}" for d in self.report.sorted())

    @property
    def module(self) -> Any:
        assert self.text is not None, self.messages
        return load(self.text)


def load(text: str) -> Any:
    """Import a generated module from its text."""
    name = f"generated_{next(_numbers)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module


def compile_path(path: Path, *, strict: bool = False, **sources: Path) -> Result:
    report = Report(strict=strict)
    output = generate_file(path, Config(sources, strict), Library(report))
    return Result(output.text if output else None, report)


def compile_documents(
    folder: Path,
    workflow: str | dict[str, Any],
    openapi: str | dict[str, Any],
    *,
    strict: bool = False,
    **options: Any,
) -> Result:
    """Compile a workflow against an OpenAPI document, both given as text or as values."""
    for name, document in (("workflow.yml", workflow), ("openapi.yml", openapi)):
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, indent=1)
        (folder / name).write_text(text, encoding="utf-8")
    report = Report(strict=strict)
    config = Config(strict=strict, **options)
    output = generate_file(folder / "workflow.yml", config, Library(report, config.ref_folders))
    return Result(output.text if output else None, report)


def workflow_of(*steps: dict[str, Any], version: str = "1.0.1", **fields: Any) -> dict[str, Any]:
    """An Arazzo document with one workflow of these steps."""
    return {
        "arazzo": version,
        "info": {"title": "Test", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "openapi.yml", "type": "openapi"}],
        "workflows": [{"workflowId": "flow", "steps": list(steps), **fields}],
    }


def api_of(
    *operations: tuple[str, str, str], schema: dict[str, Any] | None = None, **components: Any
) -> dict[str, Any]:
    """An OpenAPI document with these operations, (method, path, operationId), all answering with one schema."""
    paths: dict[str, Any] = {}
    for method, path, operation_id in operations:
        content = {"application/json": {"schema": schema if schema is not None else {}}}
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in (part[1:-1] for part in path.split("/") if part.startswith("{"))
        ]
        paths.setdefault(path, {})[method] = {
            "operationId": operation_id,
            **({"parameters": parameters} if parameters else {}),
            "responses": {"200": {"description": "ok", "content": content}},
        }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": paths,
    }
    if components:
        document["components"] = components
    return document
