"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import threading
from typing import Any

import responses

module: Any
seen: list[Any] = []
client = module.Client(on_progress=seen.append)

with responses.RequestsMock() as server:
    server.post("https://parcels.test/parcels", json={"id": "a/b", "state": "packed"})
    server.get("https://parcels.test/parcels/a%2Fb", json={"id": "a/b", "state": "sent"})
    assert module.run_send(client, module.SendInputs(weight=2.5)) == module.SendOutputs(id="a/b", state="sent")
    assert server.calls[0].request.body == b'{"weight": 2.5, "state": "packed"}'

assert [p[:6] for p in seen] == [("send", "create", 1, 200, None, 0.0), ("send", "read", 1, 200, None, 0.0)]
assert not hasattr(module, "Pace"), "a run that never waits counts nothing"

# Cancelled between the two steps.
cancel = threading.Event()
with responses.RequestsMock() as server:
    server.post("https://parcels.test/parcels", json={"id": "a"})
    try:
        module.run_send(
            module.Client(cancel=cancel, on_checkpoint=lambda _: cancel.set()), module.SendInputs(weight=1)
        )
    except module.RunCancelled as error:
        assert str(error) == "send: cancelled before step read"
    else:
        raise AssertionError("the run went on")
