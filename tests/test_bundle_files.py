"""The files of a bundle: their places, what is refused; all documents compile to the same module from their bundle."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from arazzoc.bundle.files import bundle_file, compiles_to
from arazzoc.cli import main
from arazzoc.config import Config
from arazzoc.diagnostics import Report
from arazzoc.output import staged
from arazzoc.pipeline import generate_file
from arazzoc.sources import Library
from building import workflow_of
from bundling import answering, api, bundled, calling, contents, tree, write_all
from conftest import ROOT

# Several files

PET = {"type": "object", "required": ["x"], "properties": {"x": {"$ref": "../common.yml#/Text"}}}
MANY_FILES: dict[str, Any] = {
    "api/openapi.yml": api(
        {"/a": {"$ref": "paths/a.yml#/items/a"}, "/b": {"$ref": "paths/a.yml#/items/b"}},
        components={"parameters": {"Used": {"name": "u", "in": "query", "schema": {"$ref": "common.yml#/Text"}}}},
    ),
    "api/paths/a.yml": {
        "items": {
            "a": {
                "get": {
                    **answering({"$ref": "../schemas/pet.json"}),
                    "parameters": [{"$ref": "../openapi.yml#/components/parameters/Used"}],
                },
                "put": answering({}, "three"),
            },
            "b": {"get": answering({"$ref": "unused.yml"}, "two")},
        }
    },
    "api/paths/unused.yml": {"type": "object"},
    "api/schemas/pet.json": json.dumps(PET),
    "api/common.yml": "# Shared.\nText: {type: string}\nNumber: {type: number}\n",
}
READ = ["api/common.yml", "api/openapi.yml", "api/paths/a.yml", "api/schemas/pet.json"]


def reading(url: str) -> dict[str, Any]:
    workflow = calling("one")
    workflow["sourceDescriptions"][0]["url"] = url
    workflow["workflows"][0]["steps"][0]["outputs"] = {"x": "$response.body#/x"}
    return workflow


def test_files_below_the_workflow_keep_their_places_and_their_text(tmp_path: Path) -> None:
    files = bundled(tmp_path, {"workflow.yml": reading("./api/openapi.yml"), **MANY_FILES})
    assert sorted(files) == [*READ, "workflow.yml"]
    assert files["api/common.yml"].decode() == "# Shared.\nText: {type: string}\n"
    assert files["api/schemas/pet.json"].decode() == json.dumps(PET)
    assert list(tree(files, "api/paths/a.yml")["items"]) == ["a"]
    assert list(tree(files, "api/paths/a.yml")["items"]["a"]) == ["get"]


def test_files_outside_get_a_place_and_only_the_url_changes(tmp_path: Path) -> None:
    text = "# Mine.\n" + yaml.safe_dump(reading("../api/openapi.yml"), sort_keys=False)
    files = bundled(tmp_path, {"flows/workflow.yml": text, **MANY_FILES}, name="flows/workflow.yml")
    assert sorted(files) == [*READ, "workflow.yml"]
    assert files["workflow.yml"].decode() == text.replace("../api/openapi.yml", "api/openapi.yml")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://api.test/openapi.yml", "api/openapi.yml"),
        ("file:///elsewhere/openapi.yml", "api/openapi.yml"),
        ("specs/v1.yml", "specs/v1.yml"),
    ],
)
def test_an_override_is_in_the_bundle(tmp_path: Path, url: str, place: str) -> None:
    outside = write_all(tmp_path / "outside", MANY_FILES)
    files = bundled(tmp_path, {"workflow.yml": reading(url)}, "--source", f"api={outside}/api/openapi.yml")
    assert place in files and len(files) == 5
    written = tree(files, "workflow.yml")["sourceDescriptions"][0]["url"]
    assert written == place


def test_what_refs_reach_outside_is_brought_inside(tmp_path: Path) -> None:
    files = {
        "workflow.yml": reading("api/openapi.yml"),
        "api/openapi.yml": api({"/a": {"get": answering({"$ref": "../shared/pet.yml#/Pet"})}}),
        "shared/pet.yml": {"Pet": {"type": "object", "properties": {"x": {"$ref": "text.yml"}}}, "No": {}},
        "shared/text.yml": {"type": "string"},
    }
    found = bundled(tmp_path, files, "--allow-refs", str(tmp_path / "in" / "shared"))
    assert sorted(found) == ["openapi.yml", "shared/pet.yml", "shared/text.yml", "workflow.yml"]


def test_two_folders_of_the_same_name(tmp_path: Path) -> None:
    workflow = workflow_of(
        {"stepId": "a", "operationId": "$sourceDescriptions.one.one"},
        {"stepId": "b", "operationId": "$sourceDescriptions.two.one"},
    )
    workflow["sourceDescriptions"] = [
        {"name": name, "url": f"../{name}/api/openapi.yml", "type": "openapi"} for name in ("one", "two")
    ]
    document = api({"/a": {"get": answering({})}})
    files = {"flows/workflow.yml": workflow, "one/api/openapi.yml": document, "two/api/openapi.yml": document}
    assert len(bundled(tmp_path, files, name="flows/workflow.yml")) == 3


def test_files_that_the_inputs_refer_to(tmp_path: Path) -> None:
    workflow = calling("one", inputs={"$ref": "inputs.yml#/Inputs"})
    files = {
        "workflow.yml": workflow,
        "openapi.yml": api({"/a": {"get": answering({})}}),
        "inputs.yml": {"Inputs": {"type": "object", "properties": {"n": {"type": "integer"}}}, "Other": {}},
    }
    assert list(tree(bundled(tmp_path, files), "inputs.yml")) == ["Inputs"]


@pytest.mark.parametrize("self_uri", [None, "https://flows.test/shared/inner.yml", "shared/inner.yml"])
def test_arazzo_documents_that_are_sources(tmp_path: Path, self_uri: str | None) -> None:
    inner = calling("one") | ({"$self": self_uri, "arazzo": "1.1.0"} if self_uri else {})
    inner["sourceDescriptions"][0]["url"] = "../openapi.yml" if self_uri == "shared/inner.yml" else "openapi.yml"
    outer = workflow_of({"stepId": "s", "workflowId": "$sourceDescriptions.inner.flow"})
    outer["sourceDescriptions"] = [{"name": "inner", "url": "../shared/inner.yml", "type": "arazzo"}]
    document = api({"/a": {"get": answering({})}, "/b": {"get": answering({}, "two")}})
    files = {"flows/outer.yml": outer, "shared/inner.yml": inner, "shared/openapi.yml": document}
    found = bundled(tmp_path, files, name="flows/outer.yml")
    assert sorted(found) == ["outer.yml", "shared/inner.yml", "shared/openapi.yml"]
    assert list(tree(found, "shared/openapi.yml")["paths"]) == ["/a"]


# What is refused

SIMPLE = {
    "workflow.yml": calling("one"),
    "openapi.yml": api({"/a": {"get": answering({}), "post": answering({}, "two")}}),
}


def test_a_document_that_does_not_compile_is_not_bundled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_all(tmp_path / "in", SIMPLE | {"workflow.yml": calling("onee")})
    assert main(["bundle", str(folder / "workflow.yml"), "-o", str(tmp_path / "out")]) == 2
    assert "did you mean 'one'?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_files_that_are_there_are_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_all(tmp_path / "in", SIMPLE)
    command = ["bundle", str(folder / "workflow.yml"), "-o", str(tmp_path / "out")]
    assert main(command) == 0
    assert main(command) == 0, "they are identical"
    (tmp_path / "out" / "other.txt").write_text("mine")
    (tmp_path / "out" / "openapi.yml").write_text("mine")
    assert main(command) == 2
    assert "openapi.yml is there already, with other content; --force overwrites it" in capsys.readouterr().err
    assert (tmp_path / "out" / "openapi.yml").read_text() == "mine"
    assert main([*command, "--force"]) == 0
    assert sorted(contents(tmp_path / "out")) == ["openapi.yml", "other.txt", "workflow.yml"]


def test_the_documents_themselves_are_never_overwritten(tmp_path: Path) -> None:
    folder = write_all(tmp_path / "in", SIMPLE)
    before = contents(folder)
    assert main(["bundle", str(folder / "workflow.yml"), "-o", str(folder), "--force"]) == 2
    assert contents(folder) == before


@pytest.mark.parametrize(("there", "fault"), [("api", "is a file, and no folder"), ("workflow.yml/x", "is a folder")])
def test_a_file_in_place_of_a_folder(
    tmp_path: Path, there: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_all(tmp_path / "in", {"workflow.yml": reading("api/openapi.yml"), **MANY_FILES})
    out = write_all(tmp_path / "out", {there: "mine"})
    assert main(["bundle", str(folder / "workflow.yml"), "-o", str(out), "--force"]) == 2
    assert fault in capsys.readouterr().err
    assert contents(out) == {there: b"mine"}


@pytest.mark.parametrize("is_folder", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, is_folder: bool) -> None:
    folder = write_all(tmp_path / "in", {"workflow.yml": reading("api/openapi.yml"), **MANY_FILES})
    outside = write_all(tmp_path / "outside", {"openapi.yml": "mine"})
    out = tmp_path / "out"
    (out / "api").mkdir(parents=True)
    if is_folder:
        (out / "api").rmdir()
        os.symlink(outside, out / "api")
    else:
        os.symlink(outside / "openapi.yml", out / "api" / "openapi.yml")
    assert main(["bundle", str(folder / "workflow.yml"), "-o", str(out), "--force"]) == 2
    assert contents(outside) == {"openapi.yml": b"mine"}
    assert not (out / "workflow.yml").exists()


def test_a_url_that_is_a_value_cannot_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = reading("../api/openapi.yml")
    workflow["workflows"][0]["outputs"] = {"from": "$sourceDescriptions.api.url"}
    folder = write_all(tmp_path / "in", {"flows/workflow.yml": workflow, **MANY_FILES})
    assert main(["bundle", str(folder / "flows" / "workflow.yml"), "-o", str(tmp_path / "out")]) == 2
    assert "source api must have another url, which the workflow reads as a value" in capsys.readouterr().err
    assert contents(tmp_path / "out") == {}


def test_a_bundle_is_of_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "a.yml", "b.yml", "-o", str(tmp_path)]) == 2
    assert "a bundle is of the file of one document" in capsys.readouterr().err


# All documents

CASES = sorted((ROOT / "tests" / "cases").glob("*/workflow.*"))
EXAMPLES = sorted([*(ROOT / "examples").rglob("*.arazzo.yml"), *(ROOT / "examples").rglob("*.arazzo.yaml")])


def findings(report: Report) -> Counter[str]:
    return Counter(d.rule.code for d in report.diagnostics)


def same_again(path: Path, config: Config, folder: Path) -> str:
    """Bundle a document, and its bundle: 'refused' if it does not compile, 'same' if all is well, else what is not."""
    report, of_bundle = Report(strict=config.strict), Report(strict=config.strict)
    bundle = bundle_file(path, config, Library(report, config.ref_folders))
    if bundle is None:
        return "refused"
    files = {file.place: file.text for file in bundle.files}
    with staged(folder, files) as stage:
        first = stage / bundle.files[0].place
        if not compiles_to(stage, bundle.files[0].place, bundle.module, config):
            return bundle.difference
        again = bundle_file(first, Config(strict=config.strict), Library(of_bundle))
    assert again is not None
    more = findings(of_bundle) - findings(report)  # what is left out may have had findings
    if more:
        return f"its bundle has more findings: {dict(more)}"
    return "same" if {file.place: file.text for file in again.files} == files else "its bundle is another"


@pytest.mark.parametrize("path", [*CASES, *EXAMPLES], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_the_bundle_of_a_document_compiles_to_the_same_module(path: Path, tmp_path: Path) -> None:
    config = Config(strict=(path.parent / "strict").exists())
    compiles = generate_file(path, config, Library(Report(strict=config.strict))) is not None
    assert same_again(path, config, tmp_path) == ("same" if compiles else "refused")


def test_the_published_document_is_small(shared: Path, tmp_path: Path) -> None:
    path = shared / "seed" / "arazzo" / "openai-batch-job-workflow.yml"
    source = f"openaiApi={shared}/seed/openapi/openai-openapi-master.yml"
    assert main(["bundle", str(path), "-o", str(tmp_path), "--source", source]) == 0
    assert sum(map(len, contents(tmp_path).values())) < 60_000
    again = generate_file(tmp_path / path.name, Config(), Library(Report()))
    config = Config({"openaiApi": Path(source.partition("=")[2])})
    assert again == generate_file(path, config, Library(Report()))


@pytest.mark.slow
def test_a_sample_of_the_corpus(shared: Path, tmp_path: Path) -> None:
    corpus = shared / "corpus"
    if not corpus.is_dir():
        pytest.skip(f"{corpus} is not there: this test needs the corpus")
    entries = [e for e in json.loads((corpus / "manifest.json").read_text()) if e["expect"] == "compile"]
    sample = entries[:: len(entries) // 60][:60]
    wrong: list[tuple[str, str]] = []
    for entry in sample:
        sources = {name: corpus / file for name, file in entry["sources"].items() if file}
        found = same_again(corpus / entry["document"], Config(sources), tmp_path)
        if found not in ("same", "refused"):
            wrong.append((entry["document"], found))
    assert wrong == []
