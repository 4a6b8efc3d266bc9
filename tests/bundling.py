"""What the tests of bundles share: documents that are bundled by the command line, and looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from arazzoc.cli import main
from building import workflow_of

OK: dict[str, Any] = {"200": {"description": "ok"}}


def write_all(folder: Path, files: dict[str, Any]) -> Path:
    """Write files, given as text or as values; the folder."""
    for name, document in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((document if isinstance(document, str) else json.dumps(document, indent=2)).encode())
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def module_of(path: Path, *options: str) -> str:
    """The module that the command line writes for a document."""
    out = path.parent / "module.py"
    assert main(["generate", str(path), "-o", str(out), *options]) == 0
    text = out.read_text("utf-8")
    out.unlink()
    return text


def bundled(folder: Path, files: dict[str, Any], *options: str, name: str = "workflow.yml") -> dict[str, bytes]:
    """Bundle documents by the command line. A bundle compiles to the same module, and its bundle is the same again."""
    path = write_all(folder / "in", files) / name
    before = module_of(path, *options)
    first, second = folder / "bundle", folder / "again"
    assert main(["bundle", str(path), "-o", str(first), *options]) == 0
    assert module_of(first / path.name) == before
    assert main(["bundle", str(first / path.name), "-o", str(second)]) == 0
    assert contents(first) == contents(second)
    return contents(first)


def calling(*operation_ids: str, **fields: Any) -> dict[str, Any]:
    """A workflow of steps that call these operations."""
    return workflow_of(*({"stepId": f"s{n}", "operationId": name} for n, name in enumerate(operation_ids)), **fields)


def tree(files: dict[str, bytes], name: str = "openapi.yml") -> Any:
    return yaml.safe_load(files[name])


def api(paths: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Test", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": paths,
        **fields,
    }


def answering(schema: Any, operation_id: str = "one", **fields: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"operationId": operation_id, "responses": {"200": {"description": "ok", "content": content}}, **fields}
