"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

waits: list[float] = []
client = module.Client(sleep=waits.append)
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/a", status=429, headers={"Retry-After": "5"})
    server.get("https://parcels.test/parcels/a", status=503)
    server.get("https://parcels.test/parcels/a", json={"id": "a", "state": "sent"})
    assert module.run_follow(client, module.FollowInputs(id="a")).state == "sent"
    assert waits == [5.0, 2]
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/a", status=503)
    server.get("https://parcels.test/parcels", json=[])
    assert module.run_follow(client, module.FollowInputs(id="a")).state is None
    assert len(server.calls) == 5 and waits[2:] == [2, 2, 2]
