"""What the fake of the API knows of requests: what is wrong with a file of them, and what each is answered.

It shares no code with the program that it judges.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

ENDPOINTS = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/moderations")
MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
MAX_FAULTS = 100
"""How many faults a batch shows."""


def faults_of(content: bytes, endpoint: str) -> list[dict[str, Any]]:
    """What keeps a file from being a batch for an endpoint, as a failed batch shows it: code, message, param, line."""
    if content.startswith(b"\xef\xbb\xbf"):
        return [_fault(1, "invalid_json_line", "The file starts with a byte order mark.")]
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if len(lines) > MAX_REQUESTS:
        return [_fault(MAX_REQUESTS + 1, "too_many_tasks", f"The file has more than {MAX_REQUESTS} requests.")]
    found: list[dict[str, Any]] = []
    requests: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(lines, 1):
        request = _parsed(line)
        if request is None or line.endswith(b"\r"):
            found.append(_fault(number, "invalid_json_line", "This line is not parseable as valid JSON."))
        if request is not None:
            requests.append((number, request))
    found += _mismatches(requests, endpoint)
    return sorted(found, key=lambda fault: int(fault["line"]))[:MAX_FAULTS]


def _fault(line: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": param, "line": line}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object that a line holds, or None."""
    try:
        request = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) else None


def _mismatches(requests: list[tuple[int, dict[str, Any]]], endpoint: str) -> list[dict[str, Any]]:
    """The faults of lines that can be read, by themselves and beside each other."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    models: list[Any] = []
    for number, request in requests:
        name, body = request.get("custom_id"), request.get("body")
        if not isinstance(name, str) or not name:
            found.append(_fault(number, "missing_required_parameter", "'custom_id' is missing.", "custom_id"))
        elif name in seen:
            message = "The custom_id of this line was used before."
            found.append(_fault(number, "duplicate_custom_id", message, "custom_id"))
        else:
            seen.add(name)
        if request.get("method") != "POST":
            found.append(_fault(number, "invalid_method", "'method' must be POST.", "method"))
        if request.get("url") != endpoint:
            found.append(_fault(number, "mismatched_url", f"'url' must be {endpoint}, as for the batch.", "url"))
        if not isinstance(body, dict):
            found.append(_fault(number, "missing_required_parameter", "'body' is missing.", "body"))
        elif "model" in body:
            models.append(body["model"])
            if body["model"] != models[0]:
                found.append(_fault(number, "mismatched_model", f"'model' must be {models[0]}.", "body.model"))
    return found


def is_refused(request: dict[str, Any], number: int, every: int) -> bool:
    """Whether a request is answered 400: where it names no model, or is one of `every` so many."""
    return "model" not in request["body"] or (every > 0 and number % every == 0)


def answer_line(request: dict[str, Any], number: int, *, refused: bool) -> dict[str, Any]:
    """The line of the output or the error file for a request that was executed."""
    answer: dict[str, Any] = {"status_code": 200, "request_id": f"req_{number}"}
    if refused:
        problem = {"message": "The request is invalid.", "type": "invalid_request_error", "code": None}
        answer |= {"status_code": 400, "body": {"error": problem}}
    else:
        answer["body"] = _answer(request["url"], request["body"])
    return {"id": f"batch_req_{number}", "custom_id": request["custom_id"], "response": answer, "error": None}


def expired_line(request: dict[str, Any], number: int) -> dict[str, Any]:
    """The line of the error file for a request that the batch did not get to."""
    message = "This request could not be executed before the completion window expired."
    error = {"code": "batch_expired", "message": message}
    return {"id": f"batch_req_{number}", "custom_id": request["custom_id"], "response": None, "error": error}


def _answer(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """An answer of the shape that the endpoint gives, which repeats what was asked."""
    if url == "/v1/chat/completions":
        reply = {"role": "assistant", "content": f"You said: {body['messages'][-1]['content']}", "refusal": None}
        return {"object": "chat.completion", "choices": [{"index": 0, "message": reply, "finish_reason": "stop"}]}
    given = body.get("input")
    if url == "/v1/responses":
        said = {"type": "output_text", "text": f"You said: {given}", "annotations": []}
        thought: dict[str, Any] = {"type": "reasoning", "summary": []}
        message = {"type": "message", "role": "assistant", "content": [said]}
        return {"object": "response", "status": "completed", "output": [thought, message]}
    count = len(given) if isinstance(given, list) else 1
    if url == "/v1/embeddings":
        vectors = [{"object": "embedding", "index": n, "embedding": [0.5, -0.25, n]} for n in range(count)]
        return {"object": "list", "data": vectors}
    is_bad = "hurt" in str(given)
    result = {"flagged": is_bad, "categories": {"violence": is_bad, "hate": False}}
    return {"id": "modr-1", "results": [result] * count}
