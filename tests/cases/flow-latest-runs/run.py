"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
saved: list[Any] = []
inputs = module.SendInputs(office="o1", user="ann")


def run(server: responses.RequestsMock, state: Any = None, keep: Any = None) -> Any:
    server.get("https://parcels.test/parcels/ann", json={"id": "old", "state": "packed"})
    server.get("https://parcels.test/parcels/e1", json={"id": "new", "state": "packed"})
    server.post("https://parcels.test/parcels", status=401, json={"id": "e1"})
    server.post("https://parcels.test/parcels", json={"id": "p1", "state": "packed"})
    server.get("https://parcels.test/parcels/p1", status=500, json={"weight": 3})
    client = module.Client(on_checkpoint=keep, sleep=lambda _: None)
    try:
        module.run_send(client, inputs, state)
    except module.StepFailed as error:
        return error.outputs


with responses.RequestsMock() as server:
    outputs = run(server, keep=lambda state: saved.append(json.loads(json.dumps(state.to_dict()))))
    assert [call.request.path_url for call in server.calls] == [
        *("/parcels/ann", "/parcels", "/parcels/e1", "/parcels", "/parcels/p1"),
    ]
    tokens = [call.request.headers["Authorization"] for call in server.calls if call.request.method == "POST"]
    assert tokens == ["Bearer old", "Bearer new"]
    assert server.calls[-1].request.headers["X-User"] == "e1" and server.calls[-1].request.headers["X-Office"] == "o1"
assert outputs == {"weight": 3, "user": "e1"}  # what the failed step said is among them
assert "old" not in json.dumps(saved), "a token is in no state"
