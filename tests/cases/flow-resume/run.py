"""Runs the module of this case; `module` is given by tests/test_cases.py."""

import json
from typing import Any

import responses

module: Any


class Killed(BaseException):
    """The process is gone."""


def resumed(kills: list[int]) -> tuple[list[str], Any]:
    """Run until the end, killed after these numbers of checkpoints, each time from the saved text."""
    saved = None
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.post("https://parcels.test/parcels", status=503)
        server.post("https://parcels.test/parcels", json={"id": "a"})
        server.post("https://parcels.test/parcels", json={"id": "b"})
        server.get("https://parcels.test/parcels", json=[])
        for limit in [*kills, 99]:
            seen = 0

            def keep(state: Any, limit: int = limit) -> None:
                nonlocal saved, seen
                saved, seen = json.dumps(state.to_dict()), seen + 1
                if seen == limit:
                    raise Killed

            state = module.TwiceState.from_dict(json.loads(saved)) if saved is not None else None
            try:
                outputs = module.run_twice(module.Client(sleep=lambda _: None, on_checkpoint=keep), state)
            except Killed:
                continue
            return [f"{c.request.method} {c.request.path_url}" for c in server.calls], outputs
    raise AssertionError("the run never ends")


whole = resumed([])
assert whole[0] == ["POST /parcels"] * 3 + ["GET /parcels"]
for kills in ([1], [2], [3], [4], [1, 1], [1, 1, 1, 1], [2, 2]):
    assert resumed(kills) == whole, kills

# A state of another version of the workflow is refused, unless that is forced.
state = {"workflow": "twice", "flow": "0" * 16, "next_step": "check", "first": {"id": "a"}}
try:
    module.TwiceState.from_dict(state)
except module.StateInvalid as error:
    assert "another version" in str(error) and "force=True" in str(error)
else:
    raise AssertionError("it was taken")
assert module.TwiceState.from_dict(state, force=True).next_step == "check"
