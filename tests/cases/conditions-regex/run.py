"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

for id_, unmet in (("AB-12", None), ("ab-12", "^(?<prefix>[A-Z]+)-\\d+$"), ("AB-1", "^{$inputs.id}")):
    with responses.RequestsMock() as server:
        server.get("https://parcels.test/parcels/AB-12", json={"id": id_, "state": "sent"})
        assert module.read(client, id="AB-12").unmet == unmet
