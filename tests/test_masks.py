"""Secrets of any characters, through every place that can show one: none does."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import responses
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from building import api_of, compile_documents, workflow_of

SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "login": {"type": "http", "scheme": "basic"},
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
}
PLACES = [*SCHEMES, "input", "cookie input", "password"]


@lru_cache
def module_of(place: str) -> Any:
    """Three steps: one that branches, one that polls, one that ends; the secret goes into each of them."""
    schema = {"type": "object", "properties": {"s": {"type": "string"}}}
    api = api_of(("get", "/a", "a"), ("get", "/b", "b"), schema=schema, securitySchemes=SCHEMES)
    inputs: dict[str, Any] = {"type": "object", "properties": {"plain": {"type": "string"}}}
    parameters: list[dict[str, Any]] = []
    if place in SCHEMES:
        api["security"] = [{place: []}]
    else:
        inputs |= {"required": ["secret"]}
        inputs["properties"]["secret"] = {"type": "string"}
        if place == "password":
            inputs["properties"]["secret"]["format"] = "password"
        location, name = {"cookie input": ("cookie", "sid"), "input": ("header", "Authorization")}.get(
            place, ("query", "pass")
        )
        value = "Bearer {$inputs.secret}" if place == "input" else "$inputs.secret"
        parameters = [{"name": name, "in": location, "value": value}]

    def when(text: str) -> dict[str, Any]:
        return {"criteria": [{"condition": f"$response.body#/s == '{text}'"}]}

    first: dict[str, Any] = {"stepId": "first", "operationId": "a", "outputs": {"s": "$response.body#/s"}}
    first["onSuccess"] = [
        {"name": "again", "type": "goto", "stepId": "first", **when("again")},
        {"name": "on", "type": "goto", "stepId": "last", **when("on")},
    ]
    last: dict[str, Any] = {"stepId": "last", "operationId": "b", "outputs": {"s": "$response.body#/s"}}
    first["parameters"] = last["parameters"] = parameters
    with TemporaryDirectory() as folder:
        document = workflow_of(first, last, inputs=inputs, outputs={"s": "$steps.last.outputs.s"})
        return compile_documents(Path(folder), document, api, extras=frozenset({"command"})).module


def lowered(text: str) -> str:
    first, *rest = quote(text, safe="").split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


ESCAPES: dict[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent but slashes": quote,
    "percent in small letters": lowered,
    "form": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with its letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "HTML": html.escape,
    "HTML text": lambda text: html.escape(text, quote=False),
    "HTML in numbers": lambda text: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text),
    "HTML in hexadecimal": lambda text: "".join(c if c.isalnum() else f"&#x{ord(c):X};" for c in text),
    ".NET": lambda text: "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in text),
    "encodeURIComponent": lambda text: quote(text, safe="!'()*"),
    "Python": lambda text: repr(text)[1:-1],
    "Basic": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
}


def forms(secret: str, place: str) -> list[str]:
    """All that must not be seen of a secret: it is nothing but its own letters where that is a word of ours."""
    found = {escape(secret) for name, escape in ESCAPES.items() if name != "Basic"}
    if place == "login":
        found.add(ESCAPES["Basic"](secret))
    return sorted(found)


ALPHABET = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
SECRETS = st.text(st.one_of(ALPHABET, st.sampled_from(" \"'\\/&<>%+=;,é")), min_size=3, max_size=24).filter(
    lambda text: text.strip() == text and len(text.strip()) > 2
)


class Collected(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {record.args!r}")


def seen(place: str, secret: str, echo: str, script: list[tuple[int, str]], mark: str) -> str:
    """Everything that a run shows, in one text: a server echoes the secret in all that it answers."""
    module = module_of(place)
    handler, states, shown = Collected(), list[str](), list[str]()
    module.logger.addHandler(handler)
    module.logger.setLevel(logging.DEBUG)
    module.logger.propagate = False
    credentials = {place: ("me", secret) if place == "login" else secret} if place in SCHEMES else {}
    client = module.Client(
        **credentials,
        polling=module.Polling(timeout=20, interval=9),
        sleep=lambda _: None,
        on_checkpoint=lambda state: states.append(repr(state.to_dict()) + repr(state)),
        on_progress=lambda progress: shown.append(repr(progress)),
    )
    inputs = module.FlowInputs(**({} if place in SCHEMES else {"secret": secret}))
    try:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
            for status, s in script:
                body = json.dumps({"s": s, "echo": mark}).replace(mark, echo)
                for path in ("a", "b"):
                    server.get(f"https://api.test/{path}", body=body, status=status, content_type="application/json")
            module.run_flow(client, inputs)
    except module.WorkflowError as error:
        cause: BaseException | None = error
        while cause is not None:
            shown += [str(cause), repr(cause), repr(cause.args), repr(getattr(cause, "result", ""))]
            shown += [str(getattr(cause, "result", "")), repr(getattr(cause, "outputs", ""))]
            cause = cause.__cause__ or cause.__context__
        shown.append("".join(traceback.format_exception(error)))
    finally:
        module.logger.removeHandler(handler)
    shown += [repr(client), str(client), repr(inputs), str(inputs), *states, *handler.texts]
    return "\n".join(shown)


SCRIPTS: list[list[tuple[int, str]]] = [
    [(403, "x")],
    [(200, "on"), (500, "x")],
    [(200, "other")],
    [(200, "again")],
    [(200, "on"), (200, "x")],
]
OWN_WORDS = "\n".join(seen(place, "\x7f", "\x7f", script, "mark-of-echo") for place in PLACES for script in SCRIPTS)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("escape", ESCAPES)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=SECRETS, script=st.sampled_from(SCRIPTS))
@example(secret="a b/c+d%20\"'<&>\\é=", script=SCRIPTS[0])
@example(secret="s3cr3t; path=/", script=SCRIPTS[1])
@example(secret="abc%2Fdef", script=SCRIPTS[0])
@example(secret="*** x", script=SCRIPTS[0])
def test_no_place_shows_a_secret(place: str, escape: str, secret: str, script: list[tuple[int, str]]) -> None:
    if place in ("token", "login", "head", "input") and not secret.isascii() and place != "login":
        secret = secret.encode("ascii", "ignore").decode().strip() or "abc"
    if escape == "Basic" and place != "login":
        return
    text = seen(place, secret, ESCAPES[escape](secret), script, "mark-of-echo")
    found = [form for form in forms(secret, place) if form in text and form not in OWN_WORDS and form not in "*****"]
    assert not found, text


@pytest.mark.parametrize("place", PLACES)
def test_the_command_shows_no_secret(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, secret = module_of(place), "s3cr3t/ü&x" if place not in ("token", "head", "input") else "s3cr3t/&x"
    with pytest.raises(SystemExit):
        module.main(["--help"])
    for name in re.findall(r"\b[A-Z][A-Z_]+\b", capsys.readouterr().out):
        monkeypatch.setenv(name, f"me:{secret}" if place == "login" else secret)
    with responses.RequestsMock() as server:
        server.get("https://api.test/a", body=json.dumps({"seen": secret}), status=403)
        assert module.main([]) == 1
        sent = server.calls[0].request
    shown = capsys.readouterr()
    carried = f"{sent.url} {sent.headers}"
    assert secret in carried or quote(secret, safe="") in carried or "Basic" in carried, "the request has it"
    assert not [form for form in forms(secret, place) if form in shown.out + shown.err]
    assert "HTTP 403" in shown.err and "***" in shown.err
