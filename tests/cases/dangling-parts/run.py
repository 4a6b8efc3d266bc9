"""Runs the module of this case; `module` is given by tests/test_cases.py."""

from typing import Any

import responses
from responses import matchers

module: Any

with responses.RequestsMock() as server:
    server.get(
        "https://archive.test/boxes/7", json={"label": "tin"}, match=[matchers.query_param_matcher({"depth": "2"})]
    )
    server.put("https://archive.test/boxes/7", status=204, match=[matchers.json_params_matcher({"label": "tin"})])
    module.run_refill(module.Client(), module.RefillInputs(box="7", depth=2))
