"""Sessions and cookies: each run has cookies of its own, over what the caller's session has."""

from __future__ import annotations

import base64
import json
import threading
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from building import compile_documents, workflow_of
from wire import Answer, Wire

JSON = [("Content-Type", "application/json")]


@lru_cache
def module_of(cookie: bool = False, called: bool = False, waits: bool = False) -> Any:
    """A login, which sets a cookie, and a page that says who is there; the page by a called workflow, if asked for, or
    again and again while it is open.
    """
    content = {"200": {"description": "", "content": {"application/json": {}}}}
    user = {"name": "user", "in": "query", "schema": {"type": "string"}}
    own = [{"name": "theme", "in": "cookie", "schema": {"type": "string"}}] if cookie else []
    paths = {
        "/login": {"get": {"operationId": "login", "parameters": [user], "responses": content}},
        "/me": {"get": {"operationId": "me", "parameters": own, "responses": content}},
    }
    api = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    login = {"stepId": "enter", "operationId": "login"}
    login["parameters"] = [{"name": "user", "in": "query", "value": "$inputs.user"}]  # type: ignore[assignment]
    page: dict[str, Any] = {"stepId": "look", "operationId": "me", "outputs": {"who": "$response.body#/who"}}
    if waits:
        is_open = {"name": "more", "type": "goto", "stepId": "look"}
        page["onSuccess"] = [is_open | {"criteria": [{"condition": "$response.body#/open == true"}]}]
        page["onSuccess"].append({"name": "done", "type": "end"})
    if cookie:
        page["parameters"] = [{"name": "theme", "in": "cookie", "value": "dark"}]
    inputs = {"type": "object", "required": ["user"], "properties": {"user": {"type": "string"}}}
    document = workflow_of(login, page, inputs=inputs, outputs={"who": "$steps.look.outputs.who"})
    if called:
        document["workflows"].append(
            {"workflowId": "inner", "steps": [page], "outputs": {"who": "$steps.look.outputs.who"}}
        )
        step = {"stepId": "look", "workflowId": "inner", "outputs": {"who": "$outputs.who"}}
        document["workflows"][0]["steps"][1] = step
    with TemporaryDirectory() as folder:
        return compile_documents(Path(folder), document, api, extras=frozenset({"many"})).module


class Site:
    """A site that knows its users by a cookie, and lets all of them log in before the first looks around."""

    def __init__(self, wire: Wire, together: int = 1) -> None:
        self.entered = threading.Barrier(together)
        self.peers: list[Any] = []
        self.open_for = self.looks = 0
        wire.answer = self

    def __call__(self, handler: Any) -> Answer:
        self.looks += not handler.path.partition("?")[0].endswith("/login")
        self.peers.append(handler.client_address)
        path, _, query = handler.path.partition("?")
        if path.endswith("/login"):
            self.entered.wait(20)
            user = query.partition("user=")[2].partition("&")[0]
            return 200, [*JSON, ("Set-Cookie", f"sid={user}; Path=/")], b"{}"
        cookies = dict(c.split("=", 1) for c in (handler.headers["Cookie"] or "none=").split("; "))
        return (
            200,
            JSON,
            json.dumps({"who": cookies.get("sid", "nobody"), "open": self.looks <= self.open_for}).encode(),
        )


def test_two_runs_with_two_logins(wire: Wire) -> None:
    """Both are logged in before one of them looks."""
    module = module_of()
    Site(wire, together=2)
    client, found = module.Client(api=wire.url), {}

    def run(user: str) -> None:
        found[user] = module.run_flow(client, module.FlowInputs(user=user)).who

    threads = [threading.Thread(target=run, args=(user,)) for user in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"ann": "ann", "bob": "bob"}
    assert not client.session.cookies


@pytest.mark.parametrize("called", [False, True])
def test_many_runs_with_many_logins(wire: Wire, called: bool) -> None:
    module = module_of(called=called)
    Site(wire, together=3)
    client = module.Client(api=wire.url)
    everybody = [module.FlowInputs(user=f"u{number}") for number in range(6)]
    for outcome in module.run_many(client, everybody, workers=3):
        assert outcome.error is None and outcome.outputs.who == outcome.inputs.user
    assert not client.session.cookies


def test_a_run_that_waits_keeps_its_cookies(wire: Wire) -> None:
    """Of many runs, also where another one was at work in between."""
    module = module_of(waits=True)
    site = Site(wire)
    site.open_for = 6
    client = module.Client(api=wire.url, polling=module.Polling(interval=0.02, backoff=1))
    everybody = [module.FlowInputs(user=f"u{number}") for number in range(3)]
    outcomes = list(module.run_many(client, everybody, workers=1))
    assert len(outcomes) == 3 and site.looks > 6
    for outcome in outcomes:
        assert outcome.error is None and outcome.outputs.who == outcome.inputs.user


def test_one_run_after_the_other(wire: Wire) -> None:
    module = module_of()
    Site(wire)
    with module.Client(api=wire.url) as client:
        assert [module.run_flow(client, module.FlowInputs(user=u)).who for u in "ab"] == ["a", "b"]
    assert "Cookie" not in wire.requests[2].headers, "the second login does not know the first"


def test_a_resumed_run_starts_with_a_clean_jar(wire: Wire) -> None:
    module = module_of()
    Site(wire)
    states: list[Any] = []
    client = module.Client(api=wire.url, on_checkpoint=lambda state: states.append(json.dumps(state.to_dict())))
    inputs = module.FlowInputs(user="ann")
    module.run_flow(client, inputs)
    assert not [state for state in states if "sid" in state], "cookies are in no state"
    state = module.FlowState.from_dict(json.loads(states[0]))
    assert module.run_flow(client, inputs, state).who == "nobody"


def test_the_cookies_of_a_session_are_the_base_of_each_run(wire: Wire) -> None:
    module = module_of()
    site = Site(wire)
    session = requests.Session()
    session.cookies.set("sid", "base")
    session.cookies.set("other", "kept")
    before = [(c.name, c.value) for c in session.cookies]
    client = module.Client(api=wire.url, session=session)
    assert module.run_flow(client, module.FlowInputs(user="ann")).who in ("ann", "base")
    assert "other=kept" in wire.requests[0].headers["Cookie"] and "other=kept" in wire.last.headers["Cookie"]
    assert [(c.name, c.value) for c in session.cookies] == before, "no run writes to it"
    assert site.peers[0] == site.peers[1], "one connection serves both requests"


@pytest.mark.parametrize("called", [False, True])
def test_a_called_workflow_shares_the_cookies(wire: Wire, called: bool) -> None:
    module = module_of(called=called)
    Site(wire)
    assert module.run_flow(module.Client(api=wire.url), module.FlowInputs(user="ann")).who == "ann"


def test_a_cookie_parameter_and_the_jar_go_together(wire: Wire) -> None:
    module = module_of(cookie=True)
    Site(wire)
    session = requests.Session()
    session.cookies.set("theme", "light")
    assert module.run_flow(module.Client(api=wire.url, session=session), module.FlowInputs(user="ann")).who == "ann"
    assert wire.last.headers.get_all("Cookie") == ["theme=dark; sid=ann"], "an explicit one wins"


def test_a_cookie_of_another_path_or_host_stays_there(wire: Wire) -> None:
    module = module_of(cookie=True)
    session = requests.Session()
    session.cookies.set("a", "1", domain="elsewhere.test", path="/")
    session.cookies.set("b", "2", path="/other")
    Site(wire)
    module.run_flow(module.Client(api=wire.url, session=session), module.FlowInputs(user="ann"))
    assert wire.last.headers["Cookie"] == "sid=ann; theme=dark"


# What else a session has


class Own(requests.Session):
    """A session of a caller with an attribute and a method of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.tenant, self.closed, self.calls = "t-1", False, list[str]()

    def request(self, method: Any, url: Any, *arguments: Any, **options: Any) -> Any:
        self.calls.append(url)
        options["headers"] = {**(options.get("headers") or {}), "X-Tenant": self.tenant}
        return super().request(method, url, *arguments, **options)

    def close(self) -> None:
        self.closed = True
        super().close()


def test_a_session_of_another_class(wire: Wire) -> None:
    module = module_of()
    Site(wire)
    session = Own()
    with module.Client(api=wire.url, session=session) as client:
        assert module.run_flow(client, module.FlowInputs(user="ann")).who == "ann"
        session.tenant = "t-2"
        module.run_flow(client, module.FlowInputs(user="ann"))
    assert [request.headers["X-Tenant"] for request in wire.requests] == ["t-1", "t-1", "t-2", "t-2"]
    assert len(session.calls) == 4 and not session.closed


def test_a_client_closes_its_own_session_only(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    module, closed = module_of(), list[Any]()
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    given = requests.Session()
    module.Client(api=wire.url, session=given).close()
    assert closed == []
    with module.Client(api=wire.url) as client:
        pass
    assert closed == [client.session]


def test_the_authentication_of_a_session(wire: Wire) -> None:
    module = module_of()
    Site(wire)
    session = requests.Session()
    session.auth = ("user", "word")
    module.run_flow(module.Client(api=wire.url, session=session), module.FlowInputs(user="ann"))
    expected = "Basic " + base64.b64encode(b"user:word").decode()
    assert [request.headers["Authorization"] for request in wire.requests] == [expected] * 2


def test_the_proxy_of_a_session(wire: Wire) -> None:
    module = module_of()
    Site(wire)
    session = requests.Session()
    session.proxies = {"http": wire.url}
    module.run_flow(module.Client(api="http://nowhere.test", session=session), module.FlowInputs(user="ann"))
    assert wire.last.line == "http://nowhere.test/me"
    assert wire.last.headers["Cookie"] == "sid=ann"


def test_the_adapters_headers_and_hooks_of_a_session(wire: Wire) -> None:
    module, sent, seen = module_of(), list[str](), list[int]()

    class Counting(HTTPAdapter):
        def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
            sent.append(request.url)
            return super().send(request, *arguments, **options)

    Site(wire)
    session = requests.Session()
    session.mount(wire.url, Counting())
    session.headers["X-Mine"] = "yes"
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
    module.run_flow(module.Client(api=wire.url, session=session), module.FlowInputs(user="ann"))
    assert len(sent) == 2 and seen == [200, 200]
    assert [request.headers["X-Mine"] for request in wire.requests] == ["yes", "yes"]


def test_nothing_comes_from_a_netrc(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    module = module_of()
    Site(wire)
    module.run_flow(module.Client(api=wire.url), module.FlowInputs(user="ann"))
    assert "Authorization" not in wire.last.headers
