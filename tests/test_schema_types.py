"""The types that schemas give: modules of random schemas, and values that match them when a step runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

import pytest
import responses
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from building import SUPPORT, Result, api_of, compile_documents, workflow_of
from schemas import Schema, components, fits, instances, matches, records, schemas

MANY = int(os.environ.get("ARAZZOC_SCHEMAS", "100"))
"""How many modules of random schemas are checked: 2,000 by hand."""
VERSIONS = st.sampled_from(("3.0.3", "3.1.0"))
POINTERS = ("v", "v/a", "v/0", "v/b-c", "v/class/from", "")
ALL = settings(deadline=None, suppress_health_check=list(HealthCheck))


def compiled(
    folder: Path, schema: Schema, known: dict[str, Schema], version: str = "3.1.0", inputs: Any = None
) -> Result:
    """Compile a step whose response has a schema, as a whole and in parts; inputs are sent in a query."""
    api = api_of(("get", "/a", "getA"), schema=schema, schemas=known)  # type: ignore[arg-type]
    api["openapi"] = version
    names = {pointer or "whole": f"$response.body{'#/' if pointer else ''}{pointer}" for pointer in POINTERS}
    sent = [{"name": name, "in": "query", "value": f"$inputs.{name}"} for name in (inputs or {}).get("properties", {})]
    first = {"stepId": "get", "operationId": "getA", "outputs": {_name(n): value for n, value in names.items()}}
    sent += [{"name": _name(p), "in": "query", "value": f"$steps.get.outputs.{_name(p)}"} for p in POINTERS if p]
    second = {"stepId": "next", "operationId": "getA", "parameters": sent}
    outputs = {_name(name): f"$steps.get.outputs.{_name(name)}" for name in names}
    document = workflow_of(first, second, outputs=outputs, **({"inputs": inputs} if inputs else {}))
    return compile_documents(folder, document, api, support=SUPPORT)


def _name(pointer: str) -> str:
    return pointer.replace("/", "_").replace("-", "_")


def without_references(schema: Any) -> Any:
    """A schema without its references, which lead into the OpenAPI document."""
    return json.loads(json.dumps(schema).replace('"$ref": ', '"title": '))


@pytest.mark.parametrize("count", [12, pytest.param(MANY, marks=pytest.mark.slow)])
def test_modules_of_random_schemas_satisfy_mypy(tmp_path: Path, count: int) -> None:
    """Each is imported, and mypy looks at all of them at once; inputs have random schemas, too."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "__init__.py").touch()

    @settings(ALL, max_examples=count, phases=[Phase.generate], derandomize=True, database=None)
    @given(records(schemas()), components(schemas()), schemas(), VERSIONS)
    def write(schema: Schema, known: dict[str, Schema], inner: Schema, version: str) -> None:
        inputs = {"type": "object", "properties": {"x": without_references(inner), "y": {"type": "string"}}}
        result = compiled(tmp_path, {"type": "object", "properties": {"v": schema}}, known, version, inputs)
        assert result.text is not None, result.messages
        assert result.module.run_flow
        (folder / f"{SUPPORT}.py").write_text(result.support)
        (folder / f"m{len(list(folder.iterdir()))}.py").write_text(result.text)

    write()
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def answered(module: Any, body: Any, status: int = 200, **options: Any) -> Any:
    """The result of the step `get` with one answer."""
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json=body, status=status, **options)
        return module.get(module.Client())


@settings(ALL, max_examples=80)
@given(st.data(), schemas(), components(schemas()), VERSIONS)
def test_what_matches_a_schema_is_of_its_type(
    data: st.DataObject, schema: Schema, known: dict[str, Schema], version: str
) -> None:
    """A validator is the judge: such a value never raises OutputMissing, and is one of the annotated type."""
    values = data.draw(st.lists(instances(schema, known), min_size=4, max_size=4))
    is_old = version.startswith("3.0")
    matching = [value for value in values if matches(value, schema, known, ignores_siblings=is_old)]
    if not matching:
        return
    whole = {"type": "object", "required": ["v"], "properties": {"v": schema}}
    with TemporaryDirectory() as folder:
        result = compiled(Path(folder), whole, known, version)
    hints = get_type_hints(result.module.GetOutputs)
    for value in matching:
        outputs = answered(result.module, {"v": value}).require()
        assert outputs.v == value
        assert fits(value, hints["v"]), (value, hints["v"])
        assert fits({"v": value}, hints["whole"]), (value, hints["whole"])
