"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
client = module.Client()

with responses.RequestsMock() as server:
    server.post("https://kiln.test/firings", json={"id": 7, "key": "k3y"}, status=409)
    server.post("https://kiln.test/logs", status=204)
    made = {"id": "f1", "shelf": 3}
    server.post("https://kiln.test/firings", json=made, status=201, headers={"Location": "/firings/f1"})
    server.post("https://kiln.test/logs", status=204)
    module.run_burn(client)
    sent = [json.loads(call.request.body) for call in server.calls if call.request.url.endswith("logs")]
    text = "shelf 3 at /firings/f1, by POST https://kiln.test/firings"
    assert sent == [
        {"id": "7", "status": 409, "key": "k3y"},
        {"id": "f1", "status": 201, "text": text, "whole": {"got": made}},
    ], sent

hidden = [name for name, field in module.FireOutputs.__dataclass_fields__.items() if not field.repr]
assert hidden == ["response_body_key"], hidden
