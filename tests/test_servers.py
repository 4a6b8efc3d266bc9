"""Servers: of the document, of a path, of an operation, with variables, relative, and missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import responses

from building import api_of, compile_documents, workflow_of


def compiled(folder: Path, servers: Any, path_servers: Any = None, operation_servers: Any = None) -> Any:
    api = api_of(("get", "/a", "one"), ("get", "/b", "two"))
    api["servers"] = servers
    if path_servers:
        api["paths"]["/b"]["servers"] = path_servers
    if operation_servers:
        api["paths"]["/b"]["get"]["servers"] = operation_servers
    workflow = workflow_of({"stepId": "first", "operationId": "one"}, {"stepId": "second", "operationId": "two"})
    return compile_documents(folder, workflow, api, extras=frozenset({"command"})).module


def requested(module: Any, **client: Any) -> list[str]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server:
        server.add(responses.GET, _ANY, json={})
        module.run_flow(module.Client(**client))
        return [str(c.request.url) for c in server.calls]


_ANY = re.compile(".*")


def test_the_first_server_of_the_document(tmp_path: Path) -> None:
    module = compiled(tmp_path, [{"url": "https://one.test/v1/"}, {"url": "https://two.test"}])
    assert requested(module) == ["https://one.test/v1/a", "https://one.test/v1/b"]
    assert requested(module, api="http://mine/") == ["http://mine/a", "http://mine/b"]


@pytest.mark.parametrize("level", ["path", "operation"])
def test_an_operation_with_its_own_server(tmp_path: Path, level: str) -> None:
    own = [{"url": "https://upload.test"}]
    at = {"path_servers": own} if level == "path" else {"operation_servers": own}
    module = compiled(tmp_path, [{"url": "https://one.test"}], **at)
    assert requested(module) == ["https://one.test/a", "https://upload.test/b"]
    assert requested(module, api_two="http://up") == ["https://one.test/a", "http://up/b"]


def test_the_server_of_an_operation_overrides_that_of_its_path(tmp_path: Path) -> None:
    servers = [{"url": "https://one.test"}], [{"url": "https://path.test"}], [{"url": "https://operation.test"}]
    assert requested(compiled(tmp_path, *servers))[1] == "https://operation.test/b"


def test_variables_are_arguments(tmp_path: Path) -> None:
    server = {
        "url": "https://{region}.test:{port}/{version}",
        "variables": {
            "region": {"default": "eu", "enum": ["eu", "us"]},
            "port": {"default": 8443},
            "version": {"default": "v1", "description": "Which 100% version"},
        },
    }
    module = compiled(tmp_path, [server])
    assert requested(module)[0] == "https://eu.test:8443/v1/a"
    assert requested(module, api_region="us", api_version="v2")[0] == "https://us.test:8443/v2/a"
    assert requested(module, api="https://fixed.test/x")[0] == "https://fixed.test/x/a"
    hints = module.Client.__annotations__
    assert (hints["api_region"], hints["api_port"]) == ("Literal['eu', 'us']", "str")
    with pytest.raises(SystemExit):
        module.main(["--api-region", "mars"])


def test_the_scheme_can_be_a_variable(tmp_path: Path) -> None:
    module = compiled(
        tmp_path, [{"url": "{scheme}://one.test", "variables": {"scheme": {"default": "https", "enum": ["https"]}}}]
    )
    assert requested(module)[0] == "https://one.test/a"


@pytest.mark.parametrize("servers", [[], [{"url": "/"}], [{"url": "/v1"}], [{"url": "/v1\n'''#\nx"}]])
def test_no_host_makes_the_base_url_a_required_argument(tmp_path: Path, servers: Any) -> None:
    module = compiled(tmp_path, servers)
    with pytest.raises(TypeError):
        module.Client()
    assert requested(module, api="http://host/v1") == ["http://host/v1/a", "http://host/v1/b"]


def test_a_document_without_servers_uses_the_first_of_an_operation(tmp_path: Path) -> None:
    module = compiled(tmp_path, [], [{"url": "https://path.test"}])
    assert requested(module) == ["https://path.test/a", "https://path.test/b"]


@pytest.mark.parametrize("url", ["/", "", "/v2", "v2", "//"])
@pytest.mark.parametrize("level", ["path", "operation"])
def test_a_relative_server_of_an_operation_is_an_argument(tmp_path: Path, url: str, level: str) -> None:
    """It is relative to where the document is served from, which arazzoc does not know: `/` as much as `/v2`."""
    own = {f"{level}_servers": [{"url": url}]}
    module = compiled(tmp_path, [{"url": "https://one.test/v1"}], **own)
    with pytest.raises(TypeError, match="api_two"):
        module.Client()
    assert requested(module, api_two="https://two.test/") == ["https://one.test/v1/a", "https://two.test/b"]
