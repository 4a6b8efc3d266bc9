"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

def run(state: str | None) -> tuple[list[str], Any]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        status = 404 if state is None else 500 if state == "broken" else 200
        server.get("https://parcels.test/parcels/a", json={"id": "a", "state": state}, status=status)
        server.get("https://parcels.test/parcels", json=[])
        server.post("https://parcels.test/parcels", json={"id": "b", "state": "packed"})
        try:
            outputs = module.run_follow(client, module.FollowInputs(id="a"))
        except module.StepFailed as error:
            outputs = str(error)
        return [f"{call.request.method} {call.request.path_url}" for call in server.calls], outputs


assert run("delivered") == (["GET /parcels/a"], module.FollowOutputs(state="delivered", weight=None, replacement=None))
assert run("sent")[0] == ["GET /parcels/a", "GET /parcels"]
assert run("lost") == (["GET /parcels/a", "POST /parcels"], module.FollowOutputs(state="lost", weight=None, replacement="b"))
assert run(None) == (["GET /parcels/a", "POST /parcels"], module.FollowOutputs(state=None, weight=None, replacement="b"))
calls, message = run("broken")
assert calls == ["GET /parcels/a"] and message.startswith("follow, step read: a 2xx status does not hold (HTTP 500)")
