"""What a review of requests found, each kind once."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from building import api_of, compile_documents, workflow_of

END = {"onFailure": [{"name": "other", "type": "goto", "stepId": "two"}]}


def module_of(folder: Path, *steps: dict[str, Any], **inputs: Any) -> Any:
    schema: Any = {"type": "object", "required": list(inputs), "properties": inputs}
    api = api_of(("get", "/a", "a"), ("get", "/b", "b"), ("post", "/p", "p"), schema={})
    fields: dict[str, Any] = {"inputs": schema} if inputs else {}
    return compile_documents(folder, workflow_of(*steps, **fields), api).module


class Adding(requests.Session):
    """A session that adds a token to whatever it sends, as those for OAuth do."""

    def request(self, method: Any, url: Any, **options: Any) -> Any:  # type: ignore[override]
        options["headers"] = {**options.get("headers", {}), "Authorization": "Bearer s3cret"}
        return super().request(method, url, **options)


def test_what_a_session_adds_stays_at_home(tmp_path: Path) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    session = Adding()
    session.params = {"key": "s3cret"}
    with responses.RequestsMock() as server:
        server.get(re.compile("https://api.test/a"), status=302, headers={"Location": "https://api.test/b"})
        server.get(re.compile("https://api.test/b"), status=302, headers={"Location": "https://other.test/"})
        server.get(re.compile("https://other.test/"), json={})
        module.run_flow(module.Client(session=session))
        urls = [call.request.url for call in server.calls]
        assert urls == ["https://api.test/a?key=s3cret", "https://api.test/b?key=s3cret", "https://other.test/"]
        assert [call.request.headers.get("Authorization") for call in server.calls][1:] == ["Bearer s3cret", None]


@pytest.mark.parametrize("location", ["http://a..b/", "http://.example.com/", "http://*/", f"http://{'a' * 70}.test/"])
def test_a_redirect_to_nowhere_is_a_failure_of_the_step(tmp_path: Path, location: str) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a", **END}, {"stepId": "two", "operationId": "b"})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.get("https://api.test/a", status=302, headers={"Location": location})
        server.get("https://api.test/b", json={})
        module.run_flow(module.Client())
        assert server.calls[-1].request.url == "https://api.test/b"


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "nonsense"])
def test_a_charset_that_cannot_decode(tmp_path: Path, charset: str) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", body=b"\xff", content_type=f"text/plain; charset={charset}")
        module.run_flow(module.Client())


def test_a_charset_in_capitals(tmp_path: Path) -> None:
    outputs = {"n": "$response.body#/n"}
    document = workflow_of({"stepId": "one", "operationId": "a", "outputs": outputs})
    document["workflows"][0]["outputs"] = {"n": "$steps.one.outputs.n"}
    module = compile_documents(tmp_path, document, api_of(("get", "/a", "a"))).module
    with responses.RequestsMock() as server:
        body = '{"n": "Zo\u00eb"}'.encode("latin-1")
        server.get("https://api.test/a", body=body, content_type="application/json; Charset=ISO-8859-1")
        assert module.run_flow(module.Client()).n == "Zo\u00eb"


def test_a_secret_that_looks_like_a_basic_credential(tmp_path: Path) -> None:
    header = {"name": "Authorization", "in": "header", "value": "$inputs.key"}
    step = {"stepId": "one", "operationId": "a", "parameters": [header]}
    module = module_of(tmp_path, step, key={"type": "string"})
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", status=401, body="no Basic abcde")
        with pytest.raises(module.StepFailed) as caught:
            module.run_flow(module.Client(), module.FlowInputs(key="Basic abcde"))
    assert "abcde" not in str(caught.value)


def test_a_cookie_header_in_small_letters(tmp_path: Path) -> None:
    given = [{"name": "cookie", "in": "header", "value": "sid=1"}, {"name": "theme", "in": "cookie", "value": "dark"}]
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a", "parameters": given})
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={})
        module.run_flow(module.Client())
        assert server.calls[0].request.headers["Cookie"] == "sid=1; theme=dark"


def test_waits_that_would_overflow(tmp_path: Path) -> None:
    again = {"name": "again", "type": "goto", "stepId": "one"}
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a", "onSuccess": [again]})
    waits: list[float] = []
    polling = module.Polling(interval=1, backoff=3.0, timeout=1e9)
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={})
        with pytest.raises(module.StepBudgetSpent):
            module.run_flow(module.Client(sleep=waits.append, polling=polling, max_steps=700))
    assert len(waits) == 699 and max(waits) == 60


@pytest.mark.parametrize("kind", ["text file", "StringIO"])
def test_a_text_file_is_sent_from_where_it_was_read_to(tmp_path: Path, kind: str) -> None:
    text = "header\n" + "line\n" * 5000
    (tmp_path / "t.txt").write_text(text)
    content: Any = (tmp_path / "t.txt").open() if kind == "text file" else io.StringIO(text)
    content.readline()
    body = {"contentType": "application/octet-stream", "payload": "$inputs.file"}
    step = {"stepId": "one", "operationId": "p", "requestBody": body}
    (tmp_path / "m").mkdir()
    module = module_of(tmp_path / "m", step, file={"type": "string", "format": "binary"})
    with responses.RequestsMock() as server:
        server.post("https://api.test/p", json={})
        sent: list[bytes] = []

        def answer(request: Any) -> Any:
            sent.append(request.body if isinstance(request.body, bytes) else request.body.read())
            return 200, {}, "{}"

        server.replace(responses.CallbackResponse("POST", "https://api.test/p", answer))
        module.run_flow(module.Client(), module.FlowInputs(file=content))
    content.close()
    assert sent == [text.removeprefix("header\n").encode()]


def test_what_the_session_sent_is_shown_nowhere(tmp_path: Path) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    session = requests.Session()
    session.headers["Authorization"] = "Bearer s3cret-token"
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", status=401, body="denied: Bearer s3cret-token")
        with pytest.raises(module.StepFailed) as caught:
            module.run_flow(module.Client(session=session))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["json", "query", "form", "text"])
def test_half_a_character(tmp_path: Path, kind: str) -> None:
    """JSON can hold it, escaped; nothing else can."""
    media = {"form": "application/x-www-form-urlencoded", "text": "text/plain"}.get(kind, "application/json")
    step: dict[str, Any] = {"stepId": "one", "operationId": "p"}
    if kind == "query":
        step["parameters"] = [{"name": "q", "in": "query", "value": "$inputs.v"}]
    else:
        payload: Any = "x{$inputs.v}" if kind == "text" else {"v": "$inputs.v"}
        step["requestBody"] = {"contentType": media, "payload": payload}
    module = module_of(tmp_path, step, v={"type": "string"})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.post(re.compile("https://api.test/p"), json={})
        if kind == "json":
            module.run_flow(module.Client(), module.FlowInputs(v="\ud83d"))
            assert server.calls[0].request.body == b'{"v": "\\ud83d"}'
        else:
            with pytest.raises(module.RequestNotSent):
                module.run_flow(module.Client(), module.FlowInputs(v="\ud83d"))
