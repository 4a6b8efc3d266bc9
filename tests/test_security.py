"""Credentials: each scheme on the wire, sent if the operation requires it and the workflow does not pass it."""

from __future__ import annotations

import base64
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
import responses

from building import api_of, compile_documents, workflow_of

SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "login": {"type": "http", "scheme": "Basic"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x"},
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "tls": {"type": "mutualTLS"},
}


def module_of(security: list[Any], parameters: list[Any] | None = None) -> Any:
    api = api_of(("get", "/x", "get"), securitySchemes=SCHEMES)
    api["security"] = security
    step: dict[str, Any] = {"stepId": "get_it", "operationId": "get"}
    if parameters:
        step["parameters"] = parameters
    with tempfile.TemporaryDirectory() as folder:
        return compile_documents(Path(folder), workflow_of(step), api).module


def request(module: Any, **credentials: Any) -> Any:
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", json={})
        module.run_flow(module.Client(**credentials))
        return server.calls[0].request


@pytest.mark.parametrize("name", ["token", "oauth", "oidc"])
@pytest.mark.parametrize("value", ["t-secret", lambda: "t-secret"])
def test_bearer_tokens(name: str, value: Any) -> None:
    module = module_of([{name: []}])
    assert request(module, **{name: value}).headers["Authorization"] == "Bearer t-secret"
    assert "Authorization" not in request(module).headers


def test_basic() -> None:
    module = module_of([{"login": []}])
    encoded = base64.b64encode("me:pässword".encode()).decode()
    assert request(module, login=("me", "pässword")).headers["Authorization"] == f"Basic {encoded}"


def test_keys() -> None:
    module = module_of([{"head": [], "query": [], "cookie": []}])
    sent = request(module, head="h", query="q&r", cookie="c d")
    assert sent.headers["X-Key"] == "h" and sent.url.endswith("?key=q%26r") and sent.headers["Cookie"] == "sid=c%20d"


def test_the_first_alternative_that_is_given() -> None:
    module = module_of([{"token": []}, {"head": []}, {}])
    assert request(module, token="t", head="h").headers["Authorization"] == "Bearer t"
    sent = request(module, head="h")
    assert sent.headers["X-Key"] == "h" and "Authorization" not in sent.headers


def test_an_explicit_parameter_wins() -> None:
    explicit = [{"name": "authorization", "in": "header", "value": "Bearer mine"}]
    module = module_of([{"token": []}], explicit)
    assert "token" not in module.Client.__init__.__kwdefaults__
    assert request(module).headers["Authorization"] == "Bearer mine"


def test_schemes_that_cannot_be_sent_are_ignored() -> None:
    module = module_of([{"tls": []}, {"undefined": []}])
    assert request(module).headers.get("Authorization") is None


def test_credentials_are_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="generated")
    module = module_of([{"query": [], "token": [], "head": []}])
    keys = {"query": "query-secret-1", "token": "token-secret-2", "head": "head-secret-3"}
    with responses.RequestsMock() as server:
        server.get("https://api.test/x", status=403, json={"seen": list(keys.values())})
        with pytest.raises(module.StepFailed) as caught:
            module.run_flow(module.Client(**keys))
    shown = str(caught.value) + repr(caught.value.result) + caplog.text
    assert "403" in shown and "***" in shown
    assert not [key for key in keys.values() if key in shown]


def test_what_is_sent_is_in_no_repr(tmp_path: Path) -> None:
    """Neither the exchange, nor the body, nor the client shows a secret when a debugger or a test shows them."""
    from arazzoc.runtime.exchange import Body, Credential, Exchange
    from arazzoc.runtime.workflows import InnerRun

    for shown in (
        Exchange("w", "s", secrets={"s3cret"}, content=b"s3cret"),
        InnerRun[str]("w", "s", result="s3cret"),
        Body(b"s3cret", "text/plain"),
        Credential("header", "X", "s3cret"),
    ):
        assert "s3cret" not in repr(shown) + str(shown)
