"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses

module: Any
client = module.Client()

text = '<parcel state="sent"><item>tea</item><item>cup</item></parcel>'
with responses.RequestsMock() as server:
    server.get("https://parcels.test/parcels/a", body=text, content_type="application/xml")
    assert module.read(client, id="a").require().first == "tea"
    server.replace("GET", "https://parcels.test/parcels/a", body="{}", content_type="application/xml")
    assert module.read(client, id="a").unmet == "count(/parcel/item) > 1"
