"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
waits: list[float] = []
client = module.Client(sleep=waits.append)
inputs = module.ForwardInputs(id="a")
PARCEL = "https://parcels.test/parcels/a"

# A server that is busy is asked again; each step has its own number of retries.
with responses.RequestsMock() as server:
    server.get(PARCEL, status=500)
    server.get(PARCEL, status=503)
    server.get(PARCEL, json={"state": "here"})
    server.get(f"{PARCEL}/weight", status=500)
    server.get(f"{PARCEL}/weight", json={"weight": 2.5})
    server.post(PARCEL, status=204)
    server.get(PARCEL, json={"state": "sent"})
    assert module.run_forward(client, inputs) == module.ForwardOutputs(state="here", weight=2.5)
assert waits == [1, 1, 1]

# What is gone ends the run, with the outputs so far; the first criterion that fails is named.
with responses.RequestsMock() as server:
    server.get(PARCEL, json={"state": "here"})
    server.get(f"{PARCEL}/weight", status=404, headers={"X-Gone": "Forever"})
    try:
        module.run_forward(client, inputs)
    except module.StepFailed as error:
        assert error.result.action == "gone" and error.result.unmet == "$statusCode == 200"
        assert error.outputs == {"state": "here", "weight": None}

# A failure that no action names ends the run too.
with responses.RequestsMock() as server:
    server.get(PARCEL, json={"state": "here"})
    server.get(f"{PARCEL}/weight", json={"weight": 0})
    try:
        module.run_forward(client, inputs)
    except module.StepFailed as error:
        assert error.result.action is None and error.result.unmet == "$response.body#/weight > 0"

assert waits == [1, 1, 1]
with responses.RequestsMock() as server:
    server.get(PARCEL, status=429)
    assert module.own(client, id="a").action == "tired"
    assert module.read(client, id="a").action is None
