"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
saved: list[Any] = []
client = module.Client(on_checkpoint=lambda state: saved.append(json.loads(json.dumps(state.to_dict()))))

with responses.RequestsMock() as server:
    server.post("https://parcels.test/parcels", json={"id": "a", "state": "packed"})
    assert module.run_send(client) == module.SendOutputs(id="a")

# The run goes over to the other workflow, and returns what that returns.
saved.clear()
with responses.RequestsMock() as server:
    server.post("https://parcels.test/parcels", json={"id": "a", "state": "lost"})
    server.get("https://parcels.test/parcels/a", json={"id": "a", "state": "sent"})
    assert module.run_send(client) == module.SearchOutputs(state="sent", limit=3)
assert [state["next_step"] for state in saved] == ["create/look for it"] * 2
for state in saved:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.get("https://parcels.test/parcels/a", json={"id": "a", "state": "sent"})
        outputs = module.run_send(client, module.SendState.from_dict(state))
        assert outputs == module.SearchOutputs(state="sent", limit=3)

# A workflow runs before the retry, and its failure does not stop it.
for status in (200, 500):
    with responses.RequestsMock() as server:
        server.post("https://parcels.test/parcels", status=500)
        server.get("https://parcels.test/parcels", json=[], status=status)
        server.post("https://parcels.test/parcels", json={"id": "a"})
        module.run_send(client)
        assert [c.request.method for c in server.calls] == ["POST", "GET", "POST"]
