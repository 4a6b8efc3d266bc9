"""`arazzoc diff` as a command: what it prints in each format, its exit status, its configuration, and git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from arazzoc.difference.compare import compare as compare_sides
from arazzoc.difference.kinds import KINDS, Severity, Whom
from conftest import ROOT
from diff_documents import API, DOCUMENT, order, post, put, step, thing
from diff_pairs import PAIRS
from differences import Edit, edited, side
from projects import arazzoc, environment, git, needs_git, shown
from test_cases import compare

SCHEMA = json.loads((ROOT / "docs" / "changes.schema.json").read_text())
HANDLED = PAIRS["responses"]["a value that no action handles"]
OTHERS = {
    "document-added": "the document is new",
    "document-removed": "the document is not there any more",
    "required-client-argument-added": "the client's argument 'shop' is new",
    "required-client-argument-removed": "the client's argument 'shop' is not there any more",
    "client-argument-changed": "the client's argument 'shop' is required now",
    "module-changed": "the module differs",
    "output-type-widened": "the output 'id': a string became a string or null",
    "output-type-narrowed": "the output 'id': a string or null became a string",
    "output-type-changed": "the output 'id': a string became a number or null",
    "module-moved": "the module 'clients/orders.py' is 'clients/purchases.py' now",
    "module-part-added": "the command line of 'clients/orders.py' is new",
    "module-part-removed": "the command line of 'clients/orders.py' is not there any more",
    "idempotency-key-added": "step 'add_it': the header Idempotency-Key is sent now",
    "idempotency-key-removed": "step 'add_it': the header Idempotency-Key is not sent any more",
    "unhandled-changed": "step 'poll': where no action names the state, it continues now",
}
"""What is said of kinds that no pair has."""


def write(folder: Path, document: Any = DOCUMENT, api: Any = API) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "flow.arazzo.json").write_text(json.dumps(document, indent=1))
    (folder / "openapi.json").write_text(json.dumps(api, indent=1))
    return folder


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two versions, `old` and `new`: an action is missing for a value, and the title is another one."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "old")
    document, api = edited(DOCUMENT, API, HANDLED)
    document["info"]["title"] = "Sell"
    write(tmp_path / "new", document, api)
    return tmp_path


def test_the_page_of_kinds_is_made_from_the_table(update: bool) -> None:
    usual: dict[str, str] = {}
    others = dict(OTHERS)
    for path in sorted((ROOT / "tests" / "changes").glob("*.txt")):
        for line in path.read_text().splitlines():
            word = line.split(" ")[1] if line.count(" ") > 2 else ""
            if word in KINDS:
                kept = usual if line.startswith(KINDS[word].severity.value) else others
                kept.setdefault(word, line.partition(": ")[2])
    examples = others | usual
    lines: list[str] = []
    for whom in (whom for whom in Whom if any(kind.whom is whom for kind in KINDS.values())):
        lines += [f"### {whom.title[0].upper()}{whom.title[1:]} (`{whom.value}`)", ""]
        lines += ["| kind | severity | why | its mirror | for example |", "|---|---|---|---|---|"]
        for kind in (kind for kind in KINDS.values() if kind.whom is whom):
            example = examples[kind.id].replace("|", "\\|")
            mirror = "itself" if kind.mirror == kind.id else f"`{kind.mirror}`"
            lines.append(f"| `{kind.id}` | {kind.severity.value} | {kind.reason} | {mirror} | {example} |")
        lines.append("")
    page = ROOT / "docs" / "changes.md"
    before, mark, rest = page.read_text().partition("<!-- made from the table in difference/kinds.py -->\n")
    _, end, after = rest.partition("<!-- end -->")
    assert mark and end
    compare(page, f"{before}{mark}\n{os.linesep.join(lines)}{end}{after}", update)


def test_nothing_has_changed(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "diff", "old", "old") == ""


def test_text(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By workflow and by whom it concerns, the worst first; details where they are asked for."""
    text = shown(capsys, "diff", "old", "new", status=1)
    assert "workflow 'buy', flow:\n  breaking  steps 'poll', 'look.get': the response: '/status' can be" in text
    assert "[unhandled-value-added]" in text and "  harmless  the title changed  [documentation-changed]" in text
    assert text.endswith(
        "1 breaking, 1 harmless\nversion: major\nsaved runs can be resumed\ngenerate again: flow.arazzo.json\n"
    )
    details = shown(capsys, "diff", "old", "new", "-v", status=1)
    assert "old old/openapi.json:" in details and "help: add an action for it" in details


def test_what_is_not_compared(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source that cannot be read, a workflow with an error, or a document that is none, of either side."""

    def told(status: int) -> tuple[Any, Any]:
        text = shown(capsys, "diff", "old", "new", "--format", "json", status=status)
        found = json.loads(text[text.index("{\n") :])  # what is wrong with a side comes before it
        jsonschema.validate(found, SCHEMA)
        return [tuple(each.values()) for each in found["documents"][0]["notCompared"]], found["verdict"]["unread"]

    assert told(1) == ([], [])
    write(sides / "new", edited(DOCUMENT, API, lambda d, a: put(step(d, 0), "operationId", "none"))[0])
    assert told(1) == ([("new", "workflow", "buy")], [])
    (sides / "old" / "openapi.json").unlink()
    old = [("old", "source", "shop"), ("old", "workflow", "buy"), ("old", "workflow", "look")]
    assert told(2) == ([*old, ("new", "workflow", "buy")], ["flow.arazzo.json"])
    (sides / "new" / "flow.arazzo.json").write_text('{"arazzo": "1.0.1", "workflows": 1}')
    assert ("old", "source", "shop") in told(2)[0]


def test_long_lists_of_values_take_no_longer() -> None:
    """Ten times as many values take about ten times as long, and not a hundred times."""

    def taken(count: int) -> float:
        values = [f"v{number}" for number in range(count)]
        old = edited(DOCUMENT, API, lambda d, a: thing(a)["properties"]["status"]["enum"].extend(values))
        new = edited(*old, lambda d, a: thing(a)["properties"]["status"]["enum"].append("new"))
        both = side(*old), side(*new)
        start = time.process_time()
        assert compare_sides(*both).changes
        return time.process_time() - start

    taken(1)
    assert taken(5_000) < 30 * taken(500) + 0.5


def test_many_of_one_kind_are_counted(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def many(document: Any, api: Any) -> None:
        for number in range(7):
            thing(api)["properties"][f"more{number}"] = {"type": "string"}

    write(sides / "new", *edited(DOCUMENT, API, many))
    text = shown(capsys, "diff", "old", "new")
    assert text.count("[response-property-added]") == 4 and "and 4 more  [response-property-added]  (-v" in text
    assert shown(capsys, "diff", "old", "new", "-v").count("[response-property-added]") == 7


def test_json(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, "diff", "old", "new", "--format", "json", status=1))
    jsonschema.validate(found, SCHEMA)
    assert [change["id"] for change in found["documents"][0]["changes"]] == [
        "documentation-changed",
        "unhandled-value-added",
    ]
    assert found["verdict"]["bump"] == "major" and found["verdict"]["counts"]["breaking"] == 1
    empty = json.loads(shown(capsys, "diff", "old", "old", "--format", "json"))
    jsonschema.validate(empty, SCHEMA)
    assert empty["documents"][0]["changes"] == [] and empty["verdict"]["bump"] is None


def test_the_schema_names_what_there_is() -> None:
    names = SCHEMA["$defs"]["change"]["properties"]
    assert names["severity"]["enum"] == [severity.value for severity in Severity]
    assert names["whom"]["items"]["enum"] == [whom.value for whom in Whom]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"format": 1}, SCHEMA)


def test_markdown(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "diff", "old", "new", "--format", "markdown", status=1)
    assert "| 🔴 breaking | buy | flow | steps 'poll', 'look.get': the response: '/status' can be 'failed'" in text
    assert text.count("<details>") == text.count("</details>") == 1 and "- version: major" in text
    assert "Nothing that the workflows" in shown(capsys, "diff", "old", "old", "--format", "markdown")


HOSTILE = "x|y`z\n<b>@team [a](http://b) ::error::\x1b[31m%0A"


@pytest.mark.parametrize("form", ["text", "markdown", "github", "json"])
def test_texts_of_strangers(sides: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """A name is never markup, a mention, a command, or what a terminal obeys."""

    def odd(document: Any, api: Any) -> None:
        put(thing(api)["properties"]["status"], "enum", ["queued", "running", "done", HOSTILE])
        put(document["workflows"][0]["outputs"], HOSTILE, "$steps.add.outputs.id")

    write(sides / "new", *edited(DOCUMENT, API, odd))
    text = shown(capsys, "diff", "old", "new", "--format", form, status=1)
    assert "\x1b" not in text
    if form == "markdown":
        assert "<b>" not in text and "@team" not in text and "http://" not in text and "x|y" not in text
        assert all(line.count("|") - line.count("\\|") == 5 for line in text.splitlines() if line.startswith("| "))
    if form == "github":
        assert all(
            line.startswith(("::error ", "::warning ", "::notice ")) for line in text.splitlines() if "::" in line[:9]
        )
        assert "%0A" not in text.replace("%250A", "")
    if form == "json":
        assert "x|y`z" in json.loads(text)["documents"][0]["changes"][0]["message"]


def test_a_comment_is_not_too_long(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def many(document: Any, api: Any) -> None:
        for number in range(900):
            thing(api)["properties"][f"property_with_a_long_name_{number}"] = {"type": "string"}

    write(sides / "new", *edited(DOCUMENT, API, many))
    text = shown(capsys, "diff", "old", "new", "--format", "markdown")
    assert len(text) < 65_000 and "There is more" in text and "**Verdict**" in text


@pytest.mark.parametrize(
    ("edit", "limit", "status"),
    [
        (HANDLED, "breaking", 1),
        (HANDLED, "never", 0),
        (PAIRS["operations"]["an operation is deprecated"], "breaking", 0),
        (PAIRS["operations"]["an operation is deprecated"], "notable", 1),
        (PAIRS["steps"]["the title"], "notable", 0),
        (PAIRS["steps"]["the title"], "any", 1),
        (PAIRS["operations"]["nothing that is reached"], "any", 0),
    ],
)
def test_the_exit_status(sides: Path, capsys: pytest.CaptureFixture[str], edit: Edit, limit: str, status: int) -> None:
    write(sides / "new", *edited(DOCUMENT, API, edit))
    shown(capsys, "diff", "old", "new", "--fail-on", limit, status=status)


def test_severities_of_a_configuration(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sides / "arazzoc.toml").write_text('[diff]\nunhandled-value-added = "notable"\nfail-on = "notable"\n')
    assert "notable   steps 'poll'" in shown(capsys, "diff", "old", "new", status=1)
    shown(capsys, "diff", "old", "new", "--fail-on", "breaking")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[diff]\nunhandled-value = "notable"\n', "there is no kind of change 'unhandled-value'"),
        ('[diff]\nstep-added = "bad"\n', "the value of 'step-added' is not breaking, notable or harmless"),
        ("[diff]\nstep-added = 1\n", "the value of 'step-added' is not breaking"),
        ('[diff]\nfail-on = "harmless"\n', "the value of 'fail-on' is not breaking, notable, any or never"),
        ('diff = "x"\n', "'diff' is a table"),
    ],
)
def test_a_wrong_configuration(sides: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    (sides / "arazzoc.toml").write_text(text)
    assert message in shown(capsys, "diff", "old", "new", status=2)


def test_documents_that_come_and_go(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(sides / "new" / "flow.arazzo.json", sides / "new" / "more.arazzo.json")
    assert "the document is new  [document-added]" in shown(capsys, "diff", "old", "new", status=1)
    text = shown(capsys, "diff", "new", "old", status=1)
    assert "breaking  the document is not there any more  [document-removed]" in text and "version: major" in text
    assert "saved runs cannot be resumed: more.arazzo.json: buy, more.arazzo.json: look" in text


def test_a_side_with_errors(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told as such, and what can be compared is compared."""

    def broken(document: Any, api: Any) -> None:
        put(document["workflows"][1]["steps"][0], "operationId", "nothing")
        put(post(api), "deprecated", True)

    write(sides / "new", *edited(DOCUMENT, API, broken))
    text = shown(capsys, "diff", "old", "new", status=1)
    assert "new/flow.arazzo.json does not compile:" in text and "error[ARZ211]" in text
    assert "[document-broken]" in text and "[operation-deprecated]" in text and "does not compile: flow" in text
    assert "saved runs cannot be resumed: buy, look" in text
    write(sides / "old", *edited(*edited(DOCUMENT, API, broken), PAIRS["steps"]["the title"]))
    shown(capsys, "diff", "old", "new", status=2)
    (sides / "new" / "flow.arazzo.json").write_text("{")
    assert "does not compile" in shown(capsys, "diff", "old", "new", status=2)


def test_no_side(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "name a side" in shown(capsys, "diff", status=2)
    assert "no file 'nowhere'" in shown(capsys, "diff", "nowhere", "old", status=2)


@needs_git
def test_git_calls_it(tmp_path: Path) -> None:
    """As `diff.arazzo.command`: `git diff` shows what changed in place of lines, and does not fail."""
    write(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text("*.arazzo.json diff=arazzo\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "config", "diff.arazzo.command", f"{sys.executable} -m arazzoc diff --git")
    document = edited(DOCUMENT, API, PAIRS["inputs"]["a required input is added"])[0]
    write(tmp_path, document)

    def of_git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "breaking  the input 'size' is new, and required  [required-input-added]" in of_git("diff")
    git(tmp_path, "add", "-A")
    assert "[required-input-added]" in of_git("diff", "--cached")
    git(tmp_path, "commit", "-qm", "second")
    assert "[required-input-added]" in of_git("diff", "HEAD~1", "HEAD")
    assert "[required-input-added]" in of_git("log", "-p", "--ext-diff", "-1")
    git(tmp_path, "mv", "flow.arazzo.json", "other.arazzo.json")
    of_git("diff", "HEAD")
    (tmp_path / "deep").mkdir()
    git(tmp_path, "mv", "other.arazzo.json", "deep/flow.arazzo.json")
    moved = json.loads((tmp_path / "deep" / "flow.arazzo.json").read_text())
    moved["sourceDescriptions"][0]["url"] = "../openapi.json"
    moved["workflows"][1]["workflowId"] = "see"
    (tmp_path / "deep" / "flow.arazzo.json").write_text(json.dumps(moved, indent=1))
    git(tmp_path, "add", "-A")
    text = of_git("diff", "-M", "HEAD")
    assert "[workflow-renamed]" in text and "[document-broken]" not in text
    (tmp_path / "deep" / "flow.arazzo.json").write_text("{")
    of_git("diff", "HEAD")


@needs_git
def test_a_revision_and_the_working_tree(tmp_path: Path) -> None:
    write(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    assert arazzoc(tmp_path, "diff", "HEAD").stdout == ""
    write(tmp_path, *edited(DOCUMENT, API, PAIRS["requests"]["a required property"]))
    done = arazzoc(tmp_path, "diff", "HEAD", "--format", "github")
    assert done.returncode == 1 and "::error file=openapi.json,line=" in done.stdout
    assert "required-request-property-added (breaking)" in done.stdout
    assert arazzoc(tmp_path, "diff", "HEAD:flow.arazzo.json").returncode == 1
    assert arazzoc(tmp_path, "diff", "HEAD:nothing.json").returncode == 2


@needs_git
def test_generate_explains(tmp_path: Path) -> None:
    """What changed in the documents of modules that are written anew, since the commit that wrote the lock file."""
    write(tmp_path)
    (tmp_path / "arazzoc.toml").write_text('output = "out"\n[[module]]\ndocument = "flow.arazzo.json"\n')
    assert arazzoc(tmp_path, "generate", "--explain-changes").stdout == ""  # nothing was there before
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    write(tmp_path, *edited(DOCUMENT, API, PAIRS["steps"]["a retry waits longer"]))
    git(tmp_path, "commit", "-qam", "the document only")
    done = arazzoc(tmp_path, "generate", "--explain-changes")
    assert "[retry-delay-raised]" in done.stdout and "wrote out/flow.py" in done.stderr, done.stderr
    assert arazzoc(tmp_path, "generate", "--explain-changes").stdout == ""


def test_generate_explains_what_it_can(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "arazzoc.toml").write_text('output = "out"\n[[module]]\ndocument = "flow.arazzo.json"\n')
    arazzoc(tmp_path, "generate")
    write(tmp_path, *edited(DOCUMENT, API, PAIRS["steps"]["a retry waits longer"]))
    done = arazzoc(tmp_path, "generate", "--explain-changes")
    assert done.returncode == 0 and "what changed in" in done.stderr and "is not known" in done.stderr
    assert "wrote out/flow.py" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_output_is_utf_8(sides: Path, form: str) -> None:
    """Whatever the locale says: a file or another program reads it."""
    write(sides / "old", DOCUMENT, API)
    write(sides / "new", *edited(DOCUMENT, API, lambda d, a: put(step(d, 0)["parameters"][0], "value", "fäst")))
    command = [sys.executable, "-m", "arazzoc", "diff", "old", "new", "--format", form, "--fail-on", "never"]
    done = subprocess.run(command, cwd=sides, env=environment() | {"PYTHONIOENCODING": "ascii"}, capture_output=True)
    text = done.stdout.decode("utf-8")
    assert done.returncode == 0 and ("fäst" in text or json.loads(text)), done.stderr


def test_secrets_are_not_shown(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a default of a secret input nor what stands in a header of credentials, in any format."""

    def with_secrets(word: str) -> Edit:
        def edit(document: Any, api: Any) -> None:
            first = document["workflows"][0]
            first["inputs"]["properties"]["pin"] = {"type": "string", "format": "password", "default": f"pin-{word}"}
            first["steps"][0]["parameters"] += [
                {"name": "Authorization", "in": "header", "value": f"Bearer {word}"},
                {"name": "X-Key", "in": "header", "value": f"key-{word}"},
                {"name": "pin", "in": "query", "value": f"query-{word}"},
            ]
            post(api)["parameters"].append(
                {"name": "pin", "in": "query", "schema": {"type": "string", "format": "password"}}
            )
            secret = {"type": "string", "format": "password", "default": f"default-{word}"}
            order(api)["properties"] |= {"secret": secret, "box": {"type": "object", "properties": {"secret": secret}}}
            payload = first["steps"][0]["requestBody"]["payload"]
            payload |= {"secret": f"body-{word}", "box": {"secret": f"box-{word}"}, "text": f"{{$inputs.pin}} {word}"}

        return edit

    write(sides / "old", *edited(DOCUMENT, API, with_secrets("sesame")))
    write(sides / "new", *edited(DOCUMENT, API, with_secrets("simsim")))
    for form in ("text", "json", "markdown", "github"):
        text = shown(capsys, "diff", "old", "new", "--format", form, "-v")
        assert "argument-changed" in text and "sesame" not in text and "simsim" not in text
    text = shown(capsys, "diff", "old", "new")
    assert "the header parameter 'Authorization' is another value" in text


def test_schemas_that_are_nested_deeply(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A chain of 400 schemas, and 60 that refer to each other."""

    def deep(kind: str) -> Edit:
        def edit(document: Any, api: Any) -> None:
            schemas = api["components"]["schemas"]
            for number in range(400):
                schemas[f"L{number}"] = {
                    "type": "object",
                    "properties": {"a": {"$ref": f"#/components/schemas/L{number + 1}"}},
                }
            schemas["L400"] = {"type": kind}
            all_of_them = {f"k{n}": {"$ref": f"#/components/schemas/K{n}"} for n in range(60)}
            for number in range(60):
                schemas[f"K{number}"] = {"type": "object", "properties": {**all_of_them, "leaf": {"type": kind}}}
            thing(api)["properties"] |= {"chain": {"$ref": "#/components/schemas/L0"}, **all_of_them}

        return edit

    write(sides / "old", *edited(DOCUMENT, API, deep("string")))
    write(sides / "new", *edited(DOCUMENT, API, deep("integer")))
    text = shown(capsys, "diff", "old", "new", "-v", status=1)
    assert "/chain/a/a/" in text and "[response-type-changed]" in text


def test_many_steps_with_another_name(sides: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def steps(word: str) -> Edit:
        def edit(document: Any, api: Any) -> None:
            first = {
                **document["workflows"][1]["steps"][0],
                "stepId": f"{word}0",
                "outputs": {"id": "$response.body#/id"},
            }
            several = [
                {
                    **first,
                    "stepId": f"{word}{n}",
                    "parameters": [{**first["parameters"][0], "value": f"$steps.{word}{n - 1}.outputs.id"}],
                }
                for n in range(1, 60)
            ]
            document["workflows"][1]["steps"] = [first, *several]
            document["workflows"][1]["outputs"] = {}

        return edit

    write(sides / "old", *edited(DOCUMENT, API, steps("old")))
    write(sides / "new", *edited(DOCUMENT, API, steps("new")))
    found = json.loads(shown(capsys, "diff", "old", "new", "--format", "json", status=1))
    assert [change["id"] for change in found["documents"][0]["changes"]] == ["step-renamed"] * 60
