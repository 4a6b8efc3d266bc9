"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
now = 0.0
waits: list[float] = []
seen: list[Any] = []


def sleep(seconds: float) -> None:
    global now
    waits.append(seconds)
    now += seconds


def states(server: responses.RequestsMock, *values: str) -> None:
    for value in values:
        server.get("https://parcels.test/parcels/a", json={"id": "a", "state": value})


inputs = module.AwaitInputs(id="a")
client = module.Client(sleep=sleep, clock=lambda: now, on_progress=seen.append)
with responses.RequestsMock() as server:
    states(server, "packed", "sent", "delivered")
    assert module.run_await(client, inputs).state == "delivered"
assert waits == [5.0, 7.5]
assert [(p.attempt, p.action, p.wait) for p in seen] == [
    (1, "on its way", 0.0),
    (1, "on its way", 5.0),
    (2, "on its way", 0.0),
    (2, "on its way", 7.5),
    (3, "arrived", 0.0),
]

# A policy of its own for the step, and chance in it.
waits.clear()
policy = module.Polling(interval=1, backoff=1, jitter=0.5)
with responses.RequestsMock() as server:
    states(server, *["sent"] * 20, "lost")
    module.run_await(module.Client(sleep=sleep, clock=lambda: now, step_polling={"look": policy}), inputs)
assert all(1 <= wait <= 1.5 for wait in waits) and len(set(waits)) > 1

# The deadline counts what was waited before a restart.
with responses.RequestsMock() as server:
    states(server, "sent")
    saved: list[Any] = []
    hasty = module.Client(
        sleep=sleep,
        clock=lambda: now,
        polling=module.Polling(interval=4, backoff=1, timeout=9),
        on_checkpoint=lambda state: saved.append(state.to_dict()),
    )
    for taken_up in range(2):
        try:
            module.run_await(hasty, inputs, module.AwaitState.from_dict(saved[0]) if taken_up else None)
        except module.PollTimeout as error:
            assert "still waiting after 9 s" in str(error)
    assert len(server.calls) == 3 + 2
