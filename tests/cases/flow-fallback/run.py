"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any
READ, LIST, REGISTER = "GET /parcels/a", "GET /parcels", "POST /parcels"


def run(*answers: tuple[str, int, Any]) -> tuple[list[float], Any]:
    waits: list[float] = []
    with responses.RequestsMock() as server:
        for request, status, body in answers:
            method, _, path = request.partition(" ")
            server.add(method, f"https://parcels.test{path}", json=body, status=status)
        try:
            outcome = module.run_follow(module.Client(sleep=waits.append), module.FollowInputs(id="a"))
        except module.StepFailed as error:
            outcome = error
        assert [f"{c.request.method} {c.request.path_url}" for c in server.calls] == [a[0] for a in answers]
    return waits, outcome


gone, parcel = (READ, 404, {}), (READ, 200, {"id": "a", "state": "sent"})
made = (REGISTER, 200, {"id": "a", "state": "packed"})
assert run(gone, made, gone, made, parcel) == ([2, 2], module.FollowOutputs(state="sent", listed=None))
# The retry of the step that runs in between counts; its failure does not stop the retry.
assert run(gone, (REGISTER, 500, {}), (REGISTER, 500, {}), parcel)[0] == [2, 1]
# What could be read of the answer that failed is kept.
waits, outcome = run((READ, 503, {"state": "lost"}), (LIST, 200, [{"state": "sent"}]))
assert outcome == module.FollowOutputs(state="lost", listed="sent")
# The end of a failed run tells its outputs as far as they are known.
waits, outcome = run((READ, 500, {}))
assert outcome.result.action == "stop" and outcome.outputs == {"state": None, "listed": None}
# Exhausted: the next action whose criteria hold.
waits, outcome = run(gone, made, gone, made, gone)
assert outcome.result.action == "stop"
assert json.dumps(outcome.outputs) == '{"state": null, "listed": null}'
