"""What a review of requests found, each kind once."""

from __future__ import annotations

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from arazzoc.runtime.files import multipart_body
from building import api_of, compile_documents, workflow_of

END = {"onFailure": [{"name": "other", "type": "goto", "stepId": "two"}]}


def module_of(folder: Path, *steps: dict[str, Any], **inputs: Any) -> Any:
    schema: Any = {"type": "object", "required": list(inputs), "properties": inputs}
    api = api_of(("get", "/a", "a"), ("get", "/b", "b"), ("post", "/p", "p"), schema={})
    fields: dict[str, Any] = {"inputs": schema} if inputs else {}
    return compile_documents(folder, workflow_of(*steps, **fields), api).module


class Adding(requests.Session):
    """A session that adds a token to whatever it sends, as those for OAuth do."""

    def request(self, method: Any, url: Any, **options: Any) -> Any:  # type: ignore[override]  # the other parameters are passed on
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


def test_a_parameter_of_a_session_that_a_redirect_repeats_is_sent_once(tmp_path: Path) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    session = requests.Session()
    session.params = {"key": "1", "lang": "en"}
    with responses.RequestsMock() as server:
        target = "https://api.test/b?key=1"
        server.get(re.compile("https://api.test/a"), status=302, headers={"Location": target})
        server.get(re.compile("https://api.test/b"), json={})
        module.run_flow(module.Client(session=session))
        assert [c.request.url for c in server.calls] == ["https://api.test/a?key=1&lang=en", f"{target}&lang=en"]


class Refreshing(requests.Session):
    """A session that fetches a token when it has none, and keeps it; what it sends itself is left to requests."""

    token = ""
    fetched = 0

    def request(self, method: Any, url: Any, **options: Any) -> Any:  # type: ignore[override]  # the other parameters are passed on
        if not self.token:
            self.token, self.fetched = "t-1", self.fetched + 1
        if options.get("auth") is None:
            options["auth"] = lambda request: request.headers.update(Authorization=f"Bearer {self.token}") or request
        return super().request(method, url, **options)


def test_what_a_session_learns_is_kept_for_the_next_run(tmp_path: Path) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"}, {"stepId": "two", "operationId": "b"})
    session = Refreshing()
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={})
        server.get("https://api.test/b", json={})
        for _ in range(2):
            module.run_flow(module.Client(session=session))
        assert [call.request.headers["Authorization"] for call in server.calls] == ["Bearer t-1"] * 4
    assert session.fetched == 1


@pytest.mark.parametrize(("own", "sent"), [(None, "Basic dTpw"), (("v", "q"), "Basic djpx")])
def test_a_login_in_the_base_url(tmp_path: Path, own: Any, sent: str) -> None:
    """As requests does: the authentication of the session comes first."""
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    session = requests.Session()
    session.auth = own
    with responses.RequestsMock() as server:
        server.get(re.compile("https://(u:p@)?api.test/a"), status=500, body="u:p v:q dTpw djpx")
        with pytest.raises(module.StepFailed) as caught:
            module.run_flow(module.Client(session=session, api="https://u:p@api.test"))
        assert server.calls[0].request.headers["Authorization"] == sent
    assert sent[6:] not in str(caught.value) and (":p" if own is None else ":q") not in str(caught.value)


@pytest.mark.parametrize("place", ["header", "parameter", "cookie"])
def test_a_secret_of_the_session_is_shown_nowhere(tmp_path: Path, place: str) -> None:
    module = module_of(tmp_path, {"stepId": "one", "operationId": "a"})
    session = requests.Session()
    if place == "header":
        session.headers["X-Api-Key"] = "s3cret"
    elif place == "parameter":
        session.params = {"api_key": "s3cret"}
    else:
        session.cookies.set("sid", "s3cret")
    with responses.RequestsMock() as server:
        server.get(re.compile("https://api.test/a"), status=401, body="no s3cret")
        with pytest.raises(module.StepFailed, match=r"no \*\*\*"):
            module.run_flow(module.Client(session=session))
        assert "s3cret" in f"{server.calls[0].request.url} {server.calls[0].request.headers}"


def test_a_page_in_utf_16_shows_no_secret(tmp_path: Path) -> None:
    header = {"name": "Authorization", "in": "header", "value": "$inputs.key"}
    step = {"stepId": "one", "operationId": "a", "parameters": [header]}
    module = module_of(tmp_path, step, key={"type": "string"})
    with responses.RequestsMock() as server:
        body = "no s3cret".encode("utf-16")
        server.get("https://api.test/a", status=401, body=body, content_type="text/html; charset=utf-16")
        with pytest.raises(module.StepFailed, match=r"no \*\*\*"):
            module.run_flow(module.Client(), module.FlowInputs(key="s3cret"))


def test_digest_authentication_of_what_cannot_be_sent_again(tmp_path: Path) -> None:
    body = {"contentType": "application/octet-stream", "payload": "$inputs.file"}
    step = {"stepId": "one", "operationId": "p", "requestBody": body}
    module = module_of(tmp_path, step, file={"type": "string", "format": "binary"})
    session = requests.Session()
    session.auth = requests.auth.HTTPDigestAuth("u", "p")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
        server.post("https://api.test/p", status=401, headers=challenge)
        with pytest.raises(module.StepFailed, match="cannot be sent again"):
            module.run_flow(module.Client(session=session), module.FlowInputs(file=(part for part in [b"a"])))


def test_a_content_type_parameter_keeps_the_boundary(tmp_path: Path) -> None:
    body = {"contentType": "multipart/form-data", "payload": {"a": "1"}}
    header = {"name": "content-type", "in": "header", "value": "multipart/form-data; charset=utf-8"}
    step = {"stepId": "one", "operationId": "p", "requestBody": body, "parameters": [header]}
    module = module_of(tmp_path, step)
    with responses.RequestsMock() as server:
        bodies: list[bytes] = []

        def answer(request: Any) -> Any:
            bodies.append(request.body)
            return 200, {}, "{}"

        server.add_callback("POST", "https://api.test/p", answer)
        module.run_flow(module.Client())
        content_type: Any = server.calls[0].request.headers["Content-Type"]
        media, _, boundary = content_type.partition("; boundary=")
        assert media == "multipart/form-data" and bodies[0].startswith(f"--{boundary}".encode())


def test_a_file_without_a_name_is_a_file_all_the_same() -> None:
    assert b'name="file"; filename="file"' in multipart_body(files={"file": ("", b"x")}).content.read()


@pytest.mark.parametrize(
    "payload",
    [
        {"a": {"b[c]": 1}},
        {"a": [[], [1]]},
        {"a": [{}, {"x": 1}]},
        {"a": [None, {"x": 1}]},
        {"a[b]": 1, "a": {"b": 2}},
    ],
)
def test_a_form_that_would_lose_structure_is_not_sent(tmp_path: Path, payload: Any) -> None:
    body = {"contentType": "application/x-www-form-urlencoded", "payload": "$inputs.form"}
    step = {"stepId": "one", "operationId": "p", "requestBody": body}
    module = module_of(tmp_path, step, form={"type": "object"})
    with responses.RequestsMock(), pytest.raises(module.RequestNotSent):
        module.run_flow(module.Client(), module.FlowInputs(form=payload))


@pytest.mark.parametrize("place", ["header", "query", "form"])
def test_bytes_that_are_no_text_are_not_sent_as_text(tmp_path: Path, place: str) -> None:
    step: dict[str, Any] = {"stepId": "one", "operationId": "p"}
    if place == "form":
        form = {"contentType": "application/x-www-form-urlencoded", "payload": {"a": "$inputs.file"}}
        step["requestBody"] = form
    else:
        step["parameters"] = [{"name": "a", "in": place, "value": "$inputs.file"}]
    module = module_of(tmp_path, step, file={"type": "string", "format": "binary"})
    with responses.RequestsMock(), pytest.raises(module.RequestNotSent, match="not UTF-8"):
        module.run_flow(module.Client(), module.FlowInputs(file=b"\xff"))


@pytest.mark.parametrize("value", [{"$base64": "eA=="}, {"$value": 1}, {"$value": {"$base64": "?"}}, b"\xff"])
def test_outputs_that_look_like_marks_of_a_state_are_resumed_as_they_were(tmp_path: Path, value: Any) -> None:
    outputs = {"s": "$response.body"}
    document = workflow_of(
        {"stepId": "one", "operationId": "a", "outputs": outputs},
        {"stepId": "two", "operationId": "b"},
        outputs={"s": "$steps.one.outputs.s"},
    )
    module = compile_documents(tmp_path, document, api_of(("get", "/a", "a"), ("get", "/b", "b"))).module
    with responses.RequestsMock() as server:
        if isinstance(value, bytes):
            server.get("https://api.test/a", body=value, content_type="application/octet-stream")
        else:
            server.get("https://api.test/a", json=value)
        server.get("https://api.test/b", json={})
        states: list[Any] = []
        client = module.Client(on_checkpoint=lambda state: states.append(json.dumps(state.to_dict())))
        assert module.run_flow(client).s == value
        state = module.FlowState.from_dict(json.loads(states[0]))
        assert module.run_flow(module.Client(), state).s == value


def test_the_budget_of_steps_counts_over_the_waits_of_many_runs(tmp_path: Path) -> None:
    again = {"name": "again", "type": "goto", "stepId": "one"}
    document = workflow_of(
        {"stepId": "one", "operationId": "a", "onSuccess": [again]},
        inputs={"type": "object", "properties": {"n": {"type": "string"}}},
    )
    api = api_of(("get", "/a", "a"))
    module = compile_documents(tmp_path, document, api, extras=frozenset({"many"})).module

    class Mine(module.FlowInputs):  # type: ignore[misc,name-defined]  # a class of a module made here
        """Inputs of the user's own kind."""

    now = itertools.count(step=100)
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", json={})
        client = module.Client(max_steps=5, clock=lambda: float(next(now)), sleep=lambda _: None)
        (outcome,) = module.run_many(client, [Mine()])
        assert isinstance(outcome.error, module.StepBudgetSpent) and len(server.calls) == 5


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
