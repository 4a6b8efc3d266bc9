"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
now = 0.0
saved: list[str] = []


def sleep(seconds: float) -> None:
    global now
    now += seconds


def client(**options: Any) -> Any:
    return module.Client(
        sleep=sleep, clock=lambda: now, on_checkpoint=lambda s: saved.append(json.dumps(s.to_dict())), **options
    )


def answers(server: responses.RequestsMock, *states: str) -> None:
    server.post("https://parcels.test/parcels", json={"id": "a", "state": "packed"})
    for state in states:
        server.get("https://parcels.test/parcels/a", json={"id": "a", "state": state})


inputs = module.DeliverInputs(weight=1)
with responses.RequestsMock() as server:
    answers(server, "sent", "lost", "sent", "delivered")
    outputs = module.run_deliver(client(), inputs)
    assert outputs == module.DeliverOutputs(id="a", state="delivered")
    assert len(server.calls) == 5

# Each state of the run, that of the inner workflow in it, can be taken up.
for text in saved[:-1]:
    state = json.loads(text)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        answers(server, "delivered")
        assert module.run_deliver(client(), inputs, module.DeliverState.from_dict(state)) == outputs
        assert {c.request.method for c in server.calls} <= {"GET"}
assert any(json.loads(text)["follow_run"] for text in saved)

# A step can be called by itself; a failure within it names where it happened.
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/a", status=500, json={"why": "no"})
    result = module.follow(client(), id="a")
    assert result.unmet == "workflow await" and result.status_code is None
    try:
        result.require()
    except module.StepFailed as error:
        assert str(error) == "deliver, step follow: await, step look: a 2xx status does not hold (HTTP 500): {\"why\": \"no\"}"
        assert isinstance(error.__cause__, module.StepFailed)

# The time of the step bounds the waits within it: each attempt has 60 seconds.
with responses.RequestsMock() as server:
    answers(server, "sent")
    start = now
    try:
        module.run_deliver(client(polling=module.Polling(interval=25, backoff=1)), inputs)
    except module.StepFailed as error:
        assert "the step that runs it timed out" in str(error)
    assert now - start == 100 and len(server.calls) == 1 + 3 + 3
