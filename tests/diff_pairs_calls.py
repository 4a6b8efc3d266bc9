"""Edits of what is called that change one thing each: credentials, names that are sent, answers that are not read."""

from __future__ import annotations

from typing import Any

from diff_documents import get, post, put, rename, step
from diff_pairs import several
from differences import Edit, Json


def schemes(api: Json) -> Any:
    return api["components"]["securitySchemes"]


def needs(*security: Json) -> Edit:
    """What the first operation needs; the security schemes are there."""

    def edit(document: Json, api: Json) -> None:
        schemes(api).update(
            digest={"type": "http", "scheme": "Digest"},
            card={"type": "mutualTLS"},
            oauth={"type": "oauth2", "flows": {}},
        )
        post(api)["security"] = list(security)

    return edit


def two_names(document: Json, api: Json) -> None:
    """The path of an operation has two names."""
    rename(api["paths"], "/things", "/shops/{shop}/things/{list}")
    place: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("shop", "list")
    ]
    operation = api["paths"]["/shops/{shop}/things/{list}"]["post"]
    operation["parameters"] += place
    step(document, 0)["parameters"] += [{"name": n, "in": "path", "value": "$inputs.name"} for n in ("shop", "list")]


def failure(document: Json, api: Json) -> None:
    schema = {"type": "object", "properties": {"why": {"type": "string"}}}
    put(get(api)["responses"]["404"], "content", {"application/json": {"schema": schema}})
    d = document["workflows"]
    d.pop()


def why(api: Json) -> Any:
    return get(api)["responses"]["404"]["content"]["application/json"]["schema"]["properties"]["why"]


PAIRS: dict[str, dict[str, Edit]] = {
    "calls": {
        "credentials that cannot be sent": needs({"digest": []}),
        "credentials of which one cannot be sent": needs({"key": [], "card": []}),
        "credentials that are not defined": needs({"ghost": []}),
        "credentials that cannot be sent in place of others that cannot": needs({"card": []}),
        "a scope of one of several alternatives": needs({"oauth": ["read", "write"]}, {"key": []}),
        "a scope in place of another": needs({"oauth": ["write"]}),
        "another scope will do": needs({"oauth": ["read"]}, {"oauth": ["write"]}),
        "a scope of a security scheme with another name": several(
            lambda d, a: rename(schemes(a), "oauth", "login"),
            lambda d, a: put(post(a), "security", [{"login": ["write"]}]),
        ),
        "credentials in another order": lambda d, a: post(a)["security"].reverse(),
        "names in a path are swapped": lambda d, a: rename(
            a["paths"], "/shops/{shop}/things/{list}", "/shops/{list}/things/{shop}"
        ),
        "a header in another case": lambda d, a: put(post(a)["parameters"][1], "name", "Trace"),
        "a header that is sent, in another case": several(
            lambda d, a: put(post(a)["parameters"][1], "name", "Trace"),
            lambda d, a: put(step(d, 0)["parameters"][1], "name", "Trace"),
        ),
        "members of a constant in another order": lambda d, a: put(
            step(d, 0)["requestBody"], "payload", {"kind": "small", "name": "x"}
        ),
        "a failure that nothing reads": lambda d, a: put(why(a), "type", "integer"),
        "a failure that an action reads": lambda d, a: put(why(a), "type", "integer"),
    }
}
BASES: dict[str, Edit] = {
    "credentials of which one cannot be sent": needs({"key": []}),
    "credentials that cannot be sent in place of others that cannot": needs({"digest": []}),
    "a scope of one of several alternatives": needs({"oauth": ["read"]}, {"key": []}),
    "a scope in place of another": needs({"oauth": ["read"]}),
    "another scope will do": needs({"oauth": ["read"]}),
    "a scope of a security scheme with another name": needs({"oauth": []}),
    "credentials in another order": needs({"key": []}, {"oauth": []}),
    "names in a path are swapped": two_names,
    "a header that is sent, in another case": lambda d, a: step(d, 0)["parameters"].append(
        {"name": "trace", "in": "header", "value": "x"}
    ),
    "members of a constant in another order": lambda d, a: put(
        step(d, 0)["requestBody"], "payload", {"name": "x", "kind": "small"}
    ),
    "a failure that nothing reads": failure,
    "a failure that an action reads": several(
        failure,
        lambda d, a: put(step(d, 1)["onFailure"][0], "criteria", [{"condition": "$response.body#/why == 'full'"}]),
    ),
}
