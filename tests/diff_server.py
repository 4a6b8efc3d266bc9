"""Servers made for two versions of an API: they refuse what it does not accept, and answer by its responses' schemas.

The server of the new version of an API answers as that of the old version does, as far as its schemas admit that. Where
they admit what the old ones do not, it may answer with that; what they do not describe any more is not in its answers.
"""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from jsonschema import Draft202012Validator

from diff_language import operations, plain
from differences import Json
from flow_running import Raw

_ABSENT: Any = object()


class Answer(NamedTuple):
    status: str
    headers: dict[str, str]
    media: str | None
    body: Any


class Impossible(Exception):
    """A schema of which no value was found: no example."""


class World(NamedTuple):
    """Two versions of an API, and what its servers answer.

    `fails` says which requests are answered with a failure, by their number; `varies` whether answers that only the
    new version admits are tried.
    """

    old: Json
    new: Json
    seed: int
    fails: frozenset[int]
    varies: bool

    def answers(self, sent: requests.PreparedRequest, number: int) -> tuple[Answer | None, Answer | None]:
        """What the servers of both versions answer to a request; None where one does not know the operation."""
        known, found = find(self.old, sent), find(self.new, sent)
        usual = answer(known, self.old, Random(self.seed, number), fails=number in self.fails)
        if usual is None or known is None or found is None:
            return usual, answer(found, self.new, Random(self.seed, number), fails=False)
        return adapted(usual, known, found, self, Random(self.seed + 1, number))


class Server:
    """A session that stands for the server of one version of an API."""

    def __init__(self, world: World, *, is_new: bool) -> None:
        self.world, self.is_new = world, is_new
        self.api = world.new if is_new else world.old
        self.trace: list[Any] = []
        self.refusals: list[str] = []

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        given = {name: options[name] for name in ("data", "headers", "params") if options.get(name)}
        sent = requests.Request(method, url, **given).prepare()
        found = find(self.api, sent)
        refusal = "there is no such operation" if found is None else next(refusals(self.api, found, sent), None)
        made = self.world.answers(sent, len(self.trace))[self.is_new]
        if refusal is not None or made is None:
            self.refusals.append(refusal or "")
            return response(sent, Answer("404" if found is None else "400", {}, None, _ABSENT))
        self.trace.append((method, sent.url, sent.body))
        return response(sent, made)

    def close(self) -> None:
        pass


class Random(NamedTuple):
    """Choices that are the same for the same seed, request and place."""

    seed: int
    number: int

    def at(self, path: tuple[Any, ...]) -> random.Random:
        return random.Random(f"{self.seed} {self.number} {path}")


# What is accepted


class Found(NamedTuple):
    """An operation with all its parameters, and the values of those that are in the path."""

    node: Json
    parameters: list[Json]
    path: dict[str, str]


def find(api: Json, sent: requests.PreparedRequest) -> Found | None:
    """The operation that a request is for; the path itself counts before a template."""
    url = (sent.url or "").partition("?")[0]
    matches: list[tuple[int, Found]] = []
    for path, method, node in operations(api):
        if method.upper() != sent.method:
            continue
        item = api["paths"][path]
        servers = node.get("servers", item.get("servers", api.get("servers", [{"url": ""}])))
        for base in addresses(servers[0]):
            pattern = "".join(
                f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{\w+\})", path)
            )
            match = re.fullmatch(re.escape(base.rstrip("/")) + pattern, url)
            if match is not None:
                own = {(p["name"], p["in"]): p for p in (*item.get("parameters", ()), *node.get("parameters", ()))}
                values = {name: unquote(text) for name, text in match.groupdict().items()}
                matches.append((path.count("{"), Found(node, list(own.values()), values)))
    return min(matches, key=lambda found: found[0])[1] if matches else None


def addresses(server: Json) -> list[str]:
    """The URLs of a server, of which the first is its default."""
    found = [server["url"]]
    for name, variable in server.get("variables", {}).items():
        values = dict.fromkeys([variable["default"], *variable.get("enum", ())])
        found = [url.replace(f"{{{name}}}", value) for url in found for value in values]
    return found


def refusals(api: Json, found: Found, sent: requests.PreparedRequest) -> Iterator[str]:
    """Why a request is not accepted."""
    query = parse_qs(urlsplit(sent.url or "").query, keep_blank_values=True)
    headers = {name.lower(): str(value) for name, value in sent.headers.items()}
    known = {p["name"] for p in found.parameters if p["in"] == "query"}
    known |= {s["name"] for s in api["components"]["securitySchemes"].values() if s.get("in") == "query"}
    for spec in found.parameters:
        name, where = spec["name"], spec["in"]
        if where == "query":
            values = query.get(name)
        elif where == "path":
            values = [found.path[name]] if name in found.path else None
        else:
            values = [headers[name.lower()]] if name.lower() in headers else None
        if values is None:
            if spec.get("required"):
                yield f"{name} is missing"
        elif not any(_is_valid(value, plain(spec["schema"], api)) for value in read(values, spec)):
            yield f"{name} is {values}"
    yield from (f"{name} is not known" for name in query if name not in known)
    yield from _body_refusals(api, found.node, sent, headers.get("content-type", ""))
    if not any(all(_holds(api, name, headers, query) for name in need) for need in _needs(api, found.node)):
        yield "credentials are missing"


def read(values: list[str], spec: Json) -> Iterator[Any]:
    """What the text of a parameter can stand for."""
    yield values[0]
    for value in values[:1]:
        if re.fullmatch(r"-?\d+(\.\d+)?|true|false|null", value):
            yield json.loads(value)
    items = values if spec.get("explode", spec.get("style", "form") == "form") else values[0].split(",")
    yield items
    yield None if values == [""] else values[0]


def _body_refusals(api: Json, node: Json, sent: requests.PreparedRequest, media: str) -> Iterator[str]:
    body = node.get("requestBody")
    if sent.body is None or sent.body == b"":
        if body is not None and body.get("required"):
            yield "the body is missing"
        return
    if body is None:
        yield "there is a body"
        return
    content = {name.lower(): value for name, value in body["content"].items()}
    name = media.partition(";")[0].strip().lower()
    if name not in content:
        yield f"the body is {media}"
    elif "json" in name:
        assert isinstance(sent.body, str | bytes)
        value = json.loads(sent.body)
        for error in Draft202012Validator(plain(content[name].get("schema", {}), api)).iter_errors(value):
            yield error.message


def _needs(api: Json, node: Json) -> list[list[str]]:
    found: list[Json] = node.get("security", api.get("security", [])) or []
    return [list(need) for need in found] or [[]]


def _holds(api: Json, name: str, headers: dict[str, str], query: dict[str, list[str]]) -> bool:
    """Whether a request has a credential."""
    scheme = api["components"]["securitySchemes"][name]
    if scheme["type"] == "apiKey":
        return scheme["name"] in query if scheme["in"] == "query" else scheme["name"].lower() in headers
    start = "bearer " if scheme["scheme"] == "bearer" else "basic " + base64.b64encode(b"me:word").decode()[:3].lower()
    return headers.get("authorization", "").lower().startswith(start)


# What is answered


def answer(found: Found | None, api: Json, chance: Random, *, fails: bool) -> Answer | None:
    """What the server of an API answers to a request that it accepts; None where it does not know the operation."""
    if found is None:
        return None
    described = found.node["responses"]
    fine = [status for status in described if status.startswith("2")] or ["200"]
    bad = [status for status in described if status[:1] in "45" and status.isdigit()]
    choices = bad if fails and bad else fine
    status = chance.at(("status",)).choice(choices)
    node = described.get(status, {})
    headers = dict.fromkeys(node.get("headers", {}), "t")
    content = node.get("content", {})
    media = next(iter(content), None)
    if media is None:
        return Answer(status, headers, None, _ABSENT)
    return Answer(status, headers, media, sample(plain(content[media].get("schema", {}), api), chance, ()))


def adapted(usual: Answer, known: Found, found: Found, world: World, chance: Random) -> tuple[Answer, Answer]:
    """An answer, and what it is in the new version of the API.

    Where the new one does not admit it, and the old one could have given the new answer, both give that. What is not
    described may be in an answer of the old one, too.
    """
    described, vary = found.node["responses"], chance.at(("vary",)).random() < 0.5 and world.varies
    status = usual.status
    more = [s for s in described if s.startswith("2") and s not in known.node["responses"]]
    if vary and more and status.startswith("2"):
        status = more[0]
    elif status not in described and not {f"{status[0]}XX", "default"} & described.keys():
        same = [s for s in described if s[0] == status[0] and s.isdigit()]
        status = same[0] if same else status
    node = described.get(status, {})
    headers = {name: usual.headers.get(name, "t") for name in node.get("headers", {})}
    usual = usual._replace(headers=headers | usual.headers)  # it may come without being described
    content, before = node.get("content", {}), known.node["responses"].get(usual.status, {}).get("content", {})
    media = usual.media if usual.media in content else next(iter(content), None)
    new = [name for name in content if name not in before]
    if vary and new:
        media = new[0]
    if media is None:
        return usual, Answer(status, headers, None, _ABSENT)
    schema = plain(content[media].get("schema", {}), world.new)
    if usual.media is None or usual.media not in before:
        return usual, Answer(status, headers, media, sample(schema, chance, ()))
    old = plain(before[usual.media].get("schema", {}), world.old)
    body = usual.body if schema == old else fitted(usual.body, old, schema, chance, (), varies=world.varies)
    if not _is_valid(body, schema):
        raise Impossible
    made = Answer(status, headers, media, body)
    same = body if not _is_valid(usual.body, schema) else with_additions(usual.body, body)
    return usual._replace(body=same) if _is_valid(same, old) else usual, made


def with_additions(value: Any, other: Any) -> Any:
    """A value with the members that only another one has."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {**other, **{name: with_additions(inner, other.get(name)) for name, inner in value.items()}}
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [with_additions(*pair) for pair in zip(value, other, strict=True)]
    return value


def response(sent: requests.PreparedRequest, given: Answer) -> requests.Response:
    made = requests.Response()
    made.status_code, made.request, made.url = int(given.status.replace("XX", "00")), sent, sent.url or ""
    content = b"" if given.body is _ABSENT else json.dumps(given.body, sort_keys=True).encode()
    made._content, made._content_consumed = content, True
    made.raw = Raw(content)
    made.headers.update(given.headers)
    if given.media is not None:
        made.headers["Content-Type"] = given.media
    return made


# Values of plain schemas


def _is_valid(value: Any, schema: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


def merged(schema: Any) -> Any:
    """A schema with its `allOf` in it."""
    if not isinstance(schema, dict) or "allOf" not in schema:
        return schema
    made: Json = {}
    for part in (*map(merged, schema["allOf"]), {word: value for word, value in schema.items() if word != "allOf"}):
        for word, value in part.items() if isinstance(part, dict) else ():
            if word == "properties":
                made[word] = {**made.get(word, {}), **value}
            elif word == "required":
                made[word] = [*dict.fromkeys((*made.get(word, ()), *value))]
            else:
                made[word] = value
    return made


def sample(schema: Any, chance: Random, path: tuple[Any, ...]) -> Any:
    """A value of a schema, as far as one is easily found."""
    schema, rng = merged(schema), chance.at(path)
    if schema is True or not schema:
        return rng.choice(["t", 3])
    if schema is False:
        raise Impossible
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return sample(rng.choice(schema[word]), chance, (*path, word))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = rng.choice(kinds) if isinstance(kinds, list) else kinds
    match kind:
        case "null":
            return None
        case "boolean":
            return rng.random() < 0.5
        case "integer" | "number":
            low = schema.get("minimum", min(0, schema.get("maximum", 0)))
            high = schema.get("maximum", max(9, low))
            if low > high:
                raise Impossible
            number = rng.randint(low, high)
            return number + 0.5 if kind == "number" and number < high and rng.random() < 0.5 else number
        case "string":
            low, high = schema.get("minLength", 0), schema.get("maxLength", 8)
            return rng.choice("tuv") * max(low, min(high, 3))
        case "array":
            size = max(schema.get("minItems", 0), min(schema.get("maxItems", 9), rng.randint(0, 2)))
            return [sample(schema.get("items", {}), chance, (*path, number)) for number in range(size)]
        case _:
            required = schema.get("required", ())
            members = schema.get("properties", {})
            missing: Json = {name: {} for name in required if name not in members}
            return {
                name: sample(inner, chance, (*path, name))
                for name, inner in (members | missing).items()
                if name in required or chance.at((*path, name, "there")).random() < 0.7
            }


def fitted(value: Any, old: Any, new: Any, chance: Random, path: tuple[Any, ...], *, varies: bool) -> Any:
    """A value of the old schema as the new one has it."""
    old, new, rng, before = merged(old), merged(new), chance.at(path), old
    if old == new:
        return value
    for word in ("oneOf", "anyOf"):
        if isinstance(old, dict) and word in old:
            old = next((merged(inner) for inner in old[word] if _is_valid(value, inner)), old)
    if isinstance(new, dict):
        for word in ("oneOf", "anyOf"):
            if word in new:
                fits = [inner for inner in new[word] if _is_valid(value, inner)]
                same = [inner for inner in new[word] if _kind(inner) == _kind(old)]
                more = [inner for inner in new[word] if inner not in fits and inner not in same]
                if varies and more and rng.random() < 0.4:
                    other = sample(rng.choice(more), chance, path)
                    if not _is_valid(other, before):
                        return other
                new = merged((fits or same or new[word])[0])
                break
    if varies and rng.random() < 0.4:
        for number in range(6):
            other = sample(new, Random(chance.seed + number, chance.number), path)
            if not isinstance(other, dict | list) and _is_valid(other, new) and not _is_valid(other, old):
                return other
    if isinstance(value, dict) and isinstance(new, dict) and _takes(new, "object"):
        return _object(value, old if isinstance(old, dict) else {}, new, chance, path, varies=varies)
    if isinstance(value, list) and isinstance(new, dict) and _takes(new, "array"):
        inner, was = new.get("items", {}), old.get("items", {}) if isinstance(old, dict) else {}
        items = [fitted(v, was, inner, chance, (*path, n), varies=varies) for n, v in enumerate(value)]
        items += [sample(inner, chance, (*path, n)) for n in range(len(items), new.get("minItems", 0))]
        return items[: new.get("maxItems", len(items))]
    return value if _is_valid(value, new) else sample(new, chance, path)


def _object(value: Json, old: Json, new: Json, chance: Random, path: tuple[Any, ...], *, varies: bool) -> Json:
    made: Json = {}
    required, was = new.get("required", ()), old.get("required", ())
    members, befores = new.get("properties", {}), old.get("properties", {})
    for name, inner in members.items():
        rng = chance.at((*path, name, "new"))
        if name in value:
            if varies and name in was and name not in required and rng.random() < 0.5:
                continue
            made[name] = fitted(value[name], befores.get(name, {}), inner, chance, (*path, name), varies=varies)
        elif name in required or (varies and name not in befores and rng.random() < 0.5):
            made[name] = sample(inner, chance, (*path, name))
    return made | {name: "t" for name in required if name not in made}


def _takes(schema: Json, kind: str) -> bool:
    kinds = schema.get("type", kind)
    return kind in kinds if isinstance(kinds, list) else bool(kinds == kind)


def _kind(schema: Any) -> Any:
    return merged(schema).get("type") if isinstance(schema, dict) else None
