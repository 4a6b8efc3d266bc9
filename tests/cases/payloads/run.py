"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

import json

parcel = {"id": "p", "state": "packed", "weight": 4}
with responses.RequestsMock() as server:
    server.post("https://parcels.test/parcels", json=parcel)
    module.run_follow(client, module.FollowInputs(id='p"q'))
    first, second, third = (call.request for call in server.calls)
    assert first.headers["X-Trace"] == 'run p"q, limit '
    assert json.loads(first.body) == {
        "id": 'p"q',
        "labels": ["fragile", 'for p"q'],
        "address": {"street": 'p"q'},
        "state": "packed",
    }
    assert json.loads(second.body) == {"id": "p-copy", "state": "packed", "weight": 0}
    assert json.loads(third.body) == {"id": 'p"q', "note": "{plain}"}
