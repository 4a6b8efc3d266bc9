"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

for body, action in (
    ({"id": "a", "state": "SENT", "weight": 3}, "sent"),
    ({"id": "a", "state": "sent", "weight": 0.5}, "light"),
    ({"id": "a", "state": "packed", "weight": 2}, None),
    ({"id": "a", "state": "packed"}, "light"),
):
    with responses.RequestsMock() as server:
        server.get("https://parcels.test/parcels/a", json=body)
        result = module.read(client, id="a", limit=2.0)
        assert result.action == action, (body, result)
        assert result.outputs == module.ReadOutputs(state=body["state"])
