"""What the tests build: documents compiled in a folder of their own, and modules imported from text."""

from __future__ import annotations

import itertools
import json
import sys
import types
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import requests

import arazzoc.emit.module as module_text
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.emit.support import import_lines, library
from arazzoc.emit.uses import Uses
from arazzoc.pipeline import generate_file, support_file
from arazzoc.sources import Library

_numbers = itertools.count()


@dataclass
class Result:
    """What compiling a document gave: the text of a module, and that of its support where it has none of its own."""

    text: str | None
    report: Report = field(default_factory=Report)
    support: str = ""
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def codes(self) -> list[str]:
        return sorted(d.rule.code for d in self.report.diagnostics)

    @property
    def messages(self) -> str:
        return "\n".join(f"{d.message} | {d.help}" for d in self.report.sorted())

    @property
    def module(self) -> Any:
        assert self.text is not None, self.messages
        return load(self.text, self.support)


def run_with_support(upper: str, uses: Uses) -> dict[str, Any]:
    """Run statements together with the support that they use; the names that they define."""
    imports = [line for lines in import_lines(library().imports(uses.parts) | uses.imports) for line in lines]
    text = "\n".join(["from __future__ import annotations", *imports, library().text(uses.parts), upper])
    names: dict[str, Any] = vars(_imported(f"statements_{next(_numbers)}", text))
    return names


def json_sent(request: requests.PreparedRequest) -> Any:
    """The body of a request that JSON was sent with."""
    assert isinstance(request.body, str | bytes)
    return json.loads(request.body)


SUPPORT = "support"


def load(text: str, support: str = "") -> Any:
    """Import a generated module from its text; with the text of a support module, from a package of both."""
    name = f"generated_{next(_numbers)}"
    if not support:
        return _imported(name, text)
    package = _package(support)
    return _imported(f"{package}.{name}", text)


@lru_cache(maxsize=8)
def _package(support: str) -> str:
    """A package with that support in it: every module in it shares the same classes."""
    name = f"package_{next(_numbers)}"
    package = types.ModuleType(name)
    package.__path__ = []
    sys.modules[name] = package
    setattr(package, SUPPORT, _imported(f"{name}.{SUPPORT}", support))
    return name


def _imported(name: str, text: str) -> Any:
    module = types.ModuleType(name)
    module.__package__ = name.rpartition(".")[0]
    sys.modules[name] = module
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module


def compile_path(
    path: Path, *, strict: bool = False, config: Config | None = None, is_formatted: bool = False, **sources: Path
) -> Result:
    """Compile a document; black, which takes most of the time, formats the text only where it is asked for."""
    config = msgspec.structs.replace(config or Config(), sources=sources, strict=strict)
    return _compiled(path, config, is_formatted=is_formatted)


def compile_documents(
    folder: Path,
    workflow: str | dict[str, Any],
    openapi: str | dict[str, Any],
    *,
    is_formatted: bool = False,
    **options: Any,
) -> Result:
    """Compile a workflow against an OpenAPI document, both given as text or as values."""
    for name, document in (("workflow.yml", workflow), ("openapi.yml", openapi)):
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, indent=1)
        (folder / name).write_text(text, encoding="utf-8")
    return _compiled(folder / "workflow.yml", Config(**options), is_formatted=is_formatted)


def _compiled(path: Path, config: Config, *, is_formatted: bool = False) -> Result:
    report = Report(strict=config.strict)
    chosen = nullcontext() if is_formatted else patch.object(module_text, "formatted", lambda text, width: text)
    with chosen:
        library = Library(report, config.ref_folders)
        output = generate_file(path, config, library)
        library.report_overrides(config.sources)
        support = support_file([output], config).text if output is not None and config.support else ""
    return Result(output.text if output else None, report, support, output.beside if output else ())


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


def again(state: Any) -> Any:
    """A state as another process reads it."""
    return type(state).from_dict(json.loads(json.dumps(state.to_dict())))
