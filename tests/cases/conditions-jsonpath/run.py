"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

parcels = [{"id": "p1", "state": "sent", "weight": 3}, {"id": "x", "state": "packed"}]
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels", json=parcels)
    result = module.list_step(client, id="x")
    assert result.require() == module.ListOutputs(ids=["p1"], all=["p1", "x"], last="x")
    result = module.list_step(client, id="y")
    assert result.unmet == '$[?@.id == "{$inputs.id}"]'
