"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
saved: list[Any] = []
inputs = module.SendInputs(user="ann")
client = module.Client(on_checkpoint=lambda state: saved.append(json.loads(json.dumps(state.to_dict()))))


def served(server: responses.RequestsMock, weight: float = 2) -> None:
    server.get("https://parcels.test/parcels/ann", json={"id": "secret-token", "state": "packed"})
    server.get("https://parcels.test/parcels", json=[{"weight": 2}])
    server.post("https://parcels.test/parcels", json={"id": "p", "state": "packed", "weight": weight})
    server.get("https://parcels.test/parcels/p", json={"id": "p", "state": "packed"})


def lines(server: responses.RequestsMock) -> list[str]:
    return [f"{call.request.method} {call.request.path_url}" for call in server.calls]


OWN = ["POST /parcels", "GET /parcels", "GET /parcels/p"]
with responses.RequestsMock() as server:
    served(server)
    outputs = module.run_send(client, inputs)
    # login is completed once, though two of the others depend on it.
    assert lines(server) == ["GET /parcels/ann", "GET /parcels/ann", "GET /parcels", *OWN]
    assert server.calls[3].request.headers["Authorization"] == "Bearer secret-token"
assert outputs == module.SendOutputs(id="p", weight=2)
for state in list(saved):  # each of them can be taken up: what is secret in login is asked for again
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        served(server)
        assert module.run_send(client, inputs, module.SendState.from_dict(state)) == outputs
assert "secret-token" not in json.dumps(saved) + repr(module.LoginOutputs(token="secret-token"))

# A result that is passed in is not asked for again; what is secret is in no state, and so it is run again.
with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
    served(server)
    given = {
        "login": module.LoginOutputs(token="t"),
        "address": module.AddressOutputs(street="x", token="t"),
        "weigh": module.WeighOutputs(weight=3),
    }
    assert module.run_send(client, inputs, **given).weight == 3
    assert lines(server) == OWN
    server.calls.reset()
    middle = next(state for state in saved if state["next_step"] == "stamp")
    module.run_send(client, inputs, module.SendState.from_dict(middle))
    assert lines(server) == ["GET /parcels/ann", "GET /parcels/ann", *OWN[1:]]

# A step that another one needs has not run: no request is sent.
with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
    served(server, weight=0)
    try:
        module.run_send(client, inputs)
    except module.RequestNotSent as error:
        assert str(error) == "send, step read: it depends on step stamp, which has not succeeded"
    assert lines(server)[-1] == "POST /parcels"

# A dependency that fails fails the workflow before its own steps.
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/ann", status=500)
    try:
        module.run_send(client, inputs)
    except module.StepFailed as error:
        assert error.result.workflow == "login"
    assert len(server.calls) == 1
