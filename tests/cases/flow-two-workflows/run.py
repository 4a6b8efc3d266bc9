"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/a", json={"id": "a", "state": "lost"})
    server.get("https://parcels.test/parcels", json=[])
    server.post("https://parcels.test/parcels", json={"id": "b", "state": "packed"})
    assert module.run_follow(client, module.FollowInputs(id="a")).state == "lost"
    assert module.run_send(client, module.SendInputs()).id == "b"
    assert server.calls[1].request.path_url == "/parcels?status=packed&status=sent"
